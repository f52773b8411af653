//! A report in, bytes out: one file per format and one line in [`FORMATS`].

mod case;
pub mod csv;
pub mod env;
pub mod escape;
pub mod excerpt;
mod gap;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod kube_bench;
pub mod markdown;
pub mod phrase;
pub mod prometheus;
mod rank;
pub mod rdjson;
pub mod sarif;
pub mod tap;
pub mod text;
pub mod trend;
mod written;

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

/// How to write what the report leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to paint.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
    /// Whether one line per finding is enough.
    pub quiet: bool,
    /// Whether SARIF has the findings that an exception or an ignore settles.
    pub suppressed: bool,
    /// How many threads may write it.
    pub threads: usize,
}

/// Every format; help, documentation and tests iterate the list.
pub static FORMATS: &[&dyn Format] = &[
    &text::Text,
    &json::Json,
    &jsonl::JsonLines,
    &sarif::Sarif,
    &junit::Junit,
    &github::Github,
    &markdown::SUMMARY,
    &markdown::COMMENT,
    &gitlab::Gitlab,
    &rdjson::RdJson,
    &tap::Tap,
    &csv::Csv,
    &env::Env,
    &html::Html,
    &kube_bench::KubeBench,
    &kube_bench::KubeBenchJson,
    &prometheus::Prometheus,
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().find(|format| format.name() == name).copied()
}
