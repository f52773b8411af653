//! What other programs say: beside the control that it is about, and all of it in a table of its own.

use maud::{Markup, html};

use crate::model::{Report, Statement};

use super::{prose, table, words};
use crate::report::phrase;

pub fn evidence(report: &Report) -> Markup {
    html! {
        @if !report.evidence.is_empty() {
            section aria-labelledby="evidence" {
                h2 #evidence { "Evidence from elsewhere" }
                p { "What other programs say of running machines and clusters. It stands beside the verdicts on the files and changes none of them, nor a score." }
                ul { @for line in phrase::evidence(report) { li { (words(&line)) } } }
                details {
                    summary { (phrase::count(report.evidence.len(), "statement")) }
                    (table("Statements of other programs", &["Said by", "Statement", "About", "Time", "Source"], html! {
                        @for one in report.evidence.iter().take(MOST) { (row(one)) }
                    }))
                    @if report.evidence.len() > MOST { p { "and " (report.evidence.len() - MOST) " more; the JSON report has them all" } }
                }
            }
        }
    }
}

/// How many statements the page has; runtime alerts may be without number.
const MOST: usize = 1_000;
/// How many stand beside a control.
const BESIDE: usize = 20;

fn row(one: &Statement) -> Markup {
    html! {
        tr {
            td { (one.witness.name()) " " code { (words(&one.rule)) } }
            td { (said(one)) }
            td {
                @for control in &one.controls { code { (words(control)) } " " }
                @if one.controls.is_empty() { "no control" }
                @if !one.frameworks.is_empty() { br; (words(&phrase::benchmarks(&one.frameworks))) }
            }
            td { (words(&one.time)) }
            td { code { (words(&phrase::place(&one.place))) } }
        }
    }
}

/// What is said of a control.
pub fn beside(report: &Report, control: &str) -> Markup {
    let own: Vec<_> = report.evidence.iter().filter(|one| one.controls.iter().any(|id| id == control)).collect();
    html! {
        @if !own.is_empty() {
            h3 { "What others say" }
            ul.evidence {
                @for one in own.iter().take(BESIDE) {
                    li {
                        (one.witness.name()) " " code { (words(&one.rule)) } ": " (said(one)) " "
                        span.where {
                            @if !one.time.is_empty() { (words(&one.time)) ", " }
                            code { (words(&phrase::place(&one.place))) }
                        }
                    }
                }
                @if own.len() > BESIDE { li { "and " (own.len() - BESIDE) " more" } }
            }
        }
    }
}

fn said(one: &Statement) -> Markup {
    html! {
        span.badge.{ "word-" (one.word.word()) } { (one.word.word()) } " "
        (prose(&one.message))
        @if !one.subject.is_empty() { " (" (words(&one.subject)) ")" }
        @if one.times > 1 { ", " (one.times) " times" }
    }
}
