//! By which benchmark each cluster is judged, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Options;
use super::kube_bench_file::KubeBenchFile;
use super::plan::Plan;
use super::survey::Clue;
use crate::adjudicate::gate::CRITICAL;
use crate::config::{self, Cluster, Config, DEFAULT_CLUSTER, KubernetesVersion, Loaded, Platform};
use crate::error::Error;
use crate::evaluate::benchmark;
use crate::model::Path;
use crate::model::benchmark::{Assignment, Benchmark, Head};
use crate::model::report::Notice;

/// The benchmarks of the clusters, before it is known which controls are on.
pub struct Assignments {
    /// One for each cluster that the run is about, by cluster; the controls are still to be filled in.
    pub list: Vec<Assignment>,
    /// Clusters that no benchmark is made for.
    pub without: Vec<Arc<str>>,
    /// Clusters whose benchmark somebody named.
    pub asked: BTreeSet<Arc<str>>,
    /// What else to know.
    pub notices: Vec<Notice>,
}

/// Whether the benchmarks that a configuration names exist.
///
/// # Errors
/// At the first one that does not.
pub fn validate(loaded: &Loaded) -> Result<(), Error> {
    for (name, cluster) in &loaded.value.clusters {
        let path = Path::of_keys(&["clusters", name]);
        if let Some(Err(Error::Usage { message, help })) = cluster.benchmark.as_deref().map(benchmark::resolve) {
            let error = loaded.error_at_value(&path.key("benchmark"), message, "not a benchmark");
            return Err(error.help(help.unwrap_or_default()));
        }
        check_sections(loaded, &path.key("sections"), cluster.sections.keys())?;
    }
    check_sections(loaded, &Path::of_keys(&["gate", "sections"]), loaded.value.gate.sections.keys())
}

fn check_sections<'a>(loaded: &Loaded, path: &Path, sections: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    for section in sections.filter(|section| *section != CRITICAL) {
        if !is_section(benchmark::all()?.iter().map(|benchmark| &benchmark.head), section) {
            let message = format!("no benchmark has a section `{section}`");
            let error = loaded.error_at_key(&path.key(section), message, "not a section");
            return Err(error.help("a section is named by its number, as \"4.2\", a chapter too; or it is `critical`"));
        }
    }
    Ok(())
}

/// Whether a section or chapter of these benchmarks has the number, or it is the word for the critical checks.
pub fn is_section<'a>(mut heads: impl Iterator<Item = &'a Head>, section: &str) -> bool {
    let has =
        |head: &Head| head.sections.contains_key(section) || head.targets.values().any(|chapter| chapter.id == section);
    section == CRITICAL || heads.any(has)
}

/// Assigns a benchmark to each cluster; `has_node` says of which clusters there is configuration of nodes.
///
/// # Errors
/// For a benchmark that does not exist, or a target that none of them has.
pub fn assign(
    options: &Options,
    plan: &Plan,
    clues: &[Clue],
    has_node: &BTreeSet<Arc<str>>,
) -> Result<Assignments, Error> {
    let fits = benchmark::fits()?;
    let file = plan.sides.side.kube_bench.as_ref();
    let mut notices: Vec<Notice> = file.map(KubeBenchFile::notice).into_iter().collect();
    let mut read: BTreeMap<String, Arc<Benchmark>> = BTreeMap::new();
    let (mut list, mut without, mut asked) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (name, cluster) in clusters(&plan.config) {
        let choice = Choice::new(options, name, cluster, clues)?;
        let named = match &choice.named {
            Some((named, because)) => {
                let (used, notice) = benchmark::resolve(named)?;
                notices.extend(notice.map(renamed));
                asked.insert(Arc::from(name));
                Some((used, because.clone()))
            }
            None => None,
        };
        let platform = choice.platform.as_deref();
        let found = named.or_else(|| {
            let version = choice.version.map(|version| version.to_string());
            let default = benchmark::default_for(fits, platform, version.as_deref())?;
            Some((default.to_owned(), choice.because()))
        });
        let Some((used, why)) = found else {
            notices.push(none_fits(name, &choice));
            without.push(Arc::from(name));
            continue;
        };
        let benchmark = match read.get(&used) {
            Some(benchmark) => Arc::clone(benchmark),
            None => Arc::new(benchmark::benchmark(&used)?),
        };
        read.insert(used, Arc::clone(&benchmark));
        let is_asked = asked.contains(name);
        // Who names a profile or controls has chosen what is judged.
        let is_free = options.profile.is_none() && options.controls.is_empty() && plan.config.profile.is_none();
        list.push(Assignment {
            cluster: Arc::from(name),
            is_judged: is_asked || (is_free && has_node.contains(name)),
            kubernetes: choice.version.map(|version| version.to_string()),
            why,
            provider: provider(platform, &benchmark.head),
            targets: wanted(options, cluster, file),
            skip: skipped(options, cluster, file),
            controls: BTreeSet::new(),
            benchmark,
        });
    }
    check_targets(&list)?;
    check_skip(&list)?;
    // The same is said once, however many clusters there are.
    notices.dedup_by(|left, right| left.message == right.message);
    Ok(Assignments { list, without, asked, notices })
}

/// The clusters that a run is about: those of the configuration, and what none of them claims.
fn clusters(config: &Config) -> Vec<(&str, Option<&Cluster>)> {
    let named = config.clusters.iter().map(|(name, cluster)| (name.as_str(), Some(cluster)));
    let rest = (!config.clusters.contains_key(DEFAULT_CLUSTER)).then_some((DEFAULT_CLUSTER, None));
    let mut clusters: Vec<_> = named.chain(rest).collect();
    clusters.sort_by_key(|(name, _)| *name);
    clusters
}

/// What is known of a cluster.
struct Choice {
    /// The benchmark that somebody named, and who.
    named: Option<(String, String)>,
    platform: Option<String>,
    version: Option<KubernetesVersion>,
    /// Where the version is from.
    from: String,
}

impl Choice {
    fn new(options: &Options, name: &str, cluster: Option<&Cluster>, clues: &[Clue]) -> Result<Self, Error> {
        let own = || clues.iter().filter(|clue| clue.cluster == name);
        let asked = options.benchmark.name.clone().map(|name| (name, "named by --benchmark".to_owned()));
        let configured = cluster.and_then(|cluster| cluster.benchmark.clone());
        let configured = configured.map(|name| (name, format!("named in {}", config::FILE_NAME)));
        let given = options.kubernetes_version.as_deref().and_then(benchmark::platform_of);
        let platform = cluster.and_then(|cluster| cluster.platform).map(|platform| platform.word().to_owned());
        let platform = platform.or(given).or_else(|| own().find_map(|clue| clue.platform.clone()));
        let configured_version = cluster.and_then(|cluster| cluster.kubernetes);
        let newest =
            own().rev().filter_map(|clue| Some((clue.version?, &clue.place))).max_by_key(|(version, _)| *version);
        let (version, from) = match (configured_version, options.kubernetes()?, newest) {
            (Some(version), _, _) => (Some(version), format!("as {} says", config::FILE_NAME)),
            (None, Some(version), _) => (Some(version), "as --kubernetes-version says".to_owned()),
            (None, None, Some((version, place))) => (Some(version), format!("found in {place}")),
            (None, None, None) => (None, String::new()),
        };
        Ok(Self { named: asked.or(configured), platform, version, from })
    }

    /// Why the benchmark that follows from it is the one, as a phrase.
    fn because(&self) -> String {
        let platform = self.platform.as_deref().filter(|platform| *platform != benchmark::PLAIN);
        let on = platform.map(|platform| format!(" on {platform}")).unwrap_or_default();
        match self.version {
            Some(version) => format!("for Kubernetes {version}{on}, {}", self.from),
            None => format!("the newest{on}, because no file names a version of Kubernetes"),
        }
    }
}

/// Who runs the control plane, where the benchmark is not made for him.
fn provider(platform: Option<&str>, head: &Head) -> Option<&'static str> {
    let managed = [(Platform::Eks, "EKS"), (Platform::Gke, "GKE"), (Platform::Aks, "AKS")];
    let (of, name) = managed.into_iter().find(|(of, _)| Some(of.word()) == platform)?;
    (head.platform.as_deref() != Some(of.word())).then_some(name)
}

fn wanted(options: &Options, cluster: Option<&Cluster>, file: Option<&KubeBenchFile>) -> BTreeSet<String> {
    let named = [
        options.benchmark.targets.as_slice(),
        cluster.map(|cluster| cluster.targets.as_slice()).unwrap_or_default(),
        file.map(|file| file.says().targets.as_slice()).unwrap_or_default(),
    ];
    let first = named.into_iter().find(|targets| !targets.is_empty());
    first.unwrap_or_default().iter().map(|target| target.word().to_owned()).collect()
}

fn skipped(options: &Options, cluster: Option<&Cluster>, file: Option<&KubeBenchFile>) -> BTreeSet<String> {
    let cluster = cluster.map(|cluster| cluster.skip.as_slice()).unwrap_or_default();
    let file = file.map(|file| file.says().skip.as_slice()).unwrap_or_default();
    options.benchmark.skip.iter().chain(cluster).chain(file).cloned().collect()
}

/// A target that no benchmark in force has would leave nothing to judge, and nobody would know.
fn check_targets(list: &[Assignment]) -> Result<(), Error> {
    let Some(lost) = list.iter().find(|assignment| assignment.checks().next().is_none()) else { return Ok(()) };
    let targets: Vec<&str> = lost.benchmark.head.targets.keys().map(String::as_str).collect();
    let wanted: Vec<&str> = lost.targets.iter().map(String::as_str).collect();
    let message = format!("{} has no target {}", lost.benchmark.head.benchmark, wanted.join(" and no target "));
    Err(Error::usage(message).help(format!("its targets are {}", targets.join(", "))))
}

/// A number that no benchmark has is a slip; one that another benchmark has is not, as `skip: ["1"]` on EKS.
fn check_skip(list: &[Assignment]) -> Result<(), Error> {
    let matches = |benchmark: &Benchmark, number: &str| benchmark.checks.iter().any(|check| check.is_named(number));
    let numbers: BTreeSet<&String> = list.iter().flat_map(|assignment| &assignment.skip).collect();
    for number in numbers {
        let here = list.iter().any(|assignment| matches(&assignment.benchmark, number));
        if !here && !benchmark::all()?.iter().any(|benchmark| matches(benchmark, number)) {
            let error = Error::usage(format!("skip: no benchmark has a check, section or chapter `{number}`"));
            return Err(error.help("`portcullis list --benchmark NAME` lists the numbers of one"));
        }
    }
    Ok(())
}

fn renamed(message: String) -> Notice {
    Notice { code: "renamed-benchmark", message, help: None, location: None }
}

fn none_fits(cluster: &str, choice: &Choice) -> Notice {
    Notice {
        code: "no-benchmark",
        message: format!("cluster {cluster}: there is no benchmark {}", choice.because()),
        help: Some("name one with --benchmark; `portcullis list --benchmark all` lists them".to_owned()),
        location: None,
    }
}
