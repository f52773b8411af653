//! A parsed document: a tree of values, each with the bytes it was written in.

use serde_json::Number;

use super::path::{Path, Step};
use super::reads::Reads;
use super::source::Span;

/// The index of a node in its document's arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes of the value. A quoted scalar includes its quotes, a block scalar its header. An implicit null has an
    /// empty span right behind its key's colon. A collection reaches from its first to its last child (block style) or
    /// from bracket to bracket (flow style). An alias is the bytes of `*name`.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// What a node holds, as Kubernetes reads it (sigs.k8s.io/yaml), not as YAML 1.2 would.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// A YAML 1.1 boolean.
    Bool(bool),
    /// A whole or floating number; never NaN or infinite.
    Number(Number),
    /// A string.
    String(Box<str>),
    /// A sequence.
    Sequence(Vec<NodeId>),
    /// A mapping, with merge keys resolved and of duplicate keys the one that counts; in the order of the text.
    Mapping(Vec<Entry>),
    /// `*name`: the value of another node, which is never an alias itself.
    Alias(NodeId),
}

/// One member of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key as a string, the way Kubernetes makes one of it (`on:` is `"true"`).
    pub key: Box<str>,
    /// The bytes of the key.
    pub key_span: Span,
    /// The value.
    pub value: NodeId,
    /// For a member that came in through a merge key: the bytes of the alias (`*base`) behind that `<<:`.
    pub merged_at: Option<Span>,
}

/// A key that is written twice in one mapping; Kubernetes takes the last one.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// The path of the member.
    pub path: Path,
    /// The key that loses.
    pub first: Span,
    /// The key that counts.
    pub last: Span,
}

/// A comment, from its `#` to the end of its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// The bytes, with the `#`.
    pub span: Span,
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong, in a sentence without a final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where.
    pub span: Span,
    /// Whether the text may be right for others, and is beyond what is taken on here.
    pub is_limit: bool,
}

/// What a text becomes: its documents in order, each read or not, and its comments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// The documents of the stream. Empty documents (nothing or comments alone) are not listed but count in `index`.
    pub documents: Vec<Result<Document, (usize, SyntaxError)>>,
    /// Every comment of the text, in order.
    pub comments: Vec<Comment>,
}

impl Parsed {
    /// The document at a position of the stream; they come in the order of their positions, and a stream may have tens of thousands.
    pub fn document(&self, index: usize) -> Option<&Document> {
        let index_of = |one: &Result<Document, (usize, SyntaxError)>| match one {
            Ok(document) => document.index,
            Err((index, _)) => *index,
        };
        let at = self.documents.binary_search_by_key(&index, index_of).ok()?;
        self.documents.get(at)?.as_ref().ok()
    }

    /// The values as conftest reads a file: the one document, a list of several, or null.
    ///
    /// # Errors
    /// For the first document that cannot be read.
    pub fn to_json(&self) -> Result<serde_json::Value, SyntaxError> {
        let value = |document: &Result<Document, (usize, SyntaxError)>| match document {
            Ok(document) => Ok(document.to_json(document.root)),
            Err((_, why)) => Err(why.clone()),
        };
        let mut values = self.documents.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        Ok(if values.len() > 1 { serde_json::Value::Array(values) } else { values.pop().unwrap_or_default() })
    }
}

/// One document of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The position in the stream, from 0, as a YAML parser counts.
    pub index: usize,
    /// All nodes.
    pub nodes: Vec<Node>,
    /// The root.
    pub root: NodeId,
    /// Keys that are written more than once.
    pub duplicates: Vec<Duplicate>,
}

impl Document {
    /// The document of a text without any.
    pub fn empty() -> Self {
        let nothing = Node { span: Span { start: 0, end: 0 }, value: Value::Null };
        Self { index: 0, nodes: vec![nothing], root: NodeId(0), duplicates: vec![] }
    }

    /// A node; the root for an id of another document.
    pub fn node(&self, id: NodeId) -> &Node {
        static NOTHING: Node = Node { span: Span { start: 0, end: 0 }, value: Value::Null };
        self.nodes.get(id.0 as usize).unwrap_or(&NOTHING)
    }

    /// The node itself, or what it stands for when it is an alias.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        match self.node(id).value {
            Value::Alias(target) => target,
            _ => id,
        }
    }

    /// The value of a node, through an alias.
    pub fn value(&self, id: NodeId) -> &Value {
        &self.node(self.resolve(id)).value
    }

    /// The entry of a mapping; `None` when `id` is not a mapping or has no such key.
    pub fn entry(&self, id: NodeId, key: &str) -> Option<&Entry> {
        match self.value(id) {
            Value::Mapping(entries) => entries.iter().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// The member of a mapping.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|entry| entry.value)
    }

    /// The element of a sequence.
    pub fn item(&self, id: NodeId, index: usize) -> Option<NodeId> {
        match self.value(id) {
            Value::Sequence(items) => items.get(index).copied(),
            _ => None,
        }
    }

    /// One step down.
    pub fn step(&self, id: NodeId, step: &Step) -> Option<NodeId> {
        match step {
            Step::Key(key) => self.get(id, key),
            Step::Index(index) => self.item(id, *index),
        }
    }

    /// The node at a path from `id`.
    pub fn find(&self, id: NodeId, path: &Path) -> Option<NodeId> {
        path.steps().iter().try_fold(id, |at, step| self.step(at, step))
    }

    /// The string at a key of a mapping.
    pub fn str_at(&self, id: NodeId, key: &str) -> Option<&str> {
        match self.value(self.get(id, key)?) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON, aliases expanded (the parser has bounded how far).
    pub fn to_json(&self, id: NodeId) -> serde_json::Value {
        self.part_to_json(id, &Reads::Whole)
    }

    /// The same of what is read of the value.
    pub fn part_to_json(&self, id: NodeId, reads: &Reads) -> serde_json::Value {
        match self.value(id) {
            Value::Null | Value::Alias(_) => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::Sequence(items) => items.iter().map(|&item| self.to_json(item)).collect(),
            Value::Mapping(entries) => {
                let member = |entry: &Entry| {
                    Some((entry.key.to_string(), self.part_to_json(entry.value, reads.member(&entry.key)?)))
                };
                serde_json::Value::Object(entries.iter().filter_map(member).collect())
            }
        }
    }
}
