//! For the log of a GitHub workflow: annotations for the worst findings, those in the change before others, the rest as lines
//! of a group.
//!
//! The runner keeps ten errors, ten warnings and ten notices of a step and forgets the others.

use std::io::{self, Write};

use crate::model::report::Notice;
use crate::model::{Report, Verdict};

use super::gap::gaps;
use super::rank::{Level, level, worst_first};
use super::{Format, Style, escape, phrase};

/// The format for annotations of a pull request.
pub struct Github;

impl Format for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn describe(&self) -> &'static str {
        "for GitHub Actions: annotations, within the limits of a step"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut budget = Budget::default();
        let mut news = worst_first(report.verdicts.iter().filter(|verdict| phrase::is_news(verdict)));
        // What is said of other files is not seen in the diff.
        news.sort_by_key(|verdict| phrase::is_outside(report, verdict));
        let troubles = troubles(report);
        // One of them is told in any case: it is why a run without a finding may fail.
        let spare = usize::from(!troubles.is_empty());
        let (shown, rest): (Vec<_>, Vec<_>) = news.into_iter().partition(|&verdict| budget.take(level(verdict), spare));
        for verdict in &shown {
            writeln!(out, "{}", finding(verdict))?;
        }
        let (told, untold): (Vec<_>, Vec<_>) = troubles.iter().partition(|trouble| budget.take(trouble.level, 0));
        for trouble in told {
            writeln!(out, "{}", trouble.command)?;
        }
        write_rest(&rest, &untold, out)?;
        writeln!(out, "{}", conclusion(report, rest.len() + untold.len()))
    }
}

/// How many annotations of each level are spent.
#[derive(Default)]
struct Budget {
    errors: usize,
    warnings: usize,
    notices: usize,
}

/// How many of each level the runner keeps of a step.
const LIMIT: usize = 10;

impl Budget {
    /// Spends one unless that leaves less than `spare` errors; one notice is kept for the conclusion.
    fn take(&mut self, level: Level, spare: usize) -> bool {
        let (spent, limit) = match level {
            Level::Error => (&mut self.errors, LIMIT - spare),
            Level::Warning => (&mut self.warnings, LIMIT),
            Level::Note => (&mut self.notices, LIMIT - 1),
        };
        let is_left = *spent < limit;
        *spent += usize::from(is_left);
        is_left
    }
}

/// `::error title=…,file=…,line=…,endLine=…,col=…,endColumn=…::…`; the runner drops the columns of a span of several lines.
fn finding(verdict: &Verdict) -> String {
    let finding = &verdict.finding;
    let region = finding.location.region();
    let (start, end) = (region.start, region.end);
    let mut place = format!(",line={},endLine={}", start.line(), end.line());
    if start.line() == end.line() {
        place += &format!(",col={},endColumn={}", start.column(), end.column());
    }
    let title = format!("{} ({})", escape::clip(&finding.control, TITLE), finding.severity);
    command(level(verdict), &title, finding.location.source.path(), &place, &phrase::sentence(verdict))
}

/// Something that kept a run from judging or loosens the gate, as an annotation and as a line of the log.
struct Trouble {
    level: Level,
    command: String,
    line: String,
}

/// Policies that could not be evaluated, what could not be judged, and what loosens the gate.
fn troubles(report: &Report) -> Vec<Trouble> {
    let policies = report.notices.iter().filter(|notice| notice.code == Notice::POLICY_ERROR);
    let policies = policies.map(|notice| Trouble {
        level: Level::Error,
        command: format!("::error title={}::{}", notice.code, data(&escape::clip(&notice.message, phrase::LONGEST))),
        line: notice.message.clone(),
    });
    let gaps = gaps(report).map(|gap| {
        let place = gap.line.map(|line| format!(",line={line}")).unwrap_or_default();
        let reason = escape::clip(gap.reason, phrase::LONGEST);
        Trouble {
            level: Level::Error,
            command: command(Level::Error, "could not be judged", gap.file, &place, &reason),
            line: format!("could not be judged: {}: {}", gap.place(), gap.reason),
        }
    });
    let level = if report.gate_changes_shut() { Level::Error } else { Level::Warning };
    let gate_changes = report.gate_changes.iter().map(|change| {
        let (file, line) = (change.location.source.path(), change.location.region().start.line());
        let message = escape::clip(&change.message, phrase::LONGEST);
        Trouble {
            level,
            command: command(
                level,
                &format!("gate change ({})", change.rule),
                file,
                &format!(",line={line}"),
                &message,
            ),
            line: format!("{}: gate change[{}] {message}", phrase::place(&change.location), change.rule),
        }
    });
    policies.chain(gaps).chain(gate_changes).collect()
}

const TITLE: usize = 100;

fn command(level: Level, title: &str, file: &str, place: &str, message: &str) -> String {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    format!("::{word} title={},file={}{place}::{}", property(title), property(file), data(message))
}

/// What found no annotation, as lines of the log.
fn write_rest(rest: &[&Verdict], troubles: &[&Trouble], out: &mut dyn Write) -> io::Result<()> {
    if rest.is_empty() && troubles.is_empty() {
        return Ok(());
    }
    writeln!(out, "::group::{} without an annotation", phrase::count(rest.len() + troubles.len(), "result"))?;
    for verdict in rest.iter().take(LINES) {
        let place = phrase::place(&verdict.finding.location);
        let (severity, control) = (verdict.finding.severity, &verdict.finding.control);
        write_line(&format!("{place}: {severity}[{control}] {}", phrase::sentence(verdict)), out)?;
    }
    if rest.len() > LINES {
        writeln!(out, "and {} (see the other reports)", phrase::count(rest.len() - LINES, "more finding"))?;
    }
    for trouble in troubles.iter().take(LINES) {
        write_line(&trouble.line, out)?;
    }
    writeln!(out, "::endgroup::")
}

/// How many lines the log gets at most.
const LINES: usize = 1_000;

fn write_line(text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::tame(&escape::clip(text, 4 * phrase::LONGEST)))
}

/// The gate in one notice, with what is not among the annotations.
fn conclusion(report: &Report, untold: usize) -> String {
    let mut text = phrase::gate(report);
    if untold > 0 {
        text += &format!("; {untold} more in the log of this step");
    }
    let settled = phrase::settled(report);
    if !settled.is_empty() {
        text += &format!("; not shown: {settled}");
    }
    let change = phrase::change(report);
    if !change.is_empty() {
        text += &format!(". The change {change}");
    }
    format!("::notice title=portcullis::{}", data(&text))
}

/// The data of a command, as @actions/core writes it; the colons are apart because act, which runs workflows locally, cuts
/// at the last pair of them.
fn data(text: &str) -> String {
    let text = escape::line(text).replace("::", ": :").replace("##[", "## [");
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which the runner drops when it is empty.
fn property(text: &str) -> String {
    let text = escape::line(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    text.replace(':', "%3A").replace(',', "%2C")
}
