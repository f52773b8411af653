//! Git, read without a git binary: a directory comes in, what git knows of it goes out.
//!
//! Nothing outside the repository has a say: no user or system configuration, no environment variable.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

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
    let Some(top) = root.ancestors().find(|directory| is_top(directory)) else { return Ok(None) };
    let entries = index_paths(top).map_err(|cause| {
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

/// A `.git` directory without a `HEAD` is no repository for git either; a `.git` file always means to be one.
fn is_top(directory: &Path) -> bool {
    let git = directory.join(".git");
    git.is_file() || git.join("HEAD").symlink_metadata().is_ok()
}

fn index_paths(top: &Path) -> io::Result<Vec<Vec<u8>>> {
    let failed = |error: gix::Error| io::Error::other(error.to_string());
    // Trusted in full, because only the list of names is read: in a CI container the checkout often belongs to another user.
    let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
    let repository = gix::open_opts(top, options).map_err(failed)?;
    let Some(index) = repository.try_index().map_err(failed)? else { return Ok(Vec::new()) };
    Ok(index.entries().iter().map(|entry| entry.path(&index).to_vec()).collect())
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

    #[test]
    fn without_git_nothing_is_tracked() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".git")).unwrap();
        assert!(!is_top(directory.path()));
    }
}
