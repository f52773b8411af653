//! From findings to verdicts, and from verdicts to the state of the gate.
//!
//! One path decides for every finding, format and command. First match wins and is recorded: an ignore where it stands, an
//! exemption of the configuration, an exception, the baseline, and last the thresholds.

pub mod append;
pub mod assess;
pub mod baseline;
pub mod comply;
pub mod exception;
pub mod gate;
pub mod ignore;
pub mod lock;
pub mod loosened;
mod mode;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::{Config, Settings};
use crate::model::report::Notice;
use crate::model::{
    Action, Assessment, Assignment, Because, Compliance, Control, Date, Days, Finding, Gate, LeftOut, Location, Newer,
    Reason, Score, Standing, Verdict,
};
use assess::{Facts, assess};
use baseline::{Baselines, Comparison, Entries, Entry};
use comply::{Frameworks, comply};
use exception::{Exception, State};
pub use gate::{Count, Limit, Tally, Thresholds};
use ignore::{Ignore, Ignores};
use lock::Lock;

/// What the findings are weighed by.
pub struct Rules<'a> {
    /// Today.
    pub today: Date,
    /// The configuration.
    pub config: &'a Config,
    /// For each control, where the configuration adjusts it.
    pub settings_at: &'a BTreeMap<String, Location>,
    /// Every control there is, by id.
    pub known: &'a BTreeMap<Arc<str>, Arc<Control>>,
    /// The controls that are on.
    pub controls: BTreeSet<Arc<str>>,
    /// The exceptions.
    pub exceptions: &'a [Exception],
    /// The baselines.
    pub baselines: &'a Baselines,
    /// The lock, if there is one.
    pub lock: Option<&'a Lock>,
    /// The controls whose policies the lock does not have as they are.
    pub newer: &'a BTreeMap<Arc<str>, Newer>,
    /// For controls that the lock took over later than others, the day on which it did.
    pub since: &'a BTreeMap<Arc<str>, Date>,
    /// For how long a policy does not shut the gate after the lock has taken it over.
    pub grace: Days,
    /// How long before its review date an exception is announced.
    pub warn_before: Days,
    /// Whether results of running nodes are among the findings.
    pub has_live: bool,
    /// What shuts the gate.
    pub thresholds: Thresholds,
    /// Whether all files and controls are judged: only then has an entry that matches nothing become useless.
    pub is_whole: bool,
}

impl Rules<'_> {
    /// The day that ends the grace of a policy that the lock took over on a day; none if it is over. A day that is still to come
    /// gives none: it is no way to put the gate off.
    fn grace_until(&self, since: Date) -> Option<Date> {
        let end = since.plus(self.grace);
        (since <= self.today && self.today < end).then_some(end)
    }
}

/// What there is to weigh.
pub struct Case<'a> {
    /// The findings, in the order of the report.
    pub findings: Vec<Box<Finding>>,
    /// The ignores of the files that were judged.
    pub ignores: Vec<Ignore>,
    /// What each control came to in each cluster.
    pub tally: Tally,
    /// Whether the finding of a baseline's entry would have been found in this run if it were still there.
    pub was_judged: &'a dyn Fn(&Entry) -> bool,
    /// The findings of the base of the change, and its name.
    pub before: Option<(&'a Entries, String)>,
    /// Whether findings in a file are reported; the others are weighed by nothing.
    pub is_reported: &'a dyn Fn(&str) -> bool,
    /// How many changes loosen the gate, where that shuts it.
    pub gate_changes: usize,
    /// By which benchmark each cluster is judged.
    pub assignments: Vec<Assignment>,
    /// The controls that are to be mended first.
    pub critical: &'a BTreeSet<String>,
    /// The frameworks to count by.
    pub frameworks: &'a Frameworks,
}

/// What came of it.
#[derive(Debug)]
pub struct Judgement {
    /// A verdict for every finding, in their order.
    pub verdicts: Vec<Verdict>,
    /// The decision.
    pub gate: Gate,
    /// What shuts it.
    pub reasons: Vec<Reason>,
    /// The scores.
    pub scores: Vec<Score>,
    /// What each cluster came to under its benchmark.
    pub assessments: Vec<Assessment>,
    /// What each cluster came to under each framework.
    pub compliance: Vec<Compliance>,
    /// What else to know.
    pub notices: Vec<Notice>,
    /// How each baseline compares.
    pub comparisons: Vec<Comparison>,
    /// How the base of the change compares.
    pub before: Comparison,
    /// What is not reported.
    pub left_out: LeftOut,
    /// For each exception the findings that it covers, by their position.
    pub hits: Vec<Vec<usize>>,
}

/// Weighs every finding.
pub fn adjudicate(case: Case<'_>, rules: &Rules<'_>) -> Judgement {
    let Case {
        findings,
        ignores,
        tally,
        was_judged,
        before,
        is_reported,
        gate_changes,
        assignments,
        critical,
        frameworks,
    } = case;
    let mut ignores = Ignores::new(&ignores);
    let ignored: Vec<Option<&Ignore>> = findings.iter().map(|finding| ignores.find(finding)).collect();
    let reach = Reach::new(&findings, rules);
    let boxed = |(standing, because)| (standing, Box::new(because));
    let decide = |(at, (finding, ignored))| decide(finding, ignored, reach.of(at), rules).map(boxed);
    let mut decided: Vec<_> = findings.iter().map(Box::as_ref).zip(ignored).enumerate().map(decide).collect();
    let open: Vec<usize> = (0..findings.len()).filter(|&at| decided.get(at).is_some_and(Option::is_none)).collect();
    let candidates: Vec<&Finding> = open.iter().filter_map(|&at| findings.get(at).map(Box::as_ref)).collect();
    let comparisons = rules.baselines.compare(&candidates, was_judged, &mut |position, standing, location| {
        let slot = open.get(position).and_then(|&at| decided.get_mut(at));
        slot.into_iter().for_each(|slot| *slot = Some((standing, Box::new(Because::at(location.clone())))));
    });
    let (entries, reason) = before.map(|(entries, base)| (entries, format!("it is in {base} already"))).unzip();
    let before = baseline::compare(entries, &findings.iter().map(Box::as_ref).collect::<Vec<_>>(), was_judged);
    for (slot, known) in decided.iter_mut().zip(&before.known).filter(|(slot, _)| slot.is_none()) {
        let because = |at: &Location| Box::new(Because { reason: reason.clone(), ..Because::at(at.clone()) });
        *slot = known.as_ref().map(|(standing, location)| (*standing, because(location)));
    }
    let mut notices = ignores.notices(rules);
    notices.extend(exception::notices(rules, &reach.hits, &findings));
    notices.extend(comparisons.iter().flat_map(baseline::notices));
    notices.extend(rules.lock.and_then(|lock| lock::notice(lock, rules)));
    let verdict = |(finding, decided): (Box<Finding>, Option<(Standing, Box<Because>)>)| {
        let file = finding.location.source.path();
        let mode = rules.config.mode(&finding.control, &finding.identity.cluster, file, rules.today);
        let action = mode.unwrap_or(finding.mode);
        let (standing, because) =
            decided.map_or((Standing::New, None), |(standing, because)| (standing, Some(because)));
        let mut verdict = Verdict { finding, standing, action, shuts: false, because, newer: None };
        lock::apply(&mut verdict, rules);
        verdict
    };
    let verdicts: Vec<Verdict> = findings.into_iter().zip(decided).map(verdict).collect();
    notices.extend(mode::notices(rules, &verdicts));
    let facts = Facts { tally: &tally, verdicts: &verdicts, controls: rules.known, critical };
    let mut assessments = assess(assignments, &facts);
    let passes = gate::passes(&tally, &verdicts);
    let compliance = comply(frameworks, &assessments, &passes);
    let mut scores = gate::scores(&passes);
    scores.extend(gate::benchmark_scores(&assessments));
    let mut hits = reach.hits;
    let places = assessments.iter_mut().flat_map(|one| &mut one.checks).map(|check| &mut check.findings);
    let (mut verdicts, left_out) = reported(verdicts, is_reported, places.chain(&mut hits));
    let vanished = comparisons.iter().map(|comparison| comparison.vanished.len()).sum();
    let mut reasons = gate::weigh(&mut verdicts, &scores, &assessments, vanished, &rules.thresholds);
    if gate_changes > 0 {
        reasons.push(Reason::GateChanges { found: gate_changes });
    }
    let gate = if reasons.is_empty() { Gate::Open } else { Gate::Shut };
    Judgement { verdicts, gate, reasons, scores, assessments, compliance, notices, comparisons, before, left_out, hits }
}

/// The verdicts that are reported, and how many are not. `positions` among them become those among the ones that are left.
fn reported<'a>(
    mut verdicts: Vec<Verdict>,
    is_reported: &dyn Fn(&str) -> bool,
    positions: impl Iterator<Item = &'a mut Vec<usize>>,
) -> (Vec<Verdict>, LeftOut) {
    let (mut left, mut moved, mut left_out) = (0, Vec::new(), LeftOut::default());
    verdicts.retain(|verdict| {
        let stays = is_reported(verdict.finding.location.source.path());
        moved.push(stays.then_some(left));
        if stays {
            left += 1;
        } else {
            left_out.findings += 1;
            left_out.new += usize::from(verdict.standing == Standing::New);
        }
        stays
    });
    for positions in positions {
        *positions = positions.iter().filter_map(|&at| moved.get(at).copied().flatten()).collect();
    }
    (verdicts, left_out)
}

/// What settles a finding ahead of the baseline.
fn decide(
    finding: &Finding,
    ignored: Option<&Ignore>,
    exceptions: &[&Exception],
    rules: &Rules<'_>,
) -> Option<(Standing, Because)> {
    let settings = rules.config.settings(&finding.control);
    let exempt = || {
        let reason = exemption(settings?, finding)?;
        let location = rules.settings_at.get(&*finding.control)?.clone();
        Some((Standing::Excepted, Because { reason: Some(reason), ..Because::at(location) }))
    };
    if settings.is_some_and(|settings| settings.locked) {
        return exempt();
    }
    let excepted = || {
        let allowed = || exceptions.iter().filter(|exception| !exception.is_too_long(finding.severity, rules));
        let holds = allowed().find(|exception| exception.state(rules) != State::Expired);
        holds.or_else(|| allowed().next()).map(|exception| exception.verdict(rules))
    };
    ignored.map(|ignore| (Standing::Ignored, ignore.because())).or_else(exempt).or_else(excepted)
}

/// What each exception reaches, before it is asked what comes first.
struct Reach<'a> {
    /// For each exception its findings.
    hits: Vec<Vec<usize>>,
    /// For each finding its exceptions, without the ones that reach too much.
    exceptions: Vec<Vec<&'a Exception>>,
}

impl<'a> Reach<'a> {
    fn new(findings: &[Box<Finding>], rules: &Rules<'a>) -> Self {
        let mut by_control: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, finding) in findings.iter().enumerate() {
            by_control.entry(&finding.control).or_default().push(at);
            if let Some(check) = &finding.check {
                by_control.entry(check).or_default().push(at);
            }
        }
        let mut reach = Self { hits: Vec::new(), exceptions: vec![Vec::new(); findings.len()] };
        for exception in rules.exceptions {
            let controls = exception.controls().into_iter();
            let candidates = controls.filter_map(|control| by_control.get(control)).flatten().copied();
            let covers = |at: &usize| findings.get(*at).is_some_and(|finding| exception.covers(finding));
            let mut hits: Vec<usize> = candidates.filter(covers).collect();
            hits.sort_unstable();
            hits.dedup();
            for &at in hits.iter().filter(|_| !exception.is_too_wide(hits.len())) {
                reach.exceptions.get_mut(at).into_iter().for_each(|of| of.push(exception));
            }
            reach.hits.push(hits);
        }
        reach
    }

    fn of(&self, at: usize) -> &[&'a Exception] {
        self.exceptions.get(at).map_or(&[], Vec::as_slice)
    }
}

/// Why the configuration of its control exempts a finding, as Gatekeeper's `excludedNamespaces` and `exemptImages` do.
fn exemption(settings: &Settings, finding: &Finding) -> Option<String> {
    let is_namespace = finding.identity.kind == "Namespace";
    let own = Some(&*finding.identity.name).filter(|_| is_namespace);
    let namespace = own.or(finding.namespace.as_deref());
    let by = |patterns: &[crate::config::NamePattern], text: Option<&str>, what: &str| {
        let text = text?;
        let pattern = patterns.iter().find(|pattern| pattern.is_match(text))?;
        Some(format!("{what} has `{pattern}`"))
    };
    by(&settings.excluded_namespaces, namespace, "excludedNamespaces")
        .or_else(|| by(&settings.exempt_images, finding.image.as_deref(), "exemptImages"))
}

/// Whether an action can shut the gate.
fn denies(verdict: &Verdict) -> bool {
    verdict.action == Action::Deny
}
