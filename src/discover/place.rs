//! A directory during the walk, and what it adds.

use std::path::{Path, PathBuf};

use super::finds::Finds;
use super::name::{is_read_by_kubelet, is_wanted};
use super::rules::Rules;
use super::target::Pattern;

/// A directory to list.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Directory {
    /// Real and relative to the root.
    pub(super) path: PathBuf,
    /// Whether a kubelet reads it.
    pub(super) static_pods: bool,
    /// Whether an ignore file names it, so that only tracked files count.
    pub(super) ignored: bool,
    /// The position of the glob that decides which files count, and how many more levels it reaches.
    pub(super) glob: Option<(usize, Option<usize>)>,
}

/// A glob and the directory that it starts from, relative to the root.
pub(super) struct Glob {
    pub(super) base: PathBuf,
    pub(super) pattern: Pattern,
}

impl Glob {
    /// Whether a path relative to the root matches.
    pub(super) fn matches(&self, path: &Path) -> bool {
        path.strip_prefix(&self.base).is_ok_and(|path| self.pattern.matcher.is_match(path))
    }
}

/// What a directory adds.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) finds: Finds,
    pub(super) directories: Vec<Directory>,
    pub(super) matched: Vec<usize>,
}

/// A directory with what is needed to judge its entries.
pub(super) struct Place<'a> {
    pub(super) directory: &'a Directory,
    pub(super) rules: &'a Rules,
    pub(super) glob: Option<&'a Glob>,
}

impl Place<'_> {
    /// Whether the name of a file makes it worth a look; in the reach of a glob, whether it matches.
    pub(super) fn wants(&self, path: &Path) -> bool {
        match self.glob {
            Some(glob) => glob.matches(path),
            None => path.file_name().is_some_and(is_wanted) || self.runs(path),
        }
    }

    /// Whether the kubelet runs a file of this name here.
    pub(super) fn runs(&self, path: &Path) -> bool {
        self.directory.static_pods && path.file_name().is_some_and(is_read_by_kubelet)
    }

    /// Takes a file.
    pub(super) fn take(&self, listing: &mut Listing, path: PathBuf, static_pod: bool) {
        listing.finds.add(path, static_pod, false);
        listing.matched.extend(self.directory.glob.map(|(index, _)| index));
    }

    /// Goes into a directory; once a directory matches a glob, everything in it does.
    pub(super) fn enter(&self, listing: &mut Listing, below: Directory) {
        match (self.glob, self.directory.glob) {
            (Some(glob), Some((index, depth))) if !glob.matches(&below.path) => {
                if depth.is_none_or(|depth| depth > 1) {
                    let glob = Some((index, depth.map(|depth| depth - 1)));
                    listing.directories.push(Directory { glob, ..below });
                }
            }
            _ => self.enter_all(listing, below),
        }
    }

    /// Goes into a directory of which everything counts.
    pub(super) fn enter_all(&self, listing: &mut Listing, below: Directory) {
        listing.matched.extend(self.directory.glob.map(|(index, _)| index));
        listing.directories.push(below);
    }
}
