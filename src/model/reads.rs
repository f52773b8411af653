//! What policies read of a document, so that the rest of it is neither made nor handed on.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

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

    /// All of what is below each of these paths.
    pub fn of(paths: &[&[&str]]) -> Self {
        let mut reads = Self::nothing();
        paths.iter().for_each(|keys| reads.add(keys.iter().copied()));
        reads
    }

    /// Takes in that all of what is below these keys is read.
    pub fn add<'k>(&mut self, mut keys: impl Iterator<Item = &'k str>) {
        let Self::Members(members) = self else { return };
        match keys.next() {
            Some(key) => members.entry(key.to_owned()).or_insert_with(Self::nothing).add(keys),
            None => *self = Self::Whole,
        }
    }

    /// Takes in that all of what has one of these names is read, in whatever mapping something is read of.
    pub fn add_everywhere(&mut self, names: &[&str]) {
        let Self::Members(members) = self else { return };
        members.values_mut().for_each(|below| below.add_everywhere(names));
        for name in names {
            members.entry((*name).to_owned()).or_insert(Self::Whole);
        }
    }

    /// What is read of a member; none of one that is not read.
    pub fn member(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Whole => Some(self),
            Self::Members(members) => members.get(key),
        }
    }

    /// The part of a value that is read, made anew.
    pub fn part(&self, value: &Json) -> Json {
        let (Json::Object(members), Self::Members(_)) = (value, self) else { return value.clone() };
        let part = |(key, value): (&String, &Json)| self.member(key).map(|reads| (key.clone(), reads.part(value)));
        Json::Object(members.iter().filter_map(part).collect())
    }
}

/// The part of a value that is read, to be written without a copy.
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
        let mut reads = Reads::of(&[&["metadata", "labels"], &["spec", "a", "b"], &["spec", "a"], &["spec", "a", "c"]]);
        let value = json!({
            "kind": "Pod", "status": 1, "metadata": {"name": "web", "uid": "1", "labels": {"a": "b"}},
            "spec": {"a": {"b": 1, "d": 2}, "e": 3},
        });
        let both = |reads: &Reads, value: &Json| [reads.part(value), json!(Part { value, reads })];
        let part = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"a": {"b": 1, "d": 2}}});
        assert_eq!(both(&reads, &value), [part.clone(), part]);
        for whole in [json!([value]), json!("text"), json!({"spec": [1], "metadata": null})] {
            assert_eq!(both(&reads, &whole), [whole.clone(), whole]);
        }
        assert_eq!(both(&Reads::Whole, &value), [value.clone(), value.clone()]);
        reads.add_everywhere(&["kind", "name"]);
        let part =
            json!({"kind": "Pod", "metadata": {"name": "web", "labels": {"a": "b"}}, "spec": {"a": {"b": 1, "d": 2}}});
        assert_eq!(both(&reads, &value), [part.clone(), part]);
    }
}
