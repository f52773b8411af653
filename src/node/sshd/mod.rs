//! sshd_config: in comes a node's tree, out go the values that `sshd -T` would print, each with the line that decided,
//! the values that Match blocks give instead, and why sshd would not start. The rules are those of OpenSSH 9.2 as
//! Debian builds it; what newer versions added is accepted with a notice.

mod address;
mod algorithm;
mod criteria;
mod defaults;
mod effective;
mod form;
mod keyword;
mod pass;
mod slot;
mod value;
mod words;

use std::collections::BTreeMap;

use serde_json::Value;

pub use criteria::Connection;

use super::note::Note;
use super::setting::{Effective, Origin, Setting};
use super::tree::{Found, Tree};
use crate::model::Location;
use effective::{Files, Overlay};
use keyword::Merge;
use pass::Outcome;
use slot::{Slot, Slots};

const MAIN: &str = "etc/ssh/sshd_config";
const DROP_INS: &str = "etc/ssh/sshd_config.d";

/// What sshd would run with.
#[derive(Debug)]
pub struct Sshd {
    /// Every keyword as `sshd -T` names it, and `debianbanner`. Keywords whose lines add up have a list of strings.
    pub settings: BTreeMap<&'static str, Setting>,
    /// For each keyword whose lines add up, the place of each element.
    pub parts: BTreeMap<&'static str, Vec<Location>>,
    /// The Match blocks that need a connection, in order.
    pub conditional: Vec<Conditional>,
    /// Why sshd would not start.
    pub problems: Vec<Note>,
    /// What has no effect, and what could change the values outside the repository.
    pub notices: Vec<Note>,
}

/// What a Match block sets for the connections that meet its criteria.
#[derive(Debug)]
pub struct Conditional {
    /// The criteria of the block, after those of the blocks that include its file.
    pub criteria: Vec<Location>,
    /// The values.
    pub settings: BTreeMap<&'static str, Setting>,
}

#[derive(Debug)]
struct Block {
    criteria: Vec<Location>,
    slots: Slots,
}

impl Sshd {
    /// Every value, those of Match blocks too.
    pub fn every_setting(&mut self) -> impl Iterator<Item = &mut Setting> {
        let conditional = self.conditional.iter_mut().flat_map(|block| block.settings.values_mut());
        self.settings.values_mut().chain(conditional)
    }
}

/// The values of a node's sshd; `None` if the tree has no file of it.
pub fn read(tree: &Tree) -> Option<Sshd> {
    let files = Files::find(tree)?;
    let first = pass::read(tree, &files.roots, None);
    let mut problems = first.problems.clone();
    problems.extend(effective::contradictions(&first.slots));
    let mut notices: Vec<Note> = first.notices.iter().chain(&first.newer).cloned().collect();
    notices.extend(files.notices(tree, &first));
    if let Some(place) = &first.template {
        // What the lines are once the template is rendered, nobody knows here.
        problems.clear();
        notices.push(Note::at(place.clone(), "the file is a template that is not rendered"));
    }
    let second = pass::read(tree, &files.roots, Some(&Connection::default()));
    if problems.is_empty() {
        let only_in_test = second.problems.iter();
        notices.extend(
            only_in_test.map(|note| Note { message: format!("`sshd -T` fails: {}", note.message), ..note.clone() }),
        );
    }
    let unknown = reason(&problems, &first);
    let overlay = Overlay::new(&first, &second);
    let values = effective::print(&overlay.slots);
    let mut settings: BTreeMap<_, _> = values
        .into_iter()
        .map(|(key, value)| (key, setting(key, value, overlay.slots.get(key), overlay.by_match_all.contains(key))))
        .collect();
    for (key, setting) in &mut settings {
        let absent = files.is_partial && setting.origin == Origin::Default;
        if let Some(reason) = unknown.clone().or_else(|| absent.then(|| format!("{MAIN} is not in the repository"))) {
            setting.value = Effective::Unknown(reason);
        } else if let Some(hidden) = first.hidden.as_ref().filter(|hidden| !hidden.decided.contains(key)) {
            setting.value = Effective::Unknown(hidden.reason.clone());
        } else if overlay.slots.get(key).is_some_and(|slot| slot.template) {
            setting.value = Effective::Unknown("the value is a template expression that is not rendered".to_owned());
        }
    }
    let parts = overlay.slots.iter().filter(|(key, _)| is_list(key));
    let parts = parts.map(|(key, slot)| (*key, slot.values.iter().map(|(_, place)| place.clone()).collect())).collect();
    let conditional = first.blocks.into_iter().map(|block| conditional(block, &unknown)).collect();
    Some(Sshd { settings, parts, conditional, problems, notices })
}

/// The values that `sshd -T -C` prints for a connection, or why it fails; `None` if the tree has no file of sshd.
pub fn print(tree: &Tree, connection: &Connection) -> Option<Result<BTreeMap<&'static str, Vec<String>>, Note>> {
    let files = Files::find(tree)?;
    let first = pass::read(tree, &files.roots, None);
    let refused = first
        .problems
        .iter()
        .chain(&first.newer)
        .next()
        .cloned()
        .or_else(|| effective::contradictions(&first.slots).into_iter().next());
    if let Some(problem) = refused {
        return Some(Err(problem));
    }
    let second = pass::read(tree, &files.roots, Some(connection));
    Some(match second.problems.first() {
        Some(problem) => Err(problem.clone()),
        None => Ok(effective::print(&Overlay::new(&first, &second).slots)),
    })
}

fn reason(problems: &[Note], first: &Outcome) -> Option<String> {
    let refused = problems.first().map(|note| format!("sshd would not start: {}", note.message));
    let template = || first.template.as_ref().map(|_| "sshd_config is a template that is not rendered".to_owned());
    refused.or_else(template)
}

fn is_list(key: &str) -> bool {
    key == "setenv" || keyword::find(key).is_some_and(|keyword| keyword.merge == Merge::Append)
}

fn setting(key: &str, value: Vec<String>, slot: Option<&Slot>, by_match_all: bool) -> Setting {
    let value = match is_list(key) {
        true => value.into_iter().map(Value::String).collect(),
        false => Value::String(value.join(" ")),
    };
    let merge = keyword::find(key).map(|keyword| keyword.merge);
    let (origin, rule) = match (slot, merge) {
        (None, _) => (Origin::Default, "compiled-in default of OpenSSH 9.2 on Debian"),
        (Some(slot), merge) => {
            let origin = if slot.drop_in { Origin::DropIn } else { Origin::File };
            let rule = match merge {
                _ if by_match_all => "a `Match all` block beats the lines outside of it",
                Some(Merge::Append) => "every line adds to the list",
                Some(Merge::Last) => "the last value wins",
                _ => "the first value wins",
            };
            (origin, rule)
        }
    };
    Setting {
        value: Effective::Known(value),
        origin,
        place: slot.and_then(|slot| slot.values.first()).map(|(_, place)| place.clone()),
        rule,
        adds: slot.map(|slot| slot.values.iter().skip(1).map(|(_, place)| place.clone()).collect()).unwrap_or_default(),
        overridden: slot.map(|slot| slot.overridden.clone()).unwrap_or_default(),
    }
}

fn conditional(block: Block, unknown: &Option<String>) -> Conditional {
    let mut settings = BTreeMap::new();
    for (key, value) in effective::print_set(&block.slots) {
        let slot = block.slots.get(key);
        let mut setting = setting(key, value, slot, false);
        setting.rule = "the block beats the lines outside of it, and the first block that applies wins";
        if let Some(reason) = unknown {
            setting.value = Effective::Unknown(reason.clone());
        } else if slot.is_some_and(|slot| slot.template) {
            setting.value = Effective::Unknown("the value is a template expression that is not rendered".to_owned());
        }
        settings.insert(key, setting);
    }
    Conditional { criteria: block.criteria, settings }
}
