//! The commit that a change is compared with: a name comes in, the merge base of it and HEAD goes out.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Tree, failed, open, top};
use crate::error::Error;

/// A commit of the repository that a directory lies in.
#[derive(Debug, Clone)]
pub struct Commit {
    name: String,
    id: gix::ObjectId,
    top: PathBuf,
}

/// The commit that is checked out where a directory lies, in hexadecimal digits; none outside of a repository, and where nothing is
/// committed.
pub fn head(directory: &Path) -> Option<String> {
    let repository = open(top(directory)?).ok()?;
    Some(repository.head_id().ok()?.to_hex().to_string())
}

/// `origin/main (1a2b3c4)`.
impl fmt::Display for Commit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.name, self.id.to_hex_with_len(7))
    }
}

impl Commit {
    /// Where the change that is checked out has begun: the merge base of HEAD and a branch, tag or commit.
    ///
    /// # Errors
    /// Outside of a repository, for a name that says nothing here, and where the history in between is not there.
    pub fn before(directory: &Path, name: &str) -> Result<Self, Error> {
        let Some(top) = top(directory) else {
            let error = Error::usage(format!("there is no git repository to look `{name}` up in"));
            return Err(error.help("run it in a clone; what is downloaded without its history has no base"));
        };
        let read = |what: &'static str| {
            move |cause| Error::io(what, top, cause).help("`git fsck` in that directory shows what is wrong with it")
        };
        let repository = open(top).map_err(read("open the repository"))?;
        let head = repository.head_id().map_err(|_| {
            Error::usage("nothing is committed here yet, so there is nothing to compare with").help("commit first")
        })?;
        let Some(named) = commit(&repository, name) else { return Err(unknown(&repository, name)) };
        let base = merge_base(&repository, head.detach(), named).map_err(read("read the history of"))?;
        let base = base.ok_or_else(|| no_base(&repository, name))?;
        Ok(Self { name: name.to_owned(), id: base, top: top.to_owned() })
    }

    /// The name that was asked for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The commit, in hexadecimal digits.
    pub fn id(&self) -> String {
        self.id.to_hex().to_string()
    }

    /// The top of its repository.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Its files below a directory of the work tree.
    ///
    /// # Errors
    /// For a repository that lacks objects.
    pub fn tree(&self, root: &Path) -> Result<Tree, Error> {
        Tree::new(&self.top, self.id, root)
    }
}

fn commit(repository: &gix::Repository, name: &str) -> Option<gix::ObjectId> {
    let object = repository.rev_parse_single(name).ok()?.object().ok()?;
    Some(object.peel_to_commit().ok()?.id)
}

/// The merge base, unless the clone is too shallow to be sure of it.
fn merge_base(
    repository: &gix::Repository,
    head: gix::ObjectId,
    named: gix::ObjectId,
) -> std::io::Result<Option<gix::ObjectId>> {
    let shallow = repository.shallow_commits().map_err(failed)?;
    let base = match repository.merge_base(head, named) {
        Ok(base) => base.map(gix::Id::detach),
        Err(_) if shallow.is_some() => None,
        Err(error) => return Err(failed(error)),
    };
    let (Some(base), Some(shallow)) = (base, shallow) else { return Ok(base) };
    // Of a commit and one of its ancestors the ancestor is the base, whatever lies further back.
    if base == named || base == head {
        return Ok(Some(base));
    }
    // Otherwise a later base may hide where the history is cut off on the way.
    let between = repository.rev_walk([head, named]).with_hidden([base]).all().map_err(failed)?;
    for commit in between {
        if commit.map_or(true, |commit| shallow.binary_search(&commit.id).is_ok()) {
            return Ok(None);
        }
    }
    Ok(Some(base))
}

fn unknown(repository: &gix::Repository, name: &str) -> Error {
    let error = Error::usage(format!("`{name}` is no branch, tag or commit here"));
    let remotes = repository.remote_names();
    let tracking = remotes.iter().map(|remote| format!("{remote}/{name}"));
    if let Some(tracking) = tracking.into_iter().find(|tracking| commit(repository, tracking).is_some()) {
        return error.help(format!("did you mean `{tracking}`?"));
    }
    let split = name.split_once('/').filter(|(remote, _)| remotes.iter().any(|known| *known == **remote));
    let (remote, branch) = split.unwrap_or(("origin", name));
    error.help(format!("fetch it first: `git fetch {remote} {branch}`, or `fetch-depth: 0` for actions/checkout"))
}

fn no_base(repository: &gix::Repository, name: &str) -> Error {
    if repository.is_shallow().unwrap_or(false) {
        let error = Error::usage(format!("this clone is too shallow to tell where HEAD and `{name}` part"));
        return error.help("fetch the history: `fetch-depth: 0` for actions/checkout, else `git fetch --unshallow`");
    }
    Error::usage(format!("HEAD and `{name}` have no commit in common")).help("name the branch that this one began on")
}
