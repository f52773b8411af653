//! Checking a configuration against the catalogue: the controls come in, the first mistake goes out.

use std::sync::Arc;

use serde_json::Value;

use super::pattern::NamePattern;
use super::read::{Loaded, suggestion};
use crate::error::{Error, nearest};
use crate::model::{Control, Path};

impl Loaded {
    /// Whether every control that is named exists and takes the parameters it is given, and every mode is about clusters that
    /// exist; none of that is asked where `clusters` are unknown, as in a file that other repositories extend too.
    pub fn validate(&self, known: &[Arc<Control>], clusters: Option<&[&str]>) -> Result<(), Error> {
        for (id, setting) in &self.value.controls {
            let path = Path::of_keys(&["controls", id]);
            let Some(control) = known.iter().find(|control| *control.id == **id) else {
                let error = self.error_at_key(&path, format!("there is no control `{id}`"), "not the id of a control");
                let ids: Vec<&str> = known.iter().map(|control| &*control.id).collect();
                return Err(match nearest(id, ids) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help("the id of a control is the name of its policy file, with dashes"),
                });
            };
            for (name, value) in setting.settings().into_iter().flat_map(|settings| &settings.parameters) {
                self.check_parameter(control, &path.key("parameters").key(name), name, value)?;
            }
        }
        self.check_modes(known, clusters)
    }

    /// Whether every control and cluster of a mode exists, and each later mode is stricter than the one before.
    fn check_modes(&self, known: &[Arc<Control>], clusters: Option<&[&str]>) -> Result<(), Error> {
        let ids: Vec<&str> = known.iter().map(|control| &*control.id).collect();
        for (index, rule) in self.value.modes.iter().enumerate() {
            let path = Path::of_keys(&["modes"]).index(index);
            self.check_names(&path.key("controls"), "control", rule.controls.as_deref(), &ids)?;
            if let Some(clusters) = clusters {
                self.check_names(&path.key("clusters"), "cluster", rule.clusters.as_deref(), clusters)?;
            }
            let mut before = rule.mode;
            for (date, &mode) in &rule.from {
                // `Deny` is the first of the actions.
                if mode >= before {
                    let path = path.key("from").key(date.to_string());
                    return Err(self
                        .error_at_value(&path, "a later mode is stricter than the one before", "not stricter")
                        .help("from lenient to strict they are `audit`, `warn`, `deny`"));
                }
                before = mode;
            }
        }
        Ok(())
    }

    fn check_names(
        &self,
        path: &Path,
        what: &str,
        patterns: Option<&[NamePattern]>,
        known: &[&str],
    ) -> Result<(), Error> {
        for (index, pattern) in patterns.unwrap_or_default().iter().enumerate() {
            if !known.iter().any(|name| pattern.is_match(name)) {
                let message = format!("there is no {what} `{pattern}`");
                let error = self.error_at_value(&path.index(index), message, "matches none");
                return Err(match nearest(pattern.text(), known.iter().copied()) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
        Ok(())
    }

    fn check_parameter(&self, control: &Control, path: &Path, name: &str, value: &Value) -> Result<(), Error> {
        let Some(parameter) = control.parameters.iter().find(|parameter| parameter.name == name) else {
            let message = format!("control `{}` has no parameter `{name}`", control.id);
            let error = self.error_at_key(path, message, "not a parameter");
            let names: Vec<&str> = control.parameters.iter().map(|parameter| &*parameter.name).collect();
            return Err(if names.is_empty() {
                error.help("it takes no parameters")
            } else {
                error.help(suggestion(name, &names))
            });
        };
        match misfit(&parameter.default, value, path) {
            None => Ok(()),
            Some((path, expected, found)) => {
                let message = format!("parameter `{name}` of control `{}` takes {expected} here", control.id);
                Err(self.error_at_value(&path, message, format!("this is {found}")))
            }
        }
    }
}

/// Where a value is not of the type of the default: the place, what is expected there, what is found. The elements of a list
/// are compared with the first element of the default, if it has one.
fn misfit(default: &Value, value: &Value, path: &Path) -> Option<(Path, &'static str, &'static str)> {
    match (default, value) {
        (Value::Array(defaults), Value::Array(values)) => {
            let first = defaults.first()?;
            values.iter().enumerate().find_map(|(index, value)| misfit(first, value, &path.index(index)))
        }
        (default, value) if type_of(default) == type_of(value) => None,
        (default, value) => Some((path.clone(), type_of(default), type_of(value))),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
