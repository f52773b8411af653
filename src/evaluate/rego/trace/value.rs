//! What an expression can be, by the constants of a policy, its data and the values of an input.

use serde_json::Value as Json;

use super::function::function;
use super::origin::{Origin, Relation};
use super::scope::Scope;
use super::{MOST_MEMBERS, Tracer};
use crate::evaluate::rego::{Expr, Form, Module};
use crate::model::Shared;

impl<'a> Tracer<'a> {
    /// What an expression is, if only one thing is possible.
    pub(super) fn value(&self, scope: &Scope<'a>, expr: &'a Expr) -> Option<Shared<'a>> {
        if matches!(expr, Expr::Scalar(_) | Expr::Number(_)) {
            return constant(expr).filter(|_| self.works(0));
        }
        let mut values = self.values(scope, expr);
        if values.len() == 1 { values.pop() } else { None }
    }

    /// What an expression can be; nothing when that is not known.
    pub(super) fn values(&self, scope: &Scope<'a>, expr: &'a Expr) -> Vec<Shared<'a>> {
        if !self.works(0) {
            return vec![];
        }
        match expr {
            Expr::Var(name) => match scope.values.get(name.as_str()) {
                Some(values) => values.to_vec(),
                None => {
                    let known = self.at_origins(scope, expr);
                    let rule = || self.names.rule(scope.module, name, &[]);
                    let known = known.or_else(|| self.constant_rule(rule()?.0));
                    known.or_else(|| self.of_data(scope, expr, &[])).unwrap_or_default()
                }
            },
            Expr::Array(items) => {
                let items = items.iter().map(|item| self.value(scope, item).map(|item| Json::clone(&item)));
                items.collect::<Option<Vec<_>>>().map(|items| Json::Array(items).into()).into_iter().collect()
            }
            Expr::Call(name, arguments, _) => {
                if let ("object.get", [_, _, default]) = (name.as_str(), arguments.as_slice()) {
                    let found = self.at_origins(scope, expr).unwrap_or_default();
                    return if found.is_empty() { constant(default).into_iter().collect() } else { found };
                }
                self.called(scope, name, arguments).map(Shared::from).into_iter().collect()
            }
            Expr::Ref(base, steps) => self.referred_from(self.origins(scope, expr, 1), scope, base, steps),
            other => self.constant(other).into_iter().collect(),
        }
    }

    /// What a reference can be.
    pub(super) fn referred(&self, scope: &Scope<'a>, base: &'a Expr, steps: &'a [Expr]) -> Vec<Shared<'a>> {
        self.referred_from(self.reference(scope, base, steps, 1), scope, base, steps)
    }

    fn referred_from(
        &self,
        origins: Vec<Origin<'a>>,
        scope: &Scope<'a>,
        base: &'a Expr,
        steps: &'a [Expr],
    ) -> Vec<Shared<'a>> {
        let known = self.at(origins).or_else(|| self.of_data(scope, base, steps));
        known.unwrap_or_else(|| {
            let rule = base.var().filter(|name| self.is_rule(scope, name, steps));
            let rule = rule.and_then(|name| self.names.rule(scope.module, name, steps));
            let (base, steps) = match rule {
                Some((name, taken)) => {
                    (self.constant_rule(name).unwrap_or_default(), steps.get(taken..).unwrap_or_default())
                }
                None => (self.values(scope, base), steps),
            };
            steps.iter().fold(base, |values, step| self.inside_values(scope, &values, step))
        })
    }

    /// The value of a function of the engine whose arguments are known.
    pub(super) fn called(&self, scope: &Scope<'a>, name: &str, arguments: &'a [Expr]) -> Option<Json> {
        let arguments = arguments.iter().map(|one| self.value(scope, one)).collect::<Option<Vec<_>>>()?;
        function(name, &arguments.iter().map(|one| &**one).collect::<Vec<_>>())
    }

    /// What is at the places that an expression comes from, if it is what is there; nothing when nothing is there.
    pub(super) fn at_origins(&self, scope: &Scope<'a>, expr: &'a Expr) -> Option<Vec<Shared<'a>>> {
        self.at(self.origins(scope, expr, 1))
    }

    fn at(&self, origins: Vec<Origin<'a>>) -> Option<Vec<Shared<'a>>> {
        let is_known = !origins.is_empty() && origins.iter().all(|one| one.relation == Relation::Itself);
        is_known.then(|| origins.iter().filter_map(|one| one.place.value.map(Shared::There)).collect())
    }

    /// What a rule of this full name is whose text says it.
    pub(super) fn constant_rule(&self, name: &str) -> Option<Vec<Shared<'a>>> {
        let mut members = Vec::new();
        for (module, rule) in self.names.rules(name) {
            match &rule.form {
                Form::Value(Some(value)) if rule.bodies.is_empty() => {
                    return self.constant(value).map(|value| vec![value]).or_else(|| self.parameter(module, value));
                }
                Form::Set(key) if rule.bodies.is_empty() => members.push(key.constant()?),
                _ => return None,
            }
        }
        Some(vec![Json::Array(members).into()])
    }

    /// What a rule is that stands for a part of the data: `key := data.parameters.key`.
    fn parameter(&self, module: &'a Module, value: &'a Expr) -> Option<Vec<Shared<'a>>> {
        match value {
            Expr::Ref(base, steps) if steps.iter().all(|step| step.constant().is_some()) => {
                self.of_data(&Scope::new(module), base, steps)
            }
            _ => None,
        }
    }

    /// What a reference into the data of the policies can be; `None` for any other.
    fn of_data(&self, scope: &Scope<'a>, base: &'a Expr, steps: &'a [Expr]) -> Option<Vec<Shared<'a>>> {
        let is_free = |name: &&str| !scope.values.has(*name) && !scope.origins.has(*name);
        let name = base.var().filter(is_free).filter(|name| self.names.rule(scope.module, name, steps).is_none())?;
        let import = scope.module.imports.iter().find(|import| import.name == name);
        let path = match import {
            Some(import) => import.path.strip_prefix(&["data".to_owned()])?,
            None => Some(&[][..]).filter(|_| name == "data")?,
        };
        let base = path.iter().try_fold(self.data, |value, key| value.get(key)).map(Shared::There);
        Some(steps.iter().fold(Vec::from_iter(base), |values, step| self.inside_values(scope, &values, step)))
    }

    fn inside_values(&self, scope: &Scope<'a>, values: &[Shared<'a>], step: &'a Expr) -> Vec<Shared<'a>> {
        let keys = if step.var() == Some("_") { vec![] } else { self.values(scope, step) };
        let member = |value: &Shared<'a>| match keys.as_slice() {
            [] => value.parts(),
            keys => keys.iter().filter_map(|key| value.part(|value| get(value, key))).collect(),
        };
        values.iter().flat_map(member).take(MOST_MEMBERS * 4).collect()
    }

    /// What the key of a constant collection can be: of a set its members.
    pub(super) fn keys(&self, collections: Vec<Shared<'a>>) -> Vec<Shared<'a>> {
        let [value] = collections.as_slice() else { return vec![] };
        match &**value {
            Json::Object(members) => members.keys().map(|key| Json::from(key.as_str()).into()).collect(),
            Json::Array(items) if items.iter().all(Json::is_string) => value.parts(),
            _ => vec![],
        }
    }

    /// The members of a constant collection.
    pub(super) fn items(&self, scope: &Scope<'a>, collection: &'a Expr) -> Vec<Shared<'a>> {
        if !self.origins(scope, collection, 1).is_empty() {
            return vec![];
        }
        self.value(scope, collection).map(|value| value.parts()).unwrap_or_default()
    }
}

fn get<'v>(value: &'v Json, key: &Json) -> Option<&'v Json> {
    match (value, key) {
        (Json::Object(members), Json::String(key)) => members.get(key),
        (Json::Array(items), Json::Number(index)) => items.get(usize::try_from(index.as_u64()?).ok()?),
        // A member of a set is its own key.
        (Json::Array(items), key) => items.iter().find(|item| *item == key),
        _ => None,
    }
}

/// The constant that an expression is.
pub(super) fn constant(expr: &Expr) -> Option<Shared<'_>> {
    match expr {
        Expr::Scalar(value) => Some(Shared::There(value)),
        other => other.constant().map(Shared::from),
    }
}
