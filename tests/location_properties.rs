//! What holds for the inferred line of any policy on any document: it lies inside the document, and what a confirmed one points at is
//! why the policy spoke: removed or repaired, the finding is gone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::repo::Repo;

/// Rules in one policy set, because each set takes a run.
const RULES: usize = 10;
const LISTS: [&str; 2] = ["containers", "volumes"];
const FIELDS: [&str; 5] = ["image", "privileged", "limits.cpu", "name", "ports"];
const PATHS: [&str; 5] =
    ["spec.hostNetwork", "spec.security.user", "metadata.labels.app", "spec.replicas", "metadata.namespace"];

/// What collections have in libraries: sets that hand out elements, and functions that fill in what is not written.
const LIBRARY: &str = r#"
all_containers contains c if { keys := {"containers", "initContainers"}; some k; keys[k]; c := input.spec[k][_] }
all_volumes contains v if some v in input.spec.volumes
filled(list) := [f | c := input.spec[list][_]; f := object.union({"filled": true}, c)]
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_confirmed_location_is_why(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let document = document(&mut dice);
        let rules: Vec<String> = (0..RULES).map(|number| rule(number, &mut dice)).collect();
        let text = serde_json::to_string_pretty(&document).unwrap();
        let repo = Repo::new(&[("a.yaml", &text)]);
        repo.write("policy/a.rego", &format!("package main\n\nimport rego.v1\n\n{LIBRARY}\n{}", rules.join("\n")));
        let arguments = ["-p", "policy", "--profile", "none"];
        let (_, report) = repo.check(&arguments);
        let findings = report["findings"].as_array().unwrap();
        let lines = text.lines().count() as u64;
        let mut confirmed = Vec::new();
        for finding in findings {
            let place = (&finding["line"], &finding["path"], &finding["location"]);
            prop_assert!((1..=lines).contains(&finding["line"].as_u64().unwrap()), "{finding}");
            prop_assert!((1..=lines).contains(&finding["end_line"].as_u64().unwrap_or(1)), "{finding}");
            let steps = steps(finding["path"].as_str().unwrap());
            prop_assert_eq!(steps.is_empty(), finding["location"] == "document", "{:?}", place);
            if finding["location"] == "confirmed" {
                let edited = edits(&document, &steps);
                for (number, value) in edited.iter().enumerate() {
                    repo.write(&format!("edited/{}-{number}.yaml", confirmed.len()), &value.to_string());
                }
                confirmed.push((finding["message"].clone(), place, edited.len()));
            }
        }
        let (_, report) = repo.check(&arguments);
        let says = |file: &str, message: &Value| {
            report["findings"].as_array().unwrap().iter().any(|one| one["file"] == file && one["message"] == *message)
        };
        for (at, (message, place, many)) in confirmed.iter().enumerate() {
            let is_cured = (0..*many).any(|number| !says(&format!("edited/{at}-{number}.yaml"), message));
            let number: usize = message.as_str().unwrap().parse().unwrap();
            prop_assert!(is_cured, "{place:?}\n{}\n{text}", rules[number]);
        }
    }
}

/// The document with the value at a path, and at those that differ from it in their indexes alone, removed or repaired.
fn edits(document: &Value, steps: &[String]) -> Vec<Value> {
    let values = [json!(1_000_000), json!("portcullis"), json!(["web", 3]), json!({"web": 3, "app": "web"}), json!([])];
    let values = scalars().into_iter().chain(values);
    let mut edited = Vec::new();
    for value in values.map(Some).chain([None]) {
        for alike in [false, true] {
            let mut changed = document.clone();
            edit(&mut changed, steps, alike, value.as_ref());
            edited.push(changed);
        }
    }
    edited
}

fn edit(at: &mut Value, steps: &[String], alike: bool, value: Option<&Value>) {
    let Some((step, rest)) = steps.split_first() else { return };
    match at {
        Value::Object(members) if rest.is_empty() => match value {
            Some(value) => drop(members.insert(step.clone(), value.clone())),
            None => drop(members.remove(step)),
        },
        Value::Object(members) => {
            let inner = members.entry(step.clone()).or_insert_with(|| json!({}));
            if inner.is_null() {
                *inner = json!({});
            }
            edit(inner, rest, alike, value);
        }
        Value::Array(items) => {
            let index: usize = step.parse().unwrap();
            let wanted = (0..items.len()).filter(|at| alike || *at == index).rev().collect::<Vec<_>>();
            for at in wanted {
                match (rest.is_empty(), value) {
                    (true, Some(value)) => items[at] = value.clone(),
                    (true, None) => drop(items.remove(at)),
                    (false, _) => edit(&mut items[at], rest, alike, value),
                }
            }
        }
        _ => {}
    }
}

fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

fn document(dice: &mut Dice) -> Value {
    let mut document = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}});
    for path in PATHS {
        if dice.below(3) > 0 {
            let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
            edit(&mut document, &steps, false, Some(&scalar(dice)));
        }
    }
    for list in LISTS {
        let element = |dice: &mut Dice| {
            let mut element = Value::Object(Map::new());
            for field in FIELDS {
                if dice.below(2) > 0 {
                    let steps: Vec<String> = field.split('.').map(str::to_owned).collect();
                    let value = if field == "ports" { json!([scalar(dice), 3]) } else { scalar(dice) };
                    edit(&mut element, &steps, false, Some(&value));
                }
            }
            element
        };
        document["spec"][list] = (0..dice.below(3)).map(|_| element(dice)).collect();
    }
    document
}

fn scalars() -> [Value; 8] {
    [json!(true), json!(false), json!(0), json!(3), json!(700), json!("web"), json!("web:latest"), json!(null)]
}

fn scalar(dice: &mut Dice) -> Value {
    scalars()[dice.below(scalars().len())].clone()
}

/// A rule that says its number when some conditions hold, written in one of the ways in which rules are.
fn rule(number: usize, dice: &mut Dice) -> String {
    let iterates = dice.below(2) > 0;
    let mut conditions = Vec::new();
    if iterates {
        let list = LISTS[dice.below(2)];
        conditions.push(match dice.below(5) {
            3 => format!("some c; all_{list}[c]"),
            4 => format!("c := filled(\"{list}\")[_]"),
            0 => format!("some c in input.spec.{list}"),
            1 => format!("c := input.spec.{list}[_]"),
            _ => format!("some i; c := object.get(input, [\"spec\", \"{list}\"], [])[i]"),
        });
    }
    let mut helpers = String::new();
    for at in 0..=dice.below(2) {
        let (object, field) = match iterates && dice.below(4) > 0 {
            true => ("c", FIELDS[dice.below(FIELDS.len())]),
            false => ("input", PATHS[dice.below(PATHS.len())]),
        };
        let place = format!("{object}.{field}");
        let value = scalar(dice);
        let condition = match dice.below(10) {
            0 => format!("{place} == {value}"),
            1 => format!("{place} != {value}"),
            2 => format!("not {place}"),
            3 => format!("not {place} == {value}"),
            4 => format!("endswith({place}, \":latest\")"),
            5 => format!("{place} in {{{value}, 3}}"),
            6 => format!("{place} > 5"),
            7 => format!("object.get({object}, {}, \"none\") == \"none\"", json!(field.split('.').collect::<Vec<_>>())),
            8 => format!("3 in {place}"),
            _ => {
                helpers += &format!("helper_{number}_{at}(x) if x.{field} == {value}\n");
                let not = if dice.below(2) > 0 { "not " } else { "" };
                format!("{not}helper_{number}_{at}({object})")
            }
        };
        conditions.push(condition);
    }
    format!("deny contains \"{number}\" if {{ {} }}\n{helpers}", conditions.join("; "))
}

/// A small source of random numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}
