//! Variables that the engine takes for something else, and fails in the whole module: `some pod in …` where the module has a rule `pod`,
//! and `pod := …` behind a comprehension that has a `pod` of its own. The rule goes out with another name for the variable.

use std::collections::BTreeSet;

use super::change::Change;
use super::{Expr, Form, Literal, Module, Rule, Statement};

/// Gives such variables names of their own.
pub fn rename(rule: &mut Rule, module: &Module) {
    let rules = module.rules.iter().map(|rule| rule.root().to_owned());
    let globals: BTreeSet<String> = rules.chain(module.imports.iter().map(|import| import.name.clone())).collect();
    let mut comprehension = |expr: &mut Expr| {
        if let Expr::Comprehension(_, key, term, body) = expr {
            let heads = key.iter_mut().chain([term]).map(|head| &mut **head).collect();
            scope(body, heads, &globals);
        }
    };
    let mut every = |literal: &mut Literal| {
        if let Literal::Every(_, _, _, body) = literal {
            scope(body, vec![], &globals);
        }
    };
    Change { literal: &mut every, expr: &mut comprehension }.rule(rule);
    for (at, body) in rule.bodies.iter_mut().enumerate() {
        let head = match &mut rule.form {
            Form::Set(key) => Some(key),
            Form::Value(value) | Form::Function(_, value) => value.as_mut(),
            Form::Default(..) => None,
        };
        let mut heads: Vec<&mut Expr> = body.value.iter_mut().collect();
        heads.extend(head.filter(|_| at == 0));
        if let (0, Expr::Ref(_, steps)) = (at, &mut rule.name) {
            heads.extend(steps);
        }
        scope(&mut body.statements, heads, &globals);
    }
}

/// A body and what is said outside of it with its variables.
fn scope(body: &mut [Statement], mut heads: Vec<&mut Expr>, globals: &BTreeSet<String>) {
    let declared = body.iter().flat_map(|statement| match &statement.literal {
        Literal::SomeIn(key, value, _) => key.iter().chain([value]).flat_map(Expr::variables).collect(),
        _ => BTreeSet::new(),
    });
    let names: BTreeSet<String> = declared.filter(|name| globals.contains(*name)).map(str::to_owned).collect();
    if !names.is_empty() {
        rename_in(&names, |change| {
            body.iter_mut().for_each(|statement| change.statement(statement));
            heads.iter_mut().for_each(|head| change.one(head));
        });
    }
    for at in 0..body.len() {
        let names = taken_before(body, at);
        if names.is_empty() {
            continue;
        }
        rename_in(&names, |change| {
            let (before, after) = body.split_at_mut(at + 1);
            if let Some(Literal::Holds(Expr::Binary(_, left, _))) = before.last_mut().map(|own| &mut own.literal) {
                change.one(left);
            }
            after.iter_mut().for_each(|statement| change.statement(statement));
            heads.iter_mut().for_each(|head| change.one(head));
        });
    }
}

/// The variables that a statement declares (`:=`) and that a comprehension up to there has as its own.
fn taken_before(body: &[Statement], at: usize) -> BTreeSet<String> {
    let Some(Literal::Holds(Expr::Binary(":=", left, _))) = body.get(at).map(|statement| &statement.literal) else {
        return BTreeSet::new();
    };
    let mut taken = BTreeSet::new();
    let mut visit = |expr: &Expr| {
        if let Expr::Comprehension(_, key, term, inner) = expr {
            let mut variable = |expr: &Expr| taken.extend(expr.var().map(str::to_owned));
            key.iter().chain([term]).for_each(|head| head.each(&mut variable));
            inner.iter().for_each(|statement| statement.each(&mut variable));
        }
    };
    body.iter().take(at + 1).for_each(|statement| statement.each(&mut visit));
    left.variables().into_iter().filter(|name| taken.contains(*name)).map(str::to_owned).collect()
}

/// Gives variables other names where a change is made.
fn rename_in(names: &BTreeSet<String>, make: impl FnOnce(&mut Change<'_>)) {
    let renamed = |name: &mut String| {
        if names.contains(name) {
            *name = format!("__own_{name}");
        }
    };
    let mut variable = |expr: &mut Expr| {
        if let Expr::Var(name) = expr {
            renamed(name);
        }
    };
    let mut words = |literal: &mut Literal| match literal {
        Literal::Some(names) => names.iter_mut().for_each(renamed),
        Literal::Every(key, value, _, _) => key.iter_mut().chain([value]).for_each(renamed),
        _ => {}
    };
    make(&mut Change { literal: &mut words, expr: &mut variable });
}
