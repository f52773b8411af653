//! For reviewers: one page of Markdown, as the summary of a GitHub job or as a comment on a pull request.

mod inline;

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::model::{ControlResult, Finding, Gate, Report, Verdict};

use super::gap::{gaps, notices};
use super::rank::worst_first;
use super::{Format, Style, escape, phrase};
use inline::{code, text};

/// The page, within the limit of where it goes.
pub struct Markdown {
    name: &'static str,
    describe: &'static str,
    marker: &'static str,
    limit: usize,
}

/// The summary of a job. GitHub drops one of more than 1 MiB, older servers one of more than 128 KiB.
pub static SUMMARY: Markdown = Markdown {
    name: "summary",
    describe: "for $GITHUB_STEP_SUMMARY: a page of Markdown",
    marker: "",
    limit: 120 << 10,
};

/// A comment, by whose first line a workflow finds it again. GitHub and GitLab take 65,536 characters or more.
pub static COMMENT: Markdown = Markdown {
    name: "comment",
    describe: "for pull requests: Markdown to post as a comment and update in place",
    marker: "<!-- portcullis -->\n",
    limit: 64_000,
};

impl Format for Markdown {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self) -> &'static str {
        self.describe
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let (shutting, rest): (Vec<_>, Vec<_>) =
            worst_first(report.verdicts.iter().filter(|verdict| phrase::is_news(verdict)))
                .into_iter()
                .partition(|verdict| verdict.shuts);
        let mut page = Page { text: format!("{}{}", self.marker, heading(report)) };
        let (first, others) = shutting.split_at(shutting.len().min(AT_A_GLANCE));
        page.findings(report, first, self.limit / 2);
        if !others.is_empty() {
            let number = phrase::count(others.len(), "more finding");
            page.fold(
                &format!("{number} that {} the gate", if others.len() == 1 { "shuts" } else { "shut" }),
                |page| page.findings(report, others, self.limit / 2),
            );
        }
        page.gate_changes(report, self.limit / 100 * 55);
        page.gaps(report, self.limit / 10 * 6);
        page.remedies(report, shutting.iter().chain(&rest), self.limit / 10 * 7);
        if !rest.is_empty() {
            let number = phrase::count(rest.len(), "finding");
            page.fold(
                &format!("{number} that {} not shut the gate", if rest.len() == 1 { "does" } else { "do" }),
                |page| page.findings(report, &rest, self.limit / 10 * 9),
            );
        }
        page.fixed(report, self.limit / 100 * 93);
        page.notices(report, self.limit / 100 * 95);
        page.footer(report);
        out.write_all(page.text.as_bytes())
    }
}

fn heading(report: &Report) -> String {
    let sign = match (report.gate, report.has_gap() || report.policy_errors > 0) {
        (Gate::Shut, _) => "❌",
        (Gate::Open, true) => "⚠️",
        (Gate::Open, false) => "✅",
    };
    format!("### {sign} portcullis: {}\n", phrase::gate(report))
}

/// A page in the making.
struct Page {
    text: String,
}

impl Page {
    /// A table of the findings until the page is that long, and how many are left out.
    fn findings(&mut self, report: &Report, verdicts: &[&Verdict], limit: usize) {
        self.table("Severity | Finding | Where", verdicts, limit, "finding", |verdict| {
            let finding = &verdict.finding;
            let remark = phrase::remark(verdict).map(|remark| format!("; {remark}")).unwrap_or_default();
            let message = text(&escape::clip(&finding.message, 300));
            let subject = code(&escape::clip(&finding.identity.to_string(), CELL));
            let place = code(&clip_left(&phrase::place(&finding.location)));
            let control = code(&escape::clip(&finding.control, CELL));
            let outside = if phrase::is_outside(report, verdict) { "<br>not in the diff" } else { "" };
            format!("{} | {control}<br>{message}{remark} | {subject}<br>{place}{outside}", finding.severity)
        });
    }

    fn gate_changes(&mut self, report: &Report, limit: usize) {
        self.table("What loosens the gate | Where", &report.gate_changes, limit, "gate change", |change| {
            let message = text(&escape::clip(&change.message, phrase::LONGEST));
            format!("{message} | {}", code(&clip_left(&phrase::place(&change.location))))
        });
    }

    /// What the change has cured.
    fn fixed(&mut self, report: &Report, limit: usize) {
        let fixed: Vec<_> = report.change.iter().flat_map(|change| &change.fixed).collect();
        let row = |finding: &&Finding| {
            let subject = code(&escape::clip(&finding.identity.to_string(), CELL));
            let place = code(&clip_left(&phrase::place(&finding.location)));
            format!("{} {} | {subject}<br>{place}", finding.severity, code(&escape::clip(&finding.control, CELL)))
        };
        if !fixed.is_empty() {
            let title = format!("{} fixed", phrase::count(fixed.len(), "finding"));
            self.fold(&title, |page| page.table("Fixed | Where it was", &fixed, limit, "fixed one", row));
        }
    }

    fn gaps(&mut self, report: &Report, limit: usize) {
        let gaps: Vec<_> = gaps(report).collect();
        self.table("Could not be judged | Why", &gaps, limit, "place", |gap| {
            format!("{} | {}", code(&clip_left(&gap.place())), text(&escape::clip(gap.reason, 300)))
        });
    }

    /// What to do about each control that failed, once.
    fn remedies<'a>(&mut self, report: &Report, verdicts: impl Iterator<Item = &'a &'a Verdict>, limit: usize) {
        let failed: BTreeSet<_> = verdicts.map(|verdict| &*verdict.finding.control).collect();
        let results = report.controls.iter().filter(|result| failed.contains(&*result.control.id));
        let results: Vec<_> = results.collect();
        let row = |result: &&ControlResult| {
            let benchmarks = text(&escape::clip(&phrase::benchmarks(&result.benchmarks), CELL));
            let benchmarks = if benchmarks.is_empty() { benchmarks } else { format!("<br>{benchmarks}") };
            let remedy = escape::clip(&phrase::first_paragraph(&result.control.remediation), 600);
            let title = text(&escape::clip(&result.control.title, CELL));
            format!("{}{benchmarks} | **{title}.** {}", code(&escape::clip(&result.control.id, CELL)), text(&remedy))
        };
        if !results.is_empty() {
            self.fold("What to do", |page| page.table("Control | Remedy", &results, limit, "control", row));
        }
    }

    fn notices(&mut self, report: &Report, limit: usize) {
        let notices: Vec<_> = notices(report).collect();
        self.table("Notice | Where", &notices, limit, "notice", |notice| {
            let place = notice.location.as_ref().map(|location| code(&clip_left(&phrase::place(location))));
            let help = notice.help.as_deref().map(|help| format!(": {}", text(&escape::clip(help, 300))));
            let message = text(&escape::clip(&notice.message, phrase::LONGEST));
            format!("{message}{} | {}", help.unwrap_or_default(), place.unwrap_or_default())
        });
    }

    fn footer(&mut self, report: &Report) {
        let settled = phrase::settled(report);
        if !settled.is_empty() {
            self.text.push_str(&format!("\nNot shown: {settled}.\n"));
        }
        let change = phrase::change(report);
        if !change.is_empty() {
            self.text.push_str(&format!("\nThe change {}.\n", text(&change)));
        }
        for (name, scores) in phrase::benchmark_scores(report) {
            self.text.push_str(&format!("\n**{}**, {}\n", text(&name), text(&escape::clip(&scores, 600))));
        }
        let (coverage, controls) = (phrase::coverage(report), phrase::controls(report));
        self.text.push_str(&format!("\n<sub>{coverage} · controls {controls}</sub>\n"));
    }

    fn table<T>(&mut self, head: &str, items: &[T], limit: usize, noun: &str, row: impl Fn(&T) -> String) {
        if items.is_empty() {
            return;
        }
        let rule = head.split('|').map(|_| "---").collect::<Vec<_>>().join("|");
        self.text.push_str(&format!("\n| {head} |\n|{rule}|\n"));
        let mut left = items.len();
        for row in items.iter().map(row) {
            if self.text.len() + row.len() > limit {
                break;
            }
            self.text.push_str(&format!("| {row} |\n"));
            left -= 1;
        }
        if left > 0 {
            let more = phrase::count(left, &format!("more {noun}"));
            self.text.push_str(&format!("\nLeft out for want of room: {more}.\n"));
        }
    }

    fn fold(&mut self, title: &str, fill: impl FnOnce(&mut Self)) {
        self.text.push_str(&format!("\n<details><summary>{title}</summary>\n"));
        fill(self);
        self.text.push_str("\n</details>\n");
    }
}

/// How many findings are shown without a click.
const AT_A_GLANCE: usize = 20;

/// The most characters of a name.
const CELL: usize = 150;

/// The end of a path tells more than its beginning.
fn clip_left(text: &str) -> String {
    let surplus = text.chars().count().saturating_sub(CELL);
    let tail: String = text.chars().skip(surplus).collect();
    let shown = escape::line(&tail).into_owned();
    if surplus > 0 { format!("…{shown}") } else { shown }
}
