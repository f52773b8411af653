//! From an argument list to settings: the rules of pflag (Kubernetes) and of Go's flag package (etcd).
//!
//! Every error is reported and the rest is still read, although the program stops at the first one.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::Location;
use crate::node::Note;

use super::component::Program;
use super::flag_table::{Flag, FlagTable};
use super::name::hint;
use super::setting::{Effective, Origin, Overridden, Setting};

/// One word of a command line.
#[derive(Debug, Clone)]
pub struct Argument {
    /// The word, as the program gets it.
    pub text: String,
    /// Where it is written; `None` for one that a distribution adds by itself.
    pub place: Option<Location>,
    /// Why the word is not known in full, as a phrase: it holds a template expression, say.
    pub unknown: Option<String>,
}

impl Argument {
    /// A word that is known.
    pub fn new(text: impl Into<String>, place: Option<Location>) -> Self {
        Self { text: text.into(), place, unknown: None }
    }
}

/// What an argument list comes to.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// Every flag that the program has, by name; and those that it has not, with the text that they are given.
    pub settings: BTreeMap<String, Setting>,
    /// The flags that the list sets, each with its texts and their places in order.
    pub given: BTreeMap<String, Vec<Given>>,
    /// Why the program would not start.
    pub refused: Vec<Note>,
    /// What the table of flags cannot tell.
    pub warnings: Vec<Note>,
}

/// One occurrence of a flag.
#[derive(Debug, Clone)]
pub struct Given {
    /// The text of its value.
    pub text: String,
    /// Where the value is written.
    pub place: Option<Location>,
    /// Why the value is not known, as a phrase.
    pub unknown: Option<String>,
    /// The position in the argument list.
    at: usize,
}

/// Reads an argument list (without the program's name) as the program would.
pub fn read(program: Program, table: &FlagTable, arguments: &[Argument]) -> Flags {
    let mut reader =
        Reader { program, table, arguments, at: 0, opaque: None, strangers: BTreeMap::new(), out: Flags::default() };
    reader.run();
    let (opaque, strangers) = (reader.opaque, reader.strangers);
    let mut out = reader.out;
    out.settings.extend(strangers);
    for flag in table.iter() {
        let setting = settle(flag, out.given.get(flag.name).map(Vec::as_slice).unwrap_or_default(), opaque.as_ref());
        out.settings.insert(flag.name.to_owned(), setting);
    }
    out
}

/// A word that may stand for any flags, with its position.
#[derive(Debug, Clone)]
struct Opaque {
    at: usize,
    reason: String,
    place: Option<Location>,
}

struct Reader<'a> {
    program: Program,
    table: &'a FlagTable,
    arguments: &'a [Argument],
    at: usize,
    opaque: Option<Opaque>,
    /// Flags that the table does not have.
    strangers: BTreeMap<String, Setting>,
    out: Flags,
}

impl<'a> Reader<'a> {
    fn run(&mut self) {
        while let Some(argument) = self.next() {
            let text = argument.text.as_str();
            let dashes = if text.starts_with("--") { 2 } else { usize::from(text.starts_with('-')) };
            let name = text.get(dashes..).unwrap_or_default();
            if argument.unknown.is_some() && !has_known_name(text) {
                self.mark_opaque(argument);
            } else if dashes == 0 || text == "-" {
                self.stray(argument);
                if self.program == Program::Etcd {
                    return;
                }
            } else if text == "--" {
                while let Some(rest) = self.next() {
                    self.stray(rest);
                }
            } else if name.starts_with(['-', '=']) {
                self.refuse(format!("`{text}` is not the syntax of a flag"), argument);
            } else if dashes == 1 && self.program != Program::Etcd {
                self.short(argument, name);
            } else {
                self.long(argument, name);
            }
        }
    }

    fn next(&mut self) -> Option<&'a Argument> {
        let argument = self.arguments.get(self.at)?;
        self.at += 1;
        Some(argument)
    }

    fn long(&mut self, argument: &'a Argument, rest: &str) {
        let (written, value) = match rest.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (rest, None),
        };
        // component-base's WordSepNormalizeFunc; etcd has no such rule.
        let name = if self.program == Program::Etcd { written.to_owned() } else { written.replace('_', "-") };
        let Some(flag) = self.table.get(&name).copied() else {
            self.unknown_flag(argument, name, value);
            return;
        };
        match value {
            Some(value) => self.give(&flag, value, argument),
            None if flag.kind.is_switch() => self.give(&flag, "true", argument),
            None => match self.next() {
                Some(next) => self.give(&flag, &next.text, next),
                None => self.refuse(format!("`--{name}` needs a value"), argument),
            },
        }
    }

    /// The only shorthands are `-v` for the log level and `-h`.
    fn short(&mut self, argument: &'a Argument, rest: &str) {
        let flag = rest.strip_prefix('v').and_then(|value| Some((self.table.get("v").copied()?, value)));
        match flag {
            Some((flag, "")) => match self.next() {
                Some(next) => self.give(&flag, &next.text, next),
                None => self.refuse("`-v` needs a value".to_owned(), argument),
            },
            Some((flag, value)) => {
                let value = value.strip_prefix('=').filter(|rest| !rest.is_empty()).unwrap_or(value);
                self.give(&flag, value, argument);
            }
            None if rest.starts_with('h') => self.refuse("`-h` prints the help and ends".to_owned(), argument),
            None => self.refuse(format!("{} has no flag `-{}`", self.program, first_letter(rest)), argument),
        }
    }

    fn give(&mut self, flag: &Flag, text: &str, from: &Argument) {
        let known = from.unknown.is_none();
        // These flag values drop an empty text (k8s.io/kubernetes/pkg/util/flag).
        if known && text.is_empty() && flag.kind == super::flag_kind::Kind::SloppyIp {
            return;
        }
        if known && let Err(message) = flag.kind.set(None, text) {
            self.refuse(format!("`--{}`: {message}", flag.name), from);
            return;
        }
        if known && matches!(flag.name, "help" | "version") && super::go::bool(text) != Some(false) {
            self.refuse(format!("`--{}` makes {} print and end", flag.name, self.program), from);
        }
        let given =
            Given { text: text.to_owned(), place: from.place.clone(), unknown: from.unknown.clone(), at: self.at };
        self.out.given.entry(flag.name.to_owned()).or_default().push(given);
    }

    fn unknown_flag(&mut self, argument: &'a Argument, name: String, value: Option<&str>) {
        let mistakes = self.out.refused.len() + self.out.warnings.len();
        let hint = hint(&name, self.table.iter().map(|flag| flag.name), mistakes);
        if matches!(name.as_str(), "help" | "h") {
            self.refuse(format!("`--{name}` prints the help and ends"), argument);
        } else if self.table.complete {
            self.refuse(format!("{} has no flag `--{name}`{hint}", self.program), argument);
        } else {
            let message = format!("{} is not known to have a flag `--{name}`{hint}", self.program);
            self.out.warnings.push(Note::new(message, argument.place.clone()));
        }
        // What follows an unknown flag is most likely its value, and no second mistake.
        let next = self.arguments.get(self.at).filter(|next| value.is_none() && !next.text.starts_with('-'));
        self.at += usize::from(next.is_some());
        let (text, from) = next.map_or((value.unwrap_or("true"), argument), |next| (next.text.as_str(), next));
        let known = || Effective::Known(text.into());
        let setting = Setting {
            value: from.unknown.clone().map_or_else(known, Effective::Unknown),
            origin: Origin::Flag,
            place: from.place.clone(),
            rule: "the flag is given, though this version is not known to have it",
            adds: Vec::new(),
            overridden: Vec::new(),
        };
        self.strangers.insert(name, setting);
    }

    fn stray(&mut self, argument: &Argument) {
        // Only the kubelet and etcd refuse an empty argument; the others look at its length.
        let lenient = !matches!(self.program, Program::Kubelet | Program::Etcd);
        if argument.unknown.is_some() {
            self.mark_opaque(argument);
        } else if !(lenient && argument.text.is_empty()) {
            let text = &argument.text;
            self.refuse(format!("`{text}` is an argument without a flag, which {} refuses", self.program), argument);
        }
    }

    fn mark_opaque(&mut self, argument: &Argument) {
        let reason = argument.unknown.clone().unwrap_or_default();
        self.out
            .warnings
            .push(Note::new(format!("`{}` may stand for any flags: {reason}", argument.text), argument.place.clone()));
        self.opaque = Some(Opaque { at: self.at, reason, place: argument.place.clone() });
    }

    fn refuse(&mut self, message: String, argument: &Argument) {
        self.out.refused.push(Note::new(message, argument.place.clone()));
    }
}

/// Whether the part before `=` is plainly the name of a flag.
fn has_known_name(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else { return false };
    let plain = name.trim_start_matches('-');
    name.starts_with('-') && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn first_letter(text: &str) -> &str {
    text.get(..text.chars().next().map_or(0, char::len_utf8)).unwrap_or_default()
}

fn settle(flag: &Flag, given: &[Given], opaque: Option<&Opaque>) -> Setting {
    let Some((last, earlier)) = given.split_last() else { return unset(flag, opaque) };
    let hidden = opaque.filter(|opaque| flag.kind.adds_up() || opaque.at > last.at);
    let unknown = match hidden {
        Some(opaque) => Some(opaque.reason.clone()),
        None if flag.kind.adds_up() => given.iter().find_map(|one| one.unknown.clone()),
        None => last.unknown.clone(),
    };
    let counting = if flag.kind.adds_up() { given } else { std::slice::from_ref(last) };
    Setting {
        value: unknown.map_or_else(|| Effective::Known(total(flag, counting)), Effective::Unknown),
        origin: Origin::Flag,
        place: last.place.clone(),
        rule: rule(flag, given),
        adds: if flag.kind.adds_up() {
            earlier.iter().filter_map(|one| one.place.clone()).collect()
        } else {
            Vec::new()
        },
        overridden: if flag.kind.adds_up() { Vec::new() } else { earlier.iter().filter_map(lost).collect() },
    }
}

fn unset(flag: &Flag, opaque: Option<&Opaque>) -> Setting {
    let setting = Setting::of_default(flag.kind.default(flag.default));
    match opaque {
        Some(opaque) => {
            Setting { value: Effective::Unknown(opaque.reason.clone()), place: opaque.place.clone(), ..setting }
        }
        None => setting,
    }
}

fn total(flag: &Flag, given: &[Given]) -> Value {
    // Every text in the list was accepted once already.
    let add = |before, one: &Given| flag.kind.set(before, &one.text).ok();
    given.iter().fold(None, add).unwrap_or_else(|| flag.kind.default(flag.default))
}

fn rule(flag: &Flag, given: &[Given]) -> &'static str {
    match given.len() {
        1 => "the flag sets it",
        _ if flag.kind.is_list() => "the values of all these flags add up",
        _ if flag.kind.is_map() => "the values of all these flags are merged, key by key",
        _ => "the last of several flags wins",
    }
}

fn lost(given: &Given) -> Option<Overridden> {
    let why = "a later flag of the same name wins".to_owned();
    Some(Overridden { text: given.text.clone(), place: given.place.clone()?, why })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::node::version::Version;

    fn flags(program: Program, words: &[&str]) -> Flags {
        let table = FlagTable::of(program, Some(Version::new(1, 33)));
        let arguments: Vec<_> = words.iter().map(|&word| argument(word)).collect();
        read(program, &table, &arguments)
    }

    fn argument(word: &str) -> Argument {
        let unknown = word.contains("{{").then(|| "template".to_owned());
        Argument { unknown, ..Argument::new(word, None) }
    }

    fn known(flags: &Flags, name: &str) -> Value {
        flags.settings[name].known().cloned().unwrap_or("unknown".into())
    }

    #[test]
    fn every_way_to_write_a_flag() {
        let words = ["--anonymous_auth=False", "--secure-port", "6444", "--profiling", "-v2", "--audit-log-maxage=30"];
        let read = flags(Program::ApiServer, &words);
        assert!(read.refused.is_empty(), "{:?}", read.refused);
        assert_eq!(known(&read, "anonymous-auth"), json!(false));
        assert_eq!(known(&read, "secure-port"), json!(6444));
        assert_eq!(known(&read, "profiling"), json!(true));
        assert_eq!(known(&read, "v"), json!(2));
        assert_eq!(known(&read, "request-timeout"), json!("1m0s"));
    }

    #[test]
    fn the_last_scalar_wins_and_lists_add_up() {
        let read = flags(
            Program::ApiServer,
            &[
                "--profiling=true",
                "--enable-admission-plugins=A,B",
                "--profiling=false",
                "--enable-admission-plugins=C",
            ],
        );
        assert_eq!(known(&read, "profiling"), json!(false));
        assert_eq!(known(&read, "enable-admission-plugins"), json!(["A", "B", "C"]));
    }

    #[test]
    fn mistakes_are_refused_and_the_rest_is_read() {
        let words =
            ["--anonymous-auth", "false", "--no-such", "x", "--audit-log-maxage=many", "---x", "--profiling=false"];
        let read = flags(Program::ApiServer, &words);
        assert_eq!(read.refused.len(), 4, "{:?}", read.refused);
        assert_eq!(known(&read, "profiling"), json!(false));
        assert!(flags(Program::ApiServer, &[""]).refused.is_empty());
        assert_eq!(flags(Program::Kubelet, &[""]).refused.len(), 1);
        assert_eq!(flags(Program::ApiServer, &["--secure-port"]).refused.len(), 1);
    }

    #[test]
    fn a_template_makes_unknown_what_it_can_reach() {
        let read = flags(
            Program::ApiServer,
            &["--profiling=true", "--secure-port={{ port }}", "{{ extra }}", "--anonymous-auth=false"],
        );
        assert_eq!(known(&read, "profiling"), json!("unknown"));
        assert_eq!(known(&read, "secure-port"), json!("unknown"));
        assert_eq!(known(&read, "anonymous-auth"), json!(false));
        assert_eq!(known(&read, "request-timeout"), json!("unknown"));
        let read = flags(Program::ApiServer, &["--secure-port", "{{ port }}", "--profiling=true"]);
        assert_eq!(known(&read, "secure-port"), json!("unknown"));
        assert_eq!(known(&read, "profiling"), json!(true));
    }

    #[test]
    fn etcd_takes_one_dash_and_stops_at_a_word() {
        let table = FlagTable::of(Program::Etcd, Some(Version::new(3, 5)));
        let words = ["-client-cert-auth", "--cipher-suites=A,B", "--cipher-suites=C", "stray", "--auto-tls"];
        let arguments: Vec<_> = words.iter().map(|&word| argument(word)).collect();
        let read = read(Program::Etcd, &table, &arguments);
        assert_eq!(known(&read, "client-cert-auth"), json!(true));
        assert_eq!(known(&read, "cipher-suites"), json!(["C"]));
        assert_eq!(known(&read, "auto-tls"), json!(false));
        assert_eq!(read.refused.len(), 1);
    }
}
