//! A copy of a text in which some lines are indented further, and the way back to the offsets of the text itself.

use std::borrow::Cow;

use crate::model::Span;

/// Bytes that may be read again because of lines to indent: a bound on the time that a hostile text can take.
const MAX_READ_AGAIN: usize = 32 << 20;

/// A piece of a text, as it is given to the YAML crate.
pub(super) struct Patch<'t> {
    text: Cow<'t, str>,
    /// Where the piece begins in its text.
    base: usize,
    /// Where spaces were put in, in the copy, and how many there are up to and with them.
    added: Vec<(usize, usize)>,
    read_again: usize,
}

impl<'t> Patch<'t> {
    /// A piece of a text that begins at `base`. NEL, a line break for Kubernetes, becomes one for the crate.
    pub(super) fn new(text: &'t str, base: usize) -> Self {
        let text = if text.contains('\u{85}') { text.replace('\u{85}', "\r\n").into() } else { text.into() };
        Self { text, base, added: Vec::new(), read_again: 0 }
    }

    /// The copy.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The span in the text itself of a span of the copy.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.offset(start), self.offset(end))
    }

    /// The offset in the text itself of an offset of the copy.
    pub(super) fn offset(&self, at: usize) -> usize {
        let before = self.added.partition_point(|&(place, _)| place <= at);
        let added = before.checked_sub(1).and_then(|last| self.added.get(last)).map_or(0, |&(_, total)| total);
        self.base + at - added
    }

    /// Indents the continuation lines of the quoted scalar that begins at `start` in the copy as far as the scalar, which
    /// leaves its value as it is. `false` when nothing can be done.
    pub(super) fn indent(&mut self, start: usize) -> bool {
        let Some(end) = quoted_end(&self.text, start) else { return false };
        let Some(line) = self.text.get(..start).map(|before| before.rfind(['\n', '\r']).map_or(0, |at| at + 1)) else {
            return false;
        };
        let Some(scalar) = self.text.get(start..end) else { return false };
        let column = start - line;
        let breaks = line_starts(scalar).map(|at| start + at).collect::<Vec<_>>();
        self.read_again += self.text.len() + breaks.len() * column;
        if breaks.is_empty() || column == 0 || self.read_again > MAX_READ_AGAIN {
            return false;
        }
        self.insert(&breaks, column);
        true
    }

    fn insert(&mut self, places: &[usize], width: usize) {
        let mut copy = String::with_capacity(self.text.len() + places.len() * width);
        let spaces = " ".repeat(width);
        let mut total = self.added.last().map_or(0, |&(_, total)| total);
        let mut from = 0;
        for &place in places {
            copy.push_str(self.text.get(from..place).unwrap_or_default());
            copy.push_str(&spaces);
            total += width;
            self.added.push((copy.len(), total));
            from = place;
        }
        copy.push_str(self.text.get(from..).unwrap_or_default());
        self.text = Cow::Owned(copy);
    }
}

fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let ends = text.as_bytes().windows(2).enumerate();
    ends.filter(|(_, pair)| matches!(pair, [b'\n', _] | [b'\r', 0..=b'\t' | 0x0B..])).map(|(at, _)| at + 1)
}

/// One past the closing quote of the quoted scalar that begins at `start`.
fn quoted_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(start).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}
