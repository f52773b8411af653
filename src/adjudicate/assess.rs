//! What a cluster comes to under its benchmark: an assignment, the counts of its controls and the verdicts in, a result for each
//! check out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gate::{Count, Tally};
use crate::model::benchmark::{Answer, Check};
use crate::model::{
    Assessment, Assignment, CheckResult, Control, Outcome, Seen, Standing, Status, SubjectKind, Verdict,
};

/// What is known when the checks are weighed.
pub struct Facts<'a> {
    /// What each control came to in each cluster.
    pub tally: &'a Tally,
    /// Every finding, weighed.
    pub verdicts: &'a [Verdict],
    /// Every control there is.
    pub controls: &'a BTreeMap<Arc<str>, Arc<Control>>,
    /// The controls that are to be mended first.
    pub critical: &'a BTreeSet<String>,
}

/// What each cluster comes to.
pub fn assess(assignments: Vec<Assignment>, facts: &Facts<'_>) -> Vec<Assessment> {
    let mut findings: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, verdict) in facts.verdicts.iter().enumerate() {
        let finding = &verdict.finding;
        findings.entry((&finding.identity.cluster, &finding.control)).or_default().push(at);
    }
    let assessment = |assignment: Assignment| {
        let result = |check: &Check| Weighing { check, assignment: &assignment, facts, findings: &findings }.result();
        let checks = assignment.checks().map(result).collect();
        Assessment { assignment, checks }
    };
    assignments.into_iter().map(assessment).collect()
}

/// A check in a cluster.
struct Weighing<'a> {
    check: &'a Check,
    assignment: &'a Assignment,
    facts: &'a Facts<'a>,
    findings: &'a BTreeMap<(&'a str, &'a str), Vec<usize>>,
}

impl Weighing<'_> {
    fn result(&self) -> CheckResult {
        // Results of running nodes are about the check itself where several controls answer it, or none does.
        let live = format!("{}:{}", self.assignment.benchmark.head.benchmark, self.check.id);
        let ids = || self.check.controls.iter().map(String::as_str).chain([live.as_str()]);
        let counts: Vec<&Count> = ids().filter_map(|control| self.count(control)).collect();
        let mut findings: Vec<usize> = ids().flat_map(|control| self.found(control)).collect();
        let is_seen = self.count(&live).is_some_and(|count| count.judged > 0);
        findings.sort_unstable();
        let left_out = self.assignment.left_out(self.check);
        let is_left_out = left_out.is_some();
        let (outcome, reason) = match left_out {
            Some(reason) => (Outcome::NotApplicable, reason),
            None if is_seen && findings.is_empty() => (Outcome::Pass, String::new()),
            None => self.outcome(&counts, &findings),
        };
        let is_accepted = outcome == Outcome::Fail && findings.iter().all(|&at| self.is_accepted(at));
        let is_manual = self.check.r#type.as_deref() == Some("manual");
        let status = match outcome {
            _ if is_left_out || is_accepted => Status::Info,
            Outcome::Pass => Status::Pass,
            // A manual check never fails in kube-bench.
            Outcome::Fail if self.check.scored && !is_manual => Status::Fail,
            Outcome::NotApplicable if !self.off().is_empty() => Status::Info,
            _ => Status::Warn,
        };
        let mut seen: Vec<Seen> = counts.iter().flat_map(|count| &count.seen).cloned().collect();
        seen.dedup();
        CheckResult {
            status,
            outcome,
            is_accepted,
            reason: if is_accepted { "all that was found is excepted or ignored".to_owned() } else { reason },
            findings,
            seen,
            is_critical: self.check.controls.iter().any(|control| self.facts.critical.contains(control)),
            check: self.check.clone(),
        }
    }

    /// What controls say of it, and why where they do not say pass or fail.
    fn outcome(&self, counts: &[&Count], findings: &[usize]) -> (Outcome, String) {
        let open: BTreeSet<&String> = counts.iter().flat_map(|count| &count.open).collect();
        let judged = counts.iter().any(|count| count.judged > 0);
        if !findings.is_empty() {
            return (Outcome::Fail, String::new());
        }
        if self.check.answer != Answer::Control {
            return (Outcome::Manual, needs(self.check.answer).to_owned());
        }
        let off = self.off();
        if !off.is_empty() && !judged {
            return (Outcome::NotApplicable, format!("left out: {} off here", are(&off)));
        }
        match open.first() {
            Some(why) if open.len() == 1 => (Outcome::Unknown, (*why).clone()),
            Some(why) => (Outcome::Unknown, format!("{why}; and {} more", open.len() - 1)),
            None if judged => (Outcome::Pass, String::new()),
            None => (Outcome::NotApplicable, format!("not in the repository: {}", self.subject())),
        }
    }

    /// What would be judged if it were there.
    fn subject(&self) -> String {
        let control = self.check.controls.iter().find_map(|id| self.facts.controls.get(id.as_str()));
        let kinds = control.map(|control| control.kinds.join(" or ")).unwrap_or_default();
        match control.map(|control| control.kind) {
            Some(SubjectKind::Host) => "files of a host".to_owned(),
            Some(SubjectKind::Pod) => "a pod".to_owned(),
            Some(SubjectKind::Inventory) => "an object of the cluster".to_owned(),
            _ if kinds.is_empty() => "what it judges".to_owned(),
            _ => kinds,
        }
    }

    /// The controls that answer it and are not on.
    fn off(&self) -> Vec<&str> {
        let asked = self.check.controls.iter().filter(|_| self.check.answer == Answer::Control);
        asked.map(String::as_str).filter(|control| !self.assignment.controls.contains(*control)).collect()
    }

    fn is_accepted(&self, at: usize) -> bool {
        let standing = self.facts.verdicts.get(at).map(|verdict| verdict.standing);
        matches!(standing, Some(Standing::Excepted | Standing::Ignored))
    }

    fn count(&self, control: &str) -> Option<&Count> {
        self.facts.tally.get(&(Arc::clone(&self.assignment.cluster), Arc::from(control)))
    }

    fn found(&self, control: &str) -> Vec<usize> {
        self.findings.get(&(&*self.assignment.cluster, control)).cloned().unwrap_or_default()
    }
}

/// What a check takes that no file says, as a phrase.
fn needs(answer: Answer) -> &'static str {
    match answer {
        Answer::Control | Answer::Manual => "for a person to judge",
        Answer::Node => "seen on the node only",
        Answer::Cloud => "seen at the provider only",
        Answer::Live => "seen in the running cluster only",
    }
}

/// `a is`, `a and b are`.
fn are(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(" and "))
}
