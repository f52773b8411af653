//! The flags that k3s (pkg/daemons/control, pkg/util/args.go) and RKE2 (pkg/executor/staticpod) give to components.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::node::component::{Component, Distribution, Program};
use crate::node::flags::Argument;
use crate::node::go;
use crate::node::setting::{Effective, Origin, Setting};

use super::options::Options;

/// The flags that the distribution sets, by name.
type Base = BTreeMap<&'static str, Argument>;

/// The arguments of a component of the control plane.
pub fn of(program: Program, options: &Options) -> Option<Vec<Argument>> {
    let arguments = match program {
        Program::ApiServer => api_server(options),
        Program::ControllerManager => {
            let own = [
                "--permit-port-sharing=true",
                "--flex-volume-plugin-dir=/var/lib/kubelet/volumeplugins",
                "--terminated-pod-gc-threshold=1000",
            ];
            let mut own = rke2(options, &own);
            own.extend(cloud(options));
            own.extend(merged(controller_manager(options), options.list("kube-controller-manager-arg")));
            own
        }
        Program::Scheduler => {
            let mut own = rke2(options, &["--permit-port-sharing=true"]);
            own.extend(merged(scheduler(options), options.list("kube-scheduler-arg")));
            own
        }
        Program::Etcd => merged(Base::new(), options.list("etcd-arg")),
        Program::Kubelet | Program::Proxy => return None,
    };
    Some(arguments)
}

/// The arguments of kube-proxy.
pub fn proxy(options: &Options) -> Vec<Argument> {
    let mut base = fixed([
        ("proxy-mode", "iptables"),
        ("healthz-bind-address", "127.0.0.1"),
        ("conntrack-max-per-core", "0"),
        ("conntrack-tcp-timeout-established", "0s"),
        ("conntrack-tcp-timeout-close-wait", "0s"),
    ]);
    base.insert("kubeconfig", directory(options, "agent/kubeproxy.kubeconfig"));
    base.insert("cluster-cidr", networks(options, "cluster-cidr", "10.42.0.0/16"));
    base.insert("hostname-override", node_name(options));
    merged(base, options.list("kube-proxy-arg"))
}

/// `GetArgs`: a value of the user's replaces the distribution's; `name+=v` keeps it in front and `name-=v` behind. Repeats are
/// all passed. Sorted by name.
pub fn merged(mut base: Base, extra: &[Argument]) -> Vec<Argument> {
    let mut flags: BTreeMap<String, VecDeque<Argument>> = BTreeMap::new();
    let mut opaque = Vec::new();
    for argument in extra {
        let text = argument.text.strip_prefix("--").unwrap_or(&argument.text);
        let (name, value) = text.split_once('=').unwrap_or((text, "true"));
        if argument.unknown.is_some() && name.contains(['{', '$', '<']) {
            opaque.push(argument.clone());
            continue;
        }
        let clean = name.trim_end_matches(['-', '+']);
        let own = base.remove(clean);
        let value = Argument { text: value.to_owned(), ..argument.clone() };
        let values = flags.entry(clean.to_owned()).or_default();
        match name.chars().last() {
            Some('+') => {
                own.into_iter().for_each(|own| values.push_front(own));
                values.push_back(value);
            }
            Some('-') => {
                own.into_iter().for_each(|own| values.push_front(own));
                values.push_front(value);
            }
            _ => values.push_back(value),
        }
    }
    flags.extend(base.into_iter().map(|(name, value)| (name.to_owned(), VecDeque::from([value]))));
    let each = |(name, values): (String, VecDeque<Argument>)| {
        let flag = move |value: Argument| Argument { text: format!("--{name}={}", value.text), ..value };
        values.into_iter().map(flag)
    };
    flags.into_iter().flat_map(each).chain(opaque).collect()
}

/// Flags with a value of the distribution's own.
pub fn fixed<const N: usize>(flags: [(&'static str, &str); N]) -> Base {
    flags.into_iter().map(|(name, value)| (name, Argument::new(value, None))).collect()
}

/// A path in the data directory.
pub fn directory(options: &Options, path: &str) -> Argument {
    let word = options.node.distribution.word();
    let root = options.text_or("data-dir", &format!("/var/lib/rancher/{word}"));
    Argument { text: format!("{}/{path}", root.text.trim_end_matches('/')), ..root }
}

/// The name that the node gets.
pub fn node_name(options: &Options) -> Argument {
    let unknown = options.node.name.is_none().then(|| "the name of the machine is not in the repository".to_owned());
    let machine = Argument { text: options.node.name.clone().unwrap_or_default(), place: None, unknown };
    options.text("node-name").cloned().unwrap_or(machine)
}

/// A list of networks as one value.
pub fn networks(options: &Options, name: &str, default: &str) -> Argument {
    let list = options.list(name);
    let Some(last) = list.last() else { return Argument::new(default, None) };
    let text = list.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(",");
    let unknown = list.iter().find_map(|value| value.unknown.clone());
    Argument { text, place: last.place.clone(), unknown }
}

fn is_rke2(options: &Options) -> bool {
    options.node.distribution == Distribution::Rke2
}

fn rke2(options: &Options, flags: &[&str]) -> Vec<Argument> {
    let flags = flags.iter().filter(|_| is_rke2(options));
    flags.map(|flag| Argument::new(*flag, None)).collect()
}

fn cloud(options: &Options) -> Vec<Argument> {
    let name = options.text("cloud-provider-name").filter(|name| name.text != "aws" && is_rke2(options));
    let Some(name) = name else { return Vec::new() };
    let file = options.text_or("cloud-provider-config", "");
    let flag = |flag: &str, value: &Argument| Argument { text: format!("--{flag}={}", value.text), ..value.clone() };
    vec![flag("cloud-provider", name), flag("cloud-config", &file)]
}

/// Whether the cluster is one of IPv6 alone or first.
fn loopback(options: &Options) -> &'static str {
    let services = networks(options, "service-cidr", "10.43.0.0/16").text;
    let first = services.split([',', '/']).next().and_then(go::sloppy_ip);
    if first.is_some_and(|ip| ip.is_ipv6()) { "::1" } else { "127.0.0.1" }
}

fn server(options: &Options, path: &str) -> Argument {
    directory(options, &format!("server/{path}"))
}

fn api_server(options: &Options) -> Vec<Argument> {
    let extra = options.list("kube-apiserver-arg");
    // RKE2 puts an argument of its own in front of the user's.
    let admission = rke2(options, &["enable-admission-plugins=NodeRestriction"]);
    let extra: Vec<_> = admission.into_iter().chain(extra.iter().cloned()).collect();
    let merged = merged(api_server_base(options, &extra), &extra);
    if is_rke2(options) { rke2_api_server(options, merged) } else { merged }
}

fn api_server_base(options: &Options, extra: &[Argument]) -> Base {
    let mut base = fixed([
        ("allow-privileged", "true"),
        ("enable-bootstrap-token-auth", "true"),
        ("enable-admission-plugins", "NodeRestriction"),
        ("profiling", "false"),
        ("requestheader-allowed-names", "system:auth-proxy"),
        ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        ("requestheader-group-headers", "X-Remote-Group"),
        ("requestheader-username-headers", "X-Remote-User"),
        ("storage-backend", "etcd3"),
    ]);
    if first_value(extra, "authorization-config").is_none() {
        base.insert("authorization-mode", Argument::new("Node,RBAC", None));
    }
    if first_value(extra, "authentication-config").is_none() {
        base.insert("anonymous-auth", Argument::new("false", None));
    }
    let external_first = options.is_set("flannel-external-ip") && !is_rke2(options);
    let addresses = if external_first { "ExternalIP,InternalIP,Hostname" } else { "InternalIP,ExternalIP,Hostname" };
    base.insert("kubelet-preferred-address-types", Argument::new(addresses, None));
    let files = [
        ("cert-dir", "tls/temporary-certs"),
        ("client-ca-file", "tls/client-ca.crt"),
        ("kubelet-certificate-authority", "tls/server-ca.crt"),
        ("kubelet-client-certificate", "tls/client-kube-apiserver.crt"),
        ("kubelet-client-key", "tls/client-kube-apiserver.key"),
        ("proxy-client-cert-file", "tls/client-auth-proxy.crt"),
        ("proxy-client-key-file", "tls/client-auth-proxy.key"),
        ("requestheader-client-ca-file", "tls/request-header-ca.crt"),
        ("service-account-key-file", "tls/service.key"),
        ("service-account-signing-key-file", "tls/service.current.key"),
        ("tls-cert-file", "tls/serving-kube-apiserver.crt"),
        ("tls-private-key-file", "tls/serving-kube-apiserver.key"),
    ];
    base.extend(files.map(|(name, path)| (name, server(options, path))));
    listen(options, &mut base);
    let domain = options.text_or("cluster-domain", "cluster.local");
    let issuer = Argument { text: format!("https://kubernetes.default.svc.{}", domain.text), ..domain };
    let word = options.node.distribution.word();
    base.insert("api-audiences", Argument { text: format!("{},{word}", issuer.text), ..issuer.clone() });
    base.insert("service-account-issuer", issuer);
    base.insert("service-cluster-ip-range", networks(options, "service-cidr", "10.43.0.0/16"));
    base.insert("service-node-port-range", options.text_or("service-node-port-range", "30000-32767"));
    if options.text("egress-selector-mode").is_none_or(|mode| mode.text != "disabled") {
        base.insert("enable-aggregator-routing", Argument::new("true", None));
        base.insert("egress-selector-config-file", server(options, "etc/egress-selector-config.yaml"));
    }
    encryption(options, &mut base);
    datastore(options, &mut base);
    base
}

fn listen(options: &Options, base: &mut Base) {
    let port = |port: &Argument, offset: i64| {
        let number = go::int(&port.text).map_or(port.text.clone(), |number| (number + offset).to_string());
        Argument { text: number, ..port.clone() }
    };
    let (address, secure) = if is_rke2(options) {
        (Argument::new("0.0.0.0", None), Argument::new("6443", None))
    } else {
        let https = options.text("https-listen-port").map(|value| port(value, 1));
        let own = options.text("apiserver-port").filter(|value| value.text != "0").cloned();
        let secure = own.or(https).unwrap_or_else(|| Argument::new("6444", None));
        (options.text_or("apiserver-bind-address", loopback(options)), secure)
    };
    base.insert("bind-address", address);
    base.insert("secure-port", secure);
    if let Some(advertised) = options.text("advertise-address") {
        base.insert("advertise-address", advertised.clone());
    }
}

fn encryption(options: &Options, base: &mut Base) {
    let chosen = options.text("secrets-encryption");
    let open = chosen.is_some_and(|chosen| chosen.unknown.is_some());
    if !is_rke2(options) && !open && !options.is_set("secrets-encryption") {
        return;
    }
    // RKE2 encrypts whatever is written.
    let chosen = chosen.filter(|_| !is_rke2(options));
    let (place, unknown) = chosen.map_or((None, None), |chosen| (chosen.place.clone(), chosen.unknown.clone()));
    let file = server(options, "cred/encryption-config.json").text;
    base.insert("encryption-provider-config", Argument { text: file, place: place.clone(), unknown: unknown.clone() });
    let reload = Argument { text: "true".to_owned(), place, unknown };
    base.insert("encryption-provider-config-automatic-reload", reload);
}

/// An etcd that is not the distribution's own.
fn datastore(options: &Options, base: &mut Base) {
    let endpoint = options.text("datastore-endpoint").filter(|endpoint| endpoint.text.starts_with("http"));
    let Some(endpoint) = endpoint else { return };
    base.insert("etcd-servers", endpoint.clone());
    let files = [
        ("etcd-cafile", "datastore-cafile"),
        ("etcd-certfile", "datastore-certfile"),
        ("etcd-keyfile", "datastore-keyfile"),
    ];
    for (flag, option) in files {
        base.extend(options.text(option).map(|file| (flag, file.clone())));
    }
}

/// `StaticPodConfig.APIServer`: what RKE2 puts in front.
fn rke2_api_server(options: &Options, arguments: Vec<Argument>) -> Vec<Argument> {
    let cis = options.text("profile").filter(|profile| profile.text == "cis");
    let open = options.text("profile").filter(|profile| profile.unknown.is_some()).cloned();
    let mut out = Vec::new();
    let admission = options
        .text("pod-security-admission-config-file")
        .cloned()
        .unwrap_or(Argument::new("/etc/rancher/rke2/rke2-pss.yaml", None));
    let flag = |name: &str, value: &Argument| Argument { text: format!("--{name}={}", value.text), ..value.clone() };
    out.push(flag("admission-control-config-file", &admission));
    let policy = options.text("audit-policy-file").cloned();
    let by_profile = |text: &str| cis.map(|cis| Argument { text: text.to_owned(), ..cis.clone() });
    if let Some(policy) = policy.or_else(|| by_profile("/etc/rancher/rke2/audit-policy.yaml")) {
        let limit = |name: &str, value: &str| flag(name, &Argument { text: value.to_owned(), ..policy.clone() });
        out.push(flag("audit-policy-file", &policy));
        out.extend(
            [("audit-log-maxage", "30"), ("audit-log-maxbackup", "10"), ("audit-log-maxsize", "100")]
                .map(|(n, v)| limit(n, v)),
        );
        if first_value(&arguments, "audit-log-path").is_none() {
            out.push(limit("audit-log-path", &directory(options, "server/logs/audit.log").text));
        }
    }
    out.extend(by_profile("false").map(|value| flag("service-account-extend-token-expiration", &value)));
    out.extend(open);
    out.extend(arguments);
    out
}

fn controller_manager(options: &Options) -> Base {
    let mut base = fixed([
        ("allocate-node-cidrs", "true"),
        ("controllers", "*,tokencleaner"),
        ("profiling", "false"),
        ("secure-port", "10257"),
        ("use-service-account-credentials", "true"),
    ]);
    let files = [
        ("authentication-kubeconfig", "cred/controller.kubeconfig"),
        ("authorization-kubeconfig", "cred/controller.kubeconfig"),
        ("kubeconfig", "cred/controller.kubeconfig"),
        ("cluster-signing-kube-apiserver-client-cert-file", "tls/client-ca.nochain.crt"),
        ("cluster-signing-kube-apiserver-client-key-file", "tls/client-ca.key"),
        ("cluster-signing-kubelet-client-cert-file", "tls/client-ca.nochain.crt"),
        ("cluster-signing-kubelet-client-key-file", "tls/client-ca.key"),
        ("cluster-signing-kubelet-serving-cert-file", "tls/server-ca.nochain.crt"),
        ("cluster-signing-kubelet-serving-key-file", "tls/server-ca.key"),
        ("cluster-signing-legacy-unknown-cert-file", "tls/server-ca.nochain.crt"),
        ("cluster-signing-legacy-unknown-key-file", "tls/server-ca.key"),
        ("root-ca-file", "tls/server-ca.crt"),
        ("service-account-private-key-file", "tls/service.current.key"),
        ("tls-cert-file", "tls/kube-controller-manager/kube-controller-manager.crt"),
        ("tls-private-key-file", "tls/kube-controller-manager/kube-controller-manager.key"),
    ];
    base.extend(files.map(|(name, path)| (name, server(options, path))));
    base.insert("bind-address", Argument::new(loopback(options), None));
    base.insert("cluster-cidr", networks(options, "cluster-cidr", "10.42.0.0/16"));
    base.insert("service-cluster-ip-range", networks(options, "service-cidr", "10.43.0.0/16"));
    if !options.is_set("disable-cloud-controller") {
        base.extend(fixed([
            ("configure-cloud-routes", "false"),
            ("controllers", "*,tokencleaner,-service,-route,-cloud-node-lifecycle"),
        ]));
    }
    base
}

fn scheduler(options: &Options) -> Base {
    let mut base = fixed([("profiling", "false"), ("secure-port", "10259")]);
    let files = [
        ("authentication-kubeconfig", "cred/scheduler.kubeconfig"),
        ("authorization-kubeconfig", "cred/scheduler.kubeconfig"),
        ("kubeconfig", "cred/scheduler.kubeconfig"),
        ("tls-cert-file", "tls/kube-scheduler/kube-scheduler.crt"),
        ("tls-private-key-file", "tls/kube-scheduler/kube-scheduler.key"),
    ];
    base.extend(files.map(|(name, path)| (name, server(options, path))));
    base.insert("bind-address", Argument::new(loopback(options), None));
    base
}

/// `ArgValue`: the value of the first argument of a name, unless it is empty.
fn first_value<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a str> {
    let value = |argument: &'a Argument| {
        let text = argument.text.strip_prefix("--").unwrap_or(&argument.text);
        text.strip_prefix(name)?.strip_prefix('=')
    };
    arguments.iter().find_map(value).filter(|value| !value.is_empty())
}

/// The cipher suites of an API server that is not told any.
const CIPHERS: [&str; 6] = [
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
];

/// The store that the API server is given once it runs (`startStorage` in pkg/cluster): etcd on the same node, or kine's
/// socket in front of another database.
pub fn complete_api_server(component: &mut Component, options: &Options) {
    let set = |component: &mut Component, name: &str, value: serde_json::Value| {
        let free = component.settings.get(name).is_some_and(|setting| setting.origin == Origin::Unset);
        if free {
            let value = Setting {
                value: Effective::Known(value),
                origin: Origin::Distribution,
                place: None,
                rule: "the distribution starts the store and names it",
                adds: Vec::new(),
                overridden: Vec::new(),
            };
            component.settings.insert(name.to_owned(), value);
        }
    };
    // pkg/cli/server/server.go of k3s, which RKE2 runs as well.
    set(component, "tls-cipher-suites", serde_json::json!(CIPHERS));
    if !options.runs(Program::Etcd) {
        // An address of etcd's that is written is a flag already.
        set(component, "etcd-servers", serde_json::json!(["unix://kine.sock"]));
        return;
    }
    set(component, "etcd-servers", serde_json::json!([format!("https://{}:2379", loopback(options))]));
    for (name, file) in
        [("etcd-cafile", "server-ca.crt"), ("etcd-certfile", "client.crt"), ("etcd-keyfile", "client.key")]
    {
        set(component, name, server(options, &format!("tls/etcd/{file}")).text.into());
    }
}

/// k3s and RKE2 write a configuration file for etcd, into which they put the arguments of the user.
pub fn complete_etcd(component: &mut Component, options: &Options) {
    let files = [
        ("cert-file", "tls/etcd/server-client.crt"),
        ("key-file", "tls/etcd/server-client.key"),
        ("trusted-ca-file", "tls/etcd/server-ca.crt"),
        ("peer-cert-file", "tls/etcd/peer-server-client.crt"),
        ("peer-key-file", "tls/etcd/peer-server-client.key"),
        ("peer-trusted-ca-file", "tls/etcd/peer-ca.crt"),
        ("data-dir", "db/etcd"),
    ];
    let files = files.map(|(name, path)| (name, server(options, path)));
    let switches = fixed([("client-cert-auth", "true"), ("peer-client-cert-auth", "true")]);
    let given: BTreeSet<_> = component
        .settings
        .iter()
        .filter(|(_, setting)| setting.origin == Origin::Flag)
        .map(|(name, _)| name.clone())
        .collect();
    for (name, value) in files.into_iter().chain(switches).filter(|(name, _)| !given.contains(*name)) {
        let known = go::bool(&value.text).map_or_else(|| value.text.as_str().into(), serde_json::Value::from);
        let value = Setting {
            value: value.unknown.map_or(Effective::Known(known), Effective::Unknown),
            origin: if value.place.is_some() { Origin::File } else { Origin::Distribution },
            place: value.place,
            rule: "the distribution writes it into etcd's configuration file",
            adds: Vec::new(),
            overridden: Vec::new(),
        };
        component.settings.insert(name.to_owned(), value);
    }
}
