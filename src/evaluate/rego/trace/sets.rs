//! What the sets and objects are made of that a policy makes: the places of their parts come in, those of their members go out.

use std::rc::Rc;

use serde_json::Value as Json;

use super::Tracer;
use super::origin::{Origin, Relation, Way, within};
use super::place::Place;
use crate::evaluate::rego::Expr;
use crate::model::{Shared, Step};

impl<'a> Tracer<'a> {
    /// What a set is made of by an operator: its members are those of the sides, or of the first one.
    pub(super) fn of_sets(
        &self,
        expr: &'a Expr,
        [left, right]: [Vec<Origin<'a>>; 2],
        known: Option<&Json>,
    ) -> Vec<Origin<'a>> {
        let elements = |side: Vec<Origin<'a>>| side.into_iter().flat_map(|origin| self.elements(origin));
        match expr {
            Expr::Binary("|", ..) => elements(left).chain(elements(right)).collect(),
            Expr::Binary("-", ..) if left.is_empty() => self.lacking(right),
            _ if left.is_empty() => right.into_iter().map(Origin::made).collect(),
            Expr::Binary("-", ..) if left.iter().any(Origin::is_member) => self.left_over(left, &right, known),
            Expr::Binary("&", ..) => elements(left).collect(),
            _ => left.into_iter().chain(right).map(Origin::made).collect(),
        }
    }

    /// What is wanted and not among some elements is missing from their list.
    fn lacking(&self, elements: Vec<Origin<'a>>) -> Vec<Origin<'a>> {
        let is_plain = |place: &Place| place.value.is_some_and(|value| !value.is_object() && !value.is_array());
        let mut lists: Vec<Origin<'a>> = Vec::new();
        for origin in elements {
            let list = match origin.place.path.steps() {
                [before @ .., Step::Index(_)] if is_plain(&origin.place) => self.root.along(before),
                _ => Rc::clone(&origin.place),
            };
            let made = Origin { place: list, ..origin.made() };
            if !lists.contains(&made) {
                lists.push(made);
            }
        }
        lists
    }

    /// The members of a set that are not among those of another one, where both are known.
    fn left_over(&self, left: Vec<Origin<'a>>, right: &[Origin<'a>], known: Option<&Json>) -> Vec<Origin<'a>> {
        let is_plain = |origin: &Origin| matches!(&origin.relation, Relation::Within(ways) if **ways == [Way::Member]);
        if !right.iter().all(is_plain) {
            return left;
        }
        let taken = right.iter().filter_map(|origin| origin.place.value);
        let taken: Vec<&Json> = taken.chain(known.and_then(Json::as_array).into_iter().flatten()).collect();
        let is_left =
            |origin: &&Origin<'a>| is_plain(origin) && origin.place.value.is_some_and(|value| !taken.contains(&value));
        let rest: Vec<Origin<'a>> = left.iter().filter(is_left).cloned().collect();
        if rest.is_empty() { left } else { rest }
    }

    /// The members of an object that a policy makes of places of the input: the key of each is what was found inside its place.
    pub(super) fn by_keys(&self, origins: Vec<Origin<'a>>, keys: &[Origin<'a>]) -> Vec<Origin<'a>> {
        let key = |origin: &Origin<'a>| {
            let is_its = |key: &&Origin<'a>| key.place.path.steps().starts_with(origin.place.path.steps());
            let mut its = keys.iter().filter(is_its);
            let (first, more) = (its.next()?, its.next());
            let is_known = more.is_none() && first.relation == Relation::Itself;
            first.place.value.filter(|value| is_known && value.is_string()).map(Shared::There)
        };
        let of = |origin: Origin<'a>| {
            let way = key(&origin).map_or(Way::Any, Way::Key);
            origin.within(way)
        };
        origins.into_iter().map(of).collect()
    }

    /// The elements of a list or set, whatever their numbers.
    pub(super) fn elements(&self, origin: Origin<'a>) -> Vec<Origin<'a>> {
        match &origin.relation {
            Relation::Itself => {
                let mut elements = Vec::new();
                self.into(origin, &[], &mut elements);
                within(elements, &Way::Member)
            }
            Relation::Within(ways) if matches!(ways.last(), Some(Way::Key(key)) if key.is_number()) => {
                vec![origin.taken_out().within(Way::Member)]
            }
            _ => vec![origin],
        }
    }
}
