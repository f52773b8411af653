//! What a node runs: from the files of a repository to effective values with their provenance. Pure functions, no IO.

pub mod component;
pub mod env_file;
pub mod flag_table;
pub mod flag_value;
pub mod flags;
pub mod go;
pub mod pattern;
pub mod schema;
pub mod setting;
pub mod systemd;
pub mod table;
pub mod template;
pub mod traced;
pub mod tree;
pub mod unit;
pub mod version;
