//! Where a run reads: the directory that its root is, or the same directory in an earlier commit. Paths are relative to the root.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::read::{ReadError, read_file};
use crate::history::{BlobError, Kind, Lost, Tree};

/// The files of a run.
#[derive(Debug, Clone)]
pub enum Files {
    /// What lies in a directory.
    Directory(PathBuf),
    /// What lay there in a commit.
    Commit(Arc<Tree>),
}

impl Files {
    /// What lies in a directory, by name: what each is, none for what is neither file nor directory nor link.
    pub(super) fn list(&self, directory: &Path) -> io::Result<Vec<(OsString, Option<Kind>)>> {
        let root = match self {
            Self::Directory(root) => root,
            Self::Commit(tree) => {
                return Ok(tree.entries(directory).map(|(name, kind)| (name.to_owned(), Some(kind))).collect());
            }
        };
        let entries = fs::read_dir(root.join(directory)).and_then(Iterator::collect::<io::Result<Vec<_>>>)?;
        let known = |entry: &fs::DirEntry| Some((entry.file_name(), kind(entry.file_type().ok()?)));
        let mut entries: Vec<_> = entries.iter().filter_map(known).collect();
        // The order decides which of several errors is shown.
        entries.sort();
        Ok(entries)
    }

    /// What stands at a path; a link is not followed.
    pub(super) fn kind(&self, path: &Path) -> Option<Kind> {
        match self {
            Self::Directory(root) => kind(root.join(path).symlink_metadata().ok()?.file_type()),
            Self::Commit(tree) => tree.kind(path),
        }
    }

    /// Where a link points to, as it is written.
    pub(super) fn link(&self, path: &Path) -> Option<PathBuf> {
        match self {
            Self::Directory(root) => fs::read_link(root.join(path)).ok(),
            Self::Commit(tree) => tree.link(path),
        }
    }

    /// Where a path leads when every link in it is followed.
    pub(super) fn follow(&self, path: &Path) -> Result<(PathBuf, Option<Kind>), Lost> {
        match self {
            Self::Directory(root) => {
                let real = root.join(path).canonicalize().map_err(|_| Lost::Nowhere)?;
                let inside = real.strip_prefix(root).map_err(|_| Lost::Outside)?;
                let metadata = real.symlink_metadata().map_err(|_| Lost::Nowhere)?;
                Ok((inside.to_owned(), kind(metadata.file_type())))
            }
            Self::Commit(tree) => tree.follow(path).map(|(path, kind)| (path, Some(kind))),
        }
    }

    /// The bytes of a regular file; no link is followed.
    pub fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        match self {
            Self::Directory(root) => read_file(root, path, limit),
            Self::Commit(tree) => tree.read(path, limit).map_err(|error| match error {
                BlobError::TooLarge => ReadError::TooLarge(limit),
                BlobError::NotAFile => ReadError::NotAFile,
                BlobError::Trouble => ReadError::Io(io::Error::other("git cannot read it")),
            }),
        }
    }

    /// Whether anything stands at a path, be it a pipe.
    pub(super) fn has(&self, path: &Path) -> bool {
        match self {
            Self::Directory(root) => root.join(path).symlink_metadata().is_ok(),
            Self::Commit(tree) => tree.kind(path).is_some(),
        }
    }

    /// Whether all that lies here is tracked by git.
    pub(super) fn is_commit(&self) -> bool {
        matches!(self, Self::Commit(_))
    }
}

fn kind(file_type: fs::FileType) -> Option<Kind> {
    let kinds = [
        (file_type.is_symlink(), Kind::Link),
        (file_type.is_dir(), Kind::Directory),
        (file_type.is_file(), Kind::File),
    ];
    kinds.into_iter().find(|(is, _)| *is).map(|(_, kind)| kind)
}
