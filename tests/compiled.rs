//! The programs made of our policies say what the engine's interpreter says, about every fixture, every story and every oracle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use portcullis::evaluate::{Catalog, Evaluator, Interpreter, parameters};
use portcullis::model::{Control, SubjectKind};
use portcullis::pipeline::{self, Options};
use serde_json::Value as Json;
use support::{project, shared};

#[test]
fn both_forms_find_the_same() {
    let mut folders = vec![];
    for kind in ["pod", "object", "component", "host", "inventory"] {
        let fixtures = std::fs::read_dir(project().join("fixtures/policy").join(kind)).unwrap();
        folders.extend(fixtures.map(|entry| entry.unwrap().path()));
    }
    folders.extend(["oracle/psa", "bench/corpus"].iter().filter_map(|folder| shared(folder)));
    folders.extend(std::fs::read_dir(project().join("fixtures/repos")).unwrap().map(|entry| entry.unwrap().path()));
    let catalog = Arc::new(Catalog::embedded().unwrap());
    let controls: Vec<Arc<Control>> = catalog.controls().cloned().collect();
    let parameters = parameters(&controls, &BTreeMap::new());
    let mut evaluator = Evaluator::new(&catalog, &controls, &parameters);
    let other = evaluator.clone();
    let mut interpreter = Interpreter::new(&other).unwrap();
    let mut counts: BTreeMap<SubjectKind, (usize, usize)> = BTreeMap::new();
    for folder in folders {
        each_subject(&folder, &mut |kind, input| {
            let interpreted = interpreter.evaluate(kind, input).unwrap();
            let compiled = evaluator.evaluate(kind, None, input);
            assert_eq!(format!("{compiled:?}"), format!("{interpreted:?}"), "{}: {input}", folder.display());
            let (subjects, results) = counts.entry(kind).or_default();
            *subjects += 1;
            *results += compiled.violations.len() + compiled.doubts.len();
        });
    }
    println!("compiled and interpreted policies agree about (subjects, results) {counts:?}");
    for kind in SubjectKind::ALL.into_iter().filter(|kind| *kind != SubjectKind::Document) {
        assert!(counts[&kind].0 > 50 && counts[&kind].1 > 50, "{kind} {counts:?}");
    }
}

/// What the compiled form takes otherwise than OPA (regorus 0.14.1): variables in the head of a rule, default functions, `with`.
#[test]
fn no_policy_has_what_the_compiled_form_mistakes() {
    let catalog = Catalog::embedded().unwrap();
    for text in catalog.texts() {
        for line in text.lines().filter(|line| !line.starts_with(['#', '\t', '}', ']', ' '])) {
            let head = line.split([' ', '(']).next().unwrap_or_default();
            assert!(!head.contains('[') && head != "default", "{line}");
        }
        assert!(!text.contains(" with input") && !text.contains(" with data"), "{text}");
    }
}

fn each_subject(folder: &Path, judge: &mut dyn FnMut(SubjectKind, &Json)) {
    let options = Options { targets: vec![folder.to_owned()], ..Options::default() };
    let mut emit = |line: Json| judge(serde_json::from_value(line["subject"]["kind"].clone()).unwrap(), &line["input"]);
    // A story whose configuration is wrong has no subjects.
    let _ = pipeline::inspect(&options, &mut emit);
}
