//! Files that flags of the API server point to, loaded by its own rules: a text in, what the API server would act on out, or
//! why it would not start.

pub mod admission;
pub mod audit;
pub mod authentication;
pub mod authorization;
pub mod encryption;

use std::sync::Arc;

use crate::model::{Document, Location, Source, Span};
use crate::parse::parse;

use super::component::Problem;
use super::schema::Schema;
use super::template;
use super::version::Version;
use super::view::View;

/// What becomes of a file.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// What the API server acts on; `None` when it cannot be read at all. Of a refused file, what can be read.
    pub value: Option<T>,
    /// Why the API server would not start.
    pub refused: Vec<Problem>,
    /// What it warns about.
    pub warnings: Vec<Problem>,
}

impl<T> Loaded<T> {
    /// Whether the API server would start with the file.
    pub fn is_accepted(&self) -> bool {
        self.value.is_some() && self.refused.is_empty()
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
    read: impl FnOnce(View<'_>, &mut Vec<Problem>) -> T,
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
fn check(view: View<'_>, format: &Format, version: Option<Version>, refused: &mut Vec<Problem>) -> Vec<Problem> {
    let (api, kind) = (view.text("apiVersion"), view.text("kind"));
    if !format.accepted.contains(&(api, kind)) {
        let expected = format.accepted.first().copied().unwrap_or_default();
        let message = format!("`{api}` `{kind}` is not what is expected here, `{}` `{}` is", expected.0, expected.1);
        let key = if format.accepted.iter().any(|(_, accepted)| *accepted == kind) { "apiVersion" } else { "kind" };
        refused.push(view.problem_of(key, message));
    }
    let misfits = Schema::of(format.kind, version).check_below(view.source, view.document, view.id);
    refused.extend(misfits.mistyped);
    let inexact = misfits.unknown.into_iter().chain(misfits.duplicate);
    if format.strict {
        refused.extend(inexact);
        return Vec::new();
    }
    inexact.collect()
}

fn first_document(source: &Arc<Source>) -> Result<Document, Problem> {
    let at = |span| Some(Location { source: Arc::clone(source), span });
    match parse(source).documents.into_iter().next() {
        Some(Ok(document)) if document.index == 0 => Ok(document),
        Some(Err((0, error))) => Err(Problem::new(error.message, at(error.span))),
        _ => Err(Problem::new("the file is empty", at(Span::new(0, 0)))),
    }
}
