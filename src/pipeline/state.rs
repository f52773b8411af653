//! The gate's own state: the exceptions and the baseline of the repository, found and read before the first file is judged.

use std::path::{Path, PathBuf};

use super::Options;
use super::gate_files::GateFiles;
use super::words::Words;
use crate::adjudicate::baseline::{self, Baseline};
use crate::adjudicate::exception::{self, Exception};
use crate::config::Config;
use crate::error::Error;
use crate::model::report::Notice;
use crate::model::{Location, Span};
use crate::parse;

/// The file that holds how many controls may fail.
const COUNT_FILE: &str = ".kube-bench-baseline";

/// What the gate knows ahead of a run.
#[derive(Clone)]
pub struct State {
    /// The accepted risks.
    pub exceptions: Vec<Exception>,
    /// The findings that are known, if there is such a file.
    pub baseline: Option<Baseline>,
    /// Where that file is, or would be.
    pub baseline_path: PathBuf,
    /// Where an exception would be added.
    pub exceptions_path: PathBuf,
    /// How many controls may fail, and where that is written.
    pub count: Option<(usize, Location)>,
}

impl State {
    /// Reads what is there.
    ///
    /// # Errors
    /// For a file that is named and missing, and for a mistake in one.
    pub fn read(
        options: &Options,
        config: &Config,
        (cwd, root): (&Path, &Path),
        files: &GateFiles,
        words: &Words,
    ) -> Result<Self, Error> {
        let gate = &options.gate;
        let named = |option: &Option<PathBuf>, setting: &Option<String>| match (option, setting) {
            (Some(path), _) => Some(cwd.join(path)),
            (None, Some(path)) => Some(root.join(path)),
            (None, None) => None,
        };
        let mut exceptions = Vec::new();
        let exceptions_named = named(&gate.exceptions, &config.exceptions);
        let exceptions_found = match &exceptions_named {
            Some(path) => vec![path.clone()],
            None => {
                exception::FILE_NAMES.map(|name| root.join(name)).into_iter().filter(|path| files.has(path)).collect()
            }
        };
        for path in exceptions_found.iter().filter(|path| !gate.may_be_missing || files.has(path)) {
            let source = files.read(path)?;
            exceptions.extend(exception::read(&source, &parse::parse(&source), words)?);
        }
        let baseline_named = named(&gate.baseline, &config.baseline);
        let must_exist = baseline_named.is_some() && !gate.may_be_missing;
        let baseline_path = baseline_named.unwrap_or_else(|| root.join(baseline::FILE_NAME));
        let baseline = match must_exist || files.has(&baseline_path) {
            true if gate.is_fresh => None,
            true => Some(Baseline::read(&files.read(&baseline_path).map_err(how_to_write)?)?),
            false => None,
        };
        let first = exceptions_found.into_iter().next();
        Ok(Self {
            exceptions,
            baseline,
            baseline_path,
            exceptions_path: exceptions_named.or(first).unwrap_or_else(|| root.join(exception::FILE_NAMES[0])),
            count: count(&root.join(COUNT_FILE), files)?,
        })
    }

    /// What to say of the count ahead.
    pub fn notice(&self) -> Option<Notice> {
        let (allowed, location) = self.count.as_ref()?;
        Some(Notice {
            code: "allowed-failures",
            message: format!("the number of controls that may fail, of any severity, is {allowed}"),
            help: Some("`portcullis baseline write` records which findings are known, instead of how many".to_owned()),
            location: Some(location.clone()),
        })
    }
}

fn how_to_write(error: Error) -> Error {
    match error {
        Error::Io { ref cause, help: None, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
            error.help("`portcullis baseline write` writes it")
        }
        error => error,
    }
}

fn count(path: &Path, files: &GateFiles) -> Result<Option<(usize, Location)>, Error> {
    if !files.has(path) {
        return Ok(None);
    }
    let source = files.read(path)?;
    let text = source.text();
    let start = text.len() - text.trim_start().len();
    let span = Span::new(start, start + text.trim().len());
    let number = text.trim().parse().map_err(|_| {
        Error::at(&source, span, "this is no number of controls", "here").help("it holds how many controls may fail")
    })?;
    Ok(Some((number, Location { source, span })))
}
