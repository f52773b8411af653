//! For each clause a rule beside it that says not only what it found but with which values: the same body, every `_` by a name.

use serde_json::{Map, Value as Json};

use crate::evaluate::rego::print::Printer;
use crate::evaluate::rego::{Expr, Form, Literal, Module, Rule, Statement};

/// What begins the names that stand for `_`.
const NAMELESS: &str = "__any";

/// One solution of a clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// What the clause says; of a rule whose value is a list, the list.
    pub value: Json,
    /// The variables of its body, by name.
    pub names: Map<String, Json>,
}

impl Witness {
    /// The results, one by one.
    pub fn said(&self) -> Vec<Json> {
        match &self.value {
            Json::Array(values) => values.clone(),
            value => vec![value.clone()],
        }
    }
}

/// The text of a module with the witness of a clause, and the clause as the witness has it.
pub fn module(module: &Module, rule: &Rule, name: &str) -> Option<(String, Rule)> {
    let rule = named(rule);
    let value = match &rule.form {
        Form::Set(key) => key.clone(),
        Form::Value(Some(value)) => value.clone(),
        _ => return None,
    };
    let body = rule.bodies.first()?;
    let names = body.statements.iter().flat_map(bound).filter(|name| !is_outer(module, name));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let members = names.iter().map(|name| (Expr::text(*name), Expr::Var((*name).to_owned())));
    let key = Expr::Object(vec![(Expr::text("value"), value), (Expr::text("names"), Expr::Object(members.collect()))]);
    let witness = Rule { name: Expr::Var(name.to_owned()), form: Form::Set(key), ..rule.clone() };
    let mut out = Printer::new(module.hoists);
    out.package(module);
    out.rule(&witness);
    Some((out.text, rule))
}

/// Reads what the rule of a witness holds.
pub fn read(value: &Json) -> Vec<Witness> {
    value.as_array().into_iter().flatten().filter_map(one).collect()
}

/// Reads one solution of it.
pub fn one(value: &Json) -> Option<Witness> {
    let names = value.get("names").and_then(Json::as_object).cloned().unwrap_or_default();
    Some(Witness { value: value.get("value")?.clone(), names })
}

/// Whether a name is that of a rule or an import beside the clause, and no variable of it.
fn is_outer(module: &Module, name: &str) -> bool {
    matches!(name, "input" | "data" | "_") || module.imports.iter().any(|import| import.name == name)
}

/// The variables that have a value when a statement holds.
fn bound(statement: &Statement) -> Vec<&str> {
    match &statement.literal {
        Literal::SomeIn(key, value, _) => key.iter().chain([value]).flat_map(Expr::variables).collect(),
        Literal::Holds(Expr::Binary("=" | ":=", left, right)) => {
            left.variables().into_iter().chain(indexes(right)).collect()
        }
        Literal::Holds(Expr::Call(name, arguments, _)) if name == "walk" => {
            arguments.iter().skip(1).flat_map(Expr::variables).collect()
        }
        Literal::Holds(expr) => indexes(expr),
        Literal::Some(_) | Literal::Not(_) | Literal::Every(..) => vec![],
    }
}

/// The variables in the brackets of references.
fn indexes(expr: &Expr) -> Vec<&str> {
    let mut found = Vec::new();
    let steps = match expr {
        Expr::Ref(_, steps) => steps.iter().filter_map(Expr::var).collect(),
        _ => vec![],
    };
    found.extend(steps);
    found.extend(expr.parts().into_iter().flat_map(indexes));
    found
}

/// A rule as its witness has it: with a name in place of every `_` that is bound, and a key in every `some x in …`.
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
