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

impl<'t> Scalar<'t> {
    /// A plain scalar without a tag.
    pub(super) fn plain(text: Cow<'t, str>) -> Self {
        match word(&text).or_else(|| number(&text)) {
            Some(scalar) => scalar,
            None => Self::String(text),
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
