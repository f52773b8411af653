//! For programs: the whole report, version 1. `schemas/report.json` is its schema; a change that breaks readers raises the version.

mod fill;
mod texts;

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::model::statement::{Witness, Word};
use crate::model::{
    Action, Confidence, Date, DocumentStatus, FileStatus, Fingerprint, Gate, Newer, Outcome, Path, Report, Seen,
    Severity, Standing, Status, SubjectKind, Verdict,
};

use super::written::{self, Written};
use super::{Format, Style};
pub use texts::{Subjects, Texts};

/// The format for programs.
pub struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn describe(&self) -> &'static str {
        "for programs: the whole report, with a stable schema"
    }

    fn write(&self, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        super::escape::write_json(&JsonReport::new(report, style.threads), out)
    }
}

/// The JSON schema of this format.
pub fn schema() -> Value {
    schemars::schema_for!(JsonReport<'static>).to_value()
}

/// The findings, which are written by several threads.
#[derive(Debug)]
struct Findings<'a> {
    report: &'a Report,
    threads: usize,
}

impl<'a> Serialize for Findings<'a> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let verdicts = &self.report.verdicts;
        let depth = Some(3);
        let texts = Texts::of(self.report, depth).map_err(S::Error::custom)?;
        let mut list = serializer.serialize_seq(Some(verdicts.len()))?;
        let write = |subjects: &mut Subjects<'a>, verdict: &'a Verdict| {
            Written::new(&JsonFinding::new(&texts, subjects.of(&verdict.finding)?, verdict), Some(2))
        };
        let begin = || Subjects::new(depth);
        written::each(verdicts, self.threads, begin, write, |one| list.serialize_element(&one))?;
        list.end()
    }
}

/// The report of a run of portcullis.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "portcullis report", rename = "Report")]
struct JsonReport<'a> {
    /// The version of this format.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// The decision.
    gate: Gate,
    /// What shuts the gate; empty when it is open.
    reasons: Vec<JsonReason>,
    /// How many of the judged controls passed: in the run, then in each cluster.
    scores: Vec<JsonScore<'a>>,
    /// How many findings there are.
    summary: Summary,
    /// The findings, by file, place and control.
    #[schemars(with = "Vec<JsonFinding<'a>>")]
    findings: Findings<'a>,
    /// Every control that was switched on, by id.
    controls: Vec<JsonControl<'a>>,
    /// What each cluster came to under its benchmark.
    benchmarks: Vec<JsonBenchmark<'a>>,
    /// What each cluster came to under each framework, by framework and cluster.
    frameworks: Vec<JsonFramework<'a>>,
    /// What other programs say; it changes none of the above.
    evidence: Vec<JsonStatement<'a>>,
    /// What was judged and what was not.
    coverage: JsonCoverage<'a>,
    /// What the change does, with `--against`; else null.
    change: Option<JsonChange<'a>>,
    /// What in the change loosens the gate, by file and place.
    gate_changes: Vec<JsonGateChange<'a>>,
    /// What else to know.
    notices: Vec<JsonNotice<'a>>,
}

/// What a change does. Findings that were there before have the standing `known` or `moved`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct JsonChange<'a> {
    /// The branch, tag or commit that it is compared with, as it was written.
    base: &'a str,
    /// The commit where HEAD and that part.
    commit: &'a str,
    /// The findings that are no longer there.
    fixed: Vec<JsonFixed<'a>>,
    /// With `--changed-only`, what is not among the findings; else null.
    left_out: Option<JsonLeftOut>,
}

/// Findings in files that the change does not touch.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeftOut")]
struct JsonLeftOut {
    /// How many there are.
    findings: usize,
    /// How many of them the base does not have.
    new: usize,
}

/// A finding that is no longer there.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fixed")]
pub struct JsonFixed<'a> {
    /// The id of the control.
    control: &'a str,
    /// How bad it was.
    severity: Severity,
    /// What was wrong.
    message: &'a str,
    /// Where it was, in the base.
    #[serde(flatten)]
    place: Place<'a>,
    /// Which object.
    subject: JsonSubject<'a>,
    /// The container in it.
    container: Option<&'a str>,
    /// The identity of the finding.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
}

/// Something in a change that loosens the gate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GateChange")]
pub struct JsonGateChange<'a> {
    /// A stable word for what it is.
    rule: &'a str,
    /// What it does.
    message: &'a str,
    /// Whether it shuts the gate.
    shuts: bool,
    #[serde(flatten)]
    place: Place<'a>,
}

/// A rule that shuts the gate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
struct JsonReason {
    /// The rule: `new-findings`, `expired-exceptions`, `failed-controls`, `score`, `vanished-entries`,
    /// `gate-changes`.
    rule: &'static str,
    /// How it shuts the gate.
    message: String,
}

/// How many of the judged controls passed, or checks of a benchmark. One whose findings are all excepted or ignored is in
/// neither number.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Score")]
struct JsonScore<'a> {
    /// The cluster; null for the whole run.
    cluster: Option<&'a str>,
    /// The benchmark whose checks are counted; null where controls are.
    benchmark: Option<&'a str>,
    /// The section of the benchmark; null for all of it.
    section: Option<&'a str>,
    /// The ones that passed.
    passed: usize,
    /// All of them.
    judged: usize,
}

/// How many findings there are.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// All of them.
    findings: usize,
    /// Those that shut the gate.
    shutting: usize,
    /// Of each severity.
    severity: BTreeMap<Severity, usize>,
    /// Of each standing.
    standing: BTreeMap<Standing, usize>,
    /// Policies that could not be evaluated.
    policy_errors: usize,
}

/// A violation of a control by an object, at a place.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct JsonFinding<'a> {
    /// The id of the control.
    control: &'a str,
    /// How bad it is.
    severity: Severity,
    /// What it is to the gate.
    standing: Standing,
    /// What a new finding of this control does here.
    action: Action,
    /// Whether it shuts the gate.
    shuts: bool,
    /// The entry that decided its standing; null for a new finding.
    because: Option<JsonBecause<'a>>,
    /// How its policy is newer than the one in portcullis.lock; absent when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    newer: Option<Newer>,
    /// What is wrong.
    message: &'a str,
    /// What the control is about, in one line.
    #[schemars(with = "String")]
    title: &'a Written,
    /// What to do.
    #[schemars(with = "String")]
    remediation: &'a Written,
    #[serde(flatten)]
    place: Place<'a>,
    /// How sure the place is.
    location: Confidence,
    /// A JSON pointer into the document: the value at fault, or the member that is missing.
    #[schemars(with = "String")]
    path: &'a Path,
    /// The part of the path that is missing, as `securityContext.privileged`.
    missing: Option<&'a str>,
    /// Which object.
    #[schemars(with = "JsonSubject<'a>")]
    subject: &'a Written,
    /// The container in it.
    container: Option<&'a str>,
    /// The benchmark ids that the control answers: benchmark → ids.
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    benchmarks: &'a Written,
    /// The requirements that the control is evidence for: framework → ids.
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    frameworks: &'a Written,
    /// Places that belong to it.
    related: Vec<JsonRelated<'a>>,
    /// What a policy of the repository says of it beside the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a serde_json::Map<String, serde_json::Value>>,
    /// A change of the document that clears it, when there is a certain one.
    fix: Option<JsonFix<'a>>,
    /// The identity of the finding, the same in every run.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
}

/// An entry that settles a finding: an ignore, an exception, a line of the baseline, a setting.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Because")]
struct JsonBecause<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    /// Why the finding is accepted.
    reason: Option<&'a str>,
    /// Who answers for it.
    owner: Option<&'a str>,
    /// The last day on which it holds.
    review_date: Option<Date>,
    /// Who accepted the risk.
    risk_accepted_by: Option<&'a str>,
    /// Where it is followed up.
    ticket: Option<&'a str>,
}

/// A range of a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Place<'a> {
    /// Relative to the root of the run.
    file: &'a str,
    /// From 1.
    line: u32,
    /// From 1, in Unicode scalar values.
    column: u32,
    /// The line of the end.
    end_line: u32,
    /// The column behind the last character.
    end_column: u32,
}

/// An object.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Subject")]
#[serde(rename_all = "camelCase")]
struct JsonSubject<'a> {
    /// As written.
    api_version: &'a str,
    /// As written.
    kind: &'a str,
    /// As written.
    namespace: Option<&'a str>,
    /// The name, else what the name is generated from, else empty.
    name: &'a str,
    /// The document in the file, from 0.
    document: usize,
    /// The cluster that the configuration assigns the file to, else `default`.
    cluster: &'a str,
}

/// A place that belongs to a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Related")]
struct JsonRelated<'a> {
    /// What is there.
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

/// A change of a document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
#[serde(tag = "op", rename_all = "lowercase")]
enum JsonFix<'a> {
    /// Set the value at the path.
    Set {
        #[schemars(with = "String")]
        path: &'a Path,
        value: &'a Value,
    },
    /// Remove the member at the path.
    Remove {
        #[schemars(with = "String")]
        path: &'a Path,
    },
    /// Append to the sequence at the path.
    Append {
        #[schemars(with = "String")]
        path: &'a Path,
        value: &'a Value,
    },
}

/// What a control came to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Control")]
struct JsonControl<'a> {
    /// The id.
    control: &'a str,
    /// What the control is about, in one line.
    title: &'a str,
    /// How bad a finding is.
    severity: Severity,
    /// What it judges.
    kind: SubjectKind,
    /// The result.
    outcome: Outcome,
    /// How many subjects it looked at.
    judged: usize,
    /// How many of them have a finding.
    failed: usize,
    /// The benchmark ids that it answers: benchmark → ids.
    benchmarks: &'a BTreeMap<String, Vec<String>>,
    /// The requirements that it is evidence for: framework → ids.
    frameworks: &'a BTreeMap<String, Vec<String>>,
}

/// What another program says of one subject.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Statement")]
struct JsonStatement<'a> {
    /// Who says it.
    source: Witness,
    /// What it says.
    outcome: Word,
    /// Its control, constraint or rule.
    rule: &'a str,
    /// The sentence.
    message: &'a str,
    /// The machine or the object; empty where it names none.
    subject: &'a str,
    /// When, as it is written there; of several the last.
    time: &'a str,
    /// How often.
    times: usize,
    /// The cluster.
    cluster: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    /// The controls that it is about.
    controls: &'a [String],
    /// The requirements that it is evidence for: framework → ids.
    frameworks: &'a BTreeMap<String, Vec<String>>,
}

/// What a cluster came to under a framework. What is accepted as a whole is in no number.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Framework")]
struct JsonFramework<'a> {
    /// The framework, as `soc2`; `cis` is the benchmark of the cluster.
    framework: &'a str,
    /// What it is, and which edition.
    title: &'a str,
    /// The cluster.
    cluster: &'a str,
    /// How many of the judged ones passed: of `cis` its checks, else the controls.
    passed: usize,
    /// How many were judged.
    judged: usize,
    /// Its requirements, in its order; of a benchmark its sections.
    requirements: Vec<JsonRequirement<'a>>,
}

/// What a cluster came to under a requirement.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Requirement")]
struct JsonRequirement<'a> {
    /// Its number.
    id: &'a str,
    /// What it asks for.
    text: &'a str,
    /// How many of the judged controls or checks passed.
    passed: usize,
    /// How many were judged.
    judged: usize,
}

/// What a cluster came to under a benchmark.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Benchmark")]
struct JsonBenchmark<'a> {
    /// The benchmark, as `cis-1.12`.
    benchmark: &'a str,
    /// The cluster.
    cluster: &'a str,
    /// Whether the cluster is judged by its checks; else they number what the profile judges.
    judged: bool,
    /// The version of Kubernetes, if it is known.
    kubernetes: Option<&'a str>,
    /// Why this benchmark.
    reason: &'a str,
    /// Its checks, in its order.
    checks: Vec<JsonCheck<'a>>,
}

/// What a check of a benchmark came to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Check")]
struct JsonCheck<'a> {
    /// Its number.
    id: &'a str,
    /// The number of its section.
    section: &'a str,
    /// What it is about: `master`, `node` and so on.
    target: &'a str,
    /// How kube-bench words the result.
    status: Status,
    /// The result.
    outcome: Outcome,
    /// Why it is neither passed nor failed; empty where it is.
    reason: &'a str,
    /// Whether it counts: one that does not warns where others fail.
    scored: bool,
    /// Whether it is one of those to fix first.
    critical: bool,
    /// The controls that answer it.
    controls: &'a [String],
    /// Its findings, as positions in `findings`.
    findings: &'a [usize],
    /// What was looked at, the first places of it.
    seen: &'a [Seen],
}

/// What was judged and what was not.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Coverage")]
struct JsonCoverage<'a> {
    /// How many files there are.
    files_total: usize,
    /// How many documents were judged.
    documents_judged: usize,
    /// How many files there are of each status.
    totals: BTreeMap<FileStatus, usize>,
    /// Every file, by path.
    files: Vec<JsonFile<'a>>,
}

/// What became of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "File")]
pub struct JsonFile<'a> {
    /// Relative to the root of the run.
    file: &'a str,
    /// What became of it.
    status: FileStatus,
    /// Why; empty for judged files.
    reason: &'a str,
    /// Its documents; empty ones are left out.
    documents: Vec<JsonDocument<'a>>,
}

/// What became of a document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Document")]
struct JsonDocument<'a> {
    /// The position in the file, from 0.
    document: usize,
    /// The line it begins at or, of one that cannot be read, the line of the error.
    line: u32,
    /// What became of it.
    status: DocumentStatus,
    /// Why; of judged documents, what of them was not judged.
    reason: &'a str,
}

/// Something to know that is no finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Notice")]
pub struct JsonNotice<'a> {
    /// A stable word for it.
    code: &'a str,
    /// What it is.
    message: &'a str,
    /// What to do.
    help: Option<&'a str>,
    /// Where; all of these members are absent when it is nowhere.
    #[serde(flatten)]
    place: Option<Place<'a>>,
}
