//! What the nodes were read from: each subject adds its files and notes, and the ledger of the run takes them in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::coverage::DocumentCoverage;
use crate::model::report::Notice;
use crate::model::{Coverage, DocumentStatus, FileStatus, Location, Source};
use crate::node::Note;
use crate::node::component::Component;

/// What was read, and what could not be.
#[derive(Default)]
pub struct Ledger {
    /// File → documents that a subject was read from.
    used: BTreeMap<Arc<str>, BTreeSet<usize>>,
    /// File → place and reason of what should have been judged and was not.
    failed: BTreeMap<Arc<str>, (Option<Location>, String)>,
    /// What there is to say about no subject.
    notes: Vec<Note>,
}

impl Ledger {
    /// A document was read.
    pub fn mark(&mut self, file: &Arc<str>, document: usize) {
        self.used.entry(Arc::clone(file)).or_default().insert(document);
    }

    /// Whether a document was read already.
    pub fn is_marked(&self, file: &str, document: usize) -> bool {
        self.used.get(file).is_some_and(|documents| documents.contains(&document))
    }

    /// All that a component was read from.
    pub fn mark_component(&mut self, component: &Component) {
        let sources = component.sources.values().chain(&component.read);
        sources.for_each(|source| self.mark(source.path(), first_document(source)));
    }

    /// A file should have been judged and could not be.
    pub fn fail(&mut self, file: &Arc<str>, place: Option<&Location>, reason: impl Into<String>) {
        self.failed.entry(Arc::clone(file)).or_insert((place.cloned(), reason.into()));
    }

    /// Whether something could not be judged.
    pub fn has_gap(&self) -> bool {
        !self.failed.is_empty()
    }

    /// There is something to say.
    pub fn note(&mut self, notes: impl IntoIterator<Item = Note>) {
        self.notes.extend(notes);
    }

    /// What was read for another node.
    pub fn append(&mut self, other: Self) {
        other.used.into_iter().for_each(|(file, documents)| self.used.entry(file).or_default().extend(documents));
        self.failed.extend(other.failed);
        self.notes.extend(other.notes);
    }

    /// The same for what was read from inside another file.
    #[must_use]
    pub fn into_outer(mut self, file: &Arc<str>, document: usize, relocate: &dyn Fn(&Location) -> Location) -> Self {
        let failed = std::mem::take(&mut self.failed).into_values().next();
        let failed = failed.map(|(place, reason)| (Arc::clone(file), (place.as_ref().map(relocate), reason)));
        for place in self.notes.iter_mut().filter_map(|note| note.place.as_mut()) {
            *place = relocate(place);
        }
        let used = BTreeMap::from([(Arc::clone(file), BTreeSet::from([document]))]);
        Self { used, failed: failed.into_iter().collect(), notes: self.notes }
    }

    /// Puts all of it down.
    pub fn settle<'c>(self, coverage: impl Iterator<Item = &'c mut Coverage>) -> Vec<Notice> {
        for coverage in coverage {
            if let Some(documents) = self.used.get(&coverage.file) {
                mark(coverage, documents);
            }
            if let Some((place, reason)) = self.failed.get(&coverage.file) {
                let line = place.as_ref().map_or(1, |place| place.region().start.line());
                coverage.status = FileStatus::Unparsable;
                coverage.reason = format!("line {line}: {reason}");
            }
        }
        let notice = |note: Note| Notice { code: "node", message: note.message, help: None, location: note.place };
        self.notes.into_iter().map(notice).collect()
    }
}

/// The position of the first document in a stream, in front of which there may be empty ones.
fn first_document(source: &Source) -> usize {
    crate::parse::parse(source).documents.into_iter().find_map(|document| Some(document.ok()?.index)).unwrap_or(0)
}

fn mark(coverage: &mut Coverage, used: &BTreeSet<usize>) {
    if coverage.documents.is_empty() && coverage.status != FileStatus::Unparsable {
        coverage.documents.push(DocumentCoverage {
            document: 0,
            line: 1,
            status: DocumentStatus::KnownOther,
            reason: String::new(),
        });
    }
    // Of a file of a node that is no YAML there is one document.
    let is_only = coverage.documents.len() == 1;
    for document in coverage.documents.iter_mut().filter(|document| is_only || used.contains(&document.document)) {
        if matches!(document.status, DocumentStatus::KnownOther | DocumentStatus::NotKubernetes) {
            (document.status, document.reason) = (DocumentStatus::Judged, String::new());
            if coverage.status != FileStatus::Unparsable {
                (coverage.status, coverage.reason) = (FileStatus::Judged, String::new());
            }
        }
    }
}
