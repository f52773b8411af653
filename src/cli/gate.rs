//! The options that say what settles a finding; every command that judges has them.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use super::Selection;
use crate::model::{Date, Days, Time};
use crate::pipeline::{GateOptions, Options};

/// What settles a finding.
#[derive(Debug, Args)]
#[command(next_help_heading = "What settles a finding")]
pub struct GateArgs {
    /// Read this baseline [default: the configured one, else .portcullis-baseline.jsonl]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Read these exceptions [default: the configured ones, else portcullis-exceptions.yaml and
    /// kube-bench-exceptions.yaml]
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
    /// Join what kube-bench says of running nodes, as `run --json` prints it, also from `kubectl logs`; may be repeated [the node
    /// is named as the file unless said]
    #[arg(long, value_name = "[[CLUSTER/]NODE=]FILE")]
    kube_bench: Vec<String>,
    /// Let ignores in manifests have no effect
    #[arg(long)]
    no_inline: bool,
    /// Announce an exception so many days before it ends, as 14d [default: the configured number, else 14d]
    #[arg(long, value_name = "DAYS")]
    warn_before: Option<Days>,
    /// Judge dates as on this day, as 2026-11-01 [default: today]
    #[arg(long, value_name = "DATE")]
    now: Option<Date>,
}

/// What is judged, and what settles its findings.
#[derive(Debug, Args)]
pub struct Judged {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    gate: GateArgs,
}

impl Judged {
    /// The options of the pipeline.
    pub fn options(self) -> Options {
        Options { gate: self.gate.options(), ..self.selection.options() }
    }
}

impl GateArgs {
    /// The options of the pipeline. The one place that asks what time it is.
    pub fn options(self) -> GateOptions {
        let at = self.now.map_or_else(now, Time::start_of);
        GateOptions {
            today: Some(at.day()),
            at: Some(at),
            kube_bench: self.kube_bench,
            no_inline: self.no_inline,
            warn_before: self.warn_before,
            baseline: self.baseline,
            exceptions: self.exceptions,
            ..GateOptions::default()
        }
    }
}

/// In UTC, the same on every machine of a CI system.
fn now() -> Time {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(i64::MAX, |time| time.as_secs().cast_signed());
    Time::from_unix(seconds)
}

/// Today in UTC.
pub fn today() -> Date {
    now().day()
}
