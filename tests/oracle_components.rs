//! Components as the real programs make them: every case of `oracle/node/kubelet` and `oracle/node/policy` of the shared folder.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::model::Source;
use portcullis::node::component::Component;
use portcullis::node::flag_table::FlagTable;
use portcullis::node::policy::admission::PodSecurityState;
use portcullis::node::policy::audit::Request;
use portcullis::node::policy::{Loaded, admission, audit, encryption};
use portcullis::node::version::Version;
use portcullis::node::view::View;
use portcullis::node::{Effective, Entry, Origin, Tree, flags, kubelet, static_pod};
use portcullis::parse::parse;
use serde_json::{Value, json};

#[test]
fn kubelet() {
    compare("kubelet", |case, expected| {
        let tree = tree_of(&case.join("root"));
        let line = kubelet::command_line(&tree).unwrap_or_default();
        let component = kubelet::component_of_node(&tree, VERSION).ok_or("no kubelet")?;
        let argv = (line.refused.is_empty()).then(|| line.arguments.iter().map(|a| a.text.clone()).collect::<Vec<_>>());
        same("argv", &expected["argv"], &serde_json::to_value(argv).unwrap())?;
        let refused: Vec<_> = component.refused.iter().map(|problem| problem.message.as_str()).collect();
        if let Some(effective) = expected.get("effective") {
            let keys = effective.as_object().unwrap();
            assert_eq!(keys.len(), 26);
            keys.iter().try_for_each(|(key, value)| same(key, value, &known(&component, key)))?;
            if expected["validationError"].is_null() && !refused.is_empty() {
                return Err(format!("refused: {refused:?}"));
            }
        } else if refused.is_empty() {
            return Err(format!("not refused: {}", expected["kubeletError"]));
        }
        Ok(())
    });
}

#[test]
fn audit_policies() {
    let probes = shared("oracle/node/policy").map(|root| fs::read_to_string(root.join("probes.json")).unwrap());
    let probes: Vec<Value> = serde_json::from_str(&probes.unwrap_or("[]".to_owned())).unwrap();
    compare("policy/audit", |case, expected| {
        let loaded = audit::load(&source_of(&case.join("in.yaml")), VERSION);
        let Some(expected) = accepted(&loaded, expected)? else { return Ok(()) };
        let policy = loaded.value.as_ref().unwrap();
        for probe in &probes {
            let name = probe["Name"].as_str().unwrap();
            let decision = policy.decide(&request(probe));
            let found = json!({
                "level": decision.level, "omitStages": decision.omit_stages, "omitManagedFields": decision.omit_managed_fields,
            });
            let mut expected = expected["probes"][name].clone();
            expected["omitStages"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
            same(name, &expected, &found)?;
        }
        Ok(())
    });
}

#[test]
fn encryption_configurations() {
    compare("policy/encryption", |case, expected| {
        let loaded = encryption::load(&source_of(&case.join("in.yaml")), VERSION);
        let Some(expected) = accepted(&loaded, expected)? else { return Ok(()) };
        let encryption = loaded.value.as_ref().unwrap();
        for (resource, prefix) in expected["write"].as_object().unwrap() {
            let found = encryption.writer(resource).and_then(encryption::Provider::prefix);
            same(resource, prefix, &found.unwrap_or("identity".to_owned()).into())?;
        }
        Ok(())
    });
}

#[test]
fn admission_configurations() {
    compare("policy/admission", |case, expected| {
        let find = |path: &str| {
            Some(source_of(&case.join(path.trim_start_matches('/')))).filter(|_| case.join(&path[1..]).exists())
        };
        let loaded = admission::load(&source_of(&case.join("in.yaml")), "/in.yaml", &find, VERSION);
        let mut expected = expected.clone();
        // The oracle loads first and validates in a second step; the plugin refuses to start in either case.
        if !expected["ok"]["PodSecurity"]["validation"].is_null() {
            expected = json!({"error": expected["ok"]["PodSecurity"]["validation"]});
        }
        let Some(expected) = accepted(&loaded, &expected)? else { return Ok(()) };
        let found = match &loaded.value.as_ref().unwrap().pod_security {
            PodSecurityState::Known(known) => {
                let (defaults, exempt) = (&known.defaults, &known.exemptions);
                json!({
                    "Enforce": defaults.enforce, "EnforceVersion": defaults.enforce_version, "Audit": defaults.audit,
                    "AuditVersion": defaults.audit_version, "Warn": defaults.warn, "WarnVersion": defaults.warn_version,
                    "exempt": [exempt.usernames.len(), exempt.namespaces.len(), exempt.runtime_classes.len()],
                })
            }
            other => {
                return same("PodSecurity", &expected["PodSecurity"], &Value::Null)
                    .map_err(|e| format!("{e} {other:?}"));
            }
        };
        let mut wanted = expected["PodSecurity"]["defaults"].clone();
        let exempt = |key: &str| expected["PodSecurity"]["exemptions"][key].as_array().map_or(0, Vec::len);
        wanted["exempt"] = json!([exempt("Usernames"), exempt("Namespaces"), exempt("RuntimeClasses")]);
        same("PodSecurity", &wanted, &found)
    });
}

/// The static pods that kubeadm rendered, read back to the flags of `expected.json`.
#[test]
fn static_pods_of_kubeadm() {
    compare("kubeadm", |case, expected| {
        for (name, component) in expected["components"].as_object().into_iter().flatten() {
            let source = source_of(&case.join(format!("out/{name}.yaml")));
            let Some(Ok(document)) = parse(&source).documents.into_iter().next() else {
                return Err(format!("{name} cannot be read"));
            };
            let pods = static_pod::read(View::root(&source, &document).get("spec").ok_or("no spec")?);
            let pod = pods.first().ok_or("no component")?;
            let version = if name == "etcd" { pod.version } else { VERSION };
            let flags = flags::read(pod.program, &FlagTable::of(pod.program, version), &pod.arguments);
            let texts: BTreeMap<_, Vec<_>> =
                flags.given.iter().map(|(name, given)| (name, given.iter().map(|one| &one.text).collect())).collect();
            same(name, &component["flags"], &serde_json::to_value(texts).unwrap())?;
            let computed = pod.component(&Tree::default(), VERSION);
            // kubeadm passes a mode on that it warns of, and the API server does not start with it.
            let modes = flags.given.get("authorization-mode").into_iter().flatten();
            let is_known = modes.flat_map(|given| given.text.split(',')).all(|mode| MODES.contains(&mode));
            if computed.refused.is_empty() != is_known {
                return Err(format!("{name} is refused, and its modes are known ({is_known}): {:?}", computed.refused));
            }
            let placed =
                |setting: &portcullis::node::Setting| setting.origin != Origin::Flag || setting.place.is_some();
            assert!(computed.settings.values().all(placed));
        }
        Ok(())
    });
}

const VERSION: Option<Version> = Some(Version::new(1, 33));

/// What an accepted file comes to; `None` for one that both sides refuse.
fn accepted<'e, T>(loaded: &Loaded<T>, expected: &'e Value) -> Result<Option<&'e Value>, String> {
    match (expected.get("ok"), loaded.is_accepted()) {
        (Some(ok), true) => Ok(Some(ok)),
        (None, false) => {
            let placed = loaded.refused.iter().all(|problem| problem.place.is_some());
            if placed { Ok(None) } else { Err(format!("without a place: {:?}", loaded.refused)) }
        }
        (Some(_), false) => Err(format!("refused: {:?}", loaded.refused)),
        (None, true) => Err(format!("not refused: {}", expected["error"])),
    }
}

fn request(probe: &Value) -> Request {
    let text = |key: &str| probe[key].as_str().unwrap_or_default().to_owned();
    let groups = probe["Groups"].as_array().into_iter().flatten().map(|group| group.as_str().unwrap().to_owned());
    Request {
        user: text("User"),
        groups: groups.collect(),
        verb: text("Verb"),
        group: text("Group"),
        resource: text("Resource"),
        subresource: text("Sub"),
        namespace: text("NS"),
        name: text("ObjName"),
        path: text("Path"),
    }
}

/// The authorization modes that the API server knows.
const MODES: [&str; 6] = ["AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"];

fn source_of(path: &Path) -> Arc<Source> {
    Arc::new(Source::new(path.to_string_lossy(), fs::read_to_string(path).unwrap_or_default()))
}

fn known(component: &Component, key: &str) -> Value {
    match &component.settings[key].value {
        Effective::Known(value) => value.clone(),
        Effective::Unknown(reason) => format!("unknown: {reason}").into(),
    }
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}")) }
}

/// Runs every case of a folder, prints the figure and fails on any difference.
fn compare(folder: &str, judge: impl Fn(&Path, &Value) -> Result<(), String>) {
    let Some(root) = shared(&format!("oracle/node/{folder}")) else { return };
    let mut cases: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expected.json").is_file());
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = fs::read_to_string(case.join("expected.json")).unwrap();
        if let Err(message) = judge(case, &serde_json::from_str(&expected).unwrap()) {
            wrong.push(format!("{}: {message}", case.file_name().unwrap().to_string_lossy()));
        }
    }
    println!("oracle/node/{folder}: {} of {} cases agree", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var("PORTCULLIS_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let path = Path::new(&root).join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn tree_of(root: &Path) -> Tree {
    let mut entries = Vec::new();
    collect(root, root, &mut entries);
    Tree::new(entries)
}

fn collect(root: &Path, directory: &Path, entries: &mut Vec<(String, Entry)>) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()) {
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(root, &path, entries);
        } else if kind.is_symlink() {
            entries.push((name, Entry::Link(fs::read_link(&path).unwrap().to_string_lossy().into_owned())));
        } else {
            let source = Arc::new(Source::new(name.as_str(), fs::read_to_string(&path).unwrap()));
            entries.push((name, Entry::File { source, byte_order_mark: false }));
        }
    }
}
