//! `portcullis explain`: all there is to say about a control.

use clap::Args;

use super::print;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::pipeline::Exit;

/// Explain a control: why it matters, how to fix it, examples, its number in every benchmark
#[derive(Debug, Args)]
pub struct Explain {
    /// The control's id, such as `privileged-container`, or a number of a benchmark, such as `cis-1.12:5.2.3`
    id: String,
}

impl Explain {
    /// Writes the page, in Markdown.
    pub fn run(self) -> Result<Exit, Error> {
        let catalogue = Catalogue::embedded()?;
        let pages = match self.id.split_once(':') {
            None => vec![catalogue.control_page(&self.id)?],
            Some((benchmark, id)) => pages(&catalogue, benchmark, id)?,
        };
        print(|out| pages.iter().try_for_each(|page| out.write_all(page.as_bytes())))?;
        Ok(Exit::Open)
    }
}

/// The pages of the controls that answer a check of a benchmark.
fn pages(catalogue: &Catalogue, benchmark: &str, id: &str) -> Result<Vec<String>, Error> {
    let benchmark = catalogue.benchmark(benchmark)?;
    let Some(check) = benchmark.checks.iter().find(|check| check.id == id) else {
        let help = format!("`portcullis list --benchmark {}` lists its checks", benchmark.head.benchmark);
        return Err(Error::usage(format!("{} has no check `{id}`", benchmark.head.benchmark)).help(help));
    };
    if check.controls.is_empty() {
        let answer = crate::catalogue::word(check.answer);
        return Ok(vec![format!(
            "# {} {id}\n\n{}.\n\nNo control answers it: it takes {answer}.\n",
            benchmark.head.benchmark, check.text
        )]);
    }
    check.controls.iter().map(|control| catalogue.control_page(control)).collect()
}
