//! A run as a history keeps it: a report in, a record out.
//!
//! `totals`, `failures` and `date` are what scripts around kube-bench keep; a history of theirs can be read, and they can read this
//! one. The findings stay in the last record alone, each with where it was first seen, so that a history stays small.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::benchmark::{self, Status};
use super::date::{Date, Time};
use super::report::{Gate, Outcome, Report, Standing};

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// How many checks have each result; without a benchmark, how many controls.
    pub totals: Totals,
    /// The checks that fail.
    #[serde(default)]
    pub failures: Vec<Failure>,
    /// When it was.
    pub date: Time,
    /// The version of what is below; a script's record has none of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The commit that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether the gate was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// The scores by framework and cluster.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<RecordedScore>,
    /// How many findings there are of each severity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub severities: BTreeMap<String, usize>,
    /// How many findings each owner answers for; those that nobody does are under [`Record::NOBODY`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub owners: BTreeMap<String, usize>,
    /// The findings, in the last record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<RecordedFinding>,
}

/// How many checks have each result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// They hold.
    #[serde(default)]
    pub pass: usize,
    /// They do not.
    #[serde(default)]
    pub fail: usize,
    /// Somebody has to look.
    #[serde(default)]
    pub warn: usize,
    /// They are left out.
    #[serde(default)]
    pub info: usize,
}

/// A check that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its number.
    pub id: String,
    /// What it asks for.
    #[serde(default)]
    pub description: String,
    /// What to do.
    #[serde(default)]
    pub remediation: String,
    /// The cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// A score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedScore {
    /// The framework; none for all controls of the run.
    pub framework: Option<String>,
    /// The cluster; none for the run.
    pub cluster: Option<String>,
    /// How many passed.
    pub passed: usize,
    /// How many were judged.
    pub judged: usize,
}

/// A finding that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFinding {
    /// Its identity.
    pub fingerprint: String,
    /// The control.
    pub control: String,
    /// How bad it is.
    pub severity: String,
    /// What it is to the gate.
    pub standing: Standing,
    /// The cluster.
    pub cluster: String,
    /// The file.
    pub file: String,
    /// The object and the place in it, by which it is known again in another file.
    #[serde(default)]
    pub subject: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Until when it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_date: Option<Date>,
    /// The first run since which it has been there without a break.
    pub first_seen: Seen,
}

/// A run, as a finding names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When it was.
    pub date: Time,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl Record {
    /// Whose the findings are that no entry names an owner of.
    pub const NOBODY: &str = "nobody";

    /// The last run that is no script's: it has the findings.
    pub fn latest(records: &[Self]) -> Option<&Self> {
        records.iter().rev().find(|record| record.version.is_some())
    }

    /// What is kept of a run; `before` is the latest one of the history.
    pub fn of(report: &Report, before: Option<&Self>) -> Self {
        let date = report.origin.at.unwrap_or(Time::from_unix(0));
        let known = || before.into_iter().flat_map(|record| &record.findings);
        let seen: BTreeMap<&str, &Seen> = known().map(|one| (one.fingerprint.as_str(), &one.first_seen)).collect();
        let now = Seen { date, commit: report.origin.commit.clone() };
        let present: BTreeSet<String> = report.verdicts.iter().map(|one| one.finding.fingerprint.to_string()).collect();
        // What has left its file may stand in another one now: the oldest first.
        let mut moved: BTreeMap<[String; 3], Vec<&Seen>> = BTreeMap::new();
        for one in known().filter(|one| !present.contains(one.fingerprint.as_str())) {
            let words = [&one.cluster, &one.control, &one.subject].map(String::clone);
            moved.entry(words).or_default().push(&one.first_seen);
        }
        moved.values_mut().for_each(|of| of.sort_by_key(|seen| Reverse(seen.date)));
        let findings = report.verdicts.iter().map(|verdict| {
            let (finding, because) = (&verdict.finding, verdict.because.as_ref());
            let subject = format!("{} {}", finding.identity, finding.words());
            let words = [finding.identity.cluster.to_string(), finding.control.to_string(), subject.clone()];
            let elsewhere = || moved.get_mut(&words)?.pop();
            let fingerprint = finding.fingerprint.to_string();
            let first_seen = seen.get(fingerprint.as_str()).copied().or_else(elsewhere).unwrap_or(&now);
            RecordedFinding {
                fingerprint,
                control: finding.control.to_string(),
                severity: finding.severity.word().to_owned(),
                standing: verdict.standing,
                cluster: finding.identity.cluster.to_string(),
                file: finding.location.source.path().to_string(),
                first_seen: first_seen.clone(),
                subject,
                owner: because.and_then(|because| because.owner.clone()),
                review_date: because.and_then(|because| because.review_date),
            }
        });
        let findings: Vec<RecordedFinding> = findings.collect();
        Self {
            totals: totals(report),
            failures: failures(report),
            date,
            version: Some(1),
            commit: report.origin.commit.clone(),
            open: Some(report.gate == Gate::Open),
            scores: scores(report),
            severities: tally(findings.iter().map(|one| one.severity.as_str())),
            owners: tally(findings.iter().map(RecordedFinding::owner)),
            findings,
        }
    }
}

impl RecordedFinding {
    /// Who answers for it, or the word for nobody.
    pub fn owner(&self) -> &str {
        self.owner.as_deref().unwrap_or(Record::NOBODY)
    }
}

fn tally<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    words.for_each(|word| *counts.entry(word.to_owned()).or_default() += 1);
    counts
}

fn totals(report: &Report) -> Totals {
    if report.assessments.is_empty() {
        let of = |outcomes: &[Outcome]| report.controls.iter().filter(|one| outcomes.contains(&one.outcome)).count();
        let warn = of(&[Outcome::Manual, Outcome::Unknown]);
        return Totals {
            pass: of(&[Outcome::Pass]),
            fail: of(&[Outcome::Fail]),
            warn,
            info: of(&[Outcome::NotApplicable]),
        };
    }
    let [pass, fail, warn, info] = benchmark::count(report.assessments.iter().flat_map(|one| &one.checks));
    Totals { pass, fail, warn, info }
}

fn failures(report: &Report) -> Vec<Failure> {
    let failing = report.assessments.iter().flat_map(|assessment| {
        let failing = assessment.checks.iter().filter(|result| result.status == Status::Fail);
        failing.map(|result| (&assessment.assignment.cluster, result))
    });
    let failure = |(cluster, result): (&std::sync::Arc<str>, &benchmark::CheckResult)| {
        let controls = result.findings.iter().filter_map(|&at| report.verdicts.get(at));
        let control = controls.filter_map(|verdict| report.control(&verdict.finding.control)).next();
        Failure {
            id: result.check.id.clone(),
            description: result.check.text.clone(),
            remediation: control.map(|result| result.control.remediation.to_string()).unwrap_or_default(),
            cluster: Some(cluster.to_string()),
        }
    };
    failing.map(failure).collect()
}

fn scores(report: &Report) -> Vec<RecordedScore> {
    let whole = report.scores.iter().filter(|score| score.cluster.is_none()).map(|score| RecordedScore {
        framework: None,
        cluster: None,
        passed: score.passed,
        judged: score.judged,
    });
    let frameworks = report.compliance.iter().map(|one| RecordedScore {
        framework: Some(one.framework.clone()),
        cluster: Some(one.cluster.to_string()),
        passed: one.passed,
        judged: one.judged,
    });
    whole.chain(frameworks).collect()
}
