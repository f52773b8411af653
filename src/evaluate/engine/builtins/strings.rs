//! Functions on text: regular expressions beyond the engine's limit, and what it lacks or counts otherwise.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};
use regorus::Value;

use super::{pattern, text};

/// The largest compiled regular expression; RE2 in OPA has no such limit.
const REGEX_BYTES: usize = 16 << 20;
/// The largest one that is kept, and how many are.
const SMALL_REGEX_BYTES: usize = 1 << 20;
const MOST_REGEXES: usize = 64;

/// To compile an expression takes a thousand times as long as to ask it of a name, and a clone of one begins anew.
fn regex(pattern: &str) -> Option<Rc<Regex>> {
    thread_local! {
        static COMPILED: RefCell<BTreeMap<String, Rc<Regex>>> = const { RefCell::new(BTreeMap::new()) };
    }
    let build = |limit| {
        let translated = pattern::translated(pattern)?;
        RegexBuilder::new(&translated).size_limit(limit).build().ok().map(Rc::new)
    };
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(known) = compiled.get(pattern) {
            return Some(Rc::clone(known));
        }
        let Some(small) = build(SMALL_REGEX_BYTES) else { return build(REGEX_BYTES) };
        if compiled.len() == MOST_REGEXES {
            compiled.clear();
        }
        compiled.insert(pattern.to_owned(), Rc::clone(&small));
        Some(small)
    })
}

/// What comes of a compiled pattern and a text, at these places of the arguments.
fn with_regex(args: &[Value], pattern: usize, of: usize, make: impl Fn(&regex::Regex, &str) -> Value) -> Value {
    let both = text(args, pattern).and_then(regex).zip(text(args, of));
    both.map_or(Value::Undefined, |(regex, text)| make(&regex, text))
}

fn strings<'a>(found: impl Iterator<Item = &'a str>) -> Value {
    Value::from(found.map(Value::from).collect::<Vec<_>>())
}

/// How many are wanted; below zero all.
fn most(args: &[Value]) -> Option<usize> {
    Some(usize::try_from(args.get(2)?.as_i64().ok()?).unwrap_or(usize::MAX))
}

/// `regex.is_valid(pattern)`
pub fn regex_is_valid(args: &[Value]) -> Value {
    Value::Bool(text(args, 0).is_some_and(|pattern| regex(pattern).is_some()))
}

/// `regex.match(pattern, text)`
pub fn regex_match(args: &[Value]) -> Value {
    with_regex(args, 0, 1, |regex, text| Value::Bool(regex.is_match(text)))
}

/// `regex.find_n(pattern, text, most)`
pub fn regex_find(args: &[Value]) -> Value {
    let Some(most) = most(args) else { return Value::Undefined };
    with_regex(args, 0, 1, |regex, text| strings(regex.find_iter(text).take(most).map(|found| found.as_str())))
}

/// `regex.find_all_string_submatch_n(pattern, text, most)`
pub fn regex_submatches(args: &[Value]) -> Value {
    let Some(most) = most(args) else { return Value::Undefined };
    let groups = |groups: regex::Captures<'_>| {
        Value::from(
            groups.iter().map(|group| Value::from(group.map_or("", |group| group.as_str()))).collect::<Vec<_>>(),
        )
    };
    with_regex(args, 0, 1, |regex, text| {
        Value::from(regex.captures_iter(text).take(most).map(groups).collect::<Vec<_>>())
    })
}

/// `regex.replace(text, pattern, replacement)`
pub fn regex_replace(args: &[Value]) -> Value {
    let Some(with) = text(args, 2) else { return Value::Undefined };
    with_regex(args, 1, 0, |regex, text| Value::from(regex.replace_all(text, with).into_owned()))
}

/// `regex.split(pattern, text)`
pub fn regex_split(args: &[Value]) -> Value {
    with_regex(args, 0, 1, |regex, text| strings(regex.split(text)))
}

/// `strings.count(text, part)`: the ones that do not overlap; the engine's own counts others too, and fails on an empty part.
pub fn count(args: &[Value]) -> Value {
    let many = match (text(args, 0), text(args, 1)) {
        (Some(text), Some("")) => text.chars().count() + 1,
        (Some(text), Some(part)) => text.matches(part).count(),
        _ => return Value::Undefined,
    };
    i64::try_from(many).map_or(Value::Undefined, Value::from)
}

/// `strings.split_n(text, delimiter, most)`: the first parts or, with a number below zero, the last ones.
pub fn split_n(args: &[Value]) -> Value {
    let most = args.get(2).and_then(|number| number.as_i64().ok());
    let (Some(text), Some(by), Some(most)) = (text(args, 0), text(args, 1), most) else { return Value::Undefined };
    let parts: Vec<String> = match by {
        "" => text.chars().map(String::from).collect(),
        by => text.split(by).map(str::to_owned).collect(),
    };
    let many = usize::try_from(most.unsigned_abs()).unwrap_or(usize::MAX);
    let skipped = if most < 0 { parts.len().saturating_sub(many) } else { 0 };
    strings(parts.iter().skip(skipped).take(many).map(String::as_str))
}

/// `strings.replace_n(patterns, text)`: at each place the first pattern that fits; what was put in is not looked at again.
pub fn replace_n(args: &[Value]) -> Value {
    let (Some(Value::Object(patterns)), Some(text)) = (args.first(), text(args, 1)) else { return Value::Undefined };
    let mut pairs = Vec::new();
    for (from, to) in patterns.iter() {
        let (Value::String(from), Value::String(to)) = (from, to) else { return Value::Undefined };
        pairs.push((from.as_ref(), to.as_ref()));
    }
    let (mut out, mut rest) = (String::new(), text);
    loop {
        let fits = pairs.iter().find_map(|(from, to): &(&str, &str)| Some((*from, *to, rest.strip_prefix(*from)?)));
        match fits {
            Some((from, to, behind)) if !from.is_empty() => {
                out.push_str(to);
                rest = behind;
                continue;
            }
            // An empty pattern fits in front of every character.
            Some((_, to, _)) => out.push_str(to),
            None => {}
        }
        let mut letters = rest.chars();
        let Some(letter) = letters.next() else { return Value::from(out) };
        out.push(letter);
        rest = letters.as_str();
    }
}

/// `to_number(value)`: the engine's own takes spaces around the digits, and signs in between.
pub fn to_number(args: &[Value]) -> Value {
    match args.first() {
        Some(Value::Null) => Value::from(0_u64),
        Some(Value::Bool(value)) => Value::from(u64::from(*value)),
        Some(Value::String(text)) if text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c)) => {
            Value::from_numeric_string(text).unwrap_or(Value::Undefined)
        }
        Some(number @ Value::Number(_)) => number.clone(),
        _ => Value::Undefined,
    }
}

/// `json.marshal(value)`: Go writes three characters so that no page takes them for markup.
pub fn json(args: &[Value]) -> Value {
    let text = args.first().map(Value::to_string);
    let escaped = |text: String| {
        let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        Value::from(text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
    };
    text.map_or(Value::Undefined, escaped)
}
