//! From a subject to the violations that the policies see in it.

mod aggregate;
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
use engine::{Engine, Input, Machine};
use kind::Kind;

use crate::model::policy::Doubt;
use crate::model::{Control, SubjectKind, Violation};

/// A set of controls, ready to judge; cheap to clone for each thread.
pub struct Evaluator {
    kinds: Arc<BTreeMap<SubjectKind, Kind>>,
    /// What this clone judges with.
    machines: BTreeMap<SubjectKind, Result<Machine, String>>,
    /// The last object that it has judged, as the machines take it.
    object: Option<(Arc<Json>, Input)>,
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
        Self { kinds: Arc::clone(&self.kinds), machines: BTreeMap::new(), object: None }
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
        Self { kinds: Arc::new(kinds), machines: BTreeMap::new(), object: None }
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
    /// `input.object` may come by itself: the subjects of an object share it.
    pub fn evaluate(&mut self, kind: SubjectKind, object: Option<&Arc<Json>>, input: &Json) -> Evaluation {
        let kinds = Arc::clone(&self.kinds);
        let Some(of_kind) = kinds.get(&kind) else { return Evaluation::default() };
        let whole = object.map(|object| &**object).or_else(|| input.get("object"));
        let kind_of_object = whole.and_then(|object| object.get("kind")).and_then(Json::as_str).unwrap_or_default();
        let Some(data) = of_kind.data_of(kind_of_object) else { return Evaluation::default() };
        let input = match object {
            None => Input::new(input),
            Some(object) => {
                let is_last = self.object.as_ref().is_some_and(|(last, _)| Arc::ptr_eq(last, object));
                let last = self.object.take().filter(|_| is_last);
                let (_, read) = self.object.insert(last.unwrap_or_else(|| (Arc::clone(object), Input::new(object))));
                Input::new(input).with_member("object", read)
            }
        };
        self.judge(of_kind, (data, kind_of_object), &input)
    }

    /// The same with `input.objects`, which are taken in one after the other.
    pub fn evaluate_all(&mut self, kind: SubjectKind, input: &Json, objects: impl Iterator<Item = Json>) -> Evaluation {
        let kinds = Arc::clone(&self.kinds);
        let of_kind = kinds.get(&kind).and_then(|of_kind| Some((of_kind, of_kind.data_of("")?)));
        let Some((of_kind, data)) = of_kind else { return Evaluation::default() };
        self.judge(of_kind, (data, ""), &Input::new(input).with_member("objects", &Input::list(objects)))
    }

    /// By the controls that judge objects of a kind, whose data come with it.
    fn judge(&mut self, of_kind: &Kind, (data, object): (&Input, &str), input: &Input) -> Evaluation {
        let mut evaluation = Evaluation::default();
        let controls = &of_kind.controls;
        let all = self.machines.entry(of_kind.kind).or_insert_with(|| of_kind.machine());
        match all {
            Err(why) => {
                evaluation.errors = of_kind.judging(object).map(|control| (Arc::clone(control), why.clone())).collect();
            }
            Ok(machine) => match machine.run(data, input) {
                Ok(results) => evaluation.add_all(controls, results),
                Err(_) => {
                    for control in of_kind.judging(object) {
                        let alone = of_kind.machine();
                        match alone.and_then(|mut machine| machine.run(&of_kind.data_of_one(control), input)) {
                            Ok(results) => evaluation.add_all(controls, results),
                            Err(why) => evaluation.errors.push((Arc::clone(control), why)),
                        }
                    }
                }
            },
        }
        evaluation
    }
}

/// What the engine's interpreter makes of the same policies. It is the same, and slower: the tests hold one against the other.
pub struct Interpreter<'a>(BTreeMap<SubjectKind, (&'a Kind, Engine, String)>);

impl<'a> Interpreter<'a> {
    /// The controls of an evaluator.
    ///
    /// # Errors
    /// What is wrong with a policy.
    pub fn new(evaluator: &'a Evaluator) -> Result<Self, String> {
        let one = |(kind, of_kind): (&SubjectKind, &'a Kind)| {
            let (engine, rule) = of_kind.interpreter()?;
            Ok((*kind, (of_kind, engine, rule)))
        };
        evaluator.kinds.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// As [`Evaluator::evaluate`].
    ///
    /// # Errors
    /// What is wrong with a policy.
    pub fn evaluate(&mut self, kind: SubjectKind, input: &Json) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        if let Some((of_kind, engine, rule)) = self.0.get_mut(&kind) {
            engine.set_input(Input::new(input));
            evaluation.add_all(&of_kind.controls, engine.rule(rule)?);
        }
        Ok(evaluation)
    }
}

impl Evaluation {
    fn add_all(&mut self, controls: &BTreeMap<Arc<str>, Arc<Control>>, results: Json) {
        let Json::Array(results) = results else { return };
        for mut result in results {
            let control = result.get("control").and_then(Json::as_str).and_then(|id| controls.get(id));
            let Some(control) = control.map(Arc::clone) else { continue };
            let mut of = |word: &str| result.get_mut(word).map(Json::take);
            if let Some(violation) = of("violation") {
                match serde_json::from_value::<Violation>(violation) {
                    Ok(violation) => self.violations.push((control, violation)),
                    Err(why) => self.errors.push((control, format!("its result is not a violation: {why}"))),
                }
            } else if let Some(doubt) = of("doubt") {
                match serde_json::from_value::<Doubt>(doubt) {
                    Ok(doubt) => self.doubts.push((control, doubt)),
                    Err(why) => self.errors.push((control, why.to_string())),
                }
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
            let input = json!({"object": {}, "pod": {"containers": []}, "objects": [], "cluster": {}});
            let results = kind.machine().unwrap().run(kind.data_of("").unwrap(), &Input::new(&input));
            assert!(results.is_ok(), "{name}: {results:?}");
        }
    }
}
