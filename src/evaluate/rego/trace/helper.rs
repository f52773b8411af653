//! What the rules and functions read that a statement asks: candidates go out.

use std::rc::Rc;

use serde_json::Value as Json;

use super::mood::Mood;
use super::origin::{Origin, Relation};
use super::scope::Scope;
use super::{MOST_HINTS, Tracer};
use crate::evaluate::rego::{Expr, Form, Module, Rule};
use crate::model::{Candidate, Shared};

/// How much less likely it is that a test of the same name in another file is meant.
const ELSEWHERE: i32 = 30;

impl<'a> Tracer<'a> {
    /// What is looked at where a collection is made: in a function or a rule, in the rules that it joins.
    pub(super) fn made(
        &self,
        scope: &Scope<'a>,
        collection: &'a Expr,
        mood: &Mood<'a>,
        found: &mut Vec<Candidate<'a>>,
    ) {
        if !self.works(mood.depth) {
            return;
        }
        let deeper = Mood { depth: mood.depth + 1, ..mood.clone() };
        if let Expr::Call(name, arguments, _) = collection
            && self.names.function(scope.module, name).is_none()
        {
            return arguments.iter().for_each(|one| self.made(scope, one, &deeper, found));
        }
        self.look(scope, collection, mood.clone(), found);
        let rule = self.names.rule_in(scope.module, collection);
        for (module, rule) in rule.into_iter().flat_map(|(name, _)| self.names.rules(name)) {
            if let Form::Value(Some(value)) = &rule.form {
                let inner = self.inside(module, rule, &[], deeper.depth);
                self.made(&inner, value, &deeper, found);
            }
        }
    }

    /// What a helper rule looks at.
    pub(super) fn helper(
        &self,
        scope: &Scope<'a>,
        base: &'a str,
        steps: &'a [Expr],
        mood: &Mood<'a>,
        found: &mut Vec<Candidate<'a>>,
    ) {
        if scope.origins.has(base) {
            return;
        }
        let Some((name, taken)) = self.names.rule(scope.module, base, steps) else { return };
        let mood = Mood { test: None, ..mood.clone() };
        let asked = self.asked(scope, steps.get(taken), mood.depth);
        let given = std::slice::from_ref(&asked);
        let inner = |(module, rule): (&'a Module, &'a Rule)| {
            let given = if rule.parameters().is_empty() { given } else { &[] };
            (self.inside(module, rule, given, mood.depth + 1), rule)
        };
        let rules: Vec<(Rc<Scope<'a>>, &'a Rule)> = self.names.rules(name).map(inner).collect();
        let is_default = |rule: &'a Rule| matches!(rule.form, Form::Default(..));
        // It has the value that it has without them because none of its branches holds.
        let falls_back = rules.iter().any(|(_, rule)| is_default(rule))
            && rules.iter().all(|(inner, rule)| is_default(rule) || self.is_out(inner, rule, mood.depth));
        let is_negated = mood.is_negated || falls_back;
        let mood = Mood { is_negated, ..mood };
        // A test that several files of a package define under one name is meant as the file has it that asks.
        let is_own = |inner: &Scope<'a>| std::ptr::eq(inner.module, scope.module);
        let is_test = |rule: &'a Rule| match &rule.form {
            Form::Value(value) => value.as_ref().is_none_or(|value| *value == Expr::Scalar(Json::Bool(true))),
            _ => false,
        };
        let has_own = rules.iter().any(|(inner, rule)| is_own(inner) && is_test(rule));
        for (inner, rule) in rules {
            let less = if has_own && is_test(rule) && !is_own(&inner) { ELSEWHERE } else { 0 };
            self.body(&inner, rule, &Mood { weight: mood.weight - less, ..mood.clone() }, found);
        }
    }

    /// Whether an expression calls a built-in function with what is not in the input.
    pub(super) fn is_undefined(&self, scope: &Scope<'a>, expr: &'a Expr, depth: usize) -> bool {
        let Expr::Call(name, arguments, _) = expr else { return false };
        let is_absent = |argument: &'a Expr| {
            let origins = self.origins(scope, argument, depth);
            let is_gone = |one: &Origin<'a>| one.relation == Relation::Itself && one.place.value.is_none();
            !origins.is_empty() && origins.iter().all(is_gone)
        };
        self.names.function(scope.module, name).is_none() && arguments.iter().any(is_absent)
    }

    /// Whether a reference goes into a value of the policy that only objects of another kind have.
    pub(super) fn is_elsewhere(&self, scope: &Scope<'a>, base: &'a str, steps: &'a [Expr], depth: usize) -> bool {
        let name = self.names.rule(scope.module, base, steps).filter(|(_, taken)| *taken < steps.len());
        let is_out = |(module, rule): (&'a Module, &'a Rule)| {
            matches!(rule.form, Form::Value(_)) && self.is_out(&self.inside(module, rule, &[], depth + 1), rule, depth)
        };
        name.is_some_and(|(name, _)| !scope.origins.has(base) && self.names.rules(name).all(is_out))
    }

    /// Whether an expression is what a rule or a function says, and no place.
    pub(super) fn is_said(&self, scope: &Scope<'a>, expr: &'a Expr) -> bool {
        let base = if let Expr::Ref(base, _) = expr { base } else { expr };
        match expr {
            Expr::Call(..) | Expr::Binary(..) | Expr::In(..) => true,
            _ if base.var().is_some_and(|name| scope.origins.has(name)) => false,
            _ => self.names.rule_in(scope.module, expr).is_some(),
        }
    }

    pub(super) fn body(&self, scope: &Scope<'a>, rule: &'a Rule, mood: &Mood<'a>, found: &mut Vec<Candidate<'a>>) {
        // What is known to fail is no reason, unless that it fails is; and what is about other objects never is.
        let is_out = if mood.is_negated {
            !rule.bodies.is_empty() && rule.bodies.iter().all(|body| self.is_foreign(scope, body, mood.depth))
        } else {
            self.is_out(scope, rule, mood.depth)
        };
        if is_out {
            return;
        }
        let given = scope
            .values
            .values()
            .flat_map(|values| values.iter())
            .filter(|value| value.is_string() || value.is_number())
            .cloned();
        let own: Vec<Shared<'a>> = given.chain(self.near(scope.module, rule).iter().cloned()).collect();
        self.hints.borrow_mut().extend(own.iter().cloned());
        // What a helper collects is compared where it is called.
        let near = own.iter().chain(mood.near.iter()).take(MOST_HINTS).cloned().collect::<Vec<_>>();
        let mood = Mood { depth: mood.depth + 1, weight: mood.weight - 1, near: near.into(), ..mood.clone() };
        for body in &rule.bodies {
            for (at, statement) in body.statements.iter().enumerate() {
                let before = body.statements.get(..at).unwrap_or_default();
                self.statement_of(scope, rule, before, statement, mood.clone(), found);
            }
        }
    }
}
