//! What a statement reads: a literal comes in, candidates go out.

use serde_json::Value as Json;

use super::hints::mentions;
use super::mood::Mood;
use super::origin::{Origin, Relation};
use super::scope::Scope;
use super::value::constant;
use super::{MOST_DEPTH, MOST_WORK, Tracer};
use crate::evaluate::rego::{Expr, Form, Literal, Rule, Statement};
use crate::model::{Candidate, Shared};

impl<'a> Tracer<'a> {
    pub(super) fn statement(
        &self,
        scope: &Scope<'a>,
        statement: &'a Statement,
        mood: Mood<'a>,
        found: &mut Vec<Candidate<'a>>,
    ) {
        let depth = mood.depth;
        self.as_given(scope, statement, depth, || self.says(scope, statement, mood, found));
    }

    fn says(&self, scope: &Scope<'a>, statement: &'a Statement, mood: Mood<'a>, found: &mut Vec<Candidate<'a>>) {
        match &statement.literal {
            Literal::Some(_) => {}
            Literal::SomeIn(key, value, collection) => {
                let members = self.members(scope, collection, key.as_ref(), Some(value), mood.depth);
                let is_test = value.constant().is_some();
                let weak = Mood { is_tested: is_test, ..mood.clone() };
                // Of words that are put together elsewhere, what is asked there is why.
                if members.iter().any(|origin| origin.relation != Relation::Itself) {
                    self.made(scope, collection, &Mood { is_tested: false, ..mood.clone() }, found);
                }
                let less = if is_test { 0 } else { 14 };
                members.iter().for_each(|origin| self.add(origin, &weak, -less, found));
                // Where a member is sought and none is found, it is missing from the collection.
                if mood.is_negated || mood.depth > 0 {
                    self.add_collection(self.origins(scope, collection, mood.depth), &mood, found);
                }
            }
            Literal::Holds(Expr::Binary(":=", _, value)) => self.named(scope, value, mood, found),
            Literal::Holds(expr) => self.look(scope, expr, Mood { is_tested: true, is_named: false, ..mood }, found),
            Literal::Not(expr) => {
                // A function without its argument has no value, whether that is negated or not.
                let is_negated = mood.is_negated == self.is_undefined(scope, expr, mood.depth);
                self.look(scope, expr, Mood { is_tested: true, is_named: false, is_negated, ..mood }, found);
            }
            Literal::Every(_, value, domain, body) => {
                let mut inner = scope.open();
                let members = self.members(scope, domain, None, None, mood.depth);
                inner.values.retain(|name| *name != value);
                inner.origins.insert(value, members.into());
                self.bind(&mut inner, body, mood.depth + 1);
                inner.settle();
                body.iter().for_each(|statement| self.statement(&inner, statement, mood.clone(), found));
            }
        }
    }

    /// A statement of a rule, behind others. `x = …` gives a name where `x` is new.
    pub(super) fn statement_of(
        &self,
        scope: &Scope<'a>,
        rule: &'a Rule,
        before: &'a [Statement],
        statement: &'a Statement,
        mood: Mood<'a>,
        found: &mut Vec<Candidate<'a>>,
    ) {
        if let Literal::Holds(Expr::Binary("=", name, value)) = &statement.literal
            && let Some(name) = name.var()
            && value.constant().is_none()
            && !rule.parameters().iter().any(|parameter| parameter.variables().contains(name))
            && !before.iter().any(|other| mentions(other, name))
        {
            let depth = mood.depth;
            return self.as_given(scope, statement, depth, || self.named(scope, value, mood, found));
        }
        self.statement(scope, statement, mood, found);
    }

    fn named(&self, scope: &Scope<'a>, value: &'a Expr, mood: Mood<'a>, found: &mut Vec<Candidate<'a>>) {
        self.look(scope, value, Mood { is_named: true, is_tested: false, ..mood }, found);
    }

    /// The places that an expression looks at.
    pub(super) fn look(&self, scope: &Scope<'a>, expr: &'a Expr, mood: Mood<'a>, found: &mut Vec<Candidate<'a>>) {
        if mood.depth > MOST_DEPTH || self.work.get() > MOST_WORK {
            return;
        }
        match expr {
            Expr::Binary(operator @ ("=" | "==" | "!=" | "<" | "<=" | ">" | ">="), left, right) => {
                let is_read =
                    |side: &'a Expr| matches!(side, Expr::Ref(..)) && !self.origins(scope, side, mood.depth).is_empty();
                let constant = |side: &'a Expr| if is_read(side) { None } else { self.value(scope, side) };
                let (of_left, of_right) = (constant(left), constant(right));
                let before = found.len();
                let test = mood.test(operator, vec![None, of_right.clone()]);
                self.look(scope, left, test.with(of_right), found);
                let between = found.len();
                let test = mood.test(operator, vec![of_left.clone(), None]);
                self.look(scope, right, test.with(of_left), found);
                let joins = matches!(*operator, "=" | "==") && !mood.is_negated;
                self.both(found, before, between, joins);
            }
            Expr::In(_, value, collection) => {
                let wanted = self.value(scope, value);
                let members = if mood.is_negated {
                    vec![]
                } else {
                    self.members(scope, collection, None, Some(value), mood.depth)
                };
                members.iter().for_each(|origin| self.add(origin, &mood, 2, found));
                self.look(scope, collection, mood.with(wanted), found);
                let all = collection.constant().and_then(|all| all.as_array()?.first().cloned().map(Shared::from));
                self.look(scope, value, mood.with(all), found);
            }
            Expr::Call(name, arguments, _) => self.look_call(scope, name, arguments, mood, found),
            Expr::Comprehension(_, _, term, body) => {
                let mut inner = scope.open();
                self.bind(&mut inner, body, mood.depth + 1);
                inner.settle();
                // It collects what is there: what is not there is no fault, whatever is made of the collection.
                let mood =
                    Mood { depth: mood.depth + 1, weight: mood.weight - 1, is_negated: false, test: None, ..mood };
                body.iter().for_each(|statement| self.statement(&inner, statement, mood.clone(), found));
                self.look(&inner, term, mood, found);
            }
            Expr::Var(name) => {
                self.helper(scope, name, &[], &mood, found);
                self.add_all(self.origins(scope, expr, mood.depth), &mood, found);
            }
            Expr::Ref(base, steps) => {
                if matches!(**base, Expr::Call(..)) {
                    self.made(scope, base, &mood, found);
                }
                if let Some(name) = base.var() {
                    if mood.is_negated && self.is_elsewhere(scope, name, steps, mood.depth) {
                        return;
                    }
                    self.helper(scope, name, steps, &mood, found);
                }
                // Whichever member it is, it is of this collection; what is sought by its name and not found is missing there.
                let (before, named) = match steps.as_slice() {
                    [before @ .., last, Expr::Scalar(Json::String(key))] if mood.is_negated && key == "name" => {
                        (Some((last, before)), Some(key))
                    }
                    _ => (steps.split_last(), None),
                };
                if let Some((last, before)) = before
                    && self.value(scope, last).is_none()
                {
                    let mut strong = Mood { weight: mood.weight + 2, ..mood.clone() };
                    if let Some(key) = named {
                        let element = |value: &Shared<'a>| Json::from_iter([(key.clone(), Json::clone(value))]).into();
                        strong.values = strong.values.iter().map(element).collect();
                        strong.weight += 8;
                    }
                    self.add_collection(self.reference(scope, base, before, mood.depth), &strong, found);
                }
                // What is sought among the keys of the policy: `teams[input.metadata.labels.team]`.
                if let Some((key, before)) = steps.split_last()
                    && !self.origins(scope, key, mood.depth).is_empty()
                    && self.reference(scope, base, before, mood.depth).is_empty()
                {
                    let first = self.keys(self.referred(scope, base, before)).into_iter().next();
                    self.look(scope, key, Mood { test: None, ..mood.with(first) }, found);
                }
                // A member at a written place (`command[0]`) says what something is.
                let is_first = matches!(steps.last(), Some(Expr::Number(_)));
                let mood = Mood { weight: mood.weight - if is_first { 8 } else { 0 }, ..mood };
                self.add_all(self.origins(scope, expr, mood.depth), &mood, found);
            }
            Expr::Binary("-", left, right) => {
                let mood = Mood { test: None, ..mood };
                let rest = self.origins(scope, expr, mood.depth);
                if rest.iter().any(Origin::is_member) {
                    rest.iter().for_each(|origin| self.add(origin, &mood, 0, found));
                } else {
                    self.look(scope, left, mood.clone(), found);
                }
                self.look(scope, right, mood, found);
            }
            other => {
                let mood = Mood { test: None, ..mood };
                other.parts().into_iter().for_each(|part| self.look(scope, part, mood.clone(), found));
            }
        }
    }

    pub(super) fn look_call(
        &self,
        scope: &Scope<'a>,
        name: &'a str,
        arguments: &'a [Expr],
        mood: Mood<'a>,
        found: &mut Vec<Candidate<'a>>,
    ) {
        let Some(function) = self.names.function(scope.module, name) else {
            let values = arguments.iter().filter_map(constant);
            let mood = values.fold(mood, |mood, value| mood.with(Some(value)));
            if name == "object.get" {
                let origins = self.call(scope, name, arguments, mood.depth);
                origins.iter().for_each(|origin| self.add(origin, &mood, 0, found));
            } else {
                for (at, argument) in arguments.iter().enumerate() {
                    let open =
                        |(other, one): (usize, &'a Expr)| if other == at { None } else { self.value(scope, one) };
                    let mood = mood.test(name, arguments.iter().enumerate().map(open).collect());
                    self.look(scope, argument, mood, found);
                }
            }
            return;
        };
        let mood = Mood { test: None, ..mood };
        let given = self.given(scope, arguments, mood.depth);
        for (module, rule) in self.names.rules(function) {
            let inner = self.inside(module, rule, &given, mood.depth + 1);
            self.body(&inner, rule, &mood, found);
            // Where its value is given a name, that name tells where it comes from.
            if let Form::Function(_, Some(value)) = &rule.form
                && !mood.is_named
            {
                self.look(&inner, value, Mood { depth: mood.depth + 1, ..mood.clone() }, found);
            }
        }
        // What it is given can be what another one says.
        for argument in arguments.iter().filter(|argument| self.is_said(scope, argument)) {
            self.look(scope, argument, Mood { depth: mood.depth + 1, weight: mood.weight - 1, ..mood.clone() }, found);
        }
        given.iter().flat_map(|one| &one.origins).for_each(|origin| self.add(origin, &mood, -6, found));
    }
}
