//! Where custom resources hold pods.

use schemars::JsonSchema;
use serde::Deserialize;

/// A kind of custom resource and where it holds pod templates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PodTemplate {
    /// The API group, in any version.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// Where in the object the pod templates are; an empty list says that it holds no pods.
    pub paths: Vec<TemplatePath>,
}

/// The keys from the object to a pod template, as `spec.template`; `*` stands for every member or element.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct TemplatePath(Vec<String>);

impl TemplatePath {
    /// A key inside [`TemplatePath::parts`] that stands for every member or element.
    pub const EVERY: &'static str = "*";

    /// The keys, outermost first.
    pub fn parts(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<String> for TemplatePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        if parts.iter().any(String::is_empty) {
            return Err(format!("`{text}` is no path: write the keys with dots between them, as `spec.template`"));
        }
        Ok(Self(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_keys_with_dots_between_them() {
        let path = TemplatePath::try_from("spec.tasks.*.template".to_owned()).unwrap();
        assert_eq!(path.parts(), ["spec", "tasks", TemplatePath::EVERY, "template"]);
        for text in ["", ".spec", "spec.", "spec..template"] {
            assert!(TemplatePath::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
