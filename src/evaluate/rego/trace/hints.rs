//! What a repair may be made of: a rule comes in, the constants go out that what it tests may have to be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value as Json;

use super::value::constant;
use super::{Constants, Tracer};
use crate::evaluate::rego::names::{self, Names};
use crate::evaluate::rego::{Expr, Literal, Module, Rule, Statement};
use crate::model::Shared;

/// How many members of a constant collection are taken.
const MOST_MEMBERS: usize = 12;

/// What the texts of rules tell, whatever the input: found out when it is first asked for. A rule or an expression is known by where it
/// lies; none moves while the policies are in use.
#[derive(Default)]
pub struct Clues {
    clauses: RwLock<BTreeMap<usize, Arc<Clue>>>,
    rules: RwLock<BTreeMap<usize, Constants<'static>>>,
    collections: RwLock<BTreeMap<usize, Option<Shared<'static>>>>,
}

/// What the text of a clause tells.
pub(super) struct Clue {
    /// Its constants, without what is only told.
    pub near: Constants<'static>,
    /// Of each body, its statements.
    pub bodies: Vec<Vec<Purpose>>,
}

/// What a statement of a clause is for.
pub(super) struct Purpose {
    /// Whether it does nothing but make a part of the message, and whether that is right in the head.
    pub is_told: bool,
    pub is_in_head: bool,
    /// Whether it gives a name to what a function of the policies says.
    pub calls_own: bool,
    /// Whether it does more than give something a name.
    pub is_test: bool,
    /// The variables in it.
    pub variables: BTreeSet<String>,
}

impl<'a> Tracer<'a> {
    /// What the text of a clause tells.
    pub(super) fn clue(&self, module: &'a Module, clause: &'a Rule) -> Arc<Clue> {
        known(&self.clues.clauses, clause, || {
            let (in_head, only_told) = told(clause);
            let near = self.constants(module, clause, &only_told, constants(clause, &only_told));
            let purpose = |statement: &'a Statement| Purpose {
                is_told: is_told(statement, &only_told),
                is_in_head: is_told(statement, &in_head),
                calls_own: calls_own(self.names, module, statement),
                is_test: is_test(statement),
                variables: words(statement).into_iter().map(str::to_owned).collect(),
            };
            let bodies = clause.bodies.iter().map(|body| body.statements.iter().map(purpose).collect()).collect();
            Arc::new(Clue { near, bodies })
        })
    }

    /// The constant that an expression is.
    pub(super) fn constant(&self, expr: &'a Expr) -> Option<Shared<'a>> {
        match expr {
            Expr::Array(_) | Expr::Set(_) | Expr::Object(_) => {
                known(&self.clues.collections, expr, || expr.constant().map(Shared::from))
            }
            plain => constant(plain),
        }
    }

    /// The constants of a rule and of the constant collections that it names.
    pub(super) fn near(&self, module: &'a Module, rule: &'a Rule) -> Constants<'a> {
        known(&self.clues.rules, rule, || {
            let value = rule.head().into_iter().filter_map(constant).filter(|value| !value.is_boolean());
            let own = constants(rule, &[]).into_iter().chain(value.flat_map(|value| scalars(&value)));
            self.constants(module, rule, &[], own.collect())
        })
    }

    /// These constants, and those of the constant collections that a rule names.
    fn constants(
        &self,
        module: &'a Module,
        rule: &'a Rule,
        told: &[&str],
        mut found: Vec<Shared<'a>>,
    ) -> Constants<'static> {
        // It is the same for every input, however much was looked at.
        let work = self.work.replace(0);
        let locals = names::locals(rule);
        each(rule, told, &mut |expr| {
            let base = if let Expr::Ref(base, _) = expr { base } else { expr };
            let is_local = base.var().is_some_and(|name| locals.contains(name));
            let rule = self.names.rule_in(module, expr).filter(|_| !is_local);
            for value in rule.and_then(|(name, _)| self.constant_rule(name)).unwrap_or_default() {
                found.extend(scalars(&value).into_iter().take(MOST_MEMBERS));
            }
        });
        self.work.set(work);
        found.into_iter().map(|value| Shared::from(Json::clone(&value))).collect()
    }
}

/// What is known of a part of the policies; found out where nothing is.
fn known<T: Clone, P>(all: &RwLock<BTreeMap<usize, T>>, part: &P, find: impl FnOnce() -> T) -> T {
    let key = std::ptr::from_ref(part).addr();
    let known = all.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    known.unwrap_or_else(|| {
        let found = find();
        all.write().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        found
    })
}

/// The variables of a clause that nothing but its message uses: those that are right in its head, and all.
fn told(clause: &Rule) -> (Vec<&str>, Vec<&str>) {
    let Some(body) = clause.bodies.first() else { return (vec![], vec![]) };
    let statements: Vec<(&Statement, BTreeSet<&str>)> =
        body.statements.iter().map(|statement| (statement, words(statement))).collect();
    let mut told: Vec<&str> = Vec::new();
    let mut new: BTreeSet<&str> = clause.head().into_iter().flat_map(Expr::variables).collect();
    let mut first = None;
    loop {
        let is_read = |name: &&str| {
            let others = statements.iter().filter(|(statement, _)| !is_told(statement, &told));
            // One statement has it besides what is told: the one that makes it.
            !told.contains(name) && others.filter(|(_, words)| words.contains(name)).count() == 1
        };
        let more: Vec<&str> = new.iter().copied().filter(is_read).collect();
        if more.is_empty() {
            return (first.unwrap_or_default(), told);
        }
        told.extend(&more);
        first.get_or_insert(more);
        let makers = statements.iter().map(|(statement, _)| statement).filter(|one| is_told(one, &told));
        new = makers.flat_map(|one| one.expressions()).flat_map(Expr::variables).collect();
    }
}

/// The variables in a statement, with those in comprehensions.
fn words(statement: &Statement) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    statement.each(&mut |expr| found.extend(expr.var()));
    found
}

/// Whether a statement does nothing but make a part of the message.
fn is_told(statement: &Statement, told: &[&str]) -> bool {
    match &statement.literal {
        Literal::Holds(Expr::Binary("=" | ":=", left, right)) => {
            let is_built = matches!(
                **right,
                Expr::Call(..)
                    | Expr::Object(_)
                    | Expr::Scalar(_)
                    | Expr::Number(_)
                    | Expr::Array(_)
                    | Expr::Binary(..)
            );
            is_built && left.var().is_some_and(|name| told.contains(&name))
        }
        _ => false,
    }
}

/// Whether a statement does more than give something a name.
fn is_test(statement: &Statement) -> bool {
    match &statement.literal {
        Literal::Some(_) | Literal::SomeIn(..) | Literal::Holds(Expr::Binary(":=", ..)) => false,
        Literal::Holds(Expr::Binary("=", left, _)) => left.var().is_none(),
        Literal::Holds(_) | Literal::Not(_) | Literal::Every(..) => true,
    }
}

/// Whether a statement gives a name to what a function of the policies says.
fn calls_own(names: &Names<'_>, module: &Module, statement: &Statement) -> bool {
    match &statement.literal {
        Literal::Holds(Expr::Binary(_, _, value)) => {
            matches!(&**value, Expr::Call(name, ..) if names.function(module, name).is_some())
        }
        _ => false,
    }
}

/// Whether a variable is in a statement.
pub(super) fn mentions(statement: &Statement, name: &str) -> bool {
    let mut is_there = false;
    statement.each(&mut |expr| is_there |= expr.var() == Some(name));
    is_there
}

/// The strings and numbers of a rule, and `true` and `false`, without what is told and without the keys of
/// references and objects.
fn constants<'a>(rule: &'a Rule, told: &[&str]) -> Vec<Shared<'a>> {
    let (mut found, mut keys): (Vec<Shared<'a>>, Vec<Shared<'a>>) = (Vec::new(), Vec::new());
    each(rule, told, &mut |expr| match expr {
        Expr::Ref(_, path) => keys.extend(path.iter().filter_map(constant)),
        Expr::Object(members) => keys.extend(members.iter().filter_map(|(key, _)| constant(key))),
        Expr::Scalar(value) if !value.is_null() => found.push(Shared::There(value)),
        Expr::Number(_) => found.extend(constant(expr)),
        _ => {}
    });
    found.retain(|value| !keys.contains(value));
    found
}

fn each<'r>(rule: &'r Rule, told: &[&str], visit: &mut dyn FnMut(&'r Expr)) {
    let statements = rule.bodies.iter().flat_map(|body| &body.statements);
    statements.filter(|statement| !is_told(statement, told)).for_each(|statement| statement.each(visit));
}

/// A plain value, or those in a list.
fn scalars<'a>(value: &Shared<'a>) -> Vec<Shared<'a>> {
    match &**value {
        Json::Array(_) => value.parts().into_iter().filter(|item| !item.is_array() && !item.is_object()).collect(),
        Json::Object(members) => members.keys().map(|key| Json::from(key.as_str()).into()).collect(),
        _ => vec![value.clone()],
    }
}
