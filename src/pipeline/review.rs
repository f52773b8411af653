//! What a change does to the gate: both sides of the gate's own files come in, what is looser goes out, and what counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::kube_bench_file;
use super::plan::Plan;
use super::side::{Other, Side};
use super::state::State;
use super::user::UserPolicies;
use super::words::Words;
use crate::adjudicate::lock::Policy;
use crate::adjudicate::loosened;
use crate::config::{self, GateChanges};
use crate::error::Error;
use crate::history::Commit;
use crate::model::report::Notice;
use crate::model::{GateChange, Location, Source};

/// What becomes of the gate in a change.
#[derive(Clone)]
pub struct Review {
    /// The commit that it is compared with.
    pub commit: Commit,
    /// Whether the word of that commit counts.
    pub is_trusted: bool,
    /// Whether what is looser shuts the gate, by the word of that commit.
    pub denies: bool,
    /// What is looser.
    pub changes: Vec<GateChange>,
}

impl Review {
    /// Compares the side that counts, whose state this is, with the other one. The state that counts, what the change does to the gate
    /// if that can be told, and what to say if not.
    ///
    /// # Errors
    /// Of a trusted run, for a mistake on the side of the change, which will count one day.
    pub fn settle(
        plan: &Plan,
        state: State,
        words: &Words,
        policies: &dyn Fn() -> Vec<Policy>,
    ) -> Result<(State, Option<Self>, Option<Notice>), Error> {
        let side = &plan.sides.side;
        let Some(other) = &plan.sides.other else { return Ok((state, None, plan.sides.told.clone())) };
        match (other.side.state(&plan.cwd, &plan.root, words), other.is_trusted) {
            (Ok(now), true) => {
                let review = Self::new(other, (side, &state), (&other.side, &now), policies, &plan.newly_ignored);
                let told = review.notice();
                Ok((state.common(&now), Some(review), Some(told)))
            }
            (Ok(before), false) => {
                let review = Self::new(other, (&other.side, &before), (side, &state), policies, &plan.newly_ignored);
                Ok((state, Some(review), None))
            }
            (Err(error), true) => Err(error),
            (Err(error), false) => Ok((state, None, Some(unknown(&other.commit, &error)))),
        }
    }

    fn new(
        other: &Other,
        (before, was): (&Side, &State),
        (now, is): (&Side, &State),
        policies: &dyn Fn() -> Vec<Policy>,
        ignored: &[GateChange],
    ) -> Self {
        let mut changes = config::loosened(&before.merged, &now.merged, &before.known);
        changes.extend(loosened::exceptions(&was.exceptions, &is.exceptions));
        changes.extend(loosened::baselines(&was.baselines, &is.baselines));
        changes.extend(kube_bench_file::loosened(before.kube_bench.as_ref(), now.kube_bench.as_ref()));
        let has_grace = now.merged.config.gate.grace.is_some();
        let lock = is.lock.as_ref().filter(|_| has_grace);
        changes.extend(lock.and_then(|lock| loosened::lock(was.lock.as_ref(), lock, &policies())));
        changes.extend(policy_files(before.user.as_deref(), now.user.as_deref()));
        changes.extend(count(was, is));
        changes.extend(ignored.iter().cloned());
        let denies = before.merged.config.gate_changes == GateChanges::Deny;
        Self { commit: other.commit.clone(), is_trusted: other.is_trusted, denies, changes }
    }

    /// What to say of it ahead.
    fn notice(&self) -> Notice {
        let message = format!("the gate's own files count as {} has them", self.commit);
        let help = "what the change takes out of them or narrows counts as well; what loosens the gate is listed";
        Notice { code: "trusted-gate", message, help: Some(help.to_owned()), location: None }
    }
}

/// What to say where the gate's own files of the base cannot be read.
pub fn unknown(commit: &Commit, error: &Error) -> Notice {
    Notice {
        code: "unknown-gate-changes",
        message: format!("what loosens the gate cannot be told: in {commit}, {error}"),
        help: None,
        location: None,
    }
}

impl State {
    /// What both sides accept: the word of the earlier one, without what the later one has taken out or narrowed.
    pub fn common(mut self, now: &Self) -> Self {
        self.exceptions = loosened::common_exceptions(&self.exceptions, &now.exceptions);
        self.baselines = loosened::common_baselines(&self.baselines, &now.baselines);
        if let (Some(before), Some(now)) = (&self.count, &now.count)
            && now.0 < before.0
        {
            self.count = Some(now.clone());
        }
        self
    }
}

/// Files of policies and their data that are new, gone or changed: which way, only their reader can tell.
fn policy_files(before: Option<&UserPolicies>, now: Option<&UserPolicies>) -> Vec<GateChange> {
    let sources = |side: Option<&UserPolicies>| {
        let sources = side.into_iter().flat_map(|side| &side.sources);
        sources.map(|source| (Arc::clone(source.path()), Arc::clone(source))).collect::<BTreeMap<_, _>>()
    };
    let (before, now) = (sources(before), sources(now));
    let change = |source: &Arc<Source>, message| {
        let span = source.line_span(1).unwrap_or_default();
        GateChange { rule: "changed-policy", message, location: Location { source: Arc::clone(source), span } }
    };
    let of = |path: &Arc<str>| match (before.get(path), now.get(path)) {
        (Some(old), Some(new)) if old.text() == new.text() => None,
        (Some(_), Some(new)) => Some(change(new, format!("the policies in {path} are not what they were"))),
        (None, Some(new)) => Some(change(new, format!("there are new policies in {path}"))),
        (Some(old), None) => Some(change(old, format!("the policies in {path} are gone"))),
        (None, None) => None,
    };
    let paths: BTreeSet<&Arc<str>> = before.keys().chain(now.keys()).collect();
    paths.into_iter().filter_map(of).collect()
}

fn count(before: &State, now: &State) -> Option<GateChange> {
    let (allowed, location) = now.count.clone()?;
    let message = match &before.count {
        Some((was, _)) if allowed <= *was => return None,
        Some((was, _)) => format!("{allowed} controls may fail, and it were {was}"),
        None => format!("{allowed} controls may fail, of any severity"),
    };
    Some(GateChange { rule: "raised-count", message, location })
}
