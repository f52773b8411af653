//! From a subject to the violations that the policies see in it.

pub mod benchmark;
mod catalog;
mod digest;
mod engine;
pub mod evidence;
pub mod framework;
mod metadata;
pub mod rego;
pub mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

pub use catalog::Catalog;
pub use digest::Digests;
use engine::Engine;

use crate::error::Error;
use crate::model::policy::Doubt;
use crate::model::{Control, SubjectKind, Violation};

/// A set of controls, ready to judge; cheap to clone for each thread.
#[derive(Clone)]
pub struct Evaluator {
    engine: Engine,
    controls: BTreeMap<SubjectKind, Vec<Arc<Control>>>,
    /// The ids of those that may say that they cannot tell.
    doubting: BTreeSet<Arc<str>>,
    /// For each control of a kind with settings, the words that may name the ones it looks at.
    words: Arc<BTreeMap<Arc<str>, BTreeSet<String>>>,
}

/// What one subject came to.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// The violations, by control.
    pub violations: Vec<(Arc<Control>, Violation)>,
    /// What keeps controls from judging the subject.
    pub doubts: Vec<(Arc<Control>, Doubt)>,
    /// Controls of which an exception of the policies themselves takes the results away.
    pub excepted: Vec<Arc<Control>>,
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
        let ours = by_kind.iter().filter(|(kind, _)| **kind != SubjectKind::Document);
        modules.extend(ours.map(|(kind, controls)| (format!("run/{kind}.rego"), aggregate(*kind, controls))));
        let engine = Engine::new(&modules, &json!({"parameters": parameters}))?;
        let all = by_kind.values().flatten();
        // A rule that a package does not have is an error to the engine, not undefined.
        let doubting = all.filter(|control| may_doubt(control.kind) && catalog.has_rule(control, "unknown"));
        let doubting = doubting.map(|control| Arc::clone(&control.id)).collect();
        let computed = by_kind.values().flatten().filter(|control| may_doubt(control.kind));
        let words = computed.map(|control| (Arc::clone(&control.id), catalog.words(control))).collect();
        Ok(Self { engine, controls: by_kind, doubting, words: Arc::new(words) })
    }

    /// The same controls with another value of `data.parameters`.
    pub fn with_parameters(&self, parameters: &Json) -> Result<Self, Error> {
        Ok(Self { engine: self.engine.with_data(&json!({"parameters": parameters}))?, ..self.clone() })
    }

    /// Whether a control of a component or a host looks at the setting of a name.
    pub fn reads(&self, control: &str, setting: &str) -> bool {
        self.words.get(control).is_some_and(|words| words.contains(setting))
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
            Ok(results) => evaluation.add_all(controls, results),
            Err(_) => {
                for control in controls {
                    match self.engine.rule(&format!("data.{}.deny", control.package)) {
                        Ok(results) => evaluation.add(control, Some(results)),
                        Err(why) => evaluation.errors.push((Arc::clone(control), why)),
                    }
                }
            }
        }
        if may_doubt(kind) {
            self.doubts(kind, &mut evaluation);
        }
        evaluation
    }

    fn doubts(&mut self, kind: SubjectKind, evaluation: &mut Evaluation) {
        let controls = self.controls.get(&kind).map(Vec::as_slice).unwrap_or_default();
        for control in controls.iter().filter(|control| self.doubting.contains(&control.id)) {
            let results = self.engine.rule(&format!("data.{}.unknown", control.package));
            let doubts = results.and_then(|results| match results {
                Json::Null => Ok(Vec::new()),
                results => serde_json::from_value::<Vec<Doubt>>(results).map_err(|why| why.to_string()),
            });
            match doubts {
                Ok(doubts) => evaluation.doubts.extend(doubts.into_iter().map(|doubt| (Arc::clone(control), doubt))),
                Err(why) => evaluation.errors.push((Arc::clone(control), why)),
            }
        }
    }
}

/// Whether policies of a kind may say that they cannot tell.
fn may_doubt(kind: SubjectKind) -> bool {
    matches!(kind, SubjectKind::Component | SubjectKind::Host)
}

impl Evaluation {
    fn add_all(&mut self, controls: &[Arc<Control>], results: Json) {
        let Json::Array(results) = results else { return };
        for mut result in results {
            let control = controls.iter().find(|control| result.get("control") == Some(&json!(control.id)));
            let violation = result.get_mut("violation").map(Json::take);
            if let (Some(control), Some(violation)) = (control, violation) {
                self.add(control, Some(json!([violation])));
            }
        }
    }

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
        format!(
            "results contains {{\"control\": \"{}\", \"violation\": violation}} if some violation in data.{}.deny\n",
            control.id, control.package
        )
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The way control by control is for policies that fail; taking it unnoticed would cost several times the work.
    #[test]
    fn one_evaluation_judges_all_controls_of_a_kind() {
        let catalog = Catalog::embedded().unwrap();
        let controls: Vec<_> = catalog.controls().cloned().collect();
        let parameters = parameters(&controls, &BTreeMap::new());
        let mut evaluator = Evaluator::new(&catalog, controls, &parameters).unwrap();
        let kinds: Vec<SubjectKind> = evaluator.controls.keys().copied().collect();
        for kind in kinds {
            evaluator.engine.set_input(&json!({"object": {}, "pod": {"containers": []}, "objects": [], "cluster": {}}));
            let results = evaluator.engine.rule(&format!("data.run.{kind}.results"));
            assert!(results.is_ok(), "{kind}: {results:?}");
        }
    }
}
