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
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// Why a document holds no object to judge.
pub enum NotAnObject {
    /// It is known for what it is.
    Known(String),
    /// The API server would not take it for an object.
    Foreign(String),
}

/// The objects of a document: itself, or the items of a list, lists in lists included.
///
/// kubectl takes everything with an `items` array for a list, and gives items that name no kind the list's
/// (apimachinery, `UnstructuredList`).
pub fn read(document: &Document) -> Result<Vec<Object>, NotAnObject> {
    let mut objects = Vec::new();
    collect(document, document.root, Path::root(), ("", ""), &mut objects)?;
    Ok(objects)
}

fn collect(
    document: &Document,
    node: NodeId,
    root: Path,
    inherited: (&str, &str),
    objects: &mut Vec<Object>,
) -> Result<(), NotAnObject> {
    let Value::Mapping(_) = document.value(node) else {
        return Err(NotAnObject::Foreign("not a mapping".to_owned()));
    };
    let api_version = document.str_at(node, "apiVersion").unwrap_or(inherited.0);
    let kind = document.str_at(node, "kind").unwrap_or(inherited.1);
    let group = check(api_version, kind)?;
    known_file(group, kind)?;
    if let Some(Value::Sequence(items)) = document.get(node, "items").map(|items| document.value(items)) {
        let of_items = match kind.strip_suffix("List") {
            Some("") | None => ("", ""),
            Some(kind) => (api_version, kind),
        };
        for (index, &item) in items.iter().enumerate() {
            // An item that is no object is refused by itself; its siblings are still applied.
            let _ = collect(document, item, root.key("items").index(index), of_items, objects);
        }
        return Ok(());
    }
    let metadata = document.get(node, "metadata").unwrap_or(node);
    let text = |key| document.str_at(metadata, key).filter(|_| metadata != node).map(str::to_owned);
    objects.push(Object {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        node,
        root,
        namespace: text("namespace").filter(|namespace| !namespace.is_empty()),
        name: text("name").or_else(|| text("generateName")).unwrap_or_default(),
    });
    Ok(())
}

fn check<'a>(api_version: &'a str, kind: &str) -> Result<&'a str, NotAnObject> {
    let foreign = |why: String| Err(NotAnObject::Foreign(why));
    match (api_version, kind) {
        ("", "") => return foreign("no apiVersion and no kind".to_owned()),
        ("", _) => return foreign("no apiVersion".to_owned()),
        (_, "") => return foreign("no kind".to_owned()),
        _ => {}
    }
    match api::group(api_version) {
        None => foreign(format!("`{api_version}` is no Kubernetes API version")),
        Some(_) if !api::is_kind(kind) => foreign(format!("`{kind}` is no Kubernetes kind")),
        Some(group) => Ok(group),
    }
}

fn known_file(group: &str, kind: &str) -> Result<(), NotAnObject> {
    let what = match (group, kind) {
        ("kustomize.config.k8s.io", _) => "a kustomization".to_owned(),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            "the definition of a kind, not an object of it".to_owned()
        }
        ("", "Config") => "a kubeconfig".to_owned(),
        (group, kind) if api::is_file_group(group) => format!("{kind}, the configuration file of a component"),
        _ => return Ok(()),
    };
    Err(NotAnObject::Known(what))
}
