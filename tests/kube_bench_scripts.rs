//! Scripts that were written for kube-bench read our report: with the keys that they read, in the language they are written in.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::{program, project};

/// Counts by status and lists the failures, as trend reports do; then drops the failures that somebody accepted, by `id`.
const SCRIPT: &str = r#"
import json, sys

with open(sys.argv[1]) as file:
    data = json.load(file)
totals = {"pass": 0, "fail": 0, "warn": 0, "info": 0}
failures, results = [], []
for section in data.get("Controls", []):
    for test in section.get("tests", []):
        for result in test.get("results", []):
            results.append(result)
            status = result["status"].lower()
            totals[status] = totals.get(status, 0) + 1
            if status == "fail":
                failures.append({
                    "id": result["test_number"],
                    "description": result["test_desc"],
                    "remediation": result.get("remediation", ""),
                })
accepted = {"2.1"}
left = [r for r in results if r["id"] not in accepted or r["status"] != "FAIL"]
print(json.dumps({
    "totals": totals, "failures": failures, "left": len(left), "all": len(results), "wrapper": data["Totals"],
}))
"#;

#[test]
fn scripts_for_kube_bench_read_the_report() {
    let Some(python) = program("python3", "--version") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (report, script) = (folder.path().join("report.json"), folder.path().join("script.py"));
    std::fs::write(&script, SCRIPT).unwrap();
    let repo = project().join("fixtures/repos/bench-control-plane/default");
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["check", "--format", "kube-bench-json", "--benchmark", "cis-1.8"])
        .arg(repo)
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    std::fs::write(&report, &output.stdout).unwrap();
    let said = Command::new(python).arg(&script).arg(&report).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    let totals = &said["totals"];
    let wrapper = &said["wrapper"];
    let of = |word: &str| &wrapper[format!("total_{word}")];
    assert_eq!(*totals, json!({"pass": of("pass"), "fail": of("fail"), "warn": of("warn"), "info": of("info")}));
    let failures = said["failures"].as_array().unwrap();
    assert_eq!(json!(failures.len()), totals["fail"]);
    assert!(failures.iter().any(|failure| failure["id"] == "2.1"));
    assert!(failures.iter().all(|failure| failure["remediation"].as_str().is_some_and(|text| !text.is_empty())));
    assert_eq!(said["left"].as_u64().unwrap(), said["all"].as_u64().unwrap() - 1);
}
