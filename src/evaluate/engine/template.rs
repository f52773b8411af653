//! Template strings (`$"…{x}…"`, OPA 1.12), which the engine's parser does not know: the text comes in, and goes out with a call in the
//! place of each. An expression becomes a comprehension, as in OPA's compiler, so that an undefined one leaves the rest standing.

use super::Fault;
use super::text::MOST_NESTED;

/// The function that makes the text of one.
pub const TEMPLATE: &str = "internal.template_string";

/// The text without template strings, each line where it was.
///
/// # Errors
/// The line of a template string that does not end, or that is empty in braces.
pub fn spelled_out(text: &str) -> Result<String, Fault> {
    if !text.contains("$\"") && !text.contains("$`") {
        return Ok(text.to_owned());
    }
    let mut reader = Reader { rest: text.chars().peekable(), out: String::new(), line: 1, count: 0, depth: 0 };
    while reader.rest.peek().is_some() {
        reader.code(false)?;
    }
    Ok(reader.out)
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    line: u32,
    count: usize,
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += u32::from(next == Some('\n'));
        next
    }

    fn fault(&self, message: &str) -> Fault {
        Fault { line: Some(self.line), message: message.to_owned(), is_slow: false }
    }

    /// Copies code up to its end, or up to the brace that closes an expression.
    fn code(&mut self, is_inside: bool) -> Result<(), Fault> {
        let mut open = 0_usize;
        while let Some(character) = self.next() {
            match character {
                '}' if is_inside && open == 0 => return Ok(()),
                '$' => match self.rest.peek() {
                    Some('"') => self.template('"')?,
                    Some('`') => self.template('`')?,
                    _ => self.out.push('$'),
                },
                '"' | '`' => self.string(character),
                '#' => {
                    self.out.push('#');
                    while let Some(letter) = self.rest.next_if(|letter| *letter != '\n') {
                        self.out.push(letter);
                    }
                }
                other => {
                    match other {
                        '{' | '[' | '(' => open += 1,
                        '}' | ']' | ')' => open = open.saturating_sub(1),
                        _ => {}
                    }
                    self.out.push(other);
                }
            }
        }
        if is_inside { Err(self.fault("a template string does not end")) } else { Ok(()) }
    }

    /// Copies the rest of a string; the engine's parser says it when one does not end.
    fn string(&mut self, quote: char) {
        self.out.push(quote);
        while let Some(character) = self.next() {
            self.out.push(character);
            match character {
                '\\' if quote == '"' => {
                    let escaped = self.next();
                    self.out.extend(escaped);
                }
                '\n' if quote == '"' => return,
                other if other == quote => return,
                _ => {}
            }
        }
    }

    fn template(&mut self, quote: char) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err(self.fault(&format!("template strings are nested more than {MOST_NESTED} deep")));
        }
        self.next();
        let start = self.out.len();
        let mut has_expression = false;
        while !self.words(quote)? {
            has_expression = true;
            self.count += 1;
            let name = format!("__template{}", self.count);
            self.out.push_str(&format!(", {{{name} | {name} := "));
            let before = self.out.len();
            self.code(true)?;
            if self.out.get(before..).unwrap_or_default().trim().is_empty() {
                return Err(self.fault("an expression of a template string is empty"));
            }
            self.out.push_str("}, ");
        }
        if has_expression {
            self.out.insert_str(start, &format!("{TEMPLATE}(["));
            self.out.push_str("])");
        }
        self.depth -= 1;
        Ok(())
    }

    /// Writes the words up to the next expression, or to the end, which it tells.
    fn words(&mut self, quote: char) -> Result<bool, Fault> {
        let (mut words, mut lines) = (String::new(), 0);
        let is_last = loop {
            match self.next() {
                None => return Err(self.fault("a template string does not end")),
                Some('\n') if quote == '"' => return Err(self.fault("a template string does not end on its line")),
                Some('{') => break false,
                Some(character) if character == quote => break true,
                Some('\\') if self.rest.next_if_eq(&'{').is_some() => words.push('{'),
                Some('\\') if quote == '"' => {
                    words.push('\\');
                    let escaped = self.next();
                    words.extend(escaped);
                }
                Some(character) => {
                    lines += usize::from(character == '\n');
                    words.push(character);
                }
            }
        };
        match quote {
            '"' => self.out.push_str(&format!("\"{words}\"")),
            _ => self.out.push_str(&serde_json::Value::String(words).to_string()),
        }
        self.out.push_str(&"\n".repeat(lines));
        Ok(is_last)
    }
}
