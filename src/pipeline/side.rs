//! What the gate's own files say on one side of a change: where they are comes in; the configuration and the policies go out, and the
//! state once it is known what exceptions can name.

use std::path::Path;
use std::sync::Arc;

use super::gate_files::GateFiles;
use super::kube_bench_file::KubeBenchFile;
use super::layers::Layers;
use super::state::State;
use super::user::UserPolicies;
use super::words::Words;
use super::{Options, assign, review};
use crate::config::{self, Config, DEFAULT_CLUSTER, Loaded, Merged};
use crate::discover::Target;
use crate::error::Error;
use crate::evaluate::Catalog;
use crate::history::Commit;
use crate::model::Control;
use crate::model::report::Notice;

/// One side.
pub struct Side {
    /// The configuration.
    pub merged: Merged,
    /// The user's own policies, if there are any.
    pub user: Option<Arc<UserPolicies>>,
    /// All policies.
    pub catalog: Arc<Catalog>,
    /// Their controls.
    pub known: Vec<Arc<Control>>,
    /// What is left out of the benchmarks, as kube-bench has it.
    pub kube_bench: Option<KubeBenchFile>,
    /// Its files.
    pub files: GateFiles,
    options: Options,
}

/// The side that counts, and the other one.
pub struct Sides {
    /// The side that counts.
    pub side: Side,
    /// What it is compared with.
    pub other: Option<Other>,
    /// What to say where that cannot be told.
    pub told: Option<Notice>,
}

/// The side of a change that does not count.
pub struct Other {
    /// The commit that the change is compared with.
    pub commit: Commit,
    /// Whether the word of that commit counts, and this side is the later one.
    pub is_trusted: bool,
    /// What it says.
    pub side: Side,
}

/// What both sides are read with.
pub struct Reader<'a> {
    /// The command line.
    pub options: &'a Options,
    /// The working directory.
    pub cwd: &'a Path,
    /// The root of the run.
    pub root: &'a Path,
    /// What is to be judged.
    pub targets: &'a [Target],
}

impl Side {
    /// Exceptions, baselines and the lock.
    ///
    /// # Errors
    /// For a file that is named and missing or leads out of the root, and for a mistake in one.
    pub fn state(&self, cwd: &Path, root: &Path, words: &Words) -> Result<State, Error> {
        State::read(&self.options, &self.merged.config, (cwd, root), &self.files, words)
    }
}

impl Reader<'_> {
    /// Reads both sides, if there are two. `files` are those of the trusted commit, if there is one.
    ///
    /// # Errors
    /// For a mistake on the side that counts and, of a trusted run, on the other one, which will count one day.
    pub fn settle(&self, files: GateFiles, trusted: Option<&Commit>, against: Option<&Commit>) -> Result<Sides, Error> {
        let side = self.read(self.options.clone(), files).map_err(|error| match trusted {
            Some(commit) => error.within(commit),
            None => error,
        })?;
        let other = |commit: &Commit, is_trusted, side| Some(Other { commit: commit.clone(), is_trusted, side });
        match (trusted, against) {
            (Some(commit), _) => {
                let now = self.read(self.options.clone(), GateFiles::here(self.root))?;
                Ok(Sides { side, other: other(commit, true, now), told: None })
            }
            (None, Some(commit)) => match self.before(commit) {
                Ok(before) => Ok(Sides { side, other: other(commit, false, before), told: None }),
                Err(error) => Ok(Sides { side, other: None, told: Some(review::unknown(commit, &error)) }),
            },
            (None, None) => Ok(Sides { side, other: None, told: None }),
        }
    }

    /// The configuration alone.
    ///
    /// # Errors
    /// For a mistake in it.
    pub fn configuration(&self, files: &GateFiles) -> Result<Config, Error> {
        let (layers, _) = self.layers(self.options, files)?;
        Ok(config::merge(&layers)?.config)
    }

    fn read(&self, options: Options, files: GateFiles) -> Result<Side, Error> {
        let (layers, has_own) = self.layers(&options, &files)?;
        let merged = config::merge(&layers)?;
        let kube_bench = KubeBenchFile::read(self.root, &files)?;
        let user = UserPolicies::read(&options, &merged.config, (self.cwd, self.root), &files)?;
        let mut catalog = Catalog::embedded()?;
        if let Some(user) = &user {
            catalog.add_user(&user.set.controls())?;
        }
        let known: Vec<Arc<Control>> = catalog.controls().cloned().collect();
        let clusters: Vec<&str> = merged.config.clusters.keys().map(String::as_str).chain([DEFAULT_CLUSTER]).collect();
        let (extended, own) = layers.split_at(layers.len() - usize::from(has_own));
        extended.iter().try_for_each(|layer| layer.validate(&known, None))?;
        layers.iter().try_for_each(assign::validate)?;
        own.iter().try_for_each(|layer| layer.validate(&known, Some(&clusters)))?;
        Ok(Side { merged, user: user.map(Arc::new), catalog: Arc::new(catalog), known, kube_bench, files, options })
    }

    /// The side before a change. What the command line names need not have been there.
    fn before(&self, commit: &Commit) -> Result<Side, Error> {
        let files = GateFiles::of(commit)?.below(self.root);
        let mut options = self.options.clone();
        options.gate.may_be_missing = true;
        options.config = options.config.filter(|path| files.has(&self.cwd.join(path)));
        self.read(options, files)
    }

    /// The configuration that is named, else the nearest one from the first target upwards to the root, with those that it
    /// extends. Behind them is whether the last one is the repository's own.
    fn layers(&self, options: &Options, files: &GateFiles) -> Result<(Vec<Loaded>, bool), Error> {
        let mut layers = Layers::new(self.root, files);
        options.extends.iter().try_for_each(|file| layers.add_named(&self.cwd.join(file)))?;
        let start = match self.targets.first() {
            Some(Target::Path(path) | Target::Stdin(path)) if !options.file_by_file => self.cwd.join(path),
            // Which of its files comes first says nothing where a program names them.
            _ => self.cwd.to_owned(),
        };
        let start = start.canonicalize().unwrap_or(start);
        let found = Config::find(&start, self.root, &|file| files.has_file(file));
        let has_own = options.config.is_some() || found.is_some();
        match (&options.config, found) {
            (Some(named), _) => layers.add_named(&self.cwd.join(named))?,
            (None, Some(found)) => layers.add_found(&found)?,
            (None, None) => {}
        }
        Ok((layers.finish(), has_own))
    }
}
