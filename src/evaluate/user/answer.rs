//! What a policy set is asked about, and what its rules say.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::said::Said;
use crate::model::Known;

/// The messages that each rule has for an input, and how often it says each.
pub type Messages = BTreeMap<usize, BTreeMap<String, usize>>;

/// A file as conftest tells policies of it, at `data.conftest.file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// `web.yaml`
    pub name: String,
    /// The directory, from the root of the file system.
    pub dir: String,
}

/// Why a policy set cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// The file, if it is about one.
    pub file: String,
    /// The line, where it is known.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

/// What the rules say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The results: which rule, and what it says.
    pub results: Vec<(usize, Json)>,
    /// For each solution of a clause: which clause, what it says, and its variables.
    pub witnesses: Vec<Witness>,
    /// Rules of which an `exception` of the policy set takes the results away.
    pub excepted: Vec<usize>,
    /// Clauses that could not be evaluated, and why.
    pub faults: Vec<(usize, String)>,
}

/// A solution of a clause: which clause, what it says, and its variables.
pub type Witness = (usize, Json, Arc<Variables>);

/// Variables of a clause, and what is known of them.
pub type Variables = Vec<(Arc<str>, Known)>;

/// Who says something: the clause where one is known to, else the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Author {
    /// By its position among all clauses.
    Clause(usize),
    /// By its position among the rules that collect results.
    Rule(usize),
}

/// A finding that a policy set has of an input.
#[derive(Debug, Clone)]
pub struct Found {
    /// Who says it.
    pub author: Author,
    /// The rule of it.
    pub rule: usize,
    /// The message and what comes with it.
    pub said: Said,
    /// The solutions that lead to it: which clause, and its variables.
    pub solutions: Vec<(usize, Arc<Variables>)>,
}

impl Refusal {
    /// About no file.
    pub fn of(message: String) -> Self {
        Self { file: String::new(), line: None, message }
    }
}

impl Answer {
    /// Adds what another clause says; the same words of the same rule count once.
    pub fn add(&mut self, other: Self) {
        let new = other.results.into_iter().filter(|result| !self.results.contains(result)).collect::<Vec<_>>();
        self.results.extend(new);
        self.witnesses.extend(other.witnesses);
        self.faults.extend(other.faults);
    }
}
