//! What a policy judges.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::path::Path;

/// The kind of a subject; also the folder of the policies that judge it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// Any Kubernetes object.
    Object,
    /// A pod specification, wherever an object holds one.
    Pod,
    /// A control-plane component or a kubelet, with its effective configuration.
    Component,
    /// The files of a node: sysctl, sshd.
    Host,
    /// All objects of one cluster together.
    Inventory,
    /// A document of YAML or JSON as it is, whatever it holds; policies of the user judge it.
    Document,
}

impl SubjectKind {
    /// Every kind, in the order in which they are judged.
    pub const ALL: [Self; 6] = [Self::Object, Self::Pod, Self::Component, Self::Host, Self::Inventory, Self::Document];

    /// The word for it, as in `policy/<word>/`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Pod => "pod",
            Self::Component => "component",
            Self::Host => "host",
            Self::Inventory => "inventory",
            Self::Document => "document",
        }
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// Which object it is, in words that stay the same when the file is edited.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Identity {
    /// The cluster, `default` without a configuration.
    pub cluster: Arc<str>,
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `metadata.namespace`, as written.
    pub namespace: Option<Arc<str>>,
    /// `metadata.name`, else `metadata.generateName`, else empty.
    pub name: String,
}

impl Identity {
    /// The kind of a running node; one that is an object has an `apiVersion`.
    pub const NODE: &str = "Node";
}

impl fmt::Display for Identity {
    /// `Deployment shop/web`, `Namespace shop`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.kind)?;
        match (&self.namespace, self.name.as_str()) {
            (None, "") => Ok(()),
            (None, name) => write!(out, " {name}"),
            (Some(namespace), name) => write!(out, " {namespace}/{name}"),
        }
    }
}

/// One thing to judge, and where it is written.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Which policies apply.
    pub kind: SubjectKind,
    /// Which object it is (of).
    pub identity: Arc<Identity>,
    /// The file, relative to the root of the run.
    pub file: Arc<str>,
    /// The document in the file, from 0.
    pub document: usize,
    /// Where the object begins in the document: the root, or an element of a List's `items`.
    pub root: Path,
    /// Whether it is completed elsewhere, as a patch is: what it leaves out is no fault of it.
    pub partial: bool,
    /// The object that it is (of), where there is one.
    pub object: Option<Whole>,
    /// What policies see as `input` beside it; the paths of their results are relative to `root`.
    pub input: Arc<Json>,
}

/// An object, in memory once for all its subjects.
#[derive(Debug, Clone)]
pub struct Whole {
    /// What policies see as `input.object`.
    pub value: Arc<Json>,
    /// Members of `input` that are parts of the object, and null there: where they are in `input`, and where in the object.
    pub parts: Vec<(Path, Path)>,
}

/// A mapping of these members; the macro `json` would copy every value.
pub fn mapping<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

impl Subject {
    /// All that policies see as `input`.
    pub fn whole_input(&self) -> Json {
        let mut own = Json::clone(&self.input);
        let Some(Whole { value, parts }) = &self.object else { return own };
        for (at, there) in parts {
            if let Some((member, part)) = at.find_mut(&mut own).zip(there.find(value)) {
                *member = part.clone();
            }
        }
        let own = own.as_object_mut().map(std::mem::take).unwrap_or_default();
        std::iter::once(("object".to_owned(), Json::clone(value))).chain(own).collect()
    }
}
