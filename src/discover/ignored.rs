//! What `.portcullisignore` leaves out that it did not leave out before: both versions of the files come in, the lines that hide
//! more go out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::Files;
use super::name::shown;
use super::rules::{MAX_IGNORE_FILE, OURS};
use crate::model::{GateChange, Location, Source, Span};

/// Patterns that are new, `!patterns` that are gone, and a new order where a `!pattern` depends on it.
pub fn loosened(before: &Files, now: &Files, paths: &BTreeSet<PathBuf>) -> Vec<GateChange> {
    let gone: Vec<PathBuf> = match before {
        Files::Commit(tree) => tree.named(OURS).collect(),
        Files::Directory(_) => Vec::new(),
    };
    let paths: BTreeSet<&PathBuf> = paths.iter().chain(&gone).collect();
    paths.into_iter().flat_map(|path| compare(&Version::read(before, path), &Version::read(now, path))).collect()
}

struct Version {
    source: Arc<Source>,
    /// The patterns, each with its line.
    lines: Vec<(String, Span)>,
}

impl Version {
    /// An empty one where there is no file; one that cannot be read ends the run elsewhere.
    fn read(files: &Files, path: &Path) -> Self {
        let bytes = files.read(path, MAX_IGNORE_FILE).unwrap_or_default();
        let source = Arc::new(Source::new(shown(path), String::from_utf8_lossy(&bytes)));
        let line = |number| Some((source.line(number)?.trim_end().to_owned(), source.line_span(number)?));
        let lines = (1..=source.line_count()).filter_map(line);
        let lines = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')).collect();
        Self { source, lines }
    }

    fn has(&self, line: &str) -> bool {
        self.lines.iter().any(|(own, _)| own == line)
    }

    fn change(&self, span: Span, message: String) -> GateChange {
        let location = Location { source: Arc::clone(&self.source), span };
        GateChange { rule: "more-ignored", message, location }
    }
}

fn compare(before: &Version, now: &Version) -> Vec<GateChange> {
    let hides = |line: &str| !line.starts_with('!');
    let more = now.lines.iter().filter(|(line, _)| hides(line) && !before.has(line));
    let more = more.map(|(line, span)| now.change(*span, format!("`{line}` is to be left out")));
    let gone = before.lines.iter().filter(|(line, _)| !hides(line) && !now.has(line));
    let gone = gone.map(|(line, span)| before.change(*span, format!("`{line}` no longer lets files in")));
    let mut changes: Vec<GateChange> = more.chain(gone).collect();
    let common = |version: &Version, other: &Version| -> Vec<String> {
        version.lines.iter().map(|(line, _)| line.clone()).filter(|line| other.has(line)).collect()
    };
    let is_ordered = now.lines.iter().any(|(line, _)| !hides(line));
    if is_ordered && common(before, now) != common(now, before) {
        let first = now.lines.first().map_or(Span::default(), |(_, span)| *span);
        changes.push(now.change(first, "the patterns are in another order".to_owned()));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_more_is_told() {
        let version = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("f"), text).unwrap();
            Version::read(&Files::Directory(folder.path().to_owned()), Path::new("f"))
        };
        let table = [
            ("", "a\n", 1),
            ("a\n", "", 0),
            ("a\n", "# why\n\na  \n", 0),
            ("a\n!b\n", "a\n", 1),
            ("a\n", "a\n!b\n", 0),
            ("a\n!b\n", "!b\na\n", 1),
            ("a\nb\n", "b\na\n", 0),
        ];
        for (before, now, changes) in table {
            assert_eq!(compare(&version(before), &version(now)).len(), changes, "{before:?} {now:?}");
        }
    }
}
