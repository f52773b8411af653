//! From the two readings to the values that count, and to the text that `sshd -T` prints for them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::address;
use super::defaults::DEFAULTS;
use super::form;
use super::keyword;
use super::pass::Outcome;
use super::slot::{REKEY_INTERVAL, Slot, Slots};
use super::{DROP_INS, Found, MAIN, Note, Tree, is_list};
use crate::model::{Location, Span};
use crate::node::setting::Overridden;

/// The files that sshd starts to read from.
pub struct Files {
    /// The main file; without it, the drop-ins that every distribution's main file includes first.
    pub roots: Vec<String>,
    /// Whether the main file is missing.
    pub is_partial: bool,
}

impl Files {
    /// The files of a tree; `None` if it has none.
    pub fn find(tree: &Tree) -> Option<Self> {
        if matches!(tree.find(MAIN), Found::File(_)) {
            return Some(Self { roots: vec![MAIN.to_owned()], is_partial: false });
        }
        let roots = tree.glob(&format!("{DROP_INS}/*.conf"));
        (!roots.is_empty()).then_some(Self { roots, is_partial: true })
    }

    /// What the files do not show.
    pub fn notices(&self, tree: &Tree, first: &Outcome) -> Vec<Note> {
        let mut notices = Vec::new();
        if self.is_partial {
            notices.push(Note::general(format!(
                "{MAIN} is not in the repository; its drop-ins are read as if it included them before anything else"
            )));
        }
        for name in tree.files_in(DROP_INS) {
            let path = format!("{DROP_INS}/{name}");
            if let (Found::File(source), false) = (tree.find(&path), first.files.contains(&path)) {
                let place = Location { source: Arc::clone(source), span: Span::new(0, 0) };
                notices.push(Note::at(place, "no Include of sshd reads this file"));
            }
        }
        for (path, variable) in [("etc/default/ssh", "SSHD_OPTS="), ("etc/sysconfig/sshd", "OPTIONS=")] {
            let Found::File(source) = tree.find(path) else { continue };
            let mut at = 0;
            for line in source.text().split('\n') {
                let value = line.strip_prefix(variable).map(|value| value.trim().trim_matches(['"', '\'']));
                if value.is_some_and(|value| !value.is_empty()) {
                    let place = Location { source: Arc::clone(source), span: Span::new(at, at + line.len()) };
                    notices
                        .push(Note::at(place, "options of sshd's command line beat its files and are not evaluated"));
                }
                at += line.len() + 1;
            }
        }
        notices
    }
}

/// The lines outside Match blocks, with the values of `Match all` and of the blocks that apply laid over them.
pub struct Overlay {
    /// The keywords that are set.
    pub slots: Slots,
    /// Those that a Match block decided.
    pub by_match_all: BTreeSet<&'static str>,
}

impl Overlay {
    /// Lays the second reading over the first, as `copy_set_server_options` does.
    pub fn new(first: &Outcome, second: &Outcome) -> Self {
        let mut overlay = Self { slots: first.slots.clone(), by_match_all: BTreeSet::new() };
        for (&key, over) in &second.slots {
            if key != REKEY_INTERVAL && !keyword::find(key).is_some_and(|keyword| keyword.in_match) {
                continue;
            }
            let mut slot = over.clone();
            if let Some(under) = overlay.slots.remove(key) {
                slot.overridden = losers(&under, over);
            }
            if !slot.overridden.is_empty() {
                overlay.by_match_all.insert(key);
            }
            overlay.slots.insert(key, slot);
        }
        overlay
    }
}

/// What the lines contradict when all are read, so that sshd does not start.
pub fn contradictions(slots: &Slots) -> Vec<Note> {
    let mut notes = Vec::new();
    for (command, user) in [
        ("authorizedkeyscommand", "authorizedkeyscommanduser"),
        ("authorizedprincipalscommand", "authorizedprincipalscommanduser"),
    ] {
        let set = slots.get(command).and_then(|slot| slot.values.first());
        let set = set.filter(|(value, _)| !value.eq_ignore_ascii_case("none") && !slots.contains_key(user));
        if let Some((value, place)) = set {
            notes.push(Note::at(place.clone(), format!("`{command} {value}` needs `{user}`")));
        }
    }
    let methods = slots.get("authenticationmethods").map(|slot| slot.values.as_slice()).unwrap_or_default();
    let is_any = |text: &str| text.eq_ignore_ascii_case("any");
    let possible = |text: &str| is_any(text) || text.split(',').all(|method| is_enabled(slots, method));
    if let Some((_, place)) = methods.first().filter(|_| !methods.iter().any(|(text, _)| possible(text))) {
        notes.push(Note::at(place.clone(), "every list of `AuthenticationMethods` has a method that is switched off"));
    }
    let family = word(slots, "addressfamily");
    for (text, place) in slots.get("listenaddress").map(|slot| slot.values.as_slice()).unwrap_or_default() {
        let host = text.split(' ').next().and_then(|text| form::listen(text).ok()).map(|(host, _)| host);
        let other = match host.and_then(address::parse) {
            Some(IpAddr::V4(_)) => "inet6",
            Some(IpAddr::V6(_)) => "inet",
            None => continue,
        };
        if family == other {
            notes.push(Note::at(place.clone(), format!("`AddressFamily {family}` rules out the address `{text}`")));
        }
    }
    notes
}

/// Every keyword with the values that `sshd -T` prints, one string per line that it prints.
pub fn print(slots: &Slots) -> BTreeMap<&'static str, Vec<String>> {
    let mut printed: BTreeMap<_, _> =
        DEFAULTS.iter().map(|(key, values)| (*key, values.iter().map(|&value| value.to_owned()).collect())).collect();
    printed.extend(print_set(slots));
    printed.insert("listenaddress", listen_addresses(slots));
    printed
}

/// The same for the keywords that are set.
pub fn print_set(slots: &Slots) -> BTreeMap<&'static str, Vec<String>> {
    let mut printed = BTreeMap::new();
    for (&key, slot) in slots {
        let mut values: Vec<String> = slot.values.iter().map(|(value, _)| value.clone()).collect();
        if values.len() == 1 && values.iter().any(|value| value.eq_ignore_ascii_case("none")) {
            values = vec!["none".to_owned()];
        }
        match key {
            REKEY_INTERVAL | "rekeylimit" => {
                let part = |key| slots.get(key).and_then(|slot| slot.values.first()).map_or("0", |(value, _)| value);
                printed.insert("rekeylimit", vec![format!("{} {}", part("rekeylimit"), part(REKEY_INTERVAL))]);
                continue;
            }
            "setenv" => {
                let mut names = BTreeSet::new();
                values.retain(|value| names.insert(value.split('=').next().unwrap_or_default().to_owned()));
            }
            "channeltimeout" if values == ["none"] => continue,
            _ if is_list(key) => {}
            _ => values = vec![values.join(" ")],
        }
        if !values.is_empty() {
            printed.insert(key, values);
        }
    }
    printed
}

fn losers(under: &Slot, over: &Slot) -> Vec<Overridden> {
    let decides = |place: &Location| {
        over.values.iter().any(|(_, own)| Arc::ptr_eq(&own.source, &place.source) && own.span == place.span)
    };
    let mut lost: Vec<Overridden> = under
        .values
        .iter()
        .filter(|(_, place)| !decides(place))
        .map(|(_, place)| Overridden {
            text: place.source.slice(place.span).to_owned(),
            place: place.clone(),
            why: "a Match block that applies beats the lines outside of it".to_owned(),
        })
        .collect();
    lost.extend(under.overridden.iter().filter(|lost| !decides(&lost.place)).cloned());
    lost
}

fn word<'a>(slots: &'a Slots, key: &str) -> &'a str {
    slots.get(key).and_then(|slot| slot.values.first()).map_or("", |(value, _)| value)
}

fn is_enabled(slots: &Slots, method: &str) -> bool {
    let (key, default) = match method.split(':').next().unwrap_or_default() {
        "publickey" => ("pubkeyauthentication", true),
        "password" => ("passwordauthentication", true),
        "keyboard-interactive" => ("kbdinteractiveauthentication", true),
        "hostbased" => ("hostbasedauthentication", false),
        "gssapi-with-mic" => ("gssapiauthentication", false),
        "gssapi-keyex" => ("gssapikeyexchange", false),
        _ => return true,
    };
    match word(slots, key) {
        "" => default,
        value => value == "yes",
    }
}

fn listen_addresses(slots: &Slots) -> Vec<String> {
    let ports = slots.get("port").map(|slot| slot.values.iter().map(|(port, _)| port.clone()).collect());
    let ports: Vec<String> = ports.unwrap_or_else(|| vec!["22".to_owned()]);
    let Some(listen) = slots.get("listenaddress") else {
        let any: &[&str] = match word(slots, "addressfamily") {
            "inet" => &["0.0.0.0"],
            "inet6" => &["[::]"],
            _ => &["[::]", "0.0.0.0"],
        };
        return ports.iter().flat_map(|port| any.iter().map(move |host| format!("{host}:{port}"))).collect();
    };
    let mut printed = Vec::new();
    for (text, _) in &listen.values {
        let (address, domain) = text.split_once(' ').unwrap_or((text, ""));
        let Ok((host, port)) = form::listen(address) else { continue };
        let host = match address::parse(host) {
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            Some(IpAddr::V4(address)) => address.to_string(),
            None => host.to_owned(),
        };
        let own = port.map(|port| vec![port.to_string()]);
        for port in own.as_ref().unwrap_or(&ports) {
            printed.push(format!("{host}:{port} {domain}").trim_end().to_owned());
        }
    }
    printed
}
