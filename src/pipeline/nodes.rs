//! The subjects that are put together from the files of a node: components and hosts, and their findings.

mod components;
mod effective;
mod input;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::judged::Judged;
use super::plan::Plan;
use crate::discover::Candidate;
use crate::locate;
use crate::model::coverage::DocumentCoverage;
use crate::model::report::Notice;
use crate::model::{Coverage, DocumentStatus, FileStatus, Places, Subject};
use crate::node::component::Component;
use crate::node::{sshd, sysctl};

pub use components::declares;
pub use effective::{Value, values};
pub use tree::Nodes;

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

/// Documents that a subject of a node was read from: file → positions.
pub type Used = BTreeMap<Arc<str>, BTreeSet<usize>>;

/// The subjects of every node; `declaring` are the files with a document that declares a component.
pub fn subjects(plan: &Plan, declaring: &BTreeSet<Arc<str>>) -> (Vec<NodeSubject>, Used) {
    let nodes = Nodes::new(plan, declaring);
    let of = |node: &tree::Node| {
        let mut used = Used::new();
        let read = node.read(plan);
        let components = components::of(plan, node, &read, &mut used);
        let mut subjects: Vec<_> = components.into_iter().map(|found| input::component(plan, node, found)).collect();
        subjects.extend(input::host(plan, node, &read, &mut used));
        (subjects, used)
    };
    let found: Vec<_> = plan.pool.install(|| nodes.list.par_iter().map(of).collect());
    let (mut subjects, mut used) = (Vec::new(), Used::new());
    for (of_node, used_there) in found {
        subjects.extend(of_node);
        used_there.into_iter().for_each(|(file, documents)| used.entry(file).or_default().extend(documents));
    }
    (subjects, used)
}

/// Judges the nodes, and puts what was read for them down as judged in the ledger.
pub fn judge(plan: &Plan, declaring: &BTreeSet<Arc<str>>, files: &mut [Judged]) -> Judged {
    let mut judged = Judged::default();
    let (subjects, used) = subjects(plan, declaring);
    let mut evaluator = plan.evaluator.clone();
    for NodeSubject { subject, places, notices, .. } in subjects {
        let evaluation = evaluator.evaluate(subject.kind, &subject.input);
        let violations = judged.count(plan, &subject, evaluation);
        judged.findings.extend(locate::locate_computed(&places, &subject, violations));
        judged.notices.extend(notices);
    }
    for coverage in files.iter_mut().filter_map(|file| file.coverage.as_mut()) {
        if let Some(documents) = used.get(&coverage.file) {
            mark(coverage, documents);
        }
    }
    judged
}

fn mark(coverage: &mut Coverage, used: &BTreeSet<usize>) {
    if coverage.status == FileStatus::Unparsable {
        return;
    }
    if coverage.documents.is_empty() {
        coverage.documents.push(DocumentCoverage {
            document: 0,
            line: 1,
            status: DocumentStatus::KnownOther,
            reason: String::new(),
        });
    }
    for document in coverage.documents.iter_mut().filter(|document| used.contains(&document.document)) {
        if matches!(document.status, DocumentStatus::KnownOther | DocumentStatus::NotKubernetes) {
            (document.status, document.reason) = (DocumentStatus::Judged, String::new());
            (coverage.status, coverage.reason) = (FileStatus::Judged, String::new());
        }
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
