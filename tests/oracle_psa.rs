//! Agreement with the Pod Security admission evaluator, check by check, on real manifests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use portcullis::pipeline::Options;
use serde_json::Value;
use support::{check, shared, text};

type Key = (String, String, String);

#[test]
fn agrees_with_the_upstream_evaluator() {
    let Some(folder) = shared("oracle/psa") else { return };
    let options = Options {
        targets: vec![folder.join("manifests")],
        profile: Some("pss-restricted".into()),
        ..Options::default()
    };
    let report = check(&options).report;
    let rows: Vec<Value> =
        text(&folder.join("expected.jsonl")).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let file_of = |row: &Value| row["file"].as_str().unwrap().trim_start_matches("manifests/").to_owned();
    // Paths are relative to the root of the run, which lies above the folder when that is part of a git repository.
    let first = file_of(&rows[0]);
    let shown = report.coverage.iter().find(|file| file.file.ends_with(&first)).unwrap();
    let prefix = shown.file.trim_end_matches(&first).to_owned();
    let mut ours: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for verdict in &report.verdicts {
        let finding = &verdict.finding;
        let file = finding.location.source.path().strip_prefix(&prefix).unwrap().to_owned();
        let key = (file, finding.identity.kind.clone(), finding.identity.name.clone());
        let benchmarks = &report.control(&finding.control).unwrap().benchmarks;
        ours.entry(key).or_default().extend(benchmarks["pss"].iter().cloned());
    }
    let mut disagreements = Vec::new();
    for row in &rows {
        let word = |name: &str| row[name].as_str().unwrap().to_owned();
        let key = (file_of(row), word("kind"), word("name"));
        let theirs: BTreeSet<String> =
            row["fails"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        let empty = BTreeSet::new();
        let mine = ours.get(&key).unwrap_or(&empty);
        if *mine != theirs {
            let (extra, missing): (Vec<_>, Vec<_>) =
                (mine.difference(&theirs).collect(), theirs.difference(mine).collect());
            disagreements.push(format!("{key:?}: only ours {extra:?}, only theirs {missing:?}"));
        }
    }
    eprintln!("psa oracle: {} of {} objects agree", rows.len() - disagreements.len(), rows.len());
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}
