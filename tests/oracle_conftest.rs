//! conftest as the oracle: the same policies and the same files give the same findings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{program, project, shared};

/// File, message and action → how often.
type Findings = BTreeMap<(String, String, &'static str), usize>;

/// Cases in the manner of conftest's own examples and acceptance tests: `policy/`, perhaps `data/` and `arguments`, and the files to
/// judge. What has `_test.rego` is tested as well.
#[test]
fn the_cases_have_the_verdicts_of_conftest() {
    let Some(conftest) = program("conftest", "--version") else { return };
    let (mut agreed, mut tested) = (0, 0);
    for entry in std::fs::read_dir(project().join("fixtures/conftest")).unwrap() {
        let case = entry.unwrap().path();
        let files = std::fs::read_dir(&case).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
        let files: Vec<PathBuf> = files.filter(|file| file.extension().is_some()).collect();
        let (policy, data) = (case.join("policy"), Some(case.join("data")).filter(|data| data.exists()));
        let arguments = std::fs::read_to_string(case.join("arguments")).unwrap_or("--all-namespaces".to_owned());
        let arguments: Vec<&str> = arguments.lines().collect();
        let ours = ours(&files, &policy, data.as_deref(), &arguments);
        let theirs = theirs(&conftest, &files, &policy, data.as_deref(), &arguments);
        assert!(!theirs.is_empty(), "{} shows nothing", case.display());
        assert_eq!(ours, theirs, "{}", case.display());
        agreed += 1;
        if std::fs::read_dir(&policy).unwrap().any(|file| file.unwrap().path().ends_with("labels_test.rego")) {
            let theirs = tests(Command::new(&conftest).args(["verify", "--no-color", "-p"]).arg(&policy));
            assert_eq!(tests(Command::new(env!("CARGO_BIN_EXE_portcullis")).arg("test").arg(&policy)), theirs);
            tested += 1;
        }
    }
    assert!(tested > 0);
    eprintln!("conftest oracle: {agreed} of {agreed} cases agree, and the tests of {tested}");
}

/// How many tests passed and failed, from a line such as `4 tests, 3 passed, 0 warnings, 1 failure`.
fn tests(command: &mut Command) -> (String, String) {
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let line = output.lines().find(|line| line.contains(" passed")).unwrap_or_else(|| panic!("{output}"));
    let count = |word: &str| {
        let part = line.split([',', ':']).find(|part| part.contains(word)).unwrap_or("0");
        part.split_whitespace().next().unwrap().to_owned()
    };
    (count("passed"), count("fail"))
}

#[test]
fn the_shared_rules_have_the_findings_of_conftest() {
    let Some(conftest) = program("conftest", "--version") else { return };
    let Some(bench) = shared("bench") else { return };
    for (policy, arguments) in [("main", &["-n", "main"][..]), ("rules", &["--all-namespaces"])] {
        let policy = bench.join("policy").join(policy);
        let corpus = [bench.join("corpus")];
        let ours = ours(&corpus, &policy, None, arguments);
        let theirs = theirs(&conftest, &corpus, &policy, None, arguments);
        let total: usize = theirs.values().sum();
        let equal: usize = theirs.iter().map(|(key, many)| (*many).min(ours.get(key).copied().unwrap_or(0))).sum();
        eprintln!("conftest oracle: {equal} of {total} findings of {} agree", policy.display());
        assert_eq!(ours, theirs);
    }
}

fn ours(files: &[PathBuf], policy: &Path, data: Option<&Path>, arguments: &[&str]) -> Findings {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.arg("check").args(files).arg("--policy").arg(policy).args(arguments);
    if let Some(data) = data {
        command.arg("--data").arg(data);
    }
    let output = command.args(["--profile", "none", "--all-documents", "--format", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut found = Findings::new();
    for finding in report["findings"].as_array().unwrap() {
        let action = if finding["action"] == "warn" { "warn" } else { "deny" };
        let file = if arguments.contains(&"--combine") { "Combined".to_owned() } else { name(&finding["file"]) };
        *found.entry((file, text(&finding["message"]), action)).or_default() += 1;
    }
    found
}

fn theirs(conftest: &Path, files: &[PathBuf], policy: &Path, data: Option<&Path>, arguments: &[&str]) -> Findings {
    let mut command = Command::new(conftest);
    command.arg("test").args(files).arg("-p").arg(policy).args(arguments).args(["-o", "json"]);
    if let Some(data) = data {
        command.arg("-d").arg(data);
    }
    let mut output = command.output().unwrap();
    if output.stdout.is_empty() {
        // It has to be told of version 0, which portcullis recognises.
        output = command.args(["--rego-version", "v0"]).output().unwrap();
    }
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut found = Findings::new();
    for file in report.as_array().unwrap() {
        for (kind, action) in [("failures", "deny"), ("warnings", "warn")] {
            for result in file[kind].as_array().into_iter().flatten() {
                *found.entry((name(&file["filename"]), text(&result["msg"]), action)).or_default() += 1;
            }
        }
    }
    found
}

/// The name of a file; how its directory is written is not the same.
fn name(path: &Value) -> String {
    Path::new(path.as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
