//! The nouns that the stages hand to each other. No IO, no Rego engine, no command line.

pub mod benchmark;
pub mod change;
pub mod coverage;
pub mod date;
pub mod document;
pub mod duration;
pub mod evidence;
pub mod finding;
pub mod framework;
pub mod head;
pub mod path;
pub mod places;
pub mod policy;
pub mod reads;
pub mod record;
pub mod report;
pub mod source;
pub mod statement;
pub mod subject;

pub use benchmark::{Assessment, Assignment, CheckResult, Seen, Status};
pub use change::{Base, Change, GateChange, LeftOut};
pub use coverage::{Coverage, DocumentStatus, FileStatus};
pub use date::{Date, Days, Time};
pub use document::{Comment, Document, Duplicate, Entry, Node, NodeId, Parsed, SyntaxError, Value};
pub use evidence::{Candidate, Edit, Known, Shared};
pub use finding::{Confidence, Finding, Fingerprint, Location, Related};
pub use framework::{Compliance, Framework, Requirement, RequirementResult};
pub use path::{Path, Step};
pub use places::{Places, Spot};
pub use policy::{Control, Severity, Violation};
pub use reads::{Part, Reads};
pub use record::{Record, RecordedFinding};
pub use report::{
    Action, Because, ControlResult, Gate, Newer, Origin, Outcome, Reason, Report, Score, Standing, Verdict,
};
pub use source::{Position, Region, Source, Span};
pub use statement::{Statement, Witness};
pub use subject::{Identity, Subject, SubjectKind, Whole, mapping};
