//! One document of YAML in, its tree out: the events of granit-parser, read as go.yaml.in/yaml/v2 would read the text.
//!
//! The only file that knows the crate.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as Marks, StructureStyle};

use super::dialect::{self, Check, Refusal};
use super::gap;
use super::guard::{Guard, Style};
use super::patch::{Patch, Repair};
use super::scalar::Scalar;
use super::tagged;
use super::tree::{MAX_DEPTH, Place, Tree, complex_key, error, too_deep};
use crate::model::{Comment, Document, Span, SyntaxError};

/// What a piece of text between two document separators becomes.
#[derive(Default)]
pub(super) struct Piece {
    /// Its first document; `None` when it is empty.
    pub document: Option<Result<Document, SyntaxError>>,
    /// How many documents begin in it, the empty ones too. Kubernetes reads the first one and ignores what follows `...`.
    pub documents: usize,
    /// Its comments.
    pub comments: Vec<Comment>,
}

/// Reads the piece of `text` that lies in `range`; the first document gets `index`.
pub(super) fn read(text: &str, range: Span, index: usize) -> Piece {
    let mut patch = Patch::new(text.get(range.range()).unwrap_or_default(), range.start);
    loop {
        let mut reader = Reader::new(&patch);
        let outcome = reader.run();
        let repair = match &outcome {
            Err(Stop { repair: Some(repair), .. }) => Some(*repair),
            _ => None,
        };
        let piece = reader.finish(outcome, index);
        if !repair.is_some_and(|repair| patch.apply(repair)) {
            return piece;
        }
    }
}

/// Why reading ends early.
struct Stop {
    error: SyntaxError,
    /// What to rewrite before the error counts.
    repair: Option<Repair>,
}

impl From<SyntaxError> for Stop {
    fn from(error: SyntaxError) -> Self {
        Self { error, repair: None }
    }
}

struct Reader<'t> {
    patch: &'t Patch<'t>,
    text: &'t str,
    guard: Guard<'t>,
    tree: Tree,
    comments: Vec<Comment>,
    documents: usize,
    /// Whether the first one ends with `...`.
    ended: bool,
}

impl<'t> Reader<'t> {
    fn new(patch: &'t Patch<'t>) -> Self {
        let text = patch.text();
        let (guard, tree) = (Guard::new(text), Tree::default());
        Self { patch, text, guard, tree, comments: Vec::new(), documents: 0, ended: false }
    }

    fn run(&mut self) -> Result<(), Stop> {
        self.check(self.guard.begin())?;
        for event in Parser::new_from_str_with_options(self.text, options()) {
            match event {
                Ok((event, marks)) => self.event(event, marks)?,
                Err(_) if self.documents > 1 => return Ok(()),
                Err(error) => {
                    let repair = self.repair(&error);
                    if repair.is_none() {
                        self.check(self.guard.gap(offset(&error)))?;
                    }
                    // Kubernetes does not read on when the root ends before the text does.
                    let trailing = self.tree.is_complete() && is_trailing(error.kind());
                    return if trailing { Ok(()) } else { Err(Stop { error: self.describe(&error), repair }) };
                }
            }
        }
        Ok(())
    }

    fn finish(self, outcome: Result<(), Stop>, index: usize) -> Piece {
        let document = match outcome {
            Ok(()) => self.tree.finish(index).map(Ok),
            Err(stop) => Some(Err(stop.error)),
        };
        Piece { document, documents: self.documents, comments: self.comments }
    }

    fn event(&mut self, event: Event<'t>, marks: Marks) -> Result<(), Stop> {
        let range = marks.byte_range().unwrap_or_default();
        let span = self.patch.span(range.start, range.end);
        let named = |anchor: usize| (anchor != 0).then_some(anchor);
        match event {
            Event::Comment(..) => self.comments.push(Comment { span }),
            Event::DocumentStart(..) => self.documents += 1,
            _ if self.documents > 1 => {}
            Event::DocumentEnd => {
                self.check(self.guard.gap(range.end))?;
                self.ended = self.text.get(range) == Some("...");
            }
            Event::StreamEnd if !self.ended => self.check(self.guard.gap(self.text.len()))?,
            Event::Anchor(..) => self.check(dialect::check_name(self.text, range))?,
            Event::Alias(anchor) => {
                let refusal = self.guard.alias(range);
                self.check(refusal)?;
                self.tree.alias(span, anchor)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
                self.scalar(Lexeme { text, style, range }, named(anchor), tag.as_deref())?;
            }
            Event::SequenceStart(style, anchor, _) => {
                let bracket = self.open(style, range.start, "-")?;
                self.tree.open_sequence(span.start, bracket, named(anchor))?;
            }
            Event::MappingStart(style, anchor, _) => {
                let bracket = self.open(style, range.start, "")?;
                self.tree.open_mapping(span.start, bracket, named(anchor))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let bracket = Some(range).filter(|range| !range.is_empty());
                self.tree.close(bracket.is_some().then_some(span.end))?;
                let refusal = self.guard.close(bracket);
                self.check(refusal)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a collection begins with a bracket; a pair in a flow sequence does not. A block collection that does not
    /// begin with its `indicator` is a sequence that is not indented below its key.
    fn open(&mut self, style: StructureStyle, start: usize, indicator: &str) -> Result<bool, Stop> {
        let rest = self.text.get(start..).unwrap_or_default();
        if self.tree.place() == Place::Key {
            let line = rest.lines().next().unwrap_or_default().trim_end();
            return Err(complex_key(self.patch.span(start, start + line.len().max(1))).into());
        }
        let bracket = style == StructureStyle::Flow && rest.starts_with(['[', '{']);
        let is_indented = style == StructureStyle::Block && rest.starts_with(indicator);
        let refusal = self.guard.open(start, bracket, is_indented);
        self.check(refusal)?;
        Ok(bracket)
    }

    fn scalar(&mut self, lexeme: Lexeme<'t>, anchor: Option<usize>, tag: Option<&str>) -> Result<(), Stop> {
        let style = match lexeme.style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let range = self.extent(style, lexeme.range.clone());
        let span = self.patch.span(range.start, range.end);
        let (plain, nothing) = (style == Style::Plain, range.is_empty());
        if !nothing {
            let refusal = self.guard.scalar(style, self.tree.place() == Place::Key, range, lexeme.range);
            self.check(refusal)?;
        }
        let merge = &*lexeme.text == "<<" && (tag == Some("!") || tag == Some(MERGE) || (tag.is_none() && plain));
        let scalar = match tag {
            Some(tag) => tagged::read(tag, lexeme.text).map_err(|message| error(span, &message))?,
            None if plain && nothing => Scalar::Null,
            None if plain => Scalar::plain(lexeme.text),
            None => Scalar::String(lexeme.text),
        };
        Ok(self.tree.scalar(span, scalar, anchor, merge)?)
    }

    /// Where a scalar is written. The crate leaves out the header of a block scalar, and says of nothing at all that it
    /// stands before the colon.
    fn extent(&self, style: Style, range: Range<usize>) -> Range<usize> {
        if style == Style::Block {
            let start = gap::content(self.text, self.guard.last());
            let written = self.text.get(start..range.end).unwrap_or_default();
            return start..start + written.trim_end().len();
        }
        if style == Style::Plain && range.is_empty() && self.tree.awaits_value() {
            let from = self.guard.last().max(range.start);
            let at = gap::behind_colon(self.text, from).unwrap_or(from);
            return at..at;
        }
        range
    }

    fn repair(&self, error: &ScanError) -> Option<Repair> {
        match error.kind() {
            ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation => {
                Some(Repair::Indent(gap::content(self.text, self.guard.last())))
            }
            ErrorKind::CommentNotSeparated => Some(Repair::Space(offset(error))),
            ErrorKind::UnknownQuotedScalarEscape => Some(Repair::Apostrophes(offset(error))),
            _ => None,
        }
    }

    fn describe(&self, error: &ScanError) -> SyntaxError {
        let message = match error.kind() {
            ErrorKind::RecursionLimitExceeded => too_deep(),
            _ => error.info(),
        };
        self.place(&Refusal { at: offset(error), message })
    }

    fn check(&self, check: Check) -> Result<(), Stop> {
        check.map_err(|refusal| self.place(&refusal).into())
    }

    fn place(&self, refusal: &Refusal) -> SyntaxError {
        let rest = self.text.get(refusal.at..).unwrap_or_default();
        let width = rest.chars().next().filter(|first| !matches!(first, '\n' | '\r')).map_or(0, char::len_utf8);
        error(self.patch.span(refusal.at, refusal.at + width), &refusal.message)
    }
}

const MERGE: &str = "tag:yaml.org,2002:merge";

struct Lexeme<'t> {
    text: Cow<'t, str>,
    style: ScalarStyle,
    range: Range<usize>,
}

/// Whether an error is about something where the document should end, rather than about a token.
fn is_trailing(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ExpectedDocumentStart
            | ErrorKind::MisplacedFlowCollectionEnd
            | ErrorKind::InvalidTrailingSingleQuotedScalar
            | ErrorKind::InvalidTrailingDoubleQuotedScalar
            | ErrorKind::CommentInterceptedScalar
    )
}

fn options() -> granit_parser::Options {
    granit_parser::options! {
        max_buffered_comment_events: usize::MAX,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    }
}

fn offset(error: &ScanError) -> usize {
    error.marker().byte_offset().unwrap_or_default()
}
