//! `portcullis list`: the controls, or the checks of a benchmark.

use std::io;

use clap::{Args, ValueEnum};

use super::print;
use crate::catalogue::{Catalogue, Row, counts, word};
use crate::error::Error;
use crate::model::benchmark::{Answer, Benchmark};
use crate::model::{Severity, SubjectKind};
use crate::pipeline::Exit;

/// List the controls, or the checks of a benchmark and what answers each
#[derive(Debug, Args)]
pub struct List {
    /// Only controls whose id, title or benchmark number contains this
    word: Option<String>,
    /// Only controls of this severity or worse
    #[arg(long)]
    severity: Option<Severity>,
    /// Only controls that judge this: object, pod, component, host, inventory
    #[arg(long)]
    kind: Option<String>,
    /// Only controls of the default profile
    #[arg(long)]
    default: bool,
    /// The checks of this benchmark instead; `all` lists the benchmarks
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

impl List {
    /// Writes the list.
    pub fn run(self) -> Result<Exit, Error> {
        let catalogue = Catalogue::embedded()?;
        match self.benchmark.as_deref() {
            None => self.controls(&catalogue)?,
            Some("all") => self.benchmarks(&catalogue)?,
            Some(name) => self.checks(catalogue.benchmark(name)?)?,
        }
        Ok(Exit::Open)
    }

    fn controls(&self, catalogue: &Catalogue) -> Result<(), Error> {
        let kind = self.kind()?;
        let mut rows = catalogue.rows();
        rows.retain(|row| {
            kind.is_none_or(|kind| row.kind == kind)
                && self.severity.is_none_or(|severity| row.severity >= severity)
                && (row.default || !self.default)
                && self.word.as_deref().is_none_or(|word| mentions(row, word))
        });
        if self.format == Form::Json {
            return json(&rows);
        }
        let width = rows.iter().map(|row| row.control.len()).max().unwrap_or_default();
        print(|out| {
            for row in &rows {
                let default = if row.default { ' ' } else { '-' };
                writeln!(out, "{default} {:8} {:width$}  {}", row.severity, row.control, row.title)?;
            }
            writeln!(out, "\n{} controls; - is off in the default profile", rows.len())
        })
    }

    fn kind(&self) -> Result<Option<SubjectKind>, Error> {
        let Some(word) = &self.kind else { return Ok(None) };
        let known = || SubjectKind::ALL.map(SubjectKind::word).join(", ");
        let kind = SubjectKind::ALL.into_iter().find(|kind| kind.word() == word);
        kind.map(Some)
            .ok_or_else(|| Error::usage(format!("there is no kind `{word}`")).help(format!("one of {}", known())))
    }

    fn benchmarks(&self, catalogue: &Catalogue) -> Result<(), Error> {
        if self.format == Form::Json {
            return json(&catalogue.benchmarks().iter().map(|benchmark| &benchmark.head).collect::<Vec<_>>());
        }
        print(|out| {
            for benchmark in catalogue.benchmarks() {
                writeln!(out, "{:26} {}", benchmark.head.benchmark, benchmark.head.title)?;
            }
            Ok(())
        })
    }

    fn checks(&self, benchmark: &Benchmark) -> Result<(), Error> {
        if self.format == Form::Json {
            return json(benchmark);
        }
        let width = benchmark.checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
        print(|out| {
            for check in &benchmark.checks {
                let answer = match check.answer {
                    Answer::Control => check.controls.join(", "),
                    answer => word(answer).to_owned(),
                };
                writeln!(out, "{:width$}  {}  ({answer})", check.id, check.text)?;
            }
            writeln!(out, "\n{}", counts(benchmark))
        })
    }
}

fn mentions(row: &Row<'_>, word: &str) -> bool {
    let word = word.to_lowercase();
    let mut numbers = row.benchmarks.values().flatten();
    row.control.contains(&word) || row.title.to_lowercase().contains(&word) || numbers.any(|number| *number == word)
}

fn json(value: &impl serde::Serialize) -> Result<(), Error> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
        writeln!(out)
    })
}
