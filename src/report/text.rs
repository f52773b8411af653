//! For a person: every finding with the lines at fault, then what the run came to.
//!
//! The same blocks show errors, so that a mistake in a configuration looks like a finding in a manifest.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::error::Error;
use crate::model::coverage::DocumentCoverage;
use crate::model::report::Notice;
use crate::model::{DocumentStatus, FileStatus, Gate, Location, Report, Severity, Source, Span, Verdict};

use super::excerpt::{self, Excerpt};
use super::{Format, Style, escape, phrase};

/// The format for terminals and logs.
pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn describe(&self) -> &'static str {
        "for people: each finding with the lines at fault, and a summary"
    }

    fn write(&self, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let news = report.verdicts.iter().filter(|verdict| phrase::is_news(verdict));
        if style.quiet {
            for verdict in news {
                writeln!(out, "{}", one_line(verdict))?;
            }
            return writeln!(out, "{}", phrase::gate(report));
        }
        for verdict in news {
            write_verdict(report, verdict, style, out)?;
        }
        for notice in &report.notices {
            write_notice(notice, style, out)?;
        }
        write_unparsable(report, style, out)?;
        write_gate(report, style, out)?;
        write_summary(report, style, out)
    }
}

/// Writes an error that ended the run.
pub fn write_error(error: &Error, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let message = error.to_string();
    let help = Diagnostic::help(error).map(|help| help.to_string());
    let mut block = Block::new(Tone::Bad, "error".to_owned(), &message);
    block.help = help.as_deref();
    let location = match error {
        Error::Input(input) => {
            let source = Source::new(input.text.name(), input.text.inner().as_str());
            let span = Span::new(input.span.offset(), input.span.offset() + input.span.len());
            block.label = Some(input.label.clone());
            Some(Location { source: source.into(), span })
        }
        Error::Usage { .. } | Error::Io { .. } => None,
    };
    block.location = location.as_ref();
    block.write(style, out)
}

fn one_line(verdict: &Verdict) -> String {
    let finding = &verdict.finding;
    let place = escape::line(&phrase::place(&finding.location)).into_owned();
    let remark = phrase::remark(verdict).map(|remark| format!(" ({remark})")).unwrap_or_default();
    let message = escape::clip(&finding.message, LONGEST);
    format!("{place}: {}[{}] {message}{remark}", finding.severity, escape::line(&finding.control))
}

fn write_verdict(report: &Report, verdict: &Verdict, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let finding = &verdict.finding;
    let control = report.control(&finding.control);
    let help = control.map(|result| phrase::first_paragraph(&result.control.remediation));
    let mut block = Block::new(finding.severity.into(), finding.severity.to_string(), &finding.message);
    block.code = Some(&finding.control);
    block.remark = phrase::remark(verdict);
    block.location = Some(&finding.location);
    block.label = finding.missing.as_deref().map(phrase::missing);
    block.related = finding.related.iter().map(|other| (&other.location, other.message.as_str())).collect();
    block.notes.push(phrase::subject(finding));
    block.notes.extend(control.map(|result| phrase::benchmarks(&result.benchmarks)));
    block.help = help.as_deref();
    block.write(style, out)
}

fn write_notice(notice: &Notice, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut block = Block::new(Tone::Calm, "notice".to_owned(), &notice.message);
    block.code = Some(notice.code);
    block.location = notice.location.as_ref();
    block.help = notice.help.as_deref();
    block.write(style, out)
}

fn write_unparsable(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for file in report.coverage.iter().filter(|file| file.status == FileStatus::Unparsable) {
        let is_broken = |document: &&DocumentCoverage| document.status == DocumentStatus::Unparsable;
        let broken: Vec<_> = file.documents.iter().filter(is_broken).collect();
        let places = broken.iter().map(|document| (format!("{}:{}", file.file, document.line), &document.reason));
        let whole = broken.is_empty().then(|| (file.file.to_string(), &file.reason));
        for (place, reason) in places.chain(whole) {
            writeln!(out, "{}", style.paint(Tone::Bad.bold(), "unparsable"))?;
            writeln!(out, " --> {}", escape::line(&place))?;
            writeln!(out, "{}\n", style.wrap("  = ", &escape::clip(reason, LONGEST)))?;
        }
    }
    Ok(())
}

fn write_gate(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = if report.gate == Gate::Open { "1;32" } else { Tone::Bad.bold() };
    for line in style.wrap("", &phrase::gate(report)).lines() {
        writeln!(out, "{}", style.paint(paint, line))?;
    }
    Ok(())
}

fn write_summary(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = [
        ("findings", phrase::severities(report.verdicts.iter().filter(|verdict| phrase::is_news(verdict)))),
        ("settled", phrase::settled(report)),
        ("coverage", phrase::coverage(report)),
        ("controls", phrase::controls(report)),
    ];
    for (name, value) in rows.iter().filter(|row| !row.1.is_empty()) {
        writeln!(out, "{}", style.wrap(&format!("  {name:8}  "), value))?;
    }
    Ok(())
}

/// The longest sentence, in characters; what is longer was made to be.
const LONGEST: usize = 500;

/// How loud something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Bad,
    Weak,
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
    fn bold(self) -> &'static str {
        match self {
            Self::Bad => "1;31",
            Self::Weak => "1;33",
            Self::Calm => "1;36",
        }
    }
}

impl Style {
    fn paint(&self, sgr: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{sgr}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The text in lines that fit, the first one after `head` and the others below its end.
    fn wrap(&self, head: &str, text: &str) -> String {
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
struct Block<'a> {
    tone: Tone,
    word: String,
    code: Option<&'a str>,
    remark: Option<&'a str>,
    message: &'a str,
    location: Option<&'a Location>,
    label: Option<String>,
    related: Vec<(&'a Location, &'a str)>,
    notes: Vec<String>,
    help: Option<&'a str>,
}

impl<'a> Block<'a> {
    fn new(tone: Tone, word: String, message: &'a str) -> Self {
        let (related, notes) = (Vec::new(), Vec::new());
        Self { tone, word, code: None, remark: None, message, location: None, label: None, related, notes, help: None }
    }

    fn write(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
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
        let remark = self.remark.map(|remark| format!(" ({remark})")).unwrap_or_default();
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
    let frame = Frame(Excerpt::new(&location.source, places, style.width.saturating_sub(gutter + 3)));
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
