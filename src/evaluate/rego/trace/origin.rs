//! Where a value comes from: a place of the input, and how the value has to do with what is there.

use std::rc::Rc;

use serde_json::Value as Json;

use super::MOST_MEMBERS;
use super::place::Place;
use crate::model::Shared;

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
    pub(super) fn parts<'v>(&self, known: &'v Json) -> Vec<&'v Json> {
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

pub(super) fn within<'a>(origins: Vec<Origin<'a>>, way: &Way<'a>) -> Vec<Origin<'a>> {
    origins.into_iter().map(|origin| origin.within(way.clone())).collect()
}
