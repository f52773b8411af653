//! `with input as …`: the rules that a statement asks see another input, whose places are those of what is given.

use serde_json::Value as Json;

use super::Tracer;
use super::origin::Origin;
use super::scope::Scope;
use crate::evaluate::rego::Statement;
use crate::model::{Path, Step};

impl<'a> Tracer<'a> {
    /// The places of a part of what `input` is.
    pub(super) fn of_input(&self, path: &Path) -> Vec<Origin<'a>> {
        let given = self.given_input.borrow().clone();
        let Some(given) = given else { return vec![Origin::itself(self.root.along(path.steps()))] };
        path.steps().iter().fold(given.to_vec(), |origins, step| match step {
            Step::Key(key) => self.step(origins, &[Json::from(&**key).into()]),
            Step::Index(at) => self.step(origins, &[Json::from(*at).into()]),
        })
    }

    /// Whether `input` is not the whole input.
    pub(super) fn is_given_input(&self) -> bool {
        self.given_input.borrow().is_some()
    }

    /// Does what has to do with a statement: behind `with input as …` the rules that it asks see that.
    pub(super) fn as_given<T>(
        &self,
        scope: &Scope<'a>,
        statement: &'a Statement,
        depth: usize,
        act: impl FnOnce() -> T,
    ) -> T {
        let input = statement.with.iter().find(|(target, _)| target.var() == Some("input"));
        let Some((_, value)) = input else { return act() };
        let given = self.origins(scope, value, depth);
        let before = self.given_input.replace(Some(given.into()));
        let done = act();
        self.given_input.replace(before);
        done
    }
}
