//! The files of a node: in come paths and texts, out go the values that the real programs would run with, and why.

pub mod note;
pub mod pattern;
pub mod setting;
pub mod sshd;
pub mod sysctl;
pub mod tree;

pub use note::Note;
pub use setting::{Effective, Origin, Overridden, Setting};
pub use tree::{Entry, Tree};
