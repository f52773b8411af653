//! The options of the command, as the configuration files set them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::model::Location;
use crate::node::Note;
use crate::node::component::{Distribution, Program};
use crate::node::flags::Argument;
use crate::node::go;
use crate::node::name::hint;

use super::config::Config;
use super::{K3s, Node, Role, Skipped};

/// A key of the configuration.
#[derive(Debug, Clone, Copy)]
struct Key {
    name: &'static str,
    short: &'static str,
    kind: &'static str,
    known: &'static str,
}

/// The options of a node.
#[derive(Debug, Clone)]
pub struct Options {
    /// The node they are for.
    pub node: Node,
    place: Option<Location>,
    values: BTreeMap<&'static str, Vec<Argument>>,
}

/// Whether only a server has a key.
pub fn only_of_server(distribution: Distribution, key: &str) -> bool {
    let command = |role| command(distribution, role);
    find(key).is_some_and(|key| key.is_known(&command(Role::Server)) && !key.is_known(&command(Role::Agent)))
}

impl Options {
    /// Sorts the flags of the configuration by option; what the command does not know is passed over.
    pub fn read(config: Config, node: &Node, out: &mut K3s) -> Self {
        let place = config.place.clone();
        let mut options = Self { node: node.clone(), place, values: BTreeMap::new() };
        let command = command(node.distribution, node.role);
        for (name, value) in config.flags() {
            match find(&name).filter(|key| key.is_known(&command)) {
                Some(key) => options.add(key, value, out),
                None => {
                    let mistakes = out.skipped.len();
                    out.skipped.push(skipped(name, value, &command, mistakes));
                }
            }
        }
        options
    }

    /// What makes the program stop once it has its options.
    pub fn check(&self, out: &mut K3s) {
        if self.node.distribution != Distribution::Rke2 {
            return;
        }
        let profile = self.text("profile");
        let (text, unknown) = profile.map_or(("", false), |profile| (profile.text.as_str(), profile.unknown.is_some()));
        let place = profile.and_then(|profile| profile.place.clone());
        if !matches!(text, "" | "cis" | "etcd") && !unknown {
            out.refused.push(Note::new(format!("there is no profile `{text}`: it is cis or etcd"), place.clone()));
        }
        let protect = self.text("protect-kernel-defaults");
        if let Some(protect) = protect.filter(|protect| text == "cis" && go::bool(&protect.text) == Some(false)) {
            let message = "protect-kernel-defaults has to be true with the profile cis";
            out.refused.push(Note::new(message, protect.place.clone()));
        }
        if text == "cis" {
            let message = "with the profile cis RKE2 only starts when vm.overcommit_memory=1, vm.panic_on_oom=0, \
                           kernel.panic=10 and kernel.panic_on_oops=1 are set on the node, and a user etcd exists on servers";
            out.warnings.push(Note::new(message, place));
        }
    }

    /// The last value of an option, unless it is empty.
    pub fn text(&self, name: &str) -> Option<&Argument> {
        self.values.get(name).and_then(|values| values.last()).filter(|value| !value.text.is_empty())
    }

    /// The last value of an option, or its default.
    pub fn text_or(&self, name: &str, default: &str) -> Argument {
        self.text(name).cloned().unwrap_or_else(|| Argument::new(default, None))
    }

    /// All values of an option.
    pub fn list(&self, name: &str) -> &[Argument] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a boolean option is on.
    pub fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| go::bool(&value.text) == Some(true))
    }

    /// The first file of the configuration.
    pub fn place(&self) -> Option<Location> {
        self.place.clone()
    }

    /// Whether a component of the control plane runs on the node.
    pub fn runs(&self, program: Program) -> bool {
        match program {
            Program::ApiServer => !self.is_set("disable-apiserver"),
            Program::ControllerManager => !self.is_set("disable-controller-manager"),
            Program::Scheduler => !self.is_set("disable-scheduler"),
            // k3s keeps its data in SQLite unless it is told to form a cluster.
            Program::Etcd => {
                let rke2 = self.node.distribution == Distribution::Rke2;
                let clustered = rke2 || self.is_set("cluster-init") || self.text("server").is_some();
                clustered && !self.is_set("disable-etcd") && self.text("datastore-endpoint").is_none()
            }
            Program::Kubelet | Program::Proxy => true,
        }
    }

    fn add(&mut self, key: Key, value: Argument, out: &mut K3s) {
        let text = value.text.as_str();
        let good = match key.kind {
            _ if value.unknown.is_some() => true,
            "bool" => go::bool(text).is_some(),
            "int" => go::int(text).is_some(),
            "duration" => go::duration(text).is_some(),
            _ => true,
        };
        if !good {
            let message = format!("`{}` has to be a {}, not `{text}`", key.name, key.phrase());
            out.refused.push(Note::new(message, value.place));
            return;
        }
        // Two options are older names of others.
        let name = match key.name {
            "kube-controller-arg" => "kube-controller-manager-arg",
            "kube-cloud-controller-arg" => "kube-cloud-controller-manager-arg",
            name => name,
        };
        self.values.entry(name).or_default().push(value);
    }
}

impl Key {
    fn is_known(&self, command: &str) -> bool {
        self.known.split(' ').any(|known| known == command)
    }

    fn phrase(&self) -> &'static str {
        match self.kind {
            "bool" => "boolean",
            "int" => "whole number",
            _ => "duration",
        }
    }
}

fn command(distribution: Distribution, role: Role) -> String {
    let role = if role == Role::Server { "server" } else { "agent" };
    format!("{}-{role}", distribution.word())
}

fn find(name: &str) -> Option<Key> {
    KEYS.iter().copied().find(|key| key.name == name || (key.short == name && !name.is_empty()))
}

fn skipped(name: String, value: Argument, command: &str, mistakes: usize) -> Skipped {
    let (distribution, role) = command.split_once('-').unwrap_or((command, ""));
    let elsewhere = find(&name).is_some_and(|key| key.known.split(' ').any(|known| known.starts_with(distribution)));
    let known = KEYS.iter().filter(|key| key.is_known(command)).map(|key| key.name);
    let message = if elsewhere {
        format!("`{name}` is no option of a {role}; {distribution} passes over it")
    } else {
        format!("{distribution} does not know `{name}` and passes over it{}", hint(&name, known, mistakes))
    };
    Skipped { key: name, problem: Note::new(message, value.place) }
}

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let lines = include_str!("../data/k3s.tsv").lines().filter(|line| !line.starts_with('#'));
    let key = |line: &'static str| {
        let mut cells = line.split('\t');
        Some(Key { name: cells.next()?, short: cells.next()?, kind: cells.next()?, known: cells.next()? })
    };
    lines.filter_map(key).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_key() {
        assert!(KEYS.len() > 150);
        assert!(KEYS.iter().all(|key| matches!(key.kind, "bool" | "int" | "duration" | "text")));
        assert!(only_of_server(Distribution::K3s, "kube-apiserver-arg"));
        assert!(!only_of_server(Distribution::Rke2, "kubelet-arg"));
    }
}
