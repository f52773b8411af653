//! The ledger of what was judged and what was not, and why.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileStatus {
    /// At least one of its documents was judged, and none of the others should have been.
    Judged,
    /// Should have been judged, in whole or in part, and could not be read. Causes exit code 3.
    Unparsable,
    /// A template that was not rendered.
    Template,
    /// Known for what it is, and that is not a manifest: a kustomization, a values file, a CI file, a CRD.
    KnownOther,
    /// Nothing in it is a Kubernetes object.
    NotKubernetes,
    /// The configuration says to leave it out.
    Skipped,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentStatus {
    /// Controls looked at it.
    Judged,
    /// Should have been judged and could not be read. Causes exit code 3.
    Unparsable,
    /// Known for what it is, and that is not an object to judge.
    KnownOther,
    /// Not a Kubernetes object.
    NotKubernetes,
}

/// A file of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// The path, relative to the root of the run.
    pub file: Arc<str>,
    /// What became of it.
    pub status: FileStatus,
    /// Why, as a phrase; empty for judged files.
    pub reason: String,
    /// Its documents, in order; empty ones are left out.
    pub documents: Vec<DocumentCoverage>,
}

/// A document of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DocumentCoverage {
    /// The position in the stream, from 0.
    pub document: usize,
    /// The line it begins at or, of one that cannot be read, the line of the error.
    pub line: u32,
    /// What became of it.
    pub status: DocumentStatus,
    /// Why, as a phrase; of judged documents, what of them was not judged.
    pub reason: String,
}
