//! `portcullis test`: runs the tests of the user's policies.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::print;
use crate::error::Error;
use crate::evaluate::user::{TestOutcome, Tests};
use crate::pipeline::{self, Exit, Options};
use crate::report::{escape, phrase};

/// Run the tests of your own policies: the rules whose names begin with test_
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:\n  0  all tests passed\n  1  a test failed\n  2  a policy or a test cannot be evaluated"
)]
pub struct Test {
    /// Files and directories of policies with their tests [default: the configured ones]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Let them see this YAML or JSON as `data`: a file or a directory; may be repeated
    #[arg(long, short, value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Show the tests that passed, too
    #[arg(long, short)]
    verbose: bool,
}

impl Test {
    /// Runs the tests and says what they came to.
    pub fn run(self) -> Result<Exit, Error> {
        let options = Options { policies: self.paths, data: self.data, ..Options::default() };
        let tests = pipeline::test_policies(&options)?;
        if tests.results.is_empty() {
            let error = Error::usage("there is no test in these policies");
            return Err(error.help("a test is a rule whose name begins with `test_`"));
        }
        print(|out| show(&tests, self.verbose, out))?;
        let has = |is: fn(&TestOutcome) -> bool| tests.results.iter().any(|result| is(&result.outcome));
        Ok(match () {
            () if has(|outcome| matches!(outcome, TestOutcome::Broken(_))) => Exit::Error,
            () if has(|outcome| matches!(outcome, TestOutcome::Failed(_))) => Exit::Shut,
            () => Exit::Open,
        })
    }
}

fn show(tests: &Tests, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut counts = [0_usize; 4];
    let [passed, failed, skipped, broken] = &mut counts;
    for result in &tests.results {
        let place = escape::line(&format!("{}:{}", result.file, result.line)).into_owned();
        let name = escape::line(&result.name).into_owned();
        match &result.outcome {
            TestOutcome::Passed => {
                *passed += 1;
                if verbose {
                    writeln!(out, "passed   {name}  {place}")?;
                }
            }
            TestOutcome::Failed(last) => {
                *failed += 1;
                let last = last.filter(|line| *line != result.line).map(|line| format!(", up to line {line}"));
                writeln!(out, "failed   {name}  {place}{}", last.unwrap_or_default())?;
            }
            TestOutcome::Skipped => {
                *skipped += 1;
                writeln!(out, "skipped  {name}  {place}")?;
            }
            TestOutcome::Broken(why) => {
                *broken += 1;
                writeln!(out, "error    {name}  {place}: {}", escape::line(why))?;
            }
        }
    }
    let parts = [(*passed, "passed"), (*failed, "failed"), (*skipped, "skipped"), (*broken, "not evaluated")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    writeln!(out, "{}: {}", phrase::count(tests.results.len(), "test"), parts.join(", "))?;
    writeln!(out, "rules evaluated by them: {} of {}", tests.rules - tests.idle.len(), tests.rules)?;
    for (name, file, line) in &tests.idle {
        writeln!(out, "  not {}  {}", escape::line(name), escape::line(&format!("{file}:{line}")))?;
    }
    Ok(())
}
