//! A history in, text for a person out: how it goes, who burns down what, what ends next, what has been there longest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::model::record::Seen;
use crate::model::{Date, Record, RecordedFinding, Severity};

use super::{Style, escape, phrase};

/// Writes the trend of some runs, as of a day; lists in full, or how they begin.
pub fn write(records: &[Record], today: Date, all: bool, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let most = if all { usize::MAX } else { MOST };
    let (Some(first), Some(last)) = (records.first(), records.last()) else {
        return writeln!(out, "There are no runs yet.");
    };
    let runs = phrase::count(records.len(), "run");
    writeln!(out, "{}", style.wrap("", &format!("{runs} from {} to {}", first.date.day(), last.date.day())))?;
    writeln!(out)?;
    write_lines(&lines(records), out)?;
    write_bars(records, style, out)?;
    write_owners(records, out)?;
    let latest = Record::latest(records).unwrap_or(last);
    write_expiring(latest, today, most, out)?;
    write_oldest(latest, today, most, style, out)
}

/// A number that is followed through the runs; none where a run does not say.
pub struct Line {
    /// What it is.
    pub name: String,
    /// `24`, `82.1 %`.
    pub is_percent: bool,
    /// One for each run.
    pub values: Vec<Option<f64>>,
}

impl Line {
    /// The number in words.
    pub fn shown(&self, value: f64) -> String {
        if self.is_percent { format!("{value:.1} %") } else { format!("{value}") }
    }
}

/// What is followed: results of checks, findings, scores.
pub fn lines(records: &[Record]) -> Vec<Line> {
    let count = |name: &str, of: &dyn Fn(&Record) -> Option<usize>| Line {
        name: name.to_owned(),
        is_percent: false,
        values: records.iter().map(|record| of(record).map(float)).collect(),
    };
    let findings = |record: &Record| {
        record.version.map(|_| record.severities.values().fold(0, |sum: usize, number| sum.saturating_add(*number)))
    };
    let mut lines = vec![
        count("checks that fail", &|record| Some(record.totals.fail)),
        count("checks that pass", &|record| Some(record.totals.pass)),
        count("checks to look at", &|record| Some(record.totals.warn)),
        count("findings", &findings),
    ];
    lines.extend(scores(records));
    lines
}

/// The score of the run, then those of the frameworks.
pub fn scores(records: &[Record]) -> Vec<Line> {
    let keys: BTreeSet<_> =
        records.iter().flat_map(|record| &record.scores).map(|one| (&one.framework, &one.cluster)).collect();
    let line = |(framework, cluster): (&Option<String>, &Option<String>)| {
        let value = |record: &Record| {
            let own = record.scores.iter().find(|one| (&one.framework, &one.cluster) == (framework, cluster))?;
            (own.judged > 0).then(|| 100.0 * float(own.passed) / float(own.judged))
        };
        let name = match (framework, cluster.as_deref()) {
            (None, _) => "score".to_owned(),
            (Some(framework), Some("default") | None) => framework.clone(),
            (Some(framework), Some(cluster)) => format!("{framework}, {cluster}"),
        };
        Line { name, is_percent: true, values: records.iter().map(value).collect() }
    };
    keys.into_iter().map(line).filter(|line| line.values.iter().any(Option::is_some)).collect()
}

/// How many findings each owner answers for, the one with most at the end first.
pub fn owners(records: &[Record]) -> Vec<Line> {
    let names: BTreeSet<&String> = records.iter().flat_map(|record| record.owners.keys()).collect();
    let line = |name: &String| Line {
        name: name.clone(),
        is_percent: false,
        values: records
            .iter()
            .map(|record| record.version.map(|_| float(record.owners.get(name).copied().unwrap_or(0))))
            .collect(),
    };
    let mut lines: Vec<Line> = names.into_iter().map(line).collect();
    let last = |line: &Line| line.values.iter().rev().flatten().next().copied().unwrap_or(0.0);
    lines.sort_by(|left, right| last(right).total_cmp(&last(left)).then_with(|| left.name.cmp(&right.name)));
    lines
}

/// What of the last run is accepted until a day: day and owner → controls → how many, the next day first.
pub fn expiring(last: &Record) -> BTreeMap<(Date, &str), BTreeMap<&str, usize>> {
    let mut expiring: BTreeMap<(Date, &str), BTreeMap<&str, usize>> = BTreeMap::new();
    for finding in &last.findings {
        if let Some(day) = finding.review_date {
            *expiring.entry((day, finding.owner())).or_default().entry(&finding.control).or_default() += 1;
        }
    }
    expiring
}

/// The findings of the last run, the oldest first, among equals the worst.
pub fn oldest(last: &Record) -> Vec<&RecordedFinding> {
    let mut findings: Vec<_> = last.findings.iter().collect();
    let rank = |one: &RecordedFinding| Severity::ALL.iter().position(|severity| severity.word() == one.severity);
    findings.sort_by_key(|one| (one.first_seen.date, rank(one), &one.control, &one.file));
    findings
}

/// `in 3 days`, `today`, `2 days ago`.
pub fn distance(today: Date, day: Date) -> String {
    match today.days_until(day) {
        0 => "today".to_owned(),
        days @ 1.. => format!("in {}", phrase::count(usize::try_from(days).unwrap_or(0), "day")),
        days => format!("{} ago", phrase::count(usize::try_from(-days).unwrap_or(0), "day")),
    }
}

/// `41 days, since 2026-08-01 (0123456)`.
pub fn age(today: Date, seen: &Seen) -> String {
    let since = seen.date;
    let days = usize::try_from(since.day().days_until(today)).unwrap_or(0);
    let commit = seen
        .commit
        .iter()
        .map(|commit| format!(" ({})", commit.chars().take(7).collect::<String>()))
        .collect::<String>();
    format!("{}, since {}{commit}", phrase::count(days, "day"), since.day())
}

#[allow(clippy::cast_precision_loss)] // nobody has 2^52 findings
fn float(number: usize) -> f64 {
    number as f64
}

/// How many lines of a list are shown.
const MOST: usize = 10;

fn write_lines(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    for line in lines {
        let mut told = line.values.iter().flatten();
        let Some(&first) = told.next() else { continue };
        let last = told.next_back().copied().unwrap_or(first);
        let change = if first.total_cmp(&last).is_eq() {
            line.shown(last)
        } else {
            format!("{} -> {}", line.shown(first), line.shown(last))
        };
        writeln!(out, "  {:20}  {change:20}  {}", clip(&line.name, 20), spark(&line.values))?;
    }
    writeln!(out)
}

/// A character for each of the last runs, higher for more.
fn spark(values: &[Option<f64>]) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = values.get(values.len().saturating_sub(30)..).unwrap_or_default();
    let (least, most) = shown.iter().flatten().fold((f64::MAX, f64::MIN), |(a, b), &v| (a.min(v), b.max(v)));
    let step = |value: f64| {
        let share = if most > least { (value - least) / (most - least) } else { 0.0 };
        STEPS.iter().enumerate().rfind(|(at, _)| float(*at) <= share * 7.0 + 0.5).map_or(' ', |(_, char)| *char)
    };
    shown.iter().map(|value| value.map_or(' ', step)).collect()
}

/// A bar for each of the last runs: the checks that fail.
fn write_bars(records: &[Record], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let shown = records.get(records.len().saturating_sub(MOST * 2)..).unwrap_or_default();
    let most = shown.iter().map(|record| record.totals.fail).max().unwrap_or(0);
    let room = style.width.saturating_sub(34).max(10);
    writeln!(out, "Checks that fail, by run")?;
    for record in shown {
        let share = float(record.totals.fail) / float(most.max(1));
        let length = (0..room).filter(|at| float(*at) < share * float(room)).count();
        let commit: String = record.commit.iter().flat_map(|commit| commit.chars().take(7)).collect();
        writeln!(
            out,
            "  {}  {:7}  {} {}",
            record.date.day(),
            clip(&commit, 40),
            "█".repeat(length),
            record.totals.fail
        )?;
    }
    writeln!(out)
}

fn write_owners(records: &[Record], out: &mut dyn Write) -> io::Result<()> {
    let owners = owners(records);
    if owners.is_empty() {
        return Ok(());
    }
    writeln!(out, "Findings by owner")?;
    write_lines(&owners, out)
}

fn write_expiring(last: &Record, today: Date, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let expiring = expiring(last);
    if expiring.is_empty() {
        return Ok(());
    }
    writeln!(out, "What expires next")?;
    for ((day, owner), controls) in expiring.iter().take(most) {
        let controls: Vec<String> = controls.iter().map(|(control, number)| format!("{number} {control}")).collect();
        let line = format!("{owner}: {}", controls.join(", "));
        writeln!(out, "  {day}  {:12}  {}", distance(today, *day), clip(&line, 200))?;
    }
    write_rest(expiring.len(), most, out)
}

fn write_oldest(last: &Record, today: Date, most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let oldest = oldest(last);
    if oldest.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", if most > MOST { "All findings, the oldest first" } else { "The oldest findings" })?;
    for finding in oldest.iter().take(most) {
        let place = format!("{}[{}] in {}", finding.severity, finding.control, finding.file);
        writeln!(
            out,
            "  {:38}  {}",
            clip(&age(today, &finding.first_seen), 60),
            clip(&place, style.width.saturating_sub(42).max(20))
        )?;
    }
    write_rest(oldest.len(), most, out)
}

fn write_rest(number: usize, most: usize, out: &mut dyn Write) -> io::Result<()> {
    if let Some(more) = number.checked_sub(most).filter(|more| *more > 0) {
        writeln!(out, "  and {more} more")?;
    }
    writeln!(out)
}

fn clip(text: &str, length: usize) -> String {
    escape::clip(text, length)
}
