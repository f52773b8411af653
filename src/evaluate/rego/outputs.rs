//! Heads and terms of comprehensions that iterate (`names contains input.items[_].name`): the same with the iteration in the body, so that a
//! solution tells which member it was.

use super::change::Change;
use super::{Body, Expr, Form, Literal, Rule, Statement};

/// Brings what iterates in the outputs of a rule into its bodies.
pub fn bring_in(rule: &mut Rule) {
    let (line, mut count) = (rule.line, 0);
    let mut comprehension = |expr: &mut Expr| {
        if let Expr::Comprehension(_, key, term, body) = expr {
            // Of an object only the value, for the key of one is a name most often.
            if key.is_none() {
                body.extend(replace(term, line, &mut count));
            }
        }
    };
    Change { literal: &mut |_| {}, expr: &mut comprehension }.rule(rule);
    let output = match &mut rule.form {
        Form::Set(key) => Some(key),
        Form::Value(value) | Form::Function(_, value) => value.as_mut(),
        Form::Default(..) => None,
    };
    let last = rule.bodies.first().and_then(|body| body.statements.last()).map_or(line, |last| last.line);
    let statements = output.map(|output| replace(output, last, &mut count)).unwrap_or_default();
    match rule.bodies.first_mut() {
        Some(body) => body.statements.extend(statements),
        None if statements.is_empty() => {}
        None => rule.bodies.push(Body { value: None, statements }),
    }
}

/// Puts names in the place of an output that iterates and of the calls in it, each of which may bind what another one needs; the
/// statements that bind the names.
fn replace(output: &mut Expr, line: u32, count: &mut usize) -> Vec<Statement> {
    let mut statements = Vec::new();
    if iterates(output) {
        let mut name = |expr: &mut Expr| {
            *count += 1;
            let name = Expr::Var(format!("__output{count}"));
            let value = std::mem::replace(expr, name.clone());
            let binding = Expr::Binary(":=", Box::new(name), Box::new(value));
            statements.push(Statement::new(line, Literal::Holds(binding)));
        };
        calls(output, &mut name);
        name(output);
    }
    statements
}

/// The calls among the members of an output.
fn calls(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    match expr {
        Expr::Array(items) | Expr::Set(items) => items.iter_mut().for_each(|item| member(item, visit)),
        Expr::Object(members) => members.iter_mut().for_each(|(_, value)| member(value, visit)),
        _ => {}
    }
}

fn member(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    if matches!(expr, Expr::Call(..)) { visit(expr) } else { calls(expr, visit) }
}

fn iterates(expr: &Expr) -> bool {
    match expr {
        Expr::Ref(base, steps) => iterates(base) || steps.iter().any(|step| step.constant().is_none()),
        Expr::Comprehension(..) => false,
        _ => expr.parts().into_iter().any(iterates),
    }
}
