//! `portcullis exceptions`: shows what is excepted and until when, and adds to it.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::gate::{GateArgs, Judged};
use super::output::Output;
use super::progress::Bar;
use super::{Color, EXIT_CODES, print, style};
use crate::adjudicate::append::Fields;
use crate::adjudicate::exception::Exception;
use crate::error::Error;
use crate::model::Date;
use crate::pipeline::{self, Exit, Options, Run};
use crate::report::{escape, phrase, text};

/// Show which risks are accepted, by whom and until when
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Exceptions {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every exception: what it is about, until when, and how many findings it covers
    List(Judged),
    /// Check the exceptions; the gate is shut if one has expired, covers nothing, or may not cover what it does
    Check(Judged),
    /// Show exactly what each exception covers
    Explain(Judged),
    /// Add an exception to the file
    Add(Box<Add>),
}

/// An entry of the file; the options are its keys.
#[derive(Debug, Args)]
#[command(override_usage = ADD)]
struct Add {
    /// The control, or the number of a check as 5.2.3 or cis-1.12:5.2.3
    #[arg(long, value_name = "ID")]
    check_id: String,
    /// Why the risk is accepted
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who answers for it
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// The last day on which it holds, as 2026-11-01
    #[arg(long, value_name = "DATE")]
    review_date: Date,
    /// Who accepted the risk
    #[arg(long, value_name = "NAME")]
    risk_accepted_by: Option<String>,
    /// Where it is followed up
    #[arg(long, value_name = "TEXT")]
    ticket: Option<String>,
    /// Only in this cluster
    #[arg(long, value_name = "NAME", help_heading = "What it is about")]
    cluster: Option<String>,
    /// Only in this file, relative to the root
    #[arg(long, value_name = "GLOB", help_heading = "What it is about")]
    file: Option<String>,
    /// Only for objects of this kind
    #[arg(long, value_name = "NAME", help_heading = "What it is about")]
    kind: Option<String>,
    /// Only in this namespace
    #[arg(long, value_name = "NAME", help_heading = "What it is about")]
    namespace: Option<String>,
    /// Only for objects of this name
    #[arg(long, value_name = "NAME", help_heading = "What it is about")]
    name: Option<String>,
    /// Only for containers of this name
    #[arg(long, value_name = "NAME", help_heading = "What it is about")]
    container: Option<String>,
    /// Only at this path in the object
    #[arg(long, value_name = "GLOB", help_heading = "What it is about")]
    path: Option<String>,
    /// Only for containers with this image
    #[arg(long, value_name = "NAME", help_heading = "What it is about")]
    image: Option<String>,
    /// Read this configuration file [default: the nearest portcullis.yaml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Lay this configuration below, as one that `extends:` names; may be repeated, and lie anywhere
    #[arg(long, value_name = "FILE")]
    extends: Vec<PathBuf>,
    #[command(flatten)]
    gate: GateArgs,
}

/// In two lines, which clap would not make of it.
const ADD: &str = "\
portcullis exceptions add --check-id <ID> --reason <TEXT> --owner <NAME>
                                 --review-date <DATE> [OPTIONS]";

impl Exceptions {
    /// Judges, then shows.
    pub fn run(self, color: Color) -> Result<Exit, Error> {
        match self.command {
            Command::List(judged) => list(&run(judged)?),
            Command::Check(judged) => check(&run(judged)?, color),
            Command::Explain(judged) => explain(&run(judged)?),
            Command::Add(add) => add.run(),
        }
    }
}

fn run(judged: Judged) -> Result<(Run, Date), Error> {
    let options = judged.options();
    let today = options.gate.today.unwrap_or(Date::MAX);
    Ok((pipeline::run(&options, &Bar::new())?, today))
}

fn list((run, today): &(Run, Date)) -> Result<Exit, Error> {
    print(|out| {
        for (exception, hits) in &run.state.exceptions {
            writeln!(out, "{}", line(exception, hits.len(), *today))?;
        }
        Ok(())
    })?;
    Ok(Exit::Open)
}

fn check((run, _): &(Run, Date), color: Color) -> Result<Exit, Error> {
    let style = style(color, io::stdout().is_terminal());
    let faults: Vec<_> = run.report.notices.iter().filter(|notice| notice.code.ends_with("-exception")).collect();
    print(|out| {
        faults.iter().try_for_each(|notice| text::write_notice(notice, &style, out))?;
        writeln!(out, "{}, {} to look at", phrase::count(run.state.exceptions.len(), "exception"), faults.len())
    })?;
    let is_sound = faults.iter().all(|notice| notice.code == "ending-exception");
    Ok(if is_sound { Exit::Open } else { Exit::Shut })
}

fn explain((run, today): &(Run, Date)) -> Result<Exit, Error> {
    print(|out| {
        for (exception, hits) in &run.state.exceptions {
            writeln!(out, "{}", line(exception, hits.len(), *today))?;
            for verdict in hits.iter().filter_map(|&at| run.report.verdicts.get(at)) {
                let finding = &verdict.finding;
                let place = phrase::place(&finding.location);
                let text = format!(
                    "{place} {}: {}, {}",
                    finding.control,
                    phrase::subject(finding),
                    phrase::standing(verdict.standing)
                );
                writeln!(out, "  {}", escape::line(&text))?;
            }
        }
        Ok(())
    })?;
    Ok(Exit::Open)
}

fn line(exception: &Exception, hits: usize, today: Date) -> String {
    let record = &exception.record;
    let state = match today.days_until(record.review_date) {
        ..0 => format!("expired after {}", record.review_date),
        days => format!("until {} ({})", record.review_date, phrase::count(usize::try_from(days).unwrap_or(0), "day")),
    };
    let findings = phrase::count(hits, "finding");
    let place = phrase::place(&exception.location);
    let text = format!(
        "{place}: {} {}: {state}, owner {}, {findings}: {}",
        exception.id(),
        record.scope(),
        &*record.owner,
        &*record.reason
    );
    escape::line(&text).into_owned()
}

impl Add {
    fn run(self) -> Result<Exit, Error> {
        let optional = [
            ("cluster", self.cluster),
            ("file", self.file),
            ("kind", self.kind),
            ("namespace", self.namespace),
            ("name", self.name),
            ("container", self.container),
            ("path", self.path),
            ("image", self.image),
        ];
        let words = [("risk_accepted_by", self.risk_accepted_by), ("ticket", self.ticket)];
        let present = |(key, value): (&'static str, Option<String>)| Some((key, value?));
        let mut fields: Fields = vec![("check_id", self.check_id)];
        fields.extend(optional.into_iter().filter_map(present));
        fields.extend([("reason", self.reason), ("owner", self.owner), ("review_date", self.review_date.to_string())]);
        fields.extend(words.into_iter().filter_map(present));
        let (config, extends) = (self.config, self.extends);
        let mut options = Options { config, extends, gate: self.gate.options(), ..Options::default() };
        options.gate.may_be_missing = true;
        let (path, text) = pipeline::add_exception(&options, &fields)?;
        Output::open(&path)?.write(|out| out.write_all(text.as_bytes()))?;
        Ok(Exit::Open)
    }
}
