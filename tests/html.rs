//! The page for auditors, opened in a browser: chromium, playwright-core and axe-core, which `.ci/clients` installs.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use portcullis::model::{Report, Severity};
use portcullis::report::html::Html;
use portcullis::report::{Format, Style};
use serde_json::Value;
use support::{canned, client, project};

/// One browser at a time: how long a page takes beside another one is no measure.
static BROWSER: Mutex<()> = Mutex::new(());

fn render(report: &Report) -> String {
    let style = Style { color: false, width: 80, quiet: false, suppressed: false, threads: 1 };
    let mut out = Vec::new();
    Html.write(report, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What the browser tells of a page.
fn open(modules: &Path, page: &Path, scheme: &str, width: &str) -> Value {
    let script = project().join("tests/support/page.mjs");
    let output = Command::new("node").arg(script).arg(modules).arg(page).args([scheme, width]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_browser_shows_every_finding_runs_nothing_of_it_and_axe_has_no_complaint() {
    let Some(axe) = client("node/node_modules/axe-core") else { return };
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let modules = axe.ancestors().nth(2).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let views = [("light", "1000"), ("dark", "1000"), ("light", "360")];
    for (name, report) in [("ordinary", canned::ordinary()), ("hostile", canned::hostile()), ("empty", canned::empty())]
    {
        let path = folder.path().join(format!("{name}.html"));
        fs::write(&path, render(&report)).unwrap();
        for (scheme, width) in views {
            let at = format!("{name}, {scheme}, {width} px");
            let told = open(modules, &path, scheme, width);
            assert_eq!(told["troubles"], Value::Array(vec![]), "{at}");
            let findings = report.verdicts.len();
            assert_eq!(told["total"]["findings"], findings, "{at}");
            if findings > 0 {
                let first = told["filtered"]["severity"].as_u64().unwrap();
                assert!(first > 0 && told["filtered"]["others"] == 0, "{at}: {told}");
                assert_eq!(told["filtered"]["nothing"], 0, "{at}");
                assert_eq!(told["filtered"]["reset"], findings, "{at}");
                let noun = if findings == 1 { "finding" } else { "findings" };
                assert!(told["shown"].as_str().unwrap().ends_with(&format!(", {findings} {noun}")), "{at}: {told}");
            }
        }
    }
}

#[test]
fn ten_thousand_findings_open_and_filter_without_a_wait() {
    let Some(axe) = client("node/node_modules/axe-core") else { return };
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let mut many = canned::many();
    many.verdicts.truncate(10_000);
    let critical = many.verdicts.iter().filter(|verdict| verdict.finding.severity == Severity::Critical).count();
    let paths = [("empty", canned::empty()), ("many", many)].map(|(name, report)| {
        let path = folder.path().join(format!("{name}.html"));
        fs::write(&path, render(&report)).unwrap();
        path
    });
    let script = project().join("tests/support/pace.mjs");
    let output = Command::new("node").arg(script).arg(axe.ancestors().nth(2).unwrap()).args(&paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let time = |page: usize, what: &str| told[page][what].as_f64().unwrap();
    println!(
        "10,000 findings open in {:.0} ms, {:.1} times an empty page; a filter takes {:.0} ms",
        time(1, "open"),
        time(1, "open") / time(0, "open"),
        time(1, "filter")
    );
    assert!(critical > 500, "{critical}");
    assert_eq!(told[1]["left"], critical);
    // Where an empty page takes long, the machine is busy, and a second is no measure.
    let second = f64::max(1_000.0, 4.0 * time(0, "open"));
    assert!(time(1, "open") < 2.0 * second, "{told}");
    assert!(time(1, "filter") < second / 4.0, "{told}");
}

#[test]
fn a_reference_that_is_no_web_address_is_no_link() {
    let mut report = canned::one();
    report.compliance.clear();
    let mut control = (*report.controls[0].control).clone();
    control.references =
        vec!["javascript:alert(1)".into(), "data:text/html,x".into(), "https://example.com/\"onclick=x".into()];
    report.controls[0].control = control.into();
    let page = render(&report);
    let links: Vec<_> = page.match_indices("<a href=\"").map(|(at, _)| &page[at..at + 60]).collect();
    assert_eq!(links.len(), 1, "{links:?}");
    assert!(links[0].starts_with("<a href=\"https://example.com/&quot;onclick=x\""), "{links:?}");
}
