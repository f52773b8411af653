//! The user's own policies in a run: their files are read and checked here, and documents are judged by them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Options;
use super::documents::{Answer, DocumentJudge, Placed};
use super::gate_files::GateFiles;
use super::policy_files::PolicyPaths;
use super::standard::Standard;
use super::worker::{Runner, Worker};
use crate::config::{Config, Documents};
use crate::discover::Candidate;
use crate::error::Error;
use crate::evaluate::Evaluation;
use crate::evaluate::rego::check::Problem;
use crate::evaluate::user::{Author, Namespaces, Place, PolicySet, Program, Refusal};
use crate::model::policy::RelatedPath;
use crate::model::{self, Confidence, Control, Reads, Source, Subject, Violation};

/// The policies of a run, ready.
pub struct UserPolicies {
    /// What they say.
    pub set: PolicySet,
    /// Their files, and those of their data.
    pub sources: Vec<Arc<Source>>,
    program: Arc<Program>,
    evaluator: Evaluator,
    documents: Documents,
    combine: bool,
    named: BTreeSet<PathBuf>,
    root: PathBuf,
}

/// What evaluates the policies: this process, or others, of which the first is ready.
enum Evaluator {
    Here(Box<DocumentJudge>),
    There(PathBuf, Mutex<Option<Box<Worker>>>),
}

impl UserPolicies {
    /// The policies that the options and the configuration name, if they name any.
    ///
    /// # Errors
    /// For files that cannot be read, and for the first thing that is wrong with them.
    pub fn read(
        options: &Options,
        config: &Config,
        (cwd, root): (&Path, &Path),
        files: &GateFiles,
    ) -> Result<Option<Self>, Error> {
        let paths = PolicyPaths::new(options, config, cwd, root);
        if paths.policies.is_empty() {
            return Ok(None);
        }
        let sources = paths.sources(root, files, false)?;
        let (data, data_sources) = paths.data(root, files)?;
        let set = PolicySet::read(sources.clone(), data, &paths.namespaces);
        let set = set.map_err(|problems| error(&sources, &problems))?;
        if set.clauses.is_empty() {
            return Err(silent(&set, &paths.namespaces));
        }
        let program = Arc::new(set.program());
        let evaluator =
            Evaluator::new(&program, options.worker.clone()).map_err(|refusal| refused(&sources, refusal))?;
        let named = options.targets.iter().filter_map(|target| cwd.join(target).canonicalize().ok());
        let documents = if options.all_documents { Documents::All } else { config.policies.documents };
        let combine = options.combine || config.policies.combine;
        let (named, root) = (named.collect(), root.to_owned());
        let sources = sources.into_iter().chain(data_sources).collect();
        Ok(Some(Self { set, sources, program, evaluator, documents, combine, named, root }))
    }

    /// What evaluates them for one thread.
    pub fn runner(&self) -> Runner {
        match &self.evaluator {
            Evaluator::Here(judge) => Runner::Here(judge.clone()),
            Evaluator::There(command, first) => {
                let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
                Runner::There(
                    first.unwrap_or_else(|| Box::new(Worker::new(Arc::clone(&self.program), command.clone()))),
                )
            }
        }
    }

    /// What they say of each of these documents, which lie in one file.
    pub fn evaluate(&self, standard: &Standard, runner: &mut Runner, documents: &[&Subject]) -> Vec<Evaluation> {
        let [first, ..] = documents else { return vec![] };
        let is_on = |control: &Control| standard.is_on(&first.identity.cluster, control);
        let is_off = |author: &Author| !self.set.control(*author).is_some_and(|control| is_on(control));
        let off: BTreeSet<Author> = self.set.authors().filter(is_off).collect();
        let inputs: Vec<_> = documents.iter().map(|document| &*document.input).collect();
        let answers = runner.answer(&inputs, &self.place(&first.file), &off);
        answers.into_iter().map(|answer| self.evaluation(answer)).collect()
    }

    fn evaluation(&self, answer: Answer) -> Evaluation {
        let of = |author: Author| self.set.control(author).cloned();
        let violations = answer.findings.into_iter();
        let violations = violations.filter_map(|placed| Some((of(placed.author)?, violation(placed))));
        Evaluation {
            violations: violations.collect(),
            excepted: answer.excepted.into_iter().filter_map(|rule| of(Author::Rule(rule))).collect(),
            errors: answer.faults.into_iter().filter_map(|(author, why)| Some((of(author)?, why))).collect(),
            ..Evaluation::default()
        }
    }

    /// Whether they judge all documents at once.
    pub fn combine(&self) -> bool {
        self.combine
    }

    /// What they read of a document.
    pub fn reads(&self) -> &Reads {
        // All at once are one list to them, whatever is in it.
        if self.combine { &Reads::Whole } else { &self.program.reads }
    }

    /// Where a file lies, as `data.conftest.file` has it: its name and its directory.
    fn place(&self, file: &str) -> Place {
        let path = self.root.join(if self.combine { "Combined" } else { file });
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        Place { name: text(path.file_name()), dir: text(path.parent().map(Path::as_os_str)) }
    }

    /// Which documents of a file they judge.
    pub fn documents(&self, candidate: &Candidate) -> crate::classify::Documents {
        let is_named = candidate.stdin || self.named.contains(&self.root.join(&candidate.relative));
        match self.documents {
            Documents::Manifests if !is_named => crate::classify::Documents::Manifests,
            _ => crate::classify::Documents::All,
        }
    }
}

impl Evaluator {
    fn new(program: &Arc<Program>, worker: Option<PathBuf>) -> Result<Self, Refusal> {
        let Some(command) = worker else {
            return Ok(Self::Here(Box::new(DocumentJudge::new(Arc::clone(program))?)));
        };
        let mut first = Box::new(Worker::new(Arc::clone(program), command.clone()));
        first.ready()?;
        Ok(Self::There(command, Mutex::new(Some(first))))
    }
}

fn violation(placed: Placed) -> Violation {
    let others = placed.others.into_iter().map(|steps| ("here as well", steps));
    let related = others.chain(placed.partner.map(|steps| ("compared with this", steps)));
    let related = related.map(|(message, steps)| RelatedPath { message: message.to_owned(), path: model::Path(steps) });
    Violation {
        message: placed.said.message,
        path: model::Path(placed.path),
        duplicate: None,
        object: None,
        related: related.collect(),
        fix: None,
        inferred: Some(placed.confidence).filter(|confidence| *confidence != Confidence::Exact),
        metadata: Some(placed.said.metadata).filter(|metadata| !metadata.is_empty()).map(Box::new),
    }
}

fn refused(sources: &[Arc<Source>], refusal: Refusal) -> Error {
    match refusal.file.as_str() {
        "" => Error::usage(refusal.message),
        _ => {
            let (file, line, message) = (refusal.file, refusal.line.unwrap_or(1), refusal.message);
            error(sources, &[Problem { file, line, message, help: None }])
        }
    }
}

/// The first problem at its line, and how many more there are.
pub fn error(sources: &[Arc<Source>], problems: &[Problem]) -> Error {
    let Some(first) = problems.first() else { return Error::usage("the policies cannot be used") };
    let more = match problems.len() {
        1 => String::new(),
        many => format!("{} more: `portcullis policies check` shows them all", many - 1),
    };
    let help = [first.help.clone().unwrap_or_default(), more];
    let help = help.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    let error = match sources.iter().find(|source| **source.path() == *first.file) {
        Some(source) => Error::at(source, line(source, first.line), first.message.clone(), "here"),
        None => Error::usage(format!("{}: {}", first.file, first.message)),
    };
    if help.is_empty() { error } else { error.help(help) }
}

/// The text of a line without its indentation.
fn line(source: &Source, number: u32) -> crate::model::Span {
    let span = source.line_span(number).unwrap_or_default();
    let text = source.slice(span);
    crate::model::Span::new(span.start + text.len() - text.trim_start().len(), span.end)
}

fn silent(set: &PolicySet, namespaces: &Namespaces) -> Error {
    let there_are: Vec<String> = PolicySet::namespaces(&set.modules).into_iter().collect();
    let asked = if namespaces.0.is_empty() { "main".to_owned() } else { namespaces.0.join(", ") };
    let error = Error::usage(format!("no rule `deny`, `warn` or `violation` is in the packages asked for: {asked}"));
    error.help(match there_are.as_slice() {
        [] => "no package of these policies has such a rule".to_owned(),
        names => format!("`--namespace NAME` asks others; such rules are in {}", names.join(", ")),
    })
}
