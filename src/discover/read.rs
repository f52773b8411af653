//! Reading: a candidate comes in, its bytes go out, or the reason why it cannot be read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use thiserror::Error as ThisError;

use super::Candidate;
use super::files::Files;

/// Why a file was not read, as a phrase for the ledger.
#[derive(Debug, ThisError)]
pub enum ReadError {
    /// Larger than anything that is meant to be read by a person or a cluster.
    #[error("is larger than {} KiB", .0 / 1024)]
    TooLarge(u64),
    /// A pipe, a device, a socket, a directory.
    #[error("is not a regular file")]
    NotAFile,
    /// It was a file or a directory when it was found, and is a link now.
    #[error("became a symbolic link while it was being read")]
    Link,
    /// The system says no.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Reads a candidate, from standard input if that is where it is.
///
/// The path of a candidate has no symbolic link in it. Should one appear after the walk, it is not followed, so that what
/// is read always lies below the root.
pub fn read(files: &Files, candidate: &Candidate, limit: u64) -> Result<Vec<u8>, ReadError> {
    if candidate.stdin {
        return read_all(io::stdin().lock(), 0, limit);
    }
    files.read(&candidate.relative, limit)
}

/// Reads a regular file below `root`, following no link.
pub(super) fn read_file(root: &Path, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = open(root, path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile);
    }
    if metadata.len() > limit {
        return Err(ReadError::TooLarge(limit));
    }
    read_all(file, metadata.len(), limit)
}

/// `expected` is how much there probably is: a text stays in memory as long as its findings.
fn read_all(from: impl Read, expected: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ReadError::TooLarge(limit)) } else { Ok(bytes) }
}

/// Opens part by part, so that no part is a link; without waiting for the other end of a pipe.
#[cfg(unix)]
fn open(root: &Path, path: &Path) -> Result<File, ReadError> {
    use rustix::fs::{Mode, OFlags, open, openat};
    use rustix::io::Errno;

    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let failed = |errno: Errno| match errno {
        Errno::LOOP | Errno::MLINK => ReadError::Link,
        other => ReadError::Io(other.into()),
    };
    let mut directory = open(root, flags | OFlags::DIRECTORY, Mode::empty()).map_err(failed)?;
    if let Some(parent) = path.parent() {
        for part in parent {
            let below = openat(&directory, part, flags | OFlags::DIRECTORY | OFlags::NOFOLLOW, Mode::empty());
            directory = below.map_err(failed)?;
        }
    }
    let name = path.file_name().ok_or(ReadError::NotAFile)?;
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(openat(&directory, name, flags, Mode::empty()).map_err(failed)?.into())
}

#[cfg(not(unix))]
fn open(root: &Path, path: &Path) -> Result<File, ReadError> {
    let absolute = root.join(path);
    if !absolute.canonicalize()?.starts_with(root) {
        return Err(ReadError::Link);
    }
    if !absolute.symlink_metadata()?.is_file() {
        return Err(ReadError::NotAFile);
    }
    Ok(File::open(absolute)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_last_size_that_is_read() {
        assert_eq!(read_all(&b"1234"[..], 4, 4).unwrap(), b"1234");
        assert!(matches!(read_all(&b"12345"[..], 0, 4), Err(ReadError::TooLarge(4))));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_regular_files_are_read_and_no_link_is_followed() {
        use std::os::unix::fs::symlink;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("a/file"), "text").unwrap();
        symlink("a/file", root.join("link")).unwrap();
        symlink("a", root.join("b")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe"), 0o600.into()).unwrap();
        let read = |path: &str| read_file(&root, Path::new(path), 4);
        assert_eq!(read("a/file").unwrap(), b"text");
        assert!(matches!(read_file(&root, Path::new("a/file"), 3), Err(ReadError::TooLarge(3))));
        assert!(matches!(read("link"), Err(ReadError::Link)));
        assert!(matches!(read("pipe"), Err(ReadError::NotAFile)));
        assert!(matches!(read("a"), Err(ReadError::NotAFile)));
        assert!(read("b/file").is_err());
    }
}
