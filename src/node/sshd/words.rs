//! A line of sshd_config taken apart as `strdelim` and `argv_split` of OpenSSH 9.2 `misc.c` do.

use crate::model::Span;

const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// One argument with its quotes removed, and the bytes it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text without quotes and escapes.
    pub text: String,
    /// The bytes with them.
    pub span: Span,
}

/// What is left of a line, and where that is in the file.
#[derive(Debug, Clone, Copy)]
pub struct Rest<'a> {
    /// The text.
    pub text: &'a str,
    /// The offset of its first byte.
    pub at: usize,
}

impl<'a> Rest<'a> {
    fn skip(self, bytes: usize) -> Self {
        Self { text: self.text.get(bytes..).unwrap_or_default(), at: self.at + bytes }
    }

    fn skip_blanks(self) -> Self {
        self.skip(self.text.len() - self.text.trim_start_matches(BLANK).len())
    }

    /// The text behind leading blanks.
    pub fn trimmed(self) -> &'a str {
        self.skip_blanks().text
    }
}

/// A line of the file as sshd loads it: without blanks in front and at its end.
pub fn trim(line: &str, at: usize) -> Rest<'_> {
    let line = line.split('\0').next().unwrap_or_default();
    let start = line.len() - line.trim_start_matches([' ', '\t', '\r']).len();
    let rest = Rest { text: line, at }.skip(start);
    let kept = rest.text.trim_end_matches([' ', '\t', '\r', '\n', '\u{c}']).len();
    // sshd never removes the first character.
    let first = rest.text.chars().next().map_or(0, char::len_utf8);
    Rest { text: rest.text.get(..kept.max(first)).unwrap_or_default(), at: rest.at }
}

/// The next token, ended by blanks or one `=`; `None` at the end and for a quote that is never closed.
pub fn next(rest: &mut Option<Rest<'_>>) -> Option<String> {
    let here = (*rest)?;
    let Some(end) = here.text.find([' ', '\t', '\r', '\n', '"', '=']) else {
        *rest = None;
        return Some(here.text.to_owned());
    };
    let token = here.text.get(..end).unwrap_or_default();
    let behind = here.skip(end + 1);
    match here.text.get(end..end + 1) {
        Some("\"") => {
            let Some(close) = behind.text.find('"') else {
                *rest = None;
                return None;
            };
            *rest = Some(behind.skip(close + 1).skip_blanks());
            Some(format!("{token}{}", behind.text.get(..close).unwrap_or_default()))
        }
        Some("=") => {
            *rest = Some(behind.skip_blanks());
            Some(token.to_owned())
        }
        _ => {
            let behind = behind.skip_blanks();
            *rest = Some(if behind.text.starts_with('=') { behind.skip(1).skip_blanks() } else { behind });
            Some(token.to_owned())
        }
    }
}

/// The arguments up to a comment; `None` when a quote is never closed.
pub fn split(rest: Rest<'_>) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut chars = rest.text.char_indices().peekable();
    while let Some(&(start, c)) = chars.peek() {
        match c {
            ' ' | '\t' => drop(chars.next()),
            '#' => break,
            _ => {
                let text = word(&mut chars)?;
                let end = chars.peek().map_or(rest.text.len(), |&(at, _)| at);
                words.push(Word { text, span: Span::new(rest.at + start, rest.at + end) });
            }
        }
    }
    Some(words)
}

fn word(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> Option<String> {
    let mut text = String::new();
    let mut quote = None;
    while let Some(&(_, c)) = chars.peek() {
        match (c, quote) {
            (' ' | '\t', None) => break,
            ('\\', _) => {
                chars.next();
                match chars.peek() {
                    Some(&(_, next @ ('\'' | '"' | '\\'))) => text.push(next),
                    Some(&(_, ' ')) if quote.is_none() => text.push(' '),
                    _ => {
                        text.push('\\');
                        continue;
                    }
                }
            }
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            _ => text.push(c),
        }
        chars.next();
    }
    quote.is_none().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(line: &str) -> Vec<String> {
        let mut rest = Some(Rest { text: line, at: 0 });
        std::iter::from_fn(|| next(&mut rest)).collect()
    }

    #[test]
    fn tokens_end_at_blanks_or_one_equals_sign() {
        assert_eq!(tokens("User = alice"), ["User", "alice"]);
        assert_eq!(tokens("User=a=b"), ["User", "a", "b"]);
        assert_eq!(tokens("User \"a b\" Host x"), ["User", "a b", "Host", "x"]);
        assert_eq!(tokens("User \"a b"), ["User"]);
    }

    #[test]
    fn arguments_keep_their_places() {
        let text = |line| {
            let words = split(Rest { text: line, at: 0 });
            words.map(|words| words.into_iter().map(|word| word.text).collect::<Vec<_>>())
        };
        assert_eq!(text("a 'b c'\td # e"), Some(vec!["a".into(), "b c".into(), "d".into()]));
        assert_eq!(
            text("no#x \\\"q\\\" a\\ b \\n"),
            Some(vec!["no#x".into(), "\"q\"".into(), "a b".into(), "\\n".into()])
        );
        assert_eq!(text("'a"), None);
        let words = split(Rest { text: " 'b c' d", at: 10 }).unwrap();
        assert_eq!(words[0].span, Span::new(11, 16));
        assert_eq!(words[1].span, Span::new(17, 18));
    }
}
