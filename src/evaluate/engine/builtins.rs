//! The built-in functions of OPA that the engine lacks, or has with limits that real policies meet.

mod arithmetic;
mod collections;
mod crypto;
mod net;
mod pattern;
mod semver;
mod sprintf;
mod strings;
mod time;

use anyhow::{Result, bail};
use hmac::Hmac;
use md5::Md5;
use regorus::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::model::Source;
use crate::parse;
use crypto::{hex, hmac, hmac_hex};

/// A function: what it takes, and what it makes of that; `Undefined` where OPA has a built-in error.
type Function = fn(&[Value]) -> Result<Value>;

/// Name, number of arguments, function.
pub const EXTENSIONS: [(&str, u8, Function); 72] = [
    ("internal.member_3", 3, |args| Ok(Value::Bool(collections::is_member(args)))),
    ("walk", 1, |args| Ok(args.first().map_or(Value::Undefined, collections::walk))),
    ("plus", 2, |args| Ok(arithmetic::plus(args))),
    ("minus", 2, |args| Ok(arithmetic::minus(args))),
    ("mul", 2, |args| Ok(arithmetic::times(args))),
    ("div", 2, |args| Ok(arithmetic::divided(args))),
    ("rem", 2, |args| Ok(arithmetic::remainder(args))),
    ("and", 2, |args| Ok(arithmetic::both(args))),
    ("or", 2, |args| Ok(arithmetic::either(args))),
    ("set_diff", 2, |args| Ok(arithmetic::minus(args))),
    ("cast_array", 1, |args| Ok(members(args).map_or(Value::Undefined, Value::from))),
    ("cast_set", 1, |args| {
        let set = |all: Vec<Value>| Value::from(all.into_iter().collect::<std::collections::BTreeSet<_>>());
        Ok(members(args).map_or(Value::Undefined, set))
    }),
    ("cast_string", 1, |args| Ok(only(args, |value| matches!(value, Value::String(_))))),
    ("cast_boolean", 1, |args| Ok(only(args, |value| matches!(value, Value::Bool(_))))),
    ("cast_null", 1, |args| Ok(only(args, |value| matches!(value, Value::Null)))),
    ("cast_object", 1, |args| Ok(only(args, |value| matches!(value, Value::Object(_))))),
    ("sum", 1, |args| Ok(arithmetic::sum(args))),
    ("product", 1, |args| Ok(arithmetic::product(args))),
    ("semver.is_valid", 1, |args| Ok(semver::is_valid(args))),
    ("semver.compare", 2, |args| Ok(semver::compare(args))),
    ("to_number", 1, |args| Ok(strings::to_number(args))),
    ("json.marshal", 1, |args| Ok(strings::json(args))),
    ("net.cidr_expand", 1, net::expand),
    (super::template::TEMPLATE, 1, sprintf::template),
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
    ("array.concat", 2, |args| Ok(collections::concat(args))),
    ("array.flatten", 1, |args| Ok(collections::flatten(args))),
    ("object.subset", 2, |args| Ok(collections::subset(args))),
    ("numbers.range", 2, collections::range),
    ("numbers.range_step", 3, collections::range),
    ("crypto.md5", 1, |args| Ok(with_text(args, |text| hex(&Md5::digest(text))))),
    ("crypto.sha1", 1, |args| Ok(with_text(args, |text| hex(&Sha1::digest(text))))),
    ("crypto.sha256", 1, |args| Ok(with_text(args, |text| hex(&Sha256::digest(text))))),
    ("crypto.hmac.md5", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Md5>>))),
    ("crypto.hmac.sha1", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Sha1>>))),
    ("crypto.hmac.sha256", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Sha256>>))),
    ("crypto.hmac.sha512", 2, |args| Ok(hmac_hex(args, hmac::<Hmac<Sha512>>))),
    ("crypto.hmac.equal", 2, |args| Ok(Value::Bool(args.first() == args.get(1)))),
    ("io.jwt.decode", 1, |args| Ok(crypto::jwt(args))),
    ("io.jwt.verify_hs256", 2, |args| Ok(crypto::jwt_verify(args, hmac::<Hmac<Sha256>>))),
    ("io.jwt.verify_hs384", 2, |args| Ok(crypto::jwt_verify(args, hmac::<Hmac<Sha384>>))),
    ("io.jwt.verify_hs512", 2, |args| Ok(crypto::jwt_verify(args, hmac::<Hmac<Sha512>>))),
    ("net.cidr_intersects", 2, |args| Ok(net::networks(args, net::overlap))),
    ("net.cidr_overlap", 2, |args| Ok(net::networks(args, |left, right| left.contains(right)))),
    ("net.cidr_contains", 2, |args| Ok(net::networks(args, |left, right| left.contains(right)))),
    ("net.cidr_merge", 1, |args| Ok(net::merge(args))),
    ("net.cidr_contains_matches", 2, |args| Ok(net::contains_matches(args))),
    ("parse_config", 2, parse_config),
    ("time.now_ns", 0, |args| Ok(defined(time::now(args)))),
    ("time.parse_ns", 2, |args| Ok(defined(time::parse(args)))),
    ("time.parse_rfc3339_ns", 1, |args| Ok(defined(time::parse_rfc3339(args)))),
    ("time.parse_duration_ns", 1, |args| Ok(defined(time::parse_duration(args)))),
    ("time.format", 1, |args| Ok(defined(time::format(args)))),
    ("time.date", 1, |args| Ok(defined(time::date(args)))),
    ("time.clock", 1, |args| Ok(defined(time::clock(args)))),
    ("time.weekday", 1, |args| Ok(defined(time::weekday(args)))),
    ("time.add_date", 4, |args| Ok(defined(time::add_date(args)))),
    ("time.diff", 2, |args| Ok(defined(time::diff(args)))),
];

fn defined(value: Option<Value>) -> Value {
    value.unwrap_or(Value::Undefined)
}

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

/// Whether a call of this function with one argument more has its result there.
pub fn takes_result(name: &str, given: usize) -> bool {
    EXTENSIONS.iter().any(|(known, takes, _)| *known == name && usize::from(*takes) == given)
}

fn only(args: &[Value], is_fitting: fn(&Value) -> bool) -> Value {
    args.first().filter(|value| is_fitting(value)).cloned().unwrap_or(Value::Undefined)
}

fn is_yaml(text: &str) -> bool {
    parse::parse(&Source::new("text.yaml", text)).documents.iter().all(Result::is_ok)
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
