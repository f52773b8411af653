//! The controls that judge one kind of subject: which ones they are comes in, and a machine that asks them all goes out. The program is
//! read when a subject of the kind is first judged, because most runs have no subjects of most kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value as Json, json};

use super::Catalog;
use super::aggregate::{self, Part};
use super::engine::{Engine, Input, Machine};
use crate::model::{Control, SubjectKind};

/// The controls of one kind.
pub struct Kind {
    /// Which kind.
    pub kind: SubjectKind,
    /// The controls, by id.
    pub controls: BTreeMap<Arc<str>, Arc<Control>>,
    catalog: Arc<Catalog>,
    parameters: Arc<Json>,
    /// What a machine has as `data`, for each kind of objects that a control names, and as `""` for all others; nothing where no
    /// control judges them.
    data: BTreeMap<String, OnceLock<Option<Input>>>,
    words: OnceLock<BTreeMap<Arc<str>, BTreeSet<String>>>,
}

impl Kind {
    /// These controls; `parameters` is `data.parameters`.
    pub fn new(kind: SubjectKind, controls: &[Arc<Control>], catalog: Arc<Catalog>, parameters: Arc<Json>) -> Self {
        let of_kind = controls.iter().filter(|control| control.kind == kind);
        let controls: BTreeMap<_, _> = of_kind.map(|control| (Arc::clone(&control.id), Arc::clone(control))).collect();
        let named = controls.values().flat_map(|control| control.kinds.iter().cloned());
        let named = named.filter(|_| kind == SubjectKind::Object).chain([String::new()]);
        let data = named.map(|object| (object, OnceLock::new())).collect();
        Self { kind, controls, catalog, parameters, data, words: OnceLock::new() }
    }

    /// A machine without data.
    ///
    /// # Errors
    /// Why there is none.
    pub fn machine(&self) -> Result<Machine, String> {
        Ok(self.catalog.program(self.kind)?.machine())
    }

    /// The data with which a machine asks the controls that judge a kind of objects; none where there are none.
    pub fn data_of(&self, object: &str) -> Option<&Input> {
        let (object, data) = self.data.get_key_value(object).or_else(|| self.data.get_key_value(""))?;
        let made = data.get_or_init(|| {
            let controls: Vec<_> = self.judging(object).collect();
            (!controls.is_empty()).then(|| Input::new(&self.data(controls.into_iter())))
        });
        made.as_ref()
    }

    /// The controls that judge a kind of objects; those of other subjects judge all.
    pub fn judging(&self, object: &str) -> impl Iterator<Item = &Arc<Control>> {
        self.controls.values().filter(move |control| self.kind != SubjectKind::Object || control.judges(object))
    }

    /// The data with which a machine asks one of them.
    pub fn data_of_one(&self, control: &Arc<Control>) -> Input {
        Input::new(&self.data(std::iter::once(control)))
    }

    /// An interpreter of the same policies, and the rule to ask it for.
    ///
    /// # Errors
    /// What is wrong with a policy.
    pub fn interpreter(&self) -> Result<(Engine, String), String> {
        let controls: Vec<Arc<Control>> = self.controls.values().cloned().collect();
        let parts = controls.iter().map(|control| Part {
            id: &control.id,
            package: &control.package,
            may_doubt: aggregate::may_doubt(self.catalog.policy(control)),
        });
        let aggregate = aggregate::module(self.kind.word(), parts);
        let modules = self.catalog.modules_of(&controls).into_iter().chain([("run", &*aggregate)]);
        Ok((Engine::new(modules, &self.data(controls.iter()))?, aggregate::rule(self.kind.word())))
    }

    /// Whether a control names a setting of the component or host.
    pub fn reads(&self, control: &str, setting: &str) -> bool {
        let words = self.words.get_or_init(|| {
            self.controls.values().map(|control| (Arc::clone(&control.id), self.catalog.words(control))).collect()
        });
        words.get(control).is_some_and(|words| words.contains(setting))
    }

    /// Which controls are on, with the parameters of each: a policy reads no other's.
    fn data<'a>(&self, controls: impl Iterator<Item = &'a Arc<Control>>) -> Json {
        let (mut on, mut parameters) = (Map::new(), Map::new());
        for control in controls {
            let of = self.parameters.get(&*control.id).cloned().unwrap_or_default();
            on.insert(control.id.to_string(), Json::Bool(true));
            parameters.insert(control.id.to_string(), of);
        }
        json!({"parameters": parameters, "controls": on})
    }
}
