//! The arguments of a keyword as the value that `sshd -T` prints, or why sshd refuses them.

use super::address;
use super::algorithm;
use super::keyword::Kind;
use super::words::Word;
use crate::node::pattern::is_glob;

/// What every word of a list has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Not empty.
    NotEmpty,
    /// A pattern of users, perhaps with `@` and hosts.
    User,
    /// The name of an environment variable, perhaps with wildcards.
    Variable,
    /// `NAME=value`.
    Assignment,
    /// A path in which `~` is expanded.
    Home,
    /// `none`, or words without it.
    NoneAlone,
    /// `none`, or `TYPE=TIME`.
    Timeout,
}

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

/// The value of a keyword, one string per element. `rest` is the line behind the keyword.
pub fn read(kind: Kind, words: &[Word], rest: &str) -> Result<Vec<String>, String> {
    match kind {
        Kind::Rest => return Ok(vec![rest.to_owned()]),
        Kind::Command if rest.starts_with('/') || rest.eq_ignore_ascii_case("none") => {
            return Ok(vec![rest.to_owned()]);
        }
        Kind::Command => return Err("needs an absolute path or `none`".to_owned()),
        Kind::Words(check) => return words.iter().map(|word| list_item(check, &word.text, words.len())).collect(),
        Kind::Special(form) => return special(form, words),
        _ => {}
    }
    let word = only(words)?;
    match kind {
        Kind::Choice(choices) => choice(choices, word, str::eq_ignore_ascii_case),
        Kind::ExactChoice(choices) => choice(choices, word, |known, text| known == text),
        Kind::Integer => integer(word).map(|number| number.to_string()).ok_or_else(|| not("a number", word)),
        Kind::Time => time(word),
        Kind::File => Ok(absolute(word)),
        Kind::Home => Ok(home(word)),
        Kind::Algorithms(family) if !algorithm::is_valid(family, word) => {
            Err(format!("names an algorithm that sshd does not know: `{word}`"))
        }
        _ => Ok(word.to_owned()),
    }
    .map(|value| vec![value])
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

fn only(words: &[Word]) -> Result<&str, String> {
    match words {
        [] => Err("has no value".to_owned()),
        [word] if word.text.is_empty() => Err("has no value".to_owned()),
        [word] => Ok(&word.text),
        [_, extra, ..] => Err(format!("takes one value; `{}` is too much", extra.text)),
    }
}

fn not(what: &str, text: &str) -> String {
    format!("needs {what}, not `{text}`")
}

fn choice(choices: &[(&str, &str)], word: &str, same: fn(&str, &str) -> bool) -> Result<String, String> {
    let found = choices.iter().find(|(known, _)| same(known, word));
    found.map(|(_, printed)| (*printed).to_owned()).ok_or_else(|| {
        let known: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
        format!("needs one of {}, not `{word}`", known.join(", "))
    })
}

fn integer(text: &str) -> Option<i64> {
    let (number, behind) = address::leading_integer(text, 10)?;
    (behind.is_empty() && (0..=i64::from(i32::MAX)).contains(&number)).then_some(number)
}

/// `convtime` of OpenSSH `misc.c`.
fn time(text: &str) -> Result<String, String> {
    let seconds = || -> Option<i64> {
        let mut total = 0_i64;
        let mut rest = text;
        while !rest.is_empty() {
            let (number, behind) = address::leading_integer(rest, 10)?;
            let unit = behind.chars().next();
            let factor = match unit.map(|unit| unit.to_ascii_lowercase()) {
                None | Some('s') => 1,
                Some('m') => 60,
                Some('h') => 3600,
                Some('d') => 86_400,
                Some('w') => 604_800,
                Some(_) => return None,
            };
            rest = behind.get(unit.map_or(0, char::len_utf8)..)?;
            total += Some(number).filter(|number| (0..=i64::from(i32::MAX) / factor).contains(number))? * factor;
            total = Some(total).filter(|&total| total <= i64::from(i32::MAX))?;
        }
        Some(total)
    };
    seconds().map(|seconds| seconds.to_string()).ok_or_else(|| not("a time", text))
}

/// sshd runs as root with `/` as its working directory.
fn absolute(path: &str) -> String {
    let expanded = home(path);
    if path.eq_ignore_ascii_case("none") {
        "none".to_owned()
    } else if expanded.starts_with(['/', '~']) {
        expanded
    } else {
        format!("//{expanded}")
    }
}

fn home(path: &str) -> String {
    let inside = path.strip_prefix("~root").or_else(|| path.strip_prefix('~'));
    match inside {
        Some("") => "/root/".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("/root{rest}"),
        _ => path.to_owned(),
    }
}

fn list_item(check: Check, text: &str, count: usize) -> Result<String, String> {
    if text.is_empty() && check != Check::Timeout {
        return Err("has an empty word".to_owned());
    }
    let is_none = text.eq_ignore_ascii_case("none");
    let refused = match check {
        Check::NotEmpty | Check::Home => false,
        Check::User => text.split_once('@').is_some_and(|(_, hosts)| !address::is_valid_list(hosts)),
        Check::Variable => text.contains('='),
        Check::Assignment => !text.contains('='),
        Check::NoneAlone => is_none && count > 1,
        Check::Timeout if is_none => count > 1,
        Check::Timeout => !text
            .split_once('=')
            .is_some_and(|(name, limit)| !name.is_empty() && !limit.is_empty() && time(limit).is_ok()),
    };
    match check {
        _ if refused => Err(format!("cannot have `{text}`")),
        Check::Home => Ok(home(text)),
        _ => Ok(text.to_owned()),
    }
}

fn special(form: Form, words: &[Word]) -> Result<Vec<String>, String> {
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
        Some(text) if is_glob(text) => Err(format!("takes no patterns: `{text}`")),
        Some(text) => Err(format!("names a method that sshd does not know: `{text}`")),
        None => Ok(list),
    }
}
