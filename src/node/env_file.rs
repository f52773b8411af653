//! Environment files as systemd reads them (`parse_env_file_internal`, systemd 252): a text to variables, last one winning.

use std::sync::Arc;

use crate::model::Source;

use super::traced::{Traced, is_blank};

/// A variable of an environment file.
#[derive(Debug, Clone)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Its value, quotes and escapes resolved.
    pub value: Traced,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeKey,
    Key,
    BeforeValue,
    Value,
    ValueEscape,
    Single,
    Double,
    DoubleEscape,
    Comment,
    CommentEscape,
}

/// Every assignment, in order; those with a name that no variable may have are left out.
pub fn read(source: &Arc<Source>) -> Vec<Variable> {
    let mut reader = Reader {
        source,
        state: State::BeforeKey,
        key: String::new(),
        value: Traced::new(source),
        end: 0,
        out: Vec::new(),
    };
    for (at, c) in source.text().char_indices() {
        reader.step(c, at);
    }
    if !matches!(reader.state, State::BeforeKey | State::Key | State::Comment | State::CommentEscape) {
        reader.finish();
    }
    reader.out
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    state: State,
    key: String,
    value: Traced,
    /// The length of the value without unquoted blanks at its end.
    end: usize,
    out: Vec<Variable>,
}

impl Reader<'_> {
    fn step(&mut self, c: char, at: usize) {
        let newline = matches!(c, '\n' | '\r');
        self.state = match self.state {
            State::BeforeKey if matches!(c, '#' | ';') => State::Comment,
            State::BeforeKey if is_blank(c) => State::BeforeKey,
            State::BeforeKey => {
                self.key = c.to_string();
                State::Key
            }
            State::Key if newline => State::BeforeKey,
            State::Key if c == '=' => {
                self.value = Traced::new(self.source);
                self.end = 0;
                State::BeforeValue
            }
            State::Key => {
                self.key.push(c);
                State::Key
            }
            State::BeforeValue | State::Value if newline => {
                self.finish();
                State::BeforeKey
            }
            State::BeforeValue if c == '\'' => State::Single,
            State::BeforeValue if c == '"' => State::Double,
            State::BeforeValue if is_blank(c) => State::BeforeValue,
            State::BeforeValue | State::Value if c == '\\' => {
                self.end = self.value.len();
                State::ValueEscape
            }
            State::BeforeValue | State::Value => {
                self.value.push(c, at);
                if !is_blank(c) {
                    self.end = self.value.len();
                }
                State::Value
            }
            State::ValueEscape => {
                if !newline {
                    self.keep(c, at);
                }
                State::Value
            }
            State::Single if c == '\'' => State::BeforeValue,
            State::Double if c == '"' => State::BeforeValue,
            State::Double if c == '\\' => State::DoubleEscape,
            State::Single => {
                self.keep(c, at);
                State::Single
            }
            State::Double => {
                self.keep(c, at);
                State::Double
            }
            State::DoubleEscape => {
                // As in a shell: only these lose their backslash, and an escaped line end vanishes.
                if !matches!(c, '"' | '\\' | '`' | '$' | '\n') {
                    self.keep('\\', at.saturating_sub(1));
                }
                if c != '\n' {
                    self.keep(c, at);
                }
                State::Double
            }
            State::Comment if c == '\\' => State::CommentEscape,
            State::Comment if newline => State::BeforeKey,
            State::Comment | State::CommentEscape => State::Comment,
        };
    }

    fn keep(&mut self, c: char, at: usize) {
        self.value.push(c, at);
        self.end = self.value.len();
    }

    fn finish(&mut self) {
        let mut value = std::mem::replace(&mut self.value, Traced::new(self.source));
        value.truncate(self.end);
        let name = self.key.trim_end_matches(is_blank).to_owned();
        if is_name(&name) {
            self.out.push(Variable { name, value });
        }
    }
}

/// Whether an environment variable may have this name.
pub fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let source = Arc::new(Source::new("env", text));
        read(&source).into_iter().map(|variable| (variable.name, variable.value.text())).collect()
    }

    #[test]
    fn quotes_comments_and_continuations() {
        let text = "# c\n; d\nA=\"--v=2 \\\n  --x=0\"\nexport B=1\nC = x y  \nD='a'\"b\" c\nE=\nF=a\\\n b\nnothing\nG=\"\\q\\$\"";
        let expected = [("A", "--v=2   --x=0"), ("C", "x y"), ("D", "abc"), ("E", ""), ("F", "a b"), ("G", "\\q$")];
        let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(values(text), expected);
    }

    #[test]
    fn an_escaped_line_end_continues_a_comment() {
        assert_eq!(values("# a \\\nA=1\nB=2\n"), [("B".to_owned(), "2".to_owned())]);
    }
}
