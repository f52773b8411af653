//! Which parts of an input a clause looked at, from its text and the values of one solution: the references in its body, through
//! variables, helper rules and functions, as paths with a rank.

mod bind;
mod few;
mod function;
mod given;
mod handed;
mod helper;
mod hints;
mod look;
mod mood;
mod origin;
mod place;
mod rank;
mod scope;
mod sets;
mod source;
mod step;
mod truth;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::names::Names;
use super::{Module, Rule};
use crate::model::{Candidate, Known, Path, Shared};
pub use hints::Clues;
use mood::Mood;
use origin::Origin;
use place::Place;
use scope::Scope;

/// How deep helpers may call each other here.
const MOST_DEPTH: usize = 10;
/// How much is looked at for one solution.
const MOST_WORK: usize = 20_000;
/// How many members of a collection are told apart where no variable says which one.
const MOST_MEMBERS: usize = 32;
/// How many constants of a clause and its helpers are tried as a repair: those of the rule that looks at the place come first.
const MOST_HINTS: usize = 32;

/// Constants of a policy that many places have in common.
type Constants<'a> = Arc<[Shared<'a>]>;

/// Looks into the solutions of one input.
pub struct Tracer<'a> {
    names: &'a Names<'a>,
    clues: &'a Clues,
    data: &'a Json,
    input: &'a Json,
    /// Whether it is what an admission controller is asked.
    is_request: bool,
    root: Rc<Place<'a>>,
    work: Cell<usize>,
    tests: Cell<usize>,
    hints: RefCell<Vec<Shared<'a>>>,
    /// What was found out about rules that take nothing, by their names.
    origins: RefCell<BTreeMap<&'a str, Rc<[Origin<'a>]>>>,
    truths: RefCell<BTreeMap<&'a str, Option<bool>>>,
    scopes: RefCell<BTreeMap<*const Rule, Rc<Scope<'a>>>>,
    /// What `input` stands for behind `with input as …`.
    given_input: RefCell<Option<Rc<[Origin<'a>]>>>,
}

impl<'a> Tracer<'a> {
    /// For this input, with what the policies are given as `data`.
    pub fn new(names: &'a Names<'a>, clues: &'a Clues, data: &'a Json, input: &'a Json) -> Self {
        Self {
            names,
            clues,
            data,
            input,
            is_request: rank::is_request(input),
            root: Place::root(input),
            work: Cell::new(0),
            tests: Cell::new(0),
            hints: RefCell::default(),
            origins: RefCell::default(),
            truths: RefCell::default(),
            scopes: RefCell::default(),
            given_input: RefCell::default(),
        }
    }

    /// The places that a clause looked at in one solution.
    pub fn candidates(
        &self,
        module: &'a Module,
        clause: &'a Rule,
        solution: &'a [(Arc<str>, Known)],
    ) -> Vec<Candidate<'a>> {
        self.work.set(0);
        self.hints.take();
        let mut scope = Scope::new(module);
        for (name, known) in solution {
            match known {
                Known::Value(value) => {
                    scope.values.insert(name, Rc::new([Shared::There(value)]));
                }
                Known::At(steps) => {
                    let place = self.root.along(steps);
                    if let Some(value) = place.value {
                        scope.values.insert(name, Rc::new([Shared::There(value)]));
                    }
                    scope.origins.insert(name, Rc::new([Origin::itself(place)]));
                }
            }
        }
        self.ranked(clause, scope, 0)
    }

    fn ranked(&self, clause: &'a Rule, mut scope: Scope<'a>, depth: usize) -> Vec<Candidate<'a>> {
        let module = scope.module;
        let handed = self.handed_on(&scope, clause, depth);
        if !handed.is_empty() {
            return handed;
        }
        let (mut found, mut tests) = (Vec::new(), Vec::new());
        let clue = self.clue(module, clause);
        self.hints.borrow_mut().extend(clue.near.iter().cloned());
        for (body, purposes) in clause.bodies.iter().zip(&clue.bodies) {
            let bound = body.statements.iter().zip(purposes).filter(|(_, purpose)| !purpose.is_told);
            self.bind(&mut scope, bound.map(|(statement, _)| statement), 0);
            scope.settle();
            let total = i32::try_from(body.statements.len()).unwrap_or(i32::MAX / 8);
            for (at, (statement, purpose)) in body.statements.iter().zip(purposes).enumerate() {
                // Later statements say what is wrong, the first ones what is meant.
                let weight = 12 * i32::try_from(at + 1).unwrap_or(total) / total.max(1);
                let before = body.statements.get(..at).unwrap_or_default();
                let weight = match purpose.is_told {
                    // A function of the policies that has no value for this object keeps the clause silent.
                    true if purpose.calls_own && purpose.is_in_head => weight - 8,
                    true if !purpose.calls_own => continue,
                    _ => weight,
                };
                let mood = Mood { weight, near: Arc::clone(&clue.near), ..Mood::default() };
                let so_far = found.len();
                self.statement_of(&scope, clause, before, statement, mood, &mut found);
                let new = found.get(so_far..).unwrap_or_default();
                // What was made of what other statements looked at is no test of its own.
                let is_of_others = || scope.values.keys().any(|name| purpose.variables.contains(*name));
                if purpose.is_test && !(new.is_empty() && is_of_others()) {
                    tests.push(so_far..found.len());
                }
            }
        }
        self.pass(&mut found, &tests);
        let hints = first_of(&self.hints.take());
        let mut extended: Vec<(Constants<'a>, Constants<'a>)> = Vec::new();
        for one in &mut found {
            let known = extended.iter().find(|(near, _)| Arc::ptr_eq(near, &one.hints)).map(|(_, all)| Arc::clone(all));
            one.hints = known.unwrap_or_else(|| {
                let all: Constants<'a> = first_of(one.hints.iter().chain(&hints)).into();
                extended.push((Arc::clone(&one.hints), Arc::clone(&all)));
                all
            });
        }
        found.sort_by(|left, right| right.rank.cmp(&left.rank).then_with(|| left.paths.cmp(&right.paths)));
        let mut kept: Vec<Candidate<'a>> = Vec::new();
        for one in found {
            match kept.iter_mut().find(|other| other.paths == one.paths) {
                Some(other) => other.partner = other.partner.take().or(one.partner),
                None => kept.push(one),
            }
        }
        kept
    }

    /// Marks what leaves objects out before the last test, which says what is wrong: metadata, and what is missing where something is
    /// missing there too. Where the last test looks at nothing, the clause is about other objects, and nothing that leaves out is why.
    fn pass(&self, found: &mut Vec<Candidate<'a>>, tests: &[Range<usize>]) {
        let looked_at = |test: &Range<usize>| found.get(test.clone()).unwrap_or_default();
        let is_about = |test: &&[Candidate<'_>]| test.is_empty() || test.iter().any(|one| !one.is_guard);
        let Some(last) = tests.iter().map(looked_at).rfind(is_about) else { return };
        let is_in = |inner: &Path, path: &Path| inner.steps().starts_with(path.steps());
        let has = |test: &[Candidate<'_>], one: &Candidate<'_>| {
            let mut paths = test.iter().flat_map(|of_test| &of_test.paths);
            paths.any(|inner| one.paths.iter().any(|path| is_in(inner, path)))
        };
        let is_absent = |one: &Candidate<'_>| one.paths.iter().all(|path| path.find(self.input).is_none());
        let lacks = last.iter().any(is_absent);
        let is_passed = |one: &Candidate<'_>| {
            let may_be = one.is_metadata || (lacks && is_absent(one));
            may_be && !has(last, one) && tests.iter().any(|test| has(looked_at(test), one))
        };
        let (passed, is_silent): (Vec<bool>, bool) = (found.iter().map(is_passed).collect(), last.is_empty());
        found.iter_mut().zip(passed).for_each(|(one, is_passed)| one.is_passed = is_passed);
        found.retain(|one| !one.is_passed || !is_silent);
    }
}

/// As many as are tried, each once.
fn first_of<'v, 'a: 'v>(hints: impl IntoIterator<Item = &'v Shared<'a>>) -> Vec<Shared<'a>> {
    let mut first: Vec<Shared<'a>> = Vec::new();
    for hint in hints {
        if first.len() == MOST_HINTS {
            break;
        }
        if !first.contains(hint) {
            first.push(hint.clone());
        }
    }
    first
}
