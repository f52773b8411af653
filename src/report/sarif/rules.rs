//! The controls of a report in, SARIF's rules and taxonomies out.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ControlResult, Report, Severity};
use crate::report::{escape, phrase};

use super::log::{
    ComponentReference, Configuration, Help, Reference, Relationship, Rule, RuleProperties, Taxon, Taxonomy, Text,
};

/// The rules, and where each one is.
pub struct Rules<'a> {
    /// Every control that was switched on, and any other that has a finding.
    pub descriptors: Vec<Rule<'a>>,
    /// The benchmarks, with the numbers that the controls answer.
    pub taxonomies: Vec<Taxonomy<'a>>,
    /// The same benchmarks, by reference.
    pub supported: Vec<ComponentReference<'a>>,
    indexes: BTreeMap<&'a str, usize>,
}

impl<'a> Rules<'a> {
    /// The rules of a report.
    pub fn new(report: &'a Report) -> Self {
        let mut numbers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (benchmark, ids) in report.controls.iter().flat_map(|result| &result.benchmarks) {
            numbers.entry(benchmark).or_default().extend(ids.iter().map(String::as_str));
        }
        let supported: Vec<_> =
            numbers.keys().enumerate().map(|(index, &name)| ComponentReference { name, index }).collect();
        let results: BTreeMap<&str, &ControlResult> =
            report.controls.iter().map(|result| (&*result.control.id, result)).collect();
        let found = report.verdicts.iter().map(|verdict| &*verdict.finding.control);
        let ids: BTreeSet<&str> = results.keys().copied().chain(found).collect();
        let rule = |id: &&'a str| rule(id, results.get(id).copied(), &supported, &numbers);
        Self {
            descriptors: ids.iter().map(rule).collect(),
            taxonomies: numbers.iter().map(|(name, ids)| taxonomy(name, ids)).collect(),
            indexes: ids.iter().enumerate().map(|(index, &id)| (id, index)).collect(),
            supported,
        }
    }

    /// Where the rule of that id is.
    pub fn index(&self, id: &str) -> usize {
        self.indexes.get(id).copied().unwrap_or_default()
    }
}

/// The most characters of a name that GitHub takes, less the one that says that it is cut.
const NAME: usize = 254;

/// The most characters of a description that GitHub takes.
const DESCRIPTION: usize = 1_000;

/// GitHub keeps ten tags of a rule.
const TAGS: usize = 10;

fn rule<'a>(
    id: &'a str,
    result: Option<&'a ControlResult>,
    supported: &[ComponentReference<'a>],
    numbers: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> Rule<'a> {
    let control = result.map(|result| &*result.control);
    let severity = result.map_or(Severity::Medium, |result| result.severity);
    let title = control.map(|control| &*control.title).unwrap_or_default();
    let description = control.map(|control| phrase::first_paragraph(&control.description)).unwrap_or_default();
    let references = control.map(|control| control.references.as_slice()).unwrap_or_default();
    let relations = result.into_iter().flat_map(|result| &result.benchmarks).flat_map(|(benchmark, ids)| {
        let component = supported.iter().find(|component| component.name == benchmark);
        let taxa = numbers.get(benchmark.as_str());
        ids.iter().filter_map(move |id| relationship(id, component?, taxa?))
    });
    Rule {
        id,
        name: escape::clip(&pascal(id), NAME),
        short_description: Text { text: or(title, id) },
        full_description: Text { text: or(&description, title) },
        help: help(result, id),
        help_uri: references.iter().map(|link| &**link).find(|link| is_link(link)),
        default_configuration: Configuration { level: level(severity) },
        relationships: relations.collect(),
        properties: RuleProperties {
            tags: tags(result),
            precision: "high",
            problem_severity: problem_severity(severity),
            security_severity: security_severity(severity),
        },
    }
}

fn relationship<'a>(
    id: &'a str,
    component: &ComponentReference<'a>,
    taxa: &BTreeSet<&str>,
) -> Option<Relationship<'a>> {
    let index = taxa.iter().position(|&taxon| taxon == id)?;
    let target = Reference { id, index, tool_component: component.clone() };
    Some(Relationship { target, kinds: ["relevant"] })
}

fn taxonomy<'a>(name: &'a str, ids: &BTreeSet<&'a str>) -> Taxonomy<'a> {
    let short_description = Text { text: format!("Numbers of {}", escape::clip(name, DESCRIPTION)) };
    Taxonomy { name, short_description, taxa: ids.iter().map(|&id| Taxon { id }).collect() }
}

fn help(result: Option<&ControlResult>, id: &str) -> Help {
    let Some(result) = result else { return Help { text: or(id, ""), markdown: or(id, "") } };
    let control = &result.control;
    let benchmarks = phrase::benchmarks(&result.benchmarks);
    let list = |bullet: &str| control.references.iter().map(|link| format!("{bullet}{link}\n")).collect::<String>();
    let mut text = format!("{}\n\nWhat to do: {}\n", control.description.trim(), control.remediation.trim());
    let mut markdown = format!("{}\n\n## What to do\n\n{}\n", control.description.trim(), control.remediation.trim());
    if !benchmarks.is_empty() {
        text += &format!("\nBenchmarks: {benchmarks}\n");
        markdown += &format!("\n## Benchmarks\n\n{benchmarks}\n");
    }
    if !control.references.is_empty() {
        text += &format!("\nMore:\n{}", list(""));
        markdown += &format!("\n## More\n\n{}", list("- "));
    }
    Help { text, markdown }
}

fn tags(result: Option<&ControlResult>) -> Vec<String> {
    let numbers = result.into_iter().flat_map(|result| &result.benchmarks);
    let numbers = numbers.flat_map(|(benchmark, ids)| ids.iter().map(move |id| format!("external/{benchmark}/{id}")));
    ["security", "kubernetes"].map(str::to_owned).into_iter().chain(numbers).take(TAGS).collect()
}

/// The level of a rule by itself; that of a result says what it is to the gate.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}

/// GitHub calls more than 9.0 critical, from 7.0 high, from 4.0 medium and the rest above 0.0 low.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

/// `PrivilegedContainer`.
fn pascal(id: &str) -> String {
    let words = id.split(|char: char| !char.is_alphanumeric()).map(|word| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    });
    words.collect()
}

/// The text, else the other one; GitHub counts an empty one as missing.
fn or(text: &str, other: &str) -> String {
    let shown = [text, other].into_iter().find(|text| !text.trim().is_empty()).unwrap_or("no description");
    escape::clip(shown, DESCRIPTION)
}

fn is_link(text: &str) -> bool {
    let is_scheme = text.starts_with("https://") || text.starts_with("http://");
    is_scheme && text.chars().all(|char| char.is_ascii_graphic() && !"\"<>\\^`{|}[]".contains(char))
}
