//! Documents as they are, judged by the user's policies: a subject comes in, its violations with their places go out.

use std::sync::Arc;

use serde_json::Value as Json;

use super::standard::Standard;
use super::user::UserPolicies;
use super::worker::Runner;
use crate::evaluate::Evaluation;
use crate::evaluate::rego::trace::Tracer;
use crate::evaluate::user::{Ask, Found, Input, Suspicion, Words};
use crate::locate::infer::{self, Inferred, Trial};
use crate::model::policy::RelatedPath;
use crate::model::{Candidate, Confidence, Control, Path, Step, Subject, Violation};

/// How many values are judged again, over all findings of a subject, to see which place is why.
const MOST_WORK: usize = 40_000_000;
/// How many findings are asked about at once: an answer has a limit of time.
const MOST_TOGETHER: usize = 16;

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
    let violations =
        all.into_iter().zip(places).map(|(found, place)| (Arc::clone(&found.control), violation(found, place)));
    evaluation.violations.extend(violations);
    evaluation
}

/// What may be why something is said.
#[derive(Default)]
struct Suspects {
    /// The place that the policy names itself.
    declared: Option<Path>,
    candidates: Vec<Candidate>,
    trials: Vec<Trial>,
}

/// The place of each finding of a document.
fn locate(policies: &UserPolicies, runtime: &mut Runner, input: Input, said: Words, all: &[Found]) -> Vec<Inferred> {
    if all.is_empty() {
        return vec![];
    }
    let names = policies.set.names();
    let tracer = Tracer::new(&names, &policies.set.data, &input.value);
    let mut left = MOST_WORK / size(&input.value);
    let mut is_answered = true;
    let mut places = Vec::new();
    for some in all.chunks(MOST_TOGETHER) {
        let suspects = some.iter().map(|found| {
            let declared = found.said.metadata.get("path").and_then(declared);
            if declared.is_some() {
                return Suspects { declared, ..Suspects::default() };
            }
            let candidates = found.candidates(&policies.set, &tracer);
            let candidates = infer::together(&input.value, candidates, &found.said.message);
            let mut trials = infer::trials(&input.value, &candidates);
            trials.truncate(left);
            left -= trials.len();
            Suspects { declared, candidates, trials }
        });
        let suspects: Vec<Suspects> = suspects.collect();
        let mut cleared = vec![];
        if is_answered && suspects.iter().any(|suspects| !suspects.trials.is_empty()) {
            let suspicions = some.iter().zip(&suspects).map(|(found, suspects)| suspicion(found, suspects));
            let answer = runtime.answer(&Ask::Clear(said.clone(), suspicions.collect()));
            is_answered = answer.faults.is_empty();
            cleared = answer.cleared;
        }
        let cleared = cleared.into_iter().chain(std::iter::repeat(None));
        places.extend(suspects.into_iter().zip(cleared).map(|(suspects, first)| match suspects.declared {
            Some(path) => Inferred { path, others: vec![], confidence: Confidence::Exact },
            None => {
                let first = first.and_then(|first| suspects.trials.get(first));
                infer::infer(&input.value, &suspects.candidates, first)
            }
        }));
    }
    places
}

fn suspicion(found: &Found, suspects: &Suspects) -> Suspicion {
    Suspicion {
        rule: found.rule,
        clauses: found.clauses(),
        message: found.said.message.clone(),
        trials: suspects.trials.iter().map(|trial| trial.edits.clone()).collect(),
    }
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
