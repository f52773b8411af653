//! From a parsed file to the subjects that policies judge, and to the ledger's line about it.

mod api;
mod kustomize;
mod object;
mod other;
mod pod;
mod pod_kinds;
mod pod_shape;

use std::sync::Arc;

pub use api::is_cluster_scoped;
pub use kustomize::Kustomizations;
pub use other::Charts;
pub use pod_kinds::{PodKind, PodKinds};

use crate::model::coverage::DocumentCoverage;
use crate::model::report::Notice;
use crate::model::{
    Coverage, Document, DocumentStatus, FileStatus, Identity, Location, Parsed, Path, Source, Span, Subject,
    SubjectKind, SyntaxError,
};
use object::{NotAnObject, Object};

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
}

/// What a file came to.
pub struct Classified {
    /// What to judge, in the order of the text.
    pub subjects: Vec<Subject>,
    /// The objects, for what can only be judged in view of the others.
    pub objects: Vec<InventoryObject>,
    /// The ledger's line.
    pub coverage: Coverage,
    /// What else to know.
    pub notices: Vec<Notice>,
}

/// An object as cross-object policies see it.
#[derive(Debug, Clone)]
pub struct InventoryObject {
    /// Which object.
    pub identity: Identity,
    /// The file.
    pub file: Arc<str>,
    /// The document in the file.
    pub document: usize,
    /// Where it begins in the document.
    pub root: Path,
    /// The namespace in effect; `None` for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The object.
    pub object: serde_json::Value,
    /// Its pods, as policies see them.
    pub pods: Vec<serde_json::Value>,
}

/// Classifies every document of a file.
pub fn classify(source: &Arc<Source>, parsed: &Parsed, context: &Context<'_>) -> Classified {
    let mut file = File { source, context, subjects: vec![], objects: vec![], documents: vec![], notices: vec![] };
    for document in &parsed.documents {
        match document {
            Ok(document) => file.document(document),
            Err((index, error)) => file.unreadable(*index, error),
        }
    }
    file.finish()
}

struct File<'a> {
    source: &'a Arc<Source>,
    context: &'a Context<'a>,
    subjects: Vec<Subject>,
    objects: Vec<InventoryObject>,
    documents: Vec<DocumentCoverage>,
    notices: Vec<Notice>,
}

impl File<'_> {
    fn document(&mut self, document: &Document) {
        if self.context.kustomizations.is_patch(self.source.path()) {
            return self.record(document, DocumentStatus::KnownOther, "a kustomize patch, not a whole object");
        }
        let objects = match object::read(document) {
            Ok(objects) => objects,
            Err(NotAnObject::Known(what)) => return self.record(document, DocumentStatus::KnownOther, &what),
            Err(NotAnObject::Foreign(why)) => {
                let known = other::by_name(self.source.path(), self.context.charts);
                return match known {
                    Some(what) => self.record(document, DocumentStatus::KnownOther, what),
                    None => self.record(document, DocumentStatus::NotKubernetes, &why),
                };
            }
        };
        self.record(document, DocumentStatus::Judged, "");
        for object in objects {
            self.object(document, &object);
        }
    }

    fn object(&mut self, document: &Document, object: &Object) {
        let identity = object.identity(&self.context.cluster);
        let whole = document.to_json(object.node);
        let found = pod::pods(document, object, self.context.pod_kinds);
        if let Some(path) = &found.unmapped {
            self.notices.push(self.unmapped(document, object, path));
        }
        let subject = |kind, input| Subject {
            kind,
            identity: identity.clone(),
            file: Arc::clone(self.source.path()),
            document: document.index,
            root: object.root.clone(),
            input,
        };
        for pod in &found.pods {
            self.subjects.push(subject(SubjectKind::Pod, serde_json::json!({"object": whole, "pod": pod})));
        }
        self.subjects.push(subject(SubjectKind::Object, serde_json::json!({"object": whole})));
        self.objects.push(InventoryObject {
            namespace: self.namespace(&identity),
            identity,
            file: Arc::clone(self.source.path()),
            document: document.index,
            root: object.root.clone(),
            object: whole,
            pods: found.pods,
        });
    }

    /// The namespace in effect: a kustomization's replaces the object's own, as kustomize does.
    fn namespace(&self, identity: &Identity) -> Option<String> {
        if is_cluster_scoped(&identity.api_version, &identity.kind) {
            return None;
        }
        let kustomized = self.context.kustomizations.namespace_of(self.source.path()).map(str::to_owned);
        let own = || identity.namespace.clone();
        let cluster = || self.context.cluster_namespace.map(str::to_owned);
        Some(kustomized.or_else(own).or_else(cluster).unwrap_or_else(|| "default".to_owned()))
    }

    fn unmapped(&self, document: &Document, object: &Object, path: &Path) -> Notice {
        let node = document.find(object.node, path).unwrap_or(object.node);
        let span = document.node(node).span;
        Notice {
            code: "unmapped-pod-kind",
            message: format!(
                "`{}` of `{}` holds what looks like a pod; it is judged as one",
                object.kind, object.api_version
            ),
            help: Some("name the place under `pod_templates` in portcullis.yaml to confirm it".to_owned()),
            location: Some(Location { source: Arc::clone(self.source), span: Span::new(span.start, span.start) }),
        }
    }

    fn record(&mut self, document: &Document, status: DocumentStatus, reason: &str) {
        let line = self.source.position(document.node(document.root).span.start).line();
        self.documents.push(DocumentCoverage { document: document.index, line, status, reason: reason.to_owned() });
    }

    /// A text that the parser refuses is a gap where Kubernetes would have been handed it as a manifest; elsewhere it is
    /// some other format's business.
    fn unreadable(&mut self, index: usize, error: &SyntaxError) {
        let position = self.source.position(error.span.start);
        let template = self.context.charts.is_template(self.source.path()) && self.source.text().contains("{{");
        let (status, reason) = if template {
            (DocumentStatus::KnownOther, "a Helm template that was not rendered".to_owned())
        } else if self.context.static_pod || other::looks_like_a_manifest(self.source.text()) {
            (DocumentStatus::Unparsable, format!("{} (column {})", error.message, position.column()))
        } else {
            let why = other::by_name(self.source.path(), self.context.charts);
            (DocumentStatus::NotKubernetes, why.map_or_else(|| format!("not YAML: {}", error.message), str::to_owned))
        };
        if status == DocumentStatus::Unparsable {
            self.notices.push(Notice {
                code: "unparsable",
                message: format!("this document cannot be read and was not judged: {}", error.message),
                help: error.help.clone(),
                location: Some(Location { source: Arc::clone(self.source), span: error.span }),
            });
        }
        self.documents.push(DocumentCoverage { document: index, line: position.line(), status, reason });
    }

    fn finish(self) -> Classified {
        let (status, reason) = file_status(&self.documents);
        Classified {
            subjects: self.subjects,
            objects: self.objects,
            notices: self.notices,
            coverage: Coverage { file: Arc::clone(self.source.path()), status, reason, documents: self.documents },
        }
    }
}

/// A file is what the worst of its documents is, and says the reason of the first such one.
fn file_status(documents: &[DocumentCoverage]) -> (FileStatus, String) {
    let first = |status| documents.iter().find(|document| document.status == status);
    if let Some(document) = first(DocumentStatus::Unparsable) {
        return (FileStatus::Unparsable, format!("line {}: {}", document.line, document.reason));
    }
    if first(DocumentStatus::Judged).is_some() {
        return (FileStatus::Judged, String::new());
    }
    if let Some(document) = first(DocumentStatus::KnownOther) {
        let template = document.reason.contains("template that was not rendered");
        let status = if template { FileStatus::Template } else { FileStatus::KnownOther };
        return (status, document.reason.clone());
    }
    let reason = first(DocumentStatus::NotKubernetes).map_or("empty", |document| &document.reason);
    (FileStatus::NotKubernetes, reason.to_owned())
}
