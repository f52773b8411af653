//! From a subject to the violations that the policies see in it.

pub mod benchmark;
mod catalog;
mod engine;
mod metadata;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

pub use benchmark::{Answer, Benchmark, Check};
pub use catalog::Catalog;
use engine::Engine;

use crate::error::Error;
use crate::model::{Control, SubjectKind, Violation};

/// A set of controls, ready to judge; cheap to clone for each thread.
#[derive(Clone)]
pub struct Evaluator {
    engine: Engine,
    controls: BTreeMap<SubjectKind, Vec<Arc<Control>>>,
}

/// What one subject came to.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// The violations, by control.
    pub violations: Vec<(Arc<Control>, Violation)>,
    /// Controls that could not be evaluated, and why.
    pub errors: Vec<(Arc<Control>, String)>,
}

impl Evaluator {
    /// Prepares these controls of the catalogue; `parameters` is `data.parameters` (see [`parameters`]).
    pub fn new(catalog: &Catalog, controls: Vec<Arc<Control>>, parameters: &Json) -> Result<Self, Error> {
        let mut by_kind: BTreeMap<SubjectKind, Vec<Arc<Control>>> = BTreeMap::new();
        for control in controls {
            by_kind.entry(control.kind).or_default().push(control);
        }
        let mut modules = catalog.modules().to_vec();
        modules.extend(by_kind.iter().map(|(kind, controls)| (format!("run/{kind}.rego"), aggregate(*kind, controls))));
        let engine = Engine::new(&modules, &json!({"parameters": parameters}))?;
        Ok(Self { engine, controls: by_kind })
    }

    /// The controls that judge this kind.
    pub fn controls(&self, kind: SubjectKind) -> &[Arc<Control>] {
        self.controls.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Judges an input of a kind. A control that fails to evaluate does not take the others with it.
    pub fn evaluate(&mut self, kind: SubjectKind, input: &Json) -> Evaluation {
        let mut evaluation = Evaluation::default();
        let Some(controls) = self.controls.get(&kind) else { return evaluation };
        self.engine.set_input(input);
        match self.engine.rule(&format!("data.run.{kind}.results")) {
            Ok(results) => {
                for control in controls {
                    evaluation.add(control, results.get(&*control.id).cloned());
                }
            }
            Err(_) => {
                for control in controls {
                    match self.engine.rule(&format!("data.{}.deny", control.package)) {
                        Ok(results) => evaluation.add(control, Some(results)),
                        Err(why) => evaluation.errors.push((Arc::clone(control), why)),
                    }
                }
            }
        }
        evaluation
    }
}

impl Evaluation {
    fn add(&mut self, control: &Arc<Control>, results: Option<Json>) {
        let Some(Json::Array(results)) = results else { return };
        for result in results {
            match serde_json::from_value::<Violation>(result) {
                Ok(violation) => self.violations.push((Arc::clone(control), violation)),
                Err(why) => self.errors.push((Arc::clone(control), format!("its result is not a violation: {why}"))),
            }
        }
    }
}

/// One rule that collects what all controls of a kind deny: one evaluation for all of them, with what they share computed once.
fn aggregate(kind: SubjectKind, controls: &[Arc<Control>]) -> String {
    let rules = controls.iter().map(|control| {
        format!("results[\"{}\"] contains violation if some violation in data.{}.deny\n", control.id, control.package)
    });
    format!("package run.{kind}\n\n{}", rules.collect::<String>())
}

/// The value of `data.parameters`: every parameter of every control, with what the configuration sets.
pub fn parameters(controls: &[Arc<Control>], overrides: &BTreeMap<String, Map<String, Json>>) -> Json {
    let of = |control: &Arc<Control>| {
        let set = overrides.get(&*control.id);
        let value = |name: &str| set.and_then(|set| set.get(name)).cloned();
        let members = control.parameters.iter().map(|parameter| {
            (parameter.name.clone(), value(&parameter.name).unwrap_or_else(|| parameter.default.clone()))
        });
        (control.id.to_string(), Json::Object(members.collect()))
    };
    Json::Object(controls.iter().map(of).collect())
}

/// The ids of a set of controls.
pub fn ids<'a>(controls: impl IntoIterator<Item = &'a Arc<Control>>) -> BTreeSet<&'a str> {
    controls.into_iter().map(|control| &*control.id).collect()
}
