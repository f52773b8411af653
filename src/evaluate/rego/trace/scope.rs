//! What is known of the variables where an expression stands: the statements of a body come in, values and places go out.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Tracer;
use super::origin::Origin;
use crate::evaluate::rego::{Expr, Literal, Module, Rule, Statement};
use crate::model::{Path, Step};

#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub module: &'a Module,
    pub origins: BTreeMap<String, Vec<Origin>>,
    pub values: BTreeMap<String, Json>,
}

impl<'a> Tracer<'a> {
    /// Learns where the variables of a body come from.
    pub(super) fn bind(&self, scope: &mut Scope<'a>, statements: &[Statement], depth: usize) {
        // Statements may stand in any order: two passes see what a later one binds.
        for _ in 0..2 {
            for statement in statements {
                match &statement.literal {
                    Literal::Holds(Expr::Binary("=" | ":=", left, right)) => {
                        self.bind_pattern(scope, left, right, depth);
                        if left.var().is_none() || right.var().is_some() {
                            self.bind_pattern(scope, right, left, depth);
                        }
                    }
                    Literal::Holds(Expr::Call(name, arguments, _)) if name == "walk" => {
                        if let [of, pair] = arguments.as_slice() {
                            self.bind_walk(scope, of, pair, depth);
                        }
                    }
                    Literal::SomeIn(key, value, collection) => {
                        let members = self.members(scope, collection, key.as_ref(), Some(value), depth);
                        self.keep(scope, value, members);
                    }
                    _ => {}
                }
            }
        }
    }

    pub(super) fn keep(&self, scope: &mut Scope<'a>, pattern: &Expr, origins: Vec<Origin>) {
        match pattern {
            Expr::Var(name) if name != "input" && !origins.is_empty() => {
                scope.origins.entry(name.clone()).or_insert(origins);
            }
            Expr::Array(items) => items.iter().for_each(|item| self.keep(scope, item, origins.clone())),
            Expr::Object(members) => members.iter().for_each(|(_, value)| self.keep(scope, value, origins.clone())),
            _ => {}
        }
    }

    pub(super) fn bind_pattern(&self, scope: &mut Scope<'a>, pattern: &Expr, value: &Expr, depth: usize) {
        match (pattern, value) {
            (Expr::Array(_), Expr::Call(name, arguments, _)) if name == "walk" => {
                if let [of] = arguments.as_slice() {
                    self.bind_walk(scope, of, pattern, depth);
                }
            }
            (Expr::Array(patterns), Expr::Array(values)) if patterns.len() == values.len() => {
                patterns
                    .iter()
                    .zip(values)
                    .for_each(|(pattern, value)| self.bind_pattern(scope, pattern, value, depth));
            }
            (Expr::Var(_) | Expr::Array(_) | Expr::Object(_), value) => {
                let known = value.constant().or_else(|| match value {
                    Expr::Call(..) | Expr::Array(_) => self.value(scope, value),
                    _ => None,
                });
                if let (Expr::Var(name), Some(constant)) = (pattern, known) {
                    scope.values.entry(name.clone()).or_insert(constant);
                }
                let origins = self.origins(scope, value, depth);
                self.keep(scope, pattern, origins);
            }
            _ => {}
        }
    }

    /// `walk(of, [path, value])`: the solution knows the path.
    pub(super) fn bind_walk(&self, scope: &mut Scope<'a>, of: &Expr, pair: &Expr, depth: usize) {
        let Expr::Array(items) = pair else { return };
        let [path, value] = items.as_slice() else { return };
        let tail = match path {
            Expr::Var(name) => scope.values.get(name).cloned(),
            Expr::Array(parts) => {
                parts.iter().map(|part| self.value(scope, part)).collect::<Option<Vec<_>>>().map(Json::Array)
            }
            _ => None,
        };
        let Some(tail) = tail.as_ref().and_then(Path::from_json) else { return };
        let origins = self.origins(scope, of, depth).into_iter();
        let origins = origins.map(|origin| Origin { path: origin.path.join(&tail), ..origin }).collect();
        self.keep(scope, value, origins);
    }

    /// The scope in the body of a helper.
    pub(super) fn inside(
        &self,
        module: &'a Module,
        rule: &Rule,
        arguments: &[(Vec<Origin>, Option<Json>)],
        depth: usize,
    ) -> Scope<'a> {
        let mut scope = Scope { module, origins: BTreeMap::new(), values: BTreeMap::new() };
        for (parameter, (origins, value)) in rule.parameters().iter().zip(arguments) {
            self.keep(&mut scope, parameter, origins.clone());
            if let (Expr::Var(name), Some(value)) = (parameter, value) {
                scope.values.insert(name.clone(), value.clone());
            }
        }
        rule.bodies.iter().for_each(|body| self.bind(&mut scope, &body.statements, depth));
        scope
    }

    pub(super) fn arguments(
        &self,
        scope: &Scope<'a>,
        arguments: &[Expr],
        depth: usize,
    ) -> Vec<(Vec<Origin>, Option<Json>)> {
        arguments.iter().map(|one| (self.origins(scope, one, depth), self.value(scope, one))).collect()
    }
}

/// The path of `import input.request as request`.
pub(super) fn input_import(module: &Module, name: &str) -> Option<Path> {
    let import = module.imports.iter().find(|import| import.name == name)?;
    let (first, rest) = import.path.split_first()?;
    (first == "input").then(|| Path(rest.iter().cloned().map(Step::Key).collect()))
}
