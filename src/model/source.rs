//! A text as the repository knows it, and places in it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A range of bytes in the text of one [`Source`]; `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The same span as a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A place that a person can go to: a line from 1, and a column from 1 counted in Unicode scalar values.
///
/// Only a [`Source`] makes one, so a position always exists in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    line: u32,
    column: u32,
}

impl Position {
    /// The line, from 1.
    pub fn line(self) -> u32 {
        self.line
    }

    /// The column, from 1, in Unicode scalar values.
    pub fn column(self) -> u32 {
        self.column
    }
}

/// From a position up to, not including, another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    /// The first character.
    pub start: Position,
    /// One past the last character.
    pub end: Position,
}

/// One file: its path relative to the root of the run, with `/` between the parts, and its text.
///
/// Lines end at `\n`, as git, SARIF and every editor's line count have it; a `\r` before it belongs to the line end.
#[derive(Debug)]
pub struct Source {
    path: Arc<str>,
    text: String,
    line_starts: OnceLock<Box<[usize]>>,
    char_counts: OnceLock<Box<[usize]>>,
}

impl Source {
    /// A source from its path (relative, `/`-separated) and its decoded text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), line_starts: OnceLock::new(), char_counts: OnceLock::new() }
    }

    /// The path relative to the root of the run.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// The whole text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty where the span lies outside the text or splits a character.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The position of a byte offset; offsets past the end give the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or_default();
        let column = self.chars_between(start, offset) + 1;
        Position { line: to_u32(line), column: to_u32(column) }
    }

    /// The column of a byte offset counted in bytes of UTF-8, from 1.
    pub fn byte_column(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let line = self.line_starts().partition_point(|&start| start <= offset).max(1);
        offset - self.line_starts().get(line - 1).copied().unwrap_or_default() + 1
    }

    /// The region of a span.
    pub fn region(&self, span: Span) -> Region {
        Region { start: self.position(span.start), end: self.position(span.end) }
    }

    /// How many lines the text has; a final line end does not open another line.
    pub fn line_count(&self) -> u32 {
        let starts = self.line_starts();
        let open = starts.last().is_some_and(|&start| start == self.text.len() && start > 0);
        to_u32(starts.len() - usize::from(open))
    }

    /// The text of a line (from 1) without its line end; `None` past the last line.
    pub fn line(&self, number: u32) -> Option<&str> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let starts = self.line_starts();
        let start = *starts.get(index)?;
        let end = starts.get(index + 1).copied().unwrap_or(self.text.len());
        Some(self.text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }

    /// The byte span of a line (from 1) without its line end.
    pub fn line_span(&self, number: u32) -> Option<Span> {
        let text = self.line(number)?;
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.line_starts().get(index)?;
        Some(Span::new(start, start + text.len()))
    }

    /// How many characters begin between two offsets. A file of one long line may have a finding at every few bytes of it, so the count
    /// does not go through all of a long line.
    fn chars_between(&self, start: usize, end: usize) -> usize {
        const BLOCK: usize = 1024;
        let bytes = self.text.as_bytes();
        if end - start < BLOCK {
            return chars(bytes.get(start..end).unwrap_or_default());
        }
        let counts = self.char_counts.get_or_init(|| {
            let blocks = bytes.chunks(BLOCK).scan(0, |sum, block| {
                *sum += chars(block);
                Some(*sum)
            });
            std::iter::once(0).chain(blocks).collect()
        });
        let before = |offset: usize| {
            let rest = bytes.get(offset / BLOCK * BLOCK..offset).unwrap_or_default();
            counts.get(offset / BLOCK).copied().unwrap_or_default() + chars(rest)
        };
        before(end) - before(start)
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(breaks.map(|at| at + 1)).collect()
        })
    }
}

/// How many characters begin in these bytes of UTF-8.
fn chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_line_feeds() {
        let source = Source::new("a.yaml", "é: 1\r\nb: ü x\n");
        let at = |offset| {
            let position = source.position(offset);
            (position.line(), position.column())
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 2));
        assert_eq!(at(7), (2, 1));
        assert_eq!(at(13), (2, 6));
        assert_eq!(at(999), (3, 1));
        assert_eq!(source.line(1), Some("é: 1"));
        assert_eq!(source.line(2), Some("b: ü x"));
        assert_eq!(source.line_count(), 2);
        assert_eq!(source.line(0), None);
    }

    #[test]
    fn columns_of_a_long_line_are_exact() {
        let source = Source::new("a.json", "é名👩x".repeat(1000));
        for (index, (offset, _)) in source.text().char_indices().enumerate() {
            assert_eq!(source.position(offset).column() as usize, index + 1);
            assert_eq!(source.byte_column(offset), offset + 1);
        }
        assert_eq!(source.position(10_000).column(), 4001);
    }

    #[test]
    fn an_empty_text_has_a_first_position() {
        let source = Source::new("a.yaml", "");
        assert_eq!(source.position(0).line(), 1);
        assert_eq!(source.line_count(), 1);
    }
}
