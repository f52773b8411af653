//! Which parts of an input a clause looked at, from its text and the values of one solution: the references in its body, through
//! variables, helper rules and functions, as paths with a rank.

mod look;
mod origin;
mod rank;
mod scope;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::names::Names;
use super::{Expr, Literal, Module, Rule, Statement};
use crate::model::{Candidate, Known, Path};
use look::{Mood, constants};
use origin::Origin;
use scope::Scope;

/// How deep helpers may call each other here.
const MOST_DEPTH: usize = 10;
/// How much is looked at for one solution.
const MOST_WORK: usize = 20_000;
/// How many members of a collection are told apart where no variable says which one.
const MOST_MEMBERS: usize = 32;
/// How many constants of a clause and its helpers are tried as a repair.
const MOST_HINTS: usize = 12;

/// Looks into the solutions of one input.
pub struct Tracer<'a> {
    names: &'a Names<'a>,
    input: &'a Json,
    work: Cell<usize>,
    tests: Cell<usize>,
    hints: RefCell<Vec<Json>>,
    /// What was found out about rules that take nothing, by their names.
    origins: RefCell<BTreeMap<String, Vec<Origin>>>,
    truths: RefCell<BTreeMap<String, Option<bool>>>,
}

impl<'a> Tracer<'a> {
    /// For this input.
    pub fn new(names: &'a Names<'a>, input: &'a Json) -> Self {
        let (work, tests, hints) = (Cell::new(0), Cell::new(0), RefCell::default());
        Self { names, input, work, tests, hints, origins: RefCell::default(), truths: RefCell::default() }
    }

    /// The places that a clause looked at in one solution.
    pub fn candidates(&self, module: &'a Module, clause: &Rule, solution: &BTreeMap<String, Known>) -> Vec<Candidate> {
        self.work.set(0);
        self.hints.replace(constants(clause));
        let mut scope = Scope::new(module);
        for (name, known) in solution {
            match known {
                Known::Value(value) => {
                    scope.values.insert(name.clone(), vec![value.clone()]);
                }
                Known::At(steps) => {
                    let path = Path(steps.clone());
                    scope.values.extend(path.find(self.input).map(|value| (name.clone(), vec![value.clone()])));
                    scope.origins.insert(name.clone(), vec![Origin::itself(path)]);
                }
            }
        }
        candidates(self, module, clause, scope)
    }
}

fn candidates<'a>(tracer: &Tracer<'a>, module: &'a Module, clause: &Rule, mut scope: Scope<'a>) -> Vec<Candidate> {
    let names = tracer.names;
    let mut found = Vec::new();
    let only_told = told(clause);
    for body in &clause.bodies {
        tracer.bind(&mut scope, &body.statements, 0);
        let total = i32::try_from(body.statements.len()).unwrap_or(i32::MAX / 8);
        for (at, statement) in body.statements.iter().enumerate() {
            // Later statements say what is wrong, the first ones what is meant.
            let weight = 12 * i32::try_from(at + 1).unwrap_or(total) / total.max(1);
            let before = body.statements.get(..at).unwrap_or_default();
            let weight = match is_told(statement, &only_told) {
                // A function of the policies that has no value for this object keeps the clause silent.
                true if calls_own(names, module, statement) => weight - 8,
                true => continue,
                false => weight,
            };
            let mood = Mood { weight, ..Mood::default() };
            tracer.statement_of(&scope, clause, before, statement, mood, &mut found);
        }
    }
    let hints: Vec<Json> = tracer.hints.take().into_iter().take(MOST_HINTS).collect();
    found.iter_mut().for_each(|one| one.hints.clone_from(&hints));
    found.sort_by(|left, right| right.rank.cmp(&left.rank).then_with(|| left.paths.cmp(&right.paths)));
    let mut seen: Vec<Vec<Path>> = Vec::new();
    found.retain(|one| {
        let is_new = !seen.contains(&one.paths);
        seen.push(one.paths.clone());
        is_new
    });
    found
}

/// The variables of a body that nothing but the message uses.
fn told(clause: &Rule) -> Vec<&str> {
    let Some(body) = clause.bodies.first() else { return vec![] };
    let head: Vec<&str> = clause.head().into_iter().flat_map(Expr::variables).collect();
    let uses = |name: &str| {
        let mut many = 0;
        body.statements.iter().for_each(|statement| {
            statement.each(&mut |expr| many += usize::from(expr.var() == Some(name)));
        });
        many
    };
    head.into_iter().filter(|name| uses(name) == 1).collect()
}

fn is_told(statement: &Statement, told: &[&str]) -> bool {
    match &statement.literal {
        Literal::Holds(Expr::Binary("=" | ":=", left, right)) => {
            let is_built = matches!(**right, Expr::Call(..) | Expr::Object(_) | Expr::Scalar(_) | Expr::Array(_));
            is_built && left.var().is_some_and(|name| told.contains(&name))
        }
        _ => false,
    }
}

fn calls_own(names: &Names<'_>, module: &Module, statement: &Statement) -> bool {
    match &statement.literal {
        Literal::Holds(Expr::Binary(_, _, value)) => {
            matches!(&**value, Expr::Call(name, ..) if names.function(module, name).is_some())
        }
        _ => false,
    }
}
