//! What kube-bench says of running nodes, joined to what the files say: results come in, findings go out, with both sides where they
//! disagree.
//!
//! A check that one control answers speaks for that control; any other one is a control of its own, `cis-1.12:1.1.1`. A WARN of
//! kube-bench fails nothing, there or here, unless the files say that the setting is right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;
use std::sync::Arc;

use super::Options;
use super::gate_files::GateFiles;
use super::judged::Judged;
use super::nodes::{self, NodeSubject, Value};
use super::plan::Plan;
use super::standard::Standard;
use crate::config::DEFAULT_CLUSTER;
use crate::error::Error;
use crate::evaluate::benchmark;
use crate::locate;
use crate::model::benchmark::{Answer, Benchmark};
use crate::model::coverage::DocumentCoverage;
use crate::model::policy::Text;
use crate::model::report::Notice;
use crate::model::{
    Action, Confidence, Control, Coverage, DocumentStatus, FileStatus, Finding, Identity, Location, Path, Related,
    Severity, SubjectKind,
};
use crate::node::kube_bench::{self, Actual, Status};

/// The results that the command line names.
#[derive(Default)]
pub struct Live {
    /// The nodes, in the order of the results.
    pub nodes: Vec<Node>,
    /// What to know of their benchmarks.
    pub notices: Vec<Notice>,
}

/// What kube-bench says of a node.
pub struct Node {
    /// Its cluster.
    pub cluster: Arc<str>,
    /// Its name.
    pub name: String,
    checks: Vec<Check>,
}

/// A check with what our data says of it.
struct Check {
    said: kube_bench::Check,
    /// `cis-1.12:1.1.1`.
    id: Arc<str>,
    /// The controls that answer it, and no other thing does.
    controls: Vec<Arc<Control>>,
    /// What findings are of.
    control: Arc<Control>,
}

impl Live {
    /// Reads the results.
    ///
    /// # Errors
    /// For a file that cannot be read, holds no results, or names a cluster or benchmark that does not exist.
    pub fn read(options: &Options, plan: &Plan) -> Result<Self, Error> {
        let mut live = Self::default();
        let mut read = BTreeMap::new();
        let mut unnamed: BTreeSet<(Arc<str>, String)> = BTreeSet::new();
        for argument in &options.gate.kube_bench {
            let Argument { cluster, name, path } = Argument::new(argument, plan);
            let source = GateFiles::here(&plan.root).read(&plan.cwd.join(path))?;
            let cluster = cluster_of("--kube-bench", cluster, source.path(), plan)?;
            let results = kube_bench::read(&source)?;
            let many = results.len() > 1;
            let stem = FilePath::new(&**source.path()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            for (index, result) in results.into_iter().enumerate() {
                let number = if many { format!("-{}", index + 1) } else { String::new() };
                let name = match (name, &result.pod) {
                    (Some(name), _) => format!("{name}{number}"),
                    (None, Some(pod)) => pod.clone(),
                    (None, None) => format!("{stem}{number}"),
                };
                let is_own = options.gate.kube_bench.len() == 1 || argument.contains('=');
                if !unnamed.insert((Arc::clone(&cluster), name.clone())) && !is_own {
                    let error = Error::usage(format!("two results of kube-bench are of a node `{name}`"));
                    return Err(error.help("name the nodes: `--kube-bench NODE=FILE`"));
                }
                let checks = result.checks.into_iter().map(|said| live.check(said, plan, &mut read));
                let checks = checks.collect::<Result<_, Error>>()?;
                live.nodes.push(Node { cluster: Arc::clone(&cluster), name, checks });
            }
        }
        Ok(live)
    }

    /// Cluster → the benchmarks of its results.
    pub fn benchmarks(&self) -> BTreeMap<Arc<str>, BTreeSet<String>> {
        let mut benchmarks: BTreeMap<Arc<str>, BTreeSet<String>> = BTreeMap::new();
        for node in &self.nodes {
            let of = benchmarks.entry(Arc::clone(&node.cluster)).or_default();
            of.extend(node.checks.iter().filter_map(|check| Some(check.id.split_once(':')?.0.to_owned())));
        }
        benchmarks
    }

    /// The controls that results are about.
    pub fn controls(&self) -> BTreeMap<Arc<str>, Arc<Control>> {
        let checks = self.nodes.iter().flat_map(|node| &node.checks);
        checks.map(|check| (Arc::clone(&check.control.id), Arc::clone(&check.control))).collect()
    }

    fn check(
        &mut self,
        said: kube_bench::Check,
        plan: &Plan,
        read: &mut BTreeMap<String, (String, Arc<Benchmark>)>,
    ) -> Result<Check, Error> {
        let (name, known) = match read.get(&said.benchmark) {
            Some(known) => known.clone(),
            None => self.benchmark(&said)?,
        };
        read.insert(said.benchmark.clone(), (name.clone(), Arc::clone(&known)));
        let ours = known.checks.iter().find(|check| check.id == said.number);
        let named = ours.filter(|check| check.answer == Answer::Control).map(|check| check.controls.as_slice());
        let named = named.unwrap_or_default().iter().filter_map(|id| plan.catalog.control(id).ok());
        let controls: Vec<Arc<Control>> = named.cloned().collect();
        let id: Arc<str> = format!("{name}:{}", said.number).into();
        let title = ours.map(|check| check.text.clone()).filter(|text| !text.is_empty());
        let control = match controls.as_slice() {
            [one] => Arc::clone(one),
            _ => Arc::new(own(&id, title.unwrap_or_else(|| said.title.clone()), &said)),
        };
        Ok(Check { said, id, controls, control })
    }

    /// The benchmark that a check names, by its name of today.
    fn benchmark(&mut self, said: &kube_bench::Check) -> Result<(String, Arc<Benchmark>), Error> {
        let place = &said.benchmark_place;
        let (name, notice) = benchmark::resolve(&said.benchmark).map_err(|error| match error {
            Error::Usage { message, help } => {
                let error = Error::at(&place.source, place.span, message, "not known here");
                error.help(help.unwrap_or_default())
            }
            error => error,
        })?;
        self.notices.extend(notice.map(|message| Notice {
            code: "old-benchmark",
            message,
            help: None,
            location: Some(place.clone()),
        }));
        let known = Arc::new(benchmark::benchmark(&name)?);
        Ok((name, known))
    }
}

/// A check as a control of its own.
fn own(id: &Arc<str>, title: String, said: &kube_bench::Check) -> Control {
    Control {
        id: Arc::clone(id),
        kind: SubjectKind::Component,
        kinds: Vec::new(),
        package: Text::default(),
        title: title.into(),
        description: Text::default(),
        severity: Severity::Medium,
        remediation: said.remediation.clone().into(),
        references: Vec::new(),
        default: true,
        mode: Action::Deny,
        parameters: Vec::new(),
    }
}

/// `[[CLUSTER/]NODE=]FILE`.
struct Argument<'a> {
    cluster: Option<&'a str>,
    name: Option<&'a str>,
    path: &'a str,
}

impl<'a> Argument<'a> {
    fn new(text: &'a str, plan: &Plan) -> Self {
        let Some((named, path)) = text.split_once('=').filter(|_| !plan.cwd.join(text).exists()) else {
            return Self { cluster: None, name: None, path: text };
        };
        match named.rsplit_once('/') {
            Some((cluster, name)) => Self { cluster: Some(cluster), name: Some(name), path },
            None => Self { cluster: None, name: Some(named), path },
        }
    }
}

/// The cluster that is named, else that of the file, else the only one.
pub fn cluster_of(option: &str, named: Option<&str>, file: &str, plan: &Plan) -> Result<Arc<str>, Error> {
    let clusters = &plan.config.clusters;
    if let Some(name) = named {
        if name != DEFAULT_CLUSTER && !clusters.contains_key(name) {
            return Err(Error::usage(format!("{option}: there is no cluster `{name}` in the configuration")));
        }
        return Ok(name.into());
    }
    let of_file = plan.config.cluster_of(file);
    match clusters.keys().next() {
        Some(only) if of_file == DEFAULT_CLUSTER && clusters.len() == 1 => Ok(only.as_str().into()),
        _ => Ok(of_file.into()),
    }
}

/// The components of the nodes in the files, with their values; none where there is nothing to compare with.
pub fn components(live: &Live, subjects: &[NodeSubject]) -> Vec<(Arc<Identity>, Vec<Value>)> {
    let is_one = |of_node: &&NodeSubject| of_node.subject.kind == SubjectKind::Component && !live.nodes.is_empty();
    let components = subjects.iter().filter(is_one);
    components.map(|of_node| (Arc::clone(&of_node.subject.identity), nodes::values(of_node))).collect()
}

/// What the files say, to be compared with.
pub struct Files<'a> {
    judged: &'a [Judged],
    components: &'a [(Arc<Identity>, Vec<Value>)],
}

/// What they say of a check.
struct Side<'a> {
    passes: bool,
    value: Option<&'a Value>,
}

impl<'a> Files<'a> {
    /// What was judged, and the components of the nodes with their values.
    pub fn new(judged: &'a [Judged], components: &'a [(Arc<Identity>, Vec<Value>)]) -> Self {
        Self { judged, components }
    }

    /// What the files say of a check of a node; none where they say nothing, or are not of one mind.
    fn side(&self, node: &Node, check: &Check) -> Option<Side<'a>> {
        let ids: Vec<&str> = check.controls.iter().map(|control| &*control.id).collect();
        let counts = self.judged.iter().flat_map(|judged| &judged.counts);
        let own = counts.filter(|((cluster, control), _)| *cluster == node.cluster && ids.contains(&&**control));
        let (judged, failed, is_open) = own.fold((0, 0, false), |sum, (_, count)| {
            (sum.0 + count.judged, sum.1 + count.failed, sum.2 || !count.open.is_empty())
        });
        if judged == 0 || is_open {
            return None;
        }
        if check.controls.iter().any(|control| control.kind != SubjectKind::Component) {
            return Some(Side { passes: failed == 0, value: None });
        }
        let program = check.said.program.map(|program| program.word());
        let of_cluster = self.components.iter().filter(|(identity, _)| {
            identity.cluster == node.cluster && program.is_none_or(|program| identity.kind == program)
        });
        let of_cluster: Vec<_> = of_cluster.collect();
        let is_node =
            |(identity, _): &&&(Arc<Identity>, Vec<Value>)| identity.name.rsplit('/').next() == Some(&node.name);
        let of_node: Vec<_> = of_cluster.iter().filter(is_node).copied().collect();
        let considered = if of_node.is_empty() { of_cluster } else { of_node };
        let findings = || self.judged.iter().flat_map(|judged| &judged.findings);
        let fails = |identity: &Identity| {
            findings().any(|finding| *finding.identity == *identity && ids.contains(&&*finding.control))
        };
        let (first, values) = considered.first()?;
        let passes = !fails(first);
        if considered.iter().any(|(identity, _)| fails(identity) == passes) {
            return None;
        }
        let name = format!("{}.{}", first.kind, check.said.setting.as_deref().unwrap_or_default());
        Some(Side { passes, value: values.iter().find(|value| value.name == name) })
    }
}

/// The findings of the results, and their place in the ledger.
pub fn judge(standard: &Standard, files: &Files<'_>) -> Judged {
    let mut judged = Judged::default();
    for node in &standard.live.nodes {
        for check in node.checks.iter().filter(|check| standard.asks_for(&node.cluster, &check.id, &check.controls)) {
            let side = files.side(node, check);
            let drift = side.and_then(|side| drift(node, check, &side));
            let (counts, fails) = match check.said.status {
                Status::Pass => (true, false),
                Status::Fail => (true, true),
                Status::Unmet if drift.is_some() => (true, true),
                Status::Unmet | Status::Manual | Status::Skipped => (false, false),
            };
            if counts {
                let pair = (Arc::clone(&node.cluster), Arc::clone(&check.control.id));
                let count = judged.counts.entry(pair).or_default();
                count.judged += 1;
                count.failed += usize::from(fails);
            }
            if fails || drift.is_some() {
                let (message, related) = drift.unwrap_or_else(|| (failure(node, check), Vec::new()));
                judged.findings.push(finding(node, check, standard.severity(&check.control), message, related));
            }
        }
    }
    judged
}

/// The ledger's lines of the results: they were judged, wherever they lie.
pub fn coverage(live: &Live, ledger: &mut Vec<Coverage>) {
    let places = live.nodes.iter().flat_map(|node| node.checks.first());
    let files: BTreeSet<&Arc<str>> = places.map(|check| check.said.place.source.path()).collect();
    for file in files {
        ledger.retain(|line| line.file != *file);
        let document = DocumentCoverage { document: 0, line: 1, status: DocumentStatus::Judged, reason: String::new() };
        ledger.push(Coverage {
            file: Arc::clone(file),
            status: FileStatus::Judged,
            reason: String::new(),
            documents: vec![document],
        });
    }
}

/// Where the files and a node disagree: both sides, and where the files say theirs.
fn drift(node: &Node, check: &Check, side: &Side<'_>) -> Option<(String, Vec<Related>)> {
    let passes = match check.said.status {
        Status::Pass => true,
        Status::Fail | Status::Unmet => false,
        Status::Manual | Status::Skipped => return None,
    };
    if passes == side.passes {
        return None;
    }
    let number = &check.id;
    let Some((name, value)) = check.said.setting.as_ref().zip(side.value) else {
        let verb = |passes| if passes { "pass" } else { "fail" };
        let message = format!("the files {} {number}, node `{}` {}es it", verb(side.passes), node.name, verb(passes));
        return Some((message.replace("failes", "fails"), Vec::new()));
    };
    let text = value.value.as_ref().ok().map(shown)?;
    let is_silent = matches!(value.origin, "default" | "unset");
    // Where both leave it to the default, or have the same, kube-bench reads otherwise than the component does.
    let runs = match &check.said.actual {
        Actual::Unset if is_silent => return None,
        Actual::Value(actual) if actual.eq_ignore_ascii_case(&text) => return None,
        Actual::Value(actual) => format!("runs `{actual}`"),
        Actual::Unset => "does not set it".to_owned(),
        Actual::Unknown => (if passes { "passes" } else { "fails" }).to_owned(),
    };
    let says = if is_silent { format!("leaves it at `{text}`") } else { format!("says `{text}`") };
    let message = format!("`{name}`: the repository {says}, node `{}` {runs}", node.name);
    let place =
        value.place.clone().map(|location| Related { message: format!("the repository says `{text}`"), location });
    Some((message, place.into_iter().collect()))
}

fn failure(node: &Node, check: &Check) -> String {
    let head = format!("node `{}` fails {}", node.name, check.id);
    match (&check.said.setting, &check.said.actual) {
        (Some(name), Actual::Value(value)) => format!("{head}: `{name}` is `{value}`"),
        (Some(name), Actual::Unset) => format!("{head}: `{name}` is not set"),
        _ => head,
    }
}

fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    }
}

fn finding(node: &Node, check: &Check, severity: Severity, message: String, related: Vec<Related>) -> Finding {
    let identity = Arc::new(Identity {
        cluster: Arc::clone(&node.cluster),
        kind: Identity::NODE.to_owned(),
        name: node.name.clone(),
        ..Identity::default()
    });
    // The file of the results is a new one every day, and the benchmark is of no importance to a control.
    let named = "/live";
    let fingerprint = locate::fingerprint(&check.control.id, "", &identity, named);
    Finding {
        control: Arc::clone(&check.control.id),
        severity,
        mode: check.control.mode,
        message,
        identity,
        namespace: None,
        document: 0,
        container: None,
        image: None,
        path: Path::root(),
        named: Some(named.to_owned()),
        missing: None,
        location: Location::clone(&check.said.place),
        confidence: Confidence::Exact,
        related,
        fix: None,
        metadata: None,
        fingerprint,
        check: Some(Arc::clone(&check.id)),
    }
}
