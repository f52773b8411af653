//! The policies and benchmarks that the binary carries.

use std::collections::BTreeMap;
use std::sync::Arc;

use include_dir::{Dir, DirEntry, include_dir};
use serde::{Deserialize, Serialize};

use super::metadata;
use crate::error::{Error, nearest};
use crate::model::{Control, Source, SubjectKind};
use crate::parse;

static POLICY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policy");

/// Every control and every benchmark.
pub struct Catalog {
    modules: Vec<(String, String)>,
    controls: BTreeMap<Arc<str>, Arc<Control>>,
    benchmarks: BTreeMap<String, Benchmark>,
}

/// A benchmark: which of its checks are answered by which controls.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Benchmark {
    /// `cis-1.12`, `pss`.
    pub benchmark: String,
    /// Its name.
    pub title: String,
    /// Its checks, in its order.
    pub checks: Vec<Check>,
}

/// A numbered check of a benchmark.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Check {
    /// `5.2.3`, `baseline/hostNamespaces`.
    pub id: String,
    /// The controls that answer it together; none when files cannot.
    #[serde(default)]
    pub controls: Vec<String>,
}

impl Catalog {
    /// Reads the embedded policies.
    ///
    /// # Errors
    /// Only when the binary was built from a broken policy folder; the tests of the project rule that out.
    pub fn embedded() -> Result<Self, Error> {
        let mut catalog = Self { modules: vec![], controls: BTreeMap::new(), benchmarks: BTreeMap::new() };
        let mut files = Vec::new();
        collect(&POLICY, &mut files);
        for (path, text) in files {
            catalog.add(path, text)?;
        }
        Ok(catalog)
    }

    /// The Rego modules: path and text.
    pub fn modules(&self) -> &[(String, String)] {
        &self.modules
    }

    /// Every control, by id.
    pub fn controls(&self) -> impl Iterator<Item = &Arc<Control>> {
        self.controls.values()
    }

    /// Every benchmark, by name.
    pub fn benchmarks(&self) -> impl Iterator<Item = &Benchmark> {
        self.benchmarks.values()
    }

    /// The control of an id.
    ///
    /// # Errors
    /// An unknown id is answered with the nearest right one.
    pub fn control(&self, id: &str) -> Result<&Arc<Control>, Error> {
        self.controls.get(id).ok_or_else(|| {
            let error = Error::usage(format!("there is no control `{id}`"));
            match nearest(id, self.controls.keys().map(|id| &**id)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    /// The benchmark ids that a control answers: benchmark → ids.
    pub fn benchmarks_of(&self, control: &str) -> BTreeMap<String, Vec<String>> {
        let ids = |benchmark: &Benchmark| {
            let checks = benchmark.checks.iter().filter(|check| check.controls.iter().any(|id| id == control));
            let ids: Vec<String> = checks.map(|check| check.id.clone()).collect();
            (!ids.is_empty()).then(|| (benchmark.benchmark.clone(), ids))
        };
        self.benchmarks.values().filter_map(ids).collect()
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), Error> {
        if let Some(stem) = path.strip_suffix(".rego").filter(|stem| !stem.ends_with("_test")) {
            let source = Source::new(path, text);
            let kind = SubjectKind::ALL.into_iter().find(|kind| path.starts_with(&format!("{kind}/")));
            if let Some(kind) = kind {
                let control = metadata::read(&source, kind, format!("policy.{}", stem.replace('/', ".")))?;
                self.controls.insert(Arc::clone(&control.id), Arc::new(control));
            }
            self.modules.push((path.to_owned(), text.to_owned()));
        } else if path.starts_with("benchmarks/") {
            let benchmark: Benchmark = read_yaml(&Source::new(path, text))?;
            self.benchmarks.insert(benchmark.benchmark.clone(), benchmark);
        }
        Ok(())
    }
}

fn read_yaml<T: serde::de::DeserializeOwned>(source: &Source) -> Result<T, Error> {
    let fail = |why: String| Error::usage(format!("policy/{}: {why}", source.path()));
    match parse::parse(source).documents.into_iter().next() {
        Some(Ok(document)) => {
            serde_path_to_error::deserialize(document.to_json(document.root)).map_err(|why| fail(why.to_string()))
        }
        Some(Err((_, why))) => Err(fail(why.to_string())),
        None => Err(fail("it is empty".to_owned())),
    }
}

fn collect<'a>(directory: &'a Dir<'_>, files: &mut Vec<(&'a str, &'a str)>) {
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(inner, files),
            DirEntry::File(file) => files.extend(file.path().to_str().zip(file.contents_utf8())),
        }
    }
}
