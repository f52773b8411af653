//! A report in, bytes out: one file per format and one line in [`FORMATS`].

pub mod escape;
pub mod excerpt;
pub mod json;
pub mod phrase;
pub mod text;

use std::io;

use crate::model::Report;

/// A way to write a report. It knows nothing of exit codes, files or whether there is a terminal.
pub trait Format: Sync {
    /// The word for it on the command line.
    fn name(&self) -> &'static str;

    /// What it is for, in a phrase.
    fn describe(&self) -> &'static str;

    /// Writes the whole report.
    fn write(&self, report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()>;
}

/// How to write for a person; other formats have no use for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to paint.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
    /// Whether one line per finding is enough.
    pub quiet: bool,
}

/// Every format; help, documentation and tests iterate the list.
pub static FORMATS: &[&dyn Format] = &[&text::Text, &json::Json];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().find(|format| format.name() == name).copied()
}
