//! The files of a commit, in memory: names are listed at once, bytes are read when they are asked for. Nothing is written to
//! a disk, so that no name can lead anywhere.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use gix::objs::tree::EntryKind;

use super::tracked::left_out;
use super::{failed, open};
use crate::error::Error;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
}

/// Where a path leads that ends at no file and no directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Nowhere.
    Nowhere,
    /// Out of the root.
    Outside,
}

/// Why a file of a commit cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobError {
    /// It has more bytes than were asked for.
    TooLarge,
    /// There is no file of this name.
    NotAFile,
    /// Git fails to read it; [`Tree::trouble`] says why.
    Trouble,
}

/// The files of a commit below one directory. Paths are relative to that.
pub struct Tree {
    root: PathBuf,
    directories: BTreeMap<PathBuf, BTreeMap<OsString, Entry>>,
    /// The repository, and the ones of its submodules that are checked out.
    repositories: Vec<gix::ThreadSafeRepository>,
    trouble: OnceLock<String>,
}

#[derive(Clone, Copy)]
struct Entry {
    kind: Kind,
    id: gix::ObjectId,
    repository: usize,
}

/// A tree with so many files was made to fill the memory: ten objects can stand for billions of names.
const MOST_FILES: usize = 1_000_000;

/// No system takes longer paths.
const LONGEST_PATH: usize = 4096;

/// As often a system follows links in one path.
const MOST_LINKS: usize = 40;

impl Tree {
    /// The files of a commit of the repository at `top`, as far as they lie below `root`.
    pub(super) fn new(top: &Path, id: gix::ObjectId, root: &Path) -> Result<Self, Error> {
        let mut tree = Self {
            root: root.to_owned(),
            directories: BTreeMap::from([(PathBuf::new(), BTreeMap::new())]),
            repositories: Vec::new(),
            trouble: OnceLock::new(),
        };
        let mut waiting = vec![(top.to_owned(), id)];
        while let Some((top, id)) = waiting.pop() {
            let repository = open(&top).map_err(|cause| Error::io("open the repository", &top, cause))?;
            let Ok(files) = repository
                .find_commit(id)
                .map_err(failed)
                .and_then(|commit| Ok(commit.tree_id().map_err(failed)?.detach()))
            else {
                return Err(missing(&top, root, id));
            };
            let submodules = tree.list(&repository, &top, files).and_then(|submodules| {
                tree.leave_out(&top, &left_out(&repository)?);
                Ok(submodules)
            });
            waiting.extend(submodules.map_err(|cause| damaged(&top, &cause.to_string()))?);
            tree.repositories.push(repository.into_sync());
        }
        Ok(tree)
    }

    /// What lies in a directory, by name.
    pub fn entries(&self, directory: &Path) -> impl Iterator<Item = (&OsStr, Kind)> {
        self.directories.get(directory).into_iter().flatten().map(|(name, entry)| (name.as_os_str(), entry.kind))
    }

    /// What stands at a path; a link is not followed.
    pub fn kind(&self, path: &Path) -> Option<Kind> {
        if path.as_os_str().is_empty() { Some(Kind::Directory) } else { self.entry(path).map(|entry| entry.kind) }
    }

    /// The files of this name, wherever they lie.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
        let has = move |names: &BTreeMap<OsString, Entry>| names.contains_key(OsStr::new(name));
        self.directories.iter().filter(move |(_, names)| has(names)).map(move |(directory, _)| directory.join(name))
    }

    /// Where a link points to, as it is written.
    pub fn link(&self, path: &Path) -> Option<PathBuf> {
        let entry = self.entry(path).filter(|entry| entry.kind == Kind::Link)?;
        Some(native(&self.blob(entry, LONGEST_PATH as u64).ok()?))
    }

    /// Where a path leads when every link in it is followed.
    pub fn follow(&self, path: &Path) -> Result<(PathBuf, Kind), Lost> {
        let mut real = self.root.clone();
        let mut waiting = parts(path);
        let (mut kind, mut links) = (Kind::Directory, 0);
        while let Some(part) = waiting.pop() {
            if part == ".." {
                real.pop();
                kind = Kind::Directory;
                continue;
            }
            real.push(&part);
            let Ok(inside) = real.strip_prefix(&self.root) else {
                if self.root.starts_with(&real) { continue } else { return Err(Lost::Outside) }
            };
            kind = self.kind(inside).ok_or(Lost::Nowhere)?;
            if kind == Kind::Link {
                let target = self.link(inside).filter(|_| links < MOST_LINKS).ok_or(Lost::Nowhere)?;
                links += 1;
                if target.is_absolute() {
                    real = PathBuf::from("/")
                } else {
                    real.pop();
                }
                waiting.extend(parts(&target));
            }
        }
        let inside = real.strip_prefix(&self.root).map_err(|_| Lost::Outside)?;
        Ok((inside.to_owned(), kind))
    }

    /// The bytes of a file, if it has no more than `limit`.
    pub fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, BlobError> {
        let entry = self.entry(path).filter(|entry| entry.kind == Kind::File);
        self.blob(entry.ok_or(BlobError::NotAFile)?, limit)
    }

    /// Whether these are the bytes of a file; a checkout may have other line ends.
    pub fn is_same(&self, path: &Path, bytes: &[u8]) -> bool {
        let Some(entry) = self.entry(path).filter(|entry| entry.kind == Kind::File) else { return false };
        let is = |bytes: &[u8]| {
            let id = gix::objs::compute_hash(entry.id.kind(), gix::objs::Kind::Blob, bytes);
            id.is_ok_and(|id| id == entry.id)
        };
        is(bytes) || bytes.windows(2).any(|pair| pair == b"\r\n") && is(&without_returns(bytes))
    }

    /// Why git could not read a file that the commit names, if that has happened.
    pub fn trouble(&self) -> Option<Error> {
        self.trouble.get().map(|why| damaged(&self.root, why))
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        self.directories.get(path.parent()?)?.get(path.file_name()?).copied()
    }

    fn blob(&self, entry: Entry, limit: u64) -> Result<Vec<u8>, BlobError> {
        let Some(repository) = self.repositories.get(entry.repository) else { return Err(BlobError::Trouble) };
        let repository = repository.to_thread_local();
        let trouble = |error: &dyn fmt::Display| {
            // The first one is as good as any.
            let _ = self.trouble.set(error.to_string());
            BlobError::Trouble
        };
        // The size is known before anything is unpacked.
        let header = repository.find_header(entry.id).map_err(|error| trouble(&error))?;
        if header.size() > limit {
            return Err(BlobError::TooLarge);
        }
        let mut blob = repository.find_blob(entry.id).map_err(|error| trouble(&error))?;
        Ok(blob.take_data())
    }

    /// Lists the files of a git tree; the submodules in it that are checked out go out.
    fn list(
        &mut self,
        repository: &gix::Repository,
        top: &Path,
        id: gix::ObjectId,
    ) -> io::Result<Vec<(PathBuf, gix::ObjectId)>> {
        let mut submodules = Vec::new();
        let mut waiting = vec![(top.to_owned(), id)];
        let mut number = 0;
        while let Some((directory, id)) = waiting.pop() {
            let tree = repository.find_tree(id).map_err(failed)?;
            for entry in tree.iter() {
                let entry = entry.map_err(failed)?;
                let path = directory.join(native(entry.filename()));
                if is_odd(entry.filename()) || path.as_os_str().len() > LONGEST_PATH {
                    continue;
                }
                number += 1;
                if number > MOST_FILES {
                    return Err(failed(format!("it has more than {MOST_FILES} files")));
                }
                let id = entry.object_id();
                let kind = match entry.mode().kind() {
                    EntryKind::Tree if path.starts_with(&self.root) || self.root.starts_with(&path) => {
                        waiting.push((path.clone(), id));
                        Kind::Directory
                    }
                    EntryKind::Commit if path.join(".git").symlink_metadata().is_ok() => {
                        submodules.push((path.clone(), id));
                        Kind::Directory
                    }
                    EntryKind::Tree | EntryKind::Commit => continue,
                    EntryKind::Blob | EntryKind::BlobExecutable => Kind::File,
                    EntryKind::Link => Kind::Link,
                };
                self.add(&path, Entry { kind, id, repository: self.repositories.len() });
            }
        }
        submodules.retain(|(path, _)| path.starts_with(&self.root));
        Ok(submodules)
    }

    fn add(&mut self, absolute: &Path, entry: Entry) {
        let Ok(path) = absolute.strip_prefix(&self.root) else { return };
        if let (Some(directory), Some(name)) = (path.parent(), path.file_name()) {
            self.directories.entry(directory.to_owned()).or_default().insert(name.to_owned(), entry);
        }
    }

    /// Takes out what is not in the work tree either.
    fn leave_out(&mut self, top: &Path, paths: &[Vec<u8>]) {
        for path in paths {
            let path = top.join(native(path.strip_suffix(b"/").unwrap_or(path)));
            let Ok(path) = path.strip_prefix(&self.root) else { continue };
            if let (Some(directory), Some(name)) = (path.parent(), path.file_name()) {
                self.directories.get_mut(directory).and_then(|names| names.remove(name));
            }
        }
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tree").field("root", &self.root).finish_non_exhaustive()
    }
}

/// The parts of a path that mean something, the last one first.
fn parts(path: &Path) -> Vec<OsString> {
    let means = |part: &Component| matches!(part, Component::Normal(_) | Component::ParentDir);
    let mut parts: Vec<_> = path.components().filter(means).map(|part| part.as_os_str().to_owned()).collect();
    parts.reverse();
    parts
}

/// A name that git itself refuses to check out.
fn is_odd(name: &[u8]) -> bool {
    name.is_empty()
        || name == b"."
        || name == b".."
        || name.eq_ignore_ascii_case(b".git")
        || name.contains(&b'/')
        || name.contains(&0)
}

#[cfg(unix)]
fn native(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(name).into()
}

#[cfg(not(unix))]
fn native(name: &[u8]) -> PathBuf {
    String::from_utf8_lossy(name).into_owned().into()
}

fn without_returns(bytes: &[u8]) -> Vec<u8> {
    let next = bytes.iter().skip(1).map(Some).chain([None]);
    let kept = bytes.iter().zip(next).filter(|(byte, next)| (**byte, *next) != (b'\r', Some(&b'\n')));
    kept.map(|(&byte, _)| byte).collect()
}

fn missing(top: &Path, root: &Path, id: gix::ObjectId) -> Error {
    let shown = top.strip_prefix(root).unwrap_or(top).display();
    let error = Error::usage(format!("commit {} of the submodule `{shown}` is not here", id.to_hex_with_len(7)));
    error.help(format!("fetch it: `git -C {shown} fetch origin {id}`, or `git submodule deinit {shown}` leaves it out"))
}

fn damaged(top: &Path, why: &str) -> Error {
    Error::io("read the files of the base in", top, failed(why))
        .help("a clone made with `--filter` lacks them: clone without; else `git fsck` shows what is wrong")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_git_refuses_are_odd() {
        for name in ["", ".", "..", ".git", ".GIT", "a/b", "a\0"] {
            assert!(is_odd(name.as_bytes()), "{name:?}");
        }
        assert!(!is_odd(b".gitignore"));
    }

    #[test]
    fn a_return_goes_with_its_line_end_alone() {
        assert_eq!(without_returns(b"a\r\nb\rc\r\n\r"), b"a\nb\rc\n\r");
    }
}
