//! Judging what kubeadm is configured with gives the verdicts of judging the files that the real kubeadm wrote from it: every
//! case of `oracle/node/kubeadm` of the shared folder.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use portcullis::model::{Assessment, Outcome};
use portcullis::pipeline::{BenchmarkOptions, Options};
use serde_json::json;
use support::{check, shared, text};

#[test]
fn a_configuration_is_judged_as_what_is_rendered_from_it() {
    let Some(oracle) = shared("oracle/node/kubeadm") else { return };
    let repo = tempfile::tempdir().unwrap();
    let mut names: Vec<String> = fs::read_dir(&oracle)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|case| case.join("out/kube-apiserver.yaml").is_file())
        .map(|case| case.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    let mut clusters = BTreeMap::new();
    for name in &names {
        write(&oracle.join(name), &repo.path().join(name));
        for side in ["configured", "rendered"] {
            let paths = format!("{name}/{side}");
            clusters.insert(
                format!("{name} {side}"),
                json!({"paths": [paths], "kubernetes": "1.33", "platform": "kubeadm"}),
            );
        }
    }
    fs::write(repo.path().join("portcullis.yaml"), json!({"clusters": clusters}).to_string()).unwrap();
    let report = check(&Options {
        targets: vec![repo.path().to_owned()],
        benchmark: BenchmarkOptions { name: Some("cis-1.12".to_owned()), ..BenchmarkOptions::default() },
        ..Options::default()
    })
    .report;
    let of = |name: &str, side: &str| {
        let cluster = format!("{name} {side}");
        report.assessments.iter().find(|one| *one.assignment.cluster == *cluster).unwrap()
    };
    let (mut same, mut open, mut wrong) = (0, 0, Vec::new());
    for name in &names {
        let (configured, rendered) = (outcomes(of(name, "configured")), outcomes(of(name, "rendered")));
        for (id, (outcome, reason)) in &rendered {
            let (own, why) = &configured[id];
            match (own, outcome) {
                // The addon is no file: kubeadm gives kube-proxy to the API server.
                (_, Outcome::NotApplicable) => {}
                _ if own == outcome => same += 1,
                // `/patches` is a directory of the machine that kubeadm runs on.
                (Outcome::Unknown | Outcome::Manual, _) if oracle.join(name).join("patches").is_dir() => open += 1,
                _ => wrong.push(format!("{name} {id}: configured {own:?} {why}, rendered {outcome:?} {reason}")),
            }
        }
    }
    let all = same + open + wrong.len();
    eprintln!(
        "kubeadm oracle, verdicts: {same} of {all} of {} cases agree, {open} are open for want of patches",
        names.len()
    );
    assert!(same > 500 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What controls judged, by number.
fn outcomes(assessment: &Assessment) -> BTreeMap<String, (Outcome, String)> {
    let judged = assessment.checks.iter().filter(|result| !result.check.target.contains("policies"));
    judged.map(|result| (result.check.id.clone(), (result.outcome, result.reason.clone()))).collect()
}

/// A case as a repository with the configuration, and as one with the files.
fn write(case: &Path, to: &Path) {
    for file in below(case) {
        let inside = file.strip_prefix(case).unwrap().to_str().unwrap().to_owned();
        let place = match inside.as_str() {
            "expected.json" => continue,
            "in.yaml" => "configured/kubeadm.yaml".to_owned(),
            "out/kubelet-config.yaml" => "rendered/var/lib/kubelet/config.yaml".to_owned(),
            "out/kubelet-kubeadm-flags.env" => "rendered/var/lib/kubelet/kubeadm-flags.env".to_owned(),
            _ => match inside.strip_prefix("out/") {
                Some(name) => format!("rendered/etc/kubernetes/manifests/{name}"),
                None => format!("configured/{inside}"),
            },
        };
        let place = to.join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text(&file)).unwrap();
    }
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}
