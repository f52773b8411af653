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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::evaluate::Catalog;
    use crate::model::{Identity, Severity};
    use crate::parse;
    use crate::pipeline::inventory::subject_of;

    const TEXT: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: &here b}
spec:
---
metadata:
  labels: {}
  name:
spec:
  template: &pod
    spec:
      automountServiceAccountToken: true
  jobTemplate:
    spec:
      template: *pod
---
items:
- kind: Service
- apiVersion: \"v1\"
  metadata: &shared {name: é}
  spec: {template: {spec: {}}}
- metadata: *shared
";

    #[test]
    fn a_finding_is_the_same_whether_its_place_was_noted_or_is_looked_for() {
        let source = Arc::new(Source::new("a.yaml", TEXT));
        let control = Arc::clone(Catalog::embedded().unwrap().controls().next().unwrap());
        let mut noted = Vec::new();
        for document in parse::parse(&source).documents.iter().flatten() {
            for root in [Path::root(), Path::root().key("items").index(1), Path::root().key("items").index(2)] {
                let (identity, file) = (Arc::new(Identity::default()), Arc::clone(source.path()));
                let (namespace, pods) = (None, vec![]);
                let (at, none) = (document.index, Box::default());
                let mut object = InventoryObject { identity, file, document: at, root, namespace, pods, noted: none };
                note(&source, document, &mut object);
                for path in PATHS.iter() {
                    let violation: Violation =
                        serde_json::from_value(serde_json::json!({"message": "m", "path": path.0})).unwrap();
                    let place = place(&object, &violation);
                    noted.push(place.is_some());
                    let Some(place) = place else { continue };
                    let violation = (Arc::clone(&control), Severity::Low, violation);
                    let subject = subject_of(&object);
                    let known = locate::at(&source, place, &subject, violation.clone());
                    let found = locate::locate(&source, document, &subject, vec![violation]);
                    assert_eq!(format!("{:?}", [known]), format!("{found:?}"), "{path}");
                }
            }
        }
        assert!(noted.contains(&true) && noted.contains(&false), "an alias is looked for: {noted:?}");
    }
}
