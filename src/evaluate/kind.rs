//! The controls that judge one kind of subject: which ones they are comes in, and what evaluates them goes out. Their policies are read
//! when a subject of the kind is first judged, because most runs have no subjects of most kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value as Json, json};

use super::Catalog;
use super::engine::{Evaluator, Input, Plan};
use crate::model::policy::Text;
use crate::model::{Control, SubjectKind};

/// The controls of one kind.
pub struct Kind {
    /// Which kind.
    pub kind: SubjectKind,
    /// The controls, by id.
    pub controls: BTreeMap<Arc<str>, Arc<Control>>,
    catalog: Arc<Catalog>,
    /// What their policies see as `data`: of each the parameters.
    data: OnceLock<Input>,
    parameters: Arc<Json>,
    /// What to ask about each kind of objects that a control names, and at `""` about all others.
    questions: BTreeMap<Text, OnceLock<Result<Vec<Question>, String>>>,
    words: OnceLock<BTreeMap<Arc<str>, BTreeSet<String>>>,
}

/// What to ask for a control.
pub struct Question {
    /// The control.
    pub control: Arc<Control>,
    /// Its rule `deny`.
    pub deny: Option<usize>,
    /// Its rule `unknown`, which most have not.
    pub unknown: Option<usize>,
}

impl Kind {
    /// These controls; `parameters` is `data.parameters`.
    pub fn new(kind: SubjectKind, controls: &[Arc<Control>], catalog: Arc<Catalog>, parameters: Arc<Json>) -> Self {
        let of_kind = controls.iter().filter(|control| control.kind == kind);
        let controls: BTreeMap<_, _> = of_kind.map(|control| (Arc::clone(&control.id), Arc::clone(control))).collect();
        let named = controls.values().flat_map(|control| control.kinds.iter().cloned());
        let named = named.filter(|_| kind == SubjectKind::Object).chain([Text::default()]);
        let questions = named.map(|object| (object, OnceLock::new())).collect();
        Self { kind, controls, catalog, data: OnceLock::new(), parameters, questions, words: OnceLock::new() }
    }

    /// What evaluates the policies; each thread has its own.
    ///
    /// # Errors
    /// Why there is none.
    pub fn evaluator(&self) -> Result<Evaluator, String> {
        let data = self.data.get_or_init(|| {
            let of = |id: &Arc<str>| self.parameters.get(&**id).cloned().unwrap_or_default();
            let parameters: Map<_, _> = self.controls.keys().map(|id| (id.to_string(), of(id))).collect();
            Input::new(&json!({"parameters": parameters}))
        });
        Ok(Evaluator::of(self.catalog.plan(self.kind)?, data.clone()))
    }

    /// What to ask about a kind of objects.
    ///
    /// # Errors
    /// Why nothing can be asked.
    pub fn questions(&self, object: &str) -> Result<&[Question], &str> {
        let known = self.questions.get_key_value(object).or_else(|| self.questions.get_key_value(""));
        let Some((object, questions)) = known else { return Ok(&[]) };
        let made = questions.get_or_init(|| {
            let controls: Vec<_> = self.judging(object).collect();
            if controls.is_empty() {
                return Ok(vec![]);
            }
            let plan = self.catalog.plan(self.kind)?;
            Ok(controls.into_iter().map(|control| Question::new(control, &plan)).collect())
        });
        made.as_deref().map_err(|why| &**why)
    }

    /// The controls that judge a kind of objects; those of other subjects judge all.
    pub fn judging(&self, object: &str) -> impl Iterator<Item = &Arc<Control>> {
        self.controls.values().filter(move |control| self.kind != SubjectKind::Object || control.judges(object))
    }

    /// Whether a control names a setting of the component or host.
    pub fn reads(&self, control: &str, setting: &str) -> bool {
        let words = self.words.get_or_init(|| {
            self.controls.values().map(|control| (Arc::clone(&control.id), self.catalog.words(control))).collect()
        });
        words.get(control).is_some_and(|words| words.contains(setting))
    }
}

impl Question {
    fn new(control: &Arc<Control>, plan: &Plan) -> Self {
        let rule = |name: &'static str| plan.document(control.package.split('.').chain([name]));
        Self { control: Arc::clone(control), deny: rule("deny"), unknown: rule("unknown") }
    }
}
