//! A result of a policy as conftest reads it: a message, and what comes with it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// A result as a finding needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The message.
    pub message: String,
    /// What else the policy says of it.
    pub metadata: Map<String, Json>,
}

/// Reads a result: a message, or an object that has one at `msg`; `None` for what conftest passes over.
///
/// # Errors
/// For an object without a message.
pub fn said(value: &Json) -> Result<Option<Said>, String> {
    match value {
        Json::String(message) if message.is_empty() => Ok(None),
        Json::String(message) => Ok(Some(Said { message: message.clone(), metadata: Map::new() })),
        Json::Object(members) => match members.get("msg").and_then(Json::as_str) {
            Some("") => Ok(None),
            Some(message) => {
                let rest = members.iter().filter(|(key, _)| *key != "msg");
                let metadata = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
                Ok(Some(Said { message: message.to_owned(), metadata }))
            }
            None => Err("its result has no `msg` that is a string".to_owned()),
        },
        _ => Ok(None),
    }
}
