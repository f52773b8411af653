//! A git repository in a temporary directory, made by the git binary, and the binary under test run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::repo::Repo;
use super::{program, repo};

/// A repository with commits.
pub struct Git {
    pub repo: Repo,
    program: PathBuf,
}

impl Git {
    /// One whose branch `main` has a commit with these files; none where git is not installed.
    pub fn new(files: &[(&str, &str)]) -> Option<Self> {
        let git = Self { repo: Repo::new(files), program: program("git", "--version")? };
        git.run(&["init", "--quiet", "--initial-branch=main"]);
        git.commit("first");
        Some(git)
    }

    /// A directory beside others that git makes: a clone, a work tree.
    pub fn at(&self, folder: &str) -> PathBuf {
        self.repo.path(folder)
    }

    pub fn run(&self, arguments: &[&str]) -> String {
        self.run_in(&self.repo.path(""), arguments)
    }

    pub fn run_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.command(folder, arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let settings =
            ["user.name=t", "user.email=t@example.com", "protocol.file.allow=always", "commit.gpgsign=false"];
        for setting in settings {
            command.args(["-c", setting]);
        }
        command.args(arguments).current_dir(folder);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command.env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z").env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z");
        command
    }

    /// Commits all that is there.
    pub fn commit(&self, message: &str) {
        self.run(&["add", "--all"]);
        self.run(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    /// A branch from here.
    pub fn branch(&self, name: &str) {
        self.run(&["checkout", "--quiet", "-b", name]);
    }

    /// The binary under test in a folder.
    pub fn portcullis(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(arguments).args(["--now", repo::TODAY]).env_clear().current_dir(folder);
        command.output().unwrap()
    }
}
