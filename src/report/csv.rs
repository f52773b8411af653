//! For spreadsheets: one row per finding (RFC 4180), none of whose cells is taken for a formula.

use std::io::{self, Write};

use crate::model::{Confidence, Report, Verdict};

use super::{Format, Style, escape, phrase};

/// The format for spreadsheets.
pub struct Csv;

const HEADER: [&str; 20] = [
    "severity",
    "control",
    "title",
    "message",
    "file",
    "line",
    "column",
    "end_line",
    "end_column",
    "location",
    "kind",
    "namespace",
    "name",
    "container",
    "standing",
    "action",
    "shuts",
    "benchmarks",
    "frameworks",
    "fingerprint",
];

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn describe(&self) -> &'static str {
        "for spreadsheets: one row per finding"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        rows.write_record(HEADER)?;
        for verdict in &report.verdicts {
            rows.write_record(row(report, verdict).iter().map(|cell| self::cell(cell)))?;
        }
        rows.flush()
    }
}

fn row(report: &Report, verdict: &Verdict) -> [String; HEADER.len()] {
    let finding = &verdict.finding;
    let identity = &finding.identity;
    let region = finding.location.region();
    let control = report.control(&finding.control);
    let confidence = match finding.confidence {
        Confidence::Exact => "exact",
        Confidence::Confirmed => "confirmed",
        Confidence::Likely => "likely",
        Confidence::Document => "document",
    };
    [
        finding.severity.to_string(),
        finding.control.to_string(),
        control.map(|result| result.control.title.to_string()).unwrap_or_default(),
        finding.message.clone(),
        finding.location.source.path().to_string(),
        region.start.line().to_string(),
        region.start.column().to_string(),
        region.end.line().to_string(),
        region.end.column().to_string(),
        confidence.to_owned(),
        identity.kind.clone(),
        identity.namespace.as_deref().unwrap_or_default().to_owned(),
        identity.name.clone(),
        finding.container.clone().unwrap_or_default(),
        phrase::standing(verdict.standing).to_owned(),
        verdict.action.word().to_owned(),
        verdict.shuts.to_string(),
        control.map(|result| phrase::benchmarks(&result.benchmarks)).unwrap_or_default(),
        control.map(|result| phrase::benchmarks(&result.frameworks)).unwrap_or_default(),
        finding.fingerprint.to_string(),
    ]
}

/// A cell on one line. A quote in front keeps a spreadsheet from calculating it, as OWASP's "CSV Injection" advises; no
/// program takes more than 32,767 characters.
fn cell(text: &str) -> String {
    let shown = escape::clip(text, 32_000);
    if text.trim_start().starts_with(['=', '+', '-', '@', '|', '%']) { format!("'{shown}") } else { shown }
}
