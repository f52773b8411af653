//! What the Kubernetes API says of groups and kinds.

/// The API groups without a dot; every other group is a domain name (apiextensions validation: "should be a domain with at
/// least one dot").
const SHORT_GROUPS: [&str; 6] = ["", "apps", "autoscaling", "batch", "extensions", "policy"];

/// Groups of configuration files: read by a program from its disk, never sent to the API server.
const FILE_GROUPS: [&str; 9] = [
    "kubelet.config.k8s.io",
    "kubeadm.k8s.io",
    "audit.k8s.io",
    "apiserver.config.k8s.io",
    "apiserver.k8s.io",
    "kubeproxy.config.k8s.io",
    "kubescheduler.config.k8s.io",
    "kubecontrollermanager.config.k8s.io",
    "pod-security.admission.config.k8s.io",
];

/// The group of an `apiVersion`: `""` for `v1`; `None` when it is not one that an API server can have.
pub fn group(api_version: &str) -> Option<&str> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let named = SHORT_GROUPS.contains(&group) || (group.contains('.') && is_subdomain(group));
    (named && is_label(version) && (group.contains('.') || is_kube_version(version))).then_some(group)
}

/// Whether the group is one of a configuration file.
pub fn is_file_group(group: &str) -> bool {
    FILE_GROUPS.contains(&group)
}

/// Whether a group can have a kind of this name: a custom one is a DNS label in any case (apiextensions validation,
/// `ValidateCustomResourceDefinitionNames`); all others are words that begin with a capital letter.
pub fn is_kind(group: &str, kind: &str) -> bool {
    if group.contains('.') {
        return is_label(&kind.to_ascii_lowercase()) && kind.starts_with(|first: char| first.is_ascii_alphabetic());
    }
    kind.starts_with(|first: char| first.is_ascii_uppercase()) && kind.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Whether objects of this kind belong to no namespace. Custom kinds are taken to be namespaced.
pub fn is_cluster_scoped(api_version: &str, kind: &str) -> bool {
    let kinds: &[&str] = match group(api_version).unwrap_or_default() {
        "" => &["Namespace", "Node", "PersistentVolume", "ComponentStatus"],
        "rbac.authorization.k8s.io" => &["ClusterRole", "ClusterRoleBinding"],
        "apiextensions.k8s.io" => &["CustomResourceDefinition"],
        "apiregistration.k8s.io" => &["APIService"],
        "storage.k8s.io" => &["StorageClass", "VolumeAttachment", "CSIDriver", "CSINode", "VolumeAttributesClass"],
        "scheduling.k8s.io" => &["PriorityClass"],
        "node.k8s.io" => &["RuntimeClass"],
        "networking.k8s.io" => &["IngressClass", "IPAddress", "ServiceCIDR"],
        "certificates.k8s.io" => &["CertificateSigningRequest", "ClusterTrustBundle"],
        "flowcontrol.apiserver.k8s.io" => &["FlowSchema", "PriorityLevelConfiguration"],
        "policy" | "extensions" => &["PodSecurityPolicy"],
        "admissionregistration.k8s.io" => &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
        ],
        _ => &[],
    };
    kinds.contains(&kind)
}

fn is_kube_version(version: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = version.strip_prefix('v') else { return false };
    let stage = rest.split_once("alpha").or_else(|| rest.split_once("beta"));
    stage.map_or_else(|| digits(rest), |(major, minor)| digits(major) && digits(minor))
}

fn is_label(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(inside) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_those_an_api_server_can_have() {
        let table = [
            ("v1", Some("")),
            ("apps/v1", Some("apps")),
            ("batch/v1beta1", Some("batch")),
            ("argoproj.io/v1alpha1", Some("argoproj.io")),
            ("release-notes/v2", None),
            ("apps", None),
            ("v1.2", None),
            ("apps/1", None),
            ("a.b/c/v1", None),
            ("Apps.io/v1", None),
            ("", None),
        ];
        for (api_version, expected) in table {
            assert_eq!(group(api_version), expected, "{api_version}");
        }
    }

    #[test]
    fn kinds_are_words() {
        assert!(is_kind("", "Pod") && is_kind("", "KafkaV2") && is_kind("example.org", "my-App"));
        assert!(!is_kind("apps", "deployment") && !is_kind("", "") && !is_kind("", "Pod {{ x }}"));
        assert!(!is_kind("example.org", "-app") && !is_kind("example.org", "my app"));
    }
}
