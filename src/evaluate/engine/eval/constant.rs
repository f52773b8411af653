//! How a constant of a plan is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A value as it is written; the engine's own form has no sets.
#[derive(Serialize, Deserialize)]
enum Written<'a> {
    Null,
    Bool(bool),
    /// As text, however many digits it has.
    Number(#[serde(borrow)] Cow<'a, str>),
    Text(&'a str),
    Array(Vec<Written<'a>>),
    Set(Vec<Written<'a>>),
    Object(Vec<(Written<'a>, Written<'a>)>),
}

/// Writes a value.
pub fn serialize<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
    written(value).serialize(to)
}

/// Reads a value.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    read(Written::deserialize(from)?).map_err(de::Error::custom)
}

/// The same of several.
pub mod list {
    use regorus::Value;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::{Written, read, written};

    /// Writes values.
    pub fn serialize<S: Serializer>(values: &[Value], to: S) -> Result<S::Ok, S::Error> {
        values.iter().map(written).collect::<Vec<_>>().serialize(to)
    }

    /// Reads values.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Value>, D::Error> {
        let all = Vec::<Written<'_>>::deserialize(from)?.into_iter();
        all.map(read).collect::<Result<_, _>>().map_err(de::Error::custom)
    }
}

fn written(value: &Value) -> Written<'_> {
    match value {
        Value::Bool(value) => Written::Bool(*value),
        Value::Number(number) => Written::Number(number.format_decimal().into()),
        Value::String(text) => Written::Text(text),
        Value::Array(items) => Written::Array(items.iter().map(written).collect()),
        Value::Set(items) => Written::Set(items.iter().map(written).collect()),
        Value::Object(members) => {
            Written::Object(members.iter().map(|(key, value)| (written(key), written(value))).collect())
        }
        // What has no value is no constant.
        Value::Null | Value::Undefined => Written::Null,
    }
}

fn read(written: Written<'_>) -> anyhow::Result<Value> {
    Ok(match written {
        Written::Null => Value::Null,
        Written::Bool(value) => Value::Bool(value),
        Written::Number(text) => Value::from_numeric_string(&text)?,
        Written::Text(text) => Value::String(text.into()),
        Written::Array(items) => Value::from(items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?),
        Written::Set(items) => Value::from(items.into_iter().map(read).collect::<Result<BTreeSet<_>, _>>()?),
        Written::Object(members) => {
            let member = |(key, value)| Ok((read(key)?, read(value)?));
            Value::from(members.into_iter().map(member).collect::<anyhow::Result<BTreeMap<_, _>>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_constant_is_read_as_it_was_written() {
        let number = Value::from_numeric_string("12345678901234567890123").unwrap();
        let object = super::super::super::value::of(&json!({"a": [null, true, 1.5, -3, "x"], "": {}}));
        let set = Value::from(BTreeSet::from([Value::Null, number.clone(), object.clone()]));
        for value in [number, object, set] {
            let bytes = postcard::to_stdvec(&written(&value)).unwrap();
            assert_eq!(read(postcard::from_bytes(&bytes).unwrap()).unwrap(), value);
        }
    }
}
