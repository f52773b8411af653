//! The file of `--admission-control-config-file`, and the PodSecurityConfiguration in it or named by it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::model::Source;
use crate::node::Note;
use crate::node::name::{is_label, is_subdomain};
use crate::node::version::Version;
use crate::node::view::View;

use super::{Format, Loaded};

const FORMAT: Format = Format {
    kind: "AdmissionConfiguration",
    accepted: &[
        ("apiserver.config.k8s.io/v1", "AdmissionConfiguration"),
        ("apiserver.k8s.io/v1alpha1", "AdmissionConfiguration"),
    ],
    strict: true,
};

const POD_SECURITY: Format = Format {
    kind: "PodSecurityConfiguration",
    accepted: &[
        ("pod-security.admission.config.k8s.io/v1", "PodSecurityConfiguration"),
        ("pod-security.admission.config.k8s.io/v1beta1", "PodSecurityConfiguration"),
        ("pod-security.admission.config.k8s.io/v1alpha1", "PodSecurityConfiguration"),
    ],
    strict: true,
};

/// An admission configuration.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Admission {
    /// The plugins that are configured; of several entries for one plugin the first counts.
    pub plugins: Vec<Plugin>,
    /// What PodSecurity runs with.
    pub pod_security: PodSecurityState,
}

/// A plugin's entry.
#[derive(Debug, Clone, Serialize)]
pub struct Plugin {
    /// The name of the plugin.
    pub name: String,
    /// The file with its configuration, absolute; `None` when the configuration is inline or absent.
    pub path: Option<String>,
    /// The inline configuration.
    pub configuration: Option<serde_json::Value>,
}

/// What is known about the plugin PodSecurity.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PodSecurityState {
    /// It has no entry, and runs with its defaults.
    Unset,
    /// Its configuration.
    Known(PodSecurity),
    /// Why its configuration is not known.
    Unknown(String),
}

/// A PodSecurityConfiguration with its defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PodSecurity {
    /// The levels of namespaces without labels.
    pub defaults: Defaults,
    /// What is let through unchecked.
    pub exemptions: Exemptions,
}

/// The levels and versions for namespaces without labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // The names are those of the file.
pub struct Defaults {
    pub enforce: String,
    pub enforce_version: String,
    pub audit: String,
    pub audit_version: String,
    pub warn: String,
    pub warn_version: String,
}

/// What PodSecurity lets through unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // The names are those of the file.
pub struct Exemptions {
    pub usernames: Vec<String>,
    pub namespaces: Vec<String>,
    pub runtime_classes: Vec<String>,
}

/// Loads an admission configuration that the API server finds at `path`, getting the files that it names from `find`, which
/// gives `None` for a file that is not in the repository.
pub fn load(
    source: &Arc<Source>,
    path: &str,
    find: &dyn Fn(&str) -> Option<Arc<Source>>,
    version: Option<Version>,
) -> Loaded<Admission> {
    let mut warnings = Vec::new();
    let mut loaded = super::load(source, &FORMAT, version, |view, refused| {
        let entries = view.items("plugins");
        let plugins = entries.iter().map(|&entry| plugin(entry, path)).collect();
        let entry = entries.into_iter().find(|entry| entry.text("name") == "PodSecurity");
        let pod_security = match entry {
            None => PodSecurityState::Unset,
            Some(entry) => pod_security(entry, &plugin(entry, path), find, version, refused, &mut warnings),
        };
        Admission { plugins, pod_security }
    });
    loaded.warnings.extend(warnings);
    loaded
}

/// Loads a PodSecurityConfiguration that has a file of its own.
pub fn load_pod_security(source: &Arc<Source>, version: Option<Version>) -> Loaded<PodSecurity> {
    super::load(source, &POD_SECURITY, version, read_pod_security)
}

fn plugin(view: View<'_>, path: &str) -> Plugin {
    let configuration = view.get("configuration").map(|inline| inline.document.to_json(inline.id));
    let named = Some(view.text("path")).filter(|named| !named.is_empty() && configuration.is_none());
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let absolute = |named: &str| if named.starts_with('/') { named.to_owned() } else { format!("{directory}/{named}") };
    Plugin { name: view.text("name").to_owned(), path: named.map(absolute), configuration }
}

fn pod_security(
    entry: View<'_>,
    plugin: &Plugin,
    find: &dyn Fn(&str) -> Option<Arc<Source>>,
    version: Option<Version>,
    refused: &mut Vec<Note>,
    warnings: &mut Vec<Note>,
) -> PodSecurityState {
    if let Some(inline) = entry.get("configuration") {
        warnings.extend(super::check(inline, &POD_SECURITY, version, refused));
        return PodSecurityState::Known(read_pod_security(inline, refused));
    }
    let Some(path) = &plugin.path else {
        return PodSecurityState::Known(PodSecurity { defaults: defaults(None), exemptions: Exemptions::default() });
    };
    let Some(source) = find(path) else {
        let reason = format!("{path} is not in the repository");
        warnings.push(entry.problem_of("path", reason.clone()));
        return PodSecurityState::Unknown(reason);
    };
    if source.text().is_empty() {
        return PodSecurityState::Known(PodSecurity { defaults: defaults(None), exemptions: Exemptions::default() });
    }
    let loaded = load_pod_security(&source, version);
    refused.extend(loaded.refused);
    warnings.extend(loaded.warnings);
    loaded.value.map_or_else(|| PodSecurityState::Unknown(format!("{path} cannot be read")), PodSecurityState::Known)
}

fn read_pod_security(view: View<'_>, refused: &mut Vec<Note>) -> PodSecurity {
    let given = view.get("defaults");
    for mode in ["enforce", "audit", "warn"] {
        let Some(given) = given else { break };
        let level = given.text(mode);
        if !matches!(level, "" | "privileged" | "baseline" | "restricted") {
            refused.push(given.problem_of(mode, format!("`{level}` is none of privileged, baseline and restricted")));
        }
        let key = format!("{mode}-version");
        let version = given.text(&key);
        if !version.is_empty() && !is_pod_security_version(version) {
            refused.push(given.problem_of(&key, format!("`{version}` is neither `latest` nor of the form `v1.30`")));
        }
    }
    PodSecurity { defaults: defaults(given), exemptions: exemptions(view.get("exemptions"), refused) }
}

fn defaults(given: Option<View<'_>>) -> Defaults {
    let text = |key: &str, default: &str| {
        let text = given.map_or("", |given| given.text(key));
        (if text.is_empty() { default } else { text }).to_owned()
    };
    Defaults {
        enforce: text("enforce", "privileged"),
        enforce_version: text("enforce-version", "latest"),
        audit: text("audit", "privileged"),
        audit_version: text("audit-version", "latest"),
        warn: text("warn", "privileged"),
        warn_version: text("warn-version", "latest"),
    }
}

fn is_pod_security_version(version: &str) -> bool {
    let minor = version.strip_prefix("v1.").unwrap_or_default();
    let number = !minor.is_empty()
        && minor.bytes().all(|byte| byte.is_ascii_digit())
        && (minor == "0" || !minor.starts_with('0'));
    version == "latest" || number
}

fn exemptions(given: Option<View<'_>>, refused: &mut Vec<Note>) -> Exemptions {
    let Some(given) = given else { return Exemptions::default() };
    let mut unique = |key: &str, valid: fn(&str) -> bool| {
        let mut seen = BTreeSet::new();
        for item in given.items(key) {
            if !valid(item.as_text()) {
                refused.push(item.problem(format!("`{}` cannot be exempted: it is no such name", item.as_text())));
            } else if !seen.insert(item.as_text()) {
                refused.push(item.problem(format!("`{}` is exempted twice", item.as_text())));
            }
        }
        given.strings(key)
    };
    Exemptions {
        usernames: unique("usernames", |name| !name.is_empty()),
        namespaces: unique("namespaces", is_label),
        runtime_classes: unique("runtimeClasses", is_subdomain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(plugins: &str) -> Loaded<Admission> {
        let text = format!("apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n{plugins}");
        let file = "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\ndefaults: {enforce: baseline}\n";
        let find = |path: &str| (path == "/etc/k/psa.yaml").then(|| Arc::new(Source::new("psa.yaml", file)));
        load(&Arc::new(Source::new("a.yaml", text)), "/etc/k/a.yaml", &find, None)
    }

    fn enforce(loaded: &Loaded<Admission>) -> String {
        match &loaded.value.as_ref().unwrap().pod_security {
            PodSecurityState::Known(config) => config.defaults.enforce.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_configuration_is_inline_or_in_a_file() {
        assert_eq!(enforce(&config("- {name: PodSecurity, path: psa.yaml}\n- {name: PodSecurity}\n")), "baseline");
        assert_eq!(enforce(&config("- {name: PodSecurity}\n")), "privileged");
        let missing = config("- {name: PodSecurity, path: other.yaml}\n");
        assert!(matches!(missing.value.as_ref().unwrap().pod_security, PodSecurityState::Unknown(_)));
        assert!(missing.is_accepted());
        assert!(matches!(config("- {name: Other}\n").value.unwrap().pod_security, PodSecurityState::Unset));
    }

    #[test]
    fn mistakes_are_refused() {
        let inline = |defaults: &str| {
            config(&format!(
                "- name: PodSecurity\n  configuration:\n    apiVersion: pod-security.admission.config.k8s.io/v1\n    \
                 kind: PodSecurityConfiguration\n    defaults: {{{defaults}}}\n"
            ))
        };
        assert!(inline("enforce: restricted, enforce-version: v1.30").is_accepted());
        for bad in ["enforce: high", "enforce-version: '1.25'", "enforceVersion: latest", "enforce: 1"] {
            assert_eq!(inline(bad).refused.len(), 1, "{bad}");
        }
    }
}
