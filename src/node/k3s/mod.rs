//! k3s and RKE2: from config.yaml and config.yaml.d to the components that they run, as their sources of 1.32 to 1.36 do.

mod arguments;
mod config;
mod kubelet;
mod options;

use super::component::{Component, Distribution, Program};
use super::control_plane;
use super::expansion::Environment;
use super::flags::Argument;
use super::setting::{Origin, Overridden, Setting};
use super::tree::{Found, Tree};
use super::version::Version;
use super::view::View;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Location, Source, Value};
use crate::node::Note;
use crate::node::kubelet::field_of_flag;
use config::Config;
use options::Options;

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Control plane and kubelet.
    Server,
    /// Kubelet alone.
    Agent,
}

/// A node of a cluster of k3s or RKE2.
#[derive(Debug, Clone)]
pub struct Node {
    /// k3s or RKE2.
    pub distribution: Distribution,
    /// What it is for.
    pub role: Role,
    /// The version of Kubernetes, as `1.33` or `1.32.3`; the newest one that is known when it is empty.
    pub kubernetes: String,
    /// Its name, if known.
    pub name: Option<String>,
}

/// What k3s or RKE2 makes of its configuration.
#[derive(Debug, Clone, Default)]
pub struct K3s {
    /// The components as they would run if it went on.
    pub components: Vec<Component>,
    /// The command line of each.
    pub command_lines: Vec<CommandLine>,
    /// Why it would stop.
    pub refused: Vec<Note>,
    /// The keys that it passes over because they are not flags of its command, once for each value.
    pub skipped: Vec<Skipped>,
    /// What else it warns about, and what the repository leaves open.
    pub warnings: Vec<Note>,
    /// Where flags of a component are added, when its key is written.
    pub homes: BTreeMap<Program, Location>,
    /// The files of the configuration.
    pub sources: Vec<Arc<Source>>,
}

/// A key that counts for nothing.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// The key.
    pub key: String,
    /// What to say about it, and where.
    pub problem: Note,
}

/// The arguments of one component.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// Which component.
    pub program: Program,
    /// Its arguments.
    pub arguments: Vec<Argument>,
}

/// The keys that hold the arguments of components, which no other format has.
const ARGUMENTS: [(Program, &str); 6] = [
    (Program::ApiServer, "kube-apiserver-arg"),
    (Program::ControllerManager, "kube-controller-manager-arg"),
    (Program::Scheduler, "kube-scheduler-arg"),
    (Program::Etcd, "etcd-arg"),
    (Program::Kubelet, "kubelet-arg"),
    (Program::Proxy, "kube-proxy-arg"),
];

/// The distribution that a document configures: one that holds arguments of components, or the file in its own place.
pub fn recognise(path: &str, root: View<'_>) -> Option<Distribution> {
    let Value::Mapping(entries) = root.value() else { return None };
    let named = [Distribution::Rke2, Distribution::K3s].into_iter().find(|distribution| {
        let home = format!("etc/rancher/{}/config.yaml", distribution.word());
        path.contains(&format!("{home}.d/")) || path.ends_with(&home)
    });
    let holds = |key: &str| ARGUMENTS.iter().any(|(_, known)| *known == key.trim_end_matches('+'));
    let rke2 = path.contains("rke2") || entries.iter().any(|entry| matches!(&*entry.key, "profile" | "cni"));
    let by_keys = || {
        entries.iter().any(|entry| holds(&entry.key)).then_some(if rke2 {
            Distribution::Rke2
        } else {
            Distribution::K3s
        })
    };
    named.or_else(by_keys)
}

/// The distribution and role that the files of a node speak of. A node with keys that only a server knows, or without a server
/// to join, is a server.
pub fn node_of(tree: &Tree) -> Option<Node> {
    let distribution = [Distribution::K3s, Distribution::Rke2].into_iter().find(|of| config::is_present(tree, *of))?;
    let config = Config::read(tree, distribution, &mut K3s::default());
    let joins = config.get("server").is_some() && (config.get("token").is_some() || config.get("token-file").is_some());
    let serves = config.keys().any(|key| options::only_of_server(distribution, key));
    let role = if joins && !serves { Role::Agent } else { Role::Server };
    Some(Node { distribution, role, kubernetes: String::new(), name: None })
}

/// The components of a node.
pub fn of_node(tree: &Tree, node: &Node) -> K3s {
    let mut out = K3s::default();
    let config = Config::read(tree, node.distribution, &mut out);
    out.sources.clone_from(&config.sources);
    out.homes =
        ARGUMENTS.iter().filter_map(|(program, key)| Some((*program, config.places.get(*key)?.clone()))).collect();
    let replaced = config.replaced.clone();
    let options = Options::read(config, node, &mut out);
    options.check(&mut out);
    let version = node.version();
    if node.role == Role::Server {
        for program in [Program::ApiServer, Program::ControllerManager, Program::Scheduler, Program::Etcd] {
            let Some(arguments) = arguments::of(program, &options) else { continue };
            if options.runs(program) {
                out.components.push(component(program, version, &arguments, &options, tree));
            } else if let Some(argument) = arguments.iter().find(|argument| argument.place.is_some()) {
                let message = format!("{program} does not run on this node, so its arguments count for nothing");
                out.warnings.push(Note::new(message, argument.place.clone()));
            }
            out.command_lines.push(CommandLine { program, arguments });
        }
    }
    if !options.is_set("disable-agent") || node.role == Role::Agent {
        out.kubelet(tree, &options, version);
        if !options.is_set("disable-kube-proxy") {
            let arguments = arguments::proxy(&options);
            out.components.push(component(Program::Proxy, version, &arguments, &options, tree));
            out.command_lines.push(CommandLine { program: Program::Proxy, arguments });
        }
    }
    for component in &mut out.components {
        tell_replaced(component, &replaced);
        component.distribution = node.distribution;
    }
    out
}

impl Node {
    fn version(&self) -> Option<Version> {
        Version::parse(&self.kubernetes)
    }

    /// Whether the version is at least this one; one that is not known counts as the newest.
    fn is_at_least(&self, minor: u16, patch: u16) -> bool {
        let number =
            |part: &str| part.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
        let Some(version) = self.version() else { return true };
        // A version without a patch release is its last one.
        let own = self.kubernetes.split('.').nth(2).and_then(number).unwrap_or(u16::MAX);
        (version.minor, own) >= (minor, patch)
    }
}

fn component(
    program: Program,
    version: Option<Version>,
    arguments: &[Argument],
    options: &Options,
    tree: &Tree,
) -> Component {
    let version = if program == Program::Etcd { None } else { version };
    // k3s runs the components in its own process and takes out flags of its own.
    let own = own_files(options);
    let find = |path: &str| match tree.find(path) {
        Found::File(source) => Some(Arc::clone(source)),
        Found::Null | Found::Nothing => own.iter().find(|source| **source.path() == *path).cloned(),
    };
    let mut component = control_plane::component(program, version, arguments, &Environment::default(), &find);
    own.iter().for_each(|source| component.forget(source));
    match program {
        Program::Etcd => arguments::complete_etcd(&mut component, options),
        Program::ApiServer => arguments::complete_api_server(&mut component, options),
        _ => {}
    }
    built_in(&mut component);
    component.place = options.place();
    component
}

/// The arguments in lists that a later file replaces as a whole look as if they counted.
fn tell_replaced(component: &mut Component, replaced: &[(String, Argument)]) {
    let key = ARGUMENTS.iter().find(|(program, _)| *program == component.name).map_or("", |(_, key)| key);
    for (_, argument) in replaced.iter().filter(|(of, _)| of == key) {
        let text = argument.text.trim_start_matches('-');
        let flag = text.split('=').next().unwrap_or_default().trim_end_matches(['+', '-']).replace('_', "-");
        let field = (component.name == Program::Kubelet).then(|| field_of_flag(&flag)).flatten();
        let setting = component.settings.get_mut(field.unwrap_or(&flag));
        if let (Some(setting), Some(place)) = (setting, argument.place.clone()) {
            let why = format!("`{key}` is written again later, which replaces the whole list");
            setting.overridden.push(Overridden { text: argument.text.clone(), place, why });
        }
    }
}

/// Files that RKE2 writes where they are absent (pkg/rke2/psa.go and the audit policy of its server command).
fn own_files(options: &Options) -> Vec<Arc<Source>> {
    let profile = options.text("profile");
    if options.node.distribution != Distribution::Rke2 || profile.is_some_and(|profile| profile.unknown.is_some()) {
        return Vec::new();
    }
    let cis = profile.is_some_and(|profile| profile.text == "cis");
    let level = if cis { "restricted" } else { "privileged" };
    let exempt = if cis { r#""kube-system", "compliance-operator-system", "tigera-operator""# } else { "" };
    let security = format!(
        r#"{{"apiVersion": "pod-security.admission.config.k8s.io/v1beta1", "kind": "PodSecurityConfiguration",
        "defaults": {{"enforce": "{level}", "enforce-version": "latest"}}, "exemptions": {{"namespaces": [{exempt}]}}}}"#
    );
    let admission = format!(
        r#"{{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration",
        "plugins": [{{"name": "PodSecurity", "configuration": {security}}}]}}"#
    );
    let audit = r#"{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "None"}]}"#;
    let mut files = vec![Arc::new(Source::new("/etc/rancher/rke2/rke2-pss.yaml", admission))];
    if cis {
        files.push(Arc::new(Source::new("/etc/rancher/rke2/audit-policy.yaml", audit)));
    }
    files
}

/// Flags that the distribution sets by itself count as its defaults.
fn built_in(component: &mut Component) {
    let by_itself = |setting: &&mut Setting| setting.origin == Origin::Flag && setting.place.is_none();
    for setting in component.settings.values_mut().filter(by_itself) {
        setting.origin = Origin::Distribution;
        setting.rule = "the distribution sets it by itself";
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::model::Source;
    use crate::node::Entry;

    fn node(distribution: Distribution, text: &str) -> K3s {
        let path = format!("etc/rancher/{}/config.yaml", distribution.word());
        let source = Arc::new(Source::new(path.as_str(), text));
        let tree = Tree::new([(path, Entry::File { source, byte_order_mark: false })]);
        let node = Node { distribution, role: Role::Server, kubernetes: "1.33".to_owned(), name: None };
        of_node(&tree, &node)
    }

    fn setting<'k>(k3s: &'k K3s, program: Program, name: &str) -> &'k Setting {
        &k3s.components.iter().find(|component| component.name == program).unwrap().settings[name]
    }

    #[test]
    fn an_argument_of_the_user_replaces_the_built_in_one_and_has_its_line() {
        let k3s = node(
            Distribution::K3s,
            "kube-apiserver-arg:\n- enable-admission-plugins=EventRateLimit\n- anonymous-auth\n",
        );
        let plugins = setting(&k3s, Program::ApiServer, "enable-admission-plugins");
        assert_eq!(plugins.known(), Some(&json!(["EventRateLimit"])));
        assert_eq!(plugins.place.as_ref().unwrap().region().start.line(), 2);
        assert_eq!(setting(&k3s, Program::ApiServer, "anonymous-auth").known(), Some(&json!(true)));
        assert_eq!(setting(&k3s, Program::ApiServer, "profiling").origin, Origin::Distribution);
        let rke2 = node(Distribution::Rke2, "kube-apiserver-arg: enable-admission-plugins=EventRateLimit\n");
        let plugins = setting(&rke2, Program::ApiServer, "enable-admission-plugins");
        assert_eq!(plugins.known(), Some(&json!(["NodeRestriction", "EventRateLimit"])));
    }

    #[test]
    fn rke2_writes_what_is_absent() {
        let levels = |text: &str| {
            let k3s = node(Distribution::Rke2, text);
            let server = &k3s.components[0];
            assert!(server.refused.is_empty() && server.sources.is_empty(), "{:?}", server.refused);
            ["admission-control-config-file", "audit-policy-file"]
                .map(|flag| server.files.get(flag).and_then(|file| file.to_json()).unwrap_or_default().to_string())
        };
        let [admission, audit] = levels("profile: cis\n");
        assert!(admission.contains("restricted") && audit.contains("None"), "{admission} {audit}");
        let [admission, audit] = levels("write-kubeconfig-mode: \"0600\"\n");
        assert!(admission.contains("privileged") && audit == "null", "{admission} {audit}");
    }

    #[test]
    fn templates_are_unknown() {
        let k3s = node(
            Distribution::K3s,
            "protect-kernel-defaults: \"{{ pkd }}\"\nkube-apiserver-arg: [\"profiling={{ p }}\", \"{{ extra }}\"]\n",
        );
        assert!(setting(&k3s, Program::ApiServer, "profiling").known().is_none());
        assert!(setting(&k3s, Program::ApiServer, "audit-log-path").known().is_none());
        assert!(setting(&k3s, Program::Kubelet, "protectKernelDefaults").known().is_none());
        assert!(k3s.refused.is_empty(), "{:?}", k3s.refused);
    }

    #[test]
    fn mistakes_have_a_line_and_the_rest_is_read() {
        let k3s = node(Distribution::K3s, "secrets-encryption: maybe\nhttps-listen-port: x\nfoo: 1\n");
        let line = |problem: &Note| problem.place.as_ref().unwrap().region().start.line();
        assert_eq!(k3s.refused.iter().map(line).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(k3s.skipped.iter().map(|skipped| line(&skipped.problem)).collect::<Vec<_>>(), [3]);
        assert_eq!(setting(&k3s, Program::ApiServer, "secure-port").known(), Some(&json!(6444)));
        assert_eq!(node(Distribution::K3s, "- a\n").refused.len(), 1);
        assert_eq!(node(Distribution::K3s, "a: [\n").refused.len(), 1);
        assert_eq!(node(Distribution::Rke2, "profile: cis-1.6\n").refused.len(), 1);
    }
}
