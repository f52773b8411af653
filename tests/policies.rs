//! Every policy against its fixtures: what `bad.yaml` marks is found on the marked line, `good.yaml` is clean.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use portcullis::evaluate::{Catalog, benchmark};
use portcullis::model::Control;
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
    for name in benchmark::heads().unwrap().keys() {
        let checks = benchmark::benchmark(name).unwrap().checks;
        for check in checks.into_iter().filter(|check| matches!(check.target.as_str(), "" | "policies")) {
            let unknown = check.controls.into_iter().filter(|control| catalog.control(control).is_err());
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
    let cases = entries.into_iter().flatten().filter(|path| path.is_dir());
    cases.chain([folder]).flat_map(|folder| judge_case(control, &folder)).collect()
}

fn judge_case(control: &Control, folder: &Path) -> Vec<String> {
    let (bad, good) = (folder.join("bad.yaml"), folder.join("good.yaml"));
    let expected = expected_lines(&bad, &control.id);
    let found = found_lines(&bad, control);
    let mut wrong = Vec::new();
    if expected.is_empty() {
        wrong.push(format!("{}: it expects nothing", bad.display()));
    }
    for line in expected.iter().filter(|line| !found.contains(line)) {
        wrong.push(format!("{}:{line} is not found (found: {found:?})", bad.display()));
    }
    for line in found.iter().filter(|line| !expected.contains(line)) {
        wrong.push(format!("{}:{line} is found and not expected", bad.display()));
    }
    wrong.extend(found_lines(&good, control).iter().map(|line| format!("{}:{line} is found", good.display())));
    wrong
}

fn expected_lines(path: &Path, id: &str) -> Vec<u32> {
    let marks =
        |line: &str| line.split_once("# expect:").is_some_and(|(_, ids)| ids.split_whitespace().any(|word| word == id));
    let text = text(path);
    (1..).zip(text.lines()).filter(|(_, line)| marks(line)).map(|(number, _)| number).collect()
}

fn found_lines(path: &Path, control: &Control) -> Vec<u32> {
    let options =
        Options { targets: vec![path.to_owned()], controls: vec![control.id.to_string()], ..Options::default() };
    let report = check(&options).report;
    assert!(report.notices.iter().all(|notice| notice.code != "policy-error"), "{}: {:?}", control.id, report.notices);
    assert!(!report.has_gap(), "{}: {:?}", path.display(), report.coverage);
    let others = report.verdicts.iter().filter(|verdict| !control.judges(&verdict.finding.identity.kind));
    assert_eq!(others.count(), 0, "{}: a finding on a kind that METADATA does not name", control.id);
    let mut lines: Vec<u32> =
        report.verdicts.iter().map(|verdict| verdict.finding.location.region().start.line()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}
