//! What owners and auditors get, through the binary: the page, the history and its trend, frameworks, what other programs say.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;
use std::process::Output;

use serde_json::{Value, json};
use support::git::Git;
use support::repo::Repo;

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostNetwork: true
  containers:
    - {name: web, image: registry.example.com/web:1, securityContext: {privileged: true}}
";

const EXCEPTIONS: &str = "\
exceptions:
  - {control: host-network, reason: the balancer needs it, owner: network-team, review_date: 2026-12-01}
";

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_report_is_one_page_and_its_history_knows_since_when_each_finding_is_there() {
    let files = [("pod.yaml", POD), ("portcullis-exceptions.yaml", EXCEPTIONS)];
    let Some(git) = Git::new(&files) else { return };
    // Beside the repository, where no run sees them.
    let outside = tempfile::tempdir().unwrap();
    let path = |name: &str| outside.path().join(name).display().to_string();
    let (page, history, json) = (path("audit.html"), path("runs.json"), format!("json={}", path("r.json")));
    let run = |day: &str| {
        let mut command =
            git.repo.command(&["report", "--page", &page, "--history", &history, "--output", &json, "--now", day]);
        let output = command.current_dir(git.at("")).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "the exit code is that of check: {output:?}");
        text(&output)
    };
    let first = git.run(&["rev-parse", "HEAD"]);
    let told = run("2026-09-01");
    assert!(told.contains("wrote   /") && told.contains("gate shut"), "{told}");
    // A script around kube-bench may keep its runs in the same file.
    let mut runs: Value = serde_json::from_str(&support::text(&outside.path().join("runs.json"))).unwrap();
    runs.as_array_mut()
        .unwrap()
        .push(json!({"totals": {"pass": 1, "fail": 2}, "failures": [], "date": "2026-09-15T01:02:03.4"}));
    std::fs::write(outside.path().join("runs.json"), runs.to_string()).unwrap();
    git.repo.write("second.yaml", &POD.replace("name: web,", "name: api,").replace("  hostNetwork: true\n", ""));
    git.repo.rename("pod.yaml", "deploy/pod.yaml");
    git.commit("second");
    let second = git.run(&["rev-parse", "HEAD"]);
    run("2026-10-01");
    let runs: Value = serde_json::from_str(&support::text(&outside.path().join("runs.json"))).unwrap();
    let report: Value = serde_json::from_str(&support::text(&outside.path().join("r.json"))).unwrap();
    let [before, _, last] = runs.as_array().unwrap().as_slice() else { panic!("{runs}") };
    assert_eq!(before.get("findings"), None, "they are in the last run");
    assert_eq!((&before["commit"], &last["commit"]), (&json!(first), &json!(second)));
    assert_eq!(last["date"], "2026-10-01T00:00:00Z");
    // The history has the numbers of the JSON report of the same run.
    let fingerprints = |list: &Value| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(fingerprints(&last["findings"]), fingerprints(&report["findings"]));
    let checks = report["benchmarks"].as_array().unwrap().iter().flat_map(|one| one["checks"].as_array().unwrap());
    let checks: Vec<&Value> = checks.collect();
    for (total, status) in [("pass", "PASS"), ("fail", "FAIL"), ("warn", "WARN"), ("info", "INFO")] {
        let counted = checks.iter().filter(|check| check["status"] == status).count();
        assert_eq!(last["totals"][total], counted, "{status}");
    }
    let failing: Vec<&Value> = last["failures"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    let expected: Vec<&Value> =
        checks.iter().filter(|check| check["status"] == "FAIL").map(|check| &check["id"]).collect();
    assert_eq!(failing, expected);
    for score in report["frameworks"].as_array().unwrap() {
        let own = last["scores"].as_array().unwrap().iter().find(|one| one["framework"] == score["framework"]).unwrap();
        assert_eq!((&own["passed"], &own["judged"]), (&score["passed"], &score["judged"]));
    }
    for finding in last["findings"].as_array().unwrap() {
        let is_old = finding["file"] == "deploy/pod.yaml";
        let (day, commit) = if is_old { ("2026-09-01T00:00:00Z", &first) } else { ("2026-10-01T00:00:00Z", &second) };
        assert_eq!(finding["first_seen"], json!({"date": day, "commit": commit}), "{finding}");
    }
    let page = support::text(&outside.path().join("audit.html"));
    for word in
        ["Trend", "What expires next", "network-team", &second[..7], "2026-10-01T00:00:00Z", "privileged-container"]
    {
        assert!(page.contains(word), "{word}");
    }
    // The page has the numbers of the JSON report too.
    assert_eq!(page.matches("<article class=\"finding\"").count(), report["findings"].as_array().unwrap().len());
    for control in report["controls"].as_array().unwrap() {
        let outcome = match control["outcome"].as_str().unwrap() {
            "fail" => "failed",
            "pass" => "passed",
            "not-applicable" => "not applicable",
            other => panic!("{other}"),
        };
        let row = format!("data-id={} data-outcome=\"{outcome}\"", control["control"]);
        assert!(page.contains(&row), "{row}");
    }
    for score in report["frameworks"].as_array().unwrap() {
        let name = format!("<strong>{}</strong>", score["framework"].as_str().unwrap());
        let (_, rest) = page.split_once(&name).unwrap();
        let number = format!("<span class=\"number\">{} of {}", score["passed"], score["judged"]);
        assert!(rest[..rest.find("</summary>").unwrap()].contains(&number), "{name} {number}");
    }
    assert!(
        page.contains(&format!(
            "{} of {} controls passed",
            report["scores"][0]["passed"], report["scores"][0]["judged"]
        ))
    );
    let trend = text(&git.repo.command(&["trend", &history, "--all", "--now", "2026-10-11"]).output().unwrap());
    for line in [
        "3 runs from 2026-09-01 to 2026-10-01".to_owned(),
        "2026-12-01  in 51 days    network-team: 1 host-network".to_owned(),
        format!("40 days, since 2026-09-01 ({})", &first[..7]),
        "network-team          1 ".to_owned(),
    ] {
        assert!(trend.contains(&line), "{line}\n{trend}");
    }
    assert!(trend.lines().all(|line| line.chars().count() <= 100), "{trend}");
}

#[test]
fn a_history_that_is_none_is_an_error_with_its_place_and_stays_as_it_is() {
    let repo = Repo::new(&[("pod.yaml", POD), ("runs.json", "[\n  {\"totals\": {\"fail\": \"many\"}}\n]\n")]);
    let ran = repo.run(&["report", "--history", "runs.json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.says("runs.json:2:"), "{}", ran.errors);
    assert!(ran.says("no history of runs"), "{}", ran.errors);
    assert_eq!(repo.text("runs.json"), "[\n  {\"totals\": {\"fail\": \"many\"}}\n]\n");
    assert!(!repo.path("portcullis-report.html").exists());
    assert_eq!(repo.run(&["trend", "none.json"]).code, 2);
}

#[test]
fn a_history_made_to_break_the_trend_does_not() {
    let most = u64::MAX;
    let odd = "\u{1b}[2J\u{202e}<script>alert(1)</script>名\n::error::x";
    let run = json!({"totals": {"pass": most, "fail": most, "warn": most, "info": most}, "date": "9999-12-30T00:00:00Z", "version": 1,
        "commit": odd, "scores": [{"framework": odd, "cluster": odd, "passed": most, "judged": 1}],
        "severities": {odd: most, "high": most}, "owners": {odd: most}, "findings": [{"fingerprint": "f", "control": odd,
            "severity": odd, "standing": "new", "cluster": odd, "file": odd, "owner": odd, "review_date": "-009999-01-02",
            "first_seen": {"date": "-009999-01-03T00:00:00Z", "commit": odd}}]});
    let zero = json!({"totals": {}, "date": "-009999-01-03T00:00:00Z"});
    let repo = Repo::new(&[("pod.yaml", POD), ("runs.json", &json!([run, zero, run]).to_string())]);
    let ran = repo.run(&["trend", "runs.json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        !ran.out.contains(['\u{1b}', '\u{202e}']) && !ran.out.lines().any(|line| line.starts_with("::")),
        "{}",
        ran.out
    );
    let ran = repo.run(&["report", "--history", "runs.json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!repo.text("portcullis-report.html").contains("<script>alert"));
    assert_eq!(serde_json::from_str::<Value>(&repo.text("runs.json")).unwrap().as_array().unwrap().len(), 4);
}

#[test]
fn a_framework_leaves_the_controls_that_are_evidence_for_it() {
    let repo = Repo::new(&[("pod.yaml", POD)]);
    let (_, all) = repo.check(&["--profile", "all"]);
    let names: BTreeSet<&str> =
        all["frameworks"].as_array().unwrap().iter().map(|one| one["framework"].as_str().unwrap()).collect();
    let every = ["cis", "iso-27001", "nist-800-190", "nsa-cisa", "pci-dss", "pss", "soc2"];
    assert_eq!(names, BTreeSet::from(every));
    for finding in all["findings"].as_array().unwrap() {
        assert!(
            finding["frameworks"]["pci-dss"].as_array().is_some_and(|ids| ids.contains(&json!("2.2"))),
            "{finding}"
        );
    }
    for name in every {
        let (_, own) = repo.check(&["--profile", "all", "--framework", name]);
        let told = own["frameworks"].as_array().unwrap();
        assert!(told.iter().all(|one| one["framework"] == name) && !told.is_empty(), "{name}");
        let count = |report: &Value| report["findings"].as_array().unwrap().len();
        assert!(count(&own) > 0 && count(&own) <= count(&all), "{name}");
        for control in own["controls"].as_array().unwrap().iter().filter(|_| !["cis", "pss"].contains(&name)) {
            assert!(control["frameworks"].get(name).is_some(), "{name}: {control}");
        }
        // What is left out of a run changes no score of what is in it.
        let score = |report: &Value| {
            let own = report["frameworks"].as_array().unwrap().iter().find(|one| one["framework"] == name).unwrap();
            (own["passed"].clone(), own["judged"].clone())
        };
        assert_eq!(score(&own), score(&all), "{name}");
    }
    let ran = repo.run(&["check", "--framework", "soc2"]);
    let told = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("soc2 CC6.8") && told.contains("judged controls pass"), "{told}");
    let ran = repo.run(&["check", "--framework", "soc-2"]);
    assert_eq!(ran.code, 2);
    assert!(ran.says("there is no framework `soc-2`") && ran.says("did you mean `soc2`"), "{}", ran.errors);
}

const INSPEC: &str = r#"{"platform": {"name": "ubuntu", "release": "24.04"}, "statistics": {"duration": 0.4}, "version": "5.22.36",
 "profiles": [{"name": "linux-hardening", "controls": [{"id": "sysctl-01", "title": "Network stack hardening", "results": [
  {"status": "failed", "code_desc": "Kernel Parameter net.ipv4.tcp_syncookies value is expected to eq 1", "run_time": 0.01,
   "start_time": "2026-08-31T06:00:00+00:00", "message": "expected: 1\n     got: 0"},
  {"status": "failed", "code_desc": "SSHD Configuration PermitRootLogin is expected to eq \"no\"", "start_time": "2026-08-31T06:00:00+00:00"},
  {"status": "passed", "code_desc": "File /etc/passwd is expected to exist", "run_time": 0.01, "start_time": "2026-08-31T06:00:00+00:00"}]}]}]}"#;

const GATEKEEPER: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "constraints.gatekeeper.sh/v1beta1",
 "kind": "K8sPSPPrivilegedContainer", "metadata": {"name": "deny-privileged-containers"}, "spec": {"enforcementAction": "deny"},
 "status": {"auditTimestamp": "2026-08-31T07:00:00Z", "totalViolations": 2, "violations": [{"enforcementAction": "deny",
  "group": "", "version": "v1", "kind": "Pod", "name": "web", "namespace": "shop", "message": "Privileged container is not allowed: web"}]}}]}"#;

const FALCO: &str = r#"{"hostname":"n1","output":"Privileged container launched (image=web)","output_fields":{"container.name":"web"},"priority":"Warning","rule":"Detect Privileged Container Launch","source":"syscall","tags":["cis","container","PCI_DSS_10.2.5"],"time":"2026-08-31T08:00:00.1Z"}
{"hostname":"n1","output":"Privileged container launched (image=web)","output_fields":{"container.name":"web"},"priority":"Warning","rule":"Detect Privileged Container Launch","source":"syscall","tags":["cis","container","PCI_DSS_10.2.5"],"time":"2026-08-31T09:00:00.1Z"}
"#;

#[test]
fn what_others_say_stands_beside_the_verdicts_and_changes_none() {
    let repo = Repo::new(&[("pod.yaml", POD)]);
    let outside = Repo::new(&[("inspec.json", INSPEC), ("gatekeeper.json", GATEKEEPER), ("falco.jsonl", FALCO)]);
    let files = ["inspec.json", "gatekeeper.json", "falco.jsonl"].map(|name| outside.path(name).display().to_string());
    let evidence: Vec<&str> = files.iter().flat_map(|path| ["--evidence", path.as_str()]).collect();
    let (code, mut with) = repo.check(&evidence);
    let (bare_code, mut without) = repo.check(&[]);
    let said = with["evidence"].take();
    without["evidence"].take();
    assert_eq!((code, &with), (bare_code, &without), "nothing else changes");
    let rows: Vec<Vec<&Value>> = said
        .as_array()
        .unwrap()
        .iter()
        .map(|one| ["source", "outcome", "subject", "time", "times", "controls"].map(|key| &one[key]).to_vec())
        .collect();
    assert_eq!(
        json!(rows),
        json!([
            ["inspec", "pass", "ubuntu 24.04", "2026-08-31T06:00:00+00:00", 1, []],
            ["inspec", "fail", "ubuntu 24.04", "2026-08-31T06:00:00+00:00", 1, ["disabled-syn-cookies"]],
            ["inspec", "fail", "ubuntu 24.04", "2026-08-31T06:00:00+00:00", 1, ["root-login"]],
            ["gatekeeper", "fail", "", "2026-08-31T07:00:00Z", 1, ["privileged-container"]],
            ["gatekeeper", "fail", "Pod shop/web", "2026-08-31T07:00:00Z", 1, ["privileged-container"]],
            ["falco", "fail", "container web", "2026-08-31T09:00:00.1Z", 2, ["privileged-container"]]
        ])
    );
    let falco = &said[5];
    assert_eq!((&falco["line"], &falco["frameworks"]["soc2"]), (&json!(2), &json!(["CC6.8", "CC7.2"])));
    assert!(falco["frameworks"]["pci-dss"].as_array().unwrap().contains(&json!("10.2.5")));
    let arguments: Vec<&str> = ["report"].iter().chain(&evidence).copied().collect();
    repo.run(&arguments);
    let page = repo.text("portcullis-report.html");
    for word in [
        "Evidence from elsewhere",
        "What others say",
        "Falco: 2 failed",
        "2026-08-31T09:00:00.1Z",
        "disabled-syn-cookies",
    ] {
        assert!(page.contains(word), "{word}");
    }
    let ran = repo.run(&["check", "--evidence", &files[0]]);
    assert!(ran.out.contains("evidence  InSpec: 2 failed, 1 passed; 1 about no control"), "{}", ran.out);
}

#[test]
fn evidence_of_another_shape_is_an_error_with_the_place() {
    let repo = Repo::new(&[
        ("pod.yaml", POD),
        ("bad.json", "{\"profiles\": [\n  {\"controls\": 3}\n]}\n"),
        ("other.json", "{}"),
        ("deep.json", &"[".repeat(200_000)),
    ]);
    let ran = repo.run(&["check", "--evidence", "bad.json"]);
    assert!(ran.code == 2 && ran.says("bad.json:2:16") && ran.says("`controls` is no list"), "{}", ran.errors);
    let ran = repo.run(&["check", "--evidence", "other.json"]);
    assert!(ran.code == 2 && ran.says("other.json:1:1") && ran.says("no report of InSpec"), "{}", ran.errors);
    assert_eq!(repo.run(&["check", "--evidence", "deep.json"]).code, 2);
    let ran = repo.run(&["check", "--evidence", "none.json"]);
    assert!(ran.code == 2 && ran.says("none.json"), "{}", ran.errors);
    let ran = repo.run(&["check", "--evidence", "prod=other.json"]);
    assert!(ran.code == 2 && ran.says("no cluster `prod`"), "{}", ran.errors);
}
