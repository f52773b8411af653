//! What a comment is about: a parsed file comes in, and for a comment the node that follows it, or stands before it on its line.

use crate::model::{Document, NodeId, Parsed, Path, Source, Span, Step, Value};

/// The nodes of a document in the order in which they begin: members at their key, list elements at their dash.
pub struct Outline {
    document: usize,
    whole: Span,
    nodes: Vec<Begin>,
}

struct Begin {
    at: usize,
    parent: Option<usize>,
    step: Step,
}

impl Outline {
    /// What a comment covers, if it stands in this document: the document's number and the part of it.
    pub fn scope(&self, source: &Source, comment: Span) -> Option<(usize, Path)> {
        let text = source.text();
        let line_start = text.get(..comment.start)?.rfind('\n').map_or(0, |at| at + 1);
        let before = text.get(line_start..comment.start)?;
        if before.trim().is_empty() { self.below(text, comment.end) } else { self.beside(line_start, comment.start) }
    }

    /// The node that begins first behind a comment, unless another document does before it.
    fn below(&self, text: &str, from: usize) -> Option<(usize, Path)> {
        let is_above_all = from <= self.whole.start;
        let first = self.nodes.partition_point(|node| node.at < from);
        let node = self.nodes.get(first)?;
        let between = text.get(from..node.at)?;
        if between.lines().any(|line| line.starts_with("---") || line.starts_with("...")) {
            return None;
        }
        Some((self.document, if is_above_all { Path::root() } else { self.path(first) }))
    }

    /// The outermost node that begins on a line.
    fn beside(&self, line_start: usize, end: usize) -> Option<(usize, Path)> {
        let first = self.nodes.partition_point(|node| node.at < line_start);
        self.nodes.get(first).filter(|node| node.at < end)?;
        Some((self.document, self.path(first)))
    }

    fn path(&self, mut at: usize) -> Path {
        let mut steps = Vec::new();
        while let Some(node) = self.nodes.get(at) {
            steps.push(node.step.clone());
            match node.parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        steps.reverse();
        Path(steps)
    }
}

/// The outline of each document that can be read.
pub fn outlines(source: &Source, parsed: &Parsed) -> Vec<Outline> {
    parsed.documents.iter().flatten().map(|document| outline(source, document)).collect()
}

/// Aliases and merged members are written elsewhere: an ignore at their definition covers the definition alone.
fn outline(source: &Source, document: &Document) -> Outline {
    let mut nodes: Vec<Begin> = Vec::new();
    let mut waiting: Vec<(NodeId, Option<usize>)> = vec![(document.root, None)];
    while let Some((id, parent)) = waiting.pop() {
        let mut add = |at, step, value| {
            nodes.push(Begin { at, parent, step });
            waiting.push((value, Some(nodes.len() - 1)));
        };
        match &document.node(id).value {
            Value::Mapping(entries) => entries
                .iter()
                .filter(|entry| entry.merged_at.is_none())
                .for_each(|entry| add(entry.key_span.start, Step::Key((*entry.key).into()), entry.value)),
            Value::Sequence(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, &item)| add(dash(source, document.node(item).span.start), Step::Index(index), item)),
            _ => {}
        }
    }
    sorted(document, nodes)
}

fn sorted(document: &Document, nodes: Vec<Begin>) -> Outline {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    // A parent comes before its children, also where both begin at the same byte.
    order.sort_by_key(|&at| (nodes.get(at).map(|node| node.at), at));
    let mut place = vec![0; nodes.len()];
    for (new, &old) in order.iter().enumerate() {
        place.get_mut(old).into_iter().for_each(|place| *place = new);
    }
    let moved = |old: &usize| {
        let node = nodes.get(*old)?;
        let parent = node.parent.and_then(|parent| place.get(parent).copied());
        Some(Begin { at: node.at, parent, step: node.step.clone() })
    };
    let nodes: Vec<Begin> = order.iter().filter_map(moved).collect();
    let whole = document.node(document.root).span;
    let first = nodes.first().map_or(whole.start, |node| node.at.min(whole.start));
    Outline { document: document.index, whole: Span::new(first, whole.end), nodes }
}

/// Where the dash of a list element is; the element itself in brackets.
fn dash(source: &Source, item: usize) -> usize {
    let before = source.text().get(..item).unwrap_or_default();
    let trimmed = before.trim_end();
    if trimmed.ends_with('-') { trimmed.len() - 1 } else { item }
}
