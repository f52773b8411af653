//! The pods of an object, as policies see them (`input.pod` in ARCHITECTURE.md).

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use super::api;
use super::object::Object;
use super::pod_kinds::{Containers, POD_CONTAINERS, PodKinds, expand};
use super::pod_shape::{Mistyped, is_typed, typed};
use crate::model::{Document, NodeId, Path, Step, Value, mapping};

/// A pod of an object.
pub struct Pod {
    /// As policies see it in `input.pod`, but for its `parts`.
    pub input: Json,
    /// What the object has as the pod does ([`crate::model::Whole::parts`]).
    pub parts: Vec<(Path, Path)>,
    /// Its template.
    pub template: Path,
    /// Its specification.
    pub spec_path: Path,
    /// Whether a table says that it is there, and not its looks alone.
    pub is_mapped: bool,
    /// Whether it has what the API server wants of it. What lacks that is a patch of something else.
    pub is_whole: bool,
    /// Whether something else completes it.
    pub is_part: bool,
}

/// More pods than can be judged.
pub struct TooMany(pub usize);

/// Bytes of JSON that the inputs of one object may come to: each of its pods is shown with the whole object.
const MAX_INPUT_BYTES: usize = 64 << 20;

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

/// Finds the pods of an object: by the table, and in kinds whose fields are not those of the core API by their structure;
/// `whole` is the object. Where policies do not see them their inputs are empty.
/// The pods come in the order of the table, then of the text.
pub fn pods(
    document: &Document,
    object: &Object,
    whole: &Json,
    kinds: &PodKinds,
    is_seen: bool,
) -> Result<Vec<Pod>, TooMany> {
    let group = api::group(&object.api_version).unwrap_or_default();
    let mut places = Vec::new();
    let mut mapped = Mapped::default();
    for row in kinds.of(group, &object.kind) {
        for (path, node) in expand(document, object.node, &row.path) {
            places.extend(places_of(document, &path, node, row.containers));
            if !row.containers.is_empty() {
                mapped.nodes.insert(node);
                mapped.paths.insert(path);
            }
        }
    }
    let known = places.len();
    // The API server drops what it does not know of its own kinds; what a controller reads of a custom one is its secret.
    let is_open = mapped.paths.is_empty() || group.contains('.');
    if is_open && !POLICY_GROUPS.contains(&group) && !kinds.is_without(group, &object.kind) {
        Detection { document, mapped: &mapped, found: &mut places, way: vec![] }.look(object.node, None);
    }
    if places.len() > 1 && places.len().saturating_mul(whole.to_string().len()) > MAX_INPUT_BYTES {
        return Err(TooMany(places.len()));
    }
    let pod = |(at, place): (usize, Place)| {
        let (is_mapped, is_whole) = (at < known, place.is_whole(document, object, group));
        let is_part = !is_whole && (!is_mapped || place.containers.is_empty());
        let (input, parts) = if is_seen { place.pod(document, whole) } else { Default::default() };
        Pod { input, parts, is_mapped, is_whole, is_part, template: place.template, spec_path: place.spec_path }
    };
    Ok(places.into_iter().enumerate().map(pod).collect())
}

/// Where a pod is written.
struct Place {
    template: Path,
    metadata: Option<NodeId>,
    spec: Option<NodeId>,
    spec_path: Path,
    containers: Containers,
}

/// What is at a place of the table: a specification, a template with its specification below `spec`, or something that can be
/// read as either.
fn places_of(document: &Document, path: &Path, node: NodeId, containers: Containers) -> Vec<Place> {
    let below = document.get(node, "spec");
    let spec = |template: &Path, metadata, spec, spec_path| Place {
        template: template.clone(),
        metadata,
        spec,
        spec_path,
        containers,
    };
    let own = containers.iter().any(|(_, place)| !expand(document, node, place).is_empty());
    let own = (own || containers.is_empty()).then(|| spec(path, None, Some(node), path.clone()));
    let template = || spec(path, document.get(node, "metadata"), below, path.key("spec"));
    let template = (own.is_none() || below.is_some() && !containers.is_empty()).then(template);
    own.into_iter().chain(template).collect()
}

/// Groups whose objects hold patterns of pods, not pods.
const POLICY_GROUPS: [&str; 2] = ["kyverno.io", "policies.kyverno.io"];

/// Whatever has a list of containers is a pod specification, also below another one; its template is the mapping around it when
/// it is called `spec`. Below a place of the table nothing is looked for.
struct Detection<'d, 'a> {
    document: &'d Document,
    mapped: &'a Mapped,
    found: &'a mut Vec<Place>,
    /// The way to where it looks, of which a path is made where something is.
    way: Vec<Passed<'d>>,
}

/// Places of the table. What an alias stands for is the same node at several paths.
#[derive(Default)]
struct Mapped {
    nodes: HashSet<NodeId>,
    paths: HashSet<Path>,
}

/// A member or an element on the way.
enum Passed<'d> {
    Key(&'d str),
    Index(usize),
}

impl<'d> Detection<'d, '_> {
    fn look(&mut self, node: NodeId, parent: Option<NodeId>) {
        if self.mapped.nodes.contains(&node) && self.mapped.paths.contains(&self.path()) {
            return;
        }
        match self.document.value(node) {
            Value::Mapping(entries) => {
                if looks_like_a_pod(self.document, node) {
                    self.found(node, parent);
                }
                for entry in entries {
                    self.look_behind(Passed::Key(&entry.key), entry.value, node);
                }
            }
            Value::Sequence(items) => {
                for (index, &item) in items.iter().enumerate() {
                    self.look_behind(Passed::Index(index), item, node);
                }
            }
            _ => {}
        }
    }

    fn look_behind(&mut self, passed: Passed<'d>, node: NodeId, parent: NodeId) {
        self.way.push(passed);
        self.look(node, Some(parent));
        self.way.pop();
    }

    fn path(&self) -> Path {
        let step = |passed: &Passed| match *passed {
            Passed::Key(key) => Step::Key(key.into()),
            Passed::Index(index) => Step::Index(index),
        };
        Path(self.way.iter().map(step).collect())
    }

    fn found(&mut self, node: NodeId, parent: Option<NodeId>) {
        let path = self.path();
        let template = match path.steps().split_last() {
            Some((Step::Key(last), above)) if **last == *"spec" => parent.map(|parent| (parent, Path(above.to_vec()))),
            _ => None,
        };
        self.found.push(Place {
            metadata: template.as_ref().and_then(|(parent, _)| self.document.get(*parent, "metadata")),
            template: template.map_or_else(|| path.clone(), |(_, above)| above),
            spec: Some(node),
            spec_path: path,
            containers: POD_CONTAINERS,
        });
    }
}

/// Members that tell a container from other things with a name.
const CONTAINER_MEMBERS: [&str; 8] =
    ["image", "securityContext", "command", "args", "ports", "volumeMounts", "env", "envFrom"];

fn looks_like_a_pod(document: &Document, node: NodeId) -> bool {
    // Most mappings have no list of containers at all.
    let has_list = |place: &str| place.split('.').next().is_some_and(|list| document.get(node, list).is_some());
    let lists = POD_CONTAINERS.iter().filter(|(_, place)| has_list(place));
    let lists = lists.flat_map(|(_, place)| expand(document, node, place));
    let is_container = |container: NodeId| {
        let names = document.str_at(container, "name").is_some() || document.str_at(container, "image").is_some();
        names && CONTAINER_MEMBERS.iter().any(|member| document.get(container, member).is_some())
    };
    lists.into_iter().any(|(_, container)| is_container(container))
}

impl Place {
    fn containers(&self, document: &Document) -> Vec<(&'static str, Path, NodeId)> {
        let Some(spec) = self.spec else { return vec![] };
        let of = |&(kind, place): &(&'static str, &str)| {
            expand(document, spec, place).into_iter().map(move |(path, node)| (kind, path, node))
        };
        self.containers.iter().flat_map(of).collect()
    }

    /// The API server wants an image of every container, of the apps group a selector, and of a job a restart policy.
    fn is_whole(&self, document: &Document, object: &Object, group: &str) -> bool {
        let containers = self.containers(document);
        let has_image = |node| document.get(node, "image").is_some();
        let has = |node: Option<NodeId>, key| node.is_some_and(|node| document.get(node, key).is_some());
        let own = match group {
            "apps" => has(document.get(object.node, "spec"), "selector"),
            "batch" => has(self.spec, "restartPolicy"),
            _ => true,
        };
        own && !containers.is_empty() && containers.into_iter().all(|(_, _, container)| has_image(container))
    }

    fn pod(&self, document: &Document, whole: &Json) -> (Json, Vec<(Path, Path)>) {
        let mut reader = Reader { document, whole, mistyped: vec![], parts: vec![] };
        let nothing = || Cow::Owned(json!({}));
        let spec = reader.read("pod", self.spec, &self.spec_path).unwrap_or_else(nothing);
        let metadata_path = self.template.key("metadata");
        let metadata = reader.read("metadata", self.metadata, &metadata_path).unwrap_or_else(nothing);
        let mut containers = Vec::new();
        for (kind, tail, node) in self.containers(document) {
            let path = self.spec_path.join(&tail);
            let Some(own) = reader.read("container", Some(node), &path) else { continue };
            let at = Path::of_keys(&["pod", "containers"]).index(containers.len()).key("spec");
            let name = own.get("name").and_then(Json::as_str).unwrap_or_default();
            let effective = effective(&path, &own, &spec, &self.spec_path);
            containers.push(mapping([
                ("type", json!(kind)),
                ("name", json!(name)),
                ("path", steps(&path)),
                ("spec", reader.part(own, at, &path)),
                ("effective", effective),
            ]));
        }
        let pod = mapping([
            ("path", steps(&self.template)),
            ("metadata", reader.part(metadata, Path::of_keys(&["pod", "metadata"]), &metadata_path)),
            ("spec", reader.part(spec, Path::of_keys(&["pod", "spec"]), &self.spec_path)),
            ("spec_path", steps(&self.spec_path)),
            ("containers", Json::Array(containers)),
            ("mistyped", reader.mistyped.iter().map(Mistyped::to_json).collect()),
        ]);
        (pod, reader.parts)
    }
}

/// Reads the mappings that a pod consists of.
struct Reader<'a> {
    document: &'a Document,
    /// The object.
    whole: &'a Json,
    mistyped: Vec<Mistyped>,
    /// What the object has as the pod does: where it is in the input, and where in the object.
    parts: Vec<(Path, Path)>,
}

impl<'a> Reader<'a> {
    /// A mapping as the API server keeps it, without a copy where that is all of it; `None` when it is null or no mapping.
    fn read(&mut self, shape: &'static str, node: Option<NodeId>, path: &Path) -> Option<Cow<'a, Json>> {
        let node = node?;
        match path.find(self.whole).filter(|own| is_typed(shape, own)) {
            Some(own) => Some(Cow::Borrowed(own)),
            None => typed(shape, self.document.to_json(node), path, &mut self.mistyped).map(Cow::Owned),
        }
    }

    /// What the input has of a mapping at a place.
    fn part(&mut self, value: Cow<'_, Json>, at: Path, path: &Path) -> Json {
        match value {
            Cow::Owned(value) => value,
            Cow::Borrowed(_) => {
                self.parts.push((at, path.clone()));
                Json::Null
            }
        }
    }
}

/// What a container inherits or sets.
fn effective(path: &Path, own: &Json, pod_spec: &Json, spec_path: &Path) -> Json {
    let effective: Map<String, Json> = INHERITED
        .into_iter()
        .filter_map(|field| {
            let place = |origin: &str, base: &Path, holder: &Json| {
                let value = holder.get("securityContext")?.get(field)?.clone();
                let path = base.key("securityContext").key(field);
                Some(mapping([("value", value), ("path", steps(&path)), ("origin", json!(origin))]))
            };
            let mut inherited = place("pod", spec_path, pod_spec);
            let mut decided = place("container", path, own);
            if field == "windowsOptions" {
                merge_members(inherited.as_mut(), decided.as_mut());
            }
            Some((field.to_owned(), decided.or(inherited)?))
        })
        .collect();
    Json::Object(effective)
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

/// A path as policies read and write it: an array of keys and indexes.
pub fn steps(path: &Path) -> Json {
    let step = |step: &Step| match step {
        Step::Key(key) => json!(**key),
        Step::Index(index) => json!(index),
    };
    path.steps().iter().map(step).collect()
}
