//! The METADATA block of a policy file (OPA annotations): the one place that describes a control.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::model::policy::Parameter;
use crate::model::report::Action;
use crate::model::{Control, Severity, SubjectKind};

/// What the block says; `build.rs` has read its YAML, and left of its links the addresses.
#[derive(Deserialize)]
pub struct Metadata {
    #[serde(rename = "scope")]
    _scope: Option<String>,
    title: String,
    description: String,
    #[serde(default)]
    related_resources: Vec<String>,
    custom: Custom,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    id: String,
    severity: Severity,
    remediation: String,
    #[serde(default = "yes")]
    default: bool,
    /// The kinds of objects that a policy of kind `object` judges.
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, ParameterText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterText {
    description: String,
    default: Json,
}

fn yes() -> bool {
    true
}

/// The control of a policy file. `kind` and `package` follow from where the file lies.
pub fn control(metadata: Metadata, kind: SubjectKind, package: String) -> Control {
    let parameters = metadata.custom.parameters.into_iter().map(|(name, text)| Parameter {
        name,
        description: text.description.trim().to_owned(),
        default: text.default,
    });
    Control {
        id: Arc::from(metadata.custom.id),
        kind,
        kinds: metadata.custom.kinds,
        package,
        title: metadata.title,
        description: metadata.description.trim().to_owned(),
        severity: metadata.custom.severity,
        remediation: metadata.custom.remediation.trim().to_owned(),
        references: metadata.related_resources,
        default: metadata.custom.default,
        mode: Action::Deny,
        parameters: parameters.collect(),
    }
}
