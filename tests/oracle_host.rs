//! The values of host files agree with those of the real sshd, systemd-sysctl and procps on every case of the oracle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::model::Source;
use portcullis::node::sshd::{self, Connection};
use portcullis::node::{Effective, Entry, Tree, sysctl};
use serde_json::Value;

type Printed = BTreeMap<String, Vec<String>>;

#[test]
fn sshd_agrees() {
    let defaults = printed(&Tree::new([file("etc/ssh/sshd_config", b"")]), &Connection::default()).unwrap();
    judge("sshd", |case, expected| {
        let tree = tree(&case.join("root"));
        let plain = printed(&tree, &Connection::default());
        same(&plain.is_ok(), &(expected["rc"] == 0), "sshd starts")?;
        if let (Ok(plain), Some(delta)) = (&plain, expected.get("delta_from_defaults")) {
            same(&difference(&defaults, plain), &lists(delta), "delta_from_defaults")?;
        }
        for context in expected["contexts"].as_array().unwrap() {
            let spec = context["spec"].as_str().unwrap();
            let inside = printed(&tree, &connection(spec));
            same(&inside.is_ok(), &(context["rc"] == 0), spec)?;
            if let (Ok(plain), Ok(inside)) = (&plain, &inside) {
                same(&difference(plain, inside), &lists(&context["diff_from_no_context"]), spec)?;
            }
        }
        Ok(())
    });
}

#[test]
fn sysctl_agrees() {
    const INTERFACES: [&str; 5] = ["all", "default", "lo", "eth0", "eth0.100"];
    judge("sysctl", |case, expected| {
        let tree = tree(&case.join("root"));
        let boot = sysctl::read(&tree, &INTERFACES).map(|sysctl| sysctl.settings).unwrap_or_default();
        let boot = boot.into_iter().map(|(key, setting)| (slashed(&key), text(&setting.value))).collect();
        same(&boot, &texts(&expected["systemd"]["effective"]), "systemd")?;
        let procps = sysctl::procps(&tree, &INTERFACES);
        let procps = procps.into_iter().map(|(key, value)| (slashed(&key), value)).collect();
        same(&procps, &texts(&expected["procps"]["effective"]), "procps")
    });
}

fn text(value: &Effective) -> String {
    match value {
        Effective::Known(value) => value.as_str().unwrap().to_owned(),
        Effective::Unknown(reason) => reason.clone(),
    }
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let members = value.as_object().unwrap().iter();
    members.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn slashed(key: &str) -> String {
    key.chars()
        .map(|c| {
            if c == '.' {
                '/'
            } else if c == '/' {
                '.'
            } else {
                c
            }
        })
        .collect()
}

fn printed(tree: &Tree, connection: &Connection) -> Result<Printed, String> {
    let values = sshd::print(tree, connection).expect("the case has an sshd_config").map_err(|note| note.message)?;
    // The real program has DebianBanner but does not print it.
    let values = values.into_iter().filter(|(key, _)| *key != "debianbanner");
    Ok(values.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn connection(spec: &str) -> Connection {
    let mut connection = Connection::default();
    for (name, value) in spec.split(',').filter_map(|part| part.split_once('=')) {
        let value = value.to_owned();
        match name {
            "user" => connection.user = Some(value),
            "host" => connection.host = Some(value),
            "addr" => connection.address = Some(value),
            "laddr" => connection.local_address = Some(value),
            "lport" => connection.local_port = value.parse().ok(),
            _ => panic!("unknown part of a connection: {name}"),
        }
    }
    // The machine of the oracle had root and the system users of Debian.
    let system_user = ["root", "daemon", "nobody"].into_iter().find(|user| connection.user.as_deref() == Some(user));
    connection.groups =
        system_user.map(|user| if user == "nobody" { "nogroup" } else { user }.to_owned()).into_iter().collect();
    connection
}

fn lists(value: &Value) -> Printed {
    let list = |value: &Value| value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect();
    value.as_object().unwrap().iter().map(|(key, value)| (key.clone(), list(value))).collect()
}

/// What differs in the second map; a key that it lacks has an empty list.
fn difference(from: &Printed, to: &Printed) -> Printed {
    let keys = from.keys().chain(to.keys());
    let changed = keys.filter(|key| from.get(*key) != to.get(*key));
    changed.map(|key| (key.clone(), to.get(key).cloned().unwrap_or_default())).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(ours: &T, theirs: &T, what: &str) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}\n    ours   {ours:?}\n    theirs {theirs:?}")) }
}

fn judge(folder: &str, verdict: impl Fn(&Path, &Value) -> Result<(), String>) {
    let shared = std::env::var_os("PORTCULLIS_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder_path = shared.join("oracle/node").join(folder);
    let Ok(listing) = fs::read_dir(&folder_path) else {
        println!("skipped: no {}", folder_path.display());
        return;
    };
    let mut cases: Vec<PathBuf> = listing.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let text = fs::read_to_string(case.join("expected.json")).unwrap();
        if let Err(message) = verdict(case, &serde_json::from_str(&text).unwrap()) {
            wrong.push(format!("{}: {message}", case.file_name().unwrap().to_string_lossy()));
        }
    }
    println!("oracle/node/{folder}: {} of {} cases agree", cases.len() - wrong.len(), cases.len());
    assert!(!cases.is_empty() && wrong.is_empty(), "{}", wrong.join("\n"));
}

fn tree(root: &Path) -> Tree {
    let mut entries = Vec::new();
    collect(root, root, &mut entries);
    Tree::new(entries)
}

fn collect(root: &Path, folder: &Path, entries: &mut Vec<(String, Entry)>) {
    let Ok(listing) = fs::read_dir(folder) else { return };
    for path in listing.map(|entry| entry.unwrap().path()) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if path.is_symlink() {
            let target = fs::read_link(&path).unwrap().to_str().unwrap().to_owned();
            entries.push((name, Entry::Link(target)));
        } else if path.is_dir() {
            collect(root, &path, entries);
        } else {
            entries.push(file(&name, &fs::read(&path).unwrap()));
        }
    }
}

fn file(name: &str, bytes: &[u8]) -> (String, Entry) {
    let text = String::from_utf8_lossy(bytes);
    let without = text.strip_prefix('\u{feff}');
    let source = Arc::new(Source::new(name, without.unwrap_or(&text)));
    (name.to_owned(), Entry::File { source, byte_order_mark: without.is_some() })
}
