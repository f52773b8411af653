//! A path into a document, parsed once.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// How many members a mapping has at most whose keys are compared one by one.
const FEW: usize = 16;

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The member of a mapping; shared, because a path is copied more often than it is made.
    Key(Arc<str>),
    /// The element of a sequence, from 0.
    Index(usize),
}

/// A path from the root of a document (or of an object in it) to a value, which need not exist.
///
/// Written as a JSON pointer (RFC 6901); in JSON results of policies it is an array of strings and numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Path(pub Vec<Step>);

impl Step {
    /// The key, of a member of a mapping.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }

    /// What it leads to in a value.
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match (self, value) {
            // To compare a few keys is quicker than to hash one.
            (Self::Key(key), Value::Object(members)) if members.len() <= FEW => {
                members.iter().find(|(known, _)| ***known == **key).map(|(_, value)| value)
            }
            (Self::Key(key), value) => value.get(&**key),
            (Self::Index(index), value) => value.get(index),
        }
    }
}

impl Path {
    /// The path of the root.
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// This path with one more key.
    #[must_use]
    pub fn key(&self, key: impl AsRef<str>) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.as_ref().into()));
        path
    }

    /// This path with one more index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Index(index));
        path
    }

    /// This path followed by another one.
    #[must_use]
    pub fn join(&self, tail: &Path) -> Self {
        Self(self.0.iter().chain(&tail.0).cloned().collect())
    }

    /// A path of keys alone.
    pub fn of_keys(keys: &[&str]) -> Self {
        Self(keys.iter().map(|&key| Step::Key(key.into())).collect())
    }

    /// The value that it leads to.
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| step.find(value))
    }

    /// The same, to change it.
    pub fn find_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get_mut(&**key),
            Step::Index(index) => value.get_mut(index),
        })
    }

    /// The steps that lead to something, each with what it leads to.
    pub fn there<'v>(&self, value: &'v Value) -> impl Iterator<Item = (&Step, &'v Value)> {
        self.0.iter().scan(value, |value, step| {
            *value = step.find(value)?;
            Some((step, *value))
        })
    }

    /// Whether two paths differ in their indexes alone.
    pub fn is_alike(&self, other: &Self) -> bool {
        let is_index = |step: &Step| matches!(step, Step::Index(_));
        let same = |(one, other): (&Step, &Step)| one == other || (is_index(one) && is_index(other));
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }

    /// Reads a JSON array of strings and whole numbers; `None` for anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(step_from_json).collect::<Option<Vec<_>>>().map(Self)
    }
}

/// A key as a JSON pointer has it.
pub fn escaped(key: &str) -> Cow<'_, str> {
    match key.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        true => Cow::Owned(key.replace('~', "~0").replace('/', "~1")),
        false => Cow::Borrowed(key),
    }
}

fn step_from_json(value: &Value) -> Option<Step> {
    match value {
        Value::String(key) => Some(Step::Key(key.as_str().into())),
        Value::Number(number) => usize::try_from(number.as_u64()?).ok().map(Step::Index),
        _ => None,
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Key(key) => {
                    out.write_str("/")?;
                    out.write_str(&escaped(key))?;
                }
                Step::Index(index) => write!(out, "/{index}")?,
            }
        }
        Ok(())
    }
}

/// A string or a number; where the form has no types, which of the two goes before it.
impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self, serializer.is_human_readable()) {
            (Self::Key(key), true) => key.serialize(serializer),
            (Self::Index(index), true) => index.serialize(serializer),
            (Self::Key(key), false) => Ok::<_, usize>(&**key).serialize(serializer),
            (Self::Index(index), false) => Err::<&str, _>(index).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let step = <Result<&str, usize>>::deserialize(deserializer)?;
            return Ok(step.map_or_else(Self::Index, |key| Self::Key(key.into())));
        }
        deserializer.deserialize_any(StepVisitor)
    }
}

struct StepVisitor;

impl Visitor<'_> for StepVisitor {
    type Value = Step;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key or an index")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Step, E> {
        Ok(Step::Key(key.into()))
    }

    fn visit_u64<E: de::Error>(self, index: u64) -> Result<Step, E> {
        usize::try_from(index).map(Step::Index).map_err(E::custom)
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    /// Reads a JSON array of keys and indexes, the form in which policies write a path.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_a_json_pointer() {
        let path = Path::root().key("metadata").key("annotations").key("a~b/c").index(3);
        assert_eq!(path.to_string(), "/metadata/annotations/a~0b~1c/3");
    }

    #[test]
    fn a_member_is_found_among_few_and_many() {
        for most in [1, FEW, FEW + 1] {
            let whole: Value = (0..most).map(|at| (format!("k{at}"), Value::from(at))).collect();
            let find = |key: String| Step::Key(key.into()).find(&whole).cloned();
            assert_eq!(find(format!("k{}", most - 1)), Some(Value::from(most - 1)));
            assert_eq!(find(format!("k{most}")), None);
        }
    }

    #[test]
    fn a_path_is_read_from_an_array() {
        let path: Path = serde_json::from_str(r#"["spec", "containers", 0]"#).unwrap();
        assert_eq!(path.to_string(), "/spec/containers/0");
        assert!(serde_json::from_str::<Path>(r#"["spec", -1]"#).is_err());
    }
}
