//! The subjects that are a whole cluster, and their findings.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::judged::Judged;
use super::plan::Plan;
use super::standard::Standard;
use super::{document, nested, noted};
use crate::classify::InventoryObject;
use crate::model::{Control, Finding, Identity, Path, Seen, Severity, Subject, SubjectKind, Violation, mapping};
use crate::{locate, parse};

/// A violation without its place.
type Placeless = (Arc<Control>, Severity, Violation);
/// Those of one file, with their positions among all.
type InFile<'a> = Vec<(usize, &'a InventoryObject, Placeless)>;

/// The inventory of each cluster without its objects, which come beside it in the order of their ids.
pub fn subjects(plan: &Plan, objects: Vec<InventoryObject>) -> Vec<(Vec<InventoryObject>, Subject)> {
    let mut clusters: BTreeMap<Arc<str>, Vec<InventoryObject>> = BTreeMap::new();
    for object in objects {
        clusters.entry(Arc::clone(&object.identity.cluster)).or_default().push(object);
    }
    let subject = |(cluster, objects): (Arc<str>, Vec<InventoryObject>)| {
        let input = Arc::new(mapping([("cluster", plan.cluster(&cluster))]));
        let identity = Arc::new(Identity { cluster, kind: "Cluster".to_owned(), ..Identity::default() });
        let file = objects.first().map_or_else(|| Arc::from(""), |object| Arc::clone(&object.file));
        let (kind, root) = (SubjectKind::Inventory, Path::root());
        (objects, Subject { kind, identity, file, document: 0, root, partial: false, object: None, input })
    };
    clusters.into_iter().map(subject).collect()
}

/// `input.objects`, made when they are taken in; what is held of an object is let go with it.
pub fn entries(objects: &mut [InventoryObject]) -> impl IndexedParallelIterator<Item = Json> {
    objects.par_iter_mut().enumerate().map(|(id, object)| {
        let held = std::mem::take(&mut object.held);
        let mut held: Json = nested::read(&held).unwrap_or_default();
        let mut take = |key: &str| held.get_mut(key).map(Json::take).unwrap_or_default();
        mapping([
            ("id", json!(id)),
            ("file", json!(object.file)),
            ("namespace", json!(object.namespace)),
            ("object", take("object")),
            ("pods", take("pods")),
        ])
    })
}

/// Judges the objects of each cluster together.
pub fn judge(plan: &Plan, standard: &Standard, objects: Vec<InventoryObject>) -> Judged {
    let mut judged = Judged::default();
    let mut evaluators = standard.evaluators();
    for (mut objects, subject) in subjects(plan, objects) {
        let cluster = &subject.identity.cluster;
        let is_judged = !standard.judging(cluster, subject.kind).is_empty();
        let evaluator = evaluators.get_mut(standard.evaluator_of(cluster)).filter(|_| is_judged);
        let Some(evaluator) = evaluator else { continue };
        let entries = entries(&mut objects);
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
