//! A clause as it is evaluated to tell why it holds: every variable in it has a name.

use crate::evaluate::rego::{Expr, Literal, Rule};

/// What begins the names that stand for `_`.
const NAMELESS: &str = "__any";

/// The rule with a name in place of every `_` that is bound, and a key in every `some x in …`.
pub fn named(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    let mut count = 0;
    let mut fresh = || {
        count += 1;
        Expr::Var(format!("{NAMELESS}{count}"))
    };
    for statement in rule.bodies.iter_mut().flat_map(|body| &mut body.statements) {
        match &mut statement.literal {
            Literal::SomeIn(key, value, collection) => {
                name(value, &mut fresh);
                name(collection, &mut fresh);
                match key {
                    Some(key) => name(key, &mut fresh),
                    None => *key = Some(fresh()),
                }
            }
            Literal::Holds(expr) => name(expr, &mut fresh),
            _ => {}
        }
    }
    rule
}

fn name(expr: &mut Expr, fresh: &mut dyn FnMut() -> Expr) {
    match expr {
        Expr::Var(var) if var == "_" => *expr = fresh(),
        Expr::Array(items) | Expr::Set(items) | Expr::Call(_, items, _) => {
            items.iter_mut().for_each(|item| name(item, fresh));
        }
        Expr::Object(members) => members.iter_mut().for_each(|(_, value)| name(value, fresh)),
        Expr::Ref(base, steps) => {
            name(base, fresh);
            steps.iter_mut().for_each(|step| name(step, fresh));
        }
        Expr::Binary(_, left, right) => [left, right].into_iter().for_each(|expr| name(expr, fresh)),
        Expr::In(key, value, collection) => {
            key.iter_mut().chain([value, collection]).for_each(|expr| name(expr, fresh));
        }
        _ => {}
    }
}
