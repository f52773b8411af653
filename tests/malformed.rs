//! Configuration of nodes that its program refuses, through the binary: every file of that sort gets a finding or is told to be
//! unjudged, with a line, and what lies beside it is judged. The cases of `oracle/node` that the real programs refused, and
//! texts of our own that are cut off, of wrong types, and with fields that do not exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::shared;
use tempfile::TempDir;

const CONTROLS: [&str; 4] = ["refused-component", "ignored-setting", "refused-sshd", "host-pid"];

const GOOD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {hostPID: true, containers: [{name: a, image: b}]}\n";

/// A file of each kind, as its program takes it.
const WHOLE: [(&str, &str); 7] = [
    (
        "kubeadm.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.33.1\napiServer:\n  extraArgs: [{name: profiling, value: \"false\"}]\n",
    ),
    (
        "kubelet.yaml",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 0\nclusterDNS: [10.96.0.10]\n",
    ),
    (
        "proxy.yaml",
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\nconntrack: {min: 0}\n",
    ),
    ("etc/rancher/k3s/config.yaml", "secrets-encryption: true\nhttps-listen-port: 6443\nkubelet-arg: [\"v=2\"]\n"),
    ("user-data", "#cloud-config\nwrite_files:\n- {path: /etc/rancher/k3s/config.yaml, content: \"debug: false\"}\n"),
    (
        "capi.yaml",
        "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nmetadata: {name: a}\nspec:\n  version: v1.33.1\n  kubeadmConfigSpec: {clusterConfiguration: {apiServer: {extraArgs: {profiling: \"false\"}}}}\n",
    ),
    (
        "kind.yaml",
        "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nkubeadmConfigPatches:\n- |\n  kind: ClusterConfiguration\n  apiServer: {extraArgs: {profiling: \"false\"}}\n",
    ),
];

/// What makes it wrong: a type, or a field that does not exist.
const WRONG: [(&str, &str, &str); 13] = [
    ("kubeadm.yaml", "extraArgs: [{name: profiling, value: \"false\"}]", "extraArgs: {profiling: \"false\"}"),
    ("kubeadm.yaml", "extraArgs:", "extraArg:"),
    ("kubeadm.yaml", "v1beta4", "v1beta1"),
    ("kubelet.yaml", "readOnlyPort: 0", "readOnlyPort: none"),
    ("kubelet.yaml", "readOnlyPort", "readonlyPort2"),
    ("proxy.yaml", "conntrack: {min: 0}", "conntrack: []"),
    ("proxy.yaml", "mode", "modus"),
    ("etc/rancher/k3s/config.yaml", "true", "maybe"),
    ("etc/rancher/k3s/config.yaml", "secrets-encryption", "secret-encryption"),
    ("user-data", "path: /etc/rancher/k3s/config.yaml", "path: 5"),
    ("user-data", "debug: false", "debug: [x"),
    ("capi.yaml", "extraArgs: {profiling: \"false\"}", "extraArgs: [5]"),
    ("kind.yaml", "extraArgs: {profiling: \"false\"}", "extraArgs: 5"),
];

#[test]
fn every_mistake_has_a_line_and_the_rest_is_judged() {
    let repository = tempfile::tempdir().unwrap();
    let mut cases = Vec::new();
    let mut add = |name: String, path: &str, text: &str| {
        write(&repository.path().join(&name).join(path), text);
        cases.push(name);
    };
    for (at, (path, from, to)) in WRONG.iter().enumerate() {
        let whole = WHOLE.iter().find(|(known, _)| known == path).unwrap().1;
        assert!(whole.contains(from), "{path}: {from}");
        add(format!("wrong/{at}"), path, &whole.replace(from, to));
    }
    for (at, (path, whole)) in WHOLE.iter().enumerate() {
        // Behind the last bracket or quote that opens.
        let open = whole.rfind(['[', '{', '"']).unwrap() + 1;
        add(format!("cut/{at}"), path, &whole[..open]);
    }
    for (name, folder) in refused() {
        copy(&folder, &repository.path().join(&name));
        cases.push(name);
    }
    for (name, flag, text) in refused_files() {
        let node = repository.path().join(&name);
        write(&node.join("etc/kubernetes/file.yaml"), &text);
        let command = format!("[kube-apiserver, --{flag}=/etc/kubernetes/file.yaml]");
        let mounts = "volumeMounts: [{name: k, mountPath: /etc/kubernetes}]";
        let volumes = "volumes: [{name: k, hostPath: {path: /etc/kubernetes}}]";
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers: [{{name: a, command: {command}, {mounts}}}]\n  {volumes}\n"
        );
        write(&node.join("etc/kubernetes/manifests/kube-apiserver.yaml"), &pod);
        cases.push(format!("{name}/etc/kubernetes/file.yaml"));
    }
    write(&repository.path().join("good/pod.yaml"), GOOD);
    for (at, (path, whole)) in WHOLE.iter().enumerate() {
        write(&repository.path().join(format!("whole/{at}")).join(path), whole);
    }
    let report = report(&repository);
    let told = told(&report);
    assert!(told.get("good/pod.yaml").is_some_and(|lines| lines.contains(&4)), "{told:?}");
    let whole: Vec<_> = told.keys().filter(|file| file.starts_with("whole/")).collect();
    assert!(whole.is_empty(), "{whole:?} {}", report["findings"]);
    let lines = |case: &String| {
        let is_of = |file: &str| file == case || file.starts_with(&format!("{case}/"));
        told.iter().any(|(file, lines)| is_of(file) && lines.iter().all(|line| *line > 0))
    };
    let silent: Vec<_> = cases.iter().filter(|case| !lines(case)).collect();
    println!("refused configuration with a line: {} of {}", cases.len() - silent.len(), cases.len());
    assert!(silent.is_empty(), "nothing is said of {silent:?}");
}

/// The cases that their program refused, each as the files of a node.
fn refused() -> Vec<(String, PathBuf)> {
    let Some(root) = shared("oracle/node") else { return Vec::new() };
    let mut found = Vec::new();
    for kind in ["kubeadm", "kubelet", "k3s", "sshd"] {
        for case in fs::read_dir(root.join(kind)).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(text) = fs::read_to_string(case.join("expected.json")) else { continue };
            let expected: Value = serde_json::from_str(&text).unwrap();
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            let wrong = match kind {
                "kubeadm" => expected["steps"].as_object().unwrap().values().any(|step| step["rc"] != 0),
                "kubelet" => expected["argv"].is_null() || !expected["kubeletError"].is_null(),
                // The role of an agent is said to the case and not in its files.
                "k3s" if expected["role"] == "agent" => false,
                "k3s" => !expected["fatal"].is_null() || !expected["skippedKeys"].as_array().unwrap().is_empty(),
                _ => expected["rc"] != 0,
            };
            if wrong {
                found.push((format!("{kind}/{name}"), if kind == "kubeadm" { case } else { case.join("root") }));
            }
        }
    }
    assert!(found.len() > 8);
    found
}

/// Files of the API server that it refused, each with the flag that names it.
fn refused_files() -> Vec<(String, &'static str, String)> {
    let Some(root) = shared("oracle/node/policy") else { return Vec::new() };
    let mut found = Vec::new();
    let flags = [
        ("audit", "audit-policy-file"),
        ("encryption", "encryption-provider-config"),
        ("admission", "admission-control-config-file"),
    ];
    for (kind, flag) in flags {
        for case in fs::read_dir(root.join(kind)).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(text) = fs::read_to_string(case.join("expected.json")) else { continue };
            let expected: Value = serde_json::from_str(&text).unwrap();
            if !expected["error"].is_null() {
                let name = format!("{kind}/{}", case.file_name().unwrap().to_string_lossy());
                found.push((name, flag, fs::read_to_string(case.join("in.yaml")).unwrap()));
            }
        }
    }
    assert!(found.len() > 3);
    found
}

fn report(repository: &TempDir) -> Value {
    let mut process = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    process.arg("check").args(CONTROLS.iter().flat_map(|control| ["--control", control])).args(["--format", "json"]);
    let output = process.args(["--kubernetes-version", "1.33"]).env_clear().current_dir(repository).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The lines that something is said of, by file.
fn told(report: &Value) -> BTreeMap<String, Vec<u64>> {
    let mut told: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let file = finding["file"].as_str().unwrap().to_owned();
        told.entry(file).or_default().push(finding["line"].as_u64().unwrap());
    }
    for file in report["coverage"]["files"].as_array().unwrap().iter().filter(|file| file["status"] == "unparsable") {
        let reason = file["reason"].as_str().unwrap();
        let line = reason.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse().ok()).unwrap_or(0);
        told.entry(file["file"].as_str().unwrap().to_owned()).or_default().push(line);
    }
    told
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let to = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() && entry.file_name() != "expected.json" {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
