//! Feature gates: which a version knows, and which cannot be changed any more.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::name::hint;
use super::setting::Setting;
use super::table::Table;
use super::version::Version;
use crate::node::Note;

/// What a Kubernetes component would refuse of its feature gates, a map of names to booleans. Nothing when the version is not
/// known.
pub fn check(setting: &Setting, version: Option<Version>) -> Vec<Note> {
    let gates = setting.known().and_then(|value| value.as_object()).into_iter().flatten();
    if !GATES.covers("kubernetes", version) {
        return Vec::new();
    }
    let known: BTreeMap<_, _> = GATES.rows("kubernetes", version).map(|row| (row.cell(0), row)).collect();
    let mut refused = Vec::new();
    for (name, value) in gates {
        let message = match known.get(name.as_str()) {
            None => format!("there is no feature gate `{name}`{}", hint(name, known.keys().copied(), refused.len())),
            Some(row) if row.cell(2) == "locked" && value.as_bool() == Some(row.cell(1) == "off") => {
                format!("the feature gate `{name}` is locked to {}", row.cell(1) == "on")
            }
            Some(_) => continue,
        };
        refused.push(Note::new(message, setting.place.clone()));
    }
    refused
}

static GATES: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("data/gates.tsv"), 4));

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_and_locked_gates_are_refused() {
        let setting = Setting::of_default(json!({"SeccompDefault": true, "MemoryQoS": true, "AllAlpha": false}));
        let messages =
            |minor| check(&setting, Some(Version::new(1, minor))).into_iter().map(|p| p.message).collect::<Vec<_>>();
        assert_eq!(messages(33).len(), 1);
        assert!(messages(33)[0].contains("SeccompDefault"));
        assert!(messages(20).is_empty());
        let locked = Setting::of_default(json!({"CPUManagerPolicyOptions": false}));
        assert_eq!(check(&locked, Some(Version::new(1, 33))).len(), 1);
    }
}
