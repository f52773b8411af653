//! Comparisons, and the built-in functions that rules choose by, for arguments that are known.

use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

/// What a comparison of two values comes to.
pub(super) fn compare(operator: &str, left: &Json, right: &Json) -> Option<bool> {
    let numbers = || Some((left.as_f64()?, right.as_f64()?));
    Some(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => numbers().map(|(left, right)| left < right)?,
        "<=" => numbers().map(|(left, right)| left <= right)?,
        ">" => numbers().map(|(left, right)| left > right)?,
        ">=" => numbers().map(|(left, right)| left >= right)?,
        _ => return None,
    })
}

/// The value of a function whose arguments are known; the ones that rules choose by.
pub(super) fn function(name: &str, arguments: &[&Json]) -> Option<Json> {
    let texts: Option<Vec<&str>> = arguments.iter().map(|one| one.as_str()).collect();
    let texts = texts.unwrap_or_default();
    Some(match (name, texts.as_slice(), arguments) {
        ("contains", [text, part], _) => text.contains(part).into(),
        ("startswith", [text, part], _) => text.starts_with(part).into(),
        ("endswith", [text, part], _) => text.ends_with(part).into(),
        ("regex.match" | "re_match", [pattern, text], _) => regex(pattern)?.is_match(text).into(),
        ("regex.find_n" | "regex.find_all_string_submatch_n", _, [Json::String(pattern), Json::String(text), _]) => {
            regex(pattern)?.find_iter(text).map(|found| found.as_str()).collect()
        }
        ("concat", _, [Json::String(between), Json::Array(parts)]) => {
            parts.iter().map(Json::as_str).collect::<Option<Vec<_>>>()?.join(between).into()
        }
        ("sprintf", _, [Json::String(text), Json::Array(parts)]) => printed(text, parts)?.into(),
        ("trim_prefix", [text, part], _) => text.strip_prefix(part).unwrap_or(text).into(),
        ("trim_suffix", [text, part], _) => text.strip_suffix(part).unwrap_or(text).into(),
        ("lower", [text], _) => text.to_lowercase().into(),
        ("upper", [text], _) => text.to_uppercase().into(),
        ("array.concat", _, [Json::Array(one), Json::Array(other)]) => {
            Json::Array([one.clone(), other.clone()].concat())
        }
        ("count", _, [Json::Array(items)]) => items.len().into(),
        ("count", _, [Json::Object(members)]) => members.len().into(),
        ("is_array", _, [value]) => value.is_array().into(),
        ("is_object", _, [value]) => value.is_object().into(),
        ("is_string", _, [value]) => value.is_string().into(),
        ("is_null", _, [value]) => value.is_null().into(),
        _ => return None,
    })
}

/// A text with strings in it, by `%s` and `%v`; other ways of printing are not known here.
fn printed(text: &str, parts: &[Json]) -> Option<String> {
    let mut pieces = text.split('%');
    let mut printed = pieces.next()?.to_owned();
    let mut parts = parts.iter();
    for piece in pieces {
        printed.push_str(parts.next()?.as_str()?);
        printed.push_str(piece.strip_prefix(['s', 'v'])?);
    }
    Some(printed)
}

fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()
}
