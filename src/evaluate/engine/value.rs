//! From JSON to the values of the engine.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use regorus::Value;
use serde_json::{Map, Value as Json};

use crate::model::{Edit, Path, Step};

/// An input, or what policies see as `data`.
#[derive(Debug, Clone)]
pub struct Input(pub Value);

impl Default for Input {
    fn default() -> Self {
        Self(Value::Null)
    }
}

/// What a change took the place of, and after how many steps: the member of a mapping; of a list the list itself.
pub struct Before(usize, Option<Value>);

impl Input {
    /// This document.
    pub fn new(json: &Json) -> Self {
        Self(of(json))
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self(Value::from(items.into_iter().map(|item| item.0).collect::<Vec<_>>()))
    }

    /// With one member more.
    #[must_use]
    pub fn with_member(mut self, key: &str, value: &Self) -> Self {
        if let Ok(members) = self.0.as_object_mut() {
            members.insert(Value::String(key.into()), value.0.clone());
        }
        self
    }

    /// With members that another one has: where they go, and where they are there.
    #[must_use]
    pub fn with_parts(mut self, parts: &[(Path, Path)], other: &Self) -> Self {
        for (at, there) in parts {
            change(&mut self.0, at.steps(), there.steps().iter().try_fold(&other.0, step));
        }
        self
    }
}

/// Makes changes, one after another. What nobody else holds is changed where it is.
pub fn make(whole: &mut Value, edits: &[Edit]) -> Vec<Option<Before>> {
    edits.iter().map(|edit| change(whole, &edit.steps, edit.value.as_ref().map(of).as_ref())).collect()
}

/// Takes changes back.
pub fn take_back(whole: &mut Value, edits: &[Edit], before: Vec<Option<Before>>) {
    for (edit, before) in edits.iter().zip(before).rev() {
        let Some(Before(depth, before)) = before else { continue };
        let mut way = edit.steps.iter();
        let place = way.by_ref().take(depth).try_fold(&mut *whole, |at, step| match step {
            Step::Key(key) => at.as_object_mut().ok()?.get_mut(&Value::String(Arc::clone(key))),
            Step::Index(index) => at.as_array_mut().ok()?.get_mut(*index),
        });
        match (place, way.next(), before) {
            (Some(place), Some(Step::Key(key)), before) => {
                let Ok(members) = place.as_object_mut() else { continue };
                let key = Value::String(Arc::clone(key));
                let _ = match before {
                    Some(before) => members.insert(key, before),
                    None => members.remove(&key),
                };
            }
            (Some(place), Some(Step::Index(_)), Some(before)) => *place = before,
            _ => {}
        }
    }
}

/// The same value. The engine's own conversion takes a mapping with the key `$serde_json::private::Number` for a number, which would
/// let a document hide itself, and wants a copy of its own.
pub fn of(json: &Json) -> Value {
    convert(json, &mut |text| text.into())
}

/// Words that several inputs have, in memory once.
#[derive(Default)]
pub struct Interner(HashSet<Arc<str>>);

impl Interner {
    /// This document.
    pub fn input(&mut self, json: &Json) -> Input {
        Input(convert(json, &mut |text| self.word(text)))
    }

    /// This mapping, with members beside that are there already.
    pub fn with_members<const N: usize>(&mut self, own: &Map<String, Json>, more: [(&str, Input); N]) -> Input {
        let own = own.iter().map(|(key, value)| (key.as_str(), self.input(value)));
        let members = own.collect::<Vec<_>>().into_iter().chain(more);
        let member = |(key, value): (&str, Input)| (Value::String(self.word(key)), value.0);
        Input(Value::from(members.map(member).collect::<BTreeMap<_, _>>()))
    }

    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
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

fn step<'v>(at: &'v Value, step: &Step) -> Option<&'v Value> {
    match (at, step) {
        (Value::Object(members), Step::Key(key)) => members.get(&Value::String(Arc::clone(key))),
        (Value::Array(items), Step::Index(index)) => items.get(*index),
        _ => None,
    }
}

/// Changes one place, and hands back what was there.
fn change(at: &mut Value, steps: &[Step], value: Option<&Value>) -> Option<Before> {
    let (step, rest) = steps.split_first()?;
    let deeper = |Before(depth, before)| Before(depth + 1, before);
    match step {
        Step::Key(key) => {
            let members = at.as_object_mut().ok()?;
            let key = Value::String(Arc::clone(key));
            let before = match (rest, value) {
                ([], Some(value)) => members.insert(key, value.clone()),
                ([], None) => members.remove(&key),
                (rest, value) => match members.get_mut(&key).filter(|inner| **inner != Value::Null) {
                    Some(inner) => return change(inner, rest, value).map(deeper),
                    None if value.is_some() => {
                        let mut inner = Value::new_object();
                        change(&mut inner, rest, value);
                        members.insert(key, inner)
                    }
                    None => return None,
                },
            };
            Some(Before(0, before))
        }
        Step::Index(index) if rest.is_empty() => {
            let before = at.clone();
            let items = at.as_array_mut().ok()?;
            let item = items.get_mut(*index)?;
            match value {
                Some(value) => *item = value.clone(),
                None => {
                    let others = items.iter().enumerate().filter(|(at, _)| at != index);
                    *items = others.map(|(_, item)| item.clone()).collect();
                }
            }
            Some(Before(0, Some(before)))
        }
        Step::Index(index) => change(at.as_array_mut().ok()?.get_mut(*index)?, rest, value).map(deeper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_changed_input_is_the_old_one_with_what_was_changed() {
        let input = of(&json!({"a": {"b": 1}, "l": [1, 2], "n": null}));
        let table = [
            (json!(["a", "b"]), Some(json!(2)), json!({"a": {"b": 2}, "l": [1, 2], "n": null})),
            (json!(["a", "b"]), None, json!({"a": {}, "l": [1, 2], "n": null})),
            (json!(["l", 0]), None, json!({"a": {"b": 1}, "l": [2], "n": null})),
            (json!(["l", 1]), Some(json!("x")), json!({"a": {"b": 1}, "l": [1, "x"], "n": null})),
            (json!(["l", 2]), Some(json!("x")), json!({"a": {"b": 1}, "l": [1, 2], "n": null})),
            (json!(["n", "c", "d"]), Some(json!([])), json!({"a": {"b": 1}, "l": [1, 2], "n": {"c": {"d": []}}})),
            (json!(["x", "y"]), None, json!({"a": {"b": 1}, "l": [1, 2], "n": null})),
            (json!(["a", "b", "c"]), Some(json!(1)), json!({"a": {"b": 1}, "l": [1, 2], "n": null})),
        ];
        for (path, value, expected) in table {
            let edits = [Edit { steps: Path::from_json(&path).unwrap().0, value }];
            let mut changed = input.clone();
            let before = make(&mut changed, &edits);
            assert_eq!(serde_json::to_value(&changed).unwrap(), expected, "{path}");
            take_back(&mut changed, &edits, before);
            assert_eq!(changed, input, "{path}");
        }
    }

    #[test]
    fn a_part_of_another_input_is_not_copied() {
        let object = Input::new(&json!({"spec": {"containers": [{"name": "web"}]}}));
        let path = |path: Json| Path::from_json(&path).unwrap();
        let parts = [
            (path(json!(["pod", "spec"])), path(json!(["spec"]))),
            (path(json!(["pod", "containers", 0, "spec"])), path(json!(["spec", "containers", 0]))),
        ];
        let own = json!({"pod": {"spec": null, "containers": [{"spec": null}]}});
        let input = Input::new(&own).with_parts(&parts, &object).0;
        assert_eq!(input["pod"]["spec"], object.0["spec"]);
        let address = |value: &Value| match value {
            Value::Object(members) => Arc::as_ptr(members).addr(),
            _ => 0,
        };
        assert_eq!(address(&input["pod"]["spec"]), address(&object.0["spec"]));
        assert_eq!(address(&input["pod"]["containers"][0]["spec"]), address(&object.0["spec"]["containers"][0]));
    }

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
