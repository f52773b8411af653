//! The two pattern languages of node files: glob(3) as Include and sysctl.d use it, and OpenSSH's `*` and `?`.

/// Whether a name matches one path component of a glob(3) pattern; a leading dot has to be matched by a dot.
pub fn glob_segment(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !(pattern.starts_with('.') || pattern.starts_with("\\.")) {
        return false;
    }
    let tokens = tokens(pattern);
    let name: Vec<char> = name.chars().collect();
    search(&tokens, &name, |token, c| token.accepts(c), |token| matches!(token, Token::Any))
}

/// Whether a path component has a character that glob(3) does not take literally.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// OpenSSH's `match_pattern`: `*` for any run of characters, `?` for one.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    search(&pattern, &text, |&p, c| p == '?' || p == c, |&p| p == '*')
}

/// What a comma-separated list of patterns says about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMatch {
    /// A pattern matches and no negated one does.
    Yes,
    /// No pattern matches.
    No,
    /// A pattern behind `!` matches.
    Negated,
}

/// OpenSSH's `match_pattern_list`.
pub fn wildcard_list(list: &str, text: &str) -> ListMatch {
    let mut result = ListMatch::No;
    for item in list.split(',') {
        let (negated, pattern) = match item.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, item),
        };
        if wildcard(pattern, text) {
            if negated {
                return ListMatch::Negated;
            }
            result = ListMatch::Yes;
        }
    }
    result
}

enum Token {
    Any,
    One,
    Literal(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Literal(own) => *own == c,
            Self::Class { negated, ranges } => ranges.iter().any(|&(low, high)| low <= c && c <= high) != *negated,
        }
    }
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = after;
        found.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => match after.chars().next() {
                Some(escaped) => {
                    rest = after.get(escaped.len_utf8()..).unwrap_or_default();
                    Token::Literal(escaped)
                }
                None => Token::Literal('\\'),
            },
            '[' => match class(after) {
                Some((token, behind)) => {
                    rest = behind;
                    token
                }
                None => Token::Literal('['),
            },
            _ => Token::Literal(c),
        });
    }
    found
}

/// The bracket expression behind a `[`, and what follows it; `None` if it is never closed.
fn class(text: &str) -> Option<(Token, &str)> {
    let negated = text.starts_with(['!', '^']);
    let body = text.get(usize::from(negated)..)?;
    let close = body.char_indices().skip(1).find(|&(_, c)| c == ']').map(|(at, _)| at)?;
    let (inside, behind) = (body.get(..close)?, body.get(close + 1..)?);
    let chars: Vec<char> = inside.chars().collect();
    let mut ranges = Vec::new();
    let mut left = chars.as_slice();
    while let Some((&first, tail)) = left.split_first() {
        left = match tail {
            [dash, last, tail @ ..] if *dash == '-' => {
                ranges.push((first, *last));
                tail
            }
            _ => {
                ranges.push((first, first));
                tail
            }
        };
    }
    Some((Token::Class { negated, ranges }, behind))
}

/// Matching with one level of backtracking, so that hostile patterns stay quadratic.
fn search<T>(pattern: &[T], text: &[char], one: impl Fn(&T, char) -> bool, any: impl Fn(&T) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(t) {
        match pattern.get(p) {
            Some(token) if any(token) => {
                retry = Some((p, t));
                p += 1;
            }
            Some(token) if one(token, c) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_glob_3_does() {
        let yes = [
            ("*.conf", "a.conf"),
            ("[0-9][0-9]-*", "10-x"),
            ("[!a]?", "bc"),
            ("a\\*", "a*"),
            ("[", "["),
            (".*", ".x"),
            ("[]]", "]"),
            ("a*b*c", "aXbYbZc"),
        ];
        for (pattern, name) in yes {
            assert!(glob_segment(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.conf", ".conf"), ("*", ".x"), ("[!a]", "a"), ("?", ""), ("*.conf", "a.conf.bak")] {
            assert!(!glob_segment(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_negated_pattern_of_a_list_decides() {
        assert_eq!(wildcard_list("!root,*", "root"), ListMatch::Negated);
        assert_eq!(wildcard_list("!root,*", "alice"), ListMatch::Yes);
        assert_eq!(wildcard_list("bob,al?ce", "eve"), ListMatch::No);
        assert!(!wildcard(&"*a".repeat(200), &"a".repeat(150)));
    }
}
