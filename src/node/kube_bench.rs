//! What kube-bench says of nodes: its JSON comes in, as it prints it or as `kubectl logs` has it with other lines around; each
//! check with its verdict and its place goes out.
//!
//! The shape is that of kube-bench's `check/controls.go`; `--nototals` leaves the list without the mapping around it.

use std::sync::Arc;

use super::component::Program;
use super::view::View;
use crate::error::Error;
use crate::model::{Location, Path, Source, Value};
use crate::parse;

/// What kube-bench says of one node.
#[derive(Debug, Clone)]
pub struct Results {
    /// The pod that said it, where `kubectl logs --prefix` names one.
    pub pod: Option<String>,
    /// Its checks, in its order.
    pub checks: Vec<Check>,
}

/// A check that kube-bench made.
#[derive(Debug, Clone)]
pub struct Check {
    /// The benchmark, as kube-bench names it.
    pub benchmark: String,
    /// Where it does.
    pub benchmark_place: Location,
    /// The number.
    pub number: String,
    /// Where it is.
    pub place: Location,
    /// What kube-bench says that it is about.
    pub title: String,
    /// What kube-bench says to do.
    pub remediation: String,
    /// The verdict.
    pub status: Status,
    /// The program whose command line or file was looked at.
    pub program: Option<Program>,
    /// The first setting that was asked for: the name of a flag, or the dotted path of a field.
    pub setting: Option<String>,
    /// What it is on the node.
    pub actual: Actual,
}

/// A verdict of kube-bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// PASS.
    Pass,
    /// FAIL.
    Fail,
    /// WARN of a check that was made, is not met, and does not count.
    Unmet,
    /// Any other WARN: a person has to look.
    Manual,
    /// INFO: it was skipped.
    Skipped,
}

/// The value of a setting on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actual {
    /// This, as text.
    Value(String),
    /// The command line or file does not have it.
    Unset,
    /// kube-bench does not show it.
    Unknown,
}

/// Reads the results in a file: of one node, or of several behind each other.
///
/// # Errors
/// Where there are none, where they end too early, and where they have another shape; at the place.
pub fn read(source: &Arc<Source>) -> Result<Vec<Results>, Error> {
    let text = source.text();
    let (mut results, mut at) = (Vec::new(), 0);
    while let Some((start, pod)) = next_value(text, at) {
        let line_end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| start + end + 1);
        at = line_end;
        match parse::json_at(text, start) {
            Ok(Some((document, end))) => {
                at = end;
                if let Some(controls) = controls(View::root(source, &document)) {
                    results.push(Results { pod, checks: checks(controls?)? });
                }
            }
            Ok(None) => {}
            Err(error) if begins_results(text, start) => {
                let told =
                    Error::at(source, error.span, format!("the results of kube-bench are broken off: {error}"), "here");
                return Err(told.help("get the whole output: `kubectl logs` may show the end of it only"));
            }
            // A line of something else, as `[INFO] …`.
            Err(_) => {}
        }
    }
    if results.is_empty() {
        let span = source.line_span(1).unwrap_or_default();
        let error = Error::at(source, span, "there are no results of kube-bench in JSON here", "something else");
        return Err(error.help("`kube-bench run --json` prints them; `kubectl logs` may add lines around them"));
    }
    Ok(results)
}

/// The next line that may begin a JSON value: where the value would begin, and the pod that `kubectl logs --prefix` names.
fn next_value(text: &str, from: usize) -> Option<(usize, Option<String>)> {
    let mut at = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        let (pod, rest) = match line.strip_prefix("[pod/").and_then(|line| line.split_once("] ")) {
            Some((name, rest)) => (name.split('/').next().map(str::to_owned), rest),
            None => (None, line),
        };
        let value = rest.trim_start();
        if value.starts_with(['{', '[']) {
            return Some((at + line.len() - value.len(), pod));
        }
        at += line.len();
    }
    None
}

fn begins_results(text: &str, start: usize) -> bool {
    let beginning: String =
        text.get(start..).unwrap_or_default().chars().take(400).filter(|c| !c.is_whitespace()).collect();
    beginning.starts_with("{\"Controls\"") || (beginning.starts_with("[{\"id\"") && beginning.contains("\"node_type\""))
}

/// The controls of a value, if it is what kube-bench prints.
fn controls<'a>(root: View<'a>) -> Option<Result<Vec<View<'a>>, Error>> {
    match root.value() {
        Value::Mapping(_) => root.document.entry(root.id, "Controls").map(|_| list(root, "Controls")),
        Value::Sequence(items) => {
            let items: Vec<View<'a>> = items.iter().map(|&id| root.at(id)).collect();
            let first = items.first()?;
            first.document.entry(first.id, "node_type").map(|_| Ok(items))
        }
        _ => None,
    }
}

fn checks(controls: Vec<View<'_>>) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    for control in controls {
        let benchmark = text(control, "version")?;
        for group in list(control, "tests")? {
            for result in list(group, "results")? {
                checks.push(check(control, benchmark, result)?);
            }
        }
    }
    Ok(checks)
}

fn check(control: View<'_>, benchmark: &str, result: View<'_>) -> Result<Check, Error> {
    let number = text(result, "test_number")?;
    let expected = result.text("expected_result");
    let is_made = result.text("type").is_empty() && !expected.is_empty();
    let status = match text(result, "status")? {
        "PASS" => Status::Pass,
        "FAIL" => Status::Fail,
        "WARN" if is_made => Status::Unmet,
        "WARN" => Status::Manual,
        "INFO" => Status::Skipped,
        other => {
            let message = format!("there is no verdict `{other}`");
            return Err(fault(&result.place_of("status"), message).help("kube-bench says PASS, FAIL, WARN or INFO"));
        }
    };
    let setting = setting(expected);
    let commands = [result.text("audit"), result.text("AuditConfig")];
    let runs = |program: &Program| commands.iter().any(|command| command.contains(program.word()));
    Ok(Check {
        benchmark: benchmark.to_owned(),
        benchmark_place: control.place_of("version"),
        number: number.to_owned(),
        place: result.place_of("test_number"),
        title: result.text("test_desc").to_owned(),
        remediation: result.text("remediation").trim().to_owned(),
        status,
        program: Program::ALL.into_iter().find(runs),
        actual: setting
            .as_ref()
            .map_or(Actual::Unknown, |(name, is_flag)| actual(result.text("actual_value"), name, *is_flag)),
        setting: setting.map(|(name, _)| name),
    })
}

/// The first setting of `'--anonymous-auth' is equal to 'false'` or `'{.readOnlyPort}' is equal to '0'`, and whether it is a flag.
fn setting(expected: &str) -> Option<(String, bool)> {
    expected.split('\'').find_map(|word| match word.strip_prefix("--") {
        Some(flag) => Some((flag.to_owned(), true)),
        None => Some((word.strip_prefix("{.")?.strip_suffix('}')?.to_owned(), false)),
    })
}

fn actual(text: &str, name: &str, is_flag: bool) -> Actual {
    if text.trim().is_empty() {
        return Actual::Unknown;
    }
    if !is_flag {
        return field(text, name);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(at) = words.iter().position(|word| word.strip_prefix("--").is_some_and(|word| flag_name(word) == name))
    else {
        return Actual::Unset;
    };
    let value = words.get(at).and_then(|word| word.split_once('=')).map(|(_, value)| value);
    // A flag without a value of its own takes the next word, unless that is a flag; a switch is on.
    let next = words.get(at + 1).copied().filter(|next| !next.starts_with('-'));
    Actual::Value(value.or(next).unwrap_or("true").to_owned())
}

fn flag_name(word: &str) -> &str {
    word.split('=').next().unwrap_or(word)
}

/// A field of a configuration file that kube-bench shows as a whole.
fn field(text: &str, path: &str) -> Actual {
    let source = Source::new("", text);
    let Some(Ok(document)) = parse::parse(&source).documents.into_iter().next() else { return Actual::Unknown };
    let keys: Vec<&str> = path.split('.').collect();
    let found = document.find(document.root, &Path::of_keys(&keys));
    match found.map(|id| document.to_json(id)) {
        None | Some(serde_json::Value::Null) => Actual::Unset,
        Some(serde_json::Value::String(text)) => Actual::Value(text),
        Some(value) => Actual::Value(value.to_string()),
    }
}

/// A member that is a list; kube-bench writes null for an empty one.
fn list<'a>(view: View<'a>, key: &str) -> Result<Vec<View<'a>>, Error> {
    match view.get(key).map(View::value) {
        None => match view.document.entry(view.id, key) {
            Some(_) => Ok(Vec::new()),
            None => Err(fault(&view.first_line(), format!("`{key}` is missing in the results of kube-bench"))),
        },
        Some(Value::Sequence(_)) => Ok(view.items(key)),
        Some(_) => Err(fault(&view.place_of(key), format!("`{key}` is no list"))),
    }
}

fn text<'a>(view: View<'a>, key: &str) -> Result<&'a str, Error> {
    match view.get(key).map(View::value) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(fault(&view.place_of(key), format!("`{key}` is no text"))),
        None => Err(fault(&view.first_line(), format!("`{key}` is missing in the results of kube-bench"))),
    }
}

fn fault(place: &Location, message: String) -> Error {
    Error::at(&place.source, place.span, message, "here")
        .help("kube-bench 0.6 and later write this shape: `kube-bench run --json`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(text: &str) -> Result<Vec<Results>, Error> {
        read(&Arc::new(Source::new("results.json", text)))
    }

    fn told(text: &str) -> (String, String) {
        let Err(Error::Input(error)) = results(text) else { panic!("{text} can be read") };
        let marked = error.span.offset()..error.span.offset() + error.span.len();
        (error.message, text[marked].to_owned())
    }

    const CHECK: &str = r#"{"test_number": "1.2.1", "test_desc": "x", "status": "FAIL", "type": "", "audit": "ps -ef | grep kube-apiserver",
        "actual_value": "root 1 kube-apiserver --anonymous-auth=true --a b", "expected_result": "'--anonymous-auth' is equal to 'false'"}"#;

    fn of(check: &str) -> String {
        format!(
            r#"{{"Controls": [{{"id": "1", "version": "cis-1.12", "node_type": "master", "tests": [{{"results": [{check}]}}]}}]}}"#
        )
    }

    #[test]
    fn one_and_several_nodes_with_and_without_noise() {
        let one = of(CHECK);
        let bare = one.trim_start_matches(r#"{"Controls": "#).trim_end_matches('}').to_owned() + "";
        let table = [
            (one.clone(), 1),
            (format!("I1121 starting\n[INFO] 1 Control plane\n{{\"level\":\"info\"}}\n{one}\nbye {{\n"), 1),
            (format!("{one}\n{one}{one}"), 3),
            (
                format!(
                    "[pod/bench-a/kube-bench] {}\n[pod/bench-b/kube-bench] {}\n",
                    one.replace('\n', " "),
                    one.replace('\n', " ")
                ),
                2,
            ),
            (one.replace("\"tests\": [{\"results\"", "\"tests\": null, \"x\": [{\"results\""), 1),
        ];
        for (text, number) in table {
            assert_eq!(results(&text).unwrap().len(), number, "{text}");
        }
        let found = results(&one).unwrap().remove(0).checks.remove(0);
        assert_eq!(
            (found.number.as_str(), found.status, found.program),
            ("1.2.1", Status::Fail, Some(Program::ApiServer))
        );
        assert_eq!(
            (found.setting.as_deref(), found.actual),
            (Some("anonymous-auth"), Actual::Value("true".to_owned()))
        );
        assert!(bare.starts_with('['), "{bare}");
        assert_eq!(results(&bare.replace("}]}]}]}", "}]}]}]")).unwrap().len(), 1);
        let pods = results(&format!("[pod/bench-a/kube-bench] {}", one.replace('\n', " "))).unwrap();
        assert_eq!(pods[0].pod.as_deref(), Some("bench-a"));
    }

    #[test]
    fn another_shape_is_an_error_at_its_place() {
        let table = [
            ("".to_owned(), "there are no results of kube-bench in JSON here", ""),
            ("[PASS] 1.1.1 x\n".to_owned(), "there are no results of kube-bench in JSON here", "[PASS] 1.1.1 x"),
            (r#"{"Controls": 3}"#.to_owned(), "`Controls` is no list", "3"),
            (of(r#"{"status": "PASS"}"#), "`test_number` is missing", r#"{"status": "PASS"}"#),
            (of(r#"{"test_number": 1, "status": "PASS"}"#), "`test_number` is no text", "1"),
            (of(&CHECK.replace("FAIL", "BAD")), "there is no verdict `BAD`", "\"BAD\""),
            (of(CHECK).replace("\"version\"", "\"v\""), "`version` is missing", ""),
        ];
        for (text, message, marked) in table {
            let found = told(&text);
            assert!(found.0.contains(message) && found.1.contains(marked), "{text}: {found:?}");
        }
        let cut = of(CHECK);
        assert!(told(&cut[..cut.len() - 4]).0.contains("broken off"));
    }

    #[test]
    fn the_value_on_the_node_is_read_where_it_is_shown() {
        let table = [
            ("kubelet --read-only-port=0 --x", "read-only-port", true, Actual::Value("0".to_owned())),
            ("kubelet --read-only-port 0", "read-only-port", true, Actual::Value("0".to_owned())),
            ("kubelet --profiling --x", "profiling", true, Actual::Value("true".to_owned())),
            ("kubelet --read-only-port-x=0", "read-only-port", true, Actual::Unset),
            ("", "read-only-port", true, Actual::Unknown),
            (
                "authentication:\n  anonymous: {enabled: false}\n",
                "authentication.anonymous.enabled",
                false,
                Actual::Value("false".to_owned()),
            ),
            ("{\"readOnlyPort\": 0}", "readOnlyPort", false, Actual::Value("0".to_owned())),
            ("kind: KubeletConfiguration\n", "readOnlyPort", false, Actual::Unset),
            ("a: [", "readOnlyPort", false, Actual::Unknown),
        ];
        for (text, name, is_flag, expected) in table {
            assert_eq!(actual(text, name, is_flag), expected, "{text}");
        }
        assert_eq!(setting("'{.a.b}' is equal to '0' OR '--a' is not present"), Some(("a.b".to_owned(), false)));
        assert_eq!(setting("permissions has permissions 600"), None);
    }
}
