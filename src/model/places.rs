//! Where the parts of a computed subject are written: a component or a host comes from many files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::Document;
use super::finding::{Location, Related};
use super::path::Path;
use super::source::Source;

/// The place of one part.
#[derive(Debug, Clone)]
pub struct Spot {
    /// What decided it, or where it would be written.
    pub location: Location,
    /// What is missing there.
    pub missing: Option<String>,
    /// The places that lost.
    pub related: Vec<Related>,
}

/// The places of a computed subject, by the paths of its `input`.
#[derive(Debug, Clone)]
pub struct Places {
    /// The place of all that has no place of its own.
    pub home: Location,
    /// The parts, each with what is below it.
    pub spots: BTreeMap<Path, Spot>,
    /// Parts that are read from a document as it is: what is below has its place there.
    pub documents: BTreeMap<Path, (Arc<Source>, Arc<Document>)>,
}

impl Places {
    /// No places but the one that stands for all.
    pub fn new(home: Location) -> Self {
        Self { home, spots: BTreeMap::new(), documents: BTreeMap::new() }
    }

    /// The nearest part that holds a path.
    pub fn spot(&self, path: &Path) -> Spot {
        let steps = path.steps();
        let beginnings = (0..=steps.len()).rev().filter_map(|length| steps.get(..length));
        let found = beginnings.map(|steps| Path(steps.to_vec())).find_map(|path| self.spots.get(&path));
        found.cloned().unwrap_or_else(|| Spot { location: self.home.clone(), missing: None, related: Vec::new() })
    }

    /// The document that holds a path, and the path in it.
    pub fn document(&self, path: &Path) -> Option<(&Arc<Source>, &Document, Path)> {
        self.documents.iter().find_map(|(part, (source, document))| {
            let rest = path.steps().strip_prefix(part.steps())?;
            Some((source, &**document, Path(rest.to_vec())))
        })
    }
}
