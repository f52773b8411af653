//! For reviewdog: its diagnostic format, columns counted in UTF-8 bytes.
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use std::io::{self, Write};

use serde::Serialize;

use crate::model::report::Notice;
use crate::model::{GateChange, Location, Report, Verdict};

use super::gap::{Gap, gaps};
use super::rank::{Level, level};
use super::{Format, Style, escape, phrase};

/// The format for reviewdog.
pub struct RdJson;

impl Format for RdJson {
    fn name(&self) -> &'static str {
        "rdjson"
    }

    fn describe(&self) -> &'static str {
        "for reviewdog: review comments on any forge"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let findings = report.verdicts.iter().map(|verdict| finding(report, verdict));
        let gaps = gaps(report).map(|gap| self::gap(&gap));
        let gate_changes = report.gate_changes.iter().map(|change| gate_change(report, change));
        let diagnostics = findings.chain(gaps).chain(gate_changes).collect();
        escape::write_json(&Log { source: Source { name: "portcullis" }, diagnostics }, out)
    }
}

#[derive(Serialize)]
struct Log<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Place<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<RelatedPlace<'a>>,
}

#[derive(Serialize)]
struct RelatedPlace<'a> {
    message: String,
    location: Place<'a>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Position>,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

fn finding<'a>(report: &'a Report, verdict: &'a Verdict) -> Diagnostic<'a> {
    let finding = &verdict.finding;
    let severity = match level(verdict) {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Note => "INFO",
    };
    let related = finding.related.iter().map(|related| RelatedPlace {
        message: escape::clip(&related.message, phrase::LONGEST),
        location: place(&related.location),
    });
    let references = report.control(&finding.control).map(|result| &result.control.references);
    Diagnostic {
        message: phrase::sentence(verdict),
        location: place(&finding.location),
        severity,
        code: Code { value: &finding.control, url: references.and_then(|all| all.first()).map(|link| &**link) },
        related_locations: related.collect(),
    }
}

fn gap<'a>(gap: &Gap<'a>) -> Diagnostic<'a> {
    let range = gap.line.map(|line| Range { start: Position { line, column: None }, end: None });
    Diagnostic {
        message: format!("could not be judged: {}", escape::clip(gap.reason, phrase::LONGEST)),
        location: Place { path: gap.file, range },
        severity: "ERROR",
        code: Code { value: Notice::UNPARSABLE, url: None },
        related_locations: vec![],
    }
}

fn gate_change<'a>(report: &Report, change: &'a GateChange) -> Diagnostic<'a> {
    Diagnostic {
        message: format!("this loosens the gate: {}", escape::clip(&change.message, phrase::LONGEST)),
        location: place(&change.location),
        severity: if report.gate_changes_shut() { "ERROR" } else { "WARNING" },
        code: Code { value: "gate-change", url: None },
        related_locations: vec![],
    }
}

fn place(location: &Location) -> Place<'_> {
    let region = location.region();
    let position = |line: u32, offset: usize| Position { line, column: Some(location.source.byte_column(offset)) };
    let start = position(region.start.line(), location.span.start);
    let end = position(region.end.line(), location.span.end);
    Place { path: location.source.path(), range: Some(Range { start, end: Some(end) }) }
}
