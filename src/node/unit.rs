//! A unit file or drop-in of systemd: a text to the assignments of one of its sections.

use std::sync::Arc;

use crate::model::{Location, Source, Span};

use super::traced::{Traced, is_blank};

/// `Key=value` in a unit file.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The key.
    pub key: String,
    /// The value, without blanks at its ends; of a continued line all of it.
    pub value: Traced,
    /// The whole assignment.
    pub place: Location,
}

/// Every assignment of a section, in order (`config_parse`, systemd 252).
pub fn assignments(source: &Arc<Source>, section: &str) -> Vec<Assignment> {
    let mut current = String::new();
    let mut out = Vec::new();
    for line in logical_lines(source) {
        let text = line.text();
        if let Some(header) = text.strip_prefix('[') {
            header.strip_suffix(']').unwrap_or_default().clone_into(&mut current);
        } else if current == section
            && let Some(at) = (0..line.len()).find(|&at| line.get(at) == Some('='))
        {
            let key = line.part(0, at).trimmed().text();
            out.push(Assignment { key, value: line.part(at + 1, line.len()).trimmed(), place: line.place() });
        }
    }
    out
}

/// Lines joined where a backslash ends them, without comments, which may stand between continued lines, and blanks.
fn logical_lines(source: &Arc<Source>) -> Vec<Traced> {
    let mut lines = Vec::new();
    let mut pending: Option<Traced> = None;
    for span in physical_lines(source.text()) {
        let start = source.slice(span).trim_start_matches(is_blank);
        if start.starts_with(['#', ';']) {
            continue;
        }
        let mut line = pending.take().unwrap_or_else(|| Traced::new(source));
        line.append(&Traced::of(source, span));
        if ends_in_backslash(&line) {
            // The backslash becomes a blank.
            let at = line.part(line.len() - 1, line.len()).place().span.start;
            line.truncate(line.len() - 1);
            line.push(' ', at);
            pending = Some(line);
        } else {
            lines.push(line);
        }
    }
    lines.extend(pending);
    lines.iter().map(Traced::trimmed).filter(|line| !line.is_empty()).collect()
}

fn physical_lines(text: &str) -> impl Iterator<Item = Span> {
    text.split_inclusive(['\n', '\r']).scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some(Span::new(start, start + line.trim_end_matches(['\n', '\r']).len()))
    })
}

fn ends_in_backslash(line: &Traced) -> bool {
    let backslashes = (0..line.len()).rev().take_while(|&at| line.get(at) == Some('\\')).count();
    backslashes % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_continue_over_comments() {
        let text = "[Unit]\nExecStart=no\n[Service]\r\n; c\n ExecStart = /bin/x \\\n# c\n  --a \\\n\n--b=1\nbare\nA=\n";
        let source = Arc::new(Source::new("kubelet.service", text));
        let read: Vec<_> = assignments(&source, "Service").into_iter().map(|a| (a.key, a.value.text())).collect();
        let expected = [("ExecStart", "/bin/x    --a"), ("--b", "1"), ("A", "")];
        assert_eq!(read, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
