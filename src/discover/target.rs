//! Targets: what the user names comes in; the root of the run and the places to begin at go out.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::Target;
use crate::error::{Error, nearest};

/// The file that marks the root of a run where there is no git.
const CONFIG: &str = "portcullis.yaml";

/// A place to begin at. Paths are absolute, and real up to the last part of a file.
#[derive(Debug)]
pub(super) enum Start {
    /// A directory and what is below it.
    Directory(PathBuf),
    /// A file, whatever its name.
    File(PathBuf),
    /// What matches below a directory.
    Glob(PathBuf, Pattern),
    /// Standard input, judged as this file, which need not exist.
    Stdin(PathBuf),
}

/// A glob as the user typed it, and its part behind the directory to begin at.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) typed: PathBuf,
    pub(super) matcher: GlobMatcher,
    /// How many directories deep a match can lie; `None` with a `**`.
    pub(super) depth: Option<usize>,
}

/// Finds out what the targets are.
pub(super) fn resolve(cwd: &Path, targets: &[Target]) -> Result<Vec<Start>, Error> {
    let cwd = &real(cwd)?;
    if targets.is_empty() {
        return Ok(vec![Start::Directory(cwd.clone())]);
    }
    let resolve = |target: &Target| match target {
        Target::Stdin(name) => Ok(Start::Stdin(real_as_far_as_it_exists(&cwd.join(name)))),
        Target::Path(typed) => resolve_path(cwd, typed),
    };
    targets.iter().map(resolve).collect()
}

/// The root: the nearest directory above all places that git or a configuration marks, else the nearest above all.
///
/// It follows from the places, not from how they were typed, so `.` and an absolute path give the same reports.
pub(super) fn root(common: &Path, is_file: &dyn Fn(&Path) -> bool) -> PathBuf {
    let marked = |directory: &&Path| is_there(&directory.join(".git")) || is_file(&directory.join(CONFIG));
    common.ancestors().find(marked).unwrap_or(common).to_owned()
}

/// Whether anything stands at a path.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The nearest directory above all places.
pub(super) fn common(starts: &[Start]) -> PathBuf {
    let anchors = starts.iter().map(|start| match start {
        Start::Directory(path) | Start::Glob(path, _) => path.as_path(),
        Start::File(path) | Start::Stdin(path) => path.ancestors().skip(1).find(|above| above.is_dir()).unwrap_or(path),
    });
    anchors.map(Path::to_owned).reduce(|left, right| common_ancestor(&left, &right)).unwrap_or_default()
}

fn resolve_path(cwd: &Path, typed: &Path) -> Result<Start, Error> {
    let path = cwd.join(typed);
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(Start::Directory(real(&path)?)),
        Ok(metadata) if metadata.is_file() => match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => Ok(Start::File(real(parent)?.join(name))),
            _ => Err(missing(cwd, typed)),
        },
        Ok(_) => Err(Error::usage(format!("`{}` is neither a file nor a directory", typed.display()))
            .help("to judge what a program prints, pipe it in and name `-` as the path")),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("read", typed, error)),
        Err(_) if path.symlink_metadata().is_ok() => {
            Err(Error::usage(format!("`{}` is a symbolic link that leads nowhere", typed.display())))
        }
        Err(_) if typed.iter().any(is_pattern) => resolve_glob(cwd, typed),
        Err(_) => Err(missing(cwd, typed)),
    }
}

fn resolve_glob(cwd: &Path, typed: &Path) -> Result<Start, Error> {
    let plain: PathBuf = typed.iter().take_while(|part| !is_pattern(part)).collect();
    let parts: Vec<_> = typed.iter().skip_while(|part| !is_pattern(part)).map(OsStr::to_string_lossy).collect();
    let base = cwd.join(&plain);
    if !base.is_dir() {
        return Err(missing(cwd, &plain));
    }
    let depth = (!parts.iter().any(|part| part.contains("**"))).then_some(parts.len());
    let glob = GlobBuilder::new(&parts.join("/")).literal_separator(true).build();
    let glob = glob.map_err(|error| Error::usage(format!("`{}` is no glob: {}", typed.display(), error.kind())))?;
    let pattern = Pattern { typed: typed.to_owned(), matcher: glob.compile_matcher(), depth };
    Ok(Start::Glob(real(&base)?, pattern))
}

fn is_pattern(part: &OsStr) -> bool {
    part.as_encoded_bytes().iter().any(|byte| b"*?[{".contains(byte))
}

/// The first part of the path that does not exist, with the nearest name that does.
fn missing(cwd: &Path, typed: &Path) -> Error {
    let error = Error::usage(format!("there is no file or directory `{}`", typed.display()));
    let mut known = PathBuf::new();
    for part in typed {
        let next = known.join(part);
        if cwd.join(&next).symlink_metadata().is_err() {
            let entries = std::fs::read_dir(cwd.join(&known)).into_iter().flatten().flatten();
            let names: BTreeSet<String> =
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            let near = nearest(&part.to_string_lossy(), names.iter().map(String::as_str));
            return match near {
                Some(near) => error.help(format!("did you mean `{}`?", known.join(near).display())),
                None => error,
            };
        }
        known = next;
    }
    error
}

fn real(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|cause| Error::io("read", path, cause))
}

/// Real up to the first part that does not exist; the rest as it is written.
fn real_as_far_as_it_exists(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => {
                result.push(other);
                // The last part is the file itself, which keeps its name even if it is a link.
                if result.is_dir() {
                    result = result.canonicalize().unwrap_or(result);
                }
            }
        }
    }
    result
}

fn common_ancestor(left: &Path, right: &Path) -> PathBuf {
    left.components().zip(right.components()).take_while(|(left, right)| left == right).map(|(part, _)| part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_what_the_targets_have_in_common() {
        let table = [("/a/b/c", "/a/b/d", "/a/b"), ("/a/b", "/a/b/c", "/a/b"), ("/a/bc", "/a/bd", "/a")];
        for (left, right, expected) in table {
            assert_eq!(common_ancestor(Path::new(left), Path::new(right)), Path::new(expected));
        }
    }

    #[test]
    fn a_missing_path_has_a_suggestion() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("deploy/manifests")).unwrap();
        let error = resolve_path(directory.path(), Path::new("deploy/manifets/a.yaml")).unwrap_err();
        let Error::Usage { message, help } = error else { panic!("{error:?}") };
        assert_eq!(message, "there is no file or directory `deploy/manifets/a.yaml`");
        assert_eq!(help.unwrap(), "did you mean `deploy/manifests`?");
    }
}
