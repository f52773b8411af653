//! Joins what the files came to: sorts, adjudicates, and sums up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::judged::Judged;
use super::plan::Plan;
use super::{Exit, GateState, Options};
use crate::adjudicate::baseline::{self, Entry};
use crate::adjudicate::{self, Case, Judgement, Rules, Tally, Thresholds};
use crate::evaluate::benchmark;
use crate::locate;
use crate::model::report::Notice;
use crate::model::{
    Control, ControlResult, Coverage, Date, Days, FileStatus, Finding, Gate, Outcome, Report, SubjectKind,
};

/// The report, and what the gate's own files come to.
pub fn report(plan: Plan, options: &Options, files: Vec<Judged>) -> (Report, GateState) {
    let mut coverage = plan.left_out.clone();
    let (mut findings, mut ignores) = (Vec::new(), Vec::new());
    let mut tally = Tally::new();
    let mut errors: BTreeMap<Arc<str>, (String, String, usize)> = BTreeMap::new();
    let mut doubts: BTreeMap<Arc<str>, (String, String, usize)> = BTreeMap::new();
    let mut notices = plan.notices.clone();
    for file in files {
        coverage.extend(file.coverage);
        findings.extend(file.findings);
        ignores.extend(file.ignores);
        notices.extend(file.notices);
        for (pair, (judged, failed)) in file.counts {
            let count = tally.entry(pair).or_default();
            *count = (count.0 + judged, count.1 + failed);
        }
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
        let of_control = tally.iter().filter(|((_, id), _)| *id == control.id).map(|(_, counts)| counts);
        let (judged, failed) = of_control.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
        let is_open = errors.contains_key(&control.id) || doubts.contains_key(&control.id);
        result(&plan, control, judged, failed, is_open)
    });
    let controls = controls.collect();
    if options.gate.no_inline || plan.config.gate.no_inline {
        ignores.clear();
    }
    let broken: BTreeSet<&str> = errors.keys().map(|control| &**control).collect();
    let was_judged = |entry: &Entry| options.file_by_file || was_judged(&plan, &coverage, &broken, entry);
    let case = Case { findings, ignores, tally, was_judged: &was_judged };
    let Judgement { verdicts, gate, reasons, scores, notices: told, comparisons, hits } =
        adjudicate::adjudicate(case, &rules(&plan, options));
    // What looks gone from one file may stand in another one that was not judged.
    notices.extend(told.into_iter().filter(|notice| !options.file_by_file || notice.code != baseline::VANISHED));
    let state = GateState {
        baselines: plan.state.baselines,
        comparisons,
        exceptions: plan.state.exceptions.into_iter().zip(hits).collect(),
        is_whole: plan.is_whole,
    };
    (Report { gate, reasons, scores, verdicts, controls, coverage, notices, policy_errors: errors.len() }, state)
}

fn rules<'a>(plan: &'a Plan, options: &Options) -> Rules<'a> {
    let (asked, settings) = (&options.gate, &plan.config.gate);
    let cluster_scores = plan.config.clusters.iter().filter_map(|(name, cluster)| {
        let least = cluster.min_score?;
        Some((Arc::from(name.as_str()), least.value()))
    });
    let count = plan.state.count.as_ref().map(|(count, _)| *count);
    let has_all = !options.file_by_file;
    Rules {
        today: asked.today.unwrap_or(Date::MAX),
        config: &plan.config,
        settings_at: &plan.settings_at,
        known: &plan.known,
        controls: plan.controls.iter().map(|control| Arc::clone(&control.id)).collect(),
        exceptions: &plan.state.exceptions,
        baselines: &plan.state.baselines,
        lock: plan.state.lock.as_ref(),
        newer: &plan.newer,
        since: &plan.since,
        grace: settings.grace.unwrap_or(Days(0)),
        has_live: false,
        warn_before: asked.warn_before.or(settings.warn_before).unwrap_or(Days(14)),
        thresholds: Thresholds {
            fail_on: options.fail_on.or(settings.fail_on),
            max_fail: asked.max_fail.or(settings.max_fail).or(count),
            max_new: asked.max_new.or(settings.max_new),
            min_score: asked.min_score.or(settings.min_score.map(|least| least.value())).filter(|_| has_all),
            cluster_scores: cluster_scores.filter(|_| has_all).collect(),
            strict_baseline: has_all && (asked.strict_baseline || settings.strict_baseline),
        },
        is_whole: plan.is_whole,
    }
}

/// Whether this run would have found the finding of a baseline's entry if it were still there.
fn was_judged(plan: &Plan, coverage: &[Coverage], broken: &BTreeSet<&str>, entry: &Entry) -> bool {
    let control = plan.controls.iter().find(|control| *control.id == *entry.control);
    let needs_all = control.is_none_or(|control| control.kind == SubjectKind::Inventory);
    if broken.contains(entry.control.as_str()) || (needs_all && !plan.is_whole) {
        return false;
    }
    let file = coverage.binary_search_by(|file| (*file.file).cmp(entry.file.as_str())).ok();
    match file.and_then(|at| coverage.get(at)) {
        Some(file) => file.status != FileStatus::Unparsable,
        None => plan.is_whole || !plan.root.join(&entry.file).exists(),
    }
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (Arc::clone(finding.location.source.path()), finding.location.span);
        let rest = |finding: &Finding| (Arc::clone(&finding.control), finding.path.clone(), finding.message.clone());
        key(left).cmp(&key(right)).then_with(|| rest(left).cmp(&rest(right)))
    });
}

fn result(plan: &Plan, control: &Arc<Control>, judged: usize, failed: usize, is_open: bool) -> ControlResult {
    let outcome = match (is_open, failed, judged) {
        (true, 0, _) => Outcome::Unknown,
        (false, 0, 0) => Outcome::NotApplicable,
        (false, 0, _) => Outcome::Pass,
        _ => Outcome::Fail,
    };
    ControlResult {
        control: Arc::clone(control),
        severity: plan.severity(control),
        benchmarks: benchmark::ids_of(&plan.benchmarks, &control.id),
        outcome,
        judged,
        failed,
    }
}

fn policy_error(control: &str, why: &str, place: &str, times: usize) -> Notice {
    let more = if times > 1 { format!(" and {} more", times - 1) } else { String::new() };
    Notice {
        code: Notice::POLICY_ERROR,
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

/// What the process says.
pub fn exit(report: &Report, allow_empty: bool) -> Exit {
    let nothing = report.judged_documents() == 0 && !allow_empty;
    match (report.policy_errors > 0, report.gate, report.has_gap() || nothing) {
        (true, _, _) => Exit::Error,
        (_, Gate::Shut, _) => Exit::Shut,
        (_, _, true) => Exit::Gap,
        _ => Exit::Open,
    }
}
