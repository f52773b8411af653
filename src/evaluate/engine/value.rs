//! From JSON to the values of the engine.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use regorus::Value;
use serde_json::Value as Json;

/// The same value. The engine's own conversion takes a mapping with the key `$serde_json::private::Number` for a number, which would
/// let a document hide itself, and wants a copy of its own.
pub fn of(json: &Json) -> Value {
    convert(json, &mut |text| text.into())
}

/// Words that several values have, in memory once.
#[derive(Default)]
pub struct Shared(HashSet<Arc<str>>);

impl Shared {
    /// As [`of`].
    pub fn of(&mut self, json: &Json) -> Value {
        convert(json, &mut |text| match self.0.get(text) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = text.into();
                self.0.insert(Arc::clone(&new));
                new
            }
        })
    }
}

fn convert(json: &Json, word: &mut dyn FnMut(&str) -> Arc<str>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(value), _, _) => Value::from(value),
            (_, Some(value), _) => Value::from(value),
            (_, _, value) => value.map_or(Value::Null, Value::from),
        },
        Json::String(text) => Value::String(word(text)),
        Json::Array(items) => Value::from(items.iter().map(|item| convert(item, word)).collect::<Vec<_>>()),
        Json::Object(members) => {
            let member = |(key, value): (&String, &Json)| (Value::String(word(key)), convert(value, word));
            Value::from(members.iter().map(member).collect::<BTreeMap<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_the_one_that_the_engine_makes_itself() {
        let table = [
            json!(null),
            json!([true, 0, -1, u64::MAX, i64::MIN, 1.0, 1.5, -0.0, 1e300, 12345678901234567890_u64]),
            json!({"b": {"é": []}, "a": {}, "": "text", "1": 1}),
        ];
        for json in table {
            assert_eq!(of(&json), Value::from(json.clone()), "{json}");
            assert_eq!(serde_json::to_string(&of(&json)).unwrap(), serde_json::to_string(&Value::from(json)).unwrap());
        }
    }

    #[test]
    fn a_mapping_is_never_a_number() {
        let json = json!({"$serde_json::private::Number": "x", "hostNetwork": true});
        assert_eq!(serde_json::to_value(of(&json)).unwrap(), json);
    }
}
