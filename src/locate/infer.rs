//! Which of the places that a policy looked at is why it said something: the places come in, ranked; the one whose change makes the
//! policy silent goes out.

use serde_json::{Map, Value as Json};

use crate::model::{Candidate, Confidence, Path, Step};

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

/// Finds the place. `is_cleared` judges a changed input: whether the finding is gone and no other has come.
pub fn infer(input: &Json, candidates: &[Candidate], is_cleared: &mut dyn FnMut(Json) -> bool) -> Inferred {
    let mut asked = 0;
    // Of what would have to be there, and whose parents are not there either, nobody knows whether it is meant.
    let is_near = |candidate: &&Candidate| {
        let path = candidate.paths.first().map(Path::steps).unwrap_or_default();
        Path(path.iter().take(path.len().saturating_sub(1)).cloned().collect()).find(input).is_some()
    };
    // A guard that clears the finding says nothing where there is a place that the policy is about.
    let has_other = candidates.iter().filter(is_near).any(|candidate| !candidate.is_guard && candidate.rank > 0);
    for candidate in candidates.iter().filter(|candidate| !candidate.is_guard || !has_other) {
        for changed in changes(input, candidate).into_iter().take(MOST_EACH) {
            if asked == MOST_ASKED {
                break;
            }
            asked += 1;
            if is_cleared(changed) {
                return inferred(candidate, Confidence::Confirmed);
            }
        }
    }
    match candidates.iter().find(is_near) {
        Some(candidate) => inferred(candidate, Confidence::Likely),
        None => Inferred { path: Path::root(), others: vec![], confidence: Confidence::Document },
    }
}

/// Joins the candidates of several solutions that lead to the same words: places that differ in their indexes alone are one.
pub fn together(solutions: Vec<Vec<Candidate>>) -> Vec<Candidate> {
    let mut joined: Vec<Candidate> = Vec::new();
    for candidate in solutions.into_iter().flatten() {
        let same = joined.iter_mut().find(|other| is_alike(&other.paths, &candidate.paths));
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

fn is_alike(one: &[Path], other: &[Path]) -> bool {
    let (Some(one), Some(other)) = (one.first(), other.first()) else { return false };
    let same = |(one, other): (&Step, &Step)| one == other || matches!((one, other), (Step::Index(_), Step::Index(_)));
    one.steps().len() == other.steps().len() && one.steps().iter().zip(other.steps()).all(same)
}

fn inferred(candidate: &Candidate, confidence: Confidence) -> Inferred {
    let (first, others) =
        candidate.paths.split_first().map_or((Path::root(), &[][..]), |(path, rest)| (path.clone(), rest));
    Inferred { path: first, others: others.to_vec(), confidence }
}

/// The input with the place repaired in the ways that may be meant, the likeliest first.
fn changes(input: &Json, candidate: &Candidate) -> Vec<Json> {
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
    let change = |value: Option<Json>| {
        let mut changed = input.clone();
        let mut did = false;
        // From behind, so that removing an element moves none that is still to be changed.
        let mut paths: Vec<&Path> = candidate.touched.iter().collect();
        paths.sort();
        for path in paths.into_iter().rev() {
            did |= set(&mut changed, path.steps(), value.as_ref());
        }
        did.then_some(changed)
    };
    new.into_iter().filter_map(change).collect()
}

/// Sets or removes what is at a path; mappings that are absent on the way are made.
fn set(at: &mut Json, steps: &[Step], value: Option<&Json>) -> bool {
    match (steps, at) {
        ([Step::Key(key)], Json::Object(members)) => match value {
            Some(value) => members.insert(key.clone(), value.clone()) != Some(value.clone()),
            None => members.remove(key).is_some(),
        },
        ([Step::Index(index)], Json::Array(items)) => match (value, items.get_mut(*index)) {
            (Some(value), Some(item)) => {
                let did = item != value;
                *item = value.clone();
                did
            }
            (None, Some(_)) => {
                items.remove(*index);
                true
            }
            (_, None) => false,
        },
        ([Step::Key(key), rest @ ..], Json::Object(members)) => match (members.get_mut(key), value) {
            (Some(inner), _) if !inner.is_null() => set(inner, rest, value),
            (_, None) => false,
            (_, Some(_)) => {
                let mut inner = Json::Object(Map::new());
                let did = set(&mut inner, rest, value);
                if did {
                    members.insert(key.clone(), inner);
                }
                did
            }
        },
        ([Step::Index(index), rest @ ..], Json::Array(items)) => {
            items.get_mut(*index).is_some_and(|inner| set(inner, rest, value))
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

    #[test]
    fn the_first_place_whose_change_clears_is_confirmed() {
        let input = json!({"kind": "Pod", "spec": {"hostPID": true}});
        let candidates = [candidate(json!(["kind"]), &[]), candidate(json!(["spec", "hostPID"]), &[])];
        let found = infer(&input, &candidates, &mut |changed| changed["spec"]["hostPID"] != json!(true));
        assert_eq!((found.path.to_string().as_str(), found.confidence), ("/spec/hostPID", Confidence::Confirmed));
        let found = infer(&input, &candidates, &mut |_| false);
        assert_eq!((found.path.to_string().as_str(), found.confidence), ("/kind", Confidence::Likely));
        let found = infer(&input, &[], &mut |_| true);
        assert_eq!((found.path, found.confidence), (Path::root(), Confidence::Document));
    }

    #[test]
    fn an_absent_member_is_put_in_with_what_the_policy_compares_it_with() {
        let input = json!({"spec": {}});
        let candidate = candidate(json!(["spec", "securityContext", "runAsUser"]), &[json!(1000)]);
        let found =
            infer(&input, &[candidate], &mut |changed| changed["spec"]["securityContext"]["runAsUser"] == json!(1000));
        assert_eq!(found.confidence, Confidence::Confirmed);
    }

    #[test]
    fn a_policy_is_not_asked_without_end() {
        let input = json!({"a": 1});
        let many: Vec<Candidate> = (0..100).map(|at| candidate(json!([format!("k{at}")]), &[])).collect();
        let mut asked = 0;
        infer(&input, &many, &mut |_| {
            asked += 1;
            false
        });
        assert_eq!(asked, MOST_ASKED);
    }
}
