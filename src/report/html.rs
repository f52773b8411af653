//! For owners and auditors: one page that needs neither a server nor the network.
//!
//! Everything that comes from the repository under test is text to the page: the templates escape it, and a policy that names the
//! page's own style and script by their digests lets the browser run nothing else.

mod controls;
mod evidence;
mod overview;
mod scores;
mod trend;

use std::io::{self, Write};

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::model::{Gate, Report};

use super::gap::{gaps, notices};
use super::{Format, Style, escape, phrase};

/// The page.
pub struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn describe(&self) -> &'static str {
        "for owners and auditors: one self-contained page with search and filters"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(page(report).into_string().as_bytes())?;
        writeln!(out)
    }
}

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

fn page(report: &Report) -> Markup {
    let policy = format!("default-src 'none'; style-src {}; script-src {}", digest(STYLE), digest(SCRIPT));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "portcullis report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "portcullis report" }
                    (origin(report))
                    p.gate.shut[report.gate == Gate::Shut] { (words(&phrase::gate(report))) }
                }
                main {
                    (overview::overview(report))
                    (gate_changes(report))
                    (trend::trend(report))
                    (scores::sections(report))
                    (scores::frameworks(report))
                    (controls::controls(report))
                    (evidence::evidence(report))
                    (not_judged(report))
                    (notices_of(report))
                    (files(report))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// When the run was made, and of which commit.
fn origin(report: &Report) -> Markup {
    html! {
        @if let Some(at) = report.origin.at {
            p.where {
                "Judged on " time datetime=(at) { (at) }
                @if let Some(commit) = &report.origin.commit { ", commit " code { (words(commit)) } }
                ", by portcullis " (env!("CARGO_PKG_VERSION")) "."
            }
        }
    }
}

/// How a Content-Security-Policy names an inline element.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text.as_bytes())))
}

/// A text that is shown as it is, on one line, with what hides or turns it made visible.
fn words(text: &str) -> String {
    escape::clip(text, phrase::LONGEST * 4)
}

/// The same, with what stands between backticks as code.
fn prose(text: &str) -> Markup {
    let text = words(text);
    let parts: Vec<_> = text.split('`').collect();
    html! {
        @if parts.len() % 2 == 0 { (text) } @else {
            @for (index, part) in parts.iter().enumerate() {
                @if index % 2 == 0 { (part) } @else { code { (part) } }
            }
        }
    }
}

/// What the change under review does to the gate itself.
fn gate_changes(report: &Report) -> Markup {
    html! {
        @if !report.gate_changes.is_empty() {
            section aria-labelledby="gate-changes" {
                h2 #gate-changes { "What loosens the gate" }
                ul {
                    @for change in &report.gate_changes {
                        li { (prose(&change.message)) " " code { (words(&phrase::place(&change.location))) } }
                    }
                }
            }
        }
    }
}

/// A table that a narrow screen scrolls, and a keyboard too.
fn table(label: &str, heads: &[&str], rows: Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

fn not_judged(report: &Report) -> Markup {
    let gaps: Vec<_> = gaps(report).collect();
    html! {
        @if !gaps.is_empty() {
            section aria-labelledby="gaps" {
                h2 #gaps { "Could not be judged" }
                p { "These places should have been judged and could not be read. Nothing is known of them." }
                (table("Places and reasons", &["Place", "Why"], html! {
                    @for gap in &gaps { tr { td { code { (words(&gap.place())) } } td { (prose(gap.reason)) } } }
                }))
            }
        }
    }
}

fn notices_of(report: &Report) -> Markup {
    let notices: Vec<_> = notices(report).collect();
    html! {
        @if !notices.is_empty() {
            section aria-labelledby="notices" {
                h2 #notices { "Notices" }
                ul {
                    @for notice in &notices {
                        li {
                            (prose(&notice.message))
                            @if let Some(help) = &notice.help { ". " (prose(help)) }
                            @if let Some(location) = &notice.location { " " code { (words(&phrase::place(location))) } }
                        }
                    }
                }
            }
        }
    }
}

/// Every file that was seen, so that the reader can tell what the report speaks of.
fn files(report: &Report) -> Markup {
    html! {
        section aria-labelledby="files" {
            h2 #files { "Files" }
            p { (words(&phrase::coverage(report))) }
            details {
                summary { (phrase::count(report.coverage.len(), "file")) }
                (table("Every file", &["File", "Status", "Why"], html! {
                    @for file in &report.coverage {
                        tr { td { code { (words(&file.file)) } } td { (phrase::file_status(file.status)) } td { (words(&file.reason)) } }
                    }
                }))
            }
        }
    }
}
