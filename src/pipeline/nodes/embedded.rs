//! Files that a document writes on a machine, cloud-init's and those of Cluster API: a node of their own, whose findings
//! point into that document.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Location, Source};
use crate::node::cloud_init::{self, Written};
use crate::node::embedded::Embedded;
use crate::node::view::View;
use crate::node::{Entry, Note, Tree, kubeadm, template};
use crate::parse::parse;
use crate::pipeline::plan::Plan;

use super::components::kubernetes;
use super::declared::{Declared, declared, declares};
use super::ledger::Ledger;
use super::set_up::{SetUp, machine};
use super::standalone::found;
use super::tree::{Node, Read};
use super::{NodeSubject, input, of_node};

/// The subjects of all machines that documents of a node's files describe.
pub fn subjects(plan: &Plan, node: &Node, read: &Read, ledger: &mut Ledger) -> Vec<NodeSubject> {
    let is_user_data = |path: &&Arc<str>| path.rsplit('/').next() == Some("user-data");
    let named = node.below("").filter(is_user_data).filter(|path| !node.declaring.contains(path));
    let mut subjects = Vec::new();
    for source in node.declaring.iter().chain(named).filter_map(|path| read.sources.get(path)) {
        for document in parse(source).documents.into_iter().flatten() {
            let view = View::root(source, &document);
            let (written, set_up) = match declared(source, &document) {
                Some(Declared::UserData) => (cloud_init::write_files(view), None),
                Some(Declared::ClusterApi) => {
                    let machine = machine(kubernetes(plan, node));
                    let Some(managed) = kubeadm::of_cluster_api(view, &Tree::default(), &machine) else { continue };
                    (managed.files, Some(SetUp::from(managed.kubeadm)))
                }
                _ => continue,
            };
            subjects.extend(of_document(plan, view, written, set_up, ledger));
        }
    }
    for source in node.below("").filter(is_user_data).filter_map(|path| read.sources.get(path)) {
        unreadable(source, ledger);
    }
    subjects
}

/// User data that cannot be read is a gap, unless it is a template.
fn unreadable(source: &Arc<Source>, ledger: &mut Ledger) {
    let error = parse(source).documents.into_iter().find_map(Result::err).filter(|_| cloud_init::is_user_data(source));
    let Some((_, error)) = error else { return };
    let place = Location { source: Arc::clone(source), span: error.span };
    match template::reason(source.text(), true) {
        Some(reason) => ledger.note([Note::at(place, format!("the user data is not read: {reason}"))]),
        None => ledger.fail(source.path(), Some(&place), error.message),
    }
}

fn of_document(
    plan: &Plan,
    view: View<'_>,
    written: Written,
    set_up: Option<SetUp>,
    ledger: &mut Ledger,
) -> Vec<NodeSubject> {
    let (file, document) = (Arc::clone(view.source.path()), view.document.index);
    ledger.note(written.warnings);
    if let Some(problem) = written.refused.first() {
        let reason = format!("cloud-init would stop: {}", problem.message);
        ledger.fail(&file, problem.place.as_ref(), reason);
    }
    let whole = written.files.iter().filter(|file| !file.is_partial);
    let texts: Vec<Embedded> = whole.filter_map(|file| file.text.as_ref().ok().cloned()).collect();
    let node = node(&file, view, &texts);
    let entry = |file: &cloud_init::WrittenFile| {
        let entry = match &file.text {
            Ok(text) if !file.is_partial => Entry::File { source: Arc::clone(&text.source), byte_order_mark: false },
            _ => Entry::Unreadable,
        };
        (file.path.trim_start_matches('/').to_owned(), entry)
    };
    let tree = Tree::new(written.files.iter().map(entry));
    let sources = texts.iter().map(|text| (Arc::clone(text.source.path()), Arc::clone(&text.source))).collect();
    let relocate = |place: &Location| {
        let text = texts.iter().find(|text| Arc::ptr_eq(&text.source, &place.source));
        text.map_or_else(|| place.clone(), |text| text.outer_of(place.span))
    };
    let mut inner = Ledger::default();
    let set_up = set_up.map(|set_up| found(set_up, view, &mut inner)).unwrap_or_default();
    let mut subjects: Vec<_> = set_up.into_iter().map(|found| input::component(plan, &node, found)).collect();
    subjects.extend(of_node(plan, &node, &Read { tree, sources }, &mut inner));
    for subject in &mut subjects {
        subject.each_place(&mut |place| *place = relocate(place));
        for (within, of_file) in subject.places.documents.values_mut() {
            if let Some(text) = texts.iter().find(|text| Arc::ptr_eq(&text.source, within)) {
                *of_file = Arc::new(text.relocate_document((**of_file).clone()));
                *within = Arc::clone(&text.outer.source);
            }
        }
        subject.subject.file = Arc::clone(&file);
        subject.subject.document = document;
    }
    ledger.append(inner.into_outer(&file, document, &relocate));
    subjects
}

/// The machine, named after the file and, of several objects, after the object.
fn node(file: &Arc<str>, view: View<'_>, texts: &[Embedded]) -> Node {
    let name = view.get("metadata").map_or("", |metadata| metadata.text("name"));
    let root = if name.is_empty() { file.to_string() } else { format!("{file}:{name}") };
    let paths = texts.iter().map(|text| text.source.path());
    let inside = |path: &Arc<str>| (path.trim_start_matches('/').to_owned(), Arc::clone(path));
    let declaring = texts.iter().filter(|text| declares(&text.source, &parse(&text.source)));
    let declaring = declaring.map(|text| Arc::clone(text.source.path())).collect();
    Node::inside(file, root, paths.map(inside).collect::<BTreeMap<_, _>>(), declaring)
}
