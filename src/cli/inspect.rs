//! `portcullis inspect`: shows what policies see, for those who write them.

use std::io;

use clap::{Args, ValueEnum};

use super::{Color, EXIT_CODES, Selection, effective, print};
use crate::error::Error;
use crate::pipeline::{self, Exit};
use crate::report::escape;

/// Show what policies see: one JSON object per line and subject, with its `input` and `data`
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Inspect {
    #[command(flatten)]
    selection: Selection,
    /// Show each component and host of the nodes with its effective values instead
    #[arg(long)]
    effective: bool,
    /// Tell the story of one effective value, such as kube-apiserver.anonymous-auth
    #[arg(long, value_name = "NAME")]
    why: Option<String>,
    /// How to write effective values
    #[arg(long, value_name = "NAME", default_value = "text")]
    format: Shape,
}

/// How effective values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// For people.
    Text,
    /// One object per line and component or host.
    Json,
}

impl Inspect {
    /// Writes one line per subject, or the effective values.
    pub fn run(self, color: Color) -> Result<Exit, Error> {
        let options = self.selection.options();
        if self.effective || self.why.is_some() {
            return effective::show(&options, self.why.as_deref(), self.format, color);
        }
        let mut result = Ok(Exit::Open);
        print(|out| {
            let mut written = Ok(());
            result = pipeline::inspect(&options, &mut |value| {
                if written.is_ok() {
                    written = escape::write_json_line(&value, out);
                }
            });
            written as io::Result<()>
        })?;
        result
    }
}
