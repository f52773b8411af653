//! The METADATA block of a policy file (OPA annotations): the one place that describes a control.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::error::Error;
use crate::model::policy::Parameter;
use crate::model::report::Action;
use crate::model::{Control, Severity, Source, Span, SubjectKind};
use crate::parse;

#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "scope")]
    _scope: Option<String>,
    title: String,
    description: String,
    #[serde(default)]
    related_resources: Vec<Resource>,
    custom: Custom,
}

/// A link; with a description it is a mapping.
#[derive(Deserialize)]
#[serde(untagged)]
enum Resource {
    Link(String),
    Described { r#ref: String },
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

impl Resource {
    fn link(self) -> String {
        match self {
            Self::Link(link) | Self::Described { r#ref: link } => link,
        }
    }
}

fn yes() -> bool {
    true
}

/// Reads the control of a policy file. `kind` and `package` follow from where the file lies.
pub fn read(source: &Source, kind: SubjectKind, package: String) -> Result<Control, Error> {
    let block = block(source.text());
    let fail = |why: String| Error::at(source, Span::new(0, 0), format!("METADATA of a policy: {why}"), "here");
    let yaml = Source::new(source.path().as_ref(), block);
    let json = match parse::parse(&yaml).documents.into_iter().next() {
        Some(Ok(document)) => document.to_json(document.root),
        Some(Err((_, why))) => return Err(fail(why.to_string())),
        None => return Err(fail("there is none".to_owned())),
    };
    let metadata: Metadata = serde_path_to_error::deserialize(json).map_err(|why| fail(why.to_string()))?;
    let parameters = metadata.custom.parameters.into_iter().map(|(name, text)| Parameter {
        name,
        description: text.description.trim().to_owned(),
        default: text.default,
    });
    Ok(Control {
        id: Arc::from(metadata.custom.id),
        kind,
        kinds: metadata.custom.kinds,
        package,
        title: metadata.title,
        description: metadata.description.trim().to_owned(),
        severity: metadata.custom.severity,
        remediation: metadata.custom.remediation.trim().to_owned(),
        references: metadata.related_resources.into_iter().map(Resource::link).collect(),
        default: metadata.custom.default,
        mode: Action::Deny,
        parameters: parameters.collect(),
    })
}

/// The YAML behind `# METADATA`: the comment lines that follow it, without their `# `.
fn block(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.trim_end() != "# METADATA").skip(1);
    let comments = lines.map_while(|line| line.strip_prefix('#'));
    comments.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}
