//! kind's cluster configuration: the documents that kind gives to kubeadm, with the patches of `kubeadmConfigPatches` merged
//! in (pkg/cluster/internal/kubeadm and patch of kind).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Document, Location, NodeId, Source, Span, Value};
use crate::node::Note;
use crate::node::embedded::Embedded;
use crate::node::flags::Argument;
use crate::node::schema::Schema;
use crate::node::tree::Tree;
use crate::node::version::Version;
use crate::node::view::View;
use crate::parse::parse;

use super::config::{Api, Config, Surroundings, text};
use super::{Documents, Kubeadm, Machine};

/// How many workers of its own are computed; what a laptop runs is a handful.
const MOST_NODES: usize = 64;

/// What kind sets by itself, as far as it matters here.
const BASE: [(&str, &str); 5] = [
    ("ClusterConfiguration", "controllerManager: {extraArgs: {enable-hostpath-provisioner: 'true'}}"),
    ("InitConfiguration", "nodeRegistration: {criSocket: 'unix:///run/containerd/containerd.sock'}"),
    ("JoinConfiguration", "nodeRegistration: {criSocket: 'unix:///run/containerd/containerd.sock'}"),
    (
        "KubeletConfiguration",
        "{cgroupRoot: /kubelet, failSwapOn: false, imageGCHighThresholdPercent: 100, \
         evictionHard: {nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}}",
    ),
    ("KubeProxyConfiguration", "{mode: iptables, iptables: {minSyncPeriod: 1s}, conntrack: {maxPerCore: 0}}"),
];

/// Whether an object is the cluster of kind.
pub fn is_kind(object: View<'_>) -> bool {
    object.text("apiVersion").starts_with("kind.x-k8s.io/") && object.text("kind") == "Cluster"
}

/// What the nodes of a kind cluster run: first the control plane, then each node that joins with patches of its own. `None`
/// for an object of another kind.
pub fn of_kind(object: View<'_>, tree: &Tree, machine: &Machine) -> Option<Vec<Kubeadm>> {
    if !is_kind(object) {
        return None;
    }
    let nodes = object.items("nodes");
    let control_plane = nodes.iter().find(|node| node.text("role") != "worker").copied();
    let around = surroundings(object, control_plane);
    let mut out = vec![render(&[Some(object), control_plane], false, &around, tree, machine)];
    let own = |node: &&View<'_>| node.text("role") == "worker" && !node.items("kubeadmConfigPatches").is_empty();
    let workers = nodes.iter().filter(own).take(MOST_NODES);
    if nodes.iter().filter(own).count() > MOST_NODES
        && let Some(first) = out.first_mut()
    {
        let message = format!("there are more than {MOST_NODES} workers with patches, and the rest is not judged");
        first.refused.push(object.problem_of("nodes", message));
    }
    out.extend(workers.map(|node| render(&[Some(object), Some(*node)], true, &around, tree, machine)));
    Some(out)
}

fn surroundings(object: View<'_>, node: Option<View<'_>>) -> Surroundings {
    let networking = object.get("networking");
    let image = text(node, "image", "");
    let tag = image.text.split('@').next().and_then(|image| image.rsplit_once(':')).map(|(_, tag)| tag.to_owned());
    let known = tag.filter(|tag| Version::parse(tag).is_some());
    let unknown = known.is_none().then(|| "the version depends on the release of kind".to_owned());
    Surroundings {
        kubernetes_version: Some(Argument { text: known.unwrap_or_default(), unknown, ..image }),
        pod_subnet: Some(text(networking, "podSubnet", "10.244.0.0/16")),
        service_subnet: Some(text(networking, "serviceSubnet", "10.96.0.0/16")),
        managed: true,
        ..Surroundings::default()
    }
}

fn render(scopes: &[Option<View<'_>>], worker: bool, around: &Surroundings, tree: &Tree, machine: &Machine) -> Kubeadm {
    let mut out = Kubeadm::default();
    let scopes: Vec<_> = scopes.iter().flatten().copied().collect();
    let Some(source) = scopes.first().map(|scope| scope.source) else { return out };
    let mut merged: Vec<_> = BASE.iter().map(|(kind, text)| Merged::base(kind, text)).collect();
    for patch in scopes.iter().flat_map(|scope| scope.items("kubeadmConfigPatches")) {
        apply(patch, &mut merged, &mut out);
    }
    let find = |kind: &str| {
        let merged = merged.iter().find(|merged| merged.kind == kind)?;
        Some(View::root(source, merged.document.as_ref()?))
    };
    for (kind, _) in BASE {
        let Some(view) = find(kind) else { continue };
        let own = matches!(kind, "KubeletConfiguration" | "KubeProxyConfiguration");
        let schema = Schema::of(&if own { kind.to_owned() } else { format!("v1beta3 {kind}") }, machine.kubeadm);
        let misfits = schema.check_below(view.source, view.document, view.id);
        out.refused.extend(misfits.mistyped);
        out.ignored.extend(misfits.unknown);
    }
    let config = |kind: &str| find(kind).map(|view| Config { view, api: Api::V1Beta3 });
    let documents = Documents {
        cluster: config("ClusterConfiguration").filter(|_| !worker),
        init: config("InitConfiguration").filter(|_| !worker),
        join: config("JoinConfiguration").filter(|_| worker),
        kubelet: find("KubeletConfiguration"),
        proxy: find("KubeProxyConfiguration"),
    };
    out.render(&documents, tree, machine, around);
    json_patches(&scopes, &mut out);
    // What kind sets by itself has no place in the file.
    let nowhere = |place: &Location| Arc::ptr_eq(&place.source, source) && place.span == Span::default();
    let fallback = scopes.first().map(|scope| scope.place());
    out.map_places(&|place: &Location| (!nowhere(place)).then(|| place.clone()));
    out.components
        .iter_mut()
        .for_each(|component| component.place = component.place.take().or_else(|| fallback.clone()));
    out
}

/// Merges the documents of one patch into those of the same kind.
fn apply(patch: View<'_>, merged: &mut [Merged], out: &mut Kubeadm) {
    let embedded = Embedded::of("kubeadmConfigPatches", patch);
    for document in parse(&embedded.source).documents {
        let document = match document {
            Ok(document) => embedded.relocate_document(document),
            Err((_, error)) => {
                out.refused.push(Note::new(error.message, Some(embedded.outer_of(error.span))));
                continue;
            }
        };
        let root = View { source: patch.source, document: &document, id: document.root };
        let version = root.text("apiVersion");
        if version.starts_with("kubeadm.k8s.io/") {
            let message = format!("kind applies this patch only when it writes {version} for kubeadm");
            out.warnings.push(root.problem_of("apiVersion", message));
        }
        match merged.iter_mut().find(|merged| merged.kind == root.text("kind")) {
            Some(merged) => merged.add(&document),
            None => out.ignored.push(root.problem_of("kind", "kind has no document of this kind to patch")),
        }
    }
}

/// JSON patches are not followed: they may change anything.
fn json_patches(scopes: &[View<'_>], out: &mut Kubeadm) {
    let patches = scopes.iter().flat_map(|scope| scope.items("kubeadmConfigPatchesJSON6902"));
    for patch in patches {
        let reason = "a JSON patch of kubeadmConfigPatchesJSON6902 may change it";
        out.warnings.push(patch.problem("this patch is not followed; what it may change is unknown"));
        for component in &mut out.components {
            for setting in component.settings.values_mut() {
                setting.value = crate::node::Effective::Unknown(reason.to_owned());
            }
        }
    }
}

struct Merged {
    kind: &'static str,
    document: Option<Document>,
}

impl Merged {
    fn base(kind: &'static str, text: &str) -> Self {
        let mut document = parse(&Source::new(kind, text)).documents.into_iter().find_map(Result::ok);
        for node in document.iter_mut().flat_map(|document| &mut document.nodes) {
            node.span = Span::default();
            if let Value::Mapping(entries) = &mut node.value {
                entries.iter_mut().for_each(|entry| entry.key_span = Span::default());
            }
        }
        Self { kind, document }
    }

    fn add(&mut self, patch: &Document) {
        let Some(document) = &mut self.document else { return };
        let root = graft(document, patch);
        let base = document.root;
        merge(document, base, root);
    }
}

/// Takes the nodes of another document in; its root.
fn graft(document: &mut Document, other: &Document) -> NodeId {
    let offset = u32::try_from(document.nodes.len()).unwrap_or(u32::MAX);
    let moved = |id: NodeId| NodeId(id.0.saturating_add(offset));
    for node in &other.nodes {
        let mut node = node.clone();
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().for_each(|item| *item = moved(*item)),
            Value::Mapping(entries) => entries.iter_mut().for_each(|entry| entry.value = moved(entry.value)),
            Value::Alias(target) => *target = moved(*target),
            _ => {}
        }
        document.nodes.push(node);
    }
    moved(other.root)
}

/// A merge patch (RFC 7386) of one node onto another of the same document.
fn merge(document: &mut Document, base: NodeId, patch: NodeId) {
    let Value::Mapping(changes) = document.value(patch).clone() else { return };
    let at = document.resolve(base);
    let own = match document.value(at) {
        Value::Mapping(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.value)).collect(),
        _ => BTreeMap::new(),
    };
    let mapping = |document: &Document, id: NodeId| matches!(document.value(id), Value::Mapping(_));
    let (mut replaced, mut added) = (BTreeSet::new(), Vec::new());
    for change in changes {
        let below = own.get(&change.key).copied();
        if let Some(below) = below.filter(|below| mapping(document, *below) && mapping(document, change.value)) {
            merge(document, below, change.value);
            continue;
        }
        replaced.insert(change.key.clone());
        if *document.value(change.value) != Value::Null {
            added.push(change);
        }
    }
    if let Some(Value::Mapping(entries)) = document.nodes.get_mut(at.0 as usize).map(|node| &mut node.value) {
        entries.retain(|entry| !replaced.contains(&entry.key));
        entries.extend(added);
    }
}
