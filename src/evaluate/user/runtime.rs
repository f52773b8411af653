//! Evaluates a policy set: questions come in, answers go out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::ask::{Answer, Ask, Input, Place, Refusal, Suspicion, Words};
use super::program::{ClauseEntry, Program};
use super::said;
use crate::evaluate::engine::{self, Evaluator, Fault, Solution};
use crate::model::Edit;

/// Answers questions about one policy set.
#[derive(Clone)]
pub struct Runtime {
    program: Arc<Program>,
    evaluator: Evaluator,
    /// What was asked about last.
    input: Option<engine::Input>,
    /// Where it lies, once a policy has asked.
    place: Option<Place>,
    /// Clauses that took too long once: they are not asked again.
    slow: BTreeSet<usize>,
}

impl Runtime {
    /// Gets a program ready.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub fn new(program: Program) -> Result<Self, Refusal> {
        let evaluator = Evaluator::new(&program.modules, &program.data);
        let evaluator =
            evaluator.map_err(|(file, fault)| Refusal { file, line: fault.line, message: fault.message })?;
        Ok(Self { program: Arc::new(program), evaluator, input: None, place: None, slow: BTreeSet::new() })
    }

    /// Answers a question.
    pub fn answer(&mut self, ask: &Ask) -> Answer {
        match ask {
            Ask::Judge(input) => self.judge(input),
            Ask::Clause(clause, input) => self.clause(*clause, input),
            Ask::Clear(said, suspicions) => self.clear(said, suspicions),
        }
    }

    fn set_input(&mut self, input: &Input) {
        self.set_place(&input.place);
        let input = engine::Input::new(&input.value);
        self.evaluator.set_input(input.clone());
        self.input = Some(input);
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

    fn judge(&mut self, input: &Input) -> Answer {
        self.set_input(input);
        let together = if self.slow.is_empty() { self.together() } else { None };
        let mut answer = together.unwrap_or_else(|| self.one_by_one());
        let fired: BTreeSet<usize> = answer.results.iter().map(|(rule, _)| *rule).collect();
        answer.excepted = fired.into_iter().filter(|rule| self.is_excepted(*rule)).collect();
        answer
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
            answer.witnesses.extend(found.into_iter().map(|one| (clause, one.value, one.names)));
        }
        let mut seen = BTreeSet::new();
        for (clause, value, _) in &answer.witnesses {
            let rule = program.clauses.get(*clause).map(|clause| clause.rule).filter(|rule| is_set(*rule));
            let new = rule.filter(|rule| seen.insert((*rule, value.to_string())));
            answer.results.extend(new.map(|rule| (rule, value.clone())));
        }
        answer.results.sort_by_key(|(rule, _)| *rule);
        Some(answer)
    }

    /// Clause by clause, so that one that fails does not take the others with it.
    fn one_by_one(&mut self) -> Answer {
        let mut answer = Answer::default();
        let program = Arc::clone(&self.program);
        for (clause, entry) in program.clauses.iter().enumerate() {
            if self.slow.contains(&clause) {
                answer.faults.push((clause, "it took too long before".to_owned()));
                continue;
            }
            match self.solutions(clause) {
                Ok(found) => answer.add(Answer::of(clause, entry.rule, found)),
                Err(fault) => {
                    self.slow.extend(Some(clause).filter(|_| fault.is_slow));
                    answer.faults.push((clause, fault.message));
                }
            }
        }
        answer
    }

    fn clause(&mut self, clause: usize, input: &Input) -> Answer {
        let Some(rule) = self.program.clauses.get(clause).map(|entry| entry.rule) else { return Answer::default() };
        self.set_input(input);
        let mut answer = match self.solutions(clause) {
            Ok(found) => Answer::of(clause, rule, found),
            Err(fault) => Answer { faults: vec![(clause, fault.message)], ..Answer::default() },
        };
        answer.excepted.extend(Some(rule).filter(|_| !answer.results.is_empty() && self.is_excepted(rule)));
        answer
    }

    fn clear(&mut self, said: &Words, suspicions: &[Suspicion]) -> Answer {
        let Some(whole) = self.input.clone() else {
            let nothing = "nothing was judged that could be changed".to_owned();
            return Answer { faults: vec![(0, nothing)], ..Answer::default() };
        };
        let program = Arc::clone(&self.program);
        let mut is_cleared = |suspicion: &Suspicion, clauses: &[&ClauseEntry], edits: &[Edit]| {
            self.evaluator.set_input(whole.with(edits));
            let after = self.words(suspicion.rule, clauses).ok()?;
            let before = said.get(&suspicion.rule)?;
            let often = |words: &BTreeMap<String, usize>| words.get(&suspicion.message).copied().unwrap_or(0);
            // A change in whose place the rule says something else repairs nothing.
            let is_new = |message: &String| !before.contains_key(message);
            Some(often(&after) < often(before) && !after.keys().any(is_new))
        };
        let first = |suspicion: &Suspicion| {
            let clauses: Vec<&ClauseEntry> = program.may_say(suspicion).collect();
            suspicion.trials.iter().position(|edits| is_cleared(suspicion, &clauses, edits).unwrap_or(false))
        };
        Answer { cleared: suspicions.iter().map(first).collect(), ..Answer::default() }
    }

    /// The messages of a rule, as far as these clauses of it say them, and how often each is said.
    fn words(&mut self, rule: usize, clauses: &[&ClauseEntry]) -> Result<BTreeMap<String, usize>, Fault> {
        let mut values = Vec::new();
        match self.program.rules.get(rule) {
            Some(entry) if entry.is_set => {
                for clause in clauses {
                    let new = self.evaluator.words(clause.module, clause.position)?.into_iter();
                    let new: Vec<Json> = new.filter(|value| !values.contains(value)).collect();
                    values.extend(new);
                }
            }
            _ => values.extend(self.value(rule)?),
        }
        let mut words = BTreeMap::new();
        values
            .iter()
            .filter_map(|value| said(value).ok()?)
            .for_each(|said| *words.entry(said.message).or_default() += 1);
        Ok(words)
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
            answer.witnesses.push((clause, one.value, one.names));
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
