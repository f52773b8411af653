//! What is known of the message of a clause before it is evaluated: the parts of it that are always the same.

use serde::{Deserialize, Serialize};

use super::{Expr, Form, Literal, Rule};

/// The parts that are written out, with something unknown between each two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template(Vec<String>);

impl Template {
    /// The template of what a clause says.
    pub fn of(rule: &Rule) -> Self {
        let output = match &rule.form {
            Form::Set(output) => Self::read(rule, output, 0),
            _ => None,
        };
        output.unwrap_or_else(|| Self(vec![String::new(); 2]))
    }

    /// Whether a message may be of it.
    pub fn fits<'a>(&self, message: &'a str) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return false };
        let Some((last, middle)) = rest.split_last() else { return message == first };
        // The ends of messages differ more than their beginnings.
        let inner = message.strip_suffix(last.as_str()).and_then(|rest| rest.strip_prefix(first.as_str()));
        let behind = |text: &'a str, part: &String| text.split_once(part.as_str()).map(|(_, rest)| rest);
        inner.is_some_and(|inner| middle.iter().try_fold(inner, behind).is_some())
    }

    fn read(rule: &Rule, output: &Expr, depth: usize) -> Option<Self> {
        match output {
            Expr::Scalar(value) => Some(Self(vec![value.as_str()?.to_owned()])),
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
        Self(first.into_iter().chain(parts.map(behind)).collect())
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
            assert_eq!(Template::of_format(format).fits(message), expected, "{format} {message}");
        }
    }
}
