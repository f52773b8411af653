//! Numbers, ports, networks and classes of service as the C library and OpenSSH read them.

use std::net::{IpAddr, Ipv4Addr};

use crate::node::pattern::wildcard;

/// What a list of networks says about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkMatch {
    /// It is in one of them.
    Yes,
    /// It is in none.
    No,
    /// It is in one behind `!`.
    Negated,
    /// The list has an empty item, or a network with bits set behind its prefix.
    Invalid,
}

/// `strtol`: blanks, a sign and digits; the number (held within 64 bits) and what follows.
pub fn leading_integer(text: &str, radix: u32) -> Option<(i64, &str)> {
    let unsigned = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let (negative, digits) = match unsigned.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, unsigned.strip_prefix('+').unwrap_or(unsigned)),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end).filter(|(number, _)| !number.is_empty())?;
    let number = i64::from_str_radix(number, radix).unwrap_or(i64::MAX);
    Some((if negative { -number } else { number }, rest))
}

/// A port from 0, as a number or as `ssh`.
pub fn port(text: &str) -> Option<u16> {
    match leading_integer(text, 10) {
        Some((number, "")) => u16::try_from(number).ok(),
        _ => (text == "ssh").then_some(22),
    }
}

/// A numeric address; IPv4 also in the short and in the octal and hexadecimal forms of `inet_aton`.
pub fn parse(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| short_ipv4(text).map(IpAddr::V4))
}

/// Whether `addr_match_list` of OpenSSH `addrmatch.c` accepts the list.
pub fn is_valid_list(list: &str) -> bool {
    match_list(list, None) != NetworkMatch::Invalid
}

/// `addr_match_list`: a list of networks and patterns.
pub fn match_list(list: &str, address: Option<&str>) -> NetworkMatch {
    let parsed = address.and_then(parse);
    if address.is_some() && parsed.is_none() {
        return NetworkMatch::No;
    }
    let mut result = NetworkMatch::No;
    for item in list.split(',') {
        let (negated, item) = match item.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, item),
        };
        let found = match network(item) {
            _ if item.is_empty() => return NetworkMatch::Invalid,
            Network::Invalid => return NetworkMatch::Invalid,
            Network::Prefix(base, length) => parsed.is_some_and(|address| contains(base, length, address)),
            Network::Pattern => address.is_some_and(|address| wildcard(item, address)),
        };
        if found && negated {
            return NetworkMatch::Negated;
        }
        if found {
            result = NetworkMatch::Yes;
        }
    }
    result
}

/// `scan_scaled`: a size with a unit from B to E.
pub fn scaled(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let (number, unit) = digits.split_at_checked(end)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || whole.len() > 19 {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut letters = unit.chars();
    let Some(letter) = letters.next() else { return Some(sign * whole) };
    let power = "BKMGTPE".find(letter.to_ascii_uppercase())?;
    if letters.next().is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let scale = 1024_i64.checked_pow(u32::try_from(power).ok()?)?;
    let tenths: String = fraction.chars().take(9).collect();
    let part = match tenths.parse::<i128>() {
        Ok(value) => value * i128::from(scale) / 10_i128.pow(u32::try_from(tenths.len()).ok()?),
        Err(_) => 0,
    };
    let total = i128::from(whole.checked_mul(scale)?) + part;
    i64::try_from(total * i128::from(sign)).ok()
}

/// The name that sshd prints for a class of service.
pub fn service_class(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if CLASSES.iter().any(|(name, _)| *name == lower) || lower == "none" {
        return Some(lower);
    }
    let number = match lower.strip_prefix("0x") {
        Some(hexadecimal) => i64::from_str_radix(hexadecimal, 16).ok()?,
        None if lower.len() > 1 && lower.starts_with('0') => i64::from_str_radix(&lower, 8).ok()?,
        None => lower.parse().ok()?,
    };
    let number = u8::try_from(number).ok()?;
    let name = CLASSES.iter().find(|(_, value)| *value == number).map(|(name, _)| (*name).to_owned());
    Some(name.unwrap_or_else(|| format!("0x{number:02x}")))
}

enum Network {
    Prefix(IpAddr, u32),
    Pattern,
    Invalid,
}

fn network(item: &str) -> Network {
    let (base, length) = match item.split_once('/') {
        Some((base, length)) => (base, Some(length)),
        None => (item, None),
    };
    if item.len() >= 64 {
        return Network::Pattern;
    }
    let length = match length {
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => match text.parse::<u32>() {
            Ok(length) if length <= 128 => Some(length),
            _ => return Network::Pattern,
        },
        Some(_) => return Network::Pattern,
        None => None,
    };
    let Some(base) = parse(base) else { return Network::Pattern };
    let width = if base.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(width);
    if length > width || bits(base) & host_mask(width, length) != 0 {
        return Network::Invalid;
    }
    Network::Prefix(base, length)
}

fn contains(base: IpAddr, length: u32, address: IpAddr) -> bool {
    let width = if base.is_ipv4() { 32 } else { 128 };
    base.is_ipv4() == address.is_ipv4() && bits(address) & !host_mask(width, length) == bits(base)
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn host_mask(width: u32, length: u32) -> u128 {
    1_u128.checked_shl(width.saturating_sub(length)).map_or(u128::MAX, |bit| bit - 1)
}

fn short_ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts = text.split('.').map(|part| match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok(),
        None if part.starts_with('+') => None,
        None => part.parse().ok(),
    });
    let parts: Vec<u32> = parts.collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|&part| part > 255) {
        return None;
    }
    let shift = 8 * u32::try_from(leading.len()).ok()?;
    if u64::from(*last) >= 1_u64 << (32 - shift) {
        return None;
    }
    let high = leading.iter().fold(0_u64, |sum, &part| (sum << 8) | u64::from(part));
    u32::try_from((high << (32 - shift)) | u64::from(*last)).ok().map(Ipv4Addr::from_bits)
}

#[rustfmt::skip]
const CLASSES: &[(&str, u8)] = &[
    ("af11", 0x28), ("af12", 0x30), ("af13", 0x38), ("af21", 0x48), ("af22", 0x50), ("af23", 0x58),
    ("af31", 0x68), ("af32", 0x70), ("af33", 0x78), ("af41", 0x88), ("af42", 0x90), ("af43", 0x98),
    ("cs0", 0x00), ("cs1", 0x20), ("cs2", 0x40), ("cs3", 0x60), ("cs4", 0x80), ("cs5", 0xa0), ("cs6", 0xc0),
    ("cs7", 0xe0), ("ef", 0xb8), ("le", 0x01), ("lowdelay", 0x10), ("throughput", 0x08), ("reliability", 0x04),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_match_as_openssh_does() {
        assert_eq!(match_list("10.0.0.0/8,!10.1.0.0/16", Some("10.1.2.3")), NetworkMatch::Negated);
        assert_eq!(match_list("10.*", Some("10.1.2.3")), NetworkMatch::Yes);
        assert_eq!(match_list("2001:db8::/32", Some("2001:db8::1")), NetworkMatch::Yes);
        assert_eq!(match_list("0.0.0.0/0", Some("::1")), NetworkMatch::No);
        assert_eq!(match_list("10.0.0.1/8", None), NetworkMatch::Invalid);
        assert_eq!(match_list("10/8", None), NetworkMatch::Invalid);
        assert_eq!(match_list("::/0", Some("::1")), NetworkMatch::Yes);
        assert!(!is_valid_list("10.0.0.0/8,") && is_valid_list("host.example,*"));
    }

    #[test]
    fn numbers_are_read_as_in_c() {
        assert_eq!(parse("127.1"), Some("127.0.0.1".parse().unwrap()));
        assert_eq!(parse("1.2.3.256"), None);
        assert_eq!(scaled("1.5G"), Some(1_610_612_736));
        assert_eq!(scaled("512M"), Some(536_870_912));
        assert_eq!(scaled("1Kx"), None);
        assert_eq!(service_class("0x10").as_deref(), Some("lowdelay"));
        assert_eq!(service_class("0x11").as_deref(), Some("0x11"));
        assert_eq!(port("65536"), None);
        assert_eq!(leading_integer("99999999999999999999", 10), Some((i64::MAX, "")));
    }
}
