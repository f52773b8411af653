//! portcullis judges the Kubernetes configuration of a repository and opens or shuts a gate.
//!
//! One direction: discover → parse → classify → evaluate → locate → adjudicate → report. `ARCHITECTURE.md` has the picture.
//!
//! ```
//! use portcullis::model::Source;
//! use portcullis::parse::parse;
//!
//! let source = Source::new("pod.yaml", "kind: Pod\nspec:\n  hostPID: yes\n");
//! let parsed = parse(&source);
//! let document = parsed.documents[0].as_ref().unwrap();
//! let spec = document.get(document.root, "spec").unwrap();
//! let host_pid = document.entry(spec, "hostPID").unwrap();
//! assert_eq!(source.position(host_pid.key_span.start).line(), 3);
//! assert_eq!(document.to_json(host_pid.value), true);
//! ```

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
pub mod node;
pub mod parse;
pub mod pipeline;
pub mod report;
pub mod trend;
