//! The last steps from a word of a unit to what the program gets: specifiers, then variables.

use std::collections::BTreeMap;

use crate::model::Location;

use crate::node::budget::{Budget, SPENT};
use crate::node::flags::Argument;
use crate::node::template;
use crate::node::traced::{Cutting, Traced, Word};

/// The value of a variable, or why it is not known.
#[derive(Debug, Clone)]
pub enum Variable {
    /// The value.
    Known(Traced),
    /// Why it is not known.
    Unknown(String),
}

/// Turns words of `ExecStart=` into arguments.
pub struct Expander<'a> {
    /// The unit, without its suffix.
    pub unit: &'a str,
    /// The environment of the service.
    pub variables: &'a BTreeMap<String, Variable>,
    /// Whether variables stay as they are (the prefix `:`).
    pub literal: bool,
    /// How much may still be made of them.
    pub budget: Budget,
}

impl Expander<'_> {
    /// One word to the arguments it becomes: specifiers first, variables last.
    pub fn expand(&mut self, word: &Word, out: &mut Vec<Argument>) {
        let (text, unknown) = expand_specifiers(self.unit, &word.text);
        let plain = text.text();
        let place = Some(word.place.clone());
        let whole = plain.strip_prefix('$').filter(|rest| !self.literal && !rest.starts_with(['{', '$']));
        if let Some(name) = whole {
            match self.variables.get(name) {
                Some(Variable::Known(value)) if self.budget.take(value.len()) => {
                    out.extend(value.words(Cutting::Variable).0.into_iter().map(argument));
                }
                Some(Variable::Known(_)) => out.push(Argument { text: plain, place, unknown: Some(SPENT.to_owned()) }),
                Some(Variable::Unknown(reason)) => {
                    let unknown = Some(reason.clone());
                    out.push(Argument { text: plain, place, unknown });
                }
                None => {}
            }
            return;
        }
        let (text, own_place, missing) = if self.literal { (plain, None, None) } else { self.replace_braces(&plain) };
        let unknown = unknown.or(missing).or_else(|| template::reason(&text, false));
        out.push(Argument { text, place: own_place.or(place), unknown });
    }

    /// `${NAME}` replaced by the value as it is, `$$` by `$` (`replace_env`). The place is that of the value when it is the
    /// whole word.
    fn replace_braces(&mut self, text: &str) -> (String, Option<Location>, Option<String>) {
        let (mut out, mut place, mut unknown) = (String::new(), None, None);
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let name = from.strip_prefix("${").and_then(|inner| template::until(inner, '}'));
            if let Some((name, after)) = name.filter(|(name, _)| !name.contains(':')) {
                match self.variables.get(name) {
                    Some(Variable::Known(value)) if self.budget.take(value.len()) => {
                        out.push_str(&value.text());
                        place =
                            (rest == text && at == 0 && after.is_empty() && !value.is_empty()).then(|| value.place());
                    }
                    Some(variable) => {
                        out.push_str(from.get(..name.len() + 3).unwrap_or_default());
                        let reason = if let Variable::Unknown(reason) = variable { reason } else { SPENT };
                        unknown = Some(reason.to_owned());
                    }
                    None => {}
                }
                rest = after;
            } else {
                out.push('$');
                rest = from.strip_prefix("$$").or_else(|| from.strip_prefix('$')).unwrap_or_default();
            }
        }
        out.push_str(rest);
        (out, place, unknown)
    }
}

/// `%n` and the like, where their value is the same on every node; otherwise the reason why it is not known.
pub fn expand_specifiers(unit: &str, text: &Traced) -> (Traced, Option<String>) {
    let mut out = text.part(0, 0);
    let mut unknown = None;
    let mut at = 0;
    while let Some(c) = text.get(at) {
        let offset = text.part(at, at + 1);
        let specifier = text.get(at + 1).filter(|_| c == '%' && !text.starts_with(at, "%}"));
        let value = specifier.and_then(|letter| value_of_specifier(unit, letter));
        match (specifier, value) {
            (Some(_), Some(Some(value))) => {
                let start = offset.place().span.start;
                value.chars().for_each(|c| out.push(c, start));
            }
            (Some(letter), Some(None)) => {
                out.append(&text.part(at, at + 2));
                unknown = Some(format!("the specifier `%{letter}` is known on the node only"));
            }
            _ => {
                out.append(&offset);
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    (out, unknown)
}

/// The value of a specifier (systemd.unit(5)): `Some(None)` where only the node knows it, `None` for no specifier,
/// which systemd leaves as it is.
fn value_of_specifier(unit: &str, letter: char) -> Option<Option<String>> {
    let value = match letter {
        '%' => "%".to_owned(),
        'n' => format!("{unit}.service"),
        'N' | 'p' | 'P' | 'j' | 'J' => unit.to_owned(),
        'i' | 'I' => String::new(),
        't' => "/run".to_owned(),
        'S' => "/var/lib".to_owned(),
        'C' => "/var/cache".to_owned(),
        'L' => "/var/log".to_owned(),
        'E' => "/etc".to_owned(),
        'T' => "/tmp".to_owned(),
        'V' => "/var/tmp".to_owned(),
        'h' => "/root".to_owned(),
        'u' | 'g' => "root".to_owned(),
        'U' | 'G' => "0".to_owned(),
        'a' | 'A' | 'b' | 'B' | 'c' | 'd' | 'f' | 'H' | 'l' | 'm' | 'M' | 'o' | 'q' | 'r' | 'R' | 's' | 'v' | 'w'
        | 'W' | 'y' | 'Y' => return Some(None),
        _ => return None,
    };
    Some(Some(value))
}

fn argument(word: Word) -> Argument {
    let text = word.text.text();
    let unknown = template::reason(&text, false);
    Argument { text, place: Some(word.place), unknown }
}
