//! The user's own policies in a run: their files are read and checked here, and documents are judged by them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value as Json};

use super::Options;
use super::gate_files::GateFiles;
use super::worker::{Runner, Worker};
use crate::config::{Config, Documents};
use crate::discover::Candidate;
use crate::error::Error;
use crate::evaluate::rego::check::Problem;
use crate::evaluate::user::{Namespaces, Place, PolicySet, Program, Refusal, Runtime};
use crate::model::Source;
use crate::parse;

/// How many files a policy set may have.
const MOST_FILES: usize = 20_000;
/// How deep the directories of a policy set may lie.
const MOST_DEPTH: usize = 64;

/// Where the policies of a run are, by the command line and the configuration together.
#[derive(Debug, Clone, Default)]
pub struct PolicyPaths {
    /// The files and directories.
    pub policies: Vec<PathBuf>,
    /// The files and directories of `data`.
    pub data: Vec<PathBuf>,
    /// The packages.
    pub namespaces: Namespaces,
}

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
    Here(Box<Runtime>),
    There(PathBuf, Mutex<Option<Box<Worker>>>),
}

impl PolicyPaths {
    /// What the options and the configuration say. What the command line names goes before the configuration.
    pub fn new(options: &Options, config: &Config, cwd: &Path, root: &Path) -> Self {
        let settings = &config.policies;
        let paths = |named: &[PathBuf], settings: Vec<PathBuf>| match named {
            [] => settings,
            named => named.iter().map(|path| cwd.join(path)).collect(),
        };
        let below = |path| root.join(path);
        let names = if options.namespaces.is_empty() { &settings.namespaces } else { &options.namespaces };
        Self {
            policies: paths(&options.policies, settings.paths.iter().map(below).collect()),
            data: paths(&options.data, settings.data.iter().map(below).collect()),
            namespaces: Namespaces(names.clone()),
        }
    }

    /// The policy files, in the order of their paths; with `tests` also the ones that hold tests.
    ///
    /// # Errors
    /// For a path that is not there or holds no policy.
    pub fn sources(&self, root: &Path, files: &GateFiles, tests: bool) -> Result<Vec<Arc<Source>>, Error> {
        let is_policy = |name: &str| name.ends_with(".rego") && (tests || !name.ends_with("_test.rego"));
        let mut all = BTreeSet::new();
        for path in &self.policies {
            let found = below(path, root, files, &is_policy)?;
            if found.is_empty() {
                let shown = path.strip_prefix(root).unwrap_or(path).display();
                let error = Error::usage(format!("there is no policy in `{shown}`"));
                return Err(error.help("policies are files that end in .rego, and not in _test.rego"));
            }
            all.extend(found);
        }
        all.iter().map(|file| files.read(file)).collect()
    }

    /// The data document, and its files. What lies in a directory below the one that is named has the names of the directories between as keys, as in OPA.
    ///
    /// # Errors
    /// For a file that is not there, is no mapping, or says what another one says.
    pub fn data(&self, root: &Path, files: &GateFiles) -> Result<(Json, Vec<Arc<Source>>), Error> {
        let (mut data, mut sources) = (Map::new(), Vec::new());
        let is_data = |name: &str| [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
        for path in &self.data {
            for file in below(path, root, files, &is_data)? {
                let source = files.read(&file)?;
                let value = read_data(&source)?;
                sources.push(Arc::clone(&source));
                let between = file.parent().and_then(|parent| parent.strip_prefix(path).ok()).unwrap_or(Path::new(""));
                let nested = between.iter().rev().fold(value, |value, name| {
                    Json::Object(Map::from_iter([(name.to_string_lossy().into_owned(), value)]))
                });
                let Json::Object(members) = nested else { continue };
                join(&mut data, members).map_err(|key| {
                    Error::usage(format!("{}: `{key}` is in another file of the data as well", source.path()))
                })?;
            }
        }
        Ok((Json::Object(data), sources))
    }
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
            Evaluator::Here(runtime) => Runner::Here(runtime.clone()),
            Evaluator::There(command, first) => {
                let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
                Runner::There(
                    first.unwrap_or_else(|| Box::new(Worker::new(Arc::clone(&self.program), command.clone()))),
                )
            }
        }
    }

    /// Whether they judge all documents at once.
    pub fn combine(&self) -> bool {
        self.combine
    }

    /// Where a file lies, as `data.conftest.file` has it: its name and its directory.
    pub fn place(&self, file: &str) -> Place {
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
            return Ok(Self::Here(Box::new(Runtime::new(Program::clone(program))?)));
        };
        let mut first = Box::new(Worker::new(Arc::clone(program), command.clone()));
        first.ready()?;
        Ok(Self::There(command, Mutex::new(Some(first))))
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

/// A file, or the files below a directory whose name is wanted. Links that lead out of the directory are not followed.
fn below(
    path: &Path,
    root: &Path,
    files: &GateFiles,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeSet<PathBuf>, Error> {
    let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let fail = |path: &Path, why| Error::io("read", shown(path), why);
    let home = files.real(path).map_err(|why| fail(path, why))?;
    if !files.has_directory(&home) {
        return Ok(BTreeSet::from([path.to_owned()]));
    }
    let (mut found, mut waiting) = (BTreeSet::new(), vec![(path.to_owned(), 0)]);
    while let Some((directory, depth)) = waiting.pop() {
        for path in files.entries(&directory).map_err(|why| fail(&directory, why))? {
            let inside = files.real(&path).is_ok_and(|real| real.starts_with(&home));
            let is_wanted = path.file_name().and_then(|name| name.to_str()).is_some_and(is_wanted);
            if inside && files.has_directory(&path) && depth < MOST_DEPTH {
                waiting.push((path, depth + 1));
            } else if inside && is_wanted && files.has_file(&path) {
                found.insert(path);
            }
        }
        if found.len() > MOST_FILES {
            return Err(Error::usage(format!("`{}` holds more than {MOST_FILES} files", shown(&home).display())));
        }
    }
    Ok(found)
}

fn read_data(source: &Arc<Source>) -> Result<Json, Error> {
    let mut documents = parse::parse(source).documents.into_iter();
    match (documents.next(), documents.next()) {
        (Some(Ok(document)), None) => match document.to_json(document.root) {
            value @ Json::Object(_) => Ok(value),
            _ => Err(Error::at(source, document.node(document.root).span, "data is a mapping", "this is none")),
        },
        (Some(Err((_, why))), _) => Err(Error::at(source, why.span, why.message, "here")),
        (None, _) => Ok(Json::Object(Map::new())),
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("{}: data is one document, and this has several", source.path())))
        }
    }
}

/// Adds members; the key of the first one that is there already, where not both are mappings.
fn join(into: &mut Map<String, Json>, members: Map<String, Json>) -> Result<(), String> {
    for (key, value) in members {
        match (into.get_mut(&key), value) {
            (None, value) => {
                into.insert(key, value);
            }
            (Some(Json::Object(inner)), Json::Object(more)) => join(inner, more)?,
            _ => return Err(key),
        }
    }
    Ok(())
}
