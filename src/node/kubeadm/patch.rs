//! The folder of `patches.directory` (cmd/kubeadm/app/util/patches): which file patches what, and how.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::model::{Document, Location, Value};
use crate::node::Note;
use crate::node::flags::Argument;
use crate::node::json_patch::{self, Kind};
use crate::node::tree::{Found, Tree};
use crate::parse::parse;

const TARGETS: [&str; 6] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubeletconfiguration",
    "corednsdeployment",
];

/// The patches of a node, in the order in which they are applied.
#[derive(Debug, Clone, Default)]
pub struct Patches {
    sets: Vec<Patch>,
    refused: Vec<Note>,
    /// The folder, when it is not in the repository: it may add any flag.
    pub missing: Option<Argument>,
}

#[derive(Debug, Clone)]
struct Patch {
    target: String,
    kind: Kind,
    value: Json,
    /// Each string in it and where it is written.
    texts: BTreeMap<String, Location>,
    /// Each value in it by dotted path.
    paths: BTreeMap<String, Location>,
    place: Location,
}

/// What patching a target comes to.
#[derive(Debug, Clone, Default)]
pub struct Patched {
    /// Texts that patches bring in.
    pub texts: BTreeMap<String, Location>,
    /// Members that patches set, by dotted path.
    pub paths: BTreeMap<String, Location>,
    /// Why the target cannot be written.
    pub refused: Vec<Note>,
}

impl Patches {
    /// The patches of a folder on the node; none when the configuration names no folder.
    pub fn read(directory: &Argument, tree: &Tree) -> Self {
        let mut patches = Self::default();
        if directory.text.is_empty() {
            return patches;
        }
        let files = tree.files_below(&directory.text);
        let unknown = directory.unknown.clone().or_else(|| {
            files.is_empty().then(|| format!("the patches of {} are not in the repository", directory.text))
        });
        if unknown.is_some() {
            patches.missing = Some(Argument { unknown, ..directory.clone() });
            return patches;
        }
        for path in files {
            if let Found::File(source) = tree.find(&path) {
                patches.read_file(path.rsplit('/').next().unwrap_or_default(), source);
            }
        }
        patches
    }

    fn read_file(&mut self, name: &str, source: &std::sync::Arc<crate::model::Source>) {
        let start = Location { source: std::sync::Arc::clone(source), span: crate::model::Span::default() };
        let Some((target, kind)) = target(name) else { return };
        let Some(kind) = kind else {
            let message = "a `+` in the name of a patch has to be followed by json, merge or strategic";
            self.refused.push(Note::new(message, Some(start)));
            return;
        };
        for document in parse(source).documents {
            match document {
                Ok(document) => {
                    let (mut texts, mut paths) = (BTreeMap::new(), BTreeMap::new());
                    let place = |span| Location { span, ..start.clone() };
                    trace(&document, document.root, String::new(), &place, &mut texts, &mut paths);
                    let value = document.to_json(document.root);
                    let place = place(document.node(document.root).span);
                    self.sets.push(Patch { target: target.to_owned(), kind, value, texts, paths, place });
                }
                Err((_, error)) => {
                    let place = Location { span: error.span, ..start.clone() };
                    self.refused.push(Note::new(error.message, Some(place)));
                }
            }
        }
    }

    /// Applies the patches for a target.
    pub fn apply(&self, target: &str, value: &mut Json) -> Patched {
        let mut out = Patched { refused: self.refused.clone(), ..Patched::default() };
        for patch in self.sets.iter().filter(|patch| patch.target == target) {
            match json_patch::apply(patch.kind, value, &patch.value) {
                Ok(()) => {
                    out.texts.extend(patch.texts.clone());
                    out.paths.extend(patch.paths.clone());
                }
                Err(message) => {
                    out.refused
                        .push(Note::new(format!("the patch does not apply: {message}"), Some(patch.place.clone())));
                }
            }
        }
        out
    }
}

/// `parseFilename`: the target and how it is patched; no kind when the name has a `+` without one. `None` for a file that
/// kubeadm passes over.
fn target(name: &str) -> Option<(&'static str, Option<Kind>)> {
    let (stem, extension) = name.rsplit_once('.')?;
    if stem.is_empty() || !matches!(extension, "json" | "yaml") {
        return None;
    }
    let target = TARGETS.into_iter().find(|target| name.starts_with(target))?;
    let rest = name.get(target.len()..).unwrap_or_default().trim_start_matches(|c| !matches!(c, '.' | '+' | '\n'));
    let kinds = [("json", Kind::Json), ("merge", Kind::Merge), ("strategic", Kind::Strategic)];
    let Some(word) = rest.strip_prefix('+') else { return Some((target, Some(Kind::Strategic))) };
    Some((target, kinds.into_iter().find(|(prefix, _)| word.starts_with(prefix)).map(|(_, kind)| kind)))
}

/// Collects the strings of a document and the places of its members.
fn trace(
    document: &Document,
    id: crate::model::NodeId,
    path: String,
    place: &dyn Fn(crate::model::Span) -> Location,
    texts: &mut BTreeMap<String, Location>,
    paths: &mut BTreeMap<String, Location>,
) {
    let at = place(document.node(id).span);
    match document.value(id) {
        Value::String(text) => {
            texts.insert(text.to_string(), at.clone());
        }
        Value::Sequence(items) => {
            items.iter().for_each(|&item| trace(document, item, path.clone(), place, texts, paths));
        }
        Value::Mapping(entries) => {
            for entry in entries {
                let path = crate::node::schema::join(&path, &entry.key);
                trace(document, entry.value, path, place, texts, paths);
            }
            json_patch_member(document, id, place, paths);
        }
        _ => {}
    }
    paths.entry(path).or_insert(at);
}

/// An operation of a JSON patch sets the member that its `path` names.
fn json_patch_member(
    document: &Document,
    id: crate::model::NodeId,
    place: &dyn Fn(crate::model::Span) -> Location,
    paths: &mut BTreeMap<String, Location>,
) {
    let member = document.str_at(id, "path").filter(|path| path.starts_with('/'));
    if let (Some(path), Some(value)) = (member, document.get(id, "value")) {
        let path = path.trim_start_matches('/').replace('/', ".");
        paths.insert(path, place(document.node(value).span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_what_it_patches() {
        assert_eq!(target("kube-apiserver0+strategic.yaml"), Some(("kube-apiserver", Some(Kind::Strategic))));
        assert_eq!(target("kube-scheduler+json.yaml"), Some(("kube-scheduler", Some(Kind::Json))));
        assert_eq!(target("etcd.yaml"), Some(("etcd", Some(Kind::Strategic))));
        assert_eq!(target("kubeletconfiguration+merge.json"), Some(("kubeletconfiguration", Some(Kind::Merge))));
        assert_eq!(target("etcd+foo.yaml"), Some(("etcd", None)));
        assert_eq!(target("etcd+json.yml"), None);
        assert_eq!(target("README.yaml"), None);
    }
}
