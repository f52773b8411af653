//! The files of a configuration: the one that is found and the ones that it extends come in, read and in order, the lowest first.
//!
//! The repository under test names files only inside its root. What lies outside of it is read when the command line names it, and
//! such a file may name others below its own directory.

use std::path::{Path, PathBuf};

use super::state::user_file;
use crate::config::{self, Loaded};
use crate::error::Error;
use crate::model::Path as Place;
use crate::parse;

/// How many files a configuration may consist of.
const MOST: usize = 32;

/// The files of a configuration on their way.
pub struct Layers<'a> {
    root: &'a Path,
    /// Directories below which files may be named: the root, and those of the files that the command line names.
    homes: Vec<PathBuf>,
    /// The files that are being read, by their real path.
    open: Vec<PathBuf>,
    /// The files that are part of it already.
    done: Vec<PathBuf>,
    layers: Vec<Loaded>,
}

impl<'a> Layers<'a> {
    /// None yet.
    pub fn new(root: &'a Path) -> Self {
        Self { root, homes: vec![root.to_owned()], open: Vec::new(), done: Vec::new(), layers: Vec::new() }
    }

    /// Puts a file that the command line names on top of the others.
    ///
    /// # Errors
    /// For a file that cannot be read, or extends one that cannot.
    pub fn add_named(&mut self, file: &Path) -> Result<(), Error> {
        let real = file.canonicalize().map_err(|why| Error::io("read", self.shown(file), why))?;
        self.homes.extend(real.parent().map(Path::to_owned));
        self.add(&real)
    }

    /// Puts a file of the repository on top of the others.
    ///
    /// # Errors
    /// As [`Self::add_named`], and for one that leads out of the root.
    pub fn add_found(&mut self, file: &Path) -> Result<(), Error> {
        let real = file.canonicalize().map_err(|why| Error::io("read", self.shown(file), why))?;
        if !real.starts_with(self.root) {
            let error =
                Error::usage(format!("{} is a link that leads out of the repository", self.shown(file).display()));
            return Err(error.help("`--config` names a configuration outside of the repository"));
        }
        self.add(&real)
    }

    /// The files, the lowest first.
    pub fn finish(self) -> Vec<Loaded> {
        self.layers
    }

    fn add(&mut self, file: &Path) -> Result<(), Error> {
        if self.done.iter().any(|done| done == file) {
            return Ok(());
        }
        let source = user_file(file, self.root)?;
        let loaded = config::read(&source, &parse::parse(&source))?;
        self.open.push(file.to_owned());
        let is_list = loaded.value.extends.paths().len() > 1;
        for (index, path) in loaded.value.extends.paths().iter().enumerate() {
            let place = Place::of_keys(&["extends"]);
            let place = if is_list { place.index(index) } else { place };
            let below = self.resolve(file, path, &loaded, &place)?;
            self.add(&below)?;
        }
        self.open.pop();
        self.done.push(file.to_owned());
        self.layers.push(loaded);
        Ok(())
    }

    /// The file that a path of `extends` names.
    fn resolve(&self, file: &Path, path: &str, loaded: &Loaded, place: &Place) -> Result<PathBuf, Error> {
        let fault = |message: String, label: &str, help: &str| {
            Err(loaded.error_at_value(place, message, label).help(help.to_owned()))
        };
        if path.contains("://") {
            let help = "portcullis opens no connection: check the file out, and name its path";
            return fault(format!("`{path}` is no path"), "an address", help);
        }
        let named = file.parent().unwrap_or(self.root).join(path);
        let real = match named.canonicalize() {
            Ok(real) => real,
            Err(why) => {
                let help = "the path is relative to the file that names it";
                return fault(format!("cannot read `{path}`: {why}"), "here", help);
            }
        };
        let may_be_named = self.homes.iter().any(|home| real.starts_with(home)) || self.done.contains(&real);
        if !may_be_named {
            let help = "a file outside of the repository is extended when the command line names it: `--extends FILE`";
            return fault(format!("`{path}` lies outside of the repository"), "not read", help);
        }
        if self.open.contains(&real) {
            let by_way = self.open.iter().skip_while(|open| **open != real).skip(1);
            let by_way: Vec<String> = by_way.map(|open| format!("`{}`", self.shown(open).display())).collect();
            let message = match by_way.as_slice() {
                [] => format!("`{path}` extends itself"),
                files => format!("`{path}` extends itself, by way of {}", files.join(" and ")),
            };
            return fault(message, "closes the circle", "take one of them out");
        }
        if self.open.len() + self.done.len() >= MOST {
            return fault(format!("a configuration has at most {MOST} files"), "one too many", "join some of them");
        }
        Ok(real)
    }

    fn shown<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.root).unwrap_or(path)
    }
}
