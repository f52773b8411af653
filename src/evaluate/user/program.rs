//! A policy set as data that can be handed to another process.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{PolicySet, Suspicion};
use crate::evaluate::rego::template::Template;
use crate::evaluate::rego::{Expr, Form, Module, names};

/// All that an evaluation needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// What is evaluated.
    pub modules: Vec<Module>,
    /// The data document.
    pub data: Json,
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
        Self { modules, data: set.data.clone(), asks_place, rules: rules.collect(), clauses }
    }

    /// The clauses that may say the words of a finding: those that are known to, and those with such words.
    pub(super) fn may_say<'a>(&'a self, suspicion: &'a Suspicion) -> impl Iterator<Item = &'a ClauseEntry> {
        let clauses = self.clauses.iter().enumerate().filter(|(_, clause)| clause.rule == suspicion.rule);
        let fits = |(at, clause): &(usize, &ClauseEntry)| {
            suspicion.clauses.contains(at) || clause.template.fits(&suspicion.message)
        };
        clauses.filter(fits).map(|(_, clause)| clause)
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
