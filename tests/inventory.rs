//! What the inventory holds of objects, in every fixture, every story and every oracle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::evaluate::{Catalog, Evaluator, parameters};
use portcullis::model::{Control, SubjectKind};
use portcullis::pipeline::{self, Options};
use serde_json::Value as Json;
use support::repo::Repo;
use support::{project, shared};

/// The inventory holds of an object what its policies read; of the whole object they say the same.
#[test]
fn the_inventory_holds_all_that_its_policies_read() {
    let mut evaluator = evaluator();
    let (mut objects, mut results) = (0, 0);
    for folder in folders() {
        let lines = lines(&folder);
        let of = |wanted| lines.iter().filter(move |line| kind(line) == wanted && line["subject"]["partial"] == false);
        let inventories: Vec<&Json> = of(SubjectKind::Inventory).collect();
        let [inventory] = *inventories else { continue };
        let place = |line: &Json| ["file", "document", "root"].map(|key| line["subject"][key].to_string());
        let mut whole = inventory["input"].clone();
        let entries = whole["objects"].as_array_mut().unwrap();
        assert_eq!(entries.len(), of(SubjectKind::Object).count(), "{}", folder.display());
        for (entry, line) in entries.iter_mut().zip(of(SubjectKind::Object)) {
            let pods = of(SubjectKind::Pod).filter(|pod| place(pod) == place(line));
            let pods: Vec<Json> = pods.map(|pod| pod["input"]["pod"].clone()).collect();
            // A pod that something else completes is judged in part, and in the inventory all the same.
            if pods.len() == entry["pods"].as_array().unwrap().len() {
                entry["pods"] = Json::Array(pods);
            }
            entry["object"] = line["input"]["object"].clone();
            objects += 1;
        }
        let of_held = evaluator.evaluate(SubjectKind::Inventory, None, &inventory["input"]);
        let of_whole = evaluator.evaluate(SubjectKind::Inventory, None, &whole);
        assert_eq!(format!("{of_held:?}"), format!("{of_whole:?}"), "{}", folder.display());
        results += of_held.violations.len();
    }
    println!("of {objects} whole objects the policies of the inventory say the same: {results} results");
    assert!(objects > 500 && results > 500, "{objects} {results}");
}

/// A document may be nested 200 levels deep.
#[test]
fn the_inventory_holds_what_is_nested_deep() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: all\n  labels: {}\nrules:\n- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n";
    let deep = format!("labels: {}1{}", "{a: ".repeat(150), "}".repeat(150));
    for text in [role, &role.replace("labels: {}", &deep)] {
        let repo = Repo::new(&[("role.yaml", text)]);
        let (code, report) = repo.check(&["--control", "wildcard-rule"]);
        assert_eq!((code, report["findings"].as_array().unwrap().len()), (1, 1));
    }
}

fn folders() -> Vec<PathBuf> {
    let of = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let kinds = of(project().join("fixtures/policy"));
    let mut folders: Vec<PathBuf> = kinds.flat_map(of).chain(of(project().join("fixtures/repos"))).collect();
    folders.extend(["oracle/psa", "bench/corpus"].iter().filter_map(|folder| shared(folder)));
    folders
}

fn evaluator() -> Evaluator {
    let catalog = Arc::new(Catalog::embedded().unwrap());
    let controls: Vec<Arc<Control>> = catalog.controls().cloned().collect();
    Evaluator::new(&catalog, &controls, &parameters(&controls, &BTreeMap::new()).into())
}

fn lines(folder: &Path) -> Vec<Json> {
    let mut lines = Vec::new();
    let options = Options { targets: vec![folder.to_owned()], ..Options::default() };
    // A story whose configuration is wrong has no subjects.
    let _ = pipeline::inspect(&options, &mut |line| lines.push(line));
    lines
}

fn kind(line: &Json) -> SubjectKind {
    serde_json::from_value(line["subject"]["kind"].clone()).unwrap()
}
