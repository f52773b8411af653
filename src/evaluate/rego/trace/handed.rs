//! Clauses that only hand on what other rules say (`deny contains msg if some msg in images.violations`): the clause comes in, the
//! places that the rules behind it looked at go out.

use serde_json::Value as Json;

use super::Tracer;
use super::scope::{Given, Scope};
use crate::evaluate::rego::template::{Message, Template};
use crate::evaluate::rego::{Expr, Form, Literal, Rule, Statement};
use crate::model::{Candidate, Shared};

impl<'a> Tracer<'a> {
    /// The places of the rules whose words a clause hands on; nothing when its words are its own.
    pub(super) fn handed_on(&self, scope: &Scope<'a>, clause: &'a Rule, depth: usize) -> Vec<Candidate<'a>> {
        let Form::Set(output) = &clause.form else { return vec![] };
        let Some(Some([said])) = output.var().map(|name| scope.values.get(name).map(|values| &**values)) else {
            return vec![];
        };
        let Some(words) = message(said).filter(|_| self.works(depth)) else { return vec![] };
        let statements = clause.bodies.iter().flat_map(|body| &body.statements);
        let sets = statements.filter_map(|statement| set(statement, output)).filter_map(|(base, steps)| {
            let (name, taken) = self.names.rule(scope.module, base, steps)?;
            (taken == steps.len()).then_some(name)
        });
        let rules = sets.flat_map(|name| self.names.rules(name));
        let of = |(module, rule)| {
            let given = Given { origins: vec![], values: vec![said.clone()] };
            let inner = self.inside(module, rule, &[given], depth + 1);
            self.ranked(rule, inner.open(), depth + 1)
        };
        let words = Message::new(words);
        rules.filter(|(_, rule)| Template::of(rule).fits(&words)).flat_map(of).collect()
    }
}

/// The set that a statement takes the output of its clause from.
fn set<'a>(statement: &'a Statement, output: &Expr) -> Option<(&'a str, &'a [Expr])> {
    match &statement.literal {
        Literal::SomeIn(_, value, Expr::Ref(base, steps)) if value == output => Some((base.var()?, steps)),
        Literal::SomeIn(_, value, Expr::Var(name)) if value == output => Some((name, &[])),
        Literal::Holds(Expr::Ref(base, steps)) => {
            let (last, before) = steps.split_last()?;
            (last == output).then_some((base.var()?, before))
        }
        _ => None,
    }
}

fn message<'v>(said: &'v Shared<'_>) -> Option<&'v str> {
    match &**said {
        Json::String(words) => Some(words),
        other => other.get("msg")?.as_str(),
    }
}
