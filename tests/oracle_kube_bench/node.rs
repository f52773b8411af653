//! A node of the oracle, written as the files that a repository would have of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::support::text;

/// Benchmark → id → what kube-bench says.
pub type Verdicts = BTreeMap<String, BTreeMap<String, String>>;

/// A node, or the objects of a cluster.
pub struct Node {
    /// The name of the case, `random-17`.
    pub name: String,
    /// What kube-bench says.
    pub expected: Verdicts,
    /// The components that would not start.
    pub refused: BTreeSet<String>,
    /// The version of Kubernetes and the platform.
    pub cluster: (String, String),
    /// The log of k3s.
    pub journal: String,
    files: BTreeMap<String, String>,
}

impl Node {
    /// Writes the files of the node below a directory.
    pub fn write(&self, root: &Path) {
        for (path, text) in &self.files {
            let file = root.join(&self.name).join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
    }
}

/// The nodes of `cases`.
pub fn cases(oracle: &Path) -> Vec<Node> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(oracle.join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| case(folder)).collect()
}

/// The random nodes of `fuzz.jsonl`.
pub fn random(oracle: &Path) -> Vec<Node> {
    let rows = text(&oracle.join("fuzz.jsonl"));
    rows.lines().map(|row| of_row(&serde_json::from_str(row).unwrap())).collect()
}

fn case(folder: &Path) -> Node {
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files = BTreeMap::new();
    let (mut expected, mut refused, mut journal) = (Verdicts::new(), BTreeSet::new(), String::new());
    let node: Value =
        fs::read_to_string(folder.join("node.json")).map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    let manifests = node["manifests_dir"].as_str().unwrap_or("/etc/kubernetes/manifests").trim_start_matches('/');
    for file in below(folder) {
        let inside = file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        let content = text(&file);
        match inside.as_str() {
            "meta.json" | "node.json" => {}
            _ if inside.starts_with("expected") => {
                let said: Map<String, Value> = serde_json::from_str(&content).unwrap();
                refused
                    .extend(said.get("refused").into_iter().flat_map(|said| said.as_object().unwrap().keys().cloned()));
                for (benchmark, verdicts) in said.iter().filter(|(key, _)| *key != "not_static" && *key != "refused") {
                    if let Value::Object(verdicts) = verdicts {
                        let own = expected.entry(benchmark.clone()).or_default();
                        own.extend(verdicts.iter().map(|(id, word)| (id.clone(), word.as_str().unwrap().to_owned())));
                    }
                }
            }
            _ if inside.starts_with("journal/") => journal += &content,
            "kubelet-config.yaml" => drop(files.insert("var/lib/kubelet/config.yaml".to_owned(), content)),
            "kubelet-config.json" => {
                drop(files.insert("etc/kubernetes/kubelet/kubelet-config.json".to_owned(), content))
            }
            "kubelet.argv" => {
                drop(files.insert("etc/systemd/system/kubelet.service".to_owned(), unit(&lines(&content))))
            }
            "kube-proxy.argv" => {
                drop(files.insert(format!("{manifests}/kube-proxy.yaml"), pod("kube-proxy", &lines(&content))))
            }
            _ if inside.starts_with("rootfs/") => {
                drop(files.insert(inside["rootfs/".len()..].to_owned(), keyed(&content)))
            }
            _ if inside.starts_with("objects/") => drop(files.insert(inside, content)),
            _ => drop(files.insert(format!("{manifests}/{inside}"), mounted(&content))),
        }
    }
    let version = node["kube_version"].as_str().unwrap_or("v1.33.0");
    let platform = if name.starts_with("k3s") {
        "k3s"
    } else if name.starts_with("rke2") {
        "rke2"
    } else {
        "kubeadm"
    };
    let minor = version.trim_start_matches('v').rsplitn(2, '.').last().unwrap().to_owned();
    Node { name, expected, refused, cluster: (minor, platform.to_owned()), journal, files }
}

fn of_row(row: &Value) -> Node {
    let mut files = BTreeMap::new();
    for (program, argv) in row["argv"].as_object().unwrap() {
        let argv: Vec<String> = serde_json::from_value(argv.clone()).unwrap();
        // The gate `A` is made up; kube-bench looks at another one.
        let argv: Vec<String> = argv.iter().map(|word| word.replace("A=true", "ContextualLogging=true")).collect();
        match program.as_str() {
            "kubelet" => files.insert("etc/systemd/system/kubelet.service".to_owned(), unit(&argv)),
            _ => files.insert(format!("etc/kubernetes/manifests/{program}.yaml"), pod(program, &argv)),
        };
    }
    if let Some(config) = row["kubelet_config"].as_str() {
        files.insert("var/lib/kubelet/config.yaml".to_owned(), config.to_owned());
    }
    let refused = row["refused"].as_object().map(|refused| refused.keys().cloned().collect()).unwrap_or_default();
    Node {
        name: format!("random-{}", row["i"]),
        expected: serde_json::from_value(row["expected"].clone()).unwrap(),
        refused,
        cluster: ("1.33".to_owned(), "kubeadm".to_owned()),
        journal: String::new(),
        files,
    }
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// The unit of a kubelet with this command line.
fn unit(argv: &[String]) -> String {
    let quoted = |word: &String| {
        let word = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
        format!("\"{word}\"")
    };
    let words: Vec<String> = argv.iter().map(quoted).collect();
    format!("[Unit]\nDescription=kubelet\n\n[Service]\nExecStart={}\n", words.join(" \\\n  "))
}

/// The static pod of a component with this command line.
fn pod(program: &str, argv: &[String]) -> String {
    let image = format!("registry.example/{program}:{}", if program == "etcd" { "3.5.16-0" } else { "v1.33.0" });
    let text = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": program, "namespace": "kube-system"},
        "spec": {
            "hostNetwork": true,
            "containers": [{"name": program, "image": image, "command": argv, "volumeMounts": [
                {"name": "etc", "mountPath": "/etc"}, {"name": "var", "mountPath": "/var"},
            ]}],
            "volumes": [
                {"name": "etc", "hostPath": {"path": "/etc"}}, {"name": "var", "hostPath": {"path": "/var"}},
            ],
        },
    });
    format!("{text:#}\n")
}

/// An encryption configuration with a key that the API server takes: kube-bench does not look at keys.
fn keyed(text: &str) -> String {
    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    text.replace("keys: []", &format!("keys: [{{name: key, secret: {KEY}}}]"))
        .replace("\"secret\":\"AAAA\"", &format!("\"secret\":\"{KEY}\""))
}

/// A static pod of a case, in the version that was asked who would start, and with all that its flags name mounted: kube-bench
/// reads the files of the node, whatever the pod sees.
fn mounted(pod: &str) -> String {
    pod.replace("kube-apiserver:v1.32.0", "kube-apiserver:v1.33.0")
        .replace("kube-controller-manager:v1.32.0", "kube-controller-manager:v1.33.0")
        .replace("kube-scheduler:v1.32.0", "kube-scheduler:v1.33.0")
        .replace(
            "    volumeMounts:\n",
            "    volumeMounts:\n    - {name: etc, mountPath: /etc}\n    - {name: var, mountPath: /var}\n",
        )
        .replace(
            "  volumes:\n",
            "  volumes:\n  - {name: etc, hostPath: {path: /etc}}\n  - {name: var, hostPath: {path: /var}}\n",
        )
}
