//! What the text of a flag sets, after what was set before.

use serde_json::{Map, Value, json};

use super::flag_kind::Kind;
use super::go;

impl Kind {
    /// The value after the flag was given with `text`, when `before` is what earlier flags set; or why it is refused.
    pub fn set(self, before: Option<Value>, text: &str) -> Result<Value, String> {
        let new = self.read(text)?;
        Ok(match (before, new) {
            (Some(Value::Array(mut list)), Value::Array(new)) if self.is_list() => {
                list.extend(new);
                Value::Array(list)
            }
            (Some(Value::Object(mut map)), Value::Object(new)) if self.is_map() => {
                for (key, value) in new {
                    add_member(self, &mut map, key, value);
                }
                Value::Object(map)
            }
            (_, new) => new,
        })
    }

    /// The value of a default as the program prints it: lists in brackets, `<nil>` for nothing.
    pub fn default(self, printed: &str) -> Value {
        let inner = printed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match (self, inner) {
            (Self::Strings | Self::CommaList, None) if printed.is_empty() => json!([]),
            (Self::Strings | Self::StringArray | Self::Int32s | Self::CertKey, Some("")) => json!([]),
            (Self::Strings | Self::StringArray, Some(inner)) => inner.split(',').collect(),
            (Self::ReservedMemory | Self::Taints | Self::Levels, _) if printed.is_empty() => json!([]),
            (Self::Ip, _) if printed == "<nil>" => Value::Null,
            (_, inner) if self.is_map() => self.read(inner.unwrap_or(printed)).unwrap_or_else(|_| json!({})),
            _ => self.read(printed).unwrap_or_else(|_| printed.into()),
        }
    }

    fn read(self, text: &str) -> Result<Value, String> {
        let wrong = |what: &str| format!("`{text}` is not {what}");
        match self {
            Self::Bool => go::bool(text).map(Value::from).ok_or_else(|| wrong("a boolean")),
            Self::String => Ok(text.into()),
            Self::Int(bits) => int(text, bits).map(Value::from).ok_or_else(|| wrong("a whole number that fits")),
            Self::Uint(bits) => uint(text, bits).map(Value::from).ok_or_else(|| wrong("a whole number that fits")),
            Self::Level => level(text).map(Value::from).ok_or_else(|| wrong("a log level")),
            Self::Float => go::float(text).map(float_value).ok_or_else(|| wrong("a number")),
            Self::Duration => {
                go::duration(text).map(|value| go::duration_text(value).into()).ok_or_else(|| wrong("a duration"))
            }
            Self::Quantity => go::is_quantity(text).then(|| text.into()).ok_or_else(|| wrong("a quantity")),
            Self::Ip => go::ip(text.trim()).map(|ip| ip.to_string().into()).ok_or_else(|| wrong("an IP address")),
            Self::SloppyIp if text.is_empty() => Ok(text.into()),
            Self::SloppyIp => go::sloppy_ip(text).map(|_| text.into()).ok_or_else(|| wrong("an IP address")),
            Self::IpPort => is_ip_port(text).then(|| text.into()).ok_or_else(|| wrong("an IP address with a port")),
            Self::PortRange => port_range(text).map(Value::from).ok_or_else(|| wrong("a range of ports")),
            Self::Version => {
                is_version(text).then(|| text.into()).ok_or_else(|| wrong("true, false, raw or a version"))
            }
            Self::Ignored => Ok(Value::Null),
            _ => self.read_many(text),
        }
    }

    fn read_many(self, text: &str) -> Result<Value, String> {
        let wrong = |what: &str| format!("`{text}` is not {what}");
        let parts = || text.split(',').filter(|part| !part.is_empty());
        match self {
            Self::Levels => {
                are_levels(text).then(|| parts().collect()).ok_or_else(|| wrong("a list of `pattern=level`"))
            }
            Self::Strings if text.is_empty() => Ok(json!([])),
            Self::Strings => go::csv(text).map(Value::from).ok_or_else(|| wrong("a comma-separated list")),
            Self::StringArray => Ok(json!([text])),
            Self::CommaList => Ok(text.split(',').collect()),
            Self::Int32s => {
                let numbers: Option<Vec<_>> = text.split(',').map(|part| int(part, 32)).collect();
                numbers.map(Value::from).ok_or_else(|| wrong("a list of whole numbers"))
            }
            Self::CertKey => is_cert_key(text)
                .then(|| json!([text]))
                .ok_or_else(|| wrong("`certificate,key` with optional `:names`")),
            Self::ReservedMemory if text.is_empty() => Ok(json!([])),
            Self::ReservedMemory => Ok(text.split(';').collect()),
            Self::Taints => Ok(parts().collect()),
            Self::Urls => are_urls(text).then(|| text.into()).ok_or_else(|| wrong("a list of URLs with host and port")),
            Self::StringMap => {
                let one = || Some(vec![text.trim_matches('"').to_owned()]);
                let fields = if text.matches('=').count() == 1 { one() } else { go::csv(text) };
                members(fields.iter().flatten().map(String::as_str), |pair| pair.split_once('='))
                    .filter(|_| text.contains('=') && fields.is_some())
                    .ok_or_else(|| wrong("`key=value`"))
            }
            Self::Pairs => members(parts(), split_trimmed('=')).ok_or_else(|| wrong("a list of `key=value`")),
            Self::Pair => members([text].into_iter(), split_trimmed('=')).ok_or_else(|| wrong("`key=value`")),
            Self::AnglePairs => members(parts(), split_trimmed('<')).ok_or_else(|| wrong("a list of `key<value`")),
            Self::Labels => {
                let split = |part| split_trimmed('=')(part).or(Some((str::trim(part), "")));
                members(parts(), split).ok_or_else(|| wrong("a list of `key=value`"))
            }
            Self::Headers => headers(parts()).ok_or_else(|| wrong("a list of `name:value`")),
            _ => gates(parts()).ok_or_else(|| wrong("a list of `gate=boolean`")),
        }
    }
}

fn add_member(kind: Kind, map: &mut Map<String, Value>, key: String, value: Value) {
    match (kind, map.get_mut(&key), value) {
        (Kind::Headers, Some(Value::Array(before)), Value::Array(new)) => before.extend(new),
        (_, _, value) => {
            map.insert(key, value);
        }
    }
}

fn int(text: &str, bits: u32) -> Option<i64> {
    go::int(text).filter(|value| bits == 64 || i32::try_from(*value).is_ok())
}

fn uint(text: &str, bits: u32) -> Option<u64> {
    go::uint(text).filter(|value| bits == 64 || u32::try_from(*value).is_ok())
}

fn level(text: &str) -> Option<i32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn are_levels(text: &str) -> bool {
    let is_pair = |part: &str| {
        part.split_once('=').is_some_and(|(pattern, number)| !pattern.is_empty() && level(number).is_some())
    };
    text.split(',').filter(|part| !part.is_empty()).all(is_pair)
}

/// Whole numbers print without a fraction, as in Go.
fn float_value(value: f64) -> Value {
    #[allow(clippy::cast_possible_truncation)]
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}

fn is_ip_port(text: &str) -> bool {
    let host_port = || {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        port.parse::<u16>().ok()?;
        go::sloppy_ip(host)
    };
    text.is_empty() || go::sloppy_ip(text).is_some() || host_port().is_some()
}

fn port_range(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let number = |part: &str| part.parse::<i64>().ok();
    let (low, high) = match (text.split_once('-'), text.split_once('+')) {
        (None, None) => (number(text)?, number(text)?),
        (Some((low, high)), None) => (number(low)?, number(high)?),
        (None, Some((low, more))) => (number(low)?, number(low)?.checked_add(number(more)?)?),
        (Some(_), Some(_)) => return None,
    };
    (low <= high && high <= 65535).then(|| format!("{low}-{high}"))
}

fn is_version(text: &str) -> bool {
    text == "raw" || text.starts_with('v') || go::bool(text).is_some()
}

fn is_cert_key(text: &str) -> bool {
    let (files, names) = text.split_once(':').unwrap_or((text, "*"));
    !names.trim().is_empty() && files.split(',').count() == 2
}

fn are_urls(text: &str) -> bool {
    let is_url = |url: &str| match url.trim().split_once("://") {
        Some(("http" | "https", rest)) => {
            rest.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Some(("unix" | "unixs", _)) => true,
        _ => false,
    };
    text.is_empty() || text == "*" || text.split(',').all(is_url)
}

fn split_trimmed(separator: char) -> impl Fn(&str) -> Option<(&str, &str)> {
    move |part| part.split_once(separator).map(|(key, value)| (key.trim(), value.trim()))
}

fn members<'a>(
    mut parts: impl Iterator<Item = &'a str>,
    split: impl Fn(&'a str) -> Option<(&'a str, &'a str)>,
) -> Option<Value> {
    let add = |mut map: Map<String, Value>, part| {
        let (key, value) = split(part)?;
        map.insert(key.to_owned(), value.into());
        Some(map)
    };
    parts.try_fold(Map::new(), add).map(Value::Object)
}

fn headers<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Value> {
    let add = |mut map: Map<String, Value>, part: &str| {
        let (name, value) = part.split_once(':')?;
        add_member(Kind::Headers, &mut map, name.trim().to_owned(), json!([value.trim()]));
        Some(map)
    };
    parts.try_fold(Map::new(), add).map(Value::Object)
}

/// The prefix `kube:` names the component itself.
fn gates<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Value> {
    let add = |mut map: Map<String, Value>, part: &str| {
        let (name, value) = part.split_once('=')?;
        let name = name.trim();
        map.insert(name.strip_prefix("kube:").unwrap_or(name).to_owned(), go::bool(value.trim())?.into());
        Some(map)
    };
    parts.try_fold(Map::new(), add).map(Value::Object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_replace_add_or_merge() {
        let twice = |kind: Kind, first, second| kind.set(kind.set(None, first).ok(), second).unwrap();
        assert_eq!(twice(Kind::Bool, "true", "F"), json!(false));
        assert_eq!(twice(Kind::Strings, "a,b", "c"), json!(["a", "b", "c"]));
        assert_eq!(twice(Kind::CommaList, "a,b", "c"), json!(["c"]));
        assert_eq!(twice(Kind::Gates, "A=true,B=1", "A=false"), json!({"A": false, "B": true}));
        assert_eq!(twice(Kind::Headers, "a:1", "a:2,b:3"), json!({"a": ["1", "2"], "b": ["3"]}));
    }

    #[test]
    fn texts_of_the_wrong_kind_are_refused() {
        let wrong = [
            (Kind::Bool, ""),
            (Kind::Bool, "yes"),
            (Kind::Int(32), "4294967296"),
            (Kind::Duration, "5"),
            (Kind::Ip, "host"),
        ];
        for (kind, text) in wrong.into_iter().chain([(Kind::Gates, "A"), (Kind::Pairs, "a"), (Kind::Strings, "a\"b")]) {
            assert!(kind.set(None, text).is_err(), "{kind:?} {text}");
        }
    }

    #[test]
    fn defaults_are_read_as_printed() {
        assert_eq!(Kind::Strings.default("[Hostname,InternalIP]"), json!(["Hostname", "InternalIP"]));
        assert_eq!(Kind::Strings.default("[]"), json!([]));
        assert_eq!(Kind::Ip.default("<nil>"), Value::Null);
        assert_eq!(Kind::Gates.default(""), json!({}));
        assert_eq!(Kind::Duration.default("1m0s"), json!("1m0s"));
        assert_eq!(Kind::AnglePairs.default("a<5%,b<1Gi"), json!({"a": "5%", "b": "1Gi"}));
        assert_eq!(Kind::StringMap.default("[]"), json!({}));
    }
}
