//! Walks along the scalars and brackets of a YAML text and refuses what Kubernetes refuses there and between them.

use std::ops::Range;

use super::dialect::{self, Check, Refusal};
use super::gap::{self, Before};

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Block,
}

pub(super) struct Guard<'t> {
    text: &'t str,
    /// Where the last scalar, alias or bracket ends.
    last: usize,
    before: Before,
    has_tabs: bool,
    /// Line breaks of Unicode that have not been met inside quotes, the last one first.
    breaks: Vec<usize>,
    /// How many brackets are open.
    flow: usize,
    /// For each open collection, the column of the innermost block around its content.
    indents: Vec<Option<usize>>,
}

impl<'t> Guard<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            last: 0,
            before: Before::Open,
            has_tabs: text.contains('\t'),
            breaks: dialect::unicode_breaks(text),
            flow: 0,
            indents: Vec::new(),
        }
    }

    /// Where the last scalar, alias or bracket ends.
    pub(super) fn last(&self) -> usize {
        self.last
    }

    /// The begin of the text.
    pub(super) fn begin(&self) -> Check {
        dialect::check_characters(self.text)?;
        dialect::check_begin(self.text, gap::blank(self.text, 0))
    }

    /// The gap up to a place where something begins, or ends.
    pub(super) fn gap(&self, to: usize) -> Check {
        if let Some(&found) = self.breaks.last().filter(|&&found| found < to) {
            return Err(Refusal::new(found, "a Unicode line break outside of quotes"));
        }
        let tab = if self.has_tabs { gap::bad_tab(self.text, self.before, self.last, to, self.flow > 0) } else { None };
        refuse(tab, "a tab where only spaces may stand")
    }

    /// The begin of a collection; of a block collection where it `is_indented` at all.
    pub(super) fn open(&mut self, start: usize, bracket: bool, is_indented: bool) -> Check {
        if bracket {
            self.gap(start)?;
            self.pass(start + 1, Before::Closed);
            self.flow += 1;
        }
        self.indents.push(if is_indented { Some(self.column(start)) } else { self.indent() });
        Ok(())
    }

    /// The end of a collection, with its bracket if it has one.
    pub(super) fn close(&mut self, bracket: Option<Range<usize>>) -> Check {
        self.indents.pop();
        if let Some(bracket) = bracket {
            self.gap(bracket.start)?;
            self.pass(bracket.end, Before::Closed);
            self.flow = self.flow.saturating_sub(1);
        }
        Ok(())
    }

    /// An alias.
    pub(super) fn alias(&mut self, range: Range<usize>) -> Check {
        dialect::check_name(self.text, range.clone())?;
        self.gap(range.start)?;
        self.pass(range.end, Before::Closed);
        Ok(())
    }

    /// A scalar. The content of a block scalar, without header and indentation, is `content`.
    pub(super) fn scalar(&mut self, style: Style, is_key: bool, range: Range<usize>, content: Range<usize>) -> Check {
        self.gap(range.start)?;
        if is_key {
            dialect::check_key(self.text, self.last, range.clone())?;
        }
        let before = match style {
            Style::Plain => {
                if self.flow > 0 {
                    dialect::check_flow_scalar(self.text, range.clone(), is_key)?;
                }
                Before::Plain(range.start, self.indent().map_or(0, |column| column + 1))
            }
            Style::Block => {
                if self.indents.is_empty() && !content.is_empty() && self.column(content.start) == 0 {
                    return Err(Refusal::new(content.start, "the lines of a block scalar must be indented"));
                }
                let found = || gap::bad_tab_in_block(self.text, range.start, self.indent());
                refuse(self.has_tabs.then(found).flatten(), "a tab where a space should indent")?;
                Before::Open
            }
            Style::SingleQuoted | Style::DoubleQuoted => {
                if style == Style::DoubleQuoted {
                    dialect::check_escapes(self.text, range.clone())?;
                }
                while self.breaks.pop_if(|found| *found < range.end).is_some() {}
                Before::Closed
            }
        };
        self.pass(range.end.max(content.end), before);
        Ok(())
    }

    fn pass(&mut self, end: usize, before: Before) {
        self.last = self.last.max(end);
        self.before = before;
    }

    /// The column of the block around the current place.
    fn indent(&self) -> Option<usize> {
        self.indents.last().copied().flatten()
    }

    fn column(&self, at: usize) -> usize {
        let line = self.text.get(..at).and_then(|before| before.rfind(['\n', '\r']));
        at - line.map_or(0, |end| end + 1)
    }
}

fn refuse(at: Option<usize>, message: &str) -> Check {
    at.map_or(Ok(()), |at| Err(Refusal::new(at, message)))
}
