//! Files that flags of the API server point to, loaded by its own rules: a text in, what the API server would act on out, or
//! why it would not start.

pub mod admission;
pub mod audit;
pub mod authentication;
pub mod authorization;
pub mod encryption;
pub mod kubeconfig;

use std::sync::Arc;

use crate::model::{Document, Location, Source, Span};
use crate::node::Note;
use crate::parse::parse;

use super::component::Component;
use super::schema::Schema;
use super::setting::Effective;
use super::template;
use super::version::Version;
use super::view::View;

/// What becomes of a file.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// What the API server acts on; `None` when it cannot be read at all. Of a refused file, what can be read.
    pub value: Option<T>,
    /// Why the API server would not start.
    pub refused: Vec<Note>,
    /// What it warns about.
    pub warnings: Vec<Note>,
}

impl<T> Loaded<T> {
    /// Whether the API server would start with the file.
    pub fn is_accepted(&self) -> bool {
        self.value.is_some() && self.refused.is_empty()
    }
}

/// A file that a flag of the API server names.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // The kinds of files, and what is not there.
pub enum PolicyFile {
    Audit(Loaded<audit::AuditPolicy>),
    Encryption(Loaded<encryption::Encryption>),
    Admission(Loaded<admission::Admission>),
    Authorization(Loaded<authorization::Authorization>),
    Authentication(Loaded<authentication::Authentication>),
    Kubeconfig(Loaded<kubeconfig::Kubeconfig>),
    /// Why the content is not known, as a phrase.
    Unknown(String),
}

/// The flags of the API server that name a file whose content decides.
pub const FLAGS: [&str; 5] = [
    "audit-policy-file",
    "encryption-provider-config",
    "admission-control-config-file",
    "authorization-config",
    "authentication-config",
];

/// Loads the files that the API server's flags name and adds what it would refuse in them; `find` gives the file that the API
/// server sees at a path, if it is in the repository.
pub fn load_files(component: &mut Component, find: &dyn Fn(&str) -> Option<Arc<Source>>) {
    for flag in FLAGS {
        let Some(setting) = component.settings.get(flag) else { continue };
        let file = match &setting.value {
            Effective::Unknown(reason) => PolicyFile::Unknown(reason.clone()),
            Effective::Known(path) => match path.as_str().filter(|path| !path.is_empty()) {
                None => continue,
                Some(path) => find(path).map_or_else(
                    || PolicyFile::Unknown(format!("{path} is not in the repository")),
                    |source| {
                        component.sources.insert(flag, Arc::clone(&source));
                        load_file(flag, path, &source, find, component.version)
                    },
                ),
            },
        };
        add_file(component, flag, file);
    }
}

/// Loads the kubeconfigs that flags name and that are in the repository: they hold keys, and are seldom there.
pub fn load_kubeconfigs(component: &mut Component, find: &dyn Fn(&str) -> Option<Arc<Source>>) {
    for flag in kubeconfig::FLAGS {
        let path = component.settings.get(flag).and_then(|setting| setting.known()?.as_str());
        let Some(source) = path.filter(|path| !path.is_empty()).and_then(find) else { continue };
        let file = PolicyFile::Kubeconfig(kubeconfig::load(&source, component.version));
        component.sources.insert(flag, source);
        add_file(component, flag, file);
    }
}

/// Adds a file, and what would be refused in it.
fn add_file(component: &mut Component, flag: &'static str, file: PolicyFile) {
    let unrendered = component.sources.get(flag).and_then(|source| template::reason(source.text(), true));
    let file = match unrendered.filter(|_| !file.problems().0.is_empty()) {
        Some(reason) => PolicyFile::Unknown(reason),
        None => file,
    };
    let (refused, warnings) = file.problems();
    component.refused.extend_from_slice(refused);
    component.warnings.extend_from_slice(warnings);
    component.files.insert(flag, file);
}

fn load_file(
    flag: &str,
    path: &str,
    source: &Arc<Source>,
    find: &dyn Fn(&str) -> Option<Arc<Source>>,
    version: Option<Version>,
) -> PolicyFile {
    match flag {
        "audit-policy-file" => PolicyFile::Audit(audit::load(source, version)),
        "encryption-provider-config" => PolicyFile::Encryption(encryption::load(source, version)),
        "admission-control-config-file" => PolicyFile::Admission(admission::load(source, path, find, version)),
        "authorization-config" => PolicyFile::Authorization(authorization::load(source, version)),
        _ => PolicyFile::Authentication(authentication::load(source, version)),
    }
}

impl PolicyFile {
    /// What the API server acts on, as JSON; `None` when it is not known.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        let json = match self {
            Self::Audit(loaded) => serde_json::to_value(loaded.value.as_ref()?),
            Self::Encryption(loaded) => serde_json::to_value(loaded.value.as_ref()?),
            Self::Admission(loaded) => serde_json::to_value(loaded.value.as_ref()?),
            Self::Authorization(loaded) => serde_json::to_value(loaded.value.as_ref()?),
            Self::Authentication(loaded) => serde_json::to_value(loaded.value.as_ref()?),
            Self::Kubeconfig(loaded) => serde_json::to_value(loaded.value.as_ref()?),
            Self::Unknown(_) => return None,
        };
        json.ok()
    }

    fn problems(&self) -> (&[Note], &[Note]) {
        match self {
            Self::Audit(loaded) => (&loaded.refused, &loaded.warnings),
            Self::Encryption(loaded) => (&loaded.refused, &loaded.warnings),
            Self::Admission(loaded) => (&loaded.refused, &loaded.warnings),
            Self::Authorization(loaded) => (&loaded.refused, &loaded.warnings),
            Self::Authentication(loaded) => (&loaded.refused, &loaded.warnings),
            Self::Kubeconfig(loaded) => (&loaded.refused, &loaded.warnings),
            Self::Unknown(_) => (&[], &[]),
        }
    }
}

/// How a kind of file is decoded.
struct Format {
    kind: &'static str,
    /// Accepted pairs of apiVersion and kind.
    accepted: &'static [(&'static str, &'static str)],
    /// Whether an unknown field or a duplicate key is an error.
    strict: bool,
}

/// Decodes the first document of a file and hands it to `read`, which may add what the API server refuses.
fn load<T>(
    source: &Arc<Source>,
    format: &Format,
    version: Option<Version>,
    read: impl FnOnce(View<'_>, &mut Vec<Note>) -> T,
) -> Loaded<T> {
    let mut refused = Vec::new();
    let document = match first_document(source) {
        Ok(document) => document,
        Err(problem) => return Loaded { value: None, refused: vec![problem], warnings: Vec::new() },
    };
    let view = View::root(source, &document);
    let mut warnings = check(view, format, version, &mut refused);
    warnings.extend(
        template::reason(source.text(), true).filter(|_| refused.is_empty()).map(|reason| view.problem(reason)),
    );
    Loaded { value: Some(read(view, &mut refused)), refused, warnings }
}

/// Checks kind and fields of a part of a document; what is not refused is returned.
fn check(view: View<'_>, format: &Format, version: Option<Version>, refused: &mut Vec<Note>) -> Vec<Note> {
    let (api, kind) = (view.text("apiVersion"), view.text("kind"));
    if !format.accepted.contains(&(api, kind)) {
        let expected = format.accepted.first().copied().unwrap_or_default();
        let message = format!("`{api}` `{kind}` is not what is expected here, `{}` `{}` is", expected.0, expected.1);
        let key = if format.accepted.iter().any(|(_, accepted)| *accepted == kind) { "apiVersion" } else { "kind" };
        refused.push(view.problem_of(key, message));
    }
    let schema = Schema::of(format.kind, version);
    if schema.leaves().next().is_none() {
        return Vec::new();
    }
    let misfits = schema.check_below(view.source, view.document, view.id);
    refused.extend(misfits.mistyped);
    let inexact = misfits.unknown.into_iter().chain(misfits.duplicate);
    if format.strict {
        refused.extend(inexact);
        return Vec::new();
    }
    inexact.collect()
}

fn first_document(source: &Arc<Source>) -> Result<Document, Note> {
    let at = |span| Some(Location { source: Arc::clone(source), span });
    match parse(source).documents.into_iter().next() {
        Some(Ok(document)) if document.index == 0 => Ok(document),
        Some(Err((0, error))) => Err(Note::new(error.message, at(error.span))),
        _ => Err(Note::new("the file is empty", at(Span::new(0, 0)))),
    }
}
