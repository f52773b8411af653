//! A policy set as data that can be handed to another process.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::PolicySet;
use super::answer::{Answer, Author, Found, Witness};
use super::said::said;
use crate::evaluate::rego::template::{Message, Template};
use crate::evaluate::rego::trace::Tracer;
use crate::evaluate::rego::{Expr, Form, Module, Rule, names, reads};
use crate::model::{Candidate, Known, Reads};

/// How many solutions that lead to the same words are looked into.
const MOST_SOLUTIONS: usize = 20;

/// All that an evaluation needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// What is evaluated.
    pub modules: Vec<Module>,
    /// The data document.
    pub data: Json,
    /// What they read of a document.
    #[serde(skip)]
    pub reads: Reads,
    /// Whether a policy asks where its input lies.
    pub asks_place: bool,
    /// The rules that collect results.
    pub rules: Vec<Entry>,
    /// Their clauses.
    pub clauses: Vec<ClauseEntry>,
}

/// A rule that collects results.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Its package.
    pub package: Vec<String>,
    /// Its name.
    pub name: String,
    /// Whether the package has a rule `exception`.
    pub has_exceptions: bool,
    /// Whether it says what its clauses say together; another one has a value, which is a list of results or none.
    pub is_set: bool,
}

/// A clause of such a rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClauseEntry {
    /// The rule.
    pub rule: usize,
    /// The module.
    pub module: usize,
    /// The position in it.
    pub position: usize,
    /// What it may say.
    pub template: Template,
}

impl Program {
    pub(super) fn new(set: &PolicySet) -> Self {
        let has_exceptions = |namespace: &str| {
            let of = set.modules.iter().filter(|module| module.namespace() == namespace);
            of.flat_map(|module| &module.rules).any(|rule| rule.root() == "exception")
        };
        let of_rule = |at: usize| set.clauses.iter().filter(move |clause| clause.rule == at);
        let is_set = |at: usize| {
            of_rule(at).all(|clause| set.rule_of(clause).is_some_and(|(_, rule)| matches!(rule.form, Form::Set(_))))
        };
        let package = |namespace: &str| {
            let module = set.modules.iter().find(|module| module.namespace() == namespace);
            module.map(|module| module.package.clone()).unwrap_or_default()
        };
        let rules = set.rules.iter().enumerate().map(|(at, rule)| Entry {
            package: package(&rule.namespace),
            name: rule.name.clone(),
            has_exceptions: has_exceptions(&rule.namespace),
            is_set: is_set(at),
        });
        let mut clauses = Vec::new();
        for clause in &set.clauses {
            let Some((_, rule)) = set.rule_of(clause) else { continue };
            let (module, position) = (clause.module, clause.position);
            clauses.push(ClauseEntry { rule: clause.rule, module, position, template: Template::of(rule) });
        }
        let modules = set.modules.clone();
        let asks_place = modules.iter().any(asks_place);
        let reads = reads::reads(&modules);
        Self { modules, data: set.data.clone(), reads, asks_place, rules: rules.collect(), clauses }
    }

    /// The clauses that may say the words of a finding: those that are known to, and those with such words.
    pub fn suspects(&self, found: &Found) -> Vec<&ClauseEntry> {
        let says = |at: usize| found.solutions.iter().any(|(clause, _)| *clause == at);
        let message = Message::new(&found.said.message);
        let may_say = |(at, clause): &(usize, &ClauseEntry)| {
            clause.rule == found.rule && (clause.template.fits(&message) || says(*at))
        };
        self.clauses.iter().enumerate().filter(may_say).map(|(_, clause)| clause).collect()
    }

    /// What an answer means: the findings, and who could not be evaluated with why.
    pub fn read(&self, answer: Answer) -> (Vec<Found>, Vec<(Author, String)>) {
        let Answer { results, witnesses, excepted, faults } = answer;
        let (mut found, mut broken) = (Vec::new(), Vec::new());
        broken.extend(faults.into_iter().map(|(clause, why)| self.fault(clause, &why)));
        for (rule, value) in results.into_iter().filter(|(rule, _)| !excepted.contains(rule)) {
            let says = |said: &Json| *said == value || said.as_array().is_some_and(|all| all.contains(&value));
            let of_rule = |clause: usize| self.clauses.get(clause).is_some_and(|clause| clause.rule == rule);
            let leads = |(clause, said, _): &&Witness| says(said) && of_rule(*clause);
            let solutions: Vec<_> =
                witnesses.iter().filter(leads).map(|(clause, _, names)| (*clause, Arc::clone(names))).collect();
            let author = solutions.first().map_or(Author::Rule(rule), |(clause, _)| Author::Clause(*clause));
            match said(&value) {
                Ok(Some(said)) => found.push(Found { author, rule, said, solutions }),
                Ok(None) => {}
                Err(why) => broken.push((author, why)),
            }
        }
        (found, broken)
    }

    /// That a clause could not be evaluated, why and where it is.
    pub fn fault(&self, clause: usize, why: &str) -> (Author, String) {
        let place = self.rule_of(clause).map(|(module, rule)| format!(" ({}:{})", module.file, rule.line));
        (Author::Clause(clause), format!("{why}{}", place.unwrap_or_default()))
    }

    /// The places that the policies looked at when they said it, for each solution that leads to it.
    pub fn candidates<'a>(&'a self, found: &'a Found, tracer: &Tracer<'a>) -> Vec<Vec<Candidate<'a>>> {
        let of = |clause: usize, values: &'a [(Arc<str>, Known)]| {
            let (module, rule) = self.rule_of(clause)?;
            Some(tracer.candidates(module, rule, values))
        };
        let solutions = found.solutions.iter().take(MOST_SOLUTIONS);
        let known: Vec<_> = solutions.filter_map(|(at, values)| of(*at, values)).collect();
        if !known.is_empty() {
            return known;
        }
        let clauses = self.clauses.iter().enumerate().filter(|(_, clause)| clause.rule == found.rule);
        clauses.take(MOST_SOLUTIONS).filter_map(|(at, _)| of(at, &[])).collect()
    }

    fn rule_of(&self, clause: usize) -> Option<(&Module, &Rule)> {
        let clause = self.clauses.get(clause)?;
        let module = self.modules.get(clause.module)?;
        Some((module, module.rules.get(clause.position)?))
    }
}

/// Whether a module names `data.conftest`.
fn asks_place(module: &Module) -> bool {
    let mut asks = false;
    let mut visit = |expr: &Expr| {
        if let Expr::Ref(base, steps) = expr {
            asks |= base.var() == Some("data") && steps.first() == Some(&Expr::text("conftest"));
        }
    };
    module.rules.iter().for_each(|rule| names::each(rule, &mut visit));
    asks
}

impl Entry {
    /// The full name of a rule of its package.
    pub fn path<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        self.package.iter().map(String::as_str).chain([name]).collect()
    }
}
