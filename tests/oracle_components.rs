//! Components as the real programs make them: every case of `oracle/node/kubelet` and `oracle/node/policy` of the shared folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::model::Source;
use portcullis::node::component::Component;
use portcullis::node::version::Version;
use portcullis::node::{Effective, Entry, Tree, kubelet};
use serde_json::Value;

#[test]
fn kubelet() {
    compare("kubelet", |case, expected| {
        let tree = tree_of(&case.join("root"));
        let line = kubelet::command_line(&tree).unwrap_or_default();
        let component = kubelet::component_of_node(&tree, Some(Version::new(1, 33))).ok_or("no kubelet")?;
        let argv = (line.refused.is_empty()).then(|| line.arguments.iter().map(|a| a.text.clone()).collect::<Vec<_>>());
        same("argv", &expected["argv"], &serde_json::to_value(argv).unwrap())?;
        let refused: Vec<_> = component.refused.iter().map(|problem| problem.message.as_str()).collect();
        if let Some(effective) = expected.get("effective") {
            let keys = effective.as_object().unwrap();
            assert_eq!(keys.len(), 26);
            keys.iter().try_for_each(|(key, value)| same(key, value, &known(&component, key)))?;
            if expected["validationError"].is_null() && !refused.is_empty() {
                return Err(format!("refused: {refused:?}"));
            }
        } else if refused.is_empty() {
            return Err(format!("not refused: {}", expected["kubeletError"]));
        }
        Ok(())
    });
}

fn known(component: &Component, key: &str) -> Value {
    match &component.settings[key].value {
        Effective::Known(value) => value.clone(),
        Effective::Unknown(reason) => format!("unknown: {reason}").into(),
    }
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}")) }
}

/// Runs every case of a folder, prints the figure and fails on any difference.
fn compare(folder: &str, judge: impl Fn(&Path, &Value) -> Result<(), String>) {
    let Some(root) = shared(&format!("oracle/node/{folder}")) else { return };
    let mut cases: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expected.json").is_file());
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = fs::read_to_string(case.join("expected.json")).unwrap();
        if let Err(message) = judge(case, &serde_json::from_str(&expected).unwrap()) {
            wrong.push(format!("{}: {message}", case.file_name().unwrap().to_string_lossy()));
        }
    }
    println!("oracle/node/{folder}: {} of {} cases agree", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

fn tree_of(root: &Path) -> Tree {
    let mut entries = Vec::new();
    collect(root, root, &mut entries);
    Tree::new(entries)
}

fn collect(root: &Path, directory: &Path, entries: &mut Vec<(String, Entry)>) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()) {
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(root, &path, entries);
        } else if kind.is_symlink() {
            entries.push((name, Entry::Link(fs::read_link(&path).unwrap().to_string_lossy().into_owned())));
        } else {
            let source = Arc::new(Source::new(name.as_str(), fs::read_to_string(&path).unwrap()));
            entries.push((name, Entry::File { source, byte_order_mark: false }));
        }
    }
}
