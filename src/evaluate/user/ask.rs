//! What is asked of a policy set and what it answers; both can be sent to another process.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::model::{Edit, Known};

/// A question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Ask<'a> {
    /// What do all rules say of an input, and why?
    Judge(Input<'a>),
    /// What does one clause say of an input?
    Clause(usize, Input<'a>),
    /// Which changes of the input that was asked about last clear which of its findings?
    Clear(Cow<'a, Words>, Vec<Suspicion<'a>>),
}

/// The messages that each rule has for an input, and how often it says each.
pub type Words = BTreeMap<usize, BTreeMap<String, usize>>;

/// What is asked about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input<'a> {
    /// The document, or the list of documents.
    pub value: Cow<'a, Json>,
    /// Where it lies.
    pub place: Place,
}

/// A file as conftest tells policies of it, at `data.conftest.file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// `web.yaml`
    pub name: String,
    /// The directory, from the root of the file system.
    pub dir: String,
}

/// A finding, and what may be why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Suspicion<'a> {
    /// Which rule says it.
    pub rule: usize,
    /// The clauses that are known to.
    pub clauses: Vec<usize>,
    /// The words.
    pub message: String,
    /// The changes to try, in this order.
    pub trials: Vec<Cow<'a, [Edit]>>,
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The results: which rule, and what it says.
    pub results: Vec<(usize, Json)>,
    /// For each solution of a clause: which clause, what it says, and its variables.
    pub witnesses: Vec<(usize, Json, BTreeMap<String, Known>)>,
    /// Rules of which an `exception` of the policy set takes the results away.
    pub excepted: Vec<usize>,
    /// Clauses that could not be evaluated, and why.
    pub faults: Vec<(usize, String)>,
    /// For each suspicion the first of its trials that clears the finding.
    pub cleared: Vec<Option<usize>>,
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
        self.excepted.extend(other.excepted);
        self.faults.extend(other.faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Path;
    use serde_json::json;

    #[test]
    fn a_question_is_the_same_in_another_process() {
        let place = Place { name: "web.yaml".to_owned(), dir: "/".to_owned() };
        let edit = Edit { steps: Path::of_keys(&["spec"]).index(0).0, value: Some(json!(false)) };
        let suspicion = Suspicion {
            rule: 1,
            clauses: vec![2],
            message: "host".to_owned(),
            trials: vec![vec![edit].into(), vec![].into()],
        };
        let words = Words::from([(1, BTreeMap::from([("host".to_owned(), 1)]))]);
        let input = Input { value: Cow::Owned(json!({"spec": {"hostPID": true}})), place };
        for ask in [Ask::Judge(input), Ask::Clear(Cow::Owned(words), vec![suspicion])] {
            let text = serde_json::to_string(&ask).unwrap();
            let read: Ask = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }
}
