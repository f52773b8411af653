//! A framework of requirements, such as SOC 2, and what a cluster comes to under one.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A framework.
#[derive(Debug, Clone)]
pub struct Framework {
    /// `soc2`: the name of its file, or `cis`, `pss`.
    pub name: String,
    /// What it is, and which edition.
    pub title: String,
    /// Where it is published.
    pub link: Option<String>,
    /// Its requirements, in its order.
    pub requirements: Vec<Requirement>,
    /// What each control is about, by position in `places`; one that is not in it is about what [`Requirement::OTHERS`] is.
    pub topics: Arc<BTreeMap<Arc<str>, usize>>,
    /// Which requirements, by position, the controls of a topic are evidence for.
    pub places: Vec<Vec<usize>>,
}

/// A requirement of a framework, as far as configuration answers it.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// `CC6.1`; of a benchmark the number of a section.
    pub id: String,
    /// What it asks for.
    pub text: String,
}

impl Framework {
    /// The benchmark of the cluster, as a framework.
    pub const CIS: &str = "cis";
    /// The Pod Security Standards, as a framework.
    pub const PSS: &str = "pss";

    /// The requirements that a control is evidence for.
    pub fn ids_of(&self, control: &str) -> Vec<&str> {
        let own = self.places_of(control).iter().filter_map(|&place| self.requirements.get(place));
        own.map(|requirement| requirement.id.as_str()).collect()
    }

    /// The positions of these requirements.
    pub fn places_of(&self, control: &str) -> &[usize] {
        let topic = self.topics.get(control).or_else(|| self.topics.get(Requirement::OTHERS));
        topic.and_then(|topic| self.places.get(*topic)).map_or(&[], Vec::as_slice)
    }
}

impl Requirement {
    /// Stands for all controls that have no place by their names: those of the user's own policies, and the checks that kube-bench
    /// alone can make on a node (`cis-1.12:1.1.1`).
    pub const OTHERS: &str = "others";
}

/// The requirements that a control is evidence for: framework → ids.
pub fn ids_of(frameworks: &[Arc<Framework>], control: &str) -> BTreeMap<String, Vec<String>> {
    let ids = |framework: &Arc<Framework>| {
        let ids: Vec<String> = framework.ids_of(control).into_iter().map(str::to_owned).collect();
        (!ids.is_empty()).then(|| (framework.name.clone(), ids))
    };
    frameworks.iter().filter_map(ids).collect()
}

/// What a cluster comes to under a framework. What is accepted as a whole is in no number.
#[derive(Debug, Clone)]
pub struct Compliance {
    /// `soc2`.
    pub framework: String,
    /// What it is, and which edition.
    pub title: String,
    /// Where it is published.
    pub link: Option<String>,
    /// The cluster.
    pub cluster: Arc<str>,
    /// Whether the run was asked for it.
    pub is_asked: bool,
    /// How many of the judged ones passed: of a benchmark its checks, else the controls.
    pub passed: usize,
    /// How many were judged.
    pub judged: usize,
    /// Its requirements, in its order; of a benchmark its sections.
    pub requirements: Vec<RequirementResult>,
}

/// What a cluster comes to under a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementResult {
    /// `CC6.1`.
    pub id: String,
    /// What it asks for.
    pub text: String,
    /// How many of the judged controls or checks passed.
    pub passed: usize,
    /// How many were judged.
    pub judged: usize,
}
