//! What an expression can be, and whether a test is known to hold or to fail: for the constants of a policy and the values of an input.

use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

use super::origin::{Origin, Relation};
use super::rank::is_guard;
use super::scope::{Given, Scope};
use super::{MOST_MEMBERS, Tracer};
use crate::evaluate::rego::{Body, Expr, Form, Literal, Module, Rule, Statement};
use crate::model::Shared;

/// How many tests may be open, each asked for by the one before.
const MOST_TESTS: usize = 2;

impl<'a> Tracer<'a> {
    /// What an expression is, if only one thing is possible.
    pub(super) fn value(&self, scope: &Scope<'a>, expr: &'a Expr) -> Option<Shared<'a>> {
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
                    let known = known.or_else(|| self.constant_rule(scope.module, name, &[]));
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
            Expr::Ref(base, steps) => self.referred(scope, base, steps),
            other => constant(other).into_iter().collect(),
        }
    }

    /// What a reference can be.
    pub(super) fn referred(&self, scope: &Scope<'a>, base: &'a Expr, steps: &'a [Expr]) -> Vec<Shared<'a>> {
        let known = self.at(self.reference(scope, base, steps, 1)).or_else(|| self.of_data(scope, base, steps));
        known.unwrap_or_else(|| {
            let rule = base.var().filter(|name| self.is_rule(scope, name, steps));
            let rule = rule.and_then(|name| Some((name, self.names.rule(scope.module, name, steps)?.1)));
            let (base, steps) = match rule {
                Some((name, taken)) => (
                    self.constant_rule(scope.module, name, steps).unwrap_or_default(),
                    steps.get(taken..).unwrap_or_default(),
                ),
                None => (self.values(scope, base), steps),
            };
            steps.iter().fold(base, |values, step| self.inside_values(scope, &values, step))
        })
    }

    /// The value of a function of the engine whose arguments are known.
    fn called(&self, scope: &Scope<'a>, name: &str, arguments: &'a [Expr]) -> Option<Json> {
        let arguments = arguments.iter().map(|one| self.value(scope, one)).collect::<Option<Vec<_>>>()?;
        function(name, &arguments.iter().map(|one| &**one).collect::<Vec<_>>())
    }

    /// What is at the places that an expression comes from, if it is what is there; nothing when nothing is there.
    fn at_origins(&self, scope: &Scope<'a>, expr: &'a Expr) -> Option<Vec<Shared<'a>>> {
        self.at(self.origins(scope, expr, 1))
    }

    fn at(&self, origins: Vec<Origin<'a>>) -> Option<Vec<Shared<'a>>> {
        let is_known = !origins.is_empty() && origins.iter().all(|one| one.relation == Relation::Itself);
        is_known.then(|| origins.iter().filter_map(|one| one.path.find(self.input).map(Shared::There)).collect())
    }

    /// What a rule is whose text says it.
    pub(super) fn constant_rule(&self, module: &Module, base: &str, steps: &[Expr]) -> Option<Vec<Shared<'a>>> {
        let (name, _) = self.names.rule(module, base, steps)?;
        let mut members = Vec::new();
        for (module, rule) in self.names.rules(name) {
            match &rule.form {
                Form::Value(Some(value)) if rule.bodies.is_empty() => {
                    return constant(value).map(|value| vec![value]).or_else(|| self.parameter(module, value));
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
        let is_free = |name: &&str| !scope.values.contains_key(*name) && !scope.origins.contains_key(*name);
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
            !read.is_empty() && read.iter().all(|origin| is_guard(&origin.path))
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

    fn is_rule(&self, scope: &Scope<'a>, base: &'a str, steps: &'a [Expr]) -> bool {
        !scope.origins.contains_key(base)
            && !scope.values.contains_key(base)
            && self.names.rule(scope.module, base, steps).is_some()
    }

    fn truth_of_rule(&self, scope: &Scope<'a>, base: &'a str, steps: &'a [Expr], depth: usize) -> Option<bool> {
        let (name, taken) = self.names.rule(scope.module, base, steps)?;
        if taken < steps.len() {
            return None;
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

/// What a comparison of two values comes to.
pub(super) fn compare(operator: &str, left: &Json, right: &Json) -> Option<bool> {
    let numbers = || Some((left.as_f64()?, right.as_f64()?));
    Some(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => numbers().map(|(left, right)| left < right)?,
        "<=" => numbers().map(|(left, right)| left <= right)?,
        ">" => numbers().map(|(left, right)| left > right)?,
        ">=" => numbers().map(|(left, right)| left >= right)?,
        _ => return None,
    })
}

/// The value of a function whose arguments are known; the ones that rules choose by.
pub(super) fn function(name: &str, arguments: &[&Json]) -> Option<Json> {
    let texts: Option<Vec<&str>> = arguments.iter().map(|one| one.as_str()).collect();
    let texts = texts.unwrap_or_default();
    Some(match (name, texts.as_slice(), arguments) {
        ("contains", [text, part], _) => text.contains(part).into(),
        ("startswith", [text, part], _) => text.starts_with(part).into(),
        ("endswith", [text, part], _) => text.ends_with(part).into(),
        ("regex.match" | "re_match", [pattern, text], _) => regex(pattern)?.is_match(text).into(),
        ("regex.find_n" | "regex.find_all_string_submatch_n", _, [Json::String(pattern), Json::String(text), _]) => {
            regex(pattern)?.find_iter(text).map(|found| found.as_str()).collect()
        }
        ("concat", _, [Json::String(between), Json::Array(parts)]) => {
            parts.iter().map(Json::as_str).collect::<Option<Vec<_>>>()?.join(between).into()
        }
        ("sprintf", _, [Json::String(text), Json::Array(parts)]) => printed(text, parts)?.into(),
        ("trim_prefix", [text, part], _) => text.strip_prefix(part).unwrap_or(text).into(),
        ("trim_suffix", [text, part], _) => text.strip_suffix(part).unwrap_or(text).into(),
        ("lower", [text], _) => text.to_lowercase().into(),
        ("upper", [text], _) => text.to_uppercase().into(),
        ("array.concat", _, [Json::Array(one), Json::Array(other)]) => {
            Json::Array([one.clone(), other.clone()].concat())
        }
        ("count", _, [Json::Array(items)]) => items.len().into(),
        ("count", _, [Json::Object(members)]) => members.len().into(),
        ("is_array", _, [value]) => value.is_array().into(),
        ("is_object", _, [value]) => value.is_object().into(),
        ("is_string", _, [value]) => value.is_string().into(),
        ("is_null", _, [value]) => value.is_null().into(),
        _ => return None,
    })
}

/// A text with strings in it, by `%s` and `%v`; other ways of printing are not known here.
fn printed(text: &str, parts: &[Json]) -> Option<String> {
    let mut pieces = text.split('%');
    let mut printed = pieces.next()?.to_owned();
    let mut parts = parts.iter();
    for piece in pieces {
        printed.push_str(parts.next()?.as_str()?);
        printed.push_str(piece.strip_prefix(['s', 'v'])?);
    }
    Some(printed)
}

fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()
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
