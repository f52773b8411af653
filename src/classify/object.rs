//! Which objects a document holds.

use std::sync::Arc;

use super::api;
use crate::model::{Document, Identity, NodeId, Path, Value};

/// A Kubernetes object in a document.
#[derive(Debug, Clone)]
pub struct Object {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Its node.
    pub node: NodeId,
    /// Its path in the document.
    pub root: Path,
    /// Whether it has `items` that are objects of their own.
    is_list: bool,
    namespace: Option<String>,
    name: String,
}

impl Object {
    /// Which object it is, in this cluster.
    pub fn identity(&self, cluster: &Arc<str>) -> Identity {
        Identity {
            cluster: Arc::clone(cluster),
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.as_deref().map(Arc::from),
            name: self.name.clone(),
        }
    }

    /// Whether it grants rights: such an object says all of them.
    pub fn is_rbac(&self) -> bool {
        api::group(&self.api_version) == Some("rbac.authorization.k8s.io")
    }

    /// Whether a document is this object and no more.
    pub fn is_all_of(&self, document: &Document) -> bool {
        self.node == document.root && !self.is_list
    }

    /// The object as Kubernetes reads it, without the items that are judged by themselves.
    pub fn to_json(&self, document: &Document) -> serde_json::Value {
        match document.value(self.node) {
            Value::Mapping(entries) if self.is_list => {
                let own = entries.iter().filter(|entry| &*entry.key != "items");
                own.map(|entry| (entry.key.to_string(), document.to_json(entry.value))).collect()
            }
            _ => document.to_json(self.node),
        }
    }
}

/// What a document holds, or an item of a list.
#[derive(Default)]
pub struct Contents {
    /// The objects, in the order of the text.
    pub objects: Vec<Object>,
    /// What is no object to judge, and why.
    pub others: Vec<(NodeId, NotAnObject)>,
}

/// Why something is no object to judge.
#[derive(Debug, Clone)]
pub enum NotAnObject {
    /// It is known for what it is.
    Known(String),
    /// The API server would not take it for an object.
    Foreign(String),
}

impl NotAnObject {
    /// The reason, as a phrase.
    pub fn reason(&self) -> &str {
        match self {
            Self::Known(reason) | Self::Foreign(reason) => reason,
        }
    }
}

/// The objects of a document: itself, or the items of a list, lists in lists included.
pub fn read(document: &Document) -> Contents {
    let mut contents = Contents::default();
    collect(document, document.root, Path::root(), None, &mut contents);
    contents
}

fn collect(document: &Document, node: NodeId, root: Path, list: Option<(&str, &str)>, contents: &mut Contents) {
    let (api_version, kind) = type_of(document, node, list);
    let before = (contents.objects.len(), contents.others.len());
    let items = list_items(document, node);
    for (index, &item) in items.iter().flat_map(|items| items.iter().enumerate()) {
        collect(document, item, root.key("items").index(index), Some((api_version, kind)), contents);
    }
    let has_items = contents.objects.len() > before.0;
    // The API server takes a Deployment with `items` for a Deployment: a list is what has nothing else.
    let is_list = items.is_some() && (kind == "List" || !has_content(document, node));
    match check(document, node, api_version, kind) {
        _ if is_list && (has_items || !kind.is_empty() && contents.others.len() > before.1) => {}
        _ if is_list && kind.ends_with("List") => {
            contents.others.push((node, NotAnObject::Known("an empty list".into())))
        }
        Ok(()) => {
            if !has_items {
                contents.others.truncate(before.1);
            }
            contents.objects.push(object(document, node, root.clone(), (api_version, kind), has_items));
        }
        Err(_) if has_items => {}
        Err(why) => {
            contents.others.truncate(before.1);
            contents.others.push((node, why));
        }
    }
    // The kubelet reads a PodList as a list of Pods, whatever its items say they are.
    if list == Some(("v1", "PodList")) && (api_version, kind) != ("v1", "Pod") && has_content(document, node) {
        contents.objects.push(object(document, node, root, ("v1", "Pod"), has_items));
    }
}

/// kubectl gives an item that lacks an apiVersion or a kind both from its list (apimachinery, `decodeToList`).
fn type_of<'a>(document: &'a Document, node: NodeId, list: Option<(&'a str, &'a str)>) -> (&'a str, &'a str) {
    let own = (document.str_at(node, "apiVersion").unwrap_or(""), document.str_at(node, "kind").unwrap_or(""));
    match list {
        Some((api_version, kind)) if own.0.is_empty() || own.1.is_empty() => {
            let kind = kind.strip_suffix("List").unwrap_or(kind);
            if kind.is_empty() { own } else { (api_version, kind) }
        }
        _ => own,
    }
}

/// kubectl takes everything with an `items` array for a list, whatever its kind (apimachinery, `unstructuredJSONScheme.decode`).
fn list_items(document: &Document, node: NodeId) -> Option<&[NodeId]> {
    match document.value(document.get(node, "items")?) {
        Value::Sequence(items) => Some(items),
        _ => None,
    }
}

fn has_content(document: &Document, node: NodeId) -> bool {
    let Value::Mapping(entries) = document.value(node) else { return false };
    entries.iter().any(|entry| !matches!(&*entry.key, "apiVersion" | "kind" | "metadata" | "items"))
}

fn object(document: &Document, node: NodeId, root: Path, (api_version, kind): (&str, &str), is_list: bool) -> Object {
    let metadata = document.get(node, "metadata");
    let text = |key| document.str_at(metadata?, key).map(str::to_owned);
    Object {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        node,
        root,
        is_list,
        namespace: text("namespace").filter(|namespace| !namespace.is_empty()),
        name: text("name").filter(|name| !name.is_empty()).or_else(|| text("generateName")).unwrap_or_default(),
    }
}

fn check(document: &Document, node: NodeId, api_version: &str, kind: &str) -> Result<(), NotAnObject> {
    let foreign = |why: String| Err(NotAnObject::Foreign(why));
    if !matches!(document.value(node), Value::Mapping(_)) {
        return foreign("not a mapping".to_owned());
    }
    match (api_version, kind) {
        ("", "") => return foreign("no apiVersion and no kind".to_owned()),
        ("", _) => return foreign("no apiVersion".to_owned()),
        (_, "") => return foreign("no kind".to_owned()),
        _ => {}
    }
    match api::group(api_version) {
        None => foreign(format!("`{api_version}` is no Kubernetes API version")),
        Some(group) if !api::is_kind(group, kind) => foreign(format!("`{kind}` is no Kubernetes kind")),
        Some(group) => known_file(group, kind),
    }
}

fn known_file(group: &str, kind: &str) -> Result<(), NotAnObject> {
    let what = match (group, kind) {
        ("kustomize.config.k8s.io", "Kustomization" | "Component") => "a kustomization".to_owned(),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            "the definition of a kind, not an object of it".to_owned()
        }
        ("", "Config") => "a kubeconfig".to_owned(),
        (group, kind) if api::is_file_group(group) => format!("{kind}, the configuration file of a component"),
        _ => return Ok(()),
    };
    Err(NotAnObject::Known(what))
}
