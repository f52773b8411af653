//! A finding in, a replacement of text out, where the bytes to write are certain.

use crate::model::policy::Fix as Cure;
use crate::model::{Confidence, Finding, Span};
use crate::report::escape;

use super::log::{ArtifactChange, ArtifactLocation, Fix, Replacement, Text};
use super::results::region;

/// The fix of a finding whose cure is another scalar in the place of one that is written there in plain sight; all else
/// (removing, appending, what came from an anchor) needs the document and is left out.
pub fn of(finding: &Finding) -> Option<Fix> {
    let Some(Cure::Set { path, value }) = finding.fix.as_deref() else { return None };
    let is_here = path.as_ref().is_none_or(|path| *path == finding.path) && finding.missing.is_none();
    if !is_here || finding.confidence != Confidence::Exact || !is_scalar_in_sight(finding) {
        return None;
    }
    if value.is_array() || value.is_object() {
        return None;
    }
    // JSON's scalars are YAML's.
    let text = escape::json(value);
    let artifact_location = || ArtifactLocation { uri: escape::uri(finding.location.source.path()) };
    let replacement =
        Replacement { deleted_region: region(&finding.location), inserted_content: Text { text: text.clone() } };
    Some(Fix {
        description: Text { text: format!("Set the value to {}", escape::clip(&text, 100)) },
        artifact_changes: [ArtifactChange { artifact_location: artifact_location(), replacements: [replacement] }],
    })
}

/// Whether the location is a plain or quoted scalar behind its key or dash, without an anchor or a tag.
fn is_scalar_in_sight(finding: &Finding) -> bool {
    let (source, span) = (&finding.location.source, finding.location.span);
    let line = source.line_span(source.position(span.start).line()).unwrap_or_default();
    let before = source.slice(Span::new(line.start, span.start)).trim_end();
    let after = source.slice(Span::new(span.end, line.end.max(span.end))).trim_start();
    let text = source.slice(span);
    let bare = text.trim_matches(['"', '\'']);
    let is_word = |char: char| char.is_ascii_alphanumeric() || "._/+-".contains(char);
    !bare.is_empty()
        && bare.chars().all(is_word)
        && before.ends_with([':', '-', ',', '['])
        && !before.ends_with("<<:")
        && !after.starts_with(':')
}
