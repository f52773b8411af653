//! How likely a place is why a policy spoke: a place and how it was looked at come in, a candidate goes out.

use serde_json::Value as Json;

use std::rc::Rc;
use std::sync::Arc;

use super::Tracer;
use super::mood::Mood;
use super::origin::{Origin, Relation};
use super::place::Place;
use crate::model::{Candidate, Path, Step};

/// Where an admission controller gets the object from.
const REQUESTS: [&str; 2] = ["review", "request"];

impl<'a> Tracer<'a> {
    /// The places of one expression.
    pub(super) fn add_all(&self, origins: Vec<Origin<'a>>, mood: &Mood<'a>, found: &mut Vec<Candidate<'a>>) {
        let holds = |origin: &Origin| {
            let test = mood.test.as_ref().filter(|_| origin.relation != Relation::Made && !mood.is_negated);
            test.zip(origin.place.value).is_some_and(|(test, value)| test.holds(value))
        };
        let many = if origins.len() > 1 { origins.iter().filter(|origin| holds(origin)).count() } else { 0 };
        if many > 0 {
            // The ones for which the test holds are why.
            let is_named = mood.is_named && many > 1;
            let mood = Mood { weight: mood.weight + if many == 1 { 4 } else { -2 }, is_named, ..mood.clone() };
            return origins.iter().filter(|origin| holds(origin)).for_each(|origin| self.add(origin, &mood, 0, found));
        }
        for list in self.lists(&origins, mood.is_negated) {
            // What is sought in all of a list and not found is missing from the list.
            self.add(&Origin::itself(list), mood, if mood.is_negated { 2 } else { 0 }, found);
        }
        // Where one of two members that serve the same purpose is there, the other one is not what is missing.
        let is_spare = |origin: &Origin<'a>| {
            let path = &origin.place.path;
            let is_other = |other: &Origin<'a>| other.place.value.is_some() && !other.place.path.is_alike(path);
            origin.place.value.is_none() && origins.iter().any(is_other)
        };
        for origin in &origins {
            let several = if origins.len() > 1 { 2 } else { 0 };
            self.add(origin, mood, -several - if is_spare(origin) { 12 } else { 0 }, found);
        }
    }

    /// A collection of which some member is looked at.
    pub(super) fn add_collection(&self, origins: Vec<Origin<'a>>, mood: &Mood<'a>, found: &mut Vec<Candidate<'a>>) {
        let lists = self.lists(&origins, mood.is_negated).into_iter().map(Origin::itself);
        let whole = origins.into_iter().filter(|origin| !origin.is_member()).chain(lists);
        whole.for_each(|origin| self.add(&origin, mood, 0, found));
    }

    /// The lists whose elements the places are, where these are plain values.
    fn lists(&self, origins: &[Origin<'a>], is_negated: bool) -> Vec<Rc<Place<'a>>> {
        let list = |origin: &Origin<'a>| match origin.place.path.steps() {
            [before @ .., Step::Index(_)] if origins.len() > 1 || (is_negated && origin.is_any) => {
                origin.place.value.filter(|value| !value.is_object()).map(|_| self.root.along(before))
            }
            _ => None,
        };
        let mut lists: Vec<Rc<Place<'a>>> = origins.iter().filter_map(list).collect();
        lists.dedup();
        lists
    }

    /// The place of an origin, so much more likely than it is looked at.
    pub(super) fn add(&self, origin: &Origin<'a>, mood: &Mood<'a>, more: i32, found: &mut Vec<Candidate<'a>>) {
        let Place { path, value, .. } = &*origin.place;
        if path.steps().is_empty() || found.len() > 400 {
            return;
        }
        // Without the whole object there is never a finding, and nothing is said with that.
        let is_object = |value: &Json| value.get("kind").is_some_and(Json::is_string);
        let is_whole =
            |value: &Json| is_object(value) || value.as_array().is_some_and(|items| items.iter().any(is_object));
        if (is_wrapper(path.steps()) && value.is_some_and(is_whole)) || self.is_beside(path) {
            return;
        }
        // That an element as a whole has to do with it is always so.
        let is_element = matches!((path.steps().last(), value), (Some(Step::Index(_)), Some(Json::Object(_))));
        // What is sought in a list of one is missing from the list.
        let is_sought = mood.is_negated && origin.is_any && matches!(path.steps().last(), Some(Step::Index(_)));
        let less = match (is_element, is_sought) {
            (true, _) => 30,
            (_, true) => 8,
            _ => 0,
        };
        let rank = rank(path, mood, value.is_some()) + more - less;
        found.push(Candidate {
            values: mood.values.clone(),
            hints: Arc::clone(&mood.near),
            is_guard: is_guard(path) || is_told(path, mood),
            is_metadata: is_metadata(path),
            ..Candidate::new(vec![path.clone()], rank)
        });
    }

    /// Whether a path leads to what an admission request says beside its object: the operation, the parameters. A policy that also runs
    /// as an admission controller looks first whether there is a request.
    fn is_beside(&self, path: &Path) -> bool {
        let (first, second) = (path.steps().first().and_then(Step::key), path.steps().get(1).and_then(Step::key));
        let is_request = first.filter(|word| REQUESTS.contains(word));
        match self.is_request {
            true => !(is_request.is_some_and(|word| has_object(self.input, word)) && second == Some("object")),
            false => is_request.is_some_and(|word| self.input.get(word).is_none()),
        }
    }

    /// Two places that are compared with each other: what they have in common is where to look, unless the comparison only says which
    /// one belongs to which (`mount.name == volume.name`).
    pub(super) fn both(&self, found: &mut Vec<Candidate<'a>>, before: usize, between: usize, joins: bool) {
        let (left, right) = (found.get(before..between), found.get(between..));
        let (Some([left]), Some([right])) = (left, right) else { return };
        let (Some(one), Some(other)) = (left.paths.first(), right.paths.first()) else { return };
        let rank = left.rank.max(right.rank);
        if in_two_documents(one, other) {
            let both = Candidate::new(vec![one.clone(), other.clone()], rank + 3);
            found.push(both);
            return;
        }
        let (one, other) = (one.clone(), other.clone());
        self.partners(found, (before, &one), (between, &other));
        let common = one.steps().iter().zip(other.steps()).take_while(|(one, other)| one == other).count();
        let shared = Path(one.steps().iter().take(common).cloned().collect());
        let is_inside = common > 0 && !is_wrapper(shared.steps());
        if !joins && is_inside && shared != one && shared != other && shared.find(self.input).is_some() {
            let rank = rank + 3;
            let instead = vec![one, other];
            let is_metadata = is_metadata(&shared);
            found.push(Candidate { instead, is_metadata, ..Candidate::new(vec![shared], rank) });
        }
    }

    /// Of two places that are there and have to agree or to differ, each tells of the other.
    fn partners(&self, found: &mut [Candidate<'a>], (at, one): (usize, &Path), (next, other): (usize, &Path)) {
        let is_there = |path: &Path| path.find(self.input).is_some() && !is_guard(path);
        if one != other && is_there(one) && is_there(other) {
            for (at, partner) in [(at, other), (next, one)] {
                found.get_mut(at).into_iter().for_each(|candidate| candidate.partner = Some(partner.clone()));
            }
        }
    }
}

/// Whether an input is what an admission controller is asked.
pub(super) fn is_request(input: &Json) -> bool {
    REQUESTS.iter().any(|word| has_object(input, word))
}

fn has_object(input: &Json, word: &str) -> bool {
    input.get(word).and_then(|request| request.get("object")).is_some_and(Json::is_object)
}

/// Whether a path leads to the object itself in what others wrap it in: the list of `--combine`, the request of an admission controller.
fn is_wrapper(steps: &[Step]) -> bool {
    steps.iter().all(|step| match step {
        Step::Key(key) => matches!(&**key, "contents" | "review" | "request" | "object" | "items"),
        Step::Index(_) => true,
    })
}

/// Whether two paths lead into different documents of those that are judged together.
fn in_two_documents(one: &Path, other: &Path) -> bool {
    let document = |path: &Path| match path.steps() {
        [Step::Index(at), Step::Key(word), _, ..] if **word == *"contents" => Some(*at),
        _ => None,
    };
    document(one).zip(document(other)).is_some_and(|(one, other)| one != other)
}

/// A path without what others wrap the object in.
fn inside(path: &Path) -> &[Step] {
    let first = path.steps().iter().position(|step| !is_wrapper(std::slice::from_ref(step)));
    first.and_then(|first| path.steps().get(first..)).unwrap_or_default()
}

/// Whether a path leads into the metadata of an object or of its pods, which rules read to leave objects out as well.
fn is_metadata(path: &Path) -> bool {
    path.steps().iter().any(|step| step.key() == Some("metadata"))
}

/// Whether a path leads to the namespace of an object, where a rule does not compare it and only tells it.
fn is_told(path: &Path, mood: &Mood<'_>) -> bool {
    mood.is_named
        && matches!(inside(path), [first, last] if first.key() == Some("metadata") && last.key() == Some("namespace"))
}

/// Whether a path leads to the words that say what an object is.
pub(super) fn is_guard(path: &Path) -> bool {
    let mut keys = inside(path).iter().filter_map(Step::key);
    match keys.next() {
        Some("kind" | "apiVersion") => true,
        Some("metadata") => keys.next() == Some("name") && keys.next().is_none(),
        _ => false,
    }
}

fn rank(path: &Path, mood: &Mood<'_>, is_there: bool) -> i32 {
    let steps = inside(path);
    let [first, last] = [steps.first(), steps.last()].map(|step| step.and_then(Step::key).unwrap_or_default());
    let is_name = first == "metadata" && last == "name";
    let is_guard = matches!(last, "kind" | "apiVersion") || is_name || is_told(path, mood);
    let iterates = steps.iter().any(|step| matches!(step, Step::Index(_)));
    let depth = i32::try_from(steps.len().min(8)).unwrap_or(8);
    mood.weight
        + depth
        + if iterates { 8 } else { 0 }
        + if mood.is_negated && !is_there { 10 } else { 0 }
        + if mood.is_tested { 6 } else { 0 }
        - if mood.is_named { 10 } else { 0 }
        // Of what says what an object is, the version is what can be out of date, and a name can be a wrong one.
        - if !is_guard { 0 } else if last == "kind" { 60 } else { 50 }
        - match (first, last) {
            ("metadata", "name") if mood.is_tested => 0,
            ("metadata", "name" | "namespace") => 14,
            // What a rule compares is more than what it tells.
            (_, "name") if mood.is_tested && mood.depth > 0 => 4,
            (_, "name") => 14,
            _ => 0,
        }
        - if !is_there && !mood.is_negated { 8 } else { 0 }
}
