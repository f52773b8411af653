//! Benchmarks through the binary: which one is in force and why, which part of it, its parameters, its scores and limits.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::repo::{Repo, notices, reasons};

const KUBELET: &str = "\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}}
eventRecordQPS: 50
";

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostPID: true
  containers: [{name: web, image: nginx:1.27}]
";

const API_SERVER: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.29.4
      command: [kube-apiserver, --anonymous-auth=false, --etcd-servers=https://127.0.0.1:2379]
";

/// Files, arguments, the benchmark and why.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str, &'a str);

/// A repository with no configuration.
fn repo(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::new(files);
    if !files.iter().any(|(path, _)| *path == "portcullis.yaml") {
        repo.write("portcullis.yaml", "{}\n");
    }
    repo
}

fn benchmark<'a>(report: &'a Value, cluster: &str) -> &'a Value {
    let all = report["benchmarks"].as_array().unwrap();
    all.iter().find(|benchmark| benchmark["cluster"] == cluster).unwrap_or_else(|| panic!("no {cluster} in {all:?}"))
}

fn status(report: &Value, id: &str) -> String {
    let checks = benchmark(report, "default")["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    format!("{} {}", check["status"].as_str().unwrap(), check["reason"].as_str().unwrap()).trim().to_owned()
}

fn controls(report: &Value) -> BTreeSet<String> {
    report["controls"].as_array().unwrap().iter().map(|one| one["control"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_default_follows_what_the_files_say_and_says_so() {
    let eksctl =
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a, region: b, version: \"1.30\"}\n";
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {nodeInfo: {kubeletVersion: v1.31.1+k3s1}}\n";
    let table: [Row<'_>; 7] = [
        (&[("pod.yaml", POD)], &[], "cis-1.12", "the newest, because no file names a version of Kubernetes"),
        (
            &[("etc/kubernetes/manifests/kube-apiserver.yaml", API_SERVER)],
            &[],
            "cis-1.11",
            "for Kubernetes 1.29, found in etc/kubernetes/manifests/kube-apiserver.yaml:8",
        ),
        (&[("cluster.yaml", eksctl)], &[], "eks-1.7.0", "for Kubernetes 1.30 on eks, found in cluster.yaml:3"),
        (&[("node.yaml", node)], &[], "k3s-cis-1.9", "for Kubernetes 1.31 on k3s, found in node.yaml:4"),
        (
            &[("pod.yaml", POD)],
            &["--kubernetes-version", "v1.31.1+rke2r1"],
            "rke2-cis-1.8",
            "for Kubernetes 1.31 on rke2, as --kubernetes-version says",
        ),
        (
            &[("pod.yaml", POD), ("portcullis.yaml", "clusters: {default: {paths: [\"**\"], kubernetes: \"1.26\"}}\n")],
            &[],
            "cis-1.8",
            "for Kubernetes 1.26, as portcullis.yaml says",
        ),
        (&[("pod.yaml", POD)], &["--benchmark", "cis-1.6"], "cis-1.6", "named by --benchmark"),
    ];
    for (files, arguments, name, reason) in table {
        let (_, report) = repo(files).check(arguments);
        let found = benchmark(&report, "default");
        assert_eq!((found["benchmark"].as_str(), found["reason"].as_str()), (Some(name), Some(reason)));
    }
}

#[test]
fn a_name_that_is_none_is_answered_with_the_names_there_are() {
    let repo = repo(&[("pod.yaml", POD)]);
    let ran = repo.run(&["check", "--benchmark", "cis-1.13"]);
    assert_eq!(ran.code, 2);
    assert!(ran.says("there is no benchmark `cis-1.13`") && ran.says("cis-1.12") && ran.says("tkgi-1.2.53"), "{ran:?}");
    repo.write("portcullis.yaml", "clusters: {prod: {paths: [prod], benchmark: cis-9}}\n");
    let ran = repo.run(&["check"]);
    assert!(ran.code == 2 && ran.says("there is no benchmark `cis-9`") && ran.says("portcullis.yaml:1:"), "{ran:?}");
    repo.write("portcullis.yaml", "{}\n");
    assert_eq!(repo.run(&["check", "--kubernetes-version", "new"]).code, 2);
    let ran = repo.run(&["check", "--benchmark", "eks-1.8.0", "--targets", "etcd"]);
    assert!(ran.code == 2 && ran.says("eks-1.8.0 has no target etcd") && ran.says("policies"), "{ran:?}");
    let ran = repo.run(&["check", "--skip", "9.9.9"]);
    assert!(ran.code == 2 && ran.says("no benchmark has a check, section or chapter `9.9.9`"), "{ran:?}");
}

#[test]
fn an_old_name_leads_to_the_one_in_its_place() {
    for (old, new) in [
        ("eks-1.4.0", "eks-1.5.0"),
        ("gke-1.4.0", "gke-1.6.0"),
        ("eks-stig-kubernetes-v2r2", "eks-stig-kubernetes-v1r6"),
    ] {
        let (_, report) = repo(&[("pod.yaml", POD)]).check(&["--benchmark", old]);
        assert_eq!(benchmark(&report, "default")["benchmark"], new);
        assert!(notices(&report).contains("renamed-benchmark"), "{old}");
    }
}

#[test]
fn a_benchmark_brings_its_controls_and_parameters() {
    let files = [("kubelet.yaml", KUBELET), ("pod.yaml", POD)];
    let found = |report: &Value| -> BTreeSet<String> {
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["control"].as_str().unwrap().to_owned()).collect()
    };
    // By itself the control asks for no limit; of the benchmark any limit will do.
    let (_, alone) = repo(&files).check(&["--control", "limited-event-rate"]);
    assert_eq!(found(&alone), ["limited-event-rate".to_owned()].into());
    let (_, report) = repo(&files).check(&["--benchmark", "cis-1.12"]);
    assert_eq!(status(&report, "4.2.8"), "PASS");
    assert_eq!(status(&report, "4.2.1"), "FAIL");
    assert_eq!(status(&report, "5.2.3"), "WARN", "all of the benchmark is judged; this one is not scored");
    let (_, report) = repo(&files).check(&["--benchmark", "cis-1.23"]);
    assert_eq!(status(&report, "4.2.9"), "WARN", "an older one asks for no limit");
    // The configuration has the last word.
    let set = "controls: {limited-event-rate: {parameters: {unlimited: true}}}\n";
    let (_, report) = repo(&[files[0], ("portcullis.yaml", set)]).check(&["--benchmark", "cis-1.12"]);
    assert_eq!(status(&report, "4.2.8"), "WARN");
    // Both named, what both have.
    let (_, report) = repo(&files).check(&["--benchmark", "cis-1.12", "--profile", "pss-baseline"]);
    assert!(controls(&report).contains("host-pid") && !controls(&report).contains("kubelet-anonymous-auth"));
    assert_eq!(status(&report, "4.2.1"), "INFO left out: kubelet-anonymous-auth is off here");
}

#[test]
fn nodes_in_the_files_add_the_checks_of_components() {
    let (_, report) = repo(&[("pod.yaml", POD)]).check(&[]);
    assert!(!controls(&report).contains("weak-kubelet-ciphers"));
    assert!(!benchmark(&report, "default")["judged"].as_bool().unwrap());
    let (_, report) = repo(&[("kubelet.yaml", KUBELET), ("pod.yaml", POD)]).check(&[]);
    assert!(controls(&report).contains("weak-kubelet-ciphers"), "cis-1.12 4.2.12");
    assert!(!controls(&report).contains("unset-seccomp"), "5.6.2 is left to the profile");
    assert!(benchmark(&report, "default")["judged"].as_bool().unwrap());
    assert_eq!(status(&report, "1.2.1"), "WARN not in the repository: kube-apiserver");
}

#[test]
fn clusters_have_benchmarks_of_their_own() {
    let config = "\
clusters:
  new: {paths: [new], benchmark: cis-1.12}
  old: {paths: [old], benchmark: cis-1.23, skip: [\"4.2.1\"], targets: [node]}
";
    let files = [("new/kubelet.yaml", KUBELET), ("old/kubelet.yaml", KUBELET), ("portcullis.yaml", config)];
    let (_, report) = repo(&files).check(&[]);
    let of = |cluster: &str, id: &str| {
        let checks = benchmark(&report, cluster)["checks"].as_array().unwrap().clone();
        checks.iter().find(|check| check["id"] == id).map(|check| check["status"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("new", "4.2.8").as_deref(), Some("PASS"));
    assert_eq!(of("old", "4.2.9").as_deref(), Some("WARN"));
    assert_eq!((of("new", "4.2.1").as_deref(), of("old", "4.2.1").as_deref()), (Some("FAIL"), Some("INFO")));
    assert_eq!(of("old", "5.2.3"), None, "another target");
    let findings = report["findings"].as_array().unwrap().iter();
    let anonymous: Vec<_> = findings.filter(|finding| finding["control"] == "kubelet-anonymous-auth").collect();
    assert!(anonymous.len() == 1 && anonymous[0]["file"] == "new/kubelet.yaml", "what is left out is not judged");
}

#[test]
fn parts_are_chosen_by_kube_benchs_own_file() {
    let config = "skip:\n  - \"1\"\n  - \"2\"\n  - \"3\"\ntargets:\n  - node\n  - policies\n";
    let repo = repo(&[("kubelet.yaml", KUBELET), ("pod.yaml", POD), ("kube-bench-config.yaml", config)]);
    let (_, report) = repo.check(&["--benchmark", "eks-1.4.0"]);
    let checks = benchmark(&report, "default")["checks"].as_array().unwrap();
    let targets: BTreeSet<&str> = checks.iter().map(|check| check["target"].as_str().unwrap()).collect();
    assert_eq!(targets, ["node", "policies"].into());
    assert!(checks.iter().all(|check| !check["id"].as_str().unwrap().starts_with("3.") || check["status"] == "INFO"));
    assert_eq!(status(&report, "3.2.1"), "INFO left out by `skip: 3`");
    assert!(notices(&report).contains("kube-bench-config kube-bench-config.yaml:2"), "{:?}", notices(&report));
    let (_, report) = repo.check(&["--targets", "master"]);
    assert_eq!(status(&report, "1.2.1"), "INFO left out by `skip: 1`", "the command line chooses the targets");
    repo.write("kube-bench-config.yaml", "targets: [nodes]\n");
    let ran = repo.run(&["check"]);
    assert!(ran.code == 2 && ran.says("unknown word `nodes`") && ran.says("kube-bench-config.yaml:1:"), "{ran:?}");
}

#[test]
fn what_a_provider_runs_is_not_applicable() {
    for (platform, name) in [("eks", "EKS"), ("gke", "GKE"), ("aks", "AKS")] {
        let config = format!("clusters: {{default: {{paths: [\"**\"], platform: {platform}}}}}\n");
        let (_, report) = repo(&[("pod.yaml", POD), ("portcullis.yaml", &config)]).check(&["--benchmark", "cis-1.12"]);
        for id in ["1.2.1", "2.1", "3.2.1"] {
            assert_eq!(status(&report, id), format!("INFO not applicable: {name} runs the control plane"));
        }
        assert_eq!(status(&report, "4.2.1"), "WARN not in the repository: kubelet");
    }
    let (_, report) = repo(&[("pod.yaml", POD)]).check(&["--benchmark", "gke-1.0"]);
    assert_eq!(status(&report, "1.1.15"), "INFO not applicable: the provider runs this part");
}

#[test]
fn scores_and_limits_hold_for_benchmarks_sections_and_clusters() {
    let repo = repo(&[("kubelet.yaml", KUBELET)]);
    let base = ["--benchmark", "cis-1.12", "--fail-on", "critical", "--max-new", "99"];
    let with = |more: &[&str]| {
        let (code, report) = repo.check(&base.iter().chain(more).copied().collect::<Vec<_>>());
        (code, reasons(&report).join("; "))
    };
    let (code, report) = repo.check(&base);
    assert_eq!(code, 0);
    let score = |section: Value| {
        let scores = report["scores"].as_array().unwrap();
        let own = |score: &&Value| score["benchmark"] == "cis-1.12" && score["section"] == section;
        let score = scores.iter().find(own).unwrap();
        (score["passed"].as_u64().unwrap(), score["judged"].as_u64().unwrap())
    };
    let (passed, judged) = score(json!("4.2"));
    assert!(passed > 0 && passed < judged && score(Value::Null).1 >= judged);
    let table: [(&[&str], i32, &str); 8] = [
        (&["--min-score", "4.2=1"], 0, ""),
        (&["--min-score", "4.2=100"], 1, "the score of cluster default, cis-1.12 4.2 is"),
        (&["--min-score", "default/4.2=100"], 1, "the score of cluster default, cis-1.12 4.2 is"),
        (&["--min-score", "default=100"], 1, "the score of cluster default is"),
        (&["--min-score", "100"], 1, "the score of cluster default, cis-1.12 is"),
        (&["--max-fail", "4.2=1"], 1, "of cluster default, cis-1.12 4.2 failed, 1 may"),
        (&["--max-fail", "default=1"], 1, "of cluster default failed, 1 may"),
        (&["--max-fail", "critical=0"], 0, ""),
    ];
    for (arguments, code, reason) in table {
        let (found, reasons) = with(arguments);
        assert!(found == code && reasons.contains(reason), "{arguments:?}: {found} {reasons}");
    }
    for (arguments, message) in [
        (["--max-fail", "prod=1"], "the cluster `prod`, which there is not"),
        (["--max-fail", "9.9=1"], "the section `9.9`, which cis-1.12 has not"),
    ] {
        let ran = repo.run(&[&["check"][..], &base, &arguments].concat());
        assert!(ran.code == 2 && ran.says(message), "{ran:?}");
    }
    // The same in the configuration.
    let config = "gate: {fail_on: critical, max_new: 99, sections: {\"4.2\": {max_fail: 1}}}\n";
    repo.write("portcullis.yaml", config);
    let (code, report) = repo.check(&["--benchmark", "cis-1.12"]);
    assert!(code == 1 && reasons(&report)[0].ends_with("cis-1.12 4.2 failed, 1 may"), "{:?}", reasons(&report));
    assert_eq!(repo.check(&["--benchmark", "cis-1.12", "--max-fail", "4.2=99"]).0, 0);
    repo.write("portcullis.yaml", "gate: {sections: {\"9.9\": {max_fail: 1}}}\n");
    let ran = repo.run(&["check"]);
    assert!(ran.code == 2 && ran.says("no benchmark has a section `9.9`") && ran.says("portcullis.yaml:1:"), "{ran:?}");
}

#[test]
fn the_critical_checks_are_counted_and_limited() {
    let open = API_SERVER.replace("--anonymous-auth=false", "--anonymous-auth=true, --authorization-mode=Node");
    let repo = repo(&[("etc/kubernetes/manifests/kube-apiserver.yaml", &open)]);
    let ran = repo.run(&["check", "--benchmark", "cis-1.12", "--format", "kube-bench"]);
    assert!(
        ran.out
            .contains("critical: 5 of 6 judged checks are not met, fix them first: 1.2.1, 1.2.8, 1.2.16, 3.2.1, 5.1.5"),
        "{}",
        ran.out
    );
    let (_, report) = repo.check(&["--benchmark", "cis-1.12", "--max-fail", "critical=0"]);
    assert!(
        reasons(&report).iter().any(|reason| reason.contains("cis-1.12 critical failed, 0 may")),
        "{:?}",
        reasons(&report)
    );
}

#[test]
fn what_is_excepted_is_left_out_of_the_score_and_stays_in_sight() {
    let exceptions = "\
exceptions:
  - check_id: \"4.2.1\"
    reason: the node is isolated
    owner: platform-team
    review_date: 2027-01-31
";
    let files = [("kubelet.yaml", KUBELET), ("kube-bench-exceptions.yaml", exceptions)];
    let (_, report) = repo(&files).check(&["--benchmark", "cis-1.12"]);
    assert_eq!(status(&report, "4.2.1"), "INFO all that was found is excepted or ignored");
    let ran = repo(&files).run(&["check", "--benchmark", "cis-1.12", "--format", "kube-bench"]);
    assert!(ran.out.contains("4.2.1 kubelet.yaml:3: "), "{}", ran.out);
}

#[test]
fn a_component_that_would_not_start_passes_nothing() {
    let broken = API_SERVER.replace("--anonymous-auth=false", "--anonymous-auth=maybe");
    let repo = repo(&[("etc/kubernetes/manifests/kube-apiserver.yaml", &broken)]);
    let (code, report) = repo.check(&["--benchmark", "cis-1.12"]);
    let findings = report["findings"].as_array().unwrap();
    assert!(code == 1 && findings.iter().any(|finding| finding["control"] == "refused-component"), "{findings:?}");
    assert!(
        status(&report, "1.2.2").starts_with("WARN kube-apiserver would not start: "),
        "{}",
        status(&report, "1.2.2")
    );
}
