//! `portcullis init` on repositories of several kinds, through the binary.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fs;

use support::repo::{Repo, notices, set};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostNetwork: true
  containers: [{name: a, image: a:1}]
";

const CLUSTERS: &str = "\
clusters:
  dev:
    paths: [clusters/dev]
    kubernetes: \"1.33\"
    platform: eks
  prod:
    paths: [clusters/prod]
";

/// A repository without a configuration.
fn bare(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::new(files);
    repo.remove("portcullis.yaml");
    fs::create_dir(repo.path(".git")).unwrap();
    repo
}

#[test]
fn a_repository_is_set_up_and_the_gate_is_open() {
    let repo =
        bare(&[("clusters/prod/a.yaml", POD), ("clusters/dev/a.yaml", POD), ("a.yaml", POD), ("README.md", "x")]);
    let cluster =
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: dev, region: here, version: '1.33'}\n";
    repo.write("clusters/dev/cluster.yaml", cluster);
    let dry = repo.run(&["init", "--dry-run"]);
    assert_eq!((dry.code, dry.errors.as_str()), (0, ""));
    assert!(
        dry.out.contains("portcullis.yaml: would be written, 2 clusters\n") && dry.out.contains("Nothing was written")
    );
    assert_eq!(fs::read_dir(repo.path(".")).unwrap().count(), 4);
    let ran = repo.run(&["init"]);
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""), "{}", ran.out);
    for line in [
        "portcullis.yaml: written, 2 clusters",
        ".portcullis-baseline.jsonl: written, ",
        "portcullis.lock: written, ",
        "portcullis-exceptions.yaml: written, none yet",
        ".gitattributes: written, 2 lines more, so that these files merge",
        ".github/workflows/portcullis.yml: written, the gate on GitHub",
        "Next:",
        "  1. commit these files",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert_eq!(repo.text(".gitattributes"), ".portcullis-baseline.jsonl merge=union\nportcullis.lock merge=union\n");
    let config = repo.text("portcullis.yaml");
    assert!(config.contains(CLUSTERS), "{config}");
    let (code, report) = repo.check(&["--strict-baseline"]);
    assert_eq!((code, notices(&report)), (0, set(&[])), "{report}");
    assert_eq!(repo.run(&["baseline", "check"]).code, 0);
    assert_eq!(repo.run(&["policies", "diff"]).out, "0 added, 0 changed, 0 removed\n");
    // What was left for exceptions can be added to.
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
    assert_eq!(repo.run(&add).code, 0);
    assert!(!repo.run(&["exceptions", "list"]).out.is_empty());
    // From here on a new finding shuts the gate.
    repo.write("b.yaml", &POD.replace("hostNetwork", "hostPID"));
    assert_eq!(repo.check(&[]).0, 1);
}

#[test]
fn what_is_there_stays_unless_it_is_forced() {
    let repo = bare(&[("a.yaml", POD), (".gitlab-ci.yml", "stages: [test]\n"), (".gitattributes", "*.png binary")]);
    repo.write("portcullis.yaml", "profile: pss-baseline\nbaseline: ci/known.jsonl\n");
    repo.write("kube-bench-exceptions.yaml", "exceptions:\n");
    let ran = repo.run(&["init"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.errors);
    assert!(ran.out.contains("portcullis.yaml: is there, left as it is"), "{}", ran.out);
    assert!(ran.out.contains("kube-bench-exceptions.yaml: is there, left as it is"), "{}", ran.out);
    assert!(ran.out.contains("write `include: [{local: .gitlab/portcullis.yml}]` into .gitlab-ci.yml"), "{}", ran.out);
    assert!(!repo.path(".github").exists());
    assert_eq!(repo.text("portcullis.yaml"), "profile: pss-baseline\nbaseline: ci/known.jsonl\n");
    assert_eq!(repo.text("ci/known.jsonl").lines().count(), 1);
    assert_eq!(repo.text(".gitattributes"), "*.png binary\nci/known.jsonl merge=union\nportcullis.lock merge=union\n");
    assert_eq!(repo.check(&[]).0, 0);
    let before = repo.text(".gitattributes");
    let again = repo.run(&["init"]);
    assert!(again.out.contains("All of it is there") && again.code == 0, "{}", again.out);
    assert_eq!(repo.text(".gitattributes"), before);
    assert!(repo.run(&["init", "--force"]).out.contains("portcullis.yaml: written, one cluster"));
    assert!(repo.text("portcullis.yaml").contains("profile: default"));
    assert_eq!(repo.check(&[]).0, 0);
}

#[test]
fn a_repository_that_is_no_friend_is_not_helped() {
    let repo = bare(&[("deep/a.yaml", POD)]);
    let output = repo.command(&["init"]).current_dir(repo.path("deep")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("this is not the root of the repository"));
    // What cannot be judged is said, and `check` says the same.
    repo.write("broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n");
    let ran = repo.run(&["init"]);
    assert!(ran.code == 3 && ran.out.contains("could not be judged: broken.yaml"), "{}", ran.out);
    assert_eq!(repo.check(&[]).0, 3);
    #[cfg(unix)]
    for (link, file) in [(".github", ".github/workflows/portcullis.yml"), (".gitattributes", ".gitattributes")] {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("file"), "mine").unwrap();
        let target = if link == ".github" { outside.path().to_owned() } else { outside.path().join("file") };
        let repo = bare(&[("a.yaml", POD)]);
        std::os::unix::fs::symlink(target, repo.path(link)).unwrap();
        let ran = repo.run(&["init", "--force"]);
        assert!(
            ran.code == 2 && ran.says(&format!("{file} is a link that leads out of the repository")),
            "{}",
            ran.errors
        );
        assert_eq!(fs::read_to_string(outside.path().join("file")).unwrap(), "mine");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }
}
