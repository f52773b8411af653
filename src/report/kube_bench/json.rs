//! kube-bench's own JSON, for scripts that read it; what it has no member for is added beside it.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::benchmark::count;
use crate::model::{Assessment, CheckResult, Report, Seen, Status, Verdict};
use crate::report::gap::gaps;
use crate::report::{Format, Style, escape, phrase};

use super::{Chapter, besides, chapters, remedies, shown};

/// The JSON of kube-bench.
pub struct KubeBenchJson;

impl Format for KubeBenchJson {
    fn name(&self) -> &'static str {
        "kube-bench-json"
    }

    fn describe(&self) -> &'static str {
        "for scripts that read the JSON of kube-bench"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let assessments = shown(report);
        let controls = assessments.iter().flat_map(|assessment| {
            chapters(assessment).iter().map(|chapter| Controls::new(report, assessment, chapter)).collect::<Vec<_>>()
        });
        let document = Document {
            controls: controls.collect(),
            totals: Totals::of(assessments.iter().flat_map(|assessment| &assessment.checks)),
            portcullis: Besides {
                gate: phrase::gate(report),
                findings: report.verdicts.len(),
                besides: besides(report, &assessments).map(Found::from).collect(),
                unparsable: gaps(report).map(|gap| format!("{}: {}", gap.place(), gap.reason)).collect(),
            },
        };
        escape::write_json(&document, out)
    }
}

/// Names and case are kube-bench's: <https://github.com/aquasecurity/kube-bench/blob/main/check/controls.go>.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "Controls")]
    controls: Vec<Controls<'a>>,
    #[serde(rename = "Totals")]
    totals: Totals,
    portcullis: Besides<'a>,
}

#[derive(Serialize)]
struct Controls<'a> {
    id: &'a str,
    version: &'a str,
    detected_version: &'a str,
    text: &'a str,
    node_type: &'a str,
    tests: Vec<Group<'a>>,
    #[serde(flatten)]
    totals: Totals,
    /// Ours: which cluster, and why this benchmark.
    cluster: &'a str,
    benchmark_reason: &'a str,
}

#[derive(Serialize)]
struct Group<'a> {
    section: &'a str,
    r#type: &'static str,
    pass: usize,
    fail: usize,
    warn: usize,
    info: usize,
    desc: &'a str,
    results: Vec<TestResult<'a>>,
}

#[derive(Serialize)]
struct TestResult<'a> {
    test_number: &'a str,
    /// What the seeds' scripts call it.
    id: &'a str,
    test_desc: &'a str,
    audit: String,
    #[serde(rename = "AuditEnv")]
    audit_env: &'static str,
    #[serde(rename = "AuditConfig")]
    audit_config: &'static str,
    r#type: &'a str,
    remediation: String,
    test_info: Vec<String>,
    status: Status,
    actual_value: String,
    scored: bool,
    #[serde(rename = "IsMultiple")]
    is_multiple: bool,
    expected_result: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    critical: bool,
    controls: &'a [String],
    /// Ours: the findings, or where there are none what was looked at.
    findings: Vec<Found<'a>>,
    seen: &'a [Seen],
}

#[derive(Serialize)]
struct Totals {
    total_pass: usize,
    total_fail: usize,
    total_warn: usize,
    total_info: usize,
}

/// What kube-bench has no word for.
#[derive(Serialize)]
struct Besides<'a> {
    gate: String,
    findings: usize,
    besides: Vec<Found<'a>>,
    unparsable: Vec<String>,
}

#[derive(Serialize)]
struct Found<'a> {
    control: &'a str,
    file: &'a str,
    line: u32,
    message: &'a str,
}

impl<'a> Controls<'a> {
    fn new(report: &'a Report, assessment: &'a Assessment, chapter: &Chapter<'a>) -> Self {
        let assignment = &assessment.assignment;
        let group = |(section, desc, checks): &(&'a str, &'a str, Vec<&'a CheckResult>)| {
            let [pass, fail, warn, info] = count(checks.iter().copied());
            let results = checks.iter().map(|result| TestResult::new(report, result)).collect();
            Group { section, r#type: "", pass, fail, warn, info, desc, results }
        };
        Self {
            id: chapter.id,
            version: &assignment.benchmark.head.benchmark,
            detected_version: assignment.kubernetes.as_deref().unwrap_or("none"),
            text: chapter.title,
            node_type: chapter.target,
            tests: chapter.sections.iter().map(group).collect(),
            totals: Totals::of(chapter.checks()),
            cluster: &assignment.cluster,
            benchmark_reason: &assignment.why,
        }
    }
}

impl<'a> TestResult<'a> {
    fn new(report: &'a Report, result: &'a CheckResult) -> Self {
        let check = &result.check;
        let findings = result.findings.iter().filter_map(|&at| report.verdicts.get(at));
        let findings: Vec<Found<'a>> = findings.map(Found::from).collect();
        let remedies = remedies(report, result);
        let found: Vec<&str> = findings.iter().map(|found| found.message).collect();
        let seen: Vec<&str> = result.seen.iter().map(|seen| seen.what.as_str()).collect();
        Self {
            test_number: &check.id,
            id: &check.id,
            test_desc: &check.text,
            audit: check.controls.join(" "),
            audit_env: "",
            audit_config: "",
            r#type: check.r#type.as_deref().unwrap_or_default(),
            remediation: remedies.join("\n"),
            test_info: remedies,
            status: result.status,
            actual_value: if found.is_empty() { seen.join("; ") } else { found.join("; ") },
            scored: check.scored,
            is_multiple: false,
            expected_result: &check.text,
            reason: &result.reason,
            critical: result.is_critical,
            controls: &check.controls,
            findings,
            seen: &result.seen,
        }
    }
}

impl Totals {
    fn of<'a>(checks: impl IntoIterator<Item = &'a CheckResult>) -> Self {
        let [total_pass, total_fail, total_warn, total_info] = count(checks);
        Self { total_pass, total_fail, total_warn, total_info }
    }
}

impl<'a> From<&'a Verdict> for Found<'a> {
    fn from(verdict: &'a Verdict) -> Self {
        let finding = &verdict.finding;
        let line = finding.location.region().start.line();
        Self { control: &finding.control, file: finding.location.source.path(), line, message: &finding.message }
    }
}
