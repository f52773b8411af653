//! From a violation to its place in the text, and to its fingerprint.

pub mod infer;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::model::path::escaped;
use crate::model::policy::Fix;
use crate::model::{
    Confidence, Control, Document, Entry, Finding, Fingerprint, Identity, Location, NodeId, Path, Places, Related,
    Severity, Source, Span, Spot, Step, Subject, Value, Violation,
};

/// Where a path leads in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The value, or the deepest existing parent of what is missing.
    pub span: Span,
    /// The steps that do not exist.
    pub missing: Vec<Step>,
    /// Where the value is defined, when `span` is the alias that uses it.
    pub defined: Option<Span>,
}

/// The findings of one subject's violations, in their order.
pub fn locate(
    source: &Arc<Source>,
    document: &Document,
    subject: &Subject,
    violations: Vec<(Arc<Control>, Severity, Violation)>,
) -> Vec<Finding> {
    let containers = containers(subject);
    let mut common: Option<(Arc<str>, Begun)> = None;
    let findings = violations.into_iter().map(|(control, severity, violation)| {
        common.take_if(|(id, _)| *id != control.id);
        let begin = || (Arc::clone(&control.id), Begun::new(&control.id, &subject.file, &subject.identity));
        let (_, begun) = common.get_or_insert_with(begin);
        let path = subject.root.join(&violation.path);
        let duplicate = violation.duplicate.and_then(|id| document.duplicates.get(id));
        let place = match (duplicate, violation.inferred) {
            (Some(duplicate), _) => Place { span: duplicate.last, missing: vec![], defined: None },
            (None, Some(Confidence::Document)) => own_line(source, document, &path),
            (None, _) => place(source, document, &path),
        };
        let location = |span| Location { source: Arc::clone(source), span };
        let related_paths = violation.related.iter().map(|related| Related {
            message: related.message.clone(),
            location: location(self::place(source, document, &subject.root.join(&related.path)).span),
        });
        let losers = document.duplicates.iter().filter(|other| duplicate.is_some_and(|it| it.last == other.last));
        let losers = losers.map(|loser| Related {
            message: "overridden: this one does not count".to_owned(),
            location: location(loser.first),
        });
        let losers = losers.collect::<Vec<_>>();
        let defined =
            place.defined.map(|span| Related { message: "defined here".to_owned(), location: location(span) });
        let related = defined.into_iter().chain(losers).chain(related_paths).collect();
        // What is found otherwise by a later version keeps its identity.
        let named = violation.inferred.is_none().then(|| named(document, &subject.root, &violation.path));
        let container = container(subject, &containers, &violation.path);
        let found = Found { place, path, container, related, named };
        finding(source, subject, (control, severity, violation), found, begun)
    });
    findings.collect()
}

/// The finding of a violation whose place is known, by a path of keys alone.
pub fn at(
    source: &Arc<Source>,
    place: Place,
    subject: &Subject,
    violation: (Arc<Control>, Severity, Violation),
) -> Finding {
    let (path, named) = (subject.root.join(&violation.2.path), Some(violation.2.path.to_string()));
    let begun = Begun::new(&violation.0.id, &subject.file, &subject.identity);
    finding(source, subject, violation, Found { place, path, container: None, related: vec![], named }, &begun)
}

/// What a document tells of a violation.
struct Found<'a> {
    place: Place,
    /// From the root of the document.
    path: Path,
    container: Option<Container<'a>>,
    related: Vec<Related>,
    /// As [`Finding::named`] has it.
    named: Option<String>,
}

fn finding(
    source: &Arc<Source>,
    subject: &Subject,
    (control, severity, violation): (Arc<Control>, Severity, Violation),
    Found { place, path, container, related, named }: Found<'_>,
    begun: &Begun,
) -> Finding {
    let fingerprint = begun.end(named.as_deref().unwrap_or(&violation.message));
    Finding {
        control: Arc::clone(&control.id),
        severity,
        mode: control.mode,
        message: violation.message,
        identity: Arc::clone(&subject.identity),
        namespace: subject.identity.namespace.clone(),
        document: subject.document,
        container: container.and_then(|(container, _)| text_at(container, "name")),
        image: container.and_then(|(_, spec)| text_at(spec?, "image")),
        missing: (!place.missing.is_empty()).then(|| dotted(&place.missing)),
        location: Location { source: Arc::clone(source), span: place.span },
        confidence: violation.inferred.unwrap_or(Confidence::Exact),
        metadata: violation.metadata,
        related,
        fix: violation.fix.map(|fix| Box::new(rebase(fix, subject, &path))),
        fingerprint,
        check: None,
        named,
        path,
    }
}

/// The findings of a subject that is put together from several files.
pub fn locate_computed(
    places: &Places,
    subject: &Subject,
    violations: Vec<(Arc<Control>, Severity, Violation)>,
) -> Vec<Finding> {
    let findings = violations.into_iter().map(|(control, severity, violation)| {
        let spot = spot(places, &violation.path);
        let related_paths = violation.related.iter().map(|related| Related {
            message: related.message.clone(),
            location: self::spot(places, &related.path).location,
        });
        let named = violation.path.to_string();
        Finding {
            control: Arc::clone(&control.id),
            severity,
            mode: control.mode,
            message: violation.message,
            identity: Arc::clone(&subject.identity),
            namespace: None,
            document: subject.document,
            container: None,
            image: None,
            missing: spot.missing,
            location: spot.location,
            confidence: violation.inferred.unwrap_or(Confidence::Exact),
            metadata: violation.metadata,
            related: spot.related.into_iter().chain(related_paths).collect(),
            fix: None,
            fingerprint: fingerprint(&control.id, &subject.file, &subject.identity, &named),
            check: None,
            named: Some(named),
            path: violation.path,
        }
    });
    findings.collect()
}

fn spot(places: &Places, path: &Path) -> Spot {
    let Some((source, document, inside)) = places.document(path) else { return places.spot(path) };
    let place = place(source, document, &inside);
    let missing = (!place.missing.is_empty()).then(|| dotted(&place.missing));
    Spot { location: Location { source: Arc::clone(source), span: place.span }, missing, related: vec![] }
}

/// Where a path leads. A present scalar is its own bytes; a present block collection is its key, because that is the line a
/// person looks for; an absent member is at the key of its deepest existing parent.
pub fn place(source: &Source, document: &Document, path: &Path) -> Place {
    let mut at = document.root;
    let mut entry: Option<&Entry> = None;
    // The outermost alias or merge on the way: everything below it is written elsewhere and used here.
    let mut used: Option<Span> = alias_use(document, at);
    for (taken, step) in path.steps().iter().enumerate() {
        let next = match step {
            Step::Key(key) => document.entry(at, key).map(|entry| (entry.value, Some(entry))),
            Step::Index(index) => document.item(at, *index).map(|item| (item, None)),
        };
        let Some((next, next_entry)) = next else {
            let span = parent_span(source, document, at, entry);
            let missing = path.steps().iter().skip(taken).cloned().collect();
            return Place { span: used.unwrap_or(span), missing, defined: used.map(|_| span) };
        };
        used = used.or(next_entry.and_then(|entry| entry.merged_at)).or_else(|| alias_use(document, next));
        (at, entry) = (next, next_entry);
    }
    let span = value_span(source, document, at, entry);
    Place { span: used.unwrap_or(span), missing: vec![], defined: used.map(|_| span) }
}

/// The line that says what an object is: its kind, where it has one.
pub fn own_line(source: &Source, document: &Document, path: &Path) -> Place {
    let kind = path.key("kind");
    let is_there = document.find(document.root, &kind).is_some();
    place(source, document, if is_there { &kind } else { path })
}

fn alias_use(document: &Document, node: NodeId) -> Option<Span> {
    matches!(document.node(node).value, Value::Alias(_)).then(|| document.node(node).span)
}

fn value_span(source: &Source, document: &Document, node: NodeId, entry: Option<&Entry>) -> Span {
    let node = document.resolve(node);
    let span = document.node(node).span;
    let is_flow = source.slice(span).starts_with(['{', '[']);
    match document.value(node) {
        Value::Mapping(_) | Value::Sequence(_) if !is_flow => parent_span(source, document, node, entry),
        Value::Null if span.start == span.end => entry.map_or(span, |entry| entry.key_span),
        _ => span,
    }
}

/// The one line to look at for a whole collection: its key, else its name, else its first line.
fn parent_span(source: &Source, document: &Document, node: NodeId, entry: Option<&Entry>) -> Span {
    // The key in front of an alias says where it is used, not where it is defined.
    if let Some(entry) = entry.filter(|entry| alias_use(document, entry.value).is_none()) {
        return entry.key_span;
    }
    let node = document.resolve(node);
    let whole = document.node(node).span;
    let first = match document.value(node) {
        Value::Mapping(entries) => {
            let own = || entries.iter().filter(|entry| entry.merged_at.is_none());
            // A name says which one it is; `env:` with the words "is missing here" says something else.
            let name =
                own().find(|entry| &*entry.key == "name" && matches!(document.value(entry.value), Value::String(_)));
            name.or_else(|| own().min_by_key(|entry| entry.key_span.start))
        }
        _ => None,
    };
    let line = source.slice(whole).lines().next().unwrap_or_default().len();
    let Some(first) = first else { return Span::new(whole.start, whole.start + line) };
    let value = document.node(first.value).span;
    let same_line = !source.slice(Span::new(first.key_span.start, value.end)).contains('\n');
    if same_line { Span::new(first.key_span.start, value.end) } else { first.key_span }
}

/// A container as policies see it, and its specification.
type Container<'a> = (&'a Json, Option<&'a Json>);

/// The containers of a subject as policies see them, and where they are.
fn containers(subject: &Subject) -> Vec<(Path, &Json)> {
    let containers = subject.input.get("pod").and_then(|pod| pod.get("containers")).and_then(Json::as_array);
    let path = |container: &Json| Path::from_json(container.get("path")?);
    containers.into_iter().flatten().filter_map(|container| Some((path(container)?, container))).collect()
}

/// The container that a path leads into.
fn container<'a>(subject: &'a Subject, containers: &[(Path, &'a Json)], path: &Path) -> Option<Container<'a>> {
    let (base, container) = containers.iter().find(|(base, _)| path.steps().starts_with(base.steps()))?;
    let own = container.get("spec").filter(|spec| !spec.is_null());
    Some((container, own.or_else(|| base.find(&subject.object.as_ref()?.value))))
}

fn text_at(value: &Json, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn dotted(steps: &[Step]) -> String {
    let mut words = String::new();
    for (at, step) in steps.iter().enumerate() {
        words.push_str(if at == 0 { "" } else { "." });
        match step {
            Step::Key(key) => words.push_str(key),
            Step::Index(index) => words.push_str(&index.to_string()),
        }
    }
    words
}

fn rebase(fix: Fix, subject: &Subject, own: &Path) -> Fix {
    let absolute = |path: Option<Path>| Some(path.map_or_else(|| own.clone(), |path| subject.root.join(&path)));
    match fix {
        Fix::Set { path, value } => Fix::Set { path: absolute(path), value },
        Fix::Remove { path } => Fix::Remove { path: absolute(path) },
        Fix::Append { path, value } => Fix::Append { path: absolute(path), value },
    }
}

/// A path below `root` in words that survive reordering: a list element by its `name`, a scalar one by its value, any other by
/// the digest of its value.
fn named(document: &Document, root: &Path, path: &Path) -> String {
    let mut at = document.find(document.root, root);
    let mut words = String::new();
    for step in path.steps() {
        at = at.and_then(|at| document.step(at, step));
        match (step, at) {
            (Step::Key(key), _) => words.extend(["/", &escaped(key)]),
            (Step::Index(_), Some(item)) => words.extend(["/[", &element(document, item), "]"]),
            (Step::Index(index), None) => words.extend(["/", &index.to_string()]),
        }
    }
    words
}

fn element(document: &Document, item: NodeId) -> String {
    match (document.str_at(item, "name"), document.value(item)) {
        (Some(name), _) => ["name=", name].concat(),
        (None, Value::Mapping(_) | Value::Sequence(_)) => {
            format!("value:{}", digest(&sorted(document.to_json(item)).to_string()))
        }
        (None, _) => format!("={}", document.to_json(item)),
    }
}

/// The value with the members of each mapping in the order of their keys.
fn sorted(value: Json) -> Json {
    match value {
        Json::Object(map) => {
            let members: BTreeMap<String, Json> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Json::Object(members.into_iter().collect())
        }
        Json::Array(items) => items.into_iter().map(sorted).collect(),
        scalar => scalar,
    }
}

/// The identity of a finding, whose path is in words that survive edits.
pub fn fingerprint(control: &str, file: &str, identity: &Identity, path: &str) -> Fingerprint {
    Begun::new(control, file, identity).end(path)
}

/// What the fingerprints of all findings of a control and a subject begin with.
struct Begun(Sha256);

impl Begun {
    fn new(control: &str, file: &str, identity: &Identity) -> Self {
        let namespace = identity.namespace.as_deref().unwrap_or_default();
        let parts =
            [control, file, &identity.cluster, &identity.api_version, &identity.kind, namespace, &identity.name];
        Self(parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update("\0")))
    }

    fn end(&self, path: &str) -> Fingerprint {
        half(self.0.clone().chain_update(path))
    }
}

/// Tells findings apart whose words are all the same, in the order of the text: the second one's fingerprint says `#1`.
pub fn number_equals(findings: &mut [Box<Finding>]) {
    let mut seen: HashMap<Fingerprint, usize> = HashMap::with_capacity(findings.len());
    let mut later = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        let count = seen.entry(finding.fingerprint).or_default();
        if *count > 0 {
            later.push((at, digest(&format!("{}#{count}", finding.fingerprint))));
        }
        *count += 1;
    }
    for (at, fingerprint) in later {
        if let Some(finding) = findings.get_mut(at) {
            finding.fingerprint = fingerprint;
        }
    }
}

fn digest(text: &str) -> Fingerprint {
    half(Sha256::new_with_prefix(text))
}

/// The first half of what a hash comes to.
fn half(hash: Sha256) -> Fingerprint {
    let whole: [u8; 32] = hash.finalize().into();
    Fingerprint(whole.first_chunk().copied().unwrap_or_default())
}
