//! What several tests share.

// Clippy takes functions marked as tests for tests, and no others; each test binary uses a part.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code)]

pub mod canned;

use std::fs;
use std::path::Path;

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
