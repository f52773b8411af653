//! The user's own policies: where they are, and what they judge.

use schemars::JsonSchema;
use serde::Deserialize;

use super::root_path::RootPath;

/// The Rego policies of the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySettings {
    /// Files, or directories with all `.rego` files below them, relative to the root; `_test.rego` files are for `portcullis test`.
    pub paths: Vec<RootPath>,
    /// The packages that are asked, as names or patterns such as `main.*`; `main` unless said.
    pub namespaces: Vec<String>,
    /// YAML and JSON files that the policies see as `data`, or directories with such files.
    pub data: Vec<RootPath>,
    /// The documents that they judge.
    pub documents: Documents,
    /// Whether they judge all documents at once: `input` is then a list of `path` and `contents`.
    pub combine: bool,
}

/// Which documents the user's policies judge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Documents {
    /// Kubernetes objects, and whatever is in a file that the command line names.
    #[default]
    Manifests,
    /// Every document of YAML or JSON.
    All,
}
