//! A place of a file in, a few lines around it out: escaped, cut to a width, with the place marked.

use crate::model::{Source, Span};

use super::escape;

/// A few lines of a file and the marks in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines, each ended by a line feed.
    pub text: String,
    /// The number of the first one, from 1.
    pub first: u32,
    /// The number of the last one.
    pub last: u32,
    /// The marks, in the order of the text.
    pub marks: Vec<Mark>,
}

/// A place on one line of an excerpt, with what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the excerpt's text.
    pub span: Span,
    /// Which of the places it marks, from 0.
    pub place: usize,
    /// What to write below it.
    pub label: Option<String>,
}

/// The lines that an excerpt around a span shows: its first line and, if they are not empty, the ones before and after.
/// A span of many lines is shown by its first one, where its key or its first member is.
pub fn window(source: &Source, span: Span) -> (u32, u32) {
    let line = source.position(span.start).line();
    let is_shown = |number| source.line(number).is_some_and(|text| !text.trim().is_empty());
    (line - u32::from(is_shown(line - 1)), line + u32::from(is_shown(line + 1)))
}

impl Excerpt {
    /// The lines around the first place, with every place marked that begins in them; `width` is in columns.
    pub fn new(source: &Source, places: &[(Span, Option<String>)], width: usize) -> Self {
        let (first, last) = window(source, places.first().map_or(Span::default(), |place| place.0));
        let mut excerpt = Self { text: String::new(), first, last, marks: Vec::new() };
        for number in first..=last {
            let line = source.line_span(number).unwrap_or_default();
            let here = |span: Span| span.start >= line.start && source.position(span.start).line() == number;
            let focus = places.iter().find(|place| here(place.0)).map_or(line.start, |place| place.0.start);
            let shown = cut(source, line, focus, width);
            let base = excerpt.text.len() + if shown.start > line.start { ELLIPSIS.len() } else { 0 };
            let column = |offset: usize| {
                base + escape::code(source.slice(Span::new(shown.start, offset.clamp(shown.start, shown.end)))).len()
            };
            for (place, (span, label)) in places.iter().enumerate().filter(|(_, place)| here(place.0)) {
                let text = source.slice(Span::new(span.start, span.end.min(line.end)));
                let end = span.start + text.trim_end().len();
                let span = Span::new(column(span.start), column(end));
                excerpt.marks.push(Mark { span, place, label: label.clone() });
            }
            excerpt.push_line(source, line, shown);
        }
        excerpt.marks.sort_by_key(|mark| mark.span);
        excerpt
    }

    /// Takes off the labels that do not fit in `width` columns behind their hooks, below the middle of their marks.
    pub fn take_wide_labels(&mut self, width: usize) -> Vec<String> {
        let mut taken = Vec::new();
        for mark in &mut self.marks {
            let before = self.text.get(..mark.span.start).unwrap_or_default();
            let line = before.rsplit('\n').next().unwrap_or_default();
            let covered = self.text.get(mark.span.range()).unwrap_or_default();
            let column = columns(line) + columns(covered) / 2 + HOOK;
            if mark.label.as_ref().is_some_and(|label| column + columns(&escape::line(label)) > width) {
                taken.extend(mark.label.take());
            }
        }
        taken
    }

    fn push_line(&mut self, source: &Source, line: Span, shown: Span) {
        if shown.start > line.start {
            self.text.push_str(ELLIPSIS);
        }
        self.text.push_str(&escape::code(source.slice(shown)));
        if shown.end < line.end {
            self.text.push_str(ELLIPSIS);
        }
        self.text.push('\n');
    }
}

/// `╰── `.
const HOOK: usize = 4;

fn columns(text: &str) -> usize {
    textwrap::core::display_width(text) + text.matches('\t').count() * TAB
}

const ELLIPSIS: &str = "…";

/// The part of a line that fits: its beginning, or what is around `focus` when that is further on.
fn cut(source: &Source, line: Span, focus: usize, width: usize) -> Span {
    let width = width.max(12);
    let text = source.slice(line);
    if text.len() <= width && fitting(text.chars(), width) == text.len() {
        return line;
    }
    let focus = focus.min(line.end);
    let before = source.slice(Span::new(line.start, focus));
    let is_early = line.start + fitting(text.chars(), width / 3 * 2) > focus;
    let start = if is_early { line.start } else { focus - fitting(before.chars().rev(), width / 3) };
    let rest = source.slice(Span::new(start, line.end));
    Span::new(start, start + fitting(rest.chars(), width - 2))
}

/// How many bytes of the characters fit, each counted as wide as it can be.
fn fitting(chars: impl Iterator<Item = char>, width: usize) -> usize {
    let mut columns = 0;
    let mut bytes = 0;
    for char in chars {
        columns += match char {
            '\t' => TAB,
            _ if escape::is_hidden(char) => char.escape_unicode().len(),
            _ if char.is_ascii() => 1,
            _ => 2,
        };
        if columns > width {
            break;
        }
        bytes += char.len_utf8();
    }
    bytes
}

/// The columns of a tab, at most.
pub const TAB: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    /// The excerpt around the bytes of `needle`, and what its mark covers.
    fn marked(text: &str, needle: &str) -> (Excerpt, String) {
        let start = text.find(needle).unwrap();
        let source = Source::new("a.yaml", text);
        let excerpt = Excerpt::new(&source, &[(Span::new(start, start + needle.len()), None)], 40);
        let covered = excerpt.text[excerpt.marks[0].span.range()].to_owned();
        (excerpt, covered)
    }

    #[test]
    fn a_mark_covers_its_text() {
        let cases = [
            ("a: 1\nb: 22\nc: 3\n", "22", "22"),
            ("a: 1\r\nb: 22\r\nc: 3\r\n", "22", "22"),
            ("a:\t\u{1b}[0m\u{202e}x: 名前", "名前", "名前"),
            ("a: \u{1b}[31m", "\u{1b}[31m", "\\u{1b}[31m"),
            ("a: {b: 1,\n  c: 2}\n", "{b: 1,\n  c: 2}", "{b: 1,"),
            ("", "", ""),
            ("a:", "", ""),
        ];
        for (text, needle, covered) in cases {
            assert_eq!(marked(text, needle).1, covered, "{text:?}");
        }
    }

    #[test]
    fn the_lines_around_are_shown_unless_they_are_empty() {
        let (excerpt, _) = marked("a: 1\nb: 2\nc: 3\nd: 4\n", "2");
        assert_eq!((excerpt.text.as_str(), excerpt.first, excerpt.last), ("a: 1\nb: 2\nc: 3\n", 1, 3));
        let (excerpt, _) = marked("a: 1\n\nb: 2\n\n", "2");
        assert_eq!((excerpt.text.as_str(), excerpt.first, excerpt.last), ("b: 2\n", 3, 3));
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("{}needle{}\n{}\n", "x".repeat(1_000_000), "y".repeat(1_000_000), "z".repeat(1000));
        let (excerpt, covered) = marked(&text, "needle");
        assert_eq!(covered, "needle");
        assert!(excerpt.text.lines().all(|line| line.chars().count() <= 40), "{}", excerpt.text);
        assert!(excerpt.text.starts_with("…xxx"), "{}", excerpt.text);
    }

    #[test]
    fn a_long_span_is_cut_at_the_edge() {
        let text = format!("a: {}\n", "x".repeat(1000));
        let (excerpt, covered) = marked(&text, &"x".repeat(1000));
        assert_eq!(excerpt.text, format!("a: {}…\n", "x".repeat(35)));
        assert_eq!(covered, "x".repeat(35));
    }
}
