//! portcullis judges the Kubernetes configuration of a repository and opens or shuts a gate.
//!
//! One direction: discover → parse → classify → evaluate → locate → adjudicate → report. `ARCHITECTURE.md` has the picture.

pub mod adjudicate;
pub mod catalogue;
pub mod classify;
pub mod cli;
pub mod config;
pub mod discover;
pub mod error;
pub mod evaluate;
pub mod history;
pub mod locate;
pub mod model;
pub mod parse;
pub mod pipeline;
pub mod report;
