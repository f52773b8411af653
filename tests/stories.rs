//! Small repositories through the binary: how a manifest might get past the gate, and that it does not.
//!
//! Each folder of `fixtures/repos` with a `story.txt` is copied to an empty place. Lines of the story that begin with `#` tell
//! it, `! tracked FILE…` makes the copy a git repository with these files in its index, and `$ portcullis …` runs the binary; what
//! follows is what it says, as read from the JSON report, and the end of its text. `UPDATE=1 cargo test --test stories`
//! rewrites what follows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{assert_golden, project, text, track};
use tempfile::TempDir;

#[test]
fn every_story_ends_as_it_is_told() {
    let stories = folders(&project().join("fixtures/repos"));
    assert!(stories.len() > 20, "{stories:?}");
    let wrong: Vec<String> = stories
        .iter()
        .filter_map(|story| {
            let name = story.file_name().unwrap().to_string_lossy().into_owned();
            let told = std::panic::catch_unwind(|| {
                assert_golden(&format!("fixtures/repos/{name}/story.txt"), &tell(story));
            });
            told.err().map(|why| why.downcast_ref::<String>().cloned().unwrap_or(name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_too_large_is_a_gap_with_its_limit() {
    let repo = tempfile::tempdir().unwrap();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {hostPID: true, containers: []}\n";
    fs::write(repo.path().join("huge.yaml"), format!("{pod}#{}", "x".repeat(32 << 20))).unwrap();
    let template = "{spec: {containers: [{name: a, image: b}]}},".repeat(2000);
    let many = format!("apiVersion: example.org/v1\nkind: Many\nmetadata: {{name: many}}\nspec: [{template}]\n");
    fs::write(repo.path().join("many.yaml"), many).unwrap();
    let values = format!(r#"{{"apiVersion": "v1", "kind": "Pod", "x": [{}0]}}"#, "0,".repeat(2_000_000));
    fs::write(repo.path().join("values.json"), values).unwrap();
    let told = run(repo.path(), "portcullis check --control host-pid");
    assert!(told.starts_with("exit 3\n"), "{told}");
    assert!(told.contains("huge.yaml: unparsable: is larger than 32768 KiB\n"), "{told}");
    assert!(told.contains("many.yaml: unparsable: line 1: Many many is too large to judge its 2000 pods\n"), "{told}");
    assert!(told.contains("values.json: unparsable: line 1: the file has more than 2 million values\n"), "{told}");
}

fn folders(above: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(above).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.join("story.txt").is_file()).collect();
    folders.sort();
    folders
}

/// The story with what happens now.
fn tell(story: &Path) -> String {
    let place = copy(story);
    let mut told = String::new();
    for line in text(&story.join("story.txt")).lines() {
        if let Some(files) = line.strip_prefix("! tracked ") {
            track(place.path(), &files.split_whitespace().collect::<Vec<_>>());
        }
        if line.starts_with(['#', '!', '$']) {
            let space = if told.is_empty() || !line.starts_with('$') { "" } else { "\n" };
            writeln!(told, "{space}{line}").unwrap();
        }
        if let Some(command) = line.strip_prefix("$ ") {
            told += &run(place.path(), command);
        }
    }
    told
}

fn copy(story: &Path) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    copy_into(story, place.path());
    fs::remove_file(place.path().join("story.txt")).unwrap();
    place
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(entry.path()).unwrap(), to).unwrap();
        } else if kind.is_dir() {
            fs::create_dir(&to).unwrap();
            copy_into(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What the binary says, in an empty environment.
fn run(place: &Path, command: &str) -> String {
    let report = tempfile::tempdir().unwrap().path().with_extension("json");
    let arguments = command.strip_prefix("portcullis ").unwrap().split_whitespace();
    let mut process = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    process.args(arguments);
    if command.contains(" check") {
        process.arg("--output").arg(format!("json={}", report.display()));
    }
    let output = process.env_clear().current_dir(place).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!stdout.contains('\u{1b}'), "an escape sequence: {stdout:?}");
    let mut told = format!("exit {}\n{stderr}", output.status.code().unwrap());
    if command.contains("--format kube-bench") {
        return told + stdout.trim_start();
    }
    if let Ok(json) = fs::read_to_string(&report) {
        assert!(!json.contains('\u{1b}'), "an escape sequence: {json:?}");
        told += &in_words(&serde_json::from_str(&json).unwrap());
        fs::remove_file(report).unwrap();
    }
    told + stdout.rfind("\ngate ").map_or(&stdout, |at| &stdout[at + 1..])
}

fn in_words(report: &Value) -> String {
    let mut words = String::new();
    for finding in list(report, "findings") {
        let [control, message] = ["control", "message"].map(|key| string(finding, key));
        writeln!(words, "{}: {control}: {}", place(finding), message.escape_debug()).unwrap();
        for related in list(finding, "related") {
            writeln!(words, "    {}: {}", place(related), string(related, "message")).unwrap();
        }
    }
    for notice in list(report, "notices") {
        writeln!(words, "{}: notice: {}", place(notice), string(notice, "message")).unwrap();
    }
    for file in list(&report["coverage"], "files") {
        writeln!(words, "{}: {}", string(file, "file"), status(file)).unwrap();
        let documents = list(file, "documents");
        let tells = |document: &&Value| {
            documents.len() > 1 || string(document, "status") == "judged" && !string(document, "reason").is_empty()
        };
        for document in documents.iter().filter(tells) {
            writeln!(words, "    {} at line {}: {}", document["document"], document["line"], status(document)).unwrap();
        }
    }
    let controls = list(report, "controls");
    // Of a whole profile only what had something to judge.
    let shows = |control: &&Value| controls.len() < 50 || control["judged"] != 0;
    for control in controls.iter().filter(shows) {
        let [judged, failed] = ["judged", "failed"].map(|key| control[key].as_u64().unwrap());
        writeln!(words, "{}: {judged} judged, {failed} failed", string(control, "control")).unwrap();
    }
    words
}

fn status(of: &Value) -> String {
    let reason = string(of, "reason");
    let colon = if reason.is_empty() { "" } else { ": " };
    format!("{}{colon}{reason}", string(of, "status"))
}

fn place(of: &Value) -> String {
    match of.get("file") {
        Some(_) => format!("{}:{}:{}", string(of, "file"), of["line"], of["column"]),
        None => "nowhere".to_owned(),
    }
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().unwrap()
}

fn string<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_else(|| panic!("no {key} in {of}"))
}
