//! The model in, the structs of the JSON report out.

use std::collections::BTreeMap;

use crate::model::coverage::DocumentCoverage;
use crate::model::policy::Fix;
use crate::model::report::Notice;
use crate::model::{
    Assessment, Because, Change, CheckResult, Compliance, ControlResult, Coverage, FileStatus, Finding, GateChange,
    LeftOut, Location, Path, Reason, Related, Report, RequirementResult, Score, Severity, Standing, Statement, Verdict,
};
use crate::report::phrase;

use super::{
    Findings, JsonBecause, JsonBenchmark, JsonChange, JsonCheck, JsonControl, JsonCoverage, JsonDocument, JsonFile,
    JsonFinding, JsonFix, JsonFixed, JsonFramework, JsonGateChange, JsonLeftOut, JsonNotice, JsonReason, JsonRelated,
    JsonReport, JsonRequirement, JsonScore, JsonStatement, JsonSubject, Place, Summary, Texts, Written,
};

impl<'a> JsonReport<'a> {
    /// The whole report, whose findings so many threads write.
    pub fn new(report: &'a Report, threads: usize) -> Self {
        Self {
            version: 1,
            gate: report.gate,
            reasons: report.reasons.iter().map(Into::into).collect(),
            scores: report.scores.iter().map(Into::into).collect(),
            summary: report.into(),
            findings: Findings { report, threads },
            controls: report.controls.iter().map(Into::into).collect(),
            benchmarks: report.assessments.iter().map(Into::into).collect(),
            frameworks: report.compliance.iter().map(Into::into).collect(),
            evidence: report.evidence.iter().map(Into::into).collect(),
            coverage: report.into(),
            change: report.change.as_ref().map(Into::into),
            gate_changes: report.gate_changes.iter().map(|change| JsonGateChange::new(report, change)).collect(),
            notices: report.notices.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a Change> for JsonChange<'a> {
    fn from(change: &'a Change) -> Self {
        let left_out = |left_out: LeftOut| JsonLeftOut { findings: left_out.findings, new: left_out.new };
        Self {
            base: &change.base.name,
            commit: &change.base.commit,
            fixed: change.fixed.iter().map(Into::into).collect(),
            left_out: change.left_out.map(left_out),
        }
    }
}

impl<'a> From<&'a Finding> for JsonFixed<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            control: &finding.control,
            severity: finding.severity,
            message: &finding.message,
            place: (&finding.location).into(),
            subject: finding.into(),
            container: finding.container.as_deref(),
            fingerprint: finding.fingerprint,
        }
    }
}

impl<'a> JsonGateChange<'a> {
    /// A change, with whether it shuts the gate.
    pub fn new(report: &Report, change: &'a GateChange) -> Self {
        let GateChange { rule, message, location } = change;
        Self { rule, message, shuts: report.gate_changes_shut(), place: location.into() }
    }
}

impl From<&Reason> for JsonReason {
    fn from(reason: &Reason) -> Self {
        let rule = match reason {
            Reason::NewFindings { .. } => "new-findings",
            Reason::Expired { .. } => "expired-exceptions",
            Reason::FailedControls { .. } => "failed-controls",
            Reason::Score { .. } => "score",
            Reason::Slack { .. } => "vanished-entries",
            Reason::GateChanges { .. } => "gate-changes",
        };
        Self { rule, message: phrase::reason(reason) }
    }
}

impl<'a> From<&'a Score> for JsonScore<'a> {
    fn from(score: &'a Score) -> Self {
        Self {
            cluster: score.cluster.as_deref(),
            benchmark: score.benchmark.as_deref(),
            section: score.section.as_deref(),
            passed: score.passed,
            judged: score.judged,
        }
    }
}

impl<'a> From<&'a Assessment> for JsonBenchmark<'a> {
    fn from(assessment: &'a Assessment) -> Self {
        let assignment = &assessment.assignment;
        Self {
            benchmark: &assignment.benchmark.head.benchmark,
            cluster: &assignment.cluster,
            judged: assignment.is_judged,
            kubernetes: assignment.kubernetes.as_deref(),
            reason: &assignment.why,
            checks: assessment.checks.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a Compliance> for JsonFramework<'a> {
    fn from(result: &'a Compliance) -> Self {
        let requirement = |one: &'a RequirementResult| JsonRequirement {
            id: &one.id,
            text: &one.text,
            passed: one.passed,
            judged: one.judged,
        };
        Self {
            framework: &result.framework,
            title: &result.title,
            cluster: &result.cluster,
            passed: result.passed,
            judged: result.judged,
            requirements: result.requirements.iter().map(requirement).collect(),
        }
    }
}

impl<'a> From<&'a Statement> for JsonStatement<'a> {
    fn from(said: &'a Statement) -> Self {
        Self {
            source: said.witness,
            outcome: said.word,
            rule: &said.rule,
            message: &said.message,
            subject: &said.subject,
            time: &said.time,
            times: said.times,
            cluster: &said.cluster,
            place: (&said.place).into(),
            controls: &said.controls,
            frameworks: &said.frameworks,
        }
    }
}

impl<'a> From<&'a CheckResult> for JsonCheck<'a> {
    fn from(result: &'a CheckResult) -> Self {
        Self {
            id: &result.check.id,
            section: result.check.section(),
            target: &result.check.target,
            status: result.status,
            outcome: result.outcome,
            reason: &result.reason,
            scored: result.check.scored,
            critical: result.is_critical,
            controls: &result.check.controls,
            findings: &result.findings,
            seen: &result.seen,
        }
    }
}

impl<'a> From<&'a Because> for JsonBecause<'a> {
    fn from(because: &'a Because) -> Self {
        Self {
            place: (&because.location).into(),
            reason: because.reason.as_deref(),
            owner: because.owner.as_deref(),
            review_date: because.review_date,
            risk_accepted_by: because.risk_accepted_by.as_deref(),
            ticket: because.ticket.as_deref(),
        }
    }
}

impl From<&Report> for Summary {
    fn from(report: &Report) -> Self {
        Self {
            findings: report.verdicts.len(),
            shutting: report.verdicts.iter().filter(|verdict| verdict.shuts).count(),
            severity: tally(&Severity::ALL, report.verdicts.iter().map(|verdict| verdict.finding.severity)),
            standing: tally(&STANDINGS, report.verdicts.iter().map(|verdict| verdict.standing)),
            policy_errors: report.policy_errors,
        }
    }
}

const STANDINGS: [Standing; 6] =
    [Standing::New, Standing::Known, Standing::Moved, Standing::Excepted, Standing::Expired, Standing::Ignored];

const STATUSES: [FileStatus; 6] = [
    FileStatus::Judged,
    FileStatus::Unparsable,
    FileStatus::Template,
    FileStatus::KnownOther,
    FileStatus::NotKubernetes,
    FileStatus::Skipped,
];

/// How often each word occurs, also the ones that do not.
fn tally<T: Ord + Copy>(words: &[T], found: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts: BTreeMap<T, usize> = words.iter().map(|&word| (word, 0)).collect();
    for word in found {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

impl<'a> JsonFinding<'a> {
    /// A finding with what the report says of its control and its subject.
    pub fn new(texts: &'a Texts<'_>, subject: &'a Written, verdict: &'a Verdict) -> Self {
        let finding: &Finding = &verdict.finding;
        let control = texts.get(&finding.control);
        Self {
            control: &finding.control,
            severity: finding.severity,
            standing: verdict.standing,
            action: verdict.action,
            shuts: verdict.shuts,
            newer: verdict.newer,
            because: verdict.because.as_deref().map(Into::into),
            message: &finding.message,
            title: &control.title,
            remediation: &control.remediation,
            place: (&finding.location).into(),
            location: finding.confidence,
            path: &finding.path,
            missing: finding.missing.as_deref(),
            subject,
            container: finding.container.as_deref(),
            benchmarks: &control.benchmarks,
            frameworks: &control.frameworks,
            related: finding.related.iter().map(JsonRelated::from).collect(),
            metadata: finding.metadata.as_deref(),
            fix: finding.fix.as_ref().map(|fix| JsonFix::new(fix, &finding.path)),
            fingerprint: finding.fingerprint,
        }
    }
}

impl<'a> From<&'a Location> for Place<'a> {
    fn from(location: &'a Location) -> Self {
        let region = location.region();
        Self {
            file: location.source.path(),
            line: region.start.line(),
            column: region.start.column(),
            end_line: region.end.line(),
            end_column: region.end.column(),
        }
    }
}

impl<'a> From<&'a Finding> for JsonSubject<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            api_version: &finding.identity.api_version,
            kind: &finding.identity.kind,
            namespace: finding.identity.namespace.as_deref(),
            name: &finding.identity.name,
            document: finding.document,
            cluster: &finding.identity.cluster,
        }
    }
}

impl<'a> From<&'a Related> for JsonRelated<'a> {
    fn from(related: &'a Related) -> Self {
        Self { message: &related.message, place: (&related.location).into() }
    }
}

impl<'a> JsonFix<'a> {
    fn new(fix: &'a Fix, at: &'a Path) -> Self {
        match fix {
            Fix::Set { path, value } => Self::Set { path: path.as_ref().unwrap_or(at), value },
            Fix::Remove { path } => Self::Remove { path: path.as_ref().unwrap_or(at) },
            Fix::Append { path, value } => Self::Append { path: path.as_ref().unwrap_or(at), value },
        }
    }
}

impl<'a> From<&'a ControlResult> for JsonControl<'a> {
    fn from(result: &'a ControlResult) -> Self {
        Self {
            control: &result.control.id,
            title: &result.control.title,
            severity: result.severity,
            kind: result.control.kind,
            outcome: result.outcome,
            judged: result.judged,
            failed: result.failed,
            benchmarks: &result.benchmarks,
            frameworks: &result.frameworks,
        }
    }
}

impl<'a> From<&'a Report> for JsonCoverage<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            files_total: report.coverage.len(),
            documents_judged: report.judged_documents(),
            totals: tally(&STATUSES, report.coverage.iter().map(|file| file.status)),
            files: report.coverage.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a Coverage> for JsonFile<'a> {
    fn from(file: &'a Coverage) -> Self {
        let documents = file.documents.iter().map(Into::into).collect();
        Self { file: &file.file, status: file.status, reason: &file.reason, documents }
    }
}

impl<'a> From<&'a DocumentCoverage> for JsonDocument<'a> {
    fn from(document: &'a DocumentCoverage) -> Self {
        let &DocumentCoverage { document, line, status, ref reason } = document;
        Self { document, line, status, reason }
    }
}

impl<'a> From<&'a Notice> for JsonNotice<'a> {
    fn from(notice: &'a Notice) -> Self {
        Self {
            code: notice.code,
            message: &notice.message,
            help: notice.help.as_deref(),
            place: notice.location.as_ref().map(Into::into),
        }
    }
}
