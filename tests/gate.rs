//! The gate through the binary: one story per rule.
//!
//! What users of such gates ask for, in the words and with the numbers of the project's field research, and the test that shows it:
//!
//! | need | shown by |
//! |---|---|
//! | 6 a finding outside of the diff is seen | `formats::the_limits_of_github_are_kept`, the summary of the action |
//! | 7 fail only on new findings | `a_known_finding_stays_known_and_a_new_one_shuts_the_gate` |
//! | 8 a baseline absorbs no different finding | the same; `gate_properties::an_edit_that_keeps_the_findings_makes_no_known_one_new` |
//! | 9 it survives edits, moves and renames | the same two |
//! | 10 it merges | `gate_properties::two_branches_that_add_entries_merge_to_a_fresh_baseline` |
//! | 11 a change cannot launder its own finding | `play_through` |
//! | 12, 13 slack is reported, pruned, and said | `slack_is_reported_pruned_and_if_asked_an_error` |
//! | 14 old and new in one run, `+N −M` | `a_part_of_the_repository_updates_its_part_of_the_baseline`, `cli::ask` |
//! | 15 a missing or broken file is an error | `a_baseline_that_cannot_be_read_is_an_error_at_its_line`, `mistakes_in_exceptions_are_errors_at_their_place`, `configuration::a_lock_that_cannot_be_read_is_an_error_at_its_place` |
//! | 16, 19 exceptions end, and that is seen before | `an_exception_covers_its_scope_until_its_day` |
//! | 17 in every command | `excepted_and_expired_findings_are_not_laundered_into_the_baseline`, `exceptions_are_listed_checked_and_explained` |
//! | 18, 20 no bad date, no missing owner or reason | `mistakes_in_exceptions_are_errors_at_their_place` |
//! | 21 what covers nothing is reported, not on partial runs | `an_exception_covers_its_scope_until_its_day`, `an_ignore_covers_what_it_stands_at` |
//! | 22, 23 one container or path, and never wider | `gate_properties::an_exception_covers_its_scope_and_nothing_else`, `an_exception_that_is_too_wide_or_too_long_covers_nothing` |
//! | 24 the same for every kind of result | `live::results_are_excepted_known_and_vanish_like_other_findings` |
//! | 25 what passes is not excepted | `an_exception_for_what_passes_changes_nothing` |
//! | 26 what is excepted stays visible | `formats::the_counts_of_the_formats_agree` |
//! | 27 locks, and a switch for ignores | `a_knob_of_the_configuration_excepts_and_a_lock_forbids_that`, `configuration::what_an_organisation_locks_stays_locked` |
//! | 28, 30 annotations and comments that work, or are reported | `an_ignore_covers_what_it_stands_at` |
//! | 29 without touching the manifest | `an_exception_covers_its_scope_until_its_day` |

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use portcullis::adjudicate::{baseline, exception};
use support::repo::{Repo, expected, notices, reasons, set, standing};
use support::{assert_golden, project};

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

#[test]
fn the_schemas_are_up_to_date() {
    assert_golden("schemas/exceptions.json", &exception::schema());
    assert_golden("schemas/baseline.json", &baseline::schema());
}

#[test]
fn an_ignore_covers_what_it_stands_at() {
    let repo = Repo::story("gate-ignores");
    let (code, report) = repo.check(&[]);
    assert_eq!(code, 1);
    assert_eq!(standing(&report, "new"), expected(&project().join("fixtures/repos/gate-ignores")));
    let faults = [
        "ignore-without-reason idle.yaml:6",
        "unused-ignore idle.yaml:8",
        "unknown-control idle.yaml:10",
        "malformed-ignore idle.yaml:12",
        "unused-ignore idle.yaml:16",
    ];
    assert_eq!(notices(&report), set(&faults));
    let ignored = report["findings"].as_array().unwrap().iter().find(|finding| finding["standing"] == "ignored");
    let because = &ignored.unwrap()["because"];
    assert_eq!((&because["line"], &because["reason"]), (&6.into(), &"it is the network agent".into()));
    // A run of some controls cannot know what the others find.
    let (_, part) = repo.check(&["--control", "host-network"]);
    assert!(!notices(&part).iter().any(|notice| notice.starts_with("unused")), "{:?}", notices(&part));
    let (_, all) = repo.check(&["--no-inline"]);
    assert_eq!(standing(&all, "ignored"), set(&[]));
    assert_eq!(notices(&all), set(&[]));
}

#[test]
fn a_knob_of_the_configuration_excepts_and_a_lock_forbids_that() {
    let repo = Repo::story("gate-knobs");
    let (code, report) = repo.check(&[]);
    assert_eq!(code, 1);
    assert_eq!(standing(&report, "new"), set(&["pods.yaml:23 host-network", "pods.yaml:30 privileged-container"]));
    let excepted = ["pods.yaml:8", "pods.yaml:17", "pods.yaml:27"].map(|place| format!("{place} privileged-container"));
    assert_eq!(standing(&report, "excepted"), excepted.into_iter().collect());
    assert_eq!(
        notices(&report),
        set(&["locked-control pods.yaml:23", "locked-exception portcullis-exceptions.yaml:2"])
    );
}

#[test]
fn an_exception_covers_its_scope_until_its_day() {
    let repo = Repo::story("gate-exceptions");
    let (code, report) = repo.check(&[]);
    assert_eq!(code, 1);
    assert_eq!(standing(&report, "excepted"), set(&["web.yaml:11 host-network", "web.yaml:22 privileged-container"]));
    assert_eq!(standing(&report, "expired"), set(&["web.yaml:12 host-pid"]));
    assert_eq!(standing(&report, "new"), set(&["web.yaml:13 host-ipc", "web.yaml:18 privileged-container"]));
    let unused = "unused-exception portcullis-exceptions.yaml:22";
    assert_eq!(notices(&report), set(&["expired-exception portcullis-exceptions.yaml:21", unused]));
    assert_eq!(reasons(&report)[1], "1 finding with an expired exception (owner: tools-team)");
    // The last day counts, and is announced a fortnight before.
    for (now, network, announced) in [
        ("2026-11-16", "excepted", false),
        ("2026-11-17", "excepted", true),
        ("2026-12-01", "excepted", true),
        ("2026-12-02", "expired", false),
    ] {
        let (_, report) = repo.check(&["--now", now]);
        assert!(standing(&report, network).contains("web.yaml:11 host-network"), "{now}");
        let told = notices(&report).contains("ending-exception portcullis-exceptions.yaml:7");
        assert_eq!(told, announced, "{now}");
    }
    let (_, report) = repo.check(&["--now", "2026-11-16", "--warn-before", "15d"]);
    assert!(notices(&report).contains("ending-exception portcullis-exceptions.yaml:7"));
    let (_, part) = repo.check(&["web.yaml"]);
    assert!(!notices(&part).contains(unused), "a partial run does not cry wolf");
}

#[test]
fn an_expired_exception_alone_shuts_the_gate_whatever_the_severity() {
    let exceptions = "exceptions:\n  - {control: host-network, reason: r, owner: o, review_date: 2026-08-31}\n\
                      \x20 - {control: host-pid, reason: r, owner: o, review_date: 2027-01-01}\n";
    let repo = Repo::new(&[("a.yaml", POD), ("portcullis-exceptions.yaml", exceptions)]);
    let (code, report) = repo.check(&["--fail-on", "critical"]);
    assert_eq!((code, reasons(&report).len()), (1, 1));
    assert_eq!(repo.check(&["--now", "2026-08-31", "--fail-on", "critical"]).0, 0);
    // The day on which nobody says what day it is, everything has expired.
    let (code, _) = repo.check(&["--now", "9999-12-31"]);
    assert_eq!(code, 1);
}

#[test]
fn a_live_exception_goes_before_an_expired_one_and_an_ignore_before_both() {
    let exceptions = "exceptions:\n  - {control: host-network, reason: r, owner: old, review_date: 2026-01-01}\n\
                      \x20 - {control: host-network, kind: Pod, reason: r, owner: new, review_date: 2027-01-01}\n";
    let repo = Repo::new(&[("a.yaml", POD), ("portcullis-exceptions.yaml", exceptions)]);
    let (_, report) = repo.check(&[]);
    assert_eq!(report["findings"][0]["because"]["owner"], "new");
    repo.write("a.yaml", &POD.replace("hostNetwork: true", "hostNetwork: true # portcullis: ignore[host-network] r"));
    assert_eq!(repo.check(&[]).1["findings"][0]["standing"], "ignored");
}

#[test]
fn an_exception_that_is_too_wide_or_too_long_covers_nothing() {
    let entry = "{control: host-network, reason: r, owner: o, review_date: 2026-11-01, max_matches: 1}";
    let repo = Repo::new(&[("a.yaml", POD), ("portcullis-exceptions.yaml", &format!("exceptions:\n  - {entry}\n"))]);
    assert_eq!(standing(&repo.check(&[]).1, "excepted"), set(&["a.yaml:5 host-network"]));
    repo.write("b.yaml", &POD.replace("name: a", "name: b"));
    let (_, report) = repo.check(&[]);
    assert_eq!(standing(&report, "excepted"), set(&[]));
    assert_eq!(notices(&report), set(&["wide-exception portcullis-exceptions.yaml:2"]));
    repo.remove("b.yaml");
    repo.write("portcullis.yaml", "profile: pss-baseline\ngate: {max_lifetime: {high: 60d}}\n");
    let (_, report) = repo.check(&[]);
    assert_eq!(standing(&report, "excepted"), set(&[]));
    assert_eq!(notices(&report), set(&["long-exception portcullis-exceptions.yaml:2"]));
    assert_eq!(standing(&repo.check(&["--now", "2026-09-02"]).1, "excepted").len(), 1);
}

#[test]
fn an_exception_for_what_passes_changes_nothing() {
    let exceptions = "exceptions:\n  - {control: host-ipc, reason: r, owner: o, review_date: 2027-01-01}\n";
    let repo = Repo::new(&[("a.yaml", POD), ("portcullis-exceptions.yaml", exceptions)]);
    let (_, report) = repo.check(&[]);
    let controls = report["controls"].as_array().unwrap();
    let control = controls.iter().find(|control| control["control"] == "host-ipc").unwrap();
    assert_eq!((control["outcome"].as_str().unwrap(), standing(&report, "excepted").len()), ("pass", 0));
    assert_eq!(notices(&report), set(&["unused-exception portcullis-exceptions.yaml:2"]));
}

#[test]
fn mistakes_in_exceptions_are_errors_at_their_place() {
    let good = "reason: r, owner: o, review_date: 2027-01-01";
    let table = [
        ("{check_id: host-network, reason: r, owner: o, review_date: 2027-02-30}", "is no date", 76),
        ("{check_id: host-network, reason: r, owner: o, review_date: never}", "is no date", 76),
        ("{check_id: host-network, reason: r, owner: o}", "missing field `review_date`", 5),
        ("{check_id: host-network, owner: o, review_date: 2027-01-01}", "missing field `reason`", 5),
        ("{check_id: host-network, reason: r, owner: '', review_date: 2027-01-01}", "this is empty", 49),
        (&format!("{{check_id: host-netwrk, {good}}}"), "there is no control or check `host-netwrk`", 16),
        (&format!("{{check_id: pss:baseline/hostNetwrk, {good}}}"), "no benchmark has a check", 16),
        (&format!("{{{good}}}"), "missing field `check_id`", 5),
        (&format!("{{check_id: host-pid, control: host-pid, {good}}}"), "an exception is about one control", 26),
        (&format!("{{check_id: host-pid, nmae: a, {good}}}"), "unknown key `nmae`", 26),
        (&format!("{{check_id: host-pid, name: '', {good}}}"), "an empty pattern matches nothing", 32),
        (&format!("{{check_id: host-pid, max_matches: 0, {good}}}"), "invalid value", 39),
    ];
    let repo = Repo::new(&[("a.yaml", POD)]);
    for (entry, message, column) in table {
        repo.write("portcullis-exceptions.yaml", &format!("exceptions:\n  - {entry}\n"));
        let ran = repo.run(&["check"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{entry}");
        assert!(ran.says(message), "{entry}: {}", ran.errors);
        // `column` counts to the first character that is marked; some places are the whole entry.
        let place = format!("portcullis-exceptions.yaml:2:{column}");
        assert!(ran.errors.contains(&place) || column > 40, "{entry}: {}", ran.errors);
    }
    let twice =
        format!("exceptions:\n  - {{check_id: host-pid, {good}}}\n  - {{control: host-pid, ticket: T, {good}}}\n");
    repo.write("portcullis-exceptions.yaml", &twice);
    let ran = repo.run(&["check"]);
    assert!(ran.code == 2 && ran.errors.contains("this exception is there already"), "{}", ran.errors);
    assert!(ran.errors.contains("portcullis-exceptions.yaml:3:15"), "{}", ran.errors);
    repo.remove("portcullis-exceptions.yaml");
    let ran = repo.run(&["check", "--exceptions", "none.yaml"]);
    assert!(ran.code == 2 && ran.errors.contains("cannot read none.yaml"), "{}", ran.errors);
}

#[test]
fn the_files_of_the_kube_bench_guides_are_read() {
    let repo = Repo::story("gate-seed");
    let (code, report) = repo.check(&[]);
    assert_eq!(code, 0, "one control fails, one may");
    assert_eq!(standing(&report, "excepted"), set(&["pods.yaml:5 host-network"]));
    assert!(notices(&report).contains("allowed-failures .kube-bench-baseline:1"));
    repo.write(".kube-bench-baseline", "0\n");
    let (code, report) = repo.check(&[]);
    assert_eq!((code, reasons(&report)), (1, vec!["1 control failed, 0 may".to_owned()]));
    assert_eq!(repo.check(&["--max-fail", "1"]).0, 0);
    repo.write(".kube-bench-baseline", "\n five\n");
    let ran = repo.run(&["check"]);
    assert!(ran.code == 2 && ran.errors.contains(".kube-bench-baseline:2:2"), "{}", ran.errors);
}

#[test]
fn a_mode_holds_in_its_place_and_from_its_day() {
    let repo = Repo::story("gate-rollout");
    let action = |now: &str, file: &str, control: &str| {
        let (_, report) = repo.check(&["--now", now]);
        let findings = report["findings"].as_array().unwrap().clone();
        let of = findings.iter().find(|finding| finding["file"] == file && finding["control"] == control).unwrap();
        format!("{} {}", of["action"].as_str().unwrap(), of["shuts"])
    };
    for (now, file, control, expected) in [
        ("2026-09-30", "prod/pod.yaml", "host-ipc", "audit false"),
        ("2026-10-01", "prod/pod.yaml", "host-ipc", "warn false"),
        ("2026-10-31", "prod/pod.yaml", "host-ipc", "warn false"),
        ("2026-11-01", "prod/pod.yaml", "host-ipc", "deny true"),
        ("2026-11-01", "prod/legacy.yaml", "host-pid", "audit false"),
        ("2026-11-01", "dev/pod.yaml", "host-pid", "warn false"),
        ("2026-11-01", "dev/pod.yaml", "host-ipc", "deny true"),
    ] {
        assert_eq!(action(now, file, control), expected, "{now} {file} {control}");
    }
}

#[test]
fn thresholds_count_what_they_say() {
    let repo = Repo::new(&[("a.yaml", POD), ("b.yaml", &POD.replace("name: a", "name: b"))]);
    let table: [(&[&str], i32, &str); 12] = [
        (&[], 1, "4 new findings"),
        (&["--fail-on", "critical"], 0, ""),
        (&["--max-new", "4"], 0, ""),
        (&["--max-new", "3"], 1, "4 new findings, 3 may be"),
        (&["--max-new", "0", "--fail-on", "critical"], 0, ""),
        (&["--max-fail", "2"], 0, ""),
        (&["--max-fail", "1"], 1, "2 controls failed, 1 may"),
        (&["--max-fail", "1", "--fail-on", "critical"], 1, "2 controls failed, 1 may"),
        (&["--max-fail", "9", "--max-new", "3"], 1, "4 new findings, 3 may be"),
        (&["--max-fail", "9", "--min-score", "100"], 1, "the score is "),
        (&["--max-fail", "9", "--min-score", "50"], 0, ""),
        (&["--max-fail", "9", "--min-score", "0"], 0, ""),
    ];
    for (arguments, code, reason) in table {
        let (found, report) = repo.check(arguments);
        assert_eq!(found, code, "{arguments:?}");
        assert_eq!(report["gate"], if code == 0 { "open" } else { "shut" });
        assert_eq!(reasons(&report).len(), usize::from(code == 1), "{arguments:?}");
        assert!(reasons(&report).iter().all(|found| found.starts_with(reason)), "{arguments:?} {:?}", reasons(&report));
        let shutting = report["findings"].as_array().unwrap().iter().any(|finding| finding["shuts"] == true);
        assert_eq!(shutting, code == 1 && !reason.contains("score"), "{arguments:?}");
    }
    assert_eq!(repo.run(&["check", "--min-score", "101"]).code, 2);
}

#[test]
fn a_score_leaves_out_what_is_accepted() {
    let exceptions = "exceptions:\n  - {control: host-network, reason: r, owner: o, review_date: 2027-01-01}\n";
    let repo = Repo::new(&[("a.yaml", POD)]);
    let score = |repo: &Repo| {
        let report = repo.check(&[]).1;
        let score = &report["scores"][0];
        (score["passed"].as_u64().unwrap(), score["judged"].as_u64().unwrap())
    };
    let (passed, judged) = score(&repo);
    assert_eq!(judged - passed, 2);
    repo.write("portcullis-exceptions.yaml", exceptions);
    assert_eq!(score(&repo), (passed, judged - 1));
    // The minimum of a cluster is its own.
    let config = "profile: pss-baseline\nclusters: {prod: {paths: [prod], min_score: 100}}\n";
    let repo =
        Repo::new(&[("a.yaml", POD), ("prod/a.yaml", &POD.replace("true", "false")), ("portcullis.yaml", config)]);
    assert_eq!(repo.check(&["--fail-on", "critical"]).0, 0);
    repo.rename("a.yaml", "prod/b.yaml");
    let (code, report) = repo.check(&["--fail-on", "critical"]);
    assert!(code == 1 && reasons(&report)[0].starts_with("the score of cluster prod is"), "{:?}", reasons(&report));
}

#[test]
fn a_known_finding_stays_known_and_a_new_one_shuts_the_gate() {
    let repo = Repo::story("gate-baseline");
    assert_eq!(repo.check(&[]).0, 1);
    assert_eq!(repo.run(&["baseline", "check"]).code, 2, "there is none yet");
    let ran = repo.run(&["baseline", "write"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ".portcullis-baseline.jsonl: 3 written\n"), "{}", ran.errors);
    let written = repo.text(".portcullis-baseline.jsonl");
    assert_eq!(repo.check(&[]).0, 0);
    assert_eq!(repo.run(&["baseline", "check"]).code, 0);
    assert_eq!(repo.run(&["baseline", "show"]).out.lines().count(), 3);
    // Another file with the same finding is not absorbed.
    repo.write("other/job.yaml", &repo.text("deploy/job.yaml"));
    let (code, report) = repo.check(&[]);
    assert_eq!((code, standing(&report, "new")), (1, set(&["other/job.yaml:9 host-pid"])));
    assert_eq!(repo.run(&["baseline", "check"]).code, 1);
    repo.remove("other/job.yaml");
    // A file that moves takes its findings along.
    repo.rename("deploy/job.yaml", "jobs/migrate.yaml");
    let (code, report) = repo.check(&[]);
    assert_eq!((code, standing(&report, "moved")), (0, set(&["jobs/migrate.yaml:9 host-pid"])));
    assert_eq!(report["findings"].as_array().unwrap().last().unwrap()["because"]["line"], 1);
    assert_eq!(repo.run(&["baseline", "check"]).code, 1);
    assert_eq!(repo.run(&["baseline", "update"]).out, ".portcullis-baseline.jsonl: +1 −1, 3 now\n");
    assert_eq!(repo.run(&["baseline", "check"]).code, 0);
    assert_ne!(repo.text(".portcullis-baseline.jsonl"), written);
}

#[test]
fn slack_is_reported_pruned_and_if_asked_an_error() {
    let repo = Repo::story("gate-baseline");
    repo.run(&["baseline", "write"]);
    let cured = repo.text("deploy/web.yaml").replace("privileged: true", "privileged: false");
    repo.write("deploy/web.yaml", &cured);
    let (code, report) = repo.check(&[]);
    let vanished = set(&["vanished-baseline-entry .portcullis-baseline.jsonl:3"]);
    assert_eq!((code, notices(&report)), (0, vanished));
    let (code, report) = repo.check(&["--strict-baseline"]);
    assert_eq!((code, reasons(&report)), (1, vec!["1 entry of the baseline has vanished".to_owned()]));
    // What is not judged has not vanished.
    for part in [&["deploy/job.yaml"][..], &["--control", "host-network"]] {
        assert_eq!(notices(&repo.check(part).1), set(&[]), "{part:?}");
    }
    repo.write("deploy/job.yaml", &(repo.text("deploy/job.yaml") + "      - [\n"));
    let told = notices(&repo.check(&[]).1);
    let vanished: Vec<_> = told.iter().filter(|notice| notice.starts_with("vanished")).collect();
    assert_eq!(vanished.len(), 1, "a file that cannot be read keeps its entries");
    repo.write("new.yaml", POD);
    let ran = repo.run(&["baseline", "prune"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (3, ".portcullis-baseline.jsonl: +0 −1, 2 now\ncould not be judged: deploy/job.yaml\n")
    );
    let (code, report) = repo.check(&["--strict-baseline"]);
    assert_eq!((code, standing(&report, "new").len()), (1, 2), "pruning adds nothing");
}

#[test]
fn a_part_of_the_repository_updates_its_part_of_the_baseline() {
    let repo = Repo::story("gate-baseline");
    assert_eq!(repo.run(&["baseline", "write", "deploy"]).code, 2);
    repo.run(&["baseline", "write"]);
    repo.write("deploy/job.yaml", &repo.text("deploy/job.yaml").replace("hostPID", "hostIPC"));
    repo.write("deploy/web.yaml", &repo.text("deploy/web.yaml").replace("hostNetwork", "hostIPC"));
    assert_eq!(repo.run(&["baseline", "update", "deploy/job.yaml"]).code, 0);
    let text = repo.text(".portcullis-baseline.jsonl");
    for (word, expected) in [("host-pid", false), ("host-ipc", true), ("host-network", true)] {
        assert_eq!(text.contains(word), expected, "{word}");
    }
}

#[test]
fn a_baseline_that_cannot_be_read_is_an_error_at_its_line() {
    let repo = Repo::story("gate-baseline");
    repo.run(&["baseline", "write"]);
    let good = repo.text(".portcullis-baseline.jsonl");
    let foreign = good.replacen("\"fingerprint\"", "\"fingerprint2\"", 1);
    let short = good.replacen("\"fingerprint\":\"", "\"fingerprint\":\"x", 1);
    let table = [
        ("[]\n", "this is no line of a baseline"),
        (&foreign, "unknown field `fingerprint2`"),
        (&short, "is no fingerprint"),
        (&good[..good.len() / 2], "this is no line of a baseline"),
        (&format!("<<<<<<< ours\n{good}"), "the baseline has a merge conflict"),
    ];
    for (text, message) in table {
        repo.write(".portcullis-baseline.jsonl", text);
        let ran = repo.run(&["check"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{message}");
        assert!(ran.says(message), "{message}: {}", ran.errors);
        assert!(ran.errors.contains("--> .portcullis-baseline.jsonl:"), "{}", ran.errors);
        assert_eq!(repo.run(&["baseline", "update"]).code, 2, "it is not overwritten");
    }
    assert_eq!(repo.run(&["baseline", "write"]).code, 0, "but written anew when that is asked for");
    assert_eq!(repo.text(".portcullis-baseline.jsonl"), good);
    repo.write("portcullis.yaml", "profile: pss-baseline\nbaseline: ci/known.jsonl\n");
    let ran = repo.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.says("cannot read ci/known.jsonl") && ran.says("baseline write"), "{}", ran.errors);
    std::fs::create_dir(repo.path("ci")).unwrap();
    assert_eq!(repo.run(&["baseline", "write"]).code, 0);
    assert_eq!(repo.check(&[]).0, 0);
    assert_eq!(repo.run(&["check", "--baseline", "none.jsonl"]).code, 2);
}

#[test]
fn excepted_and_expired_findings_are_not_laundered_into_the_baseline() {
    let repo = Repo::story("gate-exceptions");
    repo.run(&["baseline", "write"]);
    let text = repo.text(".portcullis-baseline.jsonl");
    assert!(!text.contains("host-network") && !text.contains("host-pid") && text.contains("host-ipc"), "{text}");
    assert_eq!(repo.check(&[]).0, 1, "what has expired still shuts the gate");
}

#[test]
fn exceptions_are_listed_checked_and_explained() {
    let repo = Repo::story("gate-exceptions");
    let list = repo.run(&["exceptions", "list"]);
    assert_eq!((list.code, list.out.lines().count()), (0, 4), "{}", list.errors);
    assert!(list.out.contains("privileged-container container metrics, image registry.example.com/tools/*: until"));
    let explained = repo.run(&["exceptions", "explain"]).out;
    let hits: Vec<&str> = explained.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(hits[1], "  web.yaml:22:25 privileged-container: Deployment shop/web, container metrics, excepted");
    assert_eq!(hits.len(), 3);
    let checked = repo.run(&["exceptions", "check"]);
    assert_eq!(checked.code, 1);
    assert!(checked.out.contains("owner: tools-team") || checked.out.contains("owner:\ntools-team"), "{}", checked.out);
    assert!(checked.out.ends_with("4 exceptions, 2 to look at\n"), "{}", checked.out);
}

#[test]
fn an_exception_is_added_and_all_else_stays() {
    let repo = Repo::new(&[("a.yaml", POD)]);
    let add = |check_id: &str, more: &[&str]| {
        let words = ["exceptions", "add", "--check-id", check_id, "--reason", "it's: \"so\"", "--owner", "o"];
        let all: Vec<&str> = words.iter().chain(&["--review-date", "2027-01-01"]).chain(more).copied().collect();
        repo.run(&all)
    };
    let ran = add("host-network", &["--kind", "Pod", "--name", "a*"]);
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let (_, report) = repo.check(&[]);
    assert_eq!(standing(&report, "excepted"), set(&["a.yaml:5 host-network"]));
    assert_eq!(report["findings"][0]["because"]["reason"], "it's: \"so\"");
    let before = repo.text("portcullis-exceptions.yaml");
    assert_eq!(add("host-network", &["--kind", "Pod", "--name", "a*"]).code, 2, "it is there already");
    assert_eq!(add("host-netwrk", &[]).code, 2);
    assert_eq!(repo.text("portcullis-exceptions.yaml"), before);
    let odd = "# top\nexceptions:   # list\n- control: host-ipc # first\n  reason: |\n    two\n    lines\n  owner: o\n  \
               review_date: 2027-01-01\n\n# end";
    repo.write("portcullis-exceptions.yaml", odd);
    assert_eq!(add("host-pid", &[]).code, 0);
    let text = repo.text("portcullis-exceptions.yaml");
    assert_eq!(text, odd.replace("01-01\n", "01-01\n- check_id: \"host-pid\"\n  reason: \"it's: \\\"so\\\"\"\n  owner: \"o\"\n  review_date: \"2027-01-01\"\n"));
    for empty in ["", "# nothing yet\n", "exceptions:\n", "version: 1\nexceptions:"] {
        repo.write("portcullis-exceptions.yaml", empty);
        assert_eq!(add("host-pid", &[]).code, 0, "{empty}");
        assert!(repo.text("portcullis-exceptions.yaml").starts_with(empty));
        assert_eq!(standing(&repo.check(&[]).1, "excepted"), set(&["a.yaml:6 host-pid"]), "{empty}");
    }
    repo.write("portcullis-exceptions.yaml", "exceptions: []\n");
    assert_eq!(add("host-pid", &[]).code, 2);
    repo.write("ci/strict.yaml", "exceptions: ci/exceptions.yaml\n");
    assert_eq!(add("host-pid", &["--config", "ci/strict.yaml"]).code, 0);
    assert!(repo.text("ci/exceptions.yaml").contains("host-pid"));
}

#[test]
fn a_plain_number_means_the_benchmark_of_each_cluster() {
    let exceptions = "exceptions:\n  - {check_id: baseline/hostNamespaces, cluster: prod, reason: r, owner: o, \
                      review_date: 2027-01-01}\n  - {check_id: 'pss:baseline/hostPorts', reason: r, owner: o, review_date: 2027-01-01}\n";
    let config = "profile: pss-baseline\nclusters: {prod: {paths: [prod]}}\n";
    let repo = Repo::new(&[
        ("a.yaml", POD),
        ("prod/a.yaml", POD),
        ("portcullis.yaml", config),
        ("portcullis-exceptions.yaml", exceptions),
    ]);
    let (_, report) = repo.check(&[]);
    assert_eq!(standing(&report, "excepted"), set(&["prod/a.yaml:5 host-network", "prod/a.yaml:6 host-pid"]));
    assert_eq!(standing(&report, "new"), set(&["a.yaml:5 host-network", "a.yaml:6 host-pid"]));
}

#[test]
fn a_number_of_a_benchmark_stands_for_its_controls() {
    let entry =
        |id: &str| format!("exceptions:\n  - {{check_id: '{id}', reason: r, owner: o, review_date: 2027-01-01}}\n");
    let excepted = |config: &str, id: &str| {
        let repo = Repo::new(&[("a.yaml", POD), ("portcullis-exceptions.yaml", &entry(id))]);
        repo.write("portcullis.yaml", &format!("profile: pss-baseline\n{config}"));
        let ran = repo.run(&["check", "--format", "json"]);
        assert_ne!(ran.code, 2, "{id}: {}", ran.errors);
        let report = serde_json::from_str(&ran.out).unwrap();
        let controls =
            standing(&report, "excepted").into_iter().map(|line| line.replace("a.yaml:", "")).collect::<Vec<_>>();
        (controls.join(", "), notices(&report).iter().any(|notice| notice.starts_with("unused-exception")))
    };
    let old = "clusters: {old: {paths: ['**'], kubernetes: '1.26'}}\n";
    let amazon = "clusters: {eks: {paths: ['**'], platform: eks}}\n";
    // 5.2.2 is privileged containers from cis-1.7 on, and was the process namespace in cis-1.6.
    for (config, id, expected) in [
        ("", "5.2.5", "5 host-network"),
        (old, "5.2.5", "5 host-network"),
        ("", "cis-1.6:5.2.2", "6 host-pid"),
        ("", "5.2.2", ""),
        (amazon, "4.2.4", "5 host-network"),
        // One of a benchmark that is not in force: unused, no error.
        ("", "4.2.4", ""),
    ] {
        let (controls, is_unused) = excepted(config, id);
        assert_eq!((controls.as_str(), is_unused), (expected, expected.is_empty()), "{config}{id}");
    }
    // A check that no control answers waits for the results of a node.
    assert_eq!(excepted("", "1.1.1"), (String::new(), false));
    for id in ["5.99.99", "cis-1.12:5.99.99", "cis-0.1:5.2.5"] {
        let repo = Repo::new(&[("a.yaml", POD), ("portcullis-exceptions.yaml", &entry(id))]);
        assert_eq!(repo.run(&["check"]).code, 2, "{id}");
    }
}

#[test]
fn the_examples_of_the_guide_hold() {
    let guide = support::text(&project().join("docs/guide/gate.md"));
    let blocks: Vec<&str> = guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let of = |word: &str| *blocks.iter().find(|block| block.trim_start().starts_with(word)).unwrap();
    let repo = Repo::new(&[("clusters/prod/a.yaml", POD), ("portcullis-exceptions.yaml", of("exceptions:"))]);
    repo.write("portcullis.yaml", of("gate:"));
    let ran = repo.run(&["check"]);
    assert_eq!((ran.code, ran.errors.as_str()), (1, ""));
}

#[test]
fn mistakes_in_modes_are_marked() {
    let table = [
        ("modes: [{controls: [host-prt], mode: warn}]", "there is no control `host-prt`"),
        ("modes: [{clusters: [prd], mode: warn}]", "there is no cluster `prd`"),
        ("modes: [{mode: warn, from: {2026-10-01: audit}}]", "a later mode is stricter"),
        ("modes: [{mode: warn, from: {soon: deny}}]", "`soon` is no date"),
        ("modes: [{mode: block}]", "unknown word `block`"),
        ("gate: {min_score: 120}", "120 is no percentage"),
        ("gate: {warn_before: 2w}", "`2w` is no number of days"),
        ("gate: {max_lifetime: {hihg: 5d}}", "unknown variant `hihg`"),
    ];
    let repo = Repo::new(&[("a.yaml", POD)]);
    for (text, message) in table {
        repo.write("portcullis.yaml", &format!("{text}\nclusters: {{prod: {{paths: [prod]}}}}\n"));
        let ran = repo.run(&["check"]);
        assert!(ran.code == 2 && ran.says(message), "{text}: {}", ran.errors);
        assert!(ran.errors.contains("portcullis.yaml:1:"), "{text}: {}", ran.errors);
    }
}

/// At any moment of writing, the old file or the new one is there, whole.
#[cfg(unix)]
#[test]
fn a_process_that_is_killed_leaves_a_whole_baseline() {
    let many = |count: usize| {
        let pods = (0..count).map(|number| POD.replace("name: a,", &format!("name: a{number},")));
        pods.collect::<Vec<_>>().join("---\n")
    };
    let repo = Repo::new(&[("a.yaml", &many(100))]);
    let started = std::time::Instant::now();
    assert_eq!(repo.run(&["baseline", "write"]).code, 0);
    let took = started.elapsed();
    let old = repo.text(".portcullis-baseline.jsonl");
    repo.write("a.yaml", &many(300));
    let new = {
        let other = Repo::new(&[("a.yaml", &many(300))]);
        other.run(&["baseline", "write"]);
        other.text(".portcullis-baseline.jsonl")
    };
    let mut seen = [false; 2];
    for step in 0..24 {
        repo.write(".portcullis-baseline.jsonl", &old);
        let mut child = repo.command(&["baseline", "write"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(took * step / 8);
        child.kill().unwrap();
        child.wait().unwrap();
        let text = repo.text(".portcullis-baseline.jsonl");
        assert!(text == old || text == new, "step {step}: {} bytes", text.len());
        seen[usize::from(text == new)] = true;
    }
    assert!(seen[0], "some were killed before they wrote");
}
