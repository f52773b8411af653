//! `portcullis baseline`: writes down which findings are known, and keeps that in step.

use std::collections::BTreeSet;
use std::io;

use clap::{Args, Subcommand};

use super::ask::agrees;
use super::gate::Judged;
use super::output::Output;
use super::progress::Bar;
use super::{EXIT_CODES, print};
use crate::adjudicate::baseline::{self, Comparison, Entry};
use crate::error::Error;
use crate::model::{FileStatus, Standing, Verdict};
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
    Update(Update),
    /// Take out what has vanished, and add nothing
    Prune(Judged),
    /// Show the baseline, one line per entry
    Show(Judged),
}

#[derive(Debug, Args)]
struct Update {
    #[command(flatten)]
    judged: Judged,
    /// Write without asking; where there is no terminal nobody is asked
    #[arg(long, short)]
    yes: bool,
}

impl Baseline {
    /// Judges, then writes or shows.
    pub fn run(self) -> Result<Exit, Error> {
        match self.command {
            Command::Write(judged) => write(judged),
            Command::Check(judged) => check(&run(judged, false, false)?),
            Command::Update(update) => bring_in_step(&run(update.judged, true, false)?, true, !update.yes),
            Command::Prune(judged) => bring_in_step(&run(judged, false, false)?, false, false),
            Command::Show(judged) => show(&run(judged, false, false)?),
        }
    }
}

fn run(judged: Judged, may_be_missing: bool, is_fresh: bool) -> Result<Run, Error> {
    let mut options = judged.options();
    (options.gate.may_be_missing, options.gate.is_fresh) = (may_be_missing, is_fresh);
    pipeline::run(&options, &Bar::new())
}

fn write(judged: Judged) -> Result<Exit, Error> {
    let run = run(judged, true, true)?;
    if !run.state.is_whole {
        let error = Error::usage("a baseline is written from the whole repository");
        return Err(
            error.help("name no path in its root directory, or bring it in step with `portcullis baseline update`")
        );
    }
    save(&run, &parts(&run), &[Standing::New], |_, new| format!("{} written", new.len()))
}

fn check(run: &Run) -> Result<Exit, Error> {
    let parts = known(run)?;
    let (mut is_in_step, mut is_tidy) = (true, true);
    print(|out| {
        let mut number = 0;
        for part in &parts {
            let (old, new) = (part.old(), part.with(IN_STEP));
            for entry in new.difference(&old) {
                writeln!(out, "+ {}", line(entry))?;
            }
            for entry in old.difference(&new) {
                writeln!(out, "- {}", line(entry))?;
            }
            number += old.len();
            is_in_step &= old == new;
            is_tidy &= part.file.baseline.as_ref().is_none_or(baseline::Baseline::is_tidy);
        }
        match (is_in_step, is_tidy) {
            (true, true) => writeln!(out, "the baseline is in step: {number} entries"),
            (true, false) => writeln!(out, "the baseline is not sorted: `portcullis baseline update` tidies it"),
            (false, _) => {
                writeln!(out, "the baseline is not in step: `portcullis baseline update` changes these lines")
            }
        }
    })?;
    Ok(if is_in_step && is_tidy { exit(run) } else { Exit::Shut })
}

fn bring_in_step(run: &Run, grows: bool, asks: bool) -> Result<Exit, Error> {
    let (parts, standings) = if grows { (parts(run), IN_STEP) } else { (known(run)?, SHRUNK) };
    let changes = |part: &Part<'_>| {
        let (old, new) = (part.old(), part.with(standings));
        (new.difference(&old).count(), old.difference(&new).count())
    };
    let (added, removed) = parts.iter().map(changes).fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    if asks && added + removed > 0 && !agrees(&format!("+{added} −{removed} entries of the baseline: write it?")) {
        print(|out| writeln!(out, "nothing was written"))?;
        return Ok(Exit::Shut);
    }
    save(run, &parts, standings, |old, new| {
        let (added, removed) = (new.difference(old).count(), old.difference(new).count());
        format!("+{added} −{removed}, {} now", new.len())
    })
}

fn show(run: &Run) -> Result<Exit, Error> {
    let parts = known(run)?;
    print(|out| parts.iter().flat_map(Part::old).try_for_each(|entry| writeln!(out, "{}", line(&entry))))?;
    Ok(Exit::Open)
}

/// What a baseline holds that is in step.
const IN_STEP: &[Standing] = &[Standing::New, Standing::Known, Standing::Moved];
/// The same without what is new.
const SHRUNK: &[Standing] = &[Standing::Known, Standing::Moved];

/// One of the baselines of a run.
pub(super) struct Part<'a> {
    run: &'a Run,
    index: usize,
    /// Where it is, and what is there.
    pub(super) file: &'a baseline::File,
    comparison: &'a Comparison,
}

impl Part<'_> {
    /// The entries of the file.
    fn old(&self) -> BTreeSet<Entry> {
        self.file.baseline.iter().flat_map(baseline::Baseline::entries).collect()
    }

    /// The entries that it would have with the findings of these standings.
    pub(super) fn with(&self, standings: &[Standing]) -> BTreeSet<Entry> {
        let baselines = &self.run.state.baselines;
        let is_own = |verdict: &&Verdict| baselines.of(&verdict.finding.identity.cluster) == self.index;
        let verdicts = self.run.report.verdicts.iter().filter(is_own);
        let verdicts = verdicts.filter(|verdict| standings.contains(&verdict.standing));
        let unjudged = self.comparison.unjudged.iter().cloned();
        verdicts.map(|verdict| Entry::of(&verdict.finding)).chain(unjudged).collect()
    }

    /// Whether there is something to write, or somebody waits for the file: where every cluster has its own, the repository's may be of
    /// no use.
    pub(super) fn is_wanted(&self, standings: &[Standing]) -> bool {
        let is_only = self.run.state.baselines.files.len() == 1;
        is_only || self.file.is_named || self.file.path.exists() || !self.with(standings).is_empty()
    }
}

/// The baselines of a run.
pub(super) fn parts(run: &Run) -> Vec<Part<'_>> {
    let files = run.state.baselines.files.iter().zip(&run.state.comparisons).enumerate();
    files.map(|(index, (file, comparison))| Part { run, index, file, comparison }).collect()
}

/// The baselines that are there; there is one at least.
fn known(run: &Run) -> Result<Vec<Part<'_>>, Error> {
    let known: Vec<_> = parts(run).into_iter().filter(|part| part.file.baseline.is_some()).collect();
    if known.is_empty() {
        let path = run.state.baselines.files.first().map(|file| file.path.display().to_string()).unwrap_or_default();
        let error = Error::usage(format!("there is no baseline at {path}"));
        return Err(error.help("`portcullis baseline write` writes it"));
    }
    Ok(known)
}

/// Writes each file as a whole. Not after a policy has failed: its findings would be missing.
fn save(
    run: &Run,
    parts: &[Part<'_>],
    standings: &[Standing],
    told: impl Fn(&BTreeSet<Entry>, &BTreeSet<Entry>) -> String,
) -> Result<Exit, Error> {
    if run.report.policy_errors > 0 {
        let error = Error::usage("a policy could not be evaluated, so the findings are not all known");
        return Err(error.help("`portcullis check` says which; the baseline is as it was"));
    }
    let here = std::env::current_dir().unwrap_or_default();
    let mut lines = Vec::new();
    for part in parts {
        if !part.is_wanted(standings) {
            continue;
        }
        let new = part.with(standings);
        let path = &part.file.path;
        lines.push(format!("{}: {}", path.strip_prefix(&here).unwrap_or(path).display(), told(&part.old(), &new)));
        let text = baseline::write(new);
        Output::open(path)?.write(|out| out.write_all(text.as_bytes()))?;
    }
    print(|out| {
        lines.iter().try_for_each(|line| writeln!(out, "{}", escape::line(line)))?;
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
pub(super) fn gaps(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
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
