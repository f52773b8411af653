//! What rules say, as values of the engine, to be read without making JSON of all of it.

use regorus::Value;
use serde::de::DeserializeOwned;

use crate::model::{Path, Step};

/// One thing that a rule says, or a part of it.
#[derive(Clone, Copy)]
pub struct Said<'v>(pub &'v Value);

impl<'v> Said<'v> {
    /// The members of an object, by their names; `None` for anything else, or where a key is no text.
    pub fn members(self) -> Option<Vec<(&'v str, Self)>> {
        let Value::Object(members) = self.0 else { return None };
        members.iter().map(|(key, value)| Some((Self(key).text()?, Self(value)))).collect()
    }

    /// A text.
    pub fn text(self) -> Option<&'v str> {
        if let Value::String(text) = self.0 { Some(text) } else { None }
    }

    /// A whole number from 0.
    pub fn index(self) -> Option<usize> {
        let Value::Number(number) = self.0 else { return None };
        number.as_u64().filter(|_| number.is_integer()).and_then(|at| usize::try_from(at).ok())
    }

    /// A path: an array of keys and indexes.
    pub fn path(self) -> Option<Path> {
        let Value::Array(steps) = self.0 else { return None };
        let step = |step: &Value| match step {
            Value::String(key) => Some(Step::Key(key.clone())),
            index => Said(index).index().map(Step::Index),
        };
        steps.iter().map(step).collect::<Option<_>>().map(Path)
    }

    /// Whatever serde makes of it.
    ///
    /// # Errors
    /// What serde says.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(self.0)?)
    }
}
