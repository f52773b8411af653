//! Where each kind holds its pods.

use crate::model::{Document, NodeId, Path, Value};

/// One place where a kind holds a pod template, a pod specification, or something that is run as one.
#[derive(Debug, Clone, PartialEq)]
pub struct PodKind {
    /// The API group, `""` for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// Members from the object's root, with dots between them; `*` stands for every member or element.
    pub path: String,
    /// Where its containers are, below the specification.
    pub containers: Containers,
}

/// The kinds with pods: the table below, and what the configuration adds.
#[derive(Debug, Clone)]
pub struct PodKinds(Vec<PodKind>);

/// Where containers are: the type that policies see, and the member.
pub type Containers = &'static [(&'static str, &'static str)];

/// Where a pod has its containers.
pub const POD_CONTAINERS: Containers =
    &[("init", "initContainers.*"), ("container", "containers.*"), ("ephemeral", "ephemeralContainers.*")];

const ARGO_CONTAINERS: Containers = &[
    ("init", "initContainers.*"),
    ("container", "container"),
    ("container", "script"),
    ("container", "containerSet.containers.*"),
    ("container", "sidecars.*"),
];
const TEKTON_CONTAINERS: Containers = &[("container", "steps.*"), ("container", "sidecars.*")];

/// Group, kind, path of the template or specification. Custom kinds as their own API reference has them.
const TABLE: &[(&str, &str, &str)] = &[
    ("", "Pod", ""),
    ("", "PodTemplate", "template"),
    ("", "ReplicationController", "spec.template"),
    ("apps", "Deployment", "spec.template"),
    ("apps", "StatefulSet", "spec.template"),
    ("apps", "DaemonSet", "spec.template"),
    ("apps", "ReplicaSet", "spec.template"),
    ("extensions", "Deployment", "spec.template"),
    ("extensions", "DaemonSet", "spec.template"),
    ("extensions", "ReplicaSet", "spec.template"),
    ("batch", "Job", "spec.template"),
    ("batch", "CronJob", "spec.jobTemplate.spec.template"),
    ("batch", "ScheduledJob", "spec.jobTemplate.spec.template"),
    ("argoproj.io", "Rollout", "spec.template"),
    ("apps.openshift.io", "DeploymentConfig", "spec.template"),
    ("serving.knative.dev", "Service", "spec.template"),
    ("serving.knative.dev", "Configuration", "spec.template"),
    ("serving.knative.dev", "Revision", ""),
    ("apps.kruise.io", "CloneSet", "spec.template"),
    ("apps.kruise.io", "StatefulSet", "spec.template"),
    ("apps.kruise.io", "DaemonSet", "spec.template"),
    ("apps.kruise.io", "BroadcastJob", "spec.template"),
    ("apps.kruise.io", "AdvancedCronJob", "spec.template.jobTemplate.spec.template"),
    ("apps.kruise.io", "SidecarSet", "spec"),
    ("keda.sh", "ScaledJob", "spec.jobTargetRef.template"),
    ("jobset.x-k8s.io", "JobSet", "spec.replicatedJobs.*.template.spec.template"),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.leaderTemplate"),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.workerTemplate"),
    ("ray.io", "RayCluster", "spec.headGroupSpec.template"),
    ("ray.io", "RayCluster", "spec.workerGroupSpecs.*.template"),
    ("ray.io", "RayJob", "spec.rayClusterSpec.headGroupSpec.template"),
    ("ray.io", "RayJob", "spec.rayClusterSpec.workerGroupSpecs.*.template"),
    ("ray.io", "RayJob", "spec.submitterPodTemplate"),
    ("ray.io", "RayService", "spec.rayClusterConfig.headGroupSpec.template"),
    ("ray.io", "RayService", "spec.rayClusterConfig.workerGroupSpecs.*.template"),
    ("kubeflow.org", "TFJob", "spec.tfReplicaSpecs.*.template"),
    ("kubeflow.org", "PyTorchJob", "spec.pytorchReplicaSpecs.*.template"),
    ("kubeflow.org", "MPIJob", "spec.mpiReplicaSpecs.*.template"),
    ("kubeflow.org", "XGBoostJob", "spec.xgbReplicaSpecs.*.template"),
    ("kubeflow.org", "Notebook", "spec.template"),
    ("batch.volcano.sh", "Job", "spec.tasks.*.template"),
    ("sparkoperator.k8s.io", "SparkApplication", "spec.driver.template"),
    ("sparkoperator.k8s.io", "SparkApplication", "spec.executor.template"),
    ("agones.dev", "GameServer", "spec.template"),
    ("agones.dev", "Fleet", "spec.template.spec.template"),
    ("tekton.dev", "TaskRun", "spec.podTemplate"),
];

/// As `TABLE`, for kinds whose pods have their containers elsewhere.
const TABLE_WITH_CONTAINERS: &[(&str, &[&str], &str, Containers)] = &[
    ("argoproj.io", &["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"], "spec.templates.*", ARGO_CONTAINERS),
    ("argoproj.io", &["CronWorkflow"], "spec.workflowSpec.templates.*", ARGO_CONTAINERS),
    ("tekton.dev", &["Task", "ClusterTask"], "spec", TEKTON_CONTAINERS),
    ("tekton.dev", &["TaskRun"], "spec.taskSpec", TEKTON_CONTAINERS),
    ("tekton.dev", &["Pipeline"], "spec.tasks.*.taskSpec", TEKTON_CONTAINERS),
    ("tekton.dev", &["PipelineRun"], "spec.pipelineSpec.tasks.*.taskSpec", TEKTON_CONTAINERS),
];

impl PodKinds {
    /// The shipped table and more rows; `more` has group, kind and paths.
    pub fn new(more: impl IntoIterator<Item = (String, String, String)>) -> Self {
        let row = |group: &str, kind: &str, path: &str, containers| PodKind {
            group: group.to_owned(),
            kind: kind.to_owned(),
            path: path.to_owned(),
            containers,
        };
        let shipped = TABLE.iter().map(|(group, kind, path)| row(group, kind, path, POD_CONTAINERS));
        let special = TABLE_WITH_CONTAINERS.iter().flat_map(|(group, kinds, path, containers)| {
            kinds.iter().map(move |kind| row(group, kind, path, containers))
        });
        let more = more.into_iter().map(|(group, kind, path)| row(&group, &kind, &path, POD_CONTAINERS));
        Self(shipped.chain(special).chain(more).collect())
    }

    /// The rows of a kind.
    pub fn of<'a>(&'a self, group: &'a str, kind: &'a str) -> impl Iterator<Item = &'a PodKind> {
        self.0.iter().filter(move |row| row.group == group && row.kind == kind)
    }
}

/// The existing nodes that a path with `*` leads to, each with its plain path from `from`.
pub fn expand(document: &Document, from: NodeId, path: &str) -> Vec<(Path, NodeId)> {
    let mut reached = vec![(Path::root(), from)];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let below = |(path, node): (Path, NodeId)| match part {
            "*" => children(document, &path, node),
            name => document.get(node, name).map(|child| (path.key(name), child)).into_iter().collect(),
        };
        reached = reached.into_iter().flat_map(below).collect();
    }
    reached
}

fn children(document: &Document, path: &Path, node: NodeId) -> Vec<(Path, NodeId)> {
    match document.value(node) {
        Value::Sequence(items) => items.iter().enumerate().map(|(at, &item)| (path.index(at), item)).collect(),
        Value::Mapping(entries) => entries.iter().map(|entry| (path.key(&*entry.key), entry.value)).collect(),
        _ => vec![],
    }
}
