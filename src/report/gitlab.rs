//! For the Code Quality report of GitLab: an array of issues, those of excepted findings as mere information.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::report::Notice;
use crate::model::{GateChange, Report, Severity, Verdict};

use super::gap::{Gap, gaps};
use super::{Format, Style, escape, phrase};

/// The format for GitLab's merge requests.
pub struct Gitlab;

impl Format for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn describe(&self) -> &'static str {
        "for GitLab: a Code Quality report"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut equals: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        let gate_changes = report.gate_changes.iter().map(|change| {
            let of = (&**change.location.source.path(), change.rule, &*change.message);
            let ordinal = equals.entry(of).or_default();
            *ordinal += 1;
            gate_change(report, change, *ordinal)
        });
        let gaps = gaps(report).map(|gap| self::gap(&gap));
        let issues = report.verdicts.iter().map(finding).chain(gaps).chain(gate_changes);
        escape::write_json(&issues.collect::<Vec<_>>(), out)
    }
}

#[derive(Serialize)]
struct Issue<'a> {
    r#type: &'static str,
    check_name: &'a str,
    description: String,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn finding(verdict: &Verdict) -> Issue<'_> {
    let finding = &verdict.finding;
    let region = finding.location.region();
    let severity = match finding.severity {
        _ if !phrase::is_news(verdict) => "info",
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    };
    let fingerprint = finding.fingerprint.to_string();
    let lines = Lines { begin: region.start.line(), end: region.end.line() };
    issue(&finding.control, phrase::sentence(verdict), severity, fingerprint, finding.location.source.path(), lines)
}

fn gap<'a>(gap: &Gap<'a>) -> Issue<'a> {
    let description = format!("could not be judged: {}", escape::clip(gap.reason, phrase::LONGEST));
    let identity = format!("unparsable\0{}\0{:?}", gap.file, gap.document);
    let line = gap.line.unwrap_or(1);
    issue(Notice::UNPARSABLE, description, "critical", digest(&identity), gap.file, Lines { begin: line, end: line })
}

fn gate_change<'a>(report: &Report, change: &'a GateChange, ordinal: usize) -> Issue<'a> {
    let severity = if report.gate_changes_shut() { "critical" } else { "info" };
    let (file, region) = (change.location.source.path(), change.location.region());
    let description = format!("this loosens the gate: {}", escape::clip(&change.message, phrase::LONGEST));
    let fingerprint = digest(&format!("gate-change\0{file}\0{}\0{}\0{ordinal}", change.rule, change.message));
    let lines = Lines { begin: region.start.line(), end: region.end.line() };
    issue("gate-change", description, severity, fingerprint, file, lines)
}

fn digest(identity: &str) -> String {
    Sha256::digest(identity).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn issue<'a>(
    check_name: &'a str,
    description: String,
    severity: &'static str,
    fingerprint: String,
    path: &'a str,
    lines: Lines,
) -> Issue<'a> {
    let location = Location { path, lines };
    Issue { r#type: "issue", check_name, description, categories: ["Security"], severity, fingerprint, location }
}
