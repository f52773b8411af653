//! Cuts a text into documents where kubectl cuts it: at lines that begin with `---`, whatever YAML makes of them
//! (`YAMLReader` in k8s.io/apimachinery/pkg/util/yaml/decoder.go).

use crate::model::Span;

/// A part of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A document, or nothing, and how many separators precede it.
    Piece { range: Span, separators: usize },
    /// A separator with more on its line than a comment: what follows it up to the next separator cannot be read.
    BadSeparator { span: Span, separators: usize },
    /// The comment behind a separator.
    Comment(Span),
}

/// The parts of `text` from `from` on.
pub(super) fn parts(text: &str, from: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut separators = 0;
    let mut begin = None;
    let mut skipping = false;
    let mut start = from;
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        let end = start + line.len();
        if let Some(rest) = line.strip_prefix("---") {
            let open = begin.take();
            if let Some(begin) = open {
                parts.push(Part::Piece { range: Span::new(begin, start), separators });
                separators = 0;
            }
            separators += 1;
            let behind = rest.trim();
            let at = start + 3 + (rest.len() - rest.trim_start().len());
            let behind_span = Span::new(at, at + behind.len());
            skipping = !behind.is_empty() && !behind.starts_with('#');
            if skipping {
                parts.push(Part::BadSeparator { span: behind_span, separators });
                separators = 0;
            } else if open.is_none() {
                begin = Some(start);
            } else if !behind.is_empty() {
                parts.push(Part::Comment(behind_span));
            }
        } else if !skipping {
            begin.get_or_insert(start);
        }
        start = end;
    }
    parts.extend(begin.map(|begin| Part::Piece { range: Span::new(begin, text.len()), separators }));
    parts
}
