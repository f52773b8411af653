//! What the kubelet refuses once it has its whole configuration: feature gates, node labels, numbers out of range.

use serde_json::Value;

use crate::model::Location;
use crate::node::Note;

use crate::node::api_server::check_ciphers;
use crate::node::component::Component;
use crate::node::gates;
use crate::node::name::{hint, is_label_value, is_qualified};
use crate::node::setting::Setting;

/// Adds what the kubelet would refuse to start with.
pub fn check(component: &mut Component) {
    let mut refused = Vec::new();
    gates_of(component, &mut refused);
    labels(component, &mut refused);
    ranges(component, &mut refused);
    words(component, &mut refused);
    combinations(component, &mut refused);
    component.refused.extend(refused);
    check_ciphers(component, "tlsCipherSuites");
}

fn gates_of(component: &Component, refused: &mut Vec<Note>) {
    if let Some(setting) = component.settings.get("featureGates") {
        refused.extend(gates::check(setting, component.version));
    }
}

/// `ValidateKubeletFlags`: syntax, and the labels in the namespaces of Kubernetes that a kubelet may give its node.
fn labels(component: &Component, refused: &mut Vec<Note>) {
    let Some((labels, place)) = known(component, "node-labels") else { return };
    for (key, value) in labels.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if !is_qualified(key) || !is_label_value(value) {
            refused.push(Note::new(format!("`{key}={value}` is not a label"), place.clone()));
        } else if is_reserved(key) {
            let message =
                format!("a kubelet may not give its node the label `{key}`: its namespace belongs to Kubernetes");
            refused.push(Note::new(message, place.clone()));
        }
    }
}

fn is_reserved(key: &str) -> bool {
    const ALLOWED: [&str; 11] = [
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    ];
    let Some((namespace, _)) = key.split_once('/') else { return false };
    let within =
        |parent: &str| namespace == parent || namespace.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    let of_kubernetes = within("kubernetes.io") || within("k8s.io");
    of_kubernetes && !ALLOWED.contains(&key) && !within("kubelet.kubernetes.io") && !within("node.kubernetes.io")
}

/// `ValidateKubeletConfiguration`, the ranges.
fn ranges(component: &Component, refused: &mut Vec<Note>) {
    const RANGES: [(&str, i64, i64); 22] = [
        ("nodeLeaseDurationSeconds", 1, i64::MAX),
        ("eventBurst", 0, i64::MAX),
        ("eventRecordQPS", 0, i64::MAX),
        ("healthzPort", 0, 65535),
        ("imageGCHighThresholdPercent", 0, 100),
        ("imageGCLowThresholdPercent", 0, 100),
        ("iptablesDropBit", 0, 31),
        ("iptablesMasqueradeBit", 0, 31),
        ("kubeAPIBurst", 0, i64::MAX),
        ("kubeAPIQPS", 0, i64::MAX),
        ("nodeStatusMaxImages", -1, i64::MAX),
        ("maxOpenFiles", 0, i64::MAX),
        ("maxPods", 0, i64::MAX),
        ("oomScoreAdj", -1000, 1000),
        ("podsPerCore", 0, i64::MAX),
        ("port", 1, 65535),
        ("readOnlyPort", 0, 65535),
        ("registryBurst", 0, i64::MAX),
        ("registryPullQPS", 0, i64::MAX),
        ("maxParallelImagePulls", 1, i64::MAX),
        ("containerLogMaxWorkers", 1, i64::MAX),
        ("containerLogMaxFiles", 2, i64::MAX),
    ];
    for (path, low, high) in RANGES {
        let Some((value, place)) = known(component, path) else { continue };
        if value.as_i64().is_some_and(|value| value < low || value > high) {
            let range = if high == i64::MAX { format!("at least {low}") } else { format!("from {low} to {high}") };
            refused.push(Note::new(format!("`{path}` is {value} and has to be {range}"), place));
        }
    }
}

/// `ValidateKubeletConfiguration`, the words.
fn words(component: &Component, refused: &mut Vec<Note>) {
    const WORDS: [(&str, &[&str]); 5] = [
        ("topologyManagerPolicy", &["none", "best-effort", "restricted", "single-numa-node"]),
        ("topologyManagerScope", &["container", "pod"]),
        ("hairpinMode", &["none", "hairpin-veth", "promiscuous-bridge"]),
        ("memorySwap.swapBehavior", &["", "NoSwap", "LimitedSwap"]),
        ("logging.format", &["text", "json"]),
    ];
    for (path, allowed) in WORDS {
        let Some((value, place)) = known(component, path) else { continue };
        let Some(word) = value.as_str().filter(|word| !allowed.contains(word)) else { continue };
        let hint = hint(word, allowed.iter().copied(), 0);
        refused.push(Note::new(format!("`{path}` cannot be `{word}`{hint}"), place));
    }
}

/// `ValidateKubeletConfiguration`, what does not go together.
fn combinations(component: &Component, refused: &mut Vec<Note>) {
    let number = |path: &str| known(component, path).and_then(|(value, place)| Some((value.as_i64()?, place)));
    if let (Some((low, place)), Some((high, _))) =
        (number("imageGCLowThresholdPercent"), number("imageGCHighThresholdPercent"))
        && low >= high
    {
        let message = "`imageGCLowThresholdPercent` has to be below `imageGCHighThresholdPercent`";
        refused.push(Note::new(message, place));
    }
    let text = |path: &str| known(component, path).map(|(value, _)| value.as_str().unwrap_or_default().to_owned());
    if let Some((value, place)) = known(component, "systemCgroups")
        && value.as_str().is_some_and(|text| !text.is_empty())
        && text("cgroupRoot").is_some_and(|root| root.is_empty())
    {
        refused.push(Note::new("`systemCgroups` needs `cgroupRoot`", place));
    }
    if let Some((value, place)) = known(component, "runOnce").filter(|(value, _)| *value == true) {
        refused.push(Note::new(format!("`runOnce` is {value}, which is no longer supported"), place));
    }
    let gates = known(component, "featureGates").map(|(gates, _)| gates);
    let is_off = gates.and_then(|gates| gates.get("RotateKubeletServerCertificate")) == Some(&Value::Bool(false));
    if let Some((_, place)) = known(component, "serverTLSBootstrap").filter(|(value, _)| is_off && **value == true) {
        refused.push(Note::new("`serverTLSBootstrap` needs the feature gate `RotateKubeletServerCertificate`", place));
    }
    let none =
        component.settings.get("containerRuntimeEndpoint").and_then(Setting::known).is_some_and(|value| value == "");
    if none {
        let place = known(component, "containerRuntimeEndpoint").and_then(|(_, place)| place);
        refused.push(Note::new("`containerRuntimeEndpoint` is empty", place));
    }
}

fn known<'a>(component: &'a Component, path: &str) -> Option<(&'a Value, Option<Location>)> {
    let setting = component.settings.get(path)?;
    Some((setting.known()?, setting.place.clone()))
}
