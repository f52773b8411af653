//! `portcullis inspect`: shows what policies see, for those who write them.

use std::io;

use clap::Args;

use super::{EXIT_CODES, Selection, print};
use crate::error::Error;
use crate::pipeline::{self, Exit};
use crate::report::escape;

/// Show what policies see: one JSON object per line and subject, with its `input` and `data`
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Inspect {
    #[command(flatten)]
    selection: Selection,
}

impl Inspect {
    /// Writes one line per subject.
    pub fn run(self) -> Result<Exit, Error> {
        let options = self.selection.options();
        let mut result = Ok(Exit::Open);
        print(|out| {
            let mut written = Ok(());
            result = pipeline::inspect(&options, &mut |value| {
                if written.is_ok() {
                    written = writeln!(out, "{}", escape::json(&value.to_string()));
                }
            });
            written as io::Result<()>
        })?;
        result
    }
}
