//! A control-plane component, etcd or kube-proxy: from its command line to its settings.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::Source;

use super::component::{Component, Program};
use super::etcd;
use super::expansion::Environment;
use super::flag_table::FlagTable;
use super::flags::{self, Argument};
use super::gates;
use super::setting::{Effective, Origin, Overridden, Setting};
use super::version::Version;

/// The component with a command line (without the binary). etcd also reads its environment, and the file of
/// `--config-file`, which `find` gives if it is in the repository.
pub fn component(
    program: Program,
    version: Option<Version>,
    arguments: &[Argument],
    environment: &Environment,
    find: &dyn Fn(&str) -> Option<Arc<Source>>,
) -> Component {
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
        Program::ApiServer => complete_api_server(&mut component),
        _ => {}
    }
    if program != Program::Etcd
        && let Some(gates) = component.settings.get("feature-gates")
    {
        component.refused.extend(gates::check(gates, version));
    }
    component
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
    fn gates_of_another_version_are_refused() {
        assert_eq!(api_server(&["--feature-gates=NoSuchGate=true"]).refused.len(), 1);
        assert!(api_server(&["--feature-gates=kube:AllAlpha=false"]).refused.is_empty());
    }
}
