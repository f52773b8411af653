//! Documents as they are, judged by the user's policies: a subject comes in, its violations with their places go out.

use std::sync::Arc;

use serde_json::Value as Json;

use super::standard::Standard;
use super::user::UserPolicies;
use super::worker::Runner;
use crate::evaluate::Evaluation;
use crate::evaluate::rego::names::Names;
use crate::evaluate::user::{Ask, Found};
use crate::locate::infer::{self, Inferred};
use crate::model::policy::RelatedPath;
use crate::model::{Confidence, Control, Path, Step, Subject, Violation};

/// What the policies that are on say of a document.
pub fn evaluate(standard: &Standard, policies: &UserPolicies, runtime: &mut Runner, subject: &Subject) -> Evaluation {
    let answer = runtime.answer(&Ask::Judge(subject.input.clone()));
    let excepted = answer.excepted.iter().filter_map(|rule| policies.set.rules.get(*rule));
    let excepted = excepted.map(|rule| Arc::clone(&rule.control)).collect();
    let results = answer.results.clone();
    let (found, faults) = policies.set.read_answer(answer);
    let names = Names::new(&policies.set.modules);
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
            let is_old = |value: &Json| results.iter().any(|(rule, old)| *rule == found.rule && old == value);
            infer::infer(&subject.input, &candidates, &mut |changed| {
                let (rule, value) = (found.rule, found.value.clone());
                let again = runtime.answer(&Ask::Again { rule, clauses: found.clauses(), value, input: changed });
                let said = again.results.iter().map(|(_, value)| value);
                again.faults.is_empty() && said.clone().all(|value| *value != found.value && is_old(value))
            })
        });
        evaluation.violations.push((control, violation(found, place)));
    }
    evaluation
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
