//! Every policy against its fixtures: what `bad.yaml` marks is found on the marked line, `good.yaml` is clean.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use portcullis::evaluate::{Catalog, benchmark};
use portcullis::model::{Control, Location};
use portcullis::pipeline::Options;
use support::{check, project, text};

#[test]
fn every_policy_finds_its_bad_lines_and_no_other() {
    let catalog = Catalog::embedded().unwrap();
    let wrong: Vec<String> = catalog.controls().flat_map(|control| judge(control)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(catalog.controls().count() > 0);
}

#[test]
fn ids_packages_and_files_are_the_same_words() {
    for control in Catalog::embedded().unwrap().controls() {
        let stem = control.id.replace('-', "_");
        assert_eq!(control.package, format!("policy.{}.{stem}", control.kind), "{}", control.id);
    }
}

#[test]
fn benchmarks_name_controls_that_exist() {
    let catalog = Catalog::embedded().unwrap();
    let mut missing = BTreeSet::new();
    for benchmark in benchmark::all().unwrap() {
        let name = &benchmark.head.benchmark;
        for check in &benchmark.checks {
            let unknown = check.controls.iter().filter(|control| catalog.control(control).is_err());
            missing.extend(unknown.map(|control| format!("{name} {}: there is no control {control}", check.id)));
        }
    }
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// What is wrong with the fixtures of a control. A folder in its folder is another case, with a `portcullis.yaml` that sets
/// parameters.
fn judge(control: &Control) -> Vec<String> {
    let folder = project().join("fixtures/policy").join(control.kind.word()).join(control.id.replace('-', "_"));
    let entries = std::fs::read_dir(&folder).map(|entries| entries.flatten().map(|entry| entry.path()));
    let is_case = |path: &PathBuf| path.is_dir() && !path.ends_with("bad") && !path.ends_with("good");
    let cases = entries.into_iter().flatten().filter(is_case);
    cases.chain([folder]).flat_map(|folder| judge_case(control, &folder)).collect()
}

/// `bad` and `good` are files, or the folders of nodes.
fn judge_case(control: &Control, folder: &Path) -> Vec<String> {
    let of = |name: &str| {
        let file = folder.join(format!("{name}.yaml"));
        if file.exists() { file } else { folder.join(name) }
    };
    let (bad, good) = (of("bad"), of("good"));
    let expected = expected_lines(&bad, &control.id);
    let found = found_lines(&bad, control);
    let show = |(path, line): &(String, u32)| format!("{path}:{line}");
    let mut wrong = Vec::new();
    if expected.is_empty() {
        wrong.push(format!("{}: it expects nothing", bad.display()));
    }
    wrong.extend(expected.difference(&found).map(|line| format!("{} is not found (found: {found:?})", show(line))));
    wrong.extend(found.difference(&expected).map(|line| format!("{} is found and not expected", show(line))));
    wrong.extend(found_lines(&good, control).iter().map(|line| format!("{} is found", show(line))));
    wrong
}

/// The lines that are marked; a mark that is alone on its line is about the next one.
fn expected_lines(path: &Path, id: &str) -> BTreeSet<(String, u32)> {
    let mut expected = BTreeSet::new();
    for file in files(path) {
        let relative = file.strip_prefix(path.parent().unwrap()).unwrap().to_string_lossy().into_owned();
        for (number, line) in (1..).zip(text(&file).lines()) {
            let Some((before, ids)) = line.split_once("# expect:") else { continue };
            if ids.split_whitespace().any(|word| word == id) {
                expected.insert((relative.clone(), number + u32::from(before.trim().is_empty())));
            }
        }
    }
    expected
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    std::fs::read_dir(path).into_iter().flatten().flat_map(|entry| files(&entry.unwrap().path())).collect()
}

fn found_lines(path: &Path, control: &Control) -> BTreeSet<(String, u32)> {
    let options =
        Options { targets: vec![path.to_owned()], controls: vec![control.id.to_string()], ..Options::default() };
    let report = check(&options).report;
    assert!(report.notices.iter().all(|notice| notice.code != "policy-error"), "{}: {:?}", control.id, report.notices);
    assert!(!report.has_gap(), "{}: {:?}", path.display(), report.coverage);
    let others = report.verdicts.iter().filter(|verdict| !control.judges(&verdict.finding.identity.kind));
    assert_eq!(others.count(), 0, "{}: a finding on a kind that METADATA does not name", control.id);
    // The root of the run lies above the fixture, or is its folder where that has a portcullis.yaml.
    let base = path.file_name().unwrap().to_string_lossy();
    let inside = |shown: &str| {
        let parts: Vec<&str> = shown.split('/').collect();
        parts[parts.iter().rposition(|part| *part == base).unwrap()..].join("/")
    };
    let place = |location: &Location| (inside(location.source.path()), location.region().start.line());
    report.verdicts.iter().map(|verdict| place(&verdict.finding.location)).collect()
}
