//! From a subject to the violations that the policies see in it.

pub mod benchmark;
mod catalog;
mod digest;
mod engine;
pub mod evidence;
pub mod framework;
mod kind;
mod metadata;
pub mod rego;
pub mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

pub use catalog::Catalog;
pub use digest::Digests;
use engine::{Engine, Machine};
pub use kind::Form;
use kind::Kind;

use crate::model::policy::Doubt;
use crate::model::{Control, SubjectKind, Violation};

/// A set of controls, ready to judge; cheap to clone for each thread.
pub struct Evaluator {
    kinds: Arc<BTreeMap<SubjectKind, Kind>>,
    /// What this clone judges with.
    ready: BTreeMap<SubjectKind, Ready>,
}

#[derive(Default)]
struct Ready {
    engine: Option<Engine>,
    machine: Option<Machine>,
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

impl Clone for Evaluator {
    fn clone(&self) -> Self {
        Self { kinds: Arc::clone(&self.kinds), ready: BTreeMap::new() }
    }
}

impl Evaluator {
    /// These controls of the catalogue; `parameters` is `data.parameters` (see [`parameters`]).
    pub fn new(catalog: &Arc<Catalog>, controls: &[Arc<Control>], parameters: &Json) -> Self {
        let parameters = Arc::new(parameters.clone());
        // The policies of the user have an engine of their own.
        let ours = SubjectKind::ALL.into_iter().filter(|kind| *kind != SubjectKind::Document);
        let kinds =
            ours.map(|kind| (kind, Kind::new(kind, controls, Arc::clone(catalog), Arc::clone(&parameters)))).collect();
        Self { kinds: Arc::new(kinds), ready: BTreeMap::new() }
    }

    /// Whether a control of a component or a host looks at the setting of a name.
    pub fn reads(&self, control: &Control, setting: &str) -> bool {
        self.kinds.get(&control.kind).is_some_and(|kind| kind.reads(&control.id, setting))
    }

    /// Whether any control judges this kind.
    pub fn judges(&self, kind: SubjectKind) -> bool {
        self.kinds.get(&kind).is_some_and(|kind| !kind.controls.is_empty())
    }

    /// Judges an input of a kind. A control that fails to evaluate does not take the others with it.
    pub fn evaluate(&mut self, kind: SubjectKind, input: &Json) -> Evaluation {
        let form = self.kinds.get(&kind).map_or(Form::Interpreted, Kind::form);
        self.evaluate_as(form, kind, input)
    }

    /// The same, by the policies in a form.
    pub fn evaluate_as(&mut self, form: Form, kind: SubjectKind, input: &Json) -> Evaluation {
        let mut evaluation = Evaluation::default();
        let Some(of_kind) = self.kinds.get(&kind).filter(|of_kind| !of_kind.controls.is_empty()) else {
            return evaluation;
        };
        let controls = &of_kind.controls;
        let ready = self.ready.entry(kind).or_default();
        if form == Form::Compiled
            && let Some(results) = ready.machine(of_kind).and_then(|machine| machine.run(input).ok())
        {
            evaluation.add_all(controls, results);
            return evaluation;
        }
        let engine = match ready.engine(of_kind) {
            Ok(engine) => engine,
            Err(why) => {
                evaluation.errors = controls.values().map(|control| (Arc::clone(control), why.clone())).collect();
                return evaluation;
            }
        };
        engine.set_input(input);
        match engine.rule(&of_kind.rule()) {
            Ok(results) => evaluation.add_all(controls, results),
            Err(_) => {
                for control in controls.values() {
                    match engine.rule(&format!("data.{}.deny", control.package)) {
                        Ok(results) => evaluation.add(control, Some(results)),
                        Err(why) => evaluation.errors.push((Arc::clone(control), why)),
                    }
                }
            }
        }
        for control in of_kind.doubting() {
            evaluation.doubt(control, engine.rule(&format!("data.{}.unknown", control.package)));
        }
        evaluation
    }
}

impl Ready {
    fn engine(&mut self, of_kind: &Kind) -> Result<&mut Engine, String> {
        match &mut self.engine {
            Some(engine) => Ok(engine),
            empty => Ok(empty.insert(of_kind.engine()?)),
        }
    }

    fn machine(&mut self, of_kind: &Kind) -> Option<&mut Machine> {
        if self.machine.is_none() {
            self.machine = of_kind.machine().ok();
        }
        self.machine.as_mut()
    }
}

impl Evaluation {
    fn add_all(&mut self, controls: &BTreeMap<Arc<str>, Arc<Control>>, results: Json) {
        let Json::Array(results) = results else { return };
        for mut result in results {
            let control = result.get("control").and_then(Json::as_str).and_then(|id| controls.get(id));
            let violation = result.get_mut("violation").map(Json::take);
            if let (Some(control), Some(violation)) = (control, violation) {
                self.add(control, Some(Json::Array(vec![violation])));
            }
        }
    }

    fn doubt(&mut self, control: &Arc<Control>, results: Result<Json, String>) {
        let doubts = results.and_then(|results| match results {
            Json::Null => Ok(Vec::new()),
            results => serde_json::from_value::<Vec<Doubt>>(results).map_err(|why| why.to_string()),
        });
        match doubts {
            Ok(doubts) => self.doubts.extend(doubts.into_iter().map(|doubt| (Arc::clone(control), doubt))),
            Err(why) => self.errors.push((Arc::clone(control), why)),
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
    use serde_json::json;

    /// The way control by control is for policies that fail; taking it unnoticed would cost several times the work.
    #[test]
    fn one_evaluation_judges_all_controls_of_a_kind() {
        let catalog = Catalog::embedded().unwrap();
        let controls: Vec<_> = catalog.controls().cloned().collect();
        let parameters = parameters(&controls, &BTreeMap::new());
        let evaluator = Evaluator::new(&Arc::new(catalog), &controls, &parameters);
        for (name, kind) in evaluator.kinds.iter() {
            let mut engine = kind.engine().unwrap();
            engine.set_input(&json!({"object": {}, "pod": {"containers": []}, "objects": [], "cluster": {}}));
            let results = engine.rule(&kind.rule());
            assert!(results.is_ok(), "{name}: {results:?}");
        }
    }
}
