//! The report in, what each finding says of its control and of its subject out: written once for all findings that say the same.

use std::collections::{BTreeMap, HashMap};

use super::{JsonSubject, Written};
use crate::model::{ControlResult, Finding, Report};

/// The texts of controls, by their ids.
pub struct Texts<'a> {
    known: HashMap<&'a str, ControlTexts>,
    /// Of a control that the report does not list.
    unknown: ControlTexts,
}

/// What a finding says of its control.
#[derive(Debug)]
pub struct ControlTexts {
    pub title: Written,
    pub remediation: Written,
    pub benchmarks: Written,
    pub frameworks: Written,
}

impl<'a> Texts<'a> {
    /// Those of the controls that have findings; `depth` is that of the members of a finding, as [`Written::new`] has it.
    pub fn of(report: &'a Report, depth: Option<usize>) -> serde_json::Result<Self> {
        let mut known = HashMap::new();
        for verdict in &report.verdicts {
            let id = &*verdict.finding.control;
            if !known.contains_key(id) {
                known.insert(id, ControlTexts::new(report.control(id), depth)?);
            }
        }
        Ok(Self { known, unknown: ControlTexts::new(None, depth)? })
    }

    /// Those of one control.
    pub fn get(&self, id: &str) -> &ControlTexts {
        self.known.get(id).unwrap_or(&self.unknown)
    }
}

impl ControlTexts {
    fn new(result: Option<&ControlResult>, depth: Option<usize>) -> serde_json::Result<Self> {
        static NOTHING: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let control = result.map(|result| &result.control);
        Ok(Self {
            title: Written::new(&control.map_or("", |control| &control.title), depth)?,
            remediation: Written::new(&control.map_or("", |control| &control.remediation), depth)?,
            benchmarks: Written::new(result.map_or(&NOTHING, |result| &result.benchmarks), depth)?,
            frameworks: Written::new(result.map_or(&NOTHING, |result| &result.frameworks), depth)?,
        })
    }
}

/// What findings say of their subjects. Those of a subject follow each other, so that the last one's text is enough.
pub struct Subjects<'a> {
    depth: Option<usize>,
    last: Option<(&'a Finding, Written)>,
}

impl<'a> Subjects<'a> {
    /// None yet; `depth` as in [`Texts::of`].
    pub fn new(depth: Option<usize>) -> Self {
        Self { depth, last: None }
    }

    /// That of a finding.
    ///
    /// # Errors
    /// As [`Written::new`].
    pub fn of(&mut self, finding: &'a Finding) -> serde_json::Result<&Written> {
        let is_same = |last: &Finding| (&last.identity, last.document) == (&finding.identity, finding.document);
        let last = match self.last.take().filter(|(last, _)| is_same(last)) {
            Some(last) => last,
            None => (finding, Written::new(&JsonSubject::from(finding), self.depth)?),
        };
        Ok(&self.last.insert(last).1)
    }
}
