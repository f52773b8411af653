//! The METADATA block of a policy file (OPA annotations): the one place that describes a control. `build.rs` reads it with this, and hands
//! it on to the program.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the block says. Of its links the addresses are left.
#[derive(Serialize, Deserialize)]
pub struct Metadata {
    /// One line.
    pub title: String,
    /// Why it matters and how it is abused.
    pub description: String,
    /// Links to read on.
    #[serde(default)]
    pub related_resources: Vec<String>,
    /// What OPA does not know.
    pub custom: Custom,
}

/// What OPA does not know of a control.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custom {
    /// Names the bad pattern: `privileged-container`.
    pub id: String,
    /// A word of `Severity`.
    pub severity: String,
    /// What to do.
    pub remediation: String,
    /// Whether the default profile has it.
    #[serde(default = "yes")]
    pub default: bool,
    /// The kinds of objects that a policy of kind `object` judges.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// The parameters it reads, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, ParameterText>,
}

/// A parameter of a control.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterText {
    /// What it means.
    pub description: String,
    /// The value when the configuration says nothing, as JSON.
    pub default: String,
}

fn yes() -> bool {
    true
}
