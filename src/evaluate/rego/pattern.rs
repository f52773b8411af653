//! Patterns of objects (`{"name": name} := input.metadata`): an object and its pattern have the same keys in OPA; to the engine the object
//! may have others as well. A statement comes in, and goes out followed by what makes the pattern exact.

use super::{Body, Expr, Form, Literal, Rule, Statement};

/// The statements that say what this one says in OPA; `count` numbers the names that are needed.
pub fn exact(statement: &Statement, count: &mut usize) -> Vec<Statement> {
    let mut first = statement.clone();
    let (parts, op) = match &mut first.literal {
        Literal::SomeIn(_, pattern, _) => (apart(pattern, count), ":="),
        Literal::Holds(Expr::Binary(op @ ("=" | ":="), left, right)) if is_value(right) => (apart(left, count), *op),
        Literal::Holds(Expr::Binary("=", left, right)) if is_value(left) => (apart(right, count), "="),
        _ => (vec![], "="),
    };
    std::iter::once(first).chain(parts.into_iter().flat_map(|part| checks(part, op, statement.line))).collect()
}

/// A function whose parameters are such patterns: the same with names for them, and the patterns in its bodies.
pub fn exact_parameters(rule: &Rule, count: &mut usize) -> Option<Rule> {
    let Form::Function(parameters, _) = &rule.form else { return None };
    parameters.iter().any(has_object).then(|| {
        let mut rule = rule.clone();
        let Form::Function(parameters, _) = &mut rule.form else { return rule };
        let parts: Vec<_> = parameters.iter_mut().flat_map(|parameter| apart(parameter, count)).collect();
        let added: Vec<Statement> = parts.into_iter().flat_map(|part| checks(part, ":=", rule.line)).collect();
        if rule.bodies.is_empty() {
            rule.bodies.push(Body { value: None, statements: vec![] });
        }
        for body in &mut rule.bodies {
            body.statements = added.iter().chain(&body.statements).cloned().collect();
        }
        rule
    })
}

fn is_value(expr: &Expr) -> bool {
    matches!(expr, Expr::Ref(..) | Expr::Call(..))
}

fn has_object(expr: &Expr) -> bool {
    match expr {
        Expr::Object(_) => true,
        Expr::Array(items) => items.iter().any(has_object),
        _ => false,
    }
}

/// Takes the objects out of a pattern: the name that is put in the place of each, and its own pattern.
fn apart(pattern: &mut Expr, count: &mut usize) -> Vec<(Expr, Vec<(Expr, Expr)>)> {
    match pattern {
        Expr::Array(items) => items.iter_mut().flat_map(|item| apart(item, count)).collect(),
        Expr::Object(members) => {
            *count += 1;
            let name = Expr::Var(format!("__whole{count}"));
            let mut members = std::mem::take(members);
            let inner: Vec<_> = members.iter_mut().flat_map(|(_, value)| apart(value, count)).collect();
            *pattern = name.clone();
            std::iter::once((name, members)).chain(inner).collect()
        }
        _ => vec![],
    }
}

/// That an object has as many members as its pattern, and what they are; `:=` makes their variables new ones.
fn checks((name, members): (Expr, Vec<(Expr, Expr)>), op: &'static str, line: u32) -> Vec<Statement> {
    let many = Expr::Number(members.len().to_string());
    let count = Expr::Call("count".to_owned(), vec![name.clone()], line);
    let held = Expr::Binary("==", Box::new(count), Box::new(many));
    let member = |(key, value): (Expr, Expr)| {
        let is_new = value.variables().iter().any(|name| *name != "_");
        let found = Expr::Ref(Box::new(name.clone()), vec![key]);
        Expr::Binary(if is_new { op } else { "=" }, Box::new(value), Box::new(found))
    };
    let members = members.into_iter().map(member);
    std::iter::once(held).chain(members).map(|expr| Statement::new(line, Literal::Holds(expr))).collect()
}
