//! What holds of the gate for any repository: generated manifests, edited, split and merged.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::repo::{Repo, standing};

const BASELINE: &str = ".portcullis-baseline.jsonl";

/// A pod, as far as the policies look.
#[derive(Debug, Clone)]
struct Pod {
    name: u8,
    namespace: u8,
    host: [bool; 3],
    /// Image and whether it is privileged, by the container's name.
    containers: Vec<(u8, u8, bool)>,
}

/// How a file is written, which changes nothing of what it says.
#[derive(Debug, Clone)]
struct Style {
    indent: usize,
    comments: bool,
    blank_lines: bool,
    reversed: bool,
    flow: bool,
}

const PLAIN: Style = Style { indent: 2, comments: false, blank_lines: false, reversed: false, flow: false };

fn pod() -> impl Strategy<Value = Pod> {
    let containers = prop::collection::btree_map(0u8..3, (0u8..3, any::<bool>()), 1..3);
    (0u8..3, 0u8..2, any::<[bool; 3]>(), containers).prop_map(|(name, namespace, host, containers)| Pod {
        name,
        namespace,
        host,
        containers: containers.into_iter().map(|(name, (image, privileged))| (name, image, privileged)).collect(),
    })
}

/// The same pod may be there twice: equal findings are counted.
fn pods() -> impl Strategy<Value = Vec<Pod>> {
    prop::collection::vec(pod(), 1..5)
}

fn style() -> impl Strategy<Value = Style> {
    (1usize..5, any::<[bool; 4]>()).prop_map(|(indent, [comments, blank_lines, reversed, flow])| Style {
        indent,
        comments,
        blank_lines,
        reversed,
        flow,
    })
}

impl Pod {
    fn value(&self, style: &Style) -> Value {
        let mut containers: Vec<Value> = self
            .containers
            .iter()
            .map(|(name, image, privileged)| {
                json!({"name": format!("c{name}"), "image": format!("registry.example.com/i{image}:1"),
                   "securityContext": {"privileged": privileged}})
            })
            .collect();
        if style.reversed {
            containers.reverse();
        }
        json!({"apiVersion": "v1", "kind": "Pod",
               "metadata": {"name": format!("p{}", self.name), "namespace": format!("n{}", self.namespace)},
               "spec": {"hostNetwork": self.host[0], "hostPID": self.host[1], "hostIPC": self.host[2],
                        "containers": containers}})
    }
}

/// YAML, written in a style.
fn text(pods: &[Pod], style: &Style) -> String {
    let mut text = String::new();
    for (index, pod) in pods.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        block(&pod.value(style), style, 0, &mut text);
    }
    text
}

fn block(value: &Value, style: &Style, depth: usize, text: &mut String) {
    let pad = " ".repeat(depth * style.indent);
    let mut members: Vec<_> = value.as_object().unwrap().iter().collect();
    if style.reversed {
        members.reverse();
    }
    for (key, value) in members {
        if style.comments {
            writeln!(text, "{pad}# about {key}").unwrap();
        }
        if style.blank_lines {
            text.push('\n');
        }
        match value {
            Value::Object(_) if !style.flow => {
                writeln!(text, "{pad}{key}:").unwrap();
                block(value, style, depth + 1, text);
            }
            Value::Array(items) => {
                writeln!(text, "{pad}{key}:").unwrap();
                for item in items {
                    if style.flow {
                        writeln!(text, "{pad}- {item}").unwrap();
                    } else {
                        writeln!(text, "{pad}-").unwrap();
                        block(item, style, depth + 2, text);
                    }
                }
            }
            other => writeln!(text, "{pad}{key}: {other}").unwrap(),
        }
    }
}

/// How many findings these pods have: what finds nothing proves nothing.
fn count(pods: &[Pod]) -> usize {
    let privileged = |pod: &Pod| pod.containers.iter().filter(|container| container.2).count();
    pods.iter().map(|pod| privileged(pod) + pod.host.iter().filter(|&&on| on).count()).sum()
}

fn ok(repo: &Repo, arguments: &[&str]) {
    let ran = repo.run(arguments);
    assert_eq!(ran.code, 0, "{arguments:?} {ran:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_that_keeps_the_findings_makes_no_known_one_new(
        (pods, others, before, after, moves) in (pods(), pods(), style(), style(), any::<bool>())
    ) {
        let repo = Repo::new(&[("a/pods.yaml", &text(&pods, &before)), ("b.yaml", &text(&others, &before))]);
        ok(&repo, &["baseline", "write"]);
        let written = repo.text(BASELINE);
        let (code, report) = repo.check(&["--strict-baseline"]);
        prop_assert_eq!(code, 0, "{:?}", report["reasons"]);
        prop_assert_eq!(report["findings"].as_array().unwrap().len(), count(&pods) + count(&others));
        ok(&repo, &["baseline", "check"]);
        ok(&repo, &["baseline", "update"]);
        prop_assert_eq!(&repo.text(BASELINE), &written, "update is idempotent");

        repo.remove("a/pods.yaml");
        repo.write(if moves { "c/moved.yaml" } else { "a/pods.yaml" }, &text(&pods, &after));
        let (code, report) = repo.check(&["--strict-baseline"]);
        prop_assert_eq!(standing(&report, "new"), BTreeSet::new());
        prop_assert_eq!(code, 0, "{:?}", report["reasons"]);
        prop_assert!(moves || standing(&report, "moved").is_empty());
        ok(&repo, &["baseline", "update"]);
        let updated = repo.text(BASELINE);
        ok(&repo, &["baseline", "update"]);
        prop_assert_eq!(&repo.text(BASELINE), &updated);
        ok(&repo, &["baseline", "write"]);
        prop_assert_eq!(&repo.text(BASELINE), &updated, "update comes to what write writes");
    }

    #[test]
    fn an_exception_covers_its_scope_and_nothing_else(
        (pods, control, keys) in (pods(), 0usize..2, prop::collection::btree_map(0usize..6, 0u8..4, 0..4))
    ) {
        let repo = Repo::new(&[("a.yaml", &text(&pods, &PLAIN)), ("d/b.yaml", &text(&pods, &PLAIN))]);
        let control = ["host-network", "privileged-container"][control];
        let names = ["file", "namespace", "name", "container", "image", "kind"];
        let value = |key: usize, number: u8| match (key, number) {
            (_, 3) => "*".to_owned(),
            (0, 0) => "a.yaml".to_owned(),
            (0, _) => "d/*".to_owned(),
            (4, number) => format!("registry.example.com/i{number}:1"),
            (5, 0) => "Pod".to_owned(),
            (5, _) => "Po".to_owned(),
            (key, number) => format!("{}{number}", ["", "n", "p", "c"][key]),
        };
        let mut entry = json!({"control": control, "reason": "r", "owner": "o", "review_date": "2027-01-01"});
        for (&key, &number) in &keys {
            entry[names[key]] = value(key, number).into();
        }
        repo.write("portcullis-exceptions.yaml", &json!({"exceptions": [entry]}).to_string());
        let (_, report) = repo.check(&[]);
        prop_assert_eq!(report["findings"].as_array().unwrap().len(), 2 * count(&pods));
        let images: Vec<Vec<(u8, u8, bool)>> = pods.iter().map(|pod| pod.containers.clone()).collect();
        for finding in report["findings"].as_array().unwrap() {
            let container = finding["container"].as_str();
            let document = usize::try_from(finding["subject"]["document"].as_u64().unwrap()).unwrap();
            let image = images[document].iter().find(|of| container == Some(&*format!("c{}", of.0)));
            let image = image.map(|of| format!("registry.example.com/i{}:1", of.1));
            let has = |key: usize| match key {
                0 => finding["file"].as_str().map(str::to_owned),
                1 => finding["subject"]["namespace"].as_str().map(str::to_owned),
                2 => finding["subject"]["name"].as_str().map(str::to_owned),
                3 => container.map(str::to_owned),
                4 => image.clone(),
                _ => finding["subject"]["kind"].as_str().map(str::to_owned),
            };
            let matches = |(&key, &number): (&usize, &u8)| has(key).is_some_and(|text| match value(key, number).as_str() {
                "*" => key != 0 || !text.contains('/'),
                "d/*" => text.starts_with("d/"),
                exact => text == exact,
            });
            let covered = finding["control"] == control && keys.iter().all(matches);
            prop_assert_eq!(finding["standing"] == "excepted", covered, "{} {}", entry, finding);
        }
    }

    #[test]
    fn two_branches_that_add_entries_merge_to_a_fresh_baseline(
        (base, left, right) in (pods(), pods(), pods())
    ) {
        let style = PLAIN;
        let repo = Repo::new(&[("m.yaml", &text(&base, &style))]);
        let baseline = |files: &[(&str, &[Pod])]| {
            files.iter().for_each(|(path, pods)| repo.write(path, &text(pods, &style)));
            ok(&repo, &["baseline", "write"]);
            files.iter().for_each(|(path, _)| repo.remove(path));
            repo.text(BASELINE)
        };
        let versions = [baseline(&[("a.yaml", &left)]), baseline(&[]), baseline(&[("z.yaml", &right), ("b.yaml", &left)])];
        let both: [(&str, &[Pod]); 3] = [("a.yaml", &left), ("z.yaml", &right), ("b.yaml", &left)];
        let fresh = baseline(&both);
        both.iter().for_each(|(path, pods)| repo.write(path, &text(pods, &style)));
        let Some(merged) = union(&versions) else { return Ok(()) };
        prop_assert_eq!(fresh.lines().count(), count(&base) + 2 * count(&left) + count(&right));
        repo.write(BASELINE, &merged);
        let (code, report) = repo.check(&["--strict-baseline"]);
        prop_assert_eq!(code, 0, "{:?} {:?}", report["reasons"], standing(&report, "new"));
        ok(&repo, &["baseline", "update"]);
        prop_assert_eq!(repo.text(BASELINE), fresh);
    }
}

/// What git's union driver makes of ours, the common ancestor and theirs; none where there is no git.
fn union(versions: &[String; 3]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in ["ours", "base", "theirs"].iter().zip(versions) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let git = Command::new("git")
        .args(["merge-file", "-p", "--union", "ours", "base", "theirs"])
        .current_dir(folder.path())
        .output();
    let Ok(output) = git else {
        eprintln!("skipped: git is not installed");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}
