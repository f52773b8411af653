//! The first screen: the decision, the scores, what was found.

use maud::{Markup, html};

use crate::model::{Report, Score, Severity};

use super::words;
use crate::report::phrase;

pub fn overview(report: &Report) -> Markup {
    let is_of_cluster = |score: &&Score| score.cluster.is_some() && score.benchmark.is_none();
    // The score of the only cluster is the score of the run.
    let clusters = report.scores.iter().filter(is_of_cluster).count();
    let shown = report.scores.iter().filter(|score| score.section.is_none());
    let shown = shown.filter(|score| clusters > 1 || !is_of_cluster(score));
    html! {
        section aria-labelledby="overview" {
            h2 #overview { "Overview" }
            @if !report.reasons.is_empty() {
                p { "The gate is shut because of:" }
                ul { @for reason in &report.reasons { li { (words(&phrase::reason(reason))) } } }
            }
            div.tiles {
                @for score in shown { (tile(score)) }
            }
            dl.counts {
                @for severity in Severity::ALL {
                    @let number = news(report, severity);
                    div { dt { (severity_badge(severity)) } dd { (number) } }
                }
            }
            p {
                "Findings that are news, by severity. "
                @let settled = phrase::settled(report);
                @let change = phrase::change(report);
                @if !change.is_empty() { "The change " (words(&change)) ". " }
                @if !settled.is_empty() { "Settled: " (settled) ". " }
                "Controls " (phrase::controls(report)) "."
            }
        }
    }
}

/// The severity as a coloured word.
pub fn severity_badge(severity: Severity) -> Markup {
    html! { span.badge.{ "severity-" (severity.word()) } { (severity.word()) } }
}

fn news(report: &Report, severity: Severity) -> usize {
    let news = report.verdicts.iter().filter(|verdict| phrase::is_news(verdict));
    news.filter(|verdict| verdict.finding.severity == severity).count()
}

/// One score as a ring, with its numbers in words.
fn tile(score: &Score) -> Markup {
    let cluster = score.cluster.as_deref().filter(|name| score.benchmark.is_none() || *name != "default");
    let parts: Vec<&str> = score.benchmark.as_deref().into_iter().chain(cluster).collect();
    let name = if parts.is_empty() { "score".to_owned() } else { parts.join(", ") };
    let counted = if score.benchmark.is_some() { "checks" } else { "controls" };
    html! {
        figure.score {
            @match score.percent() {
                Some(percent) => (ring(percent)),
                None => p.nothing { "–" },
            }
            figcaption {
                strong { (words(&name)) }
                br;
                @if score.judged == 0 { "none of its " (counted) " was judged" } @else { (score.passed) " of " (score.judged) " " (counted) " passed" }
            }
        }
    }
}

/// A circle of circumference 100, so that the dash is the percentage.
fn ring(percent: f64) -> Markup {
    let shown = format!("{percent:.1} %");
    html! {
        svg viewBox="0 0 42 42" width="112" height="112" role="img" aria-label=(shown) {
            circle.track cx="21" cy="21" r="15.9155" {}
            circle.reached cx="21" cy="21" r="15.9155" stroke-dasharray={ (format!("{percent:.2}")) " 100" } transform="rotate(-90 21 21)" {}
            text x="21" y="23.2" text-anchor="middle" { (shown) }
        }
    }
}
