//! A control, and what its policy says of a subject.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Confidence;
use super::path::Path;
use super::report::Action;
use super::subject::SubjectKind;

/// How bad a finding is; ordered, `Critical` highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hardening.
    Low,
    /// A weakness that helps an attacker who is already in.
    Medium,
    /// A direct way to more rights.
    High,
    /// The node or the cluster is lost to whoever controls the subject.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::word).join(", ");
        Self::ALL.into_iter().find(|severity| severity.word() == word).ok_or_else(|| format!("one of {}", known()))
    }
}

/// What METADATA says: of our own policies as the program has it.
pub type Text = Cow<'static, str>;

/// A rule of the catalogue: what METADATA says of one policy file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Control {
    /// Names the bad pattern: `privileged-container`.
    pub id: Arc<str>,
    /// What it judges.
    pub kind: SubjectKind,
    /// The kinds of objects that it judges; none means all.
    pub kinds: Vec<Text>,
    /// The Rego package, `policy.pod.privileged_container`.
    pub package: Text,
    /// One line.
    pub title: Text,
    /// Why it matters and how it is abused.
    pub description: Text,
    /// How bad a finding is.
    pub severity: Severity,
    /// What to do.
    pub remediation: Text,
    /// Links to read on.
    pub references: Vec<Text>,
    /// Whether the default profile has it.
    pub default: bool,
    /// What its findings do where no mode of the configuration says otherwise.
    pub mode: Action,
    /// The parameters it reads, each with its default and what it means.
    pub parameters: Vec<Parameter>,
}

impl Control {
    /// Whether an object of this kind is one that it judges.
    pub fn judges(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|one| one == kind)
    }
}

/// A parameter of a control, read by the policy as `data.parameters[<control>][<name>]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// The name.
    pub name: Text,
    /// What it means.
    pub description: Text,
    /// The value when the configuration says nothing; its JSON type is the type of the parameter.
    pub default: serde_json::Value,
}

/// One result of a policy's `deny`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// What is wrong with this subject, as a sentence without a final stop.
    pub message: String,
    /// The value at fault, relative to the subject's root; may name an absent member.
    pub path: Path,
    /// The `id` of a key that is written more than once (`input.duplicates`): the place is that key, not its value.
    #[serde(default)]
    pub duplicate: Option<usize>,
    /// Of an inventory: the `id` of the object that `path` leads into.
    #[serde(default)]
    pub object: Option<usize>,
    /// Other places that belong to it.
    #[serde(default)]
    pub related: Vec<RelatedPath>,
    /// A certain cure.
    #[serde(default)]
    pub fix: Option<Fix>,
    /// How sure `path` is, where the policy did not name it: such a finding is known by its message.
    #[serde(skip)]
    pub inferred: Option<Confidence>,
    /// What a policy of the user says of it beside the message.
    #[serde(skip)]
    pub metadata: Option<Box<serde_json::Map<String, serde_json::Value>>>,
}

/// One result of a policy's `unknown`: why it cannot tell.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doubt {
    /// What is not known, as a sentence without a final stop.
    pub message: String,
    /// The value in doubt.
    pub path: Path,
}

/// Another place of the same subject that belongs to a violation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelatedPath {
    /// What is there.
    pub message: String,
    /// Relative to the subject's root.
    pub path: Path,
}

/// A change of the subject that clears a violation.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub enum Fix {
    /// Set the value at the violation's path (or at `path`).
    Set {
        /// Where, when it is not the violation's own path.
        #[serde(default)]
        path: Option<Path>,
        /// The new value.
        value: serde_json::Value,
    },
    /// Remove the member at the violation's path (or at `path`).
    Remove {
        /// Where, when it is not the violation's own path.
        #[serde(default)]
        path: Option<Path>,
    },
    /// Append to the sequence at the violation's path (or at `path`).
    Append {
        /// Where, when it is not the violation's own path.
        #[serde(default)]
        path: Option<Path>,
        /// The new element.
        value: serde_json::Value,
    },
}
