//! Discovery: the targets of a run come in; the files to judge go out, and a ledger of what was seen and left out.
//!
//! The result depends on the files below the root alone: not on how a target was typed, on the number of threads, or on the
//! git configuration of the user. The walk runs in the rayon pool that the caller installs.

mod finds;
mod name;
mod place;
mod read;
mod rules;
mod target;
mod walk;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use crate::error::Error;
use crate::model::Coverage;
use finds::{Found, LeftOut};
use walk::Walk;

pub use name::is_node_file;
pub use read::{ReadError, read};

/// What to look through.
#[derive(Debug, Default, Clone)]
pub struct Plan {
    /// The directory that relative targets start from.
    pub cwd: PathBuf,
    /// What the user named; nothing means the working directory.
    pub targets: Vec<Target>,
    /// Further directories that kubelets read static pods from, relative to the root.
    pub static_pods: GlobSet,
    /// What the configuration leaves out, relative to the root.
    pub exclude: GlobSet,
    /// Whether it leaves out files that are named as well: a program has named them.
    pub excludes_named: bool,
}

/// What the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file, a directory or, if there is nothing of that name, a glob.
    Path(PathBuf),
    /// Standard input, judged as the file of this name.
    Stdin(PathBuf),
}

/// What there is to judge.
#[derive(Debug)]
pub struct Discovery {
    /// The root of the run: absolute, without symbolic links.
    pub root: PathBuf,
    /// The files to judge, by path, each once.
    pub candidates: Vec<Candidate>,
    /// What was seen and left out, by path; the path of a directory ends in `/`.
    pub ledger: Vec<Coverage>,
    /// Symbolic links with a name that is wanted, by path, each with its target as written: on a node they mean something.
    pub links: Vec<(Arc<str>, String)>,
}

/// A file to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The path in reports: relative to the root, with `/` between the parts.
    pub path: Arc<str>,
    /// Where it is.
    pub absolute: PathBuf,
    /// Whether a kubelet runs it as a static pod because of the directory it lies in.
    pub static_pod: bool,
    /// Whether its text comes from standard input instead.
    pub stdin: bool,
}

/// The root of a run: the nearest directory above its targets that holds `.git` or `portcullis.yaml`, else the directory
/// that the targets have in common.
pub fn root(cwd: &Path, targets: &[Target]) -> Result<PathBuf, Error> {
    Ok(target::root(&target::resolve(cwd, targets)?))
}

/// Finds the files to judge.
pub fn discover(plan: &Plan) -> Result<Discovery, Error> {
    let starts = target::resolve(&plan.cwd, &plan.targets)?;
    let root = target::root(&starts);
    let found = Walk::new(&root, plan).run(starts)?;
    let candidates: BTreeMap<Arc<str>, Candidate> =
        found.files.into_iter().map(|(path, file)| candidate(&root, &path, file)).collect();
    let mut ledger: Vec<Coverage> = found.left_out.into_iter().map(coverage).collect();
    ledger.retain(|entry| !candidates.contains_key(&entry.file));
    ledger.sort_by(|left, right| left.file.cmp(&right.file));
    let links = found.links.into_iter().map(|(path, target)| (name::shown(&path), target)).collect();
    Ok(Discovery { candidates: candidates.into_values().collect(), ledger, links, root })
}

impl Discovery {
    /// Adds files that other files name as manifests and whose own name says nothing; what was left out stays left out.
    pub fn add<'a>(&mut self, paths: impl IntoIterator<Item = &'a str>) {
        for path in paths.into_iter().filter(|path| !name::is_wanted(OsStr::new(path))) {
            let absolute = self.root.join(path);
            let is_file = absolute.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
            let real = absolute.canonicalize().is_ok_and(|real| real == absolute);
            let known = self.candidates.binary_search_by(|candidate| (*candidate.path).cmp(path));
            if let (Err(at), true, false) = (known, is_file && real, self.leaves_out(path)) {
                let found = Candidate { path: path.into(), absolute, static_pod: false, stdin: false };
                self.candidates.insert(at, found);
            }
        }
    }

    fn leaves_out(&self, path: &str) -> bool {
        let above = path.match_indices('/').filter_map(|(at, slash)| path.get(..at + slash.len()));
        above.chain([path]).any(|part| self.ledger.iter().any(|entry| &*entry.file == part))
    }
}

fn candidate(root: &Path, path: &Path, file: Found) -> (Arc<str>, Candidate) {
    let shown = name::shown(path);
    let Found { static_pod, stdin } = file;
    (Arc::clone(&shown), Candidate { path: shown, absolute: root.join(path), static_pod, stdin })
}

fn coverage((path, left_out): (PathBuf, LeftOut)) -> Coverage {
    let slash = if left_out.is_directory { "/" } else { "" };
    let file = format!("{}{slash}", name::shown(&path)).into();
    Coverage { file, status: left_out.status, reason: left_out.reason, documents: Vec::new() }
}

impl From<&str> for Target {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}
