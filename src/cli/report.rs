//! `portcullis report`: judges a repository and writes the page for owners and auditors.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::judging::{Judging, Target};
use super::{Color, EXIT_CODES, print, style};
use crate::error::Error;
use crate::pipeline::Exit;
use crate::report::html::Html;
use crate::report::phrase;

/// Judge files and directories, and write one HTML page for owners and auditors
///
/// The page needs neither a server nor the network. With --history it draws how the runs go, with --kube-bench and --evidence it
/// shows what others say of the same controls.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub struct Report {
    #[command(flatten)]
    judging: Judging,
    /// Where to write the page
    #[arg(long, value_name = "FILE", default_value = "portcullis-report.html", help_heading = "Reports")]
    page: PathBuf,
}

impl Report {
    /// Judges, writes the files, and says what was written.
    pub fn run(self, color: Color) -> Result<Exit, Error> {
        let run = self.judging.run([Target { format: &Html, path: self.page.clone() }])?;
        let style = style(color, io::stdout().is_terminal());
        let report = &run.report;
        print(|out| {
            let page = self.page.to_string_lossy();
            let told = [("wrote", page.into_owned()), ("gate", phrase::gate(report))].into_iter();
            let scores = phrase::benchmark_scores(report).into_iter().chain(phrase::framework_scores(report));
            let scores = scores.map(|(name, score)| ("score", format!("{name}, {score}")));
            for (head, text) in told.chain(scores) {
                writeln!(out, "{}", style.wrap(&format!("{head:6}  "), &crate::report::escape::line(&text)))?;
            }
            Ok(())
        })?;
        Ok(run.exit)
    }
}
