//! Why a verdict is not the one of kube-bench: the rules of `docs/divergences.md`, in their order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portcullis::evaluate::Catalog;
use portcullis::model::{CheckResult, Outcome, Report};
use portcullis::pipeline::EffectiveValue;
use serde_json::Value;

/// What is known of a node.
pub struct Facts<'a> {
    /// Where its files are.
    pub root: &'a Path,
    pub benchmark: &'a str,
    /// The log of k3s, which kube-bench reads in place of command lines.
    pub journal: &'a str,
    pub catalog: &'a Catalog,
    pub report: &'a Report,
    /// The effective values of its components, by name; none for objects.
    pub values: Option<&'a BTreeMap<String, EffectiveValue>>,
}

/// A check and what it came to, with the settings behind it.
pub struct Difference<'a> {
    facts: &'a Facts<'a>,
    result: &'a CheckResult,
    settings: Vec<&'a EffectiveValue>,
}

/// Rows of `divergences.json` whose proposed truth is wrong: case, benchmark, number. The benchmark asks for the flag alone
/// (`design/decisions.md`, node files).
/// A KubeletConfiguration that no kubelet of the node reads is judged all the same.
pub const WRONG_TRUTHS: [(&str, &str, &str); 6] = [
    ("api-enc-missing-file", "cis-1.12", "1.2.27"),
    ("api-enc-missing-file", "cis-1.8", "1.2.28"),
    ("kubelet-custom-path", "cis-1.12", "4.2.1"),
    ("kubelet-custom-path", "cis-1.12", "4.2.4"),
    ("kubelet-custom-path", "cis-1.8", "4.2.1"),
    ("kubelet-custom-path", "cis-1.8", "4.2.4"),
];

pub type Rule = (&'static str, fn(&Difference<'_>) -> bool);

/// Every class with its rule, in the order in which the rules are tried.
pub const RULES: [Rule; 25] = [
    ("refused", |it| it.result.outcome == Outcome::Unknown && it.result.reason.contains(" would not start: ")),
    ("definition", |it| DEFINITIONS.contains(&(it.facts.benchmark, it.result.check.id.as_str()))),
    ("encryption-text", |it| it.is_about(&["weak-encryption-provider"]) && it.encryption_is_json()),
    ("local-store", |it| {
        it.is_about(&["missing-etcd-ca-file", "missing-etcd-client-certificate"]) && it.has_local_store()
    }),
    ("unread-file", |it| it.any(is_of_other_file)),
    ("repeated-flag", |it| it.any(|value| times(value) > 1)),
    ("swallowed", |it| it.any(|value| value.origin == "default" && it.is_in_text(value))),
    ("gate-quotes", |it| it.any(|value| value.name.ends_with("feature-gates") && raw(value).contains('\''))),
    ("gate-text", |it| {
        it.any(|value| raw(value).contains("RotateKubeletServerCertificate=") && !raw(value).contains("=false"))
    }),
    ("empty-value", |it| it.any(|value| raw(value).ends_with('='))),
    ("zero-duration", |it| {
        let is_zero =
            |text: &str| text.trim_matches(['\'', '"']).trim_end_matches(['s', 'm', 'h']).trim_matches('0').is_empty();
        it.is_about(&["disabled-streaming-timeout"])
            && it.any(|value| {
                let raw = raw(value);
                let written = value.losers.iter().map(|(text, ..)| text.as_str()).chain(raw.rsplit('=').next());
                written.filter(|text| !text.is_empty()).any(is_zero)
            })
    }),
    ("boolean-spelling", |it| {
        it.any(|value| {
            let raw = raw(value);
            ["1", "t", "T", "0", "f", "F"].contains(&raw.rsplit('=').next().unwrap_or_default())
        })
    }),
    ("separate-value", |it| {
        it.facts.journal.is_empty() && it.any(|value| value.origin == "flag" && !raw(value).starts_with("--"))
    }),
    ("presence", |it| it.is_about(&["unlimited-pod-pids", "missing-seccomp-default"]) && it.any(is_written)),
    ("loopback", |it| {
        it.is_about(&LISTENERS) && it.any(|value| raw(value).contains("127.") || raw(value).contains("::1"))
    }),
    ("number-spelling", |it| it.any(is_odd_number)),
    ("rewritten-file", |it| it.any(|value| value.name.starts_with("etcd.")) && it.facts.benchmark.starts_with("k3s")),
    ("default", |it| !it.settings.is_empty() && it.settings.iter().all(|value| value.place.is_none())),
    ("no-pods", |it| it.result.outcome == Outcome::NotApplicable && it.result.reason.ends_with("a pod")),
    ("init-containers", |it| it.findings(|path| path.contains("initContainers"))),
    ("unset-escalation", |it| {
        it.is_about(&["privilege-escalation"]) && it.findings(|path| path.ends_with("allowPrivilegeEscalation"))
    }),
    ("wildcard-text", |it| it.is_about(&["wildcard-rule"])),
    ("verb-lists", |it| it.is_about(&["secrets-access", "pod-creation"])),
    ("token-of-the-pod", |it| it.is_about(&["service-account-token-mount"])),
    ("log-quote", |it| it.any(|value| it.ends_a_log_line(value))),
];

/// Checks whose definition cannot give the right answer.
const DEFINITIONS: [(&str, &str); 5] = [
    ("k3s-cis-1.9", "4.2.1"),
    ("k3s-cis-1.9", "4.2.2"),
    ("k3s-cis-1.9", "4.2.3"),
    ("k3s-cis-1.9", "4.2.5"),
    ("rke2-cis-1.8", "4.2.3"),
];

const LISTENERS: [&str; 3] = ["exposed-controller-manager", "exposed-scheduler", "exposed-proxy-metrics"];

/// Where kube-bench looks for the configuration of a kubelet.
const READ: [&str; 2] = ["/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet/kubelet-config.json"];

/// The class of a difference.
pub fn of(facts: &Facts<'_>, result: &CheckResult) -> Option<&'static str> {
    let difference = Difference { facts, result, settings: facts.settings(result) };
    RULES.iter().find(|(_, rule)| rule(&difference)).map(|(class, _)| *class)
}

impl Facts<'_> {
    /// The components that a check is about.
    pub fn programs(&self, result: &CheckResult) -> BTreeSet<String> {
        let controls = result.check.controls.iter().map(|id| self.catalog.control(id).unwrap());
        controls.flat_map(|control| control.kinds.clone()).map(String::from).collect()
    }

    /// The settings that its controls look at.
    fn settings(&self, result: &CheckResult) -> Vec<&EffectiveValue> {
        let Some(values) = self.values else { return Vec::new() };
        let mut settings = Vec::new();
        for control in &result.check.controls {
            let control = self.catalog.control(control).unwrap();
            let words = self.catalog.words(control);
            for program in &control.kinds {
                settings.extend(words.iter().filter_map(|word| values.get(&format!("{program}.{word}"))));
            }
        }
        settings
    }

    /// What is known, for the one who looks for the class.
    pub fn tell(&self, result: &CheckResult) -> String {
        let tell = |value: &&EffectiveValue| {
            format!(
                "{} = {:?} by {} `{}` losers {}",
                value.name,
                value.value,
                value.origin,
                raw(value),
                value.losers.len()
            )
        };
        self.settings(result).iter().map(tell).collect::<Vec<_>>().join("; ")
    }
}

impl Difference<'_> {
    fn is_about(&self, controls: &[&str]) -> bool {
        self.result.check.controls.iter().any(|control| controls.contains(&control.as_str()))
    }

    fn any(&self, rule: impl Fn(&EffectiveValue) -> bool) -> bool {
        self.settings.iter().any(|value| rule(value))
    }

    fn value(&self, name: &str) -> Option<&EffectiveValue> {
        self.facts.values?.get(name)
    }

    fn findings(&self, rule: impl Fn(&str) -> bool) -> bool {
        let mut paths = self.result.findings.iter().map(|&at| self.facts.report.verdicts[at].finding.path.to_string());
        !self.result.findings.is_empty() && paths.all(|path| rule(&path))
    }

    fn encryption_is_json(&self) -> bool {
        let path = self
            .value("kube-apiserver.encryption-provider-config")
            .and_then(|value| value.value.as_ref().ok()?.as_str());
        let text =
            path.and_then(|path| std::fs::read_to_string(self.facts.root.join(path.trim_start_matches('/'))).ok());
        text.is_some_and(|text| text.trim_start().starts_with('{'))
    }

    fn has_local_store(&self) -> bool {
        let servers = self.value("kube-apiserver.etcd-servers").and_then(|value| value.value.as_ref().ok()?.as_array());
        servers.is_some_and(|servers| {
            !servers.is_empty() && servers.iter().all(|server| server.as_str().unwrap().starts_with("unix:"))
        })
    }

    fn ends_a_log_line(&self, value: &EffectiveValue) -> bool {
        let last = |line: &str| line.rsplit_once("--").map(|(_, flag)| flag.split('=').next().unwrap().to_owned());
        let name = value.name.split_once('.').unwrap().1;
        self.facts.journal.lines().filter_map(last).any(|flag| flag == name)
    }

    /// Whether the flag of a setting that nothing sets is in the text of the command line: an argument before it took it.
    fn is_in_text(&self, value: &EffectiveValue) -> bool {
        let (program, name) = value.name.split_once('.').unwrap();
        let pod = self.facts.root.join(format!("etc/kubernetes/manifests/{program}.yaml"));
        std::fs::read_to_string(pod).is_ok_and(|text| text.contains(&format!("--{name}")))
    }
}

/// A number in another spelling than the usual one, or so large that JSON readers of Go print it as `1e+06`.
fn is_odd_number(value: &EffectiveValue) -> bool {
    let Ok(Value::Number(number)) = &value.value else { return false };
    let raw = raw(value);
    let written = raw.rsplit('=').next().unwrap_or_default().trim_matches(['\'', '"']);
    value.place.is_some() && (written != number.to_string() || number.as_f64().is_some_and(|number| number >= 1e6))
}

fn is_written(value: &EffectiveValue) -> bool {
    value.place.is_some() || !value.losers.is_empty()
}

/// What is written at the place that decides, without the quotes of YAML and systemd.
fn raw(value: &EffectiveValue) -> String {
    let text = value.place.as_ref().map(|place| place.source.slice(place.span)).unwrap_or_default();
    text.trim_matches('"').to_owned()
}

/// How often the flag that decides is in its file.
fn times(value: &EffectiveValue) -> usize {
    let raw = raw(value);
    let flag = raw.split('=').next().unwrap_or_default();
    let Some(place) = value.place.as_ref().filter(|_| flag.starts_with("--")) else {
        return value.losers.iter().filter(|_| value.origin == "flag").count() + 1;
    };
    place.source.text().matches(&format!("{flag}=")).count()
}

/// Whether a file decides that kube-bench does not read, or one that is not there would.
fn is_of_other_file(value: &EffectiveValue) -> bool {
    let is_other = |path: &str| !READ.iter().any(|read| path.ends_with(read));
    match &value.value {
        Err(_) => true,
        Ok(_) if value.name.starts_with("kube-apiserver.") => {
            value.name.ends_with("authorization-config") && !raw(value).is_empty()
        }
        Ok(_) => {
            matches!(value.origin, "file" | "drop-in")
                && value.place.as_ref().is_some_and(|place| is_other(&format!("/{}", place.source.path())))
        }
    }
}
