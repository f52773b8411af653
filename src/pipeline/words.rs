//! What exceptions can name: the controls, and the checks of benchmarks. A benchmark is read when it is first asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::adjudicate::exception::Vocabulary;
use crate::evaluate::{Catalog, benchmark};
use crate::model::Location;
use crate::model::report::Notice;

/// Control ids and benchmark numbers.
pub struct Words {
    controls: BTreeSet<Arc<str>>,
    clusters: BTreeMap<Arc<str>, Vec<String>>,
    live: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// What to say of old names of benchmarks, and where they are written.
    told: Mutex<Vec<(String, Location)>>,
    /// Benchmark → number → controls; empty for a name that no benchmark has.
    read: Mutex<BTreeMap<String, Checks>>,
}

type Checks = BTreeMap<String, Vec<String>>;

impl Words {
    /// The words of a catalogue, with the benchmarks of each cluster and those of the results of its running nodes.
    pub fn new(
        catalog: &Catalog,
        clusters: BTreeMap<Arc<str>, Vec<String>>,
        live: BTreeMap<Arc<str>, BTreeSet<String>>,
    ) -> Self {
        let controls = catalog.controls().map(|control| Arc::clone(&control.id)).collect();
        Self { controls, clusters, live, told: Mutex::default(), read: Mutex::default() }
    }

    /// That old names of benchmarks were asked for.
    pub fn told(&self) -> Vec<Notice> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let notice = |(message, location): &(String, Location)| Notice {
            code: "old-benchmark",
            message: message.clone(),
            help: Some("write the new name into the exceptions".to_owned()),
            location: Some(location.clone()),
        };
        told.iter().map(notice).collect()
    }

    fn read(name: &str) -> Checks {
        let checks = benchmark::benchmark(name).map(|benchmark| benchmark.checks).unwrap_or_default();
        checks.into_iter().map(|check| (check.id, check.controls)).collect()
    }
}

impl Vocabulary for Words {
    fn controls(&self) -> &BTreeSet<Arc<str>> {
        &self.controls
    }

    fn clusters(&self) -> &BTreeMap<Arc<str>, Vec<String>> {
        &self.clusters
    }

    fn answers(&self, benchmark: &str, number: &str) -> Option<Vec<String>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(benchmark.to_owned()).or_insert_with(|| Self::read(benchmark)).get(number).cloned()
    }

    fn live(&self) -> &BTreeMap<Arc<str>, BTreeSet<String>> {
        &self.live
    }

    fn resolve(&self, benchmark: &str, at: &Location) -> String {
        let Ok((name, notice)) = benchmark::resolve(benchmark) else { return benchmark.to_owned() };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // A change has the same words on both sides.
        let is_same =
            |(_, place): &(String, Location)| (place.source.path(), place.span) == (at.source.path(), at.span);
        if let Some(message) = notice.filter(|_| !told.iter().any(is_same)) {
            told.push((message, at.clone()));
        }
        name
    }

    fn benchmarks_with(&self, number: &str) -> Vec<String> {
        let names = benchmark::fits().into_iter().flat_map(BTreeMap::keys);
        names.filter(|name| self.answers(name, number).is_some()).cloned().collect()
    }
}
