//! What other programs say: a file comes in, an InSpec report, Gatekeeper's constraints or Falco's alerts; each statement with its place
//! goes out.

mod falco;
mod gatekeeper;
mod inspec;

use std::sync::Arc;

use super::view::View;
use crate::error::Error;
use crate::model::statement::{Witness, Word};
use crate::model::{Location, Source, Span, Value};
use crate::parse;

/// One thing that a file says, of one subject.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who says it.
    pub witness: Witness,
    /// What it says.
    pub word: Word,
    /// Its control, constraint or rule.
    pub rule: String,
    /// The sentence.
    pub message: String,
    /// The machine or the object; empty where it names none.
    pub subject: String,
    /// When; empty where it is not said.
    pub time: String,
    /// How often, at once.
    pub times: usize,
    /// Where.
    pub place: Location,
    /// By what its controls are found.
    pub about: About,
}

/// What a statement is about, in the words of who says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A setting of a host: a kernel parameter, or a keyword of sshd in small letters.
    Setting(String),
    /// A kind of constraint or a rule, by name; and its tags.
    Rule(String, Vec<String>),
}

/// Reads a file.
///
/// # Errors
/// For what is none of the three, and for one of another shape; at the place.
pub fn read(source: &Arc<Source>) -> Result<Vec<Said>, Error> {
    let text = source.text();
    let start = text.len() - text.trim_start().len();
    let first = parse::json_at(text, start).map_err(|why| broken(source, &why))?;
    let Some((document, end)) = first else {
        return Err(none_of_them(source, source.line_span(1).unwrap_or_default()));
    };
    let root = View::root(source, &document);
    if root.get("rule").is_some() || root.get("output_fields").is_some() {
        return falco::read(source);
    }
    if let Some(rest) = text.get(end..).filter(|rest| !rest.trim().is_empty()) {
        let at = text.len() - rest.trim_start().len();
        return Err(fault(&here(source, at), "something follows the report").help("give each file on its own"));
    }
    if root.get("profiles").is_some() {
        return inspec::read(root);
    }
    if gatekeeper::is_one(root) {
        return gatekeeper::read(root);
    }
    Err(none_of_them(source, root.first_line().span))
}

fn none_of_them(source: &Source, span: Span) -> Error {
    let message = "this is no report of InSpec, no list of Gatekeeper's constraints and no alerts of Falco";
    let error = Error::at(source, span, message, "something else");
    error.help(
        "`inspec exec --reporter json:FILE`, `kubectl get constraints -o json` and Falco with `json_output: true` write them",
    )
}

fn broken(source: &Source, why: &crate::model::SyntaxError) -> Error {
    let why_not = why.message.strip_prefix("this is no JSON: ").unwrap_or(&why.message);
    Error::at(source, why.span, format!("this is no JSON: {why_not}"), "here")
}

fn here(source: &Arc<Source>, at: usize) -> Location {
    let end = source.text().get(at..).and_then(|rest| rest.lines().next()).map_or(at, |line| at + line.len());
    Location { source: Arc::clone(source), span: Span::new(at, end) }
}

fn fault(place: &Location, message: impl Into<String>) -> Error {
    Error::at(&place.source, place.span, message, "here")
}

/// A member that is a list.
fn list<'a>(view: View<'a>, key: &str) -> Result<Vec<View<'a>>, Error> {
    match view.get(key).map(View::value) {
        Some(Value::Sequence(_)) => Ok(view.items(key)),
        Some(_) => Err(fault(&view.place_of(key), format!("`{key}` is no list"))),
        None => Err(fault(&view.first_line(), format!("`{key}` is missing"))),
    }
}

/// A member that is a text.
fn text<'a>(view: View<'a>, key: &str) -> Result<&'a str, Error> {
    match view.get(key).map(View::value) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(fault(&view.place_of(key), format!("`{key}` is no text"))),
        None => Err(fault(&view.first_line(), format!("`{key}` is missing"))),
    }
}

/// Makes sure of a mapping.
fn mapping(view: View<'_>) -> Result<View<'_>, Error> {
    match view.value() {
        Value::Mapping(_) => Ok(view),
        _ => Err(fault(&view.first_line(), "this is no object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<Vec<Said>, Error> {
        read(&Arc::new(Source::new("evidence.json", text)))
    }

    fn told(text: &str) -> (String, String) {
        let Err(Error::Input(error)) = said(text) else { panic!("{text} can be read") };
        let marked = error.span.offset()..error.span.offset() + error.span.len();
        (error.message, text[marked].to_owned())
    }

    const INSPEC: &str = r#"{"platform": {"name": "ubuntu", "release": "24.04"}, "version": "5.22.36", "statistics": {"duration": 0.4},
      "profiles": [{"name": "linux", "controls": [{"id": "sysctl-01", "title": "Network", "results": [
        {"status": "passed", "code_desc": "Kernel Parameter net.ipv4.tcp_syncookies value is expected to eq 1", "start_time": "2026-11-01T06:00:00+00:00"},
        {"status": "failed", "code_desc": "SSHD Configuration PermitRootLogin is expected to eq \"no\"", "start_time": "t", "message": "got: yes"},
        {"status": "skipped", "code_desc": "No-op"}]}]}]}"#;

    const GATEKEEPER: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
      {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "K8sPSPPrivilegedContainer", "metadata": {"name": "deny-privileged"},
       "status": {"auditTimestamp": "2026-11-01T06:00:00Z", "totalViolations": 3, "violations": [
         {"enforcementAction": "deny", "kind": "Pod", "name": "web", "namespace": "shop", "message": "Privileged container is not allowed: web"}]}},
      {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "K8sPSPHostNamespace", "metadata": {"name": "host"},
       "status": {"auditTimestamp": "2026-11-01T06:00:00Z", "totalViolations": 0}},
      {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "K8sOther", "metadata": {"name": "young"}}]}"#;

    const FALCO: &str = r#"{"hostname": "n1", "output": "Shell spawned", "priority": "Warning", "rule": "Detect Shell Execution in Container", "source": "syscall", "tags": ["shell"], "time": "2026-11-01T06:00:00.123456789Z", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "web-1"}}"#;

    #[test]
    fn each_of_the_three_is_known_by_its_shape() {
        let inspec = said(INSPEC).unwrap();
        assert_eq!(inspec.iter().map(|one| one.word).collect::<Vec<_>>(), [Word::Pass, Word::Fail, Word::Skipped]);
        assert_eq!(inspec[0].about, About::Setting("net.ipv4.tcp_syncookies".to_owned()));
        assert_eq!(inspec[1].about, About::Setting("permitrootlogin".to_owned()));
        assert_eq!((inspec[1].subject.as_str(), inspec[1].rule.as_str()), ("ubuntu 24.04", "sysctl-01"));
        assert!(inspec[1].message.ends_with("got: yes"), "{}", inspec[1].message);
        let gatekeeper = said(GATEKEEPER).unwrap();
        let told: Vec<_> = gatekeeper.iter().map(|one| (one.word, one.subject.as_str(), one.times)).collect();
        assert_eq!(
            told,
            [(Word::Fail, "Pod shop/web", 1), (Word::Fail, "", 2), (Word::Pass, "", 1), (Word::Skipped, "", 1)]
        );
        let falco = said(&format!("{FALCO}\n\n{FALCO}\n")).unwrap();
        assert_eq!(falco.len(), 2);
        assert_eq!((falco[0].subject.as_str(), falco[0].word), ("Pod shop/web-1", Word::Fail));
        assert_eq!(falco[1].place.region().start.line(), 3);
    }

    #[test]
    fn another_shape_is_an_error_at_its_place() {
        let cut = &INSPEC[..INSPEC.len() - 3];
        let table = [
            (String::new(), "no report of InSpec", ""),
            ("kind: List\n".to_owned(), "this is no JSON", ""),
            ("{\"a\": 1}".to_owned(), "no report of InSpec", "{\"a\": 1}"),
            ("[1]".to_owned(), "no report of InSpec", "[1]"),
            (cut.to_owned(), "this is no JSON", ""),
            (format!("{INSPEC} {{}}"), "something follows", "{}"),
            (INSPEC.replace("\"failed\"", "\"bad\""), "there is no status `bad`", "\"bad\""),
            (INSPEC.replace("\"id\"", "\"name\""), "`id` is missing", "{\"name\": \"sysctl-01\""),
            (INSPEC.replace("[{\"name\": \"linux\"", "[7, {\"name\": \"linux\""), "this is no object", "7"),
            (
                GATEKEEPER
                    .replace("constraints.gatekeeper.sh/v1beta1\", \"kind\": \"K8sOther", "v1\", \"kind\": \"Pod"),
                "no constraint of Gatekeeper",
                "{\"apiVersion\": \"v1\"",
            ),
            (GATEKEEPER.replace("\"violations\": [", "\"violations\": 3, \"x\": ["), "`violations` is no list", "3"),
            (GATEKEEPER.replace("\"message\"", "\"text\""), "`message` is missing", "{\"enforcementAction\""),
            (GATEKEEPER.replace(": 3,", ": -1,"), "`totalViolations` is no count", "-1"),
            (format!("{FALCO}\nnot json\n"), "this is no JSON", ""),
            (format!("{FALCO}\n[]\n"), "this is no object", "[]"),
            (format!("{FALCO} {FALCO}\n"), "something follows", "{"),
            (FALCO.replace("\"time\"", "\"at\""), "`time` is missing", "{"),
            (FALCO.replace("\"Warning\"", "4"), "`priority` is no text", "4"),
        ];
        for (text, message, marked) in table {
            let found = told(&text);
            assert!(found.0.contains(message) && found.1.contains(marked), "{text}: {found:?}");
        }
    }
}
