//! One effective value of a component or a host, and the story of how it came about.

use crate::model::Location;

/// A setting with its effective value and every place that tried to decide it.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The value that counts.
    pub value: Effective,
    /// Where it comes from.
    pub origin: Origin,
    /// The place that decided; `None` for defaults and what is not set.
    pub place: Option<Location>,
    /// The rule that decided, as a short phrase.
    pub rule: &'static str,
    /// The places that lost, in the order in which the program reads them.
    pub overridden: Vec<Overridden>,
}

/// A value, or the reason why it cannot be known from the files.
#[derive(Debug, Clone, PartialEq)]
pub enum Effective {
    /// The value.
    Known(serde_json::Value),
    /// Why the value is not known.
    Unknown(String),
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A command-line flag.
    Flag,
    /// A drop-in file.
    DropIn,
    /// The main configuration file.
    File,
    /// An environment variable or file.
    Environment,
    /// The program's own default.
    Default,
    /// Nothing sets it and there is no default.
    Unset,
}

/// A place that sets a value and loses.
#[derive(Debug, Clone)]
pub struct Overridden {
    /// What is written there.
    pub text: String,
    /// Where.
    pub place: Location,
    /// Why it does not count.
    pub why: String,
}
