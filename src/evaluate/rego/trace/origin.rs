//! Where values come from: an expression comes in, the places of the input that it is made of go out.

use serde_json::Value as Json;

use super::scope::{Scope, input_import};
use super::{MOST_DEPTH, MOST_MEMBERS, MOST_WORK, Tracer};
use crate::evaluate::rego::{Expr, Form, Module, Rule};
use crate::model::Path;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Origin {
    pub path: Path,
    /// Whether the value is a collection of its own making that has what is at the path as a member.
    pub is_member: bool,
}

impl<'a> Tracer<'a> {
    /// What an expression is known to be.
    pub(super) fn value(&self, scope: &Scope<'a>, expr: &Expr) -> Option<Json> {
        match expr {
            Expr::Var(name) => scope.values.get(name).cloned().or_else(|| {
                let origins = scope.origins.get(name)?;
                let [one] = origins.as_slice() else { return None };
                if one.is_member { None } else { one.path.find(self.input).cloned() }
            }),
            Expr::Array(items) => items.iter().map(|item| self.value(scope, item)).collect(),
            Expr::Call(name, arguments, _) if name == "array.concat" => {
                let all = arguments.iter().map(|one| self.value(scope, one)?.as_array().cloned());
                Some(Json::Array(all.collect::<Option<Vec<_>>>()?.concat()))
            }
            Expr::Ref(..) => {
                let origins = self.origins(scope, expr, MOST_DEPTH);
                let [one] = origins.as_slice() else { return None };
                if one.is_member { None } else { one.path.find(self.input).cloned() }
            }
            other => other.constant(),
        }
    }

    /// Where the value of an expression comes from.
    pub(super) fn origins(&self, scope: &Scope<'a>, expr: &Expr, depth: usize) -> Vec<Origin> {
        self.work.set(self.work.get() + 1);
        if self.work.get() > MOST_WORK || depth > MOST_DEPTH {
            return vec![];
        }
        let whole = |path| vec![Origin { path, is_member: false }];
        let mut found = match expr {
            Expr::Var(name) if name == "input" => whole(Path::root()),
            Expr::Var(name) => match (scope.origins.get(name), input_import(scope.module, name)) {
                (Some(origins), _) => origins.clone(),
                (None, Some(path)) => whole(path),
                (None, None) => self.of_rule(scope, name, &[], depth).map(|(origins, _)| origins).unwrap_or_default(),
            },
            Expr::Ref(base, steps) => self.reference(scope, base, steps, depth),
            Expr::Call(name, arguments, _) => self.call(scope, name, arguments, depth),
            Expr::Comprehension(_, _, term, body) => {
                let mut inner = scope.clone();
                self.bind(&mut inner, body, depth + 1);
                let members = self.origins(&inner, term, depth + 1).into_iter();
                members.map(|origin| Origin { is_member: true, ..origin }).collect()
            }
            Expr::Array(items) | Expr::Set(items) => {
                let members = items.iter().flat_map(|item| self.origins(scope, item, depth));
                members.map(|origin| Origin { is_member: true, ..origin }).collect()
            }
            Expr::Object(members) => members.iter().flat_map(|(_, value)| self.origins(scope, value, depth)).collect(),
            Expr::Binary(_, left, right) => {
                [left, right].into_iter().flat_map(|side| self.origins(scope, side, depth)).collect()
            }
            _ => vec![],
        };
        found.truncate(MOST_MEMBERS * 4);
        found
    }

    pub(super) fn reference(&self, scope: &Scope<'a>, base: &Expr, steps: &[Expr], depth: usize) -> Vec<Origin> {
        if let Some(name) = base.var().filter(|name| !scope.origins.contains_key(*name))
            && input_import(scope.module, name).is_none()
            && let Some((origins, taken)) = self.of_rule(scope, name, steps, depth)
        {
            return self.along(scope, origins, steps.get(taken..).unwrap_or_default());
        }
        let origins = self.origins(scope, base, depth);
        self.along(scope, origins, steps)
    }

    pub(super) fn along(&self, scope: &Scope<'a>, origins: Vec<Origin>, steps: &[Expr]) -> Vec<Origin> {
        steps.iter().fold(origins, |origins, step| {
            let known = self.value(scope, step).filter(|_| !is_blank(step));
            origins.into_iter().flat_map(|origin| self.step(origin, known.as_ref())).take(MOST_MEMBERS * 4).collect()
        })
    }

    pub(super) fn step(&self, origin: Origin, known: Option<&Json>) -> Vec<Origin> {
        let Origin { path, is_member } = origin;
        let value = path.find(self.input);
        if is_member {
            // The member of a set is chosen by its value; of an array by a number that says nothing of where it came from.
            let is_it = known.is_none_or(|known| known.is_number() || value == Some(known));
            return if is_it { vec![Origin { path, is_member: false }] } else { vec![] };
        }
        let found = match (known, value) {
            (Some(Json::String(key)), _) => vec![path.key(key.as_str())],
            (Some(Json::Number(index)), _) => {
                let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
                index.map(|index| path.index(index)).into_iter().collect()
            }
            (Some(_), _) => vec![],
            // What has no members is looked at itself.
            (None, value) => match children(&path, value) {
                all if all.is_empty() => vec![path],
                all => all.into_iter().map(|(path, _)| path).collect(),
            },
        };
        found.into_iter().map(|path| Origin { path, is_member: false }).collect()
    }

    /// The members of a collection, as far as the key or the value of the one in question is known.
    pub(super) fn members(
        &self,
        scope: &Scope<'a>,
        collection: &Expr,
        key: Option<&Expr>,
        value: Option<&Expr>,
        depth: usize,
    ) -> Vec<Origin> {
        let key = key.and_then(|key| self.value(scope, key));
        let value = value.and_then(|value| match value {
            Expr::Var(name) => scope.values.get(name).cloned(),
            other => other.constant(),
        });
        let fits = |path: &Path| value.as_ref().is_none_or(|value| path.find(self.input) == Some(value));
        let of = |origin: Origin| {
            let found = if origin.is_member {
                vec![Origin { is_member: false, ..origin }]
            } else {
                self.step(origin, key.as_ref())
            };
            found.into_iter().filter(|origin| fits(&origin.path)).collect::<Vec<_>>()
        };
        self.origins(scope, collection, depth).into_iter().flat_map(of).collect()
    }

    /// Where the value of a rule comes from, and how many steps name the rule.
    pub(super) fn of_rule(
        &self,
        scope: &Scope<'a>,
        base: &str,
        steps: &[Expr],
        depth: usize,
    ) -> Option<(Vec<Origin>, usize)> {
        let (name, taken) = self.names.rule(scope.module, base, steps)?;
        let mut found = Vec::new();
        for (module, rule) in self.names.rules(&name) {
            let (value, is_member) = match &rule.form {
                Form::Set(key) => (Some(key), true),
                Form::Value(value) => (value.as_ref(), false),
                Form::Function(..) | Form::Default(..) => (None, false),
            };
            let Some(value) = value else { continue };
            let inner = self.inside(module, rule, &[], depth + 1);
            let origins = self.origins(&inner, value, depth + 1).into_iter();
            found.extend(origins.map(|origin| Origin { is_member: is_member || origin.is_member, ..origin }));
        }
        Some((found, taken))
    }

    pub(super) fn call(&self, scope: &Scope<'a>, name: &str, arguments: &[Expr], depth: usize) -> Vec<Origin> {
        if let Some(function) = self.names.function(scope.module, name) {
            let given = self.arguments(scope, arguments, depth);
            let of = |(module, rule): (&'a Module, &'a Rule)| {
                let inner = self.inside(module, rule, &given, depth + 1);
                let values: Vec<&Expr> = match &rule.form {
                    Form::Function(_, value) => {
                        value.iter().chain(rule.bodies.iter().flat_map(|body| &body.value)).collect()
                    }
                    _ => vec![],
                };
                values.into_iter().flat_map(|value| self.origins(&inner, value, depth + 1)).collect::<Vec<_>>()
            };
            return self.names.rules(&function).flat_map(of).collect();
        }
        match (name, arguments) {
            ("object.get", [of, path, ..]) => {
                let origins = self.origins(scope, of, depth);
                match self.value(scope, path) {
                    Some(Json::Array(parts)) => {
                        let steps: Vec<Expr> = parts.iter().map(Expr::of).collect();
                        self.along(scope, origins, &steps)
                    }
                    _ => self.along(scope, origins, std::slice::from_ref(path)),
                }
            }
            _ => {
                let all = arguments.iter().flat_map(|argument| self.origins(scope, argument, depth));
                all.filter(|origin| !origin.path.steps().is_empty()).collect()
            }
        }
    }
}

fn is_blank(step: &Expr) -> bool {
    step.var() == Some("_")
}

fn children<'v>(path: &Path, value: Option<&'v Json>) -> Vec<(Path, &'v Json)> {
    match value {
        Some(Json::Array(items)) => {
            items.iter().enumerate().take(MOST_MEMBERS).map(|(index, item)| (path.index(index), item)).collect()
        }
        Some(Json::Object(members)) => {
            members.iter().take(MOST_MEMBERS).map(|(key, item)| (path.key(key.as_str()), item)).collect()
        }
        _ => vec![],
    }
}
