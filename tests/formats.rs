//! Every format renders the canned reports.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used)]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use portcullis::error::Error;
use portcullis::model::report::Notice;
use portcullis::model::{FileStatus, Report, Source, Span};
use portcullis::report::{FORMATS, Format, Style, format, github, json, markdown, sarif, text};
use serde_json::Value;
use support::{assert_golden, canned, project};

const PLAIN: Style = Style { color: false, width: 80, quiet: false, suppressed: false, threads: 2 };

/// Longer than a busy machine takes, shorter than a hang.
const LONG: Duration = Duration::from_secs(60);

fn render(format: &dyn Format, report: &Report, style: Style) -> String {
    let mut out = Vec::new();
    format.write(report, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The reports that every format renders, each with its name.
fn reports() -> [(&'static str, Report); 5] {
    [
        ("ordinary", canned::ordinary()),
        ("hostile", canned::hostile()),
        ("empty", canned::empty()),
        ("one", canned::one()),
        ("many", canned::many()),
    ]
}

/// The same bytes again, and the findings shown and those that a format says it left out are the findings of the run.
#[test]
fn every_format_is_deterministic_hides_nothing_and_accounts_for_every_finding() {
    for (name, report) in reports() {
        for format in FORMATS {
            let at = format!("{} of the report `{name}`", format.name());
            let started = Instant::now();
            let text = render(*format, &report, PLAIN);
            assert!(started.elapsed() < LONG, "{at} took {:?}", started.elapsed());
            assert!(text == render(*format, &report, PLAIN), "{at} changes");
            assert!(text.ends_with('\n'), "{at}");
            let is_end = |char| char == '\n' || (char == '\r' && format.name() == "csv");
            let hidden = text.chars().find(|&char| !is_end(char) && portcullis::report::escape::is_hidden(char));
            assert_eq!(hidden, None, "{at}");
            let (shown, left_out) = support::count::findings(format.name(), &text);
            assert_eq!(shown + left_out, report.verdicts.len(), "{at} shows {shown} and leaves out {left_out}");
        }
    }
}

#[test]
fn a_line_of_a_megabyte_with_a_finding_at_every_few_bytes_takes_no_longer() {
    let report = canned::minified();
    for format in FORMATS {
        let started = Instant::now();
        render(*format, &report, PLAIN);
        println!("{}: {:?}", format.name(), started.elapsed());
        assert!(started.elapsed() < LONG, "{} took {:?}", format.name(), started.elapsed());
    }
}

#[test]
fn the_limits_of_github_are_kept() {
    let report = canned::many();
    let all = Style { suppressed: true, ..PLAIN };
    let log = render(&sarif::Sarif, &report, all);
    assert_eq!(support::count::findings("sarif", &log), (25_000, 5_000));
    let value: Value = serde_json::from_str(&log).unwrap();
    let results = value["runs"][0]["results"].as_array().unwrap();
    let shut = |result: &Value| result["properties"]["shuts"] == true;
    let first_settled = results.iter().position(|result| !shut(result)).unwrap();
    assert!(results[first_settled..].iter().all(|result| !shut(result)), "the worst come first");
    assert_eq!(first_settled, report.verdicts.iter().filter(|verdict| verdict.shuts).count());
    for (name, report) in reports() {
        assert!(render(&markdown::SUMMARY, &report, PLAIN).len() <= 128 << 10, "{name}");
        assert!(render(&markdown::COMMENT, &report, PLAIN).len() <= 65_536, "{name}");
        let log = render(&github::Github, &report, PLAIN);
        for word in ["::error ", "::warning ", "::notice "] {
            assert!(log.lines().filter(|line| line.starts_with(word)).count() <= 10, "{name} {word}");
        }
    }
}

#[test]
fn a_waived_finding_is_in_the_sarif_when_asked_for() {
    let suppressed = |style| {
        let value: Value = serde_json::from_str(&render(&sarif::Sarif, &canned::ordinary(), style)).unwrap();
        let results = value["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .filter_map(|result| result["suppressions"][0]["kind"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(suppressed(PLAIN), Vec::<String>::new());
    assert_eq!(suppressed(Style { suppressed: true, ..PLAIN }), ["external", "inSource"]);
}

#[test]
fn a_policy_that_fails_is_told_where_ci_looks() {
    let mut report = canned::one();
    report.policy_errors = 1;
    report.notices.push(Notice {
        code: Notice::POLICY_ERROR,
        message: "control `host-network` could not be evaluated".into(),
        help: None,
        location: None,
    });
    let log = render(&github::Github, &report, PLAIN);
    assert!(log.contains("\n::error title=policy-error::control `host-network` could"), "{log}");
    for name in ["sarif", "junit", "tap", "summary", "comment", "jsonl"] {
        let text = render(format(name).unwrap(), &report, PLAIN);
        assert!(text.contains("control `host-network` could not be evaluated"), "{name}: {text}");
    }
    assert!(render(&sarif::Sarif, &report, PLAIN).contains("\"executionSuccessful\": false"));
}

#[test]
fn names_are_unique_and_described() {
    let mut names: Vec<_> = FORMATS.iter().map(|format| format.name()).collect();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
    assert!(FORMATS.iter().all(|format| !format.describe().is_empty()));
}

#[test]
fn text_looks_as_it_should() {
    let report = canned::ordinary();
    let full = render(&text::Text, &report, PLAIN);
    assert_golden("tests/goldens/text.txt", &full);
    assert_golden("tests/goldens/text-quiet.txt", &render(&text::Text, &report, Style { quiet: true, ..PLAIN }));
    let colored = render(&text::Text, &report, Style { color: true, ..PLAIN });
    assert_golden("tests/goldens/text-color.txt", &colored.replace('\u{1b}', "^["));
    for line in full.lines() {
        assert!(textwrap::core::display_width(line) <= 80, "{line}");
    }
    assert_eq!(render(&text::Text, &canned::empty(), PLAIN).lines().next(), Some("gate open: nothing was judged"));
}

#[test]
fn kube_bench_looks_as_it_does_there() {
    let report = canned::ordinary();
    for name in ["kube-bench", "kube-bench-json"] {
        assert_golden(&format!("tests/goldens/{name}.txt"), &render(format(name).unwrap(), &report, PLAIN));
    }
    let quiet = render(format("kube-bench").unwrap(), &report, Style { quiet: true, ..PLAIN });
    assert_golden("tests/goldens/kube-bench-quiet.txt", &quiet);
}

#[test]
fn color_changes_nothing_but_color() {
    let colored = render(&text::Text, &canned::ordinary(), Style { color: true, ..PLAIN });
    let mut plain = String::new();
    for (index, part) in colored.split('\u{1b}').enumerate() {
        plain += if index == 0 { part } else { part.split_once('m').unwrap().1 };
    }
    assert_eq!(plain, render(&text::Text, &canned::ordinary(), PLAIN));
}

#[test]
fn json_is_what_its_schema_says() {
    let schema = serde_json::to_string_pretty(&json::schema()).unwrap() + "\n";
    assert_golden("schemas/report.json", &schema);
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("report.json", json::schema()).unwrap();
    let index = compiler.compile("report.json", &mut schemas).unwrap();
    for report in [canned::ordinary(), canned::hostile(), canned::empty()] {
        let value: Value = serde_json::from_str(&render(&json::Json, &report, PLAIN)).unwrap();
        if let Err(error) = schemas.validate(&value, index) {
            panic!("{error:#}");
        }
    }
    let mut broken: Value = serde_json::from_str(&render(&json::Json, &canned::ordinary(), PLAIN)).unwrap();
    broken["findings"][0]["severity"] = "dreadful".into();
    assert!(schemas.validate(&broken, index).is_err());
}

#[test]
fn json_has_the_names_that_others_build_on() {
    let value: Value = serde_json::from_str(&render(&json::Json, &canned::ordinary(), PLAIN)).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["gate"], "shut");
    let finding = &value["findings"][3];
    let at = |name: &str| finding[name].clone();
    assert_eq!(at("control"), "privileged-container");
    assert_eq!(
        (at("line"), at("column"), at("end_line"), at("end_column")),
        (17.into(), 25.into(), 17.into(), 29.into())
    );
    assert_eq!(at("path"), "/spec/template/spec");
    assert_eq!(at("subject")["apiVersion"], "apps/v1");
    assert_eq!(at("benchmarks")["cis-1.12"][0], "5.2.2");
    assert_eq!(value["findings"][0]["container"], Value::Null);
    assert_eq!(value["findings"][0]["fix"], serde_json::json!({"op": "remove", "path": "/spec/template/spec"}));
    assert_eq!(value["coverage"]["totals"]["unparsable"], 2);
    assert_eq!(value["notices"][0]["line"], 3);
    assert_eq!(value["notices"][1].get("line"), None);
}

#[test]
fn the_counts_of_the_formats_agree() {
    let report = canned::ordinary();
    let value: Value = serde_json::from_str(&render(&json::Json, &report, PLAIN)).unwrap();
    let quiet = render(&text::Text, &report, Style { quiet: true, ..PLAIN });
    let full = render(&text::Text, &report, PLAIN);
    let shutting = value["summary"]["shutting"].as_u64().unwrap();
    assert!(quiet.contains(&format!("gate shut: {shutting} findings shut it")), "{quiet}");
    let blocks = full.lines().filter(|line| line.trim_start().starts_with("= Deployment")).count();
    let changes = report.gate_changes.len();
    assert_eq!(quiet.lines().count(), blocks + changes + 1, "a line per finding and gate change, and one for the gate");
    assert_eq!(value["findings"].as_array().unwrap().len(), report.verdicts.len());
    let severities = value["summary"]["severity"].as_object().unwrap();
    assert_eq!(severities.values().filter_map(Value::as_u64).sum::<u64>(), report.verdicts.len() as u64);
}

#[test]
fn one_run_writes_every_format_and_they_agree() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[String]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command
            .args(["check", "fixtures/repos/first-look", "--fail-on", "high", "--now", "2026-11-01"])
            .args(arguments)
            .env_clear();
        let output = command.current_dir(project()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let path = |format: &dyn Format| folder.path().join(format.name());
    let outputs: Vec<String> =
        FORMATS.iter().map(|format| format!("--output={}={}", format.name(), path(*format).display())).collect();
    let (code, _) = run(&outputs);
    assert_eq!(code, Some(1));
    let counts = |format: &dyn Format| support::count::findings(format.name(), &support::text(&path(format)));
    let (all, _) = counts(&json::Json);
    assert!(all > 5, "{all}");
    for format in FORMATS {
        let (shown, left_out) = counts(*format);
        assert_eq!(shown + left_out, all, "{}: {shown} and {left_out}", format.name());
        let (alone, printed) = run(&[format!("--format={}", format.name())]);
        assert_eq!(alone, code, "the exit code with {}", format.name());
        assert_eq!(printed, support::text(&path(*format)), "{} on standard output", format.name());
    }
}

#[test]
fn the_sarif_has_what_code_scanning_reads() {
    for (name, report) in reports() {
        let log: Value = serde_json::from_str(&render(&sarif::Sarif, &report, PLAIN)).unwrap();
        let run = &log["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        assert!(run["tool"]["driver"]["informationUri"].as_str().unwrap().starts_with("https://"));
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert!(rules.len() >= report.controls.len(), "{name}: every control that ran is a rule");
        for rule in rules {
            let text = |pointer: &str| rule.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            for pointer in ["/help/text", "/help/markdown", "/shortDescription/text", "/fullDescription/text"] {
                assert!(!text(pointer).trim().is_empty(), "{name}: {pointer} of {rule}");
            }
            assert!((0.1..=10.0).contains(&text("/properties/security-severity").parse::<f64>().unwrap()));
            assert!(["very-high", "high", "medium", "low"].contains(&text("/properties/precision")));
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10, "{name}");
            assert!(text("/name").chars().count() <= 255 && text("/fullDescription/text").chars().count() <= 1_024);
        }
        for result in run["results"].as_array().unwrap() {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[key].as_u64().unwrap() > 0, "{name}: {key} of {region}");
            }
            let prints = result["partialFingerprints"].as_object().unwrap();
            assert!(prints.contains_key("portcullis/v1"), "{name}: {prints:?}");
            assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
        }
        let taxonomies =
            run["taxonomies"].as_array().into_iter().flatten().flat_map(|one| one["taxa"].as_array().unwrap());
        let numbers: usize = taxonomies.count();
        let relations = rules.iter().filter_map(|rule| rule["relationships"].as_array());
        assert!(relations.flatten().count() >= numbers, "{name}: every number is one of a rule");
        let notifications = run["invocations"][0].to_string();
        for file in report.coverage.iter().filter(|file| file.status == FileStatus::Unparsable && name == "ordinary") {
            assert!(notifications.contains(&*file.file), "{name}: {} is told", file.file);
        }
    }
}

#[test]
fn a_mistake_in_a_file_is_shown_like_a_finding() {
    let source = Source::new("portcullis.yaml", "profile: defualt\n# \u{1b}[2J\n");
    let error = Error::at(&source, Span::new(9, 16), "there is no profile `defualt`", "unknown").help("try `default`");
    let mut out = Vec::new();
    text::write_error(&error, &PLAIN, &mut out).unwrap();
    assert_golden("tests/goldens/error.txt", &String::from_utf8(out).unwrap());
}
