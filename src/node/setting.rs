//! One effective value of a component or host: what it is, which place decided it, and which places lost.

use crate::model::Location;

/// An effective value and the story behind it.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What the program runs with.
    pub value: Effective,
    /// What kind of place decided it.
    pub origin: Origin,
    /// The place; `None` for a default.
    pub place: Option<Location>,
    /// The rule by which that place won, as a phrase: `the last of several flags wins`.
    pub rule: &'static str,
    /// The earlier places whose values add up with that of `place`.
    pub adds: Vec<Location>,
    /// The places that set it too and lost, in the order in which the program meets them.
    pub overridden: Vec<Overridden>,
}

/// A value, as far as the repository tells it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effective {
    /// The value in the program's own terms: durations as Go prints them, lists as lists.
    Known(serde_json::Value),
    /// Why the repository does not say, as a phrase. Never a pass.
    Unknown(String),
}

/// What kind of place decides a value, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A command-line flag.
    Flag,
    /// A drop-in of a configuration directory.
    DropIn,
    /// The configuration file.
    File,
    /// An environment variable that the program itself reads.
    Environment,
    /// What the distribution that starts the program (kubeadm, k3s, RKE2, kind) sets by itself.
    Distribution,
    /// The default of that version of the program.
    Default,
    /// Nothing sets it and its default is empty.
    Unset,
}

/// A place that looks as if it decided a value and does not.
#[derive(Debug, Clone)]
pub struct Overridden {
    /// What it says.
    pub text: String,
    /// Where.
    pub place: Location,
    /// Why it loses, as a phrase.
    pub why: String,
}

impl Origin {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::DropIn => "drop-in",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Distribution => "distribution",
            Self::Default => "default",
            Self::Unset => "unset",
        }
    }
}

impl Setting {
    /// Visits every place that it names.
    pub fn each_place(&mut self, visit: &mut dyn FnMut(&mut Location)) {
        self.place.iter_mut().chain(&mut self.adds).for_each(&mut *visit);
        self.overridden.iter_mut().for_each(|lost| visit(&mut lost.place));
    }

    /// A value that nothing in the repository sets.
    pub fn of_default(value: serde_json::Value) -> Self {
        let origin = if is_empty(&value) { Origin::Unset } else { Origin::Default };
        Self {
            value: Effective::Known(value),
            origin,
            place: None,
            rule: "nothing sets it",
            adds: Vec::new(),
            overridden: Vec::new(),
        }
    }

    /// The value, if the repository tells it.
    pub fn known(&self) -> Option<&serde_json::Value> {
        match &self.value {
            Effective::Known(value) => Some(value),
            Effective::Unknown(_) => None,
        }
    }
}

/// Whether a value says nothing.
pub fn is_empty(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::String(text) => text.is_empty(),
        serde_json::Value::Array(items) => items.is_empty(),
        serde_json::Value::Object(members) => members.is_empty(),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => false,
    }
}
