//! What a configuration builds upon: one path or a list of paths comes in.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// Paths of configurations, relative to the file that names them.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Extends {
    /// Nothing.
    #[default]
    #[schemars(skip)]
    Nothing,
    /// One file.
    One(String),
    /// Several; a later one goes before an earlier one.
    Many(Vec<String>),
}

impl Extends {
    /// The paths, in the order in which they are written.
    pub fn paths(&self) -> &[String] {
        match self {
            Self::Nothing => &[],
            Self::One(path) => std::slice::from_ref(path),
            Self::Many(paths) => paths,
        }
    }
}

/// By hand, because an untagged enum forgets where in it a mistake is.
impl<'de> Deserialize<'de> for Extends {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Extends;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a path or a list of paths")
    }

    fn visit_str<E>(self, path: &str) -> Result<Extends, E> {
        Ok(Extends::One(path.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, paths: A) -> Result<Extends, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(paths)).map(Extends::Many)
    }
}
