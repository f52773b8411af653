//! What the configuration says of the gate: thresholds, and the modes in which controls are rolled out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use schemars::JsonSchema;
use serde::Deserialize;

use super::benchmark::Bounds;
use super::globs::Globs;
use super::pattern::NamePattern;
use crate::model::{Action, Date, Days, Location, Severity};

/// What shuts the gate, and what is said before it does.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GateSettings {
    /// The severity from which a new finding shuts the gate; `medium` unless said.
    pub fail_on: Option<Severity>,
    /// How many controls may fail. Counts controls in place of the severity rule.
    pub max_fail: Option<usize>,
    /// How many new findings may be, of the severity that shuts the gate or worse.
    pub max_new: Option<usize>,
    /// The least share of judged controls that pass, over the whole run.
    pub min_score: Option<Percent>,
    /// What is wanted of sections of a benchmark in every cluster, by their numbers, or `critical` for the checks that are to be
    /// mended first.
    pub sections: BTreeMap<String, Bounds>,
    /// Whether entries of the baseline whose findings have vanished shut the gate.
    pub strict_baseline: bool,
    /// Whether ignores in manifests have no effect.
    pub no_inline: bool,
    /// How long before its review date an exception is announced; `14d` unless said.
    pub warn_before: Option<Days>,
    /// For how long a policy that is new in `portcullis.lock` does not shut the gate, from the day that stands there, as `30d`.
    pub grace: Option<Days>,
    /// For each severity how far ahead the review date of an exception may lie.
    pub max_lifetime: BTreeMap<Severity, Days>,
}

/// What becomes of changes that loosen the gate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GateChanges {
    /// They are listed.
    #[default]
    Report,
    /// They shut the gate.
    Deny,
}

/// A share, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(with = "f64", extend("minimum" = 0, "maximum" = 100))]
pub struct Percent(f64);

impl Percent {
    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Percent {
    type Error = String;

    fn try_from(number: f64) -> Result<Self, String> {
        let fits = (0.0..=100.0).contains(&number);
        fits.then_some(Self(number)).ok_or_else(|| format!("{number} is no percentage: it lies between 0 and 100"))
    }
}

/// In which mode controls are, where. Of several rules the first one that matches counts; where none does, the mode is `deny`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModeRule {
    /// The controls, by id or with `*`; all of them unless said.
    pub controls: Option<Vec<NamePattern>>,
    /// The clusters, by name or with `*`; all of them unless said.
    pub clusters: Option<Vec<NamePattern>>,
    /// The files, as globs relative to the root; all of them unless said.
    pub paths: Option<Globs>,
    /// The mode: `audit` counts findings, `warn` shows them, `deny` shuts the gate.
    pub mode: Action,
    /// Stricter modes, each by the day from which it holds.
    #[serde(default)]
    pub from: BTreeMap<Date, Action>,
    /// The controls that it is not about: an extended file has locked them.
    #[serde(skip)]
    pub except: BTreeSet<String>,
    /// Where its days are written.
    #[serde(skip)]
    pub at: Option<Location>,
}

impl ModeRule {
    /// Whether the rule is about this control in this cluster and file.
    pub fn is_match(&self, control: &str, cluster: &str, file: &str) -> bool {
        let named = |patterns: &Option<Vec<NamePattern>>, name| {
            patterns.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.is_match(name)))
        };
        !self.except.contains(control)
            && named(&self.controls, control)
            && named(&self.clusters, cluster)
            && self.paths.as_ref().is_none_or(|paths| paths.is_match(file))
    }

    /// The next mode after a day, and from when it holds.
    pub fn next(&self, today: Date) -> Option<(Date, Action)> {
        let mut later = self.from.range((Bound::Excluded(today), Bound::Unbounded));
        later.next().map(|(&date, &mode)| (date, mode))
    }

    /// The mode on a day.
    pub fn mode(&self, today: Date) -> Action {
        self.from.range(..=today).next_back().map_or(self.mode, |(_, &mode)| mode)
    }
}
