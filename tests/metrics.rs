//! The metrics, as Prometheus reads them: promtool, a real node_exporter, the alerts with their unit tests, the dashboard.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portcullis::model::Report;
use portcullis::report::{Style, format};
use serde_json::{Value, json};
use support::{canned, program, project};

fn render(name: &str, report: &Report) -> String {
    let style = Style { color: false, width: 80, quiet: false, suppressed: false, threads: 1 };
    let mut out = Vec::new();
    format(name).unwrap().write(report, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn reports() -> [(&'static str, Report); 4] {
    [
        ("ordinary", canned::ordinary()),
        ("hostile", canned::hostile()),
        ("empty", canned::empty()),
        ("one", canned::one()),
    ]
}

/// Series → sample, each once.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let mut samples = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, sample) = line.rsplit_once(' ').unwrap();
        assert!(samples.insert(series, sample.parse().unwrap()).is_none(), "twice: {series}");
    }
    samples
}

#[test]
fn names_and_labels_are_those_that_scripts_and_alerts_know() {
    let text = render("prometheus", &canned::ordinary());
    let samples = samples(&text);
    for (series, sample) in [
        (r#"kube_bench_fail_total{cluster="default",section="1.2"}"#, 0.0),
        (r#"kube_bench_fail_total{cluster="default",section="5.2"}"#, 1.0),
        (r#"kube_bench_pass_total{cluster="default",section="1.2"}"#, 1.0),
        (r#"kube_bench_warn_total{cluster="default"}"#, 2.0),
        (r#"kube_bench_check_status{cluster="default",check_id="1.2.1"}"#, 1.0),
        (r#"kube_bench_check_status{cluster="default",check_id="5.2.2"}"#, 0.0),
        (r#"kube_bench_run_timestamp{cluster="default"}"#, 1_793_512_800.0),
        (r#"compliance_score{host="default",framework="cis"}"#, 33.3),
        (r#"compliance_score{host="default",framework="soc2"}"#, 10.0),
        (r#"portcullis_gate_open{cluster="default"}"#, 0.0),
        (r#"portcullis_gaps{cluster="default"}"#, 2.0),
    ] {
        assert_eq!(samples.get(series), Some(&sample), "{series}\n{text}");
    }
    assert!(!text.contains(r#"check_id="5.2.3""#), "a warning is neither 1 nor 0");
}

#[test]
fn the_metrics_are_the_numbers_of_the_json_of_the_same_run() {
    for (name, report) in reports() {
        let text = render("prometheus", &report);
        let samples = samples(&text);
        let told: Value = serde_json::from_str(&render("json", &report)).unwrap();
        let sum = |start: &str, end: &str| {
            let own = samples.iter().filter(|(series, _)| series.starts_with(start) && series.contains(end));
            own.map(|(_, sample)| *sample).sum::<f64>()
        };
        let checks: Vec<&Value> =
            told["benchmarks"].as_array().unwrap().iter().flat_map(|one| one["checks"].as_array().unwrap()).collect();
        for (metric, status) in [("fail", "FAIL"), ("pass", "PASS"), ("warn", "WARN")] {
            let counted = checks.iter().filter(|check| check["status"] == status).count();
            assert_eq!(sum(&format!("kube_bench_{metric}_total{{"), ""), counted as f64, "{name} {metric}");
        }
        for (severity, number) in told["summary"]["severity"].as_object().unwrap() {
            let counted = sum("portcullis_findings{", &format!("severity=\"{severity}\""));
            assert_eq!(Some(counted), number.as_f64(), "{name} {severity}");
        }
        for (standing, number) in told["summary"]["standing"].as_object().unwrap() {
            let counted = sum("portcullis_findings{", &format!("standing=\"{standing}\""));
            assert_eq!(Some(counted), number.as_f64(), "{name} {standing}");
        }
        if let Some(open) = samples.get(r#"portcullis_gate_open{cluster="default"}"#) {
            assert_eq!(*open == 1.0, told["gate"] == "open", "{name}");
        }
        if name != "hostile" {
            for one in told["frameworks"].as_array().unwrap() {
                let series = format!("compliance_score{{host={},framework={}}}", one["cluster"], one["framework"]);
                let percent = 100.0 * one["passed"].as_f64().unwrap() / one["judged"].as_f64().unwrap();
                assert!((samples[series.as_str()] - percent).abs() < 0.051, "{name} {series}");
            }
        }
        // The page shows the same numbers.
        let page = render("html", &report);
        assert_eq!(page.matches("<article ").count(), told["findings"].as_array().unwrap().len(), "{name}");
        for score in told["scores"].as_array().unwrap().iter().filter(|score| score["section"].is_string()) {
            let shown = format!("{} of {}", score["passed"], score["judged"]);
            assert!(page.contains(&shown), "{name}: {shown}");
        }
    }
}

/// Runs `promtool` with an input, and gives back what it says if it is not content.
fn promtool(arguments: &[&str], input: &str) -> Option<String> {
    let program = program("promtool", "--version")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some(if output.status.success() { String::new() } else { told })
}

#[test]
fn promtool_has_no_complaint_of_the_metrics() {
    for (name, report) in reports() {
        let Some(told) = promtool(&["check", "metrics"], &render("prometheus", &report)) else { return };
        assert_eq!(told, "", "{name}");
    }
}

#[test]
fn the_alerts_fire_when_they_should_and_only_then() {
    let path = |name: &str| project().join("monitoring").join(name).to_string_lossy().into_owned();
    let Some(told) = promtool(&["check", "rules", &path("alerts.yaml")], "") else { return };
    assert_eq!(told, "");
    assert_eq!(promtool(&["test", "rules", &path("alerts.test.yaml")], "").unwrap(), "");
    let rules = fs::read_to_string(path("alerts.yaml")).unwrap();
    let tests = fs::read_to_string(path("alerts.test.yaml")).unwrap();
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        let fires = tests.split("alertname: ").skip(1).any(|rest| {
            rest.starts_with(&format!("{alert}\n"))
                && rest.lines().nth(1).is_some_and(|next| next.contains("exp_alerts:"))
        });
        assert!(fires, "no test sees {alert} fire");
        assert!(tests.contains(&format!("alertname: {alert}, exp_alerts: []")), "no test sees {alert} quiet");
    }
}

/// Grafana itself is not run here: what can be known without it is that every query is one, and asks for what is written.
#[test]
fn the_dashboard_asks_for_metrics_that_are_written_in_queries_that_parse() {
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(project().join("monitoring/dashboard.json")).unwrap()).unwrap();
    let written = render("prometheus", &canned::ordinary());
    let names: BTreeSet<&str> =
        written.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut queries = Vec::new();
    let mut taken: BTreeSet<(u64, u64)> = BTreeSet::new();
    for panel in panels {
        let at = &panel["gridPos"];
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| at[key].as_u64().unwrap());
        assert!(x + w <= 24, "{panel}");
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(cell), "{} lies on another panel", panel["title"]);
        }
        for target in panel["targets"].as_array().unwrap() {
            queries.push(target["expr"].as_str().unwrap().to_owned());
        }
    }
    for query in &queries {
        let words = query.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let asked: Vec<_> =
            words.filter(|word| word.starts_with("kube_bench_") || word.starts_with("compliance_")).collect();
        assert!(!asked.is_empty() && asked.iter().all(|name| names.contains(name)), "{query}");
    }
    let rules: Vec<Value> = queries
        .iter()
        .enumerate()
        .map(|(at, query)| json!({"record": format!("query:{at}"), "expr": query.replace("$cluster", ".+")}))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.yaml");
    fs::write(&file, json!({"groups": [{"name": "dashboard", "rules": rules}]}).to_string()).unwrap();
    let Some(told) = promtool(&["check", "rules", &file.to_string_lossy()], "") else { return };
    assert_eq!(told, "");
}

/// Kills the exporter when the test is over, however it ends.
struct Exporter(std::process::Child);

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn scrape(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

#[test]
fn a_node_exporter_serves_every_sample() {
    let Some(program) = program("prometheus-node-exporter", "--version") else { return };
    let folder = tempfile::tempdir().unwrap();
    // As a job would: the file is written beside and takes its name in the end.
    let binary = Path::new(env!("CARGO_BIN_EXE_portcullis"));
    let repository = project().join("fixtures/repos/bench-control-plane");
    let target = format!("prometheus={}", folder.path().join("prod.prom").display());
    let status = Command::new(binary)
        .args(["check", "--benchmark", "cis-1.12", "--quiet", "--now", "2026-11-01", "--output", &target])
        .current_dir(repository)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.code().is_some_and(|code| code <= 1), "{status}");
    let hostile = render("prometheus", &canned::hostile()).replace("\"default\"", "\"another\"");
    fs::write(folder.path().join("hostile.prom"), hostile).unwrap();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing else is left: {left:?}");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(program);
    command.arg("--collector.disable-defaults").arg("--collector.textfile");
    command.arg(format!("--collector.textfile.directory={}", folder.path().display()));
    command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let exporter = Exporter(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let started = Instant::now();
    let served = loop {
        match scrape(port) {
            Some(text) => break text,
            None if started.elapsed() > Duration::from_secs(30) => panic!("the exporter does not answer"),
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    drop(exporter);
    assert!(served.contains("node_textfile_scrape_error 0"), "{served}");
    let written = fs::read_to_string(folder.path().join("prod.prom")).unwrap();
    // The exporter sorts the labels of a series, and writes numbers in its own way.
    let sorted = |text: &str| -> BTreeMap<String, f64> {
        let own = text.lines().filter(|line| line.starts_with("kube_bench_") || line.starts_with("compliance_"));
        own.map(|line| {
            let (series, sample) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.strip_suffix('}').unwrap().split_once('{').unwrap();
            let mut labels: Vec<_> = labels.split("\",").map(|label| label.trim_end_matches('"')).collect();
            labels.sort_unstable();
            (format!("{name} {}", labels.join(" ")), sample.parse().unwrap())
        })
        .collect()
    };
    let (written, served) = (sorted(&written), sorted(&served));
    assert!(written.len() > 50, "{}", written.len());
    for (series, sample) in &written {
        assert_eq!(served.get(series), Some(sample), "{series}");
    }
}
