//! How likely a place is why a policy spoke: a place and how it was looked at come in, a candidate goes out.

use serde_json::Value as Json;

use super::Tracer;
use super::look::Mood;
use super::origin::Origin;
use crate::model::{Candidate, Path, Step};

impl Tracer<'_> {
    /// One of several places, where nothing tells which, is less likely than one alone.
    pub(super) fn add_all(&self, origins: Vec<Origin>, mood: &Mood, found: &mut Vec<Candidate>) {
        let weight = mood.weight - if origins.len() > 1 { 2 } else { 0 };
        let mood = Mood { weight, ..mood.clone() };
        origins.into_iter().for_each(|origin| self.add(origin, &mood, found));
    }

    pub(super) fn add(&self, origin: Origin, mood: &Mood, found: &mut Vec<Candidate>) {
        if origin.path.steps().is_empty() || found.len() > 400 {
            return;
        }
        let value = origin.path.find(self.input);
        // Without the whole object there is never a finding, and nothing is said with that.
        if value.is_some_and(|value| value.get("kind").is_some_and(Json::is_string)) && is_wrapper(&origin.path) {
            return;
        }
        // A policy that also runs as an admission controller looks first whether there is a request.
        let wrapped = ["review", "request"].map(|word| Step::Key(word.to_owned()));
        if origin
            .path
            .steps()
            .first()
            .is_some_and(|first| wrapped.contains(first) && self.input.get(key_of(first)).is_none())
        {
            return;
        }
        // That an element as a whole has to do with it is always so.
        let is_element = matches!((origin.path.steps().last(), value), (Some(Step::Index(_)), Some(Json::Object(_))));
        let rank = rank(&origin.path, mood, value.is_some()) - if is_element { 30 } else { 0 };
        let (is_guard, values) = (is_guard(&origin.path), mood.values.clone());
        let paths = vec![origin.path];
        found.push(Candidate { touched: paths.clone(), paths, values, hints: vec![], is_guard, rank });
    }

    /// Two places that are compared with each other: what they have in common is where to look.
    pub(super) fn both(&self, found: &mut Vec<Candidate>, before: usize, between: usize) {
        let (left, right) = (found.get(before..between), found.get(between..));
        let (Some([left]), Some([right])) = (left, right) else { return };
        let (Some(one), Some(other)) = (left.paths.first(), right.paths.first()) else { return };
        if in_two_documents(one, other) {
            let paths = vec![one.clone(), other.clone()];
            let rank = left.rank.max(right.rank) + 3;
            found.push(Candidate {
                touched: paths.clone(),
                paths,
                values: vec![],
                hints: vec![],
                is_guard: false,
                rank,
            });
            return;
        }
        let common = one.steps().iter().zip(other.steps()).take_while(|(one, other)| one == other).count();
        let shared = Path(one.steps().iter().take(common).cloned().collect());
        let is_inside = common > 0 && !is_wrapper(&shared);
        if is_inside && shared != *one && shared != *other && shared.find(self.input).is_some() {
            let rank = left.rank.max(right.rank) + 3;
            let touched = vec![one.clone(), other.clone()];
            let (values, hints, is_guard) = (vec![], vec![], false);
            found.push(Candidate { paths: vec![shared], touched, values, hints, is_guard, rank });
        }
    }
}

/// Whether a path leads to the object itself in what others wrap it in: the list of `--combine`, the request of an admission controller.
fn is_wrapper(path: &Path) -> bool {
    path.steps().iter().all(|step| match step {
        Step::Key(key) => matches!(key.as_str(), "contents" | "review" | "request" | "object" | "items"),
        Step::Index(_) => true,
    })
}

fn key_of(step: &Step) -> &str {
    if let Step::Key(key) = step { key } else { "" }
}

/// Whether two paths lead into different documents of those that are judged together.
fn in_two_documents(one: &Path, other: &Path) -> bool {
    let document = |path: &Path| match path.steps() {
        [Step::Index(at), Step::Key(word), _, ..] if word == "contents" => Some(*at),
        _ => None,
    };
    document(one).zip(document(other)).is_some_and(|(one, other)| one != other)
}

/// A path without what others wrap the object in.
fn inside(path: &Path) -> Path {
    let inside = path.steps().iter().skip_while(|step| is_wrapper(&Path(vec![(*step).clone()])));
    Path(inside.cloned().collect())
}

/// Whether a path leads to the words that say what an object is.
fn is_guard(path: &Path) -> bool {
    let inside = inside(path);
    let keys: Vec<&str> = inside
        .steps()
        .iter()
        .filter_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None })
        .collect();
    matches!(keys.as_slice(), ["kind" | "apiVersion", ..] | ["metadata", "name"])
}

fn rank(path: &Path, mood: &Mood, is_there: bool) -> i32 {
    let path = &inside(path);
    let word = |step: Option<&Step>| match step {
        Some(Step::Key(key)) => key.clone(),
        _ => String::new(),
    };
    let (first, last) = (word(path.steps().first()), word(path.steps().last()));
    let is_guard = matches!(last.as_str(), "kind" | "apiVersion") || (first == "metadata" && last == "name");
    let iterates = path.steps().iter().any(|step| matches!(step, Step::Index(_)));
    let depth = i32::try_from(path.steps().len().min(8)).unwrap_or(8);
    mood.weight
        + depth
        + if iterates { 8 } else { 0 }
        + if mood.is_negated && !is_there { 10 } else { 0 }
        + if mood.is_tested { 6 } else { 0 }
        - if is_guard { 60 } else { 0 }
        - match (first.as_str(), last.as_str()) {
            ("metadata", "name" | "namespace") => 14,
            // What a rule compares is more than what it tells.
            (_, "name") if mood.is_tested && mood.depth > 0 => 4,
            (_, "name") => 14,
            _ => 0,
        }
        - if !is_there && !mood.is_negated { 8 } else { 0 }
}
