//! Text that remembers where each of its characters is written, and words cut out of it as systemd cuts them.

use std::sync::Arc;

use crate::model::{Location, Source, Span};

use super::template;

/// Characters of one source, each with its byte offset there.
#[derive(Debug, Clone)]
pub struct Traced {
    source: Arc<Source>,
    chars: Vec<(char, usize)>,
}

/// A word and the bytes it was written in, quotes included.
#[derive(Debug, Clone)]
pub struct Word {
    /// Its characters, quotes and escapes resolved.
    pub text: Traced,
    /// Where it is written.
    pub place: Location,
}

/// How a word is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cutting {
    /// A setting of a unit: C escapes count, an open quote is a mistake (`EXTRACT_UNQUOTE|EXTRACT_CUNESCAPE`).
    Unit,
    /// The value of a variable: a backslash keeps the next character, an open quote ends with the text (`EXTRACT_RELAX`).
    Variable,
}

impl Traced {
    /// No characters yet.
    pub fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), chars: Vec::new() }
    }

    /// The characters of a span of a source.
    pub fn of(source: &Arc<Source>, span: Span) -> Self {
        let chars = source.slice(span).char_indices().map(|(at, c)| (c, span.start + at));
        Self { source: Arc::clone(source), chars: chars.collect() }
    }

    /// Adds a character that is written at a byte offset.
    pub fn push(&mut self, c: char, at: usize) {
        self.chars.push((c, at));
    }

    /// Adds all characters of another text of the same source.
    pub fn append(&mut self, other: &Self) {
        self.chars.extend_from_slice(&other.chars);
    }

    /// How many characters there are.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// The text up to a number of characters.
    pub fn truncate(&mut self, len: usize) {
        self.chars.truncate(len);
    }

    /// The character at a position.
    pub fn get(&self, at: usize) -> Option<char> {
        self.chars.get(at).map(|&(c, _)| c)
    }

    /// The same text without white space at both ends.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let kept = |&(c, _): &(char, usize)| !is_blank(c);
        let start = self.chars.iter().position(kept).unwrap_or(self.chars.len());
        let end = self.chars.iter().rposition(kept).map_or(start, |last| last + 1);
        self.part(start, end)
    }

    /// The characters from one position up to another.
    #[must_use]
    pub fn part(&self, start: usize, end: usize) -> Self {
        let chars = self.chars.get(start..end).unwrap_or_default().to_vec();
        Self { source: Arc::clone(&self.source), chars }
    }

    /// The text alone.
    pub fn text(&self) -> String {
        self.chars.iter().map(|&(c, _)| c).collect()
    }

    /// From the first to the last character; an empty place at the start of the source for no characters.
    pub fn place(&self) -> Location {
        self.place_of(0, self.chars.len())
    }

    /// Whether the character at a position begins with this text.
    pub fn starts_with(&self, at: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(index, c)| self.get(at + index) == Some(c))
    }

    /// Every word, in order, and whether the text was cut to the end without a mistake.
    pub fn words(&self, cutting: Cutting) -> (Vec<Word>, Result<(), String>) {
        let mut words = Vec::new();
        let mut at = 0;
        loop {
            match self.word(at, cutting) {
                Ok(Some((word, next))) => {
                    words.push(word);
                    at = next;
                }
                Ok(None) => return (words, Ok(())),
                Err(message) => return (words, Err(message)),
            }
        }
    }

    /// The word at or behind a position and the position behind it; `None` when only blanks are left.
    ///
    /// A template expression counts as a part of its word, blanks included.
    pub fn word(&self, from: usize, cutting: Cutting) -> Result<Option<(Word, usize)>, String> {
        let Some(start) = (from..self.len()).find(|&at| self.get(at).is_some_and(|c| !is_blank(c))) else {
            return Ok(None);
        };
        let mut text = Self::new(&self.source);
        let mut quote = None;
        let mut at = start;
        let mut closed = true;
        while let Some(&(c, offset)) = self.chars.get(at) {
            if closed && self.starts_with(at, "{{") {
                let length = template::expression(self.chars.get(at..).unwrap_or_default());
                text.append(&self.part(at, at + length.unwrap_or(0)));
                at += length.unwrap_or(0);
                // What is not closed here is not closed for the next brace either.
                closed = length.is_some();
                continue;
            }
            match (c, quote) {
                ('\\', _) => {
                    let (resolved, length) = self.escape(at, cutting);
                    resolved.into_iter().for_each(|c| text.push(c, offset));
                    at += length;
                    continue;
                }
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (c, None) if is_blank(c) => break,
                _ => text.push(c, offset),
            }
            at += 1;
        }
        if quote.is_some() && cutting == Cutting::Unit {
            return Err("a quote is not closed".to_owned());
        }
        Ok(Some((Word { text, place: self.place_of(start, at) }, at)))
    }

    /// What a backslash at a position stands for, and how many characters it takes. systemd keeps a sequence it does not
    /// know as it is, with a warning.
    fn escape(&self, at: usize, cutting: Cutting) -> (Vec<char>, usize) {
        let Some(next) = self.get(at + 1) else { return (vec!['\\'], 1) };
        if cutting == Cutting::Variable {
            return (vec![next], 2);
        }
        let simple = match next {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            's' => ' ',
            '\\' | '"' | '\'' => next,
            'x' => return self.coded(at, 2, 2, 16),
            'u' => return self.coded(at, 2, 4, 16),
            'U' => return self.coded(at, 2, 8, 16),
            '0'..='7' => return self.coded(at, 1, 3, 8),
            _ => return (vec!['\\', next], 2),
        };
        (vec![simple], 2)
    }

    fn coded(&self, at: usize, prefix: usize, digits: usize, radix: u32) -> (Vec<char>, usize) {
        let number = self.part(at + prefix, at + prefix + digits);
        let complete = number.len() == digits && number.chars.iter().all(|(c, _)| c.is_digit(radix));
        let value = u32::from_str_radix(&number.text(), radix).ok().filter(|&code| complete && code != 0);
        match value.and_then(char::from_u32) {
            Some(c) => (vec![c], prefix + digits),
            None => (self.part(at, at + 2).chars.iter().map(|&(c, _)| c).collect(), 2),
        }
    }

    fn place_of(&self, start: usize, end: usize) -> Location {
        let taken = self.chars.get(start..end).unwrap_or_default();
        let first = taken.first().map_or(0, |&(_, offset)| offset);
        let last = taken.last().map_or(first, |&(c, offset)| offset + c.len_utf8());
        Location { source: Arc::clone(&self.source), span: Span::new(first, last) }
    }
}

/// systemd's `WHITESPACE`.
pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, cutting: Cutting) -> Vec<(String, String)> {
        let source = Arc::new(Source::new("x", text));
        let traced = Traced::of(&source, Span::new(0, text.len()));
        let (words, end) = traced.words(cutting);
        assert_eq!(end, Ok(()));
        words.iter().map(|word| (word.text.text(), source.slice(word.place.span).to_owned())).collect()
    }

    #[test]
    fn words_are_unquoted_and_keep_their_place() {
        let words = cut(r#"/bin/x "a b" --c='d'e f\x41\sg \q"#, Cutting::Unit);
        let texts: Vec<_> = words.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["/bin/x", "a b", "--c=de", "fA g", "\\q"]);
        assert_eq!(words[2].1, "--c='d'e");
        assert_eq!(cut(r"a\ b 'c", Cutting::Variable)[1].0, "c");
        assert_eq!(cut(r#""" x"#, Cutting::Unit)[0].0, "");
    }

    #[test]
    fn a_template_expression_stays_in_one_word() {
        let words = cut("--a={{ b | default('x y') }} --c", Cutting::Unit);
        assert_eq!(words[0].0, "--a={{ b | default('x y') }}");
        assert_eq!(words.len(), 2);
    }

    #[test]
    fn an_open_quote_is_a_mistake_in_a_unit() {
        let source = Arc::new(Source::new("x", "a \"b"));
        let (words, end) = Traced::of(&source, Span::new(0, 4)).words(Cutting::Unit);
        assert_eq!(words.len(), 1);
        assert!(end.is_err());
    }
}
