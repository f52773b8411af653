//! From verdicts to the state of the gate: thresholds, counts and scores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::denies;
use crate::model::{Reason, Score, Severity, Standing, Verdict};

/// Cluster and control → how many subjects were judged, and how many of them failed.
pub type Tally = BTreeMap<(Arc<str>, Arc<str>), (usize, usize)>;

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
    /// The same for a cluster.
    pub cluster_scores: BTreeMap<Arc<str>, f64>,
    /// Whether vanished entries of the baseline count.
    pub strict_baseline: bool,
}

/// Marks the verdicts that shut the gate, and says which rules do.
pub fn weigh(verdicts: &mut [Verdict], scores: &[Score], vanished: usize, by: &Thresholds) -> Vec<Reason> {
    let fail_on = by.fail_on.unwrap_or(Severity::Medium);
    let is_new = |verdict: &Verdict| verdict.standing == Standing::New && denies(verdict);
    let is_severe = |verdict: &Verdict| is_new(verdict) && verdict.finding.severity >= fail_on;
    let is_expired = |verdict: &Verdict| verdict.standing == Standing::Expired && denies(verdict);
    let new = verdicts.iter().filter(|verdict| is_severe(verdict)).count();
    let failed: BTreeSet<Arc<str>> = verdicts
        .iter()
        .filter(|verdict| is_new(verdict) || is_expired(verdict))
        .map(|verdict| Arc::clone(&verdict.finding.control))
        .collect();
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
    reasons.extend(too_many_failed.map(|allowed| Reason::FailedControls { found: failed.len(), allowed }));
    reasons.extend(scores.iter().filter_map(|score| too_low(score, by)));
    if by.strict_baseline && vanished > 0 {
        reasons.push(Reason::Slack { found: vanished });
    }
    reasons
}

/// The score of the run, then of each cluster.
pub fn scores(tally: &Tally, verdicts: &[Verdict]) -> Vec<Score> {
    let settled = |verdict: &&Verdict| matches!(verdict.standing, Standing::Excepted | Standing::Ignored);
    let key = |verdict: &Verdict| (Arc::clone(&verdict.finding.identity.cluster), Arc::clone(&verdict.finding.control));
    let (mut stands, mut accepted) = (BTreeSet::new(), BTreeSet::new());
    for verdict in verdicts {
        let of = if settled(&verdict) { &mut accepted } else { &mut stands };
        of.insert(key(verdict));
    }
    // Whether the control passes; none where all that it found is accepted.
    let passes = |pair: &(Arc<str>, Arc<str>), failed: usize| match (stands.contains(pair), accepted.contains(pair)) {
        (false, true) => None,
        (stands, _) => Some(!stands && failed == 0),
    };
    let mut clusters: BTreeMap<Arc<str>, Vec<bool>> = BTreeMap::new();
    let mut run: BTreeMap<Arc<str>, bool> = BTreeMap::new();
    for (pair, &(judged, failed)) in tally.iter().filter(|(_, (judged, _))| *judged > 0) {
        debug_assert!(failed <= judged, "{pair:?}");
        let of_cluster = clusters.entry(Arc::clone(&pair.0)).or_default();
        if let Some(passes) = passes(pair, failed) {
            of_cluster.push(passes);
            *run.entry(Arc::clone(&pair.1)).or_insert(true) &= passes;
        }
    }
    let score = |cluster, outcomes: &mut dyn Iterator<Item = bool>| {
        let (passed, judged) =
            outcomes.fold((0, 0), |(passed, judged), passes| (passed + usize::from(passes), judged + 1));
        Score { cluster, passed, judged }
    };
    let whole = score(None, &mut run.values().copied());
    let each = clusters.iter().map(|(name, outcomes)| score(Some(Arc::clone(name)), &mut outcomes.iter().copied()));
    std::iter::once(whole).chain(each).collect()
}

fn too_low(score: &Score, by: &Thresholds) -> Option<Reason> {
    let wanted = match &score.cluster {
        None => by.min_score,
        Some(cluster) => by.cluster_scores.get(cluster).copied(),
    };
    wanted
        .filter(|&wanted| score.percent().is_some_and(|percent| percent < wanted))
        .map(|wanted| Reason::Score { score: score.clone(), wanted })
}
