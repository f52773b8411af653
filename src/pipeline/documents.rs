//! Documents as they are, judged by the user's policies: a subject comes in, its violations with their places go out.

use std::sync::Arc;

use serde_json::Value as Json;

use super::plan::Plan;
use super::user::UserPolicies;
use crate::evaluate::Evaluation;
use crate::evaluate::user::{Ask, Found, Runtime};
use crate::model::{Confidence, Path, Step, Subject, SubjectKind, Violation};

/// What the policies that are on say of a document.
pub fn evaluate(plan: &Plan, policies: &UserPolicies, runtime: &mut Runtime, subject: &Subject) -> Evaluation {
    let answer = runtime.answer(&Ask::Judge(subject.input.clone()));
    let excepted = answer.excepted.iter().filter_map(|rule| policies.set.rules.get(*rule));
    let excepted = excepted.map(|rule| Arc::clone(&rule.control)).collect();
    let (found, faults) = policies.set.read_answer(answer);
    let is_on = |id: &str| plan.evaluator.controls(SubjectKind::Document).iter().any(|control| *control.id == *id);
    let mut evaluation = Evaluation { excepted, ..Evaluation::default() };
    evaluation.errors.extend(faults.into_iter().filter(|(control, _)| is_on(&control.id)));
    for found in found.into_iter().filter(|found| is_on(&found.control.id)) {
        let control = Arc::clone(&found.control);
        evaluation.violations.push((control, violation(found)));
    }
    evaluation
}

fn violation(found: Found) -> Violation {
    let (path, inferred) = match found.said.metadata.get("path").and_then(declared) {
        Some(path) => (path, None),
        None => (Path::root(), Some(Confidence::Document)),
    };
    Violation {
        message: found.said.message,
        path,
        duplicate: None,
        object: None,
        related: vec![],
        fix: None,
        inferred,
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
