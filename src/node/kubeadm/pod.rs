//! The static pods that kubeadm writes (`GetStaticPodSpecs`, `GetEtcdPodSpec`), and the components in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::model::{Location, Source};
use crate::node::component::Program;
use crate::node::flags::Argument;
use crate::node::static_pod::{self, StaticPod};
use crate::node::version::Version;
use crate::node::view::View;
use crate::parse::parse;

use super::Rendered;
use super::config::{Cluster, Init, Part};
use super::network::host_port;
use super::patch::Patches;

/// Directories that certificates may be linked into (`caCertsExtraVolumePaths`); kubeadm mounts those that exist.
const CERTIFICATE_LINKS: [&str; 5] = [
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

/// The static pod of a component with patches applied, and what runs in it.
pub fn render(
    program: Program,
    cluster: &Cluster<'_>,
    init: &Init<'_>,
    kubeadm: Option<Version>,
    arguments: Vec<Argument>,
    patches: &Patches,
) -> (Rendered, Option<StaticPod>) {
    let mut manifest = pod(program, cluster, init, kubeadm, &arguments);
    let patched = patches.apply(program.word(), &mut manifest);
    let fallback = cluster.place_of(program).or_else(|| init.place.clone());
    let known = Known { arguments: &arguments, part: cluster.part(program), texts: &patched.texts };
    let pod = fallback.and_then(|fallback| {
        let mut pod = read(&manifest, program)?;
        known.relocate(&mut pod, &fallback);
        pod.arguments.extend(patches.missing.clone());
        Some(pod)
    });
    (Rendered { program, arguments, manifest, refused: patched.refused }, pod)
}

/// Whether the etcd that kubeadm takes is 3.6 or newer.
pub fn is_new_etcd(cluster: &Cluster<'_>, kubeadm: Option<Version>) -> bool {
    // kubeadm 1.34 and 1.35 look at the image, the others at their own version.
    match kubeadm.map(|version| version.minor) {
        Some(..=33) => false,
        Some(34..=35) => {
            Version::parse(etcd_tag(cluster, kubeadm)).is_some_and(|version| version >= Version::new(3, 6))
        }
        _ => true,
    }
}

/// The tag of etcd's image (`SupportedEtcdVersion` of the last releases of 1.33, 1.34 and 1.36).
fn etcd_tag<'c>(cluster: &'c Cluster<'_>, kubeadm: Option<Version>) -> &'c str {
    let own = cluster.etcd.as_ref().and_then(|etcd| etcd.view).map_or("", |view| view.text("imageTag"));
    if !own.is_empty() {
        return own;
    }
    let kubernetes = Version::parse(&cluster.kubernetes_version.text).or(kubeadm);
    match (kubeadm.map(|version| version.minor), kubernetes.map(|version| version.minor)) {
        (Some(..=33), _) | (Some(34..=35), Some(..=33)) => "3.5.24-0",
        (Some(34..=35), _) => "3.6.5-0",
        _ => "3.6.8-0",
    }
}

/// Reads the component out of a manifest, as the kubelet would.
fn read(manifest: &Json, program: Program) -> Option<StaticPod> {
    let source = Arc::new(Source::new(format!("etc/kubernetes/manifests/{program}.yaml"), manifest.to_string()));
    let document = parse(&source).documents.into_iter().next()?.ok()?;
    static_pod::read(View::root(&source, &document).get("spec")?).into_iter().find(|pod| pod.program == program)
}

/// What is known about the words of a manifest.
struct Known<'a> {
    arguments: &'a [Argument],
    part: Option<&'a Part<'a>>,
    /// Texts that patches bring in.
    texts: &'a BTreeMap<String, Location>,
}

impl Known<'_> {
    /// Replaces places in the manifest, which nobody has written, by those that cause them.
    fn relocate(&self, pod: &mut StaticPod, fallback: &Location) {
        let known: BTreeMap<_, _> = self.arguments.iter().rev().map(|known| (known.text.as_str(), known)).collect();
        for argument in &mut pod.arguments {
            let known = known.get(argument.text.as_str()).copied();
            let patched = self.texts.get(&argument.text).cloned();
            argument.place = patched.or_else(|| known.and_then(|known| known.place.clone()));
            argument.unknown = known.and_then(|known| known.unknown.clone()).or(argument.unknown.take());
        }
        for (name, variable) in &mut pod.environment.variables {
            let own = self.part.iter().flat_map(|part| &part.envs).rfind(|env| env.text("name") == name);
            let patched = variable.value.as_ref().ok().and_then(|value| self.texts.get(value).cloned());
            let written = own.map(|env| env.place_of("value"));
            variable.place = patched.or(written).unwrap_or_else(|| fallback.clone());
        }
        pod.refused.iter_mut().for_each(|problem| problem.place = Some(fallback.clone()));
        pod.place = fallback.clone();
    }
}

fn pod(
    program: Program,
    cluster: &Cluster<'_>,
    init: &Init<'_>,
    kubeadm: Option<Version>,
    arguments: &[Argument],
) -> Json {
    let name = program.word();
    let command: Vec<_> = [name].into_iter().chain(arguments.iter().map(|argument| argument.text.as_str())).collect();
    let volumes = volumes(program, cluster);
    let mut mounts: Vec<_> = volumes.iter().map(|volume| volume.mount.clone()).collect();
    if program == Program::Etcd {
        // The only ones that are not sorted by name.
        mounts.reverse();
    }
    let address = host_port(&init.address.text, &init.port.text);
    let annotations = match program {
        Program::ApiServer => json!({ "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": address }),
        Program::Etcd => {
            let client = format!("https://{}", host_port(&init.address.text, "2379"));
            json!({ "kubeadm.kubernetes.io/etcd.advertise-client-urls": client })
        }
        _ => Json::Null,
    };
    let mut container = json!({
        "name": name,
        "image": image(program, cluster, kubeadm),
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": { "requests": requests(program) },
        "volumeMounts": mounts,
        "env": environment(cluster.part(program)),
    });
    probes(&mut container, &Probe::of(program, cluster, init), timeout(cluster, init), kubeadm);
    without_empty(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "kube-system",
            "labels": { "component": name, "tier": "control-plane" },
            "annotations": annotations,
        },
        "spec": {
            "containers": [container],
            "priority": 2_000_001_000,
            "priorityClassName": "system-node-critical",
            "hostNetwork": true,
            "volumes": volumes.into_iter().map(|volume| volume.volume).collect::<Vec<_>>(),
            "securityContext": { "seccompProfile": { "type": "RuntimeDefault" } },
        },
        "status": {},
    }))
}

/// Leaves out what Go's encoder leaves out.
fn without_empty(mut pod: Json) -> Json {
    if let Some(metadata) = pod.pointer_mut("/metadata").and_then(Json::as_object_mut) {
        metadata.retain(|_, value| !value.is_null());
    }
    if let Some(container) = pod.pointer_mut("/spec/containers/0").and_then(Json::as_object_mut) {
        container.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }
    pod
}

fn image(program: Program, cluster: &Cluster<'_>, kubeadm: Option<Version>) -> String {
    let repository = &cluster.image_repository.text;
    if program == Program::Etcd {
        let own = cluster.etcd.as_ref().and_then(|etcd| etcd.view).map_or("", |view| view.text("imageRepository"));
        let repository = if own.is_empty() { repository } else { own };
        return format!("{repository}/etcd:{}", etcd_tag(cluster, kubeadm));
    }
    let version = &cluster.kubernetes_version.text;
    let prefix = if version.starts_with(|c: char| c.is_ascii_digit()) { "v" } else { "" };
    let tag = version.replace(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)), "_");
    format!("{repository}/{program}:{prefix}{tag}")
}

fn requests(program: Program) -> Json {
    match program {
        Program::ApiServer => json!({ "cpu": "250m" }),
        Program::ControllerManager => json!({ "cpu": "200m" }),
        Program::Etcd => json!({ "cpu": "100m", "memory": "100Mi" }),
        _ => json!({ "cpu": "100m" }),
    }
}

/// `MergeKubeadmEnvVars`: by name, the last one counts.
fn environment(part: Option<&Part<'_>>) -> Vec<Json> {
    let mut variables = BTreeMap::new();
    for env in part.iter().flat_map(|part| &part.envs) {
        let mut variable = env.document.to_json(env.id);
        if variable.get("value") == Some(&json!("")) {
            variable.as_object_mut().map(|members| members.remove("value"));
        }
        if let Some(field) = variable.pointer_mut("/valueFrom/fieldRef").and_then(Json::as_object_mut) {
            field.entry("apiVersion").or_insert_with(|| json!("v1"));
        }
        variables.insert(env.text("name").to_owned(), variable);
    }
    variables.into_values().collect()
}

struct Probe {
    host: String,
    port: Json,
    scheme: &'static str,
    live: &'static str,
    ready: Option<&'static str>,
    start: &'static str,
}

impl Probe {
    fn of(program: Program, cluster: &Cluster<'_>, init: &Init<'_>) -> Self {
        let bound = |part: &Part<'_>| {
            let address = part.arg("bind-address").map_or("127.0.0.1", |address| &address.text);
            any(address).to_owned()
        };
        let https = |host, port: Json, live, ready, start| Self { host, port, scheme: "HTTPS", live, ready, start };
        match program {
            Program::ApiServer => {
                let port = init.port.text.parse::<u16>().map_or(Json::Null, Json::from);
                https(any(&init.address.text).to_owned(), port, "/livez", Some("/readyz"), "/livez")
            }
            Program::ControllerManager => {
                https(bound(&cluster.controller_manager), json!(10257), "/healthz", None, "/healthz")
            }
            Program::Scheduler => https(bound(&cluster.scheduler), json!(10259), "/livez", Some("/readyz"), "/livez"),
            _ => Self::of_etcd(cluster, init),
        }
    }

    fn of_etcd(cluster: &Cluster<'_>, init: &Init<'_>) -> Self {
        let local = if init.is_ipv6() { "::1" } else { "127.0.0.1" };
        let urls = cluster.etcd.as_ref().and_then(|etcd| etcd.arg("listen-metrics-urls"));
        let url = urls.and_then(|urls| urls.text.split(',').next()).unwrap_or_default();
        let (scheme, rest) = url.split_once("://").unwrap_or(("", ""));
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = super::network::split_host_port(authority).unwrap_or((authority, ""));
        let port: u16 = port.parse().ok().filter(|port| *port > 0).unwrap_or(2381);
        Self {
            host: if host.is_empty() { local } else { host }.to_owned(),
            port: json!(port),
            scheme: if scheme == "https" { "HTTPS" } else { "HTTP" },
            live: "/livez",
            ready: Some("/readyz"),
            start: "/readyz",
        }
    }
}

fn any(address: &str) -> &str {
    if matches!(address, "0.0.0.0" | "::") { "" } else { address }
}

fn probes(container: &mut Json, probe: &Probe, timeout: i64, kubeadm: Option<Version>) {
    // Since 1.34 the port has a name.
    let named = kubeadm.is_none_or(|version| version >= Version::new(1, 34));
    let port = if named { json!("probe-port") } else { probe.port.clone() };
    let get = |path: &str| {
        let mut get = json!({ "path": path, "port": port, "scheme": probe.scheme });
        if let Some(get) = get.as_object_mut().filter(|_| !probe.host.is_empty()) {
            get.insert("host".to_owned(), probe.host.as_str().into());
        }
        get
    };
    let check = |path: &str, delay: i64, failures: i64, period: i64| {
        let mut check = json!({ "httpGet": get(path), "timeoutSeconds": 15, "failureThreshold": failures, "periodSeconds": period });
        if let Some(check) = check.as_object_mut().filter(|_| delay > 0) {
            check.insert("initialDelaySeconds".to_owned(), delay.into());
        }
        check
    };
    let Some(container) = container.as_object_mut() else { return };
    container.insert("livenessProbe".to_owned(), check(probe.live, 10, 8, 10));
    if let Some(path) = probe.ready {
        container.insert("readinessProbe".to_owned(), check(path, 0, 3, 1));
    }
    let failures = timeout.saturating_add(9_999_999_999) / 10_000_000_000;
    container.insert("startupProbe".to_owned(), check(probe.start, 10, failures, 10));
    if named {
        let ports = json!([{ "name": "probe-port", "containerPort": probe.port, "protocol": "TCP" }]);
        container.insert("ports".to_owned(), ports);
    }
}

/// How long kubeadm waits for a component, in nanoseconds.
fn timeout(cluster: &Cluster<'_>, init: &Init<'_>) -> i64 {
    const DEFAULT: i64 = 240_000_000_000;
    cluster.timeout.filter(|timeout| *timeout != 0 && *timeout != DEFAULT).or(init.timeout).unwrap_or(DEFAULT)
}

struct Volume {
    volume: Json,
    mount: Json,
}

/// The volumes of a component by name; the user's replace kubeadm's own of the same name.
fn volumes(program: Program, cluster: &Cluster<'_>) -> Vec<Volume> {
    let mut volumes = BTreeMap::new();
    let mut add = |name: &str, host: &str, path: &str, read_only: bool, kind: &str| {
        let volume = json!({ "name": name, "hostPath": { "path": host, "type": kind } });
        let mut mount = json!({ "name": name, "mountPath": path });
        if let Some(mount) = mount.as_object_mut().filter(|_| read_only) {
            mount.insert("readOnly".to_owned(), true.into());
        }
        volumes.insert(name.to_owned(), Volume { volume, mount });
    };
    let mut own = |name: &str, path: &str, read_only: bool, kind: &str| add(name, path, path, read_only, kind);
    let certificates = &cluster.certificates_dir.text;
    match program {
        Program::Etcd => {
            own("etcd-data", &cluster.etcd_data.text, false, "DirectoryOrCreate");
            own("etcd-certs", &format!("{certificates}/etcd"), false, "DirectoryOrCreate");
        }
        Program::Scheduler => own("kubeconfig", "/etc/kubernetes/scheduler.conf", true, "FileOrCreate"),
        _ => {
            own("k8s-certs", certificates, true, "DirectoryOrCreate");
            own("ca-certs", "/etc/ssl/certs", true, "DirectoryOrCreate");
        }
    }
    if program == Program::ControllerManager {
        own("kubeconfig", "/etc/kubernetes/controller-manager.conf", true, "FileOrCreate");
        let plugins = cluster.controller_manager.arg("flex-volume-plugin-dir");
        let plugins = plugins.map_or("/usr/libexec/kubernetes/kubelet-plugins/volume/exec", |plugins| &plugins.text);
        own("flexvolume-dir", plugins, false, "DirectoryOrCreate");
    }
    if let Some(external) = cluster.external.filter(|_| program == Program::ApiServer) {
        for (index, directory) in external_certificates(external, certificates).iter().enumerate() {
            own(&format!("etcd-certs-{index}"), directory, true, "DirectoryOrCreate");
        }
    }
    for volume in cluster.part(program).iter().flat_map(|part| &part.volumes) {
        let text = |key| volume.text(key);
        let read_only = volume.boolean("readOnly") == Some(true);
        add(text("name"), text("hostPath"), text("mountPath"), read_only, text("pathType"));
    }
    volumes.into_values().collect()
}

/// `getEtcdCertVolumes`: the directories of certificates that are not mounted anyway.
fn external_certificates(external: View<'_>, certificates: &str) -> BTreeSet<String> {
    let mut directories: BTreeSet<String> = BTreeSet::new();
    for key in ["caFile", "certFile", "keyFile"] {
        let Some((directory, _)) = external.text(key).rsplit_once('/') else { continue };
        let directory = if directory.is_empty() { "/" } else { directory };
        let mounted = CERTIFICATE_LINKS.into_iter().chain(["/etc/ssl/certs", certificates]);
        if mounted.into_iter().any(|mounted| directory.starts_with(mounted)) {
            continue;
        }
        let below =
            directories.iter().any(|known| directory.starts_with(known.as_str()) && !known.starts_with(directory));
        directories.retain(|known| !known.starts_with(directory));
        if !below {
            directories.insert(directory.to_owned());
        }
    }
    directories
}
