//! Names and paths to compare with: exact, or with `*` and `?`. Never a regular expression, and never a part of a word.

use std::fmt;
use std::hash::{Hash, Hasher};

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

/// A name: `*` stands for any characters, `?` for one.
pub type NamePattern = Pattern<false>;

/// A path: `*` and `?` stay inside one part, `**` does not.
pub type PathPattern = Pattern<true>;

/// A text to compare with, anchored at both ends. All characters but `*` and `?` stand for themselves.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Pattern<const IS_PATH: bool> {
    text: String,
    matcher: GlobMatcher,
}

impl<const IS_PATH: bool> Pattern<IS_PATH> {
    /// Whether it stands for this text.
    pub fn is_match(&self, text: &str) -> bool {
        self.text == text || self.matcher.is_match(text)
    }

    /// Whether it stands for one text alone.
    pub fn is_exact(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<const IS_PATH: bool> TryFrom<String> for Pattern<IS_PATH> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty pattern matches nothing: leave the key out, or write `*`".to_owned());
        }
        let glob: String = text.chars().map(escaped).collect();
        let glob = GlobBuilder::new(&glob).literal_separator(IS_PATH).backslash_escape(true).build();
        let matcher = glob.map_err(|error| format!("`{text}` is no pattern: {}", error.kind()))?.compile_matcher();
        Ok(Self { text, matcher })
    }
}

impl<const IS_PATH: bool> PartialEq for Pattern<IS_PATH> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<const IS_PATH: bool> Eq for Pattern<IS_PATH> {}

impl<const IS_PATH: bool> Hash for Pattern<IS_PATH> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<const IS_PATH: bool> fmt::Display for Pattern<IS_PATH> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

fn escaped(char: char) -> String {
    if matches!(char, '[' | ']' | '{' | '}' | '\\' | '!') { format!("\\{char}") } else { char.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_anchored_and_no_regular_expression() {
        let names = [
            ("web", "web", true),
            ("web", "web-2", false),
            ("web", "my-web", false),
            ("web*", "web-2", true),
            ("w?b", "web", true),
            ("w.b", "web", false),
            ("a|b", "a", false),
            ("^web$", "web", false),
            ("[a-z]*", "web", false),
            ("{a,b}", "a", false),
            ("*", "", true),
            ("registry.example.com/*", "registry.example.com/shop/web:1", true),
        ];
        for (pattern, text, expected) in names {
            assert_eq!(NamePattern::try_from(pattern.to_owned()).unwrap().is_match(text), expected, "{pattern} {text}");
        }
        let paths = [
            ("deploy/*.yaml", "deploy/web.yaml", true),
            ("deploy/*.yaml", "deploy/shop/web.yaml", false),
            ("deploy/**", "deploy/shop/web.yaml", true),
            ("deploy", "deploy/web.yaml", false),
            ("/spec/containers/[name=web]/*", "/spec/containers/[name=web]/image", true),
            ("/spec/containers/[name=web]/*", "/spec/containers/w/image", false),
            ("/spec/**/image", "/spec/template/spec/containers/0/image", true),
        ];
        for (pattern, text, expected) in paths {
            assert_eq!(PathPattern::try_from(pattern.to_owned()).unwrap().is_match(text), expected, "{pattern} {text}");
        }
        assert!(NamePattern::try_from(String::new()).is_err());
    }
}
