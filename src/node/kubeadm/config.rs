//! The fields of kubeadm's documents that decide how the components run, with their defaults.

use std::net::IpAddr;

use crate::model::{Location, Value};
use crate::node::Note;
use crate::node::component::Program;
use crate::node::flags::Argument;
use crate::node::go;
use crate::node::schema::whole;
use crate::node::template;
use crate::node::view::View;

use super::{Machine, place};

/// The versions of kubeadm's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Arguments as a mapping.
    V1Beta3,
    /// Arguments as a list of names and values.
    V1Beta4,
}

impl Api {
    /// The API of a version.
    pub fn of(version: &str) -> Option<Self> {
        match version {
            "v1beta3" => Some(Self::V1Beta3),
            "v1beta4" => Some(Self::V1Beta4),
            _ => None,
        }
    }
}

/// A configuration and the API that it is written in.
#[derive(Debug, Clone, Copy)]
pub struct Config<'a> {
    pub view: View<'a>,
    pub api: Api,
}

/// What fills in fields that a document leaves out, besides kubeadm's defaults.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The version of Kubernetes, said elsewhere.
    pub kubernetes_version: Option<Argument>,
    /// Why the cluster's name and networks are not known when the document does not have them.
    pub networking: Option<String>,
    /// The networks of pods and of services, said elsewhere.
    pub pod_subnet: Option<Argument>,
    /// See `pod_subnet`.
    pub service_subnet: Option<Argument>,
    /// Whether the tool around kubeadm gives every kubelet the same document, and fills in what joining needs.
    pub managed: bool,
}

/// An argument of the user's: a name and a value.
#[derive(Debug, Clone)]
pub struct Extra {
    pub name: String,
    pub value: Argument,
}

/// A control-plane component.
#[derive(Debug, Clone, Default)]
pub struct Part<'a> {
    pub view: Option<View<'a>>,
    pub args: Vec<Extra>,
    pub envs: Vec<View<'a>>,
    pub volumes: Vec<View<'a>>,
}

/// A `ClusterConfiguration`.
#[derive(Debug, Clone)]
pub struct Cluster<'a> {
    pub place: Option<Location>,
    pub kubernetes_version: Argument,
    pub certificates_dir: Argument,
    pub image_repository: Argument,
    pub cluster_name: Argument,
    pub service_subnet: Argument,
    pub pod_subnet: Argument,
    pub dns_domain: Argument,
    pub api_server: Part<'a>,
    pub controller_manager: Part<'a>,
    pub scheduler: Part<'a>,
    /// etcd on the same node; `None` when it runs elsewhere.
    pub etcd: Option<Part<'a>>,
    pub etcd_data: Argument,
    /// etcd that runs elsewhere.
    pub external: Option<View<'a>>,
    pub proxy_disabled: bool,
    pub gates: Vec<(&'a str, bool)>,
    pub timeout: Option<i64>,
}

/// An `InitConfiguration`.
#[derive(Debug, Clone)]
pub struct Init<'a> {
    pub place: Option<Location>,
    pub address: Argument,
    pub port: Argument,
    pub node: Node<'a>,
    pub patches: Argument,
    pub timeout: Option<i64>,
}

/// A `JoinConfiguration`.
#[derive(Debug, Clone)]
pub struct Join<'a> {
    pub node: Node<'a>,
    pub port: Argument,
    pub control_plane: bool,
    pub patches: Argument,
}

/// `nodeRegistration`.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    pub view: Option<View<'a>>,
    pub place: Option<Location>,
    /// The name of the node.
    pub name: Argument,
    /// Whether the name differs from the host's, as far as known.
    pub renamed: bool,
    pub socket: Argument,
    pub args: Vec<Extra>,
    pub taints: Vec<View<'a>>,
}

impl<'a> Cluster<'a> {
    /// Reads a document; without one everything has its default.
    pub fn read(config: Option<Config<'a>>, around: &Surroundings) -> Self {
        let root = config.map(|config| config.view);
        let api = config.map_or(Api::V1Beta4, |config| config.api);
        let networking = root.and_then(|root| root.get("networking"));
        let etcd = root.and_then(|root| root.get("etcd"));
        let (local, external) = (etcd.and_then(|etcd| etcd.get("local")), etcd.and_then(|etcd| etcd.get("external")));
        let part = |view| Part::read(view, api);
        let member = |key: &str| root.and_then(|root| root.get(key));
        let open = |value: Argument| match &around.networking {
            Some(reason) if value.place.is_none() => Argument { unknown: Some(reason.clone()), ..value },
            _ => value,
        };
        let or = |own: Argument, given: &Option<Argument>| match given {
            Some(given) if own.place.is_none() => given.clone(),
            _ => own,
        };
        let version = or(text(root, "kubernetesVersion", "stable-1"), &around.kubernetes_version);
        let services = or(text(networking, "serviceSubnet", "10.96.0.0/12"), &around.service_subnet);
        let pods = or(text(networking, "podSubnet", ""), &around.pod_subnet);
        let gates = root.and_then(|root| root.get("featureGates")).map(members).unwrap_or_default();
        let gate = |(key, view): (&'a str, View<'a>)| match view.value() {
            Value::Bool(value) => Some((key, *value)),
            _ => None,
        };
        Self {
            place: place(root),
            kubernetes_version: version,
            certificates_dir: text(root, "certificatesDir", "/etc/kubernetes/pki"),
            image_repository: text(root, "imageRepository", "registry.k8s.io"),
            cluster_name: open(text(root, "clusterName", "kubernetes")),
            service_subnet: open(services),
            pod_subnet: open(pods),
            dns_domain: open(text(networking, "dnsDomain", "cluster.local")),
            api_server: part(member("apiServer")),
            controller_manager: part(member("controllerManager")),
            scheduler: part(member("scheduler")),
            etcd: external.is_none().then(|| part(local)),
            etcd_data: text(local, "dataDir", "/var/lib/etcd"),
            external,
            proxy_disabled: member("proxy").and_then(|proxy| proxy.boolean("disabled")) == Some(true),
            gates: gates.into_iter().filter_map(gate).collect(),
            timeout: member("apiServer")
                .filter(|_| api == Api::V1Beta3)
                .and_then(|part| go::duration(part.text("timeoutForControlPlane"))),
        }
    }

    /// The component's section.
    pub fn part(&self, program: Program) -> Option<&Part<'a>> {
        match program {
            Program::ApiServer => Some(&self.api_server),
            Program::ControllerManager => Some(&self.controller_manager),
            Program::Scheduler => Some(&self.scheduler),
            Program::Etcd => self.etcd.as_ref(),
            Program::Kubelet | Program::Proxy => None,
        }
    }

    /// Where a flag of a component would be added: the key of its arguments, else its section, else the document.
    pub fn place_of(&self, program: Program) -> Option<Location> {
        let section = |view: View<'_>| view.place_of_key("extraArgs").unwrap_or_else(|| view.place());
        self.part(program).and_then(|part| part.view).map(section).or_else(|| self.place.clone())
    }

    /// Whether a feature gate of kubeadm is on.
    pub fn gate(&self, name: &str, default: bool) -> bool {
        self.gates.iter().find(|(gate, _)| *gate == name).map_or(default, |(_, value)| *value)
    }
}

impl<'a> Part<'a> {
    fn read(view: Option<View<'a>>, api: Api) -> Self {
        let list = |key: &str| view.map(|view| view.items(key)).unwrap_or_default();
        let args = arguments(view.and_then(|view| view.get("extraArgs")), api);
        Self { view, args, envs: list("extraEnvs"), volumes: list("extraVolumes") }
    }

    /// The last value of an argument (`GetArgValue`).
    pub fn arg(&self, name: &str) -> Option<&Argument> {
        last(&self.args, name)
    }
}

impl<'a> Init<'a> {
    /// Reads a document; without one everything has its default.
    pub fn read(config: Option<Config<'a>>, machine: &Machine, refused: &mut Vec<Note>) -> Self {
        let root = config.map(|config| config.view);
        let endpoint = root.and_then(|root| root.get("localAPIEndpoint"));
        let timeouts =
            config.filter(|config| config.api == Api::V1Beta4).and_then(|config| config.view.get("timeouts"));
        Self {
            place: place(root),
            address: address(endpoint, machine, refused),
            port: port(endpoint),
            node: Node::read(root, config.map_or(Api::V1Beta4, |config| config.api), machine),
            patches: text(root.and_then(|root| root.get("patches")), "directory", ""),
            timeout: timeouts.and_then(|view| go::duration(view.text("controlPlaneComponentHealthCheck"))),
        }
    }

    /// Whether the API server is reached over IPv6.
    pub fn is_ipv6(&self) -> bool {
        go::sloppy_ip(&self.address.text).is_some_and(|ip| ip.is_ipv6())
    }
}

impl<'a> Join<'a> {
    /// Reads a document.
    pub fn read(config: Config<'a>, machine: &Machine) -> Self {
        let root = Some(config.view);
        Self {
            node: Node::read(root, config.api, machine),
            port: port(config.view.get("controlPlane").and_then(|view| view.get("localAPIEndpoint"))),
            control_plane: config.view.get("controlPlane").is_some(),
            patches: text(config.view.get("patches"), "directory", ""),
        }
    }
}

impl<'a> Node<'a> {
    fn read(root: Option<View<'a>>, api: Api, machine: &Machine) -> Self {
        let view = root.and_then(|root| root.get("nodeRegistration"));
        let mut name = text(view, "name", "");
        name.text = name.text.trim().to_lowercase();
        let renamed = !name.text.is_empty() && machine.name.as_ref() != Some(&name.text);
        if name.text.is_empty() {
            name = known_or(machine.name.clone(), "the name of the machine");
        }
        let mut socket = text(view, "criSocket", "unix:///var/run/containerd/containerd.sock");
        if !socket.text.starts_with("unix") && socket.unknown.is_none() {
            socket.text = format!("unix://{}", socket.text);
        }
        let args = arguments(view.and_then(|view| view.get("kubeletExtraArgs")), api);
        let taints = view.map(|view| view.items("taints")).unwrap_or_default();
        let key = view.and_then(|view| view.place_of_key("kubeletExtraArgs"));
        let place = key.or_else(|| place(view)).or_else(|| place(root));
        Self { view, place, name, renamed, socket, args, taints }
    }
}

/// The last value of an argument.
pub fn last<'e>(args: &'e [Extra], name: &str) -> Option<&'e Argument> {
    args.iter().rev().find(|extra| extra.name == name).map(|extra| &extra.value)
}

/// A string of a mapping, or its default when it is absent or empty.
pub fn text(view: Option<View<'_>>, key: &str, default: &str) -> Argument {
    match view.and_then(|view| view.get(key)).filter(|value| !value.as_text().is_empty()) {
        Some(value) => argument(value),
        None => Argument::new(default, None),
    }
}

/// A scalar as an argument.
fn argument(view: View<'_>) -> Argument {
    let text = match view.value() {
        Value::String(text) => text.to_string(),
        Value::Number(number) => whole(number).map_or_else(|| number.to_string(), |number| number.to_string()),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    };
    let unknown = template::reason(&text, true);
    Argument { text, place: Some(view.place()), unknown }
}

/// The members of a mapping.
pub fn members<'a>(view: View<'a>) -> Vec<(&'a str, View<'a>)> {
    match view.value() {
        Value::Mapping(entries) => entries.iter().map(|entry| (&*entry.key, view.at(entry.value))).collect(),
        _ => Vec::new(),
    }
}

/// `extraArgs` in either form; a mapping is sorted by name. The wrong form is refused elsewhere and read nevertheless.
fn arguments(view: Option<View<'_>>, api: Api) -> Vec<Extra> {
    let Some(view) = view else { return Vec::new() };
    let mut args: Vec<_> = match view.value() {
        Value::Mapping(_) => {
            let extra = |(name, value): (&str, View<'_>)| Extra { name: name.to_owned(), value: argument(value) };
            members(view).into_iter().map(extra).collect()
        }
        Value::Sequence(items) => items.iter().map(|&id| entry(view.at(id))).collect(),
        _ => Vec::new(),
    };
    if api == Api::V1Beta3 {
        args.sort_by(|left, right| left.name.cmp(&right.name));
    }
    args
}

fn entry(view: View<'_>) -> Extra {
    let value = view.get("value").map_or_else(|| Argument::new("", Some(view.place())), argument);
    Extra { name: view.text("name").to_owned(), value }
}

fn known_or(value: Option<String>, what: &str) -> Argument {
    let unknown = value.is_none().then(|| format!("{what} is not in the repository"));
    Argument { text: value.unwrap_or_default(), place: None, unknown }
}

/// `SetAPIEndpointDynamicDefaults`: no address, the unspecified one and the loopback's stand for one of the machine's.
fn address(endpoint: Option<View<'_>>, machine: &Machine, refused: &mut Vec<Note>) -> Argument {
    let written = text(endpoint, "advertiseAddress", "");
    if written.unknown.is_some() {
        return written;
    }
    match go::sloppy_ip(&written.text) {
        Some(ip) if !ip.is_unspecified() && !ip.is_loopback() => Argument { text: canonical(ip), ..written },
        None if !written.text.is_empty() => {
            let message = format!("`{}` is not an IP address", written.text);
            refused.push(Note::new(message, written.place.clone()));
            written
        }
        _ => known_or(machine.address.clone(), "the address of the machine"),
    }
}

/// Go prints an IPv4 address that is written as IPv6 as IPv4.
fn canonical(ip: IpAddr) -> String {
    ip.to_canonical().to_string()
}

fn port(endpoint: Option<View<'_>>) -> Argument {
    let written = endpoint.and_then(|endpoint| endpoint.get("bindPort")).map(argument);
    written.filter(|port| port.text != "0" && !port.text.is_empty()).unwrap_or_else(|| Argument::new("6443", None))
}
