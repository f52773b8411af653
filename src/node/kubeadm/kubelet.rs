//! The kubelet as kubeadm configures it: kubeadm-flags.env, and the configuration file with the fields that kubeadm fills in
//! (cmd/kubeadm/app/phases/kubelet and componentconfigs).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::model::{Document, Location, NodeId, Source, Span, Value};
use crate::node::component::{Component, Problem, Program};
use crate::node::flags::Argument;
use crate::node::kubelet;
use crate::node::schema::{Kind, Schema, join};
use crate::node::setting::{Origin, Overridden, is_empty};
use crate::node::traced::{Cutting, Traced};
use crate::node::tree::Tree;
use crate::node::version::Version;
use crate::node::view::View;
use crate::parse::parse;

use super::arguments::{certificate, fixed, merged};
use super::config::{Cluster, Node};
use super::network::Network;
use super::patch::Patches;
use super::{Kubeadm, Rendered};

const FILE: &str = "var/lib/kubelet/config.yaml";

/// What a kubelet runs with on a node.
pub struct Context<'a> {
    pub cluster: &'a Cluster<'a>,
    pub node: &'a Node<'a>,
    /// Whether it is a node that joins without a control plane.
    pub worker: bool,
    pub kubeadm: Option<Version>,
    pub tree: &'a Tree,
}

impl Kubeadm {
    /// A kubelet whose configuration file kubeadm writes.
    pub(super) fn kubelet(&mut self, document: Option<View<'_>>, context: &Context<'_>, patches: &Patches) {
        let (mut config, mut places) = file(document, context);
        let patched = patches.apply("kubeletconfiguration", &mut config);
        places.extend(patched.paths);
        let source = Arc::new(Source::new(FILE, config.to_string()));
        let tree = context.tree.with_file(FILE, &source);
        let arguments = flags(context);
        let all = command_line(&arguments, patches.missing.clone());
        let mut component = kubelet::component(&tree, &all, context.version());
        let fallback = document.map(View::place);
        relocate(&mut component, &source, &places, fallback.as_ref());
        rotation(&mut component, document);
        super::built_in(&mut component);
        component.refused.splice(0..0, patched.refused.iter().cloned());
        component.place = context.place();
        self.components.push(component);
        self.rendered.push(Rendered {
            program: Program::Kubelet,
            arguments,
            manifest: config,
            refused: patched.refused,
        });
    }

    /// A kubelet that joins a cluster whose configuration is not at hand.
    pub(super) fn joining_kubelet(&mut self, context: &Context<'_>) {
        let arguments = flags(context);
        let mut component = kubelet::component(context.tree, &command_line(&arguments, None), context.version());
        super::built_in(&mut component);
        component.place = context.place();
        self.components.push(component);
        let (manifest, refused) = (Json::Null, Vec::new());
        self.rendered.push(Rendered { program: Program::Kubelet, arguments, manifest, refused });
    }
}

impl Context<'_> {
    fn version(&self) -> Option<Version> {
        Version::parse(&self.cluster.kubernetes_version.text).or(self.kubeadm)
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

/// The flags of the unit of the kubeadm packages, and those of kubeadm-flags.env.
fn command_line(flags: &[Argument], missing: Option<Argument>) -> Vec<Argument> {
    let unit = [
        "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
        "--kubeconfig=/etc/kubernetes/kubelet.conf",
        "--config=/var/lib/kubelet/config.yaml",
    ];
    let unit = unit.into_iter().map(|flag| Argument::new(flag, None));
    unit.chain(flags.iter().cloned()).chain(missing).collect()
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

/// The configuration file: the user's document with what kubeadm fills in, and where each member comes from.
fn file(document: Option<View<'_>>, context: &Context<'_>) -> (Json, BTreeMap<String, Location>) {
    let schema = Schema::of("KubeletConfiguration", context.version());
    let mut places = BTreeMap::new();
    let mut config = document.map_or_else(|| json!({}), |view| pruned(view, "", &schema, &mut places));
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
    let mut fill = |path: &str, value: Json, place: Option<Location>| {
        let Some(member) = member(&mut config, path) else { return };
        if member.is_null() || *member == json!("") {
            *member = value;
            places.extend(place.map(|place| (path.to_owned(), place)));
        }
    };
    for (path, value) in defaults {
        // A value that is not known goes in as the expression, which the kubelet's reader knows for one.
        let text = if value.unknown.is_some() { "{{ unknown }}".to_owned() } else { value.text };
        fill(path, text.into(), value.place);
    }
    let subnet = &cluster.service_subnet;
    let dns = Network::parse_list(&subnet.text).and_then(|list| list.first()?.nth(10));
    let dns = dns.map_or_else(|| "10.96.0.10".to_owned(), |ip| ip.to_string());
    fill("clusterDNS", json!([dns]), subnet.place.clone());
    fill("authentication.anonymous.enabled", json!(false), None);
    fill("authentication.webhook.enabled", json!(true), None);
    fill("healthzPort", json!(10248), None);
    if context.socket_in_file() {
        set(&mut config, &mut places, "containerRuntimeEndpoint", &context.node.socket);
    }
    if let Some(rotation) = member(&mut config, "rotateCertificates") {
        *rotation = json!(true);
        places.remove("rotateCertificates");
    }
    leave_out_empty(&mut config);
    (config, places)
}

/// Go leaves out lists and maps without a member.
fn leave_out_empty(value: &mut Json) {
    if let Json::Object(members) = value {
        members.values_mut().for_each(leave_out_empty);
        members.retain(|_, value| value.is_string() || !is_empty(value));
    }
}

fn set(config: &mut Json, places: &mut BTreeMap<String, Location>, path: &str, value: &Argument) {
    if let Some(member) = member(config, path) {
        *member = value.text.as_str().into();
        places.remove(path);
        places.extend(value.place.clone().map(|place| (path.to_owned(), place)));
    }
}

/// The member at a dotted path, made on the way; `None` when something else is in the place of a mapping.
fn member<'j>(config: &'j mut Json, path: &str) -> Option<&'j mut Json> {
    path.split('.').try_fold(config, |at, key| {
        if at.is_null() {
            *at = Json::Object(Map::new());
        }
        Some(at.as_object_mut()?.entry(key).or_insert(Json::Null))
    })
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

/// Replaces places in the file that kubeadm writes by those that cause them.
fn relocate(
    component: &mut Component,
    file: &Arc<Source>,
    places: &BTreeMap<String, Location>,
    fallback: Option<&Location>,
) {
    let document = parse(file).documents.into_iter().find_map(Result::ok);
    let mut paths = BTreeMap::new();
    if let Some(document) = &document {
        spans(document, document.root, String::new(), &mut paths);
    }
    let cause = |place: &Location| paths.get(&place.span).and_then(|path| places.get(path)).cloned();
    let written = |place: &Location| Arc::ptr_eq(&place.source, file);
    for setting in component.settings.values_mut() {
        if let Some(place) = setting.place.take_if(|place| written(place)) {
            setting.place = cause(&place);
            if setting.place.is_none() && setting.origin == Origin::File {
                setting.origin = Origin::Default;
                setting.rule = "kubeadm writes it into the kubelet's file by itself";
            }
        }
        setting.overridden.retain_mut(|lost| {
            let known = if written(&lost.place) { cause(&lost.place) } else { Some(lost.place.clone()) };
            known.map(|place| lost.place = place).is_some()
        });
    }
    for problem in component.refused.iter_mut().chain(&mut component.warnings) {
        if let Some(place) = problem.place.take_if(|place| written(place)) {
            problem.place = cause(&place).or_else(|| fallback.cloned());
        }
    }
}

fn spans(document: &Document, id: NodeId, path: String, paths: &mut BTreeMap<Span, String>) {
    if let Value::Mapping(entries) = document.value(id) {
        entries.iter().for_each(|entry| spans(document, entry.value, join(&path, &entry.key), paths));
    }
    paths.insert(document.node(id).span, path);
}

/// kubeadm rotates certificates whatever the document says.
fn rotation(component: &mut Component, document: Option<View<'_>>) {
    let written = document.filter(|document| document.boolean("rotateCertificates") == Some(false));
    let Some(place) = written.map(|document| document.place_of("rotateCertificates")) else { return };
    let why = "kubeadm sets rotateCertificates to true whatever the document says".to_owned();
    component.warnings.push(Problem::new(why.clone(), Some(place.clone())));
    if let Some(setting) = component.settings.get_mut("rotateCertificates") {
        setting.overridden.push(Overridden { text: "false".to_owned(), place, why });
    }
}
