//! The controls that judge one kind of subject: which ones they are comes in, and an engine with what they need goes out. It is
//! loaded when a subject of the kind is first judged, because most runs have no subjects of most kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};

use super::Catalog;
use super::engine::{Compiled, Engine, Machine};
use crate::model::{Control, SubjectKind};

/// How many subjects are judged before the policies are compiled, which takes as long as some ten evaluations.
const FEW: usize = 16;

/// In which form policies are evaluated. What comes of it is the same; `tests/compiled.rs` holds that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As they are read.
    Interpreted,
    /// In the engine's compiled form: quicker, but not ready at once.
    Compiled,
}

/// The controls of one kind.
pub struct Kind {
    kind: SubjectKind,
    /// The controls, by id.
    pub controls: BTreeMap<Arc<str>, Arc<Control>>,
    catalog: Arc<Catalog>,
    parameters: Arc<Json>,
    engine: OnceLock<Result<Engine, String>>,
    compiled: OnceLock<Result<Compiled, String>>,
    words: OnceLock<BTreeMap<Arc<str>, BTreeSet<String>>>,
    /// How many subjects there have been.
    judged: AtomicUsize,
}

impl Kind {
    /// These controls; `parameters` is `data.parameters`.
    pub fn new(kind: SubjectKind, controls: &[Arc<Control>], catalog: Arc<Catalog>, parameters: Arc<Json>) -> Self {
        let of_kind = controls.iter().filter(|control| control.kind == kind);
        let controls = of_kind.map(|control| (Arc::clone(&control.id), Arc::clone(control))).collect();
        Self {
            kind,
            controls,
            catalog,
            parameters,
            engine: OnceLock::new(),
            compiled: OnceLock::new(),
            words: OnceLock::new(),
            judged: AtomicUsize::new(0),
        }
    }

    /// The form for one more subject. Rules with a variable in their head, as `x[name] contains …`, mean something else in the compiled
    /// form (regorus 0.14.1); those of pods have none.
    pub fn form(&self) -> Form {
        let is_compiled = self.kind == SubjectKind::Pod;
        let is_many = self.judged.fetch_add(1, Ordering::Relaxed) >= FEW;
        if is_compiled && is_many { Form::Compiled } else { Form::Interpreted }
    }

    /// An engine with their policies; a clone for whoever asks.
    ///
    /// # Errors
    /// What is wrong with a policy.
    pub fn engine(&self) -> Result<Engine, String> {
        self.engine.get_or_init(|| self.load()).clone()
    }

    /// A machine that runs [`Self::rule`].
    ///
    /// # Errors
    /// Why there is none.
    pub fn machine(&self) -> Result<Machine, String> {
        let compile = || Compiled::new(&mut self.engine()?, &self.rule(), &json!({"parameters": *self.parameters}));
        self.compiled.get_or_init(compile).as_ref().map_err(Clone::clone)?.machine()
    }

    /// The rule with what all of them deny.
    pub fn rule(&self) -> String {
        format!("data.run.{}.results", self.kind)
    }

    /// The controls that may say that they cannot tell.
    pub fn doubting(&self) -> impl Iterator<Item = &Arc<Control>> {
        let may_doubt = matches!(self.kind, SubjectKind::Component | SubjectKind::Host);
        // A rule that a package does not have is an error to the engine, not undefined.
        self.controls.values().filter(move |control| may_doubt && self.catalog.has_rule(control, "unknown"))
    }

    /// Whether a control names a setting of the component or host.
    pub fn reads(&self, control: &str, setting: &str) -> bool {
        let words = self.words.get_or_init(|| {
            self.controls.values().map(|control| (Arc::clone(&control.id), self.catalog.words(control))).collect()
        });
        words.get(control).is_some_and(|words| words.contains(setting))
    }

    fn load(&self) -> Result<Engine, String> {
        let controls: Vec<Arc<Control>> = self.controls.values().cloned().collect();
        let (path, aggregate) = (format!("run/{}.rego", self.kind), self.aggregate());
        let modules = self.catalog.modules_of(&controls).into_iter().chain([(&*path, &*aggregate)]);
        let mut engine = Engine::new(modules, &json!({"parameters": *self.parameters}))?;
        // What the engine works out before its first evaluation is shared by its clones.
        engine.rule(&format!("data.run.{}.ready", self.kind))?;
        Ok(engine)
    }

    /// One rule that collects what all controls deny: one evaluation for all of them, with what they share computed once.
    fn aggregate(&self) -> String {
        let rules = self.controls.values().map(|control| {
            format!(
                "results contains {{\"control\": \"{}\", \"violation\": violation}} if some violation in data.{}.deny\n",
                control.id, control.package
            )
        });
        format!("package run.{}\n\nready := true\n\n{}", self.kind, rules.collect::<String>())
    }
}
