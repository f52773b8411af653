//! For streams: one JSON object per line, each with its `type`: a `summary`, then every `finding`,
//! `fixed` finding of the base, `gap`, `gate-change` and `notice`.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::{Gate, Report, Verdict};

use super::gap::{gaps, notices};
use super::json::{JsonFinding, JsonFixed, JsonGateChange, JsonNotice, Subjects, Summary, Texts};
use super::written::{self, Written};
use super::{Format, Style, escape};

/// The format for programs that read line by line.
pub struct JsonLines;

impl Format for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn describe(&self) -> &'static str {
        "for streams: one JSON object per line"
    }

    fn write<'a>(&self, report: &'a Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let summary = Line::Summary { version: 1, gate: report.gate, counts: report.into() };
        escape::write_json_line(&summary, out)?;
        let texts = Texts::of(report, None)?;
        let write = |subjects: &mut Subjects<'a>, verdict: &'a Verdict| {
            let finding = JsonFinding::new(&texts, subjects.of(&verdict.finding)?, verdict);
            Written::new(&Line::Finding(Box::new(finding)), None)
        };
        let mut put = |line: Written| out.write_all(line.bytes()).and_then(|()| out.write_all(b"\n"));
        let put = |line| put(line).map_err(serde_json::Error::io);
        written::each(&report.verdicts, style.threads, || Subjects::new(None), write, put)?;
        let mut line = |line: &Line| escape::write_json_line(line, out);
        for finding in report.change.iter().flat_map(|change| &change.fixed) {
            line(&Line::Fixed(Box::new(finding.into())))?;
        }
        for gap in gaps(report) {
            line(&Line::Gap { file: gap.file, document: gap.document, line: gap.line, reason: gap.reason })?;
        }
        for change in &report.gate_changes {
            line(&Line::GateChange(JsonGateChange::new(report, change)))?;
        }
        for notice in notices(report) {
            line(&Line::Notice(notice.into()))?;
        }
        Ok(())
    }
}

/// A line; its members are those of the JSON report.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line<'a> {
    Summary {
        version: u32,
        gate: Gate,
        #[serde(flatten)]
        counts: Summary,
    },
    Finding(Box<JsonFinding<'a>>),
    Fixed(Box<JsonFixed<'a>>),
    GateChange(JsonGateChange<'a>),
    Gap {
        file: &'a str,
        document: Option<usize>,
        line: Option<u32>,
        reason: &'a str,
    },
    Notice(JsonNotice<'a>),
}
