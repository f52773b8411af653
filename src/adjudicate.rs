//! From findings to verdicts, and from verdicts to the state of the gate.

use crate::model::{Action, Finding, Gate, Severity, Standing, Verdict};

/// What shuts the gate.
#[derive(Debug, Clone, Copy)]
pub struct Threshold {
    /// New findings of at least this severity.
    pub fail_on: Severity,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { fail_on: Severity::Medium }
    }
}

/// Judges every finding.
pub fn adjudicate(findings: Vec<Finding>, threshold: Threshold) -> Vec<Verdict> {
    let judge = |finding: Finding| {
        let (standing, action) = (Standing::New, Action::Deny);
        let shuts = finding.severity >= threshold.fail_on;
        Verdict { finding, standing, action, shuts }
    };
    findings.into_iter().map(judge).collect()
}

/// Whether these verdicts leave the gate open.
pub fn gate(verdicts: &[Verdict]) -> Gate {
    if verdicts.iter().any(|verdict| verdict.shuts) { Gate::Shut } else { Gate::Open }
}
