//! What a benchmark says of itself; `build.rs` reads it with this, and hands on to the program what every run has to know of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a benchmark says of itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Head {
    /// `cis-1.12`, `pss`: the name of its file.
    pub benchmark: String,
    /// What it is.
    pub title: String,
    /// The platform it is for; none for `pss`.
    pub platform: Option<String>,
    /// The Kubernetes versions that it is the default for.
    #[serde(default)]
    pub kubernetes: Vec<String>,
    /// The OpenShift versions that it is the default for.
    #[serde(default)]
    pub openshift: Vec<String>,
    /// Whether it is the default for every version of its platform that no other names.
    #[serde(default)]
    pub fallback: bool,
    /// For each target, its chapter.
    #[serde(default)]
    pub targets: BTreeMap<String, Chapter>,
    /// Section → title.
    #[serde(default)]
    pub sections: BTreeMap<String, String>,
}

/// Which clusters a benchmark is for, as its [`Head`] says.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Fit {
    /// The platform; none for `pss`.
    pub platform: Option<String>,
    /// The Kubernetes versions that it is the default for.
    pub kubernetes: Vec<String>,
    /// The OpenShift versions, likewise.
    pub openshift: Vec<String>,
    /// Whether it is for all other versions of the platform.
    pub fallback: bool,
}

impl From<Head> for Fit {
    fn from(head: Head) -> Self {
        let Head { platform, kubernetes, openshift, fallback, .. } = head;
        Self { platform, kubernetes, openshift, fallback }
    }
}

/// The chapter of a target.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
}
