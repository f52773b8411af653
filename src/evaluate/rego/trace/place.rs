//! Places of an input: each is made once, however many values come from it, and knows what is there.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value as Json;

use super::MOST_MEMBERS;
use crate::model::{Path, Step};

/// A place, which need not exist.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub path: Path,
    /// What is there.
    pub value: Option<&'a Json>,
    /// The places right in it that were asked for, in the order of their last steps.
    inner: RefCell<Vec<Rc<Place<'a>>>>,
}

/// A step that is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Member<'k> {
    Key(&'k str),
    Index(usize),
}

impl<'a> Place<'a> {
    /// The whole input.
    pub(super) fn root(input: &'a Json) -> Rc<Self> {
        Rc::new(Self { path: Path::root(), value: Some(input), inner: RefCell::default() })
    }

    /// The member with this key.
    pub(super) fn key(&self, key: &str) -> Rc<Self> {
        self.member(Member::Key(key))
    }

    /// The element with this index.
    pub(super) fn index(&self, index: usize) -> Rc<Self> {
        self.member(Member::Index(index))
    }

    /// The place at the end of some steps.
    pub(super) fn along(self: &Rc<Self>, steps: &[Step]) -> Rc<Self> {
        steps.iter().fold(Rc::clone(self), |place, step| place.member(Member::of(step)))
    }

    /// The first members of a mapping, the first elements of a list.
    pub(super) fn children(&self) -> Vec<Rc<Self>> {
        match self.value {
            Some(Json::Array(items)) => (0..items.len()).take(MOST_MEMBERS).map(|index| self.index(index)).collect(),
            Some(Json::Object(members)) => members.keys().take(MOST_MEMBERS).map(|key| self.key(key)).collect(),
            _ => vec![],
        }
    }

    fn member(&self, member: Member<'_>) -> Rc<Self> {
        let mut inner = self.inner.borrow_mut();
        let at = inner.partition_point(|place| place.path.steps().last().map(Member::of) < Some(member));
        match inner.get(at).filter(|place| place.path.steps().last().map(Member::of) == Some(member)) {
            Some(known) => Rc::clone(known),
            None => {
                let (path, value) = match member {
                    Member::Key(key) => (self.path.key(key), self.value.and_then(|value| value.get(key))),
                    Member::Index(index) => (self.path.index(index), self.value.and_then(|value| value.get(index))),
                };
                let place = Rc::new(Self { path, value, inner: RefCell::default() });
                inner.insert(at, Rc::clone(&place));
                place
            }
        }
    }
}

impl<'k> Member<'k> {
    fn of(step: &'k Step) -> Self {
        match step {
            Step::Key(key) => Self::Key(key),
            Step::Index(index) => Self::Index(*index),
        }
    }
}

/// Of one input there is one of each place.
impl PartialEq for Place<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
