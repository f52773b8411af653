//! What the kustomizations of a repository say about its other files.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Document, NodeId, Value};

/// Which files are patches, and which namespace a kustomization gives to a file's objects.
#[derive(Debug, Default)]
pub struct Kustomizations {
    patches: BTreeSet<String>,
    resources: BTreeSet<String>,
    own_resources: BTreeSet<String>,
    namespaces: BTreeMap<String, String>,
}

/// Members that name patch files, as the kustomize API has them: a list of paths, or of mappings with `path`.
const PATCH_LISTS: [&str; 3] = ["patchesStrategicMerge", "patchesJson6902", "patches"];
/// Members that name files or directories whose objects the kustomization takes over.
const RESOURCE_LISTS: [&str; 3] = ["resources", "bases", "components"];

struct Kustomization {
    patches: Vec<String>,
    resources: Vec<String>,
    namespace: Option<String>,
}

impl Kustomizations {
    /// The names of a kustomization (kustomize's RecognizedKustomizationFileNames).
    pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    /// Whether a file has the name of a kustomization.
    pub fn is_one(path: &str) -> bool {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        Self::FILE_NAMES.contains(&name)
    }

    /// From the kustomization files: each with its path and its document.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a Document)>) -> Self {
        let read: BTreeMap<String, Kustomization> = files
            .into_iter()
            .map(|(path, document)| {
                let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
                (directory.to_owned(), Kustomization::read(document, directory))
            })
            .collect();
        let mut all = Self::default();
        for (directory, kustomization) in &read {
            let own = kustomization.resources.iter().filter(|path| is_below(directory, path));
            all.own_resources.extend(own.cloned());
            all.patches.extend(kustomization.patches.iter().cloned());
            all.resources.extend(kustomization.resources.iter().cloned());
        }
        for (directory, kustomization) in &read {
            if let Some(namespace) = &kustomization.namespace {
                all.spread(&read, directory, namespace);
            }
        }
        all
    }

    /// What is named as a resource and lies below its kustomization, where kustomize looks for files (`LoadRestrictionsRootOnly`).
    pub fn own_resources(&self) -> impl Iterator<Item = &str> {
        self.own_resources.iter().map(String::as_str)
    }

    /// Whether a file is only ever a patch: a file that is named as a resource too is judged as one.
    pub fn is_patch(&self, path: &str) -> bool {
        self.patches.contains(path) && !self.resources.contains(path)
    }

    /// The namespace that a kustomization gives to the objects of a file.
    pub fn namespace_of(&self, path: &str) -> Option<&str> {
        self.namespaces.get(path).map(String::as_str)
    }

    /// Gives the namespace to everything below a kustomization; of several with a namespace, the first by path decides.
    fn spread(&mut self, all: &BTreeMap<String, Kustomization>, top: &str, namespace: &str) {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![top.to_owned()];
        while let Some(directory) = waiting.pop() {
            let Some(kustomization) = all.get(&directory).filter(|_| seen.insert(directory.clone())) else { continue };
            for resource in &kustomization.resources {
                if all.contains_key(resource) {
                    waiting.push(resource.clone());
                } else {
                    self.namespaces.entry(resource.clone()).or_insert_with(|| namespace.to_owned());
                }
            }
        }
    }
}

impl Kustomization {
    fn read(document: &Document, directory: &str) -> Self {
        let root = document.root;
        let list = |key: &str| document.get(root, key).map_or_else(Vec::new, |list| items(document, list));
        let path_of = |item: NodeId| match document.value(item) {
            Value::String(path) => resolve(directory, path),
            _ => resolve(directory, document.str_at(item, "path")?),
        };
        let paths = |keys: &[&str]| keys.iter().flat_map(|key| list(key)).filter_map(path_of).collect();
        Self {
            patches: paths(&PATCH_LISTS),
            resources: paths(&RESOURCE_LISTS),
            namespace: document.str_at(root, "namespace").filter(|name| !name.is_empty()).map(str::to_owned),
        }
    }
}

fn items(document: &Document, list: NodeId) -> Vec<NodeId> {
    match document.value(list) {
        Value::Sequence(items) => items.clone(),
        _ => vec![],
    }
}

fn is_below(directory: &str, path: &str) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// A relative path from a directory of the repository; `None` when it leaves the repository or is an address.
fn resolve(directory: &str, relative: &str) -> Option<String> {
    if relative.contains("://") || relative.starts_with('/') || relative.contains('\n') {
        return None;
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn paths_stay_in_the_repository() {
        assert_eq!(resolve("overlays/prod", "../../base"), Some("base".into()));
        assert_eq!(resolve("overlays/prod", "./patch.yaml"), Some("overlays/prod/patch.yaml".into()));
        assert_eq!(resolve("", "a.yaml"), Some("a.yaml".into()));
        assert_eq!(resolve("a", "../../b"), None);
        assert_eq!(resolve("a", "https://example.org/x"), None);
    }
}
