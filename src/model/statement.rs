//! What other programs say of running machines and clusters. It stands beside what the files say, and is counted apart from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::finding::Location;

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// Chef InSpec, of a machine.
    Inspec,
    /// The audit of Gatekeeper, of the objects in a cluster.
    Gatekeeper,
    /// Falco, of what processes do.
    Falco,
}

impl Witness {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inspec, Self::Gatekeeper, Self::Falco];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inspec => "InSpec",
            Self::Gatekeeper => "Gatekeeper",
            Self::Falco => "Falco",
        }
    }

    /// The word for it in data.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inspec => "inspec",
            Self::Gatekeeper => "gatekeeper",
            Self::Falco => "falco",
        }
    }
}

/// What it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// It holds.
    Pass,
    /// It does not, or something has happened.
    Fail,
    /// It was not looked at.
    Skipped,
}

impl Word {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fail, Self::Pass, Self::Skipped];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "passed",
            Self::Fail => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One thing that is said, of one subject.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Who says it.
    pub witness: Witness,
    /// What it says.
    pub word: Word,
    /// Its control, constraint or rule.
    pub rule: String,
    /// The sentence.
    pub message: String,
    /// The machine or the object; empty where it names none.
    pub subject: String,
    /// When it was said, as it is written there; of several the last. Empty where it is not.
    pub time: String,
    /// How often.
    pub times: usize,
    /// The cluster.
    pub cluster: Arc<str>,
    /// Where it is written.
    pub place: Location,
    /// The controls that it is about.
    pub controls: Vec<String>,
    /// The requirements that it is evidence for: framework → ids.
    pub frameworks: BTreeMap<String, Vec<String>>,
}
