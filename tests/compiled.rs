//! The compiled form of the policies of pods says what the interpreter says, about every fixture, every story and every oracle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use portcullis::evaluate::{Catalog, Evaluator, Form, parameters};
use portcullis::model::{Control, SubjectKind};
use portcullis::pipeline::{self, Options};
use serde_json::Value as Json;
use support::{project, shared};

#[test]
fn both_forms_find_the_same() {
    let mut folders = vec![project().join("fixtures/policy/pod")];
    folders.extend(["oracle/psa", "bench/corpus"].iter().filter_map(|folder| shared(folder)));
    folders.extend(std::fs::read_dir(project().join("fixtures/repos")).unwrap().map(|entry| entry.unwrap().path()));
    let catalog = Arc::new(Catalog::embedded().unwrap());
    let controls: Vec<Arc<Control>> = catalog.controls().cloned().collect();
    let parameters = parameters(&controls, &BTreeMap::new());
    let mut evaluator = Evaluator::new(&catalog, &controls, &parameters);
    let (mut subjects, mut violations) = (0, 0);
    for folder in folders {
        each_pod(&folder, &mut |input| {
            let interpreted = evaluator.evaluate_as(Form::Interpreted, SubjectKind::Pod, input);
            let compiled = evaluator.evaluate_as(Form::Compiled, SubjectKind::Pod, input);
            assert_eq!(format!("{compiled:?}"), format!("{interpreted:?}"), "{}: {input}", folder.display());
            subjects += 1;
            violations += compiled.violations.len();
        });
    }
    println!("compiled and interpreted policies agree about {violations} violations in {subjects} pods");
    assert!(subjects > 200 && violations > 1000, "{subjects} {violations}");
}

/// What the compiled form takes otherwise than OPA (regorus 0.14.1): variables in the head of a rule, default functions, `with`.
#[test]
fn no_policy_of_pods_has_what_the_compiled_form_mistakes() {
    let catalog = Catalog::embedded().unwrap();
    let of_pods: Vec<_> = catalog.controls().filter(|control| control.kind == SubjectKind::Pod).cloned().collect();
    for (path, text) in catalog.modules_of(&of_pods) {
        for line in text.lines().filter(|line| !line.starts_with(['#', '\t', '}', ' '])) {
            let head = line.split([' ', '(']).next().unwrap_or_default();
            assert!(!head.contains('[') && head != "default", "{path}: {line}");
        }
        assert!(!text.contains(" with input") && !text.contains(" with data"), "{path}");
    }
}

fn each_pod(folder: &Path, judge: &mut dyn FnMut(&Json)) {
    let options = Options { targets: vec![folder.to_owned()], ..Options::default() };
    let mut emit = |line: Json| {
        if line["subject"]["kind"] == "pod" {
            judge(&line["input"]);
        }
    };
    // A story whose configuration is wrong has no subjects.
    let _ = pipeline::inspect(&options, &mut emit);
}
