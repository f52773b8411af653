//! Globs of the configuration, compiled when they are read.

use std::path::Path;

use globset::{Glob, GlobBuilder, GlobSet};
use schemars::JsonSchema;
use serde::Deserialize;

/// Globs relative to the root of the run. `*` stays inside one part of a path, `**` does not; a glob that matches a directory
/// matches what is below it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Pattern>")]
#[schemars(with = "Vec<String>")]
pub struct Globs(GlobSet);

/// One glob, or two: `vendor/**` is also `vendor`, so that a directory is left out as a whole.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Pattern(Vec<Glob>);

impl Globs {
    /// Whether one of them matches a path relative to the root, or a directory above it.
    pub fn is_match(&self, path: impl AsRef<Path>) -> bool {
        !self.0.is_empty() && path.as_ref().components().as_path().ancestors().any(|path| self.0.is_match(path))
    }

    /// All of them, for matching a path itself.
    pub fn set(&self) -> &GlobSet {
        &self.0
    }
}

impl TryFrom<Vec<Pattern>> for Globs {
    type Error = globset::Error;

    fn try_from(patterns: Vec<Pattern>) -> Result<Self, globset::Error> {
        GlobSet::new(patterns.into_iter().flat_map(|Pattern(globs)| globs)).map(Self)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with('!') || text.split('/').any(|part| part == "..") {
            return Err(format!("`{text}` is no glob below the root: `!` and `..` have no meaning here"));
        }
        let glob = text.trim_start_matches("./").trim_matches('/');
        let glob = if matches!(glob, "" | ".") { "**" } else { glob };
        let forms = [glob.strip_suffix("/**"), Some(glob)].into_iter().flatten();
        let globs = forms.map(|form| GlobBuilder::new(form).literal_separator(true).build()).collect();
        Result::map(globs, Self).map_err(|error: globset::Error| format!("`{text}` is no glob: {}", error.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_stands_for_what_is_below_it() {
        let globs = |text: &str| serde_json::from_value::<Globs>(serde_json::json!([text])).unwrap();
        let table = [
            ("vendor/**", "vendor", true),
            ("vendor/**", "vendor/a/b.yaml", true),
            ("vendor", "vendor/a/b.yaml", true),
            ("vendor", "vendor/", true),
            ("./vendor/", "vendor/b.yaml", true),
            ("/vendor", "vendor/b.yaml", true),
            ("vendor", "a/vendor/b.yaml", false),
            ("**/vendor", "a/vendor/b.yaml", true),
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a/b.yaml", false),
            ("a/*/c.yaml", "a/b/c.yaml", true),
            ("a/*/c.yaml", "a/b/b/c.yaml", false),
            (".", "a/b.yaml", true),
            ("**", "a/b.yaml", true),
        ];
        for (glob, path, expected) in table {
            assert_eq!(globs(glob).is_match(path), expected, "{glob} {path}");
        }
        assert!(!globs("nodes/*/manifests").set().is_match("nodes/a/manifests/old"));
        assert!(!Globs::default().is_match("a.yaml"));
    }

    #[test]
    fn what_can_never_match_is_an_error() {
        for text in ["!a", "../a", "a/../b", "{a", "[a"] {
            assert!(serde_json::from_value::<Globs>(serde_json::json!([text])).is_err(), "{text}");
        }
    }
}
