//! Documents as they are, judged by the user's policies: a subject comes in, its violations with their places go out.

use std::borrow::Cow;
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
/// How many changes of a finding's document are asked about first.
const FIRST_ASKED: usize = 3;
/// How many findings are asked about at once: an answer has a limit of time.
const MOST_TOGETHER: usize = 16;

/// What the policies that are on say of a document.
pub fn evaluate(standard: &Standard, policies: &UserPolicies, runtime: &mut Runner, subject: &Subject) -> Evaluation {
    let input = &subject.input;
    let answer =
        runtime.answer(&Ask::Judge(Input { value: Cow::Borrowed(input), place: policies.place(&subject.file) }));
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
    let places = locate(policies, runtime, input, &said, &all);
    let violations =
        all.into_iter().zip(places).map(|(found, place)| (Arc::clone(&found.control), violation(found, place)));
    evaluation.violations.extend(violations);
    evaluation
}

/// The place of each finding of a document.
fn locate<'a>(
    policies: &'a UserPolicies,
    runtime: &mut Runner,
    input: &'a Json,
    said: &Words,
    all: &'a [Found],
) -> Vec<Inferred> {
    if all.is_empty() {
        return vec![];
    }
    let names = policies.set.names();
    let tracer = Tracer::new(&names, &policies.set.clues, &policies.set.data, input);
    let mut left = MOST_WORK / size(input);
    let mut places = Vec::new();
    for some in all.chunks(MOST_TOGETHER) {
        let declared: Vec<Option<Path>> =
            some.iter().map(|found| found.said.metadata.get("path").and_then(declared)).collect();
        let candidates = |(found, declared): (&'a Found, &Option<Path>)| match declared {
            Some(_) => vec![],
            None => infer::together(input, found.candidates(&policies.set, &tracer), &found.said.message),
        };
        let suspects: Vec<Vec<Candidate<'_>>> = some.iter().zip(&declared).map(candidates).collect();
        let trials = suspects.iter().map(|candidates| infer::trials(input, candidates));
        let cleared = clear(runtime, said, some.iter().zip(trials).collect(), &mut left);
        let of =
            |((declared, candidates), cleared): ((Option<Path>, &Vec<Candidate<'_>>), Option<Trial>)| match declared {
                Some(path) => Inferred { path, others: vec![], partner: None, confidence: Confidence::Exact },
                None => infer::infer(input, candidates, cleared.as_ref()),
            };
        places.extend(declared.into_iter().zip(&suspects).zip(cleared).map(of));
    }
    places
}

/// Of each finding the first of its trials that clears it. The likeliest are asked about first, because they clear most findings.
fn clear<T: Iterator<Item = Trial>>(
    runtime: &mut Runner,
    said: &Words,
    mut findings: Vec<(&Found, T)>,
    left: &mut usize,
) -> Vec<Option<Trial>> {
    let mut cleared: Vec<Option<Trial>> = findings.iter().map(|_| None).collect();
    for most in [FIRST_ASKED, usize::MAX] {
        let mut asked = Vec::new();
        for ((found, trials), cleared) in findings.iter_mut().zip(&mut cleared).filter(|(_, cleared)| cleared.is_none())
        {
            let trials: Vec<Trial> = trials.by_ref().take(most.min(*left)).collect();
            *left -= trials.len();
            if !trials.is_empty() {
                asked.push((*found, trials, cleared));
            }
        }
        if asked.is_empty() {
            break;
        }
        let suspicions = asked.iter().map(|(found, trials, _)| suspicion(found, trials)).collect();
        let answer = runtime.answer(&Ask::Clear(Cow::Borrowed(said), suspicions));
        for ((_, trials, cleared), first) in asked.into_iter().zip(&answer.cleared) {
            *cleared = first.and_then(|first| trials.into_iter().nth(first));
        }
        // Where one question is too much, another one would be too.
        if !answer.faults.is_empty() {
            *left = 0;
        }
    }
    cleared
}

fn suspicion<'a>(found: &Found, trials: &'a [Trial]) -> Suspicion<'a> {
    Suspicion {
        rule: found.rule,
        clauses: found.clauses(),
        message: found.said.message.clone(),
        trials: trials.iter().map(|trial| Cow::Borrowed(trial.edits.as_slice())).collect(),
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
    let others = place.others.into_iter().map(|path| ("here as well", path));
    let related = others.chain(place.partner.map(|path| ("compared with this", path)));
    let related = related.map(|(message, path)| RelatedPath { message: message.to_owned(), path });
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
    part.parse().map_or_else(|_| Step::Key(part.into()), Step::Index)
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
