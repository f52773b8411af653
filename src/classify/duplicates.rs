//! Keys that a document has more than once, for the objects that they are in.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::object::Object;
use super::pod::steps;
use crate::model::{Document, Path, Step};

/// What policies see of the keys that are written more than once: for each object, and for what lies in none (a list).
pub struct Duplicates {
    /// In the order of the objects.
    pub of_objects: Vec<Vec<Json>>,
    /// With paths from the root of the document.
    pub of_no_object: Vec<Json>,
}

/// Hands each key to the innermost object around it; `id` is its first place in [`Document::duplicates`].
pub fn duplicates(document: &Document, objects: &[Object]) -> Duplicates {
    let mut result = Duplicates { of_objects: vec![vec![]; objects.len()], of_no_object: vec![] };
    if document.duplicates.is_empty() {
        return result;
    }
    let roots: HashMap<&[Step], usize> =
        objects.iter().enumerate().map(|(at, object)| (object.root.steps(), at)).collect();
    let mut before = None;
    for (id, duplicate) in document.duplicates.iter().enumerate() {
        // A key that is written three times loses twice, to the same one.
        if before.replace(duplicate.last) == Some(duplicate.last) {
            continue;
        }
        let steps = duplicate.path.steps();
        let owner = (0..=steps.len()).rev().find_map(|at| {
            let owner = *roots.get(steps.get(..at)?)?;
            // What is in a member that loses itself has the path of an object, and not its place.
            let span = document.node(objects.get(owner)?.node).span;
            (span.start <= duplicate.last.start && duplicate.last.end <= span.end).then_some((at, owner))
        });
        let place = owner.and_then(|(at, owner)| Some((at, result.of_objects.get_mut(owner)?)));
        let (at, list) = place.unwrap_or((0, &mut result.of_no_object));
        list.push(entry(id, steps.iter().skip(at)));
    }
    result
}

fn entry<'a>(id: usize, path: impl Iterator<Item = &'a Step>) -> Json {
    json!({"id": id, "path": steps(&Path(path.cloned().collect()))})
}
