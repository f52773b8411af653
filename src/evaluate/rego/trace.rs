//! Which parts of an input a clause looked at, from its text and the values of one solution: the references in its body, through
//! variables, helper rules and functions, as paths with a rank.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::names::Names;
use super::{Expr, Form, Literal, Module, Rule, Statement};
use crate::model::{Candidate, Path, Step};

/// How deep helpers may call each other here.
const MOST_DEPTH: usize = 6;
/// How much is looked at for one solution.
const MOST_WORK: usize = 20_000;
/// How many members of a collection are told apart where no variable says which one.
const MOST_MEMBERS: usize = 32;
/// How many constants of a clause and its helpers are tried as a repair.
const MOST_HINTS: usize = 12;

/// The places that a clause looked at in one solution.
pub fn candidates(
    names: &Names<'_>,
    module: &Module,
    clause: &Rule,
    solution: &Map<String, Json>,
    input: &Json,
) -> Vec<Candidate> {
    let tracer = Tracer { names, input, work: Cell::new(0), hints: RefCell::new(constants(clause)) };
    let values = solution.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut scope = Scope { module, origins: BTreeMap::new(), values };
    let mut found = Vec::new();
    let only_told = told(clause);
    for body in &clause.bodies {
        tracer.bind(&mut scope, &body.statements, 0);
        let total = i32::try_from(body.statements.len()).unwrap_or(i32::MAX / 8);
        for (at, statement) in (0..).zip(&body.statements) {
            // Later statements say what is wrong, the first ones what is meant.
            let weight = 12 * (at + 1) / total.max(1);
            if !is_told(statement, &only_told) {
                tracer.statement(&scope, statement, Mood { weight, ..Mood::default() }, &mut found);
            }
        }
    }
    let hints: Vec<Json> = tracer.hints.into_inner().into_iter().take(MOST_HINTS).collect();
    found.iter_mut().for_each(|one| one.hints.clone_from(&hints));
    found.sort_by(|left, right| right.rank.cmp(&left.rank).then_with(|| left.paths.cmp(&right.paths)));
    let mut seen: Vec<Vec<Path>> = Vec::new();
    found.retain(|one| {
        let is_new = !seen.contains(&one.paths);
        seen.push(one.paths.clone());
        is_new
    });
    found
}

/// The variables of a body that nothing but the message uses.
fn told(clause: &Rule) -> Vec<&str> {
    let Some(body) = clause.bodies.first() else { return vec![] };
    let head: Vec<&str> = clause.head().into_iter().flat_map(Expr::variables).collect();
    let uses = |name: &str| {
        let mut many = 0;
        body.statements.iter().for_each(|statement| {
            statement.each(&mut |expr| many += usize::from(expr.var() == Some(name)));
        });
        many
    };
    head.into_iter().filter(|name| uses(name) == 1).collect()
}

fn is_told(statement: &Statement, told: &[&str]) -> bool {
    match &statement.literal {
        Literal::Holds(Expr::Binary("=" | ":=", left, right)) => {
            let is_built = matches!(**right, Expr::Call(..) | Expr::Object(_) | Expr::Scalar(_) | Expr::Array(_));
            is_built && left.var().is_some_and(|name| told.contains(&name))
        }
        _ => false,
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
struct Origin {
    path: Path,
    /// Whether the value is a collection of its own making that has what is at the path as a member.
    is_member: bool,
}

/// What is known of the variables where an expression stands.
#[derive(Clone)]
struct Scope<'a> {
    module: &'a Module,
    origins: BTreeMap<String, Vec<Origin>>,
    values: BTreeMap<String, Json>,
}

/// How a place is looked at.
#[derive(Debug, Clone, Default)]
struct Mood {
    weight: i32,
    is_negated: bool,
    is_tested: bool,
    values: Vec<Json>,
    depth: usize,
}

struct Tracer<'a> {
    names: &'a Names<'a>,
    input: &'a Json,
    work: Cell<usize>,
    hints: RefCell<Vec<Json>>,
}

impl<'a> Tracer<'a> {
    /// Learns where the variables of a body come from.
    fn bind(&self, scope: &mut Scope<'a>, statements: &[Statement], depth: usize) {
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

    fn keep(&self, scope: &mut Scope<'a>, pattern: &Expr, origins: Vec<Origin>) {
        match pattern {
            Expr::Var(name) if name != "input" && !origins.is_empty() => {
                scope.origins.entry(name.clone()).or_insert(origins);
            }
            Expr::Array(items) => items.iter().for_each(|item| self.keep(scope, item, origins.clone())),
            Expr::Object(members) => members.iter().for_each(|(_, value)| self.keep(scope, value, origins.clone())),
            _ => {}
        }
    }

    fn bind_pattern(&self, scope: &mut Scope<'a>, pattern: &Expr, value: &Expr, depth: usize) {
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
    fn bind_walk(&self, scope: &mut Scope<'a>, of: &Expr, pair: &Expr, depth: usize) {
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

    /// What an expression is known to be.
    fn value(&self, scope: &Scope<'a>, expr: &Expr) -> Option<Json> {
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
    fn origins(&self, scope: &Scope<'a>, expr: &Expr, depth: usize) -> Vec<Origin> {
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

    fn reference(&self, scope: &Scope<'a>, base: &Expr, steps: &[Expr], depth: usize) -> Vec<Origin> {
        if let Some(name) = base.var().filter(|name| !scope.origins.contains_key(*name))
            && input_import(scope.module, name).is_none()
            && let Some((origins, taken)) = self.of_rule(scope, name, steps, depth)
        {
            return self.along(scope, origins, steps.get(taken..).unwrap_or_default());
        }
        let origins = self.origins(scope, base, depth);
        self.along(scope, origins, steps)
    }

    fn along(&self, scope: &Scope<'a>, origins: Vec<Origin>, steps: &[Expr]) -> Vec<Origin> {
        steps.iter().fold(origins, |origins, step| {
            let known = self.value(scope, step).filter(|_| !is_blank(step));
            origins.into_iter().flat_map(|origin| self.step(origin, known.as_ref())).take(MOST_MEMBERS * 4).collect()
        })
    }

    fn step(&self, origin: Origin, known: Option<&Json>) -> Vec<Origin> {
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
    fn members(
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
    fn of_rule(&self, scope: &Scope<'a>, base: &str, steps: &[Expr], depth: usize) -> Option<(Vec<Origin>, usize)> {
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

    /// The scope in the body of a helper.
    fn inside(
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

    fn arguments(&self, scope: &Scope<'a>, arguments: &[Expr], depth: usize) -> Vec<(Vec<Origin>, Option<Json>)> {
        arguments.iter().map(|one| (self.origins(scope, one, depth), self.value(scope, one))).collect()
    }

    fn call(&self, scope: &Scope<'a>, name: &str, arguments: &[Expr], depth: usize) -> Vec<Origin> {
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

    fn statement(&self, scope: &Scope<'a>, statement: &Statement, mood: Mood, found: &mut Vec<Candidate>) {
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
    fn look(&self, scope: &Scope<'a>, expr: &Expr, mood: Mood, found: &mut Vec<Candidate>) {
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

    fn look_call(&self, scope: &Scope<'a>, name: &str, arguments: &[Expr], mood: Mood, found: &mut Vec<Candidate>) {
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
    fn helper(&self, scope: &Scope<'a>, base: &str, steps: &[Expr], mood: &Mood, found: &mut Vec<Candidate>) {
        if scope.origins.contains_key(base) {
            return;
        }
        let Some((name, _)) = self.names.rule(scope.module, base, steps) else { return };
        for (module, rule) in self.names.rules(&name) {
            let inner = self.inside(module, rule, &[], mood.depth + 1);
            self.body(&inner, rule, mood, found);
        }
    }

    fn body(&self, scope: &Scope<'a>, rule: &Rule, mood: &Mood, found: &mut Vec<Candidate>) {
        let given = scope.values.values().filter(|value| value.is_string() || value.is_number()).cloned();
        self.hints.borrow_mut().extend(given.chain(constants(rule)));
        let statements = rule.bodies.iter().flat_map(|body| &body.statements);
        let mood = Mood { depth: mood.depth + 1, weight: mood.weight - 1, ..mood.clone() };
        statements.for_each(|statement| self.statement(scope, statement, mood.clone(), found));
    }

    /// One of several places, where nothing tells which, is less likely than one alone.
    fn add_all(&self, origins: Vec<Origin>, mood: &Mood, found: &mut Vec<Candidate>) {
        let weight = mood.weight - if origins.len() > 1 { 2 } else { 0 };
        let mood = Mood { weight, ..mood.clone() };
        origins.into_iter().for_each(|origin| self.add(origin, &mood, found));
    }

    fn add(&self, origin: Origin, mood: &Mood, found: &mut Vec<Candidate>) {
        if origin.path.steps().is_empty() || found.len() > 400 {
            return;
        }
        let value = origin.path.find(self.input);
        // Without the whole object there is never a finding, and nothing is said with that.
        if value.is_some_and(|value| value.get("kind").is_some_and(Json::is_string)) && is_wrapper(&origin.path) {
            return;
        }
        // A policy that also runs as an admission controller looks first whether there is a request.
        let wrapped = ["review", "request"].map(|word| Step::Key(word.to_owned()));
        if origin
            .path
            .steps()
            .first()
            .is_some_and(|first| wrapped.contains(first) && self.input.get(key_of(first)).is_none())
        {
            return;
        }
        // That an element as a whole has to do with it is always so.
        let is_element = matches!((origin.path.steps().last(), value), (Some(Step::Index(_)), Some(Json::Object(_))));
        let rank = rank(&origin.path, mood, value.is_some()) - if is_element { 30 } else { 0 };
        let (is_guard, values) = (is_guard(&origin.path), mood.values.clone());
        let paths = vec![origin.path];
        found.push(Candidate { touched: paths.clone(), paths, values, hints: vec![], is_guard, rank });
    }

    /// Two places that are compared with each other: what they have in common is where to look.
    fn both(&self, found: &mut Vec<Candidate>, before: usize, between: usize) {
        let (left, right) = (found.get(before..between), found.get(between..));
        let (Some([left]), Some([right])) = (left, right) else { return };
        let (Some(one), Some(other)) = (left.paths.first(), right.paths.first()) else { return };
        if in_two_documents(one, other) {
            let paths = vec![one.clone(), other.clone()];
            let rank = left.rank.max(right.rank) + 3;
            found.push(Candidate {
                touched: paths.clone(),
                paths,
                values: vec![],
                hints: vec![],
                is_guard: false,
                rank,
            });
            return;
        }
        let common = one.steps().iter().zip(other.steps()).take_while(|(one, other)| one == other).count();
        let shared = Path(one.steps().iter().take(common).cloned().collect());
        let is_inside = common > 0 && !is_wrapper(&shared);
        if is_inside && shared != *one && shared != *other && shared.find(self.input).is_some() {
            let rank = left.rank.max(right.rank) + 3;
            let touched = vec![one.clone(), other.clone()];
            let (values, hints, is_guard) = (vec![], vec![], false);
            found.push(Candidate { paths: vec![shared], touched, values, hints, is_guard, rank });
        }
    }
}

impl Mood {
    fn with(&self, value: Option<Json>) -> Self {
        let mut mood = self.clone();
        mood.values.extend(value);
        mood
    }
}

/// Whether a path leads to the object itself in what others wrap it in: the list of `--combine`, the request of an admission controller.
fn is_wrapper(path: &Path) -> bool {
    path.steps().iter().all(|step| match step {
        Step::Key(key) => matches!(key.as_str(), "contents" | "review" | "request" | "object" | "items"),
        Step::Index(_) => true,
    })
}

fn key_of(step: &Step) -> &str {
    if let Step::Key(key) = step { key } else { "" }
}

/// Whether two paths lead into different documents of those that are judged together.
fn in_two_documents(one: &Path, other: &Path) -> bool {
    let document = |path: &Path| match path.steps() {
        [Step::Index(at), Step::Key(word), _, ..] if word == "contents" => Some(*at),
        _ => None,
    };
    document(one).zip(document(other)).is_some_and(|(one, other)| one != other)
}

/// A path without what others wrap the object in.
fn inside(path: &Path) -> Path {
    let inside = path.steps().iter().skip_while(|step| is_wrapper(&Path(vec![(*step).clone()])));
    Path(inside.cloned().collect())
}

/// Whether a path leads to the words that say what an object is.
fn is_guard(path: &Path) -> bool {
    let inside = inside(path);
    let keys: Vec<&str> = inside
        .steps()
        .iter()
        .filter_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None })
        .collect();
    matches!(keys.as_slice(), ["kind" | "apiVersion", ..] | ["metadata", "name"])
}

fn rank(path: &Path, mood: &Mood, is_there: bool) -> i32 {
    let path = &inside(path);
    let word = |step: Option<&Step>| match step {
        Some(Step::Key(key)) => key.clone(),
        _ => String::new(),
    };
    let (first, last) = (word(path.steps().first()), word(path.steps().last()));
    let is_guard = matches!(last.as_str(), "kind" | "apiVersion") || (first == "metadata" && last == "name");
    let iterates = path.steps().iter().any(|step| matches!(step, Step::Index(_)));
    let depth = i32::try_from(path.steps().len().min(8)).unwrap_or(8);
    mood.weight
        + depth
        + if iterates { 8 } else { 0 }
        + if mood.is_negated && !is_there { 10 } else { 0 }
        + if mood.is_tested { 6 } else { 0 }
        - if is_guard { 60 } else { 0 }
        - match (first.as_str(), last.as_str()) {
            ("metadata", "name" | "namespace") => 14,
            // What a rule compares is more than what it tells.
            (_, "name") if mood.is_tested && mood.depth > 0 => 4,
            (_, "name") => 14,
            _ => 0,
        }
        - if !is_there && !mood.is_negated { 8 } else { 0 }
}

/// The strings and numbers of a rule, and `true` and `false`.
fn constants(rule: &Rule) -> Vec<Json> {
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

fn is_blank(step: &Expr) -> bool {
    step.var() == Some("_")
}

/// The path of `import input.request as request`.
fn input_import(module: &Module, name: &str) -> Option<Path> {
    let import = module.imports.iter().find(|import| import.name == name)?;
    let (first, rest) = import.path.split_first()?;
    (first == "input").then(|| Path(rest.iter().cloned().map(Step::Key).collect()))
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
