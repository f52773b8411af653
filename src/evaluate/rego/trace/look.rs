//! What a statement reads: a literal comes in, candidates go out, through helper rules and functions.

use serde_json::Value as Json;

use super::scope::Scope;
use super::{MOST_DEPTH, MOST_WORK, Tracer};
use crate::evaluate::rego::{Expr, Literal, Rule, Statement};
use crate::model::Candidate;

/// How a place is looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Mood {
    pub weight: i32,
    pub is_negated: bool,
    pub is_tested: bool,
    pub values: Vec<Json>,
    pub depth: usize,
}

impl Mood {
    pub(super) fn with(&self, value: Option<Json>) -> Self {
        let mut mood = self.clone();
        mood.values.extend(value);
        mood
    }
}

impl<'a> Tracer<'a> {
    pub(super) fn statement(&self, scope: &Scope<'a>, statement: &Statement, mood: Mood, found: &mut Vec<Candidate>) {
        match &statement.literal {
            Literal::Some(_) => {}
            Literal::SomeIn(key, value, collection) => {
                let members = self.members(scope, collection, key.as_ref(), Some(value), mood.depth);
                let is_test = value.constant().is_some();
                let weak =
                    Mood { weight: mood.weight - if is_test { 0 } else { 14 }, is_tested: is_test, ..mood.clone() };
                members.into_iter().for_each(|origin| self.add(origin, &weak, found));
                // Where a member is sought and none is found, it is missing from the collection.
                if mood.is_negated || mood.depth > 0 {
                    let all = self.origins(scope, collection, mood.depth);
                    all.into_iter().for_each(|origin| self.add(origin, &mood, found));
                }
            }
            Literal::Holds(Expr::Binary(":=", _, value)) => {
                self.look(scope, value, Mood { weight: mood.weight - 10, ..mood }, found);
            }
            Literal::Holds(expr) => self.look(scope, expr, Mood { is_tested: true, ..mood }, found),
            Literal::Not(expr) => {
                let is_negated = !mood.is_negated;
                self.look(scope, expr, Mood { is_tested: true, is_negated, ..mood }, found);
            }
            Literal::Every(_, value, domain, body) => {
                let mut inner = scope.clone();
                let members = self.members(scope, domain, None, None, mood.depth);
                inner.values.remove(value);
                inner.origins.insert(value.clone(), members);
                self.bind(&mut inner, body, mood.depth + 1);
                body.iter().for_each(|statement| self.statement(&inner, statement, mood.clone(), found));
            }
        }
    }

    /// The places that an expression looks at.
    pub(super) fn look(&self, scope: &Scope<'a>, expr: &Expr, mood: Mood, found: &mut Vec<Candidate>) {
        if mood.depth > MOST_DEPTH || self.work.get() > MOST_WORK {
            return;
        }
        match expr {
            Expr::Binary("=" | "==" | "!=" | "<" | "<=" | ">" | ">=", left, right) => {
                let constant = |side: &Expr| self.value(scope, side).filter(|_| !matches!(side, Expr::Ref(..)));
                let (of_left, of_right) = (constant(left), constant(right));
                let before = found.len();
                self.look(scope, left, mood.with(of_right), found);
                let between = found.len();
                self.look(scope, right, mood.with(of_left), found);
                self.both(found, before, between);
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
                let all = collection.constant().and_then(|all| all.as_array()?.first().cloned());
                self.look(scope, value, mood.with(all), found);
            }
            Expr::Call(name, arguments, _) => self.look_call(scope, name, arguments, mood, found),
            Expr::Comprehension(_, _, term, body) => {
                let mut inner = scope.clone();
                self.bind(&mut inner, body, mood.depth + 1);
                // It collects what is there: what is not there is no fault, whatever is made of the collection.
                let mood = Mood { depth: mood.depth + 1, weight: mood.weight - 1, is_negated: false, ..mood };
                body.iter().for_each(|statement| self.statement(&inner, statement, mood.clone(), found));
                self.look(&inner, term, mood, found);
            }
            Expr::Var(name) => {
                self.helper(scope, name, &[], &mood, found);
                self.add_all(self.origins(scope, expr, mood.depth), &mood, found);
            }
            Expr::Ref(base, steps) => {
                if let Some(name) = base.var() {
                    self.helper(scope, name, steps, &mood, found);
                }
                // Whichever member it is, it is of this collection.
                if let Some((last, before)) = steps.split_last()
                    && self.value(scope, last).is_none()
                {
                    let strong = Mood { weight: mood.weight + 2, ..mood.clone() };
                    let all = self.reference(scope, base, before, mood.depth);
                    all.into_iter().for_each(|origin| self.add(origin, &strong, found));
                }
                // A member at a written place (`command[0]`) says what something is.
                let is_first = matches!(steps.last(), Some(Expr::Number(_)));
                let mood = Mood { weight: mood.weight - if is_first { 8 } else { 0 }, ..mood };
                self.add_all(self.origins(scope, expr, mood.depth), &mood, found);
            }
            other => other.parts().into_iter().for_each(|part| self.look(scope, part, mood.clone(), found)),
        }
    }

    pub(super) fn look_call(
        &self,
        scope: &Scope<'a>,
        name: &str,
        arguments: &[Expr],
        mood: Mood,
        found: &mut Vec<Candidate>,
    ) {
        let Some(function) = self.names.function(scope.module, name) else {
            let values = arguments.iter().filter_map(Expr::constant);
            let mood = values.fold(mood, |mood, value| mood.with(Some(value)));
            if name == "object.get" {
                let origins = self.call(scope, name, arguments, mood.depth);
                origins.into_iter().for_each(|origin| self.add(origin, &mood, found));
            } else {
                arguments.iter().for_each(|argument| self.look(scope, argument, mood.clone(), found));
            }
            return;
        };
        let given = self.arguments(scope, arguments, mood.depth);
        for (module, rule) in self.names.rules(&function) {
            let inner = self.inside(module, rule, &given, mood.depth + 1);
            self.body(&inner, rule, &mood, found);
        }
        let weak = Mood { weight: mood.weight - 6, ..mood };
        given.into_iter().flat_map(|(origins, _)| origins).for_each(|origin| self.add(origin, &weak, found));
    }

    /// What a helper rule looks at.
    pub(super) fn helper(
        &self,
        scope: &Scope<'a>,
        base: &str,
        steps: &[Expr],
        mood: &Mood,
        found: &mut Vec<Candidate>,
    ) {
        if scope.origins.contains_key(base) {
            return;
        }
        let Some((name, _)) = self.names.rule(scope.module, base, steps) else { return };
        for (module, rule) in self.names.rules(&name) {
            let inner = self.inside(module, rule, &[], mood.depth + 1);
            self.body(&inner, rule, mood, found);
        }
    }

    pub(super) fn body(&self, scope: &Scope<'a>, rule: &Rule, mood: &Mood, found: &mut Vec<Candidate>) {
        let given = scope.values.values().filter(|value| value.is_string() || value.is_number()).cloned();
        self.hints.borrow_mut().extend(given.chain(constants(rule)));
        let statements = rule.bodies.iter().flat_map(|body| &body.statements);
        let mood = Mood { depth: mood.depth + 1, weight: mood.weight - 1, ..mood.clone() };
        statements.for_each(|statement| self.statement(scope, statement, mood.clone(), found));
    }
}

/// The strings and numbers of a rule, and `true` and `false`.
pub(super) fn constants(rule: &Rule) -> Vec<Json> {
    let mut found: Vec<Json> = Vec::new();
    let bodies = rule.bodies.iter().flat_map(|body| &body.statements);
    bodies.for_each(|statement| {
        statement.each(&mut |expr| {
            let constant = match expr {
                Expr::Scalar(value) if !value.is_null() => Some(value.clone()),
                Expr::Number(_) => expr.constant(),
                _ => None,
            };
            found.extend(constant);
        });
    });
    let value = rule.head().into_iter().filter_map(Expr::constant).filter(|value| !value.is_boolean());
    found.extend(value.flat_map(|value| match value {
        Json::Array(items) => items,
        other => vec![other],
    }));
    found
}
