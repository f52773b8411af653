//! Documents as they are, judged by the user's policies: a subject comes in, its violations with their places go out.

use std::sync::Arc;

use serde_json::Value as Json;

use super::standard::Standard;
use super::user::UserPolicies;
use super::worker::Runner;
use crate::evaluate::Evaluation;
use crate::evaluate::rego::names::Names;
use crate::evaluate::user::{Ask, Found, Input, Suspicion, Words};
use crate::locate::infer::{self, Inferred, Trial};
use crate::model::policy::RelatedPath;
use crate::model::{Candidate, Confidence, Control, Path, Step, Subject, Violation};

/// What the policies that are on say of a document.
pub fn evaluate(standard: &Standard, policies: &UserPolicies, runtime: &mut Runner, subject: &Subject) -> Evaluation {
    let input = Input { value: subject.input.clone(), place: policies.place(&subject.file) };
    let ask = Ask::Judge(input);
    let answer = runtime.answer(&ask);
    let Ask::Judge(input) = ask else { return Evaluation::default() };
    let excepted = answer.excepted.iter().filter_map(|rule| policies.set.rules.get(*rule));
    let excepted = excepted.map(|rule| Arc::clone(&rule.control)).collect();
    let (mut all, faults) = policies.set.read_answer(answer);
    let mut said = Words::new();
    for found in &all {
        *said.entry(found.rule).or_default().entry(found.said.message.clone()).or_default() += 1;
    }
    let is_on = |control: &Control| standard.is_on(&subject.identity.cluster, control);
    let mut evaluation = Evaluation { excepted, ..Evaluation::default() };
    evaluation.errors.extend(faults.into_iter().filter(|(control, _)| is_on(control)));
    all.retain(|found| is_on(&found.control));
    let places = locate(policies, runtime, input, said, &all);
    evaluation.violations.extend(
        all.into_iter().zip(places).map(|(found, place)| (Arc::clone(&found.control), violation(found, place))),
    );
    evaluation
}

/// The place of each finding of a document.
fn locate(policies: &UserPolicies, runtime: &mut Runner, input: Input, said: Words, all: &[Found]) -> Vec<Inferred> {
    let names = Names::new(&policies.set.modules);
    let mut suspicions = Vec::new();
    let suspected = all.iter().map(|found| {
        let declared = found.said.metadata.get("path").and_then(declared);
        if let Some(path) = declared {
            return Err(Inferred { path, others: vec![], confidence: Confidence::Exact });
        }
        let candidates = infer::together(found.candidates(&policies.set, &names, &input.value));
        let trials = infer::trials(&input.value, &candidates);
        suspicions.push(Suspicion {
            rule: found.rule,
            clauses: found.clauses(),
            message: found.said.message.clone(),
            trials: trials.iter().map(|trial| trial.edits.clone()).collect(),
        });
        Ok((candidates, trials))
    });
    let suspected: Vec<_> = suspected.collect();
    let mut cleared = match suspicions.is_empty() {
        true => vec![],
        false => runtime.answer(&Ask::Clear(input.clone(), said, suspicions)).cleared,
    }
    .into_iter();
    let place = |suspected: Result<(Vec<Candidate>, Vec<Trial>), Inferred>| {
        suspected.map_or_else(
            |declared| declared,
            |(candidates, trials)| {
                let first = cleared.next().flatten().and_then(|first| trials.get(first));
                infer::infer(&input.value, &candidates, first)
            },
        )
    };
    suspected.into_iter().map(place).collect()
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
