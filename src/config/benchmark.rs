//! What the configuration says of a benchmark: which part of it counts, and how much of a section must hold.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::gate::Percent;

/// The configuration of kube-bench, as far as it says what is judged.
pub const KUBE_BENCH_FILE: &str = "kube-bench-config.yaml";

/// What a check of a benchmark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The components of the control plane and their files.
    Master,
    /// The kubelet, kube-proxy and their files.
    Node,
    /// etcd.
    Etcd,
    /// Sign-in and logs of the control plane.
    ControlPlane,
    /// What runs in the cluster.
    Policies,
    /// What the provider offers.
    ManagedServices,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 6] =
        [Self::Master, Self::Node, Self::Etcd, Self::ControlPlane, Self::Policies, Self::ManagedServices];

    /// The word for it, as in `policy/benchmarks/`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Node => "node",
            Self::Etcd => "etcd",
            Self::ControlPlane => "controlplane",
            Self::Policies => "policies",
            Self::ManagedServices => "managedservices",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// What is wanted of a section of a benchmark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// The least share of judged checks that pass.
    pub min_score: Option<Percent>,
    /// How many checks may fail.
    pub max_fail: Option<usize>,
}

/// What `kube-bench-config.yaml` says that concerns files. What else such a file has is about nodes, and is not read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct KubeBench {
    /// Numbers of checks, sections and chapters that are left out.
    pub skip: Vec<String>,
    /// The targets that are judged; all of them where it is empty.
    pub targets: Vec<Target>,
}
