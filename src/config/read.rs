//! Reading a file that a user wrote for portcullis: a source and its parse come in; what it says goes out, or an error with a
//! caret.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::Config;
use crate::error::{Error, nearest};
use crate::model::{Document, Location, NodeId, Parsed, Path, Source, Span, Step, Value};

/// What a file says and the text it was read from, so that later mistakes in it can be shown as well.
#[derive(Debug, Clone)]
pub struct Loaded<T = Config> {
    /// What it says.
    pub value: T,
    source: Arc<Source>,
    document: Document,
}

/// Reads a configuration; an empty file is an empty configuration.
pub fn read(source: &Arc<Source>, parsed: &Parsed) -> Result<Loaded, Error> {
    read_as(source, parsed, "a configuration")
}

/// Reads a file that is a mapping; `what` names it in errors.
pub fn read_as<T: DeserializeOwned + Default>(
    source: &Arc<Source>,
    parsed: &Parsed,
    what: &str,
) -> Result<Loaded<T>, Error> {
    let document = only_document(source, parsed, what)?;
    let mut loaded = Loaded { value: T::default(), source: Arc::clone(source), document };
    if let Some(duplicate) = loaded.document.duplicates.first() {
        return Err(Error::at(source, duplicate.last, "a key is written twice", "and here again"));
    }
    match loaded.document.to_json(loaded.document.root) {
        serde_json::Value::Null => {}
        value @ serde_json::Value::Object(_) => {
            loaded.value = serde_path_to_error::deserialize(value).map_err(|error| loaded.explain(&error))?;
        }
        _ => return Err(loaded.error_at_value(&Path::root(), format!("{what} is a mapping"), "this is none")),
    }
    Ok(loaded)
}

impl<T> Loaded<T> {
    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The text as JSON; null for an empty file.
    pub fn json(&self) -> serde_json::Value {
        self.document.to_json(self.document.root)
    }

    /// An error at the value of a path.
    pub fn error_at_value(&self, path: &Path, message: impl Into<String>, label: impl Into<String>) -> Error {
        Error::at(&self.source, self.value_span(path), message, label)
    }

    /// An error at the last key of a path.
    pub fn error_at_key(&self, path: &Path, message: impl Into<String>, label: impl Into<String>) -> Error {
        Error::at(&self.source, self.key_span(path), message, label)
    }

    /// The place of the value of a path; of one that does not exist, of the nearest value around it.
    pub fn location(&self, path: &Path) -> Location {
        Location { source: Arc::clone(&self.source), span: self.value_span(path) }
    }

    /// The place of the last key of a path.
    pub fn key_location(&self, path: &Path) -> Location {
        Location { source: Arc::clone(&self.source), span: self.key_span(path) }
    }

    fn value_span(&self, path: &Path) -> Span {
        let mut at = self.document.root;
        for step in path.steps() {
            let Some(below) = self.document.step(at, step) else { break };
            at = below;
        }
        self.document.node(at).span
    }

    fn key_span(&self, path: &Path) -> Span {
        let Some((Step::Key(key), above)) = path.steps().split_last() else { return self.value_span(path) };
        let parent = self.document.find(self.document.root, &Path(above.to_vec()));
        let entry = parent.and_then(|parent| self.document.entry(parent, key));
        entry.map_or_else(|| self.value_span(path), |entry| entry.key_span)
    }

    /// A mistake that serde found, in our words and at its place.
    fn explain(&self, error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
        let path = Path(error.path().iter().filter_map(step).collect());
        let message = error.inner().to_string();
        let known: Vec<&str> = match message.rsplit_once(", expected ") {
            Some((_, known)) => known.split('`').skip(1).step_by(2).collect(),
            None => Vec::new(),
        };
        let last = path.steps().last();
        if let (true, Some(Step::Key(key))) = (message.starts_with("unknown field"), last) {
            let error = self.error_at_key(&path, format!("unknown key `{key}`"), "not a key of this mapping");
            return error.help(suggestion(key, &known));
        }
        let found = self.document.find(self.document.root, &path).map(|id| self.document.value(id));
        match found {
            Some(Value::String(word)) if message.starts_with("unknown variant") => {
                let error = self.error_at_value(&path, format!("unknown word `{word}`"), "not a word for this");
                error.help(suggestion(word, &known))
            }
            Some(Value::Number(_)) if message.contains("expected a string") => {
                self.error_at_value(&path, message, "a number").help("put it in quotes")
            }
            _ => self.error_at_value(&path, message, "here"),
        }
    }
}

/// The nearest known word, else all of them.
pub fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {} fits", known.join(", ")),
    }
}

fn only_document(source: &Source, parsed: &Parsed, what: &str) -> Result<Document, Error> {
    let nothing = Document { index: 0, nodes: Vec::new(), root: NodeId(0), duplicates: Vec::new() };
    let mut documents = parsed.documents.iter();
    let first = match documents.next() {
        None => return Ok(nothing),
        Some(Ok(document)) => document,
        Some(Err((_, error))) => {
            let told = Error::at(source, error.span, error.message.clone(), "here");
            return Err(match &error.help {
                Some(help) => told.help(help),
                None => told,
            });
        }
    };
    match documents.next() {
        None => Ok(first.clone()),
        Some(second) => {
            let span = match second {
                Ok(document) => document.node(document.root).span,
                Err((_, error)) => error.span,
            };
            Err(Error::at(source, span, format!("{what} is one document"), "a second one"))
        }
    }
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Key(key.as_str().into())),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}
