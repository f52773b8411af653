//! The history of runs: the text of a file in, its records out; a record more, and the new text out.

use serde_json::Value;

use crate::error::Error;
use crate::model::{Record, Source, Span};

/// The runs of a history, in its order.
#[derive(Debug, Default)]
pub struct History {
    /// What is read of them.
    pub records: Vec<Record>,
    /// All that is written, also what others have added.
    raw: Vec<Value>,
}

impl History {
    /// Reads a history: a JSON list of runs. An empty file is one without runs.
    ///
    /// # Errors
    /// For another shape, at its place.
    pub fn read(source: &Source) -> Result<Self, Error> {
        if source.text().trim().is_empty() {
            return Ok(Self::default());
        }
        let records = serde_json::from_str(source.text()).map_err(|why| wrong(source, &why))?;
        let raw = serde_json::from_str(source.text()).map_err(|why| wrong(source, &why))?;
        Ok(Self { records, raw })
    }

    /// Adds a run. The findings leave the run before it, for they are in this one.
    pub fn push(&mut self, record: Record) {
        for (raw, known) in self.raw.iter_mut().zip(&mut self.records).filter(|(_, known)| known.version.is_some()) {
            raw.as_object_mut().map(|raw| raw.remove("findings"));
            known.findings.clear();
        }
        self.raw.extend(serde_json::to_value(&record));
        self.records.push(record);
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(&self.raw).unwrap_or_default() + "\n"
    }
}

fn wrong(source: &Source, why: &serde_json::Error) -> Error {
    let line = source.line_span(u32::try_from(why.line()).unwrap_or(1)).unwrap_or_default();
    let before = source.slice(line).bytes().take(why.column().saturating_sub(1)).count();
    let at = (line.start + before).min(line.end);
    let at = (line.start..=at).rev().find(|&at| source.text().is_char_boundary(at)).unwrap_or(line.start);
    let end = source.text().get(at..).and_then(|rest| rest.chars().next()).map_or(at, |char| at + char.len_utf8());
    let text = why.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let error = Error::at(source, Span::new(at, end), format!("this is no history of runs: {text}"), "here");
    error.help("a history is a JSON list of runs, each with `totals`, `failures` and `date`; `--history` writes it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the usual script around kube-bench writes it.
    const SCRIPT: &str = r#"[
  {
    "totals": {"pass": 43, "fail": 7, "warn": 10, "info": 0},
    "failures": [{"id": "1.2.1", "description": "d", "remediation": "r"}],
    "date": "2026-05-01T10:11:12.123456"
  },
  {"totals": {"pass": 44, "fail": 6, "warn": 10, "info": 0}, "failures": [], "date": "2026-05-08T10:11:12", "extra": [1]}
]"#;

    fn read(text: &str) -> Result<History, Error> {
        History::read(&Source::new("history.json", text))
    }

    fn record(text: &str) -> Record {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_history_of_a_script_is_read_and_nothing_of_it_is_lost() {
        let mut history = read(SCRIPT).unwrap();
        assert_eq!(history.records[0].date.to_string(), "2026-05-01T10:11:12Z");
        assert_eq!(history.records[1].totals.fail, 6);
        history.push(record(r#"{"totals": {}, "date": "2026-05-09T00:00:00Z", "version": 1}"#));
        let (old, new): (Value, Value) =
            (serde_json::from_str(SCRIPT).unwrap(), serde_json::from_str(&history.text()).unwrap());
        assert_eq!(new.as_array().unwrap()[..2], old.as_array().unwrap()[..]);
        assert_eq!(read(&history.text()).unwrap().records, history.records);
        assert!(read(" \n").unwrap().records.is_empty());
    }

    #[test]
    fn only_the_last_run_keeps_its_findings() {
        let text = r#"{"totals": {}, "date": "2026-05-09T00:00:00Z", "version": 1, "findings": [{"fingerprint": "a",
            "control": "host-pid", "severity": "high", "standing": "new", "cluster": "default", "file": "a.yaml",
            "first_seen": {"date": "2026-05-09T00:00:00Z"}}]}"#;
        let mut history = History::default();
        history.push(record(text));
        history.push(record(text));
        let kept: Vec<usize> =
            read(&history.text()).unwrap().records.iter().map(|record| record.findings.len()).collect();
        assert_eq!(kept, [0, 1]);
    }

    #[test]
    fn another_shape_is_an_error_with_its_place() {
        for (text, line) in [
            ("{", 1),
            ("{}", 1),
            ("[1]", 1),
            ("[\n  {\"totals\": {\"fail\": -1}}]", 2),
            ("[{\"totals\": {},\n \"date\": \"yesterday 名\"}]", 2),
            ("[{\"totals\": {}}]", 1),
            ("[\n\n", 3),
            ("\u{feff}[]", 1),
        ] {
            let error = read(text).unwrap_err();
            let Error::Input(input) = &error else { panic!("{error}") };
            assert!(input.message.contains("no history"), "{text}: {error}");
            let found = text[..input.span.offset()].matches('\n').count() + 1;
            assert_eq!(found, line, "{text}: {error}");
        }
    }
}
