//! A first look at the files: which of them declare components, and what says which platform and version a cluster has.

use std::collections::BTreeSet;
use std::path::Path as FilePath;
use std::sync::Arc;

use rayon::prelude::*;

use super::first_look::FirstLook;
use super::nodes;
use super::plan::Plan;
use crate::config::KubernetesVersion;
use crate::discover::{Candidate, is_node_file};
use crate::error::Error;
use crate::evaluate::benchmark::{self, Telling};
use crate::model::{Document, NodeId, Path, Source, Value};
use crate::parse;

/// So many files are parsed in less time than it takes to prepare the first look.
const FEW: usize = 8;

/// What the first look found.
pub struct Survey {
    /// The files with a document that declares a component.
    pub declaring: BTreeSet<Arc<str>>,
    /// What says something of a cluster.
    pub clues: Vec<Clue>,
}

/// Something that says what a cluster runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clue {
    /// The cluster.
    pub cluster: String,
    /// The platform, as in `policy/benchmarks/`.
    pub platform: Option<String>,
    /// The version of Kubernetes.
    pub version: Option<KubernetesVersion>,
    /// Where it is written: `nodes/a/config.yaml:3`.
    pub place: String,
}

impl Survey {
    /// Looks at every file.
    pub fn new(plan: &Plan) -> Result<Self, Error> {
        let telling = benchmark::telling()?;
        let first_look = (plan.candidates.len() > FEW).then(|| FirstLook::new(&telling));
        let documents = |candidate: &&Candidate| !is_node_file(FilePath::new(&*candidate.path));
        let of = |candidate: &Candidate| {
            let Ok(source) = plan.source(candidate) else { return (None, Vec::new()) };
            if first_look.as_ref().is_some_and(|look| !look.is_worth_parsing(&source)) {
                return (None, Vec::new());
            }
            let parsed = parse::parse(&source);
            let documents = || parsed.documents.iter().flatten();
            let cluster = plan.config.cluster_of(&candidate.path);
            let clues = documents().flat_map(|document| clues(&telling, cluster, &source, document));
            let declares = nodes::declares(&source, &parsed).then(|| Arc::clone(&candidate.path));
            (declares, clues.collect())
        };
        let candidates: Vec<&Candidate> = plan.candidates.iter().filter(documents).collect();
        let found: Vec<(Option<Arc<str>>, Vec<Clue>)> =
            plan.pool.install(|| plan.spread(&candidates).copied().map(of).collect());
        let (declaring, clues): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok(Self { declaring: declaring.into_iter().flatten().collect(), clues: clues.into_iter().flatten().collect() })
    }
}

fn clues(telling: &[Telling], cluster: &str, source: &Source, document: &Document) -> Vec<Clue> {
    let list = Path::of_keys(&["items"]);
    let items = document.find(document.root, &list).map(|items| document.value(items));
    let objects = match items {
        Some(Value::Sequence(items)) if text(document, document.root, "kind") == "List" => items.clone(),
        _ => vec![document.root],
    };
    objects.into_iter().filter_map(|object| clue(telling, cluster, source, document, object)).collect()
}

fn clue(telling: &[Telling], cluster: &str, source: &Source, document: &Document, object: NodeId) -> Option<Clue> {
    let kind = text(document, object, "kind");
    let api_version = text(document, object, "apiVersion");
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let row = telling.iter().find(|row| row.kind == kind && row.group == group)?;
    let keys: Vec<&str> = row.version.split('.').collect();
    let version = document.find(object, &Path::of_keys(&keys));
    let written = version.map(|version| match document.value(version) {
        Value::String(text) => text.to_string(),
        _ => source.slice(document.node(version).span).to_owned(),
    });
    let at = document.node(version.unwrap_or(object)).span;
    Some(Clue {
        cluster: cluster.to_owned(),
        platform: row.platform.clone().or_else(|| benchmark::platform_of(written.as_deref()?)),
        version: written.and_then(|written| written.parse().ok()),
        place: format!("{}:{}", source.path(), source.region(at).start.line()),
    })
}

fn text<'a>(document: &'a Document, object: NodeId, key: &str) -> &'a str {
    let value = document.find(object, &Path::of_keys(&[key])).map(|value| document.value(value));
    match value {
        Some(Value::String(text)) => text,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first look may only pass over what says nothing.
    #[test]
    fn no_file_that_says_something_is_passed_over() {
        let root = FilePath::new(env!("CARGO_MANIFEST_DIR"));
        let mut waiting = vec![root.join("fixtures"), root.join("../shared/oracle"), root.join("../shared/bench")];
        let telling = benchmark::telling().unwrap();
        let first_look = FirstLook::new(&telling);
        let (mut telling_files, mut passed_over) = (0, 0);
        while let Some(path) = waiting.pop() {
            if let Ok(entries) = std::fs::read_dir(&path) {
                waiting.extend(entries.map(|entry| entry.unwrap().path()));
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let source = Arc::new(Source::new(path.to_string_lossy(), text));
            let parsed = parse::parse(&source);
            let mut documents = parsed.documents.iter().flatten();
            let says = nodes::declares(&source, &parsed)
                || documents.any(|document| !clues(&telling, "default", &source, document).is_empty());
            let is_worth_parsing = first_look.is_worth_parsing(&source);
            assert!(is_worth_parsing || !says, "{}", path.display());
            telling_files += usize::from(says);
            passed_over += usize::from(!is_worth_parsing);
        }
        assert!(telling_files > 100 && passed_over > 100, "{telling_files} {passed_over}");
    }
}
