//! For those who know kube-bench: its report, with a file and a line beside every verdict.

mod json;

use std::io::{self, Write};

pub use json::KubeBenchJson;

use crate::model::benchmark::count;
use crate::model::{Assessment, CheckResult, Finding, Report, Status, Verdict};

use super::gap::gaps;
use super::phrase::LONGEST;
use super::{Format, Style, escape, phrase};

/// The format that kube-bench prints.
pub struct KubeBench;

/// A chapter of a benchmark: what kube-bench judges in one go.
struct Chapter<'a> {
    /// `master`, `node`.
    target: &'a str,
    id: &'a str,
    title: &'a str,
    /// Number, title and checks of its sections.
    sections: Vec<(&'a str, &'a str, Vec<&'a CheckResult>)>,
}

impl<'a> Chapter<'a> {
    fn checks(&self) -> Vec<&'a CheckResult> {
        self.sections.iter().flat_map(|(_, _, checks)| checks.iter().copied()).collect()
    }
}

/// The chapters of an assessment, in their order.
fn chapters(assessment: &Assessment) -> Vec<Chapter<'_>> {
    let head = &assessment.assignment.benchmark.head;
    let mut chapters: Vec<Chapter<'_>> = Vec::new();
    for (section, checks) in assessment.sections() {
        let target = checks.first().map_or("", |result| result.check.target.as_str());
        if chapters.last().is_none_or(|chapter| chapter.target != target) {
            let (id, title) = match head.targets.get(target) {
                Some(chapter) => (chapter.id.as_str(), chapter.title.as_str()),
                None => ("", head.title.as_str()),
            };
            let target = if target.is_empty() { "policies" } else { target };
            chapters.push(Chapter { target, id, title, sections: Vec::new() });
        }
        let title = assessment.title(section);
        chapters.last_mut().into_iter().for_each(|chapter| chapter.sections.push((section, title, checks.clone())));
    }
    chapters
}

impl Format for KubeBench {
    fn name(&self) -> &'static str {
        "kube-bench"
    }

    fn describe(&self) -> &'static str {
        "as kube-bench prints it, with a file and a line beside every verdict"
    }

    fn write(&self, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut tame = escape::Tame::new(out);
        let out = &mut Page { report, style, out: &mut tame };
        let assessments = shown(report);
        for assessment in &assessments {
            out.assessment(assessment)?;
        }
        let all: Vec<_> = assessments.iter().flat_map(|assessment| &assessment.checks).collect();
        out.heading("Summary total")?;
        out.counts(&all)?;
        out.critical(&all)?;
        out.rest(&assessments)?;
        out.out.flush()
    }
}

/// The assessments of clusters that there is something of; of one at least.
fn shown(report: &Report) -> Vec<&Assessment> {
    let has_any = |assessment: &&Assessment| {
        let mut checks = assessment.checks.iter();
        checks.any(|result| result.is_judged() || !result.seen.is_empty() || !result.findings.is_empty())
    };
    let shown: Vec<_> = report.assessments.iter().filter(has_any).collect();
    if shown.is_empty() { report.assessments.iter().take(1).collect() } else { shown }
}

/// The findings that answer no check that is shown, by their positions.
fn besides<'a>(report: &'a Report, assessments: &[&Assessment]) -> impl Iterator<Item = &'a Verdict> {
    let checks = assessments.iter().flat_map(|assessment| &assessment.checks);
    let told: std::collections::BTreeSet<usize> = checks.flat_map(|result| result.findings.iter().copied()).collect();
    let verdicts = report.verdicts.iter().enumerate();
    verdicts.filter(move |(at, _)| !told.contains(at)).map(|(_, verdict)| verdict)
}

/// A report in the making.
struct Page<'a> {
    report: &'a Report,
    style: &'a Style,
    out: &'a mut dyn Write,
}

/// How many findings of a check are told one by one.
const MOST: usize = 10;

impl Page<'_> {
    fn assessment(&mut self, assessment: &Assessment) -> io::Result<()> {
        let assignment = &assessment.assignment;
        let name = &assignment.benchmark.head.benchmark;
        self.heading(&format!("Benchmark {name}, cluster {}", assignment.cluster))?;
        self.line("", &assignment.why)?;
        for chapter in chapters(assessment) {
            writeln!(self.out)?;
            self.chapter(&chapter)?;
        }
        Ok(())
    }

    fn chapter(&mut self, chapter: &Chapter<'_>) -> io::Result<()> {
        if !self.style.quiet {
            self.status(Status::Info, &format!("{} {}", chapter.id, chapter.title))?;
        }
        for (id, title, checks) in &chapter.sections {
            if !self.style.quiet && *id != chapter.id {
                self.status(Status::Info, &format!("{id} {title}"))?;
            }
            for result in checks.iter().filter(|result| !self.style.quiet || result.status == Status::Fail) {
                self.check(result)?;
            }
        }
        let unmet: Vec<_> = chapter.checks().into_iter().filter(|result| !result.findings.is_empty()).collect();
        if !unmet.is_empty() && !self.style.quiet {
            self.heading(&format!("Remediations {}", chapter.target))?;
            unmet.into_iter().try_for_each(|result| self.remedy(result))?;
        }
        self.heading(&format!("Summary {}", chapter.target))?;
        self.counts(&chapter.checks())
    }

    fn check(&mut self, result: &CheckResult) -> io::Result<()> {
        let check = &result.check;
        let places = places(self.report, result);
        let beside = match places.as_slice() {
            _ if result.status == Status::Info || (places.is_empty() && !result.reason.is_empty()) => {
                result.reason.clone()
            }
            [] => "nothing to show".to_owned(),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        let open = !result.reason.is_empty() && result.status != Status::Info && !places.is_empty();
        let why = if open { format!(": {}", result.reason) } else { String::new() };
        self.status(result.status, &format!("{} {} ({beside}{why})", check.id, check.text))
    }

    fn remedy(&mut self, result: &CheckResult) -> io::Result<()> {
        let findings: Vec<&Verdict> = result.findings.iter().filter_map(|&at| self.report.verdicts.get(at)).collect();
        for verdict in findings.iter().take(MOST) {
            self.line(&format!("{} ", result.check.id), &told(verdict))?;
        }
        if findings.len() > MOST {
            self.line(&format!("{} ", result.check.id), &format!("and {} more", findings.len() - MOST))?;
        }
        for remedy in remedies(self.report, result) {
            self.line("", &remedy)?;
        }
        writeln!(self.out)
    }

    /// The counts of some checks, and what share of the judged ones passes.
    fn counts(&mut self, checks: &[&CheckResult]) -> io::Result<()> {
        for (status, number) in Status::ALL.iter().zip(count(checks.iter().copied())) {
            writeln!(self.out, "{number} checks {}", status.word())?;
        }
        let judged = checks.iter().filter(|result| result.is_judged());
        let (passed, judged) = judged
            .fold((0, 0), |(passed, judged), result| (passed + usize::from(result.status == Status::Pass), judged + 1));
        match phrase::percent(passed, judged) {
            Some(percent) => writeln!(self.out, "score {percent}: {passed} of {judged} judged checks pass"),
            None => writeln!(self.out, "no score: nothing was judged"),
        }
    }

    /// What is to be mended first.
    fn critical(&mut self, checks: &[&CheckResult]) -> io::Result<()> {
        let critical: Vec<_> = checks.iter().filter(|result| result.is_critical).collect();
        let is_unmet = |result: &&&&CheckResult| result.is_judged() && result.status != Status::Pass;
        let unmet: Vec<_> = critical.iter().filter(is_unmet).map(|result| result.check.id.as_str()).collect();
        let judged = critical.iter().filter(|result| result.is_judged()).count();
        if judged > 0 {
            let ids = if unmet.is_empty() { String::new() } else { format!(", fix them first: {}", unmet.join(", ")) };
            writeln!(self.out, "critical: {} of {judged} judged checks are not met{ids}", unmet.len())?;
        }
        Ok(())
    }

    /// What no check has a place for: other findings, what could not be judged, the gate.
    fn rest(&mut self, assessments: &[&Assessment]) -> io::Result<()> {
        let besides: Vec<&Verdict> = besides(self.report, assessments).collect();
        if !besides.is_empty() && !self.style.quiet {
            self.heading("Found besides")?;
            for verdict in besides.iter().take(5 * MOST) {
                self.line(&format!("{} ", escape::line(&verdict.finding.control)), &told(verdict))?;
            }
            if besides.len() > 5 * MOST {
                writeln!(self.out, "and {} more", besides.len() - 5 * MOST)?;
            }
        }
        writeln!(self.out)?;
        for gap in gaps(self.report) {
            self.line("could not be judged: ", &format!("{}: {}", gap.place(), gap.reason))?;
        }
        let number = phrase::count(self.report.verdicts.len(), "finding");
        writeln!(self.out, "{number}, {} of them outside the benchmark", besides.len())?;
        self.line("", &phrase::gate(self.report))
    }

    fn heading(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}", self.style.paint("1", &format!("== {} ==", escape::line(title))))
    }

    fn status(&mut self, status: Status, text: &str) -> io::Result<()> {
        let paint = match status {
            Status::Pass => "32",
            Status::Fail => "1;31",
            Status::Warn => "33",
            Status::Info => "36",
        };
        let word = self.style.paint(paint, &format!("[{}]", status.word()));
        // A verdict is one line, whatever its length: scripts count and search lines.
        writeln!(self.out, "{word} {}", escape::clip(text.trim(), LONGEST))
    }

    fn line(&mut self, head: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", self.style.wrap(&escape::line(head), &escape::clip(text, LONGEST)))
    }
}

/// `etc/kubernetes/manifests/etcd.yaml:12`, where what was found stands, else where what was looked at does.
fn places(report: &Report, result: &CheckResult) -> Vec<String> {
    let found = result.findings.iter().filter_map(|&at| report.verdicts.get(at)).map(|verdict| line(&verdict.finding));
    let mut places: Vec<String> = found.collect();
    if places.is_empty() {
        places = result.seen.iter().map(|seen| format!("{}:{}", seen.file, seen.line)).collect();
    }
    let mut told = std::collections::BTreeSet::new();
    places.retain(|place| told.insert(place.clone()));
    places
}

fn line(finding: &Finding) -> String {
    format!("{}:{}", finding.location.source.path(), finding.location.region().start.line())
}

fn told(verdict: &Verdict) -> String {
    let remark = phrase::remark(verdict).map(|remark| format!(" ({remark})")).unwrap_or_default();
    format!("{}: {}{remark}", line(&verdict.finding), escape::clip(&verdict.finding.message, LONGEST))
}

/// What to do about a check that is not met: once for each control with findings.
fn remedies(report: &Report, result: &CheckResult) -> Vec<String> {
    let findings = result.findings.iter().filter_map(|&at| report.verdicts.get(at));
    let failed: std::collections::BTreeSet<&str> = findings.map(|verdict| &*verdict.finding.control).collect();
    let of = failed.into_iter().filter_map(|control| report.control(control));
    of.map(|of| phrase::first_paragraph(&of.control.remediation)).collect()
}
