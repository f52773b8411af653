//! Which line decides a key when the lines of all files are applied.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::files::{Line, Program};
use super::key;
use crate::node::pattern::is_glob;

/// No node has as many; matching more of them against every key would be a way to stall the run.
pub const GLOBS: usize = 256;

/// Each key that is set, with the index of the line that decides.
pub type Decided = BTreeMap<String, usize>;

/// For each line that holds a glob, the keys that it matches.
pub type Reach = HashMap<usize, Vec<String>>;

/// The keys that the globs among the lines match, for the first [`GLOBS`] different ones.
pub fn reach(lines: &[Line], interfaces: &[&str]) -> Reach {
    let candidates = key::candidates(interfaces, lines.iter().map(|line| line.key.as_str()));
    let mut known: HashMap<&str, Vec<String>> = HashMap::new();
    let mut reach = Reach::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.value.is_some() && is_glob(&line.key)) {
        if known.len() >= GLOBS && !known.contains_key(line.key.as_str()) {
            continue;
        }
        let find = || key::matches(&line.key, &candidates).into_iter().map(str::to_owned).collect();
        reach.insert(at, known.entry(&line.key).or_insert_with(find).clone());
    }
    reach
}

/// What the program writes last to each key.
pub fn decide(lines: &[Line], reach: &Reach, program: Program) -> Decided {
    let order = match program {
        Program::Systemd => options(lines),
        Program::Procps => (0..lines.len()).collect(),
    };
    let explicit: BTreeSet<&str> = lines.iter().map(|line| line.key.as_str()).filter(|key| !is_glob(key)).collect();
    let mut decided = Decided::new();
    for at in order {
        let Some(line) = lines.get(at).filter(|line| line.value.is_some()) else { continue };
        if !is_glob(&line.key) {
            if key::impossible(&line.key).is_none() {
                decided.insert(line.key.clone(), at);
            }
            continue;
        }
        let keys = reach.get(&at).map(Vec::as_slice).unwrap_or_default();
        decided.extend(keys.iter().filter(|key| !explicit.contains(key.as_str())).map(|key| (key.clone(), at)));
    }
    decided
}

/// systemd keeps one option per key. A line with a new value takes the place at the end, a line that repeats the value
/// leaves the option where it is, which decides between globs (`parse_file` of `sysctl.c`).
fn options(lines: &[Line]) -> Vec<usize> {
    let mut position: HashMap<&str, usize> = HashMap::new();
    let mut order: Vec<Option<usize>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(old) = position.get(line.key.as_str()).and_then(|&slot| order.get_mut(slot)) {
            let same = old.and_then(|old| lines.get(old)).is_some_and(|old| old.value == line.value);
            if same {
                continue;
            }
            *old = None;
        }
        position.insert(&line.key, order.len());
        order.push(Some(at));
    }
    order.into_iter().flatten().collect()
}
