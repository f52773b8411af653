//! A policy set as text that can be handed to another process.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::template::Template;
use super::{PolicySet, witness};
use crate::evaluate::rego::names::Names;
use crate::evaluate::rego::{Form, Module, print};

/// The rule that collects the witnesses of all clauses of a package, so that what they share is computed once.
const REASONS: &str = "__reasons";

/// All that an evaluation needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// Path and text.
    pub modules: Vec<(String, String)>,
    /// The data document.
    pub data: Json,
    /// Whether a policy asks where its input lies.
    pub asks_place: bool,
    /// The rules that collect results.
    pub rules: Vec<Entry>,
    /// Their clauses.
    pub clauses: Vec<ClauseEntry>,
    /// The rules that collect their witnesses, one for each package.
    pub reasons: Vec<String>,
}

/// A rule that collects results.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Its package.
    pub namespace: String,
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
    /// The rule of its witness; none for a clause that can have none.
    pub witness: Option<String>,
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
        let rules = set.rules.iter().enumerate().map(|(at, rule)| Entry {
            namespace: rule.namespace.clone(),
            name: rule.name.clone(),
            has_exceptions: has_exceptions(&rule.namespace),
            is_set: is_set(at),
        });
        let names = Names::new(&set.modules);
        let (mut witnesses, mut clauses) = (BTreeMap::<usize, String>::new(), Vec::new());
        for (at, clause) in set.clauses.iter().enumerate() {
            let Some((module, rule)) = set.rule_of(clause) else { continue };
            let name = format!("__witness{at}");
            let witness = witness::text(&names, module, rule, &name).map(|text| {
                let all = format!("{text}\n{REASONS} contains [{at}, one] if some one in {name}\n");
                witnesses.entry(clause.module).or_default().push_str(&all);
                format!("data.{}.{name}", module.namespace())
            });
            clauses.push(ClauseEntry { rule: clause.rule, witness, template: Template::of(rule) });
        }
        let texts = set.modules.iter().enumerate().map(|(at, module)| {
            let witnesses = witnesses.remove(&at).unwrap_or_default();
            (module.file.clone(), format!("{}\n{witnesses}", print::module(module)))
        });
        let modules: Vec<(String, String)> = texts.collect();
        let asks_place = modules.iter().any(|(_, text)| text.contains("data.conftest"));
        let with_witness = set.clauses.iter().zip(&clauses).filter(|(_, entry)| entry.witness.is_some());
        let packages = with_witness.filter_map(|(clause, _)| set.modules.get(clause.module)).map(Module::namespace);
        let packages: BTreeSet<String> = packages.collect();
        let reasons = packages.into_iter().map(|package| format!("data.{package}.{REASONS}")).collect();
        Self { modules, data: set.data.clone(), asks_place, rules: rules.collect(), clauses, reasons }
    }

    /// The full name of a rule.
    pub fn name(&self, rule: usize) -> Option<String> {
        self.rules.get(rule).map(|rule| format!("data.{}.{}", rule.namespace, rule.name))
    }
}
