//! `inspect --effective` and `--why`: what they print fits a terminal, and the guide shows what they really print. The stories
//! `fixtures/repos/node-*` tell of whole repositories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{project, text};

/// What the command prints in a copy of a folder, which is no part of another repository.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    copy(folder, place.path());
    let folder = place.path();
    let mut process = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    let output = process.args(arguments).env_clear().current_dir(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn the_guide_shows_real_stories() {
    let guide = text(&project().join("docs/guide/effective.md"));
    let mut shown = 0;
    for (before, block) in guide.split("```").collect::<Vec<_>>().chunks_exact(2).map(|pair| (pair[0], pair[1])) {
        let Some(transcript) = block.strip_prefix("text\n$ portcullis ") else { continue };
        let folder = before.rsplit("<!-- ").next().unwrap().split(" -->").next().unwrap();
        let (command, expected) = transcript.split_once('\n').unwrap();
        let arguments: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(run(&project().join(folder), &arguments), expected, "{command}");
        shown += 1;
    }
    assert!(shown >= 3, "the guide has {shown} transcripts");
}

#[test]
fn values_fit_a_terminal() {
    for story in ["node-kubeadm", "node-k3s", "node-cluster-api"] {
        let printed = run(&project().join("fixtures/repos").join(story), &["inspect", "--effective"]);
        assert!(printed.lines().count() > 300, "{printed}");
        // A word, such as a list of ciphers, stays whole.
        let wide = |line: &&str| line.chars().count() > 80 && line.trim().contains(' ');
        let wide: Vec<&str> = printed.lines().filter(wide).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
}

#[test]
fn every_value_is_there_as_json() {
    let folder = project().join("fixtures/repos/node-kubeadm");
    let printed = run(&folder, &["inspect", "--effective", "--format", "json"]);
    let subjects: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = subjects.iter().map(|subject| subject["component"].as_str().unwrap()).collect();
    let expected = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet", "kube-proxy"];
    assert_eq!(names, expected);
    let find = |subject: usize, name: &str| {
        let values = subjects[subject]["values"].as_array().unwrap();
        values.iter().find(|value| value["name"] == name).unwrap().clone()
    };
    let anonymous = find(0, "kube-apiserver.anonymous-auth");
    assert_eq!((&anonymous["value"], &anonymous["origin"]), (&Value::Bool(true), &"flag".into()));
    assert_eq!((&anonymous["place"]["line"], &anonymous["overridden"][0]["place"]["line"]), (&18.into(), &8.into()));
    assert_eq!(find(0, "kube-apiserver.authorization-mode")["origin"], "distribution");
    assert_eq!(find(4, "kubelet.readOnlyPort")["place"]["file"], "etc/default/kubelet");
    for value in subjects.iter().flat_map(|subject| subject["values"].as_array().unwrap()) {
        assert!(value["value"].is_null() || value["unknown"].is_null(), "{value}");
        assert!(!value["rule"].as_str().unwrap().is_empty(), "{value}");
    }
}

#[test]
fn standard_input_is_a_file_of_a_node_as_well() {
    let file = std::fs::File::open(project().join("fixtures/repos/node-kubeadm/etc/kubernetes/kubeadm.yaml")).unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    process.args(["inspect", "--why", "kube-apiserver.profiling", "-"]).stdin(file).env_clear();
    let output = process.current_dir(tempfile::tempdir().unwrap().path()).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("kube-apiserver.profiling is true\n"), "{printed}");
}

#[test]
fn neither_a_second_configuration_nor_a_pod_that_no_kubelet_reads_hides_one() {
    let place = tempfile::tempdir().unwrap();
    let cluster = |value: &str| {
        format!(
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.33.1\n\
             apiServer: {{extraArgs: {{anonymous-auth: \"{value}\"}}}}\n"
        )
    };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, command: [kube-apiserver, --anonymous-auth=false]}\n";
    for (name, text) in [("a.yaml", cluster("false")), ("b.yaml", cluster("true")), ("pod.yaml", pod.to_owned())] {
        std::fs::write(place.path().join(name), text).unwrap();
    }
    let told = run(place.path(), &["inspect", "--why", "kube-apiserver.anonymous-auth"]);
    for line in ["a.yaml:4", "b.yaml:4", "pod.yaml:6"] {
        assert!(told.contains(&format!("  decides {line}\n")), "{told}");
    }
}
