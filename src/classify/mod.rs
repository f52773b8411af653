//! From a parsed file to the subjects that policies judge, and to the ledger's line about it.

mod api;
mod duplicates;
mod file;
mod kept;
mod kustomize;
mod object;
mod other;
mod pod;
mod pod_kinds;
mod pod_shape;

use std::sync::Arc;

use serde_json::Value as Json;

pub use api::is_cluster_scoped;
pub use kustomize::Kustomizations;
pub use other::Charts;
pub use pod_kinds::{PodKind, PodKinds};

use crate::model::report::Notice;
use crate::model::{Coverage, Identity, Parsed, Path, Reads, Source, Subject, SubjectKind};
use file::File;

/// What a file's neighbours and the configuration say about it.
pub struct Context<'a> {
    /// Where pods are in each kind.
    pub pod_kinds: &'a PodKinds,
    /// The charts of the repository.
    pub charts: &'a Charts,
    /// The kustomizations of the repository.
    pub kustomizations: &'a Kustomizations,
    /// The cluster that the file belongs to.
    pub cluster: Arc<str>,
    /// The namespace of that cluster's objects that name none.
    pub cluster_namespace: Option<&'a str>,
    /// Whether the kubelet reads this file, whatever its name.
    pub static_pod: bool,
    /// Which documents are subjects as they are.
    pub documents: Documents,
    /// What is read of those.
    pub reads: &'a Reads,
    /// Whether objects, pods and the inventory are judged: subjects of the first two are made only then, and something of the objects is held
    /// for the third.
    pub is_judged: &'a dyn Fn(SubjectKind) -> bool,
}

/// Which documents of a file are judged as they are, by the policies of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// None: there are no such policies.
    None,
    /// The ones that hold Kubernetes objects.
    Manifests,
    /// Whatever they hold.
    All,
}

/// What a file came to.
pub struct Classified {
    /// What to judge, in the order of the text.
    pub subjects: Vec<Subject>,
    /// The objects, for what can only be judged in view of the others, and what that takes.
    pub objects: Vec<(InventoryObject, Kept<Json>)>,
    /// The ledger's line.
    pub coverage: Coverage,
    /// What else to know.
    pub notices: Vec<Notice>,
}

/// An object as cross-object policies see it.
#[derive(Debug, Clone)]
pub struct InventoryObject {
    /// Which object.
    pub identity: Arc<Identity>,
    /// The file.
    pub file: Arc<str>,
    /// The document in the file.
    pub document: usize,
    /// Where it begins in the document.
    pub root: Path,
    /// The namespace in effect; `None` for cluster-scoped kinds.
    pub namespace: Option<Arc<str>>,
    /// Where its pods are.
    pub pods: Vec<Path>,
    /// Where the paths lead that results of these policies name most; noted by who has the document.
    pub noted: Box<[Noted]>,
}

/// What the policies of the inventory read of an object.
#[derive(Debug, Clone, Default)]
pub struct Kept<T> {
    /// Of itself.
    pub object: T,
    /// Of its pods.
    pub pods: T,
}

/// Where a path of an object leads; there are many of these.
#[derive(Debug, Clone, Copy)]
pub struct Noted {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// How many steps of the path are there.
    pub there: u8,
}

/// Classifies every document of a file.
pub fn classify(source: &Arc<Source>, parsed: &Parsed, context: &Context<'_>) -> Classified {
    let mut file = File::new(source, context);
    if parsed.documents.is_empty() {
        file.nothing();
    }
    let is_only = parsed.documents.len() == 1;
    for document in &parsed.documents {
        match document {
            Ok(document) => {
                file.document(document);
                file.as_it_is(document, is_only);
            }
            Err((index, error)) => file.unreadable(*index, error),
        }
    }
    file.finish()
}
