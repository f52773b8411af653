//! What a run works with: settled once, before the first file is judged.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::Options;
use super::gate_files::GateFiles;
use super::neighbours::Neighbours;
use super::side::{Reader, Sides};
use super::user::UserPolicies;
use crate::classify::{Charts, Kustomizations, PodKinds};
use crate::config::{Config, KubernetesVersion, Platform};
use crate::discover::{self, Candidate, Files, ReadError, Target};
use crate::error::Error;
use crate::evaluate::Catalog;
use crate::history::Commit;
use crate::model::{Coverage, GateChange, Location, Source};
use crate::parse;

/// The files of a run and what the configuration says of them: all that is known before the first file is read.
#[derive(Clone)]
pub struct Plan {
    /// The configuration; an empty one where there is no file.
    pub config: Config,
    /// For each control, where the configuration adjusts it.
    pub settings_at: BTreeMap<String, Location>,
    /// The files to judge, by path.
    pub candidates: Vec<Candidate>,
    /// Symbolic links and their targets, for the trees of nodes.
    pub links: Vec<(Arc<str>, String)>,
    /// What was seen and left out.
    pub left_out: Vec<Coverage>,
    /// The user's own policies, if there are any.
    pub user: Option<Arc<UserPolicies>>,
    /// Where pods are in each kind.
    pub pod_kinds: PodKinds,
    /// The charts of the repository.
    pub charts: Charts,
    /// The kustomizations of the repository.
    pub kustomizations: Kustomizations,
    /// The policies and controls.
    pub catalog: Arc<Catalog>,
    /// The gate's own files, on both sides of a change.
    pub sides: Arc<Sides>,
    /// What the change hides by `.portcullisignore`.
    pub newly_ignored: Vec<GateChange>,
    /// Whether all files and controls are judged.
    pub is_whole: bool,
    /// The threads that judge.
    pub pool: Arc<rayon::ThreadPool>,
    /// The directory that relative paths of the command line start from.
    pub cwd: PathBuf,
    /// The root of the run.
    pub root: PathBuf,
    /// What lies below it.
    pub files: Files,
    /// What the change is compared with.
    pub against: Option<Commit>,
    walk: discover::Plan,
    kubernetes: Option<KubernetesVersion>,
    stdin: OnceLock<Vec<u8>>,
}

impl Plan {
    /// Settles what the options and the configuration say of the files.
    ///
    /// # Errors
    /// For a target that is not there, and for a mistake in the options or the configuration.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let cwd = std::env::current_dir().map_err(|why| Error::io("read", ".", why))?;
        let targets = targets(options)?;
        let common = discover::common(&cwd, &targets)?;
        let commit = |name: &String| Commit::before(&common, name);
        let (against, trusted) = (options.against.as_ref(), options.gate.trust.as_ref());
        let (against, trusted) = (against.map(commit).transpose()?, trusted.map(commit).transpose()?);
        let files = match &trusted {
            Some(commit) => GateFiles::of(commit)?,
            None => GateFiles::here(&cwd),
        };
        // A configuration marks the root, but not one that the change brings along.
        let root = discover::root(&cwd, &targets, &|path| files.has(path))?;
        let reader = Reader { options, cwd: &cwd, root: &root, targets: &targets };
        let sides = reader.settle(files.below(&root), trusted.as_ref(), against.as_ref())?;
        let config = sides.side.merged.config.clone();
        let is_whole = is_whole(options, &cwd, &root) && !options.file_by_file;
        let before = sides.other.as_ref().map(|other| commit_files(&other.commit, &root)).transpose()?;
        let walk = discover::Plan {
            cwd: cwd.clone(),
            targets,
            static_pods: config.static_pods.set().clone(),
            exclude: config.exclude.set().clone(),
            excludes_named: options.file_by_file,
            root: Some(root.clone()),
            files: None,
            gate: before.clone().filter(|_| trusted.is_some()),
        };
        let mut discovery = discover::discover(&walk)?;
        let Neighbours { charts, kustomizations } = Neighbours::find(&mut discovery, config.exclude.set(), is_whole)?;
        let newly_ignored = before.map_or_else(Vec::new, |before| {
            discover::loosened(&before, &Files::Directory(root), &discovery.ignore_files)
        });
        let rows = config.pod_templates.iter().map(|template| {
            let paths = template.paths.iter().map(|path| path.parts().join("."));
            (template.group.clone(), template.kind.clone(), paths.collect())
        });
        Ok(Self {
            pod_kinds: PodKinds::new(rows),
            charts,
            kustomizations,
            settings_at: sides.side.merged.settings_at.clone(),
            catalog: Arc::clone(&sides.side.catalog),
            user: sides.side.user.clone(),
            is_whole,
            sides: Arc::new(sides),
            newly_ignored,
            pool: Arc::new(pool(options.threads, discovery.candidates.len())?),
            kubernetes: options.kubernetes()?,
            stdin: OnceLock::new(),
            cwd,
            against,
            walk,
            root: discovery.root,
            files: discovery.files,
            candidates: discovery.candidates,
            links: discovery.links,
            left_out: discovery.ledger,
            config,
        })
    }

    /// The same plan for other files.
    ///
    /// # Errors
    /// Where they cannot be listed.
    pub fn at(&self, files: Files) -> Result<Self, Error> {
        let here = || Files::Directory(self.root.clone());
        let walk = discover::Plan {
            root: Some(self.root.clone()),
            files: Some(files),
            gate: Some(self.walk.gate.clone().unwrap_or_else(here)),
            ..self.walk.clone()
        };
        let mut discovery = discover::discover(&walk)?;
        let Neighbours { charts, kustomizations } = Neighbours::find(&mut discovery, &walk.exclude, self.is_whole)?;
        Ok(Self {
            charts,
            kustomizations,
            files: discovery.files,
            candidates: discovery.candidates,
            links: discovery.links,
            left_out: discovery.ledger,
            ..self.clone()
        })
    }

    /// The bytes of a file.
    pub fn read(&self, candidate: &Candidate) -> Result<Vec<u8>, ReadError> {
        if candidate.stdin {
            // It can be read once and may be a manifest and the file of a node.
            if let Some(bytes) = self.stdin.get() {
                return Ok(bytes.clone());
            }
            let bytes = discover::read(&self.files, candidate, parse::MAX_FILE_BYTES)?;
            return Ok(self.stdin.get_or_init(|| bytes).clone());
        }
        discover::read(&self.files, candidate, parse::MAX_FILE_BYTES)
    }

    /// The text of a file, or why it cannot be read.
    pub fn source(&self, candidate: &Candidate) -> Result<Arc<Source>, String> {
        let bytes = self.read(candidate).map_err(|why| why.to_string())?;
        let text = parse::decode(bytes).map_err(|why| format!("{} (byte {})", why.message, why.offset))?;
        Ok(Arc::new(Source::new(Arc::clone(&candidate.path), text)))
    }

    /// The file of a path.
    pub fn candidate(&self, path: &str) -> Option<&Candidate> {
        let at = self.candidates.binary_search_by(|candidate| (*candidate.path).cmp(path)).ok()?;
        self.candidates.get(at)
    }

    /// What policies see of a cluster.
    pub fn cluster(&self, name: &str) -> Json {
        let cluster = self.config.clusters.get(name);
        let version = cluster.and_then(|cluster| cluster.kubernetes.as_ref()).map(ToString::to_string);
        let platform = cluster.and_then(|cluster| cluster.platform).map(Platform::word);
        json!({"name": name, "kubernetes": version.or_else(|| self.kubernetes.map(|version| version.to_string())), "platform": platform})
    }

    /// The namespace of a cluster's objects that name none.
    pub fn namespace(&self, cluster: &str) -> Option<&str> {
        self.config.clusters.get(cluster)?.namespace.as_deref()
    }

    /// Items for the threads: one takes a sixteenth of its own at once, so that it is not alone for long at the end. Left to itself rayon
    /// gives it half of them.
    pub fn spread<'i, T: Sync>(&self, items: &'i [T]) -> impl IndexedParallelIterator<Item = &'i T> {
        items.par_iter().with_max_len(items.len().div_ceil(16 * self.pool.current_num_threads()).max(1))
    }
}

/// The files of a commit below the root.
fn commit_files(commit: &Commit, root: &Path) -> Result<Files, Error> {
    Ok(Files::Commit(Arc::new(commit.tree(root)?)))
}

fn targets(options: &Options) -> Result<Vec<Target>, Error> {
    let stdin = |path: &PathBuf| path.as_os_str() == "-";
    let name = options.stdin_filename.as_deref().map(PathBuf::from);
    match (options.targets.iter().any(stdin), &name) {
        (false, Some(_)) => {
            return Err(Error::usage("--stdin-filename names the file on standard input").help("give `-` as the path"));
        }
        (true, None) if options.targets.len() > 1 => {
            return Err(Error::usage("what is on standard input has no name").help("name it with --stdin-filename"));
        }
        _ => {}
    }
    let stdin_name = name.unwrap_or_else(|| PathBuf::from("stdin.yaml"));
    let target =
        |path: &PathBuf| if stdin(path) { Target::Stdin(stdin_name.clone()) } else { Target::Path(path.clone()) };
    Ok(options.targets.iter().map(target).collect())
}

/// The working directory, the root of the run and the configuration that the options lead to.
pub fn configuration(options: &Options) -> Result<(PathBuf, PathBuf, Config), Error> {
    let cwd = std::env::current_dir().map_err(|why| Error::io("read", ".", why))?;
    let targets = targets(options)?;
    let files = GateFiles::here(&cwd);
    let root = discover::root(&cwd, &targets, &|path| files.has(path))?;
    let reader = Reader { options, cwd: &cwd, root: &root, targets: &targets };
    let config = reader.configuration(&files.below(&root))?;
    Ok((cwd, root, config))
}

/// Whether a target is the root, and no option leaves out a control.
fn is_whole(options: &Options, cwd: &Path, root: &Path) -> bool {
    let here = [PathBuf::from(".")];
    let targets = if options.targets.is_empty() { &here[..] } else { &options.targets };
    let is_root = |target: &PathBuf| cwd.join(target).canonicalize().is_ok_and(|target| target == root);
    let asked = &options.benchmark;
    let all_controls = options.controls.is_empty() && options.skip_controls.is_empty() && options.profile.is_none();
    let all_controls = all_controls && options.frameworks.is_empty();
    let all_checks = asked.name.is_none() && asked.targets.is_empty() && asked.skip.is_empty();
    all_controls && all_checks && targets.iter().any(is_root)
}

/// One thread for each processor, and no more than there are files.
fn pool(threads: Option<usize>, files: usize) -> Result<rayon::ThreadPool, Error> {
    let threads = threads.or_else(|| available_parallelism().ok().map(NonZero::get)).unwrap_or(1).min(files.max(1));
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(8 << 20);
    builder.build().map_err(|why| Error::usage(format!("cannot start the threads that judge: {why}")))
}
