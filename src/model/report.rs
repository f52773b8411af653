//! What a run says: verdicts, the outcome of each control, the ledger, the gate.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::benchmark::Assessment;
use super::change::{Change, GateChange};
use super::coverage::Coverage;
use super::date::{Date, Time};
use super::finding::{Finding, Location};
use super::framework::Compliance;
use super::policy::{Control, Severity};
use super::record::Record;
use super::statement::Statement;

/// What a finding is to the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Shuts the gate.
    Deny,
    /// Shown as a warning.
    Warn,
    /// Counted.
    Audit,
}

impl Action {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Audit => "audit",
        }
    }
}

/// A finding and what it means for the gate.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The finding.
    pub finding: Box<Finding>,
    /// What it is.
    pub standing: Standing,
    /// What it does.
    pub action: Action,
    /// Whether it shuts the gate.
    pub shuts: bool,
    /// The entry that decided its standing; none for a new finding.
    pub because: Option<Box<Because>>,
    /// How its policy differs from the one that the repository has locked, if it does.
    pub newer: Option<Newer>,
}

/// How a policy is newer than what the repository has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Newer {
    /// The lock does not have it.
    Added,
    /// The lock has it otherwise.
    Changed,
    /// The lock has it, and it does not shut the gate yet.
    Grace {
        /// The first day on which it does.
        from: Date,
    },
}

/// The entry that settles a finding: an ignore, an exception, a line of the baseline, a setting.
#[derive(Debug, Clone)]
pub struct Because {
    /// Where the entry is written; of an exception that has expired, its review date.
    pub location: Location,
    /// Why the finding is accepted.
    pub reason: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Until when.
    pub review_date: Option<Date>,
    /// Who accepted the risk.
    pub risk_accepted_by: Option<String>,
    /// Where it is followed up.
    pub ticket: Option<String>,
}

impl Because {
    /// An entry of which only the place is known.
    pub fn at(location: Location) -> Self {
        Self { location, reason: None, owner: None, review_date: None, risk_accepted_by: None, ticket: None }
    }
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
    /// The requirements that it is evidence for: framework → ids. Many controls share them.
    pub frameworks: Arc<BTreeMap<String, Vec<String>>>,
    /// The result.
    pub outcome: Outcome,
    /// How many subjects it looked at.
    pub judged: usize,
    /// How many of them have a finding.
    pub failed: usize,
}

/// One of the rules that shut the gate.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// New findings.
    NewFindings {
        /// How many there are.
        found: usize,
        /// How many may be.
        allowed: usize,
    },
    /// Findings whose exception has expired.
    Expired {
        /// How many there are.
        found: usize,
        /// Who answers for the exceptions, by name.
        owners: Vec<String>,
    },
    /// Controls that failed, or checks of a section.
    FailedControls {
        /// Of what part of the run; none for all of it.
        of: Option<String>,
        /// How many there are.
        found: usize,
        /// How many may be.
        allowed: usize,
    },
    /// The share of controls that passed.
    Score {
        /// What was reached.
        score: Score,
        /// The least percentage.
        wanted: f64,
    },
    /// Entries of the baseline whose findings have vanished.
    Slack {
        /// How many there are.
        found: usize,
    },
    /// Changes that loosen the gate.
    GateChanges {
        /// How many there are.
        found: usize,
    },
}

/// How many of the judged controls passed, or checks of a benchmark. One whose findings are all excepted or ignored is in
/// neither number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The cluster; `None` for the whole run.
    pub cluster: Option<Arc<str>>,
    /// The benchmark whose checks are counted; `None` where controls are.
    pub benchmark: Option<String>,
    /// The section of the benchmark; `None` for all of it.
    pub section: Option<String>,
    /// The ones that passed.
    pub passed: usize,
    /// All of them.
    pub judged: usize,
}

impl Score {
    /// Whether it is that of the run, or of a whole benchmark.
    pub fn is_whole(&self) -> bool {
        self.section.is_none() && (self.benchmark.is_some() || self.cluster.is_none())
    }

    /// What it is about: `cluster prod, cis-1.12 5.2`; empty for the whole run.
    pub fn place(&self) -> String {
        let cluster = self.cluster.as_ref().map(|name| format!("cluster {name}"));
        let section = self.section.as_ref().map(|section| format!(" {section}")).unwrap_or_default();
        let benchmark = self.benchmark.as_ref().map(|name| format!("{name}{section}"));
        cluster.into_iter().chain(benchmark).collect::<Vec<_>>().join(", ")
    }

    /// The percentage; none when nothing was judged.
    #[allow(clippy::cast_precision_loss)] // nobody has 2^52 controls
    pub fn percent(&self) -> Option<f64> {
        (self.judged > 0).then(|| 100.0 * self.passed as f64 / self.judged as f64)
    }
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

/// When a run was made, and of what.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// When; none if nobody said.
    pub at: Option<Time>,
    /// The commit that is checked out, in hexadecimal digits.
    pub commit: Option<String>,
}

/// Everything a format needs, sorted: the same input gives the same report, byte for byte.
#[derive(Debug, Clone)]
pub struct Report {
    /// When it was made, and of what.
    pub origin: Origin,
    /// The decision.
    pub gate: Gate,
    /// What shuts the gate; empty when it is open.
    pub reasons: Vec<Reason>,
    /// The scores: of the run, then of each cluster.
    pub scores: Vec<Score>,
    /// The findings, by file, place and control.
    pub verdicts: Vec<Verdict>,
    /// Every control that was switched on, by id.
    pub controls: Vec<ControlResult>,
    /// What each cluster came to under its benchmark.
    pub assessments: Vec<Assessment>,
    /// What each cluster came to under each framework, by framework and cluster.
    pub compliance: Vec<Compliance>,
    /// Every file, by path.
    pub coverage: Vec<Coverage>,
    /// What the change does, where a run compares with what was there before.
    pub change: Option<Change>,
    /// What in the change loosens the gate, by file and place.
    pub gate_changes: Vec<GateChange>,
    /// What else to know.
    pub notices: Vec<Notice>,
    /// What other programs say; it changes none of the above.
    pub evidence: Vec<Statement>,
    /// The runs of the history, this one the last; empty where none is kept.
    pub history: Vec<Record>,
    /// Policies that failed to evaluate; more than none causes exit code 2.
    pub policy_errors: usize,
}

impl Report {
    /// Whether something that should have been judged could not be: exit code 3, unless the gate is shut.
    pub fn has_gap(&self) -> bool {
        self.coverage.iter().any(|file| file.status == super::FileStatus::Unparsable)
    }

    /// Whether the changes that loosen the gate shut it.
    pub fn gate_changes_shut(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason, Reason::GateChanges { .. }))
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
