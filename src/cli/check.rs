//! `portcullis check`: judges a repository and writes reports.

use std::io::{self, IsTerminal};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::judging::Judging;
use super::{Color, EXIT_CODES, long_help, print, style};
use crate::error::Error;
use crate::pipeline::Exit;
use crate::report::{self, FORMATS, Format, Style};

/// Judge files and directories, and open or shut the gate
#[derive(Args)]
#[command(after_help = EXIT_CODES, after_long_help = long_help())]
pub struct Check {
    #[command(flatten)]
    judging: Judging,
    /// The format of standard output
    #[arg(long, value_name = "NAME", default_value = "text", value_parser = formats(), help_heading = "Reports")]
    format: &'static dyn Format,
    /// One line per finding
    #[arg(long, short, help_heading = "Reports")]
    quiet: bool,
}

impl Check {
    /// Judges, writes the files, then standard output.
    pub fn run(self, color: Color) -> Result<Exit, Error> {
        let suppressed = self.judging.sarif_include_suppressed;
        let run = self.judging.run(None)?;
        let style =
            Style { suppressed, quiet: self.quiet, threads: run.threads(), ..style(color, io::stdout().is_terminal()) };
        print(|out| self.format.write(&run.report, &style, out))?;
        let exit = run.exit;
        // The process ends, and takes the report along in less time than it takes to free its parts one by one.
        std::mem::forget(run);
        Ok(exit)
    }
}

fn formats() -> impl TypedValueParser<Value = &'static dyn Format> {
    let names = FORMATS.iter().map(|format| PossibleValue::new(format.name()).help(format.describe()));
    PossibleValuesParser::new(names).try_map(|name| report::format(&name).ok_or("no such format"))
}
