//! What a node runs: from the files of a repository to effective values with their provenance. Pure functions, no IO.

pub mod component;
pub mod setting;
pub mod version;
