//! What exceptions can name: the controls, and the checks of benchmarks. A benchmark is read when it is first asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::adjudicate::exception::Vocabulary;
use crate::evaluate::{Catalog, benchmark};

/// Control ids and benchmark numbers.
pub struct Words {
    controls: BTreeSet<Arc<str>>,
    clusters: BTreeMap<Arc<str>, Vec<String>>,
    live: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// Benchmark → number → controls; empty for a name that no benchmark has.
    read: Mutex<BTreeMap<String, Checks>>,
}

type Checks = BTreeMap<String, Vec<String>>;

impl Words {
    /// The words of a catalogue, with the benchmarks of each cluster.
    pub fn new(catalog: &Catalog, clusters: BTreeMap<Arc<str>, Vec<String>>) -> Self {
        let controls = catalog.controls().map(|control| Arc::clone(&control.id)).collect();
        Self { controls, clusters, live: BTreeMap::new(), read: Mutex::default() }
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

    fn resolve(&self, benchmark: &str) -> String {
        benchmark.to_owned()
    }

    fn benchmarks_with(&self, number: &str) -> Vec<String> {
        let names = benchmark::heads().unwrap_or_default().into_keys();
        names.filter(|name| self.answers(name, number).is_some()).collect()
    }
}
