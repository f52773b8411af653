//! Versions as OPA reads them: with or without a `v` in front.

use std::cmp::Ordering;

use regorus::Value;

use super::text;

/// Major, minor and patch, and the parts of a pre-release.
type Version<'a> = ([i64; 3], Vec<&'a str>);

/// `semver.is_valid(version)`
pub fn is_valid(args: &[Value]) -> Value {
    Value::Bool(text(args, 0).and_then(read).is_some())
}

/// `semver.compare(one, other)`
pub fn compare(args: &[Value]) -> Value {
    let versions = text(args, 0).and_then(read).zip(text(args, 1).and_then(read));
    let Some(((one, pre), (other, other_pre))) = versions else { return Value::Undefined };
    let order = one.cmp(&other).then_with(|| match (pre.is_empty(), other_pre.is_empty()) {
        // A version is later than what came before its release.
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => {
            let parts = pre.iter().zip(&other_pre).map(|(one, other)| part(one, other));
            parts.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| pre.len().cmp(&other_pre.len()))
        }
    });
    Value::from(i64::from(order as i8))
}

/// Numbers come ahead of words.
fn part(one: &str, other: &str) -> Ordering {
    match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        _ => one.cmp(other),
    }
}

fn read(text: &str) -> Option<Version<'_>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (text, pre) = text.split_once('-').map_or((text, None), |(text, pre)| (text, Some(pre)));
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_number = |part: &str| part.chars().all(|c| c.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    let is_fitting = |part: &str| is_part(part) && (is_number(part) || part.contains(|c: char| !c.is_ascii_digit()));
    let parts = |text: Option<&'_ str>| text.is_none_or(|text| text.split('.').all(is_part));
    if !parts(build) || !pre.is_none_or(|pre| pre.split('.').all(is_fitting)) {
        return None;
    }
    let numbers: Vec<i64> =
        text.split('.').map(|part| part.parse().ok().filter(|_| is_number(part))).collect::<Option<_>>()?;
    Some((numbers.try_into().ok()?, pre.map(|pre| pre.split('.').collect()).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_in_opa() {
        let table = [
            ("v1.2.3", "1.2.4-rc.1", Some(-1)),
            ("1.10.0", "1.9.0", Some(1)),
            ("1.2.3-rc.10", "1.2.3-rc.9", Some(1)),
            ("1.2.3-1", "1.2.3-a", Some(-1)),
            ("1.2.3", "1.2.3-a", Some(1)),
            ("1.2.3-a", "1.2.3-a.b", Some(-1)),
            ("1.2.3+x", "1.2.3+y", Some(0)),
            ("1.2", "1.2.3", None),
            ("1.02.3", "1.2.3", None),
            ("1.2.3-01", "1.2.3", None),
            ("1.2.3+", "1.2.3", None),
        ];
        for (one, other, expected) in table {
            let order = compare(&[Value::from(one), Value::from(other)]);
            assert_eq!(order, expected.map_or(Value::Undefined, |order: i64| Value::from(order)), "{one} {other}");
        }
    }
}
