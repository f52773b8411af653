//! Which parts of an input a clause looked at, from its text and the values of one solution: the references in its body, through
//! variables, helper rules and functions, as paths with a rank.

mod hints;
mod look;
mod origin;
mod rank;
mod scope;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::names::Names;
use super::{Module, Rule};
use crate::model::{Candidate, Path};
use hints::{calls_own, is_told, told};
use look::Mood;
use origin::Origin;
use scope::Scope;

/// How deep helpers may call each other here.
const MOST_DEPTH: usize = 10;
/// How much is looked at for one solution.
const MOST_WORK: usize = 20_000;
/// How many members of a collection are told apart where no variable says which one.
const MOST_MEMBERS: usize = 32;
/// How many constants of a clause and its helpers are tried as a repair: those of the rule that looks at the place come first.
const MOST_HINTS: usize = 16;

/// The places that a clause looked at in one solution.
pub fn candidates(
    names: &Names<'_>,
    module: &Module,
    clause: &Rule,
    solution: &Map<String, Json>,
    input: &Json,
) -> Vec<Candidate> {
    let (work, hints) = (Cell::new(0), RefCell::default());
    let (tests, origins, truths) = (Cell::new(0), RefCell::default(), RefCell::default());
    let tracer = Tracer { names, input, work, tests, hints, origins, truths };
    let values = solution.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
    let mut scope = Scope { values, ..Scope::new(module) };
    let mut found = Vec::new();
    let (in_head, only_told) = told(clause);
    let near = Rc::new(tracer.near(&scope, clause, Some(&only_told)));
    tracer.hints.borrow_mut().extend(near.iter().cloned());
    for body in &clause.bodies {
        tracer.bind(&mut scope, &body.statements, 0);
        let total = i32::try_from(body.statements.len()).unwrap_or(i32::MAX / 8);
        for (at, statement) in body.statements.iter().enumerate() {
            // Later statements say what is wrong, the first ones what is meant.
            let weight = 12 * i32::try_from(at + 1).unwrap_or(total) / total.max(1);
            let before = body.statements.get(..at).unwrap_or_default();
            let weight = match is_told(statement, &only_told) {
                // A function of the policies that has no value for this object keeps the clause silent.
                true if calls_own(names, module, statement) && is_told(statement, &in_head) => weight - 8,
                true if !calls_own(names, module, statement) => continue,
                _ => weight,
            };
            let mood = Mood { weight, near: Rc::clone(&near), ..Mood::default() };
            tracer.statement_of(&scope, clause, before, statement, mood, &mut found);
        }
    }
    let hints = tracer.hints.into_inner();
    for one in &mut found {
        let near = std::mem::take(&mut one.hints);
        for hint in near.iter().chain(&hints) {
            if one.hints.len() < MOST_HINTS && !one.hints.contains(hint) {
                one.hints.push(hint.clone());
            }
        }
    }
    found.sort_by(|left, right| right.rank.cmp(&left.rank).then_with(|| left.paths.cmp(&right.paths)));
    let mut seen: Vec<Vec<Path>> = Vec::new();
    found.retain(|one| {
        let is_new = !seen.contains(&one.paths);
        seen.push(one.paths.clone());
        is_new
    });
    found
}

/// What all looks of one solution share.
struct Tracer<'a> {
    names: &'a Names<'a>,
    input: &'a Json,
    work: Cell<usize>,
    tests: Cell<usize>,
    hints: RefCell<Vec<Json>>,
    /// What was found out about rules that take nothing, by their names.
    origins: RefCell<BTreeMap<String, Vec<Origin>>>,
    truths: RefCell<BTreeMap<String, Option<bool>>>,
}
