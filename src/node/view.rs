//! A value of a document together with what is needed to read it and to say where it is.

use std::sync::Arc;

use crate::model::{Document, Location, NodeId, Source, Span, Value};
use crate::node::Note;

/// A value of a document.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The file.
    pub source: &'a Arc<Source>,
    /// The document.
    pub document: &'a Document,
    /// The value.
    pub id: NodeId,
}

impl<'a> View<'a> {
    /// The root of a document.
    pub fn root(source: &'a Arc<Source>, document: &'a Document) -> Self {
        Self { source, document, id: document.root }
    }

    /// The same document at another value.
    #[must_use]
    pub fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    /// The value.
    pub fn value(self) -> &'a Value {
        self.document.value(self.id)
    }

    /// A member that is not null.
    pub fn get(self, key: &str) -> Option<Self> {
        let member = self.at(self.document.get(self.id, key)?);
        (*member.value() != Value::Null).then_some(member)
    }

    /// A string; of a member that is absent or no string, the empty one, as Go has it.
    pub fn text(self, key: &str) -> &'a str {
        self.get(key).map_or("", View::as_text)
    }

    /// The value as a string; empty when it is none.
    pub fn as_text(self) -> &'a str {
        match self.value() {
            Value::String(text) => text,
            _ => "",
        }
    }

    /// A boolean member.
    pub fn boolean(self, key: &str) -> Option<bool> {
        match self.get(key)?.value() {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of a member that is a list.
    pub fn items(self, key: &str) -> Vec<Self> {
        match self.get(key).map(View::value) {
            Some(Value::Sequence(items)) => items.iter().map(|&id| self.at(id)).collect(),
            _ => Vec::new(),
        }
    }

    /// The elements of a member that is a list of strings.
    pub fn strings(self, key: &str) -> Vec<String> {
        self.items(key).into_iter().map(|item| item.as_text().to_owned()).collect()
    }

    /// Where the value is written.
    pub fn place(self) -> Location {
        Location { source: Arc::clone(self.source), span: self.document.node(self.id).span }
    }

    /// Where its first line is, cut at a width that an error can show.
    pub fn first_line(self) -> Location {
        let place = self.place();
        let line = place.source.slice(place.span).lines().next().unwrap_or_default();
        let length = line.chars().take(80).map(char::len_utf8).sum::<usize>();
        Location { span: Span::new(place.span.start, place.span.start + length), ..place }
    }

    /// Where a member is written, or the value itself when it has none of that name.
    pub fn place_of(self, key: &str) -> Location {
        self.document.get(self.id, key).map_or(self, |id| self.at(id)).place()
    }

    /// Where the key of a member is written.
    pub fn place_of_key(self, key: &str) -> Option<Location> {
        let span = self.document.entry(self.id, key)?.key_span;
        Some(Location { source: Arc::clone(self.source), span })
    }

    /// A problem here.
    pub fn problem(self, message: impl Into<String>) -> Note {
        Note::new(message, Some(self.place()))
    }

    /// A problem with a member.
    pub fn problem_of(self, key: &str, message: impl Into<String>) -> Note {
        Note::new(message, Some(self.place_of(key)))
    }
}
