//! Why a verdict is not the one of kube-bench: the rules of `docs/divergences.md`, in their order.

use std::collections::{BTreeMap, BTreeSet};

use portcullis::evaluate::Catalog;
use portcullis::model::CheckResult;
use portcullis::pipeline::EffectiveValue;

/// Every class, in the order in which the rules are tried.
pub const ALL: [&str; 0] = [];

/// Rows of `divergences.json` whose proposed truth is wrong: case, benchmark, number.
pub const WRONG_TRUTHS: [(&str, &str, &str); 0] = [];

/// What is known of a node.
pub struct Facts<'a> {
    pub node: &'a str,
    pub benchmark: &'a str,
    pub catalog: &'a Catalog,
    /// The effective values of its components, by name; none for objects.
    pub values: Option<&'a BTreeMap<String, EffectiveValue>>,
}

impl Facts<'_> {
    /// The components that a check is about.
    pub fn programs(&self, result: &CheckResult) -> BTreeSet<String> {
        let controls = result.check.controls.iter().map(|id| self.catalog.control(id).unwrap());
        controls.flat_map(|control| control.kinds.clone()).collect()
    }

    /// The settings that its controls look at.
    pub fn settings(&self, result: &CheckResult) -> Vec<&EffectiveValue> {
        let Some(values) = self.values else { return Vec::new() };
        let mut settings = Vec::new();
        for control in &result.check.controls {
            let control = self.catalog.control(control).unwrap();
            let words = self.catalog.words(control);
            for program in &control.kinds {
                settings.extend(words.iter().filter_map(|word| values.get(&format!("{program}.{word}"))));
            }
        }
        settings
    }

    /// What is known, for the one who looks for the class.
    pub fn tell(&self, result: &CheckResult) -> String {
        let tell = |value: &&EffectiveValue| {
            let place = value.place.as_ref().map(|place| place.source.slice(place.span)).unwrap_or_default();
            format!("{} = {:?} by {} `{place}` losers {}", value.name, value.value, value.origin, value.losers.len())
        };
        self.settings(result).iter().map(tell).collect::<Vec<_>>().join("; ")
    }
}

/// The class of a difference.
pub fn of(_facts: &Facts<'_>, _result: &CheckResult, _theirs: &str) -> Option<&'static str> {
    None
}
