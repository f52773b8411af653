//! Joins the stages: options in, a report and an exit code out. The one file that knows them all.

mod assign;
mod before;
mod combined;
mod documents;
mod evidence;
mod first_look;
mod gate_files;
mod inventory;
mod judged;
mod kube_bench_file;
mod layers;
mod lint;
mod live;
mod neighbours;
mod nested;
mod nodes;
mod noted;
mod plan;
mod policy_files;
mod report;
mod review;
mod side;
mod standard;
mod state;
mod survey;
mod user;
mod words;
pub mod worker;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use serde_json::{Value as Json, json};

use crate::adjudicate::Tally;
use crate::adjudicate::append::{Fields, append};
use crate::adjudicate::baseline::{Baselines, Comparison};
use crate::adjudicate::exception::{self, Exception};
use crate::adjudicate::ignore;
use crate::adjudicate::lock::{Lock, Policy};
use crate::classify::{self, Classified, Context, InventoryObject, Kept};
use crate::config::KubernetesVersion;
use crate::discover::{Candidate, is_node_file};
use crate::error::Error;
use crate::evaluate::{Evaluation, Evaluator, Input, Interner};
use crate::locate;
use crate::model::{
    Coverage, Date, Days, Document, FileStatus, Parsed, Path, Reads, Record, Report, Seen, Severity, Source, Subject,
    SubjectKind, Time,
};
use crate::parse;
use crate::trend::History;
use before::Befores;
use gate_files::GateFiles;
use judged::Judged;
use live::Live;
use nodes::NodeSubject;
use plan::Plan;
use standard::Standard;
use survey::{Clue, Survey};
use user::UserPolicies;
use worker::Runner;

pub use crate::adjudicate::Limit;
pub use crate::config::Target as BenchmarkTarget;
pub use lint::{PolicyCheck, check as check_policies, test as test_policies};
pub use nodes::{Value as EffectiveValue, name as effective_name};

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files, directories and globs to judge; none means the current directory.
    pub targets: Vec<PathBuf>,
    /// The name of the file on standard input.
    pub stdin_filename: Option<String>,
    /// The configuration file, instead of the one found.
    pub config: Option<PathBuf>,
    /// Configurations that go below it, the lowest first.
    pub extends: Vec<PathBuf>,
    /// The profile, instead of the configuration's.
    pub profile: Option<String>,
    /// Only these controls, whatever the profile.
    pub controls: Vec<String>,
    /// All but these controls.
    pub skip_controls: Vec<String>,
    /// Only the controls that are evidence for these frameworks; none means all.
    pub frameworks: Vec<String>,
    /// The user's own policies: files and directories, instead of the configuration's.
    pub policies: Vec<PathBuf>,
    /// The packages of them that are asked, instead of the configuration's.
    pub namespaces: Vec<String>,
    /// What they see as `data`, instead of the configuration's.
    pub data: Vec<PathBuf>,
    /// Whether they judge every document, whatever it holds.
    pub all_documents: bool,
    /// Whether they judge all documents of a cluster at once.
    pub combine: bool,
    /// This program, which evaluates them in a process of its own; none means here.
    pub worker: Option<PathBuf>,
    /// The severity from which a new finding shuts the gate.
    pub fail_on: Option<Severity>,
    /// Whether a run that judged nothing is fine.
    pub allow_empty: bool,
    /// Whether to judge each file by itself, and say nothing that a run over the whole repository would not say.
    pub file_by_file: bool,
    /// How many files are judged at a time; none means one for each processor.
    pub threads: Option<usize>,
    /// The version of Kubernetes, as `1.33` or `v1.33.1+k3s1`, for clusters whose configuration names none.
    pub kubernetes_version: Option<String>,
    /// The branch, tag or commit that the change is compared with.
    pub against: Option<String>,
    /// Whether findings in files that the change does not touch are left out.
    pub changed_only: bool,
    /// The benchmark to judge by, and which part of it.
    pub benchmark: BenchmarkOptions,
    /// What other programs say, as `[CLUSTER=]FILE`.
    pub evidence: Vec<String>,
    /// The history that the run is added to.
    pub history: Option<PathBuf>,
    /// What shuts the gate, and what does not.
    pub gate: GateOptions,
}

/// What the command line says of the benchmark.
#[derive(Debug, Clone, Default)]
pub struct BenchmarkOptions {
    /// The benchmark of all clusters, instead of the configured ones.
    pub name: Option<String>,
    /// The targets that are judged; all of them where it is empty.
    pub targets: Vec<BenchmarkTarget>,
    /// Numbers of checks, sections and chapters that are left out.
    pub skip: Vec<String>,
}

impl Options {
    /// The version of Kubernetes.
    ///
    /// # Errors
    /// For what is no version.
    pub fn kubernetes(&self) -> Result<Option<KubernetesVersion>, Error> {
        let version = self.kubernetes_version.as_deref().map(str::parse).transpose();
        version.map_err(|why: String| Error::usage(format!("--kubernetes-version: {why}")))
    }
}

/// What the command line says of the gate; each option goes before the configuration.
#[derive(Debug, Clone, Default)]
pub struct GateOptions {
    /// Today; who does not say is told that every date has passed.
    pub today: Option<Date>,
    /// The time of the run, for reports; none if it is not to be said.
    pub at: Option<Time>,
    /// How many controls may fail.
    pub max_fail: Option<usize>,
    /// How many new findings may be.
    pub max_new: Option<usize>,
    /// The least percentage of controls that pass.
    pub min_score: Option<f64>,
    /// What is wanted of clusters and of sections of their benchmarks.
    pub limits: Vec<Limit>,
    /// Whether vanished entries of the baseline shut the gate.
    pub strict_baseline: bool,
    /// Whether ignores in manifests have no effect.
    pub no_inline: bool,
    /// How long before its review date an exception is announced.
    pub warn_before: Option<Days>,
    /// The file of the baseline.
    pub baseline: Option<PathBuf>,
    /// The file of the exceptions.
    pub exceptions: Option<PathBuf>,
    /// Results of kube-bench, as `[[CLUSTER/]NODE=]FILE`.
    pub kube_bench: Vec<String>,
    /// Whether these files may be missing though they are named: they are to be written.
    pub may_be_missing: bool,
    /// The branch, tag or commit whose word counts: the gate's own files are read from where HEAD and it part.
    pub trust: Option<String>,
    /// Whether to judge as if there were no baseline yet.
    pub is_fresh: bool,
}

/// The result of a run.
pub struct Run {
    /// What there is to say.
    pub report: Report,
    /// What the process says.
    pub exit: Exit,
    /// What the gate's own files come to.
    pub state: GateState,
    /// The text of the history with this run, where one is kept.
    pub history: Option<String>,
    /// Kept so that `check`, which does not free its run, does not free this either.
    plan: Plan,
}

impl Run {
    /// How many threads it took.
    pub fn threads(&self) -> usize {
        self.plan.pool.current_num_threads()
    }
}

/// What the baselines and the exceptions come to in a run.
#[derive(Debug)]
pub struct GateState {
    /// The baselines.
    pub baselines: Baselines,
    /// For each of them, how it compares.
    pub comparisons: Vec<Comparison>,
    /// The exceptions, each with the positions of its findings among the verdicts.
    pub exceptions: Vec<(Exception, Vec<usize>)>,
    /// Whether all files and controls were judged.
    pub is_whole: bool,
}

/// The exit code, in words; when several apply, `Error`, then `Shut`, then `Gap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: the gate is open.
    Open,
    /// 1: the gate is shut.
    Shut,
    /// 2: a policy failed.
    Error,
    /// 3: something that should have been judged could not be.
    Gap,
}

/// Is told how far a run has come.
pub trait Progress: Sync {
    /// So many files will be judged.
    fn start(&self, files: usize);
    /// One of them is done.
    fn advance(&self);
    /// All of them are.
    fn finish(&self);
}

/// Judges what the options name.
///
/// # Errors
/// For options, configuration or policies that cannot be used. A file that cannot be read is no error but a gap in the report.
pub fn run(options: &Options, progress: &dyn Progress) -> Result<Run, Error> {
    let plan = Plan::new(options)?;
    let history = history(options, &plan)?;
    let Prepared { standard, subjects, ledger } = prepare(options, &plan)?;
    let evidence = evidence::read(options, &plan, &standard.frameworks.common)?;
    progress.start(plan.candidates.len());
    let files = judge_files(&plan, &standard, &|_| None, &|| progress.advance());
    let before = Befores::judge(&plan, &standard, &files)?;
    let files = join(&plan, &standard, (subjects, ledger), files);
    progress.finish();
    let (mut report, state) = report::report(&plan, standard, options, files, before)?;
    report.evidence = evidence;
    let exit = report::exit(&report, options.allow_empty || options.file_by_file);
    let history = history.map(|mut history| {
        history.push(Record::of(&report, Record::latest(&history.records)));
        let text = history.text();
        report.history = history.records;
        text
    });
    Ok(Run { report, exit, state, history, plan })
}

/// Reads a history of runs.
///
/// # Errors
/// For what is no history, at the place.
pub fn kept_history(path: &FilePath) -> Result<History, Error> {
    let cwd = std::env::current_dir().map_err(|why| Error::io("read", ".", why))?;
    History::read(&*GateFiles::here(&cwd).read(&cwd.join(path))?)
}

/// The history that a run is added to; one that is not there yet has no runs.
fn history(options: &Options, plan: &Plan) -> Result<Option<History>, Error> {
    let Some(path) = options.history.as_deref().map(|path| plan.cwd.join(path)) else { return Ok(None) };
    match path.try_exists() {
        Ok(false) => Ok(Some(History::default())),
        _ => History::read(&*GateFiles::here(&plan.cwd).read(&path)?).map(Some),
    }
}

/// What a run works with, and the subjects that it has to know for that.
struct Prepared {
    standard: Standard,
    subjects: Vec<NodeSubject>,
    ledger: nodes::Ledger,
}

/// Looks at the files once, because what they are decides what they are judged by.
fn prepare(options: &Options, plan: &Plan) -> Result<Prepared, Error> {
    let survey = Survey::new(plan)?;
    let (subjects, ledger) = nodes::subjects(plan, &survey.declaring);
    let clues: Vec<Clue> = survey.clues.into_iter().chain(nodes::clues(&subjects)).collect();
    let has_node = subjects.iter().map(|of_node| Arc::clone(&of_node.subject.identity.cluster)).collect();
    let live = Live::read(options, plan)?;
    Ok(Prepared { standard: Standard::new(options, plan, &clues, &has_node, live)?, subjects, ledger })
}

/// The policies of now, and those that the repository has taken over.
#[derive(Debug)]
pub struct Policies {
    /// Those of now, by control.
    pub policies: Vec<Policy>,
    /// Those that it has taken over, if it has.
    pub lock: Option<Lock>,
    /// Where they are written, or would be.
    pub path: PathBuf,
}

/// The root of a run.
///
/// # Errors
/// As [`run`].
pub fn root(options: &Options) -> Result<PathBuf, Error> {
    Ok(Plan::new(options)?.root)
}

/// Reads the policies and the lock.
///
/// # Errors
/// As [`run`].
pub fn policies(options: &Options) -> Result<Policies, Error> {
    let plan = Plan::new(options)?;
    let standard = prepare(options, &plan)?.standard;
    let policies = standard::policies(&plan.catalog);
    Ok(Policies { policies, lock: standard.state.lock, path: standard.state.lock_path })
}

/// The file of the exceptions with one entry more, and its text.
///
/// # Errors
/// For an entry that is wrong, at its place in the new text.
pub fn add_exception(options: &Options, fields: &Fields) -> Result<(PathBuf, String), Error> {
    let plan = Plan::new(options)?;
    let Prepared { standard, .. } = prepare(options, &plan)?;
    let cluster = fields.iter().find(|(key, _)| *key == "cluster").map(|(_, name)| name.as_str());
    let path = standard.state.exceptions_path(cluster);
    let source = match path.symlink_metadata() {
        Ok(_) => GateFiles::here(&plan.root).read(path)?,
        Err(_) => Arc::new(Source::new(path.strip_prefix(&plan.root).unwrap_or(path).to_string_lossy(), "")),
    };
    let text = append(&source, &parse::parse(&source), fields)?;
    let source = Arc::new(Source::new(Arc::clone(source.path()), text));
    exception::read(&source, &parse::parse(&source), &standard.words)?;
    Ok((path.to_owned(), source.text().to_owned()))
}

/// Emits each component and host of the nodes with its effective values.
///
/// # Errors
/// As [`run`].
pub fn effective(options: &Options, emit: &mut dyn FnMut(&Subject, Vec<EffectiveValue>)) -> Result<Exit, Error> {
    let plan = Plan::new(options)?;
    let survey = Survey::new(&plan)?;
    let (subjects, ledger) = nodes::subjects(&plan, &survey.declaring);
    for of_node in subjects {
        emit(&of_node.subject, nodes::values(&of_node));
    }
    Ok(if ledger.has_gap() { Exit::Gap } else { Exit::Open })
}

/// Emits what policies see: for each subject `{"subject", "input", "data"}`, in the order of the files.
///
/// # Errors
/// As [`run`].
pub fn inspect(options: &Options, emit: &mut dyn FnMut(serde_json::Value)) -> Result<Exit, Error> {
    let plan = Plan::new(options)?;
    let Prepared { standard, subjects, .. } = prepare(options, &plan)?;
    let mut objects = Vec::new();
    let mut gap = false;
    let mut subject = |subject: &Subject| {
        let identity = &subject.identity;
        let words = json!({
            "kind": subject.kind, "file": subject.file, "document": subject.document, "root": subject.root,
            "cluster": identity.cluster, "apiVersion": identity.api_version, "objectKind": identity.kind,
            "namespace": identity.namespace, "name": identity.name, "partial": subject.partial,
        });
        let data = json!({"parameters": standard.parameters(&identity.cluster)});
        emit(json!({"subject": words, "input": subject.whole_input(), "data": data}));
    };
    let is_document = |candidate: &&Candidate| !is_node_file(FilePath::new(&*candidate.path));
    for candidate in plan.candidates.iter().filter(is_document) {
        let Ok((source, parsed)) = read(&plan, candidate) else {
            gap = true;
            continue;
        };
        let classified = classify_file(&plan, candidate, (&source, &parsed), &|_| true);
        gap |= classified.coverage.status == FileStatus::Unparsable;
        classified.subjects.iter().for_each(&mut subject);
        objects.extend(classified.objects);
    }
    for ((objects, kept), mut inventory) in inventory::subjects(&plan, objects) {
        let entries = objects.iter().enumerate().map(inventory::entry).zip(kept).map(|(own, Kept { object, pods })| {
            Json::Object(own.into_iter().chain([("object".to_owned(), object), ("pods".to_owned(), pods)]).collect())
        });
        if let Some(input) = Arc::make_mut(&mut inventory.input).as_object_mut() {
            input.insert("objects".to_owned(), entries.collect());
        }
        subject(&inventory);
    }
    subjects.iter().for_each(|of_node| subject(&of_node.subject));
    Ok(if gap { Exit::Gap } else { Exit::Open })
}

/// What a thread judges with.
struct Judge {
    evaluators: Vec<Evaluator>,
    policies: Option<Runner>,
    /// The words of the objects that wait for the inventory.
    words: Interner,
}

impl Judge {
    fn new(plan: &Plan, standard: &Standard) -> Self {
        let policies = plan.user.as_deref().map(UserPolicies::runner);
        Self { evaluators: standard.evaluators(), policies, words: Interner::default() }
    }

    /// What the inventory keeps of an object until it is judged.
    fn kept(&mut self, Kept { object, pods }: &Kept<Json>) -> Kept<Input> {
        Kept { object: self.words.input(object), pods: self.words.input(pods) }
    }

    fn evaluate(&mut self, standard: &Standard, subject: &Subject) -> Evaluation {
        let evaluator = self.evaluators.get_mut(standard.evaluator_of(&subject.identity.cluster));
        evaluator.map(|one| one.evaluate(subject.kind, subject.object.as_ref(), &subject.input)).unwrap_or_default()
    }

    /// What the user's policies say of the documents of a file, in their order.
    fn evaluate_documents(&mut self, plan: &Plan, standard: &Standard, subjects: &[Subject]) -> Vec<Evaluation> {
        let (Some(policies), Some(runner)) = (&plan.user, &mut self.policies) else { return vec![] };
        let documents: Vec<&Subject> =
            subjects.iter().filter(|subject| subject.kind == SubjectKind::Document).collect();
        policies.evaluate(standard, runner, &documents)
    }
}

/// Judges every file, unless it is `known` what comes of it: one for each, in their order, and one with the counts of all of them.
fn judge_files(
    plan: &Plan,
    standard: &Standard,
    known: &(dyn Fn(&Candidate) -> Option<Judged> + Sync),
    advance: &(dyn Fn() + Sync),
) -> Vec<Judged> {
    // Rayon would make one for each piece of the list, of which there are many more than threads.
    let idle: Mutex<Vec<Judge>> = Mutex::default();
    let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    // A file goes on counting where the one before it ended: counts for each file would be most of the memory.
    let judge = |(mut files, mut counts): (Vec<Judged>, Tally), candidate| {
        let file = known(candidate).unwrap_or_else(|| {
            let free = idle().pop();
            let mut judge = free.unwrap_or_else(|| Judge::new(plan, standard));
            let mut file = judge_file(plan, standard, &mut judge, candidate, std::mem::take(&mut counts));
            idle().push(judge);
            counts = std::mem::take(&mut file.counts);
            file
        });
        advance();
        files.push(file);
        (files, counts)
    };
    let join = |(mut files, mut counts): (Vec<Judged>, Tally), (more, others): (Vec<Judged>, Tally)| {
        files.extend(more);
        for (pair, count) in others {
            counts.entry(pair).or_default().add(count);
        }
        (files, counts)
    };
    let all = || plan.spread(&plan.candidates).fold(Default::default, judge).reduce(Default::default, join);
    let (mut files, counts) = plan.pool.install(all);
    files.push(Judged { counts, ..Judged::default() });
    files
}

/// Adds what the files come to together: the inventory, the documents that policies see at once, the nodes, and how that compares
/// with live results.
fn join(
    plan: &Plan,
    standard: &Standard,
    (subjects, ledger): (Vec<NodeSubject>, nodes::Ledger),
    mut files: Vec<Judged>,
) -> Vec<Judged> {
    let objects: Vec<_> = files.iter_mut().flat_map(|file| std::mem::take(&mut file.objects)).collect();
    let together = files.iter_mut().flat_map(|file| std::mem::take(&mut file.together)).collect();
    files.push(combined::judge(plan, standard, together, &objects));
    files.push(inventory::judge(plan, standard, objects));
    let components = live::components(&standard.live, &subjects);
    let nodes = nodes::judge(standard, subjects, ledger, &mut files);
    files.push(nodes);
    files.push(live::judge(standard, &live::Files::new(&files, &components)));
    files
}

fn judge_file(plan: &Plan, standard: &Standard, judge: &mut Judge, candidate: &Candidate, counts: Tally) -> Judged {
    if is_node_file(FilePath::new(&*candidate.path)) {
        return Judged { coverage: Some(nodes::coverage(plan, candidate)), counts, ..Judged::default() };
    }
    let (source, parsed) = match read(plan, candidate) {
        Ok(read) => read,
        Err(coverage) => return Judged { coverage: Some(coverage), counts, ..Judged::default() },
    };
    let is_combined = plan.user.as_ref().is_some_and(|policies| policies.combine());
    let cluster = plan.config.cluster_of(&candidate.path);
    let is_judged = |kind| !standard.judging(cluster, kind).is_empty();
    let is_inventoried = is_judged(SubjectKind::Inventory);
    let mut classified = classify_file(plan, candidate, (&source, &parsed), &is_judged);
    let places: Vec<_> = classified.objects.iter_mut().map(|(object, _)| place(object)).collect();
    for (object, _) in classified.objects.iter_mut().filter(|_| is_inventoried) {
        if let Some(document) = document(&parsed, object.document) {
            noted::note(&source, &document, object);
        }
    }
    let mut judged = Judged {
        ignores: ignore::read(&source, &parsed, &places),
        coverage: Some(classified.coverage),
        notices: classified.notices,
        counts,
        ..Judged::default()
    };
    let namespaces: BTreeMap<(usize, &Path), &Option<Arc<str>>> =
        classified.objects.iter().map(|(object, _)| ((object.document, &object.root), &object.namespace)).collect();
    if is_combined {
        let is_document = |subject: &mut Subject| subject.kind == SubjectKind::Document;
        judged.together = classified.subjects.extract_if(.., is_document).collect();
    }
    let mut of_documents = judge.evaluate_documents(plan, standard, &classified.subjects).into_iter();
    for subject in &classified.subjects {
        let evaluation = match subject.kind {
            SubjectKind::Document => of_documents.next(),
            _ => Some(judge.evaluate(standard, subject)),
        };
        let Some((mut evaluation, document)) = evaluation.zip(document(&parsed, subject.document)) else { continue };
        if subject.partial {
            let is_there = |path: &Path| document.find(document.root, &subject.root.join(path)).is_some();
            evaluation.violations.retain(|(_, violation)| violation.duplicate.is_some() || is_there(&violation.path));
        }
        let at = document.find(document.root, &subject.root).unwrap_or(document.root);
        let line = source.region(document.node(at).span).start.line();
        let violations = judged.count(standard, subject, evaluation, |_| {
            vec![Seen { file: Arc::clone(&subject.file), line, what: subject.identity.to_string() }]
        });
        let mut findings = locate::locate(&source, &document, subject, violations);
        if let Some(&namespace) = namespaces.get(&(subject.document, &subject.root)) {
            findings.iter_mut().for_each(|finding| finding.namespace.clone_from(namespace));
        }
        judged.findings.extend(findings);
    }
    if is_inventoried || is_combined {
        let kept = |(object, kept)| (object, judge.kept(&kept));
        judged.objects = classified.objects.into_iter().map(kept).collect();
    }
    // What is in order already is put in order quickly, by the one thread that does it for all files.
    judged.findings.sort_by(report::by_place);
    // There is one of these for each file until the report is made.
    judged.findings.shrink_to_fit();
    judged.objects.shrink_to_fit();
    judged
}

/// Where ignores of an object stand; what it is put together from is not needed again.
fn place(object: &mut InventoryObject) -> ignore::Place {
    let holders = std::iter::once(Path::root()).chain(std::mem::take(&mut object.pods)).collect();
    ignore::Place { document: object.document, root: object.root.clone(), holders }
}

fn classify_file(
    plan: &Plan,
    candidate: &Candidate,
    (source, parsed): (&Arc<Source>, &Parsed),
    is_judged: &dyn Fn(SubjectKind) -> bool,
) -> Classified {
    let cluster = plan.config.cluster_of(&candidate.path);
    let context = Context {
        pod_kinds: &plan.pod_kinds,
        charts: &plan.charts,
        kustomizations: &plan.kustomizations,
        cluster_namespace: plan.namespace(cluster),
        cluster: Arc::from(cluster),
        static_pod: candidate.static_pod,
        documents: plan.user.as_ref().map_or(classify::Documents::None, |policies| policies.documents(candidate)),
        reads: plan.user.as_ref().map_or(&Reads::Whole, |policies| policies.reads()),
        is_judged,
    };
    classify::classify(source, parsed, &context)
}

/// Reads and parses a file; the ledger's line when that fails.
fn read(plan: &Plan, candidate: &Candidate) -> Result<(Arc<Source>, Parsed), Coverage> {
    let source = plan.source(candidate).map_err(|reason| Coverage {
        file: Arc::clone(&candidate.path),
        status: FileStatus::Unparsable,
        reason,
        documents: vec![],
    })?;
    let parsed = parse::parse(&source);
    Ok((source, parsed))
}

fn document(parsed: &Parsed, index: usize) -> Option<Cow<'_, Document>> {
    let empty = || Some(Document::empty()).filter(|_| parsed.documents.is_empty());
    let found = parsed.document(index);
    found.map(Cow::Borrowed).or_else(|| empty().map(Cow::Owned))
}
