//! A team turns the gate on in a repository of real manifests with hundreds of findings, and ten pull requests follow. Each gets
//! the answer that a careful reviewer would give.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::repo::{Repo, notices, reasons, set, standing};
use support::{program, shared};

const BASELINE: &str = ".portcullis-baseline.jsonl";

/// The repository of the team, with git.
struct Team {
    repo: Repo,
    git: PathBuf,
}

impl Team {
    /// Manifests of other people's applications, and what `init` makes of them, committed to `main`.
    fn new(manifests: &Path, git: PathBuf) -> Self {
        let repo = Repo::new(&[]);
        repo.remove("portcullis.yaml");
        for part in ["argo-cd", "examples"] {
            repo.copy_in(&manifests.join(part), part);
        }
        let team = Self { repo, git };
        team.git(&["init", "--quiet", "--initial-branch=main"]);
        team.commit("The manifests");
        let ran = team.repo.run(&["init"]);
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""), "{}", ran.out);
        team.commit("Turn the gate on");
        team
    }

    fn git(&self, arguments: &[&str]) -> String {
        let settings = ["-c", "user.name=team", "-c", "user.email=team@example.com", "-c", "commit.gpgsign=false"];
        let mut command = Command::new(&self.git);
        command.args(settings).args(arguments).current_dir(self.repo.path(".")).env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// A pull request: a branch of its own, made by `change` and judged by `judge`; `main` is as it was.
    fn pull_request(&self, name: &str, change: impl FnOnce(&Repo), judge: impl FnOnce(&Repo)) {
        self.git(&["checkout", "--quiet", "-b", name, "main"]);
        change(&self.repo);
        self.commit(name);
        judge(&self.repo);
        self.git(&["checkout", "--quiet", "main"]);
    }
}

/// What CI runs for a pull request.
const CI: [&str; 4] = ["--against", "main", "--trust", "main"];

fn total(report: &Value, of: &str) -> usize {
    standing(report, of).len()
}

#[test]
fn ten_pull_requests_get_the_answer_of_a_careful_reviewer() {
    let (Some(oracle), Some(git)) = (shared("oracle/psa"), program("git", "--version")) else { return };
    let team = Team::new(&oracle.join("manifests"), git);
    let repo = &team.repo;
    let (code, report) = repo.check(&["--strict-baseline"]);
    let known = report["summary"]["standing"]["known"].as_u64().unwrap();
    assert!(code == 0 && known >= 200 && notices(&report).is_empty(), "{code} {known} {:?}", notices(&report));
    println!("{known} findings are known when the gate is turned on");
    new_violation(&team);
    moved_file(&team);
    renamed_file(&team);
    expired_exception(&team);
    laundered_baseline(&team);
    fixed_finding(&team);
    harmless_edit(&team);
    new_policy_version(&team);
    merge_of_two(&team);
    shallow_clone(&team);
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop}
spec:
  hostNetwork: true
  automountServiceAccountToken: false
  containers: [{name: agent, image: registry.example.com/agent:1.0}]
";

/// Shut, for this one alone, at its line.
fn new_violation(team: &Team) {
    let judge = |repo: &Repo| {
        for arguments in [&[][..], &CI] {
            let (code, report) = repo.check(arguments);
            assert_eq!(code, 1);
            let new = standing(&report, "new");
            assert!(new.contains("shop/agent.yaml:5 host-network"), "{new:?}");
            assert!(new.iter().all(|finding| finding.starts_with("shop/agent.yaml:")), "{new:?}");
        }
    };
    team.pull_request("new-violation", |repo| repo.write("shop/agent.yaml", POD), judge);
}

/// Open: its findings are known, and have moved.
fn moved_file(team: &Team) {
    let (file, findings) = worst_file(team);
    let judge = |repo: &Repo| {
        let (code, report) = repo.check(&[]);
        assert_eq!((code, total(&report, "moved"), total(&report, "new")), (0, findings, 0));
        let (code, report) = repo.check(&CI);
        assert_eq!((code, total(&report, "new")), (0, 0), "{:?}", reasons(&report));
    };
    team.pull_request("moved-file", |repo| repo.rename(&file, "moved/elsewhere/manifests.yaml"), judge);
}

/// The same for a file with another name, and `baseline update` takes it over.
fn renamed_file(team: &Team) {
    let (file, findings) = worst_file(team);
    let (folder, _) = file.rsplit_once('/').unwrap();
    let change = |repo: &Repo| {
        repo.rename(&file, &format!("{folder}/renamed.yml"));
        let ran = repo.run(&["baseline", "update"]);
        assert!(ran.out.contains(&format!("+{findings} −{findings}, ")), "{}{}", ran.out, ran.errors);
    };
    let judge = |repo: &Repo| {
        assert_eq!(repo.check(&["--strict-baseline"]).0, 0);
        let (code, report) = repo.check(&CI);
        assert_eq!((code, total(&report, "new")), (0, 0), "{:?}", reasons(&report));
    };
    team.pull_request("rename", change, judge);
}

/// Open until the day, then shut, and the owner is named.
fn expired_exception(team: &Team) {
    let add = [
        "exceptions",
        "add",
        "--check-id",
        "host-network",
        "--name",
        "agent",
        "--reason",
        "it watches the interfaces",
        "--owner",
        "network-team",
        "--review-date",
        "2026-10-01",
    ];
    let change = |repo: &Repo| {
        repo.write("shop/agent.yaml", POD);
        assert_eq!(repo.run(&add).code, 0);
        repo.run(&["baseline", "update"]);
    };
    let judge = |repo: &Repo| {
        let (code, report) = repo.check(&[]);
        assert_eq!((code, total(&report, "excepted")), (0, 1), "{:?}", standing(&report, "new"));
        assert_eq!(
            notices(&repo.check(&["--now", "2026-09-20"]).1),
            set(&["ending-exception portcullis-exceptions.yaml:15"])
        );
        let (code, report) = repo.check(&["--now", "2026-10-02"]);
        assert_eq!((code, standing(&report, "expired")), (1, set(&["shop/agent.yaml:5 host-network"])));
        assert_eq!(reasons(&report), ["1 finding with an expired exception (owner: network-team)"]);
    };
    team.pull_request("expired-exception", change, judge);
}

/// A finding that comes with its own entry of the baseline: shut, and the entry is shown.
fn laundered_baseline(team: &Team) {
    let change = |repo: &Repo| {
        repo.write("shop/agent.yaml", POD);
        assert_eq!(repo.run(&["baseline", "update", "--yes"]).code, 0);
    };
    let judge = |repo: &Repo| {
        let (code, report) = repo.check(&CI);
        assert_eq!(code, 1);
        assert!(standing(&report, "new").contains("shop/agent.yaml:5 host-network"));
        assert!(report["gate_changes"].to_string().contains(BASELINE), "{}", report["gate_changes"]);
    };
    team.pull_request("laundered-baseline", change, judge);
}

/// Open; the entry is reported as slack, and pruning takes it out and no other.
fn fixed_finding(team: &Team) {
    let (file, findings) = worst_file(team);
    let judge = |repo: &Repo| {
        let (code, report) = repo.check(&[]);
        assert_eq!((code, total(&report, "new")), (0, 0));
        assert_eq!(notices(&report).len(), findings);
        assert!(notices(&report).iter().all(|notice| notice.starts_with("vanished-baseline-entry ")));
        let (code, report) = repo.check(&CI);
        assert_eq!(
            (code, report["change"]["fixed"].as_array().map(Vec::len)),
            (0, Some(findings)),
            "{}",
            report["change"]
        );
        let ran = repo.run(&["baseline", "prune"]);
        assert!(ran.out.contains(&format!("+0 −{findings}, ")), "{}", ran.out);
        assert_eq!(repo.check(&["--strict-baseline"]).0, 0);
        team.git(&["checkout", "--quiet", "--", "."]);
    };
    team.pull_request("fixed-finding", |repo| repo.remove(&file), judge);
}

/// Open, and nothing is said: comments and empty lines in every file.
fn harmless_edit(team: &Team) {
    let files = team.git(&["ls-files", "*.yaml", "*.yml"]);
    let manifests: Vec<&str> = files.lines().filter(|file| file.contains('/') && !file.starts_with('.')).collect();
    let change = |repo: &Repo| {
        for file in &manifests {
            repo.write(file, &format!("# tidied\n\n{}", repo.text(file)));
        }
    };
    let judge = |repo: &Repo| {
        for arguments in [&["--strict-baseline"][..], &CI] {
            let (code, report) = repo.check(arguments);
            assert_eq!((code, total(&report, "new")), (0, 0), "{:?}", reasons(&report));
            // That the gate of the base is trusted is said, and nothing else.
            assert!(notices(&report).iter().all(|notice| notice == "trusted-gate"), "{:?}", notices(&report));
        }
    };
    team.pull_request("harmless-edit", change, judge);
}

/// As if `main` had been set up by a version that did not know a control yet: its findings are new, and said to be the policy's and
/// not the change's. Taking the policies over starts their grace.
fn new_policy_version(team: &Team) {
    let control = "privileged-container";
    let without = |text: &str, start: &str| {
        text.lines().filter(|line| !line.contains(start)).map(|line| format!("{line}\n")).collect::<String>()
    };
    let change = |repo: &Repo| {
        repo.write("portcullis.lock", &without(&repo.text("portcullis.lock"), &format!("{control} ")));
        repo.write(BASELINE, &without(&repo.text(BASELINE), &format!("\"control\":\"{control}\"")));
    };
    let judge = |repo: &Repo| {
        let (code, report) = repo.check(&[]);
        let findings = report["findings"].as_array().unwrap();
        let new: Vec<&Value> = findings.iter().filter(|finding| finding["standing"] == "new").collect();
        assert!(code == 1 && !new.is_empty());
        assert!(new.iter().all(|finding| finding["control"] == control && finding["newer"] == "added"));
        assert_eq!(notices(&report), set(&["newer-policies portcullis.lock:1"]));
        let diff = repo.run(&["policies", "diff"]).out;
        let expected = format!("+ critical {control}: {0} findings, {0} of them new\n", new.len());
        assert!(diff.starts_with(&expected) && diff.ends_with("1 added, 0 changed, 0 removed\n"), "{expected}{diff}");
        assert_eq!(repo.run(&["policies", "lock"]).code, 0);
        assert_eq!(repo.check(&[]).0, 0, "a grace of 30 days");
        assert_eq!(repo.check(&["--now", "2026-10-01"]).0, 1, "is over");
        team.git(&["checkout", "--quiet", "--", "."]);
    };
    team.pull_request("new-policy-version", change, judge);
}

/// Two branches that each bring a finding and its entry merge without conflict, and the result is what a fresh baseline would be.
fn merge_of_two(team: &Team) {
    for name in ["left", "right"] {
        let change = |repo: &Repo| {
            repo.write(&format!("{name}/agent.yaml"), &POD.replace("name: agent", &format!("name: {name}")));
            repo.run(&["baseline", "update"]);
        };
        team.pull_request(name, change, |_| {});
    }
    let judge = |repo: &Repo| {
        let (code, report) = repo.check(&["--strict-baseline"]);
        assert_eq!((code, total(&report, "new")), (0, 0));
        assert_eq!(repo.run(&["baseline", "update"]).code, 0);
        let updated = repo.text(BASELINE);
        repo.run(&["baseline", "write"]);
        assert_eq!(repo.text(BASELINE), updated);
        team.git(&["checkout", "--quiet", "--", "."]);
    };
    team.git(&["checkout", "--quiet", "-b", "both", "main"]);
    // One behind the other, as they are merged on a server.
    for name in ["left", "right"] {
        team.git(&["merge", "--quiet", "--no-edit", "--no-ff", name]);
    }
    judge(&team.repo);
    team.git(&["checkout", "--quiet", "main"]);
}

/// What is not there cannot be compared with: an error that says what to do.
fn shallow_clone(team: &Team) {
    team.pull_request("shallow", |repo| repo.write("shop/agent.yaml", POD), |_| {});
    let clone = Repo::new(&[]);
    clone.remove("portcullis.yaml");
    let from = format!("file://{}", team.repo.path(".").display());
    let output = Command::new(&team.git)
        .args(["clone", "--quiet", "--depth", "1", "--branch", "shallow", &from, "."])
        .current_dir(clone.path("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ran = clone.run(&["check", "--against", "origin/main"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.out);
    assert!(ran.says("fetch-depth: 0"), "{}", ran.errors);
    assert_eq!(clone.check(&[]).0, 1, "without a comparison, the baseline decides");
}

/// The file with the most findings, all of which are its own, and how many it has.
fn worst_file(team: &Team) -> (String, usize) {
    let baseline = team.repo.text(BASELINE);
    let files =
        baseline.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["file"].as_str().unwrap().to_owned());
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    files.for_each(|file| *counts.entry(file).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).unwrap()
}
