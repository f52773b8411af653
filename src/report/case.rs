//! A report as a test runner sees it: a suite for each file; in it a case for what was judged and one for each finding.

use std::collections::{BTreeMap, HashMap};

use crate::model::report::Notice;
use crate::model::{DocumentStatus, FileStatus, Report, Verdict};

use super::gap::{Gap, gaps};
use super::phrase;

/// What a case came to.
#[derive(Debug, Clone, Copy)]
pub enum Status<'a> {
    /// Documents of the file were judged.
    Pass,
    /// A finding that shuts the gate.
    Failure(&'a Verdict),
    /// A finding that does not.
    Settled(&'a Verdict),
    /// Something that could not be judged.
    Error(Gap<'a>),
    /// A policy that could not be evaluated.
    Policy(&'a str),
    /// A template that was not rendered.
    Template(&'a str),
}

/// One case; its name is unique in its suite and the same in the next run.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The name.
    pub name: String,
    /// What it came to.
    pub status: Status<'a>,
}

/// The cases of each file, by path; policies that could not be evaluated are under `portcullis`.
pub fn suites(report: &Report) -> BTreeMap<&str, Vec<Case<'_>>> {
    let mut suites: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
    for file in &report.coverage {
        let judged = file.documents.iter().any(|document| document.status == DocumentStatus::Judged);
        let status = match file.status {
            FileStatus::Template => Status::Template(&file.reason),
            _ if judged => Status::Pass,
            _ => continue,
        };
        push(&mut suites, &file.file, "judged".to_owned(), status);
    }
    for gap in gaps(report) {
        let name = gap.document.map_or("readable".to_owned(), |index| format!("document {} readable", index + 1));
        push(&mut suites, gap.file, name, Status::Error(gap));
    }
    for verdict in &report.verdicts {
        let finding = &verdict.finding;
        let status = if verdict.shuts { Status::Failure(verdict) } else { Status::Settled(verdict) };
        let name = format!("{} {}", finding.control, phrase::subject(finding));
        push(&mut suites, finding.location.source.path(), name, status);
    }
    for notice in report.notices.iter().filter(|notice| notice.code == Notice::POLICY_ERROR) {
        push(&mut suites, "portcullis", "policies can be evaluated".to_owned(), Status::Policy(&notice.message));
    }
    suites.values_mut().for_each(|cases| number_equals(cases));
    suites
}

/// Why a finding does not shut the gate.
pub fn settled(verdict: &Verdict) -> String {
    match (phrase::state(verdict), phrase::remark(verdict)) {
        (Some(_), Some(remark)) => remark,
        _ => format!("{} does not shut the gate", verdict.finding.severity),
    }
}

fn push<'a>(suites: &mut BTreeMap<&'a str, Vec<Case<'a>>>, file: &'a str, name: String, status: Status<'a>) {
    let name = super::escape::clip(&name, LONGEST_NAME);
    suites.entry(file).or_default().push(Case { name, status });
}

/// The longest name of a case, in characters.
const LONGEST_NAME: usize = 300;

/// GitLab keeps one of the cases with equal names and forgets the others.
fn number_equals(cases: &mut [Case<'_>]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for case in cases {
        let count = seen.entry(case.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            case.name = format!("{} #{count}", case.name);
        }
    }
}
