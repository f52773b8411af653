//! Components of machines that a document describes by itself: those of kind, and of a config.yaml of k3s or RKE2 that lies
//! anywhere.

use std::path::Path;
use std::sync::Arc;

use crate::node::component::{Component, Distribution};
use crate::node::kubeadm;
use crate::node::version::Version;
use crate::node::view::View;
use crate::node::{Entry, Tree, k3s};
use crate::pipeline::plan::Plan;

use super::components::{Declaration, Found};
use super::declared::Declared;
use super::ledger::Ledger;
use super::set_up::{SetUp, machine, of_k3s};
use super::tree::Read;

/// How many files of the repository are mounted; configuration is a handful.
const MOST_MOUNTED: usize = 64;

/// The components of a declaration that describes a machine.
pub fn of(
    plan: &Plan,
    what: Declared,
    one: &Declaration,
    read: &Read,
    kubernetes: Option<Version>,
    ledger: &mut Ledger,
) -> Vec<Found> {
    let view = View::root(&one.source, &one.document);
    let machine = machine(kubernetes);
    match what {
        Declared::Kind => {
            let nodes = kubeadm::of_kind(view, &mounted(plan, view), &machine).unwrap_or_default();
            nodes.into_iter().flat_map(|node| found(node.into(), view, ledger)).collect()
        }
        Declared::K3s(distribution) => of_config(one, read, distribution, kubernetes, ledger),
        _ => Vec::new(),
    }
}

/// The components of a machine, at home in the document.
pub fn found(set_up: SetUp, view: View<'_>, ledger: &mut Ledger) -> Vec<Found> {
    let home = |component: &Component| component.place.clone().unwrap_or_else(|| view.place());
    set_up.found(view.source, &home, None, ledger)
}

/// The files of the repository that kind mounts into its control plane.
fn mounted(plan: &Plan, cluster: View<'_>) -> Tree {
    let nodes = cluster.items("nodes");
    let control_plane = nodes.into_iter().find(|node| node.text("role") != "worker");
    let mounts = control_plane.map(|node| node.items("extraMounts")).unwrap_or_default();
    let directory = Path::new(&**cluster.source.path()).parent().unwrap_or(Path::new("")).to_owned();
    let mut entries = Vec::new();
    for mount in mounts {
        let (host, container) = (mount.text("hostPath"), mount.text("containerPath"));
        let host = host.trim_start_matches("./").trim_end_matches('/');
        // kind resolves a relative path from where it is called: the directory of its file, or the root.
        let bases = [directory.join(host), Path::new(host).to_owned()];
        for candidate in plan.candidates.iter().filter(|_| !host.is_empty()) {
            let rest = bases.iter().find_map(|base| Path::new(&*candidate.path).strip_prefix(base).ok());
            let rest = rest.filter(|_| entries.len() < MOST_MOUNTED);
            if let (Some(rest), Some(Ok(source))) = (rest, rest.map(|_| plan.source(candidate))) {
                let path = Path::new(container.trim_matches('/')).join(rest).to_string_lossy().into_owned();
                let entry = Entry::File { source, byte_order_mark: false };
                entries.push((path.trim_end_matches('/').to_owned(), entry));
            }
        }
    }
    Tree::new(entries)
}

/// A config.yaml that lies anywhere, with the files beside it.
fn of_config(
    one: &Declaration,
    read: &Read,
    distribution: Distribution,
    kubernetes: Option<Version>,
    ledger: &mut Ledger,
) -> Vec<Found> {
    let home = format!("etc/rancher/{}", distribution.word());
    let directory = |path: &str| path.rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned());
    let here = directory(one.source.path());
    let file = |source| Entry::File { source: Arc::clone(source), byte_order_mark: false };
    let beside = read.sources.values().filter(|source| directory(source.path()) == here);
    let beside = beside.map(|source| {
        let name = source.path().rsplit('/').next().unwrap_or_default();
        (format!("{home}/{name}"), file(source))
    });
    let beside = beside.filter(|(path, _)| !path.ends_with("/config.yaml"));
    let tree = Tree::new(beside.chain([(format!("{home}/config.yaml"), file(&one.source))]));
    let Some(mut node) = k3s::node_of(&tree) else { return Vec::new() };
    node.kubernetes = kubernetes.map(|version| version.to_string()).unwrap_or_default();
    of_k3s(&tree, &node, ledger)
}
