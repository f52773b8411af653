//! Where a policy that names no place may have looked.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::path::{Path, Step};

/// A place that may be why a policy said something.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The place, in every solution that leads to the same words; it need not exist.
    pub paths: Vec<Path>,
    /// What to change to see whether it is the place; most often the place itself.
    pub touched: Vec<Path>,
    /// The values that the policy compares it with.
    pub values: Vec<Json>,
    /// The other constants of the clause and of its helpers.
    pub hints: Vec<Json>,
    /// Whether it says what the document is about, and with another value the policy would have nothing to say in any case.
    pub is_guard: bool,
    /// Whether it is in the metadata of the object, by which rules leave objects out as well.
    pub is_metadata: bool,
    /// Whether the clause goes on to something else behind it.
    pub is_passed: bool,
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
