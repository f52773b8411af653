//! A violation with its place.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::path::Path;
use super::policy::{Fix, Severity};
use super::report::Action;
use super::source::{Region, Source, Span};
use super::subject::Identity;

/// How sure a location is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The policy named the path.
    Exact,
    /// Inferred, and changing the value there clears the finding.
    Confirmed,
    /// Inferred from what the policy reads.
    Likely,
    /// Only the object is known.
    Document,
}

/// Bytes of a source.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes.
    pub span: Span,
}

impl Location {
    /// Line and column of both ends.
    pub fn region(&self) -> Region {
        self.source.region(self.span)
    }
}

/// Another place that belongs to a finding.
#[derive(Debug, Clone)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// Where.
    pub location: Location,
}

/// The identity of a finding: control, file, subject and path, never a line, a time or a version.
///
/// The first half of a SHA-256; written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        HEXLOWER.encode_display(&self.0).fmt(out)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A violation of a control by a subject, at a place.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The control's id.
    pub control: Arc<str>,
    /// The control's severity, after the configuration's overrides.
    pub severity: Severity,
    /// What it does where no mode of the configuration says otherwise.
    pub mode: Action,
    /// What is wrong.
    pub message: String,
    /// Which object; its findings share it.
    pub identity: Arc<Identity>,
    /// The namespace in effect, also where the object names none; `None` for cluster-scoped kinds.
    pub namespace: Option<Arc<str>>,
    /// Its document in the file, from 0.
    pub document: usize,
    /// The container, when the path leads into one.
    pub container: Option<String>,
    /// The image of that container.
    pub image: Option<String>,
    /// From the root of the document to the value at fault, or to the member that is missing.
    pub path: Path,
    /// The same path from the root of the object, in the words of the fingerprint: list elements by name, not by number. None where the
    /// place is inferred, and the message is in its stead.
    pub named: Option<String>,
    /// What is missing at the location: the absent tail of `path`, as `securityContext.privileged`.
    pub missing: Option<String>,
    /// The value at fault, or the deepest existing parent of what is missing.
    pub location: Location,
    /// How sure the location is.
    pub confidence: Confidence,
    /// Places that belong to it: where an alias is defined, what it collides with.
    pub related: Vec<Related>,
    /// A certain cure, with a path from the root of the document.
    pub fix: Option<Box<Fix>>,
    /// What a policy of the user says of it beside the message.
    pub metadata: Option<Box<serde_json::Map<String, serde_json::Value>>>,
    /// The identity.
    pub fingerprint: Fingerprint,
    /// Of a running node: the check that failed there, as `cis-1.12:1.2.1`.
    pub check: Option<Arc<str>>,
}

impl Finding {
    /// What tells it from the others of its control and subject: where it is, or what it says where a later version may find it elsewhere.
    pub fn words(&self) -> &str {
        self.named.as_deref().unwrap_or(&self.message)
    }
}
