//! Which of the places that a policy looked at is why it said something: the places come in, ranked; the one whose change makes the
//! policy silent goes out.

use std::iter::once_with;

use serde_json::{Map, Value as Json};

use super::words;
use crate::model::{Candidate, Confidence, Edit, Path, Step};

/// How often the policy is asked again for one finding.
const MOST_ASKED: usize = 20;
/// How often for one place.
const MOST_EACH: usize = 7;

/// How much more likely a block may be than what is in it.
const BLOCK: i32 = 8;
/// How much less likely a place may be that is repaired together with the first one.
const BESIDE: i32 = 3;
/// How many are repaired together at most, and in how many ways.
const MOST_BESIDE: usize = 3;
const MOST_TOGETHER: usize = 4;
/// How much less likely one of several places that differ in their indexes alone is where it is only given a name.
const PASSING: i32 = 8;
/// What it is worth that the message names a place.
const NAMED: i32 = 6;
/// How far what may leave an object out goes back behind what the rule is about.
const LEFT_OUT: i32 = 15;

/// A place, and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// The place; the root when nothing is known.
    pub path: Path,
    /// The other places, when several say the same.
    pub others: Vec<Path>,
    /// What the policy compares the place with.
    pub partner: Option<Path>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// A change of an input, and the candidate whose place it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    candidate: usize,
    /// The others that are repaired with it.
    with: Vec<usize>,
    /// What is changed.
    pub edits: Vec<Edit>,
}

/// The changes that show which candidate is the place: the first one that clears the finding, without another one in its stead.
pub fn trials<'c>(input: &'c Json, candidates: &'c [Candidate<'_>]) -> impl Iterator<Item = Trial> + 'c {
    // A guard that clears the finding says nothing where there is a place that the policy is about.
    let has_other =
        candidates.iter().any(|candidate| !candidate.is_guard && candidate.rank > 0 && is_near(input, candidate));
    let is_asked = move |(_, candidate): &(usize, &Candidate<'_>)| !candidate.is_guard || !has_other;
    let asked = candidates.iter().enumerate().filter(is_asked).take(MOST_ASKED);
    // Several that are as likely as the first can be the reason each.
    let first = asked.clone().next();
    let is_beside = |(_, candidate): &(usize, &Candidate<'_>)| {
        first.is_some_and(|(_, first)| candidate.rank >= first.rank - BESIDE && !is_inside(first, candidate))
    };
    let beside: Vec<(usize, &Candidate<'_>)> = asked.clone().take_while(is_beside).take(MOST_BESIDE).collect();
    let single = |(at, candidate): (usize, &'c Candidate<'_>)| {
        let trial = move |edits| Trial { candidate: at, with: vec![], edits };
        changes(input, candidate).take(MOST_EACH).map(trial)
    };
    let rest = asked.skip(beside.len()).flat_map(single);
    let alone = beside.clone().into_iter().flat_map(single);
    // What nobody asks for is not worked out.
    let both = once_with(move || repaired_together(input, &beside)).flatten();
    alone.chain(both).chain(rest).take(MOST_ASKED)
}

/// Places that are repaired together, in several ways.
fn repaired_together(input: &Json, beside: &[(usize, &Candidate<'_>)]) -> Vec<Trial> {
    let changes: Vec<Vec<Vec<Edit>>> =
        beside.iter().map(|(_, one)| changes(input, one).take(MOST_EACH).collect()).collect();
    let most = changes.iter().map(Vec::len).max().filter(|_| beside.len() > 1).unwrap_or_default();
    let way = |at: usize| {
        let edits = changes.iter().filter_map(|changes| changes.get(at).or_else(|| changes.last())).flatten();
        let mut edits: Vec<Edit> = edits.cloned().collect();
        edits.sort_by(|one, other| other.steps.cmp(&one.steps));
        let mut places = beside.iter().map(|one| one.0);
        Trial { candidate: places.next().unwrap_or_default(), with: places.collect(), edits }
    };
    (0..most.min(MOST_TOGETHER)).map(way).collect()
}

/// Whether one of two places is in the other.
fn is_inside(one: &Candidate, other: &Candidate) -> bool {
    let in_other =
        |one: &Path, other: &Path| one.steps().starts_with(other.steps()) || other.steps().starts_with(one.steps());
    one.paths.iter().any(|one| other.paths.iter().any(|other| one != other && in_other(one, other)))
}

/// The place, by the trial that cleared the finding if there is one.
pub fn infer(input: &Json, candidates: &[Candidate], cleared: Option<&Trial>) -> Inferred {
    if let Some((trial, candidate)) = cleared.and_then(|trial| Some((trial, candidates.get(trial.candidate)?))) {
        // That nothing is said where all of a block is gone says nothing of the place in it.
        let is_gone = |edit: &Edit| edit.value.as_ref().is_none_or(|value| *value == Json::Object(Map::new()));
        let is_block = candidate.instead.is_empty() && trial.with.is_empty();
        if is_block && trial.edits.iter().all(is_gone) && deeper(input, candidates, trial.candidate).is_some() {
            return likely(input, candidates, trial.candidate);
        }
        let mut found = inferred(candidate, Confidence::Confirmed);
        let others = trial.with.iter().filter_map(|at| candidates.get(*at)).flat_map(|one| one.paths.iter().cloned());
        found.others.extend(others);
        found.partner.take_if(|partner| found.others.contains(partner));
        return found;
    }
    let position = |of: &dyn Fn(&Candidate) -> bool| candidates.iter().position(of);
    let content = |candidate: &Candidate| !candidate.is_guard;
    let near = position(&|one| content(one) && is_near(input, one)).or_else(|| position(&|one| is_near(input, one)));
    match near {
        Some(at) => likely(input, candidates, at),
        None => nowhere(),
    }
}

/// Whether some of what would have to be there is, and the object has pods where it would be in them: of what only objects of another
/// kind have nobody knows whether it is meant.
fn is_near(input: &Json, candidate: &Candidate) -> bool {
    let has_no_pods = |step: &Step| matches!(step.key(), Some("template" | "jobTemplate"));
    candidate.paths.first().is_none_or(|path| {
        let there = path.there(input).count();
        let missing = path.steps().get(there..).unwrap_or_default();
        missing.len() <= 1 || (there > 0 && !missing.first().is_some_and(has_no_pods))
    })
}

/// Joins the candidates of several solutions that lead to the same words: places that differ in their indexes alone are one. What
/// the words name goes before what they do not name.
pub fn together<'v>(input: &Json, solutions: Vec<Vec<Candidate<'v>>>, message: &str) -> Vec<Candidate<'v>> {
    let mut joined: Vec<Candidate<'v>> = Vec::new();
    for candidate in solutions.into_iter().flatten() {
        // What is there and what is missing are repaired in different ways.
        let is_there = |path: &Path| path.find(input).is_some();
        let is_alike = |other: &&mut Candidate| {
            let both = other.paths.first().zip(candidate.paths.first());
            both.is_some_and(|(one, other)| one.is_alike(other) && is_there(one) == is_there(other))
        };
        let same = joined.iter_mut().find(is_alike);
        match same {
            // What is looked at again in passing is no reason beside the one that is tested.
            Some(other) if candidate.rank + PASSING < other.rank => {}
            Some(other) => other.join(candidate),
            None => joined.push(candidate),
        }
    }
    let is_content = |one: &Candidate| !one.is_guard && !one.is_metadata && one.rank > 0 && is_near(input, one);
    let has_content = joined.iter().any(|one| one.is_metadata) && joined.iter().any(is_content);
    let told = words::plain(message);
    for candidate in &mut joined {
        if candidate.instead.is_empty() && candidate.paths.len() > 1 {
            candidate.paths.retain(is_told_of(input, message, &candidate.paths.clone()));
        }
        if candidate.paths.first().is_some_and(|path| words::names(&told, path)) {
            candidate.rank += NAMED;
        } else if candidate.is_passed || (candidate.is_metadata && has_content) {
            candidate.rank -= LEFT_OUT;
            candidate.is_guard = true;
        }
    }
    // Without a block there is nothing in it to speak of: what is in it is asked about first.
    let rank = |candidate: &Candidate| {
        let block = candidate.paths.first().filter(|path| path.find(input).is_some_and(Json::is_object));
        // What two members have in common is meant as it is.
        let Some(block) = block.filter(|_| candidate.instead.is_empty()) else { return candidate.rank };
        let is_inner = |path: &Path| path != block && path.steps().starts_with(block.steps());
        let inner = joined.iter().filter(|one| one.rank >= candidate.rank - BLOCK && one.paths.iter().any(is_inner));
        inner.map(|one| one.rank - 1).chain([candidate.rank]).min().unwrap_or(candidate.rank)
    };
    let ranks: Vec<i32> = joined.iter().map(rank).collect();
    joined.iter_mut().zip(ranks).for_each(|(candidate, rank)| candidate.rank = rank);
    joined.sort_by_key(|candidate| -candidate.rank);
    joined
}

/// Which of several places the words are about: those in the elements that they name, if there are such.
fn is_told_of<'v>(input: &'v Json, message: &'v str, paths: &[Path]) -> impl Fn(&Path) -> bool + 'v {
    let is_told = move |path: &Path| {
        let elements = path.there(input).filter(|(step, _)| matches!(step, Step::Index(_)));
        let mut names = elements.filter_map(|(_, element)| element.get("name")?.as_str());
        names.any(|name| words::has(message, name))
    };
    let tells = paths.iter().any(is_told);
    move |path| !tells || is_told(path)
}

fn nowhere() -> Inferred {
    Inferred { path: Path::root(), others: vec![], partner: None, confidence: Confidence::Document }
}

/// A candidate, or the one before it that is in it.
fn likely(input: &Json, candidates: &[Candidate], at: usize) -> Inferred {
    let candidate = deeper(input, candidates, at).or_else(|| candidates.get(at));
    candidate.map_or_else(nowhere, |candidate| inferred(candidate, Confidence::Likely))
}

/// The candidate before another one of which more is there than of that, in it.
fn deeper<'c, 'v>(input: &Json, candidates: &'c [Candidate<'v>], at: usize) -> Option<&'c Candidate<'v>> {
    let outer = candidates.get(at)?.paths.first()?.steps();
    let is_deeper = |inner: &&Candidate| {
        let path = inner.paths.first().filter(|path| path.steps().starts_with(outer));
        path.is_some_and(|path| path.there(input).count() > outer.len())
    };
    candidates.get(..at)?.iter().find(is_deeper)
}

fn inferred(candidate: &Candidate, confidence: Confidence) -> Inferred {
    let (first, others) =
        candidate.paths.split_first().map_or((Path::root(), &[][..]), |(path, rest)| (path.clone(), rest));
    let partner = candidate.partner.clone().filter(|_| others.is_empty());
    Inferred { path: first, others: others.to_vec(), partner, confidence }
}

/// Of a list the members.
fn parts(value: &Json) -> &[Json] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// The input with the place repaired in the ways that may be meant, the likeliest first.
fn changes<'c>(input: &'c Json, candidate: &'c Candidate<'_>) -> impl Iterator<Item = Vec<Edit>> + 'c {
    // From behind, so that removing an element moves none that is still to be changed.
    let mut paths: Vec<&Path> = candidate.touched().iter().collect();
    paths.sort();
    paths.reverse();
    let edits = move |value: Option<Json>| -> Vec<Edit> {
        let changed = paths.iter().filter(|path| is_change(input, path.steps(), value.as_ref()));
        changed.map(|path| Edit { steps: path.steps().to_vec(), value: value.clone() }).collect()
    };
    let first = candidate.touched().first().into_iter();
    first.flat_map(|first| repairs(first.find(input), candidate)).map(edits).filter(|edits| !edits.is_empty())
}

/// What may have to be at a place instead of what is there; nothing, where that may have to go.
fn repairs<'c>(there: Option<&'c Json>, candidate: &'c Candidate<'_>) -> Box<dyn Iterator<Item = Option<Json>> + 'c> {
    let compared = || candidate.values.iter().map(|value| &**value);
    let hints = || candidate.hints.iter().map(|hint| &**hint);
    let values = move || compared().filter(|value| !value.is_array()).take(2);
    let parts = move || compared().flat_map(parts);
    let words = move || hints().filter_map(Json::as_str);
    let named = move |of: &Map<String, Json>| {
        let keys = words().map(|word| (word.to_owned(), Json::from("portcullis")));
        Json::Object(of.clone().into_iter().chain(keys).collect())
    };
    match there {
        None => {
            let plain = values().chain(hints().filter(|hint| hint.is_boolean())).take(2).cloned();
            let words = hints().filter(move |hint| hint.is_string() && !compared().any(|value| value == *hint));
            let list = once_with(move || Json::Array(parts().chain(hints()).cloned().collect()));
            let rest = once_with(|| true.into()).chain(list).chain(words.take(2).cloned());
            let object = once_with(move || named(&Map::new()));
            Box::new(plain.chain(rest).chain(object).chain(once_with(|| "portcullis".into())).map(Some))
        }
        Some(Json::Bool(value)) => Box::new([Some(Json::Bool(!value)), None].into_iter()),
        Some(Json::Array(items)) => {
            let more = move || parts().chain(hints()).filter(|value| !items.contains(value));
            let with = once_with(move || Some(Json::Array(items.iter().chain(more()).cloned().collect())));
            Box::new(with.chain([None, Some(Json::Array(vec![]))]))
        }
        Some(Json::Object(members)) => {
            Box::new(once_with(move || Some(named(members))).chain([None, Some(Json::Object(Map::new()))]))
        }
        Some(value) => {
            let other = values().chain(hints()).filter(move |other| *other != value).take(3);
            // An image of the registry that a rule asks for.
            let hosts = words().filter(|word| word.contains(['.', '/'])).take(1);
            let from =
                hosts.filter_map(|host| Some(format!("{}/{}", host.trim_end_matches('/'), value.as_str()?).into()));
            let large = move || if value.is_number() { 1_000_000.into() } else { Json::from("portcullis") };
            Box::new(other.cloned().chain(from).map(Some).chain([None]).chain(once_with(move || Some(large()))))
        }
    }
}

/// Whether putting a value at a path, or removing what is there, changes anything.
fn is_change(at: &Json, steps: &[Step], value: Option<&Json>) -> bool {
    let Some((step, rest)) = steps.split_first() else { return false };
    let there = step.find(at);
    match (step, at) {
        (Step::Key(_), Json::Object(_)) if rest.is_empty() => there != value,
        (Step::Key(_), Json::Object(_)) => match there {
            Some(inner) if !inner.is_null() => is_change(inner, rest, value),
            // Mappings that are absent are made, lists are not.
            _ => value.is_some() && rest.iter().all(|step| matches!(step, Step::Key(_))),
        },
        (Step::Index(_), Json::Array(_)) if rest.is_empty() => there.is_some_and(|inner| Some(inner) != value),
        (Step::Index(_), Json::Array(_)) => there.is_some_and(|inner| is_change(inner, rest, value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Shared;
    use serde_json::json;

    fn candidate(path: Json, values: &[Json]) -> Candidate<'_> {
        let path = Path::from_json(&path).unwrap();
        Candidate {
            paths: vec![path],
            instead: vec![],
            values: values.iter().map(Shared::There).collect(),
            hints: Arc::default(),
            is_guard: false,
            is_metadata: false,
            is_passed: false,
            partner: None,
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
        let trials: Vec<Trial> = trials(&input, &candidates).collect();
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
        let compared = [json!(1000)];
        let candidate = candidate(json!(["spec", "securityContext", "runAsUser"]), &compared);
        let trials: Vec<Trial> = trials(&input, &[candidate]).collect();
        assert!(clearing(&trials, "/spec/securityContext/runAsUser", Some(json!(1000))).is_some());
    }

    fn ranked(path: Json, rank: i32) -> Candidate<'static> {
        let path_is_metadata = path[0] == "metadata";
        Candidate { rank, is_metadata: path_is_metadata, ..candidate(path, &[]) }
    }

    fn order(input: &Json, candidates: Vec<Candidate>, message: &str) -> String {
        let all = together(input, vec![candidates], message);
        all.iter().map(|one| one.paths[0].to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_a_message_names_goes_first_and_what_leaves_objects_out_last() {
        let input = json!({"metadata": {}, "spec": {"hostPID": true, "hostIPC": true}});
        let of = |words: &str| {
            let spec = [ranked(json!(["spec", "hostPID"]), 11), ranked(json!(["spec", "hostIPC"]), 10)];
            order(&input, spec.into_iter().chain([ranked(json!(["metadata", "labels"]), 20)]).collect(), words)
        };
        assert_eq!(of("no"), "/spec/hostPID /spec/hostIPC /metadata/labels");
        assert_eq!(of("no host IPC"), "/spec/hostIPC /spec/hostPID /metadata/labels");
        assert_eq!(of("no label"), "/metadata/labels /spec/hostPID /spec/hostIPC");
        let alone = vec![ranked(json!(["metadata", "labels"]), 20)];
        assert_eq!(order(&input, alone, "no"), "/metadata/labels");
    }

    #[test]
    fn what_is_in_a_block_goes_before_the_block() {
        let input = json!({"spec": {"template": {"spec": {"hostPID": true}}}});
        let both = vec![ranked(json!(["spec", "template"]), 10), ranked(json!(["spec", "template", "spec", "a"]), 5)];
        assert_eq!(order(&input, both, ""), "/spec/template/spec/a /spec/template");
        // That all is gone where the block is says nothing.
        let both = [ranked(json!(["spec", "template", "spec", "a"]), 5), ranked(json!(["spec", "template"]), 1)];
        let trials: Vec<Trial> = trials(&input, &both).collect();
        let found = infer(&input, &both, clearing(&trials, "/spec/template", None));
        assert_eq!((found.path.to_string().as_str(), found.confidence), ("/spec/template/spec/a", Confidence::Likely));
    }

    #[test]
    fn two_reasons_are_repaired_together() {
        let input = json!({"a": true, "b": true});
        let both = [ranked(json!(["a"]), 5), ranked(json!(["b"]), 4)];
        let trials: Vec<Trial> = trials(&input, &both).collect();
        let found = infer(&input, &both, trials.iter().find(|trial| trial.edits.len() == 2));
        assert_eq!((found.path.to_string().as_str(), found.confidence), ("/a", Confidence::Confirmed));
        assert_eq!(found.others.iter().map(Path::to_string).collect::<Vec<_>>(), ["/b"]);
    }

    #[test]
    fn a_policy_is_not_asked_without_end() {
        let many: Vec<Candidate> = (0..100).map(|at| candidate(json!([format!("k{at}")]), &[])).collect();
        assert_eq!(trials(&json!({"a": 1}), &many).count(), MOST_ASKED);
    }
}
