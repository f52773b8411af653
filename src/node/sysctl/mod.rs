//! sysctl.d: in comes a node's tree, out go the kernel parameters that systemd-sysctl sets at boot, each with the line
//! that decided, and where `sysctl --system` of procps would set something else. The rules are those of systemd 252 and
//! procps 4.0.

mod apply;
mod files;
mod key;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::note::Note;
use super::pattern::is_glob;
use super::setting::{Effective, Origin, Overridden, Setting};
use super::tree::{Found, Tree};
use crate::error::nearest;
use crate::model::{Location, Span};
use apply::{Decided, Reach};
use files::{Dead, Line, Program};

/// The interfaces that globs reach when nothing better is known of a node.
pub const INTERFACES: [&str; 4] = ["all", "default", "lo", "eth0"];

/// The kernel parameters that the files of a node set.
#[derive(Debug)]
pub struct Sysctl {
    /// Each parameter by its name with dots (`net.ipv4.conf.eth0/100.rp_filter`); values are the text written.
    pub settings: BTreeMap<String, Setting>,
    /// Why parameters that are not listed may be set nevertheless.
    pub incomplete: Option<String>,
    /// Lines that set nothing although they look so.
    pub problems: Vec<Note>,
    /// What has no effect, and what could change the values outside these files.
    pub notices: Vec<Note>,
}

/// The parameters of a node; `None` if the tree has no file of sysctl.
pub fn read(tree: &Tree, interfaces: &[&str]) -> Option<Sysctl> {
    let boot = Reading::new(tree, interfaces, Program::Systemd);
    if boot.paths.is_empty() && boot.dead.is_empty() {
        return None;
    }
    let procps = Reading::new(tree, interfaces, Program::Procps);
    let template = boot.template.as_ref().map(|path| format!("`{path}` is a template that is not rendered"));
    let missing = || boot.missing.first().map(|path| format!("what `{path}` holds is not in the repository"));
    let incomplete = template.or_else(missing);
    let settings = boot.settings(&incomplete);
    let problems = boot.problems();
    let mut notices = boot.notices(tree);
    notices.extend(differences(&boot, &procps));
    Some(Sysctl { settings, incomplete, problems, notices })
}

/// What `sysctl --system` of procps sets, by names with dots.
pub fn procps(tree: &Tree, interfaces: &[&str]) -> BTreeMap<String, String> {
    let reading = Reading::new(tree, interfaces, Program::Procps);
    let value = |at: &usize| reading.lines.get(*at).and_then(|line| line.value.clone()).unwrap_or_default();
    reading.decided.iter().map(|(key, at)| (key::dotted(key), value(at))).collect()
}

/// All that one program makes of the tree.
struct Reading {
    paths: Vec<String>,
    dead: Vec<Dead>,
    lines: Vec<Line>,
    garbage: Vec<Location>,
    missing: Vec<String>,
    template: Option<String>,
    reach: Reach,
    decided: Decided,
}

impl Reading {
    fn new(tree: &Tree, interfaces: &[&str], program: Program) -> Self {
        let (paths, dead) = files::list(tree, program);
        let (mut lines, mut garbage, mut missing, mut template) = (Vec::new(), Vec::new(), Vec::new(), None);
        for path in &paths {
            match tree.find(path) {
                Found::File(source) => {
                    let (more, rest) = files::lines(source, program);
                    let is_statement = |text: &str| ["{%", "{{", "{#", "%{"].iter().any(|mark| text.starts_with(mark));
                    let (statements, rest): (Vec<_>, Vec<_>) =
                        rest.into_iter().partition(|place| is_statement(source.slice(place.span)));
                    if !statements.is_empty() || more.iter().any(|line| is_template(&line.key)) {
                        template.get_or_insert_with(|| path.clone());
                    }
                    lines.extend(more.into_iter().filter(|line| !is_template(&line.key)));
                    garbage.extend(rest);
                }
                Found::Nothing => missing.push(path.clone()),
                Found::Null => {}
            }
        }
        let reach = apply::reach(&lines, interfaces);
        let decided = apply::decide(&lines, &reach, program);
        Self { paths, dead, lines, garbage, missing, template, reach, decided }
    }

    fn settings(&self, incomplete: &Option<String>) -> BTreeMap<String, Setting> {
        let mut touching: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            match self.reach.get(&at) {
                Some(keys) => keys.iter().for_each(|key| touching.entry(key).or_default().push(at)),
                None => touching.entry(&line.key).or_default().push(at),
            }
        }
        let hidden = self.hidden();
        let mut settings = BTreeMap::new();
        for (key, &winner) in &self.decided {
            let Some(line) = self.lines.get(winner) else { continue };
            let touching = touching.get(key.as_str()).map(Vec::as_slice).unwrap_or_default();
            let losers = touching.iter().filter(|&&at| at != winner);
            let mut overridden: Vec<Overridden> = losers.filter_map(|&at| self.loser(at, winner)).collect();
            overridden.extend(hidden.get(key).cloned().unwrap_or_default());
            let value = line.value.clone().unwrap_or_default();
            let value = match incomplete {
                Some(reason) => Effective::Unknown(reason.clone()),
                None if is_template(&value) => {
                    Effective::Unknown("the value is a template expression that is not rendered".to_owned())
                }
                None => Effective::Known(Value::String(value)),
            };
            let origin = if line.place.source.path().ends_with("sysctl.conf") { Origin::File } else { Origin::DropIn };
            let rule = match is_glob(&line.key) {
                true => "the last glob that matches wins, as no line names the parameter itself",
                false => "the last line that names the parameter wins, files in the order of their names",
            };
            let place = Some(line.place.clone());
            settings.insert(key::dotted(key), Setting { value, origin, place, rule, adds: Vec::new(), overridden });
        }
        settings
    }

    fn loser(&self, at: usize, winner: usize) -> Option<Overridden> {
        let (line, winner_line) = (self.lines.get(at)?, self.lines.get(winner)?);
        let why = match (is_glob(&line.key), is_glob(&winner_line.key)) {
            _ if line.value.is_none() => return None,
            (true, false) => "a line that names the parameter beats a glob, wherever it stands",
            (true, true) if at < winner => "a later glob wins",
            (true, true) => "systemd-sysctl keeps a glob where its value first stood, so the other glob comes later",
            _ if at < winner => "a later line sets the parameter",
            _ => "it repeats the value that counts already",
        };
        Some(Overridden { text: line.text.clone(), place: line.place.clone(), why: why.to_owned() })
    }

    /// The lines of files that are not read, by the key that they would set.
    fn hidden(&self) -> BTreeMap<String, Vec<Overridden>> {
        let mut hidden: BTreeMap<String, Vec<Overridden>> = BTreeMap::new();
        for dead in &self.dead {
            for line in files::lines(&dead.source, Program::Systemd).0 {
                let why = format!("the file is not read: {}", dead.why);
                hidden.entry(line.key).or_default().push(Overridden { text: line.text, place: line.place, why });
            }
        }
        hidden
    }

    fn problems(&self) -> Vec<Note> {
        let garbage =
            self.garbage.iter().map(|place| Note::at(place.clone(), "the line is no assignment and is ignored"));
        let keys = self.lines.iter().filter(|line| line.value.is_some() && !is_glob(&line.key));
        let impossible = keys.filter_map(|line| {
            let why = key::impossible(&line.key)?;
            Some(Note::at(line.place.clone(), format!("`{}` sets nothing: {why}", line.text)))
        });
        garbage.chain(impossible).collect()
    }

    fn notices(&self, tree: &Tree) -> Vec<Note> {
        let mut notices = Vec::new();
        for dead in &self.dead {
            let place = Location { source: Arc::clone(&dead.source), span: Span::new(0, 0) };
            notices.push(Note::at(place, format!("systemd-sysctl does not read this file: {}", dead.why)));
        }
        for path in &self.missing {
            notices.push(Note::general(format!(
                "what `{path}` holds is not in the repository, so nothing is known for sure"
            )));
        }
        for line in &self.lines {
            notices.extend(misspelled(line));
            let value = line.value.as_deref().unwrap_or_default();
            if value.starts_with(|c: char| c.is_ascii_digit()) && value.contains(['#', ';']) {
                let message = "the comment is part of the value; the kernel takes the number if a blank follows it";
                notices.push(Note::at(line.place.clone(), message));
            }
            if line.value.is_some() && is_glob(&line.key) {
                notices.push(Note::at(
                    line.place.clone(),
                    format!(
                        "the glob `{}` also sets parameters of interfaces and of the kernel that are not known here",
                        line.key
                    ),
                ));
            }
        }
        if tree.files_in("usr/lib/sysctl.d").is_empty() {
            notices.push(Note::general(
                "usr/lib/sysctl.d is not in the repository; a file there whose name sorts later can change a value",
            ));
        }
        notices.push(Note::general(
            "the kernel command line, CNI plugins and a kubelet without protectKernelDefaults can change values",
        ));
        notices
    }
}

fn is_template(text: &str) -> bool {
    ["{{", "{%", "${", "{.{"].iter().any(|mark| text.contains(mark))
}

/// A parameter of an interface that the kernel does not have.
fn misspelled(line: &Line) -> Option<Note> {
    let parts: Vec<&str> = line.key.split('/').collect();
    let (names, name) = (key::interface_names(&parts)?, parts.last()?);
    if is_glob(name) || names.contains(name) {
        return None;
    }
    let similar = nearest(name, names.iter().copied()).map(|known| format!("; `{known}` is spelled alike"));
    let message = format!("interfaces have no parameter `{name}`{}", similar.unwrap_or_default());
    Some(Note::at(line.place.clone(), message))
}

/// Where procps would leave another value than systemd-sysctl.
fn differences(boot: &Reading, procps: &Reading) -> Vec<Note> {
    let value = |reading: &Reading, key: &str| {
        let line = reading.decided.get(key).and_then(|&at| reading.lines.get(at))?;
        Some((line.value.clone().unwrap_or_default(), line.place.clone()))
    };
    let mut keys: Vec<&String> = boot.decided.keys().chain(procps.decided.keys()).collect();
    keys.sort();
    keys.dedup();
    let difference = |key: &String| {
        let name = key::dotted(key);
        match (value(boot, key), value(procps, key)) {
            (Some((own, place)), None) => {
                Some(Note::at(place, format!("`sysctl --system` would not set `{name}`, which is `{own}` after boot")))
            }
            (Some((own, _)), Some((other, place))) if own != other => {
                let message = format!("`sysctl --system` would set `{name}` to `{other}`, which is `{own}` after boot");
                Some(Note::at(place, message))
            }
            (None, Some((other, place))) => {
                let message = format!("`sysctl --system` would set `{name}` to `{other}`, which is not set at boot");
                Some(Note::at(place, message))
            }
            _ => None,
        }
    };
    keys.into_iter().filter_map(difference).collect()
}
