//! Where the findings of the inventory mostly lead, noted while a document is in memory: their files need not be parsed again.

use std::sync::LazyLock;

use crate::classify::{InventoryObject, Noted};
use crate::locate::{self, Place};
use crate::model::{Document, Path, Source, Span, Violation};

/// The paths; another one that a policy names costs the time of parsing a file again.
static PATHS: LazyLock<[Path; 6]> = LazyLock::new(|| {
    [
        Path::of_keys(&["apiVersion"]),
        Path::of_keys(&["metadata", "name"]),
        Path::of_keys(&["metadata", "namespace"]),
        Path::of_keys(&["spec", "automountServiceAccountToken"]),
        Path::of_keys(&["spec", "template", "spec", "automountServiceAccountToken"]),
        Path::of_keys(&["spec", "jobTemplate", "spec", "template", "spec", "automountServiceAccountToken"]),
    ]
});

/// Notes them for an object of a document.
pub fn note(source: &Source, document: &Document, object: &mut InventoryObject) {
    let noted = PATHS.iter().map(|path| {
        let place = locate::place(source, document, &object.root.join(path));
        // What is written elsewhere, for an alias, has another place beside it.
        let of = |at: usize| u32::try_from(at).ok().filter(|_| place.defined.is_none());
        let there = path.steps().len().checked_sub(place.missing.len())?;
        Some(Noted { start: of(place.span.start)?, end: of(place.span.end)?, there: u8::try_from(there).ok()? })
    });
    object.noted = noted.collect::<Option<_>>().unwrap_or_default();
}

/// Where a violation is, if that has been noted.
pub fn place(object: &InventoryObject, violation: &Violation) -> Option<Place> {
    let at = PATHS.iter().position(|path| *path == violation.path)?;
    let noted = object.noted.get(at).filter(|_| violation.related.is_empty() && violation.duplicate.is_none())?;
    let span = Span::new(usize::try_from(noted.start).ok()?, usize::try_from(noted.end).ok()?);
    let missing = violation.path.steps().iter().skip(usize::from(noted.there)).cloned().collect();
    Some(Place { span, missing, defined: None })
}
