//! `portcullis man`: the manual page, of portcullis or of one of its commands.

use clap::Args;

use super::{command, print};
use crate::error::{Error, nearest};
use crate::pipeline::Exit;

/// Print the manual page, in roff
#[derive(Debug, Args)]
pub struct Man {
    /// Of this command, such as `check` [default: of portcullis]
    command: Option<String>,
}

impl Man {
    /// Writes the page.
    pub fn run(self) -> Result<Exit, Error> {
        let mut root = command();
        root.build();
        let page = match &self.command {
            None => root,
            Some(name) => match root.find_subcommand(name) {
                Some(found) => found.clone(),
                None => return Err(unknown(&root, name)),
            },
        };
        print(|out| clap_mangen::Man::new(page).render(&mut &mut *out))?;
        Ok(Exit::Open)
    }
}

fn unknown(root: &clap::Command, name: &str) -> Error {
    let error = Error::usage(format!("there is no command `{name}`"));
    match nearest(name, root.get_subcommands().map(clap::Command::get_name)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`portcullis --help` lists the commands"),
    }
}
