//! The subjects that are a whole cluster, and their findings.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::judged::Judged;
use super::plan::Plan;
use super::standard::Standard;
use super::{document, noted};
use crate::classify::{InventoryObject, Kept};
use crate::evaluate::Input;
use crate::model::{Control, Finding, Identity, Path, Seen, Severity, Subject, SubjectKind, Violation, mapping};
use crate::{locate, parse};

/// A violation without its place.
type Placeless = (Arc<Control>, Severity, Violation);
/// Those of one file, with their positions among all.
type InFile<'a> = Vec<(usize, &'a InventoryObject, Placeless)>;

/// The objects of a cluster in the order of their ids, and what its policies see of each.
type Objects<T> = (Vec<InventoryObject>, Vec<Kept<T>>);

/// The inventory of each cluster, and beside it its objects.
pub fn subjects<T>(plan: &Plan, objects: Vec<(InventoryObject, Kept<T>)>) -> Vec<(Objects<T>, Subject)> {
    let mut clusters: BTreeMap<Arc<str>, Objects<T>> = BTreeMap::new();
    for (object, kept) in objects {
        let (objects, all) = clusters.entry(Arc::clone(&object.identity.cluster)).or_insert((vec![], vec![]));
        objects.push(object);
        all.push(kept);
    }
    let subject = |(cluster, (objects, kept)): (Arc<str>, Objects<T>)| {
        let input = Arc::new(mapping([("cluster", plan.cluster(&cluster))]));
        let identity = Arc::new(Identity { cluster, kind: "Cluster".to_owned(), ..Identity::default() });
        let file = objects.first().map_or_else(|| Arc::from(""), |object| Arc::clone(&object.file));
        let (kind, root) = (SubjectKind::Inventory, Path::root());
        let subject = Subject { kind, identity, file, document: 0, root, partial: false, object: None, input };
        ((objects, kept), subject)
    };
    clusters.into_iter().map(subject).collect()
}

/// A member of `input.objects`, but for what is kept of the object.
pub fn entry((id, object): (usize, &InventoryObject)) -> Map<String, Json> {
    let own = [("id", json!(id)), ("file", json!(object.file)), ("namespace", json!(object.namespace))];
    own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Judges the objects of each cluster together.
pub fn judge(plan: &Plan, standard: &Standard, objects: Vec<(InventoryObject, Kept<Input>)>) -> Judged {
    let mut judged = Judged::default();
    let mut evaluators = standard.evaluators();
    for ((objects, kept), subject) in subjects(plan, objects) {
        let cluster = &subject.identity.cluster;
        let is_judged = !standard.judging(cluster, subject.kind).is_empty();
        let evaluator = evaluators.get_mut(standard.evaluator_of(cluster)).filter(|_| is_judged);
        let Some(evaluator) = evaluator else { continue };
        let entries = objects.par_iter().enumerate().map(entry).zip(kept);
        let entries = entries.map(|(entry, Kept { object, pods })| (entry, [("object", object), ("pods", pods)]));
        let evaluate = || evaluator.evaluate_all(SubjectKind::Inventory, &subject.input, entries);
        let evaluation = plan.pool.install(evaluate);
        let objects_there = |control: &Control| {
            let what = format!("{} objects together", objects.len());
            let first = objects.iter().find(|object| control.judges(&object.identity.kind));
            first.map(|object| Seen { file: Arc::clone(&object.file), line: 1, what }).into_iter().collect()
        };
        let violations = judged.count(standard, &subject, evaluation, objects_there);
        judged.findings.extend(located(plan, &objects, violations));
    }
    judged
}

/// The findings, in the order of the violations. The texts were let go after their files were judged: a file that has some is read again.
fn located(plan: &Plan, objects: &[InventoryObject], violations: Vec<Placeless>) -> Vec<Finding> {
    let mut by_file: BTreeMap<&str, InFile> = BTreeMap::new();
    for (at, violation) in violations.into_iter().enumerate() {
        let Some(object) = violation.2.object.and_then(|id| objects.get(id)) else { continue };
        by_file.entry(&object.file).or_default().push((at, object, violation));
    }
    let of_files = || by_file.into_par_iter().flat_map_iter(|(file, violations)| located_in(plan, file, violations));
    let mut findings: Vec<_> = plan.pool.install(|| of_files().collect());
    findings.sort_by_key(|(at, _)| *at);
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// The findings of one file, each with the position of its violation.
fn located_in(plan: &Plan, file: &str, violations: InFile) -> Vec<(usize, Finding)> {
    let Some(source) = plan.candidate(file).and_then(|candidate| plan.source(candidate).ok()) else {
        return vec![];
    };
    let parsed = LazyCell::new(|| parse::parse(&source));
    let mut findings = Vec::with_capacity(violations.len());
    for (at, object, violation) in violations {
        let found = match noted::place(object, &violation.2) {
            Some(place) => vec![locate::at(&source, place, &subject_of(object), violation)],
            None => match document(&parsed, object.document) {
                Some(document) => locate::locate(&source, &document, &subject_of(object), vec![violation]),
                None => continue,
            },
        };
        let in_effect = |finding| Finding { namespace: object.namespace.clone(), ..finding };
        findings.extend(found.into_iter().map(|finding| (at, in_effect(finding))));
    }
    findings
}

/// The object as the subject of its findings.
pub fn subject_of(object: &InventoryObject) -> Subject {
    Subject {
        kind: SubjectKind::Inventory,
        identity: Arc::clone(&object.identity),
        file: Arc::clone(&object.file),
        document: object.document,
        root: object.root.clone(),
        partial: false,
        object: None,
        input: Arc::default(),
    }
}
