//! What the inventory holds of an object and of a pod: what its policies read, and nothing else, because the whole repository is in memory
//! at once. `tests/inventory.rs` holds that they say the same of the whole.

use serde_json::{Map, Value as Json};

use super::Kept;
use super::pod::Pod;
use crate::model::Step;

/// Members of an object that policies of the inventory read, with all that is below them.
pub const OF_OBJECT: [&[&str]; 19] = [
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "labels"],
    &["automountServiceAccountToken"],
    &["aggregationRule"],
    &["rules"],
    &["roleRef"],
    &["subjects"],
    &["allowPrivilegedContainer"],
    &["users"],
    &["groups"],
    &["spec", "selector"],
    &["spec", "podSelector"],
    &["spec", "type"],
    &["spec", "podMetadata"],
    &["spec", "targetNamespace"],
    &["spec", "destination", "namespace"],
];

/// The same of a pod, as `input.pod` has it.
pub const OF_POD: [&[&str]; 6] = [
    &["spec_path"],
    &["metadata", "labels"],
    &["spec", "hostNetwork"],
    &["spec", "automountServiceAccountToken"],
    &["spec", "serviceAccountName"],
    &["spec", "serviceAccount"],
];

/// What is held of an object and its pods.
pub fn kept(object: &Json, pods: &[Pod]) -> Kept<Json> {
    let pods = pods.iter().map(|pod| {
        let mut held = part(&pod.input, &OF_POD);
        for (at, there) in &pod.parts {
            // What is deeper belongs to a container.
            let [_, Step::Key(key)] = at.steps() else { continue };
            if let (Some(member), Some(there)) = (held.get_mut(&**key), there.find(object)) {
                *member = part(there, &below(&OF_POD, key));
            }
        }
        held
    });
    Kept { pods: pods.collect(), object: part(object, &OF_OBJECT) }
}

/// What is below a key.
fn below<'a>(paths: &[&'a [&'a str]], key: &str) -> Vec<&'a [&'a str]> {
    let below = paths.iter().filter_map(|path| path.split_first().filter(|(first, _)| **first == key));
    below.map(|(_, rest)| rest).collect()
}

fn part(whole: &Json, paths: &[&[&str]]) -> Json {
    let Json::Object(members) = whole else { return whole.clone() };
    let mut held = Map::new();
    for (key, value) in members {
        let below = below(paths, key);
        if below.iter().any(|rest| rest.is_empty()) {
            held.insert(key.clone(), value.clone());
        } else if !below.is_empty() {
            held.insert(key.clone(), part(value, &below));
        }
    }
    Json::Object(held)
}
