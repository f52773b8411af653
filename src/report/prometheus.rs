//! For a Prometheus node exporter: the text format, with the names and labels that scripts around kube-bench have.
//!
//! A name that ends in `_total` is that of a counter by convention, and a gauge under it is refused by `promtool check metrics`;
//! what goes up and down under such a name is untyped. No sample has a timestamp: the exporter skips a file with one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::{Assessment, CheckResult, Gate, Report, Status, benchmark};

use super::gap::gaps;
use super::{Format, Style, escape, phrase};

/// The format for a Prometheus node exporter.
pub struct Prometheus;

impl Format for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    fn describe(&self) -> &'static str {
        "for the textfile collector of a Prometheus node exporter: checks, scores, findings"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        // A run that judged nothing has no metrics, and its file is no empty one.
        writeln!(out, "# Metrics of a run of portcullis.")?;
        sections(report).into_iter().try_for_each(|family| family.write(out))?;
        check_status(report).write(out)?;
        run_timestamp(report).write(out)?;
        compliance(report).write(out)?;
        findings(report).write(out)?;
        evidence(report).write(out)?;
        gate(report).write(out)?;
        unjudged(report).write(out)?;
        out.flush()
    }
}

/// A metric with its series: the values of the labels, then the sample. A series that is there already keeps the worse sample,
/// because the exporter drops a metric that has one twice.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    series: BTreeMap<Vec<String>, f64>,
}

impl Family {
    fn new(name: &'static str, kind: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self { name, kind, help, labels, series: BTreeMap::new() }
    }

    fn add(&mut self, labels: &[&str], number: usize) {
        *self.slot(labels, 0.0) += float(number);
    }

    fn least(&mut self, labels: &[&str], value: f64) {
        let slot = self.slot(labels, value);
        *slot = slot.min(value);
    }

    fn slot(&mut self, labels: &[&str], first: f64) -> &mut f64 {
        self.series.entry(labels.iter().map(|label| label_value(label)).collect()).or_insert(first)
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.series.is_empty() {
            return Ok(());
        }
        let &Self { name, kind, help, labels, .. } = self;
        writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
        for (values, sample) in &self.series {
            let pairs = labels.iter().zip(values).map(|(label, value)| format!("{label}=\"{value}\""));
            let pairs = pairs.collect::<Vec<_>>().join(",");
            if pairs.is_empty() {
                writeln!(out, "{name} {sample}")?;
            } else {
                writeln!(out, "{name}{{{pairs}}} {sample}")?;
            }
        }
        Ok(())
    }
}

/// <https://prometheus.io/docs/instrumenting/exposition_formats/>: what is hidden is made visible first, so that no line ends early.
fn label_value(text: &str) -> String {
    escape::clip(text, LONGEST).replace('\\', "\\\\").replace('"', "\\\"")
}

/// The longest value of a label.
const LONGEST: usize = 200;

#[allow(clippy::cast_precision_loss)] // nobody has 2^52 checks
fn float(number: usize) -> f64 {
    number as f64
}

/// The clusters in which something was judged: of the others there is nothing to watch, and that they are missing is told.
fn judged(report: &Report) -> impl Iterator<Item = &Assessment> {
    report.assessments.iter().filter(|assessment| assessment.checks.iter().any(CheckResult::is_judged))
}

/// How many checks of each section pass and fail; a section without one has a zero. Warnings are counted for the whole cluster.
fn sections(report: &Report) -> [Family; 3] {
    let of = |name, help| Family::new(name, "untyped", &["cluster", "section"], help);
    let mut fail = of("kube_bench_fail_total", "Checks of the benchmark that fail.");
    let mut pass = of("kube_bench_pass_total", "Checks of the benchmark that pass.");
    let help = "Checks of the benchmark that somebody has to look at.";
    let mut warn = Family::new("kube_bench_warn_total", "untyped", &["cluster"], help);
    for assessment in judged(report) {
        let cluster = &*assessment.assignment.cluster;
        for (section, checks) in assessment.sections() {
            let [passed, failed, warned, _] = benchmark::count(checks);
            pass.add(&[cluster, section], passed);
            fail.add(&[cluster, section], failed);
            warn.add(&[cluster], warned);
        }
    }
    [fail, pass, warn]
}

/// 1 or 0 of the checks that pass or fail; the others have none.
fn check_status(report: &Report) -> Family {
    let help = "Whether a check of the benchmark passes: 1 if it does, 0 if it fails.";
    let mut family = Family::new("kube_bench_check_status", "gauge", &["cluster", "check_id"], help);
    for assessment in judged(report) {
        for result in &assessment.checks {
            let value = match result.status {
                Status::Pass => 1.0,
                Status::Fail => 0.0,
                Status::Warn | Status::Info => continue,
            };
            family.least(&[&assessment.assignment.cluster, &result.check.id], value);
        }
    }
    family
}

#[allow(clippy::cast_precision_loss)] // exact until 2^52
fn run_timestamp(report: &Report) -> Family {
    let help = "When the cluster was judged, in seconds since 1970.";
    let mut family = Family::new("kube_bench_run_timestamp", "gauge", &["cluster"], help);
    if let Some(at) = report.origin.at {
        for assessment in judged(report) {
            family.least(&[&assessment.assignment.cluster], at.unix() as f64);
        }
    }
    family
}

fn compliance(report: &Report) -> Family {
    let help = "Share of the judged checks or controls of a framework that pass, in percent.";
    let mut family = Family::new("compliance_score", "gauge", &["host", "framework"], help);
    for one in report.compliance.iter().filter(|one| one.judged > 0) {
        // What reads the text form shall see the digits that the report shows.
        let percent = (1000.0 * float(one.passed) / float(one.judged)).round() / 10.0;
        family.least(&[&one.cluster, &one.framework], percent);
    }
    family
}

fn findings(report: &Report) -> Family {
    let help = "Findings by what they are to the gate.";
    let labels = &["cluster", "severity", "standing"];
    let mut family = Family::new("portcullis_findings", "gauge", labels, help);
    for verdict in &report.verdicts {
        let finding = &verdict.finding;
        let standing = phrase::standing(verdict.standing);
        family.add(&[&finding.identity.cluster, finding.severity.word(), standing], 1);
    }
    family
}

/// What other programs say, apart from all of the above.
fn evidence(report: &Report) -> Family {
    let help = "What other programs say of running machines and clusters, by what it comes to.";
    let mut family = Family::new("portcullis_evidence", "gauge", &["cluster", "source", "outcome"], help);
    for one in &report.evidence {
        let labels = [&*one.cluster, one.witness.word(), one.word.word()];
        *family.slot(&labels, 0.0) += float(one.times);
    }
    family
}

/// Of a run, and yet said of each of its clusters: a sample without a label of its own would be dropped where two runs write theirs.
fn gate(report: &Report) -> Family {
    let help = "Whether the gate of the run is open: 1 if it is, 0 if it is shut.";
    let open = if report.gate == Gate::Open { 1.0 } else { 0.0 };
    of_run(report, Family::new("portcullis_gate_open", "gauge", &["cluster"], help), open)
}

fn unjudged(report: &Report) -> Family {
    let help = "Places in the run that should have been judged and could not be read.";
    of_run(report, Family::new("portcullis_gaps", "gauge", &["cluster"], help), float(gaps(report).count()))
}

fn of_run(report: &Report, mut family: Family, value: f64) -> Family {
    for assessment in judged(report) {
        family.least(&[&assessment.assignment.cluster], value);
    }
    family
}
