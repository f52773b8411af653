//! Whether a test is known to hold or to fail, and which branches of a helper can hold with that.

use serde_json::Value as Json;

use super::Tracer;
use super::function::compare;
use super::origin::Origin;
use super::rank::is_guard;
use super::scope::{Given, Scope};
use crate::evaluate::rego::{Body, Expr, Form, Literal, Module, Rule, Statement};
use crate::model::Shared;

/// How many tests may be open, each asked for by the one before.
const MOST_TESTS: usize = 2;

impl<'a> Tracer<'a> {
    /// Whether none of the branches of a helper can hold: it is about another kind of object.
    pub(super) fn is_out(&self, scope: &Scope<'a>, rule: &'a Rule, depth: usize) -> bool {
        !rule.bodies.is_empty() && self.branches(scope, rule, depth).is_empty()
    }

    /// What a rule or a function with this value may be: the values of the branches that can hold.
    pub(super) fn said(
        &self,
        scope: &Scope<'a>,
        rule: &'a Rule,
        value: Option<&'a Expr>,
        depth: usize,
    ) -> Vec<&'a Expr> {
        if rule.bodies.is_empty() {
            return value.into_iter().collect();
        }
        let branches = self.branches(scope, rule, depth).into_iter();
        branches.filter_map(|body| body.value.as_ref().or(value)).collect()
    }

    /// The branches of a rule that can hold, up to the first one that is known to.
    fn branches(&self, scope: &Scope<'a>, rule: &'a Rule, depth: usize) -> Vec<&'a Body> {
        // A test asks for values, whose helpers have tests again: what is asked for so far down is left open.
        if self.tests.get() >= MOST_TESTS {
            return rule.bodies.iter().collect();
        }
        self.tests.set(self.tests.get() + 1);
        let mut branches = Vec::new();
        for body in &rule.bodies {
            let truths: Vec<_> = body.statements.iter().map(|one| self.truth_of(scope, one, depth)).collect();
            if !truths.contains(&Some(false)) {
                branches.push(body);
            }
            if truths.iter().all(|truth| *truth == Some(true)) {
                break;
            }
        }
        self.tests.set(self.tests.get() - 1);
        branches
    }

    /// Whether it is known that a branch cannot hold because of what the object is.
    pub(super) fn is_foreign(&self, scope: &Scope<'a>, body: &'a Body, depth: usize) -> bool {
        let is_about = |statement: &'a Statement| {
            let read = statement.expressions().into_iter().flat_map(|expr| match expr {
                Expr::Binary(_, left, right) => {
                    [self.origins(scope, left, depth), self.origins(scope, right, depth)].concat()
                }
                Expr::In(_, value, _) => self.origins(scope, value, depth),
                // A rule of the policy that says what the object is.
                Expr::Var(name) => self.read_by(scope, name, depth),
                other => self.origins(scope, other, depth),
            });
            let read: Vec<_> = read.collect();
            !read.is_empty() && read.iter().all(|origin| is_guard(&origin.place.path))
        };
        body.statements.iter().any(|one| self.truth_of(scope, one, depth) == Some(false) && is_about(one))
    }

    /// What the tests of a rule without arguments compare.
    fn read_by(&self, scope: &Scope<'a>, name: &'a str, depth: usize) -> Vec<Origin<'a>> {
        let Some((name, _)) = self.names.rule(scope.module, name, &[]).filter(|_| self.works(depth)) else {
            return vec![];
        };
        let of = |(module, rule): (&'a Module, &'a Rule)| {
            let scope = self.inside(module, rule, &[], depth + 1);
            let sides = rule.bodies.iter().flat_map(|body| &body.statements).flat_map(Statement::expressions);
            let of_side = |expr: &'a Expr| self.origins(&scope, expr, depth + 1);
            sides.flat_map(of_side).collect::<Vec<_>>()
        };
        self.names.rules(name).flat_map(of).collect()
    }

    fn truth_of(&self, scope: &Scope<'a>, statement: &'a Statement, depth: usize) -> Option<bool> {
        if !statement.with.is_empty() {
            return None;
        }
        match &statement.literal {
            Literal::Holds(Expr::Binary(":=", ..)) => None,
            Literal::Holds(expr) => self.truth(scope, expr, depth),
            Literal::Not(expr) => self.truth(scope, expr, depth).map(|truth| !truth),
            _ => None,
        }
    }

    /// Whether a test holds, if that is known.
    fn truth(&self, scope: &Scope<'a>, expr: &'a Expr, depth: usize) -> Option<bool> {
        if !self.works(depth) {
            return None;
        }
        match expr {
            Expr::Scalar(Json::Bool(value)) => Some(*value),
            Expr::Binary(operator, left, right) => {
                self.agreed(&self.values(scope, left), &self.values(scope, right), &|left, right| {
                    compare(operator, left, right)
                })
            }
            Expr::In(None, value, collection) => {
                self.agreed(&self.values(scope, value), &self.values(scope, collection), &|value, all| {
                    Some(all.as_array()?.contains(value))
                })
            }
            Expr::Var(name) if self.is_rule(scope, name, &[]) => self.truth_of_rule(scope, name, &[], depth),
            Expr::Ref(base, steps) if base.var().is_some_and(|name| self.is_rule(scope, name, steps)) => {
                self.truth_of_rule(scope, base.var()?, steps, depth)
            }
            Expr::Var(_) | Expr::Ref(..) => {
                let wanted = self.origins(scope, expr, 1).len();
                let values = self.at_origins(scope, expr)?;
                let hold = values.iter().filter(|value| ***value != Json::Bool(false)).count();
                if hold == wanted { Some(true) } else { Some(false).filter(|_| hold == 0) }
            }
            Expr::Call(name, arguments, _) => match self.names.function(scope.module, name) {
                Some(function) => {
                    let given = self.given(scope, arguments, depth);
                    self.truth_of_all(function, &given, depth)
                }
                None => self.called(scope, name, arguments)?.as_bool(),
            },
            _ => None,
        }
    }

    pub(super) fn is_rule(&self, scope: &Scope<'a>, base: &'a str, steps: &'a [Expr]) -> bool {
        !scope.origins.has(base) && !scope.values.has(base) && self.names.rule(scope.module, base, steps).is_some()
    }

    fn truth_of_rule(&self, scope: &Scope<'a>, base: &'a str, steps: &'a [Expr], depth: usize) -> Option<bool> {
        let (name, taken) = self.names.rule(scope.module, base, steps)?;
        if taken < steps.len() {
            return None;
        }
        if self.is_given_input() {
            return self.truth_of_all(name, &[], depth);
        }
        let known = self.truths.borrow().get(name).copied();
        known.unwrap_or_else(|| {
            let truth = self.truth_of_all(name, &[], depth);
            self.truths.borrow_mut().insert(name, truth);
            truth
        })
    }

    fn truth_of_all(&self, name: &str, given: &[Given<'a>], depth: usize) -> Option<bool> {
        let mut truth = Some(false);
        for (module, rule) in self.names.rules(name) {
            let is_test = match &rule.form {
                Form::Value(value) | Form::Function(_, value) => {
                    value.as_ref().is_none_or(|value| *value == Expr::Scalar(Json::Bool(true)))
                }
                Form::Default(_, value) if *value == Expr::Scalar(Json::Bool(false)) => continue,
                _ => false,
            };
            if !is_test || rule.bodies.len() > 1 {
                return None;
            }
            let scope = self.inside(module, rule, given, depth + 1);
            let statements = rule.bodies.iter().flat_map(|body| &body.statements);
            let truths: Vec<_> = statements.map(|one| self.truth_of(&scope, one, depth + 1)).collect();
            if truths.iter().all(|truth| *truth == Some(true)) {
                return Some(true);
            }
            if !truths.contains(&Some(false)) {
                truth = None;
            }
        }
        truth
    }

    /// What a comparison comes to for all that two sides can be, if it is the same.
    fn agreed(
        &self,
        left: &[Shared<'a>],
        right: &[Shared<'a>],
        compare: &dyn Fn(&Json, &Json) -> Option<bool>,
    ) -> Option<bool> {
        let mut all = left.iter().flat_map(|left| right.iter().map(move |right| compare(left, right)));
        let first = all.next()??;
        all.all(|other| other == Some(first)).then_some(first)
    }
}
