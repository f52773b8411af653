//! The files that say what other files are: those of the run, and, where only a part of the repository is judged, those around
//! it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use crate::classify::{Charts, Kustomizations};
use crate::discover::{self, Candidate, Discovery, Files};
use crate::error::Error;
use crate::history;
use crate::model::{Parsed, Source};
use crate::parse;

/// What the files of a repository say about each other.
pub struct Neighbours {
    /// The charts.
    pub charts: Charts,
    /// The kustomizations.
    pub kustomizations: Kustomizations,
}

impl Neighbours {
    /// Reads them ahead of all other files, and adds the files that kustomizations of the run name as manifests.
    ///
    /// # Errors
    /// For a git index that cannot be read.
    pub fn find(discovery: &mut Discovery, exclude: &GlobSet, is_whole: bool) -> Result<Self, Error> {
        let own = kustomizations(&discovery.files, &discovery.candidates);
        discovery.add(own.own_resources());
        let paths = discovery.candidates.iter().map(|candidate| &*candidate.path);
        if is_whole {
            return Ok(Self { charts: Charts::new(paths), kustomizations: own });
        }
        let mut all = around(discovery, exclude)?;
        let charts = Charts::new(paths.chain(all.iter().map(|candidate| &*candidate.path)));
        all.extend(discovery.candidates.iter().cloned());
        Ok(Self { charts, kustomizations: kustomizations(&discovery.files, &all) })
    }
}

/// Files with such a name that are not judged: those that git tracks, and those in the directories above what is judged.
fn around(discovery: &Discovery, exclude: &GlobSet) -> Result<Vec<Candidate>, Error> {
    let mut paths = match &discovery.files {
        Files::Directory(root) => in_directory(root, discovery)?,
        Files::Commit(tree) => {
            let names = Kustomizations::FILE_NAMES.into_iter().chain([Charts::FILE_NAME]);
            names.flat_map(|name| tree.named(name)).map(|path| shown(&path)).collect()
        }
    };
    let is_judged = |path: &str| discovery.candidates.binary_search_by(|one| (*one.path).cmp(path)).is_ok();
    paths.retain(|path: &Arc<str>| !is_judged(path) && !exclude.is_match(&**path));
    let candidate =
        |path: Arc<str>| Candidate { relative: PathBuf::from(&*path), path, static_pod: false, stdin: false };
    Ok(paths.into_iter().map(candidate).collect())
}

fn in_directory(root: &Path, discovery: &Discovery) -> Result<BTreeSet<Arc<str>>, Error> {
    let mut paths = BTreeSet::new();
    if let Some(tracked) = history::tracked(root)? {
        paths
            .extend(tracked.paths().filter(|path| Charts::is_one(path) || Kustomizations::is_one(path)).map(Arc::from));
    }
    let mut directories = BTreeSet::from([""]);
    for candidate in &discovery.candidates {
        // What is above a directory that is known is known as well.
        let above = std::iter::successors(parent(&candidate.path), |directory| parent(directory));
        above.take_while(|directory| directories.insert(directory)).for_each(drop);
    }
    for directory in directories {
        let named = Kustomizations::FILE_NAMES.into_iter().chain([Charts::FILE_NAME]);
        let named = named.map(|name| Path::new(directory).join(name));
        let there = named.filter(|path| root.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_file()));
        paths.extend(there.map(|path| shown(&path)));
    }
    Ok(paths)
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(directory, _)| directory)
}

fn shown(path: &Path) -> Arc<str> {
    Arc::from(path.to_string_lossy().replace('\\', "/"))
}

fn kustomizations(files: &Files, candidates: &[Candidate]) -> Kustomizations {
    let ones = candidates.iter().filter(|candidate| Kustomizations::is_one(&candidate.path));
    let parsed: Vec<(Arc<str>, Parsed)> = ones
        .filter_map(|candidate| {
            let bytes = discover::read(files, candidate, parse::MAX_FILE_BYTES).ok()?;
            let source = Source::new(Arc::clone(&candidate.path), parse::decode(bytes).ok()?);
            Some((Arc::clone(&candidate.path), parse::parse(&source)))
        })
        .collect();
    let documents =
        parsed.iter().filter_map(|(path, parsed)| Some((&**path, parsed.documents.first()?.as_ref().ok()?)));
    Kustomizations::new(documents)
}
