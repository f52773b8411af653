//! How a place is looked at: by which test, with which constants beside it, how far inside helpers.

use std::rc::Rc;

use serde_json::Value as Json;

use super::Constants;
use super::function::{compare, function};
use crate::model::Shared;

/// How a place is looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Mood<'a> {
    pub weight: i32,
    pub is_negated: bool,
    pub is_tested: bool,
    pub values: Vec<Shared<'a>>,
    /// The constants of the rule in which it is looked at.
    pub near: Constants<'a>,
    pub depth: usize,
    /// Whether it is given a name here, and nothing more.
    pub is_named: bool,
    /// What of several values makes the test hold that is looked at.
    pub test: Option<Rc<Test<'a>>>,
}

/// A comparison or a function with one argument open.
#[derive(Debug, Clone)]
pub(super) struct Test<'a> {
    name: &'a str,
    arguments: Vec<Option<Shared<'a>>>,
}

impl<'a> Test<'a> {
    pub(super) fn new(name: &'a str, arguments: Vec<Option<Shared<'a>>>) -> Option<Self> {
        let is_open = arguments.iter().filter(|one| one.is_none()).count() == 1;
        is_open.then_some(Self { name, arguments })
    }

    pub(super) fn holds(&self, value: &Json) -> bool {
        let arguments: Vec<&Json> = self.arguments.iter().map(|one| one.as_deref().unwrap_or(value)).collect();
        let compared = match arguments.as_slice() {
            [left, right] => compare(self.name, left, right).map(Json::Bool),
            _ => None,
        };
        let value = compared.or_else(|| function(self.name, &arguments));
        match value {
            Some(Json::Bool(truth)) => truth,
            // What a pattern finds.
            Some(Json::Array(found)) => !found.is_empty(),
            _ => false,
        }
    }
}

impl<'a> Mood<'a> {
    pub(super) fn with(&self, value: Option<Shared<'a>>) -> Self {
        let mut mood = self.clone();
        mood.values.extend(value);
        mood
    }

    pub(super) fn test(&self, name: &'a str, arguments: Vec<Option<Shared<'a>>>) -> Self {
        Self { test: Test::new(name, arguments).map(Rc::new), ..self.clone() }
    }
}
