//! The kubelet of k3s and RKE2 (pkg/daemons/agent of k3s): flags up to 1.31, since 1.32 a drop-in and few flags.

use serde_json::json;

use crate::node::Note;
use crate::node::component::{Distribution, Program};
use crate::node::flags::Argument;
use crate::node::generated::Generated;
use crate::node::kubelet;
use crate::node::tree::{Found, Tree};
use crate::node::version::Version;

use super::arguments::{directory, fixed, merged, networks, node_name};
use super::options::Options;
use super::{CommandLine, K3s};

/// The flags of klog, which RKE2 takes out of the kubelet's arguments for itself.
const KLOG: [&str; 11] = [
    "add-dir-header",
    "alsologtostderr",
    "log-backtrace-at",
    "log-dir",
    "log-file",
    "log-file-max-size",
    "logtostderr",
    "one-output",
    "skip-headers",
    "skip-log-headers",
    "stderrthreshold",
];

impl K3s {
    pub(super) fn kubelet(&mut self, tree: &Tree, options: &Options, version: Option<Version>) {
        let mut arguments = own(options);
        let drop_ins = options.node.is_at_least(32, 0);
        let (mut tree, mut extra) = (tree.clone(), Vec::new());
        for argument in options.list("kubelet-arg") {
            if is_klog(argument) && options.node.distribution == Distribution::Rke2 {
                continue;
            }
            match drop_ins.then(|| configuration(argument)).flatten() {
                Some((is_directory, path)) => {
                    self.copy(&mut tree, options, argument, is_directory, path, &mut arguments)
                }
                None => extra.push(argument.clone()),
            }
        }
        let base = if drop_ins { flags(options) } else { old_flags(options) };
        arguments.extend(merged(base, &extra));
        let config = drop_in(options);
        let file = format!("{}/00-{}-defaults.conf", managed(options).text, options.node.distribution.word());
        let source = config.source(&file);
        if drop_ins {
            tree = tree.with_file(&file, &source);
        }
        let mut component = kubelet::component(&tree, &arguments, version);
        let rule = "the distribution writes it into the kubelet's drop-in by itself";
        config.relocate(&source, &mut component, rule, options.place().as_ref());
        super::built_in(&mut component);
        component.place = options.place();
        self.components.push(component);
        arguments.retain(|argument| argument.text.starts_with("--"));
        self.command_lines.push(CommandLine { program: Program::Kubelet, arguments });
    }

    /// Copies the files that the user names to the kubelet into the managed directory, behind the defaults.
    fn copy(
        &mut self,
        tree: &mut Tree,
        options: &Options,
        argument: &Argument,
        is_directory: bool,
        path: &str,
        arguments: &mut Vec<Argument>,
    ) {
        let managed = managed(options).text;
        let mut found = Vec::new();
        if is_directory {
            let prefix = format!("{}/", path.trim_matches('/'));
            let below = |file: &String| Some((file.clone(), file.strip_prefix(&prefix)?.to_owned()));
            let files = tree.files_below(path);
            let named = files.iter().filter_map(below);
            found.extend(named.map(|(file, name)| (file, format!("{managed}/20-cli-config-dir/{name}"))));
        } else {
            found.push((path.to_owned(), format!("{managed}/10-cli-config.conf")));
        }
        let mut copied = false;
        for (file, target) in found {
            if let Found::File(source) = tree.find(&file) {
                let source = std::sync::Arc::clone(source);
                *tree = tree.with_file(&target, &source);
                copied = true;
            }
        }
        if !copied {
            let reason = format!("{path} is not in the repository");
            self.warnings
                .push(Note::new(format!("{reason}; it may change any setting of the kubelet"), argument.place.clone()));
            arguments.push(Argument { text: path.to_owned(), place: argument.place.clone(), unknown: Some(reason) });
        }
    }
}

/// `config=` and `config-dir=`: whether it is a directory, and its path.
fn configuration(argument: &Argument) -> Option<(bool, &str)> {
    let text = argument.text.strip_prefix("--").unwrap_or(&argument.text);
    let (name, path) = text.split_once('=').filter(|_| argument.unknown.is_none())?;
    matches!(name, "config" | "config-dir").then_some((name == "config-dir", path))
}

fn is_klog(argument: &Argument) -> bool {
    let text = argument.text.strip_prefix("--").unwrap_or(&argument.text);
    let name = text.split('=').next().unwrap_or_default().replace('_', "-");
    KLOG.contains(&name.as_str())
}

/// What RKE2 puts in front of the kubelet's arguments.
fn own(options: &Options) -> Vec<Argument> {
    if options.node.distribution != Distribution::Rke2 {
        return Vec::new();
    }
    let flags =
        ["--volume-plugin-dir=/var/lib/kubelet/volumeplugins", "--file-check-frequency=5s", "--sync-frequency=30s"];
    let cloud = options.text("cloud-provider-name").filter(|name| name.text != "aws");
    let cloud = cloud.map(|name| Argument { text: format!("--cloud-provider={}", name.text), ..name.clone() });
    flags.into_iter().map(|flag| Argument::new(flag, None)).chain(cloud).collect()
}

fn managed(options: &Options) -> Argument {
    directory(options, "agent/etc/kubelet.conf.d")
}

fn flags(options: &Options) -> std::collections::BTreeMap<&'static str, Argument> {
    let mut base = common(options);
    base.insert("config-dir", managed(options));
    // 1.32.0 to 1.32.3 left it out, and a zero is left out of the drop-in: k3s issue 12164.
    if options.node.is_at_least(32, 4) {
        base.insert("read-only-port", Argument::new("0", None));
    }
    base
}

fn common(options: &Options) -> std::collections::BTreeMap<&'static str, Argument> {
    let mut base = std::collections::BTreeMap::new();
    base.insert("kubeconfig", directory(options, "agent/kubelet.kubeconfig"));
    base.insert("hostname-override", node_name(options));
    if !options.is_set("disable-cloud-controller") {
        base.insert("cloud-provider", Argument::new("external", None));
    }
    for (flag, option) in [("node-ip", "node-ip"), ("node-labels", "node-label")] {
        if !options.list(option).is_empty() {
            base.insert(flag, networks(options, option, ""));
        }
    }
    base
}

/// The flags up to 1.31, without those that depend on the machine.
fn old_flags(options: &Options) -> std::collections::BTreeMap<&'static str, Argument> {
    let mut base = common(options);
    base.extend(fixed([
        ("address", "0.0.0.0"),
        ("anonymous-auth", "false"),
        ("authentication-token-webhook", "true"),
        ("authorization-mode", "Webhook"),
        ("eviction-hard", "imagefs.available<5%,nodefs.available<5%"),
        ("eviction-minimum-reclaim", "imagefs.available=10%,nodefs.available=10%"),
        ("fail-swap-on", "false"),
        ("healthz-bind-address", "127.0.0.1"),
        ("read-only-port", "0"),
    ]));
    base.insert("client-ca-file", directory(options, "agent/client-ca.crt"));
    base.insert("tls-cert-file", directory(options, "agent/serving-kubelet.crt"));
    base.insert("tls-private-key-file", directory(options, "agent/serving-kubelet.key"));
    base.insert("pod-manifest-path", directory(options, "agent/pod-manifests"));
    base.insert("cluster-domain", options.text_or("cluster-domain", "cluster.local"));
    base.insert("cluster-dns", networks(options, "cluster-dns", "10.43.0.10"));
    let (protect, place) = protects(options);
    if protect.as_deref() != Some("false") {
        let unknown = if protect.is_none() {
            options.text("protect-kernel-defaults").and_then(|value| value.unknown.clone())
        } else {
            None
        };
        base.insert("protect-kernel-defaults", Argument { text: "true".to_owned(), place, unknown });
    }
    if !options.list("node-taint").is_empty() {
        base.insert("register-with-taints", networks(options, "node-taint", ""));
    }
    base
}

/// Whether the kubelet insists on the kernel's settings; the profile cis of RKE2 makes it.
fn protects(options: &Options) -> (Option<String>, Option<crate::model::Location>) {
    let profile = options.text("profile").filter(|profile| profile.text == "cis");
    let option = options.text("protect-kernel-defaults");
    match (profile, option) {
        (Some(profile), None) => (Some("true".to_owned()), profile.place.clone()),
        (_, Some(option)) if option.unknown.is_some() => (None, option.place.clone()),
        (_, Some(option)) => (Some(options.is_set("protect-kernel-defaults").to_string()), option.place.clone()),
        (None, None) => (Some("false".to_owned()), None),
    }
}

/// The drop-in with the defaults of the distribution.
fn drop_in(options: &Options) -> Generated {
    let mut config = Generated::new(json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": { "anonymous": { "enabled": false }, "webhook": { "enabled": true } },
        "authorization": { "mode": "Webhook" },
        "address": "0.0.0.0",
        "failSwapOn": false,
        "healthzBindAddress": "127.0.0.1",
        "evictionHard": { "imagefs.available": "5%", "nodefs.available": "5%" },
        "evictionMinimumReclaim": { "imagefs.available": "10%", "nodefs.available": "10%" },
        "serializeImagePulls": false,
    }));
    let files = [
        ("authentication.x509.clientCAFile", "agent/client-ca.crt"),
        ("tlsCertFile", "agent/serving-kubelet.crt"),
        ("tlsPrivateKeyFile", "agent/serving-kubelet.key"),
        ("staticPodPath", "agent/pod-manifests"),
    ];
    for (path, file) in files {
        config.set(path, &directory(options, file));
    }
    config.set("clusterDomain", &options.text_or("cluster-domain", "cluster.local"));
    let dns = networks(options, "cluster-dns", "10.43.0.10");
    config.put("clusterDNS", json!(dns.text.split(',').collect::<Vec<_>>()), dns.place);
    if let Some(file) = options.text("resolv-conf") {
        config.set("resolvConf", file);
    }
    match protects(options) {
        (Some(protects), place) if protects == "true" || place.is_some() => {
            config.put("protectKernelDefaults", json!(protects == "true"), place);
        }
        (None, place) => config.put("protectKernelDefaults", json!("{{ unknown }}"), place),
        _ => {}
    }
    config
}
