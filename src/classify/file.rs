//! One file: its documents come in, one after the other; what it came to goes out.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::object::{self, Contents, NotAnObject, Object};
use super::pod::{self, Pod, TooMany};
use super::{Classified, Context, Documents, InventoryObject, Kept, duplicates, is_cluster_scoped, kept, other};
use crate::model::coverage::DocumentCoverage;
use crate::model::report::Notice;
use crate::model::{
    Coverage, Document, DocumentStatus, FileStatus, Identity, Location, NodeId, Path, Source, Span, Step, Subject,
    SubjectKind, SyntaxError, Value, Whole, mapping,
};

/// How many items of a list have a notice of their own; the ledger counts them all.
const MOST_NOTICES: usize = 5;

/// How many values of a file are judged: each takes most of a kilobyte on its way through the policies, and what an API
/// server takes in one request (3 MiB of JSON) has fewer.
const MOST_VALUES: usize = 2_000_000;

/// A file on its way to subjects and a line of the ledger.
pub struct File<'a> {
    source: &'a Arc<Source>,
    context: &'a Context<'a>,
    subjects: Vec<Subject>,
    objects: Vec<(InventoryObject, Kept<Json>)>,
    documents: Vec<DocumentCoverage>,
    notices: Vec<Notice>,
    /// How many values there have been.
    values: usize,
    /// The last document, where it is one object.
    whole: Option<Arc<Json>>,
}

impl<'a> File<'a> {
    /// Nothing of it is read yet.
    pub fn new(source: &'a Arc<Source>, context: &'a Context<'a>) -> Self {
        let (subjects, objects, documents, notices) = (vec![], vec![], vec![], vec![]);
        Self { source, context, subjects, objects, documents, notices, values: 0, whole: None }
    }

    /// Takes in a document that could be read.
    pub fn document(&mut self, document: &Document) {
        self.whole = None;
        self.values += document.nodes.len();
        if self.values > MOST_VALUES {
            let reason = format!("the file has more than {} million values", MOST_VALUES / 1_000_000);
            let coverage = self.coverage(document, DocumentStatus::Unparsable, reason);
            return self.documents.push(coverage);
        }
        let contents = object::read(document);
        let Some((node, why)) = contents.others.first().filter(|_| contents.objects.is_empty()) else {
            return self.objects(document, &contents);
        };
        let known = other::by_name(self.source.path(), self.context.charts);
        let of_items = if *node == document.root { "" } else { "of its items: " };
        let (status, reason) = match (why, known) {
            _ if self.is_patch() => (DocumentStatus::KnownOther, "a kustomize patch, not an object".to_owned()),
            (NotAnObject::Known(what), _) => (DocumentStatus::KnownOther, format!("{of_items}{what}")),
            (NotAnObject::Foreign(_), Some(what)) => (DocumentStatus::KnownOther, what.to_owned()),
            (NotAnObject::Foreign(why), None) => (DocumentStatus::NotKubernetes, format!("{of_items}{why}")),
        };
        let coverage = self.coverage(document, status, reason);
        self.documents.push(coverage);
    }

    /// A document as the policies of the user see it. A list that is all there is in a file stands for its elements, as in
    /// conftest.
    pub fn as_it_is(&mut self, document: &Document, is_only: bool) {
        let Some(coverage) = self.documents.last_mut() else { return };
        match (self.context.documents, coverage.status) {
            (Documents::None, _) | (_, DocumentStatus::Unparsable) => return,
            (Documents::Manifests, status) if status != DocumentStatus::Judged => return,
            (Documents::All, DocumentStatus::KnownOther | DocumentStatus::NotKubernetes) => {
                coverage.reason = format!("by the policies of the repository alone: {}", coverage.reason);
                coverage.status = DocumentStatus::Judged;
            }
            _ => {}
        }
        let roots = match document.value(document.root) {
            Value::Sequence(items) if is_only => {
                items.iter().enumerate().map(|(at, item)| (Path::root().index(at), *item)).collect()
            }
            _ => vec![(Path::root(), document.root)],
        };
        for (root, node) in roots {
            let input = self.whole.clone().filter(|_| node == document.root);
            let input = input.unwrap_or_else(|| Arc::new(document.part_to_json(node, self.context.reads)));
            let subject = self.as_subject(document, root, node, input);
            self.subjects.push(subject);
        }
    }

    /// A file without a document, which is null to the policies of the user, as in conftest; to its JSON parser it is a mistake.
    pub fn nothing(&mut self) {
        if self.context.documents == Documents::All && !self.source.path().ends_with(".json") {
            let document = Document::empty();
            self.documents.push(self.coverage(&document, DocumentStatus::NotKubernetes, "empty".to_owned()));
            self.as_it_is(&document, true);
        }
    }

    fn as_subject(&self, document: &Document, root: Path, node: NodeId, input: Arc<Json>) -> Subject {
        let text = |node, key| document.str_at(node, key).map(str::to_owned);
        let metadata = document.get(node, "metadata");
        let of_metadata = |key| metadata.and_then(|metadata| text(metadata, key));
        let identity = Arc::new(Identity {
            cluster: Arc::clone(&self.context.cluster),
            api_version: text(node, "apiVersion").unwrap_or_default(),
            kind: text(node, "kind").unwrap_or_else(|| "Document".to_owned()),
            namespace: of_metadata("namespace").map(Arc::from),
            name: of_metadata("name").or_else(|| of_metadata("generateName")).unwrap_or_default(),
        });
        Subject {
            kind: SubjectKind::Document,
            identity,
            file: Arc::clone(self.source.path()),
            document: document.index,
            root,
            partial: false,
            object: None,
            input,
        }
    }

    /// A text that the parser refuses is a gap where Kubernetes would have been handed it as a manifest; elsewhere it is
    /// some other format's business.
    pub fn unreadable(&mut self, index: usize, error: &SyntaxError) {
        let position = self.source.position(error.span.start);
        let charts = self.context.charts;
        let template = !error.is_limit && charts.is_template(self.source.path()) && self.source.text().contains("{{");
        let user_data = other::looks_like_user_data(self.source.text());
        let marked = ["{{", "{%", "%{", "${"].iter().any(|mark| self.source.text().contains(mark));
        let (status, reason) = if template {
            (DocumentStatus::KnownOther, "a Helm template that was not rendered".to_owned())
        } else if user_data && marked {
            (DocumentStatus::KnownOther, "user data with a template that was not rendered".to_owned())
        } else if user_data
            || error.is_limit
            || self.context.static_pod
            || other::looks_like_a_manifest(self.source.text())
        {
            (DocumentStatus::Unparsable, format!("{} (column {})", error.message, position.column()))
        } else {
            let why = other::by_name(self.source.path(), self.context.charts);
            (DocumentStatus::NotKubernetes, why.map_or_else(|| format!("not YAML: {}", error.message), str::to_owned))
        };
        if status == DocumentStatus::Unparsable {
            self.notices.push(Notice {
                code: Notice::UNPARSABLE,
                message: format!("this document cannot be read and was not judged: {}", error.message),
                help: error.help.clone(),
                location: Some(Location { source: Arc::clone(self.source), span: error.span }),
            });
        }
        self.documents.push(DocumentCoverage { document: index, line: position.line(), status, reason });
    }

    /// What the file came to.
    pub fn finish(mut self) -> Classified {
        self.documents.shrink_to_fit();
        let (status, reason) = file_status(&self.documents);
        Classified {
            subjects: self.subjects,
            objects: self.objects,
            notices: self.notices,
            coverage: Coverage { file: Arc::clone(self.source.path()), status, reason, documents: self.documents },
        }
    }

    fn objects(&mut self, document: &Document, contents: &Contents) {
        let mut coverage = self.coverage(document, DocumentStatus::Judged, String::new());
        coverage.reason = self.left_aside(document, contents);
        let duplicates = duplicates::duplicates(document, &contents.objects);
        for (object, duplicates) in contents.objects.iter().zip(duplicates.of_objects) {
            self.object(document, object, duplicates, &mut coverage);
        }
        if !duplicates.of_no_object.is_empty() && (self.context.is_judged)(SubjectKind::Object) {
            self.list(document, duplicates.of_no_object);
        }
        self.documents.push(coverage);
    }

    /// A list is judged for the keys that it has twice alone.
    fn list(&mut self, document: &Document, duplicates: Vec<Json>) {
        let text = |key| document.str_at(document.root, key).unwrap_or_default().to_owned();
        let identity = Arc::new(Identity {
            cluster: Arc::clone(&self.context.cluster),
            api_version: text("apiVersion"),
            kind: text("kind"),
            ..Identity::default()
        });
        let object = Arc::new(json!({"apiVersion": identity.api_version, "kind": identity.kind}));
        self.subjects.push(Subject {
            kind: SubjectKind::Object,
            identity,
            file: Arc::clone(self.source.path()),
            document: document.index,
            root: Path::root(),
            partial: true,
            object: Some(Whole { value: object, parts: vec![] }),
            input: Arc::new(mapping([("duplicates", Json::Array(duplicates))])),
        });
    }

    fn is_patch(&self) -> bool {
        self.context.kustomizations.is_patch(self.source.path())
    }

    /// What the ledger says of the items of a list that are judged in part.
    fn left_aside(&mut self, document: &Document, contents: &Contents) -> String {
        let Some((_, first)) = contents.others.first() else { return String::new() };
        let reason = format!("{} of its items not judged: {}", contents.others.len(), first.reason());
        let foreign = contents.others.iter().filter(|(_, why)| matches!(why, NotAnObject::Foreign(_)));
        for (node, why) in foreign.take(MOST_NOTICES) {
            let span = document.node(*node).span;
            self.notices.push(Notice {
                code: "not-an-object",
                message: format!("this item of the list is no Kubernetes object and was not judged: {}", why.reason()),
                help: None,
                location: Some(Location { source: Arc::clone(self.source), span: Span::new(span.start, span.start) }),
            });
        }
        reason
    }

    fn object(&mut self, document: &Document, object: &Object, duplicates: Vec<Json>, coverage: &mut DocumentCoverage) {
        let identity = Arc::new(object.identity(&self.context.cluster));
        let whole = Arc::new(object.to_json(document));
        self.whole = Some(Arc::clone(&whole)).filter(|_| object.is_all_of(document));
        let is_judged = self.context.is_judged;
        let is_seen = is_judged(SubjectKind::Pod) || is_judged(SubjectKind::Inventory);
        let pods = pod::pods(document, object, &whole, self.context.pod_kinds, is_seen);
        let mut pods = pods.unwrap_or_else(|TooMany(pods)| {
            coverage.status = DocumentStatus::Unparsable;
            coverage.reason = format!("{identity} is too large to judge its {pods} pods");
            vec![]
        });
        self.unmapped(document, object, &pods);
        let is_patch = self.is_patch() && !object.is_rbac() && !pods.iter().any(|pod| pod.is_whole);
        if is_patch && coverage.reason.is_empty() {
            coverage.reason = "a kustomize patch: judged for what it says, not for what it leaves out".to_owned();
        }
        let subject = |kind, partial, input, parts| Subject {
            kind,
            identity: Arc::clone(&identity),
            file: Arc::clone(self.source.path()),
            document: document.index,
            root: object.root.clone(),
            partial,
            object: Some(Whole { value: Arc::clone(&whole), parts }),
            input: Arc::new(input),
        };
        // The cluster never has a patch for an object.
        if !is_patch {
            let object = InventoryObject {
                namespace: self.namespace(&identity),
                identity: Arc::clone(&identity),
                file: Arc::clone(self.source.path()),
                document: document.index,
                root: object.root.clone(),
                pods: pods.iter().map(|pod| pod.template.clone()).collect(),
                noted: Box::default(),
            };
            let kept = if is_judged(SubjectKind::Inventory) { kept::kept(&whole, &pods) } else { Kept::default() };
            self.objects.push((object, kept));
        }
        for pod in pods.iter_mut().filter(|_| is_judged(SubjectKind::Pod)) {
            let input = mapping([("pod", std::mem::take(&mut pod.input))]);
            let parts = std::mem::take(&mut pod.parts);
            self.subjects.push(subject(SubjectKind::Pod, is_patch || pod.is_part, input, parts));
        }
        if is_judged(SubjectKind::Object) {
            let input = mapping([("duplicates", Json::Array(duplicates))]);
            self.subjects.push(subject(SubjectKind::Object, is_patch, input, vec![]));
        }
    }

    /// The namespace in effect: a kustomization's replaces the object's own, as kustomize does.
    fn namespace(&self, identity: &Identity) -> Option<Arc<str>> {
        if is_cluster_scoped(&identity.api_version, &identity.kind) {
            return None;
        }
        let kustomized = self.context.kustomizations.namespace_of(self.source.path()).map(Arc::from);
        let own = || identity.namespace.clone();
        let cluster = || self.context.cluster_namespace.map(Arc::from);
        Some(kustomized.or_else(own).or_else(cluster).unwrap_or_else(|| "default".into()))
    }

    fn unmapped(&mut self, document: &Document, object: &Object, pods: &[Pod]) {
        let Some(pod) = pods.iter().find(|pod| !pod.is_mapped) else { return };
        let node = document.find(object.node, &pod.spec_path).unwrap_or(object.node);
        let span = document.node(node).span;
        self.notices.push(Notice {
            code: "unmapped-pod-kind",
            message: format!(
                "`{}` of `{}` holds what looks like a pod; it is judged as one",
                object.kind, object.api_version
            ),
            help: Some(format!(
                "name `{}` under `pod_templates` in portcullis.yaml to confirm it",
                pattern(&pod.spec_path)
            )),
            location: Some(Location { source: Arc::clone(self.source), span: Span::new(span.start, span.start) }),
        });
    }

    fn coverage(&self, document: &Document, status: DocumentStatus, reason: String) -> DocumentCoverage {
        let line = self.source.position(document.node(document.root).span.start).line();
        DocumentCoverage { document: document.index, line, status, reason }
    }
}

/// A path as the table of pod kinds has it.
fn pattern(path: &Path) -> String {
    let words = path.steps().iter().map(|step| match step {
        Step::Key(key) => key,
        Step::Index(_) => "*",
    });
    words.collect::<Vec<_>>().join(".")
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
