//! What should have been judged and could not be: the ledger in, one entry for each place out.

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
