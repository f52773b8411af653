//! kubeadm's configuration inside objects of Cluster API: KubeadmControlPlane, KubeadmConfig and their templates.

use crate::model::Location;
use crate::node::cloud_init::{self, Written};
use crate::node::flags::Argument;
use crate::node::schema::Schema;
use crate::node::tree::Tree;
use crate::node::view::View;

use super::config::{Api, Config, Surroundings, text};
use super::{Documents, Kubeadm, Machine};

/// What an object of Cluster API sets up on its machines.
#[derive(Debug, Clone, Default)]
pub struct Managed {
    /// What kubeadm makes of it; places in the embedded files lead into the object.
    pub kubeadm: Kubeadm,
    /// The files that it writes on the machine.
    pub files: Written,
}

/// The kinds that hold a configuration of kubeadm's.
const KINDS: [&str; 4] =
    ["KubeadmControlPlane", "KubeadmControlPlaneTemplate", "KubeadmConfig", "KubeadmConfigTemplate"];

/// Whether an object of Cluster API configures machines by kubeadm.
pub fn is_cluster_api(object: View<'_>) -> bool {
    let group = object.text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    group.ends_with(".cluster.x-k8s.io") && KINDS.contains(&object.text("kind"))
}

/// What an object of Cluster API sets up; `None` for an object of another kind.
pub fn of_cluster_api(object: View<'_>, tree: &Tree, machine: &Machine) -> Option<Managed> {
    let (control_plane, config) = configuration(object)?;
    let version = object.text("apiVersion").split_once('/').map_or("", |(_, version)| version);
    // Since v1beta2 arguments are a list, as in kubeadm's v1beta4.
    let old = matches!(version, "v1alpha2" | "v1alpha3" | "v1alpha4" | "v1beta1");
    let api = if old { Api::V1Beta3 } else { Api::V1Beta4 };
    Some(read(config, api, &surroundings(object.get("spec")?, control_plane), tree, machine))
}

/// The configuration in an object, and whether it is that of a control plane.
fn configuration(object: View<'_>) -> Option<(bool, View<'_>)> {
    if !is_cluster_api(object) {
        return None;
    }
    let spec = object.get("spec")?;
    let template = || spec.get("template").and_then(|template| template.get("spec"));
    Some(match object.text("kind") {
        "KubeadmControlPlane" => (true, spec.get("kubeadmConfigSpec")?),
        "KubeadmControlPlaneTemplate" => (true, template()?.get("kubeadmConfigSpec")?),
        "KubeadmConfig" => (false, spec),
        "KubeadmConfigTemplate" => (false, template()?),
        _ => return None,
    })
}

fn surroundings(spec: View<'_>, control_plane: bool) -> Surroundings {
    let version = text(Some(spec), "version", "");
    let elsewhere = Argument { unknown: Some("the version is in another object".to_owned()), ..version.clone() };
    Surroundings {
        kubernetes_version: Some(if control_plane && version.place.is_some() { version } else { elsewhere }),
        networking: Some("the Cluster object may set it".to_owned()),
        managed: true,
        ..Surroundings::default()
    }
}

fn read(spec: View<'_>, api: Api, around: &Surroundings, tree: &Tree, machine: &Machine) -> Managed {
    let mut out = Managed { files: cloud_init::cluster_api_files(spec), ..Managed::default() };
    let embedded: Vec<_> =
        out.files.files.iter().filter_map(|file| Some((&file.path, file.text.as_ref().ok()?))).collect();
    let tree = embedded.iter().fold(tree.clone(), |tree, (path, text)| tree.with_file(path, &text.source));
    let kubeadm = &mut out.kubeadm;
    let member = |key: &str, kind: &str, kubeadm: &mut Kubeadm| {
        let view = spec.get(key)?;
        let word = if api == Api::V1Beta3 { "v1beta3" } else { "v1beta4" };
        let schema = Schema::of(&format!("{word} {kind}"), machine.kubeadm);
        kubeadm.refused.extend(schema.check_below(view.source, view.document, view.id).mistyped);
        Some(Config { view, api })
    };
    let documents = Documents {
        cluster: member("clusterConfiguration", "ClusterConfiguration", kubeadm),
        init: member("initConfiguration", "InitConfiguration", kubeadm),
        join: member("joinConfiguration", "JoinConfiguration", kubeadm),
        ..Documents::default()
    };
    kubeadm.render(&documents, &tree, machine, around);
    for commands in ["preKubeadmCommands", "postKubeadmCommands"] {
        if let Some(commands) = spec.get(commands).filter(|_| !spec.items(commands).is_empty()) {
            let message = "these commands run on the machine and may change any file there";
            kubeadm.warnings.push(commands.problem(message));
        }
    }
    let relocate = |place: &Location| {
        let outer = embedded.iter().find(|(_, text)| std::sync::Arc::ptr_eq(&text.source, &place.source));
        Some(outer.map_or_else(|| place.clone(), |(_, text)| text.outer_of(place.span)))
    };
    kubeadm.map_places(&relocate);
    out
}
