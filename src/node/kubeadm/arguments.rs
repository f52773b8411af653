//! The flags that kubeadm gives to the control plane and etcd (cmd/kubeadm/app/phases/controlplane and phases/etcd).

use crate::node::component::Program;
use crate::node::flags::Argument;
use crate::node::version::Version;
use crate::node::view::View;

use super::config::{Cluster, Extra, Init, Part};
use super::network::{host_port, join};

/// A flag that kubeadm sets by itself.
type Base = (&'static str, Argument);

/// The modes that kubeadm takes into its own `authorization-mode`.
const MODES: [&str; 6] = ["Node", "RBAC", "Webhook", "ABAC", "AlwaysAllow", "AlwaysDeny"];

/// The arguments of a component; `None` when kubeadm does not run it.
pub fn of(program: Program, cluster: &Cluster<'_>, init: &Init<'_>, kubeadm: Option<Version>) -> Option<Vec<Argument>> {
    let part = cluster.part(program)?;
    let base = match program {
        Program::ApiServer => api_server(cluster, init),
        Program::ControllerManager => controller_manager(cluster),
        Program::Scheduler => scheduler(),
        Program::Etcd => etcd(cluster, init, kubeadm),
        Program::Kubelet | Program::Proxy => return None,
    };
    Some(merged(base, &part.args))
}

/// `ArgumentsToCommand`: the flags of the base by name, without those that an extra argument names, then all extra ones.
pub fn merged(mut base: Vec<Base>, extra: &[Extra]) -> Vec<Argument> {
    base.sort_by_key(|(name, _)| *name);
    base.retain(|(name, _)| !extra.iter().any(|extra| extra.name == *name));
    let base = base.into_iter().map(|(name, value)| flag(name, value));
    let extra = extra.iter().map(|extra| flag(&extra.name, extra.value.clone()));
    base.chain(extra).collect()
}

/// Flags with a value of kubeadm's own.
pub fn fixed<const N: usize>(flags: [(&'static str, &str); N]) -> Vec<Base> {
    flags.into_iter().map(|(name, value)| (name, Argument::new(value, None))).collect()
}

/// A file in the directory for certificates.
pub fn certificate(cluster: &Cluster<'_>, file: &str) -> Argument {
    let directory = &cluster.certificates_dir;
    Argument { text: join(&directory.text, file), ..directory.clone() }
}

fn flag(name: &str, value: Argument) -> Argument {
    Argument { text: format!("--{name}={}", value.text), ..value }
}

fn api_server(cluster: &Cluster<'_>, init: &Init<'_>) -> Vec<Base> {
    let mut base = fixed([
        ("enable-admission-plugins", "NodeRestriction"),
        ("enable-bootstrap-token-auth", "true"),
        ("allow-privileged", "true"),
        ("kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"),
        ("requestheader-username-headers", "X-Remote-User"),
        ("requestheader-group-headers", "X-Remote-Group"),
        ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        ("requestheader-allowed-names", "front-proxy-client"),
    ]);
    base.push(("advertise-address", init.address.clone()));
    base.push(("secure-port", init.port.clone()));
    base.push(("service-cluster-ip-range", cluster.service_subnet.clone()));
    base.push(("service-account-issuer", prefixed("https://kubernetes.default.svc.", &cluster.dns_domain)));
    let files = [
        ("service-account-key-file", "sa.pub"),
        ("service-account-signing-key-file", "sa.key"),
        ("client-ca-file", "ca.crt"),
        ("tls-cert-file", "apiserver.crt"),
        ("tls-private-key-file", "apiserver.key"),
        ("kubelet-client-certificate", "apiserver-kubelet-client.crt"),
        ("kubelet-client-key", "apiserver-kubelet-client.key"),
        ("requestheader-client-ca-file", "front-proxy-ca.crt"),
        ("proxy-client-cert-file", "front-proxy-client.crt"),
        ("proxy-client-key-file", "front-proxy-client.key"),
    ];
    base.extend(files.map(|(name, file)| (name, certificate(cluster, file))));
    match cluster.external {
        Some(external) => external_etcd(external, &mut base),
        None => local_etcd(cluster, init, &mut base),
    }
    if cluster.api_server.arg("authorization-config").is_none() {
        base.push(("authorization-mode", modes(&cluster.api_server)));
    }
    base
}

fn external_etcd(external: View<'_>, base: &mut Vec<Base>) {
    let own = |key: &str| super::config::text(Some(external), key, "");
    let endpoints = external.strings("endpoints").join(",");
    let unknown = crate::node::template::reason(&endpoints, true);
    base.push(("etcd-servers", Argument { text: endpoints, place: Some(external.place_of("endpoints")), unknown }));
    let (ca, certificate, key) = (own("caFile"), own("certFile"), own("keyFile"));
    if !ca.text.is_empty() {
        base.push(("etcd-cafile", ca));
    }
    if !certificate.text.is_empty() && !key.text.is_empty() {
        base.push(("etcd-certfile", certificate));
        base.push(("etcd-keyfile", key));
    }
}

fn local_etcd(cluster: &Cluster<'_>, init: &Init<'_>, base: &mut Vec<Base>) {
    let advertised = cluster.etcd.as_ref().and_then(|etcd| etcd.arg("advertise-client-urls"));
    let servers = || Argument::new(format!("https://{}", host_port(loopback(init), "2379")), None);
    base.push(("etcd-servers", advertised.cloned().unwrap_or_else(servers)));
    base.push(("etcd-cafile", certificate(cluster, "etcd/ca.crt")));
    base.push(("etcd-certfile", certificate(cluster, "apiserver-etcd-client.crt")));
    base.push(("etcd-keyfile", certificate(cluster, "apiserver-etcd-client.key")));
}

/// `getAuthzModes`: the user's modes without those that kubeadm does not know; the user's own flag replaces the result.
fn modes(part: &Part<'_>) -> Argument {
    let given = part.arg("authorization-mode");
    let known = given.iter().flat_map(|given| given.text.split(',')).filter(|mode| MODES.contains(mode));
    let known: Vec<_> = known.collect();
    Argument::new(if known.is_empty() { "Node,RBAC".to_owned() } else { known.join(",") }, None)
}

fn controller_manager(cluster: &Cluster<'_>) -> Vec<Base> {
    let kubeconfig = "/etc/kubernetes/controller-manager.conf";
    let mut base = fixed([
        ("bind-address", "127.0.0.1"),
        ("leader-elect", "true"),
        ("kubeconfig", kubeconfig),
        ("authentication-kubeconfig", kubeconfig),
        ("authorization-kubeconfig", kubeconfig),
        ("use-service-account-credentials", "true"),
        ("controllers", "*,bootstrapsigner,tokencleaner"),
    ]);
    let files = [
        ("client-ca-file", "ca.crt"),
        ("requestheader-client-ca-file", "front-proxy-ca.crt"),
        ("root-ca-file", "ca.crt"),
        ("service-account-private-key-file", "sa.key"),
        ("cluster-signing-cert-file", "ca.crt"),
        ("cluster-signing-key-file", "ca.key"),
    ];
    base.extend(files.map(|(name, file)| (name, certificate(cluster, file))));
    let pods = &cluster.pod_subnet;
    if !pods.text.is_empty() || pods.unknown.is_some() {
        let allocate = Argument { text: "true".to_owned(), ..pods.clone() };
        base.push(("allocate-node-cidrs", allocate));
        base.push(("cluster-cidr", pods.clone()));
        base.push(("service-cluster-ip-range", cluster.service_subnet.clone()));
    }
    base.push(("cluster-name", cluster.cluster_name.clone()));
    base
}

fn scheduler() -> Vec<Base> {
    let kubeconfig = "/etc/kubernetes/scheduler.conf";
    fixed([
        ("bind-address", "127.0.0.1"),
        ("leader-elect", "true"),
        ("kubeconfig", kubeconfig),
        ("authentication-kubeconfig", kubeconfig),
        ("authorization-kubeconfig", kubeconfig),
    ])
}

fn etcd(cluster: &Cluster<'_>, init: &Init<'_>, kubeadm: Option<Version>) -> Vec<Base> {
    let mut base =
        fixed([("client-cert-auth", "true"), ("peer-client-cert-auth", "true"), ("snapshot-count", "10000")]);
    let (client, peer) = (endpoint(init, "2379"), endpoint(init, "2380"));
    let name = &init.node.name;
    let unknown = name.unknown.clone().or_else(|| peer.unknown.clone());
    let members = Argument { text: format!("{}={}", name.text, peer.text), place: name.place.clone(), unknown };
    let local = format!("https://{},", host_port(loopback(init), "2379"));
    base.push(("name", name.clone()));
    base.push(("initial-cluster", members));
    base.push(("listen-client-urls", prefixed(&local, &client)));
    base.push(("advertise-client-urls", client));
    base.push(("listen-peer-urls", peer.clone()));
    base.push(("initial-advertise-peer-urls", peer));
    base.push(("listen-metrics-urls", Argument::new(format!("http://{}", host_port(loopback(init), "2381")), None)));
    base.push(("data-dir", cluster.etcd_data.clone()));
    let files = [
        ("cert-file", "etcd/server.crt"),
        ("key-file", "etcd/server.key"),
        ("trusted-ca-file", "etcd/ca.crt"),
        ("peer-cert-file", "etcd/peer.crt"),
        ("peer-key-file", "etcd/peer.key"),
        ("peer-trusted-ca-file", "etcd/ca.crt"),
    ];
    base.extend(files.map(|(name, file)| (name, certificate(cluster, file))));
    base.extend(if super::pod::is_new_etcd(cluster, kubeadm) {
        fixed([("feature-gates", "InitialCorruptCheck=true"), ("watch-progress-notify-interval", "5s")])
    } else {
        fixed([("experimental-initial-corrupt-check", "true"), ("experimental-watch-progress-notify-interval", "5s")])
    });
    base
}

fn loopback(init: &Init<'_>) -> &'static str {
    if init.is_ipv6() { "::1" } else { "127.0.0.1" }
}

fn endpoint(init: &Init<'_>, port: &str) -> Argument {
    Argument { text: format!("https://{}", host_port(&init.address.text, port)), ..init.address.clone() }
}

fn prefixed(prefix: &str, value: &Argument) -> Argument {
    Argument { text: format!("{prefix}{}", value.text), ..value.clone() }
}
