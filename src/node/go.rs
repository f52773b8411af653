//! Texts as Go's standard library reads them: what a flag or a configuration field accepts is decided there.

use std::net::IpAddr;

pub use crate::model::duration::{duration, duration_text};

/// `strconv.ParseBool`.
pub fn bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.ParseInt` with base 0: decimal, `0x`, `0o`, `0b` or a leading zero, underscores between digits.
pub fn int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = i128::from(uint(digits)?);
    i64::try_from(if negative { -value } else { value }).ok()
}

/// `strconv.ParseUint` with base 0.
pub fn uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)?),
        Some("0o") => (8, lower.get(2..)?),
        Some("0b") => (2, lower.get(2..)?),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    let plain = underscores_removed(digits, radix != 10)?;
    if plain.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&plain, radix).ok()
}

/// Underscores stand between digits, or after a base prefix.
fn underscores_removed(digits: &str, prefixed: bool) -> Option<String> {
    let first = digits.starts_with('_') && !prefixed;
    let misplaced = first || digits.ends_with('_') || digits.contains("__");
    (!misplaced).then(|| digits.replace('_', ""))
}

/// `strconv.ParseFloat`, for finite numbers.
pub fn float(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|value: &f64| plain && value.is_finite())
}

/// `net.ParseIP`.
pub fn ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// `netutils.ParseIPSloppy`: leading zeros in IPv4 are decimal.
pub fn sloppy_ip(text: &str) -> Option<IpAddr> {
    let parts = text.split('.').map(|part| if part.is_empty() { "" } else { trim_zeros(part) });
    ip(text).or_else(|| ip(&parts.collect::<Vec<_>>().join(".")))
}

fn trim_zeros(part: &str) -> &str {
    let trimmed = part.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }
}

/// Whether `resource.ParseQuantity` accepts it.
pub fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let digits = number.bytes().any(|byte| byte.is_ascii_digit()) && number.matches('.').count() <= 1;
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|power| power.parse::<i32>().is_ok());
    let suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    digits && (exponent || suffixes.contains(&suffix))
}

/// One record of `encoding/csv`: fields between commas, quoted where they begin with `"`.
pub fn csv(text: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    // The reader skips blank lines and stops at the end of the first record.
    let mut rest = text.trim_start_matches(['\n', '\r']);
    if rest.is_empty() {
        return None;
    }
    loop {
        let (field, after) =
            if let Some(quoted) = rest.strip_prefix('"') { quoted_field(quoted)? } else { bare_field(rest)? };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return (after.is_empty() || after.starts_with(['\n', '\r'])).then_some(fields),
        }
    }
}

fn quoted_field(mut rest: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, after)),
        }
    }
}

fn bare_field(rest: &str) -> Option<(String, &str)> {
    let (field, after) = rest.split_at(rest.find([',', '\n']).unwrap_or(rest.len()));
    (!field.contains('"')).then(|| (field.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_prefixes_and_underscores() {
        let table = [
            ("10", Some(10)),
            ("-7", Some(-7)),
            ("0x1F", Some(31)),
            ("010", Some(8)),
            ("0b11", Some(3)),
            ("+5", Some(5)),
        ];
        for (text, value) in table {
            assert_eq!(int(text), value, "{text}");
        }
        assert_eq!(int("0x_1"), Some(1));
        assert_eq!(int("1_000"), Some(1000));
        for text in ["", "_1", "1__0", "1_", "08", "1.0", " 1", "--1", "0x", "+-1", "9223372036854775808"] {
            assert_eq!(int(text), None, "{text}");
        }
    }

    #[test]
    fn csv_quotes_only_at_the_start_of_a_field() {
        assert_eq!(csv(r#"a,"b,c",d"#).unwrap(), ["a", "b,c", "d"]);
        assert_eq!(csv(r#""a""b""#).unwrap(), ["a\"b"]);
        assert_eq!(csv("a,").unwrap(), ["a", ""]);
        assert_eq!(csv(r#"a"b"#), None);
        assert_eq!(csv(r#""a"#), None);
    }

    #[test]
    fn quantities_have_one_suffix() {
        assert!(["1", "1.5Gi", "0", "100m", "1e3", "-2Ki", ".5"].into_iter().all(is_quantity));
        assert!(!["", "Gi", "1GiB", "1..2", "1 Gi", "abc"].into_iter().any(is_quantity));
    }
}
