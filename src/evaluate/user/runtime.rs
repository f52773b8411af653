//! Evaluates a policy set: inputs come in, what its rules say goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::answer::{Answer, Found, Messages, Place, Refusal};
use super::program::{ClauseEntry, Program};
use super::said::said;
use crate::evaluate::engine::{Evaluator, Fault, Input, Solution};
use crate::model::Edit;

/// What evaluates one policy set.
#[derive(Clone)]
pub struct Runtime {
    /// What it evaluates.
    pub program: Arc<Program>,
    evaluator: Evaluator,
    /// Where it lies, once a policy has asked.
    place: Option<Place>,
    /// Clauses that took too long once, and what was said of it: they are not asked again.
    slow: BTreeMap<usize, String>,
}

impl Runtime {
    /// Gets a program ready.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub fn new(program: Arc<Program>) -> Result<Self, Refusal> {
        let evaluator = Evaluator::new(&program.modules, &program.data);
        let evaluator =
            evaluator.map_err(|(file, fault)| Refusal { file, line: fault.line, message: fault.message })?;
        Ok(Self { program, evaluator, place: None, slow: BTreeMap::new() })
    }

    /// What all rules say of an input, and why, but for the clauses that are `banned`.
    pub fn judge(&mut self, input: &Json, place: &Place, banned: &BTreeSet<usize>) -> Answer {
        self.set_place(place);
        self.evaluator.set_input(Input::new(input));
        let is_whole = self.slow.is_empty() && banned.is_empty();
        let together = if is_whole { self.together() } else { None };
        let mut answer = together.unwrap_or_else(|| self.one_by_one(banned));
        let fired: BTreeSet<usize> = answer.results.iter().map(|(rule, _)| *rule).collect();
        answer.excepted = fired.into_iter().filter(|rule| self.is_excepted(*rule)).collect();
        answer
    }

    fn set_place(&mut self, place: &Place) {
        if self.program.asks_place && self.place.as_ref() != Some(place) {
            let mut data = self.program.data.clone();
            if let Json::Object(members) = &mut data {
                members.insert("conftest".to_owned(), json!({"file": place}));
            }
            self.evaluator.set_data(&data);
            self.place = Some(place.clone());
        }
    }

    /// All clauses in one evaluation; none where one of them fails.
    fn together(&mut self) -> Option<Answer> {
        let mut answer = Answer::default();
        let program = Arc::clone(&self.program);
        let is_set = |rule: usize| program.rules.get(rule).is_some_and(|rule| rule.is_set);
        for rule in (0..program.rules.len()).filter(|rule| !is_set(*rule)) {
            answer.results.extend(self.value(rule).ok()?.into_iter().map(|value| (rule, value)));
        }
        for clause in 0..program.clauses.len() {
            let found = self.solutions(clause).ok()?;
            answer.witnesses.extend(found.into_iter().map(|one| (clause, one.value, Arc::new(one.names))));
        }
        let mut seen = BTreeSet::new();
        for (clause, value, _) in &answer.witnesses {
            let rule = program.clauses.get(*clause).map(|clause| clause.rule).filter(|rule| is_set(*rule));
            let text = value.as_str().map_or_else(|| Err(value.to_string()), Ok);
            let new = rule.filter(|rule| seen.insert((*rule, text)));
            answer.results.extend(new.map(|rule| (rule, value.clone())));
        }
        answer.results.sort_by_key(|(rule, _)| *rule);
        Some(answer)
    }

    /// Clause by clause, so that one that fails does not take the others with it.
    fn one_by_one(&mut self, banned: &BTreeSet<usize>) -> Answer {
        let mut answer = Answer::default();
        let clauses = 0..self.program.clauses.len();
        clauses.filter(|clause| !banned.contains(clause)).for_each(|clause| self.one(clause, &mut answer));
        answer
    }

    fn one(&mut self, clause: usize, answer: &mut Answer) {
        let Some(rule) = self.program.clauses.get(clause).map(|entry| entry.rule) else { return };
        if let Some(why) = self.slow.get(&clause) {
            answer.faults.push((clause, why.clone()));
            return;
        }
        match self.solutions(clause) {
            Ok(found) => answer.add(Answer::of(clause, rule, found)),
            Err(fault) => {
                self.slow.extend(Some((clause, fault.message.clone())).filter(|_| fault.is_slow));
                answer.faults.push((clause, fault.message));
            }
        }
    }

    /// Whether a change of the input that was judged last clears a finding, without another one in its stead; `before` is all that was said
    /// of it, and `suspects` are the clauses that may say it again.
    pub fn clears(&mut self, before: &Messages, found: &Found, suspects: &[&ClauseEntry], edits: &[Edit]) -> bool {
        let Some(before) = before.get(&found.rule) else { return false };
        let Some(most) = before.get(&found.said.message) else { return false };
        let mut often = 0;
        let mut is_worse = |value: &Json| match said(value) {
            Ok(Some(said)) if said.message == found.said.message => {
                often += 1;
                often >= *most
            }
            Ok(Some(said)) => !before.contains_key(&said.message),
            _ => false,
        };
        let rule = self.program.rules.get(found.rule);
        if let Some(path) = rule.filter(|rule| !rule.is_set).map(|rule| rule.path(&rule.name)) {
            let value = self.evaluator.changed(edits, |evaluator| evaluator.value(&path));
            return value.is_ok_and(|value| !list(value).iter().any(is_worse));
        }
        let mut values: Vec<Json> = Vec::new();
        let mut is_clear = |evaluator: &mut Evaluator, clause: &ClauseEntry| {
            let (known, mut is_clear) = (values.len(), true);
            let heard = evaluator.words(clause.module, clause.position, &mut |value| {
                if values.iter().take(known).all(|other| *other != value) {
                    is_clear = !is_worse(&value);
                    values.push(value);
                }
                if is_clear { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            heard.is_ok() && is_clear
        };
        self.evaluator.changed(edits, |evaluator| suspects.iter().all(|clause| is_clear(evaluator, clause)))
    }

    /// What a rule says; a map of results is none to conftest.
    fn value(&mut self, rule: usize) -> Result<Vec<Json>, Fault> {
        let program = Arc::clone(&self.program);
        let Some(entry) = program.rules.get(rule) else { return Ok(vec![]) };
        self.evaluator.value(&entry.path(&entry.name)).map(list)
    }

    fn solutions(&mut self, clause: usize) -> Result<Vec<Solution>, Fault> {
        let Some(entry) = self.program.clauses.get(clause) else { return Ok(vec![]) };
        self.evaluator.solutions(entry.module, entry.position)
    }

    /// As conftest asks: `data.<namespace>.exception[_][_] == "<name without its prefix>"`.
    fn is_excepted(&mut self, rule: usize) -> bool {
        let program = Arc::clone(&self.program);
        let Some(entry) = program.rules.get(rule).filter(|entry| entry.has_exceptions) else { return false };
        let suffix = ["deny", "warn", "violation"].iter().find_map(|word| entry.name.strip_prefix(word));
        let suffix = suffix.unwrap_or_default().trim_start_matches('_');
        let lists = self.evaluator.value(&entry.path("exception")).unwrap_or_default();
        list(lists).into_iter().flat_map(list).any(|name| name == json!(suffix))
    }
}

impl Answer {
    /// What the solutions of a clause say.
    fn of(clause: usize, rule: usize, found: Vec<Solution>) -> Self {
        let mut answer = Self::default();
        for one in found {
            let new =
                said_by(&one.value).into_iter().map(|value| (rule, value)).filter(|new| !answer.results.contains(new));
            let new: Vec<_> = new.collect();
            answer.results.extend(new);
            answer.witnesses.push((clause, one.value, Arc::new(one.names)));
        }
        answer
    }
}

fn list(value: Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items,
        _ => vec![],
    }
}

/// The results, one by one: a rule whose value is a list says several at once.
fn said_by(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(values) => values.clone(),
        value => vec![value.clone()],
    }
}
