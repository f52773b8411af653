//! One document of YAML in, its tree out: the events of granit-parser, read as go.yaml.in/yaml/v2 would read the text.
//!
//! The only file that knows the crate.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as Marks, StructureStyle};

use super::dialect;
use super::gap;
use super::patch::Patch;
use super::scalar::Scalar;
use super::tree::{Place, Tree, complex_key, error};
use crate::model::{Comment, Document, Span, SyntaxError};

/// What a piece of text between two document separators becomes.
#[derive(Default)]
pub(super) struct Piece {
    /// Its first document; `None` when it is empty.
    pub document: Option<Result<Document, SyntaxError>>,
    /// How many documents follow the first one in the same piece, behind `...`. Kubernetes does not read them.
    pub ignored: usize,
    /// Its comments.
    pub comments: Vec<Comment>,
}

/// Reads the piece of `text` that lies in `range`; the first document gets `index`.
pub(super) fn read(text: &str, range: Span, index: usize) -> Piece {
    let mut patch = Patch::new(text.get(range.range()).unwrap_or_default(), range.start);
    loop {
        let mut reader = Reader::new(&patch);
        let outcome = reader.run();
        let Err(Stop::Patch(scalar)) = outcome else { return reader.finish(outcome, index) };
        let unpatched = reader.finish(outcome, index);
        if !patch.indent(scalar) {
            return unpatched;
        }
    }
}

/// Why reading ends early.
enum Stop {
    /// The text is wrong.
    Error(SyntaxError),
    /// A quoted scalar, by its first byte, has a continuation line that Kubernetes reads and the crate does not.
    Patch(usize),
}

impl From<SyntaxError> for Stop {
    fn from(error: SyntaxError) -> Self {
        Self::Error(error)
    }
}

struct Reader<'t> {
    patch: &'t Patch<'t>,
    text: &'t str,
    tree: Tree,
    comments: Vec<Comment>,
    documents: usize,
    /// Where the last scalar, alias or bracket ends, in the patched text.
    last: usize,
}

impl<'t> Reader<'t> {
    fn new(patch: &'t Patch<'t>) -> Self {
        let text = patch.text();
        Self { patch, text, tree: Tree::default(), comments: Vec::new(), documents: 0, last: 0 }
    }

    fn run(&mut self) -> Result<(), Stop> {
        dialect::check_characters(self.text).map_err(|found| self.place(found))?;
        for event in Parser::new_from_str_with_options(self.text, options()) {
            match event {
                Ok((event, marks)) => self.event(event, marks)?,
                Err(_) if self.documents > 1 => return Ok(()),
                Err(error) => return Err(self.stop(&error)),
            }
        }
        Ok(())
    }

    fn finish(self, outcome: Result<(), Stop>, index: usize) -> Piece {
        let document = match outcome {
            Ok(()) => self.tree.finish(index).map(Ok),
            Err(Stop::Error(error)) => Some(Err(error)),
            Err(Stop::Patch(at)) => {
                let span = self.patch.span(at, at + 1);
                Some(Err(error(span, "a line of the quoted text is not indented")))
            }
        };
        Piece { document, ignored: self.documents.saturating_sub(1), comments: self.comments }
    }

    fn event(&mut self, event: Event<'t>, marks: Marks) -> Result<(), Stop> {
        let (start, end) = bytes(marks);
        match event {
            Event::Comment(..) => self.comments.push(Comment { span: self.patch.span(start, end) }),
            Event::DocumentStart(_, version) => {
                self.documents += 1;
                if self.documents == 1 && version.is_some_and(|version| (version.major, version.minor) != (1, 1)) {
                    return Err(error(self.patch.span(start, end), "only YAML 1.1 is supported").into());
                }
            }
            _ if self.documents > 1 => {}
            Event::Alias(anchor) => {
                self.last = end;
                self.tree.alias(self.patch.span(start, end), anchor)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let anchor = (anchor != 0).then_some(anchor);
                let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
                self.scalar(Lexeme { text, style, start, end }, anchor, tag.as_deref())?;
            }
            Event::SequenceStart(style, anchor, _) => {
                let bracket = self.open(style, start)?;
                self.tree.open_sequence(self.patch.offset(start), bracket, (anchor != 0).then_some(anchor))?;
            }
            Event::MappingStart(style, anchor, _) => {
                let bracket = self.open(style, start)?;
                self.tree.open_mapping(self.patch.offset(start), bracket, (anchor != 0).then_some(anchor))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(start, end)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether a collection begins with a bracket; a pair in a flow sequence does not.
    fn open(&mut self, style: StructureStyle, start: usize) -> Result<bool, Stop> {
        let rest = self.text.get(start..).unwrap_or_default();
        if self.tree.place() == Place::Key {
            let line = rest.lines().next().unwrap_or_default().trim_end();
            return Err(complex_key(self.patch.span(start, start + line.len().max(1))).into());
        }
        let bracket = style == StructureStyle::Flow && rest.starts_with(['[', '{']);
        if bracket {
            self.last = start + 1;
        }
        Ok(bracket)
    }

    fn close(&mut self, start: usize, end: usize) -> Result<(), Stop> {
        if start == end {
            return Ok(self.tree.close(None)?);
        }
        self.last = end;
        Ok(self.tree.close(Some(self.patch.offset(end)))?)
    }

    fn scalar(&mut self, lexeme: Lexeme<'t>, anchor: Option<usize>, tag: Option<&str>) -> Result<(), Stop> {
        let (start, end) = self.extent(&lexeme);
        let span = self.patch.span(start, end);
        let plain = lexeme.style == ScalarStyle::Plain;
        if lexeme.style == ScalarStyle::DoubleQuoted {
            dialect::check_escapes(self.text, start..end).map_err(|found| self.place(found))?;
        }
        let merge = &*lexeme.text == "<<" && (tag == Some("!") || tag == Some(MERGE) || (tag.is_none() && plain));
        let scalar = match tag {
            Some(tag) => Scalar::tagged(tag, lexeme.text).map_err(|message| error(span, &message))?,
            None if plain && start == end => Scalar::Null,
            None if plain => Scalar::plain(lexeme.text),
            None => Scalar::String(lexeme.text),
        };
        self.last = self.last.max(end);
        Ok(self.tree.scalar(span, scalar, anchor, merge)?)
    }

    /// Where a scalar is written. The crate leaves out the header of a block scalar, and says of nothing at all that it
    /// stands before the colon.
    fn extent(&self, lexeme: &Lexeme<'t>) -> (usize, usize) {
        match lexeme.style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let start = gap::content(self.text, self.last);
                let written = self.text.get(start..lexeme.end).unwrap_or_default();
                (start, start + written.trim_end().len())
            }
            ScalarStyle::Plain if lexeme.start == lexeme.end && self.tree.pending_key().is_some() => {
                let at = gap::behind_colon(self.text, self.last).unwrap_or(self.last).max(self.last);
                (at, at)
            }
            _ => (lexeme.start, lexeme.end),
        }
    }

    fn stop(&self, error: &ScanError) -> Stop {
        let at = error.marker().byte_offset().unwrap_or_default();
        match error.kind() {
            ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation => {
                Stop::Patch(gap::content(self.text, self.last))
            }
            _ => Stop::Error(self.place(dialect::Refusal { at, message: error.info() })),
        }
    }

    fn place(&self, found: dialect::Refusal) -> SyntaxError {
        let rest = self.text.get(found.at..).unwrap_or_default();
        let width = rest.chars().next().filter(|&first| first != '\n').map_or(0, char::len_utf8);
        error(self.patch.span(found.at, found.at + width), &found.message)
    }
}

const MERGE: &str = "tag:yaml.org,2002:merge";

struct Lexeme<'t> {
    text: Cow<'t, str>,
    style: ScalarStyle,
    start: usize,
    end: usize,
}

fn options() -> granit_parser::Options {
    granit_parser::options! { max_buffered_comment_events: usize::MAX }
}

fn bytes(marks: Marks) -> (usize, usize) {
    let range = marks.byte_range().unwrap_or_default();
    (range.start, range.end)
}
