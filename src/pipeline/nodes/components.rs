//! The components of a node: those of its static pods, its kubelet, and kubelet configurations that lie anywhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Document, Location, Source, Span, Value};
use crate::node::component::{Component, Program};
use crate::node::policy::PolicyFile;
use crate::node::static_pod::{self, StaticPod};
use crate::node::tree::Found as InTree;
use crate::node::version::Version;
use crate::node::view::View;
use crate::node::{Entry, Setting, Tree, kubelet};
use crate::parse::parse;
use crate::pipeline::plan::Plan;

use super::Used;
use super::tree::{Node, Read, first_line};

/// A component with what its places need.
pub struct Found {
    /// The component.
    pub component: Component,
    /// Where a flag would be added.
    pub home: Location,
    /// The document that declares it.
    pub document: usize,
    /// The configuration file of a kubelet.
    pub config: Option<(Arc<Source>, Arc<Document>)>,
    /// What its flags name, by flag.
    pub files: BTreeMap<&'static str, (Arc<Source>, Arc<Document>)>,
}

const KUBELET_CONFIGURATION: &str = "KubeletConfiguration";
/// Where a kubelet configuration is assumed to lie that no node of the repository reads.
const KUBELET_FILE: &str = "var/lib/kubelet/config.yaml";

/// Whether a document declares a component.
pub fn declares(document: &Document) -> bool {
    let source = Arc::new(Source::new("", ""));
    let root = View::root(&source, document);
    root.text("kind") == KUBELET_CONFIGURATION || pods(root).any(|spec| !static_pod::read(spec).is_empty())
}

/// The components of a node.
pub fn of(plan: &Plan, node: &Node, read: &Read, used: &mut Used) -> Vec<Found> {
    let mut found = Vec::new();
    let mut configurations = Vec::new();
    let declared = plan.cluster(plan.config.cluster_of(&format!("{}/", node.root)));
    let mut kubernetes = declared.get("kubernetes").and_then(|version| Version::parse(version.as_str()?));
    for source in node.declaring.iter().filter_map(|path| read.sources.get(path)) {
        for document in parse(source).documents.into_iter().flatten() {
            let document = Arc::new(document);
            let root = View::root(source, &document);
            for (home, pod) in pods(root).flat_map(static_pods) {
                kubernetes = kubernetes.or(pod.version.filter(|_| pod.program != Program::Etcd));
                found.push(of_pod(&pod, home, document.index, read, kubernetes, used));
            }
            if root.text("kind") == KUBELET_CONFIGURATION {
                configurations.push((Arc::clone(source), document));
            }
        }
    }
    found.extend(of_node(node, read, kubernetes, used));
    for (source, document) in configurations {
        let is_used = used.get(source.path()).is_some_and(|documents| documents.contains(&document.index));
        if !is_used {
            found.extend(alone(&source, &document, kubernetes, used));
        }
    }
    found.iter_mut().for_each(|found| found.component.node.clone_from(&node.root));
    found
}

/// The specifications of the pods in a document.
fn pods(root: View<'_>) -> impl Iterator<Item = View<'_>> {
    let items = if root.text("kind") == "List" { root.items("items") } else { vec![root] };
    items.into_iter().filter(|object| object.text("kind") == "Pod").filter_map(|pod| pod.get("spec"))
}

/// The components that a pod runs, each with the key that holds its flags.
fn static_pods(spec: View<'_>) -> Vec<(Location, StaticPod)> {
    let containers = spec.items("containers");
    let home = |pod: &StaticPod| {
        let container = containers.iter().find(|container| container.place().span == pod.place.span)?;
        let keys = ["args", "command"].into_iter().filter_map(|key| container.document.entry(container.id, key));
        // Flags are added where flags are.
        let entry = keys.into_iter().find(|entry| {
            let list = container.at(entry.value);
            let Value::Sequence(items) = list.value() else { return false };
            items.len() > usize::from(container.get("args").is_none())
        });
        let entry = entry.or_else(|| container.document.entry(container.id, "command"))?;
        Some(Location { source: Arc::clone(container.source), span: entry.key_span })
    };
    static_pod::read(spec).into_iter().map(|pod| (home(&pod).unwrap_or_else(|| line_of(&pod.place)), pod)).collect()
}

fn of_pod(
    pod: &StaticPod,
    home: Location,
    document: usize,
    read: &Read,
    kubernetes: Option<Version>,
    used: &mut Used,
) -> Found {
    let component = pod.component(&read.tree, kubernetes);
    let mut files = BTreeMap::new();
    for (flag, _) in component.files.iter().filter(|(_, file)| !matches!(file, PolicyFile::Unknown(_))) {
        let path = component.settings.get(*flag).and_then(text).and_then(|path| pod.host_path(path));
        let Some(InTree::File(source)) = path.map(|path| read.tree.find(&path)) else { continue };
        used.entry(Arc::clone(source.path())).or_default().insert(0);
        if let Some(Ok(document)) = parse(source).documents.into_iter().next() {
            files.insert(*flag, (Arc::clone(source), Arc::new(document)));
        }
    }
    for flag in ["config", "config-file"] {
        let path = component.settings.get(flag).and_then(text).and_then(|path| pod.host_path(path));
        if let Some(InTree::File(source)) = path.map(|path| read.tree.find(&path)) {
            used.entry(Arc::clone(source.path())).or_default().insert(0);
        }
    }
    used.entry(Arc::clone(home.source.path())).or_default().insert(document);
    Found { component, home, document, config: None, files }
}

/// The kubelet that systemd starts.
fn of_node(node: &Node, read: &Read, kubernetes: Option<Version>, used: &mut Used) -> Option<Found> {
    let component = kubelet::component_of_node(&read.tree, kubernetes)?;
    let mut mark = |source: &Arc<Source>| {
        used.entry(Arc::clone(source.path())).or_default().insert(0);
    };
    let is_of_kubelet = |path: &&Arc<str>| {
        let name = path.rsplit('/').next().unwrap_or_default();
        path.contains("kubelet.service")
            || path.ends_with("/kubelet")
            || name.ends_with(".env")
            || name == "10-kubeadm.conf"
    };
    node.below("").filter(is_of_kubelet).filter_map(|path| read.sources.get(path)).for_each(&mut mark);
    let path = |flag: &str| component.settings.get(flag).and_then(text);
    let config = path("config").and_then(|path| match read.tree.find(path) {
        InTree::File(source) => Some(Arc::clone(source)),
        InTree::Null | InTree::Nothing => None,
    });
    config.iter().for_each(&mut mark);
    for path in path("config-dir").map(|directory| read.tree.files_below(directory)).unwrap_or_default() {
        if let InTree::File(source) = read.tree.find(&path) {
            mark(source);
        }
    }
    let place = component.place.as_ref().map(line_of);
    let home = place.or_else(|| config.as_ref().map(first_line)).or_else(|| node.home(read))?;
    let document = config.as_ref().and_then(|source| parse(source).documents.into_iter().next()?.ok());
    let config = config.zip(document.map(Arc::new));
    Some(Found { component, home, document: 0, config, files: BTreeMap::new() })
}

/// The kubelet that a configuration is for which no node of the repository reads.
fn alone(
    source: &Arc<Source>,
    document: &Arc<Document>,
    kubernetes: Option<Version>,
    used: &mut Used,
) -> Option<Found> {
    let masked = masked(source, document);
    let file = Entry::File { source: Arc::clone(&masked), byte_order_mark: false };
    let tree = Tree::new([(KUBELET_FILE.to_owned(), file)]);
    let mut component = kubelet::component_of_node(&tree, kubernetes)?;
    component.each_place(&mut |place| {
        if Arc::ptr_eq(&place.source, &masked) {
            place.source = Arc::clone(source);
        }
    });
    // Nothing was said about a node, so nothing is missing on one.
    component.warnings.retain(|warning| !warning.message.contains("kubelet.service"));
    used.entry(Arc::clone(source.path())).or_default().insert(document.index);
    let root = Location { source: Arc::clone(source), span: document.node(document.root).span };
    let config = Some((Arc::clone(source), Arc::clone(document)));
    Some(Found { component, home: line_of(&root), document: document.index, config, files: BTreeMap::new() })
}

/// The same text with everything but one document blank, so that all places stay.
fn masked(source: &Arc<Source>, document: &Document) -> Arc<Source> {
    let span = document.node(document.root).span;
    let blank = |text: &str| text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect::<String>();
    let part = |start, end| source.slice(Span::new(start, end));
    let (before, behind) = (part(0, span.start), part(span.end, source.text().len()));
    let text = format!("{}{}{}", blank(before), source.slice(span), blank(behind));
    Arc::new(Source::new(Arc::clone(source.path()), text))
}

/// The first line of a place.
fn line_of(place: &Location) -> Location {
    let line = place.source.slice(place.span).lines().next().unwrap_or_default().len();
    Location { source: Arc::clone(&place.source), span: Span::new(place.span.start, place.span.start + line) }
}

fn text(setting: &Setting) -> Option<&str> {
    setting.known()?.as_str().filter(|text| !text.is_empty())
}
