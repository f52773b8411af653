//! What a repair may be made of: a rule comes in, the constants go out that what it tests may have to be.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Tracer;
use super::scope::Scope;
use crate::evaluate::rego::names::Names;
use crate::evaluate::rego::{Expr, Literal, Module, Rule, Statement};

/// How many members of a constant collection are taken.
const MOST_MEMBERS: usize = 12;

impl<'a> Tracer<'a> {
    /// The constants of a rule and of the constant collections that it names; those of a clause without what is told.
    pub(super) fn near(&self, scope: &Scope<'a>, rule: &Rule, told: Option<&[&str]>) -> Vec<Json> {
        let mut found = constants(rule, told.unwrap_or_default());
        if told.is_none() {
            let value = rule.head().into_iter().filter_map(Expr::constant).filter(|value| !value.is_boolean());
            found.extend(value.flat_map(|value| scalars(&value)));
        }
        each(rule, told.unwrap_or_default(), &mut |expr| {
            let named = match expr {
                Expr::Var(name) => Some((name.as_str(), &[][..])),
                Expr::Ref(base, steps) => base.var().map(|name| (name, steps.as_slice())),
                _ => None,
            };
            let Some((name, steps)) = named.filter(|(name, _)| !scope.origins.contains_key(*name)) else { return };
            for value in self.constant_rule(scope, name, steps).unwrap_or_default() {
                found.extend(scalars(&value).into_iter().take(MOST_MEMBERS));
            }
        });
        found
    }
}

/// The variables of a clause that nothing but its message uses, those that are right in its head first.
pub(super) fn told(clause: &Rule) -> (Vec<&str>, Vec<&str>) {
    let head = clause.head().into_iter().flat_map(Expr::variables);
    let first = unused(clause, head.collect(), &[]);
    let mut told = first.clone();
    loop {
        let statements = clause.bodies.iter().flat_map(|body| &body.statements).filter(|one| is_told(one, &told));
        let new =
            unused(clause, statements.flat_map(Statement::expressions).flat_map(Expr::variables).collect(), &told);
        if new.is_empty() {
            return (first, told);
        }
        told.extend(new);
    }
}

/// Of some variables, those that one statement has besides what is told: the one that makes them.
fn unused<'r>(clause: &Rule, names: BTreeSet<&'r str>, told: &[&str]) -> Vec<&'r str> {
    let Some(body) = clause.bodies.first() else { return vec![] };
    let uses = |name: &str| body.statements.iter().filter(|one| !is_told(one, told) && mentions(one, name)).count();
    names.into_iter().filter(|name| !told.contains(name) && uses(name) == 1).collect()
}

/// Whether a statement does nothing but make a part of the message.
pub(super) fn is_told(statement: &Statement, told: &[&str]) -> bool {
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
pub(super) fn is_test(statement: &Statement) -> bool {
    match &statement.literal {
        Literal::Some(_) | Literal::SomeIn(..) | Literal::Holds(Expr::Binary(":=", ..)) => false,
        Literal::Holds(Expr::Binary("=", left, _)) => left.var().is_none(),
        Literal::Holds(_) | Literal::Not(_) | Literal::Every(..) => true,
    }
}

/// Whether a statement gives a name to what a function of the policies says.
pub(super) fn calls_own(names: &Names<'_>, module: &Module, statement: &Statement) -> bool {
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
fn constants(rule: &Rule, told: &[&str]) -> Vec<Json> {
    let (mut found, mut keys): (Vec<Json>, Vec<Json>) = (Vec::new(), Vec::new());
    each(rule, told, &mut |expr| match expr {
        Expr::Ref(_, path) => keys.extend(path.iter().filter_map(Expr::constant)),
        Expr::Object(members) => keys.extend(members.iter().filter_map(|(key, _)| key.constant())),
        Expr::Scalar(value) if !value.is_null() => found.push(value.clone()),
        Expr::Number(_) => found.extend(expr.constant()),
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
fn scalars(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items.iter().filter(|item| !item.is_array() && !item.is_object()).cloned().collect(),
        Json::Object(members) => members.keys().map(|key| Json::from(key.as_str())).collect(),
        other => vec![other.clone()],
    }
}
