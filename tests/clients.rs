//! The programs that read the reports, on the canned ones. `.ci/clients` installs them; those that model a hosted reader (GitHub,
//! GitLab) are in the shared folder.

// Clippy takes functions marked as tests for tests, and no others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portcullis::model::{Report, Standing};
use portcullis::report::{Style, format};
use serde_json::Value;
use support::{canned, client, program, shared};
use tempfile::TempDir;

fn reports() -> Vec<(&'static str, Report)> {
    vec![
        ("ordinary", canned::ordinary()),
        ("hostile", canned::hostile()),
        ("empty", canned::empty()),
        ("one", canned::one()),
        ("many", canned::many()),
    ]
}

fn render(name: &str, report: &Report) -> String {
    let style = Style { color: false, width: 80, quiet: false, suppressed: false, threads: 1 };
    let mut out = Vec::new();
    format(name).unwrap().write(report, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every canned report in a format, as files of a folder that goes away with the first value.
fn files(format: &str, extension: &str) -> (TempDir, Vec<(&'static str, Report, PathBuf)>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(name, report): (&'static str, Report)| {
        let path = folder.path().join(format!("{name}.{extension}"));
        fs::write(&path, render(format, &report)).unwrap();
        (name, report, path)
    };
    let files = reports().into_iter().map(write).collect();
    (folder, files)
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"))
}

/// What a command prints, which must succeed.
fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(5_000).collect::<String>();
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn python() -> Option<PathBuf> {
    client("python/bin/python")
}

#[test]
fn sarif_multitool_finds_nothing() {
    let Some(tool) = client("node/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool") else { return };
    let (folder, files) = files("sarif", "sarif");
    for (name, _, path) in files {
        let found = folder.path().join("found.sarif");
        let mut command = Command::new(&tool);
        command.args(["validate", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--log", "ForceOverwrite"]);
        command.args(["--max-file-size-in-kb", "200000", "-o"]).arg(&found).arg(&path);
        succeed(&mut command);
        let found: Value = serde_json::from_str(&fs::read_to_string(&found).unwrap()).unwrap();
        let results = found["runs"][0]["results"].as_array().unwrap();
        assert!(results.is_empty(), "{name}: {} results, as {:#}", results.len(), results[0]);
    }
}

#[test]
fn the_uploader_of_code_scanning_takes_the_sarif() {
    let (Some(node), Some(clients)) = (client("node"), shared("oracle/clients")) else { return };
    let schema = node.join("node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json");
    let (folder, files) = files("sarif", "sarif");
    let mut command = Command::new("node");
    command.env("NODE_ROOT", &node).arg(clients.join("cqa_validate.cjs")).arg(&schema);
    let said = succeed(command.args(files.iter().map(|(_, _, path)| path)));
    assert!(!said.contains("WARN"), "{said}");
    // The same step refuses what is wrong, so it did look.
    let broken = folder.path().join("broken.sarif");
    fs::write(&broken, render("sarif", &canned::one()).replacen("\"level\": \"error\"", "\"level\": \"bad\"", 1))
        .unwrap();
    let mut command = Command::new("node");
    command.env("NODE_ROOT", &node).arg(clients.join("cqa_validate.cjs")).arg(&schema).arg(&broken);
    assert!(!run(&mut command).status.success());
    for (name, _, path) in files {
        let compressed = succeed(Command::new("sh").arg("-c").arg("gzip -c \"$0\" | wc -c").arg(&path));
        let size: usize = compressed.trim().parse().unwrap();
        println!("{name}: {size} bytes of gzip");
        assert!(size < 10 << 20, "{name}");
    }
}

#[test]
fn line_hashes_are_those_of_the_uploader() {
    let (Some(python), Some(clients)) = (python(), shared("oracle/clients")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (name, report) in reports() {
        let log: Value = serde_json::from_str(&render("sarif", &report)).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let mut sources: Vec<_> = report.verdicts.iter().map(|verdict| &verdict.finding.location.source).collect();
        sources.dedup_by_key(|source| source.path().clone());
        for source in sources.into_iter().filter(|source| !source.path().is_empty()).take(20) {
            let path = folder.path().join("text");
            fs::write(&path, source.text()).unwrap();
            let said = succeed(Command::new(&python).arg(clients.join("line_hash.py")).arg(&path));
            let is_here = |result: &&Value| uri(result) == portcullis::report::escape::uri(source.path());
            for result in results.iter().filter(is_here) {
                let line = &result["locations"][0]["physicalLocation"]["region"]["startLine"];
                let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
                assert!(said.lines().any(|said| said == format!("{line} {hash}")), "{name}: {line} {hash}");
                compared += 1;
            }
        }
    }
    println!("{compared} of {compared} line hashes agree");
    assert!(compared > 100);
}

fn uri(result: &Value) -> &str {
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()
}

#[test]
fn junit_is_valid_and_read_whole() {
    let (Some(python), Some(xmllint)) = (python(), program("xmllint", "--version")) else { return };
    let (_folder, files) = files("junit", "xml");
    let count = "import sys, junitparser as j\n\
        x = j.JUnitXml.fromfile(sys.argv[1]); x.update_statistics()\n\
        print(x.tests, x.failures, x.errors, x.skipped)";
    for (name, report, path) in files {
        if let Some(clients) = shared("oracle/clients") {
            // The attributes that this schema does not know are those that GitLab reads.
            let text = fs::read_to_string(&path).unwrap();
            let plain = without_places(&text);
            let stripped = path.with_extension("plain.xml");
            fs::write(&stripped, plain).unwrap();
            let schema = clients.join("junit-10.xsd");
            succeed(Command::new(&xmllint).args(["--huge", "--noout", "--schema"]).arg(schema).arg(&stripped));
        }
        let said = succeed(Command::new(&python).args(["-c", count]).arg(&path));
        let numbers: Vec<usize> = said.split_whitespace().map(|word| word.parse().unwrap()).collect();
        let changes = if report.gate_changes_shut() { report.gate_changes.len() } else { 0 };
        let shutting = report.verdicts.iter().filter(|verdict| verdict.shuts).count();
        let text = fs::read_to_string(&path).unwrap();
        let templates = text.matches("portcullis.template").count();
        assert_eq!(numbers[0], text.matches("<testcase ").count(), "{name}");
        assert_eq!(
            (numbers[1], numbers[3]),
            (shutting + changes, report.verdicts.len() - shutting + templates),
            "{name}"
        );
    }
}

/// The report without `file` and `line` of its cases, whose values hold no quote.
fn without_places(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split("<testcase ").enumerate() {
        let cut = |part: &str, name: &str| match part.split_once(name) {
            Some((head, tail)) => head.to_owned() + tail.split_once('"').unwrap().1,
            None => part.to_owned(),
        };
        let Some((tag, rest)) = part.split_once('>').filter(|_| index > 0) else {
            out += part;
            continue;
        };
        out += &format!("<testcase {}>{rest}", cut(&cut(tag, " file=\""), " line=\""));
    }
    out
}

#[test]
fn gitlab_reads_every_case_of_the_junit() {
    let (Some(ruby), Some(clients)) = (program("ruby", "--version"), shared("oracle/clients")) else { return };
    let (_folder, files) = files("junit", "xml");
    for (name, _, path) in files {
        let said =
            succeed(Command::new(&ruby).env("LC_ALL", "C.UTF-8").arg(clients.join("gitlab_junit.rb")).arg(&path));
        assert!(!said.contains("COLLAPSED"), "{name}: two cases with one name");
        let cases = fs::read_to_string(&path).unwrap().matches("<testcase ").count();
        assert_eq!(said.lines().count(), cases, "{name}");
        for line in said.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let is_text = case["status"] == "success" || case["output"].to_string().len() > 4;
            assert!(is_text, "{name}: {case}");
        }
    }
}

#[test]
fn gitlab_reads_every_issue_of_the_code_quality_report() {
    let (Some(python), Some(clients)) = (python(), shared("oracle/clients")) else { return };
    let (_folder, files) = files("gitlab", "json");
    for (name, report, path) in files {
        // The hostile report has files whose name is a slash, which no repository has.
        let said = run(Command::new(&python).arg(clients.join("gitlab_codeclimate.py")).arg(&path));
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(!said.contains("STOP") && !said.contains("severity unknown"), "{name}: {said}");
        if name != "hostile" {
            assert!(!said.contains("DUP") && !said.contains("not repo-relative"), "{name}: {said}");
        }
        assert!(
            report.verdicts.len()
                <= serde_json::from_str::<Vec<Value>>(&fs::read_to_string(&path).unwrap()).unwrap().len()
        );
    }
}

#[test]
fn the_runner_of_github_reads_every_annotation_and_obeys_nothing_else() {
    let (Some(python), Some(clients)) = (python(), shared("oracle/clients")) else { return };
    for format in ["github", "text"] {
        let (_folder, files) = files(format, "log");
        for (name, report, path) in files {
            let log = fs::File::open(&path).unwrap();
            let said = succeed(Command::new(&python).arg(clients.join("runner_parse.py")).stdin(log));
            let commands: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if format == "text" {
                assert!(commands.is_empty(), "{name}: {commands:?}");
                continue;
            }
            assert!(commands.iter().all(|command| command.get("legacy").is_none()), "{name}");
            let (notes, rest): (Vec<_>, Vec<_>) = commands
                .iter()
                .partition(|command| ["error", "warning", "notice"].iter().any(|word| command["cmd"] == *word));
            assert!(rest.iter().all(|command| command["cmd"] == "group" || command["cmd"] == "endgroup"), "{rest:?}");
            // Whatever is annotated is a finding of the report, at its very place.
            for note in notes.iter().filter(|note| note["kept"].get("col").is_some()) {
                let number = |key: &str| note["kept"][key].as_str().unwrap().parse::<u32>().unwrap();
                let is_it = |verdict: &portcullis::model::Verdict| {
                    let finding = &verdict.finding;
                    let region = finding.location.region();
                    let file = portcullis::report::escape::line(finding.location.source.path());
                    note["kept"].get("file").and_then(Value::as_str).unwrap_or_default() == file.trim_end_matches('\n')
                        && (number("line"), number("col")) == (region.start.line(), region.start.column())
                        && number("endcolumn") == region.end.column()
                };
                assert!(report.verdicts.iter().any(is_it), "{name}: {note}");
            }
        }
    }
}

#[test]
fn annotations_are_escaped_as_the_toolkit_of_github_does() {
    let (Some(node), Some(python), Some(clients)) = (client("node"), python(), shared("oracle/clients")) else {
        return;
    };
    let theirs = succeed(Command::new("node").env("NODE_ROOT", &node).arg(clients.join("gha_escape.mjs")));
    let order = |line: &str| {
        let properties = line.split_once(' ').unwrap().1.split_once("::").unwrap().0;
        properties.split(',').map(|property| property.split('=').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ours = render("github", &canned::one());
    assert_eq!(order(ours.lines().next().unwrap()), order(theirs.lines().next().unwrap()));
    // What is escaped comes back as it was.
    let mut report = canned::one();
    let message = "100% a:b,c %0A %25 = ; ]";
    report.verdicts[0].finding.message = message.to_owned();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, render("github", &report)).unwrap();
    let log = fs::File::open(&path).unwrap();
    let said = succeed(Command::new(&python).arg(clients.join("runner_parse.py")).stdin(log));
    let note: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(note["data"], format!("Deployment shop/web: {message}"));
}

#[test]
fn reviewdog_would_take_the_diagnostics() {
    let Some(validator) = client("node/node_modules/.bin/rdformat-validator") else { return };
    let (_folder, files) = files("rdjson", "json");
    for (_, _, path) in files {
        succeed(Command::new(&validator).args(["--strict", "--no-extra-fields", "--verbose"]).arg(&path));
    }
}

#[test]
fn the_markdown_is_the_tables_that_were_meant() {
    let Some(cmark) = program("cmark-gfm", "--version") else { return };
    for format in ["summary", "comment"] {
        let (_folder, files) = files(format, "md");
        for (name, _, path) in files {
            let mut command = Command::new(&cmark);
            command.args(["-e", "table", "-e", "tagfilter", "-e", "autolink", "-e", "strikethrough", "--unsafe"]);
            let html = succeed(command.arg(&path));
            let markdown = fs::read_to_string(&path).unwrap();
            let rows = markdown.lines().filter(|line| line.starts_with("| ")).count();
            assert_eq!(html.matches("<tr>").count(), rows, "{name}: every row is one");
            for (index, table) in html.split("<table>").skip(1).enumerate() {
                let columns = table.split("</thead>").next().unwrap().matches("<th>").count();
                let body = table.split("</table>").next().unwrap().split("<tbody>").nth(1).unwrap_or_default();
                for row in body.split("<tr>").skip(1) {
                    assert_eq!(row.matches("<td>").count(), columns, "{name}, table {index}: {row}");
                    assert!(
                        !row.contains("<td></td>\n</tr>") || name == "hostile" || row.contains("Kubernetes"),
                        "{row}"
                    );
                }
            }
            for tag in ["<a ", "<script", "<em>", "<img", "<del>", "<h1"] {
                assert!(!html.contains(tag), "{name} holds {tag}");
            }
        }
    }
}

#[test]
fn prove_counts_the_test_points() {
    let Some(prove) = program("prove", "--version") else { return };
    let (_folder, files) = files("tap", "tap");
    for (name, report, path) in files {
        let output = run(Command::new(&prove).args(["--exec", "cat"]).arg(&path));
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("Parse errors"), "{name}: {}", said.chars().take(2_000).collect::<String>());
        let text = fs::read_to_string(&path).unwrap();
        let failing = text.lines().filter(|line| line.starts_with("not ok") && !line.contains(" # TODO ")).count();
        assert_eq!(output.status.success(), failing == 0, "{name}");
        if failing > 0 {
            let total = text.lines().filter(|line| line.starts_with("ok ") || line.starts_with("not ok ")).count();
            assert!(said.contains(&format!("Failed {failing}/{total} subtests")), "{name}: {failing}/{total}");
        }
        let excepted = report.verdicts.iter().filter(|verdict| verdict.standing == Standing::Excepted).count();
        assert!(text.matches("# TODO excepted").count() >= excepted, "{name}");
    }
}

#[test]
fn pythons_reader_of_tables_reads_every_row() {
    let Some(python) = python() else { return };
    let (_folder, files) = files("csv", "csv");
    let count = "import csv, sys\n\
        rows = list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))\n\
        assert all(len(row) == len(rows[0]) for row in rows)\n\
        assert not any(cell[:1] in tuple('=+-@') for row in rows for cell in row)\n\
        print(len(rows) - 1)";
    for (name, report, path) in files {
        let said = succeed(Command::new(&python).args(["-c", count]).arg(Path::new(&path)));
        assert_eq!(said.trim(), report.verdicts.len().to_string(), "{name}");
    }
}
