//! The digest of a control: its policy and what that imports come in, what changes when it judges otherwise goes out.
//!
//! Comments and empty lines say nothing to the engine and do not count, so METADATA does only as far as it decides: the severity
//! and the parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::Catalog;
use crate::model::Control;

/// The texts of a catalogue by package, read once for the digests of all controls.
pub struct Digests<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Digests<'a> {
    /// Finds the package of each text.
    pub fn new(catalog: &'a Catalog) -> Self {
        Self(catalog.texts().filter_map(|text| Some((package(text)?, text))).collect())
    }

    /// The digest of a control, 32 hexadecimal digits.
    pub fn of(&self, control: &Control) -> String {
        digest(&self.0, control)
    }
}

fn digest(texts: &BTreeMap<&str, &str>, control: &Control) -> String {
    let mut hash = Sha256::new();
    let parameters: Vec<_> = control.parameters.iter().map(|one| json!([one.name, one.default])).collect();
    hash.update(json!([control.id, control.severity, control.kinds, parameters]).to_string());
    let mut waiting = vec![&*control.package];
    let mut seen = BTreeSet::new();
    while let Some(package) = waiting.pop() {
        let text = texts.get(package);
        let Some(text) = text.filter(|_| seen.insert(package)) else { continue };
        for line in text.lines().map(str::trim_end).filter(|line| says_something(line)) {
            hash.update(line);
            hash.update("\n");
            waiting.extend(line.strip_prefix("import data.").map(first_word));
        }
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn package(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("package ")).map(first_word)
}

fn says_something(line: &str) -> bool {
    !line.is_empty() && !line.trim_start().starts_with('#')
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_imports_counts_and_a_comment_does_not() {
        let mut catalog = Catalog::embedded().unwrap();
        let control = catalog.control("root-user").unwrap().as_ref().clone();
        let before = Digests::new(&catalog).of(&control);
        assert_eq!(before.len(), 32);
        catalog.edit("pod/root_user.rego", "\n# a remark\n");
        catalog.edit("pod/host_port.rego", "\nx := 1\n");
        assert_eq!(Digests::new(&catalog).of(&control), before);
        catalog.edit("lib/pod.rego", "\nx := 1\n");
        let after = Digests::new(&catalog).of(&control);
        assert_ne!(after, before);
        catalog.edit("pod/root_user.rego", "\ny := 1\n");
        assert_ne!(Digests::new(&catalog).of(&control), after);
        let mut other = control.clone();
        other.parameters.clear();
        other.severity = crate::model::Severity::Info;
        assert_ne!(Digests::new(&catalog).of(&other), Digests::new(&catalog).of(&control));
    }

    #[test]
    fn every_control_has_its_own() {
        let catalog = Catalog::embedded().unwrap();
        let all = Digests::new(&catalog);
        let digests: BTreeSet<String> = catalog.controls().map(|control| all.of(control)).collect();
        assert_eq!(digests.len(), catalog.controls().count());
    }
}
