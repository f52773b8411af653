//! What kubeadm refuses in a configuration that it can decode (cmd/kubeadm/app/apis/kubeadm/validation). Values that a
//! template fills in later are passed over.

use crate::node::Note;
use crate::node::flags::Argument;
use crate::node::go;
use crate::node::name;
use crate::node::template;
use crate::node::version::Version;
use crate::node::view::View;

use super::Kubeadm;
use super::config::{Cluster, Config, Extra, Init, Join, Node, members};
use super::network::{Network, split_host_port};

const GATES: [&str; 3] = ["NodeLocalCRISocket", "PublicKeysECDSA", "RootlessControlPlane"];
const OLDER_GATES: [&str; 2] = ["ControlPlaneKubeletLocalMode", "WaitForAllControlPlaneComponents"];

/// Checks a `ClusterConfiguration`.
pub fn cluster(config: Option<Config<'_>>, cluster: &Cluster<'_>, kubeadm: Option<Version>, out: &mut Kubeadm) {
    let mut check = Check { out: &mut out.refused };
    let Some(root) = config.map(|config| config.view) else { return };
    check.version(root, kubeadm);
    for part in
        [Some(&cluster.api_server), Some(&cluster.controller_manager), Some(&cluster.scheduler), cluster.etcd.as_ref()]
    {
        check.names(part.map(|part| part.args.as_slice()).unwrap_or_default(), part.and_then(|part| part.view));
    }
    check.absolute(&cluster.certificates_dir);
    check.repository(&cluster.image_repository);
    check.networking(cluster);
    if let Some(view) = root.get("featureGates") {
        check.gates(view, kubeadm);
    }
    let endpoint = value(root, "controlPlaneEndpoint");
    check.that(endpoint, is_endpoint, "is no host with an optional port");
    let algorithms = ["ECDSA-P256", "RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P384"];
    let newer = kubeadm.is_none_or(|version| version >= Version::new(1, 36));
    let known = |text: &str| algorithms.contains(&text) && (newer || text != "ECDSA-P384");
    check.that(value(root, "encryptionAlgorithm"), known, "is no algorithm for keys that kubeadm knows");
    let names = root.get("apiServer").map(|part| part.items("certSANs")).unwrap_or_default();
    check.subject_names(&names);
    check.that(root.get("dns").and_then(|dns| value(dns, "imageRepository")), is_repository, "is no image repository");
    if let Some(etcd) = root.get("etcd") {
        check.etcd(etcd, cluster, kubeadm);
    }
}

/// Checks an `InitConfiguration`.
pub fn init(config: Option<Config<'_>>, init: &Init<'_>, out: &mut Kubeadm) {
    let mut check = Check { out: &mut out.refused };
    check.node(&init.node);
    check.port(&init.port);
    let Some(root) = config.map(|config| config.view) else { return };
    check.that(value(root, "certificateKey"), is_key, "is no AES key of 32 bytes in hexadecimal digits");
    for token in root.items("bootstrapTokens") {
        check.that(value(token, "token"), is_token, "is no bootstrap token such as `abcdef.0123456789abcdef`");
        let usages = token.items("usages");
        for usage in &usages {
            let known = |text: &str| matches!(text, "signing" | "authentication");
            check.that(Some(*usage), known, "is no usage of a token: it is signing or authentication");
        }
        let groups = token.items("groups");
        let authenticates = usages.is_empty() || usages.iter().any(|usage| usage.as_text() == "authentication");
        if !groups.is_empty() && !authenticates {
            check.out.push(token.problem_of("groups", "a token has groups only for the usage authentication"));
        }
        for group in groups {
            check.that(Some(group), is_bootstrap_group, "is no group of bootstrap tokens: `system:bootstrappers:…`");
        }
        if token.get("ttl").is_some() && token.get("expires").is_some() {
            check.out.push(token.problem_of("expires", "`ttl` and `expires` of a token exclude each other"));
        }
    }
}

/// Checks a `JoinConfiguration`.
///
/// How the cluster is found is not checked when a tool fills that in.
pub fn join(config: Config<'_>, join: &Join<'_>, managed: bool, out: &mut Kubeadm) {
    let mut check = Check { out: &mut out.refused };
    let root = config.view;
    check.node(&join.node);
    check.port(&join.port);
    let certificate = |text: &str| text.starts_with('/') && text.ends_with(".crt");
    check.that(value(root, "caCertPath"), certificate, "is no absolute path of a .crt file");
    if let Some(control_plane) = root.get("controlPlane") {
        check.that(value(control_plane, "certificateKey"), is_key, "is no AES key of 32 bytes in hexadecimal digits");
        let endpoint = control_plane.get("localAPIEndpoint");
        let address = endpoint.and_then(|endpoint| value(endpoint, "advertiseAddress"));
        check.that(address, |text| go::sloppy_ip(text).is_some(), "is not an IP address");
    }
    if managed {
        return;
    }
    let Some(discovery) = root.get("discovery") else {
        check.out.push(root.problem("`discovery` needs a bootstrapToken or a file"));
        return;
    };
    check.discovery(discovery);
}

struct Check<'o> {
    out: &'o mut Vec<Note>,
}

impl Check<'_> {
    /// Refuses a string that does not pass.
    fn that(&mut self, view: Option<View<'_>>, good: impl Fn(&str) -> bool, fault: &str) {
        let Some(view) = view.filter(|view| template::reason(view.as_text(), true).is_none()) else { return };
        if !good(view.as_text()) {
            self.out.push(view.problem(format!("`{}` {fault}", view.as_text())));
        }
    }

    fn refuse(&mut self, value: &Argument, message: impl Into<String>) {
        self.out.push(Note::new(message, value.place.clone()));
    }

    fn names(&mut self, args: &[Extra], view: Option<View<'_>>) {
        for extra in args.iter().filter(|extra| extra.name.is_empty()) {
            let place = extra.value.place.clone().or_else(|| view.map(View::place));
            self.out.push(Note::new("an argument needs a name", place));
        }
    }

    /// `NormalizeKubernetesVersion`, without the versions that are looked up in the network.
    fn version(&mut self, root: View<'_>, kubeadm: Option<Version>) {
        let Some(view) = value(root, "kubernetesVersion") else { return };
        let text = view.as_text();
        let label = text.rsplit('/').next().unwrap_or_default();
        let label = label.starts_with("stable") || label.starts_with("latest");
        self.that(
            Some(view),
            |text| is_release(text) || label || text.starts_with("ci/"),
            "is no version of Kubernetes",
        );
        let (Some(kubeadm), Some(version)) = (kubeadm, Version::parse(text)) else { return };
        if version.minor + 1 < kubeadm.minor && version.major == kubeadm.major {
            self.out.push(view.problem(format!("kubeadm {kubeadm} does not set up Kubernetes {version}")));
        }
    }

    fn absolute(&mut self, path: &Argument) {
        if path.unknown.is_none() && !path.text.starts_with('/') {
            self.refuse(path, format!("`{}` is no absolute path", path.text));
        }
    }

    fn repository(&mut self, repository: &Argument) {
        if repository.unknown.is_none() && !is_repository(&repository.text) {
            self.refuse(repository, format!("`{}` is no image repository", repository.text));
        }
    }

    fn port(&mut self, port: &Argument) {
        let number = port.text.parse::<i64>();
        if port.unknown.is_none() && !number.is_ok_and(|number| (1..=65535).contains(&number)) {
            self.refuse(port, format!("`{}` is no port", port.text));
        }
    }

    fn networking(&mut self, cluster: &Cluster<'_>) {
        let domain = &cluster.dns_domain;
        if domain.unknown.is_none() && !name::is_subdomain(&domain.text) {
            self.refuse(domain, format!("`{}` is no DNS name", domain.text));
        }
        for network in self.subnets(&cluster.service_subnet, 10) {
            if network.bits() - network.prefix > 20 {
                let message =
                    format!("the service network is too large: its prefix has to be {} or more", network.bits() - 20);
                self.refuse(&cluster.service_subnet, message);
            }
        }
        let manager = &cluster.controller_manager;
        let allocates = manager.arg("allocate-node-cidrs").is_none_or(|value| value.text != "false");
        for network in self.subnets(&cluster.pod_subnet, 14) {
            let (flag, default) =
                if network.is_ipv6() { ("node-cidr-mask-size-ipv6", 64) } else { ("node-cidr-mask-size-ipv4", 24) };
            let given = manager.arg(flag).filter(|value| !value.text.is_empty() && value.unknown.is_none());
            let mask = given.map_or(Some(default), |value| value.text.parse::<u32>().ok());
            let message = match mask {
                _ if !allocates => continue,
                None => format!("`{flag}` is no whole number"),
                Some(mask) if network.prefix > mask => format!("the pod network is smaller than the /{mask} of a node"),
                Some(mask) if mask - network.prefix > 16 => {
                    format!("the pod network is more than 16 bits larger than the /{mask} of a node")
                }
                Some(_) => continue,
            };
            self.refuse(&cluster.pod_subnet, message);
        }
    }

    /// `ValidateIPNetFromString`.
    fn subnets(&mut self, subnet: &Argument, least: u64) -> Vec<Network> {
        if subnet.text.is_empty() || subnet.unknown.is_some() {
            return Vec::new();
        }
        let Some(networks) = Network::parse_list(&subnet.text) else {
            self.refuse(subnet, format!("`{}` is no network", subnet.text));
            return Vec::new();
        };
        let families = networks.iter().filter(|network| network.is_ipv6()).count();
        if networks.len() > 2 || (networks.len() == 2 && families != 1) {
            self.refuse(subnet, "one network, or one of each family, is expected");
        }
        for network in &networks {
            let size = 1u64.checked_shl(network.bits() - network.prefix).filter(|size| *size > 0).unwrap_or(u64::MAX);
            if size < least {
                self.refuse(subnet, format!("the network has {size} addresses, and {least} are needed"));
            }
        }
        networks
    }

    fn gates(&mut self, gates: View<'_>, kubeadm: Option<Version>) {
        let Some(kubeadm) = kubeadm.filter(|version| *version >= Version::new(1, 33)) else { return };
        let older = kubeadm < Version::new(1, 36);
        for (gate, view) in members(gates) {
            let known = GATES.contains(&gate) || (older && OLDER_GATES.contains(&gate));
            if !known {
                self.out.push(view.problem(format!("kubeadm has no feature gate `{gate}`")));
            }
        }
    }

    fn subject_names(&mut self, names: &[View<'_>]) {
        let good = |text: &str| {
            let lower = text.to_lowercase();
            let wildcard = lower.strip_prefix("*.").is_some_and(name::is_subdomain);
            name::is_subdomain(&lower) || wildcard || go::sloppy_ip(text).is_some()
        };
        names.iter().for_each(|view| self.that(Some(*view), good, "is neither a DNS name nor an IP address"));
    }

    fn etcd(&mut self, etcd: View<'_>, cluster: &Cluster<'_>, kubeadm: Option<Version>) {
        let (local, external) = (etcd.get("local"), etcd.get("external"));
        if let (Some(_), Some(external)) = (local, external) {
            self.out.push(external.problem("etcd is either local or external"));
            return;
        }
        if let Some(local) = local {
            self.absolute(&cluster.etcd_data);
            self.subject_names(&local.items("serverCertSANs"));
            self.subject_names(&local.items("peerCertSANs"));
            self.that(value(local, "imageRepository"), is_repository, "is no image repository");
        }
        if let Some(external) = external {
            self.external_etcd(external, kubeadm);
        }
    }

    fn external_etcd(&mut self, external: View<'_>, kubeadm: Option<Version>) {
        let given = |key: &str| !external.text(key).is_empty();
        if given("certFile") != given("keyFile") {
            self.out.push(external.problem("certFile and keyFile of an external etcd go together"));
        } else if given("certFile") && !given("caFile") {
            self.out.push(external.problem("certFile and keyFile of an external etcd need caFile"));
        }
        let secure = given("caFile") || given("certFile") || given("keyFile");
        for endpoint in external.items("endpoints") {
            self.that(Some(endpoint), has_scheme, "is no URL");
            if secure {
                let https = |text: &str| text.starts_with("https:");
                self.that(Some(endpoint), https, "has to be an https URL, because there are certificates");
            }
        }
        if external.items("endpoints").is_empty() && kubeadm.is_some_and(|version| version >= Version::new(1, 36)) {
            self.out.push(external.problem("an external etcd needs an endpoint"));
        }
        for key in ["caFile", "certFile", "keyFile"] {
            self.that(value(external, key), |text| text.starts_with('/'), "is no absolute path");
        }
    }

    fn node(&mut self, node: &Node<'_>) {
        if node.renamed && node.name.unknown.is_none() && !name::is_subdomain(&node.name.text) {
            self.refuse(&node.name, format!("`{}` is no name for a node", node.name.text));
        }
        if node.socket.unknown.is_none() && !node.socket.text.starts_with("unix:") {
            self.refuse(&node.socket, format!("`{}` is no unix socket", node.socket.text));
        }
        self.names(&node.args, node.view);
        let policy = |text: &str| matches!(text, "Always" | "IfNotPresent" | "Never");
        self.that(node.view.and_then(|view| value(view, "imagePullPolicy")), policy, "is no pull policy");
    }

    fn discovery(&mut self, discovery: View<'_>) {
        let (token, file) = (discovery.get("bootstrapToken"), discovery.get("file"));
        match (token, file) {
            (None, None) => self.out.push(discovery.problem("`discovery` needs a bootstrapToken or a file")),
            (Some(_), Some(file)) => self.out.push(file.problem("bootstrapToken and file exclude each other")),
            _ => {}
        }
        let fault = "is no bootstrap token such as `abcdef.0123456789abcdef`";
        if let Some(token) = token {
            if token.items("caCertHashes").is_empty() && token.boolean("unsafeSkipCAVerification") != Some(true) {
                let message =
                    "without caCertHashes the cluster is not verified; kubeadm wants unsafeSkipCAVerification for that";
                self.out.push(token.problem(message));
            }
            match token.get("token") {
                Some(text) => self.that(Some(text), is_token, fault),
                None => self.out.push(token.problem("a bootstrapToken needs a token")),
            }
            match token.get("apiServerEndpoint") {
                Some(text) => self.that(Some(text), |text| split_host_port(text).is_some(), "is no host with a port"),
                None => self.out.push(token.problem("a bootstrapToken needs an apiServerEndpoint")),
            }
        }
        self.that(value(discovery, "tlsBootstrapToken"), is_token, fault);
        let url = |text: &str| text.split_once("://").is_none_or(|(scheme, _)| matches!(scheme, "https" | "file"));
        self.that(file.and_then(|file| value(file, "kubeConfigPath")), url, "has to be a path or an https URL");
    }
}

/// A string member that is not empty.
fn value<'a>(view: View<'a>, key: &str) -> Option<View<'a>> {
    view.get(key).filter(|value| !value.as_text().is_empty())
}

fn has_scheme(url: &str) -> bool {
    let word = |scheme: &str| {
        let plain = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        plain && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    url.split_once(':').is_some_and(|(scheme, _)| word(scheme))
}

/// `kubeReleaseRegex`.
fn is_release(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts = text.splitn(3, '.');
    let number = |part: Option<&str>| {
        let part = part.unwrap_or_default();
        let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        plain && (part == "0" || !part.starts_with('0'))
    };
    let (major, minor, rest) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (patch, tail) = rest.split_at(end);
    let word = tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte));
    number(major) && number(minor) && number(Some(patch)) && word
}

/// `ParseHostPort`.
fn is_endpoint(text: &str) -> bool {
    let (host, port) = split_host_port(text).unwrap_or((text, ""));
    let good_port = port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
    good_port && (go::sloppy_ip(host).is_some() || name::is_subdomain(host))
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_token(text: &str) -> bool {
    let part = |part: &str, len: usize| {
        part.len() == len && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split_once('.').is_some_and(|(id, secret)| part(id, 6) && part(secret, 16))
}

/// `\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z`.
fn is_bootstrap_group(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.strip_prefix("system:bootstrappers:").is_some_and(|rest| {
        let word = rest.bytes().all(|byte| plain(byte) || byte == b':' || byte == b'-');
        word && rest.len() <= 256 && rest.bytes().last().is_some_and(plain)
    })
}

/// The part of an image reference in front of the name (github.com/distribution/reference).
fn is_repository(text: &str) -> bool {
    let mut parts = text.split('/').peekable();
    let component = |part: &str| {
        let plain =
            part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte));
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let pairs = ["..", "._", "_.", "-.", ".-", "___", "_-", "-_"];
        plain && ends(part.chars().next()) && ends(part.chars().last()) && !pairs.iter().any(|pair| part.contains(pair))
    };
    let domain = |part: &str| {
        let (host, port) = part.rsplit_once(':').unwrap_or((part, "0"));
        let label = |label: &str| {
            let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            plain && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
        };
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let address = address.is_some_and(|host| host.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':'));
        (address || host.split('.').all(label)) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    let first = parts.next().unwrap_or_default();
    (domain(first) || component(first)) && parts.all(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        assert!(is_release("v1.33.0") && is_release("1.33.0-rc.1+x") && !is_release("1.33") && !is_release("v1.033.0"));
        assert!(
            is_endpoint("api.example.com:6443") && is_endpoint("::1") && !is_endpoint("a_b") && !is_endpoint("a:0")
        );
        assert!(is_token("abcdef.0123456789abcdef") && !is_token("abcdef.0123"));
        assert!(is_repository("registry.k8s.io") && is_repository("Host:5000/a/b_c") && !is_repository("a/B"));
        assert!(is_bootstrap_group("system:bootstrappers:kubeadm:default-node-token"));
    }
}
