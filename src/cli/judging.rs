//! What `check` and `report` judge by, and the files that both write.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::gate::GateArgs;
use super::output::Output;
use super::progress::Bar;
use super::{Color, Selection, style};
use crate::config::Percent;
use crate::error::{Error, nearest};
use crate::model::Severity;
use crate::pipeline::{self, GateOptions, Limit, Options, Run};
use crate::report::{self, FORMATS, Format, Style};

/// Everything about a run but its standard output.
#[derive(Args)]
pub struct Judging {
    #[command(flatten)]
    selection: Selection,
    /// Judge by this profile instead of the configured one
    #[arg(long, value_name = "NAME", help_heading = "What to judge by")]
    profile: Option<String>,
    /// Judge by these controls alone
    #[arg(long = "control", value_name = "ID", value_delimiter = ',', help_heading = "What to judge by")]
    controls: Vec<String>,
    /// Leave these controls out
    #[arg(long = "skip-control", value_name = "ID", value_delimiter = ',', help_heading = "What to judge by")]
    skip_controls: Vec<String>,
    /// Judge by what is evidence for this framework alone: cis, iso-27001, nist-800-190, nsa-cisa, pci-dss, pss or soc2; may be
    /// repeated
    #[arg(long = "framework", value_name = "NAME", value_delimiter = ',', help_heading = "What to judge by")]
    frameworks: Vec<String>,
    /// The severity from which a new finding shuts the gate [default: the configured one, else medium]
    #[arg(long, value_name = "SEVERITY", value_parser = severities(), help_heading = "What shuts the gate")]
    fail_on: Option<Severity>,
    /// How many controls may fail, in place of the severity rule; `4.2=0`, `critical=0`, `prod=3` or `prod/4.2=0` limits a
    /// section of the benchmark, the checks to fix first, a cluster; may be repeated
    #[arg(long, value_name = "[PART=]N", value_parser = bound::<usize>, help_heading = "What shuts the gate")]
    max_fail: Vec<Bound<usize>>,
    /// How many new findings may be
    #[arg(long, value_name = "N", help_heading = "What shuts the gate")]
    max_new: Option<usize>,
    /// The least percentage of judged controls that pass, in the run and in its benchmarks; `4.2=90`, `prod=90` or
    /// `prod/4.2=90` asks it of a part; may be repeated
    #[arg(long, value_name = "[PART=]PERCENT", value_parser = bound::<Least>, help_heading = "What shuts the gate")]
    min_score: Vec<Bound<Least>>,
    /// Let entries of the baseline whose findings have vanished shut the gate
    #[arg(long, help_heading = "What shuts the gate")]
    strict_baseline: bool,
    #[command(flatten)]
    gate: GateArgs,
    /// Compare with where HEAD and this branch, tag or commit part: what was there before does not shut the gate
    #[arg(long, value_name = "REF", help_heading = "Pull requests")]
    against: Option<String>,
    /// Take configuration, exceptions, baseline and ignores from where HEAD and this branch, tag or commit part, and list what
    /// the change loosens
    #[arg(long, value_name = "REF", help_heading = "Pull requests")]
    trust: Option<String>,
    /// Report findings in files that the change touches alone; all files are judged
    #[arg(long, requires = "against", help_heading = "Pull requests")]
    changed_only: bool,
    /// Let a run pass that found nothing to judge
    #[arg(long, help_heading = "What shuts the gate")]
    allow_empty: bool,
    /// Judge each file by itself, and leave out what needs several: for hooks that name the files of a change
    #[arg(long, help_heading = "What to judge by")]
    file_by_file: bool,
    /// Write a report to a file as well; may be repeated
    #[arg(long = "output", value_name = "NAME=PATH", value_parser = target, help_heading = "Reports")]
    outputs: Vec<Target>,
    /// Write excepted and ignored findings to SARIF too, as suppressed results; GitHub shows them as open
    #[arg(long, help_heading = "Reports")]
    pub sarif_include_suppressed: bool,
    /// Show what another program says, as it writes it: a JSON report of InSpec, constraints of Gatekeeper from `kubectl get -o json`,
    /// or Falco's JSON lines; may be repeated
    #[arg(long, value_name = "[CLUSTER=]FILE", help_heading = "Reports")]
    evidence: Vec<String>,
    /// Add the run to this history, for `portcullis trend` and the page
    #[arg(long, value_name = "FILE", conflicts_with_all = ["changed_only", "file_by_file"], help_heading = "Reports")]
    history: Option<PathBuf>,
}

impl Judging {
    /// Judges and writes the files; `more` are written too.
    pub fn run(self, more: impl IntoIterator<Item = Target>) -> Result<Run, Error> {
        let targets: Vec<Target> = self.outputs.iter().cloned().chain(more).collect();
        let suppressed = self.sarif_include_suppressed;
        let options = self.options();
        // A directory that is missing is an error before the work, not after it.
        let outputs = targets.iter().map(|target| Output::open(&target.path)).collect::<Result<Vec<_>, _>>()?;
        let history = options.history.as_deref().map(Output::open).transpose()?;
        let run = pipeline::run(&options, &Bar::new())?;
        for (target, output) in targets.iter().zip(outputs) {
            let style = Style { suppressed, threads: run.threads(), ..style(Color::Never, false) };
            output.write(|out| target.format.write(&run.report, &style, out))?;
        }
        if let Some((output, text)) = history.zip(run.history.as_ref()) {
            output.write(|out| out.write_all(text.as_bytes()))?;
        }
        Ok(run)
    }

    fn options(self) -> Options {
        let mut options = self.selection.options();
        options.profile = self.profile;
        options.controls = self.controls;
        options.skip_controls = self.skip_controls;
        options.frameworks = self.frameworks;
        options.history = self.history;
        options.evidence = self.evidence;
        options.fail_on = self.fail_on;
        options.allow_empty = self.allow_empty;
        options.against = self.against;
        options.changed_only = self.changed_only;
        options.file_by_file = self.file_by_file;
        options.gate = GateOptions {
            max_fail: self.max_fail.iter().rev().find(|bound| bound.is_whole()).map(|bound| bound.value),
            max_new: self.max_new,
            min_score: self.min_score.iter().rev().find(|bound| bound.is_whole()).map(|bound| bound.value.0),
            limits: limits(&self.max_fail, &self.min_score),
            strict_baseline: self.strict_baseline,
            trust: self.trust,
            ..self.gate.options()
        };
        options
    }
}

/// A format and the file to write it to.
#[derive(Clone)]
pub struct Target {
    /// The format.
    pub format: &'static dyn Format,
    /// The file.
    pub path: PathBuf,
}

fn target(argument: &str) -> Result<Target, String> {
    let names = || FORMATS.iter().map(|format| format.name());
    let known = || names().collect::<Vec<_>>().join(", ");
    let Some((name, path)) = argument.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err(format!(
            "a format and a path are expected, such as `json=report.json`; the formats are {}",
            known()
        ));
    };
    match (report::format(name), nearest(name, names())) {
        (Some(format), _) => Ok(Target { format, path: path.into() }),
        (None, Some(near)) => Err(format!("there is no format `{name}`; did you mean `{near}`?")),
        (None, None) => Err(format!("there is no format `{name}`; the formats are {}", known())),
    }
}

/// A bound of the run, or of a part of it.
#[derive(Debug, Clone)]
struct Bound<T> {
    cluster: Option<String>,
    section: Option<String>,
    value: T,
}

impl<T> Bound<T> {
    fn is_whole(&self) -> bool {
        self.cluster.is_none() && self.section.is_none()
    }

    fn limit(&self) -> Limit {
        Limit { cluster: self.cluster.as_deref().map(Into::into), section: self.section.clone(), ..Limit::default() }
    }
}

/// Reads `90`, `4.2=90`, `critical=0`, `prod=90`, `prod/4.2=90`.
fn bound<T: FromStr<Err: ToString>>(text: &str) -> Result<Bound<T>, String> {
    let (part, value) = text.rsplit_once('=').unwrap_or(("", text));
    let value = value.parse().map_err(|why: T::Err| why.to_string())?;
    let is_section = |part: &str| part == "critical" || part.starts_with(|first: char| first.is_ascii_digit());
    let (cluster, section) = match part.split_once('/') {
        Some((cluster, section)) => (cluster, section),
        None if is_section(part) => ("", part),
        None => (part, ""),
    };
    let some = |word: &str| (!word.is_empty()).then(|| word.to_owned());
    Ok(Bound { cluster: some(cluster), section: some(section), value })
}

fn limits(max_fail: &[Bound<usize>], min_score: &[Bound<Least>]) -> Vec<Limit> {
    let fails = max_fail.iter().filter(|bound| !bound.is_whole());
    let fails = fails.map(|bound| Limit { max_fail: Some(bound.value), ..bound.limit() });
    let scores = min_score.iter().filter(|bound| !bound.is_whole());
    let scores = scores.map(|bound| Limit { min_score: Some(bound.value.0), ..bound.limit() });
    fails.chain(scores).collect()
}

/// A percentage.
#[derive(Debug, Clone, Copy)]
struct Least(f64);

impl FromStr for Least {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse::<f64>().map_err(|why| why.to_string())?;
        Percent::try_from(number).map(|percent| Self(percent.value()))
    }
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::word)).try_map(|word| Severity::from_str(&word))
}
