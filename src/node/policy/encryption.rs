//! The file of `--encryption-provider-config`: which resources are written to etcd encrypted, and with what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::model::{Location, Source};
use crate::node::Note;
use crate::node::go;
use crate::node::version::Version;
use crate::node::view::View;

use super::{Format, Loaded};

const FORMAT: Format = Format {
    kind: "EncryptionConfiguration",
    accepted: &[("apiserver.config.k8s.io/v1", "EncryptionConfiguration"), ("v1", "EncryptionConfig")],
    strict: true,
};

/// An encryption configuration.
#[derive(Debug, Clone, Serialize)]
pub struct Encryption {
    /// Its entries, in order.
    pub resources: Vec<Entry>,
}

/// Some resources and the providers for them, of which the first writes.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// `secrets`, `deployments.apps`, `*.apps`, `*.`, `*.*`.
    pub resources: Vec<String>,
    /// The providers.
    pub providers: Vec<Provider>,
    /// Where the entry is written.
    #[serde(skip)]
    pub place: Location,
}

/// A provider.
#[derive(Debug, Clone, Serialize)]
pub struct Provider {
    /// `aescbc`, `aesgcm`, `secretbox`, `kms` or `identity`.
    pub kind: &'static str,
    /// The name of the first key, or of the KMS plugin; empty for `identity`.
    pub name: String,
    /// `v1` or `v2` of a KMS plugin.
    #[serde(rename = "apiVersion", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Where the provider is written.
    #[serde(skip)]
    pub place: Location,
}

/// The kinds of providers.
const KINDS: [&str; 5] = ["kms", "aesgcm", "aescbc", "secretbox", "identity"];

/// Loads an encryption configuration.
pub fn load(source: &Arc<Source>, version: Option<Version>) -> Loaded<Encryption> {
    super::load(source, &FORMAT, version, read)
}

impl Encryption {
    /// The provider that writes a resource (`secrets`, `deployments.apps`); `None` for one that no entry names, which is
    /// written as it is.
    pub fn writer(&self, resource: &str) -> Option<&Provider> {
        let (_, group) = group_resource(resource);
        let wanted = [group_resource(resource), ("*", group), ("*", "*")];
        let entry_of = |wanted| {
            self.resources.iter().find(|entry| entry.resources.iter().any(|name| group_resource(name) == wanted))
        };
        wanted.into_iter().find_map(entry_of)?.providers.first()
    }
}

impl Provider {
    /// What stands in front of every value that it writes; `None` for plain text.
    pub fn prefix(&self) -> Option<String> {
        match (self.kind, &self.api_version) {
            ("identity", _) => None,
            ("kms", Some(version)) => Some(format!("k8s:enc:kms:{version}:{}", self.name)),
            (kind, _) => Some(format!("k8s:enc:{kind}:v1:{}", self.name)),
        }
    }
}

/// `schema.ParseGroupResource`: resource and group.
fn group_resource(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or((name, ""))
}

fn read(view: View<'_>, refused: &mut Vec<Note>) -> Encryption {
    let items = view.items("resources");
    if items.is_empty() {
        refused.push(view.problem_of("resources", "at least one entry is needed"));
    }
    let mut plugins = BTreeSet::new();
    let entries: Vec<_> = items.iter().map(|&item| read_entry(item, &mut plugins, refused)).collect();
    masked(&items, refused);
    Encryption { resources: entries }
}

fn read_entry(view: View<'_>, plugins: &mut BTreeSet<String>, refused: &mut Vec<Note>) -> Entry {
    let (names, providers) = (view.items("resources"), view.items("providers"));
    if names.is_empty() {
        refused.push(view.problem_of("resources", "at least one resource is needed"));
    }
    if providers.is_empty() {
        refused.push(view.problem_of("providers", "at least one provider is needed"));
    }
    overlap(view, refused);
    for name in names {
        if let Some(message) = complaint(name.as_text()) {
            refused.push(name.problem(message));
        }
    }
    let providers = providers.into_iter().filter_map(|provider| read_provider(provider, plugins, refused));
    Entry { providers: providers.collect(), resources: view.strings("resources"), place: view.place() }
}

fn overlap(view: View<'_>, refused: &mut Vec<Note>) {
    let names = view.strings("resources");
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in &names {
        let (resource, group) = group_resource(name);
        if !groups.entry(group).or_default().insert(resource) {
            refused.push(view.problem_of("resources", format!("`{name}` is named twice in one list")));
        }
    }
    let wildcard = |resources: &BTreeSet<&str>| resources.len() > 1 && resources.contains("*");
    let everything = names.len() > 1 && groups.get("*").is_some_and(|resources| resources.contains("*"));
    if everything || groups.values().any(wildcard) {
        refused.push(view.problem_of("resources", "a resource and a wildcard that covers it stand in one list"));
    }
}

/// `validateResourceNames`.
fn complaint(name: &str) -> Option<&'static str> {
    let (resource, group) = group_resource(name);
    if name.chars().any(char::is_uppercase) {
        Some("a resource has no capital letters")
    } else if name == "*" {
        Some("use `*.` for the core group or `*.*` for everything")
    } else if ["apiserveripinfo", "serviceipallocations", "servicenodeportallocations"].contains(&name) {
        Some("what has no REST API cannot be encrypted")
    } else if group == "events.k8s.io" {
        Some("events are stored under `events`")
    } else if group == "extensions" {
        Some("the group `extensions` is gone")
    } else if group == "*" && resource != "*" {
        Some("one resource across groups is not supported")
    } else {
        None
    }
}

fn read_provider(view: View<'_>, plugins: &mut BTreeSet<String>, refused: &mut Vec<Note>) -> Option<Provider> {
    let found: Vec<_> = KINDS.into_iter().filter_map(|kind| Some((kind, view.get(kind)?))).collect();
    if found.len() > 1 {
        refused.push(view.problem("one element may hold one provider only"));
    }
    let Some(&(kind, config)) = found.first() else {
        refused
            .push(view.problem("the element holds none of the providers kms, aesgcm, aescbc, secretbox and identity"));
        return None;
    };
    let place = view.place();
    match kind {
        "identity" => Some(Provider { kind, name: String::new(), api_version: None, place }),
        "kms" => {
            let api_version = check_plugin(config, plugins, refused);
            Some(Provider { kind, name: config.text("name").to_owned(), api_version: Some(api_version), place })
        }
        _ => {
            check_keys(config, if kind == "secretbox" { &[32] } else { &[16, 24, 32] }, refused);
            let name = config.items("keys").first().map(|key| key.text("name").to_owned()).unwrap_or_default();
            Some(Provider { kind, name, api_version: None, place })
        }
    }
}

fn check_keys(view: View<'_>, sizes: &[usize], refused: &mut Vec<Note>) {
    let keys = view.items("keys");
    if keys.is_empty() {
        refused.push(view.problem_of("keys", "at least one key is needed"));
    }
    for key in keys {
        if key.text("name").is_empty() {
            refused.push(key.problem_of("name", "a key needs a name"));
        }
        // The secret is never shown.
        match base64_length(key.text("secret")) {
            Some(0) => refused.push(key.problem_of("secret", "a key needs a secret")),
            None => refused.push(key.problem_of("secret", "the secret is not base64")),
            Some(length) if !sizes.contains(&length) => {
                let message = format!("the secret has {length} bytes and has to have {}", one_of(sizes));
                refused.push(key.problem_of("secret", message));
            }
            Some(_) => {}
        }
    }
}

fn one_of(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ")
}

/// How many bytes a text in standard base64 with padding stands for; line ends do not count.
fn base64_length(text: &str) -> Option<usize> {
    let text: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = text.len() - padding;
    let plain = text.iter().take(body).all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
    (plain && padding <= 2 && text.len().is_multiple_of(4) && (padding == 0 || body % 4 > 1)).then_some(body * 3 / 4)
}

fn check_plugin(view: View<'_>, plugins: &mut BTreeSet<String>, refused: &mut Vec<Note>) -> String {
    let version = if view.text("apiVersion").is_empty() { "v1" } else { view.text("apiVersion") };
    let name = view.text("name");
    if name.is_empty() {
        refused.push(view.problem_of("name", "a KMS provider needs a name"));
    }
    if version != "v1" && (name.contains(':') || plugins.contains(name)) {
        refused.push(view.problem_of("name", "the name of a KMS provider has no colon and is not used twice"));
    }
    plugins.insert(name.to_owned());
    if view.get("timeout").and_then(|timeout| go::duration(timeout.as_text())).is_some_and(|timeout| timeout <= 0) {
        refused.push(view.problem_of("timeout", "the timeout has to be positive"));
    }
    if !view.text("endpoint").starts_with("unix:") {
        refused.push(view.problem_of("endpoint", "the endpoint has to be a `unix://` socket"));
    }
    match (version, view.get("cachesize")) {
        ("v1", Some(size)) if matches!(size.value(), crate::model::Value::Number(number) if number.as_i64() == Some(0)) =>
        {
            refused.push(size.problem("the cache size cannot be 0"));
        }
        ("v1", _) => {
            // The gate KMSv1 is off since 1.29.
            refused.push(view.problem_of("apiVersion", "KMS v1 is refused unless the feature gate KMSv1 is on"));
        }
        ("v2", Some(size)) => refused.push(size.problem("KMS v2 has no cache size")),
        ("v2", None) => {}
        _ => refused.push(view.problem_of("apiVersion", "only KMS v1 and v2 exist")),
    }
    version.to_owned()
}

/// An entry for what an earlier wildcard covers would never be used, and is refused.
fn masked(entries: &[View<'_>], refused: &mut Vec<Note>) {
    let mut wildcards = BTreeSet::new();
    for entry in entries {
        for name in entry.items("resources") {
            let (resource, group) = group_resource(name.as_text());
            if wildcards.contains(group) || wildcards.contains("*") {
                refused.push(name.problem(format!("`{}` is covered by an earlier wildcard", name.as_text())));
            }
            if resource == "*" {
                wildcards.insert(group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "keys: [{name: k, secret: MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}]";

    fn config(resources: &str) -> Loaded<Encryption> {
        let head = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n";
        load(&Arc::new(Source::new("e.yaml", format!("{head}{resources}"))), None)
    }

    #[test]
    fn the_first_provider_of_the_first_entry_writes() {
        let text = format!(
            "- resources: [secrets]\n  providers: [{{identity: {{}}}}, {{aescbc: {{{KEY}}}}}]\n- resources: ['*.*']\n  providers: [{{secretbox: {{{KEY}}}}}]\n"
        );
        let loaded = config(&text);
        assert!(loaded.is_accepted(), "{:?}", loaded.refused);
        let encryption = loaded.value.unwrap();
        assert_eq!(encryption.writer("secrets").unwrap().prefix(), None);
        assert_eq!(encryption.writer("deployments.apps").unwrap().prefix().as_deref(), Some("k8s:enc:secretbox:v1:k"));
    }

    #[test]
    fn mistakes_are_refused_with_their_line() {
        let bad = [
            "- resources: [secrets]\n  providers: []\n",
            "- resources: [secrets]\n  providers: [{aescbc: {keys: [{name: k, secret: YQ==}]}}]\n",
            "- resources: ['*']\n  providers: [{identity: {}}]\n",
            "- resources: [secrets, '*.']\n  providers: [{identity: {}}]\n",
            "- resources: ['*.']\n  providers: [{identity: {}}]\n- resources: [secrets]\n  providers: [{identity: {}}]\n",
            "- resources: [secrets]\n  providers: [{identity: {}}]\n  extra: 1\n",
            "- resources: [secrets]\n  providers: [{kms: {name: a, endpoint: 'unix:///x'}}]\n",
        ];
        for text in bad {
            assert_eq!(config(text).refused.len(), 1, "{text}: {:?}", config(text).refused);
        }
    }
}
