//! A file that is written inside another one: its text as a source of its own, and the way back to the file around it.

use std::sync::Arc;

use crate::model::{Document, Location, Source, Span, Value};
use crate::node::Note;

use super::component::Component;
use super::view::View;

/// A text inside another file.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// The text, by the path that it gets on its node.
    pub source: Arc<Source>,
    /// The scalar that holds it, in the file around it; of several the last one.
    pub outer: Location,
    parts: Vec<Part>,
}

/// A piece of the text, from `inner` up to the next part.
#[derive(Debug, Clone, Copy)]
struct Part {
    inner: usize,
    outer: Span,
    /// Whether the bytes stand in the outer file as they are; they do not when they are encoded, folded or escaped there.
    exact: bool,
}

impl Part {
    fn offset(&self, inner: usize) -> usize {
        (self.outer.start + inner - self.inner).min(self.outer.end)
    }
}

impl Embedded {
    /// The text of a string of a document, which gets `path` as its name.
    pub fn of(path: &str, text: View<'_>) -> Self {
        Self::decoded(path, text.as_text(), text)
    }

    /// A text that a string of a document holds in some encoding.
    pub fn decoded(path: &str, content: &str, scalar: View<'_>) -> Self {
        let outer = scalar.place();
        let parts = parts(content, outer.source.slice(outer.span), outer.span);
        Self { source: Arc::new(Source::new(path, content)), outer, parts }
    }

    /// Two texts of the same file, one behind the other.
    #[must_use]
    pub fn append(&self, other: &Self) -> Self {
        let offset = self.source.text().len();
        let text = format!("{}{}", self.source.text(), other.source.text());
        let moved = other.parts.iter().map(|part| Part { inner: part.inner + offset, ..*part });
        let parts = self.parts.iter().copied().chain(moved).collect();
        Self { source: Arc::new(Source::new(Arc::clone(self.source.path()), text)), outer: other.outer.clone(), parts }
    }

    /// The place in the outer file of a span of the text: the very characters where they are written there as they are,
    /// else the whole string that holds them.
    pub fn outer_of(&self, span: Span) -> Location {
        let Some(first) = self.part(span.start) else { return self.outer.clone() };
        if !first.exact {
            return self.at(first.outer);
        }
        let start = first.offset(span.start);
        let last = span.end.saturating_sub(1).max(span.start);
        let end = match self.part(last).filter(|part| part.exact) {
            Some(part) if span.end > span.start => (part.offset(last) + 1).min(part.outer.end),
            Some(_) => start,
            None => first.outer.end,
        };
        self.at(Span::new(start, end))
    }

    /// A place of the text in the outer file; any other place stays.
    #[must_use]
    pub fn relocate(&self, place: &Location) -> Location {
        if Arc::ptr_eq(&place.source, &self.source) { self.outer_of(place.span) } else { place.clone() }
    }

    /// Moves all places of a component into the outer file.
    pub fn relocate_component(&self, component: &mut Component) {
        component.each_place(&mut |place| *place = self.relocate(place));
    }

    /// Moves the places of problems into the outer file.
    pub fn relocate_problems(&self, problems: &mut [Note]) {
        for place in problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
            *place = self.relocate(place);
        }
    }

    /// A document of the text, with the spans of the outer file.
    #[must_use]
    pub fn relocate_document(&self, mut document: Document) -> Document {
        let moved = |span: Span| self.outer_of(span).span;
        for node in &mut document.nodes {
            node.span = moved(node.span);
            if let Value::Mapping(entries) = &mut node.value {
                entries.iter_mut().for_each(|entry| entry.key_span = moved(entry.key_span));
            }
        }
        for duplicate in &mut document.duplicates {
            (duplicate.first, duplicate.last) = (moved(duplicate.first), moved(duplicate.last));
        }
        document
    }

    fn at(&self, span: Span) -> Location {
        Location { source: Arc::clone(&self.outer.source), span }
    }

    fn part(&self, inner: usize) -> Option<&Part> {
        let before = self.parts.partition_point(|part| part.inner <= inner);
        self.parts.get(before.checked_sub(1)?)
    }
}

/// Matches a text with the scalar that holds it.
fn parts(content: &str, written: &str, outer: Span) -> Vec<Part> {
    let whole = vec![Part { inner: 0, outer, exact: false }];
    if written.starts_with('|') {
        return literal(content, written, outer.start).unwrap_or(whole);
    }
    // A quoted or plain scalar on one line without escapes.
    let quote = usize::from(written.starts_with(['"', '\'']));
    let inside = Span::new(outer.start + quote, outer.end.saturating_sub(quote));
    let plain = written.get(quote..written.len().saturating_sub(quote)) == Some(content);
    if plain { vec![Part { inner: 0, outer: inside, exact: true }] } else { whole }
}

/// The lines of a literal block scalar; `None` when they are not written as they are.
fn literal(content: &str, written: &str, start: usize) -> Option<Vec<Part>> {
    let ends = |line: &str| line.trim_end_matches(['\n', '\r']).len();
    let mut outer = written.split_inclusive('\n').scan(start, |at, line| {
        let begin = *at;
        *at += line.len();
        Some((begin, line.get(..ends(line))?))
    });
    outer.next();
    let mut inner = 0;
    let mut parts = Vec::new();
    for line in content.split_inclusive('\n') {
        let text = line.get(..ends(line))?;
        // The scalar ends with its last line that is not empty.
        let Some((begin, written)) = outer.next() else { break };
        let begin = begin + written.strip_suffix(text)?.len();
        parts.push(Part { inner, outer: Span::new(begin, begin + text.len()), exact: true });
        inner += line.len();
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn embedded(text: &str) -> (Arc<Source>, Embedded) {
        let source = Arc::new(Source::new("user-data.yaml", text));
        let document = parse(&source).documents.remove(0).unwrap();
        let view = View::root(&source, &document).get("content").unwrap();
        let embedded = Embedded::of("/etc/x", view);
        (source, embedded)
    }

    fn lines_of(text: &str, words: &[&str]) -> Vec<(u32, String)> {
        let (source, embedded) = embedded(text);
        let place = |word: &&str| {
            let start = embedded.source.text().find(*word).unwrap();
            let place = embedded.outer_of(Span::new(start, start + word.len()));
            (place.region().start.line(), source.slice(place.span).to_owned())
        };
        words.iter().map(place).collect()
    }

    #[test]
    fn a_literal_block_keeps_its_lines() {
        let text = "a: 1\ncontent: |\n  one=1\n\n    two = 2\n  last\nb: 2\n";
        let found = lines_of(text, &["one", "two = 2", "last"]);
        assert_eq!(found, [(3, "one".to_owned()), (5, "two = 2".to_owned()), (6, "last".to_owned())]);
    }

    #[test]
    fn a_scalar_on_one_line_keeps_its_columns_and_others_the_whole_scalar() {
        assert_eq!(lines_of("content: PermitRootLogin yes\n", &["yes"]), [(1, "yes".to_owned())]);
        assert_eq!(lines_of("content: 'a b'\n", &["b"]), [(1, "b".to_owned())]);
        assert_eq!(lines_of("content: \"a\\nb\"\n", &["b"]), [(1, "\"a\\nb\"".to_owned())]);
        assert_eq!(lines_of("content: >\n  a\n  b\n", &["b"])[0].0, 1);
    }

    #[test]
    fn a_document_moves_into_the_outer_file() {
        let (source, embedded) = embedded("content: |\n  a:\n    b: yes\n");
        let document = parse(&embedded.source).documents.remove(0).unwrap();
        let moved = embedded.relocate_document(document);
        let view = View { source: &source, document: &moved, id: moved.root };
        assert_eq!(view.get("a").unwrap().get("b").unwrap().place().region().start.line(), 3);
    }
}
