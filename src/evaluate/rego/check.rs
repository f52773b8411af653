//! What is wrong with a policy set, before anything is evaluated.

use std::collections::BTreeSet;

use super::names::{Names, each, statements};
use super::safety::{Arity, unbound};
use super::{Expr, Form, Literal, Module, Rule, Statement};

/// A mistake in a policy, or something suspicious.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong, as a sentence without a final stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Built-ins of OPA that leave the process or tell of it, each with why it is refused.
const REFUSED: [(&str, &str); 6] = [
    ("http.send", "it opens a connection"),
    ("net.lookup_ip_addr", "it asks a name server"),
    ("opa.runtime", "it tells of the environment of the process"),
    ("parse_config_file", "it reads a file; only tests may, with its name written out"),
    ("parse_combined_config_files", "it reads files; only tests may, with their names written out"),
    ("providers.aws.sign_req", "it signs requests, and none are sent"),
];

/// Everything that keeps a policy set from being used, by file and line.
pub fn errors(names: &Names<'_>, arity: Arity<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    for module in names.modules {
        for rule in &module.rules {
            let problem = |line: u32, message: String, help: Option<&str>| Problem {
                file: module.file.clone(),
                line,
                message,
                help: help.map(str::to_owned),
            };
            each(rule, &mut |expr| {
                if let Expr::Call(name, _, line) = expr
                    && let Some((message, help)) = wrong_call(names, arity, module, rule, name)
                {
                    found.push(problem(*line, message, Some(&help)));
                }
            });
            for (line, message) in statements(rule).filter_map(never) {
                found.push(problem(line, message.to_owned(), Some("the rule would never say anything")));
            }
            for (line, name) in rule.bodies.iter().flat_map(|body| late(&body.statements)) {
                let message = format!("the variable `{name}` is used above the line that assigns it");
                found.push(problem(line, message, Some("move the assignment up")));
            }
            for (line, name) in unbound(names, arity, module, rule) {
                let message = format!("the variable `{name}` in rule `{}` is unsafe: nothing binds it", rule.root());
                found.push(problem(line, message, Some("bind it in a statement that is not negated")));
            }
            // https://github.com/open-policy-agent/opa/issues/6509
            if is_result(rule.root()) && matches!((&rule.name, &rule.form), (Expr::Ref(..), Form::Value(None))) {
                let message = format!("`{}[…] if` is no set of results", rule.root());
                found.push(problem(rule.line, message, Some("write `contains` between the name and the message")));
            }
        }
    }
    if found.is_empty()
        && let Some(cycle) = names.cycle()
        && let Some((module, rule)) = cycle.first().and_then(|name| names.rules(name).next())
    {
        let message = format!("the rule is recursive: {}", cycle.join(" → "));
        found.push(Problem { file: module.file.clone(), line: rule.line, message, help: None });
    }
    found.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    found.dedup();
    found
}

/// Variables that a body uses ahead of their `:=`, which OPA refuses.
fn late(statements: &[Statement]) -> Vec<(u32, &str)> {
    let (mut used, mut assigned, mut found) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for statement in statements {
        if let Literal::Holds(Expr::Binary(":=", left, right)) = &statement.literal {
            used.extend(right.variables());
            let new = left.variables();
            let is_late = |name: &&&str| **name != "_" && used.contains(**name) && !assigned.contains(**name);
            found.extend(new.iter().filter(is_late).map(|name| (statement.line, *name)));
            assigned.extend(new);
        } else {
            if let Literal::Some(names) = &statement.literal {
                assigned.extend(names.iter().map(String::as_str));
            }
            used.extend(statement.expressions().into_iter().flat_map(Expr::variables));
        }
    }
    found
}

/// Why a statement can never hold: two collections that are written out and do not fit. The engine would fail in all rules of the file.
fn never(statement: &Statement) -> Option<(u32, &'static str)> {
    fn mismatch(left: &Expr, right: &Expr) -> Option<&'static str> {
        match (left, right) {
            (Expr::Array(lefts), Expr::Array(rights)) if lefts.len() != rights.len() => {
                Some("two arrays of different lengths are never equal")
            }
            (Expr::Array(lefts), Expr::Array(rights)) => {
                lefts.iter().zip(rights).find_map(|(left, right)| mismatch(left, right))
            }
            (Expr::Object(lefts), Expr::Object(rights)) => {
                if lefts.iter().chain(rights).any(|(key, _)| key.constant().is_none()) {
                    return None;
                }
                let value = |key: &Expr| rights.iter().find(|(other, _)| other == key).map(|(_, value)| value);
                let has_others = lefts.len() != rights.len() || lefts.iter().any(|(key, _)| value(key).is_none());
                if has_others {
                    return Some("two objects with different keys are never equal");
                }
                lefts.iter().find_map(|(key, left)| mismatch(left, value(key)?))
            }
            _ => None,
        }
    }
    match &statement.literal {
        Literal::Holds(Expr::Binary("=" | ":=", left, right)) => Some((statement.line, mismatch(left, right)?)),
        _ => None,
    }
}

/// Whether a rule of this name holds results: `deny`, `warn` and `violation`, also with a suffix (`deny_root`).
pub fn is_result(name: &str) -> bool {
    is_failure(name) || is_called(name, "warn")
}

/// Whether the results of this rule are failures, not warnings.
pub fn is_failure(name: &str) -> bool {
    is_called(name, "deny") || is_called(name, "violation")
}

/// As conftest has it: `^deny(_[a-zA-Z0-9]+)*$`.
fn is_called(name: &str, word: &str) -> bool {
    let Some(rest) = name.strip_prefix(word) else { return false };
    let is_suffix = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    rest.is_empty() || rest.strip_prefix('_').is_some_and(|rest| rest.split('_').all(is_suffix))
}

fn wrong_call(
    names: &Names<'_>,
    arity: Arity<'_>,
    module: &Module,
    rule: &Rule,
    name: &str,
) -> Option<(String, String)> {
    if names.function(module, name).is_some() {
        return None;
    }
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        let message = format!("rule `{}` calls `{name}`, which is refused: {why}", rule.root());
        return Some((message, "a policy sees its input and its data, and nothing else".to_owned()));
    }
    if matches!(name, "print" | "set") || arity(name).is_some() {
        return None;
    }
    let message = format!("rule `{}` calls `{name}`, and there is no such function", rule.root());
    Some((message, "it is neither a rule of this policy set nor a built-in function that portcullis has".to_owned()))
}
