//! `portcullis trend`: prints and draws how the runs of a history go.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::gate::today;
use super::{Color, print, style};
use crate::error::Error;
use crate::model::Date;
use crate::pipeline::{self, Exit};
use crate::report;

/// Print and draw how the runs of a history go
///
/// Results of checks, findings and scores by run, the findings of each owner, what expires next, and what has been there longest.
#[derive(Debug, Args)]
pub struct Trend {
    /// The history, as `check --history` and `report --history` write it, or a script around kube-bench
    #[arg(value_name = "FILE")]
    history: PathBuf,
    /// Count days as on this one, as 2026-11-01 [default: today]
    #[arg(long, value_name = "DATE")]
    now: Option<Date>,
}

impl Trend {
    /// Prints it.
    pub fn run(self, color: Color) -> Result<Exit, Error> {
        let history = pipeline::kept_history(&self.history)?;
        let style = style(color, io::stdout().is_terminal());
        print(|out| report::trend::write(&history.records, self.now.unwrap_or_else(today), &style, out))?;
        Ok(Exit::Open)
    }
}
