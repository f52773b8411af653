//! `portcullis baseline`: writes down which findings are known, and keeps that in step.

use std::collections::BTreeSet;
use std::io;

use clap::{Args, Subcommand};

use super::gate::GateArgs;
use super::output::Output;
use super::progress::Bar;
use super::{EXIT_CODES, Selection, print};
use crate::adjudicate::baseline::{self, Entry};
use crate::error::Error;
use crate::model::{FileStatus, Standing};
use crate::pipeline::{self, Exit, Run};
use crate::report::escape;

/// Record the findings that are known, so that only new ones shut the gate
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Baseline {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the baseline anew: every finding of now is known
    Write(Judged),
    /// Compare the baseline with the findings; the gate is shut unless they are in step
    Check(Judged),
    /// Bring the baseline in step: add what is new, take out what has vanished, tidy what a merge left
    Update(Judged),
    /// Take out what has vanished, and add nothing
    Prune(Judged),
    /// Show the baseline, one line per entry
    Show(Judged),
}

#[derive(Debug, Args)]
struct Judged {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    gate: GateArgs,
}

impl Baseline {
    /// Judges, then writes or shows.
    pub fn run(self) -> Result<Exit, Error> {
        match self.command {
            Command::Write(judged) => write(judged),
            Command::Check(judged) => check(&judged.run(false, false)?),
            Command::Update(judged) => update(&judged.run(true, false)?, true),
            Command::Prune(judged) => update(&judged.run(false, false)?, false),
            Command::Show(judged) => show(&judged.run(false, false)?),
        }
    }
}

impl Judged {
    fn run(self, may_be_missing: bool, is_fresh: bool) -> Result<Run, Error> {
        let mut options = self.selection.options();
        options.gate = self.gate.options();
        (options.gate.may_be_missing, options.gate.is_fresh) = (may_be_missing, is_fresh);
        pipeline::run(&options, &Bar::new())
    }
}

fn write(judged: Judged) -> Result<Exit, Error> {
    let run = judged.run(true, true)?;
    if !run.state.is_whole {
        let error = Error::usage("a baseline is written from the whole repository");
        return Err(
            error.help("name no path in its root directory, or bring it in step with `portcullis baseline update`")
        );
    }
    let entries = entries(&run, &[Standing::New]);
    save(&run, entries, |number| format!("{number} written"))
}

fn check(run: &Run) -> Result<Exit, Error> {
    let old: BTreeSet<Entry> = known(run)?.iter().cloned().collect();
    let new: BTreeSet<Entry> = in_step(run, true).into_iter().collect();
    print(|out| {
        for entry in new.difference(&old) {
            writeln!(out, "+ {}", line(entry))?;
        }
        for entry in old.difference(&new) {
            writeln!(out, "- {}", line(entry))?;
        }
        match (old == new, run.state.is_tidy) {
            (true, true) => writeln!(out, "the baseline is in step: {} entries", old.len()),
            (true, false) => writeln!(out, "the baseline is not sorted: `portcullis baseline update` tidies it"),
            (false, _) => {
                writeln!(out, "the baseline is not in step: `portcullis baseline update` changes these lines")
            }
        }
    })?;
    Ok(if old == new && run.state.is_tidy { exit(run) } else { Exit::Shut })
}

fn update(run: &Run, grows: bool) -> Result<Exit, Error> {
    let old: BTreeSet<Entry> = match grows {
        true => run.state.baseline.iter().flatten().cloned().collect(),
        false => known(run)?.iter().cloned().collect(),
    };
    let new = in_step(run, grows);
    let added = new.iter().filter(|entry| !old.contains(entry)).count();
    let removed = old.len() + added - new.iter().collect::<BTreeSet<_>>().len();
    save(run, new, |number| format!("{added} added, {removed} removed, {number} now"))
}

fn show(run: &Run) -> Result<Exit, Error> {
    let entries = known(run)?;
    print(|out| entries.iter().try_for_each(|entry| writeln!(out, "{}", line(entry))))?;
    Ok(Exit::Open)
}

/// The entries of the file.
fn known(run: &Run) -> Result<&[Entry], Error> {
    let missing = || {
        let error = Error::usage(format!("there is no baseline at {}", run.state.baseline_path.display()));
        error.help("`portcullis baseline write` writes it")
    };
    run.state.baseline.as_deref().ok_or_else(missing)
}

/// The entries of a baseline that is in step; one that does not grow leaves out what is new.
fn in_step(run: &Run, grows: bool) -> Vec<Entry> {
    let standings: &[Standing] = match grows {
        true => &[Standing::New, Standing::Known, Standing::Moved],
        false => &[Standing::Known, Standing::Moved],
    };
    entries(run, standings)
}

fn entries(run: &Run, standings: &[Standing]) -> Vec<Entry> {
    let verdicts = run.report.verdicts.iter().filter(|verdict| standings.contains(&verdict.standing));
    verdicts.map(|verdict| Entry::of(&verdict.finding)).chain(run.state.unjudged.iter().cloned()).collect()
}

/// Writes the file as a whole. Not after a policy has failed: its findings would be missing.
fn save(run: &Run, entries: Vec<Entry>, told: impl FnOnce(usize) -> String) -> Result<Exit, Error> {
    if run.report.policy_errors > 0 {
        let error = Error::usage("a policy could not be evaluated, so the findings are not all known");
        return Err(error.help("`portcullis check` says which; the baseline is as it was"));
    }
    let text = baseline::write(entries);
    let path = &run.state.baseline_path;
    Output::open(path)?.write(|out| out.write_all(text.as_bytes()))?;
    let here = std::env::current_dir().unwrap_or_default();
    let shown = path.strip_prefix(&here).unwrap_or(path).to_string_lossy();
    print(|out| {
        writeln!(out, "{}: {}", escape::line(&shown), told(text.lines().count()))?;
        gaps(run, out)
    })?;
    Ok(exit(run))
}

/// What the findings say is not asked here; what could not be judged is.
fn exit(run: &Run) -> Exit {
    match run.exit {
        Exit::Shut if run.report.has_gap() => Exit::Gap,
        Exit::Shut => Exit::Open,
        exit => exit,
    }
}

/// What could not be judged, so that a baseline that lacks its findings surprises nobody.
fn gaps(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let files = run.report.coverage.iter().filter(|file| file.status == FileStatus::Unparsable);
    for file in files {
        writeln!(out, "could not be judged: {}", escape::line(&file.file))?;
    }
    if run.report.judged_documents() == 0 { writeln!(out, "nothing was judged") } else { Ok(()) }
}

fn line(entry: &Entry) -> String {
    let namespace = entry.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let text = format!("{} {}: {} {namespace}{} {}", entry.file, entry.control, entry.kind, entry.name, entry.path);
    escape::line(&text).into_owned()
}
