//! For each clause a rule beside it that says not only what it found but with which values: the same body, every `_` by a name.

use serde_json::{Map, Value as Json};

use crate::evaluate::engine;
use crate::evaluate::rego::names::Names;
use crate::evaluate::rego::print::Printer;
use crate::evaluate::rego::{Expr, Form, Literal, Module, Rule, safety};

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

/// The text of the witness of a clause, a rule of its module.
pub fn text(names: &Names<'_>, module: &Module, rule: &Rule, name: &str) -> Option<String> {
    let rule = named(rule);
    let value = match &rule.form {
        Form::Set(key) => key.clone(),
        Form::Value(Some(value)) => value.clone(),
        _ => return None,
    };
    let members = safety::bound(names, &engine::arity, module, &rule).into_iter();
    let members = members.map(|name| (Expr::text(name.as_str()), Expr::Var(name)));
    let key = Expr::Object(vec![(Expr::text("value"), value), (Expr::text("names"), Expr::Object(members.collect()))]);
    let witness = Rule { name: Expr::Var(name.to_owned()), form: Form::Set(key), ..rule };
    let mut out = Printer::new(module.hoists);
    out.rule(&witness);
    Some(out.text)
}

/// Reads one solution of it.
pub fn one(value: Json) -> Option<Witness> {
    let Json::Object(mut members) = value else { return None };
    let names = match members.remove("names") {
        Some(Json::Object(names)) => names,
        _ => Map::new(),
    };
    Some(Witness { value: members.remove("value")?, names })
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
