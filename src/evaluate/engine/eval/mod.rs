//! An evaluator of Rego, with the values and the built-in functions of the engine: a policy set comes in, values of its rules and the
//! solutions of its clauses go out. The engine's own interpreter tells neither what a solution consists of nor what it read, means
//! something else than OPA in places (docs/divergences.md), and is several times slower.

mod around;
mod body;
mod builtin;
mod compile;
mod constant;
mod context;
mod places;
mod plan;
mod rules;
mod run;
mod scope;
mod stored;
mod term;
mod value;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use regorus::Value;
use serde_json::Value as Json;

use super::value::{make, of, take_back};
use super::{Fault, Input, Said, TIME_LIMIT, USER_TIME_LIMIT};
use crate::evaluate::rego::Module;
use crate::model::{Edit, Known};
use context::{Context, Values};
use places::Places;
use plan::Clause;
pub use plan::Plan;
use run::{Run, Solved};
use stored::Later;

/// A policy set and what is known for the input that it was asked about. A clone shares the policies.
#[derive(Clone)]
pub struct Evaluator {
    plan: Arc<Plan>,
    /// How long one question may take.
    limit: Duration,
    context: Context,
    stable: Values,
    fickle: BTreeMap<(&'static str, Vec<Value>), Value>,
    /// Where the values of the input lie, once a solution is told.
    places: Option<Arc<Places>>,
    covered: Option<std::collections::BTreeSet<(usize, u32)>>,
    /// Empty between two questions.
    frames: Vec<Value>,
}

/// One solution of a clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// What the clause says.
    pub value: Json,
    /// The variables of its body.
    pub names: Vec<(Arc<str>, Known)>,
}

impl Evaluator {
    /// Compiles a policy set of the user that sees these data.
    ///
    /// # Errors
    /// The file, and what cannot be evaluated in it.
    pub fn new(modules: &[Module], data: &Json) -> Result<Self, (String, Fault)> {
        let plan = Arc::new(Plan::new(modules)?);
        Ok(Self { limit: USER_TIME_LIMIT, ..Self::of(plan, Input::new(data)) })
    }

    /// Our own policies.
    pub fn of(plan: Arc<Plan>, data: Input) -> Self {
        let context = Context::new(Value::Undefined, data.0);
        let (stable, fickle) = (Values::default(), BTreeMap::new());
        Self { plan, limit: TIME_LIMIT, context, stable, fickle, places: None, covered: None, frames: vec![] }
    }

    /// Sets what is seen as `data`.
    pub fn set_data(&mut self, data: &Json) {
        self.context = Context::new(Value::Undefined, of(data));
        self.stable = Values::default();
    }

    /// Sets what is seen as `input`.
    pub fn set_input(&mut self, input: Input) {
        self.context.input = input.0;
        self.forget();
    }

    /// Asks about the input with changes, made one after another.
    pub fn changed<T>(&mut self, edits: &[Edit], ask: impl FnOnce(&mut Self) -> T) -> T {
        self.forget();
        let before = make(&mut self.context.input, edits);
        let answer = ask(self);
        self.forget();
        take_back(&mut self.context.input, edits, before);
        answer
    }

    /// Forgets what follows from the input.
    fn forget(&mut self) {
        self.context.known.clear();
        self.places = None;
        self.fickle.clear();
    }

    /// Notes from now on which lines are evaluated.
    pub fn cover(&mut self) {
        self.covered = Some(std::collections::BTreeSet::new());
    }

    /// The lines that were evaluated, by file.
    pub fn covered(&self) -> Vec<(String, u32)> {
        let lines = self.covered.iter().flatten();
        lines.filter_map(|(file, line)| Some((self.plan.files.get(*file)?.clone(), *line))).collect()
    }

    /// The value of the rules of a name; null where they have none. Sets come as arrays.
    ///
    /// # Errors
    /// Why they cannot be evaluated.
    pub fn value(&mut self, path: &[&str]) -> Result<Json, Fault> {
        match self.plan.document(path.iter().copied()) {
            Some(document) => json(&self.document(document)?),
            None => Ok(Json::Null),
        }
    }

    /// Each thing that the rules of a set say: a document of the plan.
    ///
    /// # Errors
    /// Why they cannot be evaluated.
    pub fn said(&mut self, document: usize, hear: &mut dyn FnMut(Said<'_>)) -> Result<(), Fault> {
        match self.document(document)? {
            Value::Set(members) => members.iter().map(Said).for_each(hear),
            Value::Array(items) => items.iter().map(Said).for_each(hear),
            _ => {}
        }
        Ok(())
    }

    fn document(&mut self, document: usize) -> Result<Value, Fault> {
        let plan = Arc::clone(&self.plan);
        self.run(&plan, |run| run.document(document))
    }

    /// The solutions of a rule, which is known by its module and its position in it.
    ///
    /// # Errors
    /// Why it cannot be evaluated.
    pub fn solutions(&mut self, module: usize, position: usize) -> Result<Vec<Solution>, Fault> {
        let mut places = self.places.take();
        let mut solutions = Vec::new();
        let done = self.each(module, position, &mut |run, clause, value| {
            let names = clause.names.iter().map(|(name, place)| (name, run.place(*place)));
            let names = names.filter(|(_, value)| **value != Value::Undefined);
            let places = places.get_or_insert_with(|| Arc::new(Places::of(&run.context.input)));
            let names = names.map(|(name, value)| {
                let known = match places.find(value) {
                    Some(steps) => Known::At(steps),
                    None => Known::Value(json(value)?),
                };
                Ok((Arc::clone(name), known))
            });
            solutions.push(Solution { value: json(value)?, names: names.collect::<Result<_, Fault>>()? });
            Ok(ControlFlow::Continue(()))
        });
        self.places = places;
        done.map(|()| solutions)
    }

    /// What a rule says in each of its solutions, and nothing more, until `hear` has heard enough.
    ///
    /// # Errors
    /// Why it cannot be evaluated.
    pub fn words(
        &mut self,
        module: usize,
        position: usize,
        hear: &mut dyn FnMut(Json) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        self.each(module, position, &mut |_, _, value| Ok(hear(json(value)?)))
    }

    /// Each solution of a rule that says something.
    fn each(
        &mut self,
        module: usize,
        position: usize,
        solved: &mut dyn FnMut(&Run<'_>, &Clause, &Value) -> Solved,
    ) -> Result<(), Fault> {
        let plan = Arc::clone(&self.plan);
        let Some((document, clause)) = plan.places.get(&(module, position)) else { return Ok(()) };
        let document = plan.documents.get(*document).map(Later::get).transpose()?;
        let Some(clause) = document.and_then(|document| document.clauses.get(*clause)) else { return Ok(()) };
        self.run(&plan, |run| {
            run.clause(clause, 0..0, &mut |run, branch| {
                let value = run.value(&branch.value)?;
                if value == Value::Undefined { Ok(ControlFlow::Continue(())) } else { solved(run, clause, &value) }
            })
        })
    }

    fn run<'p, T>(
        &mut self,
        plan: &'p Plan,
        evaluate: impl FnOnce(&mut Run<'p>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (context, stable) = (std::mem::take(&mut self.context), std::mem::take(&mut self.stable));
        let frames = std::mem::take(&mut self.frames);
        let mut run = Run::new(plan, context, stable, frames, Instant::now() + self.limit);
        run.covered = self.covered.take();
        run.fickle = std::mem::take(&mut self.fickle);
        let made = evaluate(&mut run);
        self.covered = run.covered;
        self.fickle = run.fickle;
        (self.context, self.stable, self.frames) = (run.context, run.stable, run.places);
        made
    }
}

fn json(value: &Value) -> Result<Json, Fault> {
    match value {
        Value::Undefined => Ok(Json::Null),
        Value::String(text) => Ok(Json::String(text.to_string())),
        value => serde_json::to_value(value).map_err(|why| Fault::of(&why.to_string())),
    }
}
