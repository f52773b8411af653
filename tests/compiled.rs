//! The compiled form of our policies says what the interpreter says, about every fixture, every story and every oracle.
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
    let mut folders = vec![project().join("fixtures/policy/object"), project().join("fixtures/policy/pod")];
    folders.extend(["oracle/psa", "bench/corpus"].iter().filter_map(|folder| shared(folder)));
    folders.extend(std::fs::read_dir(project().join("fixtures/repos")).unwrap().map(|entry| entry.unwrap().path()));
    let catalog = Arc::new(Catalog::embedded().unwrap());
    let controls: Vec<Arc<Control>> = catalog.controls().cloned().collect();
    let parameters = parameters(&controls, &BTreeMap::new());
    let mut evaluator = Evaluator::new(&catalog, &controls, &parameters);
    let (mut subjects, mut violations) = (0, 0);
    for folder in folders {
        each_input(&folder, &mut |kind, input| {
            let interpreted = evaluator.evaluate_as(Form::Interpreted, kind, input);
            let compiled = evaluator.evaluate_as(Form::Compiled, kind, input);
            assert_eq!(format!("{compiled:?}"), format!("{interpreted:?}"), "{}: {input}", folder.display());
            subjects += 1;
            violations += compiled.violations.len();
        });
    }
    println!("compiled and interpreted policies agree about {violations} violations in {subjects} subjects");
    assert!(subjects > 200 && violations > 1000, "{subjects} {violations}");
}

fn each_input(folder: &Path, judge: &mut dyn FnMut(SubjectKind, &Json)) {
    let options = Options { targets: vec![folder.to_owned()], ..Options::default() };
    let mut emit = |line: Json| {
        let kind = line["subject"]["kind"].as_str().unwrap();
        if let Some(kind) = [SubjectKind::Object, SubjectKind::Pod].into_iter().find(|known| known.to_string() == kind)
        {
            judge(kind, &line["input"]);
        }
    };
    // A story whose configuration is wrong has no subjects.
    let _ = pipeline::inspect(&options, &mut emit);
}
