//! The end of a run: what all files came to, in one sorted report.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::judged::{Count, Judged};
use super::plan::Plan;
use crate::adjudicate::{self, Threshold};
use crate::evaluate::benchmark;
use crate::locate;
use crate::model::report::Notice;
use crate::model::{Control, ControlResult, Finding, Outcome, Report};

/// The report of a run.
pub fn report(plan: &Plan, files: Vec<Judged>) -> Report {
    let mut coverage = plan.left_out.clone();
    let mut findings = Vec::new();
    let mut counts: BTreeMap<Arc<str>, Count> = BTreeMap::new();
    let mut errors: BTreeMap<Arc<str>, (String, String, usize)> = BTreeMap::new();
    let mut doubts: BTreeMap<Arc<str>, (String, String, usize)> = BTreeMap::new();
    let mut notices = plan.notices.clone();
    for file in files {
        coverage.extend(file.coverage);
        findings.extend(file.findings);
        notices.extend(file.notices);
        file.counts.into_iter().for_each(|(control, count)| counts.entry(control).or_default().add(count));
        for (control, why, place) in file.doubts {
            doubts.entry(Arc::clone(&control.id)).or_insert((why, place, 0)).2 += 1;
        }
        for (control, why, place) in file.errors {
            errors.entry(Arc::clone(&control.id)).or_insert((why, place, 0)).2 += 1;
        }
    }
    sort(&mut findings);
    locate::number_equals(&mut findings);
    coverage.sort_by(|left, right| left.file.cmp(&right.file));
    notices.extend(errors.iter().map(|(control, (why, place, times))| policy_error(control, why, place, *times)));
    notices.extend(doubts.iter().map(|(control, (why, place, times))| doubt(control, why, place, *times)));
    let controls = plan.controls.iter().map(|control| {
        let count = counts.get(&control.id).copied().unwrap_or_default();
        result(plan, control, count, errors.contains_key(&control.id))
    });
    let controls = controls.collect();
    let verdicts = adjudicate::adjudicate(findings, Threshold { fail_on: plan.fail_on });
    let gate = adjudicate::gate(&verdicts);
    Report { gate, verdicts, controls, coverage, notices, policy_errors: errors.len() }
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (Arc::clone(finding.location.source.path()), finding.location.span);
        let rest = |finding: &Finding| (Arc::clone(&finding.control), finding.path.clone(), finding.message.clone());
        key(left).cmp(&key(right)).then_with(|| rest(left).cmp(&rest(right)))
    });
}

fn result(plan: &Plan, control: &Arc<Control>, count: Count, broken: bool) -> ControlResult {
    let outcome = match count {
        Count { failed: 1.., .. } => Outcome::Fail,
        _ if broken => Outcome::Unknown,
        Count { unknown: 1.., .. } => Outcome::Unknown,
        Count { judged: 0, .. } => Outcome::NotApplicable,
        _ => Outcome::Pass,
    };
    ControlResult {
        control: Arc::clone(control),
        severity: plan.severity(control),
        benchmarks: benchmark::ids_of(&plan.benchmarks, &control.id),
        outcome,
        judged: count.judged,
        failed: count.failed,
    }
}

fn policy_error(control: &str, why: &str, place: &str, times: usize) -> Notice {
    let more = if times > 1 { format!(" and {} more", times - 1) } else { String::new() };
    Notice {
        code: "policy-error",
        message: format!("control `{control}` could not be evaluated on {place}{more}: {why}"),
        help: Some("its outcome is unknown; the other controls are not affected".to_owned()),
        location: None,
    }
}

fn doubt(control: &str, why: &str, place: &str, times: usize) -> Notice {
    let more = if times > 1 { format!(" and {} more", times - 1) } else { String::new() };
    Notice {
        code: "unknown",
        message: format!("control `{control}` cannot tell about {place}{more}: {why}"),
        help: None,
        location: None,
    }
}
