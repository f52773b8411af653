//! Results of kube-bench joined to a repository, through the binary.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use serde_json::{Value, json};
use support::git::Git;
use support::repo::{Repo, notices, set, standing};

const PROFILE: &str = "profile: pss-baseline\n";

fn api_server(anonymous: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: kube-apiserver, namespace: kube-system}}\nspec:\n  containers:\n    \
         - name: kube-apiserver\n      image: registry.k8s.io/kube-apiserver:v1.33.0\n      command:\n        - kube-apiserver\n        \
         - --anonymous-auth={anonymous}\n        - --etcd-servers=https://127.0.0.1:2379\n        \
         - --service-account-issuer=https://kubernetes.default.svc\n        \
         - --service-account-signing-key-file=/etc/kubernetes/pki/sa.key\n        - --authorization-mode=Node,RBAC\n"
    )
}

/// A check as kube-bench writes it: one of the API server's.
fn check(number: &str, status: &str, actual: &str) -> Value {
    json!({"test_number": number, "test_desc": format!("about {number}"), "audit": "/bin/ps -ef | grep kube-apiserver | grep -v grep",
        "AuditEnv": "", "AuditConfig": "", "type": "", "remediation": "mend it\n", "test_info": ["mend it"], "status": status,
        "actual_value": actual, "scored": status != "WARN", "IsMultiple": false, "expected_result": "'--anonymous-auth' is equal to 'false'"})
}

fn results(benchmark: &str, checks: &[Value]) -> String {
    json!({"Controls": [{"id": "1", "version": benchmark, "detected_version": "1.33", "text": "x", "node_type": "master",
        "tests": [{"section": "1.2", "type": "", "pass": 0, "fail": 1, "warn": 0, "info": 0, "desc": "x", "results": checks}],
        "total_pass": 0, "total_fail": 1, "total_warn": 0, "total_info": 0}], "Totals": {"total_pass": 0}})
    .to_string()
}

fn messages(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["subject"]["kind"] == "Node");
    findings.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

const LIVE: &str = "1 kube-apiserver --anonymous-auth=true --x";

#[test]
fn a_failed_check_is_a_finding_at_its_line() {
    let checks =
        [check("1.1.1", "FAIL", "permissions=644"), check("1.2.2", "PASS", LIVE), check("1.2.15", "FAIL", LIVE)];
    let noise = format!("I1121 12:00 starting\n[INFO] 1 Control plane\n{}\nbye\n", results("cis-1.12", &checks));
    let repo = Repo::new(&[("portcullis.yaml", PROFILE), ("worker-3.log", &noise)]);
    let (code, report) = repo.check(&["--kube-bench", "worker-3.log"]);
    assert_eq!((code, standing(&report, "new").len()), (1, 2));
    let finding = &report["findings"][0];
    assert_eq!(
        [&finding["file"], &finding["line"], &finding["control"]],
        [&json!("worker-3.log"), &json!(3), &json!("cis-1.12:1.1.1")]
    );
    assert_eq!([&finding["subject"]["kind"], &finding["subject"]["name"]], ["Node", "worker-3"]);
    assert_eq!(finding["remediation"], "mend it");
    assert_eq!(messages(&report)[0], "node `worker-3` fails cis-1.12:1.1.1: `anonymous-auth` is not set");
    let outcomes: Vec<_> =
        report["controls"].as_array().unwrap().iter().filter(|control| control["judged"] == 1).collect();
    assert!(outcomes.iter().any(|control| control["control"] == "cis-1.12:1.1.1" && control["outcome"] == "fail"));
    assert_eq!((&report["scores"][0]["passed"], &report["scores"][0]["judged"]), (&json!(1), &json!(3)));
    // The text shows it, and no control of the results is left out by a profile.
    assert!(repo.run(&["check", "--kube-bench", "worker-3.log"]).out.contains("worker-3.log:3:"));
    // What the configuration switches off is not asked of a node either.
    let control = report["findings"][1]["control"].as_str().unwrap();
    repo.write("portcullis.yaml", &format!("{PROFILE}controls: {{{control}: false}}\n"));
    assert_eq!(standing(&repo.check(&["--kube-bench", "worker-3.log"]).1, "new").len(), 1);
}

#[test]
fn where_files_and_node_disagree_both_sides_are_said() {
    let table = [
        ("false", "FAIL", LIVE, Some("`anonymous-auth`: the repository says `false`, node `worker-3` runs `true`")),
        ("false", "WARN", LIVE, Some("`anonymous-auth`: the repository says `false`, node `worker-3` runs `true`")),
        (
            "false",
            "FAIL",
            "1 kube-apiserver",
            Some("`anonymous-auth`: the repository says `false`, node `worker-3` does not set it"),
        ),
        (
            "true",
            "PASS",
            "1 kube-apiserver --anonymous-auth=false",
            Some("`anonymous-auth`: the repository says `true`, node `worker-3` runs `false`"),
        ),
        ("true", "FAIL", LIVE, Some("node `worker-3` fails cis-1.12:1.2.1: `anonymous-auth` is `true`")),
        ("true", "WARN", LIVE, None),
        ("false", "PASS", "1 kube-apiserver --anonymous-auth=false", None),
        ("false", "INFO", "", None),
    ];
    for (file, status, actual, expected) in table {
        let path = "worker-3/etc/kubernetes/manifests/kube-apiserver.yaml";
        let repo = Repo::new(&[("portcullis.yaml", "profile: all\n"), (path, &api_server(file))]);
        repo.write("results.json", &results("cis-1.12", &[check("1.2.1", status, actual)]));
        let (_, report) = repo.check(&["--kube-bench", "worker-3=results.json", "--control", "anonymous-auth"]);
        assert_eq!(messages(&report), expected.into_iter().collect::<Vec<_>>(), "{file} {status} {actual}");
        if let Some(finding) =
            report["findings"].as_array().unwrap().iter().find(|finding| finding["file"] == "results.json")
            && expected.unwrap().contains("repository")
        {
            let related = &finding["related"][0];
            assert_eq!((&related["file"], &related["line"]), (&json!(path), &json!(10)), "{finding}");
        }
    }
}

#[test]
fn a_change_answers_for_the_drift_that_it_brings_and_for_nothing_else() {
    let path = "worker-3/etc/kubernetes/manifests/kube-apiserver.yaml";
    let checks = [check("1.2.1", "PASS", "1 kube-apiserver --anonymous-auth=false"), check("1.2.15", "FAIL", LIVE)];
    let files = [("portcullis.yaml", "profile: all\n"), (path, &api_server("false"))];
    let Some(git) = Git::new(&files) else { return };
    // The results are of today: they lie in no commit.
    git.repo.write("results.json", &results("cis-1.12", &checks));
    let live = ["--against", "main", "--kube-bench", "worker-3=results.json"];
    git.branch("harmless");
    git.repo.write("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n");
    git.commit("harmless");
    let (code, report) = git.repo.check(&live);
    assert_eq!((code, messages(&report).len(), standing(&report, "new")), (0, 1, set(&[])), "{report:#}");
    git.repo.write(path, &api_server("true"));
    let (code, report) = git.repo.check(&live);
    let drift = "`anonymous-auth`: the repository says `true`, node `worker-3` runs `false`";
    assert!(code == 1 && messages(&report).contains(&drift.to_owned()), "{report:#}");
    let new = standing(&report, "new");
    assert_eq!(new, set(&["results.json:1 anonymous-auth", &format!("{path}:10 anonymous-auth")]));
}

#[test]
fn results_are_excepted_known_and_vanish_like_other_findings() {
    let checks = |status| [check("1.1.1", status, ""), check("1.2.6", "FAIL", LIVE)];
    let exceptions = "exceptions:\n  - {check_id: '1.1.1', reason: r, owner: o, review_date: 2027-01-01}\n";
    let repo = Repo::new(&[("portcullis.yaml", PROFILE), ("portcullis-exceptions.yaml", exceptions)]);
    repo.write("a.json", &results("cis-1.12", &checks("FAIL")));
    let live = ["--kube-bench", "master-1=a.json"];
    let (code, report) = repo.check(&live);
    assert_eq!((code, standing(&report, "excepted").len(), standing(&report, "new").len()), (1, 1, 1));
    let ran = repo.run(&["baseline", "write", "--kube-bench", "master-1=a.json"]);
    assert_eq!(ran.code, 0, "{}", ran.errors);
    assert!(repo.text(".portcullis-baseline.jsonl").starts_with("{\"file\":\"kube-bench\","));
    assert_eq!(repo.check(&live).0, 0);
    // The next results lie elsewhere; without any, nothing has vanished and no exception has become useless.
    repo.rename("a.json", "later/b.json");
    let (code, report) = repo.check(&["--kube-bench", "master-1=later/b.json", "--strict-baseline"]);
    assert_eq!((code, standing(&report, "known").len()), (0, 1));
    repo.write(
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n",
    );
    let (code, report) = repo.check(&["--strict-baseline"]);
    assert_eq!((code, notices(&report)), (0, set(&[])));
    // Cured, the entry is slack; another node has its own.
    repo.write("later/b.json", &results("cis-1.12", &[check("1.1.1", "PASS", ""), check("1.2.6", "PASS", LIVE)]));
    let told = notices(&repo.check(&["--kube-bench", "master-1=later/b.json"]).1);
    assert!(told.contains("vanished-baseline-entry .portcullis-baseline.jsonl:1"), "{told:?}");
    assert!(told.contains("unused-exception portcullis-exceptions.yaml:2"), "{told:?}");
    assert!(
        !notices(&repo.check(&["--kube-bench", "master-2=later/b.json"]).1)
            .iter()
            .any(|told| told.starts_with("vanished"))
    );
}

#[test]
fn nodes_have_names_and_clusters() {
    let one = results("cis-1.12", &[check("1.1.1", "FAIL", "")]);
    let config = format!("{PROFILE}clusters: {{prod: {{paths: [prod]}}, dev: {{paths: [dev]}}}}\n");
    let repo = Repo::new(&[("portcullis.yaml", &config), ("prod/a.json", &format!("{one}\n{one}")), ("b.json", &one)]);
    let prefixed = format!("[pod/kb-x/kube-bench] {one}\n[pod/kb-y/kube-bench] {one}\n");
    repo.write("c.log", &prefixed);
    let nodes = |arguments: &[&str]| {
        let (_, report) = repo.check(arguments);
        let findings = report["findings"].as_array().unwrap().clone();
        let name = |of: &Value| {
            format!("{}/{}", of["subject"]["cluster"].as_str().unwrap(), of["subject"]["name"].as_str().unwrap())
        };
        findings.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(nodes(&["--kube-bench", "prod/a.json"]), "prod/a-1 prod/a-2");
    assert_eq!(nodes(&["--kube-bench", "b.json"]), "default/b");
    assert_eq!(nodes(&["--kube-bench", "dev/w=b.json"]), "dev/w");
    assert_eq!(nodes(&["--kube-bench", "c.log"]), "default/kb-x default/kb-y");
    assert_eq!(nodes(&["--kube-bench", "b.json", "--kube-bench", "prod/w=prod/a.json"]), "default/b prod/w-1 prod/w-2");
    assert!(repo.run(&["check", "--kube-bench", "dv/w=b.json"]).says("there is no cluster `dv`"));
    repo.write("x/b.json", &one);
    assert!(
        repo.run(&["check", "--kube-bench", "b.json", "--kube-bench", "x/b.json"]).says("two results of kube-bench")
    );
}

#[test]
fn results_that_cannot_be_read_are_an_error_at_their_place() {
    let repo = Repo::new(&[("portcullis.yaml", PROFILE)]);
    let good = results("cis-1.12", &[check("1.1.1", "FAIL", "")]);
    let table = [
        (String::new(), "there are no results of kube-bench"),
        ("[PASS] 1.1.1 x\n".to_owned(), "there are no results of kube-bench"),
        (good[..good.len() - 30].to_owned(), "broken off"),
        (good.replace("FAIL", "BAD"), "there is no verdict `BAD`"),
        (good.replace("cis-1.12", "cis-9.99"), "there is no benchmark `cis-9.99`"),
        ("{\"Controls\": {}}".to_owned(), "`Controls` is no list"),
    ];
    for (text, message) in table {
        repo.write("r.json", &text);
        let ran = repo.run(&["check", "--kube-bench", "r.json"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{message}");
        assert!(ran.says(message) && ran.errors.contains("--> r.json:1:"), "{message}: {}", ran.errors);
    }
    assert!(repo.run(&["check", "--kube-bench", "none.json"]).says("cannot read none.json"));
    // An old name of a benchmark is taken, with a notice.
    repo.write("r.json", &results("eks-1.4.0", &[check("3.2.1", "FAIL", LIVE)]));
    let (code, report) = repo.check(&["--kube-bench", "r.json"]);
    assert_eq!((code, notices(&report)), (1, set(&["old-benchmark r.json:1"])));
    assert!(report["findings"][0]["control"] == "kubelet-anonymous-auth");
    // So it is in an exception.
    repo.write(
        "portcullis-exceptions.yaml",
        "exceptions:\n  - {check_id: 'eks-1.4.0:3.2.1', reason: r, owner: o, review_date: 2027-01-01}\n",
    );
    let (code, report) = repo.check(&["--kube-bench", "r.json"]);
    assert_eq!((code, standing(&report, "excepted").len()), (0, 1));
    let old = "old-benchmark portcullis-exceptions.yaml:2";
    assert!(notices(&report).contains(old), "{:?}", notices(&report));
}
