//! The components of a node: those of its static pods, its kubelet, what kubeadm or k3s set up there, and configurations
//! that lie anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Document, Location, Source, Span, Value};
use crate::node::component::{Component, Program};
use crate::node::static_pod::{self, StaticPod};
use crate::node::version::Version;
use crate::node::view::View;
use crate::node::{Entry, Note, Tree, kubelet, proxy};
use crate::parse::parse;
use crate::pipeline::plan::Plan;

use super::declared::{Declared, declared, pods};
use super::ledger::Ledger;
use super::tree::{Node, Read, first_line};
use super::{set_up, standalone};

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
}

/// A document that declares something.
pub struct Declaration {
    /// What.
    pub what: Declared,
    /// Its file.
    pub source: Arc<Source>,
    /// The document.
    pub document: Arc<Document>,
}

/// The components of a node. What is written twice, such as a static pod beside the configuration that it was rendered
/// from, counts as the node runs it.
pub fn of(plan: &Plan, node: &Node, read: &Read, ledger: &mut Ledger) -> Vec<Found> {
    let declarations = declarations(node, read);
    let own = || declarations.iter().filter(|one| one.what == Declared::StaticPods);
    let pods: Vec<_> = own().flat_map(|one| static_pods(one).into_iter().map(move |pod| (one, pod))).collect();
    let versions = pods.iter().filter(|(_, (_, pod))| pod.program != Program::Etcd);
    let kubernetes = kubernetes(plan, node).or_else(|| versions.into_iter().find_map(|(_, (_, pod))| pod.version));
    let pods = pods.into_iter().map(|(one, (home, pod))| of_pod(&pod, home, one.document.index, read, kubernetes));
    let mut found: Vec<_> = pods.take(MOST).collect();
    let set_up = set_up::of_node(&declarations, read, kubernetes, ledger);
    let own = of_systemd(node, read, kubernetes);
    let has_file = own.as_ref().is_some_and(|own| own.config.is_some());
    let has_kubelet = set_up.iter().any(|found| found.component.name == Program::Kubelet);
    found.extend(own.filter(|_| has_file || !has_kubelet));
    // What lies somewhere else is another example, and hides nothing.
    let manifests: BTreeSet<_> = MANIFESTS.iter().flat_map(|directory| node.below(directory)).collect();
    let is_run = |found: &&Found| match found.component.name {
        Program::Kubelet => has_file,
        _ => manifests.contains(found.home.source.path()),
    };
    let (mut more, running) = (Vec::new(), found.iter().filter(is_run).collect::<Vec<_>>());
    for set_up in set_up {
        match running.iter().find(|found| found.component.name == set_up.component.name) {
            Some(runs) => ledger.note([beside(&set_up, runs)]),
            None => more.push(set_up),
        }
    }
    found.extend(more);
    found.iter().for_each(|found| mark(found, ledger));
    for one in &declarations {
        if found.len() >= MOST {
            let place = View::root(&one.source, &one.document).place();
            let reason = format!("the files of one node hold more than the {MOST} components that are judged");
            ledger.fail(one.source.path(), Some(&place), reason);
            break;
        }
        let more = match one.what {
            _ if ledger.is_marked(one.source.path(), one.document.index) => Vec::new(),
            Declared::Kubelet => alone(one, kubernetes).into_iter().collect(),
            Declared::Proxy => vec![of_proxy(one, kubernetes)],
            what => standalone::of(plan, what, one, read, kubernetes, ledger),
        };
        more.iter().for_each(|found| mark(found, ledger));
        found.extend(more);
    }
    found.iter_mut().for_each(|found| found.component.node.clone_from(&node.root));
    found
}

/// The version that the configuration gives the cluster of a node.
pub fn kubernetes(plan: &Plan, node: &Node) -> Option<Version> {
    let declared = plan.cluster(&node.cluster(plan, &format!("{}/", node.root)));
    declared.get("kubernetes").and_then(|version| Version::parse(version.as_str()?))
}

/// The first line of a place.
pub fn line_of(place: &Location) -> Location {
    let line = place.source.slice(place.span).lines().next().unwrap_or_default().len();
    Location { source: Arc::clone(&place.source), span: Span::new(place.span.start, place.span.start + line) }
}

/// Where a kubelet configuration is assumed to lie that no node of the repository reads.
const KUBELET_FILE: &str = "var/lib/kubelet/config.yaml";

/// Where the kubelets of kubeadm and of RKE2 look for static pods.
const MANIFESTS: [&str; 2] = ["etc/kubernetes/manifests/", "var/lib/rancher/rke2/agent/pod-manifests/"];

/// How many components of one node are judged. A directory of examples has some dozens.
const MOST: usize = 256;

fn declarations(node: &Node, read: &Read) -> Vec<Declaration> {
    let mut all = Vec::new();
    // The key of kubeadm's ConfigMap, which many write out under its name.
    let of_proxy = node.below("").filter(|path| path.ends_with("kube-proxy/config.conf"));
    for source in node.declaring.iter().chain(of_proxy).filter_map(|path| read.sources.get(path)) {
        for document in parse(source).documents.into_iter().flatten() {
            if let Some(what) = declared(source, &document) {
                all.push(Declaration { what, source: Arc::clone(source), document: Arc::new(document) });
            }
        }
    }
    all
}

fn mark(found: &Found, ledger: &mut Ledger) {
    ledger.mark(found.home.source.path(), found.document);
    ledger.mark_component(&found.component);
}

fn beside(set_up: &Found, runs: &Found) -> Note {
    let (name, file) = (set_up.component.name, runs.home.source.path());
    Note::at(set_up.home.clone(), format!("{name} is judged as {file} has it, which is what the node runs"))
}

/// The components that the pods of a document run, each with the key that holds its flags.
fn static_pods(one: &Declaration) -> Vec<(Location, StaticPod)> {
    pods(View::root(&one.source, &one.document)).flat_map(of_specification).collect()
}

fn of_specification(spec: View<'_>) -> Vec<(Location, StaticPod)> {
    let containers = spec.items("containers");
    let home = |pod: &StaticPod| {
        let container = containers.iter().find(|container| container.place().span == pod.place.span)?;
        // Flags are added where flags are.
        let holds_flags = |key: &&str| {
            let least = usize::from(*key == "command" || container.get("args").is_none());
            matches!(container.get(key).map(View::value), Some(Value::Sequence(items)) if items.len() > least)
        };
        let key = ["args", "command"].into_iter().find(holds_flags).unwrap_or("command");
        container.place_of_key(key)
    };
    static_pod::read(spec).into_iter().map(|pod| (home(&pod).unwrap_or_else(|| line_of(&pod.place)), pod)).collect()
}

fn of_pod(pod: &StaticPod, home: Location, document: usize, read: &Read, kubernetes: Option<Version>) -> Found {
    Found { component: pod.component(&read.tree, kubernetes), home, document, config: None }
}

/// The kubelet that systemd starts.
fn of_systemd(node: &Node, read: &Read, kubernetes: Option<Version>) -> Option<Found> {
    let component = kubelet::component_of_node(&read.tree, kubernetes)?;
    let config = component.sources.get("config").cloned();
    let place = component.place.as_ref().map(line_of);
    let home = place.or_else(|| config.as_ref().map(first_line)).or_else(|| node.home(read))?;
    let document = config.as_ref().and_then(|source| parse(source).documents.into_iter().next()?.ok());
    let config = config.zip(document.map(Arc::new));
    Some(Found { component, home, document: 0, config })
}

/// The kubelet that a configuration is for which no node of the repository reads.
fn alone(one: &Declaration, kubernetes: Option<Version>) -> Option<Found> {
    let (source, document) = (&one.source, &one.document);
    let masked = masked(source, document);
    let file = Entry::File { source: Arc::clone(&masked), byte_order_mark: false };
    let tree = Tree::new([(KUBELET_FILE.to_owned(), file)]);
    let mut component = kubelet::component_of_node(&tree, kubernetes)?;
    component.each_place(&mut |place| {
        if Arc::ptr_eq(&place.source, &masked) {
            place.source = Arc::clone(source);
        }
    });
    (component.sources, component.read) = (BTreeMap::new(), Vec::new());
    // Nothing was said about a node, so nothing is missing on one.
    component.warnings.retain(|warning| !warning.message.contains("kubelet.service"));
    let root = Location { source: Arc::clone(source), span: document.node(document.root).span };
    let config = Some((Arc::clone(source), Arc::clone(document)));
    Some(Found { component, home: line_of(&root), document: document.index, config })
}

fn of_proxy(one: &Declaration, kubernetes: Option<Version>) -> Found {
    let view = View::root(&one.source, &one.document);
    let component = proxy::of_document(view, kubernetes);
    Found { component, home: line_of(&view.place()), document: one.document.index, config: None }
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
