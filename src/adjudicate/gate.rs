//! From verdicts to the state of the gate: thresholds, counts and scores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::denies;
use crate::model::{Assessment, CheckResult, Outcome, Reason, Score, Seen, Severity, Standing, Verdict};

/// Cluster and control → what became of the subjects.
pub type Tally = BTreeMap<(Arc<str>, Arc<str>), Count>;

/// What became of the subjects of a control in a cluster.
#[derive(Debug, Clone, Default)]
pub struct Count {
    /// How many were judged.
    pub judged: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Why the control could not tell of some, or could not be evaluated.
    pub open: BTreeSet<String>,
    /// The first ones that it looked at.
    pub seen: Vec<Seen>,
}

impl Count {
    /// How many places are kept.
    const MOST: usize = 3;

    /// Whether a place more would be kept.
    pub fn has_room(&self) -> bool {
        self.seen.len() < Self::MOST
    }

    /// Puts a place down.
    pub fn saw(&mut self, seen: Seen) {
        if self.has_room() && !self.seen.contains(&seen) {
            self.seen.push(seen);
        }
    }

    /// Adds what became of others.
    pub fn add(&mut self, other: Self) {
        self.judged += other.judged;
        self.failed += other.failed;
        self.open.extend(other.open);
        other.seen.into_iter().for_each(|seen| self.saw(seen));
    }
}

/// What shuts the gate.
#[derive(Debug, Clone, Default)]
pub struct Thresholds {
    /// The severity from which a new finding counts.
    pub fail_on: Option<Severity>,
    /// How many controls may fail; in place of the severity rule.
    pub max_fail: Option<usize>,
    /// How many new findings may be.
    pub max_new: Option<usize>,
    /// The least percentage of controls that pass, over the run.
    pub min_score: Option<f64>,
    /// What is wanted of parts: of clusters, sections of benchmarks, the critical checks.
    pub limits: Vec<Limit>,
    /// Whether vanished entries of the baseline count.
    pub strict_baseline: bool,
}

impl Thresholds {
    /// What can be asked of a part of the repository: it has neither the scores of the whole nor all that a baseline keeps.
    #[must_use]
    pub fn of_part(mut self) -> Self {
        (self.min_score, self.strict_baseline) = (None, false);
        self.limits.iter_mut().for_each(|limit| limit.min_score = None);
        self
    }
}

/// What is wanted of a part of the run.
#[derive(Debug, Clone, Default)]
pub struct Limit {
    /// Of this cluster; of each one unless said.
    pub cluster: Option<Arc<str>>,
    /// Of this section or chapter of the benchmark, or [`CRITICAL`]; of the whole cluster unless said.
    pub section: Option<String>,
    /// The least percentage that passes.
    pub min_score: Option<f64>,
    /// How many may fail.
    pub max_fail: Option<usize>,
}

/// The word for the checks that are to be mended first, where a section is named.
pub const CRITICAL: &str = "critical";

/// Marks the verdicts that shut the gate, and says which rules do.
pub fn weigh(
    verdicts: &mut [Verdict],
    scores: &[Score],
    assessments: &[Assessment],
    vanished: usize,
    by: &Thresholds,
) -> Vec<Reason> {
    let fail_on = by.fail_on.unwrap_or(Severity::Medium);
    let is_new = |verdict: &Verdict| verdict.standing == Standing::New && denies(verdict);
    let is_severe = |verdict: &Verdict| is_new(verdict) && verdict.finding.severity >= fail_on;
    let is_expired = |verdict: &Verdict| verdict.standing == Standing::Expired && denies(verdict);
    let new = verdicts.iter().filter(|verdict| is_severe(verdict)).count();
    let counts = |verdict: &&Verdict| is_new(verdict) || is_expired(verdict);
    let control = |verdict: &Verdict| Arc::clone(&verdict.finding.control);
    let failed: BTreeSet<Arc<str>> = verdicts.iter().filter(counts).map(control).collect();
    let too_many_new = by.max_new.or(by.max_fail.is_none().then_some(0)).filter(|&allowed| new > allowed);
    let too_many_failed = by.max_fail.filter(|&allowed| failed.len() > allowed);
    for verdict in verdicts.iter_mut() {
        verdict.shuts = is_expired(verdict)
            || (too_many_new.is_some() && is_severe(verdict))
            || (too_many_failed.is_some() && is_new(verdict));
    }
    let expired: Vec<&Verdict> = verdicts.iter().filter(|verdict| is_expired(verdict)).collect();
    let owners: BTreeSet<String> =
        expired.iter().filter_map(|verdict| verdict.because.as_ref()?.owner.clone()).collect();
    let mut reasons = Vec::new();
    reasons.extend(too_many_new.map(|allowed| Reason::NewFindings { found: new, allowed }));
    if !expired.is_empty() {
        reasons.push(Reason::Expired { found: expired.len(), owners: owners.into_iter().collect() });
    }
    reasons.extend(too_many_failed.map(|allowed| Reason::FailedControls { of: None, found: failed.len(), allowed }));
    let wanted = by.min_score;
    reasons.extend(scores.iter().filter(|score| score.is_whole()).filter_map(|score| too_low(score, wanted?)));
    for limit in &by.limits {
        let verdicts = verdicts.iter().enumerate().filter(|(_, verdict)| counts(verdict));
        reasons.extend(exceeded(limit, verdicts, scores, assessments));
    }
    if by.strict_baseline && vanished > 0 {
        reasons.push(Reason::Slack { found: vanished });
    }
    reasons
}

/// Cluster and control → whether the control passes there; none where all that it found is accepted.
pub type Passes = BTreeMap<(Arc<str>, Arc<str>), Option<bool>>;

/// Whether each control that judged something passes.
pub fn passes(tally: &Tally, verdicts: &[Verdict]) -> Passes {
    let settled = |verdict: &&Verdict| matches!(verdict.standing, Standing::Excepted | Standing::Ignored);
    let key = |verdict: &Verdict| (Arc::clone(&verdict.finding.identity.cluster), Arc::clone(&verdict.finding.control));
    let (mut stands, mut accepted) = (BTreeSet::new(), BTreeSet::new());
    for verdict in verdicts {
        let of = if settled(&verdict) { &mut accepted } else { &mut stands };
        of.insert(key(verdict));
    }
    let passes = |(pair, count): (&(Arc<str>, Arc<str>), &Count)| {
        debug_assert!(count.failed <= count.judged, "{pair:?}");
        let passes = match (stands.contains(pair), accepted.contains(pair)) {
            (false, true) => None,
            (stands, _) => Some(!stands && count.failed == 0),
        };
        (pair.clone(), passes)
    };
    tally.iter().filter(|(_, count)| count.judged > 0).map(passes).collect()
}

/// The score of the run, then of each cluster.
pub fn scores(passes: &Passes) -> Vec<Score> {
    let mut clusters: BTreeMap<Arc<str>, Vec<bool>> = BTreeMap::new();
    let mut run: BTreeMap<Arc<str>, bool> = BTreeMap::new();
    for ((cluster, control), passes) in passes {
        let of_cluster = clusters.entry(Arc::clone(cluster)).or_default();
        if let Some(passes) = *passes {
            of_cluster.push(passes);
            *run.entry(Arc::clone(control)).or_insert(true) &= passes;
        }
    }
    let score = |cluster, outcomes: &mut dyn Iterator<Item = bool>| {
        let (passed, judged) =
            outcomes.fold((0, 0), |(passed, judged), passes| (passed + usize::from(passes), judged + 1));
        Score { cluster, benchmark: None, section: None, passed, judged }
    };
    let whole = score(None, &mut run.values().copied());
    let each = clusters.iter().map(|(name, outcomes)| score(Some(Arc::clone(name)), &mut outcomes.iter().copied()));
    std::iter::once(whole).chain(each).collect()
}

/// How a part of the run falls short of what is wanted of it.
fn exceeded<'a>(
    limit: &Limit,
    failing: impl Iterator<Item = (usize, &'a Verdict)>,
    scores: &[Score],
    assessments: &[Assessment],
) -> Vec<Reason> {
    let is_cluster = |name: &str| limit.cluster.as_ref().is_none_or(|cluster| **cluster == *name);
    let Some(section) = &limit.section else {
        let own = scores.iter().filter(|score| score.section.is_none() && score.benchmark.is_none());
        let own = own.filter(|score| score.cluster.as_deref().is_some_and(is_cluster));
        let low = own.filter_map(|score| too_low(score, limit.min_score?));
        let failing = failing.filter(|(_, verdict)| is_cluster(&verdict.finding.identity.cluster));
        let failed: BTreeSet<_> = failing.map(|(_, verdict)| Arc::clone(&verdict.finding.control)).collect();
        let of = limit.cluster.as_ref().map(|name| format!("cluster {name}"));
        return low.chain(too_many(of, failed.len(), limit)).collect();
    };
    let failing: BTreeSet<usize> = failing.map(|(at, _)| at).collect();
    let own = assessments.iter().filter(|assessment| is_cluster(&assessment.assignment.cluster));
    let reasons = own.flat_map(|assessment| {
        let is_own = |result: &&CheckResult| match section.as_str() {
            CRITICAL => result.is_critical,
            section => result.check.is_named(section),
        };
        let checks: Vec<_> = assessment.checks.iter().filter(is_own).collect();
        let score = score(assessment, Some(section), checks.iter().copied());
        let fails = |result: &&&CheckResult| {
            result.outcome == Outcome::Fail && result.findings.iter().any(|at| failing.contains(at))
        };
        let found = checks.iter().filter(fails).count();
        let of = Some(score.place());
        limit.min_score.and_then(|wanted| too_low(&score, wanted)).into_iter().chain(too_many(of, found, limit))
    });
    reasons.collect()
}

fn too_many(of: Option<String>, found: usize, limit: &Limit) -> Option<Reason> {
    let allowed = limit.max_fail.filter(|&allowed| found > allowed)?;
    Some(Reason::FailedControls { of, found, allowed })
}

fn too_low(score: &Score, wanted: f64) -> Option<Reason> {
    let is_low = score.percent().is_some_and(|percent| percent < wanted);
    is_low.then(|| Reason::Score { score: score.clone(), wanted })
}

/// The scores of each benchmark that a cluster is judged by, and of its sections.
pub fn benchmark_scores(assessments: &[Assessment]) -> Vec<Score> {
    let judged = assessments.iter().filter(|assessment| assessment.assignment.is_judged);
    let scores = judged.flat_map(|assessment| {
        let whole = score(assessment, None, &assessment.checks);
        let sections = assessment.sections().into_iter();
        let sections = sections.map(|(section, checks)| score(assessment, Some(section), checks));
        std::iter::once(whole).chain(sections.filter(|score| score.judged > 0)).collect::<Vec<_>>()
    });
    scores.collect()
}

fn score<'a>(
    assessment: &Assessment,
    section: Option<&str>,
    checks: impl IntoIterator<Item = &'a CheckResult>,
) -> Score {
    let judged = checks.into_iter().filter(|result| result.is_judged());
    let (passed, judged) = judged
        .fold((0, 0), |(passed, judged), result| (passed + usize::from(result.outcome == Outcome::Pass), judged + 1));
    Score {
        cluster: Some(Arc::clone(&assessment.assignment.cluster)),
        benchmark: Some(assessment.assignment.benchmark.head.benchmark.clone()),
        section: section.map(str::to_owned),
        passed,
        judged,
    }
}
