//! Regular expressions as Go reads them (RE2), written for the `regex` crate: `\d`, `\w`, `\s` and `\b` are about ASCII, a brace that
//! repeats nothing stands for itself, and brackets know no sets of sets.

use std::iter::Peekable;
use std::str::Chars;

/// The most repetitions that Go takes.
const MOST_REPEATED: u32 = 1000;

/// The expression in the other's words; `None` for what Go refuses and the other would take.
pub fn translated(pattern: &str) -> Option<String> {
    let mut reader = Reader { rest: pattern.chars().peekable(), out: String::new() };
    while let Some(character) = reader.rest.next() {
        match character {
            '\\' => reader.escape(false)?,
            '[' => reader.class()?,
            '{' => reader.brace()?,
            '(' => reader.group()?,
            '}' => reader.out.push_str("\\}"),
            other => reader.out.push(other),
        }
    }
    Some(reader.out)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Reader<'_> {
    fn literal(&mut self, character: char) {
        self.out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
    }

    fn escape(&mut self, is_in_class: bool) -> Option<()> {
        let escaped = self.rest.next()?;
        let class = match escaped.to_ascii_lowercase() {
            'd' => Some("0-9"),
            'w' => Some("0-9A-Za-z_"),
            's' => Some("\\t\\n\\f\\r "),
            _ => None,
        };
        match (escaped, class) {
            (_, Some(class)) if escaped.is_ascii_uppercase() => self.out.push_str(&format!("[^{class}]")),
            (_, Some(class)) if is_in_class => self.out.push_str(class),
            (_, Some(class)) => self.out.push_str(&format!("[{class}]")),
            ('b', _) if !is_in_class => self.out.push_str("(?-u:\\b)"),
            ('Q', _) if !is_in_class => self.quoted(),
            ('0'..='7', _) => self.octal(escaped)?,
            ('A' | 'B' | 'z', _) if !is_in_class => self.out.extend(['\\', escaped]),
            ('a' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' | 'p' | 'P', _) => {
                self.out.extend(['\\', escaped]);
                if self.rest.next_if_eq(&'{').is_some() {
                    self.out.push('{');
                    self.out.extend(self.rest.by_ref().take_while(|character| *character != '}'));
                    self.out.push('}');
                }
            }
            _ if escaped.is_ascii_alphanumeric() => return None,
            _ => self.literal(escaped),
        }
        Some(())
    }

    /// `\Q…\E`
    fn quoted(&mut self) {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(character);
        }
    }

    /// `\101`; a single digit would refer back, which neither knows.
    fn octal(&mut self, first: char) -> Option<()> {
        let mut digits = String::from(first);
        while digits.len() < 3 {
            let Some(digit) = self.rest.next_if(|digit| ('0'..='7').contains(digit)) else { break };
            digits.push(digit);
        }
        if first != '0' && digits.len() < 2 {
            return None;
        }
        self.out.push_str(&format!("\\x{{{:x}}}", u32::from_str_radix(&digits, 8).ok()?));
        Some(())
    }

    /// What follows `{`: a repetition, or itself.
    fn brace(&mut self) -> Option<()> {
        let words: String = self.rest.clone().take_while(|character| *character != '}').collect();
        let is_closed = self.rest.clone().any(|character| character == '}');
        let (least, most) = words.split_once(',').unwrap_or((&words, &words));
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        if !is_closed || !is_number(least) || !(most.is_empty() || is_number(most)) {
            self.out.push_str("\\{");
            return Some(());
        }
        let is_fitting = |text: &str| text.is_empty() || text.parse::<u32>().is_ok_and(|many| many <= MOST_REPEATED);
        if !is_fitting(least) || !is_fitting(most) {
            return None;
        }
        self.rest.nth(words.chars().count());
        self.out.push_str(&format!("{{{words}}}"));
        Some(())
    }

    /// What follows `(`: the flags of Go alone.
    fn group(&mut self) -> Option<()> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Some(());
        }
        self.out.push('?');
        while let Some(flag) = self.rest.next_if(|flag| flag.is_ascii_alphabetic() || *flag == '-') {
            if !"imsUP-".contains(flag) {
                return None;
            }
            self.out.push(flag);
        }
        Some(())
    }

    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let (mut before, mut is_first) = ('[', true);
        while let Some(character) = self.rest.next() {
            match character {
                ']' if !is_first => {
                    self.out.push(']');
                    return Some(());
                }
                '[' if self.rest.peek() == Some(&':') && self.rest.clone().collect::<String>().contains(":]") => {
                    self.out.push('[');
                    while let Some(letter) = self.rest.next() {
                        self.out.push(letter);
                        if letter == ':' && self.rest.next_if_eq(&']').is_some() {
                            self.out.push(']');
                            break;
                        }
                    }
                }
                '\\' => self.escape(true)?,
                '-' if before != '-' && !is_first => self.out.push('-'),
                other => self.literal(other),
            }
            (before, is_first) = (character, false);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::translated;

    /// What OPA 1.22.0 says of the same.
    #[test]
    fn expressions_mean_what_they_mean_in_go() {
        let table = [
            ("{{.*}}", "a{{b}}", true),
            ("[[a-z]+", "[", true),
            (r"\${[^}]+}", "${abc}", true),
            (r"\<none\>", "<none>", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^[^\w]+$", "é", true),
            (r"\d", "١", false),
            (r"\bfoo\b", "éfoo", true),
            (r"a\ b\/c\_d", "a b/c_d", true),
            ("^[a&&b]$", "&", true),
            ("^a{,3}$", "a{,3}", true),
            ("^a{2,3}$", "aaa", true),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"^[\-a~~b]+$", "~-", true),
            ("^[]a]+$", "]a", true),
            (r"\x41\101", "AA", true),
            (r"^(?:[^[]|x)$", "a", true),
            ("^}]$", "}]", true),
            (r"^\p{Greek}$", "α", true),
            ("[[:alpha:]-]+", "-", true),
            ("(?i)ABC", "abc", true),
            (r"(?P<name>a)(?<other>b)", "ab", true),
        ];
        for (pattern, text, expected) in table {
            let regex = regex::Regex::new(&translated(pattern).unwrap());
            assert_eq!(regex.unwrap().is_match(text), expected, "{pattern} {text}");
        }
        for refused in ["a{1001}", r"\1", r"\Z", "(?x)a", "[a", r"a\"] {
            assert_eq!(translated(refused), None, "{refused}");
        }
    }
}
