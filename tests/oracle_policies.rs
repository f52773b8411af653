//! Agreement with kube-bench on the objects of a cluster: section 5, and its like in the managed services' benchmarks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portcullis::evaluate::benchmark;
use portcullis::model::benchmark::Check;
use portcullis::pipeline::Options;
use serde_json::{Map, Value, json};
use support::{check, shared, text};

#[test]
fn agrees_with_kube_bench_or_with_the_argued_truth() {
    let Some(folder) = shared("oracle/kube-bench") else { return };
    let truths = truths(&folder);
    let (mut agreed, mut diverged, mut wrong) = (0, 0, Vec::new());
    for case in cases(&folder) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let expected: Map<String, Value> = serde_json::from_str(&text(&case.join("expected.json"))).unwrap();
        for (benchmark, verdicts) in expected.iter().filter(|(_, verdicts)| verdicts.is_object()) {
            for (id, theirs) in verdicts.as_object().unwrap() {
                let key = (name.clone(), benchmark.clone(), id.clone());
                let ours = verdict(&case, benchmark, id);
                // The argued truth says whether a check is met; one that is not scored then warns, as everywhere.
                let wanted = match truths.get(&key).map_or(theirs.as_str().unwrap(), String::as_str) {
                    "FAIL" if truths.contains_key(&key) && !is_scored(benchmark, id) => "WARN",
                    word => word,
                };
                match ours == wanted {
                    true if truths.contains_key(&key) => diverged += 1,
                    true => agreed += 1,
                    false => wrong.push(format!("{name} {benchmark} {id}: ours {ours}, wanted {wanted}")),
                }
            }
        }
    }
    let all = agreed + diverged + wrong.len();
    eprintln!(
        "kube-bench oracle, policies: {agreed} of {all} verdicts agree, {diverged} follow the argued truth instead"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_scored(name: &str, id: &str) -> bool {
    find(name, id).scored
}

fn find(name: &str, id: &str) -> Check {
    let checks = benchmark::benchmark(name).unwrap().checks;
    checks.into_iter().find(|check| check.id == id).unwrap_or_else(|| panic!("{name} has no {id}"))
}

/// What a check comes to on a case: any finding of its controls fails it, or warns when it is not scored.
fn verdict(case: &Path, name: &str, id: &str) -> &'static str {
    let check = find(name, id);
    match (failed(case, &check), check.scored) {
        (false, _) => "PASS",
        (true, true) => "FAIL",
        (true, false) => "WARN",
    }
}

fn failed(case: &Path, of: &Check) -> bool {
    assert!(!of.controls.is_empty(), "nothing answers {}", of.id);
    let folder = tempfile::tempdir().unwrap();
    let controls: BTreeMap<&String, Value> =
        of.parameters.iter().map(|(control, parameters)| (control, json!({"parameters": parameters}))).collect();
    let config = folder.path().join("portcullis.yaml");
    std::fs::write(&config, json!({"controls": controls}).to_string()).unwrap();
    let options = Options {
        targets: vec![case.join("objects")],
        config: Some(config),
        controls: of.controls.clone(),
        ..Options::default()
    };
    let report = check(&options).report;
    assert!(report.judged_documents() > 0);
    !report.verdicts.is_empty()
}

fn truths(folder: &Path) -> BTreeMap<(String, String, String), String> {
    let rows: Vec<Value> = serde_json::from_str(&text(&folder.join("divergences.json"))).unwrap();
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| ((word(row, "case"), word(row, "benchmark"), word(row, "id")), word(row, "truth"))).collect()
}

fn cases(folder: &Path) -> BTreeSet<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder.join("cases")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.join("objects").is_dir()).collect()
}
