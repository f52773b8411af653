//! Components that kubeadm, k3s or RKE2 set up on the node that holds their configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Document, Location, Source};
use crate::node::component::Component;
use crate::node::kubeadm::{self, Kubeadm, Machine};
use crate::node::version::Version;
use crate::node::view::View;
use crate::node::{Note, Tree, k3s};
use crate::parse::parse;

use super::components::{Declaration, Found, line_of};
use super::declared::Declared;
use super::ledger::Ledger;
use super::tree::{Read, first_line};

/// What a tool makes of its configuration.
pub struct SetUp {
    /// The tool, for messages.
    pub tool: &'static str,
    /// The components.
    pub components: Vec<Component>,
    /// Why the tool would stop.
    pub refused: Vec<Note>,
    /// What it passes over.
    pub ignored: Vec<Note>,
    /// What else there is to say.
    pub warnings: Vec<Note>,
}

/// The components of the node itself.
pub fn of_node(
    declarations: &[Declaration],
    read: &Read,
    kubernetes: Option<Version>,
    ledger: &mut Ledger,
) -> Vec<Found> {
    let mut found = Vec::new();
    if let Some(mut node) = k3s::node_of(&read.tree) {
        node.kubernetes = kubernetes.map(|version| version.to_string()).unwrap_or_default();
        found.extend(of_k3s(&read.tree, &node, ledger));
    }
    let files: BTreeMap<_, _> = declarations
        .iter()
        .filter(|one| one.what == Declared::Kubeadm)
        .map(|one| (Arc::clone(one.source.path()), Arc::clone(&one.source)))
        .collect();
    files.values().for_each(|source| found.extend(of_kubeadm(source, read, kubernetes, ledger)));
    found
}

/// What kubeadm knows of a machine that is not there.
pub fn machine(kubernetes: Option<Version>) -> Machine {
    Machine { kubernetes, ..Machine::default() }
}

/// What k3s or RKE2 runs by the files of a tree.
pub fn of_k3s(tree: &Tree, node: &k3s::Node, ledger: &mut Ledger) -> Vec<Found> {
    let found = k3s::of_node(tree, node);
    let homes = found.homes;
    let sources = found.sources;
    sources.iter().for_each(|source| ledger.mark(source.path(), 0));
    let Some(first) = sources.first() else { return Vec::new() };
    let ignored = found.skipped.into_iter().map(|skipped| skipped.problem).collect();
    let set_up = SetUp {
        tool: node.distribution.word(),
        components: found.components,
        refused: found.refused,
        ignored,
        warnings: found.warnings,
    };
    let home = |component: &Component| homes.get(&component.name).cloned().unwrap_or_else(|| first_line(first));
    set_up.found(first, &home, None, ledger)
}

impl From<Kubeadm> for SetUp {
    fn from(kubeadm: Kubeadm) -> Self {
        let Kubeadm { components, refused, ignored, warnings, .. } = kubeadm;
        Self { tool: "kubeadm", components, refused, ignored, warnings }
    }
}

impl SetUp {
    /// Each component with its home. What the tool would stop for is told of the first one.
    pub fn found(
        mut self,
        source: &Arc<Source>,
        home: &dyn Fn(&Component) -> Location,
        config: Option<&(Arc<Source>, Arc<Document>)>,
        ledger: &mut Ledger,
    ) -> Vec<Found> {
        ledger.note(self.warnings);
        if let (true, Some(problem)) = (self.components.is_empty(), self.refused.first()) {
            let reason = format!("{} would stop: {}", self.tool, problem.message);
            ledger.fail(source.path(), problem.place.as_ref(), reason);
        }
        let blocked = self.refused.first().map(|first| format!("{} would stop: {}", self.tool, first.message));
        for (at, component) in self.components.iter_mut().enumerate() {
            if at == 0 {
                component.refused.splice(0..0, self.refused.drain(..));
                component.ignored.splice(0..0, self.ignored.drain(..));
            } else {
                component.blocked.clone_from(&blocked);
            }
        }
        let found = |component: Component| {
            let home = line_of(&home(&component));
            let document = document_at(&home);
            let config = config.filter(|_| component.name == crate::node::component::Program::Kubelet).cloned();
            Found { component, home, document, config }
        };
        self.components.into_iter().map(found).collect()
    }
}

fn of_kubeadm(source: &Arc<Source>, read: &Read, kubernetes: Option<Version>, ledger: &mut Ledger) -> Vec<Found> {
    let Some(kubeadm) = kubeadm::of_file(source, &read.tree, &machine(kubernetes)) else { return Vec::new() };
    let mut config = None;
    let controls =
        kubeadm.components.iter().any(|component| component.name != crate::node::component::Program::Kubelet);
    for document in parse(source).documents.into_iter().flatten() {
        let view = View::root(source, &document);
        let own = view.text("apiVersion").starts_with("kubeadm.k8s.io/");
        let other = matches!(view.text("kind"), "KubeletConfiguration" | "KubeProxyConfiguration") && controls;
        if own || other {
            ledger.mark(source.path(), document.index);
        }
        if other && view.text("kind") == "KubeletConfiguration" {
            config = Some((Arc::clone(source), Arc::new(document)));
        }
    }
    let home = |component: &Component| component.place.clone().unwrap_or_else(|| first_line(source));
    SetUp::from(kubeadm).found(source, &home, config.as_ref(), ledger)
}

/// The document that holds a place.
fn document_at(place: &Location) -> usize {
    let documents = parse(&place.source).documents.into_iter().flatten();
    let before = documents.filter(|document| document.node(document.root).span.start <= place.span.start);
    before.map(|document| document.index).next_back().unwrap_or(0)
}
