//! How it goes: lines over the runs of the history, drawn as they are, and the same numbers as a table.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::model::{Date, Record, Report};

use super::{table, words};
use crate::report::phrase;
use crate::report::trend::{self, Line};

pub fn trend(report: &Report) -> Markup {
    let records = &report.history;
    let today = report.origin.at.map_or(Date::MAX, |at| at.day());
    html! {
        @if let Some(last) = records.last() {
            section aria-labelledby="trend" {
                h2 #trend { "Trend" }
                div.charts {
                    (chart("Checks that fail", records, trend::lines(records).get(..1).unwrap_or_default()))
                    (chart("Scores in percent", records, &trend::scores(records)))
                    (chart("Findings by owner", records, &owned(records)))
                }
                (numbers(records))
                (expiring(last, today))
                (oldest(last, today))
            }
        }
    }
}

/// The owners; the findings that are nobody's would press their lines flat.
fn owned(records: &[Record]) -> Vec<Line> {
    let (nobody, owned): (Vec<Line>, Vec<Line>) =
        trend::owners(records).into_iter().partition(|line| line.name == Record::NOBODY);
    if owned.is_empty() { nobody } else { owned }
}

/// How many lines a chart has; the colours are as many, and each line ends in another mark.
const LINES: usize = 6;
/// The size of a chart, in its own units: what is drawn in, then the room for numbers.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 100.0;

fn chart(title: &str, records: &[Record], lines: &[Line]) -> Markup {
    let shown: Vec<&Line> = lines.iter().filter(|line| line.values.iter().any(Option::is_some)).take(LINES).collect();
    let values = || shown.iter().flat_map(|line| line.values.iter().flatten().copied());
    let top = if shown.iter().any(|line| line.is_percent) { 100.0 } else { values().fold(1.0, f64::max) };
    html! {
        @if !shown.is_empty() {
            figure.chart {
                figcaption { (title) }
                svg viewBox="-34 -8 346 126" role="img" aria-label=(format!("{title}, over {}", phrase::count(records.len(), "run"))) {
                    line.axis x1="0" y1="0" x2=(WIDTH) y2="0" {}
                    line.axis x1="0" y1=(HEIGHT) x2=(WIDTH) y2=(HEIGHT) {}
                    text x="-4" y="3" text-anchor="end" { (format!("{top:.0}")) }
                    text x="-4" y=(HEIGHT + 3.0) text-anchor="end" { "0" }
                    @if let (Some(first), Some(last)) = (records.first(), records.last()) {
                        text x="0" y=(HEIGHT + 15.0) { (first.date.day()) }
                        text x=(WIDTH) y=(HEIGHT + 15.0) text-anchor="end" { (last.date.day()) }
                    }
                    @for (at, line) in shown.iter().enumerate() { (drawn(line, at, records, top)) }
                }
                ul.legend {
                    @for (at, line) in shown.iter().enumerate() {
                        li.{ "line-" (at) } {
                            (words(&line.name))
                            @if let Some(last) = line.values.iter().rev().flatten().next() { " " b { (line.shown(*last)) } }
                        }
                    }
                    @if lines.len() > shown.len() { li { "and " (lines.len() - shown.len()) " more below" } }
                }
            }
        }
    }
}

/// A line through the runs that say the number, in the distances of their times.
#[allow(clippy::cast_precision_loss)] // seconds
fn drawn(line: &Line, number: usize, records: &[Record], top: f64) -> Markup {
    let times: Vec<f64> = records.iter().map(|record| record.date.unix() as f64).collect();
    let (least, most) = times.iter().fold((f64::MAX, f64::MIN), |(least, most), &at| (least.min(at), most.max(at)));
    let x = |at: f64| if most > least { WIDTH * (at - least) / (most - least) } else { WIDTH };
    let points =
        times.iter().zip(&line.values).filter_map(|(&at, value)| Some((x(at), HEIGHT - HEIGHT * (*value)? / top)));
    let points: Vec<(f64, f64)> = points.collect();
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    html! {
        polyline.line.{ "line-" (number) } points=(path.join(" ")) {}
        @if let Some((x, y)) = points.last() { circle.dot.{ "line-" (number) } cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="2.5" {} }
    }
}

/// How many runs, and how many of their numbers, stand in the table.
const RUNS: usize = 100;
const COLUMNS: usize = 40;

fn numbers(records: &[Record]) -> Markup {
    let owners =
        trend::owners(records).into_iter().map(|line| Line { name: format!("findings of {}", line.name), ..line });
    let lines: Vec<Line> = trend::lines(records).into_iter().chain(owners).take(COLUMNS).collect();
    html! {
        details {
            summary { "The numbers of each run" }
            div.scroll tabindex="0" role="region" aria-label="Numbers of each run" {
                table {
                    thead { tr { th scope="col" { "Run" } @for line in &lines { th scope="col" { (words(&line.name)) } } } }
                    tbody {
                        @for (at, record) in records.iter().enumerate().rev().take(RUNS) {
                            tr {
                                td { (record.date) @if let Some(commit) = &record.commit { " " code { (words(commit)) } } }
                                @for line in &lines {
                                    td { @match line.values.get(at).copied().flatten() { Some(value) => (line.shown(value)), None => "–" } }
                                }
                            }
                        }
                    }
                }
            }
            @if records.len() > RUNS { p { "and " (phrase::count(records.len() - RUNS, "earlier run")) } }
        }
    }
}

fn expiring(last: &Record, today: Date) -> Markup {
    let expiring = trend::expiring(last);
    html! {
        @if !expiring.is_empty() {
            h3 { "What expires next" }
            (table("What expires next", &["Review date", "Owner", "Findings"], html! {
                @for ((day, owner), controls) in &expiring {
                    tr {
                        td { (day) ", " (trend::distance(today, *day)) }
                        td { (words(owner)) }
                        td { @for (control, number) in controls { (number) " " code { (words(control)) } " " } }
                    }
                }
            }))
        }
    }
}

/// How long each finding is there, by fingerprint.
pub fn ages(report: &Report) -> BTreeMap<&str, String> {
    let today = report.origin.at.map_or(Date::MAX, |at| at.day());
    let findings = report.history.last().into_iter().flat_map(|record| &record.findings);
    findings.map(|finding| (finding.fingerprint.as_str(), trend::age(today, &finding.first_seen))).collect()
}

/// How many of the oldest findings are listed; the age stands with each finding.
const OLDEST: usize = 20;

fn oldest(last: &Record, today: Date) -> Markup {
    let oldest = trend::oldest(last);
    html! {
        @if !oldest.is_empty() {
            h3 { "The oldest findings" }
            (table("The oldest findings", &["There for", "Finding", "Owner"], html! {
                @for finding in oldest.iter().take(OLDEST) {
                    tr {
                        td { (words(&trend::age(today, &finding.first_seen))) }
                        td { (words(&finding.severity)) " " code { (words(&finding.control)) } " in " (words(&finding.file)) }
                        td { (words(finding.owner())) }
                    }
                }
            }))
            @if oldest.len() > OLDEST { p { "and " (phrase::count(oldest.len() - OLDEST, "younger finding")) } }
        }
    }
}
