//! Reading: a candidate comes in, its bytes go out, or the reason why it cannot be read.

use std::fs::File;
use std::io::{self, Read};
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::path::Path;

#[cfg(unix)]
use rustix::fs::OFlags;
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

/// Opens it so that no part of the path is a link, and without waiting for the other end of a pipe.
#[cfg(unix)]
fn open(root: &Path, path: &Path) -> Result<File, ReadError> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::Errno;

    let directory = open(root, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY, Mode::empty());
    let opened =
        directory.and_then(|directory| at_once(&directory, path).unwrap_or_else(|| part_by_part(directory, path)));
    opened.map(File::from).map_err(|errno| match errno {
        Errno::LOOP | Errno::MLINK => ReadError::Link,
        other => ReadError::Io(other.into()),
    })
}

/// How the file itself is opened.
#[cfg(unix)]
const FILE: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// In one call of the system; none before Linux 5.6 and where a sandbox does not know the call.
/// <https://man7.org/linux/man-pages/man2/openat2.2.html>
#[cfg(target_os = "linux")]
fn at_once(directory: &OwnedFd, path: &Path) -> Option<rustix::io::Result<OwnedFd>> {
    use rustix::fs::{Mode, ResolveFlags, openat2};
    use rustix::io::Errno;

    let below = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let opened = openat2(directory, path, FILE, Mode::empty(), below);
    (!matches!(opened, Err(Errno::NOSYS | Errno::PERM))).then_some(opened)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn at_once(_: &OwnedFd, _: &Path) -> Option<rustix::io::Result<OwnedFd>> {
    None
}

/// Each part by itself, so that none is a link, and none leads up or back to the root of the system.
#[cfg(unix)]
fn part_by_part(mut directory: OwnedFd, path: &Path) -> rustix::io::Result<OwnedFd> {
    use std::path::Component;

    use rustix::fs::{Mode, openat};
    use rustix::io::Errno;

    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::DIRECTORY;
    let mut parts = path.components().map(|part| match part {
        Component::Normal(name) => Ok(name),
        _ => Err(Errno::XDEV),
    });
    let last = parts.next_back().unwrap_or(Err(Errno::NOENT))?;
    for part in parts {
        directory = openat(&directory, part?, flags, Mode::empty())?;
    }
    openat(&directory, last, FILE, Mode::empty())
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
        assert!(matches!(read("b/file"), Err(ReadError::Link)));
        for outer in [&root.join("a/file"), Path::new("../a/file")] {
            assert!(read_file(&root.join("a"), outer, 4).is_err());
        }
        let directory = || rustix::fs::open(&root, OFlags::DIRECTORY, rustix::fs::Mode::empty()).unwrap();
        let by_parts = |path: &str| part_by_part(directory(), Path::new(path)).map(|_| ());
        assert_eq!(by_parts("a/file"), Ok(()));
        assert_eq!(by_parts("pipe"), Ok(()));
        assert_eq!(by_parts("link"), Err(rustix::io::Errno::LOOP));
        assert!(by_parts("b/file").is_err());
        for outer in ["/a/file", "../a/file", "a/../a/file"] {
            assert_eq!(by_parts(outer), Err(rustix::io::Errno::XDEV));
        }
    }
}
