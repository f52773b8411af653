//! For a person: every finding with the lines at fault, then what the run came to.
//!
//! The same blocks show errors, so that a mistake in a configuration looks like a finding in a manifest.

mod block;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::error::Error;
use crate::model::report::Notice;
use crate::model::{Gate, Location, Report, Source, Span, Standing, Verdict};

use super::phrase::LONGEST;
use super::{Format, Style, escape, gap, phrase};
use block::{Block, Tone};

/// The format for terminals and logs.
pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn describe(&self) -> &'static str {
        "for people: each finding with the lines at fault, and a summary"
    }

    fn write(&self, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        // The log of a GitHub workflow obeys commands that a manifest may hold.
        let mut tame = escape::Tame::new(out);
        let out: &mut dyn Write = &mut tame;
        let news = worst_first(report);
        if style.quiet {
            for verdict in news {
                writeln!(out, "{}", one_line(verdict))?;
            }
            for change in &report.gate_changes {
                let (place, message) = (phrase::place(&change.location), escape::clip(&change.message, LONGEST));
                writeln!(out, "{}: gate change[{}] {message}", escape::line(&place), change.rule)?;
            }
            writeln!(out, "{}", phrase::gate(report))?;
            return out.flush();
        }
        for verdict in news {
            write_verdict(report, verdict, style, out)?;
        }
        write_gate_changes(report, style, out)?;
        write_notices(report, style, out)?;
        write_fixed(report, style, out)?;
        write_accepted(report, style, out)?;
        write_unparsable(report, style, out)?;
        write_gate(report, style, out)?;
        write_summary(report, style, out)?;
        out.flush()
    }
}

/// Writes an error that ended the run.
pub fn write_error(error: &Error, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let message = error.to_string();
    let mut block = Block::new(Tone::Bad, "error".to_owned(), &message);
    block.help = match error {
        Error::Usage { help, .. } | Error::Io { help, .. } => help.as_deref(),
        Error::Input(input) => input.help.as_deref(),
    };
    let location = match error {
        Error::Input(input) => {
            let source = Source::new(input.text.name(), input.text.inner().as_str());
            let span = Span::new(input.span.offset(), input.span.offset() + input.span.len());
            block.label = Some(input.label.clone());
            Some(Location { source: source.into(), span })
        }
        Error::Usage { .. } | Error::Io { .. } => None,
    };
    block.location = location.as_ref();
    block.write(style, out)
}

/// The news, so that the first screen shows what matters most; among equals in the order of the files.
fn worst_first(report: &Report) -> Vec<&Verdict> {
    let mut news: Vec<_> = report.verdicts.iter().filter(|verdict| phrase::is_news(verdict)).collect();
    news.sort_by_key(|verdict| Reverse(verdict.finding.severity));
    news
}

fn one_line(verdict: &Verdict) -> String {
    let finding = &verdict.finding;
    let place = escape::line(&phrase::place(&finding.location)).into_owned();
    let remark = phrase::remark(verdict).map(|remark| format!(" ({remark})")).unwrap_or_default();
    let message = escape::clip(&finding.message, LONGEST);
    format!("{place}: {}[{}] {message}{remark}", finding.severity, escape::line(&finding.control))
}

fn write_verdict(report: &Report, verdict: &Verdict, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let finding = &verdict.finding;
    let control = report.control(&finding.control);
    let help = control.map(|result| phrase::first_paragraph(&result.control.remediation));
    let mut block = Block::new(finding.severity.into(), finding.severity.to_string(), &finding.message);
    block.code = Some(&finding.control);
    block.remark = phrase::remark(verdict);
    block.location = Some(&finding.location);
    block.label = finding.missing.as_deref().map(phrase::missing);
    block.related = finding.related.iter().map(|other| (&other.location, other.message.as_str())).collect();
    block.notes.push(phrase::subject(finding));
    block.notes.push(phrase::because(verdict));
    block.notes.extend(control.map(|result| phrase::benchmarks(&result.benchmarks)));
    block.notes.extend(control.map(|result| phrase::frameworks(report, result)));
    block.help = help.as_deref();
    block.write(style, out)
}

/// How many notices of one kind, or findings that someone accepted, are shown one by one.
const MOST: usize = 20;

/// What loosens the gate, where it is written.
fn write_gate_changes(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let tone = if report.gate_changes_shut() { Tone::Bad } else { Tone::Weak };
    for change in report.gate_changes.iter().take(MOST) {
        let mut block = Block::new(tone, "gate change".to_owned(), &change.message);
        block.code = Some(change.rule);
        block.location = Some(&change.location);
        block.write(style, out)?;
    }
    if let Some(more) = report.gate_changes.len().checked_sub(MOST).filter(|more| *more > 0) {
        writeln!(out, "and {} (see the other reports)\n", phrase::count(more, "more gate change"))?;
    }
    Ok(())
}

/// What the change has cured, a line each.
fn write_fixed(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(change) = report.change.as_ref().filter(|change| !change.fixed.is_empty()) else { return Ok(()) };
    for finding in change.fixed.iter().take(MOST) {
        writeln!(out, "{}", style.wrap("fixed     ", &escape::clip(&phrase::fixed(finding), LONGEST)))?;
    }
    if change.fixed.len() > MOST {
        writeln!(out, "and {} that are fixed", phrase::count(change.fixed.len() - MOST, "more finding"))?;
    }
    writeln!(out)
}

fn write_notices(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for notice in &report.notices {
        let number = seen.entry(notice.code).or_default();
        *number += 1;
        // What could not be judged is always said in full.
        if *number <= MOST || notice.code == Notice::UNPARSABLE {
            write_notice(notice, style, out)?;
        }
    }
    seen.remove(Notice::UNPARSABLE);
    for (code, number) in seen.into_iter().filter(|(_, number)| *number > MOST) {
        let more = phrase::count(number - MOST, "more notice");
        writeln!(out, "{}", style.wrap(&format!("notice[{code}]: "), &format!("and {more} of this kind")))?;
        writeln!(out)?;
    }
    Ok(())
}

/// What is excepted or ignored stays in sight, a line each.
fn write_accepted(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let is_accepted = |verdict: &&Verdict| matches!(verdict.standing, Standing::Excepted | Standing::Ignored);
    let accepted: Vec<_> = report.verdicts.iter().filter(is_accepted).collect();
    for verdict in accepted.iter().take(MOST) {
        let place = phrase::place(&verdict.finding.location);
        let because = phrase::because(verdict);
        let because = if because.is_empty() { because } else { format!(" ({because})") };
        let line = format!("{} at {place}{because}", verdict.finding.control);
        let head = format!("{:8}  ", phrase::standing(verdict.standing));
        writeln!(out, "{}", style.wrap(&head, &escape::clip(&line, LONGEST)))?;
    }
    if accepted.len() > MOST {
        writeln!(out, "and {} that are excepted or ignored", phrase::count(accepted.len() - MOST, "more finding"))?;
    }
    if !accepted.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Writes a notice.
pub fn write_notice(notice: &Notice, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    // A gap is the cause of exit code 3; everything else is there to be known.
    let is_gap = notice.code == Notice::UNPARSABLE;
    let (tone, word) = if is_gap { (Tone::Bad, Notice::UNPARSABLE) } else { (Tone::Calm, "notice") };
    let mut block = Block::new(tone, word.to_owned(), &notice.message);
    block.code = (!is_gap).then_some(notice.code);
    block.location = notice.location.as_ref();
    block.help = notice.help.as_deref();
    block.write(style, out)
}

/// What cannot be read and has no notice that shows where.
fn write_unparsable(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for gap in gap::untold(report) {
        writeln!(out, "{}", style.paint(Tone::Bad.bold(), Notice::UNPARSABLE))?;
        writeln!(out, " --> {}", escape::line(&gap.place()))?;
        writeln!(out, "{}\n", style.wrap("  = ", &escape::clip(gap.reason, LONGEST)))?;
    }
    Ok(())
}

fn write_gate(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = if report.gate == Gate::Open { "1;32" } else { Tone::Bad.bold() };
    for line in style.wrap("", &phrase::gate(report)).lines() {
        writeln!(out, "{}", style.paint(paint, line))?;
    }
    Ok(())
}

fn write_summary(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let news = || report.verdicts.iter().filter(|verdict| phrase::is_news(verdict));
    let findings = [("findings", phrase::severities(news()))].into_iter();
    let by_control = phrase::by_control(news());
    let rest = [
        ("settled", phrase::settled(report)),
        ("change", phrase::change(report)),
        ("coverage", phrase::coverage(report)),
        ("controls", phrase::controls(report)),
    ];
    let benchmarks = phrase::benchmark_scores(report).into_iter();
    let benchmarks = benchmarks.map(|(name, scores)| ("score", format!("{name}, {scores}")));
    let frameworks = phrase::framework_scores(report).into_iter();
    let frameworks = frameworks.map(|(name, score)| ("score", format!("{name}, {score}")));
    let evidence = phrase::evidence(report).into_iter().map(|line| ("evidence", line));
    for (name, value) in findings
        .chain(by_control)
        .chain(rest)
        .chain(benchmarks)
        .chain(frameworks)
        .chain(evidence)
        .filter(|row| !row.1.is_empty())
    {
        writeln!(out, "{}", style.wrap(&format!("  {name:8}  "), &escape::line(&value)))?;
    }
    Ok(())
}
