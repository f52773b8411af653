//! Text in, documents out: each a tree of values with the bytes it is written in, holding what kubectl would read.
//!
//! Kubernetes reads with k8s.io/apimachinery/pkg/util/yaml (where a stream is cut, when a text is JSON) and
//! sigs.k8s.io/yaml (what the text of a document means). A document that cannot be read hides no other one.

mod decode;
mod dialect;
mod gap;
mod json;
mod patch;
mod scalar;
mod stream;
mod tree;
mod yaml;

pub use decode::{DecodeError, decode};

use crate::model::{Comment, Document, Parsed, Source, Span, SyntaxError};
use stream::Part;

/// The size of the largest file that is worth reading, for whoever reads files.
pub const MAX_FILE_BYTES: u64 = 32 << 20;

/// How far kubectl looks for the `{` that makes a text JSON (`NewYAMLOrJSONDecoder(reader, 4096)`).
const JSON_LOOKAHEAD: usize = 4096;

/// Every document of a text, read or not, and every comment.
pub fn parse(source: &Source) -> Parsed {
    let mut stream = Stream { text: source.text(), count: 0, parsed: Parsed::default() };
    if looks_like_json(source.text()) {
        stream.json_or_yaml()
    } else {
        stream.yaml(0)
    }
    stream.parsed
}

fn looks_like_json(text: &str) -> bool {
    text.find(|character: char| !character.is_whitespace())
        .is_some_and(|at| at < JSON_LOOKAHEAD && text.get(at..).is_some_and(|rest| rest.starts_with('{')))
}

struct Stream<'t> {
    text: &'t str,
    /// How many documents there have been, empty ones too.
    count: usize,
    parsed: Parsed,
}

impl Stream<'_> {
    /// A stream of JSON values. When the first or the second one is none, kubectl takes what is left for YAML.
    fn json_or_yaml(&mut self) {
        let mut at = 0;
        let error = loop {
            match json::read(self.text, at) {
                Ok(Some((tree, end))) => {
                    at = end;
                    self.parsed.documents.extend(tree.finish(self.count).map(Ok));
                    self.count += 1;
                }
                Ok(None) => return,
                Err(error) => break error,
            }
        };
        match skip_line(self.text, at).filter(|_| self.count <= 1) {
            Some(rest) => self.yaml_not_json(rest, error),
            None => self.push(self.count, Err(error)),
        }
    }

    /// When the text is neither, the reading that came further has the better error.
    fn yaml_not_json(&mut self, from: usize, json: SyntaxError) {
        let before = self.parsed.documents.len();
        self.yaml(from);
        if let Some(Err((_, yaml))) = self.parsed.documents.get_mut(before)
            && yaml.span.start < json.span.start
        {
            *yaml = json;
        }
    }

    fn yaml(&mut self, from: usize) {
        for part in stream::parts(self.text, from) {
            match part {
                Part::Comment(span) => self.parsed.comments.push(Comment { span }),
                Part::BadSeparator { span, separators } => {
                    self.count += separators;
                    self.push(self.count - 1, Err(bad_separator(span)));
                }
                Part::Piece { range, separators } => self.piece(range, separators),
            }
        }
    }

    fn piece(&mut self, range: Span, separators: usize) {
        let index = (self.count + separators).saturating_sub(usize::from(separators > 0));
        let piece = yaml::read(self.text, range, index);
        self.parsed.comments.extend(piece.comments);
        let begun = separators > 0 || piece.document.is_some();
        self.count = index + usize::from(begun) + piece.ignored;
        if let Some(document) = piece.document {
            self.push(index, document);
        }
    }

    fn push(&mut self, index: usize, document: Result<Document, SyntaxError>) {
        self.parsed.documents.push(document.map_err(|error| (index, error)));
    }
}

/// Where YAML begins behind a JSON value: past white space up to and with the end of the line. kubectl gives up when
/// fewer than four bytes are left.
fn skip_line(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..).filter(|rest| rest.len() >= 4)?;
        let first = rest.chars().next()?;
        if !first.is_whitespace() {
            return Some(at);
        }
        at += first.len_utf8();
        if first == '\n' {
            return Some(at);
        }
    }
}

fn bad_separator(span: Span) -> SyntaxError {
    SyntaxError {
        message: "only a comment may follow `---` on its line".to_owned(),
        help: Some("kubectl refuses content there; put it on the next line".to_owned()),
        span,
    }
}
