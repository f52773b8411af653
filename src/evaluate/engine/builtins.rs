//! The built-in functions of OPA that the engine lacks, or has with limits that real policies meet.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::{Result, bail};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, Mac};
use ipnet::IpNet;
use md5::Md5;
use regex::{Regex, RegexBuilder};
use regorus::Value;
use serde_json::Value as Json;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::evaluate::rego::print::{DOMAIN, ITEMS};
use crate::model::Source;
use crate::parse;

/// A function: what it takes, and what it makes of that; `Undefined` where OPA has a built-in error.
type Function = fn(&[Value]) -> Result<Value>;

/// Name, number of arguments, function.
pub const EXTENSIONS: [(&str, u8, Function); 27] = [
    (ITEMS, 1, |args| Ok(items(args))),
    (DOMAIN, 1, |args| Ok(domain(args))),
    ("re_match", 2, |args| Ok(regex_match(args))),
    ("regex.match", 2, |args| Ok(regex_match(args))),
    ("regex.find_n", 3, |args| Ok(regex_find(args))),
    ("regex.find_all_string_submatch_n", 3, |args| Ok(regex_submatches(args))),
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
    ("net.cidr_intersects", 2, |args| Ok(networks(args, overlap))),
    ("net.cidr_overlap", 2, |args| Ok(networks(args, |left, right| left.contains(right)))),
    ("net.cidr_contains", 2, |args| Ok(networks(args, |left, right| left.contains(right)))),
    ("net.cidr_merge", 1, |args| Ok(merge(args))),
    ("net.cidr_contains_matches", 2, |args| Ok(contains_matches(args))),
    ("parse_config", 2, parse_config),
];

/// The most numbers that a range may have: the time limit does not reach into it.
const MOST_NUMBERS: i64 = 1_000_000;
/// The largest compiled regular expression; RE2 in OPA has no such limit.
const REGEX_BYTES: usize = 16 << 20;
/// The largest one that is kept, and how many are.
const SMALL_REGEX_BYTES: usize = 1 << 20;
const MOST_REGEXES: usize = 64;

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

/// To compile an expression takes a thousand times as long as to ask it of a name, and a clone of one begins anew.
fn regex(pattern: &str) -> Option<Rc<Regex>> {
    thread_local! {
        static COMPILED: RefCell<BTreeMap<String, Rc<Regex>>> = const { RefCell::new(BTreeMap::new()) };
    }
    let build = |limit| RegexBuilder::new(pattern).size_limit(limit).build().ok().map(Rc::new);
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

fn regex_match(args: &[Value]) -> Value {
    let found = text(args, 0).and_then(regex).zip(text(args, 1)).map(|(regex, text)| regex.is_match(text));
    found.map_or(Value::Undefined, Value::Bool)
}

fn count(args: &[Value]) -> Option<usize> {
    let number = args.get(2)?.as_i64().ok()?;
    Some(usize::try_from(number).unwrap_or(usize::MAX))
}

fn strings<'a>(found: impl Iterator<Item = &'a str>) -> Value {
    Value::from(found.map(Value::from).collect::<Vec<_>>())
}

fn regex_find(args: &[Value]) -> Value {
    let Some(((regex, text), most)) = text(args, 0).and_then(regex).zip(text(args, 1)).zip(count(args)) else {
        return Value::Undefined;
    };
    strings(regex.find_iter(text).take(most).map(|found| found.as_str()))
}

fn regex_submatches(args: &[Value]) -> Value {
    let Some(((regex, text), most)) = text(args, 0).and_then(regex).zip(text(args, 1)).zip(count(args)) else {
        return Value::Undefined;
    };
    let found = regex.captures_iter(text).take(most);
    let of = |groups: regex::Captures<'_>| {
        strings(groups.iter().map(|group| group.map_or("", |group| group.as_str())).collect::<Vec<_>>().into_iter())
    };
    Value::from(found.map(of).collect::<Vec<_>>())
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
    let documents = parse::parse(&source).documents.into_iter().collect::<Result<Vec<_>, _>>();
    let Ok(documents) = documents else { bail!("the text that parse_config was given is no {parser}") };
    let mut values: Vec<Json> = documents.iter().map(|document| document.to_json(document.root)).collect();
    let value = if values.len() == 1 { values.pop().unwrap_or_default() } else { Json::Array(values) };
    Ok(Value::from(value))
}

/// How many arguments a built-in takes, its own or the engine's.
pub fn arity(name: &str) -> Option<usize> {
    let own = EXTENSIONS.iter().find(|(known, ..)| *known == name).map(|(_, takes, _)| *takes);
    own.or_else(|| regorus::unstable::BUILTINS.get(name).map(|(_, takes)| *takes)).map(usize::from)
}
