//! The kubelet's effective configuration: from its command line, the files it names and the defaults of its version.
//!
//! Follows cmd/kubelet/app/server.go of Kubernetes: flags win over `--config-dir`, that over `--config`, that over the
//! defaults, and the defaults are others when neither is given.

mod candidate;
mod check;
mod field;
mod layer;
mod merge;

use std::sync::Arc;

use crate::model::Location;
use crate::node::Note;

use super::component::{Component, Program};
use super::flag_table::FlagTable;
use super::flags::{self, Argument, Flags};
use super::policy;
use super::schema::Schema;
use super::setting::Effective;
use super::systemd::{self, CommandLine};
use super::table::Table;
use super::template;
use super::tree::{Found, Tree};
use super::version::Version;
use field::Fields;
use layer::{Base, Layer};

pub use field::field_of_flag;

/// The unit of the kubeadm packages, which the repository of a node seldom holds. The variables and files are those of
/// <https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/kubelet-integration/>.
const PACKAGE: &str = r#"[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
EnvironmentFile=-/etc/sysconfig/kubelet
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"#;

/// Files that a node with a packaged kubelet has.
const PACKAGE_FILES: [&str; 4] = [
    "var/lib/kubelet/kubeadm-flags.env",
    "etc/default/kubelet",
    "etc/sysconfig/kubelet",
    "var/lib/kubelet/config.yaml",
];

/// The command line of the kubelet of a node; `None` when nothing in the tree speaks of a kubelet.
///
/// Where the unit is not in the tree and files for it are, it is the one of the kubeadm packages.
pub fn command_line(tree: &Tree) -> Option<CommandLine> {
    let line = systemd::command_line(tree, "kubelet", None);
    let has_files = || PACKAGE_FILES.iter().any(|path| matches!(tree.find(path), Found::File(_)));
    match line {
        Some(line) if !line.binary.is_empty() => return Some(line),
        None if !has_files() => return None,
        // Only drop-ins without a command, or only files that the unit reads.
        _ => {}
    }
    let mut line = systemd::command_line(tree, "kubelet", Some(PACKAGE))?;
    line.warnings.retain(|warning| warning.place.is_some());
    let message = "kubelet.service is not in the repository; the unit of the kubeadm packages is assumed";
    line.warnings.push(Note::new(message, line.place.clone()));
    Some(line)
}

/// The kubelet of a node as systemd starts it.
pub fn component_of_node(tree: &Tree, version: Option<Version>) -> Option<Component> {
    Some(of_command_line(tree, command_line(tree)?, version))
}

/// The kubelet that systemd starts with a command line.
pub fn of_command_line(tree: &Tree, line: CommandLine, version: Option<Version>) -> Component {
    let mut component = component(tree, &line.arguments, version);
    component.place = line.place.or(component.place);
    component.refused.splice(0..0, line.refused);
    component.warnings.splice(0..0, line.warnings);
    component.read.extend(line.read);
    component
}

/// The kubelet with a command line (without the binary), reading the files that it names from the tree.
pub fn component(tree: &Tree, arguments: &[Argument], version: Option<Version>) -> Component {
    let table = FlagTable::of(Program::Kubelet, version);
    let flags = flags::read(Program::Kubelet, &table, arguments);
    let mut component = Component::new(Program::Kubelet);
    component.version = version;
    let schema = Schema::of("KubeletConfiguration", version);
    let (base, layers) = read_files(tree, &flags, &schema, &mut component);
    component.place = layers.first().map(Layer::place);
    let merged = !matches!(path_of(&flags, "config-dir"), Ok(None));
    let fields = Fields { schema: &schema, base: &base, layers: &layers, flags: &flags, version, merged };
    component.settings = fields.settings();
    for (name, setting) in &flags.settings {
        if field_of_flag(name).is_none() && !matches!(name.as_str(), "help" | "seccomp-default") {
            component.settings.insert(name.clone(), setting.clone());
        }
    }
    component.refused.splice(0..0, flags.refused);
    component.warnings.splice(0..0, flags.warnings);
    check::check(&mut component);
    policy::load_kubeconfigs(&mut component, &|path| match tree.find(path) {
        Found::File(source) => Some(Arc::clone(source)),
        Found::Null | Found::Nothing => None,
    });
    component
}

fn read_files(tree: &Tree, flags: &Flags, schema: &Schema, component: &mut Component) -> (Base, Vec<Layer>) {
    let mut layers = Vec::new();
    let base = match path_of(flags, "config") {
        Err(reason) => return (Base::Unknown(reason), layers),
        Ok(None) => Base::Legacy,
        Ok(Some((path, _))) => match tree.find(&path) {
            Found::File(source) => match Layer::file(source, schema, component) {
                Ok(layer) => {
                    component.sources.insert("config", Arc::clone(source));
                    component.read.push(Arc::clone(source));
                    layers.push(layer);
                    Base::File { directory: parent(&path) }
                }
                Err(reason) => Base::Unknown(reason),
            },
            Found::Null | Found::Nothing => Base::Unknown(format!("{path} is not in the repository")),
        },
    };
    match path_of(flags, "config-dir") {
        Err(reason) => (Base::Unknown(reason), layers),
        Ok(None) => (base, layers),
        Ok(Some((directory, place))) => {
            read_drop_ins(tree, &directory, place, schema, component, &mut layers);
            (base, layers)
        }
    }
}

fn read_drop_ins(
    tree: &Tree,
    directory: &str,
    place: Option<Location>,
    schema: &Schema,
    component: &mut Component,
    layers: &mut Vec<Layer>,
) {
    let paths: Vec<_> = tree.files_below(directory).into_iter().filter(|path| path.ends_with(".conf")).collect();
    if paths.is_empty() {
        let message = format!("no drop-in of {directory} is in the repository; on the node it could change any field");
        component.warnings.push(Note::new(message, place.clone()));
    }
    for path in paths {
        match tree.find(&path) {
            Found::File(source) => {
                component.read.push(Arc::clone(source));
                layers.extend(Layer::drop_in(source, schema, component));
            }
            Found::Null => {}
            Found::Nothing => {
                let message = format!("the drop-in {path} cannot be read");
                component.refused.push(Note::new(message, place.clone()));
            }
        }
    }
}

/// The path that a flag names, absolute, and where; or why it is not known.
fn path_of(flags: &Flags, name: &str) -> Result<Option<(String, Option<Location>)>, String> {
    let Some(setting) = flags.settings.get(name) else { return Ok(None) };
    match &setting.value {
        Effective::Unknown(reason) => Err(reason.clone()),
        Effective::Known(value) => {
            let Some(path) = value.as_str().filter(|path| !path.is_empty()) else { return Ok(None) };
            if let Some(reason) = template::reason(path, true) {
                return Err(reason);
            }
            // systemd starts services in `/`.
            let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
            Ok(Some((path, setting.place.clone())))
        }
    }
}

fn parent(path: &str) -> String {
    path.rsplit_once('/').map_or_else(String::new, |(parent, _)| parent.to_owned())
}

/// Defaults and flags of the fields.
static FACTS: std::sync::LazyLock<Table> =
    std::sync::LazyLock::new(|| Table::read(include_str!("../data/kubelet.tsv"), 3));
