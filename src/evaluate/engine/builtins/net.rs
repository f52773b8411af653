//! Addresses and networks.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::{Result, bail};
use ipnet::{IpNet, Ipv4Net};
use regorus::Value;

use super::{members, text};

/// The largest network that is written out.
const MOST_BITS: u8 = 16;

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<IpAddr>().ok()?)))
}

/// As `net.cidr_merge` reads it: an address of version 4 stands for the network of its class, one of version 6 is a mistake.
fn classful(text: &str) -> Option<IpNet> {
    let of_class = |address: Ipv4Addr| {
        let [first, ..] = address.octets();
        Ipv4Net::new(
            address,
            if first < 128 {
                8
            } else if first < 192 {
                16
            } else {
                24
            },
        )
    };
    text.parse().ok().or_else(|| Some(IpNet::V4(of_class(text.parse().ok()?).ok()?)))
}

/// Whether one of them contains the other.
pub fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}

/// What holds of two networks.
pub fn networks(args: &[Value], holds: fn(&IpNet, &IpNet) -> bool) -> Value {
    let both = text(args, 0).and_then(network).zip(text(args, 1).and_then(network));
    both.map_or(Value::Undefined, |(left, right)| Value::Bool(holds(&left, &right)))
}

/// `net.cidr_merge(networks)`
pub fn merge(args: &[Value]) -> Value {
    let all: Option<Vec<IpNet>> = members(args).and_then(|all| {
        all.iter().map(|one| classful(text(std::slice::from_ref(one), 0)?).map(|network| network.trunc())).collect()
    });
    let merged = |all: Vec<IpNet>| {
        IpNet::aggregate(&all).into_iter().map(|network| Value::from(network.to_string())).collect::<BTreeSet<_>>()
    };
    all.map_or(Value::Undefined, |all| Value::from(merged(all)))
}

/// The pairs of indexes (or values of a set) of which the first network contains the second.
pub fn contains_matches(args: &[Value]) -> Value {
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

/// `net.cidr_expand(network)`
pub fn expand(args: &[Value]) -> Result<Value> {
    let Some(network) = text(args, 0).and_then(|text| text.parse::<IpNet>().ok()) else { return Ok(Value::Undefined) };
    let bits = network.max_prefix_len() - network.prefix_len();
    if bits > MOST_BITS {
        bail!("{network} has too many addresses: a network of {MOST_BITS} bits is the most");
    }
    let every = |at: u32| match network.network() {
        IpAddr::V4(first) => IpAddr::V4(Ipv4Addr::from(u32::from(first) + at)),
        IpAddr::V6(first) => IpAddr::V6(Ipv6Addr::from(u128::from(first) + u128::from(at))),
    };
    let addresses = (0..1_u32 << bits).map(|at| Value::from(every(at).to_string()));
    Ok(Value::from(addresses.collect::<BTreeSet<_>>()))
}
