//! The same policies, run by OPA on what `inspect` prints, find the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use portcullis::evaluate::{Catalog, Evaluator, parameters};
use portcullis::model::SubjectKind;
use portcullis::pipeline::{Options, inspect};
use serde_json::{Value, json};
use support::{program, project, shared};

#[test]
fn opa_finds_the_same_in_the_fixtures() {
    let targets = [project().join("fixtures/policy")];
    // Each fixture is a repository of its own; together they would be one inventory.
    let lines = files(&targets[0]).iter().flat_map(|file| lines(file)).collect();
    compare("fixtures", lines);
}

#[test]
fn opa_finds_the_same_in_the_corpus() {
    let Some(corpus) = shared("bench/corpus") else { return };
    compare("corpus", lines(&corpus));
}

/// What `inspect` prints.
fn lines(target: &Path) -> Vec<Value> {
    let mut lines = Vec::new();
    let options = Options { targets: vec![target.to_owned()], profile: Some("all".into()), ..Options::default() };
    inspect(&options, &mut |line| lines.push(line)).unwrap();
    lines
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

type Result = (usize, String, String, String);

fn compare(what: &str, lines: Vec<Value>) {
    let Some(opa) = program("opa", "version") else { return };
    let (ours, theirs) = (ours(&lines), theirs(&opa, &lines));
    let only_ours: Vec<_> = ours.difference(&theirs).take(10).collect();
    let only_theirs: Vec<_> = theirs.difference(&ours).take(10).collect();
    eprintln!("opa, {what}: {} subjects, {} results here, {} in OPA", lines.len(), ours.len(), theirs.len());
    assert!(only_ours.is_empty() && only_theirs.is_empty(), "only here: {only_ours:#?}\nonly in OPA: {only_theirs:#?}");
    assert!(!ours.is_empty());
}

fn ours(lines: &[Value]) -> BTreeSet<Result> {
    let catalog = Arc::new(Catalog::embedded().unwrap());
    let controls: Vec<_> = catalog.controls().cloned().collect();
    let mut data = Arc::new(parameters(&controls, &Default::default()));
    let mut evaluator = Evaluator::new(&catalog, &controls, &data);
    let mut results = BTreeSet::new();
    for (index, line) in lines.iter().enumerate() {
        if line["data"]["parameters"] != *data {
            data = Arc::new(line["data"]["parameters"].clone());
            evaluator = Evaluator::new(&catalog, &controls, &data);
        }
        let kind: SubjectKind = serde_json::from_value(line["subject"]["kind"].clone()).unwrap();
        let evaluation = evaluator.evaluate(kind, None, &line["input"]);
        assert!(evaluation.errors.is_empty(), "{:?}", evaluation.errors);
        for (control, violation) in evaluation.violations {
            results.insert((index, format!("{} deny", control.id), violation.message, violation.path.to_string()));
        }
        for (control, doubt) in evaluation.doubts {
            results.insert((index, format!("{} unknown", control.id), doubt.message, doubt.path.to_string()));
        }
    }
    results
}

fn theirs(opa: &Path, lines: &[Value]) -> BTreeSet<Result> {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::embedded().unwrap();
    let ask = |control: &portcullis::model::Control, rule: &str| {
        format!(
            "results contains {{\"line\": line, \"control\": \"{} {rule}\", \"message\": v.message, \"path\": v.path}} if {{\n\
             \tsome line, entry in input.lines\n\tentry.subject.kind == \"{}\"\n\
             \tsome v in data.{}.{rule} with input as entry.input with data.parameters as entry.data.parameters\n}}\n",
            control.id, control.kind, control.package
        )
    };
    let rules: String = catalog.controls().map(|control| ask(control, "deny") + &ask(control, "unknown")).collect();
    std::fs::write(folder.path().join("driver.rego"), format!("package driver\n\n{rules}")).unwrap();
    let input = folder.path().join("input.json");
    std::fs::write(&input, json!({"lines": lines}).to_string()).unwrap();
    let output = Command::new(opa)
        .args(["eval", "--format", "json", "--ignore", "*.yaml", "--data"])
        .arg(project().join("policy"))
        .arg("--data")
        .arg(folder.path().join("driver.rego"))
        .arg("--input")
        .arg(&input)
        .arg("data.driver.results")
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = answer["result"][0]["expressions"][0]["value"].as_array();
    let results = results.unwrap_or_else(|| panic!("opa: {answer}"));
    let read = |result: &Value| {
        let path: portcullis::model::Path = serde_json::from_value(result["path"].clone()).unwrap();
        let word = |name: &str| result[name].as_str().unwrap().to_owned();
        (result["line"].as_u64().unwrap() as usize, word("control"), word("message"), path.to_string())
    };
    results.iter().map(read).collect()
}
