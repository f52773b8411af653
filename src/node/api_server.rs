//! What kube-apiserver refuses once it has all its flags: admission plugins, authorization modes, what does not go together.

use serde_json::Value;

use crate::model::Location;

use super::Note;
use super::component::Component;
use super::name::hint;
use super::version::Version;

/// Adds what the API server would refuse to start with.
pub fn check(component: &mut Component) {
    let mut refused = Vec::new();
    plugins(component, &mut refused);
    modes(component, &mut refused);
    component.refused.extend(refused);
}

/// Adds the cipher suites of a component that Go's TLS does not know, by the setting that lists them.
pub fn check_ciphers(component: &mut Component, setting: &str) {
    let (suites, place) = list(component, setting);
    let unknown: Vec<String> = suites.into_iter().filter(|suite| !is_cipher(suite)).collect();
    for suite in unknown {
        let message = format!("there is no cipher suite `{suite}`{}", hint(&suite, CIPHERS, 0));
        component.refused.push(Note::new(message, place.clone()));
    }
}

/// Plugins of 1.25 and later (`pkg/kubeapiserver/options/plugins.go`), also those that only the newest versions have.
const PLUGINS: [&str; 43] = [
    "AlwaysAdmit",
    "AlwaysDeny",
    "AlwaysPullImages",
    "CertificateApproval",
    "CertificateSigning",
    "CertificateSubjectRestriction",
    "ClusterTrustBundleAttest",
    "DefaultIngressClass",
    "DefaultStorageClass",
    "DefaultTolerationSeconds",
    "DenyServiceExternalIPs",
    "EventRateLimit",
    "ExtendedResourceToleration",
    "ImagePolicyWebhook",
    "JobValidation",
    "LimitPodHardAntiAffinityTopology",
    "LimitRanger",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionWebhook",
    "NamespaceAutoProvision",
    "NamespaceExists",
    "NamespaceLifecycle",
    "NodeDeclaredFeatureValidator",
    "NodeRestriction",
    "OwnerReferencesPermissionEnforcement",
    "PersistentVolumeClaimResize",
    "PersistentVolumeLabel",
    "PodGroupProtection",
    "PodGroupWorkloadExists",
    "PodNodeSelector",
    "PodResizeValidator",
    "PodSecurity",
    "PodTolerationRestriction",
    "PodTopologyLabels",
    "Priority",
    "ResourceQuota",
    "RuntimeClass",
    "SecurityContextDeny",
    "ServiceAccount",
    "StorageObjectInUseProtection",
    "TaintNodesByCondition",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
];

/// The first version without SecurityContextDeny.
const WITHOUT_DENY: Version = Version::new(1, 30);

/// `AdmissionOptions.Validate`.
fn plugins(component: &Component, refused: &mut Vec<Note>) {
    let Some(version) = component.version.filter(|version| *version >= Version::new(1, 25)) else { return };
    let exists = |name: &str| PLUGINS.contains(&name) && (name != "SecurityContextDeny" || version < WITHOUT_DENY);
    for flag in ["enable-admission-plugins", "disable-admission-plugins", "admission-control"] {
        let (names, place) = list(component, flag);
        for name in names.iter().filter(|name| !exists(name)) {
            let message = format!("there is no admission plugin `{name}`{}", hint(name, PLUGINS, refused.len()));
            refused.push(Note::new(message, place.clone()));
        }
    }
    let (enabled, _) = list(component, "enable-admission-plugins");
    let (disabled, place) = list(component, "disable-admission-plugins");
    for name in enabled.iter().filter(|name| disabled.contains(name)) {
        refused.push(Note::new(format!("the admission plugin `{name}` is both enabled and disabled"), place.clone()));
    }
}

/// `BuiltInAuthorizationOptions.Validate`.
fn modes(component: &Component, refused: &mut Vec<Note>) {
    const MODES: [&str; 6] = ["AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"];
    const NEEDS: [(&str, &str); 2] =
        [("Webhook", "authorization-webhook-config-file"), ("ABAC", "authorization-policy-file")];
    let (modes, place) = list(component, "authorization-mode");
    for (index, mode) in modes.iter().enumerate() {
        let message = if !MODES.contains(&mode.as_str()) {
            format!("there is no authorization mode `{mode}`{}", hint(mode, MODES, refused.len()))
        } else if modes.iter().take(index).any(|before| before == mode) {
            format!("the authorization mode `{mode}` is named twice")
        } else {
            continue;
        };
        refused.push(Note::new(message, place.clone()));
    }
    for (mode, flag) in NEEDS {
        let named = component.settings.get(flag).is_none_or(|setting| setting.known() != Some(&Value::from("")));
        if modes.iter().any(|given| given == mode) && !named {
            refused.push(Note::new(format!("the authorization mode `{mode}` needs `--{flag}`"), place.clone()));
        }
    }
}

/// Cipher suites by their names in Go's crypto/tls, and the two short ones that `k8s.io/component-base/cli/flag` takes as well.
const CIPHERS: [&str; 27] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_RC4_128_SHA",
];

fn is_cipher(suite: &str) -> bool {
    CIPHERS.contains(&suite)
}

/// The words of a list and where it is written; nothing where it is not known.
fn list(component: &Component, name: &str) -> (Vec<String>, Option<Location>) {
    let Some(setting) = component.settings.get(name) else { return (Vec::new(), None) };
    let words = setting.known().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    (words.map(str::to_owned).collect(), setting.place.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::component::Program;
    use crate::node::control_plane;
    use crate::node::expansion::Environment;
    use crate::node::flags::Argument;

    fn refused(minor: u16, words: &[&str]) -> Vec<String> {
        let arguments: Vec<_> = words.iter().map(|&word| Argument::new(word, None)).collect();
        let version = Some(Version::new(1, minor));
        let environment = Environment::default();
        let component = control_plane::component(Program::ApiServer, version, &arguments, &environment, &|_| None);
        component.refused.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn what_the_api_server_cannot_mean_is_refused() {
        let table = [
            ("--enable-admission-plugins=NodeRestrictions", "no admission plugin `NodeRestrictions`; did you mean"),
            ("--enable-admission-plugins= AlwaysPullImages", "no admission plugin ` AlwaysPullImages`"),
            ("--disable-admission-plugins=SecurityContextDeny", "no admission plugin `SecurityContextDeny`"),
            ("--authorization-mode=NodeFoo", "no authorization mode `NodeFoo`"),
            ("--authorization-mode=Node,Node", "`Node` is named twice"),
            ("--authorization-mode=Webhook", "needs `--authorization-webhook-config-file`"),
            ("--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA,", "no cipher suite ``"),
        ];
        for (word, message) in table {
            let refused = refused(33, &[word]);
            assert!(refused.len() == 1 && refused[0].contains(message), "{word}: {refused:?}");
        }
        let both = ["--enable-admission-plugins=PodSecurity", "--disable-admission-plugins=PodSecurity"];
        assert_eq!(refused(33, &both), ["the admission plugin `PodSecurity` is both enabled and disabled"]);
    }

    #[test]
    fn what_an_older_version_takes_is_not_refused() {
        assert!(refused(29, &["--enable-admission-plugins=SecurityContextDeny"]).is_empty());
        assert!(refused(24, &["--enable-admission-plugins=PodSecurityPolicy"]).is_empty());
        let modes = ["--authorization-mode=Node,RBAC,Webhook", "--authorization-webhook-config-file=/w"];
        assert!(refused(33, &modes).is_empty());
    }
}
