//! What etcd reads besides its flags: variables `ETCD_…`, and the file of `--config-file`, which makes it ignore both.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Source, Value};
use crate::node::Note;
use crate::parse::parse;

use super::component::Component;
use super::expansion::Environment;
use super::flag_kind::Kind;
use super::flag_table::{Flag, FlagTable};
use super::flags::Given;
use super::setting::{Effective, Origin, Overridden, Setting};
use super::template;
use super::view::View;

/// Flags that the file calls otherwise: section, key there, flag (`securityConfig` in go.etcd.io/etcd/server/v3/embed).
const SECTIONS: [(&str, &str, &str); 18] = [
    ("client-transport-security", "cert-file", "cert-file"),
    ("client-transport-security", "key-file", "key-file"),
    ("client-transport-security", "client-cert-file", "client-cert-file"),
    ("client-transport-security", "client-key-file", "client-key-file"),
    ("client-transport-security", "client-cert-auth", "client-cert-auth"),
    ("client-transport-security", "trusted-ca-file", "trusted-ca-file"),
    ("client-transport-security", "auto-tls", "auto-tls"),
    ("client-transport-security", "allowed-hostnames", "client-cert-allowed-hostname"),
    ("peer-transport-security", "cert-file", "peer-cert-file"),
    ("peer-transport-security", "key-file", "peer-key-file"),
    ("peer-transport-security", "client-cert-file", "peer-client-cert-file"),
    ("peer-transport-security", "client-key-file", "peer-client-key-file"),
    ("peer-transport-security", "client-cert-auth", "peer-client-cert-auth"),
    ("peer-transport-security", "trusted-ca-file", "peer-trusted-ca-file"),
    ("peer-transport-security", "auto-tls", "peer-auto-tls"),
    ("peer-transport-security", "allowed-cns", "peer-cert-allowed-cn"),
    ("peer-transport-security", "allowed-hostnames", "peer-cert-allowed-hostname"),
    ("peer-transport-security", "skip-client-san-verification", "experimental-peer-skip-client-san-verification"),
];

/// Completes the settings of etcd's flags.
pub fn complete(
    component: &mut Component,
    table: &FlagTable,
    given: &BTreeMap<String, Vec<Given>>,
    environment: &Environment,
    find: &dyn Fn(&str) -> Option<Arc<Source>>,
) {
    // The variable for the file counts when the flag is not given, and decides whether the others count at all.
    for flag in table.iter().filter(|flag| flag.name == "config-file") {
        from_environment(component, flag, given, environment);
    }
    let file = component.settings.get("config-file").cloned();
    match file.as_ref().map(|setting| &setting.value) {
        Some(Effective::Known(serde_json::Value::String(path))) if !path.is_empty() => match find(path) {
            Some(source) => from_file(component, table, &source),
            None => all_unknown(component, &format!("{path} is not in the repository")),
        },
        Some(Effective::Unknown(reason)) => all_unknown(component, reason),
        _ => {
            for flag in table.iter().filter(|flag| flag.name != "config-file") {
                from_environment(component, flag, given, environment);
            }
        }
    }
}

/// `SetFlagsFromEnv`: a variable sets a flag that the command line does not, unless it is empty.
fn from_environment(
    component: &mut Component,
    flag: &Flag,
    given: &BTreeMap<String, Vec<Given>>,
    environment: &Environment,
) {
    let name = format!("ETCD_{}", flag.name.to_uppercase().replace('-', "_"));
    let Some(variable) = environment.variables.get(&name) else { return };
    let Some(setting) = component.settings.get_mut(flag.name) else { return };
    let place = variable.place.clone();
    let text = variable.value.clone().unwrap_or_default();
    if given.contains_key(flag.name) {
        let why = "a flag wins over the variable".to_owned();
        setting.overridden.insert(0, Overridden { text, place, why });
        return;
    }
    let value = match &variable.value {
        Ok(text) if text.is_empty() => return,
        Ok(text) => match flag.kind.set(None, text) {
            Ok(value) => Effective::Known(value),
            Err(message) => {
                component.refused.push(Note::new(format!("the variable {name}: {message}"), Some(place)));
                return;
            }
        },
        Err(reason) => Effective::Unknown(reason.clone()),
    };
    let rule = "the variable sets the flag";
    *setting = Setting {
        value,
        origin: Origin::Environment,
        place: Some(place),
        rule,
        adds: Vec::new(),
        overridden: Vec::new(),
    };
}

fn all_unknown(component: &mut Component, reason: &str) {
    for (_, setting) in component.settings.iter_mut().filter(|(name, _)| *name != "config-file") {
        setting.value = Effective::Unknown(reason.to_owned());
    }
}

/// With a file, flags and variables are ignored; what the file does not set has its default.
fn from_file(component: &mut Component, table: &FlagTable, source: &Arc<Source>) {
    let document = match parse(source).documents.into_iter().next() {
        Some(Ok(document)) => document,
        Some(Err((_, error))) => {
            let place = crate::model::Location { source: Arc::clone(source), span: error.span };
            component.refused.push(Note::new(error.message, Some(place)));
            all_unknown(component, &format!("etcd cannot read {}", source.path()));
            return;
        }
        None => return,
    };
    let root = View::root(source, &document);
    for flag in table.iter().filter(|flag| flag.name != "config-file") {
        let ignored = component.settings.remove(flag.name);
        let mut setting = in_file(root, flag.name)
            .map(|view| from_value(view, flag, component))
            .unwrap_or_else(|| Setting::of_default(flag.kind.default(flag.default)));
        if let Some((place, ignored)) = ignored.and_then(|ignored| Some((ignored.place.clone()?, ignored))) {
            let text = ignored.known().map(ToString::to_string).unwrap_or_default();
            let why = "etcd with a configuration file ignores flags and variables".to_owned();
            setting.overridden.push(Overridden { text, place, why });
        }
        component.settings.insert(flag.name.to_owned(), setting);
    }
}

fn in_file<'a>(root: View<'a>, flag: &str) -> Option<View<'a>> {
    match SECTIONS.iter().find(|(_, _, name)| *name == flag) {
        Some((section, key, _)) => root.get(section)?.get(key),
        None => root.get(flag),
    }
}

fn from_value(view: View<'_>, flag: &Flag, component: &mut Component) -> Setting {
    let place = Some(view.place());
    let setting = |value| Setting {
        value,
        origin: Origin::File,
        place: place.clone(),
        rule: "the configuration file sets it",
        adds: Vec::new(),
        overridden: Vec::new(),
    };
    let text = match view.value() {
        Value::String(text) => text.to_string(),
        Value::Sequence(_) => return setting(Effective::Known(view.document.to_json(view.id))),
        other => match (other, flag.kind) {
            // Durations are numbers of nanoseconds in the file.
            (Value::Number(number), Kind::Duration) => format!("{number}ns"),
            _ => view.document.to_json(view.id).to_string(),
        },
    };
    if let Some(reason) = template::reason(&text, true) {
        return setting(Effective::Unknown(reason));
    }
    match flag.kind.set(None, &text) {
        Ok(value) => setting(Effective::Known(value)),
        Err(message) => {
            component.refused.push(view.problem(format!("`{}`: {message}", flag.name)));
            Setting::of_default(flag.kind.default(flag.default))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::node::component::Program;
    use crate::node::control_plane;
    use crate::node::expansion::Variable;
    use crate::node::flags::Argument;
    use crate::node::version::Version;

    fn etcd(words: &[&str], variables: &[(&str, &str)], file: &'static str) -> Component {
        let source = Arc::new(Source::new("pod.yaml", ""));
        let place = || crate::model::Location { source: Arc::clone(&source), span: crate::model::Span::default() };
        let variable =
            |&(name, value): &(&str, &str)| (name.to_owned(), Variable { value: Ok(value.to_owned()), place: place() });
        let environment = Environment::new(variables.iter().map(variable).collect());
        let arguments: Vec<_> = words.iter().map(|&word| Argument::new(word, Some(place()))).collect();
        let find = |path: &str| (path == "/etcd.yaml").then(|| Arc::new(Source::new("etcd.yaml", file)));
        control_plane::component(Program::Etcd, Some(Version::new(3, 5)), &arguments, &environment, &find)
    }

    #[test]
    fn variables_fill_in_for_flags() {
        let etcd = etcd(
            &["--auto-tls=false"],
            &[("ETCD_AUTO_TLS", "true"), ("ETCD_CLIENT_CERT_AUTH", "true"), ("ETCD_NAME", "")],
            "",
        );
        assert_eq!(etcd.settings["auto-tls"].known(), Some(&json!(false)));
        assert_eq!(etcd.settings["auto-tls"].overridden.len(), 1);
        assert_eq!(etcd.settings["client-cert-auth"].origin, Origin::Environment);
        assert_eq!(etcd.settings["name"].origin, Origin::Default);
    }

    #[test]
    fn a_file_silences_flags_and_variables() {
        let file = "client-transport-security: {client-cert-auth: true}\nauto-compaction-retention: '1'\nheartbeat-interval: x\n";
        let etcd = etcd(&["--config-file=/etcd.yaml", "--peer-client-cert-auth=true"], &[("ETCD_NAME", "a")], file);
        assert_eq!(etcd.settings["client-cert-auth"].origin, Origin::File);
        assert_eq!(etcd.settings["peer-client-cert-auth"].known(), Some(&json!(false)));
        assert_eq!(etcd.settings["peer-client-cert-auth"].overridden.len(), 1);
        assert_eq!(etcd.settings["name"].known(), Some(&json!("default")));
        assert_eq!(etcd.refused.len(), 1);
    }

    #[test]
    fn a_file_outside_the_repository_leaves_everything_open() {
        let etcd = etcd(&["--config-file=/other.yaml"], &[], "");
        assert!(matches!(etcd.settings["client-cert-auth"].value, Effective::Unknown(_)));
    }
}
