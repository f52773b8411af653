//! The gate's own state: the exceptions and the baseline of the repository, found and read before the first file is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::gate_files::GateFiles;
use super::words::Words;
use super::{GateOptions, Options};
use crate::adjudicate::baseline::{self, Baseline, Baselines};
use crate::adjudicate::exception::{self, Exception};
use crate::adjudicate::lock::{self, Lock};
use crate::config::Config;
use crate::error::Error;
use crate::model::report::Notice;
use crate::model::{Location, Span};
use crate::parse;

/// The file that holds how many controls may fail.
const COUNT_FILE: &str = ".kube-bench-baseline";

/// What the gate knows ahead of a run.
#[derive(Clone)]
pub struct State {
    /// The accepted risks.
    pub exceptions: Vec<Exception>,
    /// The findings that are known.
    pub baselines: Baselines,
    /// The policies that the repository has taken over, if it has.
    pub lock: Option<Lock>,
    /// Where they are written, or would be.
    pub lock_path: PathBuf,
    /// How many controls may fail, and where that is written.
    pub count: Option<(usize, Location)>,
    homes: Homes,
}

/// Where exceptions are added.
#[derive(Clone)]
struct Homes {
    /// Those of the repository.
    shared: PathBuf,
    /// Those of a cluster that has its own file.
    own: BTreeMap<String, PathBuf>,
}

impl State {
    /// Reads what is there.
    ///
    /// # Errors
    /// For a file that is named and missing or leads out of the root, and for a mistake in one.
    pub fn read(
        options: &Options,
        config: &Config,
        (cwd, root): (&Path, &Path),
        files: &GateFiles,
        words: &Words,
    ) -> Result<Self, Error> {
        let places = Places { gate: &options.gate, config, cwd, root, files };
        let (homes, found) = places.exceptions()?;
        let mut exceptions = Vec::new();
        for (path, clusters) in found.iter().filter(|(path, _)| !options.gate.may_be_missing || files.has(path)) {
            let source = files.read(path)?;
            let within = clusters.clone().map(Arc::new);
            let mut read = exception::read(&source, &parse::parse(&source), words)?;
            read.iter_mut().for_each(|exception| exception.within.clone_from(&within));
            exceptions.extend(read);
        }
        let (lock_path, lock) = places.lock()?;
        let count = count(&root.join(COUNT_FILE), files)?;
        Ok(Self { exceptions, baselines: places.baselines()?, lock, lock_path, count, homes })
    }

    /// Where an exception would be added that is about this cluster, or about all.
    pub fn exceptions_path(&self, cluster: Option<&str>) -> &Path {
        cluster.and_then(|cluster| self.homes.own.get(cluster)).unwrap_or(&self.homes.shared)
    }

    /// What to say of the count ahead.
    pub fn notice(&self) -> Option<Notice> {
        let (allowed, location) = self.count.as_ref()?;
        Some(Notice {
            code: "allowed-failures",
            message: format!("the number of controls that may fail, of any severity, is {allowed}"),
            help: Some("`portcullis baseline write` records which findings are known, instead of how many".to_owned()),
            location: Some(location.clone()),
        })
    }
}

/// A file of exceptions, and the clusters in which they hold; none for all.
type ExceptionsFile = (PathBuf, Option<BTreeSet<String>>);

/// Where the files are.
struct Places<'a> {
    gate: &'a GateOptions,
    config: &'a Config,
    cwd: &'a Path,
    root: &'a Path,
    files: &'a GateFiles,
}

impl Places<'_> {
    /// Where exceptions are added, and the files to read.
    fn exceptions(&self) -> Result<(Homes, Vec<ExceptionsFile>), Error> {
        if let Some(named) = &self.gate.exceptions {
            let path = self.cwd.join(named);
            return Ok((Homes { shared: path.clone(), own: BTreeMap::new() }, vec![(path, None)]));
        }
        let [first, second] = exception::FILE_NAMES.map(|name| self.root.join(name));
        let shared = match &self.config.exceptions {
            Some(path) => vec![self.inside(path.as_ref())?],
            None => [&first, &second].into_iter().filter(|path| self.files.has(path)).cloned().collect(),
        };
        let own = self.config.clusters.iter().filter_map(|(name, cluster)| Some((name, cluster.exceptions.as_ref()?)));
        let own = own.map(|(name, path)| Ok((name.clone(), self.inside(path.as_ref())?)));
        let own: BTreeMap<String, PathBuf> = own.collect::<Result<_, Error>>()?;
        let mut within: BTreeMap<&PathBuf, BTreeSet<String>> = BTreeMap::new();
        for (name, path) in own.iter().filter(|(_, path)| !shared.contains(path)) {
            within.entry(path).or_default().insert(name.clone());
        }
        shared.iter().try_for_each(|path| self.files.stays_inside(path))?;
        let within = within.into_iter().map(|(path, clusters)| (path.clone(), Some(clusters)));
        let files = shared.iter().map(|path| (path.clone(), None)).chain(within).collect();
        Ok((Homes { shared: shared.into_iter().next().unwrap_or(first), own }, files))
    }

    fn lock(&self) -> Result<(PathBuf, Option<Lock>), Error> {
        let named = self.config.lock.as_ref().map(AsRef::as_ref);
        let path = self.inside(named.unwrap_or(Path::new(lock::FILE_NAME)))?;
        let must_exist = named.is_some() && !self.gate.may_be_missing;
        let lock = match must_exist || self.files.has(&path) {
            true => Some(Lock::read(&self.files.read(&path)?)?),
            false => None,
        };
        Ok((path, lock))
    }

    fn baselines(&self) -> Result<Baselines, Error> {
        let (shared, is_named) = match (&self.gate.baseline, &self.config.baseline) {
            (Some(path), _) => (self.cwd.join(path), true),
            (None, Some(path)) => (self.inside(path.as_ref())?, true),
            (None, None) => (self.inside(Path::new(baseline::FILE_NAME))?, false),
        };
        let mut baselines = Baselines { files: vec![self.baseline(shared, is_named)?], of_cluster: BTreeMap::new() };
        let own = self.config.clusters.iter().filter_map(|(name, cluster)| Some((name, cluster.baseline.as_ref()?)));
        for (name, path) in own.filter(|_| self.gate.baseline.is_none()) {
            let path = self.inside(path.as_ref())?;
            let index = match baselines.files.iter().position(|file| file.path == path) {
                Some(index) => index,
                None => {
                    baselines.files.push(self.baseline(path, true)?);
                    baselines.files.len() - 1
                }
            };
            baselines.of_cluster.insert(name.clone(), index);
        }
        Ok(baselines)
    }

    fn baseline(&self, path: PathBuf, is_named: bool) -> Result<baseline::File, Error> {
        let must_exist = is_named && !self.gate.may_be_missing;
        let baseline = match (must_exist || self.files.has(&path)) && !self.gate.is_fresh {
            true => Some(Baseline::read(&self.files.read(&path).map_err(how_to_write)?)?),
            false => None,
        };
        Ok(baseline::File { path, is_named, baseline })
    }

    /// A file that the configuration names.
    fn inside(&self, path: &Path) -> Result<PathBuf, Error> {
        let path: PathBuf = self.root.join(path).components().collect();
        self.files.stays_inside(&path).map(|()| path)
    }
}

fn how_to_write(error: Error) -> Error {
    match error {
        Error::Io { ref cause, help: None, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
            error.help("`portcullis baseline write` writes it")
        }
        error => error,
    }
}

fn count(path: &Path, files: &GateFiles) -> Result<Option<(usize, Location)>, Error> {
    if !files.has(path) {
        return Ok(None);
    }
    let source = files.read(path)?;
    let text = source.text();
    let start = text.len() - text.trim_start().len();
    let span = Span::new(start, start + text.trim().len());
    let number = text.trim().parse().map_err(|_| {
        Error::at(&source, span, "this is no number of controls", "here").help("it holds how many controls may fail")
    })?;
    Ok(Some((number, Location { source, span })))
}
