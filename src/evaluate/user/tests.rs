//! The tests of a policy set: rules whose names begin with `test_`, as OPA runs them.

use std::collections::BTreeMap;

use super::PolicySet;
use crate::evaluate::engine::Evaluator;
use crate::evaluate::rego::check::Problem;
use crate::evaluate::rego::names::full_name;
use crate::evaluate::rego::{Form, Module, Rule};

/// What the tests came to.
#[derive(Debug, Default)]
pub struct Tests {
    /// The tests, by file and line.
    pub results: Vec<TestResult>,
    /// How many rules beside the tests there are.
    pub rules: usize,
    /// The ones that no test evaluated: name, file and line.
    pub idle: Vec<(String, String, u32)>,
}

/// One test.
#[derive(Debug)]
pub struct TestResult {
    /// `main.test_latest`.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The line of its head.
    pub line: u32,
    /// What it came to.
    pub outcome: TestOutcome,
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq)]
pub enum TestOutcome {
    /// It holds.
    Passed,
    /// It does not; where known, the line of the statement that was the last to be evaluated.
    Failed(Option<u32>),
    /// It begins with `todo_test_`.
    Skipped,
    /// It could not be evaluated.
    Broken(String),
}

impl PolicySet {
    /// Runs the tests.
    ///
    /// # Errors
    /// For what cannot be evaluated.
    pub fn test(&self) -> Result<Tests, Problem> {
        let loaded = Evaluator::new(&self.modules, &self.data).map_err(|(file, fault)| Problem {
            file,
            line: fault.line.unwrap_or(1),
            message: fault.message,
            help: None,
        })?;
        let mut tests = Tests::default();
        let mut covered: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut seen = std::collections::BTreeSet::new();
        for (module, rule) in self.modules.iter().flat_map(|module| module.rules.iter().map(move |rule| (module, rule)))
        {
            let name = full_name(module, rule);
            if !is_test(rule) || !seen.insert(name.clone()) {
                continue;
            }
            let mut evaluator = loaded.clone();
            evaluator.cover();
            let path: Vec<&str> = module.package.iter().map(String::as_str).chain([rule.root()]).collect();
            let outcome = match evaluator.value(&path) {
                _ if rule.root().starts_with("todo_") => TestOutcome::Skipped,
                Ok(serde_json::Value::Bool(true)) => TestOutcome::Passed,
                Ok(_) => TestOutcome::Failed(last_line(&evaluator, module, rule)),
                Err(fault) => TestOutcome::Broken(fault.message),
            };
            evaluator.covered().into_iter().for_each(|(file, line)| covered.entry(file).or_default().push(line));
            tests.results.push(TestResult { name, file: module.file.clone(), line: rule.line, outcome });
        }
        for (module, rule) in self.modules.iter().flat_map(|module| module.rules.iter().map(move |rule| (module, rule)))
        {
            let has_body = rule.bodies.iter().any(|body| !body.statements.is_empty());
            if is_test(rule) || !has_body || module.file.ends_with("_test.rego") {
                continue;
            }
            tests.rules += 1;
            let lines = covered.get(&module.file).map(Vec::as_slice).unwrap_or_default();
            if !lines.iter().any(|line| (rule.line..=rule.end).contains(line)) {
                tests.idle.push((full_name(module, rule), module.file.clone(), rule.line));
            }
        }
        Ok(tests)
    }
}

fn is_test(rule: &Rule) -> bool {
    let is_named = rule.root().starts_with("test_") || rule.root().starts_with("todo_test_");
    is_named && matches!(rule.form, Form::Value(_))
}

/// The statement at which a test ended.
fn last_line(evaluator: &Evaluator, module: &Module, rule: &Rule) -> Option<u32> {
    let lines = evaluator.covered().into_iter().filter(|(file, _)| *file == module.file).map(|(_, line)| line);
    lines.filter(|line| (rule.line..=rule.end).contains(line)).max()
}
