//! The pods of an object, as policies see them (`input.pod` in ARCHITECTURE.md).

use serde_json::{Map, Value as Json, json};

use super::api;
use super::object::Object;
use super::pod_kinds::{POD_CONTAINERS, PodKinds, expand};
use super::pod_shape::{Mistyped, typed};
use crate::model::{Document, NodeId, Path, Value};

/// The pods of an object.
#[derive(Default)]
pub struct Pods {
    /// As policies see them, in the order of the table.
    pub pods: Vec<Json>,
    /// Where a kind that no table names holds what looks like a pod.
    pub unmapped: Option<Path>,
}

/// Members of a security context that a container inherits from its pod (PodSecurityContext of the core API).
const INHERITED: [&str; 7] = [
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "seLinuxOptions",
    "seccompProfile",
    "appArmorProfile",
    "windowsOptions",
];

/// Finds the pods of an object: by the table, else, in custom kinds, by their structure.
pub fn pods(document: &Document, object: &Object, kinds: &PodKinds) -> Pods {
    let group = api::group(&object.api_version).unwrap_or_default();
    let mut rows = kinds.of(group, &object.kind).peekable();
    if rows.peek().is_some() {
        let places = rows.flat_map(|row| {
            expand(document, object.node, &row.path).into_iter().map(|(path, node)| (path, node, row.containers))
        });
        let pods = places.map(|(path, node, containers)| pod(document, path, node, containers)).collect();
        return Pods { pods, unmapped: None };
    }
    if !group.contains('.') || group.ends_with(".k8s.io") && !group.ends_with(".x-k8s.io") {
        return Pods::default();
    }
    let mut found = Vec::new();
    detect(document, object.node, Path::root(), &mut found);
    let unmapped = found.first().map(|(path, _)| path.clone());
    let pods = found.into_iter().map(|(path, node)| pod(document, path, node, POD_CONTAINERS)).collect();
    Pods { pods, unmapped }
}

/// Whatever has a list `containers` of mappings that name an image is a pod specification; its template is the mapping
/// around it when it is called `spec`. Nothing is looked for below a find.
fn detect(document: &Document, node: NodeId, path: Path, found: &mut Vec<(Path, NodeId)>) {
    let looks = |spec: NodeId| {
        let lists = ["containers", "initContainers"].into_iter().filter_map(|list| document.get(spec, list));
        lists.flat_map(|list| items(document, list)).any(|item| document.str_at(item, "image").is_some())
    };
    match document.value(node) {
        Value::Mapping(entries) => {
            let spec = document.get(node, "spec").filter(|&spec| looks(spec));
            if spec.is_some() || looks(node) {
                return found.push((path, node));
            }
            for entry in entries {
                detect(document, entry.value, path.key(&*entry.key), found);
            }
        }
        Value::Sequence(items) => {
            for (index, &item) in items.iter().enumerate() {
                detect(document, item, path.index(index), found);
            }
        }
        _ => {}
    }
}

fn items(document: &Document, list: NodeId) -> Vec<NodeId> {
    match document.value(list) {
        Value::Sequence(items) => items.clone(),
        _ => vec![],
    }
}

/// `node` is a pod template (its pod is below `spec`), or a pod specification itself.
fn pod(document: &Document, path: Path, node: NodeId, places: &[(&str, &str)]) -> Json {
    let has_containers = places.iter().any(|(_, place)| !expand(document, node, place).is_empty());
    let is_spec = has_containers && document.get(node, "spec").is_none_or(|spec| !has(document, spec, "containers"));
    let (spec_node, spec_path) = match document.get(node, "spec") {
        Some(spec) if !is_spec => (Some(spec), path.key("spec")),
        _ if is_spec => (Some(node), path.clone()),
        _ => (None, path.key("spec")),
    };
    let mut mistyped = Vec::new();
    let read = |node: Option<NodeId>| node.map_or(Json::Null, |node| document.to_json(node));
    let spec = typed("pod", read(spec_node), &spec_path, &mut mistyped).unwrap_or_else(|| json!({}));
    let metadata = if is_spec { None } else { document.get(node, "metadata") };
    let metadata = typed("metadata", read(metadata), &path.key("metadata"), &mut mistyped).unwrap_or_else(|| json!({}));
    let containers: Vec<Json> = spec_node.map_or_else(Vec::new, |node| {
        let all = places.iter().flat_map(|(kind, place)| {
            expand(document, node, place).into_iter().map(move |(tail, container)| (*kind, tail, container))
        });
        let read = |(kind, tail, container): (&str, Path, NodeId)| {
            let path = spec_path.join(&tail);
            let own = typed("container", document.to_json(container), &path, &mut mistyped)?;
            Some(self::container(kind, &path, own, &spec, &spec_path))
        };
        all.filter_map(read).collect()
    });
    json!({
        "path": steps(&path),
        "metadata": metadata,
        "spec": spec,
        "spec_path": steps(&spec_path),
        "containers": containers,
        "mistyped": mistyped.iter().map(Mistyped::to_json).collect::<Vec<_>>(),
    })
}

fn container(kind: &str, path: &Path, own: Json, pod_spec: &Json, spec_path: &Path) -> Json {
    let effective: Map<String, Json> = INHERITED
        .into_iter()
        .filter_map(|field| {
            let place = |origin: &str, base: &Path, holder: &Json| {
                let value = holder.get("securityContext")?.get(field)?.clone();
                let path = base.key("securityContext").key(field);
                Some(json!({"value": value, "path": steps(&path), "origin": origin}))
            };
            let mut inherited = place("pod", spec_path, pod_spec);
            let mut decided = place("container", path, &own);
            if field == "windowsOptions" {
                merge_members(inherited.as_mut(), decided.as_mut());
            }
            Some((field.to_owned(), decided.or(inherited)?))
        })
        .collect();
    let name = own.get("name").and_then(Json::as_str).unwrap_or_default();
    json!({"type": kind, "name": name, "path": steps(path), "spec": own, "effective": effective})
}

/// A container's `windowsOptions` replace the pod's member by member (DetermineEffectiveSecurityContext).
fn merge_members(inherited: Option<&mut Json>, own: Option<&mut Json>) {
    let members = |place: Option<&mut Json>| place?.get_mut("value")?.as_object_mut().map(std::mem::take);
    let (Some(mut merged), Some(own)) = (members(inherited), own) else { return };
    if let Some(value) = own.get_mut("value").and_then(Json::as_object_mut) {
        merged.append(value);
        *value = merged;
    }
}

fn has(document: &Document, node: NodeId, key: &str) -> bool {
    document.get(node, key).is_some()
}

/// A path as policies read and write it: an array of keys and indexes.
pub fn steps(path: &Path) -> Json {
    let step = |step: &crate::model::Step| match step {
        crate::model::Step::Key(key) => json!(key),
        crate::model::Step::Index(index) => json!(index),
    };
    path.steps().iter().map(step).collect()
}
