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
mod said;
pub mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value as Json};

pub use catalog::Catalog;
pub use digest::Digests;
use engine::Said;
pub use engine::{Input, Interner};
use kind::{Kind, Question};

use crate::model::policy::Doubt;
use crate::model::{Control, SubjectKind, Violation, Whole};

/// A set of controls, ready to judge; cheap to clone for each thread.
pub struct Evaluator {
    kinds: Arc<BTreeMap<SubjectKind, Kind>>,
    /// What this clone judges with.
    own: BTreeMap<SubjectKind, Result<engine::Evaluator, String>>,
    /// The last object that it has judged, as policies see it.
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
        Self { kinds: Arc::clone(&self.kinds), own: BTreeMap::new(), object: None }
    }
}

impl Evaluator {
    /// These controls of the catalogue; `parameters` is `data.parameters` (see [`parameters`]).
    pub fn new(catalog: &Arc<Catalog>, controls: &[Arc<Control>], parameters: &Arc<Json>) -> Self {
        // The policies of the user have an engine of their own.
        let ours = SubjectKind::ALL.into_iter().filter(|kind| *kind != SubjectKind::Document);
        let kinds =
            ours.map(|kind| (kind, Kind::new(kind, controls, Arc::clone(catalog), Arc::clone(parameters)))).collect();
        Self { kinds: Arc::new(kinds), own: BTreeMap::new(), object: None }
    }

    /// Whether a control of a component or a host looks at the setting of a name.
    pub fn reads(&self, control: &Control, setting: &str) -> bool {
        self.kinds.get(&control.kind).is_some_and(|kind| kind.reads(&control.id, setting))
    }

    /// Judges an input of a kind. A control that fails to evaluate does not take the others with it.
    /// `input.object` may come by itself: the subjects of an object share it.
    pub fn evaluate(&mut self, kind: SubjectKind, object: Option<&Whole>, input: &Json) -> Evaluation {
        let kinds = Arc::clone(&self.kinds);
        let Some(of_kind) = kinds.get(&kind) else { return Evaluation::default() };
        let whole = object.map(|object| &*object.value).or_else(|| input.get("object"));
        let kind_of_object = whole.and_then(|object| object.get("kind")).and_then(Json::as_str).unwrap_or_default();
        let questions = match of_kind.questions(kind_of_object) {
            Ok([]) => return Evaluation::default(),
            Ok(questions) => questions,
            Err(why) => return Evaluation::failed(of_kind.judging(kind_of_object), why),
        };
        let input = match object {
            None => Input::new(input),
            Some(Whole { value, parts }) => {
                let is_last = self.object.as_ref().is_some_and(|(last, _)| Arc::ptr_eq(last, value));
                let last = self.object.take().filter(|_| is_last);
                let (_, read) = self.object.insert(last.unwrap_or_else(|| (Arc::clone(value), Input::new(value))));
                Input::new(input).with_parts(parts, read).with_member("object", read)
            }
        };
        self.judge(of_kind, questions, input)
    }

    /// The same with `input.objects`: of each what is made now, and what is there already. In a pool each thread takes in a part of
    /// them, and then asks a part of the controls.
    pub fn evaluate_all(
        &self,
        kind: SubjectKind,
        input: &Json,
        objects: impl IndexedParallelIterator<Item = (Map<String, Json>, [(&'static str, Input); 2])>,
    ) -> Evaluation {
        let Some(of_kind) = self.kinds.get(&kind) else { return Evaluation::default() };
        let questions = match of_kind.questions("") {
            Ok([]) => return Evaluation::default(),
            Ok(questions) => questions,
            Err(why) => return Evaluation::failed(of_kind.judging(""), why),
        };
        let threads = rayon::current_num_threads();
        let part = objects.len() / threads;
        let take = |words: &mut Interner, (own, more)| words.with_members(&own, more);
        let objects = objects.with_min_len(part).map_init(Interner::default, take);
        let input = Input::new(input).with_member("objects", &Input::list(objects.collect()));
        let part = questions.len().div_ceil(threads);
        let judge = |questions| self.clone().judge(of_kind, questions, input.clone());
        questions.par_chunks(part).map(judge).reduce(Evaluation::default, Evaluation::and)
    }

    /// By some of the controls of a kind.
    fn judge(&mut self, of_kind: &Kind, questions: &[Question], input: Input) -> Evaluation {
        let mut evaluation = Evaluation::default();
        match self.own.entry(of_kind.kind).or_insert_with(|| of_kind.evaluator()) {
            Ok(evaluator) => {
                evaluator.set_input(input);
                questions.iter().for_each(|question| evaluation.ask(question, evaluator));
            }
            Err(why) => return Evaluation::failed(questions.iter().map(|question| &question.control), why),
        }
        evaluation
    }
}

impl Evaluation {
    fn ask(&mut self, Question { control, deny, unknown }: &Question, evaluator: &mut engine::Evaluator) {
        let Self { violations, doubts, errors, .. } = self;
        let mut ask = |rule: &Option<usize>, hear: &mut dyn FnMut(Said<'_>) -> Result<(), String>| {
            let mut failed = |why: String| errors.push((Arc::clone(control), why));
            let asked = rule.map(|rule| evaluator.said(rule, &mut |said| hear(said).unwrap_or_else(&mut failed)));
            asked.transpose().map_or_else(|why| failed(why.message), |_| ());
        };
        ask(deny, &mut |result| {
            let violation = said::violation(result).map_err(|why| format!("its result is not a violation: {why}"))?;
            violations.push((Arc::clone(control), violation));
            Ok(())
        });
        ask(unknown, &mut |result| {
            doubts.push((Arc::clone(control), result.read().map_err(|why| why.to_string())?));
            Ok(())
        });
    }

    /// What follows from what these controls have in common.
    fn failed<'a>(controls: impl Iterator<Item = &'a Arc<Control>>, why: &str) -> Self {
        let errors = controls.map(|control| (Arc::clone(control), why.to_owned())).collect();
        Self { errors, ..Self::default() }
    }

    fn and(mut self, other: Self) -> Self {
        self.violations.extend(other.violations);
        self.doubts.extend(other.doubts);
        self.excepted.extend(other.excepted);
        self.errors.extend(other.errors);
        self
    }
}

/// The value of `data.parameters`: every parameter of every control, with what the configuration sets.
pub fn parameters(controls: &[Arc<Control>], overrides: &BTreeMap<String, Map<String, Json>>) -> Json {
    let of = |control: &Arc<Control>| {
        let set = overrides.get(&*control.id);
        let value = |name: &str| set.and_then(|set| set.get(name)).cloned();
        let members = control.parameters.iter().map(|parameter| {
            (parameter.name.to_string(), value(&parameter.name).unwrap_or_else(|| parameter.default.clone()))
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

    #[test]
    fn every_control_has_a_rule_that_can_be_asked() {
        let catalog = Catalog::embedded().unwrap();
        let controls: Vec<_> = catalog.controls().cloned().collect();
        let parameters = Arc::new(parameters(&controls, &BTreeMap::new()));
        let mut evaluator = Evaluator::new(&Arc::new(catalog), &controls, &parameters);
        let mut asked = 0;
        for kind in evaluator.kinds.clone().values() {
            let objects = kind.controls.values().flat_map(|control| control.kinds.clone()).chain(["".into()]);
            for object in objects.collect::<BTreeSet<_>>() {
                for question in kind.questions(&object).unwrap() {
                    assert!(question.deny.is_some(), "{}", question.control.id);
                    asked += 1;
                }
            }
            let input = json!({"object": {}, "pod": {"containers": []}, "objects": [], "cluster": {}});
            let evaluation = evaluator.evaluate(kind.kind, None, &input);
            assert!(evaluation.errors.is_empty(), "{:?}", evaluation.errors);
        }
        assert!(asked >= controls.len(), "{asked}");
    }
}
