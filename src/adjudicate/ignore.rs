//! Ignores that stand in manifests: a parsed file comes in, its ignores go out, each with the part of the file it covers.
//!
//! - `# portcullis: ignore[control, …] reason` on a line of its own covers the node that follows, above the first line of a
//!   document the whole document, and behind something the node that begins on that line.
//! - The annotation `portcullis.dev/ignore: "control: reason; control: reason"` on an object or its pod template covers the object.

mod outline;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Rules;
use crate::error::nearest;
use crate::model::report::Notice;
use crate::model::{
    Because, Document, Finding, Location, NodeId, Parsed, Path, Source, Span, Step, SyntaxError, Value,
};
use outline::outlines;

/// The annotation.
pub const ANNOTATION: &str = "portcullis.dev/ignore";

/// One control, ignored in a part of a file.
#[derive(Debug, Clone)]
pub struct Ignore {
    /// The control as it is written.
    pub control: String,
    /// Why; an ignore without a reason has no effect.
    pub reason: String,
    /// Where the ignore is written.
    pub location: Location,
    /// The document and the part of it; none when nothing follows.
    scope: Option<(usize, Path)>,
    /// What it covers in words that survive edits around it.
    place: String,
}

/// An object of a file, as far as annotations matter.
#[derive(Debug, Clone)]
pub struct Place {
    /// The document.
    pub document: usize,
    /// Where the object begins in it.
    pub root: Path,
    /// Where the objects with `metadata` are: the object itself, and its pod templates, relative to the object.
    pub holders: Vec<Path>,
}

impl Ignore {
    /// The record of it.
    pub fn because(&self) -> Because {
        Because { reason: Some(self.reason.clone()), ..Because::at(self.location.clone()) }
    }

    /// Its file, and in words what it ignores there; none for one without effect.
    pub fn words(&self) -> Option<(Arc<str>, String)> {
        self.key().map(|(file, control, ..)| (file, format!("{control}\0{}", self.place)))
    }

    fn key(&self) -> Option<Key> {
        let (document, path) = self.scope.clone().filter(|_| !self.reason.is_empty())?;
        Some((Arc::clone(self.location.source.path()), self.control.clone(), document, path))
    }
}

/// All ignores of a run, found by what they cover: a hostile file may hold a hundred thousand.
pub struct Ignores<'a> {
    all: &'a [Ignore],
    first: BTreeMap<Key, usize>,
    used: BTreeSet<Key>,
}

/// File, control, document, part.
type Key = (Arc<str>, String, usize, Path);

impl<'a> Ignores<'a> {
    /// Prepares the search.
    pub fn new(all: &'a [Ignore]) -> Self {
        let mut first = BTreeMap::new();
        for (at, key) in all.iter().enumerate().filter_map(|(at, ignore)| Some((at, ignore.key()?))) {
            first.entry(key).or_insert(at);
        }
        Self { all, first, used: BTreeSet::new() }
    }

    /// The first ignore that covers a finding. All that do are used.
    pub fn find(&mut self, finding: &Finding) -> Option<&'a Ignore> {
        if self.first.is_empty() {
            return None;
        }
        let (file, steps) = (finding.location.source.path(), finding.path.steps());
        let mut found: Option<usize> = None;
        for depth in 0..=steps.len() {
            let part = Path(steps.iter().take(depth).cloned().collect());
            let key = (Arc::clone(file), finding.control.to_string(), finding.document, part);
            if let Some(&at) = self.first.get(&key) {
                found = Some(found.map_or(at, |before| before.min(at)));
                self.used.insert(key);
            }
        }
        self.all.get(found?)
    }

    /// What to say of the ones that have no effect.
    pub fn notices(&self, rules: &Rules<'_>) -> Vec<Notice> {
        let of = |ignore: &Ignore| {
            let is_used = ignore.key().is_some_and(|key| self.used.contains(&key));
            let (code, message, help) = fault(ignore, is_used, rules)?;
            Some(Notice { code, message, help: Some(help), location: Some(ignore.location.clone()) })
        };
        self.all.iter().filter_map(of).collect()
    }
}

/// The ignores of a file, in the order of the text.
pub fn read(source: &Arc<Source>, parsed: &Parsed, objects: &[Place]) -> Vec<Ignore> {
    let comments =
        parsed.comments.iter().filter_map(|comment| Some((comment.span, directive(source.slice(comment.span))?)));
    let comments: Vec<_> = comments.collect();
    let lines = if comments.is_empty() { Vec::new() } else { outlines(source, parsed) };
    let roots: Roots = objects.iter().map(|place| (place.document, place.root.steps())).collect();
    let ignore = |control: &str, reason: &str, span, scope: Option<(usize, Path)>| Ignore {
        control: control.trim().to_owned(),
        reason: reason.trim().to_owned(),
        location: Location { source: Arc::clone(source), span },
        place: scope.as_ref().map(|scope| in_words(parsed, &roots, scope)).unwrap_or_default(),
        scope,
    };
    let mut ignores = Vec::new();
    for (span, (controls, reason)) in comments {
        let scope = lines.iter().find_map(|outline| outline.scope(source, span));
        ignores.extend(controls.split(',').map(|control| ignore(control, reason, span, scope.clone())));
    }
    let has_annotation = source.text().contains(ANNOTATION);
    for place in objects.iter().filter(|_| has_annotation) {
        let Some(document) = parsed.documents.iter().flatten().find(|document| document.index == place.document) else {
            continue;
        };
        for (span, text) in annotations(document, place) {
            for part in text.split(';').filter(|part| !part.trim().is_empty()) {
                let (control, reason) = part.split_once(':').unwrap_or((part, ""));
                ignores.push(ignore(control, reason, span, Some((place.document, place.root.clone()))));
            }
        }
    }
    ignores
}

/// Where the objects of a file are, by document and root.
type Roots<'a> = BTreeSet<(usize, &'a [Step])>;

/// A part of a document in words that survive edits around it: the object that it belongs to, and the part of that, list elements
/// by name. Of long names the beginning: there may be as many ignores as a file has room for.
fn in_words(parsed: &Parsed, roots: &Roots, (index, path): &(usize, Path)) -> String {
    let number = |one: &Result<Document, (usize, SyntaxError)>| match one {
        Ok(document) => document.index,
        Err((index, _)) => *index,
    };
    let at = parsed.documents.partition_point(|one| number(one) < *index);
    let Some(Ok(document)) = parsed.documents.get(at) else { return String::new() };
    let steps = path.steps();
    let root =
        (0..=steps.len()).rev().filter_map(|depth| steps.get(..depth)).find(|root| roots.contains(&(*index, *root)));
    let root = root.unwrap_or_default();
    let text = |at: Option<NodeId>| match at.map(|at| document.value(at)) {
        Some(Value::String(text)) => text.chars().take(LONGEST_NAME).collect(),
        _ => String::new(),
    };
    let object = document.find(document.root, &Path(root.to_vec()));
    let at = |keys: &[&str]| text(object.and_then(|object| document.find(object, &Path::of_keys(keys))));
    let mut words = [at(&["kind"]), at(&["metadata", "namespace"]), at(&["metadata", "name"])].join("\0");
    let mut at = object;
    for step in steps.iter().skip(root.len()) {
        at = at.and_then(|at| document.step(at, step));
        let name = text(at.and_then(|at| document.get(at, "name")));
        words += &match step {
            Step::Key(key) => format!("/{}", key.chars().take(LONGEST_NAME).collect::<String>()),
            Step::Index(index) if name.is_empty() => format!("/{index}"),
            Step::Index(_) => format!("/[{name}]"),
        };
    }
    words
}

/// No name of Kubernetes is longer.
const LONGEST_NAME: usize = 253;

fn fault(ignore: &Ignore, used: bool, rules: &Rules<'_>) -> Option<(&'static str, String, String)> {
    let id = &ignore.control;
    if id.is_empty() {
        let help = "write `# portcullis: ignore[control] reason`".to_owned();
        return Some(("malformed-ignore", "this ignores nothing: it names no control".to_owned(), help));
    }
    if !rules.known.contains_key(id.as_str()) {
        let help = match nearest(id, rules.known.keys().map(|id| &**id)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the id of a control stands in the brackets of its findings".to_owned(),
        };
        return Some(("unknown-control", format!("this ignores nothing: there is no control `{id}`"), help));
    }
    if ignore.reason.is_empty() {
        let help = format!("write `# portcullis: ignore[{id}] reason`, in the annotation `{id}: reason`");
        return Some(("ignore-without-reason", "this ignores nothing: it gives no reason".to_owned(), help));
    }
    if rules.config.is_locked(id) {
        let help = "the configuration locks it: cure the finding".to_owned();
        return Some(("locked-control", format!("this ignores nothing: control `{id}` is locked"), help));
    }
    let is_idle = !used && rules.is_whole && rules.controls.contains(id.as_str());
    let help = "take it out, or move it to the line above the node it is about".to_owned();
    is_idle.then(|| ("unused-ignore", format!("this ignores nothing: `{id}` finds nothing here"), help))
}

/// The controls and the reason of a comment; what begins as an ignore and is none has an empty control.
fn directive(comment: &str) -> Option<(&str, &str)> {
    let text = comment.trim_start_matches('#').trim_start().strip_prefix("portcullis:")?.trim_start();
    let rest = text.strip_prefix("ignore").unwrap_or_default();
    Some(rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or(("", "")))
}

fn annotations<'d>(document: &'d Document, place: &Place) -> Vec<(Span, &'d str)> {
    let root = document.find(document.root, &place.root);
    let at = |holder: &Path| {
        let metadata = document.get(document.find(root?, holder)?, "metadata")?;
        let value = document.get(document.get(metadata, "annotations")?, ANNOTATION)?;
        let Value::String(text) = document.value(value) else { return None };
        Some((document.node(document.resolve(value)).span, &**text))
    };
    let mut found: Vec<_> = place.holders.iter().filter_map(at).collect();
    found.sort_by_key(|(span, _)| *span);
    found.dedup_by_key(|(span, _)| *span);
    found
}
