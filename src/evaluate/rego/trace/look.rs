//! What a statement reads: a literal comes in, candidates go out, through helper rules and functions.

use std::rc::Rc;

use serde_json::Value as Json;

use super::hints::mentions;
use super::mood::Mood;
use super::origin::{Origin, Relation};
use super::scope::Scope;
use super::value::constant;
use super::{MOST_DEPTH, MOST_HINTS, MOST_WORK, Tracer};
use crate::evaluate::rego::{Expr, Form, Literal, Module, Rule, Statement};
use crate::model::{Candidate, Shared};

/// How much less likely it is that a test of the same name in another file is meant.
const ELSEWHERE: i32 = 30;

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
                let weak =
                    Mood { weight: mood.weight - if is_test { 0 } else { 14 }, is_tested: is_test, ..mood.clone() };
                // Of words that are put together elsewhere, what is asked there is why.
                if members.iter().any(|origin| origin.relation != Relation::Itself) {
                    self.made(scope, collection, &Mood { is_tested: false, ..mood.clone() }, found);
                }
                members.into_iter().for_each(|origin| self.add(origin, &weak, found));
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
                inner.values.remove(value.as_str());
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
                let constant = |side: &'a Expr| self.value(scope, side).filter(|_| !is_read(side));
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
                let strong = Mood { weight: mood.weight + 2, ..mood.clone() };
                members.into_iter().for_each(|origin| self.add(origin, &strong, found));
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
                    rest.into_iter().for_each(|origin| self.add(origin, &mood, found));
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
                origins.into_iter().for_each(|origin| self.add(origin, &mood, found));
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
        let weak = Mood { weight: mood.weight - 6, ..mood };
        given.into_iter().flat_map(|one| one.origins).for_each(|origin| self.add(origin, &weak, found));
    }

    /// What is looked at where a collection is made: in a function or a rule, in the rules that it joins.
    fn made(&self, scope: &Scope<'a>, collection: &'a Expr, mood: &Mood<'a>, found: &mut Vec<Candidate<'a>>) {
        if !self.works(mood.depth) {
            return;
        }
        let name = match collection {
            Expr::Var(name) => self.names.rule(scope.module, name, &[]),
            Expr::Ref(base, steps) => base.var().and_then(|name| self.names.rule(scope.module, name, steps)),
            Expr::Call(name, arguments, _) if self.names.function(scope.module, name).is_none() => {
                let mood = Mood { depth: mood.depth + 1, ..mood.clone() };
                return arguments.iter().for_each(|one| self.made(scope, one, &mood, found));
            }
            _ => None,
        };
        self.look(scope, collection, mood.clone(), found);
        let mood = Mood { depth: mood.depth + 1, ..mood.clone() };
        for (module, rule) in name.into_iter().flat_map(|(name, _)| self.names.rules(name)) {
            if let Form::Value(Some(value)) = &rule.form {
                let inner = self.inside(module, rule, &[], mood.depth);
                self.made(&inner, value, &mood, found);
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
        if scope.origins.contains_key(base) {
            return;
        }
        let Some((name, _)) = self.names.rule(scope.module, base, steps) else { return };
        let mood = Mood { test: None, ..mood.clone() };
        let given = self.asked(scope, base, steps, mood.depth);
        let given = given.as_slice();
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
    fn is_undefined(&self, scope: &Scope<'a>, expr: &'a Expr, depth: usize) -> bool {
        let Expr::Call(name, arguments, _) = expr else { return false };
        let is_absent = |argument: &'a Expr| {
            let origins = self.origins(scope, argument, depth);
            let is_gone = |one: &Origin<'a>| one.relation == Relation::Itself && one.place.value.is_none();
            !origins.is_empty() && origins.iter().all(is_gone)
        };
        self.names.function(scope.module, name).is_none() && arguments.iter().any(is_absent)
    }

    /// Whether a reference goes into a value of the policy that only objects of another kind have.
    fn is_elsewhere(&self, scope: &Scope<'a>, base: &'a str, steps: &'a [Expr], depth: usize) -> bool {
        let name = self.names.rule(scope.module, base, steps).filter(|(_, taken)| *taken < steps.len());
        let is_out = |(module, rule): (&'a Module, &'a Rule)| {
            matches!(rule.form, Form::Value(_)) && self.is_out(&self.inside(module, rule, &[], depth + 1), rule, depth)
        };
        name.is_some_and(|(name, _)| !scope.origins.contains_key(base) && self.names.rules(name).all(is_out))
    }

    /// Whether an expression is what a rule or a function says, and no place.
    fn is_said(&self, scope: &Scope<'a>, expr: &'a Expr) -> bool {
        let is_rule = |name: &'a str, steps: &'a [Expr]| {
            !scope.origins.contains_key(name) && self.names.rule(scope.module, name, steps).is_some()
        };
        match expr {
            Expr::Call(..) | Expr::Binary(..) | Expr::In(..) => true,
            Expr::Var(name) => is_rule(name, &[]),
            Expr::Ref(base, steps) => base.var().is_some_and(|name| is_rule(name, steps)),
            _ => false,
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
