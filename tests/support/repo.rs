//! A repository in a temporary directory, and the binary run in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::project;

/// The day on which tests run.
pub const TODAY: &str = "2026-09-01";

/// A directory of its own, marked as the root of a repository.
pub struct Repo {
    folder: tempfile::TempDir,
}

/// What a run of the binary came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub errors: String,
}

impl Ran {
    /// Whether the errors hold this text, wherever their lines end.
    pub fn says(&self, text: &str) -> bool {
        self.errors.split_whitespace().collect::<Vec<_>>().join(" ").contains(text)
    }
}

impl Repo {
    /// One with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let repo = Self { folder: tempfile::tempdir().unwrap() };
        repo.write("portcullis.yaml", "profile: pss-baseline\n");
        files.iter().for_each(|(path, text)| repo.write(path, text));
        repo
    }

    /// A copy of `fixtures/repos/<name>`.
    pub fn story(name: &str) -> Self {
        let repo = Self { folder: tempfile::tempdir().unwrap() };
        copy(&project().join("fixtures/repos").join(name), repo.folder.path());
        repo
    }

    /// Copies a directory into the repository.
    pub fn copy_in(&self, from: &Path, to: &str) {
        fs::create_dir_all(self.path(to)).unwrap();
        copy(from, &self.path(to));
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn text(&self, path: &str) -> String {
        super::text(&self.path(path))
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// The binary, to be run in the repository on the day of the tests.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(arguments).env_clear().current_dir(self.folder.path());
        if !arguments.contains(&"--now") {
            command.args(["--now", TODAY]);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// `portcullis check`: the exit code and the report.
    pub fn check(&self, arguments: &[&str]) -> (i32, Value) {
        let all: Vec<&str> = ["check", "--format", "json"].iter().chain(arguments).copied().collect();
        let ran = self.run(&all);
        let report = serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:?}"));
        (ran.code, report)
    }
}

/// `file:line control` of the findings of a standing.
pub fn standing(report: &Value, standing: &str) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["standing"] == standing);
    let words = |finding: &Value| {
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        format!("{}:{} {}", text("file"), finding["line"], text("control"))
    };
    findings.map(words).collect()
}

/// `code file:line` of the notices.
pub fn notices(report: &Value) -> BTreeSet<String> {
    let place = |notice: &Value| match notice["file"].as_str() {
        Some(file) => format!("{} {file}:{}", notice["code"].as_str().unwrap(), notice["line"]),
        None => notice["code"].as_str().unwrap().to_owned(),
    };
    report["notices"].as_array().unwrap().iter().map(place).collect()
}

/// The messages of the rules that shut the gate.
pub fn reasons(report: &Value) -> Vec<String> {
    let reasons = report["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["message"].as_str().unwrap().to_owned()).collect()
}

/// `file:line control` of every line that says what it expects.
pub fn expected(folder: &Path) -> BTreeSet<String> {
    let mut expected = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        for (index, line) in super::text(&path).lines().enumerate() {
            if let Some((_, controls)) = line.split_once("# expect: ") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                expected.extend(controls.split(", ").map(|control| format!("{name}:{} {control}", index + 1)));
            }
        }
    }
    expected
}

pub fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
