//! A benchmark, and what a cluster comes to under one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::head::{Chapter, Fit, Head};
use super::report::Outcome;

/// A benchmark.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// What it says of itself.
    #[serde(flatten)]
    pub head: Head,
    /// Its checks, in its order.
    pub checks: Vec<Check>,
}

/// What answers a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Its controls.
    #[default]
    Control,
    /// A person.
    Manual,
    /// File modes and owners, on a node.
    Node,
    /// The provider's API.
    Cloud,
    /// The running cluster.
    Live,
}

/// A numbered check of a benchmark.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// `5.2.3`, `baseline/hostNamespaces`.
    pub id: String,
    /// Its section, when its number does not say.
    #[serde(default)]
    pub section: Option<String>,
    /// What holds when it passes.
    #[serde(default)]
    pub text: String,
    /// `master`, `etcd`, `controlplane`, `node`, `policies`, `managedservices`.
    #[serde(default)]
    pub target: String,
    /// How kube-bench treats it when not automatically: `manual`, `skip`, `none`.
    #[serde(default)]
    pub r#type: Option<String>,
    /// Whether it counts; one that does not warns where others fail.
    #[serde(default = "yes")]
    pub scored: bool,
    /// What answers it.
    #[serde(default)]
    pub answer: Answer,
    /// The controls whose findings fail it.
    #[serde(default)]
    pub controls: Vec<String>,
    /// Control → parameters, where they differ from the control's defaults.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

fn yes() -> bool {
    true
}

impl Check {
    /// The number of its section.
    pub fn section(&self) -> &str {
        let above = || self.id.rsplit_once(['.', '/']).map_or("", |(section, _)| section);
        self.section.as_deref().unwrap_or_else(above)
    }

    /// Whether a number names it, its section or its chapter.
    pub fn is_named(&self, number: &str) -> bool {
        let below = |id: &str| id == number || id.strip_prefix(number).is_some_and(|rest| rest.starts_with(['.', '/']));
        below(&self.id) || below(self.section())
    }

    /// Whether the benchmark itself leaves it out.
    pub fn is_skipped(&self) -> bool {
        self.r#type.as_deref() == Some("skip")
    }
}

/// By which benchmark a cluster is judged, and which part of it.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The cluster.
    pub cluster: Arc<str>,
    /// The benchmark.
    pub benchmark: Arc<Benchmark>,
    /// Whether its checks are what the cluster is judged by; else they only number what the profile judges.
    pub is_judged: bool,
    /// The version of Kubernetes, if it is known.
    pub kubernetes: Option<String>,
    /// Why this one, as a phrase.
    pub why: String,
    /// Who runs the control plane, where that is a provider for whom this benchmark is not made.
    pub provider: Option<&'static str>,
    /// The targets that are wanted; empty means all.
    pub targets: BTreeSet<String>,
    /// Numbers of checks, sections and chapters that are left out.
    pub skip: BTreeSet<String>,
    /// The controls that are on in the cluster.
    pub controls: BTreeSet<Arc<str>>,
}

/// Targets that a provider runs where Kubernetes is a service.
const MANAGED: [&str; 3] = ["master", "etcd", "controlplane"];

impl Assignment {
    /// The checks of the targets that are wanted.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        let checks = self.benchmark.checks.iter();
        checks.filter(|check| self.targets.is_empty() || self.targets.contains(&check.target))
    }

    /// Why a check is not judged, where that is settled before anything is: as a phrase.
    pub fn left_out(&self, check: &Check) -> Option<String> {
        if let Some(number) = self.skip.iter().find(|number| check.is_named(number)) {
            return Some(format!("left out by `skip: {number}`"));
        }
        match self.provider {
            Some(provider) if MANAGED.contains(&check.target.as_str()) => {
                Some(format!("not applicable: {provider} runs the control plane"))
            }
            _ if check.is_skipped() && check.answer == Answer::Cloud => {
                Some("not applicable: the provider runs this part".to_owned())
            }
            _ if check.is_skipped() => Some(format!("{} leaves it out", self.benchmark.head.benchmark)),
            _ => None,
        }
    }
}

/// How kube-bench words what a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not, and counts.
    Fail,
    /// It does not and does not count, or somebody has to look.
    Warn,
    /// It is left out.
    Info,
}

impl Status {
    /// All of them, in the order of kube-bench's summaries.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Fail, Self::Warn, Self::Info];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Warn => "WARN",
            Self::Info => "INFO",
        }
    }
}

/// What a cluster came to under a benchmark.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// By which benchmark, and which part of it.
    pub assignment: Assignment,
    /// The results of its checks, in its order.
    pub checks: Vec<CheckResult>,
}

/// What a check came to.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// The check.
    pub check: Check,
    /// How kube-bench words it.
    pub status: Status,
    /// What it is.
    pub outcome: Outcome,
    /// Whether all that was found is excepted or ignored.
    pub is_accepted: bool,
    /// Why it is neither passed nor failed; empty where it is.
    pub reason: String,
    /// Its findings, as positions among the verdicts.
    pub findings: Vec<usize>,
    /// What was looked at, the first places of it.
    pub seen: Vec<Seen>,
    /// Whether it is one of those to fix first.
    pub is_critical: bool,
}

/// Something that a control looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Seen {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// What is there: `--anonymous-auth is false`, `Deployment shop/web`.
    pub what: String,
}

impl CheckResult {
    /// Whether controls judged it: it counts in the score.
    pub fn is_judged(&self) -> bool {
        matches!(self.outcome, Outcome::Pass | Outcome::Fail) && !self.is_accepted
    }
}

impl Assessment {
    /// The sections, in their order, each with its checks.
    pub fn sections(&self) -> Vec<(&str, Vec<&CheckResult>)> {
        let mut sections: Vec<(&str, Vec<&CheckResult>)> = Vec::new();
        for result in &self.checks {
            match sections.last_mut() {
                Some((section, checks)) if *section == result.check.section() => checks.push(result),
                _ => sections.push((result.check.section(), vec![result])),
            }
        }
        sections
    }

    /// The title of a section; of a chapter without sections, that of the chapter.
    pub fn title(&self, section: &str) -> &str {
        let head = &self.assignment.benchmark.head;
        let chapter = || head.targets.values().find(|chapter| chapter.id == section).map(|chapter| &chapter.title);
        head.sections.get(section).or_else(chapter).map_or("", String::as_str)
    }
}

/// How many of some checks have each status.
pub fn count<'a>(checks: impl IntoIterator<Item = &'a CheckResult>) -> [usize; 4] {
    let mut counts = [0; 4];
    for result in checks {
        let of = Status::ALL.iter().position(|status| *status == result.status);
        of.and_then(|at| counts.get_mut(at)).into_iter().for_each(|count| *count += 1);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_named_by_its_number_its_section_and_its_chapter() {
        let check: Check = serde_json::from_value(serde_json::json!({"id": "1.2.10"})).unwrap();
        for number in ["1", "1.2", "1.2.10"] {
            assert!(check.is_named(number), "{number}");
        }
        for number in ["1.2.1", "1.1", "2", "1.2.10.1", ""] {
            assert!(!check.is_named(number), "{number}");
        }
        let odd: Check = serde_json::from_value(serde_json::json!({"id": "V-242381", "section": "2.1"})).unwrap();
        assert!(odd.is_named("2") && odd.is_named("V-242381") && !odd.is_named("V"));
    }
}
