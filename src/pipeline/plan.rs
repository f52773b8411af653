//! What a run works with: settled once, before the first file is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Options;
use super::layers::Layers;
use super::neighbours::Neighbours;
use super::state::State;
use super::user::UserPolicies;
use super::words::Words;
use crate::adjudicate::lock::Policy;
use crate::classify::{Charts, Kustomizations, PodKinds};
use crate::config::{self, Cluster, Config, DEFAULT_CLUSTER, Loaded, Merged, Platform, Profile};
use crate::discover::{self, Candidate, ReadError, Target};
use crate::error::Error;
use crate::evaluate::{self, Benchmark, Catalog, Evaluator, benchmark};
use crate::model::report::Notice;
use crate::model::{Control, Coverage, Date, Location, Newer, Severity, Source, SubjectKind};
use crate::parse;

/// Everything that the stages need beside the file at hand.
pub struct Plan {
    /// The configuration; an empty one where there is no file.
    pub config: Config,
    /// The files to judge, by path.
    pub candidates: Vec<Candidate>,
    /// Symbolic links and their targets, for the trees of nodes.
    pub links: Vec<(Arc<str>, String)>,
    /// What was seen and left out.
    pub left_out: Vec<Coverage>,
    /// What is to be said before anything is judged.
    pub notices: Vec<Notice>,
    /// The benchmarks whose numbers are shown: that of each cluster, and the Pod Security Standards.
    pub benchmarks: Vec<Benchmark>,
    /// The ones that are on, by id.
    pub controls: Vec<Arc<Control>>,
    /// `data.parameters`.
    pub parameters: Json,
    /// The controls that are on, ready.
    pub evaluator: Evaluator,
    /// The user's own policies, if there are any.
    pub user: Option<UserPolicies>,
    /// Where pods are in each kind.
    pub pod_kinds: PodKinds,
    /// The charts of the repository.
    pub charts: Charts,
    /// The kustomizations of the repository.
    pub kustomizations: Kustomizations,
    /// The exceptions and the baseline.
    pub state: State,
    /// What exceptions can name.
    pub words: Words,
    /// The ids of all controls.
    pub known: BTreeSet<Arc<str>>,
    /// For each control, where the configuration adjusts it.
    pub settings_at: BTreeMap<String, Location>,
    /// The policies, as far as the lock is about them.
    pub policies: Vec<Policy>,
    /// The controls whose policies are newer than the lock.
    pub newer: BTreeMap<Arc<str>, Newer>,
    /// The day on which the lock took a policy over.
    pub since: BTreeMap<Arc<str>, Date>,
    /// Whether all files and controls are judged.
    pub is_whole: bool,
    /// The threads that judge.
    pub pool: rayon::ThreadPool,
    /// The root of the run.
    pub root: PathBuf,
    kubernetes: Option<String>,
}

impl Plan {
    /// Settles what the options and the configuration say.
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
        let in_force = in_force(&config, options)?;
        let benchmarks = benchmarks(&config, &in_force)?;
        let words = Words::new(&catalog, in_force);
        let state = State::read(options, &config, &cwd, &root, &words)?;
        // The policies of the repository itself come with it, and need no lock.
        let shipped = known.iter().filter(|control| control.kind != SubjectKind::Document);
        let policies: Vec<Policy> = shipped.map(|control| policy(&catalog, control)).collect();
        let lock = state.lock.as_ref();
        let newer = policies.iter().filter_map(|one| Some((Arc::clone(&one.control), lock?.newer(one)?))).collect();
        let since = policies.iter().filter_map(|one| Some((Arc::clone(&one.control), lock?.since(one)?))).collect();
        let (controls, alone) = judged(select(&catalog, &config, options)?, options);
        let settings = config.controls.iter().filter_map(|(id, setting)| Some((id.clone(), setting.settings()?)));
        let overrides: BTreeMap<_, _> = settings.map(|(id, settings)| (id, settings.parameters.clone())).collect();
        let parameters = evaluate::parameters(&known, &overrides);
        let evaluator = Evaluator::new(&catalog, controls.clone(), &parameters)?;
        let is_whole = is_whole(options, &cwd, &root) && !options.file_by_file;
        let mut discovery = discover::discover(&discover::Plan {
            cwd,
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
            notices: state.notice().into_iter().chain(left_to_others(&alone)).collect(),
            known: known.iter().map(|control| Arc::clone(&control.id)).collect(),
            state,
            words,
            settings_at,
            policies,
            newer,
            since,
            is_whole,
            pool: pool(options.threads)?,
            kubernetes: options.kubernetes_version.clone(),
            root: discovery.root,
            candidates: discovery.candidates,
            links: discovery.links,
            left_out: discovery.ledger,
            config,
            benchmarks,
            controls,
            parameters,
            evaluator,
            user,
        })
    }

    /// The bytes of a file.
    pub fn read(&self, candidate: &Candidate) -> Result<Vec<u8>, ReadError> {
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

    /// The severity of a control in this run.
    pub fn severity(&self, control: &Control) -> Severity {
        let setting = self.config.controls.get(&*control.id).and_then(|setting| setting.settings());
        setting.and_then(|settings| settings.severity).unwrap_or(control.severity)
    }

    /// What policies see of a cluster.
    pub fn cluster(&self, name: &str) -> Json {
        let cluster = self.config.clusters.get(name);
        let version = cluster.and_then(|cluster| cluster.kubernetes.as_ref()).map(ToString::to_string);
        let platform = cluster.and_then(|cluster| cluster.platform).map(Platform::word);
        json!({"name": name, "kubernetes": version.or_else(|| self.kubernetes.clone()), "platform": platform})
    }

    /// The namespace of a cluster's objects that name none.
    pub fn namespace(&self, cluster: &str) -> Option<&str> {
        self.config.clusters.get(cluster)?.namespace.as_deref()
    }
}

fn policy(catalog: &Catalog, control: &Control) -> Policy {
    let digest = evaluate::digest(catalog, control);
    Policy { control: Arc::clone(&control.id), severity: control.severity, digest, since: None }
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
    own.iter().try_for_each(|layer| layer.validate(known, Some(&clusters)))
}

/// Whether a target is the root, and no option leaves out a control.
fn is_whole(options: &Options, cwd: &Path, root: &Path) -> bool {
    let here = [PathBuf::from(".")];
    let targets = if options.targets.is_empty() { &here[..] } else { &options.targets };
    let is_root = |target: &PathBuf| cwd.join(target).canonicalize().is_ok_and(|target| target == root);
    let all_controls = options.controls.is_empty() && options.skip_controls.is_empty() && options.profile.is_none();
    all_controls && targets.iter().any(is_root)
}

/// The controls that are on: the profile's, then what the configuration switches, then what the command line says.
fn select(catalog: &Catalog, config: &Config, options: &Options) -> Result<Vec<Arc<Control>>, Error> {
    let profile = match &options.profile {
        Some(word) => Profile::of_word(word)?,
        None => config.profile,
    };
    for id in options.controls.iter().chain(&options.skip_controls) {
        catalog.control(id)?;
    }
    let pss = benchmark::benchmark(benchmark::PSS)?;
    let on = |control: &&Arc<Control>| {
        let id = &*control.id;
        if !options.controls.is_empty() {
            return options.controls.iter().any(|wanted| wanted == id);
        }
        let switch = config.controls.get(id).and_then(|setting| setting.switch());
        switch.unwrap_or_else(|| config.held.contains(id) || in_profile(&pss, profile, control))
    };
    let skipped = |control: &&Arc<Control>| options.skip_controls.iter().any(|id| **id == *control.id);
    Ok(catalog.controls().filter(on).filter(|control| !skipped(control)).cloned().collect())
}

fn in_profile(pss: &Benchmark, profile: Profile, control: &Control) -> bool {
    let mut checks = pss.checks.iter().filter(|check| check.controls.iter().any(|id| **id == *control.id));
    // Who names policies wants them judged by, whatever the profile of the others.
    let is_user = control.kind == SubjectKind::Document;
    is_user
        || match profile {
            Profile::None => false,
            Profile::Default => control.default,
            Profile::PssBaseline => checks.any(|check| check.id.starts_with("baseline/")),
            Profile::PssRestricted => checks.next().is_some(),
            Profile::All => true,
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

/// The benchmarks whose numbers are shown.
fn benchmarks(config: &Config, in_force: &BTreeMap<Arc<str>, Vec<String>>) -> Result<Vec<Benchmark>, Error> {
    let shows = |cluster: &str| config.clusters.is_empty() || config.clusters.contains_key(cluster);
    let names = in_force.iter().filter(|(cluster, _)| shows(cluster)).flat_map(|(_, names)| names);
    let names: BTreeSet<&str> = names.map(String::as_str).chain([benchmark::PSS]).collect();
    names.into_iter().map(benchmark::benchmark).collect()
}

/// The controls of a run, and those that it leaves out because each file is judged by itself.
fn judged(controls: Vec<Arc<Control>>, options: &Options) -> (Vec<Arc<Control>>, Vec<Arc<Control>>) {
    let needs_one_file = |kind| matches!(kind, SubjectKind::Object | SubjectKind::Pod);
    controls.into_iter().partition(|control| !options.file_by_file || needs_one_file(control.kind))
}

/// What a run that judges each file by itself leaves to one over the repository.
fn left_to_others(controls: &[Arc<Control>]) -> Option<Notice> {
    (!controls.is_empty()).then(|| Notice {
        code: "file-by-file",
        message: format!("{} controls that look at several files together were left out", controls.len()),
        help: Some("`portcullis check` without --file-by-file judges them".to_owned()),
        location: None,
    })
}

fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, Error> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).stack_size(8 << 20);
    builder.build().map_err(|why| Error::usage(format!("cannot start the threads that judge: {why}")))
}
