//! A path of the configuration: a text comes in, a path that stays below the root goes out.

use std::path::{Component, Path};

use schemars::JsonSchema;
use serde::Deserialize;

/// A file, relative to the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct RootPath(#[schemars(length(min = 1))] String);

impl AsRef<Path> for RootPath {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl TryFrom<String> for RootPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = || Path::new(&text).components();
        let is_below = parts().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        match is_below && parts().any(|part| matches!(part, Component::Normal(_))) {
            true => Ok(Self(text)),
            false => Err(format!("`{text}` is no path of a file below the root")),
        }
    }
}
