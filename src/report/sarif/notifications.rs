//! What no result can say in, SARIF's notifications out: what could not be judged, what failed, what was left out.

use crate::model::report::Notice;
use crate::model::{FileStatus, Report};
use crate::report::gap::{gaps, notices};
use crate::report::{escape, phrase};

use super::log::{ArtifactLocation, Descriptor, Location, Notification, PhysicalLocation, Region, Text};
use super::results;

/// Notifications of both kinds. Their descriptors are named and not listed: GitHub wants help texts of listed ones.
pub struct Notifications<'a> {
    /// About the run.
    pub execution: Vec<Notification<'a>>,
    /// About the configuration.
    pub configuration: Vec<Notification<'a>>,
}

/// A notification of one line says how many more there are.
const MOST: usize = 1_000;

/// The notifications of a report, of which so many results are left out for want of room, and so many as settled.
pub fn of(report: &Report, untold: usize, settled: usize) -> Notifications<'_> {
    let mut all = Notifications { execution: vec![], configuration: vec![] };
    if untold > 0 {
        let text = format!("{} left out for want of room, the least severe ones", phrase::count(untold, "result"));
        all.tell("results-left-out", "warning", text, None);
    }
    if settled > 0 {
        let text = format!("{} left out as excepted or ignored", phrase::count(settled, "result"));
        all.tell("results-suppressed", "note", text, None);
    }
    for gap in gaps(report) {
        let region =
            gap.line.map(|line| Region { start_line: line, start_column: None, end_line: None, end_column: None });
        let text = format!("Could not be judged: {}", escape::clip(gap.reason, phrase::LONGEST));
        all.tell(Notice::UNPARSABLE, "error", text, Some(location(gap.file, region)));
    }
    for notice in notices(report) {
        let at = notice.location.as_ref().map(|at| location(at.source.path(), Some(results::region(at))));
        let level = if notice.code == Notice::POLICY_ERROR { "error" } else { "warning" };
        let help = notice.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
        let text = escape::clip(&format!("{}{help}", notice.message), 2 * phrase::LONGEST);
        all.tell(notice.code, level, text, at);
    }
    for change in &report.gate_changes {
        let level = if report.gate_changes_shut() { "error" } else { "warning" };
        let at = location(change.location.source.path(), Some(results::region(&change.location)));
        let text = format!("Gate change: {}", escape::clip(&change.message, phrase::LONGEST));
        all.tell(change.rule, level, text, Some(at));
    }
    if report.change.is_some() {
        all.tell("change", "note", format!("The change {}", phrase::change(report)), None);
    }
    for file in report.coverage.iter().filter(|file| file.status == FileStatus::Template) {
        let text = format!("Not judged: {}", escape::clip(&file.reason, phrase::LONGEST));
        all.tell("template", "note", text, Some(location(&file.file, None)));
    }
    let more = all.execution.len().saturating_sub(MOST);
    if more > 0 {
        all.execution.truncate(MOST);
        all.tell(
            "notifications-left-out",
            "warning",
            format!("{} left out", phrase::count(more, "notification")),
            None,
        );
    }
    all
}

impl<'a> Notifications<'a> {
    fn tell(&mut self, id: &'a str, level: &'static str, text: String, at: Option<Location>) {
        let descriptor = Descriptor { id };
        let message = Text { text: results::plain(&text) };
        let notification = Notification { descriptor, level, message, locations: at.into_iter().collect() };
        match id {
            "unknown-control" => self.configuration.push(notification),
            _ => self.execution.push(notification),
        }
    }
}

fn location(file: &str, region: Option<Region>) -> Location {
    let artifact_location = ArtifactLocation { uri: escape::uri(file) };
    Location { id: None, physical_location: PhysicalLocation { artifact_location, region }, message: None }
}
