//! The direction of the imports, as ARCHITECTURE.md has it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::{Path, PathBuf};

use support::{project, text};

/// Room → what else of the crate it may import, beside itself. `parse` reads every YAML file, also those that users write for
/// portcullis, and imports nothing but `model`.
const MAY_IMPORT: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("error", &["model"]),
    ("parse", &["model"]),
    ("history", &["error"]),
    ("config", &["model", "error", "parse"]),
    ("discover", &["model", "error", "history"]),
    ("classify", &["model", "error"]),
    ("evaluate", &["model", "error", "parse"]),
    ("locate", &["model", "error"]),
    ("adjudicate", &["model", "error", "config"]),
    ("node", &["model", "error", "parse"]),
    ("report", &["model", "error"]),
    ("trend", &["model", "error"]),
    (
        "pipeline",
        &[
            "model",
            "error",
            "parse",
            "history",
            "config",
            "discover",
            "classify",
            "evaluate",
            "locate",
            "adjudicate",
            "node",
            "trend",
        ],
    ),
];

/// Outside crate → the files that may name it.
const OWNERS: [(&str, &[&str]); 6] = [
    ("regorus", &["evaluate/engine"]),
    ("granit_parser", &["parse/yaml.rs"]),
    ("clap", &["cli/"]),
    ("miette", &["error.rs", "report/text"]),
    ("gix", &["history"]),
    ("jiff", &["model/date.rs", "evaluate/engine/builtins/time"]),
];

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for file in sources() {
        let relative = relative(&file);
        let room = relative.split(['/', '.']).next().unwrap().to_owned();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else { continue };
        for import in imports(&text(&file)) {
            if import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{relative} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_room_owns_each_outside_crate() {
    let mut wrong = Vec::new();
    for file in sources() {
        let relative = relative(&file);
        let text = text(&file);
        for (name, owners) in OWNERS {
            let named =
                text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(&format!("{name}::")));
            if named && !owners.iter().any(|owner| relative.starts_with(owner)) {
                wrong.push(format!("{relative} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn imports(text: &str) -> Vec<String> {
    let rooms = text
        .split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect());
    rooms.filter(|room: &String| !room.is_empty()).collect()
}

fn relative(file: &Path) -> String {
    file.strip_prefix(project().join("src")).unwrap().to_string_lossy().replace('\\', "/")
}

fn sources() -> Vec<PathBuf> {
    let mut waiting = vec![project().join("src")];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found
}
