//! The command line: arguments in, an exit code out. One file per command; nothing imports this module.

mod ask;
mod baseline;
mod check;
mod completions;
mod effective;
mod exceptions;
mod explain;
mod gate;
mod init;
mod inspect;
mod judging;
mod list;
mod man;
mod output;
mod policies;
mod progress;
mod report;
mod test;
mod trend;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::error::Error;
use crate::pipeline::{BenchmarkOptions, BenchmarkTarget, Exit, Options, worker};
use crate::report::Style;
use crate::report::text::write_error;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    // This program as its own helper: no command of the user's.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == worker::ARGUMENT) {
        return worker::serve().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be done for a reader who has gone.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::from(2), ExitCode::from);
        }
    };
    match cli.command.run(cli.color) {
        Ok(exit) => code(exit),
        Err(error) => {
            let style = style(cli.color, io::stderr().is_terminal());
            let _ = write_error(&error, &style, &mut io::stderr().lock());
            code(Exit::Error)
        }
    }
}

/// Checks the Kubernetes configuration of a repository for security mistakes, and opens or shuts a gate.
#[derive(Parser)]
#[command(name = "portcullis", version, after_help = EXIT_CODES, after_long_help = long_help(), max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to paint the output; `auto` obeys NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Subcommand)]
enum Command {
    Check(Box<check::Check>),
    Report(Box<report::Report>),
    Trend(trend::Trend),
    Init(init::Init),
    Baseline(baseline::Baseline),
    Exceptions(exceptions::Exceptions),
    Policies(policies::Policies),
    List(list::List),
    Explain(explain::Explain),
    Inspect(inspect::Inspect),
    Test(test::Test),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    fn run(self, color: Color) -> Result<Exit, Error> {
        match self {
            Self::Check(check) => check.run(color),
            Self::Report(report) => report.run(color),
            Self::Trend(trend) => trend.run(color),
            Self::Init(init) => init.run(),
            Self::Baseline(baseline) => baseline.run(),
            Self::Exceptions(exceptions) => exceptions.run(color),
            Self::Policies(policies) => policies.run(),
            Self::List(list) => list.run(),
            Self::Explain(explain) => explain.run(),
            Self::Inspect(inspect) => inspect.run(color),
            Self::Test(test) => test.run(),
            Self::Completions(completions) => completions.run(),
            Self::Man(man) => man.run(),
        }
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  the gate is open
  1  the gate is shut
  2  a mistake in the arguments, the configuration or a policy
  3  something that should have been judged could not be
  When several apply: 2, then 1, then 3.";

const EXAMPLES: &str = "\
Examples:
  portcullis check                      judge the current directory
  portcullis check deploy/ app.yaml     judge these files and directories
  portcullis check --fail-on high       let medium and lower findings pass
  portcullis check --benchmark cis-1.12 --format kube-bench
                                        print what kube-bench would, from the files
  portcullis check --output json=r.json write a report to a file as well
  helm template . | portcullis check -  judge standard input
  portcullis report --history runs.json write the page for owners and auditors, and keep the run
  portcullis trend runs.json            draw how the runs go
  portcullis init                       set a repository up, ready to commit
  portcullis baseline write             accept the findings of today as known
  portcullis exceptions explain         show what each exception covers
  portcullis inspect app.yaml           show what policies see
  portcullis inspect --why kubelet.readOnlyPort  tell which line decides a setting";

fn long_help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_CODES}")
}

/// What to judge, and by what; `check` and `inspect` share it.
#[derive(Debug, Args)]
struct Selection {
    /// Files and directories; `-` is standard input [default: the current directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read this configuration file [default: the nearest portcullis.yaml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Lay this configuration below, as one that `extends:` names; may be repeated, and lie anywhere
    #[arg(long, value_name = "FILE")]
    extends: Vec<PathBuf>,
    /// The path that standard input stands for, for the configuration and in reports
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<String>,
    /// The version of Kubernetes to judge by, such as 1.33 or v1.33.1+k3s1 [default: the newest that the files name]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<String>,
    /// Judge by this benchmark, such as cis-1.12; `portcullis list --benchmark all` lists them
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    /// Only these targets of the benchmark: master, node, etcd, controlplane, policies, managedservices
    #[arg(long, value_name = "TARGETS", value_delimiter = ',', value_parser = targets(), hide_possible_values = true)]
    targets: Vec<BenchmarkTarget>,
    /// Leave these checks, sections or chapters of the benchmark out, such as 1.2.10,4.1,5
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    skip: Vec<String>,
    /// Judge by these Rego policies too, as conftest takes them: a file or a directory; may be repeated
    #[arg(long = "policy", short, value_name = "PATH", help_heading = "Your own policies")]
    policies: Vec<PathBuf>,
    /// Ask this package of them, or those that match such as main.* [default: the configured ones, else main]
    #[arg(long = "namespace", short, value_name = "NAME", value_delimiter = ',', help_heading = "Your own policies")]
    namespaces: Vec<String>,
    /// Ask all packages of them
    #[arg(long, conflicts_with = "namespaces", help_heading = "Your own policies")]
    all_namespaces: bool,
    /// Let them see this YAML or JSON as `data`: a file or a directory; may be repeated
    #[arg(long, short, value_name = "PATH", help_heading = "Your own policies")]
    data: Vec<PathBuf>,
    /// Let them judge every document, not only Kubernetes objects
    #[arg(long, help_heading = "Your own policies")]
    all_documents: bool,
    /// Let them judge all documents at once, as a list of `path` and `contents`
    #[arg(long, help_heading = "Your own policies")]
    combine: bool,
    /// How many files to judge at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Selection {
    fn options(self) -> Options {
        Options {
            targets: self.paths,
            stdin_filename: self.stdin_filename,
            config: self.config,
            extends: self.extends,
            threads: self.threads.map(usize::from),
            kubernetes_version: self.kubernetes_version,
            benchmark: BenchmarkOptions { name: self.benchmark, targets: self.targets, skip: self.skip },
            policies: self.policies,
            namespaces: if self.all_namespaces { vec!["*".to_owned()] } else { self.namespaces },
            data: self.data,
            all_documents: self.all_documents,
            combine: self.combine,
            worker: std::env::current_exe().ok(),
            ..Options::default()
        }
    }
}

fn targets() -> impl TypedValueParser<Value = BenchmarkTarget> {
    let of = |word: String| BenchmarkTarget::ALL.into_iter().find(|target| target.word() == word);
    PossibleValuesParser::new(BenchmarkTarget::ALL.map(BenchmarkTarget::word))
        .try_map(move |word| of(word).ok_or("no such target"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// How to write where there is a terminal, or is none.
fn style(color: Color, is_terminal: bool) -> Style {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        // https://no-color.org, https://bixense.com/clicolors
        Color::Auto if is_set("NO_COLOR") => false,
        Color::Auto if std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") => {
            true
        }
        Color::Auto => is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    };
    let width = if is_terminal { textwrap::termwidth().clamp(40, 100) } else { 80 };
    Style { color, width, quiet: false, suppressed: false, threads: 1 }
}

fn command() -> clap::Command {
    Cli::command()
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(match exit {
        Exit::Open => 0,
        Exit::Shut => 1,
        Exit::Error => 2,
        Exit::Gap => 3,
    })
}

/// Writes data to standard output; a reader who has gone is no error.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => {
            // What is still in the buffer has no reader either.
            let _ = out.into_parts();
            Ok(())
        }
        Err(cause) => Err(Error::io("write", "standard output", cause)),
        Ok(()) => Ok(()),
    }
}
