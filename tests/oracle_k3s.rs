//! Components as k3s and RKE2 run them: every case of `oracle/node/k3s` of the shared folder.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::model::Source;
use portcullis::node::component::{Component, Distribution};
use portcullis::node::k3s::{self, K3s, Node, Role};
use portcullis::node::{Effective, Entry, Tree};
use serde_json::{Value, json};

/// The fields that the cases give of the kubelet.
const KUBELET: [(&str, &str); 13] = [
    ("anonymous", "authentication.anonymous.enabled"),
    ("authorizationMode", "authorization.mode"),
    ("readOnlyPort", "readOnlyPort"),
    ("protectKernelDefaults", "protectKernelDefaults"),
    ("eventRecordQPS", "eventRecordQPS"),
    ("streamingConnectionIdleTimeout", "streamingConnectionIdleTimeout"),
    ("rotateCertificates", "rotateCertificates"),
    ("tlsMinVersion", "tlsMinVersion"),
    ("podPidsLimit", "podPidsLimit"),
    ("makeIPTablesUtilChains", "makeIPTablesUtilChains"),
    ("tlsCipherSuites", "tlsCipherSuites"),
    ("clientCAFile", "authentication.x509.clientCAFile"),
    ("tlsCertFile", "tlsCertFile"),
];

#[test]
fn k3s_cases() {
    let Some(root) = shared("oracle/node/k3s") else { return };
    let mut cases: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expected.json").is_file());
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let expected: Value = serde_json::from_str(&fs::read_to_string(case.join("expected.json")).unwrap()).unwrap();
        if let Err(message) = judge(case, &expected) {
            wrong.push(format!("{}: {message}", case.file_name().unwrap().to_string_lossy()));
        }
    }
    println!("oracle/node/k3s: {} of {} cases agree", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge(case: &Path, expected: &Value) -> Result<(), String> {
    let tree = tree_of(&case.join("root"));
    let node = Node {
        distribution: if expected["distribution"] == "rke2" { Distribution::Rke2 } else { Distribution::K3s },
        role: if expected["role"] == "agent" { Role::Agent } else { Role::Server },
        kubernetes: expected["kubernetes"].as_str().unwrap().to_owned(),
        name: Some("node1".to_owned()),
    };
    let found = k3s::of_node(&tree, &node);
    let skipped: Vec<_> = found.skipped.iter().map(|skipped| skipped.key.clone()).collect();
    same("skippedKeys", &expected["skippedKeys"], &skipped.into())?;
    if expected["fatal"].is_null() != found.refused.is_empty() {
        return Err(format!("fatal: expected {}, found {:?}", expected["fatal"], found.refused));
    }
    let Some(components) = expected["components"].as_object() else { return Ok(()) };
    let none = json!({});
    let names: Vec<_> =
        found.command_lines.iter().map(|line| line.program.word()).filter(|name| *name != "kube-proxy").collect();
    let mut wanted: Vec<_> = components.keys().map(String::as_str).collect();
    wanted.sort_by_key(|name| names.iter().position(|known| known == name));
    same("components", &json!(wanted), &json!(names))?;
    for (name, component) in components {
        let line = found.command_lines.iter().find(|line| line.program.word() == name).unwrap();
        let arguments: Vec<_> = line.arguments.iter().map(|argument| argument.text.clone()).collect();
        same(&format!("{name} args"), &component["args"], &arguments.into())?;
        let effective = component.get("effective").unwrap_or(&none).as_object().unwrap();
        for (key, value) in effective {
            let ours = effective_value(&found, name, key);
            same(&format!("{name} {key}"), value, &ours)?;
        }
    }
    Ok(())
}

fn effective_value(found: &K3s, name: &str, key: &str) -> Value {
    let component: &Component = found.components.iter().find(|component| component.name.word() == name).unwrap();
    let field = KUBELET.iter().find(|(short, _)| *short == key && name == "kubelet");
    let value = match &component.settings[field.map_or(key, |(_, field)| field)].value {
        Effective::Known(value) => value.clone(),
        Effective::Unknown(reason) => return format!("unknown: {reason}").into(),
    };
    if field.is_some() { value } else { printed(&value).into() }
}

/// A value as a flag prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(printed).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            members.iter().map(|(key, value)| format!("{key}={}", printed(value))).collect::<Vec<_>>().join(",")
        }
        value => value.to_string(),
    }
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}")) }
}

fn tree_of(root: &Path) -> Tree {
    let mut entries = Vec::new();
    if root.is_dir() {
        collect(root, root, &mut entries);
    }
    Tree::new(entries)
}

fn collect(root: &Path, directory: &Path, entries: &mut Vec<(String, Entry)>) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            collect(root, &path, entries);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let source = Arc::new(Source::new(name.as_str(), fs::read_to_string(&path).unwrap()));
            entries.push((name, Entry::File { source, byte_order_mark: false }));
        }
    }
}

fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var("PORTCULLIS_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let path = Path::new(&root).join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}
