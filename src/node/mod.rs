//! What a node runs: from the files of a repository to effective values with their provenance. Pure functions, no IO.

pub mod component;
pub mod env_file;
pub mod flag_table;
pub mod flag_value;
pub mod flags;
pub mod go;
pub mod setting;
pub mod template;
pub mod traced;
pub mod version;
