//! Builds a [`Document`] from the nodes of a text in their order, and keeps it small: depth, alias expansion, cycles.

use std::collections::HashMap;

use super::members::{self, Lost};
use super::scalar::Scalar;
use crate::model::{Document, Duplicate, Entry, Node, NodeId, Path, Span, Step, SyntaxError, Value};

/// Collections inside collections; to walk a document recursively is safe on any stack.
pub(super) const MAX_DEPTH: usize = 200;
/// Bytes of text that aliases may add to a document.
const MAX_ALIASED_BYTES: usize = 16 << 20;
/// Bytes of paths that are kept to report duplicate keys.
const MAX_DUPLICATE_BYTES: usize = 1 << 20;

pub(super) type Result<T> = std::result::Result<T, SyntaxError>;

/// A document under construction.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    root: Option<NodeId>,
    open: Vec<Collection>,
    anchors: HashMap<usize, Anchor>,
    duplicates: Vec<Duplicate>,
    duplicate_bytes: usize,
    cost: Cost,
    aliased: Cost,
}

/// What a document comes to when its aliases are expanded.
#[derive(Clone, Copy, Default)]
struct Cost {
    /// Values and keys, each once per visit: what go.yaml.in/yaml/v2 counts as decode operations.
    steps: usize,
    /// Bytes of strings.
    bytes: usize,
}

struct Anchor {
    node: NodeId,
    /// The cost and the height of the finished node.
    finished: Option<(Cost, usize)>,
}

struct Collection {
    /// The opening bracket; a block collection has none and begins with its first child.
    start: Option<usize>,
    /// One past the last child so far.
    end: usize,
    /// Levels of collections below.
    height: usize,
    anchor: Option<usize>,
    before: Cost,
    node: NodeId,
    content: Content,
}

impl Collection {
    fn reach(&mut self, child: Span) {
        self.start.get_or_insert(child.start);
        self.end = self.end.max(child.end);
    }
}

enum Content {
    Sequence(Vec<NodeId>),
    Mapping { entries: Vec<Entry>, merges: Vec<(usize, NodeId)>, key: Option<Key> },
}

struct Key {
    name: Box<str>,
    span: Span,
    merge: bool,
}

/// What stands at a place where a node may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A value: the root, an element or behind a key.
    Value,
    /// A key.
    Key,
}

impl Tree {
    /// What the next node is.
    pub(super) fn place(&self) -> Place {
        match self.open.last().map(|collection| &collection.content) {
            Some(Content::Mapping { key: None, .. }) => Place::Key,
            _ => Place::Value,
        }
    }

    /// Whether the root is there, with all that is in it.
    pub(super) fn is_complete(&self) -> bool {
        self.root.is_some() && self.open.is_empty()
    }

    /// Whether a key waits for its value.
    pub(super) fn awaits_value(&self) -> bool {
        matches!(self.open.last().map(|open| &open.content), Some(Content::Mapping { key: Some(_), .. }))
    }

    /// A scalar; `merge` marks a `<<` that is a merge key wherever a key stands.
    pub(super) fn scalar(&mut self, span: Span, scalar: Scalar<'_>, anchor: Option<usize>, merge: bool) -> Result<()> {
        match self.place() {
            Place::Value => self.scalar_value(span, scalar, anchor),
            Place::Key => self.scalar_key(span, scalar, anchor, merge),
        }
    }

    /// `*name`, which refers to the anchor of that number.
    pub(super) fn alias(&mut self, span: Span, anchor: usize) -> Result<()> {
        let target = self.anchors.get(&anchor).ok_or_else(|| error(span, "unknown anchor"))?;
        let node = target.node;
        let (cost, height) = target.finished.ok_or_else(|| error(span, "the anchor contains itself"))?;
        if self.place() == Place::Key {
            return self.alias_key(span, node);
        }
        self.spend(1, 0);
        self.expand(span, cost)?;
        self.check_depth(span, self.open.len() + height)?;
        let id = self.push(span, Value::Alias(node))?;
        self.attach(id, span, height)
    }

    /// The begin of a sequence.
    pub(super) fn open_sequence(&mut self, at: usize, bracket: bool, anchor: Option<usize>) -> Result<()> {
        self.open(at, bracket, anchor, Content::Sequence(Vec::new()))
    }

    /// The begin of a mapping.
    pub(super) fn open_mapping(&mut self, at: usize, bracket: bool, anchor: Option<usize>) -> Result<()> {
        self.open(at, bracket, anchor, Content::Mapping { entries: Vec::new(), merges: Vec::new(), key: None })
    }

    /// The end of the innermost collection; without a place for it, it ends with its last child.
    pub(super) fn close(&mut self, end: Option<usize>) -> Result<()> {
        let Some(collection) = self.open.pop() else { return Ok(()) };
        let end = end.unwrap_or(collection.end);
        let span = Span::new(collection.start.unwrap_or(end), end);
        let value = match collection.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping { entries, merges, .. } => {
                let (entries, lost) = members::resolve(&self.nodes, entries, &merges)?;
                lost.into_iter().for_each(|lost| self.note_duplicate(lost));
                Value::Mapping(entries)
            }
        };
        let height = collection.height + 1;
        self.settle(collection.anchor, collection.before, height);
        if let Some(node) = self.nodes.get_mut(collection.node.0 as usize) {
            *node = Node { span, value };
        }
        self.attach(collection.node, span, height)
    }

    /// The document; `None` when nothing is in it.
    pub(super) fn finish(mut self, index: usize) -> Option<Document> {
        let root = self.root?;
        self.duplicates.sort_by_key(|duplicate| (duplicate.last, duplicate.first));
        let document = Document { index, nodes: self.nodes, root, duplicates: self.duplicates };
        (*document.value(root) != Value::Null).then_some(document)
    }

    fn scalar_value(&mut self, span: Span, scalar: Scalar<'_>, anchor: Option<usize>) -> Result<()> {
        let before = self.cost;
        let value = scalar.into_value().map_err(|message| error(span, &message))?;
        self.spend(1, text_len(&value));
        let id = self.push(span, value)?;
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Anchor { node: id, finished: None });
            self.settle(Some(anchor), before, 0);
        }
        self.attach(id, span, 0)
    }

    fn scalar_key(&mut self, span: Span, scalar: Scalar<'_>, anchor: Option<usize>, merge: bool) -> Result<()> {
        if let Some(anchor) = anchor {
            let value = scalar.clone().into_value().map_err(|message| error(span, &message))?;
            let cost = Cost { steps: 1, bytes: text_len(&value) };
            let node = self.push(span, value)?;
            self.anchors.insert(anchor, Anchor { node, finished: Some((cost, 0)) });
        }
        let name = scalar.into_key().map_err(|message| error(span, &message))?;
        self.set_key(Key { name, span, merge });
        Ok(())
    }

    /// An alias may be a key when it stands for a scalar.
    fn alias_key(&mut self, span: Span, node: NodeId) -> Result<()> {
        let scalar = match self.nodes.get(node.0 as usize).map(|node| &node.value) {
            Some(Value::Bool(value)) => Scalar::Bool(*value),
            Some(Value::String(text)) => Scalar::String(text.to_string().into()),
            Some(Value::Number(number)) => Scalar::of_number(number),
            Some(Value::Null) | None => Scalar::Null,
            Some(_) => return Err(complex_key(span)),
        };
        let name = scalar.into_key().map_err(|message| error(span, &message))?;
        self.set_key(Key { name, span, merge: false });
        Ok(())
    }

    fn set_key(&mut self, new: Key) {
        self.spend(usize::from(!new.merge), new.name.len());
        let Some(mapping) = self.open.last_mut() else { return };
        mapping.reach(new.span);
        if let Content::Mapping { key, .. } = &mut mapping.content {
            *key = Some(new);
        }
    }

    fn open(&mut self, at: usize, bracket: bool, anchor: Option<usize>, content: Content) -> Result<()> {
        let span = Span::new(at, at + 1);
        if self.place() == Place::Key {
            return Err(complex_key(span));
        }
        self.check_depth(span, self.open.len() + 1)?;
        let before = self.cost;
        self.spend(1, 0);
        let node = self.push(span, Value::Null)?;
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Anchor { node, finished: None });
        }
        let start = bracket.then_some(at);
        self.open.push(Collection { start, end: at, height: 0, anchor, before, node, content });
        Ok(())
    }

    fn check_depth(&self, span: Span, depth: usize) -> Result<()> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        Err(limit(span, &too_deep()))
    }

    fn push(&mut self, span: Span, value: Value) -> Result<NodeId> {
        let id = u32::try_from(self.nodes.len()).map_err(|_| limit(span, "the document has too many values"))?;
        self.nodes.push(Node { span, value });
        Ok(NodeId(id))
    }

    /// Hands a finished node to the collection around it.
    fn attach(&mut self, id: NodeId, span: Span, height: usize) -> Result<()> {
        let Some(parent) = self.open.last_mut() else {
            self.root.get_or_insert(id);
            return Ok(());
        };
        parent.reach(span);
        parent.height = parent.height.max(height);
        match &mut parent.content {
            Content::Sequence(items) => items.push(id),
            Content::Mapping { entries, merges, key } => match key.take() {
                Some(key) if key.merge => merges.push((entries.len(), id)),
                Some(Key { name, span, .. }) => {
                    entries.push(Entry { key: name, key_span: span, value: id, merged_at: None });
                }
                None => return Err(complex_key(span)),
            },
        }
        Ok(())
    }

    fn spend(&mut self, steps: usize, bytes: usize) {
        self.cost.steps = self.cost.steps.saturating_add(steps);
        self.cost.bytes = self.cost.bytes.saturating_add(bytes);
    }

    fn settle(&mut self, anchor: Option<usize>, before: Cost, height: usize) {
        let cost = Cost { steps: self.cost.steps - before.steps, bytes: self.cost.bytes - before.bytes };
        if let Some(anchor) = anchor.and_then(|anchor| self.anchors.get_mut(&anchor)) {
            anchor.finished = Some((cost, height));
        }
    }

    /// Adds what an alias stands for, within the bounds that go.yaml.in/yaml/v2 sets (`decode.go`, `allowedAliasRatio`).
    fn expand(&mut self, span: Span, cost: Cost) -> Result<()> {
        self.spend(cost.steps, cost.bytes);
        self.aliased.steps = self.aliased.steps.saturating_add(cost.steps);
        self.aliased.bytes = self.aliased.bytes.saturating_add(cost.bytes);
        let many = self.aliased.steps > 100 && self.cost.steps > 1000;
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let (aliased, all) = (self.aliased.steps as f64, self.cost.steps as f64);
        let allowed = 0.99 - 0.89 * ((all - 400_000.0) / 3_600_000.0).clamp(0.0, 1.0);
        if (many && aliased / all > allowed) || self.aliased.bytes > MAX_ALIASED_BYTES {
            return Err(limit(span, "the aliases of the document expand to too much"));
        }
        Ok(())
    }

    fn note_duplicate(&mut self, lost: Lost) {
        let bytes: usize = self.open.iter().map(step_len).sum::<usize>() + lost.key.len();
        self.duplicate_bytes += bytes + size_of::<Duplicate>();
        if self.duplicate_bytes <= MAX_DUPLICATE_BYTES {
            let steps = self.open.iter().filter_map(step).chain([Step::Key(lost.key.into())]);
            self.duplicates.push(Duplicate { path: Path(steps.collect()), first: lost.first, last: lost.last });
        }
    }
}

/// The step from an open collection to the child that is being read.
fn step(collection: &Collection) -> Option<Step> {
    Some(match &collection.content {
        Content::Sequence(items) => Step::Index(items.len()),
        Content::Mapping { key, .. } => Step::Key((*key.as_ref()?.name).into()),
    })
}

fn step_len(collection: &Collection) -> usize {
    match &collection.content {
        Content::Mapping { key: Some(key), .. } => key.name.len() + size_of::<Step>(),
        _ => size_of::<Step>(),
    }
}

fn text_len(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        _ => 0,
    }
}

/// What is wrong with a document that is nested too deep.
pub(super) fn too_deep() -> String {
    format!("the document is nested more than {MAX_DEPTH} levels deep")
}

/// An error without advice.
pub(super) fn error(span: Span, message: &str) -> SyntaxError {
    SyntaxError { message: message.to_owned(), help: None, span, is_limit: false }
}

/// An error of a text that is too much for this program, and may not be for others.
pub(super) fn limit(span: Span, message: &str) -> SyntaxError {
    SyntaxError { is_limit: true, ..error(span, message) }
}

/// A mapping or a sequence where a key belongs; most often `{{ … }}`, which is a mapping as the key of a mapping.
pub(super) fn complex_key(span: Span) -> SyntaxError {
    SyntaxError {
        message: "a key must be a scalar, and this is a collection".to_owned(),
        help: Some("if this is a template, render it first; if it is text, put it in quotes".to_owned()),
        span,
        is_limit: false,
    }
}
