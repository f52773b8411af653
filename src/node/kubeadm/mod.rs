//! kubeadm: from its configuration documents to the components that it sets up on a node, as cmd/kubeadm of Kubernetes 1.33
//! to 1.36 does, every argument with the place that causes it.

mod arguments;
mod check;
mod cluster_api;
mod config;
mod kind;
mod kubelet;
mod network;
mod patch;
mod pod;
mod stream;

use std::sync::Arc;

use serde_json::Value as Json;

use crate::model::{Location, Source};
use crate::node::Note;

use super::component::{Component, Program};
use super::flags::Argument;
use super::proxy;
use super::setting::{Origin, Setting};
use super::tree::Tree;
use super::version::Version;
use super::view::View;
use config::{Cluster, Config, Init, Join};
use patch::Patches;

pub use cluster_api::{Managed, is_cluster_api, of_cluster_api};
pub use kind::{is_kind, of_kind};

/// What kubeadm finds on the machine that it runs on, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// The address of the interface with the default route.
    pub address: Option<String>,
    /// The host name.
    pub name: Option<String>,
    /// The version of kubeadm; without it that of `kubernetesVersion`.
    pub kubeadm: Option<Version>,
    /// The version of Kubernetes where the configuration does not tell it.
    pub kubernetes: Option<Version>,
}

/// What kubeadm makes of its configuration.
#[derive(Debug, Clone, Default)]
pub struct Kubeadm {
    /// The components as they would run if kubeadm went on.
    pub components: Vec<Component>,
    /// What it writes for the kubelet and etcd and the control plane.
    pub rendered: Vec<Rendered>,
    /// Why it would stop.
    pub refused: Vec<Note>,
    /// What `kubeadm config validate` refuses; `init` and `join` go on without it.
    pub ignored: Vec<Note>,
    /// What it warns about, and what the repository leaves open.
    pub warnings: Vec<Note>,
}

/// The command line of one component as kubeadm writes it.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Which component.
    pub program: Program,
    /// Its arguments without the binary; of the kubelet, those of kubeadm-flags.env.
    pub arguments: Vec<Argument>,
    /// The static pod; of the kubelet, its configuration file.
    pub manifest: Json,
    /// Why this one cannot be written.
    pub refused: Vec<Note>,
}

/// The configuration documents that kubeadm reads together.
#[derive(Debug, Clone, Copy, Default)]
struct Documents<'a> {
    cluster: Option<Config<'a>>,
    init: Option<Config<'a>>,
    join: Option<Config<'a>>,
    kubelet: Option<View<'a>>,
    proxy: Option<View<'a>>,
}

/// What a file with kubeadm documents comes to; `None` for a file without any.
///
/// `tree` holds the files of the node, for patches and for the files that flags name.
pub fn of_file(source: &Arc<Source>, tree: &Tree, machine: &Machine) -> Option<Kubeadm> {
    let mut out = Kubeadm::default();
    let stream = stream::read(source)?;
    let documents = stream.documents(source, machine, &mut out);
    out.render(&documents, tree, machine, &config::Surroundings::default());
    Some(out)
}

impl Kubeadm {
    fn render(&mut self, documents: &Documents<'_>, tree: &Tree, machine: &Machine, around: &config::Surroundings) {
        let cluster = Cluster::read(documents.cluster, around);
        let version = Version::parse(&cluster.kubernetes_version.text).or(machine.kubernetes);
        let kubeadm = machine.kubeadm.or(version);
        if let Some(place) = cluster.kubernetes_version.place.clone().filter(|_| version.is_none()) {
            let message = "the version of Kubernetes is not known, so what differs between versions is not either";
            self.warnings.push(Note::new(message, Some(place)));
        }
        check::cluster(documents.cluster, &cluster, kubeadm, self);
        let controls = documents.init.is_some() || documents.cluster.is_some();
        if controls {
            let init = Init::read(documents.init, machine, &mut self.refused);
            check::init(documents.init, &init, self);
            let patches = Patches::read(&init.patches, tree);
            for program in [Program::ApiServer, Program::ControllerManager, Program::Scheduler, Program::Etcd] {
                self.static_pod(program, &cluster, &init, (kubeadm, version), &patches, tree);
            }
            let context =
                kubelet::Context { cluster: &cluster, node: &init.node, worker: false, kubeadm, version, tree };
            self.kubelet(documents.kubelet, &context, &patches);
        }
        if let Some(config) = documents.join {
            let join = Join::read(config, machine);
            check::join(config, &join, around.managed, self);
            // A node of the control plane has the same static pods as the first one; the kubelets may differ.
            let worker = !join.control_plane;
            let context = kubelet::Context { cluster: &cluster, node: &join.node, worker, kubeadm, version, tree };
            if controls || around.managed && documents.kubelet.is_some() {
                self.kubelet(documents.kubelet, &context, &Patches::read(&join.patches, tree));
            } else {
                self.joining_kubelet(&context);
            }
        }
        if controls && !cluster.proxy_disabled {
            self.proxy(documents.proxy, &cluster, version);
        }
    }

    fn static_pod(
        &mut self,
        program: Program,
        cluster: &Cluster<'_>,
        init: &Init<'_>,
        (kubeadm, version): (Option<Version>, Option<Version>),
        patches: &Patches,
        tree: &Tree,
    ) {
        let Some(arguments) = arguments::of(program, cluster, init, kubeadm) else { return };
        let (mut rendered, pod) = pod::render(program, cluster, init, kubeadm, arguments, patches);
        if let Some(pod) = pod {
            let mut component = pod.component(tree, version);
            component.refused.splice(0..0, rendered.refused.iter().cloned());
            component.place = cluster.place_of(program).or_else(|| init.place.clone());
            built_in(&mut component);
            rendered.arguments = pod.arguments;
            self.components.push(component);
        }
        self.rendered.push(rendered);
    }

    fn proxy(&mut self, document: Option<View<'_>>, cluster: &Cluster<'_>, version: Option<Version>) {
        let own = |value: &Argument| {
            let value = value.clone();
            (!value.text.is_empty() || value.unknown.is_some()).then_some(value)
        };
        let mut component = proxy::of_file(document, version, &[("clusterCIDR", own(&cluster.pod_subnet))]);
        component.place = component.place.or_else(|| cluster.place.clone());
        self.components.push(component);
    }
}

/// Flags that kubeadm sets by itself count as its defaults.
fn built_in(component: &mut Component) {
    let by_itself = |setting: &&mut Setting| setting.origin == Origin::Flag && setting.place.is_none();
    for setting in component.settings.values_mut().filter(by_itself) {
        setting.origin = Origin::Distribution;
        setting.rule = "kubeadm sets it by itself";
    }
}

impl Kubeadm {
    /// Moves every place into another file, or takes it away.
    fn map_places(&mut self, map: &dyn Fn(&Location) -> Option<Location>) {
        let change = |place: &mut Option<Location>| *place = place.take().and_then(|place| map(&place));
        for component in &mut self.components {
            change(&mut component.place);
            for setting in component.settings.values_mut() {
                change(&mut setting.place);
                setting.adds = setting.adds.iter().filter_map(map).collect();
                setting.overridden.retain_mut(|lost| {
                    let known = map(&lost.place);
                    known.map(|place| lost.place = place).is_some()
                });
            }
            component.notes().for_each(|problem| change(&mut problem.place));
            built_in(component);
        }
        let rendered = self.rendered.iter_mut();
        rendered.flat_map(|rendered| &mut rendered.arguments).for_each(|argument| change(&mut argument.place));
        let problems = self.refused.iter_mut().chain(&mut self.ignored).chain(&mut self.warnings);
        problems.for_each(|problem| change(&mut problem.place));
    }
}

/// A place of a view, if there is one.
fn place(view: Option<View<'_>>) -> Option<Location> {
    view.map(View::place)
}
