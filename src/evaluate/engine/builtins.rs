//! The built-in functions of OPA that the engine lacks, or has with limits that real policies meet.

mod sprintf;
mod strings;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, Mac};
use ipnet::IpNet;
use md5::Md5;
use regorus::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::evaluate::rego::print::{DOMAIN, ITEMS, MEMBER, NUMBER, TEMPLATE, WALK};
use crate::model::Source;
use crate::parse;

/// A function: what it takes, and what it makes of that; `Undefined` where OPA has a built-in error.
type Function = fn(&[Value]) -> Result<Value>;

/// Name, number of arguments, function.
pub const EXTENSIONS: [(&str, u8, Function); 43] = [
    (ITEMS, 1, |args| Ok(items(args))),
    (DOMAIN, 1, |args| Ok(domain(args))),
    (MEMBER, 3, |args| Ok(Value::Bool(is_member(args)))),
    (WALK, 1, |args| Ok(args.first().map_or(Value::Undefined, walk))),
    (NUMBER, 1, |args| Ok(text(args, 0).and_then(|digits| Value::from_numeric_string(digits).ok()).unwrap_or(Value::Undefined))),
    (TEMPLATE, 1, sprintf::template),
    ("sprintf", 2, |args| Ok(sprintf::sprintf(args))),
    ("json.is_valid", 1, |args| Ok(Value::Bool(text(args, 0).is_some_and(|text| Value::from_json_str(text).is_ok())))),
    ("yaml.is_valid", 1, |args| Ok(Value::Bool(text(args, 0).is_some_and(is_yaml)))),
    ("strings.count", 2, |args| Ok(strings::count(args))),
    ("strings.split_n", 3, |args| Ok(strings::split_n(args))),
    ("strings.replace_n", 2, |args| Ok(strings::replace_n(args))),
    ("re_match", 2, |args| Ok(strings::regex_match(args))),
    ("regex.is_valid", 1, |args| Ok(strings::regex_is_valid(args))),
    ("regex.match", 2, |args| Ok(strings::regex_match(args))),
    ("regex.find_n", 3, |args| Ok(strings::regex_find(args))),
    ("regex.find_all_string_submatch_n", 3, |args| Ok(strings::regex_submatches(args))),
    ("regex.replace", 3, |args| Ok(strings::regex_replace(args))),
    ("regex.split", 2, |args| Ok(strings::regex_split(args))),
    ("any", 1, |args| Ok(members(args).map_or(Value::Undefined, |all| Value::Bool(all.contains(&Value::Bool(true)))))),
    ("all", 1, |args| {
        let is_true = |all: Vec<Value>| Value::Bool(all.iter().all(|one| *one == Value::Bool(true)));
        Ok(members(args).map_or(Value::Undefined, is_true))
    }),
    ("array.flatten", 1, |args| Ok(flatten(args))),
    ("object.subset", 2, |args| Ok(subset(args))),
    ("numbers.range", 2, |args| range(args)),
    ("numbers.range_step", 3, |args| range(args)),
    ("crypto.md5", 1, |args| Ok(with_text(args, |text| hex(&Md5::digest(text))))),
    ("crypto.sha1", 1, |args| Ok(with_text(args, |text| hex(&Sha1::digest(text))))),
    ("crypto.sha256", 1, |args| Ok(with_text(args, |text| hex(&Sha256::digest(text))))),
    ("crypto.hmac.md5", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Md5>>))),
    ("crypto.hmac.sha1", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Sha1>>))),
    ("crypto.hmac.sha256", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Sha256>>))),
    ("crypto.hmac.sha512", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Sha512>>))),
    ("crypto.hmac.equal", 2, |args| Ok(Value::Bool(args.first() == args.get(1)))),
    ("io.jwt.decode", 1, |args| Ok(jwt(args))),
    ("io.jwt.verify_hs256", 2, |args| Ok(jwt_verify(args, hmac::<Hmac<Sha256>>))),
    ("io.jwt.verify_hs384", 2, |args| Ok(jwt_verify(args, hmac::<Hmac<Sha384>>))),
    ("io.jwt.verify_hs512", 2, |args| Ok(jwt_verify(args, hmac::<Hmac<Sha512>>))),
    ("net.cidr_intersects", 2, |args| Ok(networks(args, overlap))),
    ("net.cidr_overlap", 2, |args| Ok(networks(args, |left, right| left.contains(right)))),
    ("net.cidr_contains", 2, |args| Ok(networks(args, |left, right| left.contains(right)))),
    ("net.cidr_merge", 1, |args| Ok(merge(args))),
    ("net.cidr_contains_matches", 2, |args| Ok(contains_matches(args))),
    ("parse_config", 2, parse_config),
];

/// The most numbers that a range may have: the time limit does not reach into it.
const MOST_NUMBERS: i64 = 1_000_000;

fn text(args: &[Value], at: usize) -> Option<&str> {
    match args.get(at) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn with_text(args: &[Value], make: impl Fn(&[u8]) -> String) -> Value {
    text(args, 0).map_or(Value::Undefined, |text| Value::from(make(text.as_bytes())))
}

fn members(args: &[Value]) -> Option<Vec<Value>> {
    match args.first()? {
        Value::Array(items) => Some(items.to_vec()),
        Value::Set(items) => Some(items.iter().cloned().collect()),
        _ => None,
    }
}

fn domain(args: &[Value]) -> Value {
    match args.first() {
        Some(value @ (Value::Array(_) | Value::Set(_) | Value::Object(_))) => value.clone(),
        _ => Value::Undefined,
    }
}

fn items(args: &[Value]) -> Value {
    match domain(args) {
        Value::Undefined => Value::new_array(),
        value => value,
    }
}

/// `key, value in collection`
fn is_member(args: &[Value]) -> bool {
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
fn walk(whole: &Value) -> Value {
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

fn is_yaml(text: &str) -> bool {
    parse::parse(&Source::new("text.yaml", text)).documents.iter().all(Result::is_ok)
}

fn flatten(args: &[Value]) -> Value {
    let Some(Value::Array(items)) = args.first() else { return Value::Undefined };
    let flat = items.iter().flat_map(|item| match item {
        Value::Array(inner) => inner.to_vec(),
        other => vec![other.clone()],
    });
    Value::from(flat.collect::<Vec<_>>())
}

/// The engine's own panics on an empty array (regorus 0.14.1).
fn subset(args: &[Value]) -> Value {
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

fn range(args: &[Value]) -> Result<Value> {
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

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn hmac<M: Mac + hmac::digest::KeyInit>(key: &[u8], message: &[u8]) -> Option<String> {
    let mut mac = <M as Mac>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(hex(&mac.finalize().into_bytes()))
}

fn hmac_hex(args: &[Value], make: fn(&[u8], &[u8]) -> Option<String>) -> Value {
    let both = text(args, 0).zip(text(args, 1));
    both.and_then(|(message, key)| make(key.as_bytes(), message.as_bytes())).map_or(Value::Undefined, Value::from)
}

/// Header, payload and signature, unverified.
fn jwt(args: &[Value]) -> Value {
    let json = |part: &str| {
        Value::from_json_str(std::str::from_utf8(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()?).ok()
    };
    let decode = |token: &str| {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { return None };
        let signature = hex(&BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?);
        Some(Value::from(vec![json(header)?, json(payload)?, Value::from(signature)]))
    };
    text(args, 0).and_then(decode).unwrap_or(Value::Undefined)
}

/// Whether a token is signed with a shared secret.
fn jwt_verify(args: &[Value], make: fn(&[u8], &[u8]) -> Option<String>) -> Value {
    let (Some(token), Some(secret)) = (text(args, 0), text(args, 1)) else { return Value::Undefined };
    let Some((signed, signature)) = token.rsplit_once('.') else { return Value::Undefined };
    let Ok(signature) = BASE64URL_NOPAD.decode(signature.as_bytes()) else { return Value::Undefined };
    Value::Bool(make(secret.as_bytes(), signed.as_bytes()) == Some(hex(&signature)))
}

/// Whether a call of this function with one argument more has its result there, which the engine does not know.
pub fn takes_result(name: &str, given: usize) -> bool {
    EXTENSIONS.iter().any(|(known, takes, _)| *known == name && usize::from(*takes) == given)
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<std::net::IpAddr>().ok()?)))
}

fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}

fn networks(args: &[Value], holds: fn(&IpNet, &IpNet) -> bool) -> Value {
    let both = text(args, 0).and_then(network).zip(text(args, 1).and_then(network));
    both.map_or(Value::Undefined, |(left, right)| Value::Bool(holds(&left, &right)))
}

fn merge(args: &[Value]) -> Value {
    let all: Option<Vec<IpNet>> = members(args).and_then(|all| {
        all.iter().map(|one| network(text(std::slice::from_ref(one), 0)?).map(|network| network.trunc())).collect()
    });
    let merged = |all: Vec<IpNet>| {
        IpNet::aggregate(&all).into_iter().map(|network| Value::from(network.to_string())).collect::<BTreeSet<_>>()
    };
    all.map_or(Value::Undefined, |all| Value::from(merged(all)))
}

/// The pairs of indexes (or values of a set) of which the first network contains the second.
fn contains_matches(args: &[Value]) -> Value {
    fn read(value: &Value) -> Option<Vec<(Value, IpNet)>> {
        let of = |key: Value, value: &Value| {
            let word = match value {
                Value::Array(parts) => parts.first()?.clone(),
                other => other.clone(),
            };
            Some((key, network(text(&[word], 0)?)?))
        };
        match value {
            Value::String(_) => Some(vec![of(value.clone(), value)?]),
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| of(Value::from(i64::try_from(at).ok()?), item)).collect()
            }
            Value::Set(items) => items.iter().map(|item| of(item.clone(), item)).collect(),
            Value::Object(members) => members.iter().map(|(key, item)| of(key.clone(), item)).collect(),
            _ => None,
        }
    }
    let both = args.first().and_then(read).zip(args.get(1).and_then(read));
    let Some((wholes, parts)) = both else { return Value::Undefined };
    let pairs = wholes.iter().flat_map(|(key, whole)| {
        let inside = parts.iter().filter(|(_, part)| whole.contains(part));
        inside.map(|(other, _)| Value::from(vec![key.clone(), other.clone()]))
    });
    Value::from(pairs.collect::<BTreeSet<_>>())
}

/// conftest's own function, for the formats that are read here.
fn parse_config(args: &[Value]) -> Result<Value> {
    let (Some(parser), Some(text)) = (text(args, 0), text(args, 1)) else { return Ok(Value::Undefined) };
    if !matches!(parser, "yaml" | "json") {
        bail!("parse_config reads `yaml` and `json` here, not `{parser}`");
    }
    let source = Source::new(format!("config.{parser}"), text);
    let Ok(value) = parse::parse(&source).to_json() else {
        bail!("the text that parse_config was given is no {parser}")
    };
    Ok(Value::from(value))
}

/// How many arguments a built-in takes, its own or the engine's.
pub fn arity(name: &str) -> Option<usize> {
    let own = EXTENSIONS.iter().find(|(known, ..)| *known == name).map(|(_, takes, _)| *takes);
    own.or_else(|| regorus::unstable::BUILTINS.get(name).map(|(_, takes)| *takes)).map(usize::from)
}
