//! `portcullis policies`: what the policies of now are to the ones that the repository has locked.

use std::io::{self, Write};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::gate::Judged;
use super::output::Output;
use super::progress::Bar;
use super::{EXIT_CODES, Selection, print};
use crate::adjudicate::lock::{self, Difference, Policy};
use crate::error::Error;
use crate::model::{Date, Standing};
use crate::pipeline::{self, Exit, Run};
use crate::report::{escape, phrase};

/// Take over new policies when it suits, and see before what they find
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Policies {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write portcullis.lock: the policies of now are taken over, and the grace of the new ones begins
    Lock(Judged),
    /// Show which policies are new, changed or gone since portcullis.lock was written, and what they find here
    Diff(Judged),
    /// Say what is wrong with your own policies, before anything is judged by them
    Check(Checked),
}

#[derive(Debug, Args)]
struct Checked {
    #[command(flatten)]
    selection: Selection,
}

impl Policies {
    /// Writes or shows.
    pub fn run(self) -> Result<Exit, Error> {
        match self.command {
            Command::Lock(judged) => lock(judged),
            Command::Diff(judged) => diff(judged),
            Command::Check(checked) => checked.check(),
        }
    }
}

impl Checked {
    fn check(self) -> Result<Exit, Error> {
        let checked = pipeline::check_policies(&self.selection.options())?;
        print(|out| {
            let of = |word, problems| -> Vec<_> { std::iter::repeat(word).zip(problems).collect() };
            for (word, problem) in
                of("error", checked.errors.iter()).into_iter().chain(of("warning", checked.warnings.iter()))
            {
                let place = escape::line(&format!("{}:{}", problem.file, problem.line)).into_owned();
                writeln!(out, "{place}: {word}: {}", escape::line(&problem.message))?;
                if let Some(help) = &problem.help {
                    writeln!(out, "  = help: {}", escape::line(help))?;
                }
            }
            let counts = [(checked.errors.len(), "error"), (checked.warnings.len(), "warning")];
            let counts: Vec<String> = counts.iter().map(|(number, word)| phrase::count(*number, word)).collect();
            let files = phrase::count(checked.files, "file");
            let clauses = phrase::count(checked.clauses, "clause");
            writeln!(out, "{files}, {clauses} that can say something: {}", counts.join(", "))
        })?;
        Ok(if checked.errors.is_empty() { Exit::Open } else { Exit::Error })
    }
}

fn lock(judged: Judged) -> Result<Exit, Error> {
    let mut options = judged.options();
    options.gate.may_be_missing = true;
    let state = pipeline::policies(&options)?;
    let today = options.gate.today.unwrap_or(Date::MAX);
    let text = lock::write(state.lock.as_ref(), &state.policies, today);
    Output::open(&state.path)?.write(|out| out.write_all(text.as_bytes()))?;
    let here = std::env::current_dir().unwrap_or_default();
    let shown = state.path.strip_prefix(&here).unwrap_or(&state.path).to_string_lossy().into_owned();
    let number = phrase::count_of(state.policies.len(), "policy", "policies");
    let changes = state.lock.map(|lock| format!(", {}", changes(&lock.difference(&state.policies))));
    print(|out| writeln!(out, "{}: {number}{}", escape::line(&shown), changes.unwrap_or_default()))?;
    Ok(Exit::Open)
}

fn diff(judged: Judged) -> Result<Exit, Error> {
    let options = judged.options();
    let state = pipeline::policies(&options)?;
    let Some(lock) = state.lock else {
        let error = Error::usage(format!("there is no lock at {}", state.path.display()));
        return Err(error.help("`portcullis policies lock` writes it"));
    };
    let difference = lock.difference(&state.policies);
    let run = pipeline::run(&options, &Bar::new())?;
    print(|out| show(&difference, &run, out))?;
    Ok(Exit::Open)
}

fn show(difference: &Difference, run: &Run, out: &mut dyn Write) -> io::Result<()> {
    for policy in &difference.added {
        writeln!(out, "+ {} {}: {}", policy.severity, policy.control, found(run, &policy.control))?;
    }
    for (policy, before) in &difference.changed {
        let severity = match policy.severity == *before {
            true => before.to_string(),
            false => format!("{before} → {}", policy.severity),
        };
        writeln!(out, "~ {severity} {}: {}", policy.control, found(run, &policy.control))?;
    }
    for Policy { severity, control, .. } in &difference.removed {
        writeln!(out, "- {severity} {}", escape::line(control))?;
    }
    writeln!(out, "{}", changes(difference))
}

/// What a control finds here.
fn found(run: &Run, control: &Arc<str>) -> String {
    if run.report.control(control).is_none() {
        return "off here".to_owned();
    }
    let own = || run.report.verdicts.iter().filter(|verdict| verdict.finding.control == *control);
    let new = own().filter(|verdict| verdict.standing == Standing::New).count();
    let findings = phrase::count(own().count(), "finding");
    if new == 0 { findings } else { format!("{findings}, {new} of them new") }
}

fn changes(difference: &Difference) -> String {
    let Difference { added, changed, removed } = difference;
    format!("{} added, {} changed, {} removed", added.len(), changed.len(), removed.len())
}
