//! A control-plane component, etcd or kube-proxy: from its command line to its settings.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::Source;
use crate::parse::parse;

use super::api_server;
use super::component::{Component, Program};
use super::etcd;
use super::expansion::Environment;
use super::flag_table::FlagTable;
use super::flags::{self, Argument};
use super::gates;
use super::policy;
use super::proxy;
use super::setting::{Effective, Origin, Overridden, Setting};
use super::template;
use super::version::Version;
use super::view::View;

/// The component with a command line (without the binary). etcd also reads its environment, and the file of
/// `--config-file`, which `find` gives if it is in the repository.
pub fn component(
    program: Program,
    version: Option<Version>,
    arguments: &[Argument],
    environment: &Environment,
    find: &dyn Fn(&str) -> Option<Arc<Source>>,
) -> Component {
    let read = RefCell::new(Vec::new());
    let find = &|path: &str| {
        let source = find(path)?;
        read.borrow_mut().push(Arc::clone(&source));
        Some(source)
    };
    let table = FlagTable::of(program, version);
    let flags = flags::read(program, &table, arguments);
    let mut component = Component::new(program);
    component.version = version;
    component.settings = flags.settings;
    component.settings.remove("help");
    component.refused = flags.refused;
    component.warnings = flags.warnings;
    match program {
        Program::Etcd => etcd::complete(&mut component, &table, &flags.given, environment, find),
        Program::ApiServer => {
            api_server::check(&mut component);
            complete_api_server(&mut component);
            policy::load_files(&mut component, find);
        }
        Program::Scheduler => {
            leave_to_file(&mut component, &SCHEDULER_FILE);
            read_scheduler_file(&mut component, find);
        }
        Program::Proxy => {
            let flags: Vec<_> = table.iter().map(|flag| flag.name).filter(|name| !PROXY_FLAGS.contains(name)).collect();
            leave_to_file(&mut component, &flags);
            read_proxy_file(&mut component, find);
        }
        Program::ControllerManager | Program::Kubelet => {}
    }
    api_server::check_ciphers(&mut component, "tls-cipher-suites");
    if program != Program::Etcd
        && let Some(gates) = component.settings.get("feature-gates")
    {
        component.refused.extend(gates::check(gates, version));
    }
    policy::load_kubeconfigs(&mut component, find);
    component.read = read.take();
    component
}

/// Flags that kube-scheduler ignores when `--config` is given (`DeprecatedOptions`).
const SCHEDULER_FILE: [&str; 6] =
    ["contention-profiling", "kube-api-burst", "kube-api-content-type", "kube-api-qps", "kubeconfig", "profiling"];

/// Flags that kube-proxy heeds even when `--config` is given.
const PROXY_FLAGS: [&str; 11] = [
    "cleanup",
    "config",
    "help",
    "hostname-override",
    "init-only",
    "master",
    "v",
    "version",
    "vmodule",
    "windows-service",
    "write-config-to",
];

/// Fields of the KubeSchedulerConfiguration that flags set otherwise, both true by default.
const SCHEDULER_FIELDS: [(&str, &str); 2] =
    [("profiling", "enableProfiling"), ("contention-profiling", "enableContentionProfiling")];

fn read_scheduler_file(component: &mut Component, find: &dyn Fn(&str) -> Option<Arc<Source>>) {
    let path = component.settings.get("config").and_then(Setting::known).and_then(Value::as_str).unwrap_or_default();
    let Some(source) = find(path) else { return };
    let Some(Ok(document)) = parse(&source).documents.into_iter().next() else { return };
    let root = View::root(&source, &document);
    for (flag, field) in SCHEDULER_FIELDS {
        let Some(setting) = component.settings.get_mut(flag) else { continue };
        let unknown = root.get(field).and_then(|view| template::reason(view.as_text(), true));
        setting.value = match unknown {
            Some(reason) => Effective::Unknown(reason),
            None => Effective::Known(json!(root.boolean(field).unwrap_or(true))),
        };
        setting.origin = if root.get(field).is_some() { Origin::File } else { Origin::Default };
        setting.place = root.get(field).map(View::place);
    }
}

fn read_proxy_file(component: &mut Component, find: &dyn Fn(&str) -> Option<Arc<Source>>) {
    let path = component.settings.get("config").and_then(Setting::known).and_then(Value::as_str).unwrap_or_default();
    let Some(source) = find(path) else { return };
    let Some(Ok(document)) = parse(&source).documents.into_iter().next() else { return };
    let file = proxy::of_document(View::root(&source, &document), component.version);
    component.refused.extend(file.refused);
    component.ignored.extend(file.ignored);
    component.warnings.extend(file.warnings);
    for (name, mut setting) in file.settings.into_iter().filter(|(name, _)| !PROXY_FLAGS.contains(&name.as_str())) {
        let flag = component.settings.remove(&name);
        setting.overridden.extend(flag.into_iter().flat_map(|flag| flag.overridden));
        component.settings.insert(name, setting);
    }
}

/// With a configuration file these settings are what the file says.
fn leave_to_file(component: &mut Component, flags: &[&str]) {
    let Some(config) = component.settings.get("config").cloned() else { return };
    let reason = match &config.value {
        Effective::Known(path) if is_empty(path) => return,
        Effective::Known(path) => {
            format!("{} decides: with --config the flag is ignored", path.as_str().unwrap_or_default())
        }
        Effective::Unknown(reason) => reason.clone(),
    };
    for flag in flags {
        let Some(setting) = component.settings.get_mut(*flag) else { continue };
        let text = setting.known().map(ToString::to_string).unwrap_or_default();
        let given = setting.place.take().filter(|_| setting.origin == Origin::Flag);
        setting.overridden.extend(given.map(|place| Overridden { text, place, why: reason.clone() }));
        setting.value = Effective::Unknown(reason.clone());
        setting.origin = Origin::File;
        setting.place.clone_from(&config.place);
        setting.rule = "the file of --config decides";
    }
}

/// What the API server makes of its flags (`BuiltInAuthorizationOptions.Complete`, `ApplyAuthorization`).
fn complete_api_server(component: &mut Component) {
    let empty = |name: &str| component.settings.get(name).and_then(Setting::known).is_none_or(is_empty);
    let (modes_empty, without_file) = (empty("authorization-mode"), empty("authorization-config"));
    let known = |name: &str| component.settings.get(name).is_some_and(|setting| setting.known().is_some());
    let decidable = known("authorization-mode") && known("authorization-config");
    if let Some(modes) =
        component.settings.get_mut("authorization-mode").filter(|_| decidable && modes_empty && without_file)
    {
        let given = modes.place.clone().filter(|_| modes.origin == Origin::Flag);
        let why = "an empty list means AlwaysAllow".to_owned();
        modes.overridden.extend(given.map(|place| Overridden { text: String::new(), place, why }));
        modes.value = Effective::Known(json!(["AlwaysAllow"]));
        modes.origin = Origin::Default;
        modes.rule = "without any mode every request is allowed";
    }
    let Some(modes) = component.settings.get("authorization-mode").cloned() else { return };
    let allows_all =
        modes.known().and_then(Value::as_array).is_some_and(|modes| modes.iter().any(|mode| mode == "AlwaysAllow"));
    let anonymous = component
        .settings
        .get_mut("anonymous-auth")
        .filter(|setting| allows_all && setting.known() == Some(&json!(true)));
    if let Some(anonymous) = anonymous {
        let why = "the authorization mode AlwaysAllow switches anonymous requests off".to_owned();
        let given = anonymous.place.take().filter(|_| anonymous.origin == Origin::Flag);
        anonymous.overridden.extend(given.map(|place| Overridden { text: "true".to_owned(), place, why }));
        anonymous.value = Effective::Known(json!(false));
        anonymous.origin = modes.origin;
        anonymous.place = modes.place;
        anonymous.rule = "the authorization mode AlwaysAllow switches anonymous requests off";
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value == "" || value.is_null()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api_server(words: &[&str]) -> Component {
        let arguments: Vec<_> = words.iter().map(|&word| Argument::new(word, None)).collect();
        let version = Some(Version::new(1, 33));
        component(Program::ApiServer, version, &arguments, &Environment::default(), &|_| None)
    }

    #[test]
    fn an_api_server_without_modes_allows_everything_but_anonymous_requests() {
        let open = api_server(&["--anonymous-auth=true"]);
        assert_eq!(open.settings["authorization-mode"].known(), Some(&json!(["AlwaysAllow"])));
        assert_eq!(open.settings["anonymous-auth"].known(), Some(&json!(false)));
        let usual = api_server(&["--authorization-mode=Node,RBAC"]);
        assert_eq!(usual.settings["anonymous-auth"].known(), Some(&json!(true)));
        assert_eq!(api_server(&["--authorization-config=/x"]).settings["authorization-mode"].known(), Some(&json!([])));
    }

    #[test]
    fn a_configuration_file_decides_over_flags() {
        let arguments = ["--config=/x", "--profiling=false"].map(|word| Argument::new(word, None));
        let version = Some(Version::new(1, 33));
        let scheduler = |find: &dyn Fn(&str) -> Option<Arc<Source>>| {
            component(Program::Scheduler, version, &arguments, &Environment::default(), find)
        };
        let hidden = scheduler(&|_| None);
        assert!(matches!(hidden.settings["profiling"].value, Effective::Unknown(_)));
        assert_eq!(hidden.settings["bind-address"].known(), Some(&json!("0.0.0.0")));
        let seen = scheduler(&|_| Some(Arc::new(Source::new("s.yaml", "enableContentionProfiling: false\n"))));
        assert_eq!(seen.settings["profiling"].known(), Some(&json!(true)));
        assert_eq!(seen.settings["contention-profiling"].origin, Origin::File);
    }

    #[test]
    fn the_file_of_kube_proxy_decides_over_its_flags() {
        let arguments = ["--config=/p", "--metrics-bind-address=0.0.0.0:10249"].map(|word| Argument::new(word, None));
        let text = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\nmodus: x\n";
        let find = |path: &str| (path == "/p").then(|| Arc::new(Source::new("p.yaml", text)));
        let version = Some(Version::new(1, 33));
        let proxy = component(Program::Proxy, version, &arguments, &Environment::default(), &find);
        assert_eq!(proxy.settings["proxy-mode"].known(), Some(&json!("ipvs")));
        assert_eq!(proxy.settings["metrics-bind-address"].known(), Some(&json!("127.0.0.1:10249")));
        assert_eq!((proxy.ignored.len(), proxy.read.len()), (1, 1));
    }

    #[test]
    fn files_that_flags_name_are_loaded() {
        let text = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n";
        let find = |path: &str| (path == "/audit.yaml").then(|| Arc::new(Source::new("audit.yaml", text)));
        let words = ["--audit-policy-file=/audit.yaml", "--encryption-provider-config=/other.yaml"];
        let arguments = words.map(|word| Argument::new(word, None));
        let server = component(Program::ApiServer, None, &arguments, &Environment::default(), &find);
        assert_eq!(server.files["audit-policy-file"].to_json().unwrap()["rules"][0]["level"], "None");
        assert!(matches!(server.files["encryption-provider-config"], policy::PolicyFile::Unknown(_)));
        assert_eq!(server.files.len(), 2);
    }

    #[test]
    fn gates_of_another_version_are_refused() {
        assert_eq!(api_server(&["--feature-gates=NoSuchGate=true"]).refused.len(), 1);
        assert!(api_server(&["--feature-gates=kube:AllAlpha=false"]).refused.is_empty());
    }
}
