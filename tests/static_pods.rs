//! Static pods by generated command lines: the value computed equals the one that the rules of pflag give. And no text,
//! however odd, crashes a reader of node files.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use portcullis::model::Source;
use portcullis::node::component::Component;
use portcullis::node::policy::{admission, audit, authentication, authorization, encryption};
use portcullis::node::version::Version;
use portcullis::node::view::View;
use portcullis::node::{Entry, Tree, kubelet, static_pod};
use portcullis::parse::parse;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A flag with a value, and how it is written.
#[derive(Debug, Clone)]
struct Flag {
    name: &'static str,
    value: String,
    style: usize,
}

impl Flag {
    /// `--f=v`, `--f v`, with `_` for `-`, or a bare switch.
    fn words(&self) -> Vec<String> {
        match self.style {
            0 => vec![format!("--{}={}", self.name, self.value)],
            1 if self.name != "profiling" => vec![format!("--{}", self.name), self.value.clone()],
            2 if self.value == "true" => vec![format!("--{}", self.name)],
            _ => vec![format!("--{}={}", self.name.replace('-', "_"), self.value)],
        }
    }
}

fn flag() -> impl Strategy<Value = Flag> {
    let scalar = (Just("secure-port"), "[1-9][0-9]{0,3}");
    let switch = (Just("profiling"), "true|false");
    let list =
        (Just("tls-cipher-suites"), "TLS_AES_(128_GCM_SHA256|256_GCM_SHA384)(,TLS_CHACHA20_POLY1305_SHA256){0,2}");
    let map = (Just("feature-gates"), "(AllAlpha|AllBeta)=(true|false)");
    let any = prop_oneof![scalar.boxed(), switch.boxed(), list.boxed(), map.boxed()];
    (any, 0..4_usize).prop_map(|((name, value), style)| Flag { name, value, style })
}

/// The rules of pflag, written down once more: the last scalar wins, slices add, maps merge.
fn expected(flags: &[Flag]) -> Map<String, Value> {
    let mut values = Map::new();
    for flag in flags {
        let value = match flag.name {
            "secure-port" => json!(flag.value.parse::<u32>().unwrap()),
            "profiling" => json!(flag.value == "true"),
            "tls-cipher-suites" => {
                let mut list = values.get(flag.name).and_then(Value::as_array).cloned().unwrap_or_default();
                list.extend(flag.value.split(',').map(Value::from));
                Value::Array(list)
            }
            _ => {
                let mut map = values.get(flag.name).and_then(Value::as_object).cloned().unwrap_or_default();
                let (gate, on) = flag.value.split_once('=').unwrap();
                map.insert(gate.to_owned(), json!(on == "true"));
                Value::Object(map)
            }
        };
        values.insert(flag.name.to_owned(), value);
    }
    values
}

fn component(words: &[String]) -> Component {
    let words: Vec<_> = words.iter().map(|word| format!("    - {}\n", json!(word))).collect();
    let text = format!("spec:\n  containers:\n  - command:\n    - kube-apiserver\n{}", words.concat());
    let source = Arc::new(Source::new("pod.yaml", text));
    let document = parse(&source).documents.remove(0).unwrap();
    let pods = static_pod::read(View::root(&source, &document).get("spec").unwrap());
    pods[0].component(&Tree::default(), Some(Version::new(1, 33)))
}

/// A scheduler whose pod mounts the configuration file.
fn scheduler(words: &[String], file: &str) -> Component {
    let words: Vec<_> = words.iter().map(|word| format!("    - {}\n", json!(word))).collect();
    let mounts = "    volumeMounts: [{name: c, mountPath: /etc/kubernetes}]\n  volumes: [{name: c, hostPath: {path: /etc/kubernetes}}]\n";
    let text = format!("spec:\n  containers:\n  - command:\n    - kube-scheduler\n{}{mounts}", words.concat());
    let source = Arc::new(Source::new("pod.yaml", text));
    let document = parse(&source).documents.remove(0).unwrap();
    let pods = static_pod::read(View::root(&source, &document).get("spec").unwrap());
    let entry = Entry::File { source: Arc::new(Source::new("s.yaml", file)), byte_order_mark: false };
    let tree = Tree::new([("etc/kubernetes/scheduler.yaml".to_owned(), entry)]);
    pods[0].component(&tree, Some(Version::new(1, 33)))
}

proptest! {
    #[test]
    fn a_static_pod_follows_the_rules_of_pflag(flags in prop::collection::vec(flag(), 0..12)) {
        let words: Vec<_> = flags.iter().flat_map(Flag::words).collect();
        let component = component(&words);
        prop_assert!(component.refused.is_empty(), "{:?}", component.refused);
        for (name, value) in expected(&flags) {
            let setting = &component.settings[&name];
            prop_assert_eq!(setting.known(), Some(&value), "{}", name);
            let place = setting.place.as_ref().unwrap();
            let last = flags.iter().rfind(|flag| flag.name == name).unwrap();
            let written = place.source.slice(place.span).trim_matches('"');
            prop_assert!(last.words().iter().any(|word| word == written), "{}", written);
        }
    }

    /// Flags go before the file, and of the file's members a flag of the same meaning replaces the one.
    #[test]
    fn a_scheduler_with_a_file_follows_the_file_and_then_its_flags(
        profiling in prop::option::of(any::<bool>()),
        flags in prop::collection::vec(any::<bool>(), 0..4),
        address in prop::collection::vec("127[.]0[.]0[.][1-9]", 0..4),
        named in any::<bool>(),
    ) {
        let file = profiling.map_or_else(|| "leaderElection: {}\n".to_owned(), |on| format!("enableProfiling: {on}\n"));
        let mut words: Vec<_> = flags.iter().map(|on| format!("--profiling={on}")).collect();
        words.extend(address.iter().map(|address| format!("--bind-address={address}")));
        words.extend(named.then(|| "--config=/etc/kubernetes/scheduler.yaml".to_owned()));
        let component = scheduler(&words, &file);
        // With a file kube-scheduler ignores the flag; elsewhere the last one wins.
        let expected = if named { profiling.unwrap_or(true) } else { flags.last().copied().unwrap_or(true) };
        prop_assert_eq!(component.settings["profiling"].known(), Some(&json!(expected)));
        let bound = address.last().map_or("0.0.0.0", String::as_str);
        prop_assert_eq!(component.settings["bind-address"].known(), Some(&json!(bound)));
    }

    #[test]
    fn no_unit_or_environment_file_crashes(unit in text(), file in text()) {
        let unit = format!("[Service]\nEnvironmentFile=/etc/e\nEnvironment={unit}\nExecStart=/usr/bin/kubelet {unit}\n");
        let entry = |(path, text): (&str, &str)| {
            (path.to_owned(), Entry::File { source: Arc::new(Source::new(path, text)), byte_order_mark: false })
        };
        let files = [("etc/systemd/system/kubelet.service", unit.as_str()), ("etc/e", file.as_str())];
        prop_assert!(kubelet::component_of_node(&Tree::new(files.map(entry)), None).is_some());
    }

    #[test]
    fn no_script_crashes(script in text()) {
        component(&[]);
        let text = format!("spec: {{containers: [{{command: [sh, -c, {}]}}]}}", json!(format!("kube-apiserver {script}")));
        let source = Arc::new(Source::new("pod.yaml", text));
        let parsed = parse(&source);
        if let Some(Ok(document)) = parsed.documents.first() {
            static_pod::read(View::root(&source, document).get("spec").unwrap());
        }
    }

    #[test]
    fn no_policy_file_crashes(text in text()) {
        let source = Arc::new(Source::new("x.yaml", format!("kind: Policy\nrules: {text}\nresources: {text}\nplugins: {text}\n")));
        audit::load(&source, None);
        encryption::load(&source, None);
        admission::load(&source, "/x", &|_| None, None);
        authorization::load(&source, None);
        authentication::load(&source, None);
    }
}

/// Texts rich in what means something to one of the readers.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{1,4}",
        prop::sample::select(vec![
            "$",
            "${",
            "}",
            "$(",
            ")",
            "`",
            "\"",
            "'",
            "\\",
            "\n",
            "{{",
            "}}",
            "{%",
            "%",
            "--",
            "=",
            ",",
            ":",
            "- ",
            "[",
            "]",
            "é",
            "\t",
            "${A}",
            "$A",
            "\\x4",
            "\\U0010ffff",
            "#",
            ";",
            "> ",
            "*",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}
