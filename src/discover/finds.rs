//! What a walk came upon.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::model::FileStatus;

/// Files, and what was left out, by real path relative to the root.
#[derive(Default)]
pub(super) struct Finds {
    pub(super) files: BTreeMap<PathBuf, Found>,
    pub(super) left_out: BTreeMap<PathBuf, LeftOut>,
    pub(super) links: BTreeMap<PathBuf, String>,
    pub(super) ignore_files: BTreeSet<PathBuf>,
}

/// How a file was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) static_pod: bool,
    pub(super) stdin: bool,
}

/// Why something is not judged.
pub(super) struct LeftOut {
    pub(super) is_directory: bool,
    pub(super) status: FileStatus,
    pub(super) reason: String,
}

impl Finds {
    /// A file. Found in two ways, it counts once and is whatever one of them makes of it.
    pub(super) fn add(&mut self, path: PathBuf, static_pod: bool, stdin: bool) {
        let found = self.files.entry(path).or_default();
        found.static_pod |= static_pod;
        found.stdin |= stdin;
    }

    /// Something that is left out on purpose.
    pub(super) fn skipped(&mut self, path: &Path, is_directory: bool, reason: &str) {
        self.leave_out(path, is_directory, FileStatus::Skipped, reason);
    }

    /// Something that may hold manifests and cannot be read.
    pub(super) fn unreadable(&mut self, path: &Path, is_directory: bool, reason: &str) {
        self.leave_out(path, is_directory, FileStatus::Unparsable, reason);
    }

    /// A link that is not followed: a gap if its name says manifest.
    pub(super) fn lost_link(&mut self, path: &Path, wanted: bool, reason: &str) {
        let status = if wanted { FileStatus::Unparsable } else { FileStatus::Skipped };
        self.leave_out(path, false, status, reason);
    }

    /// Both together.
    pub(super) fn merge(&mut self, other: Self) {
        for (path, found) in other.files {
            self.add(path, found.static_pod, found.stdin);
        }
        self.left_out.extend(other.left_out);
        self.links.extend(other.links);
        self.ignore_files.extend(other.ignore_files);
    }

    fn leave_out(&mut self, path: &Path, is_directory: bool, status: FileStatus, reason: &str) {
        self.left_out.insert(path.to_owned(), LeftOut { is_directory, status, reason: reason.to_owned() });
    }
}
