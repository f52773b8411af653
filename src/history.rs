//! Git, read without a git binary: a directory comes in; what git tracks in it goes out, and the files of an earlier commit.
//!
//! Nothing outside the repository has a say: no user or system configuration, no environment variable.

mod commit;
mod tracked;
mod tree;

use std::fmt::Display;
use std::io;
use std::path::Path;

pub use commit::{Commit, head};
pub use tracked::{Tracked, tracked};
pub use tree::{BlobError, Kind, Lost, Tree};

/// The top of the repository that a directory lies in.
fn top(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|directory| is_top(directory))
}

/// A `.git` directory without a `HEAD` is no repository for git either; a `.git` file always means to be one.
fn is_top(directory: &Path) -> bool {
    let git = directory.join(".git");
    git.is_file() || git.join("HEAD").symlink_metadata().is_ok()
}

fn open(top: &Path) -> io::Result<gix::Repository> {
    // Trusted in full, because objects and names are read and nothing is run: in a CI container the checkout often belongs to
    // another user.
    let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
    gix::open_opts(top, options).map_err(failed)
}

fn failed(error: impl Display) -> io::Error {
    io::Error::other(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_nothing_is_tracked() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".git")).unwrap();
        assert!(!is_top(directory.path()));
    }
}
