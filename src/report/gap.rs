//! What should have been judged and could not be: the ledger in, one entry for each place out.

use std::collections::HashSet;

use crate::model::report::Notice;
use crate::model::{DocumentStatus, FileStatus, Report};

/// A file, or a document of it, that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap<'a> {
    /// The file.
    pub file: &'a str,
    /// The document in it, from 0; none when the whole file cannot be read.
    pub document: Option<usize>,
    /// The line of the error.
    pub line: Option<u32>,
    /// Why, as a phrase.
    pub reason: &'a str,
}

impl Gap<'_> {
    /// `deploy/web.yaml:14`.
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.to_owned(),
        }
    }
}

/// Every gap, in the order of the files.
pub fn gaps(report: &Report) -> impl Iterator<Item = Gap<'_>> {
    report.coverage.iter().filter(|file| file.status == FileStatus::Unparsable).flat_map(|file| {
        let broken = file.documents.iter().filter(|document| document.status == DocumentStatus::Unparsable);
        let mut gaps: Vec<_> = broken
            .map(|document| Gap {
                file: &file.file,
                document: Some(document.document),
                line: Some(document.line),
                reason: &document.reason,
            })
            .collect();
        if gaps.is_empty() {
            gaps.push(Gap { file: &file.file, document: None, line: None, reason: &file.reason });
        }
        gaps
    })
}

/// The notices that say something else.
pub fn notices(report: &Report) -> impl Iterator<Item = &Notice> {
    report.notices.iter().filter(|notice| notice.code != Notice::UNPARSABLE)
}

/// The gaps that no notice shows.
pub fn untold(report: &Report) -> impl Iterator<Item = Gap<'_>> {
    let told = report.notices.iter().filter(|notice| notice.code == Notice::UNPARSABLE);
    let told = told.filter_map(|notice| notice.location.as_ref());
    let told: HashSet<_> = told.map(|at| (&**at.source.path(), Some(at.region().start.line()))).collect();
    gaps(report).filter(move |gap| !told.contains(&(gap.file, gap.line)))
}
