//! The benchmarks as data (`policy/benchmarks/`, whose README has the format): which of their checks which controls answer.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use super::catalog::{data, made};
use crate::error::{Error, nearest};
use crate::model::benchmark::{Benchmark, Fit};

/// The benchmark of the Pod Security Standards; its numbers are always shown.
pub const PSS: &str = "pss";
/// The platform of a cluster of which nothing is known.
pub const PLAIN: &str = "kubeadm";
/// The control whose finding leaves the others of a component open. No benchmark has a number for it, and all need it.
pub const REFUSED: &str = "refused-component";

/// Which clusters each benchmark is for, by its name; read when it is first asked for.
///
/// # Errors
/// As [`data`].
pub fn fits() -> Result<&'static BTreeMap<String, Fit>, Error> {
    static FITS: OnceLock<BTreeMap<String, Fit>> = OnceLock::new();
    match FITS.get() {
        Some(fits) => Ok(fits),
        None => made("fits").map(|fits| FITS.get_or_init(|| fits)),
    }
}

/// All benchmarks, by name; read when they are first asked for.
///
/// # Errors
/// As [`data`].
pub fn all() -> Result<&'static [Benchmark], Error> {
    static ALL: OnceLock<Vec<Benchmark>> = OnceLock::new();
    match ALL.get() {
        Some(all) => Ok(all),
        None => {
            let all = fits()?.keys().map(|name| benchmark(name)).collect::<Result<_, _>>()?;
            Ok(ALL.get_or_init(|| all))
        }
    }
}

/// The name that is used in place of a given one, and what to tell the user where it is another.
///
/// # Errors
/// As [`benchmark`].
pub fn resolve(name: &str) -> Result<(String, Option<String>), Error> {
    if fits()?.contains_key(name) {
        return Ok((name.to_owned(), None));
    }
    match aliases()?.aliases.remove(name) {
        Some(alias) => Ok((alias.r#use, Some(alias.notice))),
        None => Err(unknown(name)),
    }
}

/// The platform that the version of a cluster names, as `v1.33.1+k3s1` does; none for a plain one.
pub fn platform_of(version: &str) -> Option<String> {
    let (_, suffix) = version.strip_prefix('v').unwrap_or(version).split_once(['-', '+'])?;
    let word: String = suffix.chars().take_while(char::is_ascii_alphanumeric).collect();
    let is_one =
        |known: &&String| word.strip_prefix(&***known).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let suffixes = aliases().ok()?.version.suffixes;
    suffixes.keys().find(is_one).and_then(|known| suffixes.get(known).cloned())
}

/// A kind of object that says what a cluster runs on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// Its API group, empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// The platform that the kind is for; none where the suffix of the version says it.
    pub platform: Option<String>,
    /// Where it has the version of Kubernetes: members with dots between them.
    pub version: String,
}

/// The kinds of objects that say what a cluster runs on.
pub fn telling() -> Result<Vec<Telling>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Platforms {
        objects: Vec<Telling>,
    }
    Ok(data::<Platforms>("benchmarks/platforms")?.objects)
}

/// The controls that are to be mended first.
pub fn critical() -> Result<BTreeSet<String>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Critical {
        controls: BTreeSet<String>,
    }
    Ok(data::<Critical>("benchmarks/critical")?.controls)
}

/// The benchmark of a name.
///
/// # Errors
/// A name that does not exist is answered with the nearest right one, or the list of all.
pub fn benchmark(name: &str) -> Result<Benchmark, Error> {
    if fits()?.contains_key(name) { data(&format!("benchmarks/{name}")) } else { Err(unknown(name)) }
}

/// The error for a name that no benchmark has: it says which there are, the nearest first.
pub fn unknown(name: &str) -> Error {
    let names: Vec<String> = fits().into_iter().flat_map(BTreeMap::keys).cloned().collect();
    let all = format!("there are {}", names.join(", "));
    let help = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all,
    };
    Error::usage(format!("there is no benchmark `{name}`")).help(help)
}

/// The benchmark of a cluster: of its platform the one that names its version, else the platform's fallback, else the one of the
/// nearest lower version; without a version the newest.
pub fn default_for<'a>(
    fits: &'a BTreeMap<String, Fit>,
    platform: Option<&str>,
    version: Option<&str>,
) -> Option<&'a str> {
    let platform = platform.unwrap_or(PLAIN);
    let of_platform = || fits.iter().filter(move |(_, fit)| fit.platform.as_deref() == Some(platform));
    let versions = |fit: &'a Fit| fit.kubernetes.iter().chain(&fit.openshift).filter_map(|version| number(version));
    let wanted = version.and_then(number);
    let exact =
        of_platform().find(|(_, fit)| wanted.is_some_and(|wanted| versions(fit).any(|version| version == wanted)));
    let fallback = || of_platform().find(|(_, fit)| fit.fallback);
    let nearest_lower = || {
        let limit = wanted.unwrap_or((u32::MAX, u32::MAX));
        let below = of_platform().filter_map(|(name, fit)| {
            let reachable =
                versions(fit).filter(|version| *version <= limit && (wanted.is_none() || version.0 == limit.0));
            Some((reachable.max()?, (name, fit)))
        });
        below.max_by_key(|(version, _)| *version).map(|(_, one)| one)
    };
    exact.or_else(fallback).or_else(nearest_lower).map(|(name, _)| name.as_str())
}

/// The ids that a control answers: benchmark → ids.
pub fn ids_of<B: Borrow<Benchmark>>(benchmarks: &[B], control: &str) -> BTreeMap<String, Vec<String>> {
    let ids = |benchmark: &Benchmark| {
        let checks = benchmark.checks.iter().filter(|check| check.controls.iter().any(|id| id == control));
        let ids: Vec<String> = checks.map(|check| check.id.clone()).collect();
        (!ids.is_empty()).then(|| (benchmark.head.benchmark.clone(), ids))
    };
    benchmarks.iter().map(Borrow::borrow).filter_map(ids).collect()
}

/// What `aliases.yaml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Aliases {
    aliases: BTreeMap<String, Alias>,
    version: Versions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    r#use: String,
    notice: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Versions {
    suffixes: BTreeMap<String, String>,
}

fn aliases() -> Result<Aliases, Error> {
    data("benchmarks/aliases")
}

fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_follows_platform_and_version() {
        let fits = fits().unwrap();
        let table = [
            (None, Some("1.33"), "cis-1.12"),
            (None, None, "cis-1.12"),
            (None, Some("1.26"), "cis-1.8"),
            (None, Some("1.99"), "cis-1.12"),
            (Some("eks"), Some("1.35"), "eks-1.5.0"),
            (Some("k3s"), None, "k3s-cis-1.9"),
        ];
        for (platform, version, expected) in table {
            assert_eq!(default_for(fits, platform, version), Some(expected), "{platform:?} {version:?}");
        }
    }

    #[test]
    fn every_benchmark_can_be_read() {
        for (name, benchmark) in fits().unwrap().keys().zip(all().unwrap()) {
            assert_eq!(*name, benchmark.head.benchmark);
            assert!(!benchmark.checks.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_right_ones() {
        let error = benchmark("cis-1.13").unwrap_err();
        assert!(error.to_string().contains("cis-1.13"));
    }
}
