//! From what controls came to in each cluster to what the cluster comes to under each framework.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gate::Passes;
use crate::model::{Assessment, Compliance, Framework, Outcome, Requirement, RequirementResult};

/// What to count by.
#[derive(Debug, Clone, Default)]
pub struct Frameworks {
    /// Those that are the same for all clusters: they count controls. Of `cis`, which counts checks, each cluster has its own.
    pub common: Vec<Arc<Framework>>,
    /// Whose result is wanted; empty means all.
    pub asked: Vec<String>,
}

/// What each cluster comes to: by framework, then by cluster.
pub fn comply(frameworks: &Frameworks, assessments: &[Assessment], passes: &Passes) -> Vec<Compliance> {
    let mut clusters: BTreeMap<&Arc<str>, BTreeMap<&str, bool>> = BTreeMap::new();
    for ((cluster, control), passes) in passes {
        let of = clusters.entry(cluster).or_default();
        of.extend(passes.map(|passes| (&**control, passes)));
    }
    let mut results = Vec::new();
    // A cluster in which nothing was judged comes to nothing.
    let is_judged = |one: &&Assessment| clusters.contains_key(&one.assignment.cluster);
    for assessment in assessments.iter().filter(is_judged).filter(|one| is_cis(one)) {
        results.push(of_benchmark(assessment));
    }
    for framework in &frameworks.common {
        let of = |(cluster, outcomes): (&&Arc<str>, &BTreeMap<&str, bool>)| of_controls(framework, cluster, outcomes);
        results.extend(clusters.iter().map(of));
    }
    results.retain(|one| frameworks.asked.is_empty() || frameworks.asked.contains(&one.framework));
    results.iter_mut().for_each(|one| one.is_asked = !frameworks.asked.is_empty());
    results.sort_by(|left, right| (&left.framework, &left.cluster).cmp(&(&right.framework, &right.cluster)));
    results
}

/// A STIG is a framework of its own.
fn is_cis(assessment: &Assessment) -> bool {
    !assessment.assignment.benchmark.head.benchmark.contains("stig")
}

fn of_benchmark(assessment: &Assessment) -> Compliance {
    let sections = assessment.sections().into_iter().map(|(section, checks)| {
        let judged: Vec<_> = checks.into_iter().filter(|result| result.is_judged()).collect();
        RequirementResult {
            id: section.to_owned(),
            text: assessment.title(section).to_owned(),
            passed: judged.iter().filter(|result| result.outcome == Outcome::Pass).count(),
            judged: judged.len(),
        }
    });
    let requirements: Vec<_> = sections.collect();
    let head = &assessment.assignment.benchmark.head;
    Compliance {
        framework: Framework::CIS.to_owned(),
        title: head.title.clone(),
        link: None,
        cluster: Arc::clone(&assessment.assignment.cluster),
        is_asked: false,
        passed: requirements.iter().map(|one| one.passed).sum(),
        judged: requirements.iter().map(|one| one.judged).sum(),
        requirements,
    }
}

fn of_controls(framework: &Framework, cluster: &Arc<str>, outcomes: &BTreeMap<&str, bool>) -> Compliance {
    let result = |requirement: &Requirement| {
        let (id, text) = (requirement.id.clone(), requirement.text.clone());
        RequirementResult { id, text, passed: 0, judged: 0 }
    };
    let mut requirements: Vec<_> = framework.requirements.iter().map(result).collect();
    let (mut passed, mut judged) = (0, 0);
    for (control, passes) in outcomes {
        let places = framework.places_of(control);
        for place in places {
            let Some(requirement) = requirements.get_mut(*place) else { continue };
            requirement.judged += 1;
            requirement.passed += usize::from(*passes);
        }
        judged += usize::from(!places.is_empty());
        passed += usize::from(!places.is_empty() && *passes);
    }
    Compliance {
        framework: framework.name.clone(),
        title: framework.title.clone(),
        link: framework.link.clone(),
        cluster: Arc::clone(cluster),
        is_asked: false,
        passed,
        judged,
        requirements,
    }
}
