//! The text of a scalar in, the value that Kubernetes reads out: the rules of sigs.k8s.io/yaml, which are those of
//! go.yaml.in/yaml/v2 (`resolve.go`) followed by a conversion to JSON. YAML 1.2 would read many of them otherwise.

use std::borrow::Cow;

use serde_json::Number;

use crate::model::Value;

/// What a scalar is before it becomes a value or a key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number beyond `i64`.
    Uint(u64),
    Float(f64),
    String(Cow<'t, str>),
}

const CORE: &str = "tag:yaml.org,2002:";

impl<'t> Scalar<'t> {
    /// A plain scalar without a tag.
    pub(super) fn plain(text: Cow<'t, str>) -> Self {
        match word(&text).or_else(|| number(&text)) {
            Some(scalar) => scalar,
            None => Self::String(text),
        }
    }

    /// A scalar with a tag, resolved to its full form; tags of others are ignored.
    pub(super) fn tagged(tag: &str, text: Cow<'t, str>) -> Result<Self, String> {
        let wanted = match tag.strip_prefix(CORE) {
            Some("binary") => return binary(&text),
            Some(name @ ("bool" | "int" | "float" | "null" | "timestamp")) => name,
            _ => return Ok(Self::String(text)),
        };
        match (wanted, Self::plain(text)) {
            ("bool", scalar @ Self::Bool(_))
            | ("int", scalar @ (Self::Int(_) | Self::Uint(_)))
            | ("float", scalar @ Self::Float(_))
            | ("null", scalar @ Self::Null) => Ok(scalar),
            #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
            ("float", Self::Int(value)) => Ok(Self::Float(value as f64)),
            ("timestamp", Self::String(text)) if is_timestamp(&text) => Ok(Self::String(text)),
            (_, scalar) => Err(format!("{} is not of the type that its tag `!!{wanted}` says", scalar.describe())),
        }
    }

    /// A number that has been read before.
    pub(super) fn of_number(number: &Number) -> Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Self::Int(value),
            (None, Some(value)) => Self::Uint(value),
            (None, None) => Self::Float(number.as_f64().unwrap_or_default()),
        }
    }

    /// The value in JSON.
    pub(super) fn into_value(self) -> Result<Value, String> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Number(value.into()),
            Self::Uint(value) => Value::Number(value.into()),
            Self::Float(value) => Value::Number(json_number(value).ok_or("infinity and NaN do not exist in JSON")?),
            Self::String(text) => Value::String(text.into()),
        })
    }

    /// The key in JSON, which is always a string.
    pub(super) fn into_key(self) -> Result<Box<str>, String> {
        Ok(match self {
            Self::Null => return Err("a key cannot be null".to_owned()),
            Self::Uint(value) => return Err(format!("{value} is too large for a key")),
            Self::Bool(value) => value.to_string().into(),
            Self::Int(value) => value.to_string().into(),
            Self::Float(value) => float_key(value).into(),
            Self::String(text) => text.into(),
        })
    }

    fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Uint(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::String(_) => "a string".to_owned(),
        }
    }
}

/// A number as Go's encoding/json writes a float64: whole ones as integers.
pub(super) fn json_number(value: f64) -> Option<Number> {
    let whole = (value.fract() == 0.0 && value.abs() < 1e21).then(|| value.to_string());
    let integer = whole
        .and_then(|text| text.parse::<i64>().map(Into::into).or_else(|_| text.parse::<u64>().map(Into::into)).ok());
    integer.or_else(|| Number::from_f64(value))
}

fn word(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Option<Scalar<'static>> {
    match text.as_bytes().first()? {
        b'.' => float(&without_underscores(text)?),
        b'+' | b'-' | b'0'..=b'9' => {
            let plain = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
            integer(&plain).or_else(|| float(&plain)).or_else(|| signed_binary(&plain))
        }
        _ => None,
    }
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, text.get(1..)?),
        b'+' => (false, true, text.get(1..)?),
        _ => (false, false, text),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = match digits.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => u64::from_str_radix(digits.get(2..)?, 2),
        [b'0', b'o' | b'O', _, ..] => u64::from_str_radix(digits.get(2..)?, 8),
        [b'0', b'x' | b'X', _, ..] => u64::from_str_radix(digits.get(2..)?, 16),
        [b'0'] => Ok(0),
        [b'0', ..] => u64::from_str_radix(digits.get(1..)?, 8),
        _ => digits.parse(),
    };
    let magnitude = magnitude.ok()?;
    let value = if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
    match value {
        Some(value) => Some(Scalar::Int(value)),
        None => (!signed).then_some(Scalar::Uint(magnitude)),
    }
}

/// Go takes an underscore in a number when a digit stands on either side.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    let between = |window: &[u8]| match window {
        [before, b'_', after] => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => true,
    };
    let fine = bytes.windows(3).all(between) && bytes.last() != Some(&b'_');
    fine.then(|| if bytes.contains(&b'_') { text.replace('_', "").into() } else { text.into() })
}

fn float(text: &str) -> Option<Scalar<'static>> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'));
    let value: f64 = if digits { text.parse().ok()? } else { return None };
    value.is_finite().then_some(Scalar::Float(value))
}

/// `0b-1` is -1: a last attempt of go.yaml.in/yaml/v2 that lets a sign through.
fn signed_binary(text: &str) -> Option<Scalar<'static>> {
    i64::from_str_radix(text.strip_prefix("0b")?, 2).ok().map(Scalar::Int)
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`, and the words of YAML for what is no number.
fn float_key(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "sigs.k8s.io/yaml formats keys with 32 bits")]
    let narrow = value as f32;
    if narrow.is_nan() {
        return ".nan".to_owned();
    }
    if narrow.is_infinite() {
        return if narrow > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{narrow:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or_default() {
        -4..=5 => narrow.to_string(),
        exponent => format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
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
    if digits.len() % 4 != 0 || digits.len() - body.len() > 2 {
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

fn within(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = if digits { text.parse().ok()? } else { return None };
    (range.contains(&value) && (text.len() <= 2 || *range.end() > 99)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn plain_scalars_are_read_as_kubernetes_reads_them() {
        let table = [
            ("", json!(null)),
            ("~", json!(null)),
            ("Null", json!(null)),
            ("nUll", json!("nUll")),
            ("y", json!(true)),
            ("OFF", json!(false)),
            ("oFF", json!("oFF")),
            ("017", json!(15)),
            ("0o17", json!(15)),
            ("08", json!(8)),
            ("0x1F", json!(31)),
            ("-0x1", json!(-1)),
            ("0x", json!("0x")),
            ("0b101", json!(5)),
            ("-0b11", json!(-3)),
            ("0b-1", json!(-1)),
            ("0b2", json!("0b2")),
            ("+1", json!(1)),
            ("+", json!("+")),
            ("1_000", json!(1000)),
            ("_1", json!("_1")),
            (".5", json!(0.5)),
            (".1_5", json!(0.15)),
            ("._5", json!("._5")),
            ("1.", json!(1)),
            (".", json!(".")),
            ("1e3", json!(1000)),
            ("1e400", json!("1e400")),
            ("1e-400", json!(0)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("-9223372036854775809", json!(-9_223_372_036_854_776_000.0)),
            ("18446744073709551615", json!(u64::MAX)),
            ("+18446744073709551615", json!(18_446_744_073_709_552_000.0)),
            ("190:20:30", json!("190:20:30")),
            ("2001-12-14", json!("2001-12-14")),
            ("1.2.3", json!("1.2.3")),
            ("infinity", json!("infinity")),
            ("<<", json!("<<")),
        ];
        for (text, value) in table {
            assert_eq!(json(Scalar::plain(text.into())), value, "{text}");
        }
        for text in [".inf", "-.Inf", "+.INF", ".NaN"] {
            assert!(Scalar::plain(text.into()).into_value().is_err(), "{text}");
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
            let read = Scalar::tagged(&format!("{CORE}{tag}"), text.into());
            assert_eq!(read.ok().map(json), value, "{tag} {text}");
        }
        assert_eq!(json(Scalar::tagged("!", "12".into()).unwrap()), json!("12"));
        assert_eq!(json(Scalar::tagged("!int", "12".into()).unwrap()), json!("12"));
    }

    #[test]
    fn keys_become_strings() {
        let table = [
            ("on", Some("true")),
            ("017", Some("15")),
            ("-1", Some("-1")),
            ("1.50", Some("1.5")),
            ("0.1", Some("0.1")),
            ("123456.5", Some("123456.5")),
            ("1.0", Some("1")),
            ("1e5", Some("100000")),
            ("1e6", Some("1e+06")),
            ("16777217.5", Some("1.6777218e+07")),
            ("0.00001", Some("1e-05")),
            (".inf", Some(".inf")),
            ("~", None),
            ("18446744073709551615", None),
        ];
        for (text, key) in table {
            assert_eq!(Scalar::plain(text.into()).into_key().ok().as_deref(), key, "{text}");
        }
    }
}
