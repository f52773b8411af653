//! The kubelet as kubeadm configures it: kubeadm-flags.env, and the configuration file with the fields that kubeadm fills in
//! (cmd/kubeadm/app/phases/kubelet and componentconfigs).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::model::{Location, Source, Span, Value};
use crate::node::Note;
use crate::node::component::{Component, Program};
use crate::node::flags::Argument;
use crate::node::generated::Generated;
use crate::node::kubelet;
use crate::node::schema::{Kind, Schema, join};
use crate::node::setting::Overridden;
use crate::node::systemd::CommandLine;
use crate::node::traced::{Cutting, Traced};
use crate::node::tree::Tree;
use crate::node::version::Version;
use crate::node::view::View;

use super::arguments::{certificate, fixed, merged};
use super::config::{Cluster, Node};
use super::network::Network;
use super::patch::Patches;
use super::{Kubeadm, Rendered};

const FILE: &str = "var/lib/kubelet/config.yaml";
const ENVIRONMENT: &str = "var/lib/kubelet/kubeadm-flags.env";

/// What a kubelet runs with on a node.
pub struct Context<'a> {
    pub cluster: &'a Cluster<'a>,
    pub node: &'a Node<'a>,
    /// Whether it is a node that joins without a control plane.
    pub worker: bool,
    pub kubeadm: Option<Version>,
    pub version: Option<Version>,
    pub tree: &'a Tree,
}

impl Kubeadm {
    /// A kubelet whose configuration file kubeadm writes.
    pub(super) fn kubelet(&mut self, document: Option<View<'_>>, context: &Context<'_>, patches: &Patches) {
        let mut config = file(document, context);
        let patched = patches.apply("kubeletconfiguration", &mut config.value);
        config.places.extend(patched.paths);
        let source = config.source(FILE);
        let tree = context.tree.with_file(FILE, &source);
        let arguments = flags(context);
        let line = command_line(&tree, &arguments, patches.missing.clone());
        let mut component = kubelet::of_command_line(&tree, line, context.version());
        component.sources.clear();
        component.read.retain(|read| !Arc::ptr_eq(read, &source));
        let fallback = document.map(View::place);
        let rule = "kubeadm writes it into the kubelet's file by itself";
        config.relocate(&source, &mut component, rule, fallback.as_ref());
        rotation(&mut component, document);
        super::built_in(&mut component);
        component.refused.splice(0..0, patched.refused.iter().cloned());
        component.place = context.place();
        self.components.push(component);
        let (manifest, refused) = (config.value, patched.refused);
        self.rendered.push(Rendered { program: Program::Kubelet, arguments, manifest, refused });
    }

    /// A kubelet that joins a cluster whose configuration is not at hand.
    pub(super) fn joining_kubelet(&mut self, context: &Context<'_>) {
        let arguments = flags(context);
        let line = command_line(context.tree, &arguments, None);
        let mut component = kubelet::of_command_line(context.tree, line, context.version());
        super::built_in(&mut component);
        component.place = context.place();
        self.components.push(component);
        let (manifest, refused) = (Json::Null, Vec::new());
        self.rendered.push(Rendered { program: Program::Kubelet, arguments, manifest, refused });
    }
}

impl Context<'_> {
    fn version(&self) -> Option<Version> {
        self.version.or(self.kubeadm)
    }

    fn place(&self) -> Option<Location> {
        self.node.place.clone().or_else(|| self.cluster.place.clone())
    }

    /// Whether the container runtime's socket is in the file and not among the flags.
    fn socket_in_file(&self) -> bool {
        let default = self.kubeadm.is_none_or(|version| version >= Version::new(1, 34));
        self.cluster.gate("NodeLocalCRISocket", default)
    }
}

/// What systemd starts with the flags of kubeadm-flags.env: by the unit of the node, else by that of the kubeadm packages.
fn command_line(tree: &Tree, flags: &[Argument], missing: Option<Argument>) -> CommandLine {
    // Stands for the flags while systemd's rules are applied, so that each keeps its place.
    const FLAGS: &str = "--flags-of-kubeadm";
    let file = Arc::new(Source::new(ENVIRONMENT, format!("KUBELET_KUBEADM_ARGS={FLAGS}\n")));
    let mut line = kubelet::command_line(&tree.with_file(ENVIRONMENT, &file)).unwrap_or_default();
    let expand = |argument: Argument| {
        let own = argument.text != FLAGS;
        own.then_some(argument).into_iter().chain(flags.iter().filter(move |_| !own).cloned())
    };
    line.arguments = line.arguments.into_iter().flat_map(expand).chain(missing).collect();
    line.warnings.retain(|warning| warning.place.is_some());
    line.read.retain(|source| !Arc::ptr_eq(source, &file));
    line
}

/// `WriteKubeletDynamicEnvFile`, and the words that systemd cuts out of the variable.
fn flags(context: &Context<'_>) -> Vec<Argument> {
    let node = context.node;
    let mut base = Vec::new();
    if !context.socket_in_file() {
        base.push(("container-runtime-endpoint", node.socket.clone()));
    }
    if context.kubeadm.is_some_and(|version| version < Version::new(1, 36)) {
        let repository = &context.cluster.image_repository;
        let tag = if context.kubeadm < Some(Version::new(1, 34)) { "3.10" } else { "3.10.1" };
        base.push((
            "pod-infra-container-image",
            Argument { text: format!("{}/pause:{tag}", repository.text), ..repository.clone() },
        ));
    }
    if context.worker && !node.taints.is_empty() {
        let taints: Vec<_> = node.taints.iter().map(|taint| taint_text(*taint)).collect();
        let mut argument = fixed([("register-with-taints", taints.join(",").as_str())]);
        argument.iter_mut().for_each(|(_, value)| value.place = node.view.map(|view| view.place_of("taints")));
        base.append(&mut argument);
    }
    if node.renamed {
        base.push(("hostname-override", node.name.clone()));
    }
    merged(base, &node.args).into_iter().flat_map(words).collect()
}

/// `Taint.ToString`.
fn taint_text(taint: View<'_>) -> String {
    let (key, value, effect) = (taint.text("key"), taint.text("value"), taint.text("effect"));
    match (value, effect) {
        ("", "") => key.to_owned(),
        (value, "") => format!("{key}={value}:"),
        ("", effect) => format!("{key}:{effect}"),
        (value, effect) => format!("{key}={value}:{effect}"),
    }
}

/// What systemd makes of an argument in `$KUBELET_KUBEADM_ARGS`: it splits the variable at blanks and reads quotes.
fn words(argument: Argument) -> Vec<Argument> {
    if argument.unknown.is_some() || !argument.text.contains([' ', '\t', '\n', '"', '\'', '\\']) {
        return vec![argument];
    }
    let source = Arc::new(Source::new(FILE, argument.text.as_str()));
    let (words, _) = Traced::of(&source, Span::new(0, argument.text.len())).words(Cutting::Variable);
    words.into_iter().map(|word| Argument { text: word.text.text(), ..argument.clone() }).collect()
}

/// The configuration file: the user's document with what kubeadm fills in.
fn file(document: Option<View<'_>>, context: &Context<'_>) -> Generated {
    let schema = Schema::of("KubeletConfiguration", context.version());
    let mut config = Generated::new(json!({}));
    if let Some(document) = document {
        config.value = pruned(document, "", &schema, &mut config.places);
    }
    let cluster = context.cluster;
    let fixed = |text: &str| Argument::new(text, None);
    let defaults = [
        ("apiVersion", fixed("kubelet.config.k8s.io/v1beta1")),
        ("kind", fixed("KubeletConfiguration")),
        ("staticPodPath", fixed("/etc/kubernetes/manifests")),
        ("clusterDomain", cluster.dns_domain.clone()),
        ("authentication.x509.clientCAFile", certificate(cluster, "ca.crt")),
        ("authorization.mode", fixed("Webhook")),
        ("healthzBindAddress", fixed("127.0.0.1")),
        ("cgroupDriver", fixed("systemd")),
    ];
    for (path, value) in defaults {
        // A value that is not known goes in as an expression, which the kubelet's reader knows for one.
        let text = if value.unknown.is_some() { "{{ unknown }}".to_owned() } else { value.text };
        config.fill(path, text.into(), value.place);
    }
    let subnet = &cluster.service_subnet;
    let dns = Network::parse_list(&subnet.text).and_then(|list| list.first()?.nth(10));
    let dns = dns.map_or_else(|| "10.96.0.10".to_owned(), |ip| ip.to_string());
    config.fill("clusterDNS", json!([dns]), subnet.place.clone());
    config.fill("authentication.anonymous.enabled", json!(false), None);
    config.fill("authentication.webhook.enabled", json!(true), None);
    config.fill("healthzPort", json!(10248), None);
    if context.socket_in_file() {
        config.set("containerRuntimeEndpoint", &context.node.socket);
    }
    config.put("rotateCertificates", json!(true), None);
    config.leave_out_empty();
    config
}

/// The fields that the type has, as kubeadm writes them again, and where they are written.
fn pruned(view: View<'_>, path: &str, schema: &Schema, places: &mut BTreeMap<String, Location>) -> Json {
    let object = path.is_empty() || schema.get(path).is_some_and(|field| field.kind == Kind::Object);
    match view.value() {
        Value::Mapping(entries) if object => {
            let mut members = Map::new();
            for entry in entries {
                let (path, value) = (join(path, &entry.key), view.at(entry.value));
                if schema.get(&path).is_some() && *value.value() != Value::Null {
                    places.insert(path.clone(), value.place());
                    members.insert(entry.key.to_string(), pruned(value, &path, schema, places));
                }
            }
            Json::Object(members)
        }
        _ => view.document.to_json(view.id),
    }
}

/// kubeadm rotates certificates whatever the document says.
fn rotation(component: &mut Component, document: Option<View<'_>>) {
    let written = document.filter(|document| document.boolean("rotateCertificates") == Some(false));
    let Some(place) = written.map(|document| document.place_of("rotateCertificates")) else { return };
    let why = "kubeadm sets rotateCertificates to true whatever the document says".to_owned();
    component.warnings.push(Note::new(why.clone(), Some(place.clone())));
    if let Some(setting) = component.settings.get_mut("rotateCertificates") {
        setting.overridden.push(Overridden { text: "false".to_owned(), place, why });
    }
}
