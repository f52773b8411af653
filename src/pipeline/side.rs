//! What the gate's own files say on one side of a change: where they are comes in; the configuration and the state go out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Options;
use super::gate_files::GateFiles;
use super::layers::Layers;
use super::review::{self, Review};
use super::state::State;
use super::user::UserPolicies;
use super::words::Words;
use crate::adjudicate::lock::Policy;
use crate::config::{self, Cluster, Config, DEFAULT_CLUSTER, Loaded, Merged, Platform};
use crate::discover::Target;
use crate::error::Error;
use crate::evaluate::{Catalog, benchmark};
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
    pub catalog: Catalog,
    /// Their controls.
    pub known: Vec<Arc<Control>>,
    /// Exceptions, baselines and the lock.
    pub state: State,
    /// What exceptions can name.
    pub words: Words,
}

/// The side that counts, and what becomes of the gate.
pub struct Settled {
    /// The side that counts.
    pub side: Side,
    /// What the change does to the gate.
    pub review: Option<Review>,
    /// What to say where that cannot be told.
    pub told: Option<Notice>,
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
    /// The policies that the program brings along, as the lock has them.
    pub policies: &'a [Policy],
}

impl Reader<'_> {
    /// Reads both sides, if there are two. `files` are those of the trusted commit, if there is one.
    ///
    /// # Errors
    /// For a mistake on the side that counts and, of a trusted run, on the other one, which will count one day.
    pub fn settle(
        &self,
        files: &GateFiles,
        trusted: Option<&Commit>,
        against: Option<&Commit>,
    ) -> Result<Settled, Error> {
        let side = self.read(self.options, files).map_err(|error| match trusted {
            Some(commit) => error.within(commit),
            None => error,
        })?;
        let told = |side, told| Settled { side, review: None, told };
        match (trusted, against) {
            (Some(commit), _) => {
                let now = self.read(self.options, &GateFiles::here(self.root))?;
                let review = Review::new(commit, true, &side, &now, self.policies);
                let side = Side { state: side.state.common(&now.state), ..side };
                Ok(Settled { side, review: Some(review), told: None })
            }
            (None, Some(commit)) => match self.before(commit) {
                Ok(before) => {
                    let review = Review::new(commit, false, &before, &side, self.policies);
                    Ok(Settled { side, review: Some(review), told: None })
                }
                Err(error) => Ok(told(side, Some(review::unknown(commit, &error)))),
            },
            (None, None) => Ok(told(side, None)),
        }
    }

    fn read(&self, options: &Options, files: &GateFiles) -> Result<Side, Error> {
        let (layers, has_own) = self.layers(options, files)?;
        let merged = config::merge(&layers)?;
        let user = UserPolicies::read(options, &merged.config, (self.cwd, self.root), files)?;
        let mut catalog = Catalog::embedded()?;
        if let Some(user) = &user {
            catalog.add_user(&user.set.controls())?;
        }
        let known: Vec<Arc<Control>> = catalog.controls().cloned().collect();
        let clusters: Vec<&str> = merged.config.clusters.keys().map(String::as_str).chain([DEFAULT_CLUSTER]).collect();
        let (extended, own) = layers.split_at(layers.len() - usize::from(has_own));
        extended.iter().try_for_each(|layer| layer.validate(&known, None))?;
        own.iter().try_for_each(|layer| layer.validate(&known, Some(&clusters)))?;
        let words = Words::new(&catalog, in_force(&merged.config, options)?);
        let state = State::read(options, &merged.config, (self.cwd, self.root), files, &words)?;
        Ok(Side { merged, user: user.map(Arc::new), catalog, known, state, words })
    }

    /// The side before a change. What the command line names need not have been there.
    fn before(&self, commit: &Commit) -> Result<Side, Error> {
        let files = GateFiles::of(commit)?.below(self.root);
        let mut options = self.options.clone();
        options.gate.may_be_missing = true;
        options.config = options.config.filter(|path| files.has(&self.cwd.join(path)));
        self.read(&options, &files)
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

/// The benchmarks of each cluster, that of its platform and version first.
fn in_force(config: &Config, options: &Options) -> Result<BTreeMap<Arc<str>, Vec<String>>, Error> {
    let heads = benchmark::heads()?;
    let of = |cluster: &Cluster| {
        let platform = cluster.platform.map(Platform::word);
        let version =
            cluster.kubernetes.as_ref().map(ToString::to_string).or_else(|| options.kubernetes_version.clone());
        let default = benchmark::default_for(&heads, platform, version.as_deref());
        default.into_iter().chain([benchmark::PSS]).map(str::to_owned).collect()
    };
    let named = config.clusters.iter().map(|(name, cluster)| (Arc::from(name.as_str()), of(cluster)));
    Ok(std::iter::once((Arc::from(DEFAULT_CLUSTER), of(&Cluster::default()))).chain(named).collect())
}
