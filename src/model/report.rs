//! What a run says: verdicts, the outcome of each control, the ledger, the gate.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::coverage::Coverage;
use super::finding::{Finding, Location};
use super::policy::{Control, Severity};

/// What a finding is to the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Not in the baseline.
    New,
    /// In the baseline.
    Known,
    /// In the baseline under another file or object.
    Moved,
    /// Covered by an exception until its review date.
    Excepted,
    /// Covered by an exception whose review date has passed.
    Expired,
    /// Ignored where it stands.
    Ignored,
}

/// What a finding of this control does where it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Shuts the gate.
    Deny,
    /// Shown as a warning.
    Warn,
    /// Counted.
    Audit,
}

/// A finding and what it means for the gate.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The finding.
    pub finding: Finding,
    /// What it is.
    pub standing: Standing,
    /// What it does.
    pub action: Action,
    /// Whether it shuts the gate.
    pub shuts: bool,
}

/// The result of a control over the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Subjects were judged, none failed.
    Pass,
    /// At least one subject failed.
    Fail,
    /// A person has to look.
    Manual,
    /// Nothing in the repository is its subject.
    NotApplicable,
    /// It could not be evaluated, in part or in whole.
    Unknown,
}

/// What a control came to.
#[derive(Debug, Clone)]
pub struct ControlResult {
    /// The control.
    pub control: Arc<Control>,
    /// Its severity in this run.
    pub severity: Severity,
    /// The benchmark ids it answers: benchmark → ids.
    pub benchmarks: BTreeMap<String, Vec<String>>,
    /// The result.
    pub outcome: Outcome,
    /// How many subjects it looked at.
    pub judged: usize,
    /// How many of them have a finding.
    pub failed: usize,
}

/// Something a user should know that is no finding.
#[derive(Debug, Clone)]
pub struct Notice {
    /// A stable word for it, as `unmapped-pod-kind`.
    pub code: &'static str,
    /// What it is.
    pub message: String,
    /// What to do, if anything.
    pub help: Option<String>,
    /// Where, if anywhere.
    pub location: Option<Location>,
}

impl Notice {
    /// The code of a notice about a policy that could not be evaluated.
    pub const POLICY_ERROR: &'static str = "policy-error";
    /// The code of a notice that shows where a document cannot be read; the ledger has its line too.
    pub const UNPARSABLE: &'static str = "unparsable";
}

/// Whether the change may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// It may.
    Open,
    /// It may not.
    Shut,
}

/// Everything a format needs, sorted: the same input gives the same report, byte for byte.
#[derive(Debug, Clone)]
pub struct Report {
    /// The decision.
    pub gate: Gate,
    /// The findings, by file, place and control.
    pub verdicts: Vec<Verdict>,
    /// Every control that was switched on, by id.
    pub controls: Vec<ControlResult>,
    /// Every file, by path.
    pub coverage: Vec<Coverage>,
    /// What else to know.
    pub notices: Vec<Notice>,
    /// Policies that failed to evaluate; more than none causes exit code 2.
    pub policy_errors: usize,
}

impl Report {
    /// Whether something that should have been judged could not be: exit code 3, unless the gate is shut.
    pub fn has_gap(&self) -> bool {
        self.coverage.iter().any(|file| file.status == super::FileStatus::Unparsable)
    }

    /// How many documents were judged.
    pub fn judged_documents(&self) -> usize {
        let documents = self.coverage.iter().flat_map(|file| &file.documents);
        documents.filter(|document| document.status == super::DocumentStatus::Judged).count()
    }

    /// The result of the control of a finding.
    pub fn control(&self, id: &str) -> Option<&ControlResult> {
        self.controls.iter().find(|result| &*result.control.id == id)
    }
}
