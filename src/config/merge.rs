//! Several configurations that build upon each other come in, what they say together goes out.
//!
//! Mappings are joined key by key, lists one behind the other, and of anything else the file that extends goes before the one that it
//! extends: its keys and list elements come first, which decides where the first one that matches counts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Config, Loaded};
use crate::error::Error;
use crate::model::{Location, Path};

/// What the files of a configuration say together.
#[derive(Debug, Clone, Default)]
pub struct Merged {
    /// What they say.
    pub config: Config,
    /// For each control that they mention, where the foremost one does.
    pub settings_at: BTreeMap<String, Location>,
}

/// Joins configurations, each of which goes before the ones in front of it.
///
/// # Errors
/// At the place where a file changes a control that a file below it has locked.
pub fn merge(layers: &[Loaded]) -> Result<Merged, Error> {
    let mut merged = Merged::default();
    let mut joined = Value::Null;
    // Control → the file that has locked it.
    let mut locked: BTreeMap<String, String> = BTreeMap::new();
    // For each rule of `modes`, as they will be joined, the controls that it cannot be about and where it is.
    let mut rules: Vec<(BTreeSet<String>, Location)> = Vec::new();
    for layer in layers {
        let controls = &layer.value.controls;
        if let Some((id, file)) = controls.keys().find_map(|id| locked.get_key_value(id)) {
            let path = Path::of_keys(&["controls", id]);
            let error =
                layer.error_at_key(&path, format!("control `{id}` is locked by {file}"), "cannot be changed here");
            return Err(error.help("take it out; what an extended file locks, the files that extend it leave alone"));
        }
        merged.config.held = locked.keys().cloned().collect();
        let modes = Path::of_keys(&["modes"]);
        let place = |index| layer.key_location(&modes.index(index).key("from"));
        let own = (0..layer.value.modes.len()).map(|index| (merged.config.held.clone(), place(index)));
        rules = own.chain(rules).collect();
        locked.extend(layer.value.locked().map(|id| (id.to_owned(), layer.source().path().to_string())));
        let places = controls.keys().map(|id| (id.clone(), layer.key_location(&Path::of_keys(&["controls", id]))));
        merged.settings_at.extend(places);
        joined = join(layer.json(), joined);
    }
    let held = std::mem::take(&mut merged.config.held);
    merged.config = match layers {
        [] => Config::default(),
        [only] => only.value.clone(),
        _ => serde_json::from_value(joined)
            .map_err(|why| Error::usage(format!("the configurations do not fit: {why}")))?,
    };
    for (rule, (except, at)) in merged.config.modes.iter_mut().zip(rules) {
        (rule.except, rule.at) = (except, Some(at));
    }
    merged.config.held = held;
    Ok(merged)
}

fn join(upper: Value, lower: Value) -> Value {
    match (upper, lower) {
        (Value::Object(upper), Value::Object(mut lower)) => {
            let mut joined = Map::new();
            for (key, value) in upper {
                let value = match lower.remove(&key) {
                    Some(below) => join(value, below),
                    None => value,
                };
                joined.insert(key, value);
            }
            joined.extend(lower);
            Value::Object(joined)
        }
        (Value::Array(upper), Value::Array(lower)) => Value::Array(upper.into_iter().chain(lower).collect()),
        (Value::Null, lower) => lower,
        (upper, _) => upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_upper_file_goes_before_the_lower_one() {
        let table = [
            (json!({"a": 1}), json!({"a": 2, "b": 3}), json!({"a": 1, "b": 3})),
            (json!({"a": ["x"]}), json!({"a": ["y"]}), json!({"a": ["x", "y"]})),
            (
                json!({"a": {"b": [1], "c": 2}}),
                json!({"a": {"c": 3, "d": 4}}),
                json!({"a": {"b": [1], "c": 2, "d": 4}}),
            ),
            (json!({"a": false}), json!({"a": {"severity": "low"}}), json!({"a": false})),
            (json!({"a": null}), json!({"a": 1}), json!({"a": 1})),
            (Value::Null, json!({"a": 1}), json!({"a": 1})),
            (json!({"a": 1}), Value::Null, json!({"a": 1})),
        ];
        for (upper, lower, expected) in table {
            assert_eq!(join(upper.clone(), lower.clone()), expected, "{upper} {lower}");
        }
        let keys = join(json!({"z": 1, "b": 2}), json!({"a": 1, "b": 3}));
        assert_eq!(keys.as_object().unwrap().keys().collect::<Vec<_>>(), ["z", "b", "a"]);
    }
}
