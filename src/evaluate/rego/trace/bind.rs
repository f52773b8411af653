//! What the statements of a body say of its variables: a scope comes in, and knows more when it goes out.

use serde_json::Value as Json;

use super::Tracer;
use super::mood::Test;
use super::origin::{Origin, Relation};
use super::scope::Scope;
use super::value::constant;
use crate::evaluate::rego::{Expr, Literal, Statement};
use crate::model::{Path, Shared, Step};

impl<'a> Tracer<'a> {
    /// Learns where the variables of a body come from.
    pub(super) fn bind<S>(&self, scope: &mut Scope<'a>, statements: S, depth: usize)
    where
        S: IntoIterator<Item = &'a Statement> + Clone,
    {
        scope.reopen();
        // Statements may stand in any order: two passes see what a later one binds.
        for _ in 0..2 {
            scope.has_learnt = false;
            for statement in statements.clone() {
                if statement.with.is_empty() {
                    self.bind_one(scope, statement, depth);
                } else {
                    let before = scope.open();
                    self.as_given(&before, statement, depth, || self.bind_one(scope, statement, depth));
                }
            }
            if !scope.has_learnt {
                return;
            }
        }
    }

    fn bind_one(&self, scope: &mut Scope<'a>, statement: &'a Statement, depth: usize) {
        match &statement.literal {
            // Of a variable of the solution that is known.
            Literal::Holds(Expr::Binary("=" | ":=", left, _))
                if left.var().is_some_and(|name| scope.origins.has(name)) => {}
            Literal::Holds(Expr::Binary("=" | ":=", left, right)) => {
                self.bind_pattern(scope, left, right, depth);
                // The name of a rule is no variable.
                let is_open = |name: &'a str| self.names.rule(scope.module, name, &[]).is_none();
                if left.var().is_none() || right.var().is_some_and(is_open) {
                    self.bind_pattern(scope, right, left, depth);
                }
                self.narrow(scope, left, right);
            }
            Literal::Holds(Expr::Call(name, arguments, _)) if name == "walk" => {
                if let [of, pair] = arguments.as_slice() {
                    self.bind_walk(scope, of, pair, depth);
                }
            }
            // `names[name]`, `lib.containers[container]`: one of them.
            Literal::Holds(Expr::Ref(base, steps)) => {
                if let Some((step @ Expr::Var(name), before)) = steps.split_last() {
                    self.bind_member(scope, base, before, (name, step), depth);
                }
            }
            Literal::SomeIn(_, value, _) if value.var().is_some_and(|name| scope.origins.has(name)) => {}
            Literal::SomeIn(key, value, collection) => {
                if let Some(name) = value.var() {
                    let of = self.items(scope, collection);
                    self.choose(scope, name, of);
                }
                let members = self.members(scope, collection, key.as_ref(), Some(value), depth);
                self.keep(scope, value, members);
            }
            _ => {}
        }
    }

    pub(super) fn keep(&self, scope: &mut Scope<'a>, pattern: &'a Expr, origins: Vec<Origin<'a>>) {
        match pattern {
            Expr::Var(name) if name != "input" && !origins.is_empty() && !scope.origins.has(name) => {
                let known = scope.values.get(name.as_str()).map(|known| &**known).unwrap_or_default();
                // What is known of a collection says nothing of its members.
                let is_one = !origins.iter().any(|origin| origin.relation == Relation::Made || origin.is_member());
                let origins = if is_one { self.fitting(origins, known) } else { origins };
                scope.comes_from(name, origins);
            }
            Expr::Array(items) => items.iter().enumerate().for_each(|(at, item)| {
                let parts = self.step(origins.clone(), &[Json::from(at).into()]);
                self.keep(scope, item, parts);
            }),
            Expr::Object(members) => members.iter().for_each(|(key, item)| {
                let parts = self.step(origins.clone(), constant(key).as_slice());
                self.keep(scope, item, parts);
            }),
            _ => {}
        }
    }

    pub(super) fn choose(&self, scope: &mut Scope<'a>, name: &'a str, values: Vec<Shared<'a>>) {
        if !values.is_empty() && name != "_" && !scope.values.has(name) {
            scope.can_be(name, values);
        }
    }

    fn bind_pattern(&self, scope: &mut Scope<'a>, pattern: &'a Expr, value: &'a Expr, depth: usize) {
        match (pattern, value) {
            (Expr::Array(_), Expr::Call(name, arguments, _)) if name == "walk" => {
                if let [of] = arguments.as_slice() {
                    self.bind_walk(scope, of, pattern, depth);
                }
            }
            (Expr::Array(patterns), Expr::Array(values)) if patterns.len() == values.len() => {
                let pairs = patterns.iter().zip(values);
                pairs.for_each(|(pattern, value)| self.bind_pattern(scope, pattern, value, depth));
            }
            (Expr::Var(_) | Expr::Array(_) | Expr::Object(_), value) => {
                let origins = self.origins(scope, value, depth);
                if let Some(name) =
                    pattern.var().filter(|_| origins.is_empty() || matches!(value, Expr::Call(..) | Expr::Array(_)))
                {
                    let values = self.values(scope, value);
                    self.choose(scope, name, values);
                }
                self.keep(scope, pattern, origins);
            }
            _ => {}
        }
    }

    fn bind_member(
        &self,
        scope: &mut Scope<'a>,
        base: &'a Expr,
        before: &'a [Expr],
        of: (&'a str, &'a Expr),
        depth: usize,
    ) {
        let (name, step) = of;
        let origins = self.reference(scope, base, before, depth);
        if origins.is_empty() {
            let keys = self.keys(self.referred(scope, base, before));
            self.choose(scope, name, keys);
        }
        // The variable is the member of a set; of what is in the input it is a key.
        let members = origins.into_iter().filter(Origin::is_member).collect();
        let members = self.step(members, &[]);
        self.keep(scope, step, members);
    }

    /// Of what a variable can be, what the tests of its body hold for; whether that leaves less.
    pub(super) fn select(&self, scope: &mut Scope<'a>, statements: &'a [Statement]) -> bool {
        let mut is_less = false;
        for statement in statements {
            let test = match &statement.literal {
                Literal::Holds(Expr::Binary(":=" | "=", _, made)) => made,
                Literal::Holds(expr) => expr,
                _ => continue,
            };
            let (name, arguments): (&str, Vec<&'a Expr>) = match test {
                Expr::Call(name, arguments, _) => (name, arguments.iter().collect()),
                Expr::Binary(operator, left, right) => (operator, vec![left, right]),
                _ => continue,
            };
            let several = |name: &&str| scope.origins.get(name).is_some_and(|origins| origins.len() > 1);
            let Some(variable) = arguments.iter().filter_map(|one| one.var()).find(several) else {
                continue;
            };
            let known = |one: &&'a Expr| if one.var() == Some(variable) { None } else { self.value(scope, one) };
            let Some(test) = Test::new(name, arguments.iter().map(known).collect()) else { continue };
            let Some(origins) = scope.origins.get(variable) else { continue };
            let holds = |origin: &&Origin| {
                let value = origin.place.value.filter(|_| origin.relation == Relation::Itself);
                value.is_some_and(|value| test.holds(value))
            };
            let fitting: Vec<Origin> = origins.iter().filter(holds).cloned().collect();
            if !fitting.is_empty() && fitting.len() < origins.len() {
                is_less = true;
                scope.comes_from(variable, fitting);
            }
        }
        is_less
    }

    /// `name := container.name`, where the name is known and the container can be one of several.
    fn narrow(&self, scope: &mut Scope<'a>, left: &'a Expr, right: &'a Expr) {
        for (known, made) in [(left, right), (right, left)] {
            if let (Some(name), Expr::Ref(..)) = (known.var(), made)
                && let Some([value]) = scope.values.get(name).map(|values| &**values)
            {
                let value = value.clone();
                self.unify(scope, made, &value);
            }
        }
    }

    /// Learns of the variables in an expression from the value that it has.
    pub(super) fn unify(&self, scope: &mut Scope<'a>, expr: &'a Expr, value: &Shared<'a>) {
        match expr {
            Expr::Var(name) => {
                scope.can_be(name, vec![value.clone()]);
            }
            Expr::Array(items) => {
                let parts = if value.is_array() { value.parts() } else { vec![] };
                items.iter().zip(&parts).for_each(|(item, value)| self.unify(scope, item, value));
            }
            Expr::Object(members) => {
                for (key, item) in members {
                    if let Some(value) = key.word().and_then(|key| value.part(|value| value.get(key))) {
                        self.unify(scope, item, &value);
                    }
                }
            }
            Expr::Ref(base, steps) => self.unify_reference(scope, base, steps, value),
            _ => {}
        }
    }

    fn unify_reference(&self, scope: &mut Scope<'a>, base: &'a Expr, steps: &'a [Expr], value: &Json) {
        let has = |origin: &Origin<'a>, rest: &'a [Expr], scope: &Scope<'a>| {
            let ends = self.along(scope, vec![origin.clone()], rest);
            ends.iter().any(|end| self.is(end, value))
        };
        // The base is one of several, or one step of the reference is.
        if let Some(name) = base.var()
            && let Some(origins) = scope.origins.get(name).filter(|origins| origins.len() > 1)
        {
            let fitting: Vec<Origin> = origins.iter().filter(|origin| has(origin, steps, scope)).cloned().collect();
            if !fitting.is_empty() {
                scope.comes_from(name, fitting);
            }
        }
        for (at, step) in steps.iter().enumerate() {
            let Some(name) = step.var().filter(|name| *name != "_" && !scope.values.has(*name)) else {
                continue;
            };
            let (before, rest) = (steps.get(..at).unwrap_or_default(), steps.get(at + 1..).unwrap_or_default());
            let all = self.along(scope, self.reference(scope, base, before, 0), std::slice::from_ref(step));
            let fitting = all.into_iter().filter(|origin| has(origin, rest, scope));
            let keys = fitting.filter_map(|origin| match origin.place.path.steps().last()? {
                Step::Key(key) => Some(Json::from(&**key)),
                Step::Index(index) => Some(Json::from(*index)),
            });
            let keys = keys.map(Shared::from).collect();
            self.choose(scope, name, keys);
        }
    }

    /// `walk(of, [path, value])`: the solution knows the path.
    fn bind_walk(&self, scope: &mut Scope<'a>, of: &'a Expr, pair: &'a Expr, depth: usize) {
        let Expr::Array(items) = pair else { return };
        let [path, value] = items.as_slice() else { return };
        let tail = match path {
            Expr::Array(parts) => {
                let part = |part| self.value(scope, part).map(|part| Json::clone(&part));
                parts.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| Json::Array(parts).into())
            }
            other => self.value(scope, other),
        };
        let Some(tail) = tail.and_then(|tail| Path::from_json(&tail)) else { return };
        let origins = self.origins(scope, of, depth).into_iter();
        let origins = origins.map(|origin| Origin { place: origin.place.along(tail.steps()), ..origin }).collect();
        self.keep(scope, value, origins);
    }
}
