//! Which documents declare components of a node, whatever their files are called.

use std::sync::Arc;

use crate::model::{Document, Parsed, Source, Value};
use crate::node::cloud_init;
use crate::node::component::Distribution;
use crate::node::k3s;
use crate::node::kubeadm;
use crate::node::static_pod;
use crate::node::view::View;

/// What a document declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// Pods whose containers run components.
    StaticPods,
    /// A KubeletConfiguration.
    Kubelet,
    /// A KubeProxyConfiguration.
    Proxy,
    /// A document of kubeadm's own.
    Kubeadm,
    /// An object of Cluster API that configures machines by kubeadm.
    ClusterApi,
    /// The cluster of kind.
    Kind,
    /// A config.yaml of k3s or RKE2.
    K3s(Distribution),
    /// User data of cloud-init that writes files.
    UserData,
}

/// What a document declares, if anything.
pub fn declared(source: &Arc<Source>, document: &Document) -> Option<Declared> {
    let root = View::root(source, document);
    match (root.text("apiVersion"), root.text("kind")) {
        (_, "KubeletConfiguration") => Some(Declared::Kubelet),
        (_, "KubeProxyConfiguration") => Some(Declared::Proxy),
        (version, _) if version.starts_with("kubeadm.k8s.io/") => Some(Declared::Kubeadm),
        _ if kubeadm::is_cluster_api(root) => Some(Declared::ClusterApi),
        _ if kubeadm::is_kind(root) => Some(Declared::Kind),
        _ if pods(root).any(|spec| !static_pod::read(spec).is_empty()) => Some(Declared::StaticPods),
        ("", "") if cloud_init::is_user_data(source) => {
            matches!(root.value(), Value::Mapping(_)).then_some(Declared::UserData)
        }
        ("", "") => k3s::recognise(source.path(), root).map(Declared::K3s),
        _ => None,
    }
}

/// Whether a file has a document that declares a component.
pub fn declares(source: &Arc<Source>, parsed: &Parsed) -> bool {
    parsed.documents.iter().flatten().any(|document| declared(source, document).is_some())
}

/// The specifications of the pods in a document.
pub fn pods(root: View<'_>) -> impl Iterator<Item = View<'_>> {
    let items = if root.text("kind") == "List" { root.items("items") } else { vec![root] };
    items.into_iter().filter(|object| object.text("kind") == "Pod").filter_map(|pod| pod.get("spec"))
}
