//! What is known of the message of a clause before it is evaluated: the parts of it that are always the same.

use serde::{Deserialize, Serialize};

use super::{Expr, Form, Literal, Rule};

/// The parts that are written out, with something unknown between each two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Template {
    parts: Vec<String>,
    pairs: Pairs,
}

/// A message that may be of several templates.
pub struct Message<'m> {
    text: &'m str,
    pairs: Pairs,
}

/// Which pairs of neighbouring bytes a text has, as far as 64 bits tell: a text without those of a part does not have the part.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pairs(u64);

impl Template {
    /// The template of what a clause says.
    pub fn of(rule: &Rule) -> Self {
        let output = match &rule.form {
            Form::Set(output) => Self::read(rule, output, 0),
            _ => None,
        };
        output.unwrap_or_else(|| Self::from(vec![String::new(); 2]))
    }

    /// Whether a message may be of it.
    pub fn fits<'a>(&self, message: &Message<'a>) -> bool {
        if self.pairs.0 & !message.pairs.0 != 0 {
            return false;
        }
        let ahead = |text: &'a str, part: &String| text.rsplit_once(part.as_str()).map(|(rest, _)| rest);
        match self.parts.as_slice() {
            [] => false,
            [only] => message.text == only,
            [first, middle @ .., last] => {
                let inner = message.text.strip_suffix(last.as_str()).and_then(|rest| rest.strip_prefix(first.as_str()));
                inner.is_some_and(|inner| middle.iter().rev().try_fold(inner, ahead).is_some())
            }
        }
    }

    fn read(rule: &Rule, output: &Expr, depth: usize) -> Option<Self> {
        match output {
            Expr::Scalar(value) => Some(vec![value.as_str()?.to_owned()].into()),
            Expr::Call(name, arguments, _) if name == "sprintf" => Some(Self::of_format(arguments.first()?.word()?)),
            Expr::Object(members) => {
                let message = members.iter().find(|(key, _)| *key == Expr::text("msg"));
                Self::read(rule, &message?.1, depth)
            }
            Expr::Var(name) if depth == 0 => {
                let body = rule.bodies.first()?;
                let values = body.statements.iter().filter_map(|statement| match &statement.literal {
                    Literal::Holds(Expr::Binary(":=" | "=", left, right)) if left.var() == Some(name) => Some(&**right),
                    _ => None,
                });
                let [value] = values.collect::<Vec<_>>()[..] else { return None };
                Self::read(rule, value, depth + 1)
            }
            _ => None,
        }
    }

    /// Up to each `%`, and what follows the letter of its verb.
    fn of_format(format: &str) -> Self {
        let mut parts = format.split('%');
        let first = parts.next().map(str::to_owned);
        let behind = |part: &str| {
            let verb = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
            part.get(verb..).unwrap_or_default().to_owned()
        };
        first.into_iter().chain(parts.map(behind)).collect::<Vec<_>>().into()
    }
}

impl From<Vec<String>> for Template {
    fn from(parts: Vec<String>) -> Self {
        let pairs = parts.iter().fold(0, |pairs, part| pairs | Pairs::of(part).0);
        Self { parts, pairs: Pairs(pairs) }
    }
}

impl From<Template> for Vec<String> {
    fn from(template: Template) -> Self {
        template.parts
    }
}

impl<'m> Message<'m> {
    /// This one.
    pub fn new(text: &'m str) -> Self {
        Self { text, pairs: Pairs::of(text) }
    }
}

impl Pairs {
    fn of(text: &str) -> Self {
        let bit = |pair: &[u8]| pair.iter().fold(0_u8, |all, byte| all.wrapping_mul(37).wrapping_add(*byte)) % 64;
        Self(text.as_bytes().windows(2).fold(0, |all, pair| all | 1 << bit(pair)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_be_of_a_format_that_has_its_words() {
        let table = [
            ("pod %s runs as root", "pod web runs as root", true),
            ("pod %s runs as root", "pod web runs as root now", false),
            ("%s %q lacks labels %v", "Pod \"web\" lacks labels {\"app\"}", true),
            ("%s %q lacks labels %v", "Container \"web\" has no CPU limit", false),
            ("%s", "anything", true),
            ("%5.2f%% of it", "12.00% of it", true),
            ("%[2]d of %[1]d", "1 of 2", true),
            ("a%sa", "a", false),
            ("no verb", "no verb", true),
            ("no verb", "no verbs", false),
        ];
        for (format, message, expected) in table {
            assert_eq!(Template::of_format(format).fits(&Message::new(message)), expected, "{format} {message}");
        }
    }
}
