//! The CI systems that a repository uses: its root comes in, the files for them go out.

use std::path::Path;

use super::File;

/// A CI system.
struct System {
    name: &'static str,
    /// What is there where it is used.
    mark: &'static str,
    /// What is written.
    path: &'static str,
    text: &'static str,
    /// What a person has to do then.
    next: Option<&'static str>,
}

/// The first one is written where none of them is used.
const SYSTEMS: [System; 4] = [
    System {
        name: "GitHub",
        mark: ".github",
        path: ".github/workflows/portcullis.yml",
        text: include_str!("../../../examples/github/pull-request.yml"),
        next: None,
    },
    System {
        name: "GitLab",
        mark: ".gitlab-ci.yml",
        path: ".gitlab/portcullis.yml",
        text: include_str!("../../../examples/gitlab-ci.yml"),
        next: Some("write `include: [{local: .gitlab/portcullis.yml}]` into .gitlab-ci.yml"),
    },
    System {
        name: "Azure Pipelines",
        mark: "azure-pipelines.yml",
        path: "azure-pipelines-portcullis.yml",
        text: include_str!("../../../examples/azure-pipelines.yml"),
        next: Some("make a pipeline of azure-pipelines-portcullis.yml"),
    },
    System {
        name: "Jenkins",
        mark: "Jenkinsfile",
        path: "Jenkinsfile.portcullis",
        text: include_str!("../../../examples/Jenkinsfile"),
        next: Some("make a job of Jenkinsfile.portcullis, or take its stage over into Jenkinsfile"),
    },
];

/// The files for the systems that the repository uses, and what to do with them.
pub fn files(root: &Path) -> (Vec<File>, Vec<&'static str>) {
    let is_used = |system: &&System| root.join(system.mark).symlink_metadata().is_ok();
    let mut used: Vec<&System> = SYSTEMS.iter().filter(is_used).collect();
    if used.is_empty() {
        used.extend(SYSTEMS.first());
    }
    let file = |system: &&System| File {
        path: system.path.into(),
        text: system.text.into(),
        about: format!("the gate on {}", system.name),
        is_longer: false,
    };
    (used.iter().map(file).collect(), used.iter().filter_map(|system| system.next).collect())
}
