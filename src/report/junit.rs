//! For CI servers: JUnit XML with a suite for each file. What shuts the gate fails, what does not is skipped, what could not be
//! judged is an error.
//!
//! Written by hand because the crates for it write characters that XML does not allow.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::model::report::Notice;
use crate::model::{Report, Verdict};

use super::case::{self, Case, Status};
use super::{Format, Style, escape, phrase};

/// The format for CI servers.
pub struct Junit;

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn describe(&self) -> &'static str {
        "for CI servers: JUnit XML, a suite for each file"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let suites = case::suites(report);
        let all = Counts::of(suites.values().flatten());
        writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        let Counts { tests, failures, errors, .. } = all;
        writeln!(out, r#"<testsuites name="portcullis" tests="{tests}" failures="{failures}" errors="{errors}">"#)?;
        for (file, cases) in &suites {
            let Counts { tests, failures, errors, skipped } = Counts::of(cases);
            let counts = format!(r#"tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}""#);
            writeln!(out, r#"  <testsuite name="{}" {counts}>"#, xml(file))?;
            for case in cases {
                write_case(report, file, case, out)?;
            }
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case<'a>>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.tests += 1;
            match case.status {
                Status::Pass => {}
                Status::Failure(_) | Status::GateChange(_, true) => counts.failures += 1,
                Status::Error(_) | Status::Policy(_) => counts.errors += 1,
                Status::Settled(_) | Status::Template(_) | Status::GateChange(_, false) => counts.skipped += 1,
            }
        }
        counts
    }
}

/// GitLab shows the text of the element and forgets its message; Jenkins shows both.
fn write_case(report: &Report, file: &str, case: &Case<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (element, kind, message, body) = match case.status {
        Status::Pass => ("", String::new(), String::new(), String::new()),
        Status::Failure(verdict) => {
            ("failure", verdict.finding.control.to_string(), phrase::sentence(verdict), details(report, verdict))
        }
        Status::Settled(verdict) => {
            ("skipped", verdict.finding.control.to_string(), case::settled(verdict), details(report, verdict))
        }
        Status::Error(gap) => {
            let body = format!("{}: {}", gap.place(), escape::clip(gap.reason, phrase::LONGEST));
            ("error", Notice::UNPARSABLE.to_owned(), escape::clip(gap.reason, phrase::LONGEST), body)
        }
        Status::Policy(message) => {
            ("error", "policy-error".to_owned(), escape::clip(message, phrase::LONGEST), message.to_owned())
        }
        Status::GateChange(change, shuts) => {
            let element = if shuts { "failure" } else { "skipped" };
            let body = format!("{}: {}", phrase::place(&change.location), change.message);
            (element, "gate-change".to_owned(), escape::clip(&change.message, phrase::LONGEST), body)
        }
        Status::Template(reason) => ("skipped", "template".to_owned(), reason.to_owned(), String::new()),
    };
    let line = line(case).map(|line| format!(r#" line="{line}""#)).unwrap_or_default();
    let (name, file) = (xml(&case.name), xml(file));
    write!(out, r#"    <testcase name="{name}" classname="{file}" file="{file}"{line}"#)?;
    if element.is_empty() {
        return writeln!(out, "/>");
    }
    // GitLab's reader casts by this attribute when it is a word like `file` or `yaml`, and fails.
    writeln!(out, r#"><{element} type="portcullis.{}" message="{}">"#, xml(&kind), xml(&message))?;
    writeln!(out, "{}</{element}></testcase>", body.lines().map(|line| xml(line) + "\n").collect::<String>())
}

fn line(case: &Case<'_>) -> Option<u32> {
    match case.status {
        Status::Failure(verdict) | Status::Settled(verdict) => Some(verdict.finding.location.region().start.line()),
        Status::Error(gap) => gap.line,
        Status::GateChange(change, _) => Some(change.location.region().start.line()),
        Status::Pass | Status::Policy(_) | Status::Template(_) => None,
    }
}

/// `deploy/web.yaml:17:25: critical: …`, and what to do.
fn details(report: &Report, verdict: &Verdict) -> String {
    let finding = &verdict.finding;
    let place = escape::line(&phrase::place(&finding.location)).into_owned();
    let mut text = format!("{place}: {}: {}", finding.severity, phrase::sentence(verdict));
    let Some(result) = report.control(&finding.control) else { return text };
    for line in [phrase::benchmarks(&result.benchmarks), phrase::first_paragraph(&result.control.remediation)] {
        if !line.is_empty() {
            text.push('\n');
            text.push_str(&escape::clip(&line, 2 * phrase::LONGEST));
        }
    }
    text
}

/// A text on one line, for an element or an attribute: nothing hidden, nothing that XML 1.0 leaves out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in escape::line(text).chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Writing to a string cannot fail.
            '\u{fffe}' | '\u{ffff}' => drop(write!(out, "{}", char.escape_unicode())),
            _ => out.push(char),
        }
    }
    out
}
