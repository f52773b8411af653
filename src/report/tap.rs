//! For the Test Anything Protocol, version 13, which every consumer reads: a case is `ok`, `not ok`, or `not ok` with a `TODO` when it does not shut the gate.
//! <https://testanything.org/tap-version-13-specification.html>

use std::io::{self, Write};

use crate::model::{Report, Verdict};

use super::case::{self, Case, Status};
use super::{Format, Style, escape, phrase};

/// The format for TAP consumers.
pub struct Tap;

impl Format for Tap {
    fn name(&self) -> &'static str {
        "tap"
    }

    fn describe(&self) -> &'static str {
        "for TAP consumers: a test point for each file and finding"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let suites = case::suites(report);
        let cases: Vec<_> =
            suites.iter().flat_map(|(file, cases)| cases.iter().map(move |case| (file, case))).collect();
        writeln!(out, "TAP version 13")?;
        match cases.len() {
            0 => writeln!(out, "1..0 # SKIP nothing was judged")?,
            number => writeln!(out, "1..{number}")?,
        }
        for (index, (file, case)) in cases.into_iter().enumerate() {
            write_case(index + 1, file, case, out)?;
        }
        writeln!(out, "# {}", phrase::gate(report))
    }
}

fn write_case(number: usize, file: &str, case: &Case<'_>, out: &mut dyn Write) -> io::Result<()> {
    let what = description(&format!("{file}: {}", case.name));
    let (word, directive) = match case.status {
        Status::Pass => ("ok", String::new()),
        Status::Template(reason) => ("ok", format!(" # SKIP {}", description(reason))),
        Status::Settled(verdict) => ("not ok", format!(" # TODO {}", description(&case::settled(verdict)))),
        Status::Failure(_) | Status::Error(_) | Status::Policy(_) => ("not ok", String::new()),
    };
    writeln!(out, "{word} {number} - {what}{directive}")?;
    match case.status {
        Status::Failure(verdict) | Status::Settled(verdict) => write_details(verdict, out),
        Status::Error(gap) => write_yaml(&[("message", gap.reason), ("at", &gap.place())], out),
        Status::Policy(message) => write_yaml(&[("message", message)], out),
        Status::Pass | Status::Template(_) => Ok(()),
    }
}

fn write_details(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let finding = &verdict.finding;
    let remark = phrase::approximate(finding).map(|remark| format!(" ({remark})")).unwrap_or_default();
    let place = phrase::place(&finding.location) + &remark;
    let severity = finding.severity.word();
    write_yaml(&[("message", &finding.message), ("severity", severity), ("at", &place)], out)
}

/// A block of diagnostics; JSON strings are YAML strings.
fn write_yaml(members: &[(&str, &str)], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  ---")?;
    for (name, value) in members {
        writeln!(out, "  {name}: {}", serde_json::to_string(&escape::clip(value, 2 * phrase::LONGEST))?)?;
    }
    writeln!(out, "  ...")
}

/// A text on one line in which nothing is a directive.
fn description(text: &str) -> String {
    escape::clip(text, phrase::LONGEST).replace('\\', "\\\\").replace('#', "\\#")
}
