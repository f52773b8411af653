//! Where a policy that names no place may have looked.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::path::{Path, Step};

/// A value that many hold and nobody changes.
#[derive(Debug, Clone)]
pub enum Shared<'a> {
    /// A part of an input or of a policy.
    There(&'a Json),
    /// One that was computed.
    Made(Arc<Json>),
}

/// A place that may be why a policy said something.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<'a> {
    /// The place, in every solution that leads to the same words; it need not exist.
    pub paths: Vec<Path>,
    /// What to change to see whether it is the place, where that is not the place itself.
    pub instead: Vec<Path>,
    /// The values that the policy compares it with.
    pub values: Vec<Shared<'a>>,
    /// The other constants of the clause and of its helpers.
    pub hints: Arc<[Shared<'a>]>,
    /// Whether it says what the document is about, and with another value the policy would have nothing to say in any case.
    pub is_guard: bool,
    /// Whether it is in the metadata of the object, by which rules leave objects out as well.
    pub is_metadata: bool,
    /// Whether the clause goes on to something else behind it.
    pub is_passed: bool,
    /// What the policy compares it with, where that is in the input as well.
    pub partner: Option<Path>,
    /// How likely it is, beside others.
    pub rank: i32,
}

/// What is known of a variable in a solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Known {
    /// It is what lies there in the input.
    At(Vec<Step>),
    /// Its value.
    Value(Json),
}

/// A change of one place of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The steps of its path.
    pub steps: Vec<Step>,
    /// What is put there; mappings that are absent on the way are made. Without a value it is removed.
    pub value: Option<Json>,
}

impl Candidate<'_> {
    /// These places, of which nothing more is known.
    pub fn new(paths: Vec<Path>, rank: i32) -> Self {
        let (values, hints) = (vec![], Arc::default());
        Self {
            paths,
            instead: vec![],
            values,
            hints,
            is_guard: false,
            is_metadata: false,
            is_passed: false,
            partner: None,
            rank,
        }
    }
}

impl<'a> Candidate<'a> {
    /// What to change to see whether it is the place.
    pub fn touched(&self) -> &[Path] {
        if self.instead.is_empty() { &self.paths } else { &self.instead }
    }

    /// Adds another one that leads to the same words.
    pub fn join(&mut self, other: Self) {
        if !self.instead.is_empty() || !other.instead.is_empty() {
            let mut touched = self.touched().to_vec();
            add(&mut touched, other.touched().to_vec());
            self.instead = touched;
        }
        add(&mut self.paths, other.paths);
        self.rank = self.rank.max(other.rank);
        self.is_passed &= other.is_passed;
    }
}

/// Adds the paths that are new.
fn add(all: &mut Vec<Path>, more: Vec<Path>) {
    let new: Vec<Path> = more.into_iter().filter(|path| !all.contains(path)).collect();
    all.extend(new);
}

impl<'a> Shared<'a> {
    /// A part of it.
    pub fn part(&self, of: impl FnOnce(&Json) -> Option<&Json>) -> Option<Self> {
        match self {
            Self::There(value) => of(value).map(Shared::There),
            Self::Made(value) => of(value).cloned().map(Shared::from),
        }
    }

    /// The elements of a list, the values of a mapping.
    pub fn parts(&self) -> Vec<Self> {
        fn parts(value: &Json) -> Vec<&Json> {
            match value {
                Json::Array(items) => items.iter().collect(),
                Json::Object(members) => members.values().collect(),
                _ => vec![],
            }
        }
        match self {
            Self::There(value) => parts(value).into_iter().map(Shared::There).collect(),
            Self::Made(value) => parts(value).into_iter().cloned().map(Shared::from).collect(),
        }
    }
}

impl From<Json> for Shared<'_> {
    fn from(value: Json) -> Self {
        Self::Made(Arc::new(value))
    }
}

impl Deref for Shared<'_> {
    type Target = Json;

    fn deref(&self) -> &Json {
        match self {
            Self::There(value) => value,
            Self::Made(value) => value,
        }
    }
}

impl PartialEq for Shared<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
