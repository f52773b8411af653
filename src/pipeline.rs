//! Joins the stages: options in, a report and an exit code out.

use std::path::PathBuf;

use crate::error::Error;
use crate::model::{Gate, Report, Severity};

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files and directories to judge; none means the current directory.
    pub targets: Vec<PathBuf>,
    /// The name of the file on standard input.
    pub stdin_filename: Option<String>,
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The profile.
    pub profile: Option<String>,
    /// Only these controls.
    pub controls: Vec<String>,
    /// All but these controls.
    pub skip_controls: Vec<String>,
    /// The severity from which a new finding shuts the gate.
    pub fail_on: Option<Severity>,
    /// Whether a run that judged nothing is fine.
    pub allow_empty: bool,
    /// How many files are judged at a time.
    pub threads: Option<usize>,
    /// The version of Kubernetes to judge by.
    pub kubernetes_version: Option<String>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Run {
    /// What there is to say.
    pub report: Report,
    /// What the process says.
    pub exit: Exit,
}

/// The exit code, in words; when several apply, `Error`, then `Shut`, then `Gap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: the gate is open.
    Open,
    /// 1: the gate is shut.
    Shut,
    /// 2: a policy failed.
    Error,
    /// 3: something that should have been judged could not be.
    Gap,
}

/// Is told how far a run has come.
pub trait Progress: Sync {
    /// So many files will be judged.
    fn start(&self, files: usize);
    /// One of them is done.
    fn advance(&self);
    /// All of them are.
    fn finish(&self);
}

/// Judges what the options name.
pub fn run(_options: &Options, _progress: &dyn Progress) -> Result<Run, Error> {
    let report = Report {
        gate: Gate::Open,
        verdicts: Vec::new(),
        controls: Vec::new(),
        coverage: Vec::new(),
        notices: Vec::new(),
        policy_errors: 0,
    };
    Ok(Run { report, exit: Exit::Open })
}

/// Emits what policies see, one subject at a time.
pub fn inspect(_options: &Options, _emit: &mut dyn FnMut(serde_json::Value)) -> Result<Exit, Error> {
    Ok(Exit::Open)
}
