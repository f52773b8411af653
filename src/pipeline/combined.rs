//! Documents that the user's policies judge at once, as with conftest's `--combine`: the documents of a run come in, findings go out,
//! each in the document that it is about, with the other ones as related locations.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::judged::Judged;
use super::plan::Plan;
use super::standard::Standard;
use super::{document, read};
use crate::classify::{InventoryObject, Kept};
use crate::evaluate::Input;
use crate::locate;
use crate::model::policy::RelatedPath;
use crate::model::{
    Confidence, Control, Finding, Identity, Location, Path, Related, Seen, Severity, Step, Subject, SubjectKind,
    Violation,
};

/// Judges the documents of each cluster together.
pub fn judge(
    plan: &Plan,
    standard: &Standard,
    documents: Vec<Subject>,
    objects: &[(InventoryObject, Kept<Input>)],
) -> Judged {
    let mut judged = Judged::default();
    let Some(policies) = plan.user.as_deref().filter(|_| !documents.is_empty()) else { return judged };
    let mut runner = policies.runner();
    let mut clusters: BTreeMap<Arc<str>, Vec<Subject>> = BTreeMap::new();
    for document in documents {
        clusters.entry(Arc::clone(&document.identity.cluster)).or_default().push(document);
    }
    for (cluster, documents) in clusters {
        let all = together(cluster, &documents);
        let evaluation = policies.evaluate(standard, &mut runner, &[&all]).pop().unwrap_or_default();
        let violations = judged.count(standard, &all, evaluation, |_| {
            let what = format!("{} documents together", documents.len());
            vec![Seen { file: Arc::clone(&all.file), line: 1, what }]
        });
        for (control, severity, violation) in violations {
            let (at, violation, elsewhere) = split(violation, documents.len());
            let Some(about) = documents.get(at) else { continue };
            let mut found = locate(plan, about, (control, severity, violation));
            let same = |object: &&InventoryObject| {
                object.file == about.file && object.document == about.document && object.root == about.root
            };
            let namespace = objects.iter().map(|(object, _)| object).find(same).map(|object| &object.namespace);
            for finding in &mut found {
                finding
                    .related
                    .extend(elsewhere.iter().filter_map(|(at, path)| related(plan, documents.get(*at)?, path)));
                finding.namespace = namespace.unwrap_or(&finding.namespace).clone();
            }
            judged.findings.extend(found);
        }
    }
    judged
}

fn together(cluster: Arc<str>, documents: &[Subject]) -> Subject {
    let entries = documents.iter().map(|document| json!({"path": document.file, "contents": *document.input}));
    let kind = format!("the {} documents together", documents.len());
    Subject {
        kind: SubjectKind::Document,
        identity: Arc::new(Identity { cluster, kind, ..Identity::default() }),
        file: documents.first().map_or_else(|| Arc::from(""), |document| Arc::clone(&document.file)),
        document: 0,
        root: Path::root(),
        partial: false,
        object: None,
        input: Arc::new(Json::Array(entries.collect())),
    }
}

/// The document that a violation is about, the violation as one of that document, and its places in others.
fn split(mut violation: Violation, documents: usize) -> (usize, Violation, Vec<(usize, Path)>) {
    let (at, inside) = part(&violation.path);
    // A policy may name a path in a list that it has made itself.
    let at = at.filter(|at| *at < documents);
    if at.is_none() || inside.is_none() {
        violation.inferred = Some(Confidence::Document);
    }
    let (at, mut elsewhere) = (at.unwrap_or(0), Vec::new());
    violation.path = inside.unwrap_or_default();
    violation.related = std::mem::take(&mut violation.related)
        .into_iter()
        .filter_map(|RelatedPath { message, path }| match part(&path) {
            (Some(other), inside) if other == at => Some(RelatedPath { message, path: inside? }),
            (Some(other), inside) => {
                elsewhere.push((other, inside.unwrap_or_default()));
                None
            }
            (None, _) => None,
        })
        .collect();
    (at, violation, elsewhere)
}

/// Which document a path leads into, and where in it.
fn part(path: &Path) -> (Option<usize>, Option<Path>) {
    match path.steps() {
        [Step::Index(at), Step::Key(word), rest @ ..] if **word == *"contents" && !rest.is_empty() => {
            (Some(*at), Some(Path(rest.to_vec())))
        }
        [Step::Index(at), ..] => (Some(*at), None),
        _ => (None, None),
    }
}

/// The text was let go after its file was read: only what has a finding is read again.
fn locate(plan: &Plan, about: &Subject, violation: (Arc<Control>, Severity, Violation)) -> Vec<Finding> {
    let Some((source, parsed)) = plan.candidate(&about.file).and_then(|file| read(plan, file).ok()) else {
        return vec![];
    };
    let Some(document) = document(&parsed, about.document) else { return vec![] };
    locate::locate(&source, &document, about, vec![violation])
}

fn related(plan: &Plan, about: &Subject, path: &Path) -> Option<Related> {
    let (source, parsed) = read(plan, plan.candidate(&about.file)?).ok()?;
    let document = document(&parsed, about.document)?;
    let place = match path.steps() {
        [] => locate::own_line(&source, &document, &about.root),
        _ => locate::place(&source, &document, &about.root.join(path)),
    };
    Some(Related { message: "together with this".to_owned(), location: Location { source, span: place.span } })
}
