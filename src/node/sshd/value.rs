//! The arguments of a keyword as the value that `sshd -T` prints, or why sshd refuses them.

use super::address;
use super::algorithm;
use super::form;
use super::keyword::Kind;
use super::words::Word;

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

/// The value of a keyword, one string per element. `rest` is the line behind the keyword.
pub fn read(kind: Kind, words: &[Word], rest: &str) -> Result<Vec<String>, String> {
    match kind {
        Kind::Rest => return Ok(vec![rest.to_owned()]),
        Kind::Command if rest.starts_with('/') || rest.eq_ignore_ascii_case("none") => {
            return Ok(vec![rest.to_owned()]);
        }
        Kind::Command => return Err("needs an absolute path or `none`".to_owned()),
        Kind::Words(check) => return words.iter().map(|word| list_item(check, &word.text, words.len())).collect(),
        Kind::Special(form) => return form::read(form, words),
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

/// The one word of a line.
pub fn only(words: &[Word]) -> Result<&str, String> {
    match words {
        [] => Err("has no value".to_owned()),
        [word] if word.text.is_empty() => Err("has no value".to_owned()),
        [word] => Ok(&word.text),
        [_, extra, ..] => Err(format!("takes one value; `{}` is too much", extra.text)),
    }
}

/// What is wrong with a text that should be something else.
pub fn not(what: &str, text: &str) -> String {
    format!("needs {what}, not `{text}`")
}

fn choice(choices: &[(&str, &str)], word: &str, same: fn(&str, &str) -> bool) -> Result<String, String> {
    let found = choices.iter().find(|(known, _)| same(known, word));
    found.map(|(_, printed)| (*printed).to_owned()).ok_or_else(|| {
        let known: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
        format!("needs one of {}, not `{word}`", known.join(", "))
    })
}

/// A number from 0 that C holds in an `int`.
pub fn integer(text: &str) -> Option<i64> {
    let (number, behind) = address::leading_integer(text, 10)?;
    (behind.is_empty() && (0..=i64::from(i32::MAX)).contains(&number)).then_some(number)
}

/// `convtime` of OpenSSH `misc.c`.
pub fn time(text: &str) -> Result<String, String> {
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
pub fn absolute(path: &str) -> String {
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
