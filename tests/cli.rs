//! The command line from outside: help, generated texts, errors, pipes.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used)]

use std::io::Read;
use std::process::{Command, Output, Stdio};

use portcullis::report::FORMATS;

fn portcullis(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(arguments).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = portcullis(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn help_is_complete_and_fits() {
    for command in
        [&["--help"][..], &["check", "--help"], &["inspect", "--help"], &["man", "-h"], &["completions", "-h"]]
    {
        let (code, help, errors) = run(command);
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{command:?}");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
    let (_, help, _) = run(&["check", "--help"]);
    for format in FORMATS {
        assert!(help.contains(&format!("- {}: ", format.name())), "{help}");
    }
    for text in ["Examples:", "0  the gate is open", "1  the gate is shut", "2  a mistake", "3  something"] {
        assert!(help.contains(text), "{text}");
        assert!(run(&["--help"]).1.contains(text), "{text}");
    }
}

#[test]
fn usage_errors_are_2_and_suggest() {
    let cases: [(&[&str], &str); 9] = [
        (&[], "Usage:"),
        (&["chekc"], "'check'"),
        (&["check", "--formt", "json"], "'--format'"),
        (&["check", "--format", "jsn"], "'json'"),
        (&["check", "--fail-on", "hihg"], "'high'"),
        (&["check", "--output", "jsn=x"], "did you mean `json`?"),
        (&["check", "--output", "json"], "`json=report.json`"),
        (&["check", "--threads", "0"], "0 is not in 1.."),
        (&["man", "chekc"], "did you mean `check`?"),
    ];
    for (arguments, expected) in cases {
        let (code, data, errors) = run(arguments);
        assert_eq!((code, data.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
    }
}

#[test]
fn completions_and_manual_pages_name_the_flags() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script, _) = run(&["completions", shell]);
        assert_eq!(code, Some(0));
        assert!(script.contains("skip-control"), "{shell}");
    }
    assert!(run(&["man"]).1.contains(".TH portcullis 1"));
    let (_, page, _) = run(&["man", "check"]);
    assert!(page.contains(".TH portcullis-check 1") && page.contains("skip\\-control"), "{page}");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let (code, data, errors) = run(&["check", "--allow-empty", "--output", "json=no/such/dir/report.json"]);
    assert_eq!((code, data.as_str()), (Some(2), ""));
    assert!(errors.starts_with("error: cannot write no/such/dir/report.json: "), "{errors}");
    assert!(errors.contains("= help: create its directory first"), "{errors}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = portcullis(&["completions", "bash"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write standard output: No space left"));
    let (code, _, errors) = run(&["check", "--allow-empty", "--output", "json=/dev/full"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("cannot write /dev/full: No space left"), "{errors}");
}

#[test]
fn a_reader_who_goes_is_no_error() {
    let mut child = portcullis(&["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(0), ""));
}

#[test]
fn errors_are_painted_when_asked_and_only_then() {
    let arguments = ["check", "--output", "json=no/such/dir/report.json"];
    assert!(!run(&arguments).2.contains('\u{1b}'));
    let forced = portcullis(&arguments).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(forced.stderr.contains(&0x1b));
    let refused = portcullis(&arguments).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!refused.stderr.contains(&0x1b));
    let always = portcullis(&["--color", "always"]).args(arguments).env("NO_COLOR", "1").output().unwrap();
    assert!(always.stderr.contains(&0x1b));
}
