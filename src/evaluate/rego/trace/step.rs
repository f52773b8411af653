//! From places to what is in them: origins and the keys of a reference come in, the origins of what it leads to go out.

use std::rc::Rc;

use serde_json::Value as Json;

use super::origin::{Origin, Relation, Way};
use super::place::Place;
use super::scope::Scope;
use super::value::constant;
use super::{MOST_MEMBERS, Tracer};
use crate::evaluate::rego::Expr;
use crate::model::Shared;

impl<'a> Tracer<'a> {
    pub(super) fn along(&self, scope: &Scope<'a>, origins: Vec<Origin<'a>>, steps: &'a [Expr]) -> Vec<Origin<'a>> {
        steps.iter().fold(origins, |origins, step| match constant(step) {
            Some(key) => self.step(origins, std::slice::from_ref(&key)),
            None if is_blank(step) => self.step(origins, &[]),
            None => self.step(origins, &self.values(scope, step)),
        })
    }

    /// One step into what is at some places; its key can be one of several.
    pub(super) fn step(&self, origins: Vec<Origin<'a>>, known: &[Shared<'a>]) -> Vec<Origin<'a>> {
        if let [key] = known
            && origins.iter().all(|origin| origin.relation == Relation::Itself)
        {
            let members = origins.into_iter().filter_map(|origin| member(&origin.place, key));
            return members.map(Origin::itself).take(MOST_MEMBERS * 4).collect();
        }
        let is_member =
            |origin: &Origin| matches!(&origin.relation, Relation::Within(ways) if ways.last() == Some(&Way::Member));
        let mut found = Vec::with_capacity(origins.len());
        let mut others = origins;
        if others.iter().any(is_member) {
            let members: Vec<Origin<'a>>;
            (members, others) = others.into_iter().partition(is_member);
            // The member of a set is chosen by its value; of an array by a number that says nothing of where it came from.
            let known_members = known.iter().filter(|known| !known.is_number()).cloned().collect::<Vec<_>>();
            found = self.fitting(members.into_iter().map(Origin::taken_out).collect(), &known_members);
        }
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
        let key = |key: &Shared<'a>| member(place, key);
        match known {
            // What has no members is looked at itself.
            [] => match place.children() {
                none if none.is_empty() => found.push(Origin { is_any: true, ..origin }),
                all => found.extend(all.into_iter().map(|place| Origin { is_any: true, ..Origin::itself(place) })),
            },
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
        origin.place.value.is_some_and(|at| match origin.relation {
            Relation::Within(_) => origin.parts(value).into_iter().any(|part| same(at, part)),
            Relation::Itself | Relation::Made => same(at, value),
        })
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
}

/// The member with this key, the element with this index.
fn member<'a>(place: &Place<'a>, key: &Json) -> Option<Rc<Place<'a>>> {
    match key {
        Json::String(key) => Some(place.key(key)),
        Json::Number(index) => index.as_u64().and_then(|at| usize::try_from(at).ok()).map(|at| place.index(at)),
        _ => None,
    }
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
