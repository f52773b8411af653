//! A policy set as text that can be handed to another process, and what evaluates it there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{PolicySet, witness};
use crate::evaluate::engine::{Engine, Fault};

/// The package of what asks all rules at once.
const RUN: &str = "portcullis_run";

/// All that an evaluation needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    modules: Vec<(String, String)>,
    witnesses: Vec<(String, String)>,
    data: Json,
    /// Whether a policy asks where its input lies.
    asks_place: bool,
    rules: Vec<Entry>,
    clauses: Vec<ClauseEntry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    namespace: String,
    name: String,
    has_exceptions: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ClauseEntry {
    rule: usize,
    /// The rule of its witness; none for a clause that can have none.
    witness: Option<String>,
}

/// A question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Ask {
    /// What do all rules say of an input, and why?
    Judge(Input),
    /// What does one clause say of an input?
    Clause(usize, Input),
    /// What does a rule say of a changed input?
    Again {
        /// Which rule.
        rule: usize,
        /// Clauses of it that said the value before.
        clauses: Vec<usize>,
        /// The value: where one of these clauses says it still, that alone is the answer.
        value: Json,
        /// The input.
        input: Input,
    },
}

/// What is asked about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The document, or the list of documents.
    pub value: Json,
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

/// What the rules say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The results: which rule, and what it says.
    pub results: Vec<(usize, Json)>,
    /// For each solution of a clause: which clause, what it says, and its variables.
    pub witnesses: Vec<(usize, Json, Map<String, Json>)>,
    /// Rules of which an `exception` of the policy set takes the results away.
    pub excepted: Vec<usize>,
    /// Clauses that could not be evaluated, and why.
    pub faults: Vec<(usize, String)>,
}

impl Program {
    pub(super) fn new(set: &PolicySet) -> Self {
        let has_exceptions = |namespace: &str| {
            let of = set.modules.iter().filter(|module| module.namespace() == namespace);
            of.flat_map(|module| &module.rules).any(|rule| rule.root() == "exception")
        };
        let rules = set.rules.iter().map(|rule| Entry {
            namespace: rule.namespace.clone(),
            name: rule.name.clone(),
            has_exceptions: has_exceptions(&rule.namespace),
        });
        let (mut witnesses, mut clauses) = (Vec::new(), Vec::new());
        for (at, clause) in set.clauses.iter().enumerate() {
            let name = format!("__witness{at}");
            let text = set.rule_of(clause).and_then(|(module, rule)| {
                let (text, _) = witness::module(module, rule, &name)?;
                Some((module.namespace(), text))
            });
            let witness = text.map(|(namespace, text)| {
                witnesses.push((format!("witness/{at}.rego"), text));
                format!("data.{}.{name}", path(&namespace))
            });
            clauses.push(ClauseEntry { rule: clause.rule, witness });
        }
        let (modules, data) = (set.texts(), set.data.clone());
        let asks_place = modules.iter().any(|(_, text)| text.contains("data.conftest"));
        Self { modules, witnesses, data, asks_place, rules: rules.collect(), clauses }
    }
}

/// Answers questions about one policy set.
#[derive(Clone)]
pub struct Runtime {
    program: std::sync::Arc<Program>,
    engine: Engine,
    reasons: Engine,
    /// Where the last input lies, once a policy has asked.
    place: Option<Place>,
    /// Clauses that took too long once: they are not asked again.
    slow: BTreeSet<usize>,
}

impl Runtime {
    /// Gets a program ready.
    ///
    /// # Errors
    /// The file that the engine refuses, the line where it is known, and why.
    pub fn new(program: Program) -> Result<Self, (String, Option<u32>, String)> {
        let fail = |(file, fault): (String, Fault)| (file, fault.line, fault.message);
        let run = ("run.rego".to_owned(), program.aggregate());
        let modules: Vec<_> = program.modules.iter().cloned().chain([run]).collect();
        let engine = Engine::of_user(&modules, &program.data).map_err(fail)?;
        let run = ("reasons.rego".to_owned(), program.all_reasons());
        let modules: Vec<_> = program.modules.iter().chain(&program.witnesses).cloned().chain([run]).collect();
        let reasons = Engine::of_user(&modules, &program.data).map_err(fail)?;
        Ok(Self { program: std::sync::Arc::new(program), engine, reasons, place: None, slow: BTreeSet::new() })
    }

    /// Answers a question.
    pub fn answer(&mut self, ask: &Ask) -> Answer {
        match ask {
            Ask::Judge(input) => self.judge(input),
            Ask::Clause(clause, input) => self.clause(*clause, input),
            Ask::Again { rule, clauses, value, input } => self.again(*rule, clauses, value, input),
        }
    }

    /// What a rule says; as soon as it is known that it says the value still, that alone.
    fn again(&mut self, rule: usize, clauses: &[usize], value: &Json, input: &Input) -> Answer {
        let mut answer = Answer::default();
        self.set_input(input);
        for clause in clauses {
            let found = self.witnesses(*clause).unwrap_or_default();
            if found.into_iter().flat_map(|one| one.said()).any(|said| said == *value) {
                answer.results.push((rule, value.clone()));
                return answer;
            }
        }
        if let Err(fault) = self.rule(rule, &mut answer) {
            answer.faults.push((0, fault.message));
        }
        answer
    }

    fn set_input(&mut self, input: &Input) {
        if self.program.asks_place && self.place.as_ref() != Some(&input.place) {
            let mut data = self.program.data.clone();
            if let Json::Object(members) = &mut data {
                members.insert("conftest".to_owned(), json!({"file": input.place}));
            }
            for engine in [&mut self.engine, &mut self.reasons] {
                // Data that was taken once is taken again.
                *engine = engine.with_data(&data).unwrap_or_else(|_| engine.clone());
            }
            self.place = Some(input.place.clone());
        }
        self.engine.set_input(&input.value);
        self.reasons.set_input(&input.value);
    }

    fn judge(&mut self, input: &Input) -> Answer {
        let mut answer = Answer::default();
        self.set_input(input);
        let together = if self.slow.is_empty() { self.together(&mut answer) } else { None };
        if together.is_none() {
            answer = Answer::default();
            for rule in 0..self.program.rules.len() {
                let is_slow = self.program.clauses_of(rule).any(|clause| self.slow.contains(&clause));
                if is_slow || self.rule(rule, &mut answer).is_err() {
                    self.clauses(rule, &mut answer);
                }
            }
        }
        let fired: BTreeSet<usize> = answer.results.iter().map(|(rule, _)| *rule).collect();
        answer.excepted = fired.iter().copied().filter(|rule| self.is_excepted(*rule)).collect();
        let excepted: BTreeSet<usize> = answer.excepted.iter().copied().collect();
        if fired.is_subset(&excepted) {
            return answer;
        }
        let mut reasons = if self.slow.is_empty() { self.reasons() } else { None };
        for rule in fired.difference(&excepted) {
            for clause in self.program.clone().clauses_of(*rule) {
                let found = match &mut reasons {
                    Some(reasons) => reasons.remove(&clause).unwrap_or_default(),
                    None => self.witnesses(clause).unwrap_or_default(),
                };
                answer.witnesses.extend(found.into_iter().map(|one| (clause, one.value, one.names)));
            }
        }
        answer
    }

    /// The witnesses of all clauses in one evaluation; none where one of them fails.
    fn reasons(&mut self) -> Option<BTreeMap<usize, Vec<witness::Witness>>> {
        let all = self.reasons.value(&format!("data.{RUN}.reasons")).ok()?;
        let mut reasons: BTreeMap<usize, Vec<witness::Witness>> = BTreeMap::new();
        for pair in all.as_array().into_iter().flatten() {
            let clause = pair.get(0).and_then(Json::as_u64).and_then(|clause| usize::try_from(clause).ok())?;
            reasons.entry(clause).or_default().extend(pair.get(1).and_then(witness::one));
        }
        Some(reasons)
    }

    fn clause(&mut self, clause: usize, input: &Input) -> Answer {
        let mut answer = Answer::default();
        let Some(rule) = self.program.clauses.get(clause).map(|entry| entry.rule) else { return answer };
        self.set_input(input);
        match self.witnesses(clause) {
            Ok(found) => found.into_iter().for_each(|one| {
                answer.results.extend(one.said().into_iter().map(|value| (rule, value)));
                answer.witnesses.push((clause, one.value, one.names));
            }),
            Err(fault) => answer.faults.push((clause, fault.message)),
        }
        answer.excepted.extend(Some(rule).filter(|_| !answer.results.is_empty() && self.is_excepted(rule)));
        answer
    }

    fn together(&mut self, answer: &mut Answer) -> Option<()> {
        let Json::Array(results) = self.engine.value(&format!("data.{RUN}.results")).ok()? else { return Some(()) };
        for result in results {
            let Json::Array(pair) = result else { continue };
            let Ok([rule, value]) = <[Json; 2]>::try_from(pair) else { continue };
            let rule = rule.as_u64().and_then(|rule| usize::try_from(rule).ok());
            answer.results.extend(rule.map(|rule| (rule, value)));
        }
        Some(())
    }

    fn rule(&mut self, rule: usize, answer: &mut Answer) -> Result<(), Fault> {
        let Some(entry) = self.program.rules.get(rule) else { return Ok(()) };
        let value = self.engine.value(&format!("data.{}.{}", path(&entry.namespace), entry.name))?;
        if let Json::Array(values) = value {
            answer.results.extend(values.into_iter().map(|value| (rule, value)));
        }
        Ok(())
    }

    /// Clause by clause, so that one that fails does not take the others with it.
    fn clauses(&mut self, rule: usize, answer: &mut Answer) {
        let mut values = Vec::new();
        for clause in self.program.clone().clauses_of(rule) {
            if self.slow.contains(&clause) {
                answer.faults.push((clause, "it took too long before".to_owned()));
                continue;
            }
            match self.witnesses(clause) {
                Ok(found) => values.extend(found.into_iter().flat_map(|one| one.said())),
                Err(fault) => {
                    if fault.is_slow {
                        self.slow.insert(clause);
                    }
                    answer.faults.push((clause, fault.message));
                }
            }
        }
        values.sort_by_key(ToString::to_string);
        values.dedup();
        answer.results.extend(values.into_iter().map(|value| (rule, value)));
    }

    fn witnesses(&mut self, clause: usize) -> Result<Vec<witness::Witness>, Fault> {
        let entry = self.program.clauses.get(clause);
        let Some(rule) = entry.and_then(|entry| entry.witness.as_ref()) else { return Ok(vec![]) };
        Ok(witness::read(&self.reasons.value(rule)?))
    }

    /// As conftest asks: `data.<namespace>.exception[_][_] == "<name without its prefix>"`.
    fn is_excepted(&mut self, rule: usize) -> bool {
        let Some(entry) = self.program.rules.get(rule).filter(|entry| entry.has_exceptions) else { return false };
        let suffix = ["deny", "warn", "violation"].iter().find_map(|word| entry.name.strip_prefix(word));
        let suffix = suffix.unwrap_or_default().trim_start_matches('_');
        let lists = self.engine.value(&format!("data.{}.exception", path(&entry.namespace))).unwrap_or_default();
        let lists = lists.as_array().into_iter().flatten().filter_map(Json::as_array);
        lists.flatten().any(|name| *name == json!(suffix))
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

impl Program {
    /// How many clauses there are.
    pub fn clauses(&self) -> usize {
        self.clauses.len()
    }

    fn clauses_of(&self, rule: usize) -> impl Iterator<Item = usize> {
        self.clauses.iter().enumerate().filter(move |(_, clause)| clause.rule == rule).map(|(at, _)| at)
    }

    /// One rule that collects what all rules say: what they share is computed once.
    fn aggregate(&self) -> String {
        let items = crate::evaluate::rego::print::ITEMS;
        let rules = self.rules.iter().enumerate().map(|(at, rule)| {
            let name = format!("data.{}.{}", path(&rule.namespace), rule.name);
            // A map of results is none to conftest.
            format!("results contains [{at}, value] if {{ all := {name}; not is_object(all); some value in {items}(all) }}\n")
        });
        format!("package {RUN}\n\n{}", rules.collect::<String>())
    }

    /// One rule that collects the witnesses of all clauses.
    fn all_reasons(&self) -> String {
        let witnesses = self.clauses.iter().enumerate().filter_map(|(at, clause)| Some((at, clause.witness.as_ref()?)));
        let rules = witnesses.map(|(at, witness)| format!("reasons contains [{at}, one] if some one in {witness}\n"));
        format!("package {RUN}\n\n{}", rules.collect::<String>())
    }
}

/// A package behind `data.`: a part that is no plain word in brackets.
fn path(namespace: &str) -> String {
    namespace.to_owned()
}
