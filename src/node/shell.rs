//! The words of a script of `sh -c`, as far as they can be known without running it.

use std::ops::Range;

use super::budget::Budget;
use super::template::until;

/// A word of a simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word with its quotes resolved.
    pub text: String,
    /// Its bytes in the script.
    pub range: Range<usize>,
    /// Why the word is only known to the shell that runs it.
    pub unknown: Option<String>,
}

/// The simple commands of a script, without redirections; variables are looked up with `variable`.
///
/// Control structures are not understood: their words appear as commands of their own.
pub fn commands<'a>(script: &str, variable: &dyn Fn(&str) -> Option<Result<&'a str, &'a str>>) -> Vec<Vec<Word>> {
    let mut reader =
        Reader { script, at: 0, variable, commands: vec![Vec::new()], redirected: false, budget: Budget::default() };
    reader.run();
    reader.commands.into_iter().filter(|words| !words.is_empty()).collect()
}

struct Reader<'s, 'v, 'a> {
    script: &'s str,
    at: usize,
    variable: &'v dyn Fn(&str) -> Option<Result<&'a str, &'a str>>,
    commands: Vec<Vec<Word>>,
    /// Whether the next word is the target of a redirection.
    redirected: bool,
    budget: Budget,
}

impl Reader<'_, '_, '_> {
    fn run(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.rest().starts_with("\\\n") => self.at += 2,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '&' if self.rest().starts_with("&>") => self.redirect(2),
                '\n' | ';' | '&' | '|' | '(' | ')' => {
                    self.at += 1;
                    self.redirected = false;
                    self.commands.push(Vec::new());
                }
                '>' | '<' => self.redirect(1),
                _ => self.word(),
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        self.script.get(self.at..).unwrap_or_default()
    }

    fn redirect(&mut self, length: usize) {
        self.at += length;
        self.at += self.rest().len() - self.rest().trim_start_matches(['>', '<', '&', '|']).len();
        self.redirected = true;
    }

    fn word(&mut self) {
        let start = self.at;
        let mut word = Word { text: String::new(), range: start..start, unknown: None };
        let mut quote = None;
        while let Some(c) = self.peek() {
            match (c, quote) {
                ('\'', None) | ('"', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                ('\\', None | Some('"')) => {
                    self.at += 1;
                    self.escaped(quote.is_some(), &mut word.text);
                    continue;
                }
                ('$' | '`', None | Some('"')) => {
                    self.substitution(c, quote.is_none(), &mut word);
                    continue;
                }
                (' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>', None) => break,
                ('*' | '?' | '[' | '~', None) if c != '~' || word.text.is_empty() => {
                    word.unknown = word.unknown.or(Some("the shell may expand this to names of files".to_owned()));
                    word.text.push(c);
                }
                (c, _) => word.text.push(c),
            }
            self.at += c.len_utf8();
        }
        word.range = start..self.at;
        let number = word.text.bytes().all(|byte| byte.is_ascii_digit()) && self.rest().starts_with(['<', '>']);
        if self.redirected {
            self.redirected = false;
        } else if !number && let Some(command) = self.commands.last_mut() {
            command.push(word);
        }
    }

    fn escaped(&mut self, quoted: bool, text: &mut String) {
        let Some(c) = self.peek() else {
            text.push('\\');
            return;
        };
        self.at += c.len_utf8();
        if c == '\n' {
            return;
        }
        if quoted && !matches!(c, '$' | '`' | '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }

    /// `$NAME`, `${NAME}`, `$(command)`, `` `command` `` and the like.
    fn substitution(&mut self, first: char, splits: bool, word: &mut Word) {
        let rest = self.rest();
        let name_length =
            |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let after = rest.get(1..).unwrap_or_default();
        let braced = after.strip_prefix('{').and_then(|inner| Some((until(inner, '}')?.0, 3)));
        let bare = after.get(..name_length(after)).filter(|name| !name.is_empty()).map(|name| (name, 1));
        let named =
            braced.or(bare).filter(|(name, _)| first == '$' && name_length(name) == name.len() && !name.is_empty());
        if let Some((name, more)) = named {
            let (name, length) = (name.to_owned(), name.len() + more);
            let written = rest.get(..length).unwrap_or_default().to_owned();
            self.at += length;
            match (self.variable)(&name) {
                Some(Ok(value)) if self.stays_one_word(value, splits) => word.text.push_str(value),
                Some(Err(reason)) => self.unknown(word, &written, reason),
                _ => self.unknown(
                    word,
                    &written,
                    "the shell that runs this knows the variable, and the repository does not",
                ),
            }
            return;
        }
        let close = match (first, after.chars().next()) {
            ('`', _) => until(after, '`').map(|(inner, _)| inner.len() + 2),
            ('$', Some('(')) => until(rest, ')').map(|(inner, _)| inner.len() + 1),
            ('$', Some('{')) => until(rest, '}').map(|(inner, _)| inner.len() + 1),
            _ => None,
        };
        let length = close.unwrap_or(1);
        let written = rest.get(..length).unwrap_or_default().to_owned();
        self.at += length;
        if length == 1 {
            word.text.push(first);
        } else {
            self.unknown(word, &written, "only the shell that runs this knows the value");
        }
    }

    fn stays_one_word(&mut self, value: &str, splits: bool) -> bool {
        !(splits && value.contains([' ', '\t', '\n', '*', '?', '['])) && self.budget.take(value.len())
    }

    fn unknown(&self, word: &mut Word, written: &str, reason: &str) {
        word.text.push_str(written);
        word.unknown = Some(reason.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(script: &str) -> Vec<Vec<String>> {
        let variable = |name: &str| (name == "A").then_some(Ok("v"));
        let commands = commands(script, &variable);
        let text = |word: &Word| if word.unknown.is_some() { format!("?{}", word.text) } else { word.text.clone() };
        commands.iter().map(|words| words.iter().map(text).collect()).collect()
    }

    #[test]
    fn words_quotes_and_redirections() {
        let script = "set -e; mkdir -p /x && exec /bin/kube-apiserver --a='b c' --d=\"$A\\\"\" \\\n  --e 1>>/var/log/x 2>&1 | tee f # end\n";
        let expected = [
            vec!["set", "-e"],
            vec!["mkdir", "-p", "/x"],
            vec!["exec", "/bin/kube-apiserver", "--a=b c", "--d=v\"", "--e"],
            vec!["tee", "f"],
        ];
        assert_eq!(read(script), expected);
    }

    #[test]
    fn what_only_the_shell_knows() {
        assert_eq!(
            read("x --a=$B --b=${A} --c=$(hostname) --d=`id` --e=a$ ${A:-b} *"),
            [["x", "?--a=$B", "--b=v", "?--c=$(hostname)", "?--d=`id`", "--e=a$", "?${A:-b}", "?*"]]
        );
    }
}
