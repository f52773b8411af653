//! Where the values of an input lie: a value that was taken out of it is still the same in memory, whichever way it went.

use std::sync::Arc;

use regorus::Value;

use crate::model::Step;

/// The places of an input, by the addresses of what is there. Numbers, booleans and null have none.
pub struct Places {
    /// What each place lies in, and the step to it.
    steps: Vec<(usize, Step)>,
    /// In the order of the addresses.
    at: Vec<(usize, usize)>,
}

/// What the input itself lies in.
const ROOT: usize = usize::MAX;

impl Places {
    /// The places of this input, which has to stay in memory as long as they are asked for.
    pub fn of(input: &Value) -> Self {
        let mut places = Self { steps: vec![], at: vec![] };
        places.at.extend(address(input).map(|address| (address, ROOT)));
        let mut waiting = vec![(ROOT, input)];
        while let Some((parent, value)) = waiting.pop() {
            let inner: Vec<(Step, &Value)> = match value {
                Value::Array(items) => items.iter().enumerate().map(|(at, item)| (Step::Index(at), item)).collect(),
                Value::Object(members) => {
                    let key = |key: &Value| key.as_string().ok().map(|key| Step::Key(Arc::clone(key)));
                    members.iter().filter_map(|(name, item)| Some((key(name)?, item))).collect()
                }
                _ => vec![],
            };
            for (step, item) in inner {
                let Some(address) = address(item) else { continue };
                let place = places.steps.len();
                places.steps.push((parent, step));
                places.at.push((address, place));
                waiting.push((place, item));
            }
        }
        places.at.sort_unstable();
        places
    }

    /// The way to a value of the input.
    pub fn find(&self, value: &Value) -> Option<Vec<Step>> {
        let address = address(value)?;
        let known = self.at.binary_search_by_key(&address, |(address, _)| *address).ok()?;
        let (_, mut at) = *self.at.get(known)?;
        let mut steps = Vec::new();
        while let Some((parent, step)) = self.steps.get(at) {
            steps.push(step.clone());
            at = *parent;
        }
        steps.reverse();
        Some(steps)
    }
}

fn address(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(Arc::as_ptr(items).addr()),
        Value::Object(members) => Some(Arc::as_ptr(members).addr()),
        Value::String(text) => Some(Arc::as_ptr(text).addr()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::value;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_found_where_it_was_taken_from() {
        let input = value::of(&json!({"a": [{"name": "x"}, {"name": "x"}], "n": 1}));
        let second = input["a"].as_array().unwrap().get(1).unwrap().clone();
        let places = Places::of(&input);
        assert_eq!(places.find(&second), Some(vec![Step::Key("a".into()), Step::Index(1)]));
        assert_eq!(places.find(&second["name"]).unwrap().len(), 3);
        assert_eq!(places.find(&input), Some(vec![]));
        assert_eq!(places.find(&value::of(&json!({"name": "x"}))), None);
        assert_eq!(places.find(&input["n"]), None);
    }
}
