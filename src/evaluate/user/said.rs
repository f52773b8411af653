//! A result of a policy as conftest reads it: a message, and what comes with it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// How deep what a policy says may be nested: it is read back, and printed, by programs that go no deeper than some hundred levels.
const MOST_NESTED: usize = 100;

/// A result as a finding needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The message.
    pub message: String,
    /// What else the policy says of it.
    #[serde(with = "text")]
    pub metadata: Map<String, Json>,
}

/// Members on their way between two processes: a text, because their form has no values of any type.
mod text {
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    use super::{Json, Map};

    pub fn serialize<S: Serializer>(members: &Map<String, Json>, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Some(members).filter(|members| !members.is_empty()).map(serde_json::to_string).transpose();
        serializer.serialize_str(&text.map_err(ser::Error::custom)?.unwrap_or_default())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Json>, D::Error> {
        match <&str>::deserialize(deserializer)? {
            "" => Ok(Map::new()),
            text => serde_json::from_str(text).map_err(de::Error::custom),
        }
    }
}

/// Reads a result: a message, or an object that has one at `msg`; `None` for what conftest passes over.
///
/// # Errors
/// For an object without a message, or one that is nested deeper than anyone reads.
pub fn said(value: &Json) -> Result<Option<Said>, String> {
    match value {
        Json::String(message) if message.is_empty() => Ok(None),
        Json::String(message) => Ok(Some(Said { message: message.clone(), metadata: Map::new() })),
        Json::Object(members) => match members.get("msg").and_then(Json::as_str) {
            Some("") => Ok(None),
            Some(_) if !fits(value, MOST_NESTED) => {
                Err(format!("its result is nested more than {MOST_NESTED} levels deep"))
            }
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

/// Whether it is nested no deeper than so many levels.
fn fits(value: &Json, levels: usize) -> bool {
    let inside = |inner: &Json| levels > 0 && fits(inner, levels - 1);
    match value {
        Json::Array(items) => items.iter().all(inside),
        Json::Object(members) => members.values().all(inside),
        _ => true,
    }
}
