//! A report file: a path in, either the whole report or what was there before out.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// A file to be written.
pub struct Output {
    path: PathBuf,
    sink: Sink,
}

/// Where the bytes go first.
enum Sink {
    /// A file beside the target that takes its name in the end.
    Beside(NamedTempFile),
    /// What is no file cannot be renamed to: `/dev/stderr`, a named pipe.
    Device,
}

impl Output {
    /// Prepares a file, and fails where it could not be written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |cause| explain(path, cause);
        // A link stays a link: what it points to is written.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let sink = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => return Err(fail(io::ErrorKind::IsADirectory.into())),
            Ok(metadata) if !metadata.is_file() => Sink::Device,
            _ => Sink::Beside(beside(&path).map_err(fail)?),
        };
        Ok(Self { path, sink })
    }

    /// Writes it; the file changes only when all is written.
    pub fn write(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
        let Self { path, sink } = self;
        let all = |file: &File| {
            let mut out = BufWriter::new(file);
            write(&mut out).and_then(|()| out.flush())
        };
        let written = match sink {
            Sink::Beside(file) => {
                all(file.as_file()).and_then(|()| file.persist(&path).map_err(io::Error::from)).map(drop)
            }
            Sink::Device => File::options().write(true).open(&path).and_then(|file| all(&file)),
        };
        written.map_err(|cause| explain(&path, cause))
    }
}

fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".portcullis-").suffix(".tmp");
    // A report is no secret: the mode is the one that any program's files get.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn explain(path: &Path, cause: io::Error) -> Error {
    let help = match cause.kind() {
        io::ErrorKind::NotFound => Some("create its directory first"),
        io::ErrorKind::IsADirectory => Some("name a file in it"),
        io::ErrorKind::StorageFull => Some("make room on the disk; the file is as it was before"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some("choose a path you may write to"),
        _ => None,
    };
    let error = Error::io("write", path, cause);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        Output::open(&path).unwrap().write(|out| out.write_all(b"one")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        let full = |out: &mut dyn Write| {
            out.write_all(b"two")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        let error = Output::open(&path).unwrap().write(full).unwrap_err();
        assert!(error.to_string().contains("cannot write"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_missing_directory_is_known_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Output::open(&folder.path().join("none/report.json")).is_err());
        assert!(Output::open(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_a_device_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        Output::open(&link).unwrap().write(|out| out.write_all(b"x")).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "x");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        Output::open(Path::new("/dev/null")).unwrap().write(|out| out.write_all(b"x")).unwrap();
    }
}
