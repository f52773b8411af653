//! Joins the stages: options in, a report and an exit code out. The one file that knows them all.

mod inventory;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;

use crate::adjudicate::{self, Threshold};
use crate::classify::{self, Classified, Context, InventoryObject};
use crate::discover::Candidate;
use crate::error::Error;
use crate::evaluate::{Evaluation, Evaluator, benchmark};
use crate::locate;
use crate::model::report::Notice;
use crate::model::{
    Control, ControlResult, Coverage, Document, FileStatus, Finding, Gate, Outcome, Parsed, Path, Report, Severity,
    Source, Subject, Violation,
};
use crate::parse;
use plan::Plan;

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files, directories and globs to judge; none means the current directory.
    pub targets: Vec<PathBuf>,
    /// The name of the file on standard input.
    pub stdin_filename: Option<String>,
    /// The configuration file, instead of the one found.
    pub config: Option<PathBuf>,
    /// The profile, instead of the configuration's.
    pub profile: Option<String>,
    /// Only these controls, whatever the profile.
    pub controls: Vec<String>,
    /// All but these controls.
    pub skip_controls: Vec<String>,
    /// The severity from which a new finding shuts the gate.
    pub fail_on: Option<Severity>,
    /// Whether a run that judged nothing is fine.
    pub allow_empty: bool,
    /// How many files are judged at a time; none means one for each processor.
    pub threads: Option<usize>,
    /// The version of Kubernetes, as `1.33`, for clusters whose configuration names none.
    pub kubernetes_version: Option<String>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Run {
    /// What there is to say.
    pub report: Report,
    /// What the process says.
    pub exit: Exit,
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
    progress.start(plan.candidates.len());
    let mut files = plan.pool.install(|| {
        let judge = |evaluator: &mut Evaluator, candidate| {
            let file = judge_file(&plan, evaluator, candidate);
            progress.advance();
            file
        };
        plan.candidates.par_iter().map_init(|| plan.evaluator.clone(), judge).collect::<Vec<_>>()
    });
    let objects = files.iter_mut().flat_map(|file| std::mem::take(&mut file.objects)).collect();
    files.push(inventory::judge(&plan, objects));
    progress.finish();
    let report = report(&plan, files);
    let exit = exit(&report, options.allow_empty);
    Ok(Run { report, exit })
}

/// Emits what policies see: for each subject `{"subject", "input", "data"}`, in the order of the files.
///
/// # Errors
/// As [`run`].
pub fn inspect(options: &Options, emit: &mut dyn FnMut(serde_json::Value)) -> Result<Exit, Error> {
    let plan = Plan::new(options)?;
    let mut objects = Vec::new();
    let mut gap = false;
    let data = json!({"parameters": plan.parameters});
    let mut subject = |subject: &Subject| {
        let identity = &subject.identity;
        let words = json!({
            "kind": subject.kind, "file": subject.file, "document": subject.document, "root": subject.root,
            "cluster": identity.cluster, "apiVersion": identity.api_version, "objectKind": identity.kind,
            "namespace": identity.namespace, "name": identity.name, "partial": subject.partial,
        });
        emit(json!({"subject": words, "input": subject.input, "data": data}));
    };
    for candidate in &plan.candidates {
        let Ok((source, parsed)) = read(&plan, candidate) else {
            gap = true;
            continue;
        };
        let classified = classify_file(&plan, candidate, &source, &parsed);
        gap |= classified.coverage.status == FileStatus::Unparsable;
        classified.subjects.iter().for_each(&mut subject);
        objects.extend(classified.objects);
    }
    inventory::subjects(&plan, &objects).iter().for_each(|(_, inventory)| subject(inventory));
    Ok(if gap { Exit::Gap } else { Exit::Open })
}

/// What one file, or the inventory, adds to the report.
#[derive(Default)]
struct Judged {
    coverage: Option<Coverage>,
    findings: Vec<Finding>,
    /// For each control how many subjects it judged, and how many of them failed.
    counts: BTreeMap<Arc<str>, (usize, usize)>,
    errors: Vec<(Arc<Control>, String, String)>,
    objects: Vec<InventoryObject>,
    notices: Vec<Notice>,
}

impl Judged {
    /// Counts an evaluation and hands back its violations with their severity in this run.
    fn count(
        &mut self,
        plan: &Plan,
        subject: &Subject,
        evaluation: Evaluation,
    ) -> Vec<(Arc<Control>, Severity, Violation)> {
        let failed: BTreeSet<Arc<str>> =
            evaluation.violations.iter().map(|(control, _)| Arc::clone(&control.id)).collect();
        let broken: BTreeSet<&str> = evaluation.errors.iter().map(|(control, _)| &*control.id).collect();
        for control in plan.evaluator.controls(subject.kind) {
            if control.judges(&subject.identity.kind) && !broken.contains(&*control.id) {
                let count = self.counts.entry(Arc::clone(&control.id)).or_default();
                count.0 += 1;
                count.1 += usize::from(failed.contains(&control.id));
            }
        }
        let place = format!("{} in {}", subject.identity, subject.file);
        self.errors.extend(evaluation.errors.into_iter().map(|(control, why)| (control, why, place.clone())));
        let violations = evaluation.violations.into_iter();
        violations.map(|(control, violation)| (Arc::clone(&control), plan.severity(&control), violation)).collect()
    }
}

fn judge_file(plan: &Plan, evaluator: &mut Evaluator, candidate: &Candidate) -> Judged {
    let (source, parsed) = match read(plan, candidate) {
        Ok(read) => read,
        Err(coverage) => return Judged { coverage: Some(coverage), ..Judged::default() },
    };
    let classified = classify_file(plan, candidate, &source, &parsed);
    let mut judged = Judged {
        coverage: Some(classified.coverage),
        objects: classified.objects,
        notices: classified.notices,
        ..Judged::default()
    };
    for subject in &classified.subjects {
        let Some(document) = document(&parsed, subject.document) else { continue };
        let mut evaluation = evaluator.evaluate(subject.kind, &subject.input);
        if subject.partial {
            let is_there = |path: &Path| document.find(document.root, &subject.root.join(path)).is_some();
            evaluation.violations.retain(|(_, violation)| violation.duplicate.is_some() || is_there(&violation.path));
        }
        let violations = judged.count(plan, subject, evaluation);
        judged.findings.extend(locate::locate(&source, document, subject, violations));
    }
    judged
}

fn classify_file(plan: &Plan, candidate: &Candidate, source: &Arc<Source>, parsed: &Parsed) -> Classified {
    let cluster = plan.config.cluster_of(&candidate.path);
    let context = Context {
        pod_kinds: &plan.pod_kinds,
        charts: &plan.charts,
        kustomizations: &plan.kustomizations,
        cluster_namespace: plan.namespace(cluster),
        cluster: Arc::from(cluster),
        static_pod: candidate.static_pod,
    };
    classify::classify(source, parsed, &context)
}

/// Reads and parses a file; the ledger's line when that fails.
fn read(plan: &Plan, candidate: &Candidate) -> Result<(Arc<Source>, Parsed), Coverage> {
    let gap = |reason: String| Coverage {
        file: Arc::clone(&candidate.path),
        status: FileStatus::Unparsable,
        reason,
        documents: vec![],
    };
    let bytes = plan.read(candidate).map_err(|why| gap(why.to_string()))?;
    let text = parse::decode(bytes).map_err(|why| gap(format!("{} (byte {})", why.message, why.offset)))?;
    let source = Arc::new(Source::new(Arc::clone(&candidate.path), text));
    let parsed = parse::parse(&source);
    Ok((source, parsed))
}

fn document(parsed: &Parsed, index: usize) -> Option<&Document> {
    parsed.documents.iter().flatten().find(|document| document.index == index)
}

fn report(plan: &Plan, files: Vec<Judged>) -> Report {
    let mut coverage = plan.left_out.clone();
    let mut findings = Vec::new();
    let mut counts: BTreeMap<Arc<str>, (usize, usize)> = BTreeMap::new();
    let mut errors: BTreeMap<Arc<str>, (String, String, usize)> = BTreeMap::new();
    let mut notices = plan.notices.clone();
    for file in files {
        coverage.extend(file.coverage);
        findings.extend(file.findings);
        notices.extend(file.notices);
        for (control, (judged, failed)) in file.counts {
            let count = counts.entry(control).or_default();
            *count = (count.0 + judged, count.1 + failed);
        }
        for (control, why, place) in file.errors {
            errors.entry(Arc::clone(&control.id)).or_insert((why, place, 0)).2 += 1;
        }
    }
    sort(&mut findings);
    locate::number_equals(&mut findings);
    coverage.sort_by(|left, right| left.file.cmp(&right.file));
    notices.extend(errors.iter().map(|(control, (why, place, times))| policy_error(control, why, place, *times)));
    let controls = plan.controls.iter().map(|control| {
        let (judged, failed) = counts.get(&control.id).copied().unwrap_or_default();
        result(plan, control, judged, failed, errors.contains_key(&control.id))
    });
    let controls = controls.collect();
    let verdicts = adjudicate::adjudicate(findings, Threshold { fail_on: plan.fail_on });
    let gate = adjudicate::gate(&verdicts);
    Report { gate, verdicts, controls, coverage, notices, policy_errors: errors.len() }
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (Arc::clone(finding.location.source.path()), finding.location.span);
        let rest = |finding: &Finding| (Arc::clone(&finding.control), finding.path.clone(), finding.message.clone());
        key(left).cmp(&key(right)).then_with(|| rest(left).cmp(&rest(right)))
    });
}

fn result(plan: &Plan, control: &Arc<Control>, judged: usize, failed: usize, broken: bool) -> ControlResult {
    let outcome = match (broken, failed, judged) {
        (true, 0, _) => Outcome::Unknown,
        (false, 0, 0) => Outcome::NotApplicable,
        (false, 0, _) => Outcome::Pass,
        _ => Outcome::Fail,
    };
    ControlResult {
        control: Arc::clone(control),
        severity: plan.severity(control),
        benchmarks: benchmark::ids_of(&plan.benchmarks, &control.id),
        outcome,
        judged,
        failed,
    }
}

fn policy_error(control: &str, why: &str, place: &str, times: usize) -> Notice {
    let more = if times > 1 { format!(" and {} more", times - 1) } else { String::new() };
    Notice {
        code: Notice::POLICY_ERROR,
        message: format!("control `{control}` could not be evaluated on {place}{more}: {why}"),
        help: Some("its outcome is unknown; the other controls are not affected".to_owned()),
        location: None,
    }
}

fn exit(report: &Report, allow_empty: bool) -> Exit {
    let nothing = report.judged_documents() == 0 && !allow_empty;
    match (report.policy_errors > 0, report.gate, report.has_gap() || nothing) {
        (true, _, _) => Exit::Error,
        (_, Gate::Shut, _) => Exit::Shut,
        (_, _, true) => Exit::Gap,
        _ => Exit::Open,
    }
}
