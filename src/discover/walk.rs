//! The walk: the places to begin at come in; files and what was left out go out, in no particular order.
//!
//! Level by level, the directories of a level in parallel. Every directory and file has one path, the real one: a symbolic
//! link adds the place it leads to, and what has been seen is not seen again, so that loops end.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Plan;
use super::files::Files;
use super::finds::Finds;
use super::name::{is_node_file, is_read_by_kubelet, is_static_pod_directory, is_wanted};
use super::place::{Directory, Glob, Listing, Place};
use super::rules::{OURS, RuleBook, Rules, Ruling};
use super::target::Start;
use crate::error::Error;
use crate::history::{Kind, Lost};

/// One walk.
pub(super) struct Walk<'a> {
    root: &'a Path,
    files: &'a Files,
    plan: &'a Plan,
    rules: RuleBook<'a>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Path, files: &'a Files, plan: &'a Plan) -> Self {
        Self { root, files, plan, rules: RuleBook::new(root, files, plan) }
    }

    /// Walks from all places; a glob that nothing matches is an error.
    pub(super) fn run(&self, starts: Vec<Start>) -> Result<Finds, Error> {
        let mut first = Listing::default();
        let mut globs = Vec::new();
        for start in starts {
            match start {
                Start::Directory(path) => first.directories.push(self.directory(self.relative(&path))),
                Start::File(path) => self.named_file(self.relative(&path), &mut first)?,
                Start::Stdin(path) if self.files.is_commit() => self.named_file(self.relative(&path), &mut first)?,
                Start::Stdin(path) => {
                    let path = self.relative(&path);
                    let static_pod = self.is_static_pod(&path);
                    first.finds.add(path, static_pod, true);
                }
                Start::Glob(base, pattern) => {
                    let glob = Some((globs.len(), pattern.depth));
                    first.directories.push(Directory { glob, ..self.directory(self.relative(&base)) });
                    globs.push(Glob { base: self.relative(&base), pattern });
                }
            }
        }
        let (finds, matched) = self.levels(first, &globs)?;
        match globs.iter().enumerate().find(|(index, _)| !matched.contains(index)) {
            None => Ok(finds),
            Some(_) if self.files.is_commit() => Ok(finds),
            Some((_, glob)) => Err(Error::usage(format!("no file matches `{}`", glob.pattern.typed.display()))
                .help("a file that an ignore file names counts only if git tracks it")),
        }
    }

    fn levels(&self, first: Listing, globs: &[Glob]) -> Result<(Finds, HashSet<usize>), Error> {
        let mut finds = first.finds;
        let mut level = first.directories;
        let mut seen = HashSet::new();
        let mut matched = HashSet::new();
        while !level.is_empty() {
            level.retain(|directory| seen.insert(directory.clone()));
            let list = |directory| self.list(directory, globs);
            let listings: Vec<Result<Listing, Error>> = match level.as_slice() {
                // For one of them no threads have to be started.
                [directory] => vec![list(directory)],
                level => level.par_iter().map(list).collect(),
            };
            level = Vec::new();
            for listing in listings {
                let listing = listing?;
                finds.merge(listing.finds);
                level.extend(listing.directories);
                matched.extend(listing.matched);
            }
        }
        Ok((finds, matched))
    }

    fn list(&self, directory: &Directory, globs: &[Glob]) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        let entries = match self.files.list(&directory.path) {
            Ok(entries) => entries,
            Err(error) => {
                listing.finds.unreadable(&directory.path, true, &format!("cannot be read: {error}"));
                return Ok(listing);
            }
        };
        let rules = self.rules.of(&directory.path)?;
        let glob = directory.glob.and_then(|(index, _)| globs.get(index));
        let place = Place { directory, rules: &rules, glob };
        if entries.iter().any(|(name, _)| name == OURS) {
            listing.finds.ignore_files.insert(directory.path.join(OURS));
        }
        for (name, kind) in entries.iter().filter(|(name, _)| name != ".git") {
            self.entry(&place, name, *kind, &mut listing)?;
        }
        Ok(listing)
    }

    fn entry(&self, place: &Place, name: &OsStr, kind: Option<Kind>, listing: &mut Listing) -> Result<(), Error> {
        let path = place.directory.path.join(name);
        let is_directory = kind == Some(Kind::Directory);
        let wanted = place.wants(&path);
        let ruling = self.rules.ruling(place.rules, &path, is_directory);
        if let Ruling::LeftOut(reason) = ruling {
            if is_directory || wanted {
                listing.finds.skipped(&path, is_directory, reason);
            }
            return Ok(());
        }
        let ignored = place.directory.ignored || ruling == Ruling::Ignored;
        let counts = if is_directory { Rules::tracks_below } else { Rules::tracks };
        if ignored && !counts(place.rules, &path) {
            // With git, an untracked file that is ignored is no part of the repository. Without, it may be one.
            if !place.rules.knows_tracked() && (is_directory || wanted) {
                listing.finds.skipped(&path, is_directory, "named by an ignore file");
            }
            return Ok(());
        }
        if kind == Some(Kind::Link) {
            return self.link(place, &path, wanted, listing);
        }
        if is_directory {
            place.enter(listing, Directory { ignored, ..self.directory(path) });
        } else if wanted && kind == Some(Kind::File) {
            place.take(listing, path.clone(), place.runs(&path));
        } else if wanted {
            listing.finds.skipped(&path, false, "not a regular file");
        }
        Ok(())
    }

    /// Follows a link that stays inside the root.
    fn link(&self, place: &Place, path: &Path, wanted: bool, listing: &mut Listing) -> Result<(), Error> {
        let target = self.files.link(path).filter(|_| wanted);
        let target = target.and_then(|target| Some(target.to_str()?.to_owned()));
        // Such a link leads to a place on the node: `/dev/null` switches a unit or a drop-in off.
        let is_of_node = is_node_file(path) && target.as_ref().is_some_and(|target| target.starts_with('/'));
        listing.finds.links.extend(target.map(|target| (path.to_owned(), target)));
        let (real, kind) = match self.follow(path) {
            Ok(found) => found,
            Err(_) if is_of_node => {
                listing.finds.skipped(path, false, "a symbolic link of a node, followed there");
                return Ok(());
            }
            Err(reason) => {
                listing.finds.lost_link(path, wanted, reason);
                return Ok(());
            }
        };
        if let Some((part, reason)) = self.rules.left_out(&real, kind == Some(Kind::Directory))? {
            let is_directory = kind == Some(Kind::Directory) || part != real;
            if is_directory || wanted {
                listing.finds.skipped(&part, is_directory, reason);
            }
        } else if kind == Some(Kind::Directory) {
            let named = self.directory(path.to_owned());
            let real = self.directory(real);
            let static_pods = named.static_pods || real.static_pods;
            if place.glob.is_none_or(|glob| glob.matches(path)) {
                place.enter_all(listing, Directory { static_pods, ..real });
            }
        } else if wanted || (place.glob.is_none() && real.file_name().is_some_and(is_wanted)) {
            if kind == Some(Kind::File) {
                let static_pod = place.runs(path) || self.is_static_pod(&real);
                place.take(listing, real, static_pod);
            } else {
                listing.finds.skipped(path, false, "not a regular file");
            }
        }
        Ok(())
    }

    /// A file that the user named is taken whatever its name and whatever an ignore file says.
    fn named_file(&self, path: PathBuf, listing: &mut Listing) -> Result<(), Error> {
        if self.plan.excludes_named
            && let Some((part, reason)) = self.rules.left_out(&path, false)?
        {
            listing.finds.skipped(&part, part != path, reason);
            return Ok(());
        }
        match self.follow(&path) {
            Ok((real, _)) => {
                let static_pod = self.is_static_pod(&path) || self.is_static_pod(&real);
                listing.finds.add(real, static_pod, false);
            }
            Err(reason) => listing.finds.lost_link(&path, true, reason),
        }
        Ok(())
    }

    /// Where a path leads to, or why that is nowhere to go.
    fn follow(&self, path: &Path) -> Result<(PathBuf, Option<Kind>), &'static str> {
        let (real, kind) = self.files.follow(path).map_err(|lost| match lost {
            Lost::Nowhere => "a symbolic link that leads nowhere",
            Lost::Outside => "a symbolic link that leaves the root of the run",
        })?;
        match real != path && real.iter().any(|part| part == ".git") {
            true => Err("a symbolic link into .git"),
            false => Ok((real, kind)),
        }
    }

    fn is_static_pod(&self, path: &Path) -> bool {
        let directory = path.parent().unwrap_or(Path::new(""));
        self.directory(directory.to_owned()).static_pods && path.file_name().is_some_and(is_read_by_kubelet)
    }

    fn directory(&self, path: PathBuf) -> Directory {
        let static_pods = is_static_pod_directory(self.root, &path, &self.plan.static_pods);
        Directory { path, static_pods, ignored: false, glob: None }
    }

    fn relative(&self, absolute: &Path) -> PathBuf {
        absolute.strip_prefix(self.root).unwrap_or(absolute).to_owned()
    }
}
