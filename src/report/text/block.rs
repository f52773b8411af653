//! Something to say about a place in, a heading, code frames and notes out. miette draws the frames.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::model::{Location, Severity, Span};
use crate::report::excerpt::{self, Excerpt};
use crate::report::phrase::LONGEST;
use crate::report::{Style, escape, phrase};

/// How loud something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Has to be cured.
    Bad,
    /// Should be.
    Weak,
    /// Can be.
    Calm,
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Bad,
            Severity::Medium => Self::Weak,
            Severity::Low | Severity::Info => Self::Calm,
        }
    }
}

impl Tone {
    /// The escape sequence that paints so.
    pub fn bold(self) -> &'static str {
        match self {
            Self::Bad => "1;31",
            Self::Weak => "1;33",
            Self::Calm => "1;36",
        }
    }
}

impl Style {
    /// The text, painted if this style paints.
    pub fn paint(&self, sgr: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{sgr}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The text in lines that fit, the first one after `head` and the others below its end.
    pub fn wrap(&self, head: &str, text: &str) -> String {
        let indent = " ".repeat(textwrap::core::display_width(head));
        // Names, paths and images stay in one piece.
        let options = textwrap::Options::new(self.width)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false);
        textwrap::fill(text, options.initial_indent(head).subsequent_indent(&indent))
    }
}

/// Something to say about a place, in the manner of compilers.
pub struct Block<'a> {
    /// How loud.
    pub tone: Tone,
    /// What it is: `high`, `error`.
    pub word: String,
    /// What of.
    pub code: Option<&'a str>,
    /// What to know besides.
    pub remark: Option<String>,
    /// The sentence.
    pub message: &'a str,
    /// Where.
    pub location: Option<&'a Location>,
    /// What is there.
    pub label: Option<String>,
    /// Other places, and what is there.
    pub related: Vec<(&'a Location, &'a str)>,
    /// Lines below the frame.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<&'a str>,
}

impl<'a> Block<'a> {
    /// A block of a heading alone.
    pub fn new(tone: Tone, word: String, message: &'a str) -> Self {
        let (related, notes) = (Vec::new(), Vec::new());
        Self { tone, word, code: None, remark: None, message, location: None, label: None, related, notes, help: None }
    }

    /// Writes it, with an empty line after it.
    pub fn write(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        self.write_heading(style, out)?;
        let gutter = match self.location {
            Some(location) => self.write_frames(location, style, out)?,
            None => 1,
        };
        let head = format!("{} = ", " ".repeat(gutter));
        for note in self.notes.iter().filter(|note| !note.is_empty()) {
            for line in style.wrap(&head, &escape::clip(note, LONGEST)).lines() {
                writeln!(out, "{}", style.paint("2", line))?;
            }
        }
        if let Some(help) = self.help.filter(|help| !help.is_empty()) {
            let text = style.wrap(&format!("{head}help: "), &escape::clip(help, 2 * LONGEST));
            writeln!(out, "{}", text.replacen("help:", &style.paint("1;36", "help:"), 1))?;
        }
        writeln!(out)
    }

    /// `high[host-network]: the pod uses the network of the host`
    fn write_heading(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let code = self.code.map(|code| format!("[{}]", escape::clip(code, LONGEST))).unwrap_or_default();
        let remark = self.remark.as_ref().map(|remark| format!(" ({remark})")).unwrap_or_default();
        let head = format!("{}{code}", self.word);
        let text = format!("{head}: {}{remark}", escape::clip(self.message, LONGEST));
        let text = style.wrap("", &text);
        match text.strip_prefix(&head) {
            Some(rest) => writeln!(out, "{}{rest}", style.paint(self.tone.bold(), &head)),
            None => writeln!(out, "{text}"),
        }
    }

    /// The frame of the location, with the related places that lie in it, and one for each of the others.
    /// Returns how wide the line numbers are.
    fn write_frames(&self, location: &Location, style: &Style, out: &mut dyn Write) -> io::Result<usize> {
        let (first, last) = excerpt::window(&location.source, location.span);
        let (near, far): (Vec<_>, Vec<_>) = self.related.iter().partition(|(other, _)| {
            let line = other.region().start.line();
            other.source.path() == location.source.path() && (first..=last).contains(&line)
        });
        let mut places = vec![(location.span, self.label.clone())];
        places.extend(near.iter().map(|(other, message)| (other.span, Some((*message).to_owned()))));
        let gutter = write_frame("-->", location, &places, self.tone, style, out)?;
        for (other, message) in far.iter().take(MOST_FRAMES) {
            write_frame(":::", other, &[(other.span, Some((*message).to_owned()))], Tone::Calm, style, out)?;
        }
        if far.len() > MOST_FRAMES {
            let more = phrase::count(far.len() - MOST_FRAMES, "more place");
            writeln!(out, "{} = and {more}", " ".repeat(gutter))?;
        }
        Ok(gutter)
    }
}

/// How many related places are shown at most.
const MOST_FRAMES: usize = 4;

fn write_frame(
    arrow: &str,
    location: &Location,
    places: &[(Span, Option<String>)],
    tone: Tone,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<usize> {
    let gutter = excerpt::window(&location.source, location.span).1.to_string().len() + 1;
    let mut frame = Frame(Excerpt::new(&location.source, places, style.width.saturating_sub(gutter + 3)));
    let notes = frame.0.take_wide_labels(style.width.saturating_sub(gutter + 3));
    let mut drawn = String::new();
    handler(&frame, tone, style).render_report(&mut drawn, &frame).map_err(io::Error::other)?;
    let pad = " ".repeat(gutter);
    writeln!(out, "{pad}{arrow} {}", escape::line(&phrase::place(location)))?;
    writeln!(out, "{pad} │")?;
    // Of what miette draws, the empty message, the header and the footer make way for the lines above.
    let lines: Vec<_> = drawn.lines().skip_while(|line| !line.contains('╭')).skip(1).collect();
    for line in lines.iter().take(lines.len().saturating_sub(1)) {
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "{pad} │")?;
    for note in notes {
        writeln!(out, "{}", style.wrap(&format!("{pad} = "), &escape::clip(&note, LONGEST)))?;
    }
    Ok(gutter)
}

/// miette's drawing of the lines, with the carets of a compiler; the mark of the first place has the colour of the tone.
fn handler(frame: &Frame, tone: Tone, style: &Style) -> GraphicalReportHandler {
    let mut styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let first = match tone {
        Tone::Bad => styles.error,
        Tone::Weak => styles.warning,
        Tone::Calm => styles.advice,
    };
    // miette paints the marks in the order of the text.
    let marks = frame.0.marks.iter();
    styles.highlights = marks.map(|mark| if mark.place == 0 { first } else { styles.advice }).collect();
    let characters =
        ThemeCharacters { vbar_break: '│', underline: '^', underbar: '^', uarrow: '^', ..ThemeCharacters::unicode() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .tab_width(excerpt::TAB)
        .with_width(style.width)
        .with_context_lines(0)
}

/// An excerpt as miette reads it: always all of its lines.
#[derive(Debug)]
struct Frame(Excerpt);

impl fmt::Display for Frame {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Frame {}

impl Diagnostic for Frame {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = |text: &String| escape::clip(text, LONGEST);
        let marks = self.0.marks.iter().map(move |mark| {
            LabeledSpan::new(mark.label.as_ref().map(label), mark.span.start, mark.span.end - mark.span.start)
        });
        Some(Box::new(marks))
    }
}

impl SourceCode for Frame {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.0.text.as_bytes();
        let first = usize::try_from(self.0.first).unwrap_or(usize::MAX).saturating_sub(1);
        let lines = self.0.text.lines().count();
        Ok(Box::new(MietteSpanContents::new(text, (0, text.len()).into(), first, 0, lines)))
    }
}
