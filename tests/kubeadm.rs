//! What kubeadm, Cluster API and kind make of a file, and which line decides it.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::sync::Arc;

use portcullis::model::{Location, Source};
use portcullis::node::Note;
use portcullis::node::component::{Component, Program};
use portcullis::node::kubeadm::{self, Kubeadm, Machine};
use portcullis::node::view::View;
use portcullis::node::{Entry, Origin, Setting, Tree};
use portcullis::parse::parse;
use serde_json::json;

fn read(text: &str) -> Kubeadm {
    let source = Arc::new(Source::new("kubeadm.yaml", text));
    kubeadm::of_file(&source, &Tree::default(), &Machine::default()).unwrap()
}

fn component(kubeadm: &Kubeadm, program: Program) -> &Component {
    kubeadm.components.iter().find(|component| component.name == program).unwrap()
}

fn setting<'k>(kubeadm: &'k Kubeadm, program: Program, name: &str) -> &'k Setting {
    &component(kubeadm, program).settings[name]
}

fn line(place: Option<&Location>) -> u32 {
    place.unwrap().region().start.line()
}

fn lines(problems: &[Note]) -> Vec<u32> {
    problems.iter().map(|problem| line(problem.place.as_ref())).collect()
}

#[test]
fn the_line_that_decides_is_remembered() {
    let found = read(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.33.0\n\
         certificatesDir: /pki\napiServer:\n  extraArgs:\n  - name: profiling\n    value: \"false\"\n\
         networking:\n  podSubnet: 10.0.0.0/16\n---\napiVersion: kubelet.config.k8s.io/v1beta1\n\
         kind: KubeletConfiguration\nreadOnlyPort: 10255\nrotateCertificates: false\n---\n\
         apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmetricsBindAddress: 0.0.0.0\n",
    );
    assert!(found.refused.is_empty() && found.ignored.is_empty(), "{:?}", found.refused);
    let profiling = setting(&found, Program::ApiServer, "profiling");
    assert_eq!((profiling.origin, line(profiling.place.as_ref())), (Origin::Flag, 8));
    let plugins = setting(&found, Program::ApiServer, "enable-admission-plugins");
    assert_eq!((plugins.origin, plugins.place.is_none()), (Origin::Distribution, true));
    assert_eq!(line(setting(&found, Program::Etcd, "cert-file").place.as_ref()), 4);
    assert_eq!(line(setting(&found, Program::ControllerManager, "cluster-cidr").place.as_ref()), 10);
    assert_eq!(line(setting(&found, Program::Proxy, "cluster-cidr").place.as_ref()), 10);
    let port = setting(&found, Program::Kubelet, "readOnlyPort");
    assert_eq!((port.known(), line(port.place.as_ref())), (Some(&json!(10255)), 14));
    assert_eq!(line(setting(&found, Program::Kubelet, "authentication.x509.clientCAFile").place.as_ref()), 4);
    let rotation = setting(&found, Program::Kubelet, "rotateCertificates");
    assert_eq!((rotation.known(), rotation.overridden.len()), (Some(&json!(true)), 1));
    assert_eq!(line(setting(&found, Program::Proxy, "metrics-bind-address").place.as_ref()), 19);
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let found = read(
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: \"{{ kube_version }}\"\n\
         certificatesDir: ${CERTS}\napiServer:\n  extraArgs:\n    profiling: \"{{ profiling }}\"\n",
    );
    assert!(found.refused.is_empty(), "{:?}", found.refused);
    let unknown = |program, name: &str| setting(&found, program, name).known().is_none();
    assert!(unknown(Program::ApiServer, "profiling"));
    assert!(unknown(Program::ApiServer, "client-ca-file"));
    assert!(unknown(Program::ApiServer, "advertise-address"));
    assert!(unknown(Program::Kubelet, "authentication.x509.clientCAFile"));
    assert_eq!(setting(&found, Program::ApiServer, "authorization-mode").known(), Some(&json!(["Node", "RBAC"])));
    let patched = read(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\npatches: {directory: /etc/kubernetes/patches}\n",
    );
    assert!(setting(&patched, Program::ApiServer, "profiling").known().is_none());
}

#[test]
fn mistakes_have_a_line_and_the_rest_is_computed() {
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    let found = read(&format!(
        "{head}apiServer:\n  extraArgs:\n    profiling: \"false\"\nfoo: 1\nscheduler: {{extraArgs: 5}}\n---\na: [\n"
    ));
    assert_eq!(lines(&found.refused), [9, 5, 7]);
    assert_eq!(lines(&found.ignored), [6]);
    assert_eq!(setting(&found, Program::ApiServer, "profiling").known(), Some(&json!(false)));
    let truncated = read(&format!("{head}apiServer:\n  extraArgs: [{{name: profiling, val"));
    assert_eq!(truncated.refused.len(), 1);
    let old = read("apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n");
    assert_eq!(lines(&old.refused), [1]);
}

#[test]
fn any_text_is_read() {
    let texts = [
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd: []\nnetworking: x\napiServer: [1]\n",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {bindPort: {}}\nnodeRegistration: 5\n",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd: {local: {extraArgs: [1, null, {name: {}}]}}\n",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: []\ncontrolPlane: 1\n",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: \"\"\napiServer: {extraEnvs: [{name: A, valueFrom: 5}], extraVolumes: [5]}\n",
    ];
    for text in texts {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let source = Arc::new(Source::new("kubeadm.yaml", &text[..end]));
            kubeadm::of_file(&source, &Tree::default(), &Machine::default());
        }
    }
}

#[test]
fn cluster_api_objects_are_kubeadm_with_files() {
    let text = "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nspec:\n  version: v1.33.1\n  kubeadmConfigSpec:\n    clusterConfiguration:\n      apiServer:\n        extraArgs:\n          anonymous-auth: \"true\"\n    initConfiguration:\n      patches: {directory: /etc/kubernetes/patches}\n    files:\n    - path: /etc/kubernetes/patches/kube-scheduler.yaml\n      content: |\n        spec:\n          containers:\n          - name: kube-scheduler\n            command:\n            - kube-scheduler\n            - --profiling=false\n";
    let source = Arc::new(Source::new("cluster.yaml", text));
    let document = parse(&source).documents.remove(0).unwrap();
    let root = View::root(&source, &document);
    let managed = kubeadm::of_cluster_api(root, &Tree::default(), &Machine::default()).unwrap();
    let found = &managed.kubeadm;
    assert!(found.refused.is_empty(), "{:?}", found.refused);
    assert_eq!(line(setting(found, Program::ApiServer, "anonymous-auth").place.as_ref()), 9);
    let profiling = setting(found, Program::Scheduler, "profiling");
    assert_eq!((profiling.known(), line(profiling.place.as_ref())), (Some(&json!(false)), 20));
    assert_eq!(profiling.place.as_ref().unwrap().source.path().as_ref(), "cluster.yaml");
    assert!(setting(found, Program::ApiServer, "service-cluster-ip-range").known().is_none());
    assert_eq!(managed.files.files.len(), 1);
}

#[test]
fn patches_of_kind_point_into_its_file() {
    let text = "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes:\n- role: control-plane\n  image: kindest/node:v1.33.1\n  kubeadmConfigPatches:\n  - |\n    kind: ClusterConfiguration\n    apiServer:\n      extraArgs:\n        audit-log-path: /var/log/audit.log\n- role: worker\n  kubeadmConfigPatches:\n  - |\n    kind: KubeletConfiguration\n    readOnlyPort: 10255\nkubeadmConfigPatches:\n- |\n  kind: KubeletConfiguration\n  failSwapOn: true\n";
    let source = Arc::new(Source::new("kind.yaml", text));
    let document = parse(&source).documents.remove(0).unwrap();
    let root = View::root(&source, &document);
    let nodes = kubeadm::of_kind(root, &Tree::default(), &Machine::default()).unwrap();
    assert!(nodes.iter().all(|node| node.refused.is_empty()), "{:?}", nodes[0].refused);
    assert_eq!(line(setting(&nodes[0], Program::ApiServer, "audit-log-path").place.as_ref()), 11);
    let gate = setting(&nodes[0], Program::ControllerManager, "enable-hostpath-provisioner");
    assert_eq!((gate.known(), gate.place.is_none()), (Some(&json!(true)), true));
    assert_eq!(line(setting(&nodes[0], Program::Kubelet, "failSwapOn").place.as_ref()), 20);
    let port = setting(&nodes[1], Program::Kubelet, "readOnlyPort");
    assert_eq!((port.known(), line(port.place.as_ref())), (Some(&json!(10255)), 16));
    assert!(nodes[1].components.iter().all(|component| component.name == Program::Kubelet));
}

#[test]
fn patches_of_the_node_decide_with_their_line() {
    let path = "etc/kubernetes/patches/kube-apiserver+json.yaml";
    let patch = Source::new(path, "- op: add\n  path: /spec/containers/0/command/-\n  value: --anonymous-auth=true\n");
    let tree = Tree::new([(path.to_owned(), Entry::File { source: Arc::new(patch), byte_order_mark: false })]);
    let text =
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\npatches: {directory: /etc/kubernetes/patches}\n";
    let source = Arc::new(Source::new("kubeadm.yaml", text));
    let found = kubeadm::of_file(&source, &tree, &Machine::default()).unwrap();
    let anonymous = setting(&found, Program::ApiServer, "anonymous-auth");
    assert_eq!(line(anonymous.place.as_ref()), 3);
    assert_eq!(anonymous.place.as_ref().unwrap().source.path().as_ref(), path);
}
