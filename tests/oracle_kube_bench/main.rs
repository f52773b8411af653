//! Agreement with kube-bench on nodes and objects: `oracle/kube-bench` of the shared folder. Where a verdict is another one, a rule
//! of `docs/divergences.md` says why.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod class;
mod node;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use class::Facts;
use node::Node;
use portcullis::evaluate::{Catalog, benchmark};
use portcullis::model::{Assessment, CheckResult, Outcome};
use portcullis::pipeline::{self, BenchmarkOptions, EffectiveValue, Options};
use serde_json::{Value, json};
use support::{check, shared, text};

#[test]
fn agrees_with_kube_bench_on_cases() {
    let Some(oracle) = shared("oracle/kube-bench") else { return };
    compare("cases", &node::cases(&oracle), &truths(&oracle));
}

#[test]
fn agrees_with_kube_bench_on_random_nodes() {
    let Some(oracle) = shared("oracle/kube-bench") else { return };
    compare("random", &node::random(&oracle), &BTreeMap::new());
}

#[test]
fn chooses_the_benchmark_of_a_version_as_kube_bench_does() {
    let Some(oracle) = shared("oracle/kube-bench") else { return };
    let detected: BTreeMap<String, [String; 2]> = serde_json::from_str(&text(&oracle.join("autodetect.json"))).unwrap();
    let fits = benchmark::fits().unwrap();
    let mut agreed = 0;
    for (version, [expected, _]) in &detected {
        let platform = benchmark::platform_of(version);
        let number = version.trim_start_matches('v').splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let chosen = benchmark::default_for(fits, platform.as_deref(), Some(&number)).unwrap_or("ERR");
        match platform.as_deref() {
            // kube-bench asks the labels of the nodes too whether it is RKE; the suffix alone says so already.
            Some("rke") if expected.starts_with("cis-") => assert_eq!(chosen, format!("rke-{expected}")),
            _ => assert_eq!(chosen, expected, "{version}"),
        }
        agreed += usize::from(chosen == expected);
    }
    eprintln!("kube-bench: {agreed} of {} versions agree on the benchmark", detected.len());
    assert!(agreed > 0);
}

/// Case, benchmark and number → what the component really does, as argued in `divergences.json`.
type Truths = BTreeMap<(String, String, String), String>;

#[derive(Default)]
struct Score {
    agreed: usize,
    refused: usize,
    classes: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

fn compare(what: &str, nodes: &[Node], truths: &Truths) {
    let repo = tempfile::tempdir().unwrap();
    let clusters: BTreeMap<&str, Value> = nodes
        .iter()
        .map(|node| {
            let (version, platform) = &node.cluster;
            (&*node.name, json!({"paths": [node.name], "kubernetes": version, "platform": platform}))
        })
        .collect();
    std::fs::write(repo.path().join("portcullis.yaml"), json!({"clusters": clusters}).to_string()).unwrap();
    nodes.iter().for_each(|node| node.write(repo.path()));
    let effective = effective(repo.path());
    let catalog = Catalog::embedded().unwrap();
    let benchmarks: BTreeSet<&String> = nodes.iter().flat_map(|node| node.expected.keys()).collect();
    let mut score = Score::default();
    for benchmark in benchmarks {
        let judged: Vec<&Node> = nodes.iter().filter(|node| node.expected.contains_key(benchmark)).collect();
        let report = check(&Options {
            targets: judged.iter().map(|node| repo.path().join(&node.name)).collect(),
            config: Some(repo.path().join("portcullis.yaml")),
            benchmark: BenchmarkOptions { name: Some(benchmark.clone()), ..BenchmarkOptions::default() },
            ..Options::default()
        })
        .report;
        for node in judged {
            let ours = report.assessments.iter().find(|one| *one.assignment.cluster == *node.name).unwrap();
            let root = repo.path().join(&node.name);
            let values = effective.get(&node.name);
            let facts =
                Facts { root: &root, benchmark, journal: &node.journal, catalog: &catalog, report: &report, values };
            of_node(node, ours, &facts, truths, &mut score);
        }
    }
    report(what, &score);
}

fn of_node(node: &Node, ours: &Assessment, facts: &Facts<'_>, truths: &Truths, score: &mut Score) {
    let benchmark = facts.benchmark;
    for (id, theirs) in &node.expected[benchmark] {
        let result =
            ours.checks.iter().find(|result| result.check.id == *id).unwrap_or_else(|| panic!("{benchmark} {id}"));
        let at = format!("{} {benchmark} {id} ({})", node.name, result.check.controls.join(" "));
        if facts.programs(result).iter().any(|program| node.refused.contains(program)) {
            score.refused += 1;
            if result.outcome != Outcome::Unknown {
                score.wrong.push(format!("{at}: the component would not start, and is judged {:?}", result.outcome));
            }
            continue;
        }
        let word = word(result);
        if let Some(truth) = truths.get(&(node.name.clone(), benchmark.to_owned(), id.clone())) {
            let met = match (truth.as_str(), result.outcome) {
                ("UNKNOWN", outcome) => outcome == Outcome::Unknown,
                ("FAIL" | "WARN", outcome) => outcome == Outcome::Fail,
                (_, outcome) => outcome == Outcome::Pass,
            };
            if !met && !class::WRONG_TRUTHS.contains(&(&node.name, benchmark, id)) {
                score.wrong.push(format!("{at}: ours {:?}, argued truth {truth}", result.outcome));
            }
        }
        if word == theirs {
            score.agreed += 1;
            continue;
        }
        match class::of(facts, result) {
            Some(class) => {
                // With PORTCULLIS_SHOW=1 every difference is told, for those who change a rule.
                if std::env::var_os("PORTCULLIS_SHOW").is_some() {
                    eprintln!("{class}: {at}: ours {word}, theirs {theirs}; {}", facts.tell(result));
                }
                *score.classes.entry(class).or_default() += 1;
            }
            None => {
                let (outcome, reason, facts) = (result.outcome, &result.reason, facts.tell(result));
                score
                    .wrong
                    .push(format!("{at}: ours {word} ({outcome:?} {reason}), theirs {theirs}, no class; {facts}"));
            }
        }
    }
}

/// Our verdict in kube-bench's words. What is manual there and judged here fails like any other.
fn word(result: &CheckResult) -> &'static str {
    match result.outcome {
        Outcome::Pass => "PASS",
        Outcome::Fail if result.check.scored => "FAIL",
        _ => "WARN",
    }
}

fn report(what: &str, score: &Score) {
    let differ: usize = score.classes.values().sum();
    let judged = score.agreed + differ;
    eprintln!(
        "kube-bench oracle, {what}: {} of {judged} verdicts agree, {differ} differ by a rule, {} more of components that would not start",
        score.agreed, score.refused
    );
    for (class, number) in &score.classes {
        eprintln!("  {class}: {number}");
    }
    assert!(score.wrong.is_empty(), "{} verdicts are unexplained\n{}", score.wrong.len(), score.wrong.join("\n"));
    written(what, score);
}

/// `docs/divergences.md` has the figures that were just measured.
fn written(what: &str, score: &Score) {
    let page = text(&support::project().join("docs/divergences.md"));
    let differ: usize = score.classes.values().sum();
    let row = format!("| {what} | {} | {} | {differ} | {} |", score.agreed + differ, score.agreed, score.refused);
    let column = if what == "cases" { 1 } else { 2 };
    let mut wrong: Vec<String> = (!page.contains(&row)).then_some(row).into_iter().collect();
    for (class, _) in class::RULES {
        let line = page.lines().find(|line| line.starts_with(&format!("| `{class}` |")));
        let cell = line.and_then(|line| line.split('|').nth(column + 1)).map(str::trim);
        let number = score.classes.get(class).copied().unwrap_or_default().to_string();
        if cell != Some(&number) {
            wrong.push(format!("| `{class}` | … {what}: {number}"));
        }
    }
    assert!(wrong.is_empty(), "docs/divergences.md is not up to date: it wants\n{}", wrong.join("\n"));
}

/// Node → the effective values of its components, by name.
fn effective(root: &Path) -> BTreeMap<String, BTreeMap<String, EffectiveValue>> {
    let mut found: BTreeMap<String, BTreeMap<String, EffectiveValue>> = BTreeMap::new();
    let options =
        Options { targets: vec![root.to_owned()], config: Some(root.join("portcullis.yaml")), ..Options::default() };
    pipeline::effective(&options, &mut |subject, values| {
        let values = values.into_iter().map(|value| (value.name.clone(), value));
        found.entry(subject.identity.cluster.to_string()).or_default().extend(values);
    })
    .unwrap();
    found
}

fn truths(oracle: &Path) -> Truths {
    let rows: Vec<Value> = serde_json::from_str(&text(&oracle.join("divergences.json"))).unwrap();
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| ((word(row, "case"), word(row, "benchmark"), word(row, "id")), word(row, "truth"))).collect()
}
