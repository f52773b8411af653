//! The METADATA block of a policy file (OPA annotations): the one place that describes a control. `build.rs` reads it with this, and hands
//! it on to the program, which copies none of its texts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the block says. Of its links the addresses are left.
#[derive(Serialize, Deserialize)]
pub struct Metadata<'a> {
    /// One line.
    pub title: &'a str,
    /// Why it matters and how it is abused.
    pub description: &'a str,
    /// Links to read on.
    #[serde(default, borrow)]
    pub related_resources: Vec<&'a str>,
    /// What OPA does not know.
    #[serde(borrow)]
    pub custom: Custom<'a>,
}

/// What OPA does not know of a control.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custom<'a> {
    /// Names the bad pattern: `privileged-container`.
    pub id: &'a str,
    /// A word of `Severity`.
    pub severity: &'a str,
    /// What to do.
    pub remediation: &'a str,
    /// Whether the default profile has it.
    #[serde(default = "yes")]
    pub default: bool,
    /// The kinds of objects that a policy of kind `object` judges.
    #[serde(default, borrow)]
    pub kinds: Vec<&'a str>,
    /// The parameters it reads, by name.
    #[serde(default, borrow)]
    pub parameters: BTreeMap<&'a str, ParameterText<'a>>,
}

/// A parameter of a control.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterText<'a> {
    /// What it means.
    pub description: &'a str,
    /// The value when the configuration says nothing, as JSON.
    pub default: &'a str,
}

fn yes() -> bool {
    true
}
