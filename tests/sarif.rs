//! The fixes that SARIF offers, each applied to its file and judged again.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::report::{Style, format};
use serde_json::Value;
use support::{check_all, project, text};

#[test]
fn every_fix_clears_its_finding_and_adds_none() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = manifests(&project().join("fixtures/policy"));
    let mut applied = 0;
    for fixture in &fixtures {
        let file = folder.path().join("bad.yaml");
        fs::copy(fixture, &file).unwrap();
        let before = results(&file);
        for result in before.iter().filter(|result| !result["fixes"].is_null()) {
            let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
            fs::write(&file, replaced(&text(fixture), replacement)).unwrap();
            let after = results(&file);
            let place = format!("{} {}", fixture.display(), result["locations"][0]);
            assert!(after.len() < before.len(), "{place}: as many findings as before");
            let mine = |other: &&Value| other["partialFingerprints"]["portcullis/v1"] == fingerprint(result);
            assert_eq!(after.iter().filter(mine).count(), 0, "{place}: still there");
            applied += 1;
        }
    }
    println!("{applied} fixes in {} files clear their findings", fixtures.len());
    assert!(applied > 3, "{applied}");
}

fn fingerprint(result: &Value) -> &str {
    result["partialFingerprints"]["portcullis/v1"].as_str().unwrap()
}

fn results(file: &Path) -> Vec<Value> {
    let run = check_all(&[file]);
    let mut out = Vec::new();
    let style = Style { color: false, width: 80, quiet: false, suppressed: false, threads: 1 };
    format("sarif").unwrap().write(&run.report, &style, &mut out).unwrap();
    let log: Value = serde_json::from_slice(&out).unwrap();
    log["runs"][0]["results"].as_array().unwrap().clone()
}

/// The text with the characters of a region replaced, as an editor would.
fn replaced(text: &str, replacement: &Value) -> String {
    let region = &replacement["deletedRegion"];
    let number = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap();
    assert_eq!(number("startLine"), number("endLine"));
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let line = &mut lines[number("startLine") - 1];
    let chars: Vec<char> = line.chars().collect();
    let (head, tail) = (&chars[..number("startColumn") - 1], &chars[number("endColumn") - 1..]);
    let middle = replacement["insertedContent"]["text"].as_str().unwrap();
    *line = format!("{}{middle}{}", head.iter().collect::<String>(), tail.iter().collect::<String>());
    lines.join("\n")
}

fn manifests(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(manifests(&path));
        } else if path.file_name().is_some_and(|name| name == "bad.yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}
