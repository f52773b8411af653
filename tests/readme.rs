//! The README shows what the command really prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::process::Command;

use support::repo::Repo;
use support::{project, text};

#[test]
fn the_readme_shows_real_output() {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["check", "fixtures/repos/first-look"])
        .current_dir(project())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    shows("README.md", &String::from_utf8(output.stdout).unwrap());
}

#[test]
fn the_guide_shows_real_lines() {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("check")
        .current_dir(project().join("fixtures/repos/own-policies"))
        .env_clear()
        .output()
        .unwrap();
    shows("docs/guide/lines.md", &String::from_utf8(output.stdout).unwrap());
}

fn shows(page: &str, printed: &str) {
    let page_text = text(&project().join(page));
    let shown = page_text.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    for block in shown.split("\n\n") {
        assert!(printed.contains(block.trim_end()), "{page} shows\n{block}\nbut the command prints\n{printed}");
    }
}

#[test]
fn the_guide_of_benchmarks_shows_real_output() {
    shows_commands("docs/guide/benchmarks.md", "bench-control-plane");
}

#[test]
fn the_guide_shows_what_one_line_cannot() {
    shows_commands("docs/guide/lines.md", "own-places");
}

/// Blocks of a guide that begin with a command show what it prints, with `...` for what is left out.
fn shows_commands(guide: &str, story: &str) {
    let guide = text(&project().join(guide));
    let blocks: Vec<&str> = guide.split("```text\n$ portcullis ").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let (command, shown) = block.split("```").next().unwrap().split_once('\n').unwrap();
        let repo = Repo::story(story);
        let printed = repo.run(&command.split_whitespace().collect::<Vec<_>>()).out;
        for part in shown.split("...\n") {
            assert!(printed.contains(part), "the guide shows\n{part}\nbut `{command}` prints\n{printed}");
        }
    }
}
