//! What is worth saying about the files of a node besides the values: why a program would refuse them, and what could
//! change them.

use crate::model::Location;

/// A sentence about the files of a node, without a final stop.
#[derive(Debug, Clone)]
pub struct Note {
    /// What there is to say.
    pub message: String,
    /// The place it is about; `None` where it is about what is not there.
    pub place: Option<Location>,
}

impl Note {
    /// A note about a place, if it has one.
    pub fn new(message: impl Into<String>, place: Option<Location>) -> Self {
        Self { message: message.into(), place }
    }

    /// A note about a place.
    pub fn at(place: Location, message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Some(place) }
    }

    /// A note about what has no place in the files.
    pub fn general(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None }
    }
}
