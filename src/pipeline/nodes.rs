//! The subjects that are put together from the files of a node: components and hosts, and their findings.

mod components;
mod declared;
mod effective;
mod embedded;
mod input;
mod ledger;
mod set_up;
mod standalone;
mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value as Json;

use super::judged::Judged;
use super::plan::Plan;
use super::standard::Standard;
use super::survey::Clue;
use crate::discover::Candidate;
use crate::evaluate::Evaluator;
use crate::locate;
use crate::model::report::Notice;
use crate::model::{Control, Coverage, FileStatus, Location, Path, Places, Seen, Subject};
use crate::node::component::{Component, Distribution, Program};
use crate::node::{sshd, sysctl};
pub use ledger::Ledger;
use tree::{Node, Nodes, Read};

pub use declared::declares;
pub use effective::{Value, name, values};

/// A component or a host of a node, ready to be judged.
pub struct NodeSubject {
    /// What policies see.
    pub subject: Subject,
    /// Where it is written.
    pub places: Places,
    /// What there is to say besides.
    pub notices: Vec<Notice>,
    /// The values behind `input`, for those who want to see them.
    pub effective: Effective,
}

/// What a subject was put together from.
pub enum Effective {
    /// A component.
    Component(Box<Component>),
    /// The host files.
    Host(Option<Box<sshd::Sshd>>, Option<Box<sysctl::Sysctl>>),
}

/// The subjects of every node; `declaring` are the files with a document that declares a component.
pub fn subjects(plan: &Plan, declaring: &BTreeSet<Arc<str>>) -> (Vec<NodeSubject>, Ledger) {
    let nodes = Nodes::new(plan, declaring);
    let of = |node: &Node| {
        let mut ledger = Ledger::default();
        let read = node.read(plan, &mut ledger);
        let mut subjects = of_node(plan, node, &read, &mut ledger);
        subjects.extend(embedded::subjects(plan, node, &read, &mut ledger));
        (subjects, ledger)
    };
    let found: Vec<_> = plan.pool.install(|| plan.spread(&nodes.list).map(of).collect());
    let (mut subjects, mut ledger) = (Vec::new(), Ledger::default());
    for (of_node, there) in found {
        subjects.extend(of_node);
        ledger.append(there);
    }
    (subjects, ledger)
}

/// What the components say of the clusters they belong to.
pub fn clues(subjects: &[NodeSubject]) -> Vec<Clue> {
    let clue = |of_node: &NodeSubject| {
        let Effective::Component(component) = &of_node.effective else { return None };
        // etcd has versions of its own, and a kubelet is given the one that others tell.
        let tells = !matches!(component.name, Program::Etcd | Program::Kubelet);
        let version = component.version.filter(|_| tells).and_then(|version| version.to_string().parse().ok());
        let platform = Some(component.distribution).filter(|of| *of != Distribution::Kubernetes);
        let home = &of_node.places.home;
        Some(Clue {
            cluster: of_node.subject.identity.cluster.to_string(),
            platform: platform.map(|platform| platform.word().to_owned()),
            version,
            place: format!("{}:{}", home.source.path(), home.region().start.line()),
        })
    };
    subjects.iter().filter_map(clue).collect()
}

/// Judges the nodes, and puts what was read for them down as judged in the ledger.
pub fn judge(standard: &Standard, subjects: Vec<NodeSubject>, ledger: Ledger, files: &mut [Judged]) -> Judged {
    let mut judged = Judged::default();
    let mut evaluators = standard.evaluators();
    for NodeSubject { subject, places, notices, .. } in subjects {
        let Some(evaluator) = evaluators.get_mut(standard.evaluator_of(&subject.identity.cluster)) else { continue };
        let evaluation = evaluator.evaluate(subject.kind, None, &subject.input);
        let seen = |control: &Control| seen(evaluator, &subject, &places, control);
        let violations = judged.count(standard, &subject, evaluation, seen);
        judged.findings.extend(locate::locate_computed(&places, &subject, violations));
        judged.notices.extend(notices);
    }
    judged.notices.extend(ledger.settle(files.iter_mut().filter_map(|file| file.coverage.as_mut())));
    judged
}

/// The settings that a control looks at, where they are written and what they are.
fn seen(evaluator: &Evaluator, subject: &Subject, places: &Places, control: &Control) -> Vec<Seen> {
    let parts = [&["settings"][..], &["sshd", "settings"], &["sysctl", "settings"]];
    let settings = parts.into_iter().flat_map(|part| {
        let at = part.iter().try_fold(&*subject.input, |at, key| at.get(key)).and_then(Json::as_object);
        at.into_iter().flatten().map(move |(name, setting)| (Path::of_keys(part).key(name), name, setting))
    });
    let mut seen: Vec<Seen> = settings
        .filter(|(_, name, _)| evaluator.reads(control, name))
        .map(|(path, name, setting)| {
            let location = places.spot(&path).location;
            let (file, line) = (Arc::clone(location.source.path()), location.region().start.line());
            Seen { file, line, what: said(name, setting) }
        })
        .collect();
    // What is set says all there is to say, where something is.
    let is_set = |seen: &Seen| !seen.what.ends_with(" is not set");
    if seen.iter().any(is_set) {
        seen.retain(is_set);
    }
    seen
}

/// `anonymous-auth: false`, `profiling: true by default`.
fn said(name: &str, setting: &Json) -> String {
    let word = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (setting.get("value"), setting.get("origin").and_then(Json::as_str)) {
        (None, _) => format!("{name} is not known"),
        (_, Some("unset")) | (Some(Json::Null), _) => format!("{name} is not set"),
        (Some(value), Some("default" | "distribution")) => format!("{name}: {} by default", word(value)),
        (Some(value), _) => format!("{name}: {}", word(value)),
    }
}

/// What the ledger says of a file of a node before any subject has used it.
pub fn coverage(plan: &Plan, candidate: &Candidate) -> Coverage {
    let (status, reason) = match plan.source(candidate) {
        Ok(_) => (FileStatus::KnownOther, "a file of a node that nothing here reads".to_owned()),
        Err(reason) => (FileStatus::Unparsable, reason),
    };
    Coverage { file: Arc::clone(&candidate.path), status, reason, documents: vec![] }
}

/// The components and the host files of a node.
fn of_node(plan: &Plan, node: &Node, read: &Read, ledger: &mut Ledger) -> Vec<NodeSubject> {
    let components = components::of(plan, node, read, ledger);
    let mut subjects: Vec<_> = components.into_iter().map(|found| input::component(plan, node, found)).collect();
    subjects.extend(input::host(plan, node, read, ledger));
    subjects
}

impl NodeSubject {
    /// Visits every place that the subject names, to move it into another file.
    fn each_place(&mut self, visit: &mut dyn FnMut(&mut Location)) {
        visit(&mut self.places.home);
        for spot in self.places.spots.values_mut() {
            visit(&mut spot.location);
            spot.related.iter_mut().for_each(|related| visit(&mut related.location));
        }
        self.notices.iter_mut().filter_map(|notice| notice.location.as_mut()).for_each(&mut *visit);
        match &mut self.effective {
            Effective::Component(component) => component.each_place(visit),
            Effective::Host(sshd, sysctl) => {
                let of_sshd = sshd.iter_mut().flat_map(|sshd| sshd.every_setting());
                let of_sysctl = sysctl.iter_mut().flat_map(|sysctl| sysctl.settings.values_mut());
                of_sshd.chain(of_sysctl).for_each(|setting| setting.each_place(visit));
            }
        }
    }
}
