//! Which files of a node systemd-sysctl and procps read, in which order, and the assignments in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::key;
use crate::model::{Location, Source, Span};
use crate::node::tree::{Found, Tree};

/// The directories, from the one that hides files of the same name in the others (`CONF_PATHS` of systemd).
const DIRECTORIES: [&str; 5] =
    ["etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d", "lib/sysctl.d"];

/// The file that procps reads after all others.
const MAIN: &str = "etc/sysctl.conf";

/// Whose rules to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// systemd-sysctl, which runs at boot.
    Systemd,
    /// `sysctl --system` of procps.
    Procps,
}

/// A line that sets a key or, without a value, keeps globs away from it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The key as a path below `/proc/sys`; it may be a glob.
    pub key: String,
    /// The value as written.
    pub value: Option<String>,
    /// Where the value is, or the key if there is none.
    pub place: Location,
    /// The whole line.
    pub text: String,
}

/// A file that no program reads, and why.
#[derive(Debug)]
pub struct Dead {
    /// The file.
    pub source: Arc<Source>,
    /// Why.
    pub why: String,
}

/// The files that a program reads, in its order, and those that it passes over.
pub fn list(tree: &Tree, program: Program) -> (Vec<String>, Vec<Dead>) {
    let mut chosen: BTreeMap<&str, String> = BTreeMap::new();
    let mut dead = Vec::new();
    for directory in DIRECTORIES {
        for name in tree.files_in(directory) {
            let path = format!("{directory}/{name}");
            let why = match chosen.get(name) {
                _ if !name.ends_with(".conf") => "its name does not end in `.conf`".to_owned(),
                _ if program == Program::Systemd && name.starts_with('.') => "its name begins with a dot".to_owned(),
                Some(other) => format!("`{other}` has the same name and comes first"),
                None => {
                    chosen.insert(name, path);
                    continue;
                }
            };
            if let Found::File(source) = tree.find(&path) {
                dead.push(Dead { source: Arc::clone(source), why });
            }
        }
    }
    let mut paths: Vec<String> = chosen.into_values().collect();
    if program == Program::Procps {
        paths.push(MAIN.to_owned());
    } else if let Found::File(source) = tree.find(MAIN) {
        dead.push(Dead {
            source: Arc::clone(source),
            why: "only a link in etc/sysctl.d leads systemd-sysctl to it".to_owned(),
        });
    }
    let read = |dead: &Dead| {
        paths.iter().any(|path| matches!(tree.find(path), Found::File(source) if Arc::ptr_eq(source, &dead.source)))
    };
    dead.retain(|dead| !read(dead));
    (paths, dead)
}

/// The assignments of a file, and its lines that are none.
pub fn lines(source: &Arc<Source>, program: Program) -> (Vec<Line>, Vec<Location>) {
    let (mut lines, mut garbage) = (Vec::new(), Vec::new());
    let ends: &[char] = if program == Program::Systemd { &['\n', '\r', '\0'] } else { &['\n'] };
    let mut at = 0;
    for raw in source.text().split(ends) {
        let raw_at = at;
        at += raw.len() + 1;
        let raw = if program == Program::Procps { raw.split('\0').next().unwrap_or_default() } else { raw };
        let text = trim(raw, program);
        let whole = Span::new(raw_at + offset(raw, text), raw_at + offset(raw, text) + text.len());
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        let location = |part: &str| {
            let start = raw_at + offset(raw, part);
            Location { source: Arc::clone(source), span: Span::new(start, start + part.len()) }
        };
        let (dashed, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (name, value) = match rest.split_once('=') {
            Some((name, value)) => (name, Some(trim(value, program))),
            None if dashed => (rest, None),
            None => {
                garbage.push(Location { source: Arc::clone(source), span: whole });
                continue;
            }
        };
        // procps keeps the blank of `- key`, and no key begins with a blank.
        let name = if program == Program::Procps { name.trim_end() } else { trim(name, program) };
        lines.push(Line {
            key: key::path(name),
            value: value.map(str::to_owned),
            place: location(value.filter(|value| !value.is_empty()).unwrap_or(name)),
            text: text.to_owned(),
        });
    }
    (lines, garbage)
}

fn trim(text: &str, program: Program) -> &str {
    match program {
        Program::Systemd => text.trim_matches([' ', '\t', '\n', '\r']),
        Program::Procps => text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']),
    }
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}
