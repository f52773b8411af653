//! Every control that was on, the failed ones first, each with its findings as evidence.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use maud::{Markup, html};

use crate::model::{ControlResult, Outcome, Report, Severity, Standing, Verdict};

use super::overview::severity_badge;
use super::{evidence, prose, trend, words};
use crate::report::excerpt::Excerpt;
use crate::report::{escape, phrase};

pub fn controls(report: &Report) -> Markup {
    let mut findings: BTreeMap<&str, Vec<&Verdict>> = BTreeMap::new();
    for verdict in &report.verdicts {
        findings.entry(&verdict.finding.control).or_default().push(verdict);
    }
    let ages = trend::ages(report);
    let mut results: Vec<_> = report.controls.iter().collect();
    results.sort_by_key(|result| (rank(result.outcome), Reverse(result.severity)));
    html! {
        section aria-labelledby="controls" {
            h2 #controls { "Controls and findings" }
            (filters(report))
            p #shown role="status" { (phrase::count(results.len(), "control")) ", " (phrase::count(report.verdicts.len(), "finding")) }
            div #list {
                @for result in results {
                    (control(report, result, &ages, &findings.remove(&*result.control.id).unwrap_or_default()))
                }
                // A finding is shown even if its control is not among those that ran.
                @for (id, findings) in findings {
                    details.control data-id=(words(id)) data-outcome="failed" data-severity="" data-rank="0" data-benchmark="" data-framework="" open {
                        summary { code { (words(id)) } }
                        @for verdict in findings { (finding(verdict, &ages)) }
                    }
                }
            }
        }
    }
}

/// The order on the page: what needs somebody first.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::Unknown => 1,
        Outcome::Manual => 2,
        Outcome::Pass => 3,
        Outcome::NotApplicable => 4,
    }
}

fn filters(report: &Report) -> Markup {
    let standings: BTreeSet<_> = report.verdicts.iter().map(|verdict| verdict.standing).collect();
    let clusters: BTreeSet<_> = report.verdicts.iter().map(|verdict| &*verdict.finding.identity.cluster).collect();
    let frameworks: BTreeSet<_> = report.controls.iter().flat_map(|result| result.frameworks.keys()).collect();
    let benchmarks: BTreeSet<_> = report.controls.iter().flat_map(|result| result.benchmarks.keys()).collect();
    let outcomes: BTreeMap<_, _> =
        report.controls.iter().map(|result| (rank(result.outcome), result.outcome)).collect();
    html! {
        form #filters {
            label { "Search " input type="search" name="text" autocomplete="off"; }
            (select("outcome", "Outcome", outcomes.values().map(|&outcome| phrase::outcome(outcome))))
            (select("severity", "Severity", Severity::ALL.map(Severity::word)))
            (select("standing", "Standing", standings.into_iter().map(phrase::standing)))
            (select("cluster", "Cluster", clusters))
            (select("benchmark", "Benchmark", benchmarks))
            (select("framework", "Framework", frameworks))
            label {
                "Sort by "
                select name="sort" {
                    option value="" { "outcome" }
                    option value="severity" { "severity" }
                    option value="findings" { "number of findings" }
                    option value="id" { "name" }
                }
            }
            button type="reset" { "Show all" }
            button type="button" name="unfold" { "Open all" }
        }
    }
}

fn select(name: &str, title: &str, values: impl IntoIterator<Item = impl AsRef<str>>) -> Markup {
    html! {
        label {
            (title) " "
            select name=(name) {
                option value="" { "any" }
                @for value in values { option value=(words(value.as_ref())) { (escape::clip(value.as_ref(), OPTION)) } }
            }
        }
    }
}

fn control(report: &Report, result: &ControlResult, ages: &BTreeMap<&str, String>, findings: &[&Verdict]) -> Markup {
    let control = &result.control;
    let outcome = phrase::outcome(result.outcome);
    let names = |of: &BTreeMap<String, Vec<String>>| of.keys().map(|name| words(name)).collect::<Vec<_>>().join(" ");
    html! {
        details.control data-id=(words(&control.id)) data-outcome=(outcome) data-severity=(result.severity.word())
            data-rank=(rank(result.outcome)) data-benchmark=(names(&result.benchmarks))
            data-framework=(names(&result.frameworks)) {
            summary {
                span.badge.{ "outcome-" (outcome.replace(' ', "-")) } { (outcome) } " "
                (severity_badge(result.severity)) " "
                strong { (prose(&control.title)) } " "
                code { (words(&control.id)) } " "
                @if !findings.is_empty() { span.number { (phrase::count(findings.len(), "finding")) } }
            }
            div.about {
                @for paragraph in control.description.split("\n\n") { p { (prose(paragraph)) } }
                p { (judged(result)) }
                @if !result.benchmarks.is_empty() { p { "Answers " (words(&phrase::benchmarks(&result.benchmarks))) "." } }
                @if !result.frameworks.is_empty() { p { "Evidence for " (words(&phrase::benchmarks(&result.frameworks))) "." } }
                (evidence::beside(report, &control.id))
                @if !control.remediation.trim().is_empty() {
                    h3 { "What to do" }
                    @for paragraph in control.remediation.split("\n\n") { p { (prose(paragraph)) } }
                }
                @let links: Vec<_> = control.references.iter().filter(|link| link.starts_with("https://")).collect();
                @if !links.is_empty() {
                    p {
                        "Read on: "
                        @for link in links { a href=(words(link)) rel="noreferrer noopener" { (words(link)) } " " }
                    }
                }
            }
            @for verdict in findings { (finding(verdict, ages)) }
        }
    }
}

fn judged(result: &ControlResult) -> String {
    match (result.judged, result.failed) {
        (0, _) => "Nothing in the repository is its subject.".to_owned(),
        (judged, 0) => format!("{} judged, none failed.", phrase::count(judged, "subject")),
        (judged, failed) => format!("{} judged, {failed} failed.", phrase::count(judged, "subject")),
    }
}

fn finding(verdict: &Verdict, ages: &BTreeMap<&str, String>) -> Markup {
    let finding = &verdict.finding;
    let standing = phrase::standing(verdict.standing);
    let because = phrase::because(verdict);
    html! {
        article.finding data-severity=(finding.severity.word()) data-standing=(standing) data-cluster=(words(&finding.identity.cluster)) {
            p {
                (severity_badge(finding.severity)) " "
                span.badge.{ "standing-" (standing) } { (standing) } " "
                (prose(&finding.message))
            }
            p.where {
                code { (words(&phrase::place(&finding.location))) } " "
                (words(&phrase::subject(finding)))
                @if &*finding.identity.cluster != "default" { ", cluster " (words(&finding.identity.cluster)) }
                @if let Some(age) = ages.get(&*finding.fingerprint.to_string()) { ", there for " (words(age)) }
            }
            @if !because.is_empty() {
                p.because { @if verdict.standing == Standing::Expired { "Exception " } (prose(&because)) }
            }
            (evidence(verdict))
            @for related in &finding.related {
                p.where { code { (words(&phrase::place(&related.location))) } " " (prose(&related.message)) }
            }
        }
    }
}

/// The lines of the file, the place at fault marked.
fn evidence(verdict: &Verdict) -> Markup {
    let finding = &verdict.finding;
    let excerpt = Excerpt::new(&finding.location.source, &[(finding.location.span, None)], COLUMNS);
    let mut at = 0;
    let mut lines = Vec::new();
    for line in excerpt.text.split_inclusive('\n') {
        let mark = excerpt.marks.iter().map(|mark| mark.span).find(|span| (at..at + line.len()).contains(&span.start));
        let mark = mark.map_or(0..0, |span| span.start - at..span.end.saturating_sub(at).min(line.len()));
        let part =
            |range: Range<usize>| line.get(range).unwrap_or_default().trim_end_matches('\n').replace('\t', "    ");
        lines.push((part(0..mark.start), part(mark.clone()), part(mark.end..line.len())));
        at += line.len();
    }
    html! {
        pre {
            @for (number, (before, marked, after)) in (excerpt.first..).zip(&lines) {
                span.number { (format!("{number:>5} ")) }
                (before)
                @if !marked.is_empty() { mark { (marked) } }
                (after) "\n"
            }
        }
        @if let Some(member) = &finding.missing { p.where { (prose(&phrase::missing(member))) } }
    }
}

/// The longest line of evidence.
const COLUMNS: usize = 110;

/// The longest name among the choices of a filter.
const OPTION: usize = 60;
