//! A file that a program writes from the configuration of another one: read like any other, and places in it lead back to
//! what caused them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::model::{Document, Location, NodeId, Source, Span, Value};
use crate::parse::parse;

use super::component::Component;
use super::flags::Argument;
use super::schema::join;
use super::setting::{Origin, is_empty};

/// A generated file.
#[derive(Debug, Clone)]
pub struct Generated {
    /// What it holds.
    pub value: Json,
    /// Where the members come from, by dotted path; those of the program itself have no place.
    pub places: BTreeMap<String, Location>,
}

impl Generated {
    /// A file with members of the program itself.
    pub fn new(value: Json) -> Self {
        Self { value, places: BTreeMap::new() }
    }

    /// The text under the path that it is written to.
    pub fn source(&self, path: &str) -> Arc<Source> {
        Arc::new(Source::new(path, self.value.to_string()))
    }

    /// Sets a member; one that is not known becomes an expression, which the readers know for one.
    pub fn set(&mut self, path: &str, argument: &Argument) {
        let text = if argument.unknown.is_some() { "{{ unknown }}" } else { argument.text.as_str() };
        self.put(path, text.into(), argument.place.clone());
    }

    /// Sets a member.
    pub fn put(&mut self, path: &str, value: Json, place: Option<Location>) {
        if let Some(member) = self.member(path) {
            *member = value;
            self.places.remove(path);
            self.places.extend(place.map(|place| (path.to_owned(), place)));
        }
    }

    /// Sets a member that is absent, null or an empty text.
    pub fn fill(&mut self, path: &str, value: Json, place: Option<Location>) {
        if self.member(path).is_some_and(|member| member.is_null() || *member == "") {
            self.put(path, value, place);
        }
    }

    /// Leaves out lists and maps without a member, and nulls, as Go does.
    pub fn leave_out_empty(&mut self) {
        leave_out_empty(&mut self.value);
    }

    /// Replaces places in the file as it was written by those that caused them.
    pub fn relocate(
        &self,
        file: &Arc<Source>,
        component: &mut Component,
        rule: &'static str,
        fallback: Option<&Location>,
    ) {
        let document = parse(file).documents.into_iter().find_map(Result::ok);
        let mut paths = BTreeMap::new();
        if let Some(document) = &document {
            spans(document, document.root, String::new(), &mut paths);
        }
        let cause = |place: &Location| paths.get(&place.span).and_then(|path| self.places.get(path)).cloned();
        let generated = |place: &Location| Arc::ptr_eq(&place.source, file);
        for setting in component.settings.values_mut() {
            if let Some(place) = setting.place.take_if(|place| generated(place)) {
                setting.place = cause(&place);
                if setting.place.is_none() && matches!(setting.origin, Origin::File | Origin::DropIn) {
                    setting.origin = Origin::Distribution;
                    setting.rule = rule;
                }
            }
            setting.overridden.retain_mut(|lost| {
                let known = if generated(&lost.place) { cause(&lost.place) } else { Some(lost.place.clone()) };
                known.map(|place| lost.place = place).is_some()
            });
        }
        for problem in component.notes() {
            if let Some(place) = problem.place.take_if(|place| generated(place)) {
                problem.place = cause(&place).or_else(|| fallback.cloned());
            }
        }
    }

    /// The member at a dotted path, made on the way; `None` when something else is in the place of a mapping.
    fn member(&mut self, path: &str) -> Option<&mut Json> {
        path.split('.').try_fold(&mut self.value, |at, key| {
            if at.is_null() {
                *at = Json::Object(Map::new());
            }
            Some(at.as_object_mut()?.entry(key).or_insert(Json::Null))
        })
    }
}

fn leave_out_empty(value: &mut Json) {
    if let Json::Object(members) = value {
        members.values_mut().for_each(leave_out_empty);
        members.retain(|_, value| value.is_string() || !is_empty(value));
    }
}

fn spans(document: &Document, id: NodeId, path: String, paths: &mut BTreeMap<Span, String>) {
    if let Value::Mapping(entries) = document.value(id) {
        entries.iter().for_each(|entry| spans(document, entry.value, join(&path, &entry.key), paths));
    }
    paths.insert(document.node(id).span, path);
}
