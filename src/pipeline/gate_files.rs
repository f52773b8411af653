//! The one place where the gate's own files are read: from the work tree, or from the commit whose word counts instead.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::history::{BlobError, Commit, Kind, Lost, Tree};
use crate::model::Source;
use crate::parse;

/// The files of one side of a change. Paths are absolute and shown relative to the root of the run.
pub struct GateFiles {
    root: PathBuf,
    commit: Option<(Commit, Tree)>,
}

impl GateFiles {
    /// The files as they lie there.
    pub fn here(root: &Path) -> Self {
        Self { root: root.to_owned(), commit: None }
    }

    /// The files of a commit; what lies outside of its repository is read where it is, for no change can touch it.
    ///
    /// # Errors
    /// Where git cannot list them.
    pub fn of(commit: &Commit) -> Result<Self, Error> {
        Ok(Self { root: commit.top().to_owned(), commit: Some((commit.clone(), commit.tree(commit.top())?)) })
    }

    /// The same files with their paths shown relative to another root.
    pub fn below(self, root: &Path) -> Self {
        Self { root: root.to_owned(), ..self }
    }

    /// Whether anything stands at a path, if only to say that it cannot be read.
    pub fn has(&self, path: &Path) -> bool {
        match self.in_commit(path) {
            Some((_, tree, inside)) => tree.kind(&inside).is_some(),
            None => path.symlink_metadata().is_ok(),
        }
    }

    /// Whether there is a regular file.
    pub fn has_file(&self, path: &Path) -> bool {
        match self.in_commit(path) {
            Some((_, tree, inside)) => tree.follow(&inside).is_ok_and(|(_, kind)| kind == Kind::File),
            None => path.is_file(),
        }
    }

    /// Whether there is a directory.
    pub fn has_directory(&self, path: &Path) -> bool {
        match self.in_commit(path) {
            Some((_, tree, inside)) => tree.follow(&inside).is_ok_and(|(_, kind)| kind == Kind::Directory),
            None => path.is_dir(),
        }
    }

    /// What lies in a directory.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let Some((_, tree, inside)) = self.in_commit(path) else {
            return std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect();
        };
        let (real, _) = tree.follow(&inside).map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(tree.entries(&real).map(|(name, _)| path.join(name)).collect())
    }

    /// The path without links.
    ///
    /// # Errors
    /// For one that leads nowhere and, in a commit, out of the repository.
    pub fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let Some((commit, tree, inside)) = self.in_commit(path) else { return path.canonicalize() };
        match tree.follow(&inside) {
            Ok((real, _)) => Ok(commit.top().join(real)),
            Err(Lost::Nowhere) => Err(io::ErrorKind::NotFound.into()),
            Err(Lost::Outside) => Err(io::Error::other("it is a link that leads out of the repository")),
        }
    }

    /// Whether a path stays below the root: the repository under test may hold links that lead anywhere.
    ///
    /// # Errors
    /// For one that does not.
    pub fn stays_inside(&self, path: &Path) -> Result<(), Error> {
        let there = self.real(path).or_else(|_| self.real(path.parent().unwrap_or(&self.root)));
        if there.is_ok_and(|there| !there.starts_with(&self.root)) {
            let shown = path.strip_prefix(&self.root).unwrap_or(path).display();
            let error = Error::usage(format!("{shown} is a link that leads out of the repository"));
            return Err(error.help("`--baseline` and `--exceptions` name files outside of the repository"));
        }
        Ok(())
    }

    /// Reads a file that the user wrote for portcullis.
    ///
    /// # Errors
    /// For what is no file, too large or no text.
    pub fn read(&self, path: &Path) -> Result<Arc<Source>, Error> {
        let shown = path.strip_prefix(&self.root).unwrap_or(path);
        let bytes = match self.in_commit(path) {
            Some((commit, tree, inside)) => blob(tree, &inside).map_err(|cause| {
                let error = tree.trouble().unwrap_or_else(|| Error::io("read", shown, cause));
                error.help(format!("it is read from {commit}, whose word counts"))
            })?,
            None => bytes(path).map_err(|cause| Error::io("read", shown, cause))?,
        };
        let shown = shown.to_string_lossy().replace('\\', "/");
        let text = parse::decode(bytes)
            .map_err(|why| Error::usage(format!("{shown}: {} (byte {})", why.message, why.offset)))?;
        Ok(Arc::new(Source::new(shown, text)))
    }

    /// The path relative to the top of the repository, if the commit decides what is there. It is settled by its words alone:
    /// links of the work tree have no say.
    fn in_commit(&self, path: &Path) -> Option<(&Commit, &Tree, PathBuf)> {
        let (commit, tree) = self.commit.as_ref()?;
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => drop(plain.pop()),
                part => plain.push(part),
            }
        }
        Some((commit, tree, plain.strip_prefix(commit.top()).ok()?.to_owned()))
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // What is no file may never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(parse::MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > parse::MAX_FILE_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn blob(tree: &Tree, path: &Path) -> io::Result<Vec<u8>> {
    let (real, _) = tree.follow(path).map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
    tree.read(&real, parse::MAX_FILE_BYTES).map_err(|error| match error {
        BlobError::TooLarge => io::ErrorKind::FileTooLarge.into(),
        BlobError::NotAFile => io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"),
        BlobError::Trouble => io::Error::other("git cannot read it"),
    })
}
