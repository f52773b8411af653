//! The configuration file through the real parser: what it says when it is right, and what is marked when it is wrong.

#![cfg(test)]

use std::sync::Arc;

use portcullis::config::{Loaded, Platform, Profile, read};
use portcullis::error::Error;
use portcullis::model::policy::Parameter;
use portcullis::model::{Action, Control, Severity, Source, SubjectKind};
use portcullis::parse::parse;
use serde_json::json;

const FULL: &str = r#"
profile: pss-baseline
clusters:
  prod:
    paths: ["clusters/prod/**"]
    kubernetes: "1.33"
    platform: eks
    namespace: shop
  zoo: {paths: [zoo], platform: openshift}
  any: {paths: ["**"]}
controls:
  privileged-container: false
  host-port: {severity: high, parameters: {allowed: [8080]}}
pod_templates:
  - {group: argoproj.io, kind: Rollout, paths: [spec.template]}
static_pods: ["nodes/*/manifests"]
exclude: ["vendor/**"]
"#;

fn load(text: &str) -> Result<Loaded, Error> {
    let source = Arc::new(Source::new("portcullis.yaml", text));
    let parsed = parse(&source);
    read(&source, &parsed)
}

/// The message of an error, the text that it marks and its help.
fn told(error: Error, text: &str) -> (String, String, String) {
    let Error::Input(error) = error else { panic!("no place: {error:?}") };
    let start = error.span.offset();
    let marked = &text[start..start + error.span.len()];
    (error.message, marked.to_owned(), error.help.unwrap_or_default())
}

fn control(id: &str, parameters: &[(&str, serde_json::Value)]) -> Arc<Control> {
    let parameter = |(name, default): &(&str, serde_json::Value)| Parameter {
        name: (*name).to_owned().into(),
        description: "".into(),
        default: default.clone(),
    };
    Arc::new(Control {
        id: id.into(),
        kind: SubjectKind::Pod,
        kinds: Vec::new(),
        package: "".into(),
        title: "".into(),
        description: "".into(),
        severity: Severity::Low,
        remediation: "".into(),
        references: Vec::new(),
        default: true,
        mode: Action::Deny,
        parameters: parameters.iter().map(parameter).collect(),
    })
}

#[test]
fn every_key_is_read() {
    let config = load(FULL).unwrap().value;
    assert_eq!(config.profile, Some(Profile::PssBaseline));
    assert_eq!(config.clusters.keys().collect::<Vec<_>>(), ["prod", "zoo", "any"]);
    let prod = &config.clusters["prod"];
    assert_eq!(prod.kubernetes.unwrap().to_string(), "1.33");
    assert_eq!((prod.platform, prod.namespace.as_deref()), (Some(Platform::Eks), Some("shop")));
    assert_eq!(
        ["clusters/prod/a.yaml", "zoo/a.yaml", "a.yaml"].map(|path| config.cluster_of(path)),
        ["prod", "zoo", "any"]
    );
    assert_eq!(config.controls["privileged-container"].switch(), Some(false));
    let host_port = config.controls["host-port"].settings().unwrap();
    assert_eq!((host_port.severity, &host_port.parameters["allowed"]), (Some(Severity::High), &json!([8080])));
    assert_eq!(config.pod_templates[0].paths[0].parts(), ["spec", "template"]);
    assert!(config.static_pods.set().is_match("nodes/a/manifests"));
    assert!(config.exclude.set().is_match("vendor"));
}

#[test]
fn an_empty_file_is_an_empty_configuration() {
    for text in ["", "# nothing\n", "---\n", "{}\n"] {
        let config = load(text).unwrap().value;
        assert_eq!((config.profile, config.cluster_of("a.yaml")), (None, "default"), "{text:?}");
    }
}

#[test]
fn mistakes_are_marked() {
    let table = [
        ("profil: all", "unknown key `profil`", "profil", "did you mean `profile`?"),
        ("profile: pss-baselin", "unknown word `pss-baselin`", "pss-baselin", "did you mean `pss-baseline`?"),
        ("profile: {a: b}", "unknown variant `a`", "{a: b}", ""),
        ("clusters: {prod: {path: [a]}}", "unknown key `path`", "path", "did you mean `paths`?"),
        ("clusters: {prod: {paths: [a, 'b{']}}", "`b{` is no glob", "'b{'", ""),
        ("clusters: {prod: {paths: a}}", "invalid type: string \"a\", expected a sequence", "a", ""),
        ("clusters: {prod: {kubernetes: 1.30}}", "invalid type: floating point `1.3`", "1.30", "put it in quotes"),
        ("clusters: {prod: {kubernetes: latest}}", "`latest` is no version", "latest", ""),
        ("clusters: {prod: {platform: ekss}}", "unknown word `ekss`", "ekss", "did you mean `eks`?"),
        ("controls: {host-port: {severity: hgih}}", "unknown word `hgih`", "hgih", "did you mean `high`?"),
        ("controls: {host-port: {severty: high}}", "unknown key `severty`", "severty", "did you mean `severity`?"),
        ("controls: {host-port: off-ish}", "invalid type: string \"off-ish\"", "off-ish", ""),
        ("pod_templates: [{group: a, kind: B}]", "missing field `paths`", "{group: a, kind: B}", ""),
        ("pod_templates: [{group: a, kind: B, paths: [a..b]}]", "`a..b` is no path", "a..b", ""),
        ("static_pods: ['../x']", "`../x` is no glob", "'../x'", ""),
        ("profile: all\nprofile: default", "a key is written twice", "profile", ""),
        ("profile: all\n---\nprofile: all", "a configuration is one document", "profile: all", ""),
        ("- profile", "a configuration is a mapping", "profile", ""),
        ("profile", "a configuration is a mapping", "profile", ""),
    ];
    for (text, message, marked, help) in table {
        let found = told(load(text).unwrap_err(), text);
        assert!(found.0.starts_with(message), "{text}: {}", found.0);
        assert_eq!((found.1.as_str(), found.2.as_str()), (marked, help), "{text}");
    }
    assert!(matches!(load("a: [").unwrap_err(), Error::Input(_)));
}

#[test]
fn controls_and_their_parameters_exist() {
    let known = [
        control("host-port", &[("allowed", json!([])), ("ports", json!([1])), ("strict", json!(false))]),
        control("privileged-container", &[]),
    ];
    load(FULL).unwrap().validate(&known, Some(&["default"])).unwrap();
    let table = [
        ("controls: {host-prot: false}", "there is no control `host-prot`", "host-prot", "did you mean `host-port`?"),
        (
            "controls: {zzz: false}",
            "there is no control `zzz`",
            "zzz",
            "the id of a control is the name of its policy file, with dashes",
        ),
        (
            "controls: {host-port: {parameters: {alowed: []}}}",
            "control `host-port` has no parameter `alowed`",
            "alowed",
            "did you mean `allowed`?",
        ),
        (
            "controls: {privileged-container: {parameters: {a: 1}}}",
            "control `privileged-container` has no parameter `a`",
            "a",
            "it takes no parameters",
        ),
        (
            "controls: {host-port: {parameters: {strict: 'yes'}}}",
            "parameter `strict` of control `host-port` takes a boolean here",
            "'yes'",
            "",
        ),
        (
            "controls: {host-port: {parameters: {ports: [80, https]}}}",
            "parameter `ports` of control `host-port` takes a number here",
            "https",
            "",
        ),
    ];
    for (text, message, marked, help) in table {
        let found = told(load(text).unwrap().validate(&known, Some(&["default"])).unwrap_err(), text);
        assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), (message, marked, help), "{text}");
    }
}

#[test]
fn values_behind_an_alias_are_marked_where_they_count() {
    let text = "clusters:\n  a: &a {platform: esk}\n  b: *a\n";
    assert_eq!(told(load(text).unwrap_err(), text).1, "esk");
}
