//! What policies read of a document, so that the rest of it is neither made nor handed on.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

/// Members that locating asks an object for, whatever the policies read: whether it is an object of Kubernetes, what it is called, and
/// whether it is the request of an admission controller.
const ALWAYS: [&str; 5] = ["kind", "name", "object", "request", "review"];

/// What is read of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Reads {
    /// All of it.
    #[default]
    Whole,
    /// These members of a mapping; all of what is none.
    Members(BTreeMap<String, Reads>),
}

impl Reads {
    /// Nothing yet.
    pub fn nothing() -> Self {
        Self::Members(BTreeMap::new())
    }

    /// Takes in that all of what is below these keys is read.
    pub fn add<'k>(&mut self, mut keys: impl Iterator<Item = &'k str>) {
        let Self::Members(members) = self else { return };
        match keys.next() {
            Some(key) => members.entry(key.to_owned()).or_insert_with(Self::nothing).add(keys),
            None => *self = Self::Whole,
        }
    }

    /// What is read of a member; none of one that is not read.
    pub fn member(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Whole => Some(self),
            Self::Members(members) => members.get(key).or(ALWAYS.contains(&key).then_some(&Self::Whole)),
        }
    }
}

/// The part of a value that is read; it is written without the rest.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The whole.
    pub value: &'a Json,
    /// What is read of it.
    pub reads: &'a Reads,
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Json::Object(members), Reads::Members(_)) = (self.value, self.reads) else {
            return self.value.serialize(serializer);
        };
        let reads = |key: &str| self.reads.member(key);
        let parts = members.iter().filter_map(|(key, value)| Some((key, Part { value, reads: reads(key)? })));
        serializer.collect_map(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_has_what_is_read() {
        let mut reads = Reads::nothing();
        for keys in [&["metadata", "labels"][..], &["spec", "a", "b"], &["spec", "a"], &["spec", "a", "c"]] {
            reads.add(keys.iter().copied());
        }
        let value = json!({
            "kind": "Pod", "status": 1, "metadata": {"name": "web", "uid": "1", "labels": {"a": "b"}},
            "spec": {"a": {"b": 1, "d": 2}, "e": 3},
        });
        let part =
            json!({"kind": "Pod", "metadata": {"name": "web", "labels": {"a": "b"}}, "spec": {"a": {"b": 1, "d": 2}}});
        assert_eq!(json!(Part { value: &value, reads: &reads }), part);
        for whole in [json!([value]), json!("text"), json!({"spec": [1], "metadata": null})] {
            assert_eq!(json!(Part { value: &whole, reads: &reads }), whole);
        }
        assert_eq!(json!(Part { value: &value, reads: &Reads::Whole }), value);
    }
}
