//! What holds for every manifest: no input breaks a run, every place lies in its file, and a finding keeps its identity while its
//! file is edited around it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use portcullis::model::{Finding, Location, Source};
use portcullis::parse::parse;
use portcullis::pipeline::Exit;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{check_all, project, text};

/// Files in one run, because a run loads all policies anew.
const FILES: usize = 25;

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_manifest_breaks_a_run(seeds in prop::collection::vec(any::<u64>(), FILES)) {
        let folder = tempfile::tempdir().unwrap();
        for (number, &seed) in seeds.iter().enumerate() {
            let mut dice = Dice(seed);
            let value = mutated(&mut dice);
            let style = Style { step: 2, comments: dice.one_in(3), shuffle: false, twice: dice.one_in(2) };
            let mut text = if dice.one_in(4) { value.to_string() } else { block(&value, &style, &mut dice) };
            for _ in 0..dice.below(3) {
                damage(&mut text, &mut dice);
            }
            fs::write(folder.path().join(format!("{number}.yaml")), text).unwrap();
        }
        let run = check_all(&[folder.path()]);
        prop_assert!(run.exit != Exit::Error, "{:?}", run.report.notices);
        prop_assert_eq!(run.report.coverage.len(), FILES);
        for verdict in &run.report.verdicts {
            let finding = &verdict.finding;
            prop_assert!(lies_inside(&finding.location), "{finding:?}");
            prop_assert!(finding.related.iter().all(|related| lies_inside(&related.location)), "{finding:?}");
            prop_assert!(finding.fingerprint.to_string().len() == 32);
        }
        for notice in &run.report.notices {
            prop_assert!(notice.location.iter().all(lies_inside), "{notice:?}");
        }
    }

    #[test]
    fn edits_around_a_finding_leave_its_identity(seeds in prop::collection::vec(any::<u64>(), FILES)) {
        let plain = Style { step: 2, comments: false, shuffle: false, twice: false };
        let edited = Style { step: 5, comments: true, shuffle: true, twice: false };
        let folders = [plain, edited].map(|style| {
            let folder = tempfile::tempdir().unwrap();
            for (number, &seed) in seeds.iter().enumerate() {
                let mut dice = Dice(seed);
                let value = mutated(&mut dice);
                fs::write(folder.path().join(format!("{number}.yaml")), block(&value, &style, &mut dice)).unwrap();
            }
            folder
        });
        let [before, after] = folders.map(|folder| {
            let verdicts = check_all(&[folder.path()]).report.verdicts;
            verdicts.into_iter().map(|verdict| identity(&verdict.finding)).collect::<BTreeMap<_, _>>()
        });
        prop_assert!(!before.is_empty());
        prop_assert_eq!((missing(&before, &after), missing(&after, &before)), (vec![], vec![]));
        prop_assert_eq!(before.len(), after.len());
    }
}

#[test]
fn the_way_a_path_is_typed_and_the_threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("repository");
    for name in ["lists", "custom-kinds", "aliases", "kustomize", "duplicate-keys", "encodings", "helm-chart"] {
        copy(&project().join("fixtures/repos").join(name), &root.join(name));
    }
    let report = |directory: &Path, target: &str, threads: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(["check", target, "--threads", threads, "--profile", "all", "--format", "json"]);
        let output = command.env_clear().current_dir(directory).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = report(&root, ".", "1");
    assert!(expected.contains("lists/typed.yaml"));
    let absolute = root.to_str().unwrap();
    for (directory, target) in
        [(root.as_path(), "."), (folder.path(), "repository"), (&root, absolute), (&root, "../repository")]
    {
        for threads in ["1", "2", "8"] {
            assert_eq!(report(directory, target, threads), expected, "{target} with {threads} threads");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { fs::copy(entry.path(), to).map(drop).unwrap() }
    }
}

fn lies_inside(location: &Location) -> bool {
    let text = location.source.text();
    let span = location.span;
    span.start <= span.end && text.get(span.range()).is_some()
}

/// What of the one is not in the other.
fn missing(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    one.iter().filter(|(key, _)| !other.contains_key(*key)).map(|(_, words)| words.clone()).collect()
}

/// The fingerprint, and words that say what it is of.
fn identity(finding: &Finding) -> (String, String) {
    let words = format!("{} {}: {}", finding.location.source.path(), finding.control, finding.message);
    (finding.fingerprint.to_string(), words)
}

/// One of the manifests of the policies' fixtures, changed in a few places.
fn mutated(dice: &mut Dice) -> Value {
    let mut value = dice.pick(&MANIFESTS).clone();
    for _ in 0..dice.below(4) {
        let others = pointers(&value);
        let from = dice.pick(&others).clone();
        let other = value.pointer(&from).cloned().unwrap_or_default();
        let target = dice.pick(&others).clone();
        let (parent, key) = target.rsplit_once('/').unwrap_or(("", ""));
        match dice.below(5) {
            0 => value = json!({"apiVersion": "v1", "kind": "List", "items": [value, other]}),
            1 => match value.pointer_mut(parent) {
                Some(Value::Object(members)) => drop(members.remove(key)),
                Some(Value::Array(items)) if !items.is_empty() => drop(items.pop()),
                _ => {}
            },
            2 => {
                if let Some(Value::Array(items)) = value.pointer_mut(parent) {
                    items.push(other);
                }
            }
            3 => *value.pointer_mut(&target).unwrap() = other,
            _ => *value.pointer_mut(&target).unwrap() = dice.pick(&odd_values()).clone(),
        }
    }
    value
}

fn odd_values() -> Vec<Value> {
    let big = u64::MAX;
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(big),
        json!(""),
        json!("yes"),
        json!("é\u{1b}"),
        json!([]),
        json!({}),
        json!([null]),
        json!({"": null}),
        json!([[]]),
        json!({"name": 1}),
        json!({"spec": {"containers": [{"image": "x"}]}}),
    ]
}

static MANIFESTS: std::sync::LazyLock<Vec<Value>> = std::sync::LazyLock::new(|| {
    let mut manifests = Vec::new();
    for kind in ["pod", "object"] {
        let mut folders: Vec<_> = fs::read_dir(project().join("fixtures/policy").join(kind)).unwrap().collect();
        folders.sort_by_key(|folder| folder.as_ref().unwrap().path());
        for folder in folders {
            let source = Source::new("bad.yaml", text(&folder.unwrap().path().join("bad.yaml")));
            manifests
                .extend(parse(&source).documents.into_iter().flatten().map(|document| document.to_json(document.root)));
        }
    }
    manifests
});

fn pointers(value: &Value) -> Vec<String> {
    fn collect(value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(key, value)| {
                collect(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| collect(item, format!("{at}/{index}"), found));
            }
            _ => {}
        }
        found.push(at);
    }
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found
}

/// How a manifest is written.
struct Style {
    step: usize,
    comments: bool,
    /// Members, and the containers of a pod, in another order.
    shuffle: bool,
    /// Some members twice.
    twice: bool,
}

fn block(value: &Value, style: &Style, dice: &mut Dice) -> String {
    let mut text = String::new();
    write(value, 0, "", style, dice, &mut text);
    text
}

/// `name` is the key of the value.
fn write(value: &Value, indent: usize, name: &str, style: &Style, dice: &mut Dice, text: &mut String) {
    let pad = " ".repeat(indent);
    let child = |head: String, value: &Value, name: &str, dice: &mut Dice, text: &mut String| {
        if style.comments && dice.one_in(3) {
            text.push_str(&format!("{pad}# privileged: true\n\n"));
        }
        match value {
            Value::Object(members) if !members.is_empty() => {
                text.push_str(&format!("{pad}{head}\n"));
                write(value, indent + style.step, name, style, dice, text);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push_str(&format!("{pad}{head}\n"));
                write(value, indent + style.step, name, style, dice, text);
            }
            scalar => text.push_str(&format!("{pad}{head} {scalar}\n")),
        }
    };
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if style.shuffle {
                dice.shuffle(&mut members);
            }
            for (key, value) in members {
                let times = if style.twice && dice.one_in(20) { 2 } else { 1 };
                for _ in 0..times {
                    let below = if name == "unnamed" { name } else { key };
                    child(format!("{}:", json!(key)), value, below, dice, text);
                }
            }
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().collect();
            if style.shuffle && name == "containers" {
                dice.shuffle(&mut items);
            }
            for item in items {
                // An element without a name is known by its value, and that has an order.
                let named = name != "unnamed" && item.get("name").is_some_and(Value::is_string);
                child("-".to_owned(), item, if named { "" } else { "unnamed" }, dice, text);
            }
        }
        scalar => text.push_str(&format!("{pad}{scalar}\n")),
    }
}

fn damage(text: &mut String, dice: &mut Dice) {
    const PIECES: [&str; 24] = [
        "{{ x }}",
        "\t",
        "&a ",
        "*a",
        "<<: *a\n",
        "- ",
        ": ",
        "\0",
        "\n---\n",
        "\n...\n",
        "'",
        "\"",
        "|\n",
        "\r\n",
        "\u{feff}",
        "é",
        "!!binary ",
        "%",
        "[",
        "}",
        "? ",
        "#",
        "\\",
        "kind: List\nitems: ",
    ];
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    if places.is_empty() {
        return;
    }
    let begin = dice.below(places.len());
    let end = (begin + dice.below(40)).min(places.len() - 1);
    if dice.one_in(3) {
        text.replace_range(places[begin]..places[end], "");
    } else {
        text.insert_str(places[begin], dice.pick::<&str>(&PIECES));
    }
}

/// A small generator of numbers, so that a seed tells a whole manifest (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
