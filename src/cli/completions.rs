//! `portcullis completions`: a script for a shell.

use clap::Args;
use clap_complete::Shell;

use super::{command, print};
use crate::error::Error;
use crate::pipeline::Exit;

/// Print a script that completes the arguments of portcullis in a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Writes the script.
    pub fn run(self) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "portcullis", &mut script);
        print(|out| out.write_all(&script))?;
        Ok(Exit::Open)
    }
}
