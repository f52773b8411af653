//! What the index says: which files belong to the repository, and which of them are left out of the work tree.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::{failed, open, top};
use crate::error::Error;

/// The paths that git tracks, relative to one directory.
#[derive(Debug, Default)]
pub struct Tracked(BTreeSet<Vec<u8>>);

impl Tracked {
    /// The paths, with `/` between the parts.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|path| std::str::from_utf8(path).ok())
    }

    /// Whether git tracks this file (or, as a submodule, this directory).
    pub fn has(&self, path: &Path) -> bool {
        self.0.contains(&*git_path(path))
    }

    /// Whether git tracks anything in this directory, or the directory itself as a submodule.
    pub fn holds(&self, directory: &Path) -> bool {
        let inside = [&git_path(directory), &b"/"[..]].concat();
        self.has(directory) || self.0.range(inside.clone()..).next().is_some_and(|path| path.starts_with(&inside))
    }
}

/// What git tracks below `root`, an absolute path without symbolic links; `None` outside of any repository.
///
/// The repository is the one that `root` lies in, also when its top is further up.
pub fn tracked(root: &Path) -> Result<Option<Tracked>, Error> {
    let Some(top) = top(root) else { return Ok(None) };
    let entries = open(top).and_then(|repository| paths(&repository, |_| true)).map_err(|cause| {
        Error::io("read the git index of", top, cause)
            .help("`git status` in that directory shows what is wrong with it")
    })?;
    let inside = git_path(root.strip_prefix(top).unwrap_or(Path::new(""))).into_owned();
    let below = |path: Vec<u8>| match inside.as_slice() {
        b"" => Some(path),
        inside => path.strip_prefix(inside)?.strip_prefix(b"/").map(<[u8]>::to_vec),
    };
    Ok(Some(Tracked(entries.into_iter().filter_map(below).collect())))
}

/// The paths that a sparse checkout leaves out of the work tree; a directory that it leaves out as a whole ends in `/`.
pub fn left_out(repository: &gix::Repository) -> io::Result<Vec<Vec<u8>>> {
    paths(repository, |entry| entry.flags.contains(gix::index::entry::Flags::SKIP_WORKTREE))
}

fn paths(repository: &gix::Repository, wanted: impl Fn(&gix::index::Entry) -> bool) -> io::Result<Vec<Vec<u8>>> {
    let Some(index) = repository.try_index().map_err(failed)? else { return Ok(Vec::new()) };
    let entries = index.entries().iter().filter(|entry| wanted(entry));
    Ok(entries.map(|entry| entry.path(&index).to_vec()).collect())
}

/// A relative path as git writes it: bytes, with `/` between the parts.
fn git_path(path: &Path) -> Cow<'_, [u8]> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if std::path::MAIN_SEPARATOR == '/' {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(bytes.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_holds_what_is_below_it() {
        let paths = ["a/b.yaml", "a-b/c.yaml", "sub"];
        let tracked = Tracked(paths.iter().map(|path| path.as_bytes().to_vec()).collect());
        assert!(tracked.has(Path::new("a/b.yaml")));
        assert!(!tracked.has(Path::new("a")));
        for (directory, expected) in [("a", true), ("a-b", true), ("sub", true), ("su", false), ("a/b", false)] {
            assert_eq!(tracked.holds(Path::new(directory)), expected, "{directory}");
        }
    }
}
