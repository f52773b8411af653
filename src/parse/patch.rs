//! A copy of a text, rewritten where Kubernetes and the YAML crate disagree about what is allowed but not about what it
//! means, and the way back to the offsets of the text itself.

use std::borrow::Cow;
use std::rc::Rc;

use super::dialect::is_document_end;
use crate::model::Span;

/// Bytes that may be read again because of repairs: a bound on the time that a hostile text can take.
const MAX_READ_AGAIN: usize = 32 << 20;

/// A spot that Kubernetes reads and the YAML crate refuses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Repair {
    /// The quoted scalar that begins here has lines that are not indented.
    Indent(usize),
    /// Here begins a comment without a space before it.
    Space(usize),
    /// The double-quoted scalar that begins here may hold `\'`.
    Apostrophes(usize),
}

/// A place, how many bytes to take away there (never more than are put in), and what to put in.
type Edit = (usize, usize, Rc<str>);

/// A piece of a text, as it is given to the YAML crate.
pub(super) struct Patch<'t> {
    original: &'t str,
    text: Cow<'t, str>,
    /// Where the piece begins in its text.
    base: usize,
    /// Where spaces were put in, in the copy, and how many there are up to and with them.
    added: Vec<(usize, usize)>,
    read_again: usize,
}

impl<'t> Patch<'t> {
    /// A piece of a text that begins at `base`. NEL, a line break for Kubernetes, becomes one for the crate.
    pub(super) fn new(original: &'t str, base: usize) -> Self {
        let nel = original.contains('\u{85}');
        let text = if nel { original.replace('\u{85}', "\r\n").into() } else { original.into() };
        Self { original, text, base, added: Vec::new(), read_again: 0 }
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
        let at = at - added;
        // The middle of a line break that was NEL is the middle of a character.
        self.base + if self.original.is_char_boundary(at) { at } else { at - 1 }
    }

    /// Rewrites one spot. `false` when nothing can be done, or when too much has been done already.
    pub(super) fn apply(&mut self, repair: Repair) -> bool {
        let edits = match repair {
            Repair::Indent(start) => self.indented(start),
            Repair::Space(at) => Some(vec![(at, 0, " ".into())]),
            Repair::Apostrophes(start) => self.without_apostrophes(start),
        };
        let Some(edits) = edits.filter(|edits| !edits.is_empty()) else { return false };
        self.read_again += self.text.len() + edits.iter().map(|(_, _, new)| new.len()).sum::<usize>();
        if self.read_again > MAX_READ_AGAIN {
            return false;
        }
        self.edit(&edits);
        true
    }

    /// The lines of the quoted scalar at `start` indented as far as the scalar, which leaves its value as it is.
    fn indented(&self, start: usize) -> Option<Vec<Edit>> {
        let scalar = self.text.get(start..quoted_end(&self.text, start)?)?;
        let line = self.text.get(..start)?.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let spaces: Rc<str> = " ".repeat((start - line).max(1)).into();
        let ends_document = |at: usize| scalar.get(at..).is_some_and(is_document_end);
        if line_starts(scalar).any(ends_document) {
            return None;
        }
        Some(line_starts(scalar).map(|at| (start + at, 0, spaces.clone())).collect())
    }

    /// `\'` in the double-quoted scalar at `start`, which YAML 1.2 does not have, as `\x27`.
    fn without_apostrophes(&self, start: usize) -> Option<Vec<Edit>> {
        let scalar = self.text.get(start..quoted_end(&self.text, start)?)?.as_bytes();
        let new: Rc<str> = "x27".into();
        let mut edits = Vec::new();
        let mut at = 0;
        while let Some(found) = scalar.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'\\')) {
            at += found + 2;
            if scalar.get(at - 1) == Some(&b'\'') {
                edits.push((start + at - 1, 1, new.clone()));
            }
        }
        Some(edits)
    }

    fn edit(&mut self, edits: &[Edit]) {
        let mut copy = String::with_capacity(self.text.len() + edits.len());
        let mut total = self.added.last().map_or(0, |&(_, total)| total);
        let mut from = 0;
        for (place, removed, new) in edits {
            copy.push_str(self.text.get(from..*place).unwrap_or_default());
            copy.push_str(new);
            total += new.len() - removed;
            self.added.push((copy.len(), total));
            from = place + removed;
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
