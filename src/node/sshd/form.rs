//! The arguments of the keywords that have a form of their own.

use super::address;
use super::value::{absolute, integer, not, only, time};
use super::words::Word;

/// Arguments that only one keyword has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `Port`.
    Port,
    /// `HostKeyAgent`.
    Agent,
    /// `PubkeyAuthOptions`.
    PubkeyOptions,
    /// `ListenAddress`.
    Listen,
    /// `PermitUserEnvironment`.
    UserEnvironment,
    /// `RekeyLimit`: the limit and, where it is given, the interval.
    Rekey,
    /// `Subsystem`.
    Subsystem,
    /// `MaxStartups`: one number or three.
    Startups,
    /// `PerSourceMaxStartups`.
    SourceStartups,
    /// `PerSourceNetBlockSize`.
    NetBlock,
    /// `PermitOpen`.
    PermitOpen,
    /// `PermitListen`.
    PermitListen,
    /// `IPQoS`.
    Qos,
    /// `AuthenticationMethods`.
    Methods,
    /// `StreamLocalBindMask`.
    Mask,
    /// `SecurityKeyProvider`.
    Provider,
    /// `UnusedConnectionTimeout`.
    Unused,
}

/// The value of such a keyword, one string per element.
pub fn read(form: Form, words: &[Word]) -> Result<Vec<String>, String> {
    let one = |value: Result<String, String>| value.map(|value| vec![value]);
    match form {
        Form::PubkeyOptions => pubkey_options(words),
        Form::Listen => listen_words(words),
        Form::Rekey => rekey(words),
        Form::Subsystem => match words {
            [_, _, ..] => Ok(vec![words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")]),
            _ => Err("needs a name and a command".to_owned()),
        },
        Form::PermitOpen | Form::PermitListen => permitted(form, words),
        Form::Qos => qos(words),
        Form::Methods => methods(words),
        _ => one(single(form, only(words)?)),
    }
}

/// Host and port of a `ListenAddress`.
pub fn listen(text: &str) -> Result<(&str, Option<u16>), String> {
    if !text.contains('[') && text.matches(':').count() > 1 {
        return Ok((text, None));
    }
    let (host, port) = host_and_port(text).ok_or_else(|| not("an address", text))?;
    let port = port.map(|port| address::port(port).filter(|&port| port > 0).ok_or_else(|| not("a port", port)));
    Ok((host, port.transpose()?))
}

/// The numbers of a text as `sscanf("%d:%d:%d")` finds them.
pub fn numbers(text: &str, most: usize) -> Vec<i64> {
    let mut found = Vec::new();
    let mut rest = text;
    while found.len() < most {
        let Some((number, behind)) = address::leading_integer(rest, 10) else { break };
        found.push(number);
        match behind.strip_prefix(':') {
            Some(next) => rest = next,
            None => break,
        }
    }
    found
}

fn single(form: Form, word: &str) -> Result<String, String> {
    match form {
        Form::Port => {
            let port = address::port(word).filter(|&port| port > 0);
            port.map(|port| port.to_string()).ok_or_else(|| not("a port", word))
        }
        Form::Agent if word == "SSH_AUTH_SOCK" => Ok(word.to_owned()),
        Form::Provider if word.eq_ignore_ascii_case("internal") => Ok(word.to_owned()),
        Form::Agent | Form::Provider => Ok(absolute(word)),
        Form::Startups => startups(word),
        Form::SourceStartups if word == "none" => Ok("none".to_owned()),
        Form::SourceStartups => integer(word).map(|number| number.to_string()).ok_or_else(|| not("a number", word)),
        Form::NetBlock => match numbers(word, 2).as_slice() {
            [v4 @ 0..=32, v6 @ 0..=128] => Ok(format!("{v4}:{v6}")),
            [v4 @ 0..=32] => Ok(format!("{v4}:0")),
            _ => Err(not("one or two prefix lengths", word)),
        },
        Form::Mask => match address::leading_integer(word, 8) {
            Some((mask @ 0..=0o777, _)) => Ok(format!("0{mask:o}")),
            _ => Err(not("an octal mode", word)),
        },
        Form::Unused if word.eq_ignore_ascii_case("none") => Ok("none".to_owned()),
        Form::Unused => time(word).map(|time| if time == "0" { "none".to_owned() } else { time }),
        _ => Ok(word.to_owned()),
    }
}

fn startups(word: &str) -> Result<String, String> {
    match numbers(word, 3).as_slice() {
        [begin, rate @ 1..=100, most] if *begin > 0 && begin <= most => Ok(format!("{begin}:{rate}:{most}")),
        [most] if *most > 0 => Ok(most.to_string()),
        _ => Err(not("a number, or START:RATE:FULL", word)),
    }
}

fn pubkey_options(words: &[Word]) -> Result<Vec<String>, String> {
    const OPTIONS: [&str; 2] = ["touch-required", "verify-required"];
    let given = |option: &str| words.iter().any(|word| word.text.eq_ignore_ascii_case(option));
    let known = |word: &&Word| ["none"].iter().chain(&OPTIONS).any(|option| word.text.eq_ignore_ascii_case(option));
    if let Some(word) = words.iter().find(|word| !known(word)) {
        return Err(not("none, touch-required or verify-required", &word.text));
    }
    let set: Vec<String> = OPTIONS.into_iter().filter(|option| given(option)).map(str::to_owned).collect();
    Ok(if set.is_empty() { vec!["none".to_owned()] } else { set })
}

fn listen_words(words: &[Word]) -> Result<Vec<String>, String> {
    match words {
        [address] if !address.text.is_empty() => listen(&address.text).map(|_| vec![address.text.clone()]),
        [address, keyword, domain] if keyword.text == "rdomain" => {
            listen(&address.text).map(|_| vec![format!("{} rdomain {}", address.text, domain.text)])
        }
        [] => Err("has no value".to_owned()),
        _ => Err("takes one address".to_owned()),
    }
}

fn rekey(words: &[Word]) -> Result<Vec<String>, String> {
    let (limit, interval) = match words {
        [limit] => (&limit.text, None),
        [limit, interval] => (&limit.text, Some(&interval.text)),
        [] => return Err("has no value".to_owned()),
        [_, _, extra, ..] => return Err(format!("takes two values; `{}` is too much", extra.text)),
    };
    let bytes = if limit == "default" { Some(0) } else { address::scaled(limit) };
    let bytes = bytes.filter(|&bytes| bytes == 0 || bytes >= 16).ok_or_else(|| not("a size from 16 bytes", limit))?;
    match interval.map(String::as_str) {
        None | Some("none") => Ok(vec![bytes.to_string()]),
        Some(interval) => Ok(vec![bytes.to_string(), time(interval)?]),
    }
}

fn permitted(form: Form, words: &[Word]) -> Result<Vec<String>, String> {
    match words {
        [] => return Err("has no value".to_owned()),
        [word] if ["any", "none"].contains(&word.text.as_str()) => return Ok(vec![word.text.clone()]),
        _ => {}
    }
    let is_port = |port: &str| port == "*" || address::port(port).is_some();
    let item = |word: &Word| {
        let text = word.text.as_str();
        if form == Form::PermitListen && !text.contains(':') {
            return is_port(text).then(|| format!("*:{text}")).ok_or_else(|| not("a port", text));
        }
        let port = host_and_port(text).and_then(|(_, port)| port);
        port.filter(|port| is_port(port)).map(|_| text.to_owned()).ok_or_else(|| not("HOST:PORT", text))
    };
    words.iter().map(item).collect()
}

/// `hpdelim` and `cleanhostname` of OpenSSH `misc.c`.
fn host_and_port(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(inside) = text.strip_prefix('[') {
        let (host, behind) = inside.split_once(']')?;
        return match behind.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => behind.is_empty().then_some((host, None)),
        };
    }
    match text.find([':', '/']) {
        None => Some((text, None)),
        Some(at) if text.get(at..)?.starts_with(':') => Some((text.get(..at)?, text.get(at + 1..))),
        Some(_) => None,
    }
}

fn qos(words: &[Word]) -> Result<Vec<String>, String> {
    let class = |word: &Word| address::service_class(&word.text).ok_or_else(|| not("a class of service", &word.text));
    match words {
        [both] => class(both).map(|class| vec![class.clone(), class]),
        [interactive, bulk] => Ok(vec![class(interactive)?, class(bulk)?]),
        [] => Err("has no value".to_owned()),
        [_, _, extra, ..] => Err(format!("takes two values; `{}` is too much", extra.text)),
    }
}

fn methods(words: &[Word]) -> Result<Vec<String>, String> {
    const METHODS: [&str; 7] =
        ["none", "publickey", "gssapi-keyex", "gssapi-with-mic", "password", "keyboard-interactive", "hostbased"];
    let list: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    let is_method = |method: &str| METHODS.contains(&method.split(':').next().unwrap_or_default());
    let unknown = list.iter().find(|text| *text != "any" && !text.split(',').all(is_method));
    match unknown {
        _ if list.is_empty() => Err("has no value".to_owned()),
        _ if list.len() > 1 && list.iter().any(|text| text == "any") => Err("has to have `any` alone".to_owned()),
        Some(text) => Err(format!("names a method that sshd does not know: `{text}`")),
        None => Ok(list),
    }
}
