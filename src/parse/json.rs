//! A stream of JSON values in, their trees out, read as Go's encoding/json reads them.

use std::borrow::Cow;

use super::scalar::Scalar;
use super::tree::{Tree, error};
use crate::model::{Span, SyntaxError};

type Result<T> = std::result::Result<T, SyntaxError>;

/// Reads the value that begins at or after `at`: its tree and where it ends; `None` when only white space follows.
pub(super) fn read(text: &str, at: usize) -> Result<Option<(Tree, usize)>> {
    let mut reader = Reader { text, at, tree: Tree::default() };
    reader.blank();
    if reader.peek().is_none() {
        return Ok(None);
    }
    reader.value()?;
    Ok(Some((reader.tree, reader.at)))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    tree: Tree,
}

impl<'t> Reader<'t> {
    /// A value; the tree refuses to go deeper than a stack can bear.
    fn value(&mut self) -> Result<()> {
        self.blank();
        match self.peek() {
            Some(b'{') => {
                self.tree.open_mapping(self.at, true, None)?;
                self.members(b'}', "`,` or `}`", Self::member)
            }
            Some(b'[') => {
                self.tree.open_sequence(self.at, true, None)?;
                self.members(b']', "`,` or `]`", Self::value)
            }
            Some(b'"') => {
                let (start, text) = (self.at, self.string()?);
                self.scalar(start, Scalar::String(text))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn members(&mut self, close: u8, wanted: &str, member: fn(&mut Self) -> Result<()>) -> Result<()> {
        self.at += 1;
        self.blank();
        if !self.take(close) {
            loop {
                member(self)?;
                self.blank();
                if self.take(close) {
                    break;
                }
                self.expect(b',', wanted)?;
            }
        }
        self.tree.close(Some(self.at))
    }

    fn member(&mut self) -> Result<()> {
        self.blank();
        let start = self.at;
        let key = self.string()?;
        self.scalar(start, Scalar::String(key))?;
        self.blank();
        self.expect(b':', "`:`")?;
        self.value()
    }

    fn scalar(&mut self, start: usize, scalar: Scalar<'_>) -> Result<()> {
        self.tree.scalar(Span::new(start, self.at), scalar, None, false)
    }

    fn word(&mut self) -> Result<()> {
        let rest = self.rest();
        let (word, scalar) = match rest.as_bytes() {
            [b'n', ..] => ("null", Scalar::Null),
            [b't', ..] => ("true", Scalar::Bool(true)),
            _ => ("false", Scalar::Bool(false)),
        };
        if !rest.starts_with(word) {
            return Err(self.unexpected("a value"));
        }
        let start = self.at;
        self.at += word.len();
        self.scalar(start, scalar)
    }

    fn number(&mut self) -> Result<()> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut whole = true;
        if self.take(b'.') {
            whole = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            whole = false;
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let integer = whole.then(|| text.parse().map(Scalar::Int).or_else(|_| text.parse().map(Scalar::Uint)));
        let scalar = match integer {
            Some(Ok(scalar)) => scalar,
            _ => Scalar::Float(text.parse().unwrap_or(f64::INFINITY)),
        };
        self.scalar(start, scalar)
    }

    fn digits(&mut self) -> Result<()> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += digits;
        if digits == 0 { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Cow<'t, str>> {
        let start = self.at;
        self.expect(b'"', "a string in double quotes")?;
        let mut owned = String::new();
        loop {
            let rest = self.rest();
            let stop = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(run) = stop.and_then(|stop| rest.get(..stop)) else {
                return Err(error(Span::new(start, start + 1), "the string is not closed"));
            };
            self.at += run.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(if owned.is_empty() { run.into() } else { Cow::Owned(owned + run) });
                }
                Some(b'\\') => {
                    owned.push_str(run);
                    owned.push(self.escape()?);
                }
                _ => return Err(self.unexpected("a control character to be escaped")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let (character, width) = match self.rest().as_bytes().get(1) {
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{C}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(&byte @ (b'"' | b'\\' | b'/')) => (char::from(byte), 2),
            Some(b'u') => self.unicode()?,
            _ => return Err(self.unexpected("an escape that JSON has")),
        };
        self.at += width;
        Ok(character)
    }

    /// `\uXXXX`, or two of them for a surrogate pair; half a pair becomes U+FFFD.
    fn unicode(&self) -> Result<(char, usize)> {
        let first = self.unit(0).ok_or_else(|| self.unexpected("four hexadecimal digits"))?;
        let second = self.unit(6).filter(|_| (0xD800..0xDC00).contains(&first));
        if let Some(Ok(character)) = char::decode_utf16([first].into_iter().chain(second)).next() {
            return Ok((character, 6 * character.len_utf16()));
        }
        Ok((char::REPLACEMENT_CHARACTER, 6))
    }

    fn unit(&self, offset: usize) -> Option<u16> {
        let digits = self.rest().get(offset..offset + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<()> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(what)) }
    }

    fn blank(&mut self) {
        self.at += self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        error(Span::new(self.at, self.at + width), &format!("this is no JSON: expected {wanted}"))
    }
}
