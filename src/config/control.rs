//! What the configuration says of one control.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::model::Severity;

/// A control switched on or off, or adjusted.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum ControlSetting {
    /// Whether it is on, whatever the profile says.
    Switch(bool),
    /// How it differs from what its policy says.
    Adjusted(Settings),
}

/// How a control differs from what its policy says.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How bad a finding is.
    pub severity: Option<Severity>,
    /// Values for its parameters, by name.
    pub parameters: Map<String, Value>,
}

impl ControlSetting {
    /// Whether it is on or off; `None` leaves that to the profile.
    pub fn switch(&self) -> Option<bool> {
        match self {
            Self::Switch(on) => Some(*on),
            Self::Adjusted(_) => None,
        }
    }

    /// The adjustments, if there are any.
    pub fn settings(&self) -> Option<&Settings> {
        match self {
            Self::Switch(_) => None,
            Self::Adjusted(settings) => Some(settings),
        }
    }
}

/// By hand, because an untagged enum forgets where in it a mistake is.
impl<'de> Deserialize<'de> for ControlSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = ControlSetting;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("`false`, `true` or a mapping with `severity` and `parameters`")
    }

    fn visit_bool<E>(self, on: bool) -> Result<ControlSetting, E> {
        Ok(ControlSetting::Switch(on))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ControlSetting, A::Error> {
        Settings::deserialize(MapAccessDeserializer::new(map)).map(ControlSetting::Adjusted)
    }
}
