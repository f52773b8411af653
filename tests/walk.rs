//! A repository of a thousand commits, walked: what `--against` says is the difference of two full runs.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use portcullis::model::{Finding, Report, Standing};
use portcullis::pipeline::{GateOptions, Options};
use support::git::Git;

const COMMITS: usize = 1000;
const STOPS: usize = 50;

/// Numbers that look like chance and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

const FAULTS: [&str; 3] = ["hostPID", "hostIPC", "hostNetwork"];

/// A pod of that number with some of the faults.
fn pod(number: usize, dice: &mut Dice) -> String {
    let mut text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: shop}}\nspec:\n");
    for fault in FAULTS.iter().filter(|_| dice.roll(3) == 0) {
        writeln!(text, "  {fault}: true").unwrap();
    }
    let privileged = if dice.roll(4) == 0 { "{privileged: true}" } else { "{}" };
    text + &format!("  containers: [{{name: c, image: i:1, securityContext: {privileged}}}]\n")
}

/// The history for `git fast-import`: pods that come, go, change, and move from file to file; sometimes a branch is merged.
fn history() -> String {
    let mut dice = Dice(7);
    let mut out = String::from("reset refs/heads/main\n");
    // Pod → its directory and text; a file is named after its pod.
    let mut pods: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for commit in 1..=COMMITS {
        writeln!(out, "commit refs/heads/main\nmark :{commit}\ncommitter t <t@example.com> {commit} +0000\ndata 1\nc")
            .unwrap();
        if commit > 1 {
            writeln!(out, "from :{}", commit - 1).unwrap();
        }
        if commit % 97 == 0 {
            // The other parent is an old commit: the branch brings nothing, and the graph is no line.
            writeln!(out, "merge :{}", commit - 40).unwrap();
        }
        if commit == 1 {
            writeln!(out, "M 644 inline portcullis.yaml\ndata 22\nprofile: pss-baseline\n").unwrap();
        }
        for _ in 0..=dice.roll(3) {
            let number = dice.roll(12);
            match (pods.get(&number).cloned(), dice.roll(4)) {
                (Some((folder, _)), 0) => {
                    writeln!(out, "D d{folder}/{number}.yaml").unwrap();
                    pods.remove(&number);
                }
                (Some((folder, text)), 1) => {
                    let to = (folder + 1) % 3;
                    writeln!(
                        out,
                        "D d{folder}/{number}.yaml\nM 644 inline d{to}/{number}.yaml\ndata {}\n{text}",
                        text.len()
                    )
                    .unwrap();
                    pods.insert(number, (to, text));
                }
                (known, _) => {
                    let folder = known.map_or_else(|| dice.roll(3), |(folder, _)| folder);
                    let text = pod(number, &mut dice);
                    writeln!(out, "M 644 inline d{folder}/{number}.yaml\ndata {}\n{text}", text.len()).unwrap();
                    pods.insert(number, (folder, text));
                }
            }
        }
        out.push('\n');
    }
    out
}

#[test]
fn the_difference_is_that_of_two_full_runs() {
    let Some(git) = Git::new(&[]) else { return };
    let mut import =
        git.command(&git.at(""), &["fast-import", "--quiet", "--force"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(history().as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    let list = git.run(&["rev-list", "--first-parent", "--reverse", "main"]);
    let commits: Vec<&str> = list.lines().collect();
    assert_eq!(commits.len(), COMMITS);
    let check = |against: Option<&str>| {
        support::check(&Options {
            targets: vec![git.at("")],
            // The ones that the pods are about: the others take time and find nothing.
            controls: ["host-pid", "host-ipc", "host-network", "privileged-container"].map(String::from).to_vec(),
            against: against.map(str::to_owned),
            gate: GateOptions { today: support::repo::TODAY.parse().ok(), ..GateOptions::default() },
            ..Options::default()
        })
        .report
    };
    let mut before: Option<(&str, Vec<Finding>)> = None;
    let mut seen = [0; 4];
    for stop in (0..STOPS).map(|stop| commits[(stop + 1) * COMMITS / STOPS - 1]) {
        git.run(&["checkout", "--quiet", "--force", "--detach", stop]);
        let now: Vec<Finding> = check(None).verdicts.into_iter().map(|verdict| *verdict.finding).collect();
        if let Some((base, old)) = before {
            let report = check(Some(base));
            for (sum, number) in seen.iter_mut().zip(agree(&old, &now, &report)) {
                *sum += number;
            }
        }
        before = Some((stop, now));
    }
    println!("{} comparisons agree: {seen:?} new, fixed, moved, known", STOPS - 1);
    assert!(seen.iter().all(|&number| number > 20), "{seen:?}");
}

/// Compares a report with two full runs; how many are new, fixed, moved, known.
fn agree(old: &[Finding], now: &[Finding], report: &Report) -> [usize; 4] {
    let prints = |findings: &[Finding]| findings.iter().map(|one| one.fingerprint).collect::<Vec<_>>();
    let (olds, nows) = (prints(old), prints(now));
    let gone = old.iter().filter(|one| !nows.contains(&one.fingerprint));
    let come = now.iter().filter(|one| !olds.contains(&one.fingerprint));
    // A pod has one file, so a finding of the same pod and place in another file is the same one.
    let words = |one: &Finding| (one.control.clone(), one.identity.clone(), one.words().to_owned());
    let gone: BTreeMap<_, _> = gone.map(|one| (words(one), one.fingerprint)).collect();
    let come: BTreeMap<_, _> = come.map(|one| (words(one), one.fingerprint)).collect();
    let mut expected: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (words, print) in &come {
        let standing = if gone.contains_key(words) { Standing::Moved } else { Standing::New };
        expected.entry(standing).or_default().push(*print);
    }
    expected.entry(Standing::Known).or_default().extend(nows.iter().filter(|print| olds.contains(print)).cloned());
    expected.values_mut().for_each(|prints| prints.sort());
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::from([(Standing::Known, vec![])]);
    for verdict in &report.verdicts {
        found.entry(verdict.standing).or_default().push(verdict.finding.fingerprint);
    }
    found.values_mut().for_each(|prints| prints.sort());
    assert_eq!(found, expected);
    let change = report.change.as_ref().unwrap();
    let mut fixed = prints(&change.fixed);
    fixed.sort();
    let mut cured: Vec<_> =
        gone.iter().filter(|(words, _)| !come.contains_key(words)).map(|(_, print)| *print).collect();
    cured.sort();
    assert_eq!(fixed, cured);
    let of = |standing| expected.get(&standing).map_or(0, Vec::len);
    [of(Standing::New), fixed.len(), of(Standing::Moved), of(Standing::Known)]
}
