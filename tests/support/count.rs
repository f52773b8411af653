//! How many findings a rendered report shows, and how many it says it left out: each format counted as its reader would.

use serde_json::Value;

/// Shown and left out.
pub fn findings(format: &str, text: &str) -> (usize, usize) {
    match format {
        "text" => (starts(text, |line| SEVERITIES.iter().any(|word| line.starts_with(&format!("{word}[")))), {
            text.lines().filter_map(|line| line.strip_prefix("  settled   ")).map(sum).sum()
        }),
        "json" => (json(text)["findings"].as_array().unwrap().len(), 0),
        "jsonl" => (starts(text, |line| line.starts_with("{\"type\":\"finding\"")), 0),
        "sarif" => sarif(&json(text)),
        "junit" => {
            let templates = text.matches("<skipped type=\"portcullis.template\"").count();
            let others = templates + text.matches(" type=\"portcullis.gate-change\"").count();
            (text.matches("<failure ").count() + text.matches("<skipped ").count() - others, 0)
        }
        "github" => github(text),
        "summary" | "comment" => markdown(text),
        "gitlab" => (others(json(text).as_array().unwrap(), "/check_name"), 0),
        "rdjson" => (others(json(text)["diagnostics"].as_array().unwrap(), "/code/value"), 0),
        "tap" => (starts(text, |line| line.starts_with("  severity: ")), 0),
        // Findings stand under the checks that they fail, and under several of them; the report says how many there are.
        "kube-bench" => {
            (0, text.lines().rev().find(|line| line.contains(" outside the benchmark")).map_or(0, first_number))
        }
        "kube-bench-json" => (0, usize::try_from(json(text)["portcullis"]["findings"].as_u64().unwrap()).unwrap()),
        "csv" => (csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).count(), 0),
        "html" => (text.matches("<article ").count(), 0),
        "env" => (0, first_number(text.lines().find(|line| line.starts_with("findings=")).unwrap())),
        "prometheus" => {
            let samples = text.lines().filter(|line| line.starts_with("portcullis_findings{"));
            (0, samples.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum())
        }
        _ => panic!("say here how to count the findings of the format `{format}`"),
    }
}

const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

fn starts(text: &str, is_finding: impl Fn(&str) -> bool) -> usize {
    text.lines().filter(|line| is_finding(line)).count()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// `2 known, 1 excepted` is 3.
fn sum(counts: &str) -> usize {
    counts.split(", ").map(first_number).sum()
}

fn first_number(text: &str) -> usize {
    let digits = text.chars().skip_while(|char| !char.is_ascii_digit()).take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap()
}

/// Those that are findings, not places that could not be judged.
fn others(items: &[Value], kind: &str) -> usize {
    let is_other =
        |item: &Value| ["unparsable", "gate-change"].contains(&item.pointer(kind).unwrap().as_str().unwrap());
    items.iter().filter(|item| !is_other(item)).count()
}

fn sarif(log: &Value) -> (usize, usize) {
    let run = &log["runs"][0];
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().cloned().unwrap_or_default();
    let is_count = |id: &Value| id == "results-left-out" || id == "results-suppressed";
    let counts = notifications.iter().filter(|notification| is_count(&notification["descriptor"]["id"]));
    let left_out = counts.map(|notification| first_number(notification["message"]["text"].as_str().unwrap())).sum();
    (run["results"].as_array().unwrap().len(), left_out)
}

/// Annotations and lines of the group, both without the places that could not be judged; then what the last notice tells.
fn github(text: &str) -> (usize, usize) {
    let is_gap = |line: &str| line.contains("could not be judged") || line.contains("gate change");
    let is_finding = |line: &str| line.contains(" title=") && !line.contains(" title=portcullis::") && !is_gap(line);
    let annotations = starts(text, |line| line.starts_with("::") && is_finding(line));
    let group = text.lines().skip_while(|line| !line.starts_with("::group::")).skip(1);
    let group: Vec<_> = group.take_while(|line| *line != "::endgroup::").collect();
    let is_more = |line: &&&str| line.starts_with("and ") && line.ends_with("(see the other reports)");
    let more: usize = group.iter().filter(is_more).map(|line| first_number(line)).sum();
    let lines = group.iter().filter(|line| !is_gap(line) && !is_more(line)).count();
    let settled = text.lines().last().and_then(|line| line.split_once("; not shown: "));
    let settled = settled.map_or(0, |(_, tail)| sum(tail.split(". The change").next().unwrap()));
    (annotations + lines, more + settled)
}

fn markdown(text: &str) -> (usize, usize) {
    let shown = starts(text, |line| SEVERITIES.iter().any(|word| line.starts_with(&format!("| {word} | "))));
    let room =
        text.lines().filter(|line| line.starts_with("Left out for want of room: ") && line.contains("more finding"));
    let settled = text.lines().filter_map(|line| line.strip_prefix("Not shown: ")).map(sum).sum::<usize>();
    (shown, room.map(first_number).sum::<usize>() + settled)
}
