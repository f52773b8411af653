//! What the inventory holds of an object and of a pod: what its policies read, and nothing else, because the whole repository is in memory
//! at once. `tests/inventory.rs` holds that they say the same of the whole.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::Kept;
use super::pod::Pod;
use crate::model::{Reads, Step};

/// What policies of the inventory read of an object.
static OF_OBJECT: LazyLock<Reads> = LazyLock::new(|| {
    Reads::of(&[
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
    ])
});

/// The same of a pod, as `input.pod` has it.
static OF_POD: LazyLock<Reads> = LazyLock::new(|| {
    Reads::of(&[
        &["spec_path"],
        &["metadata", "labels"],
        &["spec", "hostNetwork"],
        &["spec", "automountServiceAccountToken"],
        &["spec", "serviceAccountName"],
        &["spec", "serviceAccount"],
    ])
});

/// What is held of an object and its pods.
pub fn kept(object: &Json, pods: &[Pod]) -> Kept<Json> {
    let pods = pods.iter().map(|pod| {
        let mut held = OF_POD.part(&pod.input);
        for (at, there) in &pod.parts {
            // What is deeper belongs to a container.
            let [_, Step::Key(key)] = at.steps() else { continue };
            if let (Some(member), Some(there), Some(reads)) =
                (held.get_mut(&**key), there.find(object), OF_POD.member(key))
            {
                *member = reads.part(there);
            }
        }
        held
    });
    Kept { pods: pods.collect(), object: OF_OBJECT.part(object) }
}
