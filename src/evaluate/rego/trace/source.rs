//! Where values come from: an expression comes in, the places of the input that it is made of go out.

use serde_json::Value as Json;

use super::origin::{Origin, Way, within};
use super::scope::{Given, Scope, input_import};
use super::value::constant;
use super::{MOST_DEPTH, MOST_MEMBERS, MOST_WORK, Tracer};
use crate::evaluate::rego::{Expr, Form, Module, Rule};
use crate::model::Path;

/// Functions whose value is their first argument, more or less.
const COPIES: [&str; 5] = ["json.patch", "json.remove", "json.filter", "object.remove", "object.filter"];

impl<'a> Tracer<'a> {
    /// Where the value of an expression comes from.
    pub(super) fn origins(&self, scope: &Scope<'a>, expr: &'a Expr, depth: usize) -> Vec<Origin<'a>> {
        if matches!(expr, Expr::Scalar(_) | Expr::Number(_)) || !self.works(depth) {
            return vec![];
        }
        if let Some(origins) = expr.var().filter(|name| *name != "input").and_then(|name| scope.origins.get(name)) {
            return origins.to_vec();
        }
        if let Some(known) = scope.known(expr).filter(|_| !self.is_given_input()) {
            return known;
        }
        let mut found = match expr {
            Expr::Var(name) if name == "input" => self.of_input(&Path::root()),
            Expr::Var(name) => match input_import(scope.module, name) {
                Some(path) => self.of_input(&path),
                None => match self.names.rule(scope.module, name, &[]) {
                    Some((rule, _)) => self.of_rule(rule, &Given::default(), depth),
                    None => vec![],
                },
            },
            Expr::Ref(base, steps) => self.reference(scope, base, steps, depth),
            Expr::Call(name, arguments, _) => self.call(scope, name, arguments, depth),
            Expr::Comprehension(_, key, term, body) => {
                let mut inner = scope.open();
                self.bind(&mut inner, body, depth + 1);
                inner.settle();
                let origins = self.origins(&inner, term, depth + 1);
                match key {
                    Some(key) => self.by_keys(origins, &self.origins(&inner, key, depth + 1)),
                    None => within(origins, &Way::Member),
                }
            }
            Expr::Set(items) => {
                let items = items.iter().flat_map(|item| self.origins(scope, item, depth));
                within(items.collect(), &Way::Member)
            }
            Expr::Array(items) => {
                let of = |(at, item): (usize, &'a Expr)| {
                    within(self.origins(scope, item, depth), &Way::Key(Json::from(at).into()))
                };
                items.iter().enumerate().flat_map(of).collect()
            }
            Expr::Object(members) => {
                let of = |(key, value): &'a (Expr, Expr)| {
                    let key = constant(key).or_else(|| self.value(scope, key));
                    within(self.origins(scope, value, depth), &key.map_or(Way::Any, Way::Key))
                };
                members.iter().flat_map(of).collect()
            }
            Expr::Binary("|" | "&" | "-", left, right) => {
                let sides = [left, right].map(|side| self.origins(scope, side, depth));
                let known = self.value(scope, right);
                self.of_sets(expr, sides, known.as_deref())
            }
            Expr::Binary(_, left, right) => {
                [left, right].into_iter().flat_map(|side| self.origins(scope, side, depth)).map(Origin::made).collect()
            }
            _ => vec![],
        };
        found.truncate(MOST_MEMBERS * 4);
        if self.work.get() <= MOST_WORK && !self.is_given_input() {
            scope.note(expr, &found);
        }
        found
    }

    /// Counts the work; whether there may be more.
    pub(super) fn works(&self, depth: usize) -> bool {
        self.work.set(self.work.get() + 1);
        self.work.get() <= MOST_WORK && depth <= MOST_DEPTH
    }

    pub(super) fn reference(
        &self,
        scope: &Scope<'a>,
        base: &'a Expr,
        steps: &'a [Expr],
        depth: usize,
    ) -> Vec<Origin<'a>> {
        if let Some(name) = base.var().filter(|name| *name != "input" && !scope.origins.has(*name))
            && input_import(scope.module, name).is_none()
            && let Some((rule, taken)) = self.names.rule(scope.module, name, steps)
        {
            let asked = self.asked(scope, steps.get(taken), depth);
            let origins = self.of_rule(rule, &asked, depth);
            return self.along(scope, origins, steps.get(taken..).unwrap_or_default());
        }
        let origins = self.origins(scope, base, depth);
        self.along(scope, origins, steps)
    }

    /// What a reference to a set of the policy asks it for: the key behind its name, if there is one.
    pub(super) fn asked(&self, scope: &Scope<'a>, key: Option<&'a Expr>, depth: usize) -> Given<'a> {
        key.and_then(|key| self.given(scope, std::slice::from_ref(key), depth).pop()).unwrap_or_default()
    }

    /// Where the value of a rule of this full name comes from.
    fn of_rule(&self, name: &'a str, asked: &Given<'a>, depth: usize) -> Vec<Origin<'a>> {
        let is_set = |(_, rule): (&Module, &Rule)| matches!(rule.form, Form::Set(_));
        let is_open = asked.values.is_empty() || !self.names.rules(name).any(is_set);
        let is_plain = is_open && !self.is_given_input();
        if let Some(known) = self.origins.borrow().get(name).filter(|_| is_plain) {
            return known.to_vec();
        }
        let mut found = Vec::new();
        for (module, rule) in self.names.rules(name) {
            let (value, is_member) = match &rule.form {
                Form::Set(key) => (Some(key), true),
                Form::Value(value) => (value.as_ref(), false),
                Form::Function(..) | Form::Default(..) => (None, false),
            };
            let given = if is_member { std::slice::from_ref(asked) } else { &[] };
            if value.is_none() && rule.bodies.iter().all(|body| body.value.is_none()) {
                continue;
            }
            let inner = self.inside(module, rule, given, depth + 1);
            let values = self.said(&inner, rule, value, depth + 1).into_iter();
            let origins = values.flat_map(|value| self.origins(&inner, value, depth + 1)).collect();
            let origins = if is_member { within(origins, &Way::Member) } else { origins };
            // `roles[id] := role` makes an object.
            let keys = keys(rule).iter().rev().map(|key| constant(key).map_or(Way::Any, Way::Key));
            found.extend(keys.fold(origins, |origins, way| within(origins, &way)));
        }
        if is_plain {
            self.origins.borrow_mut().insert(name, found.clone().into());
        }
        found
    }

    pub(super) fn call(
        &self,
        scope: &Scope<'a>,
        name: &'a str,
        arguments: &'a [Expr],
        depth: usize,
    ) -> Vec<Origin<'a>> {
        if let Some(function) = self.names.function(scope.module, name) {
            let given = self.given(scope, arguments, depth);
            let of = |(module, rule): (&'a Module, &'a Rule)| {
                let inner = self.inside(module, rule, &given, depth + 1);
                let values: Vec<&'a Expr> = match &rule.form {
                    Form::Function(_, value) => self.said(&inner, rule, value.as_ref(), depth + 1),
                    _ => vec![],
                };
                values.into_iter().flat_map(|value| self.origins(&inner, value, depth + 1)).collect::<Vec<_>>()
            };
            return self.names.rules(function).flat_map(of).collect();
        }
        let all = || arguments.iter().flat_map(|argument| self.origins(scope, argument, depth));
        match (name, arguments) {
            ("object.get", [of, path, ..]) => {
                let origins = self.origins(scope, of, depth);
                match self.value(scope, path).filter(|path| path.is_array()) {
                    Some(path) => path.parts().into_iter().fold(origins, |origins, key| self.step(origins, &[key])),
                    None => self.along(scope, origins, std::slice::from_ref(path)),
                }
            }
            (name, [of, ..]) if COPIES.contains(&name) => self.origins(scope, of, depth),
            ("object.union", _) => all().collect(),
            ("union", _) => all().map(Origin::taken_out).collect(),
            ("array.concat", _) => all().flat_map(|origin| self.elements(origin)).collect(),
            _ => all().filter(|origin| !origin.place.path.steps().is_empty()).map(Origin::made).collect(),
        }
    }
}

/// The keys in the name of a rule, behind what names it.
fn keys(rule: &Rule) -> &[Expr] {
    let Expr::Ref(_, steps) = &rule.name else { return &[] };
    let written = steps.iter().take_while(|step| step.constant().is_some_and(|word| word.is_string())).count();
    steps.get(written..).unwrap_or_default()
}
