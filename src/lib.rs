//! portcullis judges the Kubernetes configuration of a repository and opens or shuts a gate.
//!
//! One direction: discover → parse → classify → evaluate → locate → adjudicate → report. `ARCHITECTURE.md` has the picture.

pub mod error;
pub mod model;
pub mod node;
pub mod parse;
