//! The configuration of a repository, `portcullis.yaml`: a parsed file comes in, a checked [`Config`] goes out.
//!
//! A key is one field here: its doc comment is its description in `schemas/config.json`, and `UPDATE=1 cargo test config`
//! writes that file anew.

mod benchmark;
mod control;
mod extends;
mod gate;
mod globs;
mod loosened;
mod merge;
mod pattern;
mod pod_template;
mod policies;
mod read;
mod root_path;
mod validate;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

pub use benchmark::{Bounds, KUBE_BENCH_FILE, KubeBench, Target};
pub use control::{ControlSetting, Settings};
pub use extends::Extends;
pub use gate::{GateChanges, GateSettings, ModeRule, Percent};
pub use globs::Globs;
pub use loosened::loosened;
pub use merge::{Merged, merge};
pub use pattern::{NamePattern, PathPattern, Pattern};
pub use pod_template::{PodTemplate, TemplatePath};
pub use policies::{Documents, PolicySettings};
pub use read::{Loaded, read, read_as};
pub use root_path::RootPath;
pub use version::KubernetesVersion;

use crate::error::Error;
use crate::model::{Action, Date};

/// The name of the file.
pub const FILE_NAME: &str = "portcullis.yaml";

/// The cluster of files that no cluster of the configuration claims.
pub const DEFAULT_CLUSTER: &str = "default";

/// The configuration of portcullis, `portcullis.yaml` at the root of a repository.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Configurations that this one builds upon, as that of an organisation: one path or a list, relative to this file, of files
    /// inside the root or below a file that `--extends` names. Mappings are joined by key, lists appended, and this file wins.
    pub extends: Extends,
    /// Which controls are on; `default` unless said. Where a benchmark is named too, the controls that both have.
    pub profile: Option<Profile>,
    /// The clusters that the repository describes, by name. A file belongs to the first one whose paths match, else to the
    /// cluster `default`.
    pub clusters: IndexMap<String, Cluster>,
    /// Controls by id: `false` switches one off, `true` switches one on that the profile leaves out, a mapping adjusts one.
    pub controls: BTreeMap<String, ControlSetting>,
    /// Where custom resources hold pods.
    pub pod_templates: Vec<PodTemplate>,
    /// Directories that kubelets read static pods from, as globs relative to the root; `…/etc/kubernetes/manifests` always
    /// is one. In them a file is read whatever its extension.
    pub static_pods: Globs,
    /// Directories that act as `/` of a node, as globs relative to the root; the directory above `etc/`, `var/` or `usr/`
    /// always is one.
    pub roots: Globs,
    /// Files and directories to leave out, as globs relative to the root. The report lists them as skipped.
    pub exclude: Globs,
    /// What shuts the gate.
    pub gate: GateSettings,
    /// What becomes of changes that loosen the gate, with `--trust` or `--against`. The word of the base counts.
    pub gate_changes: GateChanges,
    /// The modes in which controls are rolled out.
    pub modes: Vec<ModeRule>,
    /// The file of the findings that are known, relative to the root; `.portcullis-baseline.jsonl`, if it is there, unless said.
    pub baseline: Option<RootPath>,
    /// The file of the exceptions, relative to the root; `portcullis-exceptions.yaml` and `kube-bench-exceptions.yaml`, if they
    /// are there, unless said.
    pub exceptions: Option<RootPath>,
    /// The Rego policies of the repository, as conftest takes them.
    pub policies: PolicySettings,
    /// The file of the policies that the repository has taken over, relative to the root; `portcullis.lock`, if it is there, unless
    /// said.
    pub lock: Option<RootPath>,
    /// The controls that an extended file locks. They are on whatever the profile.
    #[serde(skip)]
    pub held: BTreeSet<String>,
}

/// A choice of controls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What a well-made repository passes.
    #[default]
    Default,
    /// The Pod Security Standard `baseline`.
    PssBaseline,
    /// The Pod Security Standard `restricted`.
    PssRestricted,
    /// Every control there is.
    All,
    /// None but the policies of the repository.
    None,
}

/// One cluster that the repository describes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// The files that belong to it, as globs relative to the root; a directory stands for all that is below it.
    pub paths: Globs,
    /// Its version of Kubernetes, in quotes.
    pub kubernetes: Option<KubernetesVersion>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// The namespace of objects that name none.
    pub namespace: Option<String>,
    /// The benchmark to judge it by, as `cis-1.12`; `portcullis list --benchmark all` lists them.
    pub benchmark: Option<String>,
    /// The targets of the benchmark that are judged; all of them unless said.
    pub targets: Vec<Target>,
    /// Numbers of checks, sections or chapters of the benchmark that are left out, in quotes.
    pub skip: Vec<String>,
    /// The least share of judged controls that pass in it.
    pub min_score: Option<Percent>,
    /// How many controls may fail in it.
    pub max_fail: Option<usize>,
    /// What is wanted of sections of its benchmark, by their numbers, or `critical` for the checks that are to be mended first.
    pub sections: BTreeMap<String, Bounds>,
    /// The file of its known findings, relative to the root, in place of the repository's.
    pub baseline: Option<RootPath>,
    /// The file of its exceptions, relative to the root, beside the repository's; they hold in this cluster alone.
    pub exceptions: Option<RootPath>,
}

/// A distribution of Kubernetes or a managed service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Set up by kubeadm, or like it.
    Kubeadm,
    /// K3s.
    K3s,
    /// Rancher Kubernetes Engine, first generation.
    Rke,
    /// RKE2.
    Rke2,
    /// MicroK8s.
    Microk8s,
    /// k0s.
    K0s,
    /// Amazon Elastic Kubernetes Service.
    Eks,
    /// Google Kubernetes Engine.
    Gke,
    /// Azure Kubernetes Service.
    Aks,
    /// Alibaba Cloud Container Service.
    Ack,
    /// Red Hat OpenShift.
    OpenShift,
    /// VMware Tanzu Kubernetes Grid Integrated.
    Tkgi,
}

impl Profile {
    /// The profile of a word on the command line.
    ///
    /// # Errors
    /// Lists the words there are.
    pub fn of_word(word: &str) -> Result<Self, Error> {
        Self::deserialize(json!(word)).map_err(|why| Error::usage(format!("--profile: {why}")))
    }
}

impl Platform {
    /// The word for it, as in the file and in `policy/benchmarks/`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kubeadm => "kubeadm",
            Self::K3s => "k3s",
            Self::Rke => "rke",
            Self::Rke2 => "rke2",
            Self::Microk8s => "microk8s",
            Self::K0s => "k0s",
            Self::Eks => "eks",
            Self::Gke => "gke",
            Self::Aks => "aks",
            Self::Ack => "ack",
            Self::OpenShift => "openshift",
            Self::Tkgi => "tkgi",
        }
    }
}

impl Config {
    /// The nearest configuration file, from `start` upwards to `root`.
    pub fn find(start: &Path, root: &Path, is_file: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
        let inside = start.ancestors().take_while(|directory| directory.starts_with(root));
        inside.map(|directory| directory.join(FILE_NAME)).find(|file| is_file(file))
    }

    /// The cluster that a file belongs to, by its path relative to the root.
    pub fn cluster_of(&self, path: &str) -> &str {
        let claimed = self.clusters.iter().find(|(_, cluster)| cluster.paths.is_match(path));
        claimed.map_or(DEFAULT_CLUSTER, |(name, _)| name)
    }

    /// How the control differs from what its policy says, if it does.
    pub fn settings(&self, control: &str) -> Option<&Settings> {
        self.controls.get(control)?.settings()
    }

    /// The controls on which exceptions and ignores have no effect.
    pub fn locked(&self) -> impl Iterator<Item = &str> {
        let is_locked = |setting: &ControlSetting| setting.settings().is_some_and(|settings| settings.locked);
        self.controls.iter().filter(move |(_, setting)| is_locked(setting)).map(|(id, _)| id.as_str())
    }

    /// Whether exceptions and ignores have no effect on a control.
    pub fn is_locked(&self, control: &str) -> bool {
        self.settings(control).is_some_and(|settings| settings.locked)
    }

    /// What a finding of a control does in a cluster and file on a day.
    /// `None` where nothing is said.
    pub fn mode(&self, control: &str, cluster: &str, file: &str, today: Date) -> Option<Action> {
        let rule = self.mode_rule(control, cluster, file).and_then(|at| self.modes.get(at));
        rule.map(|rule| rule.mode(today))
    }

    /// The position of the rule of `modes` that counts for a control in a cluster and file.
    pub fn mode_rule(&self, control: &str, cluster: &str, file: &str) -> Option<usize> {
        self.modes.iter().position(|rule| rule.is_match(control, cluster, file))
    }
}

/// The JSON schema of the file, as `schemas/config.json` has it.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Config);
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_cluster_whose_paths_match_claims_a_file() {
        let text = r#"{"clusters": {
            "prod": {"paths": ["clusters/prod"]},
            "any": {"paths": ["clusters/**", "./nodes/*.yaml"]},
            "late": {"paths": ["clusters/prod/**"]}
        }}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        let table = [
            ("clusters/prod/a.yaml", "prod"),
            ("clusters/dev/b/a.yaml", "any"),
            ("nodes/a.yaml", "any"),
            ("nodes/b/a.yaml", "default"),
            ("a.yaml", "default"),
        ];
        for (path, cluster) in table {
            assert_eq!(config.cluster_of(path), cluster, "{path}");
        }
    }

    #[test]
    fn the_file_is_searched_up_to_the_root_and_no_further() {
        let guard = tempfile::tempdir().unwrap();
        let (top, root) = (guard.path().join(FILE_NAME), guard.path().join("repo"));
        let start = root.join("a/b");
        std::fs::create_dir_all(&start).unwrap();
        std::fs::write(&top, "").unwrap();
        assert_eq!(Config::find(&start, &root, &Path::is_file), None);
        std::fs::write(root.join(FILE_NAME), "").unwrap();
        assert_eq!(Config::find(&start, &root, &Path::is_file), Some(root.join(FILE_NAME)));
        std::fs::write(start.join(FILE_NAME), "").unwrap();
        assert_eq!(Config::find(&start, &root, &Path::is_file), Some(start.join(FILE_NAME)));
    }

    #[test]
    fn the_schema_is_up_to_date() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/config.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(file, schema()).unwrap();
        }
        let written = std::fs::read_to_string(file).unwrap_or_default().replace("\r\n", "\n");
        assert!(written == schema(), "schemas/config.json is out of date: UPDATE=1 cargo test config");
    }
}
