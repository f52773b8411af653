//! What is written in the file of the exceptions.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Deserialize;

use super::State;
use crate::config::{NamePattern, PathPattern};
use crate::model::Date;

/// Findings whose risk is accepted until a day, `portcullis-exceptions.yaml` at the root of a repository.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "portcullis exceptions")]
pub struct File {
    /// The version of this format.
    #[serde(default)]
    #[schemars(extend("const" = 1))]
    pub version: Option<u32>,
    /// The exceptions; of several that cover a finding the first one that has not expired counts.
    #[serde(default)]
    pub exceptions: Option<Vec<Record>>,
}

/// An accepted risk. It covers the findings that all of its keys match: each is exact, or has `*` and `?`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// A control, or the number of a benchmark's check: `5.2.3` of the benchmark in force, `cis-1.12:5.2.3` of a certain one.
    #[serde(default)]
    pub check_id: Option<Words>,
    /// The same as `check_id`.
    #[serde(default)]
    pub control: Option<Words>,
    /// What the check is about, for people.
    #[serde(default)]
    pub check_description: Option<String>,
    /// Why the risk is accepted.
    pub reason: Words,
    /// Who answers for it.
    pub owner: Words,
    /// The last day on which it holds.
    pub review_date: Date,
    /// Who accepted the risk.
    #[serde(default)]
    pub risk_accepted_by: Option<Words>,
    /// Where it is followed up.
    #[serde(default)]
    pub ticket: Option<Words>,
    /// Only in this cluster.
    #[serde(default)]
    pub cluster: Option<NamePattern>,
    /// Only in this file, relative to the root; `**` stands for any directories.
    #[serde(default)]
    pub file: Option<PathPattern>,
    /// Only for objects of this kind.
    #[serde(default)]
    pub kind: Option<NamePattern>,
    /// Only in this namespace, which is the one in effect.
    #[serde(default)]
    pub namespace: Option<NamePattern>,
    /// Only for objects of this name.
    #[serde(default)]
    pub name: Option<NamePattern>,
    /// Only for containers of this name.
    #[serde(default)]
    pub container: Option<NamePattern>,
    /// Only at this path in the object, as `/spec/template/spec/containers/[name=web]/securityContext/privileged`.
    #[serde(default)]
    pub path: Option<PathPattern>,
    /// Only for containers with this image.
    #[serde(default)]
    pub image: Option<NamePattern>,
    /// How many findings it may cover; of more it covers none.
    #[serde(default)]
    pub max_matches: Option<NonZeroUsize>,
}

/// A text that says something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct Words(#[schemars(length(min = 1))] String);

impl TryFrom<String> for Words {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() { Err("this is empty".to_owned()) } else { Ok(Self(text.trim().to_owned())) }
    }
}

impl std::ops::Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Record {
    /// The control or number, as it is written.
    pub fn id(&self) -> Option<&str> {
        self.check_id.as_deref().or(self.control.as_deref())
    }

    /// How it stands on a day.
    pub fn state(&self, today: Date, warn_before: i64) -> State {
        match today.days_until(self.review_date) {
            ..0 => State::Expired,
            days if days <= warn_before => State::Ending(days),
            _ => State::Holds,
        }
    }

    /// Its narrowing keys, as `kind Deployment, name web`.
    pub fn scope(&self) -> String {
        let text = |name, value: Option<String>| value.map(|value| format!("{name} {value}"));
        let keys = [
            text("cluster", self.cluster.as_ref().map(ToString::to_string)),
            text("file", self.file.as_ref().map(ToString::to_string)),
            text("kind", self.kind.as_ref().map(ToString::to_string)),
            text("namespace", self.namespace.as_ref().map(ToString::to_string)),
            text("name", self.name.as_ref().map(ToString::to_string)),
            text("container", self.container.as_ref().map(ToString::to_string)),
            text("path", self.path.as_ref().map(ToString::to_string)),
            text("image", self.image.as_ref().map(ToString::to_string)),
        ];
        let keys: Vec<String> = keys.into_iter().flatten().collect();
        if keys.is_empty() { "everywhere".to_owned() } else { keys.join(", ") }
    }

    /// The record without what does not narrow it, to find duplicates.
    pub(super) fn without_words(&self) -> Self {
        let nothing = Words(String::new());
        Self {
            check_id: self.id().map(|id| Words(id.to_owned())),
            control: None,
            check_description: None,
            reason: nothing.clone(),
            owner: nothing,
            review_date: Date::MAX,
            risk_accepted_by: None,
            ticket: None,
            max_matches: None,
            ..self.clone()
        }
    }
}

/// The JSON schema of the file, as `schemas/exceptions.json` has it.
pub fn schema() -> String {
    format!("{:#}\n", schemars::schema_for!(File).as_value())
}
