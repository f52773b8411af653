//! Where values come from: an expression comes in, the places of the input that it is made of go out.

use std::rc::Rc;

use serde_json::Value as Json;

use super::place::Place;
use super::scope::{Given, Scope, input_import};
use super::value::constant;
use super::{MOST_DEPTH, MOST_MEMBERS, MOST_WORK, Tracer};
use crate::evaluate::rego::{Expr, Form, Module, Rule};
use crate::model::{Path, Shared};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Origin<'a> {
    pub place: Rc<Place<'a>>,
    pub relation: Relation<'a>,
    /// Whether it is there because every member of its collection may be meant.
    pub is_any: bool,
}

/// How a value has to do with what is at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Relation<'a> {
    /// It is that.
    Itself,
    /// It is a value of the policy's own making with that in it: the ways in, the outermost last.
    Within(Rc<[Way<'a>]>),
    /// It is computed from that.
    Made,
}

/// How a part of a value that a policy makes is got at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Way<'a> {
    /// By its key in an object, or its number in an array.
    Key(Shared<'a>),
    /// By any key.
    Any,
    /// A member of a set is its own key.
    Member,
}

/// Functions whose value is their first argument, more or less.
const COPIES: [&str; 5] = ["json.patch", "json.remove", "json.filter", "object.remove", "object.filter"];

impl<'a> Origin<'a> {
    pub(super) fn itself(place: Rc<Place<'a>>) -> Self {
        Self { place, relation: Relation::Itself, is_any: false }
    }

    pub(super) fn made(self) -> Self {
        Self { relation: Relation::Made, ..self }
    }

    /// Whether it is a member of a collection whose keys are not known.
    pub(super) fn is_member(&self) -> bool {
        matches!(&self.relation, Relation::Within(ways) if matches!(ways.last(), Some(Way::Any | Way::Member)))
    }

    /// A value that has this one in it.
    pub(super) fn within(self, way: Way<'a>) -> Self {
        let relation = match self.relation {
            Relation::Itself => Relation::Within(Rc::new([way])),
            Relation::Within(ways) => Relation::Within(ways.iter().cloned().chain([way]).collect()),
            Relation::Made => Relation::Made,
        };
        Self { relation, ..self }
    }

    /// What it is one way further in.
    pub(super) fn taken_out(self) -> Self {
        let relation = match self.relation {
            Relation::Within(ways) => match ways.split_last() {
                Some((_, rest)) if !rest.is_empty() => Relation::Within(rest.into()),
                _ => Relation::Itself,
            },
            other => other,
        };
        Self { relation, ..self }
    }

    /// The parts of a value that are what is at the place, when the value is this.
    fn parts<'v>(&self, known: &'v Json) -> Vec<&'v Json> {
        let Relation::Within(ways) = &self.relation else { return vec![known] };
        ways.iter().rev().fold(vec![known], |all, way| {
            let part = |value: &'v Json| match (way, value) {
                (Way::Key(key), Json::Object(members)) => {
                    key.as_str().and_then(|key| members.get(key)).into_iter().collect()
                }
                (Way::Any, Json::Object(members)) => members.values().collect(),
                (Way::Key(key), Json::Array(items)) if key.is_number() => items.iter().collect(),
                (Way::Any | Way::Member, Json::Array(items)) => items.iter().collect(),
                _ => vec![],
            };
            all.into_iter().flat_map(part).take(MOST_MEMBERS).collect::<Vec<_>>()
        })
    }
}

impl<'a> Tracer<'a> {
    /// Where the value of an expression comes from.
    pub(super) fn origins(&self, scope: &Scope<'a>, expr: &'a Expr, depth: usize) -> Vec<Origin<'a>> {
        if !self.works(depth) {
            return vec![];
        }
        if let Some(known) = scope.known(expr).filter(|_| !self.is_given_input()) {
            return known;
        }
        let mut found = match expr {
            Expr::Var(name) if name == "input" => self.of_input(&Path::root()),
            Expr::Var(name) => match (scope.origins.get(name.as_str()), input_import(scope.module, name)) {
                (Some(origins), _) => origins.to_vec(),
                (None, Some(path)) => self.of_input(&path),
                (None, None) => {
                    let none = Given::default();
                    self.of_rule(scope, name, &[], &none, depth).map(|(origins, _)| origins).unwrap_or_default()
                }
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
        if let Some(name) = base.var().filter(|name| *name != "input" && !scope.origins.contains_key(*name))
            && input_import(scope.module, name).is_none()
            && let Some(given) = self.asked(scope, name, steps, depth)
            && let Some((origins, taken)) = self.of_rule(scope, name, steps, &given, depth)
        {
            return self.along(scope, origins, steps.get(taken..).unwrap_or_default());
        }
        let origins = self.origins(scope, base, depth);
        self.along(scope, origins, steps)
    }

    /// What a reference to a set of the policy asks it for: the key behind its name.
    pub(super) fn asked(&self, scope: &Scope<'a>, base: &'a str, steps: &'a [Expr], depth: usize) -> Option<Given<'a>> {
        let (_, taken) = self.names.rule(scope.module, base, steps)?;
        let key = steps.get(taken);
        Some(
            key.map(|key| self.given(scope, std::slice::from_ref(key), depth))
                .into_iter()
                .flatten()
                .next()
                .unwrap_or_default(),
        )
    }

    pub(super) fn along(&self, scope: &Scope<'a>, origins: Vec<Origin<'a>>, steps: &'a [Expr]) -> Vec<Origin<'a>> {
        steps.iter().fold(origins, |origins, step| match constant(step) {
            Some(key) => self.step(origins, std::slice::from_ref(&key)),
            None if is_blank(step) => self.step(origins, &[]),
            None => self.step(origins, &self.values(scope, step)),
        })
    }

    /// One step into what is at some places; its key can be one of several.
    pub(super) fn step(&self, origins: Vec<Origin<'a>>, known: &[Shared<'a>]) -> Vec<Origin<'a>> {
        let is_member =
            |origin: &Origin| matches!(&origin.relation, Relation::Within(ways) if ways.last() == Some(&Way::Member));
        if !origins.iter().any(is_member) {
            let mut found = Vec::with_capacity(origins.len());
            origins.into_iter().for_each(|one| self.into(one, known, &mut found));
            found.truncate(MOST_MEMBERS * 4);
            return found;
        }
        let (members, others): (Vec<_>, Vec<_>) = origins.into_iter().partition(is_member);
        // The member of a set is chosen by its value; of an array by a number that says nothing of where it came from.
        let known_members = known.iter().filter(|known| !known.is_number()).cloned().collect::<Vec<_>>();
        let mut found = self.fitting(members.into_iter().map(Origin::taken_out).collect(), &known_members);
        others.into_iter().for_each(|one| self.into(one, known, &mut found));
        found.truncate(MOST_MEMBERS * 4);
        found
    }

    /// One step into what is at one place.
    pub(super) fn into(&self, origin: Origin<'a>, known: &[Shared<'a>], found: &mut Vec<Origin<'a>>) {
        let Origin { place, relation, .. } = &origin;
        match relation {
            Relation::Made => return found.push(origin),
            Relation::Within(ways) => {
                return match ways.last() {
                    Some(Way::Key(key)) if !known.is_empty() && !known.contains(key) => {}
                    _ => found.push(origin.taken_out()),
                };
            }
            Relation::Itself => {}
        }
        let key = |key: &Shared<'a>| match &**key {
            Json::String(key) => Some(place.key(key)),
            Json::Number(index) => index.as_u64().and_then(|at| usize::try_from(at).ok()).map(|at| place.index(at)),
            _ => None,
        };
        match known {
            // What has no members is looked at itself.
            [] => match place.children() {
                none if none.is_empty() => found.push(Origin { is_any: true, ..origin }),
                all => found.extend(all.into_iter().map(|place| Origin { is_any: true, ..Origin::itself(place) })),
            },
            [one] => found.extend(key(one).map(Origin::itself)),
            several => {
                let (there, absent): (Vec<_>, Vec<_>) =
                    several.iter().filter_map(key).partition(|place| place.value.is_some());
                let meant = if there.is_empty() { absent.into_iter().take(1).collect() } else { there };
                found.extend(meant.into_iter().map(Origin::itself));
            }
        }
    }

    /// The origins that a value can have: those that are equal to it, else those that are most like it, because libraries fill in
    /// what is inherited. All when nothing is known.
    pub(super) fn fitting(&self, origins: Vec<Origin<'a>>, known: &[Shared<'a>]) -> Vec<Origin<'a>> {
        if known.is_empty() {
            return origins;
        }
        let equal: Vec<Origin<'a>> =
            origins.iter().filter(|origin| known.iter().any(|known| self.is(origin, known))).cloned().collect();
        if !equal.is_empty() {
            return equal;
        }
        if origins.iter().any(|origin| origin.relation == Relation::Made) {
            return origins;
        }
        let likeness = |origin: &Origin| {
            let value = origin.place.value?;
            known.iter().flat_map(|known| origin.parts(known)).filter_map(|known| likeness(value, known)).max()
        };
        let best = origins.iter().filter_map(likeness).max();
        // Where nothing is, a helper has put a default.
        let is_it = |origin: &Origin| match best {
            Some(_) => likeness(origin) == best,
            None => origin.relation == Relation::Itself && origin.place.value.is_none(),
        };
        origins.into_iter().filter(is_it).collect()
    }

    /// Whether a value can come from there.
    pub(super) fn is(&self, origin: &Origin<'a>, value: &Json) -> bool {
        let same = |at: &Json, part: &Json| std::ptr::eq(at, part) || at == part;
        origin.place.value.is_some_and(|at| origin.parts(value).into_iter().any(|part| same(at, part)))
    }

    /// The members of a collection, as far as the key or the value of the one in question is known.
    pub(super) fn members(
        &self,
        scope: &Scope<'a>,
        collection: &'a Expr,
        key: Option<&'a Expr>,
        value: Option<&'a Expr>,
        depth: usize,
    ) -> Vec<Origin<'a>> {
        let keys = key.map(|key| self.values(scope, key)).unwrap_or_default();
        let values = value.map(|value| match value {
            Expr::Var(name) => scope.values.get(name.as_str()).map(|values| values.to_vec()).unwrap_or_default(),
            other => constant(other).into_iter().collect(),
        });
        let found = self.step(self.origins(scope, collection, depth), &keys);
        self.fitting(found, &values.unwrap_or_default())
    }

    /// Where the value of a rule comes from, and how many steps name the rule.
    fn of_rule(
        &self,
        scope: &Scope<'a>,
        base: &'a str,
        steps: &'a [Expr],
        asked: &Given<'a>,
        depth: usize,
    ) -> Option<(Vec<Origin<'a>>, usize)> {
        let (name, taken) = self.names.rule(scope.module, base, steps)?;
        let is_set = |(_, rule): (&Module, &Rule)| matches!(rule.form, Form::Set(_));
        let is_open = asked.values.is_empty() || !self.names.rules(name).any(is_set);
        let is_plain = is_open && !self.is_given_input();
        if let Some(known) = self.origins.borrow().get(name).filter(|_| is_plain) {
            return Some((known.to_vec(), taken));
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
        Some((found, taken))
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

pub(super) fn within<'a>(origins: Vec<Origin<'a>>, way: &Way<'a>) -> Vec<Origin<'a>> {
    origins.into_iter().map(|origin| origin.within(way.clone())).collect()
}

/// How many members two objects have in common; none for what cannot be meant by each other.
fn likeness(one: &Json, other: &Json) -> Option<usize> {
    let (one, other) = (one.as_object()?, other.as_object()?);
    let equal = one.iter().filter(|(key, value)| other.get(*key) == Some(value)).count();
    (equal > 0 && one.get("name") == other.get("name")).then_some(equal)
}

fn is_blank(step: &Expr) -> bool {
    step.var() == Some("_")
}
