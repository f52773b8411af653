//! What a run judges by: benchmarks, controls, parameters and the gate's own files, once the first look at the files is over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Options;
use super::assign::{self, Assignments};
use super::live::Live;
use super::plan::Plan;
use super::review::Review;
use super::state::State;
use super::survey::Clue;
use super::words::Words;
use crate::adjudicate::comply::Frameworks;
use crate::adjudicate::lock::Policy;
use crate::config::{Config, Profile};
use crate::error::Error;
use crate::evaluate::{self, Catalog, Digests, Evaluator, benchmark, framework};
use crate::model::benchmark::{Assignment, Benchmark};
use crate::model::report::Notice;
use crate::model::{Control, Date, Framework, Newer, Severity, SubjectKind};

/// Everything that findings are made and weighed by.
pub struct Standard {
    /// By which benchmark each cluster is judged.
    pub assignments: Vec<Assignment>,
    /// The benchmarks whose numbers are shown: that of each cluster, and the Pod Security Standards.
    pub benchmarks: Vec<Arc<Benchmark>>,
    /// Every control, by id.
    pub known: BTreeMap<Arc<str>, Arc<Control>>,
    /// The ones that are on in some cluster, by id.
    pub controls: Vec<Arc<Control>>,
    /// The controls that are to be mended first.
    pub critical: BTreeSet<String>,
    /// The exceptions and the baseline.
    pub state: State,
    /// The frameworks to count by.
    pub frameworks: Frameworks,
    /// What becomes of the gate in the change.
    pub review: Option<Review>,
    /// What kube-bench says of running nodes.
    pub live: Live,
    /// What exceptions can name.
    pub words: Words,
    /// The controls whose policies are newer than the lock.
    pub newer: BTreeMap<Arc<str>, Newer>,
    /// The day on which the lock took a policy over.
    pub since: BTreeMap<Arc<str>, Date>,
    /// What is to be said before anything is judged.
    pub notices: Vec<Notice>,
    /// The controls that are on, ready, for each `data.parameters`.
    evaluators: Vec<(Arc<Json>, Evaluator)>,
    clusters: Clusters,
    /// The controls that are on in each cluster, by what they judge.
    judging: BTreeMap<Arc<str>, BTreeMap<SubjectKind, Vec<Arc<Control>>>>,
    /// The controls that the options name; none means all.
    asked: Vec<String>,
    /// The controls that are switched off.
    off: BTreeSet<String>,
    severities: BTreeMap<Arc<str>, Severity>,
}

impl Standard {
    /// Settles what the options, the configuration and the clues in the files ask for.
    ///
    /// # Errors
    /// For a mistake in the options, in the gate's own files or in a policy.
    pub fn new(
        options: &Options,
        plan: &Plan,
        clues: &[Clue],
        has_node: &BTreeSet<Arc<str>>,
        live: Live,
    ) -> Result<Self, Error> {
        let assignments = assign::assign(options, plan, clues, has_node)?;
        let known: BTreeMap<_, _> =
            plan.catalog.controls().map(|control| (Arc::clone(&control.id), Arc::clone(control))).collect();
        let pss = Arc::new(benchmark::benchmark(benchmark::PSS)?);
        let frameworks = frameworks(options, &pss)?;
        let selection = Selection::new(options, plan, &known, &pss, &frameworks)?;
        let Assignments { mut list, without, asked, mut notices } = assignments;
        let mut clusters: BTreeMap<Arc<str>, (BTreeSet<Arc<str>>, Json)> = BTreeMap::new();
        for cluster in without {
            clusters.insert(cluster, (selection.of(None, false), parameters(&known, &plan.config, None)));
        }
        for assignment in &mut list {
            assignment.controls = selection.of(Some(assignment), asked.contains(&assignment.cluster));
            let of = (assignment.controls.clone(), parameters(&known, &plan.config, Some(assignment)));
            clusters.insert(Arc::clone(&assignment.cluster), of);
        }
        notices.extend(leave_to_others(plan, options, &known, &mut clusters));
        let is_on = |id: &Arc<str>| clusters.values().any(|(on, _)| on.contains(id));
        let controls: Vec<Arc<Control>> = known.values().filter(|control| is_on(&control.id)).cloned().collect();
        let (evaluators, clusters) = evaluators(plan, &controls, clusters);
        let numbers = list.iter().map(|assignment| {
            let own = assignment.benchmark.head.benchmark.clone();
            (Arc::clone(&assignment.cluster), vec![own, benchmark::PSS.to_owned()])
        });
        let words = Words::new(&plan.catalog, numbers.collect(), live.benchmarks());
        let trusted = plan.sides.other.as_ref().filter(|other| other.is_trusted);
        let state = plan.sides.side.state(&plan.cwd, &plan.root, &words).map_err(|error| match trusted {
            Some(other) => error.within(&other.commit),
            None => error,
        })?;
        notices.extend(live.notices.iter().cloned());
        notices.extend(words.told());
        let (state, review, told) = Review::settle(plan, state, &words, &|| policies(&plan.catalog))?;
        notices.extend(state.notice().into_iter().chain(told));
        let lock = state.lock.as_ref();
        let locked = lock.map(|_| policies(&plan.catalog)).unwrap_or_default();
        let newer = locked.iter().filter_map(|one| Some((Arc::clone(&one.control), lock?.newer(one)?))).collect();
        let since = locked.iter().filter_map(|one| Some((Arc::clone(&one.control), lock?.since(one)?))).collect();
        let severity = |control: &Arc<Control>| {
            let settings = plan.config.settings(&control.id);
            let severity = settings.and_then(|settings| settings.severity).unwrap_or(control.severity);
            (Arc::clone(&control.id), severity)
        };
        let severities = known.values().map(severity).collect();
        let mut benchmarks: Vec<Arc<Benchmark>> = Vec::new();
        let shows = |cluster: &str| plan.config.clusters.is_empty() || plan.config.clusters.contains_key(cluster);
        let shown = list.iter().filter(|assignment| shows(&assignment.cluster)).map(|one| &one.benchmark);
        for one in shown.chain([&pss]) {
            if !benchmarks.iter().any(|known| known.head.benchmark == one.head.benchmark) {
                benchmarks.push(Arc::clone(one));
            }
        }
        let switched_off = plan.config.controls.iter().filter(|(_, setting)| setting.switch() == Some(false));
        let off = switched_off.map(|(id, _)| id).chain(&options.skip_controls).cloned().collect();
        let mut controls: BTreeMap<_, _> = controls.into_iter().map(|one| (Arc::clone(&one.id), one)).collect();
        controls.extend(live.controls());
        let judging = clusters.iter().map(|(cluster, (on, _))| (Arc::clone(cluster), by_kind(&controls, on))).collect();
        Ok(Self {
            live,
            off,
            asked: options.controls.clone(),
            assignments: list,
            benchmarks,
            controls: controls.into_values().collect(),
            critical: benchmark::critical()?,
            frameworks,
            newer,
            since,
            state,
            review,
            words,
            notices,
            evaluators,
            clusters,
            judging,
            severities,
            known,
        })
    }

    /// The evaluators, to be cloned for each thread.
    pub fn evaluators(&self) -> Vec<Evaluator> {
        self.evaluators.iter().map(|(_, evaluator)| evaluator.clone()).collect()
    }

    /// The position of a cluster's evaluator.
    pub fn evaluator_of(&self, cluster: &str) -> usize {
        self.clusters.get(cluster).map_or(0, |(_, at)| *at)
    }

    /// What policies of a cluster see as `data.parameters`.
    pub fn parameters(&self, cluster: &str) -> &Json {
        static NOTHING: Json = Json::Null;
        self.evaluators.get(self.evaluator_of(cluster)).map_or(&NOTHING, |(parameters, _)| parameters)
    }

    /// Whether a check that kube-bench made on a node of a cluster counts: not if it is left out by its number, or if what answers it
    /// is switched off. What the profile says is of no importance, because who ran kube-bench has chosen.
    pub fn asks_for(&self, cluster: &str, check: &str, controls: &[Arc<Control>]) -> bool {
        let (benchmark, number) = check.split_once(':').unwrap_or(("", check));
        let own =
            self.assignments.iter().filter(|one| *one.cluster == *cluster && one.benchmark.head.benchmark == benchmark);
        let names =
            |skip: &String| number == skip || number.strip_prefix(&**skip).is_some_and(|rest| rest.starts_with('.'));
        let is_off = !controls.is_empty() && controls.iter().all(|control| self.off.contains(&*control.id));
        let is_asked = || controls.iter().any(|control| self.asked.iter().any(|id| **id == *control.id));
        let assignment = self.assignments.iter().find(|one| *one.cluster == *cluster);
        let names_of = || controls.iter().map(|control| &*control.id).chain(controls.is_empty().then_some(check));
        if !names_of().any(|id| is_in_frameworks(&self.frameworks, assignment, id)) {
            return false;
        }
        !own.flat_map(|one| &one.skip).any(names) && !is_off && (self.asked.is_empty() || is_asked())
    }

    /// Whether a control is on in a cluster.
    pub fn is_on(&self, cluster: &str, control: &Control) -> bool {
        self.on(cluster).is_some_and(|on| on.contains(&control.id))
    }

    /// The controls that are on in a cluster.
    pub fn on(&self, cluster: &str) -> Option<&BTreeSet<Arc<str>>> {
        self.clusters.get(cluster).map(|(on, _)| on)
    }

    /// Those of them that judge a kind of subjects.
    pub fn judging(&self, cluster: &str, kind: SubjectKind) -> &[Arc<Control>] {
        self.judging.get(cluster).and_then(|kinds| kinds.get(&kind)).map_or(&[], Vec::as_slice)
    }

    /// The severity of a control in this run.
    pub fn severity(&self, control: &Control) -> Severity {
        self.severities.get(&control.id).copied().unwrap_or(control.severity)
    }
}

/// The controls that are on in each cluster, and the position of its evaluator.
type Clusters = BTreeMap<Arc<str>, (BTreeSet<Arc<str>>, usize)>;

/// An evaluator for each set of parameters, and which cluster has which.
fn evaluators(
    plan: &Plan,
    controls: &[Arc<Control>],
    clusters: BTreeMap<Arc<str>, (BTreeSet<Arc<str>>, Json)>,
) -> (Vec<(Arc<Json>, Evaluator)>, Clusters) {
    let mut evaluators: Vec<(Arc<Json>, Evaluator)> = Vec::new();
    let mut positions = Clusters::new();
    for (cluster, (on, parameters)) in clusters {
        let at = match evaluators.iter().position(|(of, _)| **of == parameters) {
            Some(at) => at,
            None => {
                let parameters = Arc::new(parameters);
                let evaluator = Evaluator::new(&plan.catalog, controls, &parameters);
                evaluators.push((parameters, evaluator));
                evaluators.len() - 1
            }
        };
        positions.insert(cluster, (on, at));
    }
    (evaluators, positions)
}

/// The controls that are on in a cluster, by what they judge.
fn by_kind(
    controls: &BTreeMap<Arc<str>, Arc<Control>>,
    on: &BTreeSet<Arc<str>>,
) -> BTreeMap<SubjectKind, Vec<Arc<Control>>> {
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for control in controls.values().filter(|control| on.contains(&control.id)) {
        kinds.entry(control.kind).or_default().push(Arc::clone(control));
    }
    kinds
}

/// What the options and the configuration say of controls.
struct Selection<'a> {
    options: &'a Options,
    config: &'a Config,
    known: &'a BTreeMap<Arc<str>, Arc<Control>>,
    pss: &'a Benchmark,
    profile: Option<Profile>,
    frameworks: &'a Frameworks,
}

impl<'a> Selection<'a> {
    fn new(
        options: &'a Options,
        plan: &'a Plan,
        known: &'a BTreeMap<Arc<str>, Arc<Control>>,
        pss: &'a Benchmark,
        frameworks: &'a Frameworks,
    ) -> Result<Self, Error> {
        for id in options.controls.iter().chain(&options.skip_controls) {
            plan.catalog.control(id)?;
        }
        let profile = match &options.profile {
            Some(word) => Some(Profile::of_word(word)?),
            None => plan.config.profile,
        };
        Ok(Self { options, config: &plan.config, known, pss, profile, frameworks })
    }

    /// The controls that are on in a cluster: those of the profile and the benchmark, then what the configuration switches, then
    /// what the command line says.
    fn of(&self, assignment: Option<&Assignment>, is_asked: bool) -> BTreeSet<Arc<str>> {
        let numbered = assignment.map(numbered).unwrap_or_default();
        let joins = assignment.is_some_and(|assignment| assignment.is_judged);
        let on = |control: &&Arc<Control>| {
            let id = &*control.id;
            if !self.options.controls.is_empty() {
                return self.options.controls.iter().any(|wanted| wanted == id);
            }
            let in_profile = || self.in_profile(self.profile.unwrap_or_default(), control);
            let in_benchmark = || numbered.contains(id);
            let chosen = match (self.profile, is_asked) {
                // Who names policies wants them judged by, whatever else is chosen.
                _ if control.kind == SubjectKind::Document => true,
                (None, true) => in_benchmark(),
                (Some(_), true) => in_benchmark() && in_profile(),
                // Where there is configuration of nodes, the benchmark has the say on it.
                _ => in_profile() || (joins && control.kind == SubjectKind::Component && in_benchmark()),
            };
            let switch = self.config.controls.get(id).and_then(|setting| setting.switch());
            switch.unwrap_or(chosen || self.config.held.contains(id))
        };
        let skipped = |control: &&Arc<Control>| self.options.skip_controls.iter().any(|id| **id == *control.id);
        let in_framework = |control: &&Arc<Control>| is_in_frameworks(self.frameworks, assignment, &control.id);
        let on = self.known.values().filter(on).filter(|control| !skipped(control)).filter(in_framework);
        on.map(|control| Arc::clone(&control.id)).collect()
    }

    fn in_profile(&self, profile: Profile, control: &Control) -> bool {
        let mut checks = self.pss.checks.iter().filter(|check| check.controls.iter().any(|id| **id == *control.id));
        match profile {
            Profile::None => false,
            Profile::Default => control.default,
            Profile::PssBaseline => checks.any(|check| check.id.starts_with("baseline/")),
            Profile::PssRestricted => checks.next().is_some(),
            Profile::All => true,
        }
    }
}

/// The frameworks to count by, and those that the options name.
fn frameworks(options: &Options, pss: &Benchmark) -> Result<Frameworks, Error> {
    options.frameworks.iter().try_for_each(|name| framework::known(name))?;
    let pss = framework::of_benchmark(Framework::PSS, pss);
    let common = framework::frameworks()?.into_iter().chain([pss]).map(Arc::new).collect();
    Ok(Frameworks { common, asked: options.frameworks.clone() })
}

/// Whether a control is evidence for one of the frameworks that are asked for.
fn is_in_frameworks(frameworks: &Frameworks, assignment: Option<&Assignment>, control: &str) -> bool {
    let is_asked = |name: &str| frameworks.asked.iter().any(|asked| asked == name);
    let in_cis = || {
        let mut checks = assignment.into_iter().flat_map(|assignment| &assignment.benchmark.checks);
        control == benchmark::REFUSED
            || control.contains(':')
            || checks.any(|check| check.controls.iter().any(|id| id == control))
    };
    frameworks.asked.is_empty()
        || (is_asked(Framework::CIS) && in_cis())
        || frameworks.common.iter().any(|one| is_asked(&one.name) && !one.ids_of(control).is_empty())
}

/// Takes out the controls that look at several files together, in a run that judges each by itself, and says so.
fn leave_to_others(
    plan: &Plan,
    options: &Options,
    known: &BTreeMap<Arc<str>, Arc<Control>>,
    clusters: &mut BTreeMap<Arc<str>, (BTreeSet<Arc<str>>, Json)>,
) -> Option<Notice> {
    let needs_one_file = |id: &Arc<str>| {
        let kind = known.get(id).map(|control| control.kind);
        match kind {
            Some(SubjectKind::Document) => !plan.user.as_ref().is_some_and(|policies| policies.combine()),
            kind => matches!(kind, Some(SubjectKind::Object | SubjectKind::Pod)),
        }
    };
    let mut alone = BTreeSet::new();
    for (on, _) in clusters.values_mut().filter(|_| options.file_by_file) {
        alone.extend(on.iter().filter(|id| !needs_one_file(id)).cloned());
        on.retain(needs_one_file);
    }
    (!alone.is_empty()).then(|| Notice {
        code: "file-by-file",
        message: format!("{} controls that look at several files together were left out", alone.len()),
        help: Some("`portcullis check` without --file-by-file judges them".to_owned()),
        location: None,
    })
}

/// The policies of now, as far as a lock is about them: those of the repository itself come with it, and need none.
pub fn policies(catalog: &Catalog) -> Vec<Policy> {
    let digests = Digests::new(catalog);
    let shipped = catalog.controls().filter(|control| control.kind != SubjectKind::Document);
    let policy = |control: &Arc<Control>| Policy {
        control: Arc::clone(&control.id),
        severity: control.severity,
        digest: digests.of(control),
        since: None,
    };
    shipped.map(policy).collect()
}

/// The controls that answer the checks of an assignment, as far as they are judged.
fn numbered(assignment: &Assignment) -> BTreeSet<&str> {
    let judged = assignment.checks().filter(|check| assignment.left_out(check).is_none());
    judged.flat_map(|check| &check.controls).map(String::as_str).chain([benchmark::REFUSED]).collect()
}

/// What policies see as `data.parameters`: the defaults, then what the benchmark sets, then what the configuration does.
fn parameters(known: &BTreeMap<Arc<str>, Arc<Control>>, config: &Config, assignment: Option<&Assignment>) -> Json {
    let mut set: BTreeMap<String, Map<String, Json>> = BTreeMap::new();
    let judged = assignment.filter(|assignment| assignment.is_judged);
    for (control, parameters) in
        judged.iter().flat_map(|assignment| assignment.checks()).flat_map(|check| &check.parameters)
    {
        set.entry(control.clone()).or_default().extend(parameters.clone());
    }
    for (control, setting) in &config.controls {
        let own = setting.settings().map(|settings| settings.parameters.clone());
        set.entry(control.clone()).or_default().extend(own.into_iter().flatten());
    }
    let controls: Vec<Arc<Control>> = known.values().cloned().collect();
    evaluate::parameters(&controls, &set)
}
