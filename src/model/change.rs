//! What a run says of a change, where it knows what was there before.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::finding::{Finding, Location};

/// A commit that a run compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The branch, tag or commit that was asked for, as it was written.
    pub name: String,
    /// The commit where HEAD and that part, in hexadecimal digits.
    pub commit: String,
}

/// `origin/main (1a2b3c4)`, and `1a2b3c4` where it was asked for by that.
impl fmt::Display for Base {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_digits = self.name.len() == self.commit.len() && self.name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (name, commit) = (if is_digits { short(&self.name) } else { &self.name }, short(&self.commit));
        if self.commit.starts_with(&self.name) { out.write_str(name) } else { write!(out, "{name} ({commit})") }
    }
}

/// As git shortens it.
fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// What a change does to the findings. The ones that were there before are known or moved among the verdicts.
#[derive(Debug, Clone)]
pub struct Change {
    /// What it is compared with.
    pub base: Base,
    /// The findings of the base that are no longer there, with their places in the base.
    pub fixed: Vec<Finding>,
    /// What is not among the verdicts, because its file is not part of the change; none where all are reported.
    pub left_out: Option<LeftOut>,
    /// The files of the run that are the same in the base.
    pub untouched: BTreeSet<Arc<str>>,
}

impl Change {
    /// Whether a file is part of the change: code hosts show annotations in its diff alone.
    pub fn touches(&self, file: &str) -> bool {
        !self.untouched.contains(file)
    }
}

/// Findings in files that a change does not touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// How many there are.
    pub findings: usize,
    /// How many of them the base does not have.
    pub new: usize,
}

/// Something in a change that makes the gate looser.
#[derive(Debug, Clone)]
pub struct GateChange {
    /// A stable word for what it is, as `new-exception`.
    pub rule: &'static str,
    /// What it does.
    pub message: String,
    /// Where it is written; of what was taken out, where it was or where it would be.
    pub location: Location,
}
