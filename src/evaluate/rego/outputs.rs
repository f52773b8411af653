//! Heads and terms of comprehensions that iterate (`names contains input.items[_].name`): the same with the iteration in the body. The
//! engine fails where such an output meets what has no members, and OPA has no output then.

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
    let Some(statement) = output.and_then(|output| replace(output, line, &mut count)) else { return };
    match rule.bodies.first_mut() {
        Some(body) => body.statements.push(Statement { line: body.end(line), ..statement }),
        None => rule.bodies.push(Body { value: None, statements: vec![statement] }),
    }
}

impl Body {
    fn end(&self, line: u32) -> u32 {
        self.statements.last().map_or(line, |last| last.line)
    }
}

/// Puts a name in the place of an output that iterates; the statement that binds it.
fn replace(output: &mut Expr, line: u32, count: &mut usize) -> Option<Statement> {
    if !iterates(output) {
        return None;
    }
    *count += 1;
    let name = Expr::Var(format!("__output{count}"));
    let value = std::mem::replace(output, name.clone());
    Some(Statement::new(line, Literal::Holds(Expr::Binary(":=", Box::new(name), Box::new(value)))))
}

fn iterates(expr: &Expr) -> bool {
    match expr {
        Expr::Ref(base, steps) => iterates(base) || steps.iter().any(|step| step.constant().is_none()),
        Expr::Comprehension(..) => false,
        _ => expr.parts().into_iter().any(iterates),
    }
}
