//! How loud a finding is, and which one comes first where a reader takes only so many.

use std::cmp::Reverse;

use crate::model::{Severity, Verdict};

use super::phrase;

/// The three levels that CI systems know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Should be cured.
    Warning,
    /// Shuts the gate.
    Error,
}

/// What a finding is to the gate, in those levels: an error exactly when it shuts it.
pub fn level(verdict: &Verdict) -> Level {
    match verdict.finding.severity {
        _ if verdict.shuts => Level::Error,
        _ if !phrase::is_news(verdict) => Level::Note,
        Severity::Critical | Severity::High | Severity::Medium => Level::Warning,
        Severity::Low | Severity::Info => Level::Note,
    }
}

/// What shuts the gate, then other news, then the rest; among those by severity, then in the order of the report.
pub fn worst_first<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> Vec<&'a Verdict> {
    let mut sorted: Vec<_> = verdicts.collect();
    sorted.sort_by_key(|verdict| Reverse((verdict.shuts, phrase::is_news(verdict), verdict.finding.severity)));
    sorted
}
