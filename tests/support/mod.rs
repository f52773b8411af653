//! What several tests share.

// Clippy takes functions marked as tests for tests, and no others; each test binary uses a part.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

pub mod act;
pub mod canned;
pub mod count;
pub mod repo;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::pipeline::{Options, Progress, Run, run};

/// The root of the project.
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the oracles and benches; says that the test is skipped where it is absent.
pub fn shared(part: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("PORTCULLIS_SHARED").map_or_else(|| project().join("../shared"), PathBuf::from).join(part);
    if !folder.exists() {
        eprintln!("skipped: {} is not here (set PORTCULLIS_SHARED to the folder that holds it)", part);
        return None;
    }
    Some(folder)
}

/// An outside program; says that the test is skipped where it is absent, and fails instead where CI must have it.
pub fn program(name: &str, argument: &str) -> Option<PathBuf> {
    let go = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("go/bin").join(name));
    let found = [Some(PathBuf::from(name)), go]
        .into_iter()
        .flatten()
        .find(|path| Command::new(path).arg(argument).output().is_ok());
    if found.is_none() {
        assert!(std::env::var_os("PORTCULLIS_REQUIRE_CLIENTS").is_none(), "{name} must be installed here");
        eprintln!("skipped: {name} is not installed (.ci/run installs it)");
    }
    found
}

/// A program that `.ci/clients` installs; says that the test is skipped where it is absent, and fails instead where CI must
/// have it.
pub fn client(path: &str) -> Option<PathBuf> {
    let program = project().join("target/clients").join(path);
    if program.exists() {
        return Some(program);
    }
    assert!(std::env::var_os("PORTCULLIS_REQUIRE_CLIENTS").is_none(), "{path} must be installed here");
    eprintln!("skipped: {path} is not installed (.ci/clients installs it)");
    None
}

/// Makes `top` a repository whose index has these paths.
pub fn track(top: &Path, paths: &[&str]) {
    use gix::index::entry::{Flags, Mode, Stat};
    let repository = gix::init(top).unwrap();
    let mut state = gix::index::State::new(gix::hash::Kind::Sha1);
    let mut paths = paths.to_vec();
    paths.sort_unstable();
    for path in paths {
        let id = gix::ObjectId::null(gix::hash::Kind::Sha1);
        state.dangerously_push_entry(Stat::default(), id, Flags::empty(), Mode::FILE, path.as_bytes().into());
    }
    let mut index = gix::index::File::from_state(state, repository.index_path());
    index.write(gix::index::write::Options::default()).unwrap();
}

/// Nobody is told.
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _: usize) {}
    fn advance(&self) {}
    fn finish(&self) {}
}

/// Judges paths with all controls.
pub fn check_all(targets: &[&Path]) -> Run {
    check(&Options {
        targets: targets.iter().map(|path| path.to_path_buf()).collect(),
        profile: Some("all".to_owned()),
        ..Options::default()
    })
}

/// Judges what the options name.
pub fn check(options: &Options) -> Run {
    run(options, &Silent).unwrap_or_else(|error| panic!("{error:?}"))
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Compares a text with the file of that path in the repository; `UPDATE=1 cargo test` rewrites the file instead.
pub fn assert_golden(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        return;
    }
    let golden = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    if golden != text {
        let diff = similar::TextDiff::from_lines(golden.as_str(), text);
        panic!("{path} is not what it was; UPDATE=1 rewrites it\n{}", diff.unified_diff().header("golden", "now"));
    }
}
