//! Which of the places that a policy looked at is why it said something: the places come in, ranked; the one whose change makes the
//! policy silent goes out.

use serde_json::{Map, Value as Json};

use crate::model::{Candidate, Confidence, Edit, Path, Step};

/// How often the policy is asked again for one finding.
const MOST_ASKED: usize = 16;
/// How often for one place.
const MOST_EACH: usize = 6;

/// A place, and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// The place; the root when nothing is known.
    pub path: Path,
    /// The other places, when several say the same.
    pub others: Vec<Path>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// A change of an input, and the candidate whose place it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    candidate: usize,
    /// What is changed.
    pub edits: Vec<Edit>,
}

/// The changes that show which candidate is the place: the first one that clears the finding, without another one in its stead.
pub fn trials(input: &Json, candidates: &[Candidate]) -> Vec<Trial> {
    // A guard that clears the finding says nothing where there is a place that the policy is about.
    let has_other =
        candidates.iter().any(|candidate| !candidate.is_guard && candidate.rank > 0 && is_near(input, candidate));
    let asked = candidates.iter().enumerate().filter(|(_, candidate)| !candidate.is_guard || !has_other);
    let trials = asked.flat_map(|(at, candidate)| {
        changes(input, candidate).into_iter().take(MOST_EACH).map(move |edits| Trial { candidate: at, edits })
    });
    trials.take(MOST_ASKED).collect()
}

/// The place, by the trial that cleared the finding if there is one.
pub fn infer(input: &Json, candidates: &[Candidate], cleared: Option<&Trial>) -> Inferred {
    if let Some(candidate) = cleared.and_then(|trial| candidates.get(trial.candidate)) {
        return inferred(candidate, Confidence::Confirmed);
    }
    match candidates.iter().find(|candidate| is_near(input, candidate)) {
        Some(candidate) => inferred(candidate, Confidence::Likely),
        None => Inferred { path: Path::root(), others: vec![], confidence: Confidence::Document },
    }
}

/// Of what would have to be there, and whose parents are not there either, nobody knows whether it is meant.
fn is_near(input: &Json, candidate: &Candidate) -> bool {
    candidate.paths.first().is_none_or(|path| path.has_parent(input))
}

/// Joins the candidates of several solutions that lead to the same words: places that differ in their indexes alone are one.
pub fn together(solutions: Vec<Vec<Candidate>>) -> Vec<Candidate> {
    let mut joined: Vec<Candidate> = Vec::new();
    for candidate in solutions.into_iter().flatten() {
        let is_alike = |other: &&mut Candidate| {
            other.paths.first().zip(candidate.paths.first()).is_some_and(|(one, other)| one.is_alike(other))
        };
        let same = joined.iter_mut().find(is_alike);
        match same {
            Some(other) => {
                let new = candidate.paths.into_iter().filter(|path| !other.paths.contains(path)).collect::<Vec<_>>();
                other.paths.extend(new);
                let new =
                    candidate.touched.into_iter().filter(|path| !other.touched.contains(path)).collect::<Vec<_>>();
                other.touched.extend(new);
                other.rank = other.rank.max(candidate.rank);
            }
            None => joined.push(candidate),
        }
    }
    joined.sort_by_key(|candidate| -candidate.rank);
    joined
}

fn inferred(candidate: &Candidate, confidence: Confidence) -> Inferred {
    let (first, others) =
        candidate.paths.split_first().map_or((Path::root(), &[][..]), |(path, rest)| (path.clone(), rest));
    Inferred { path: first, others: others.to_vec(), confidence }
}

/// The input with the place repaired in the ways that may be meant, the likeliest first.
fn changes(input: &Json, candidate: &Candidate) -> Vec<Vec<Edit>> {
    let Some(first) = candidate.touched.first() else { return vec![] };
    let values = || candidate.values.iter().filter(|value| !value.is_array()).take(2);
    let words = || candidate.hints.iter().filter_map(Json::as_str);
    let named = |of: &Map<String, Json>| {
        let keys = words().map(|word| (word.to_owned(), Json::from("portcullis")));
        Json::Object(of.clone().into_iter().chain(keys).collect())
    };
    let new: Vec<Option<Json>> = match first.find(input) {
        None => {
            let plain = values().chain(candidate.hints.iter().filter(|hint| hint.is_boolean())).take(2).cloned();
            let list = Json::Array(candidate.values.iter().chain(&candidate.hints).cloned().collect());
            let rest = [true.into(), list, named(&Map::new()), "portcullis".into()];
            plain.chain(rest).map(Some).collect()
        }
        Some(Json::Bool(value)) => vec![Some(Json::Bool(!value)), None],
        Some(Json::Array(items)) => {
            let more = values().chain(&candidate.hints).filter(|value| !items.contains(value));
            let with = Json::Array(items.iter().chain(more).cloned().collect());
            vec![Some(with), None, Some(Json::Array(vec![]))]
        }
        Some(Json::Object(members)) => vec![Some(named(members)), None, Some(Json::Object(Map::new()))],
        Some(value) => {
            let other = values().chain(&candidate.hints).filter(|other| *other != value).take(3);
            let large = if value.is_number() { 1_000_000.into() } else { Json::from("portcullis") };
            // An image of the registry that a rule asks for.
            let hosts = words().filter(|word| word.contains(['.', '/'])).take(1);
            let from =
                hosts.filter_map(|host| Some(format!("{}/{}", host.trim_end_matches('/'), value.as_str()?).into()));
            other.cloned().chain(from).map(Some).chain([None, Some(large)]).collect()
        }
    };
    // From behind, so that removing an element moves none that is still to be changed.
    let mut paths: Vec<&Path> = candidate.touched.iter().collect();
    paths.sort();
    paths.reverse();
    let edits = |value: Option<Json>| -> Vec<Edit> {
        let changed = paths.iter().filter(|path| is_change(input, path.steps(), value.as_ref()));
        changed.map(|path| Edit { steps: path.steps().to_vec(), value: value.clone() }).collect()
    };
    new.into_iter().map(edits).filter(|edits| !edits.is_empty()).collect()
}

/// Whether putting a value at a path, or removing what is there, changes anything.
fn is_change(at: &Json, steps: &[Step], value: Option<&Json>) -> bool {
    match (steps, at, value) {
        ([Step::Key(key)], Json::Object(members), Some(value)) => members.get(key) != Some(value),
        ([Step::Key(key)], Json::Object(members), None) => members.contains_key(key),
        ([Step::Index(index)], Json::Array(items), value) => {
            items.get(*index).is_some_and(|item| value.is_none_or(|value| item != value))
        }
        ([Step::Key(key), rest @ ..], Json::Object(members), value) => match members.get(key) {
            Some(inner) if !inner.is_null() => is_change(inner, rest, value),
            // Mappings that are absent are made, lists are not.
            _ => value.is_some() && rest.iter().all(|step| matches!(step, Step::Key(_))),
        },
        ([Step::Index(index), rest @ ..], Json::Array(items), value) => {
            items.get(*index).is_some_and(|inner| is_change(inner, rest, value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn candidate(path: Json, values: &[Json]) -> Candidate {
        let path = Path::from_json(&path).unwrap();
        Candidate {
            paths: vec![path.clone()],
            touched: vec![path],
            values: values.to_vec(),
            hints: vec![],
            is_guard: false,
            rank: 0,
        }
    }

    /// The first trial that changes what is at a pointer to a value, or removes it.
    fn clearing<'a>(trials: &'a [Trial], path: &str, value: Option<Json>) -> Option<&'a Trial> {
        let is_it = |edit: &Edit| Path(edit.steps.clone()).to_string() == path && edit.value == value;
        trials.iter().find(|trial| trial.edits.iter().any(is_it))
    }

    #[test]
    fn the_first_place_whose_change_clears_is_confirmed() {
        let input = json!({"kind": "Pod", "spec": {"hostPID": true}});
        let candidates = [candidate(json!(["kind"]), &[]), candidate(json!(["spec", "hostPID"]), &[])];
        let trials = trials(&input, &candidates);
        let found = infer(&input, &candidates, clearing(&trials, "/spec/hostPID", Some(json!(false))));
        assert_eq!((found.path.to_string().as_str(), found.confidence), ("/spec/hostPID", Confidence::Confirmed));
        let found = infer(&input, &candidates, None);
        assert_eq!((found.path.to_string().as_str(), found.confidence), ("/kind", Confidence::Likely));
        let found = infer(&input, &[], None);
        assert_eq!((found.path, found.confidence), (Path::root(), Confidence::Document));
    }

    #[test]
    fn an_absent_member_is_put_in_with_what_the_policy_compares_it_with() {
        let input = json!({"spec": {}});
        let candidate = candidate(json!(["spec", "securityContext", "runAsUser"]), &[json!(1000)]);
        let trials = trials(&input, &[candidate]);
        assert!(clearing(&trials, "/spec/securityContext/runAsUser", Some(json!(1000))).is_some());
    }

    #[test]
    fn a_policy_is_not_asked_without_end() {
        let many: Vec<Candidate> = (0..100).map(|at| candidate(json!([format!("k{at}")]), &[])).collect();
        assert_eq!(trials(&json!({"a": 1}), &many).len(), MOST_ASKED);
    }
}
