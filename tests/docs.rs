//! The generated pages under docs/ are what the catalogue says; `UPDATE=1 cargo test --test docs` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;

use portcullis::catalogue::Catalogue;
use support::{assert_golden, project};

#[test]
fn the_pages_of_controls_and_benchmarks_are_current() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut pages = vec![("docs/policies/README.md".to_owned(), catalogue.index_page())];
    for row in catalogue.rows() {
        pages.push((format!("docs/policies/{}.md", row.control), catalogue.control_page(row.control).unwrap()));
    }
    for benchmark in catalogue.benchmarks() {
        pages.push((format!("docs/controls/{}.md", benchmark.head.benchmark), catalogue.benchmark_page(benchmark)));
    }
    for (path, page) in &pages {
        assert_golden(path, page);
    }
    let wanted: BTreeSet<&str> = pages.iter().map(|(path, _)| path.as_str()).collect();
    for folder in ["docs/policies", "docs/controls"] {
        for entry in std::fs::read_dir(project().join(folder)).unwrap() {
            let path = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
            if !wanted.contains(path.as_str()) {
                assert!(std::env::var_os("UPDATE").is_some(), "{path} is of nothing any more");
                std::fs::remove_file(project().join(&path)).unwrap();
            }
        }
    }
}
