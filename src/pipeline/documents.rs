//! Documents as they are, judged by the user's policies: a subject comes in, its violations with their places go out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::standard::Standard;
use super::user::UserPolicies;
use super::worker::Runner;
use crate::evaluate::Evaluation;
use crate::evaluate::rego::names::Names;
use crate::evaluate::user::{Ask, Found, Input, said};
use crate::locate::infer::{self, Inferred};
use crate::model::policy::RelatedPath;
use crate::model::{Confidence, Control, Path, Step, Subject, Violation};

/// How many values are judged again, over all findings of a subject, to see which place is why.
const MOST_WORK: usize = 10_000_000;

/// What the policies that are on say of a document.
pub fn evaluate(standard: &Standard, policies: &UserPolicies, runtime: &mut Runner, subject: &Subject) -> Evaluation {
    let input = |value| Input { value, place: policies.place(&subject.file) };
    let answer = runtime.answer(&Ask::Judge(input(subject.input.clone())));
    let excepted = answer.excepted.iter().filter_map(|rule| policies.set.rules.get(*rule));
    let excepted = excepted.map(|rule| Arc::clone(&rule.control)).collect();
    let results = answer.results.clone();
    let (found, faults) = policies.set.read_answer(answer);
    let names = Names::new(&policies.set.modules);
    let (size, mut left) = (size(&subject.input), MOST_WORK);
    let is_on = |control: &Control| standard.is_on(&subject.identity.cluster, control);
    let mut evaluation = Evaluation { excepted, ..Evaluation::default() };
    evaluation.errors.extend(faults.into_iter().filter(|(control, _)| is_on(control)));
    for found in found.into_iter().filter(|found| is_on(&found.control)) {
        let control = Arc::clone(&found.control);
        let declared = found.said.metadata.get("path").and_then(declared).map(|path| Inferred {
            path,
            others: vec![],
            confidence: Confidence::Exact,
        });
        let place = declared.unwrap_or_else(|| {
            let candidates = infer::together(found.candidates(&policies.set, &names, &subject.input));
            let before = words(&results, found.rule);
            let mine = before.get(&found.said.message).copied().unwrap_or(0);
            infer::infer(&subject.input, &candidates, &mut |changed| {
                let Some(rest) = left.checked_sub(size) else { return false };
                left = rest;
                // Where several results have the same words, one of them alone does not tell.
                let clauses = if mine == 1 { found.clauses() } else { Vec::new() };
                let (rule, value, input) = (found.rule, found.value.clone(), input(changed));
                let again = runtime.answer(&Ask::Again { rule, clauses, value, input });
                // By their words: what a result embeds of its input is another with every change.
                let after = words(&again.results, found.rule);
                let is_gone = after.get(&found.said.message).copied().unwrap_or(0) < mine;
                again.faults.is_empty() && is_gone && after.keys().all(|message| before.contains_key(message))
            })
        });
        evaluation.violations.push((control, violation(found, place)));
    }
    evaluation
}

/// The messages of a rule, and how often each is said.
fn words(results: &[(usize, Json)], rule: usize) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for (_, value) in results.iter().filter(|(of, _)| *of == rule) {
        if let Ok(Some(said)) = said(value) {
            *words.entry(said.message).or_default() += 1;
        }
    }
    words
}

/// How many values there are in it.
fn size(value: &Json) -> usize {
    match value {
        Json::Array(items) => items.iter().map(size).sum::<usize>() + 1,
        Json::Object(members) => members.values().map(size).sum::<usize>() + 1,
        _ => 1,
    }
}

fn violation(found: Found, place: Inferred) -> Violation {
    let related = place.others.into_iter().map(|path| RelatedPath { message: "here as well".to_owned(), path });
    Violation {
        message: found.said.message,
        path: place.path,
        duplicate: None,
        object: None,
        related: related.collect(),
        fix: None,
        inferred: Some(place.confidence).filter(|confidence| *confidence != Confidence::Exact),
        metadata: found.said.metadata,
    }
}

/// The path that a policy names itself: a list of keys and indexes, a JSON pointer, or `spec.containers[0].image`.
fn declared(value: &Json) -> Option<Path> {
    let Json::String(text) = value else { return Path::from_json(value) };
    if let Some(pointer) = text.strip_prefix('/') {
        let part = |part: &str| step(&part.replace("~1", "/").replace("~0", "~"));
        return Some(Path(pointer.split('/').map(part).collect()));
    }
    let parts = text.split(['.', '[']).map(|part| part.trim_end_matches(']').trim_matches(['"', '\'']));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| Path(parts.into_iter().map(step).collect()))
}

fn step(part: &str) -> Step {
    part.parse().map_or_else(|_| Step::Key(part.to_owned()), Step::Index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_declared_path_is_read_in_the_usual_ways() {
        let expected = "/spec/containers/0/image";
        let values = [
            json!(["spec", "containers", 0, "image"]),
            json!("spec.containers[0].image"),
            json!("/spec/containers/0/image"),
            json!("spec.containers.0.image"),
        ];
        for value in values {
            assert_eq!(declared(&value).map(|path| path.to_string()).as_deref(), Some(expected), "{value}");
        }
        for value in [json!(""), json!(7), json!({"a": 1}), json!([null])] {
            assert_eq!(declared(&value), None, "{value}");
        }
    }
}
