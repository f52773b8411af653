//! What a run works with: settled once, before the first file is judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};

use super::layers::Layers;
use super::neighbours::Neighbours;
use super::user::UserPolicies;
use super::{Options, assign};
use crate::classify::{Charts, Kustomizations, PodKinds};
use crate::config::{self, Config, DEFAULT_CLUSTER, KubernetesVersion, Loaded, Merged, Platform};
use crate::discover::{self, Candidate, ReadError, Target};
use crate::error::Error;
use crate::evaluate::Catalog;
use crate::model::{Control, Coverage, Location, Source};
use crate::parse;

/// The files of a run and what the configuration says of them: all that is known before the first file is read.
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
    pub user: Option<UserPolicies>,
    /// Where pods are in each kind.
    pub pod_kinds: PodKinds,
    /// The charts of the repository.
    pub charts: Charts,
    /// The kustomizations of the repository.
    pub kustomizations: Kustomizations,
    /// The policies and controls.
    pub catalog: Catalog,
    /// Whether all files and controls are judged.
    pub is_whole: bool,
    /// The threads that judge.
    pub pool: rayon::ThreadPool,
    /// The directory that relative paths of the command line start from.
    pub cwd: PathBuf,
    /// The root of the run.
    pub root: PathBuf,
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
        let root = discover::root(&cwd, &targets)?;
        let mut catalog = Catalog::embedded()?;
        let layers = config_layers(options, &cwd, &root, &targets)?;
        let Merged { config, settings_at } = config::merge(&layers.0)?;
        let user = UserPolicies::read(options, &config, &cwd, &root)?;
        if let Some(user) = &user {
            catalog.add_user(&user.set.controls())?;
        }
        let known: Vec<Arc<Control>> = catalog.controls().cloned().collect();
        validate(&layers, &config, &known)?;
        let is_whole = is_whole(options, &cwd, &root) && !options.file_by_file;
        let mut discovery = discover::discover(&discover::Plan {
            cwd: cwd.clone(),
            targets,
            static_pods: config.static_pods.set().clone(),
            exclude: config.exclude.set().clone(),
            excludes_named: options.file_by_file,
        })?;
        let Neighbours { charts, kustomizations } = Neighbours::find(&mut discovery, config.exclude.set(), is_whole)?;
        let rows = config.pod_templates.iter().map(|template| {
            let paths = template.paths.iter().map(|path| path.parts().join("."));
            (template.group.clone(), template.kind.clone(), paths.collect())
        });
        Ok(Self {
            pod_kinds: PodKinds::new(rows),
            charts,
            kustomizations,
            settings_at,
            catalog,
            is_whole,
            pool: pool(options.threads)?,
            kubernetes: options.kubernetes()?,
            stdin: OnceLock::new(),
            cwd,
            root: discovery.root,
            candidates: discovery.candidates,
            links: discovery.links,
            left_out: discovery.ledger,
            config,
            user,
        })
    }

    /// The bytes of a file.
    pub fn read(&self, candidate: &Candidate) -> Result<Vec<u8>, ReadError> {
        if candidate.stdin {
            // It can be read once and may be a manifest and the file of a node.
            if let Some(bytes) = self.stdin.get() {
                return Ok(bytes.clone());
            }
            let bytes = discover::read(&self.root, candidate, parse::MAX_FILE_BYTES)?;
            return Ok(self.stdin.get_or_init(|| bytes).clone());
        }
        discover::read(&self.root, candidate, parse::MAX_FILE_BYTES)
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
    let root = discover::root(&cwd, &targets)?;
    let (layers, _) = config_layers(options, &cwd, &root, &targets)?;
    let merged = config::merge(&layers)?;
    Ok((cwd, root, merged.config))
}

/// The configuration that is named, else the nearest one from the first target upwards to the root, with those that it extends.
/// Behind them is whether the last one is the repository's own.
fn config_layers(options: &Options, cwd: &Path, root: &Path, targets: &[Target]) -> Result<(Vec<Loaded>, bool), Error> {
    let mut layers = Layers::new(root);
    options.extends.iter().try_for_each(|file| layers.add_named(&cwd.join(file)))?;
    let start = match targets.first() {
        Some(Target::Path(path) | Target::Stdin(path)) if !options.file_by_file => cwd.join(path),
        // Which of its files comes first says nothing where a program names them.
        _ => cwd.to_owned(),
    };
    let start = start.canonicalize().unwrap_or(start);
    let found = Config::find(&start, root);
    let has_own = options.config.is_some() || found.is_some();
    match (&options.config, found) {
        (Some(named), _) => layers.add_named(&cwd.join(named))?,
        (None, Some(found)) => layers.add_found(&found)?,
        (None, None) => {}
    }
    Ok((layers.finish(), has_own))
}

/// Whether every control and cluster that the configurations name exists.
fn validate((layers, has_own): &(Vec<Loaded>, bool), config: &Config, known: &[Arc<Control>]) -> Result<(), Error> {
    let clusters: Vec<&str> = config.clusters.keys().map(String::as_str).chain([DEFAULT_CLUSTER]).collect();
    let (extended, own) = layers.split_at(layers.len() - usize::from(*has_own));
    extended.iter().try_for_each(|layer| layer.validate(known, None))?;
    layers.iter().try_for_each(assign::validate)?;
    own.iter().try_for_each(|layer| layer.validate(known, Some(&clusters)))
}

/// Whether a target is the root, and no option leaves out a control.
fn is_whole(options: &Options, cwd: &Path, root: &Path) -> bool {
    let here = [PathBuf::from(".")];
    let targets = if options.targets.is_empty() { &here[..] } else { &options.targets };
    let is_root = |target: &PathBuf| cwd.join(target).canonicalize().is_ok_and(|target| target == root);
    let asked = &options.benchmark;
    let all_controls = options.controls.is_empty() && options.skip_controls.is_empty() && options.profile.is_none();
    let all_checks = asked.name.is_none() && asked.targets.is_empty() && asked.skip.is_empty();
    all_controls && all_checks && targets.iter().any(is_root)
}

fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, Error> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).stack_size(8 << 20);
    builder.build().map_err(|why| Error::usage(format!("cannot start the threads that judge: {why}")))
}
