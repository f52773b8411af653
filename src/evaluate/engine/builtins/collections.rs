//! Functions on lists, sets and objects.

use anyhow::{Result, bail};
use regorus::Value;

/// The most numbers that a range may have: the time limit does not reach into it.
const MOST_NUMBERS: i64 = 1_000_000;

/// `key, value in collection`
pub fn is_member(args: &[Value]) -> bool {
    let (Some(key), Some(value)) = (args.first(), args.get(1)) else { return false };
    match args.get(2) {
        Some(Value::Array(items)) => {
            let at = key.as_u64().ok().and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| items.get(at)) == Some(value)
        }
        Some(Value::Object(members)) => members.get(key) == Some(value),
        Some(Value::Set(items)) => key == value && items.contains(value),
        _ => false,
    }
}

/// The paths and the values of everything in a value, itself first.
pub fn walk(whole: &Value) -> Value {
    let mut waiting = vec![(Vec::new(), whole)];
    let mut pairs = Vec::new();
    while let Some((path, value)) = waiting.pop() {
        let inner: Vec<(Value, &Value)> = match value {
            Value::Array(items) => items.iter().enumerate().map(|(at, item)| (Value::from(at), item)).collect(),
            Value::Set(items) => items.iter().map(|item| (item.clone(), item)).collect(),
            Value::Object(members) => members.iter().map(|(key, item)| (key.clone(), item)).collect(),
            _ => vec![],
        };
        let below = |(step, item)| ([path.as_slice(), &[step]].concat(), item);
        waiting.extend(inner.into_iter().rev().map(below));
        pairs.push(Value::from(vec![Value::from(path.clone()), value.clone()]));
    }
    Value::from(pairs)
}

/// `array.concat(one, other)`; the engine's own copies both ahead.
pub fn concat(args: &[Value]) -> Value {
    let (Some(Value::Array(one)), Some(Value::Array(other))) = (args.first(), args.get(1)) else {
        return Value::Undefined;
    };
    Value::from([one.as_slice(), other.as_slice()].concat())
}

/// `array.flatten(list)`
pub fn flatten(args: &[Value]) -> Value {
    let Some(Value::Array(items)) = args.first() else { return Value::Undefined };
    let flat = items.iter().flat_map(|item| match item {
        Value::Array(inner) => inner.to_vec(),
        other => vec![other.clone()],
    });
    Value::from(flat.collect::<Vec<_>>())
}

/// `object.subset(whole, part)`; the engine's own panics on an empty array (regorus 0.14.1).
pub fn subset(args: &[Value]) -> Value {
    fn holds(whole: &Value, part: &Value) -> Option<bool> {
        Some(match (whole, part) {
            (Value::Object(whole), Value::Object(part)) => part
                .iter()
                .all(|(key, value)| whole.get(key).is_some_and(|other| holds(other, value).unwrap_or(other == value))),
            (Value::Set(whole), Value::Set(part)) => part.is_subset(whole),
            (Value::Array(_), Value::Array(part)) if part.is_empty() => true,
            (Value::Array(whole), Value::Array(part)) => {
                windows(whole.iter().collect(), &part.iter().collect::<Vec<_>>())
            }
            (Value::Array(whole), Value::Set(part)) => part.iter().all(|item| whole.contains(item)),
            _ => return None,
        })
    }
    fn windows(whole: Vec<&Value>, part: &[&Value]) -> bool {
        whole.windows(part.len()).any(|window| window == part)
    }
    args.first().zip(args.get(1)).and_then(|(whole, part)| holds(whole, part)).map_or(Value::Undefined, Value::Bool)
}

/// `numbers.range(from, to)` and `numbers.range_step(from, to, step)`
pub fn range(args: &[Value]) -> Result<Value> {
    let number = |at: usize| args.get(at).and_then(|value| value.as_i64().ok());
    let step = if args.len() > 2 { number(2) } else { Some(1) };
    let (Some(from), Some(to), Some(step @ 1..)) = (number(0), number(1), step) else { return Ok(Value::Undefined) };
    let many = from.abs_diff(to) / step.unsigned_abs();
    if many >= MOST_NUMBERS.unsigned_abs() {
        bail!("a range of {} numbers is too large: {MOST_NUMBERS} are the most", u128::from(many) + 1);
    }
    let sign = if to < from { -1 } else { 1 };
    let numbers = (0..=many).filter_map(|at| Some(Value::from(from + sign * step * i64::try_from(at).ok()?)));
    Ok(Value::from(numbers.collect::<Vec<_>>()))
}
