//! Checking a configuration against the catalogue: the controls come in, the first mistake goes out.

use std::sync::Arc;

use serde_json::Value;

use super::read::{Loaded, suggestion};
use crate::error::Error;
use crate::model::{Control, Path};

impl Loaded {
    /// Whether every control that is named exists and takes the parameters it is given.
    pub fn validate(&self, known: &[Arc<Control>]) -> Result<(), Error> {
        for (id, setting) in &self.config.controls {
            let path = Path::of_keys(&["controls", id]);
            let Some(control) = known.iter().find(|control| *control.id == **id) else {
                let error = self.error_at_key(&path, format!("there is no control `{id}`"), "not the id of a control");
                let ids: Vec<&str> = known.iter().map(|control| &*control.id).collect();
                return Err(match crate::error::nearest(id, ids) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help("the id of a control is the name of its policy file, with dashes"),
                });
            };
            for (name, value) in setting.settings().into_iter().flat_map(|settings| &settings.parameters) {
                self.check_parameter(control, &path.key("parameters").key(name), name, value)?;
            }
        }
        Ok(())
    }

    fn check_parameter(&self, control: &Control, path: &Path, name: &str, value: &Value) -> Result<(), Error> {
        let Some(parameter) = control.parameters.iter().find(|parameter| parameter.name == name) else {
            let message = format!("control `{}` has no parameter `{name}`", control.id);
            let error = self.error_at_key(path, message, "not a parameter");
            let names: Vec<&str> = control.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
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
