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

use super::judged::Judged;
use super::plan::Plan;
use crate::discover::Candidate;
use crate::locate;
use crate::model::report::Notice;
use crate::model::{Coverage, FileStatus, Location, Places, Subject};
use crate::node::component::Component;
use crate::node::{sshd, sysctl};
use ledger::Ledger;
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
    let found: Vec<_> = plan.pool.install(|| nodes.list.par_iter().map(of).collect());
    let (mut subjects, mut ledger) = (Vec::new(), Ledger::default());
    for (of_node, there) in found {
        subjects.extend(of_node);
        ledger.append(there);
    }
    (subjects, ledger)
}

/// Judges the nodes, and puts what was read for them down as judged in the ledger.
pub fn judge(plan: &Plan, declaring: &BTreeSet<Arc<str>>, files: &mut [Judged]) -> Judged {
    let mut judged = Judged::default();
    let (subjects, ledger) = subjects(plan, declaring);
    let mut evaluator = plan.evaluator.clone();
    for NodeSubject { subject, places, notices, .. } in subjects {
        let evaluation = evaluator.evaluate(subject.kind, &subject.input);
        let violations = judged.count(plan, &subject, evaluation);
        judged.findings.extend(locate::locate_computed(&places, &subject, violations));
        judged.notices.extend(notices);
    }
    judged.notices.extend(ledger.settle(files.iter_mut().filter_map(|file| file.coverage.as_mut())));
    judged
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
