//! The benchmarks as data (`policy/benchmarks/`, whose README has the format): which of their checks which controls answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalog::{files, read_yaml};
use crate::error::{Error, nearest};
use crate::model::Source;

/// The benchmark of the Pod Security Standards; its numbers are always shown.
pub const PSS: &str = "pss";
/// The platform of a cluster of which nothing is known.
const PLAIN: &str = "kubeadm";

/// A benchmark.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// What it says of itself.
    #[serde(flatten)]
    pub head: Head,
    /// Its checks, in its order.
    pub checks: Vec<Check>,
}

/// What a benchmark says of itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Head {
    /// `cis-1.12`, `pss`: the name of its file.
    pub benchmark: String,
    /// What it is.
    pub title: String,
    /// The platform it is for; none for `pss`.
    pub platform: Option<String>,
    /// The Kubernetes versions that it is the default for.
    #[serde(default)]
    pub kubernetes: Vec<String>,
    /// The OpenShift versions that it is the default for.
    #[serde(default)]
    pub openshift: Vec<String>,
    /// Whether it is the default for every version of its platform that no other names.
    #[serde(default)]
    pub fallback: bool,
    /// For each target, its chapter.
    #[serde(default)]
    pub targets: BTreeMap<String, Chapter>,
    /// Section → title.
    #[serde(default)]
    pub sections: BTreeMap<String, String>,
}

/// The chapter of a target.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// What answers a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Its controls.
    #[default]
    Control,
    /// A person.
    Manual,
    /// File modes and owners, on a node.
    Node,
    /// The provider's API.
    Cloud,
    /// The running cluster.
    Live,
}

/// A numbered check of a benchmark.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// `5.2.3`, `baseline/hostNamespaces`.
    pub id: String,
    /// Its section, when its number does not say.
    #[serde(default)]
    pub section: Option<String>,
    /// What holds when it passes.
    #[serde(default)]
    pub text: String,
    /// `master`, `etcd`, `controlplane`, `node`, `policies`, `managedservices`.
    #[serde(default)]
    pub target: String,
    /// How kube-bench treats it when not automatically: `manual`, `skip`, `none`.
    #[serde(default)]
    pub r#type: Option<String>,
    /// Whether it counts; one that does not warns where others fail.
    #[serde(default = "yes")]
    pub scored: bool,
    /// What answers it.
    #[serde(default)]
    pub answer: Answer,
    /// The controls whose findings fail it.
    #[serde(default)]
    pub controls: Vec<String>,
    /// Control → parameters, where they differ from the control's defaults.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

fn yes() -> bool {
    true
}

/// The heads of all benchmarks, by name.
pub fn heads() -> Result<BTreeMap<String, Head>, Error> {
    let of = |(path, text): (&'static str, &'static str)| {
        // The checks are most of a file, and not asked for here.
        let head = text.split("\nchecks:").next().unwrap_or(text);
        let head: Head = read_yaml(&Source::new(path, head))?;
        Ok((head.benchmark.clone(), head))
    };
    benchmark_files().map(of).collect()
}

/// The name that is used in place of a given one, and what to tell the user where it is another.
///
/// # Errors
/// As [`benchmark`].
pub fn resolve(name: &str) -> Result<(String, Option<String>), Error> {
    if benchmark_files().any(|(path, _)| stem(path) == Some(name)) {
        return Ok((name.to_owned(), None));
    }
    match aliases()?.aliases.remove(name) {
        Some(alias) => Ok((alias.r#use, Some(alias.notice))),
        None => Err(unknown(name)),
    }
}

/// The benchmark of a name.
///
/// # Errors
/// A name that does not exist is answered with the nearest right one, or the list of all.
pub fn benchmark(name: &str) -> Result<Benchmark, Error> {
    let path = format!("benchmarks/{name}.yaml");
    match benchmark_files().find(|(file, _)| *file == path) {
        Some((path, text)) => read_yaml(&Source::new(path, text)),
        None => Err(unknown(name)),
    }
}

/// The error for a name that no benchmark has: it says which there are, the nearest first.
pub fn unknown(name: &str) -> Error {
    let names: Vec<&str> = benchmark_files().filter_map(|(path, _)| stem(path)).collect();
    let all = format!("there are {}", names.join(", "));
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all,
    };
    Error::usage(format!("there is no benchmark `{name}`")).help(help)
}

/// The benchmark of a cluster: of its platform the one that names its version, else the platform's fallback, else the one of the
/// nearest lower version; without a version the newest.
pub fn default_for<'a>(
    heads: &'a BTreeMap<String, Head>,
    platform: Option<&str>,
    version: Option<&str>,
) -> Option<&'a str> {
    let platform = platform.unwrap_or(PLAIN);
    let of_platform = || heads.values().filter(move |head| head.platform.as_deref() == Some(platform));
    let versions = |head: &'a Head| head.kubernetes.iter().chain(&head.openshift).filter_map(|version| number(version));
    let wanted = version.and_then(number);
    let exact = of_platform().find(|head| wanted.is_some_and(|wanted| versions(head).any(|version| version == wanted)));
    let fallback = || of_platform().find(|head| head.fallback);
    let nearest_lower = || {
        let limit = wanted.unwrap_or((u32::MAX, u32::MAX));
        let below = of_platform().filter_map(|head| {
            let reachable =
                versions(head).filter(|version| *version <= limit && (wanted.is_none() || version.0 == limit.0));
            Some((reachable.max()?, head))
        });
        below.max_by_key(|(version, _)| *version).map(|(_, head)| head)
    };
    exact.or_else(fallback).or_else(nearest_lower).map(|head| head.benchmark.as_str())
}

/// The ids that a control answers: benchmark → ids.
pub fn ids_of(benchmarks: &[Benchmark], control: &str) -> BTreeMap<String, Vec<String>> {
    let ids = |benchmark: &Benchmark| {
        let checks = benchmark.checks.iter().filter(|check| check.controls.iter().any(|id| id == control));
        let ids: Vec<String> = checks.map(|check| check.id.clone()).collect();
        (!ids.is_empty()).then(|| (benchmark.head.benchmark.clone(), ids))
    };
    benchmarks.iter().filter_map(ids).collect()
}

/// What `aliases.yaml` says.
#[derive(Deserialize)]
struct Aliases {
    aliases: BTreeMap<String, Alias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    r#use: String,
    notice: String,
}

fn aliases() -> Result<Aliases, Error> {
    let text = files().into_iter().find(|(file, _)| *file == "benchmarks/aliases.yaml").map_or("", |(_, text)| text);
    read_yaml(&Source::new("benchmarks/aliases.yaml", text))
}

fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

fn benchmark_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    files().into_iter().filter(|(path, _)| stem(path).is_some_and(|stem| stem != "aliases"))
}

fn stem(path: &str) -> Option<&str> {
    path.strip_prefix("benchmarks/")?.strip_suffix(".yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_follows_platform_and_version() {
        let heads = heads().unwrap();
        let table = [
            (None, Some("1.33"), "cis-1.12"),
            (None, None, "cis-1.12"),
            (None, Some("1.26"), "cis-1.8"),
            (None, Some("1.99"), "cis-1.12"),
            (Some("eks"), Some("1.35"), "eks-1.5.0"),
            (Some("k3s"), None, "k3s-cis-1.9"),
        ];
        for (platform, version, expected) in table {
            assert_eq!(default_for(&heads, platform, version), Some(expected), "{platform:?} {version:?}");
        }
    }

    #[test]
    fn every_benchmark_can_be_read() {
        for name in heads().unwrap().keys() {
            assert!(!benchmark(name).unwrap().checks.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_right_ones() {
        let error = benchmark("cis-1.13").unwrap_err();
        assert!(error.to_string().contains("cis-1.13"));
    }
}
