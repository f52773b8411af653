//! Ignore files: a directory comes in, the rules that hold for what lies in it go out.
//!
//! Only files below the root count: no global git ignore file, no `.git/info/exclude`, nothing above the root.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::Plan;
use super::files::Files;
use crate::error::Error;
use crate::history::{self, Tracked};
use crate::model::Source;

/// The ignore file of this program: it leaves out files that git tracks, too, and what it leaves out is listed.
pub(super) const OURS: &str = ".portcullisignore";

/// Larger ignore files are refused: they are compiled to one automaton.
pub(super) const MAX_IGNORE_FILE: u64 = 64 * 1024;

/// What the rules say of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ruling {
    /// Nothing is against it.
    Free,
    /// Left out on purpose; the reason goes to the ledger.
    LeftOut(&'static str),
    /// Named by an ignore file that only counts for what git does not track.
    Ignored,
}

/// All rules below a root; those of a directory are read once.
#[derive(Debug)]
pub(super) struct RuleBook<'a> {
    root: &'a Path,
    files: &'a Files,
    plan: &'a Plan,
    gate: Files,
    known: Mutex<HashMap<PathBuf, Arc<Rules>>>,
}

/// The rules for what lies in one directory.
#[derive(Debug, Default, Clone)]
pub(super) struct Rules {
    ours: Vec<Arc<Gitignore>>,
    plain: Vec<Arc<Gitignore>>,
    git: Vec<Arc<Gitignore>>,
    repository: Option<Arc<Repository>>,
}

/// What git tracks, and where the paths begin.
#[derive(Debug)]
struct Repository {
    base: PathBuf,
    tracked: Tracked,
}

impl<'a> RuleBook<'a> {
    /// The rules below `root`, of which git's hold for these files.
    pub(super) fn new(root: &'a Path, files: &'a Files, plan: &'a Plan) -> Self {
        let gate = plan.gate.clone().unwrap_or_else(|| Files::Directory(root.to_owned()));
        Self { root, files, plan, gate, known: Mutex::default() }
    }

    /// The rules for what lies in a directory, given relative to the root.
    pub(super) fn of(&self, directory: &Path) -> Result<Arc<Rules>, Error> {
        let known = |path: &Path| self.known.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        let mut missing = Vec::new();
        let mut rules = Arc::new(Rules::default());
        for ancestor in directory.ancestors() {
            if let Some(found) = known(ancestor) {
                rules = found;
                break;
            }
            missing.push(ancestor);
        }
        for ancestor in missing.into_iter().rev() {
            rules = self.extend(rules, ancestor)?;
            let mut book = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            book.insert(ancestor.to_owned(), Arc::clone(&rules));
        }
        Ok(rules)
    }

    /// What the rules of its directory say of a path.
    pub(super) fn ruling(&self, rules: &Rules, path: &Path, is_directory: bool) -> Ruling {
        if self.plan.exclude.is_match(path) {
            return Ruling::LeftOut("left out by the configuration");
        }
        let absolute = self.root.join(path);
        match verdict(&rules.ours, &absolute, is_directory) {
            Some(true) => return Ruling::LeftOut("named by .portcullisignore"),
            Some(false) => return Ruling::Free,
            None => {}
        }
        let ignored = verdict(&rules.plain, &absolute, is_directory).or(verdict(&rules.git, &absolute, is_directory));
        if ignored == Some(true) { Ruling::Ignored } else { Ruling::Free }
    }

    /// The outermost part of a path that is left out on purpose, with the reason.
    pub(super) fn left_out(&self, path: &Path, is_directory: bool) -> Result<Option<(PathBuf, &'static str)>, Error> {
        let mut parts: Vec<&Path> = path.ancestors().filter(|part| part.parent().is_some()).collect();
        parts.reverse();
        for part in parts {
            let rules = self.of(part.parent().unwrap_or(Path::new("")))?;
            if let Ruling::LeftOut(reason) = self.ruling(&rules, part, is_directory || part != path) {
                return Ok(Some((part.to_owned(), reason)));
            }
        }
        Ok(None)
    }

    /// The rules of the directory above and what this one adds.
    fn extend(&self, above: Arc<Rules>, directory: &Path) -> Result<Arc<Rules>, Error> {
        let is_root = directory.as_os_str().is_empty();
        let has_git = !self.files.is_commit() && self.root.join(directory).join(".git").symlink_metadata().is_ok();
        let asks = (is_root && !self.files.is_commit()) || has_git;
        let tracked = if asks { history::tracked(&self.root.join(directory))? } else { None };
        let ours = self.read(&self.gate, directory, OURS)?;
        // What a commit has is tracked, whatever git's own ignore files say.
        let others = [".ignore", ".gitignore"].map(|name| match self.files.is_commit() {
            true => Ok(None),
            false => self.read(self.files, directory, name),
        });
        let [plain, git] = others;
        let (plain, git) = (plain?, git?);
        if tracked.is_none() && ours.is_none() && plain.is_none() && git.is_none() {
            return Ok(above);
        }
        let mut rules = Rules::clone(&above);
        if let Some(tracked) = tracked {
            // A repository in a repository is a world of its own for git.
            rules.git.clear();
            rules.repository = Some(Arc::new(Repository { base: directory.to_owned(), tracked }));
        }
        rules.ours.extend(ours);
        rules.plain.extend(plain);
        rules.git.extend(git);
        Ok(Arc::new(rules))
    }

    /// An ignore file as git reads it: a link is not followed, a pattern that makes no sense is passed over. A mistake in
    /// our own ignore file is an error, for it would leave something out or in against its author's will.
    fn read(&self, files: &Files, directory: &Path, name: &str) -> Result<Option<Arc<Gitignore>>, Error> {
        let path = directory.join(name);
        if !files.has(&path) {
            return Ok(None);
        }
        let bytes = match files.read(&path, MAX_IGNORE_FILE) {
            Ok(bytes) => bytes,
            Err(error) if name == OURS => return Err(Error::usage(format!("{} {error}", path.display()))),
            Err(_) => return Ok(None),
        };
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut builder = GitignoreBuilder::new(self.root.join(directory));
        for (number, line) in (1..).zip(text.lines()) {
            if let (Err(error), true) = (builder.add_line(None, line), name == OURS) {
                let source = Source::new(super::name::shown(&path), text);
                let span = source.line_span(number).unwrap_or_default();
                return Err(Error::at(&source, span, format!("not a pattern of an ignore file: {error}"), "here"));
            }
        }
        match builder.build() {
            Ok(rules) => Ok((!rules.is_empty()).then(|| Arc::new(rules))),
            Err(error) if name == OURS => Err(Error::usage(format!("{}: {error}", path.display()))),
            Err(_) => Ok(None),
        }
    }
}

impl Rules {
    /// Whether git tells here which files belong to the repository.
    pub(super) fn knows_tracked(&self) -> bool {
        self.repository.is_some()
    }

    /// Whether git tracks this file.
    pub(super) fn tracks(&self, path: &Path) -> bool {
        self.ask(path, Tracked::has)
    }

    /// Whether git tracks something in this directory.
    pub(super) fn tracks_below(&self, directory: &Path) -> bool {
        self.ask(directory, Tracked::holds)
    }

    fn ask(&self, path: &Path, question: impl Fn(&Tracked, &Path) -> bool) -> bool {
        self.repository.as_deref().is_some_and(|repository| {
            path.strip_prefix(&repository.base).is_ok_and(|path| question(&repository.tracked, path))
        })
    }
}

/// The last word of a pile of ignore files, the innermost first: `true` for a pattern, `false` for a `!pattern`.
fn verdict(pile: &[Arc<Gitignore>], absolute: &Path, is_directory: bool) -> Option<bool> {
    pile.iter().rev().find_map(|file| match file.matched(absolute, is_directory) {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    })
}
