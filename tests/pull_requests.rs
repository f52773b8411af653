//! What a pull request is told, through the binary: the difference to the base, and what becomes of the gate's own files.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use portcullis::report::FORMATS;
use serde_json::Value;
use support::git::Git;
use support::repo::{notices, reasons, set, standing};

/// A file with its new text, or without it.
type Edit<'a> = (&'a str, Option<&'a str>);

/// A pod with one finding.
fn pod(name: &str, fault: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  {fault}: true\n  containers:\n    - \
         {{name: a, image: a:1}}\n"
    )
}

/// What was fixed: `file:line control`.
fn fixed(report: &Value) -> BTreeSet<String> {
    let fixed = report["change"]["fixed"].as_array().unwrap().iter();
    let words =
        |one: &Value| format!("{}:{} {}", one["file"].as_str().unwrap(), one["line"], one["control"].as_str().unwrap());
    fixed.map(words).collect()
}

#[test]
fn what_was_there_before_does_not_shut_the_gate() {
    let files = [("a.yaml", pod("a", "hostPID")), ("b.yaml", pod("b", "hostIPC")), ("c.yaml", pod("c", "hostPID"))];
    let Some(git) = Git::new(&files.each_ref().map(|(path, text)| (*path, text.as_str()))) else { return };
    git.branch("change");
    assert_eq!(git.repo.check(&[]).0, 1, "alone they are new");
    // Dirty or committed is all the same: what is judged is the work tree.
    for step in ["dirty", "committed"] {
        git.repo.write("a.yaml", &format!("# a line more\n{}", pod("a", "hostPID")));
        git.repo.write("moved/c.yaml", &pod("c", "hostPID"));
        ["b.yaml", "c.yaml"].iter().filter(|file| git.at(file).exists()).for_each(|file| git.repo.remove(file));
        if step == "committed" {
            git.commit("harmless");
        }
        let (code, report) = git.repo.check(&["--against", "main"]);
        assert_eq!((code, report["gate"].as_str().unwrap()), (0, "open"), "{step}: {report:#}");
        assert_eq!(standing(&report, "known"), set(&["a.yaml:6 host-pid"]), "{step}");
        assert_eq!(standing(&report, "moved"), set(&["moved/c.yaml:5 host-pid"]), "{step}");
        assert_eq!(fixed(&report), set(&["b.yaml:5 host-ipc"]), "{step}");
        let because = &report["findings"][0]["because"];
        assert_eq!((&because["file"], &because["line"]), (&"a.yaml".into(), &5.into()), "where it was");
        assert!(because["reason"].as_str().unwrap().starts_with("it is in main ("), "{because}");
    }
    git.repo.write("d.yaml", &pod("d", "hostNetwork"));
    let (code, report) = git.repo.check(&["--against", "main"]);
    assert_eq!((code, standing(&report, "new")), (1, set(&["d.yaml:5 host-network"])));
    let ran = git.repo.run(&["check", "--against", "main"]);
    let text = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("fixed b.yaml:5:12: medium[host-ipc] Pod shop/b"), "{text}");
    assert!(text.contains("1 new, 1 fixed, 1 moved, 1 known"), "{text}");
    for format in ["summary", "comment", "github", "jsonl", "sarif"] {
        let ran = git.repo.run(&["check", "--against", "main", "--format", format]);
        assert!(ran.out.contains("1 fixed") || ran.out.contains("\"type\":\"fixed\""), "{format}: {}", ran.out);
    }
}

#[test]
fn the_base_is_where_the_branches_part() {
    let Some(git) = Git::new(&[("a.yaml", &pod("a", "hostPID"))]) else { return };
    git.run(&["tag", "-a", "v1", "-m", "v1"]);
    git.branch("change");
    git.repo.write("b.yaml", &pod("b", "hostIPC"));
    git.commit("b");
    git.run(&["checkout", "--quiet", "main"]);
    git.repo.write("a.yaml", &pod("a", "hostNetwork"));
    git.commit("main goes on and cures what the branch still has");
    let main = git.run(&["rev-parse", "main"]);
    git.run(&["update-ref", "refs/remotes/origin/main", "main"]);
    git.run(&["checkout", "--quiet", "change"]);
    let new = set(&["b.yaml:5 host-ipc"]);
    for name in ["main", "origin/main", "v1", "HEAD^", &main, &main[..9], "refs/heads/main"] {
        let (code, report) = git.repo.check(&["--against", name]);
        assert_eq!((code, standing(&report, "new"), fixed(&report)), (1, new.clone(), set(&[])), "{name}");
        assert_eq!(report["change"]["base"], *name);
    }
    // As GitHub checks out a pull request: HEAD is a merge, on no branch.
    git.run(&["checkout", "--quiet", "--detach", "main"]);
    git.run(&["merge", "--quiet", "--no-ff", "-m", "merge", "change"]);
    for name in ["main", "HEAD^1"] {
        let (_, report) = git.repo.check(&["--against", name]);
        assert_eq!((standing(&report, "new"), fixed(&report)), (new.clone(), set(&[])), "{name}");
        assert_eq!(standing(&report, "known"), set(&["a.yaml:5 host-network"]), "{name}");
    }
}

#[test]
fn a_clone_that_is_too_shallow_says_what_to_do() {
    let Some(git) = Git::new(&[("a.yaml", &pod("a", "hostPID"))]) else { return };
    git.branch("change");
    git.repo.write("b.yaml", &pod("b", "hostIPC"));
    git.commit("b");
    git.run(&["checkout", "--quiet", "main"]);
    git.commit("on");
    git.run(&["checkout", "--quiet", "--detach", "change"]);
    git.run(&["merge", "--quiet", "--no-ff", "-m", "merge", "main"]);
    git.run(&["branch", "merged"]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", git.at("").display());
    let clone = |name: &str, arguments: &[&str]| {
        let to = folder.path().join(name);
        let all: Vec<&str> = ["clone", "--quiet"].iter().chain(arguments).copied().chain([&*url, name]).collect();
        git.run_in(folder.path(), &all);
        to
    };
    let error = |folder: &Path, name: &str| {
        let ran = git.portcullis(folder, &["check", "--against", name]);
        let text = String::from_utf8(ran.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((ran.status.code(), ran.stdout.len()), (Some(2), 0), "{text}");
        text
    };
    let shallow = clone("shallow", &["--depth=1", "--branch=change"]);
    let text = error(&shallow, "origin/main");
    assert!(text.contains("`origin/main` is no branch") && text.contains("`git fetch origin main`"), "{text}");
    git.run_in(&shallow, &["fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    let text = error(&shallow, "origin/main");
    assert!(text.contains("too shallow") && text.contains("fetch-depth: 0"), "{text}");
    // The parents of a merge are enough to compare with one of them.
    let two = clone("two", &["--depth=2", "--branch=merged"]);
    let ran = git.portcullis(&two, &["check", "--format=json", "--against", "HEAD^2"]);
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(standing(&report, "new"), set(&["b.yaml:5 host-ipc"]));
    // Where a later base may hide behind the cut, none is taken.
    let text = error(&shallow, "v1");
    assert!(text.contains("`v1` is no branch, tag or commit here"), "{text}");
    let text = error(&clone("whole", &[]), "chnage");
    assert!(text.contains("`chnage` is no branch"), "{text}");
    let whole = folder.path().join("whole");
    git.run_in(&whole, &["checkout", "--quiet", "--detach", "origin/main"]);
    let text = error(&whole, "change");
    assert!(text.contains("did you mean `origin/change`?"), "{text}");
    git.run_in(&whole, &["checkout", "--quiet", "--orphan", "alone"]);
    let text = error(&whole, "origin/main");
    assert!(text.contains("nothing is committed here yet"), "{text}");
    git.run_in(&whole, &["commit", "--quiet", "-m", "alone"]);
    let text = error(&whole, "origin/main");
    assert!(text.contains("have no commit in common"), "{text}");
    let bare = support::repo::Repo::new(&[("a.yaml", &pod("a", "hostPID"))]);
    let ran = bare.run(&["check", "--against", "main"]);
    assert!(ran.code == 2 && ran.says("there is no git repository"), "{}", ran.errors);
    assert_eq!(bare.run(&["check", "--changed-only"]).code, 2, "what has changed is known with --against alone");
}

#[test]
fn a_root_below_the_top_a_linked_work_tree_and_a_submodule_are_compared() {
    let Some(library) = Git::new(&[("l.yaml", &pod("l", "hostPID"))]) else { return };
    let Some(git) =
        Git::new(&[("app/portcullis.yaml", "profile: pss-baseline\n"), ("app/a.yaml", &pod("a", "hostPID"))])
    else {
        return;
    };
    git.repo.write("b.yaml", &pod("b", "hostIPC"));
    let url = format!("file://{}", library.at("").display());
    git.run(&["submodule", "--quiet", "add", &url, "app/lib"]);
    git.commit("library");
    library.repo.write("m.yaml", &pod("m", "hostIPC"));
    library.commit("m");
    git.branch("change");
    git.run_in(&git.at("app/lib"), &["pull", "--quiet", "origin", "main"]);
    git.repo.write("app/c.yaml", &pod("c", "hostIPC"));
    git.commit("c");
    let run = |folder: &Path, arguments: &[&str]| {
        let all: Vec<&str> = ["check", "--format=json"].iter().chain(arguments).copied().collect();
        let ran = git.portcullis(folder, &all);
        serde_json::from_slice::<Value>(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
    };
    let report = run(&git.at("app"), &["--against=main"]);
    assert_eq!(standing(&report, "new"), set(&["c.yaml:5 host-ipc", "lib/m.yaml:5 host-ipc"]));
    assert_eq!(standing(&report, "known"), set(&["a.yaml:5 host-pid", "lib/l.yaml:5 host-pid"]));
    let report = run(&git.at(""), &["app", "--against=main"]);
    assert_eq!(standing(&report, "new").len(), 2);
    let folder = tempfile::tempdir().unwrap();
    let linked = folder.path().join("linked");
    git.run(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap(), "change"]);
    assert!(linked.join(".git").is_file());
    let report = run(&linked, &["--against=main"]);
    assert_eq!(standing(&report, "new"), set(&["app/c.yaml:5 host-ipc"]), "the submodule is not checked out here");
    assert_eq!(fixed(&report), set(&[]));
}

#[test]
fn links_odd_names_and_ignored_files_are_compared_as_they_are_judged() {
    let Some(git) = Git::new(&[("real/a.yaml", &pod("a", "hostPID")), ("kept.yaml", &pod("k", "hostIPC"))]) else {
        return;
    };
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("real/a.yaml", git.at("link.yaml")).unwrap();
        std::os::unix::fs::symlink("../outside.yaml", git.at("out.yml")).unwrap();
        std::os::unix::fs::symlink(git.at("real").canonicalize().unwrap(), git.at("absolute")).unwrap();
    }
    git.repo.write("with space/ü\u{1b}.yaml", &pod("u", "hostPID"));
    // Tracked, and named by an ignore file: it is judged before and after.
    git.repo.write(".gitignore", "kept.yaml\n");
    git.run(&["add", "--force", "kept.yaml"]);
    git.commit("odd");
    git.branch("change");
    git.repo.write("real/new.yaml", &pod("n", "hostPID"));
    let (_, report) = git.repo.check(&["--against", "main"]);
    assert_eq!(standing(&report, "new"), set(&["real/new.yaml:5 host-pid"]));
    assert_eq!((standing(&report, "known").len(), fixed(&report)), (3, set(&[])));
    // Hiding a file cures nothing, neither here nor in the base.
    git.repo.write(".portcullisignore", "real\n");
    let (_, report) = git.repo.check(&["--against", "main"]);
    assert_eq!((standing(&report, "new"), fixed(&report)), (set(&[]), set(&[])));
    git.repo.remove(".portcullisignore");
    // Line ends are no change.
    git.repo.write("kept.yaml", &pod("k", "hostIPC").replace('\n', "\r\n"));
    let (_, report) = git.repo.check(&["--against", "main", "--changed-only"]);
    assert_eq!(standing(&report, "known"), set(&[]));
    assert_eq!(report["change"]["left_out"]["findings"], 3);
}

#[test]
fn what_could_not_be_judged_before_is_said() {
    let Some(git) = Git::new(&[("a.yaml", &format!("{}: [", pod("a", "hostPID")))]) else { return };
    git.branch("change");
    git.repo.write("a.yaml", &pod("a", "hostPID"));
    let (code, report) = git.repo.check(&["--against", "main"]);
    assert_eq!((code, standing(&report, "new")), (1, set(&["a.yaml:5 host-pid"])));
    assert_eq!(notices(&report), set(&["unknown-before"]));
    // The other way round nothing is fixed.
    git.commit("mended");
    git.run(&["checkout", "--quiet", "-b", "broken"]);
    git.repo.write("a.yaml", &format!("{}: [", pod("a", "hostPID")));
    let (code, report) = git.repo.check(&["--against", "change"]);
    assert_eq!((code, fixed(&report)), (3, set(&[])));
}

#[test]
fn changed_files_alone_are_reported_and_all_are_judged() {
    let exceptions = "exceptions:\n  - {control: host-ipc, reason: r, owner: o, review_date: 2027-01-01}\n";
    let files = [("a.yaml", pod("a", "hostPID")), ("b.yaml", pod("b", "hostIPC"))];
    let Some(git) = Git::new(&files.each_ref().map(|(path, text)| (*path, text.as_str()))) else { return };
    git.repo.write("portcullis-exceptions.yaml", exceptions);
    git.repo.run(&["baseline", "write"]);
    git.repo.write("z.yaml", &pod("z", "hostNetwork"));
    git.commit("a finding that nobody has accepted");
    git.branch("change");
    git.repo.write("c.yaml", &pod("c", "hostPID"));
    git.repo.write("a.yaml", &format!("{}# touched\n", pod("a", "hostPID")));
    let (code, report) = git.repo.check(&["--against", "main", "--changed-only"]);
    assert_eq!((code, standing(&report, "new")), (1, set(&["c.yaml:5 host-pid"])));
    assert_eq!(standing(&report, "known"), set(&["a.yaml:5 host-pid"]));
    assert_eq!(notices(&report), set(&[]), "the exception and the baseline are in use");
    assert_eq!(report["change"]["left_out"], serde_json::json!({"findings": 2, "new": 0}));
    assert_eq!(reasons(&report), ["1 new finding"]);
    let ran = git.repo.run(&["check", "--against", "main", "--changed-only"]);
    assert!(ran.out.split_whitespace().collect::<Vec<_>>().join(" ").contains("left out: 2 findings"), "{}", ran.out);
    // A renamed file is a changed file.
    git.repo.rename("z.yaml", "y.yaml");
    let (_, report) = git.repo.check(&["--against", "main", "--changed-only"]);
    assert_eq!(standing(&report, "moved"), set(&["y.yaml:5 host-network"]));
}

#[test]
fn what_the_diff_does_not_show_comes_last_and_is_said_to_be_elsewhere() {
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n\
                  spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n";
    let web = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: a, image: a:1}]}\n";
    let files = [("a.yaml", web), ("policy.yaml", policy), ("z.yaml", web)];
    let Some(git) = Git::new(&files) else { return };
    git.repo.remove("policy.yaml");
    git.repo.write("z.yaml", &web.replace("name: web, namespace: shop", "name: other, namespace: other"));
    let check = ["check", "--against", "main", "--control", "missing-network-policy", "--fail-on", "info"];
    let ran = git.repo.run(&[&check[..], &["--format", "github"]].concat());
    let places: Vec<_> = ran.out.lines().filter_map(|line| line.split_once(",file=")?.1.split(',').next()).collect();
    assert_eq!(places, ["z.yaml", "a.yaml"], "{}", ran.out);
    let summary = git.repo.run(&[&check[..], &["--format", "summary"]].concat()).out;
    let outside: Vec<_> = summary.lines().filter(|line| line.ends_with("<br>not in the diff |")).collect();
    assert!(outside.len() == 1 && outside[0].contains("`a.yaml:"), "{summary}");
}

#[test]
fn a_commit_that_lacks_a_file_is_an_error() {
    let Some(git) = Git::new(&[("a.yaml", &pod("a", "hostPID"))]) else { return };
    let blob = git.run(&["rev-parse", "HEAD:a.yaml"]);
    git.branch("change");
    git.repo.write("a.yaml", &pod("a", "hostIPC"));
    git.commit("changed");
    fs::remove_file(git.at(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]))).unwrap();
    let ran = git.repo.run(&["check", "--against", "main"]);
    assert!(ran.code == 2 && ran.says("cannot read the files of the base"), "{}", ran.errors);
    assert!(ran.says("a clone made with `--filter` lacks them"), "{}", ran.errors);
}

/// `rule file:line` of what loosens the gate.
fn gate_changes(report: &Value) -> BTreeSet<String> {
    let changes = report["gate_changes"].as_array().unwrap().iter();
    let words =
        |one: &Value| format!("{} {}:{}", one["rule"].as_str().unwrap(), one["file"].as_str().unwrap(), one["line"]);
    changes.map(words).collect()
}

const EXCEPTIONS: &str = "\
exceptions:
  - {control: host-ipc, kind: Pod, reason: r, owner: o, review_date: 2026-12-01, max_matches: 2}
";

#[test]
fn a_change_cannot_accept_its_own_findings() {
    let config = "profile: pss-baseline\ngate: {fail_on: medium}\n";
    let files =
        [("portcullis.yaml", config), ("a.yaml", &pod("a", "hostPID")), ("portcullis-exceptions.yaml", EXCEPTIONS)];
    let Some(git) = Git::new(&files) else { return };
    git.repo.run(&["baseline", "write"]);
    git.commit("what is known");
    git.branch("change");
    // Each way to let it pass, and the line that gives it away.
    let finding = pod("b", "hostPID");
    let ignored = finding.replace("hostPID: true", "hostPID: true # portcullis: ignore[host-pid] trust me");
    let annotated = finding.replace("namespace: shop", "annotations: {portcullis.dev/ignore: 'host-pid: trust me'}");
    let exception = "  - {control: host-pid, reason: trust me, owner: o, review_date: 2027-01-01}\n";
    let table: [(&str, &str, &str, &str); 8] = [
        (
            "portcullis-exceptions.yaml",
            &format!("{EXCEPTIONS}{exception}"),
            &finding,
            "new-exception portcullis-exceptions.yaml:3",
        ),
        (
            "portcullis.yaml",
            "profile: pss-baseline\ngate: {fail_on: critical}\n",
            &finding,
            "looser-configuration portcullis.yaml:2",
        ),
        (
            "portcullis.yaml",
            &format!("{config}controls:\n  host-pid: false\n"),
            &finding,
            "looser-configuration portcullis.yaml:4",
        ),
        (
            "portcullis.yaml",
            &format!("{config}modes:\n  - {{mode: audit}}\n"),
            &finding,
            "looser-configuration portcullis.yaml:4",
        ),
        (
            "portcullis.yaml",
            &format!("{config}exclude:\n  - b.yaml\n"),
            &finding,
            "looser-configuration portcullis.yaml:4",
        ),
        (".portcullisignore", "# mine\nb.yaml\n", &finding, "more-ignored .portcullisignore:2"),
        ("x.txt", "", &ignored, "new-ignore b.yaml:5"),
        ("x.txt", "", &annotated, "new-ignore b.yaml:3"),
    ];
    for (file, text, manifest, expected) in table {
        git.repo.write("b.yaml", manifest);
        git.repo.write(file, text);
        assert_eq!(git.repo.check(&[]).0, 0, "{expected}: it does let it pass");
        let (code, report) = git.repo.check(&["--trust", "main"]);
        assert_eq!((code, standing(&report, "new")), (1, set(&["b.yaml:5 host-pid"])), "{expected}");
        assert_eq!(gate_changes(&report), set(&[expected]));
        assert!(notices(&report).contains("trusted-gate"));
        // Without trust it is listed all the same.
        assert_eq!(gate_changes(&git.repo.check(&["--against", "main"]).1), set(&[expected]));
        git.run(&["checkout", "--quiet", "--force", "main", "--", "."]);
        git.run(&["clean", "--quiet", "--force"]);
    }
    // The laundered baseline.
    git.repo.write("b.yaml", &finding);
    git.repo.run(&["baseline", "update"]);
    assert_eq!(git.repo.check(&[]).0, 0);
    let (code, report) = git.repo.check(&["--trust", "main"]);
    assert_eq!((code, standing(&report, "new")), (1, set(&["b.yaml:5 host-pid"])));
    assert_eq!(gate_changes(&report), set(&["grown-baseline .portcullis-baseline.jsonl:2"]));
    // A configuration beside the manifests does not move the root, and a new one does not count.
    git.repo.write("deploy/b.yaml", &finding);
    git.repo.write("deploy/portcullis.yaml", "profile: pss-baseline\ncontrols: {host-pid: false}\n");
    assert_eq!(git.repo.run(&["check", "deploy"]).code, 0);
    let ran = git.repo.run(&["check", "deploy", "--trust", "main"]);
    assert!(ran.code == 1 && ran.out.contains("deploy/b.yaml:5:12"), "{}", ran.out);
}

#[test]
fn a_change_is_judged_by_the_policies_of_the_base() {
    let policy =
        |rule: &str| format!("package main\n\nimport rego.v1\n\ndeny contains \"no team\" if {{\n\t{rule}\n}}\n");
    let strict = policy("not input.metadata.labels.team");
    let config = "profile: none\npolicies: {paths: [policy], data: [policy/data]}\n";
    let files = [("portcullis.yaml", config), ("policy/team.rego", &strict), ("policy/data/free.yaml", "free: []\n")];
    let Some(git) = Git::new(&files) else { return };
    git.branch("change");
    let finding = pod("a", "hostPID");
    let lost = policy("false");
    let free = "free: [shop]\n";
    let table: [(&[Edit<'_>], &[&str]); 5] = [
        (&[("policy/team.rego", Some(&lost))], &["changed-policy policy/team.rego:1"]),
        (
            &[("policy/team.rego", None), ("policy/new.rego", Some(&lost)), ("policy/data/free.yaml", Some(free))],
            &[
                "changed-policy policy/data/free.yaml:1",
                "changed-policy policy/new.rego:1",
                "changed-policy policy/team.rego:1",
            ],
        ),
        (
            &[("policy/other.rego", Some("package main\n\nexception contains [\"\"] if true\n"))],
            &["changed-policy policy/other.rego:1"],
        ),
        (
            &[("portcullis.yaml", Some("profile: none\n"))],
            &[
                "changed-policy policy/data/free.yaml:1",
                "changed-policy policy/team.rego:1",
                "looser-configuration portcullis.yaml:1",
            ],
        ),
        (
            &[("portcullis.yaml", Some(&format!("{config}controls: {{main.deny: false}}\n")))],
            &["looser-configuration portcullis.yaml:3"],
        ),
    ];
    for (edits, expected) in table {
        git.repo.write("a.yaml", &finding);
        for (file, text) in edits {
            match text {
                Some(text) => git.repo.write(file, text),
                None => git.repo.remove(file),
            }
        }
        assert_ne!(git.repo.check(&[]).0, 1, "{expected:?}: it does let it pass");
        let (code, report) = git.repo.check(&["--trust", "main"]);
        assert_eq!(code, 1, "{expected:?}: {report:#}");
        assert_eq!(report["findings"][0]["control"], "main.deny");
        assert_eq!(gate_changes(&report), set(expected));
        git.run(&["checkout", "--quiet", "--force", "main", "--", "."]);
        git.run(&["clean", "--quiet", "--force", "-d"]);
    }
    // A policy that does not even parse is an error before it is the policy of everybody.
    git.repo.write("policy/team.rego", "package main\n\ndeny contains\n");
    let ran = git.repo.run(&["check", "--trust", "main"]);
    assert!(ran.code == 2 && ran.errors.contains("policy/team.rego:"), "{}", ran.errors);
}

#[test]
fn a_change_begins_no_grace_and_skips_no_check_by_itself() {
    let config = "profile: pss-baseline\ngate: {grace: 30d}\n";
    let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
                   authentication: {anonymous: {enabled: true}}\n";
    let Some(git) = Git::new(&[("portcullis.yaml", config), ("kubelet.yaml", kubelet)]) else { return };
    git.repo.run(&["policies", "lock"]);
    git.commit("locked");
    git.branch("change");
    git.repo.write("a.yaml", &pod("a", "hostPID"));
    let lock = git.repo.text("portcullis.lock");
    let dated = |line: &str| match line.starts_with("host-pid ") {
        true => format!("{line} 2026-09-01\n"),
        false => format!("{line}\n"),
    };
    git.repo.write("portcullis.lock", &lock.lines().map(dated).collect::<String>());
    assert_eq!(git.repo.check(&[]).0, 0, "it does let it pass");
    let (code, report) = git.repo.check(&["--trust", "main"]);
    assert_eq!((code, gate_changes(&report)), (1, set(&["new-grace portcullis.lock:1"])), "{report:#}");
    git.run(&["checkout", "--quiet", "--force", "main", "--", "."]);
    git.repo.remove("a.yaml");
    // What kube-bench's own file leaves out, and what it narrows.
    let asked = ["--benchmark", "cis-1.12", "--profile", "all", "--trust", "main"];
    let fails = |report: &Value| standing(report, "new").iter().any(|finding| finding.starts_with("kubelet.yaml:3"));
    let before = git.repo.check(&asked).1;
    assert!(fails(&before), "{before:#}");
    for (text, expected) in [
        ("skip:\n  - \"1.1\"\n  - \"4.2.1\"\n", &[2, 3][..]),
        ("targets: [master]\n", &[1]),
        ("targets: [node, master, etcd, controlplane, policies]\n", &[1]),
    ] {
        git.repo.write("kube-bench-config.yaml", text);
        let (_, report) = git.repo.check(&asked);
        let lines = expected.iter().map(|line| format!("looser-configuration kube-bench-config.yaml:{line}"));
        assert!(fails(&report), "{text}: {report:#}");
        assert_eq!(gate_changes(&report), lines.collect());
    }
    git.commit("skipped");
    git.run(&["checkout", "--quiet", "main"]);
    git.run(&["merge", "--quiet", "change"]);
    git.run(&["checkout", "--quiet", "-b", "later"]);
    // All of it again, one of the others: that is no looser.
    for text in ["", "targets: [node, master, etcd, controlplane, policies, managedservices]\n"] {
        git.repo.write("kube-bench-config.yaml", text);
        assert_eq!(gate_changes(&git.repo.check(&asked).1), set(&[]), "{text}");
    }
}

#[test]
fn what_is_looser_is_told_in_every_report_and_may_shut_the_gate() {
    let Some(git) = Git::new(&[("a.yaml", &pod("a", "hostIPC")), ("portcullis-exceptions.yaml", EXCEPTIONS)]) else {
        return;
    };
    git.branch("change");
    git.repo.write("portcullis-exceptions.yaml", &EXCEPTIONS.replace("2026-12-01", "2027-12-01"));
    let expected = set(&["longer-exception portcullis-exceptions.yaml:2"]);
    let (code, report) = git.repo.check(&["--trust", "main"]);
    assert_eq!((code, gate_changes(&report)), (0, expected.clone()));
    assert_eq!(report["findings"][0]["because"]["review_date"], "2026-12-01", "the earlier date counts");
    // These are tables of findings and checks, and numbers.
    let tables = ["csv", "env", "kube-bench", "kube-bench-json", "prometheus"];
    for format in FORMATS.iter().map(|format| format.name()).filter(|name| !tables.contains(name)) {
        let ran = git.repo.run(&["check", "--trust", "main", "--format", format]);
        let out = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(out.contains("holds until 2027-12-01"), "{format}: {out}");
    }
    // The base says that it shuts the gate; that the change says otherwise is one more of its kind.
    git.run(&["stash", "--quiet"]);
    git.run(&["checkout", "--quiet", "main"]);
    git.repo.write("portcullis.yaml", "profile: pss-baseline\ngate_changes: deny\n");
    git.commit("strict");
    git.run(&["checkout", "--quiet", "-b", "second"]);
    git.run(&["stash", "pop", "--quiet"]);
    git.repo.write("portcullis.yaml", "profile: pss-baseline\ngate_changes: report\n");
    for flags in [&["--trust", "main"][..], &["--against", "main"], &["--against", "main", "--trust", "main"]] {
        let (code, report) = git.repo.check(flags);
        assert_eq!((code, gate_changes(&report).len()), (1, 2), "{flags:?}");
        assert_eq!(reasons(&report), ["2 changes loosen the gate"]);
    }
}

#[test]
fn what_is_stricter_is_not_told_and_counts_at_once() {
    let wide = "exceptions:\n  - {control: host-ipc, reason: r, owner: o, review_date: 2026-12-01}\n\
                \x20 - {control: host-network, reason: r, owner: o, review_date: 2026-12-01}\n";
    let pods = [("a.yaml", pod("a", "hostPID")), ("b.yaml", pod("b", "hostIPC")), ("c.yaml", pod("c", "hostIPC"))];
    let mut files: Vec<(&str, &str)> = pods.iter().map(|(path, text)| (*path, text.as_str())).collect();
    files.extend([("portcullis-exceptions.yaml", wide), (".portcullisignore", "x\ny\n")]);
    files.push(("portcullis.yaml", "profile: pss-baseline\nexclude: [v, w]\ngate: {max_new: 3}\n"));
    let Some(git) = Git::new(&files) else { return };
    git.repo.run(&["baseline", "write"]);
    git.commit("known");
    git.branch("change");
    // Fixed and pruned, renamed and updated, narrowed, taken out.
    git.repo.write("a.yaml", "");
    git.repo.write("portcullis.yaml", "profile: pss-restricted\nexclude: [w]\ngate: {max_new: 2, min_score: 1}\n");
    git.repo.write(".portcullisignore", "y\n");
    git.repo.run(&["baseline", "prune"]);
    git.repo.write(
        "portcullis-exceptions.yaml",
        "exceptions:\n  - {control: host-ipc, name: b, reason: r, owner: o, review_date: 2026-11-01}\n",
    );
    let (code, report) = git.repo.check(&["--trust", "main", "--strict-baseline"]);
    assert_eq!(gate_changes(&report), set(&[]));
    assert_eq!(notices(&report), set(&["trusted-gate"]), "nothing is called unused or vanished that is out already");
    assert_eq!(standing(&report, "excepted"), set(&["b.yaml:5 host-ipc"]));
    assert_eq!((code, standing(&report, "new")), (0, set(&["c.yaml:5 host-ipc"])), "one may be new");
}

#[test]
fn a_baseline_moves_along_and_an_ignore_too() {
    let ignored = pod("i", "hostIPC").replace("hostIPC: true", "hostIPC: true # portcullis: ignore[host-ipc] why");
    let Some(git) = Git::new(&[("a.yaml", &pod("a", "hostPID")), ("i.yaml", &ignored)]) else { return };
    git.repo.run(&["baseline", "write"]);
    git.commit("known");
    git.branch("change");
    git.repo.rename("a.yaml", "deploy/a.yaml");
    git.repo.rename("i.yaml", "deploy/i.yaml");
    git.repo.write("deploy/i.yaml", &format!("# a line more\n{ignored}"));
    git.repo.run(&["baseline", "update"]);
    let (code, report) = git.repo.check(&["--trust", "main", "--strict-baseline"]);
    assert_eq!((code, gate_changes(&report)), (0, set(&[])), "{report:#}");
    assert_eq!(standing(&report, "moved"), set(&["deploy/a.yaml:5 host-pid"]));
    assert_eq!(standing(&report, "ignored"), set(&["deploy/i.yaml:6 host-ipc"]));
    // A second one of the same words is new.
    git.repo.write("deploy/j.yaml", &ignored);
    let (_, report) = git.repo.check(&["--trust", "main"]);
    assert_eq!(gate_changes(&report).len(), 1);
    assert_eq!(standing(&report, "new").len(), 1);
}

#[test]
fn mistakes_on_either_side_are_errors() {
    let Some(git) = Git::new(&[("a.yaml", &pod("a", "hostPID"))]) else { return };
    git.branch("change");
    git.repo.write("portcullis.yaml", "profil: all\n");
    let ran = git.repo.run(&["check", "--trust", "main"]);
    assert!(ran.code == 2 && ran.errors.contains("portcullis.yaml:1:1"), "{}", ran.errors);
    git.commit("broken");
    git.branch("mended");
    git.repo.write("portcullis.yaml", "profile: pss-baseline\n");
    let ran = git.repo.run(&["check", "--trust", "change"]);
    assert!(ran.code == 2 && ran.says("unknown key `profil`"), "{}", ran.errors);
    assert!(ran.says("(in change ("), "it says where: {}", ran.errors);
    let (_, report) = git.repo.check(&["--against", "change"]);
    assert_eq!(notices(&report), set(&["unknown-gate-changes"]));
    let ran = git.repo.run(&["check", "--trust", "main", "--exceptions", "none.yaml"]);
    assert!(ran.code == 2 && ran.says("it is read from main ("), "{}", ran.errors);
    // Outside of the repository no change can touch a file.
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("exceptions.yaml");
    fs::write(&outside, "exceptions:\n  - {control: host-pid, reason: r, owner: o, review_date: 2027-01-01}\n")
        .unwrap();
    let (code, report) = git.repo.check(&["--trust", "main", "--exceptions", outside.to_str().unwrap()]);
    assert_eq!((code, standing(&report, "excepted")), (0, set(&["a.yaml:5 host-pid"])));
}
