//! The scores behind the first screen: by section of each benchmark, and by requirement of each framework.

use maud::{Markup, html};

use crate::model::{Compliance, Framework, Report, RequirementResult, Score};

use super::{table, words};
use crate::report::phrase;

pub fn sections(report: &Report) -> Markup {
    let sections: Vec<&Score> = report.scores.iter().filter(|score| score.section.is_some()).collect();
    html! {
        @if !sections.is_empty() {
            section aria-labelledby="sections" {
                h2 #sections { "Sections of the benchmarks" }
                (table("Scores by section", &["Section", "About", "Checks passed", "Score"], html! {
                    @for score in sections {
                        tr {
                            td { (words(&place(score))) }
                            td { (words(title(report, score))) }
                            (share(score.passed, score.judged))
                        }
                    }
                }))
            }
        }
    }
}

pub fn frameworks(report: &Report) -> Markup {
    html! {
        @if !report.compliance.is_empty() {
            section aria-labelledby="frameworks" {
                h2 #frameworks { "Frameworks" }
                p {
                    "Configuration is evidence for a part of each framework; what people do, and what no file shows, is not in these numbers. "
                    "Counted are controls, of a benchmark its checks, without those whose findings are all accepted."
                }
                @for one in &report.compliance { (framework(one)) }
            }
        }
    }
}

fn framework(one: &Compliance) -> Markup {
    let score = phrase::percent(one.passed, one.judged).unwrap_or_else(|| "nothing judged".to_owned());
    let counted = if one.framework == Framework::CIS { "Section" } else { "Requirement" };
    html! {
        details.framework {
            summary {
                strong { (words(&one.framework)) } " " (score) " "
                span.number { (one.passed) " of " (one.judged) @if &*one.cluster != "default" { ", cluster " (words(&one.cluster)) } }
            }
            p {
                (words(&one.title)) ". "
                @if let Some(link) = one.link.as_ref().filter(|link| link.starts_with("https://")) {
                    a href=(words(link)) rel="noreferrer noopener" { (words(link)) }
                }
            }
            (table("Scores by requirement", &[counted, "About", "Passed", "Score"], html! {
                @for one in &one.requirements { (requirement(one)) }
            }))
        }
    }
}

fn requirement(one: &RequirementResult) -> Markup {
    html! { tr { td { (words(&one.id)) } td { (words(&one.text)) } (share(one.passed, one.judged)) } }
}

/// A bar beside its number, so that nothing is said by length alone.
fn share(passed: usize, judged: usize) -> Markup {
    html! {
        @match phrase::percent(passed, judged) {
            Some(percent) => {
                td { (passed) " of " (judged) }
                td { meter min="0" max=(judged) value=(passed) aria-label=(percent) {} " " (percent) }
            }
            None => { td { "none judged" } td { "–" } }
        }
    }
}

fn place(score: &Score) -> String {
    let section = score.section.as_deref().unwrap_or_default();
    let benchmark = score.benchmark.as_deref().unwrap_or_default();
    match score.cluster.as_deref() {
        Some("default") | None => format!("{benchmark} {section}"),
        Some(cluster) => format!("{benchmark} {section}, cluster {cluster}"),
    }
}

fn title<'a>(report: &'a Report, score: &Score) -> &'a str {
    let own = report.assessments.iter().find(|one| Some(&*one.assignment.cluster) == score.cluster.as_deref());
    own.zip(score.section.as_deref()).map_or("", |(assessment, section)| assessment.title(section))
}
