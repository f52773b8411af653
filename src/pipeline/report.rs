//! Joins what the files came to: sorts, adjudicates, and sums up.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::before::{Before, Befores};
use super::judged::Judged;
use super::plan::Plan;
use super::review::Review;
use super::standard::Standard;
use super::{Exit, GateState, Options, assign, live};
use crate::adjudicate::baseline::{self, Comparison, Entry, entries_of};
use crate::adjudicate::ignore::Ignore;
use crate::adjudicate::loosened;
use crate::adjudicate::{self, Case, Judgement, Limit, Rules, Tally, Thresholds};
use crate::config::{Bounds, Percent};
use crate::error::Error;
use crate::evaluate::benchmark;
use crate::history;
use crate::locate;
use crate::model::framework;
use crate::model::report::Notice;
use crate::model::{
    Change, Control, ControlResult, Coverage, Date, Days, FileStatus, Finding, Framework, Gate, GateChange, LeftOut,
    Origin, Outcome, Report, Standing, SubjectKind, Verdict,
};

/// The report, and what the gate's own files come to.
///
/// # Errors
/// For a limit of a cluster or section that does not exist.
pub fn report(
    plan: &Plan,
    mut standard: Standard,
    options: &Options,
    files: Vec<Judged>,
    befores: Befores,
) -> Result<(Report, GateState), Error> {
    let limits = limits(plan, &standard, options)?;
    let before = befores.against;
    let mut coverage = plan.left_out.clone();
    // There may be hundreds of thousands.
    let mut findings = Vec::with_capacity(files.iter().map(|file| file.findings.len()).sum());
    let mut ignores = Vec::new();
    let mut tally = Tally::new();
    let mut errors: BTreeMap<Arc<str>, (String, String, usize)> = BTreeMap::new();
    let mut doubts: BTreeMap<Arc<str>, (String, String, usize)> = BTreeMap::new();
    let mut notices = std::mem::take(&mut standard.notices);
    for file in files {
        coverage.extend(file.coverage);
        findings.extend(file.findings.into_iter().map(Box::new));
        ignores.extend(file.ignores);
        notices.extend(file.notices);
        for (pair, count) in file.counts {
            tally.entry(pair).or_default().add(count);
        }
        for (control, why, place) in file.doubts {
            doubts.entry(Arc::clone(&control.id)).or_insert((why, place, 0)).2 += 1;
        }
        for (control, why, place) in file.errors {
            errors.entry(Arc::clone(&control.id)).or_insert((why, place, 0)).2 += 1;
        }
    }
    let findings = in_order(findings);
    live::coverage(&standard.live, &mut coverage);
    coverage.sort_by(|left, right| left.file.cmp(&right.file));
    notices.extend(errors.iter().map(|(control, (why, place, times))| policy_error(control, why, place, *times)));
    notices.extend(doubts.iter().map(|(control, (why, place, times))| doubt(control, why, place, *times)));
    let mut sums: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((_, control), count) in &tally {
        let (judged, failed) = sums.entry(control).or_default();
        (*judged, *failed) = (*judged + count.judged, *failed + count.failed);
    }
    let mut evidence = Evidence { frameworks: &standard.frameworks.common, known: HashMap::new() };
    let controls = standard.controls.iter().map(|control| {
        let (judged, failed) = sums.get(&*control.id).copied().unwrap_or_default();
        let is_open = errors.contains_key(&control.id) || doubts.contains_key(&control.id);
        result(&standard, control, evidence.of(control), (judged, failed), is_open)
    });
    let controls = controls.collect();
    if options.gate.no_inline || plan.config.gate.no_inline {
        ignores.clear();
    }
    let mut gate_changes = standard.review.as_ref().map(|review| review.changes.clone()).unwrap_or_default();
    gate_changes
        .extend(befores.ignores.iter().flat_map(|before| new_ignores(standard.review.as_ref(), before, &mut ignores)));
    gate_changes.sort_by(|left, right| {
        let key = |change: &GateChange| (Arc::clone(change.location.source.path()), change.location.span, change.rule);
        key(left).cmp(&key(right))
    });
    let denies = standard.review.as_ref().is_some_and(|review| review.denies);
    let broken: BTreeSet<&str> = errors.keys().map(|control| &**control).collect();
    let was_judged = |entry: &Entry| options.file_by_file || was_judged(plan, &standard, &coverage, &broken, entry);
    let entries = before.as_ref().map(|before| entries_of(&before.findings));
    let unchanged = before.as_ref().filter(|_| options.changed_only).map(|before| &before.unchanged);
    let case = Case {
        findings,
        ignores,
        tally,
        was_judged: &was_judged,
        before: entries.as_ref().zip(before.as_ref().map(|before| before.base.to_string())),
        is_reported: &|file| unchanged.is_none_or(|unchanged| !unchanged.contains(file)),
        gate_changes: if denies { gate_changes.len() } else { 0 },
        assignments: standard.assignments.clone(),
        critical: &standard.critical,
        frameworks: &standard.frameworks,
    };
    let judgement = adjudicate::adjudicate(case, &rules(plan, &standard, options, limits));
    let Judgement { verdicts, gate, reasons, scores, assessments, compliance, notices: told, .. } = judgement;
    let Judgement { comparisons, before: compared, left_out, hits, .. } = judgement;
    // What looks gone from one file may stand in another one that was not judged.
    notices.extend(told.into_iter().filter(|notice| !options.file_by_file || notice.code != baseline::VANISHED));
    notices.extend(before.iter().flat_map(|before| unknown_before(before, &verdicts)));
    let change = before.map(|before| change(before, &compared, options.changed_only.then_some(left_out)));
    let gate_files = standard.state;
    let state = GateState {
        baselines: gate_files.baselines,
        comparisons,
        exceptions: gate_files.exceptions.into_iter().zip(hits).collect(),
        is_whole: plan.is_whole,
    };
    let policy_errors = errors.len();
    let origin = Origin { at: options.gate.at, commit: history::head(&plan.root) };
    let report = Report {
        origin,
        gate,
        reasons,
        scores,
        verdicts,
        controls,
        assessments,
        compliance,
        coverage,
        change,
        gate_changes,
        notices,
        evidence: Vec::new(),
        history: Vec::new(),
        policy_errors,
    };
    Ok((report, state))
}

/// The ignores that the change adds; where the base is trusted they have no effect.
fn new_ignores(review: Option<&Review>, before: &[Ignore], ignores: &mut Vec<Ignore>) -> Vec<GateChange> {
    let is_new = loosened::ignores(before, ignores);
    let pairs = ignores.iter().zip(&is_new);
    let changes = pairs.filter(|(_, is_new)| **is_new).map(|(ignore, _)| loosened::new_ignore(ignore)).collect();
    if review.is_some_and(|review| review.is_trusted) {
        let mut is_new = is_new.into_iter();
        ignores.retain(|_| is_new.next() != Some(true));
    }
    changes
}

/// What counts as new because nothing is known of what was there before.
fn unknown_before(before: &Before, verdicts: &[Verdict]) -> Vec<Notice> {
    let news = verdicts.iter().filter(|verdict| verdict.standing == Standing::New);
    let files: BTreeSet<_> = news.map(|verdict| verdict.finding.location.source.path()).collect();
    let notice = |file: &Arc<str>| Notice {
        code: "unknown-before",
        message: format!("{file} could not be judged in {}: all its findings count as new", before.base),
        help: None,
        location: None,
    };
    files.into_iter().filter(|file| before.unparsable.contains(*file)).map(notice).collect()
}

fn change(before: Before, compared: &Comparison, left_out: Option<LeftOut>) -> Change {
    let gone: BTreeSet<&str> = compared.vanished.iter().map(|(entry, _)| entry.fingerprint.as_str()).collect();
    let fixed = before.findings.into_iter().filter(|finding| gone.contains(&*finding.fingerprint.to_string()));
    Change { base: before.base, fixed: fixed.map(|finding| *finding).collect(), left_out, untouched: before.unchanged }
}

/// What is wanted of clusters and sections; the command line goes before the configuration where both say it of the same.
fn limits(plan: &Plan, standard: &Standard, options: &Options) -> Result<Vec<Limit>, Error> {
    let percent = |least: Option<Percent>| least.map(Percent::value);
    let of_section = |cluster: Option<&str>, (section, bounds): (&String, &Bounds)| Limit {
        cluster: cluster.map(Arc::from),
        section: Some(section.clone()),
        min_score: percent(bounds.min_score),
        max_fail: bounds.max_fail,
    };
    let mut limits: Vec<Limit> = plan.config.gate.sections.iter().map(|section| of_section(None, section)).collect();
    for (name, cluster) in &plan.config.clusters {
        let own = Limit {
            cluster: Some(Arc::from(name.as_str())),
            section: None,
            min_score: percent(cluster.min_score),
            max_fail: cluster.max_fail,
        };
        limits.push(own);
        limits.extend(cluster.sections.iter().map(|section| of_section(Some(name), section)));
    }
    let heads = || standard.assignments.iter().map(|assignment| &assignment.benchmark.head);
    let clusters: Vec<&str> = standard.assignments.iter().map(|assignment| &*assignment.cluster).collect();
    for asked in &options.gate.limits {
        if let Some(name) = asked.cluster.as_deref().filter(|name| !clusters.contains(name)) {
            let error = Error::usage(format!("a limit names the cluster `{name}`, which there is not"));
            return Err(error.help(format!("there are {}", clusters.join(", "))));
        }
        if let Some(section) = asked.section.as_deref().filter(|section| !assign::is_section(heads(), section)) {
            let names: Vec<&str> = heads().map(|head| head.benchmark.as_str()).collect();
            let error =
                Error::usage(format!("a limit names the section `{section}`, which {} has not", names.join(", ")));
            return Err(error.help("`portcullis list --benchmark NAME` lists the numbers of one"));
        }
        for limit in
            limits.iter_mut().filter(|limit| (&limit.cluster, &limit.section) == (&asked.cluster, &asked.section))
        {
            limit.min_score = asked.min_score.or(limit.min_score);
            limit.max_fail = asked.max_fail.or(limit.max_fail);
        }
        if !limits.iter().any(|limit| (&limit.cluster, &limit.section) == (&asked.cluster, &asked.section)) {
            limits.push(asked.clone());
        }
    }
    Ok(limits)
}

fn rules<'a>(plan: &'a Plan, standard: &'a Standard, options: &Options, limits: Vec<Limit>) -> Rules<'a> {
    let (asked, settings) = (&options.gate, &plan.config.gate);
    let count = standard.state.count.as_ref().map(|(count, _)| *count);
    let thresholds = Thresholds {
        fail_on: options.fail_on.or(settings.fail_on),
        max_fail: asked.max_fail.or(settings.max_fail).or(count),
        max_new: asked.max_new.or(settings.max_new),
        min_score: asked.min_score.or(settings.min_score.map(|least| least.value())),
        limits,
        strict_baseline: asked.strict_baseline || settings.strict_baseline,
    };
    Rules {
        today: asked.today.unwrap_or(Date::MAX),
        config: &plan.config,
        settings_at: &plan.settings_at,
        known: &standard.known,
        controls: standard.controls.iter().map(|control| Arc::clone(&control.id)).collect(),
        exceptions: &standard.state.exceptions,
        baselines: &standard.state.baselines,
        lock: standard.state.lock.as_ref(),
        newer: &standard.newer,
        since: &standard.since,
        grace: settings.grace.unwrap_or(Days(0)),
        has_live: !standard.live.nodes.is_empty(),
        warn_before: asked.warn_before.or(settings.warn_before).unwrap_or(Days(14)),
        thresholds: if options.file_by_file { thresholds.of_part() } else { thresholds },
        is_whole: plan.is_whole,
    }
}

/// Whether this run would have found the finding of a baseline's entry if it were still there.
fn was_judged(plan: &Plan, standard: &Standard, coverage: &[Coverage], broken: &BTreeSet<&str>, entry: &Entry) -> bool {
    if let Some((cluster, name)) = entry.live_node() {
        return standard.live.nodes.iter().any(|node| *node.cluster == *cluster && node.name == name);
    }
    let control = standard.controls.iter().find(|control| *control.id == *entry.control);
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

/// Sorted by file and place, and each with a fingerprint of its own.
pub fn in_order(mut findings: Vec<Box<Finding>>) -> Vec<Box<Finding>> {
    findings.sort_by(|left, right| by_place(left, right));
    locate::number_equals(&mut findings);
    findings
}

/// Which of two findings comes first.
pub fn by_place(left: &Finding, right: &Finding) -> Ordering {
    fn key(finding: &Finding) -> impl Ord + '_ {
        let Finding { location, control, path, message, .. } = finding;
        (location.source.path(), location.span, control, path, message)
    }
    key(left).cmp(&key(right))
}

/// Framework → ids of requirements.
type Requirements = Arc<BTreeMap<String, Vec<String>>>;

/// What controls are evidence for, made once for all that are evidence for the same.
struct Evidence<'a> {
    frameworks: &'a [Arc<Framework>],
    /// By what they are evidence for in each framework.
    known: HashMap<Vec<&'a [usize]>, Requirements>,
}

impl Evidence<'_> {
    fn of(&mut self, control: &Control) -> Requirements {
        let places = self.frameworks.iter().map(|framework| framework.places_of(&control.id)).collect();
        let made = || Arc::new(framework::ids_of(self.frameworks, &control.id));
        Arc::clone(self.known.entry(places).or_insert_with(made))
    }
}

fn result(
    standard: &Standard,
    control: &Arc<Control>,
    frameworks: Requirements,
    (judged, failed): (usize, usize),
    is_open: bool,
) -> ControlResult {
    let outcome = match (is_open, failed, judged) {
        (true, 0, _) => Outcome::Unknown,
        (false, 0, 0) => Outcome::NotApplicable,
        (false, 0, _) => Outcome::Pass,
        _ => Outcome::Fail,
    };
    ControlResult {
        control: Arc::clone(control),
        severity: standard.severity(control),
        benchmarks: benchmark::ids_of(&standard.benchmarks, &control.id),
        frameworks,
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
