//! The files of a node: in come paths and texts, out go the values that the real programs would run with, and why. No IO.

pub mod budget;
pub mod cloud_init;
pub mod component;
pub mod control_plane;
pub mod embedded;
pub mod env_file;
pub mod etcd;
pub mod expansion;
pub mod flag_kind;
pub mod flag_table;
pub mod flag_value;
pub mod flags;
pub mod gates;
pub mod go;
pub mod kubelet;
pub mod name;
pub mod note;
pub mod pattern;
pub mod policy;
pub mod schema;
pub mod setting;
pub mod shell;
pub mod sshd;
pub mod static_pod;
pub mod sysctl;
pub mod systemd;
pub mod table;
pub mod template;
pub mod traced;
pub mod tree;
pub mod unit;
pub mod version;
pub mod view;

pub use note::Note;
pub use setting::{Effective, Origin, Overridden, Setting};
pub use tree::{Entry, Tree};
