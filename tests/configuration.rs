//! The configuration through the binary: what an organisation's file does, and what clusters have for themselves.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use support::repo::{Repo, notices, set, standing};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostNetwork: true
  hostPID: true
  containers:
    - name: a
      image: a:1
";

/// An organisation's file, a file that extends it, and a pod.
fn extending(own: &str, organisation: &str) -> Repo {
    Repo::new(&[("a.yaml", POD), ("portcullis.yaml", own), ("org/base.yaml", organisation)])
}

#[test]
fn a_file_extends_that_of_an_organisation() {
    let repo = extending("extends: org/base.yaml\n", "profile: pss-baseline\ncontrols: {host-pid: false}\n");
    assert_eq!(standing(&repo.check(&[]).1, "new"), set(&["a.yaml:5 host-network"]));
    // Mappings are joined, and the file that extends wins.
    repo.write(
        "portcullis.yaml",
        "extends: [org/base.yaml]\ncontrols: {host-pid: true, host-network: {severity: low}}\n",
    );
    let (code, report) = repo.check(&[]);
    assert_eq!((code, standing(&report, "new").len()), (1, 2));
    assert_eq!(report["findings"][0]["severity"], "low");
    // Lists are appended, and its own elements come first.
    repo.write("org/base.yaml", "profile: pss-baseline\nmodes: [{mode: warn}]\nexclude: [b.yaml]\n");
    repo.write("b.yaml", POD);
    repo.write(
        "portcullis.yaml",
        "extends: org/base.yaml\nmodes: [{controls: [host-pid], mode: deny}]\nexclude: [c.yaml]\n",
    );
    repo.write("c.yaml", POD);
    let (code, report) = repo.check(&[]);
    assert_eq!((code, standing(&report, "new").len()), (1, 2));
    assert_eq!([&report["findings"][0]["action"], &report["findings"][1]["action"]], ["warn", "deny"]);
}

#[test]
fn of_several_extended_files_a_later_one_goes_first_and_each_is_read_once() {
    let repo = extending("extends: [org/base.yaml, org/more.yaml]\n", "extends: common.yaml\nprofile: all\n");
    repo.write("org/more.yaml", "extends: ./common.yaml\nprofile: pss-baseline\n");
    repo.write("org/common.yaml", "controls: {host-network: {locked: true}}\n");
    assert_eq!(standing(&repo.check(&[]).1, "new"), set(&["a.yaml:5 host-network", "a.yaml:6 host-pid"]));
}

#[test]
fn what_an_organisation_locks_stays_locked() {
    let organisation = "profile: pss-baseline\ncontrols: {host-network: {locked: true}}\nmodes: [{mode: deny}]\n";
    for undone in ["{host-network: false}", "{host-network: {locked: false}}", "{host-network: {severity: info}}"] {
        let repo = extending(&format!("extends: org/base.yaml\ncontrols: {undone}\n"), organisation);
        let ran = repo.run(&["check"]);
        assert!(ran.code == 2 && ran.says("control `host-network` is locked by org/base.yaml"), "{}", ran.errors);
        assert!(ran.errors.contains("--> portcullis.yaml:2:12"), "{}", ran.errors);
    }
    // Nor does a mode, a profile, an ignore or an exception get round it.
    let own = "extends: org/base.yaml\nprofile: pss-restricted\nmodes: [{controls: [host-*], mode: audit}]\n";
    let repo = extending(own, &organisation.replace("pss-baseline", "all"));
    repo.write("a.yaml", &POD.replace("hostNetwork: true", "hostNetwork: true # portcullis: ignore[host-network] r"));
    let (code, report) = repo.check(&[]);
    let of = |control: &str| {
        let finding =
            report["findings"].as_array().unwrap().iter().find(|finding| finding["control"] == control).unwrap();
        (finding["standing"].as_str().unwrap().to_owned(), finding["action"].as_str().unwrap().to_owned())
    };
    assert_eq!(code, 1);
    assert_eq!(of("host-network"), ("new".to_owned(), "deny".to_owned()));
    assert_eq!(of("host-pid"), ("new".to_owned(), "audit".to_owned()));
    // A profile without the control does not switch it off.
    let repo =
        extending("extends: org/base.yaml\nprofile: pss-baseline\n", "controls: {missing-cpu-limit: {locked: true}}\n");
    assert!(standing(&repo.check(&[]).1, "new").iter().any(|finding| finding.ends_with(" missing-cpu-limit")));
}

#[test]
fn a_mistake_in_an_extended_file_is_shown_there() {
    let table = [
        ("extends: org/base.yaml\n", "profil: all\n", "unknown key `profil`", "org/base.yaml:1:1"),
        (
            "extends: org/base.yaml\n",
            "controls: {host-prt: false}\n",
            "there is no control `host-prt`",
            "org/base.yaml:1:12",
        ),
        ("extends: org/base.yaml\n", "extends: base.yaml\n", "`base.yaml` extends itself", "org/base.yaml:1:10"),
        (
            "extends: org/base.yaml\n",
            "extends: [../portcullis.yaml]\n",
            "`../portcullis.yaml` extends itself, by way of `org/base.yaml`",
            "org/base.yaml:1:10",
        ),
        ("extends: org/bse.yaml\n", "", "cannot read `org/bse.yaml`", "portcullis.yaml:1:10"),
        ("extends: [org/base.yaml, 3]\n", "", "invalid type", "portcullis.yaml:1:26"),
        ("extends: /etc/passwd\n", "", "lies outside of the repository", "portcullis.yaml:1:10"),
        ("extends: https://example.org/base.yaml\n", "", "is no path", "portcullis.yaml:1:10"),
        ("extends: org/link.yaml\n", "", "lies outside of the repository", "portcullis.yaml:1:10"),
        ("extends: org\n", "", "cannot read org", ""),
    ];
    for (own, organisation, message, place) in table {
        let repo = extending(own, organisation);
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", repo.path("org/link.yaml")).unwrap();
        let ran = repo.run(&["check"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{own}");
        assert!(ran.says(message) && ran.errors.contains(place), "{own}: {}", ran.errors);
        assert!(!ran.errors.contains("root:"), "nothing of what lies outside is shown: {}", ran.errors);
    }
    // A file of an organisation may be about clusters that a repository does not have.
    let repo = extending("extends: org/base.yaml\n", "modes: [{clusters: [prod], mode: warn}]\n");
    assert_eq!(repo.check(&[]).0, 1);
    let repo = Repo::new(&[("a.yaml", POD)]);
    for number in 0..40 {
        repo.write(&format!("{number}.conf"), &format!("extends: {}.conf\n", number + 1));
    }
    repo.write("portcullis.yaml", "extends: 0.conf\n");
    assert!(repo.run(&["check"]).says("a configuration has at most 32 files"));
}

#[test]
fn a_file_outside_of_the_repository_is_read_when_the_command_line_names_it() {
    let outside = Repo::new(&[
        ("base.yaml", "extends: more.yaml\nprofile: pss-baseline\n"),
        ("more.yaml", "controls: {host-pid: false}\n"),
    ]);
    let base = outside.path("base.yaml").to_string_lossy().into_owned();
    for own in ["", &format!("extends: '{base}'\n")] {
        let repo = Repo::new(&[("a.yaml", POD), ("portcullis.yaml", own)]);
        let (_, report) = repo.check(&["--extends", &base]);
        assert_eq!(standing(&report, "new"), set(&["a.yaml:5 host-network"]), "{own}");
    }
    // Its locks hold even if the repository does not mention it.
    outside.write("more.yaml", "controls: {host-network: {locked: true}}\n");
    let repo = Repo::new(&[("a.yaml", POD), ("portcullis.yaml", "controls: {host-network: false}\n")]);
    let ran = repo.run(&["check", "--extends", &base]);
    assert!(ran.code == 2 && ran.says("control `host-network` is locked by"), "{}", ran.errors);
}

const CLUSTERS: &str = "\
profile: pss-baseline
clusters:
  prod: {paths: [prod], baseline: prod/known.jsonl, exceptions: prod/exceptions.yaml}
  stage: {paths: [stage], baseline: prod/known.jsonl}
  dev: {paths: [dev]}
";
const EXCEPTION: &str = "exceptions:\n  - {control: host-pid, reason: r, owner: o, review_date: 2027-01-01}\n";

#[test]
fn a_cluster_has_its_own_baseline_and_exceptions() {
    let repo =
        Repo::new(&[("prod/a.yaml", POD), ("stage/a.yaml", POD), ("dev/a.yaml", POD), ("portcullis.yaml", CLUSTERS)]);
    let ran = repo.run(&["check"]);
    assert!(ran.code == 2 && ran.says("cannot read prod/exceptions.yaml"), "{}", ran.errors);
    repo.write("prod/exceptions.yaml", EXCEPTION);
    assert!(repo.run(&["check"]).says("cannot read prod/known.jsonl"));
    let ran = repo.run(&["baseline", "write"]);
    assert_eq!(ran.out, ".portcullis-baseline.jsonl: 2 written\nprod/known.jsonl: 3 written\n", "{}", ran.errors);
    let (code, report) = repo.check(&["--strict-baseline"]);
    assert_eq!((code, standing(&report, "excepted")), (0, set(&["prod/a.yaml:6 host-pid"])));
    assert_eq!(standing(&report, "known").len(), 5);
    assert_eq!(repo.run(&["baseline", "check"]).code, 0);
    assert_eq!(repo.run(&["baseline", "show"]).out.lines().count(), 5);
    // What is known in one cluster is new in another.
    repo.rename("prod/a.yaml", "dev/b.yaml");
    let (code, report) = repo.check(&[]);
    assert_eq!((code, standing(&report, "new").len(), standing(&report, "excepted").len()), (1, 2, 0));
    assert!(notices(&report).contains("vanished-baseline-entry prod/known.jsonl:1"), "{:?}", notices(&report));
    assert!(notices(&report).contains("unused-exception prod/exceptions.yaml:2"), "{:?}", notices(&report));
    let ran = repo.run(&["baseline", "prune"]);
    assert_eq!(ran.out, ".portcullis-baseline.jsonl: +0 −0, 2 now\nprod/known.jsonl: +0 −1, 2 now\n");
    let ran = repo.run(&["baseline", "update"]);
    assert_eq!(ran.out, ".portcullis-baseline.jsonl: +2 −0, 4 now\nprod/known.jsonl: +0 −0, 2 now\n");
    assert_eq!(repo.check(&["--strict-baseline"]).0, 0);
    // One named on the command line is the only one.
    let (code, report) = repo.check(&["--baseline", "prod/known.jsonl"]);
    assert_eq!((code, standing(&report, "known").len()), (1, 2));
    let list = repo.run(&["exceptions", "list"]);
    assert!(list.out.starts_with("prod/exceptions.yaml:2:"), "{}", list.out);
    assert_eq!(repo.run(&["exceptions", "check"]).code, 1);
}

#[test]
fn an_exception_of_a_cluster_is_added_to_its_file() {
    let repo = Repo::new(&[("prod/a.yaml", POD), ("portcullis.yaml", CLUSTERS), ("prod/exceptions.yaml", EXCEPTION)]);
    let add = [
        "exceptions",
        "add",
        "--check-id",
        "host-network",
        "--reason",
        "r",
        "--owner",
        "o",
        "--review-date",
        "2027-01-01",
    ];
    let of_cluster: Vec<&str> = add.iter().chain(&["--cluster", "prod"]).copied().collect();
    assert_eq!(repo.run(&of_cluster).code, 0);
    assert!(repo.text("prod/exceptions.yaml").contains("host-network"));
    assert_eq!(repo.run(&add).code, 0);
    assert!(repo.text("portcullis-exceptions.yaml").contains("host-network"));
}

#[test]
fn the_files_of_the_gate_stay_inside_the_repository() {
    let repo = Repo::new(&[("a.yaml", POD)]);
    for (key, path) in [("baseline", "../known.jsonl"), ("exceptions", "/etc/passwd"), ("baseline", ".")] {
        repo.write("portcullis.yaml", &format!("{key}: {path}\n"));
        let ran = repo.run(&["check"]);
        assert!(ran.code == 2 && ran.says(&format!("`{path}` is no path of a file below the root")), "{}", ran.errors);
    }
    repo.write("portcullis.yaml", "profile: pss-baseline\n");
    #[cfg(unix)]
    for name in [".portcullis-baseline.jsonl", "portcullis-exceptions.yaml"] {
        std::os::unix::fs::symlink("/etc/passwd", repo.path(name)).unwrap();
        for command in [&["check"][..], &["baseline", "write"]] {
            let ran = repo.run(command);
            assert!(ran.code == 2 && ran.says("is a link that leads out of the repository"), "{}", ran.errors);
        }
        repo.remove(name);
    }
}

/// The same lock with a line changed; `None` takes it out.
fn edited(lock: &str, control: &str, line: Option<&str>) -> String {
    let lines = lock.lines().filter_map(|old| match old.starts_with(&format!("{control} ")) {
        true => line.map(str::to_owned),
        false => Some(old.to_owned()),
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn a_finding_of_a_newer_policy_is_said_to_be_one() {
    let repo = Repo::new(&[("a.yaml", POD)]);
    assert!(
        repo.run(&["policies", "diff"]).says("there is no lock"),
        "without a lock there is nothing to compare with"
    );
    let ran = repo.run(&["policies", "lock"]);
    assert!(ran.code == 0 && ran.out.starts_with("portcullis.lock: ") && ran.out.ends_with(" policies\n"), "{ran:?}");
    let lock = repo.text("portcullis.lock");
    let lines: Vec<&str> = lock.lines().skip(1).collect();
    assert!(lines.is_sorted() && lines.len() > 200 && lines.iter().all(|line| line.split(' ').count() == 3), "{lock}");
    let (code, report) = repo.check(&[]);
    assert_eq!((code, notices(&report)), (1, set(&[])));
    assert_eq!(report["findings"][0].get("newer"), None);
    assert_eq!(repo.run(&["policies", "diff"]).out, "0 added, 0 changed, 0 removed\n");
    // As if this program knew a control more than the one that wrote the lock, and another one otherwise.
    let digest = "0123456789abcdef0123456789abcdef";
    let older = edited(&edited(&lock, "host-network", None), "host-pid", Some(&format!("host-pid low {digest}")));
    repo.write("portcullis.lock", &format!("{older}zz-gone medium {digest}\n"));
    let (code, report) = repo.check(&[]);
    assert_eq!((code, notices(&report)), (1, set(&["newer-policies portcullis.lock:1"])));
    assert_eq!(standing(&report, "new").len(), 2, "they are as new as others, and marked");
    assert_eq!([&report["findings"][0]["newer"], &report["findings"][1]["newer"]], ["added", "changed"]);
    let text = repo.run(&["check"]).out;
    for words in [
        "(its policy is newer than portcullis.lock)",
        "(its policy has changed since portcullis.lock)",
        "2 of them by policies newer than portcullis.lock",
    ] {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{text}");
    }
    let diff = "+ high host-network: 1 finding, 1 of them new\n~ low → high host-pid: 1 finding, 1 of them new\n\
                - medium zz-gone\n1 added, 1 changed, 1 removed\n";
    assert_eq!(repo.run(&["policies", "diff"]).out, diff);
    // A known finding stays known, whatever its policy.
    repo.run(&["baseline", "write"]);
    assert_eq!(repo.check(&[]).0, 0);
    repo.remove(".portcullis-baseline.jsonl");
    // Taken over, they have the day on which they were.
    let ran = repo.run(&["policies", "lock"]);
    assert!(ran.out.ends_with(" policies, 1 added, 1 changed, 1 removed\n"), "{}", ran.out);
    let dated = repo.text("portcullis.lock");
    assert_eq!(dated.lines().filter(|line| line.ends_with(" 2026-09-01")).count(), 2);
    repo.run(&["policies", "lock", "--now", "2026-09-05"]);
    assert_eq!(repo.text("portcullis.lock"), dated, "the day stays");
    assert_eq!(repo.check(&[]).0, 1, "without a grace they shut the gate");
    repo.write("portcullis.yaml", "profile: pss-baseline\ngate: {grace: 30d}\n");
    for (now, expected) in [("2026-08-31", 1), ("2026-09-01", 0), ("2026-09-30", 0), ("2026-10-01", 1)] {
        let (code, report) = repo.check(&["--now", now]);
        assert_eq!(code, expected, "{now}");
        let finding = &report["findings"][0];
        let grace = serde_json::json!({"grace": {"from": "2026-10-01"}});
        assert_eq!(finding.get("newer"), (expected == 0).then_some(&grace), "{now}");
        assert_eq!(finding["action"], if expected == 0 { "warn" } else { "deny" });
    }
    assert!(repo.run(&["check"]).out.contains("(warning only; its policy is new and shuts the gate from 2026-10-01)"));
}

#[test]
fn two_branches_that_lock_merge_and_the_next_lock_tidies() {
    let repo = Repo::new(&[("a.yaml", POD)]);
    repo.run(&["policies", "lock"]);
    let lock = repo.text("portcullis.lock");
    let old = lock.lines().find(|line| line.starts_with("host-pid ")).unwrap();
    repo.write("portcullis.lock", &format!("{lock}{lock}host-pid high 0123456789abcdef0123456789abcdef 2026-01-01\n"));
    assert_eq!(notices(&repo.check(&[]).1), set(&[]), "{old}");
    repo.run(&["policies", "lock"]);
    assert_eq!(repo.text("portcullis.lock"), lock);
}

#[test]
fn a_lock_that_cannot_be_read_is_an_error_at_its_place() {
    let repo = Repo::new(&[("a.yaml", POD)]);
    repo.run(&["policies", "lock"]);
    let good = repo.text("portcullis.lock");
    let line = |text: &str| format!("{}\n{text}\n", good.lines().next().unwrap());
    let table = [
        (String::new(), "the first line does not name a version", "portcullis.lock:1:1"),
        ("{}\n".to_owned(), "the first line does not name a version", "portcullis.lock:1:1"),
        (good.replacen("version 1", "version 2", 1), "there is no version 2", "portcullis.lock:1:28"),
        (line("host-pid"), "it has a control, a severity, a digest", "portcullis.lock:2:1"),
        (line("host-pid high 12"), "`12` is no digest", "portcullis.lock:2:1"),
        (line("host-pid hihg 0123456789abcdef0123456789abcdef"), "`hihg` is no severity", "portcullis.lock:2:1"),
        (line("host-pid high 0123456789abcdef0123456789abcdef soon"), "`soon` is no date", "portcullis.lock:2:1"),
        (line("<<<<<<< ours"), "the lock has a merge conflict", "portcullis.lock:2:1"),
        (good[..good.len() - 20].to_owned(), "is no digest", "portcullis.lock:"),
    ];
    for (text, message, place) in table {
        repo.write("portcullis.lock", &text);
        for command in [&["check"][..], &["policies", "diff"], &["policies", "lock"]] {
            let ran = repo.run(command);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{message}");
            assert!(ran.says(message) && ran.errors.contains(place), "{message}: {}", ran.errors);
        }
        assert_eq!(repo.text("portcullis.lock"), text, "it is not overwritten");
    }
    repo.remove("portcullis.lock");
    repo.write("portcullis.yaml", "lock: ci/policies.lock\n");
    assert!(repo.run(&["check"]).says("cannot read ci/policies.lock"));
    std::fs::create_dir(repo.path("ci")).unwrap();
    assert_eq!(repo.run(&["policies", "lock"]).code, 0);
    assert_ne!(repo.run(&["check"]).code, 2);
}

#[test]
fn a_stricter_mode_is_announced_before_it_holds() {
    let modes = "profile: pss-baseline\nmodes:\n  - controls: [host-pid]\n    mode: audit\n    from: {2026-09-10: warn, 2026-10-01: deny}\n  - mode: warn\n";
    let repo = Repo::new(&[("a.yaml", POD), ("portcullis.yaml", modes)]);
    let told = |now: &str, more: &[&str]| {
        let arguments: Vec<&str> = ["--now", now].iter().chain(more).copied().collect();
        let (_, report) = repo.check(&arguments);
        report["notices"].as_array().unwrap().iter().map(|notice| notice["message"].to_string()).collect::<Vec<_>>()
    };
    let to_warn = "\"from 2026-09-10 on, the mode of 1 new finding is `warn` instead of `audit`\"";
    let to_deny = "\"from 2026-10-01 on, the mode of 1 new finding is `deny` instead of `warn`\"";
    for (now, expected) in [
        ("2026-08-26", None),
        ("2026-08-27", Some(to_warn)),
        ("2026-09-16", None),
        ("2026-09-17", Some(to_deny)),
        ("2026-10-01", None),
    ] {
        assert_eq!(told(now, &[]), expected.into_iter().collect::<Vec<_>>(), "{now}");
    }
    assert_eq!(told("2026-09-11", &["--warn-before", "30d"]), [to_deny]);
    assert!(notices(&repo.check(&[]).1).contains("coming-mode portcullis.yaml:5"));
    // It is nobody's concern when there is nothing that it would be about.
    repo.write("a.yaml", &POD.replace("hostPID: true", "hostPID: false"));
    assert!(told("2026-08-27", &[]).is_empty());
}
