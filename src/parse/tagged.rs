//! A scalar with a tag in, its value out. Tags of YAML itself decide the type, those of others are ignored.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::scalar::Scalar;

const CORE: &str = "tag:yaml.org,2002:";

/// A scalar with a tag in its full form.
pub(super) fn read<'t>(tag: &str, text: Cow<'t, str>) -> Result<Scalar<'t>, String> {
    let wanted = match tag.strip_prefix(CORE) {
        Some("binary") => return binary(&text),
        Some(name @ ("bool" | "int" | "float" | "null" | "timestamp")) => name,
        _ => return Ok(Scalar::String(text)),
    };
    match (wanted, Scalar::plain(text)) {
        ("bool", scalar @ Scalar::Bool(_))
        | ("int", scalar @ (Scalar::Int(_) | Scalar::Uint(_)))
        | ("float", scalar @ Scalar::Float(_))
        | ("null", scalar @ Scalar::Null) => Ok(scalar),
        #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
        ("float", Scalar::Int(value)) => Ok(Scalar::Float(value as f64)),
        ("timestamp", Scalar::String(text)) if is_timestamp(&text) => Ok(Scalar::String(text)),
        _ => Err(format!("the value is not of the type that its tag `!!{wanted}` says")),
    }
}

fn binary(text: &str) -> Result<Scalar<'static>, String> {
    let bytes = base64(text).ok_or("the value of a `!!binary` is not base64")?;
    Ok(Scalar::String(Cow::Owned(go_string(&bytes))))
}

/// Go's `base64.StdEncoding`, which skips line ends and wants padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let body = digits.strip_suffix(b"==").or_else(|| digits.strip_suffix(b"=")).unwrap_or(&digits);
    if !digits.len().is_multiple_of(4) || digits.len() - body.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() * 3 / 4);
    for group in body.chunks(4) {
        let bits = group.iter().try_fold(0_u32, |bits, &digit| Some(bits << 6 | sextet(digit)?))?;
        let [_, first, second, third] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend([first, second, third].iter().take(group.len() * 3 / 4));
    }
    Some(bytes)
}

fn sextet(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Bytes as Go's encoding/json writes them: every byte that is no UTF-8 becomes one U+FFFD.
fn go_string(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks();
    chunks.fold(String::with_capacity(bytes.len()), |mut text, chunk| {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        text
    })
}

/// Whether go.yaml.in/yaml/v2 takes it for a time: `2006-1-2`, alone or with a time of day.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default()),
        None => (text, ""),
    };
    is_date(date) && (time.is_empty() || is_time(time))
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let (4, Some(year), Some(month), Some(day)) =
        (year.len(), within(year, 0..=9999), within(month, 1..=12), within(day, 1..=31))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    day <= match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_time(text: &str) -> bool {
    let (clock, zoned) = (text.get(1..).unwrap_or_default(), !text.starts_with(' '));
    let (clock, zone) = clock.split_at(clock.find(['Z', '+', '-']).unwrap_or(clock.len()));
    let mut parts = clock.split(':');
    let (Some(hour), Some(minute), Some(second), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
    let clock = within(hour, 0..=23).is_some() && within(minute, 0..=59).is_some() && within(second, 0..=59).is_some();
    let fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    clock && fraction && if zoned { is_zone(zone) } else { zone.is_empty() }
}

fn is_zone(text: &str) -> bool {
    let offset = text.strip_prefix(['+', '-']).and_then(|offset| offset.split_once(':'));
    text == "Z"
        || offset.is_some_and(|(hour, minute)| {
            hour.len() == 2 && minute.len() == 2 && within(hour, 0..=24).is_some() && within(minute, 0..=60).is_some()
        })
}

fn within(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = if digits { text.parse().ok()? } else { return None };
    (range.contains(&value) && (text.len() <= 2 || *range.end() > 99)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn json(scalar: Scalar<'_>) -> serde_json::Value {
        match scalar.into_value().unwrap() {
            Value::Null => json!(null),
            Value::Bool(value) => json!(value),
            Value::Number(number) => json!(number),
            Value::String(text) => json!(text),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tags_of_yaml_count_and_those_of_others_do_not() {
        let table = [
            ("int", "17", Some(json!(17))),
            ("int", "1.5", None),
            ("float", "1", Some(json!(1))),
            ("float", "x", None),
            ("bool", "yes", Some(json!(true))),
            ("bool", "1", None),
            ("null", "", Some(json!(null))),
            ("null", "x", None),
            ("str", "017", Some(json!("017"))),
            ("binary", "aGk=", Some(json!("hi"))),
            ("binary", "/w==", Some(json!("\u{FFFD}"))),
            ("binary", "aGk", None),
            ("binary", "====", None),
            ("timestamp", "2001-1-2", Some(json!("2001-1-2"))),
            ("timestamp", "2001-12-14t21:59:43.10-05:00", Some(json!("2001-12-14t21:59:43.10-05:00"))),
            ("timestamp", "2001-02-29", None),
            ("timestamp", "soon", None),
            ("set", "1", Some(json!("1"))),
        ];
        for (tag, text, value) in table {
            let read = read(&format!("{CORE}{tag}"), text.into());
            assert_eq!(read.ok().map(json), value, "{tag} {text}");
        }
        assert_eq!(json(read("!", "12".into()).unwrap()), json!("12"));
        assert_eq!(json(read("!int", "12".into()).unwrap()), json!("12"));
    }
}
