//! The user's own policies through the binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::repo::{Repo, notices, set, standing};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  containers:
    - name: web
      image: web:latest
";

const LATEST: &str = "\
package main

import rego.v1

deny contains msg if {
    some container in input.spec.containers
    endswith(container.image, \":latest\")
    msg := sprintf(\"%s has no fixed version\", [container.name])
}
";

fn messages(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

fn alone(arguments: &[&'static str]) -> Vec<&'static str> {
    ["--profile", "none"].iter().chain(arguments).copied().collect()
}

#[test]
fn policies_are_named_on_the_command_line_or_in_the_configuration() {
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/latest.rego", LATEST)]);
    let (code, report) = repo.check(&alone(&["--policy", "policy"]));
    assert_eq!((code, messages(&report)), (1, set(&["web has no fixed version"])));
    assert_eq!(report["findings"][0]["control"], "main.deny");
    repo.write("portcullis.yaml", "profile: none\npolicies:\n  paths: [policy]\n");
    assert_eq!(messages(&repo.check(&[]).1), set(&["web has no fixed version"]));
    // Beside the controls of the profile they are judged by too.
    repo.write("portcullis.yaml", "profile: all\npolicies: {paths: [policy/latest.rego]}\n");
    assert!(messages(&repo.check(&[]).1).len() > 1);
}

#[test]
fn both_versions_of_rego_stand_side_by_side() {
    let old = "package main\n\ndeny[msg] { input.kind == \"Pod\"; not input.metadata.namespace; msg := \"old\" }\n\n\
               is_pod { input.kind == \"Pod\" }\nis_pod { input.kind == \"PodTemplate\" }\n\nwarn[msg] { is_pod; msg = \"older\" }\n";
    let keywords =
        "package main\n\nimport future.keywords\n\ndeny[msg] { \"a\" in [input.metadata.name]; msg := \"keywords\" }\n";
    let repo = Repo::new(&[
        ("pod.yaml", POD),
        ("policy/old.rego", old),
        ("policy/new.rego", LATEST),
        ("policy/keywords.rego", keywords),
        ("policy/new_test.rego", "package main\n\ntest_broken if nothing_like_it(1)\n"),
    ]);
    let (code, report) = repo.check(&alone(&["-p", "policy"]));
    assert_eq!(code, 1);
    assert_eq!(messages(&report), set(&["old", "older", "keywords", "web has no fixed version"]));
    let older = report["findings"].as_array().unwrap().iter().find(|one| one["message"] == "older").unwrap();
    assert_eq!((&older["action"], &older["shuts"]), (&"warn".into(), &false.into()));
}

#[test]
fn metadata_describes_a_control_that_everything_else_can_name() {
    let policy = "\
# METADATA
# title: The policies of the platform team
package platform.images

import rego.v1

# METADATA
# title: No image without a version
# custom:
#   id: floating-image
#   severity: HIGH
#   remediation: Name a version.
deny contains {\"msg\": \"floating\", \"path\": [\"spec\", \"containers\", 0, \"image\"], \"team\": \"platform\"} if {
    endswith(input.spec.containers[0].image, \":latest\")
}

deny contains \"no namespace\" if not input.metadata.namespace
";
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/images.rego", policy)]);
    let arguments = alone(&["-p", "policy", "-n", "platform.*"]);
    let (_, report) = repo.check(&arguments);
    assert_eq!(standing(&report, "new"), set(&["pod.yaml:8 floating-image", "pod.yaml:3 platform.images.deny"]));
    let floating =
        report["findings"].as_array().unwrap().iter().find(|one| one["control"] == "floating-image").unwrap();
    assert_eq!((&floating["severity"], &floating["location"]), (&"high".into(), &"exact".into()));
    assert_eq!(
        (&floating["title"], &floating["remediation"]),
        (&"No image without a version".into(), &"Name a version.".into())
    );
    assert_eq!(floating["metadata"]["team"], "platform");
    repo.write("portcullis.yaml", "controls: {floating-image: {severity: low}, platform.images.deny: false}\n");
    let (code, report) = repo.check(&arguments);
    assert_eq!((code, standing(&report, "new")), (0, set(&["pod.yaml:8 floating-image"])));
    let ignored = POD.replace(":latest", ":latest  # portcullis: ignore[floating-image] it is a demonstration");
    repo.write("pod.yaml", &ignored);
    assert_eq!(standing(&repo.check(&arguments).1, "ignored"), set(&["pod.yaml:8 floating-image"]));
}

#[test]
fn an_exception_of_the_policies_is_told() {
    let policy = LATEST.replace("deny contains", "deny_latest contains")
        + "\nexception contains [\"latest\"] if input.metadata.name == \"a\"\n";
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/latest.rego", &policy)]);
    let (code, report) = repo.check(&alone(&["-p", "policy"]));
    assert_eq!((code, messages(&report)), (0, set(&[])));
    assert_eq!(notices(&report), set(&["policy-exception"]));
}

#[test]
fn documents_that_are_no_manifests_are_judged_when_that_is_asked_for() {
    let policy = "package main\n\ndeny contains \"open\" if input.open\n";
    let repo = Repo::new(&[("values.yaml", "open: true\n"), ("policy/open.rego", policy)]);
    let open = set(&["open"]);
    assert_eq!(messages(&repo.check(&alone(&["-p", "policy"])).1), set(&[]));
    assert_eq!(messages(&repo.check(&alone(&["-p", "policy", "values.yaml"])).1), open);
    assert_eq!(messages(&repo.check(&alone(&["-p", "policy", "--all-documents"])).1), open);
    repo.write("portcullis.yaml", "profile: none\npolicies: {paths: [policy], documents: all}\n");
    assert_eq!(messages(&repo.check(&[]).1), open);
}

#[test]
fn what_is_wrong_with_a_policy_is_said_at_its_line_before_anything_is_judged() {
    let table = [
        (
            "deny contains \"x\" if http.send({\"url\": input.url})",
            "`http.send`, which is refused: it opens a connection",
        ),
        (
            "deny contains \"x\" if startwith(input.a, \"b\")",
            "rule `deny` calls `startwith`, and there is no such function",
        ),
        ("deny contains msg if input.a", "the variable `msg` in rule `deny` is unsafe"),
        ("deny contains \"x\" if not input.a[_].b", "the variable `_` in rule `deny` is unsafe"),
        (
            "deny contains \"x\" if {\n    c := input.a[_]\n    not c.b[_] == 1\n}",
            "the variable `_` in rule `deny` is unsafe",
        ),
        ("deny contains \"x\" if p.a\n\np.a := 1 if p.b\n\np.b := 2 if p[input.c]", "the rule is recursive"),
        ("deny contains \"x\" if [1, 2] = [input.a]", "two arrays of different lengths are never equal"),
        ("deny contains x if {\"a\": x} = {\"a\": 1, \"b\": 2}", "two objects with different keys are never equal"),
        (
            "deny contains x if {\n    y := z\n    z := input.a\n    x := y\n}",
            "the variable `z` is used above the line that assigns it",
        ),
        ("deny contains $\"x{input.a\" if true", "a template string does not end"),
        ("deny contains $\"x{}\" if true", "an expression of a template string is empty"),
        ("import future.keywords.and\n\ndeny contains \"x\" if true", "`import future.keywords.and` is not supported"),
        ("deny contains \"x\" if p\n\np if q\n\nq if p", "the rule is recursive: main.p → main.q → main.p"),
        ("deny[msg] if msg := \"x\"", "`deny[…] if` is no set of results"),
        ("deny contains \"x\" if {", "expecting expression"),
        ("deny contains [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]] if true", "brackets are nested more than 14 deep"),
        ("helper := 1", "no rule `deny`, `warn` or `violation` is in the packages asked for: main"),
    ];
    for (rule, words) in table {
        let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", &format!("package main\n\n{rule}\n"))]);
        let ran = repo.run(&["check", "-p", "policy"]);
        assert_eq!(ran.code, 2, "{rule}: {ran:?}");
        assert!(ran.says(words), "{rule}: {}", ran.errors);
        assert!(words.starts_with("no rule") || ran.says("policy/a.rego:"), "{rule}: {}", ran.errors);
    }
}

#[test]
fn a_rule_that_fails_leaves_the_others_their_results() {
    let policy = "\
package main

import rego.v1

deny contains \"fine\" if input.kind == \"Pod\"

deny contains \"conflict\" if two == 1

two := 1 if input.kind

two := 2 if input.metadata
";
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", policy)]);
    let (code, report) = repo.check(&alone(&["-p", "policy"]));
    assert_eq!((code, messages(&report)), (2, set(&["fine"])));
    let notice = report["notices"][0]["message"].as_str().unwrap();
    assert!(notice.contains("main.deny") && notice.contains("policy/a.rego:7"), "{notice}");
}

/// A pod with two containers, an alias and a merge key.
const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: a
  labels: {app: web}
spec:
  hostNetwork: true
  containers:
    - name: web
      image: web:latest
      resources: &small
        requests: {cpu: 2}
        limits: {cpu: 1}
      securityContext:
        capabilities:
          add: [CHOWN, SYS_ADMIN]
    - name: proxy
      image: proxy:latest
      resources: *small
";

/// Policies that name no place, and where their findings are: `line confidence missing`, and the lines of the related ones.
#[test]
fn the_line_is_found_without_help_of_the_policy() {
    let table = [
        ("present", "deny contains \"x\" if input.spec.hostNetwork", "7 confirmed", ""),
        (
            "guarded",
            "deny contains \"x\" if { input.kind == \"Pod\"; input.metadata.name; input.spec.hostNetwork == true }",
            "7 confirmed",
            "",
        ),
        (
            "absent",
            "deny contains \"x\" if not input.spec.securityContext.runAsNonRoot",
            "6 confirmed securityContext.runAsNonRoot",
            "",
        ),
        (
            "absent in an element",
            "deny contains c.name if { some c in input.spec.containers; not c.livenessProbe }",
            "9 confirmed livenessProbe|17 confirmed livenessProbe",
            "",
        ),
        (
            "list member",
            "deny contains \"x\" if \"SYS_ADMIN\" in input.spec.containers[_].securityContext.capabilities.add",
            "16 confirmed",
            "",
        ),
        (
            "through helpers",
            "deny contains c.name if { some c in all; floating(c) }\n\nall contains c if some c in input.spec.containers\n\nfloating(c) if endswith(c.image, \":latest\")",
            "10 confirmed|18 confirmed",
            "",
        ),
        (
            "through variables",
            "deny contains n if { spec := input.spec; c := spec.containers[i]; [n, v] := split(c.image, \":\"); v == \"latest\" }",
            "10 confirmed|18 confirmed",
            "",
        ),
        (
            "two at once",
            "deny contains \"x\" if { some c in input.spec.containers; endswith(c.image, \":latest\") }",
            "10 confirmed",
            "18",
        ),
        (
            "cross-field behind an alias",
            "deny contains c.name if { some c in input.spec.containers; c.resources.limits.cpu < c.resources.requests.cpu }",
            "11 confirmed|19 confirmed",
            "12",
        ),
        (
            "path in a variable",
            "deny contains \"x\" if { path := [\"spec\", \"hostNetwork\"]; object.get(input, path, false) }",
            "7 confirmed",
            "",
        ),
        (
            "walk",
            "deny contains \"x\" if { walk(input, [path, value]); path[count(path) - 1] == \"add\"; value[_] == \"CHOWN\" }",
            "16 confirmed",
            "",
        ),
        (
            "negated helper",
            "deny contains c.name if { some c in input.spec.containers; not drops(c) }\n\ndrops(c) if \"ALL\" in c.securityContext.capabilities.drop",
            "15 confirmed drop|17 confirmed securityContext.capabilities.drop",
            "",
        ),
        (
            "labels",
            "deny contains \"x\" if { missing := {\"app\", \"team\"} - {l | input.metadata.labels[l]}; count(missing) > 0 }",
            "5 confirmed",
            "",
        ),
        (
            "in an object that a helper makes",
            "deny contains \"x\" if all[_].pod.spec.hostNetwork\n\nall[name] := {\"name\": name, \"pod\": input} if name := input.metadata.name",
            "7 confirmed",
            "",
        ),
        (
            "a helper that is named as it is",
            "deny contains msg if { input.kind != \"List\"; msg := said }\n\nsaid := \"x\" if { input.kind == \"Pod\"; input.spec.hostNetwork }",
            "7 confirmed",
            "",
        ),
        (
            "in a union of sets",
            "deny contains c.name if { some c in all; endswith(c.image, \":latest\") }\n\nall := {c | c := input.spec.initContainers[_]} | {c | c := input.spec.containers[_]}",
            "10 confirmed|18 confirmed",
            "",
        ),
        (
            "with a long result",
            "deny contains item if { not drops(input)\n item := {\"msg\": \"x\", \"a\": \"1\", \"b\": \"2\", \"c\": \"3\", \"d\": \"4\", \"e\": \"5\", \"f\": \"6\", \"g\": \"7\", \"h\": \"8\"} }\n\n\
             drops(pod) if { c := pod.spec.containers[_]; allowed := {\"NET_RAW\", \"ALL\"}; c.securityContext.capabilities.drop[_] == allowed[_] }",
            "15 confirmed drop",
            "17",
        ),
        (
            "objects of an owner left out",
            "deny contains \"x\" if { not input.metadata.ownerReferences; uses(input) }\n\nuses(pod) if pod.spec.hostNetwork",
            "7 confirmed",
            "",
        ),
        (
            "two reasons",
            "deny contains \"x\" if bad(input.spec.containers[0])\n\nbad(c) if c.resources.requests.cpu > 1\n\nbad(c) if c.resources.limits.cpu == 1",
            "13 confirmed",
            "12",
        ),
        (
            "computed from what others say",
            "deny contains \"x\" if finding.evaluation == \"failed\"\n\nfinding := f if { input.kind; f := {\"evaluation\": verdict(keeps)} }\n\n\
             default keeps := true\n\nkeeps := false if input.spec.hostNetwork\n\nverdict(fine) := \"passed\" if fine else := \"failed\"",
            "7 confirmed",
            "",
        ),
        (
            "the default of a rule",
            "deny contains \"x\" if verdict(drops) == \"failed\"\n\ndefault drops := false\n\ndrops if input.spec.containers[_].securityContext.capabilities.drop[_] == \"ALL\"\n\n\
             verdict(fine) := \"passed\" if fine else := \"failed\"",
            "15 confirmed drop",
            "17",
        ),
        (
            "a join of two lists is no reason",
            "deny contains \"x\" if { some a in input.spec.containers; some b in input.spec.containers; a.name == b.name; a.securityContext.capabilities.add[_] == \"CHOWN\" }",
            "16 confirmed",
            "",
        ),
        (
            "objects left out by a label",
            "deny contains \"x\" if { not input.metadata.labels.exempt == \"yes\"; not input.metadata.namespace == \"infra\"; not known }\n\n\
             known if regex.match(\"^v[0-9]{3}$\", input.spec.runtime.version)",
            "6 likely runtime.version",
            "",
        ),
        (
            "about objects of another kind",
            "deny contains \"x\" if { not input.metadata.labels.exempt == \"yes\"; not job.backoffLimit }\n\njob := input.spec if input.kind == \"Job\"",
            "2 document",
            "",
        ),
        (
            "one of several kinds",
            "deny contains \"x\" if { not input.metadata.labels.exempt == \"yes\"; not spec.restartPolicy }\n\n\
             spec := input.spec.template.spec if { input.kind == \"Job\" } else := input.spec if { input.kind == \"Pod\" }",
            "6 confirmed restartPolicy",
            "",
        ),
        (
            "without what it must have a function says nothing",
            "deny contains \"x\" if { not input.metadata.labels.exempt == \"yes\"; not has }\n\nhas if not is_null(input.spec.nodeName)",
            "6 confirmed nodeName",
            "",
        ),
        (
            "sought by its name",
            "deny contains \"x\" if { startswith(input.spec.containers[0].image, \"web\"); not has(input.spec.containers, \"log\") }\n\n\
             has(all, name) if all[_].name == name",
            "8 confirmed",
            "",
        ),
        (
            "a wrong name",
            "deny contains \"x\" if startswith(pod.metadata.name, \"a\")\n\npod := input if input.kind == \"Pod\"",
            "4 confirmed",
            "",
        ),
        (
            "what is there beside what is missing",
            "deny contains \"x\" if adds\n\nadds if { some c in input.spec.containers; c.securityContext.capabilities.add[_] == \"CHOWN\" } \
             else := true if { some c in input.spec.containers; not count(c.securityContext.capabilities.add) >= 0; input.spec.hostPID }",
            "16 confirmed",
            "",
        ),
        (
            "among the keys of the policy",
            "apps := {\"shop\", \"db\"}\n\ndeny contains \"x\" if not apps[input.metadata.labels.app]",
            "5 confirmed",
            "",
        ),
        (
            "left out by what is missing too",
            "deny contains \"x\" if { not input.spec.os.name == \"windows\"; not known }\n\n\
             known if regex.match(\"^v[0-9]{3}$\", input.spec.runtime.version)",
            "6 likely runtime.version",
            "",
        ),
        (
            "labels that are there",
            "deny contains \"x\" if { input.metadata.labels; have := {key | input.metadata.labels[key]}; count({\"app\", \"team\"} - have) > 0 }",
            "5 confirmed",
            "",
        ),
        (
            "left out by a label of its pods",
            "deny contains \"x\" if { not pod.metadata.labels.free; pod.spec.hostNetwork }\n\npod := object.union(input, {}) if input.kind == \"Pod\"",
            "7 confirmed",
            "",
        ),
        (
            "what other rules say",
            "deny contains msg if some msg in privileges\n\ndeny contains msg if images[msg]\n\n\
             privileges contains \"shares the network\" if { input.kind == \"Pod\"; input.spec.hostNetwork }\n\n\
             privileges contains \"is bad\" if { input.spec.hostPID }\n\n\
             images contains sprintf(\"%s floats\", [c.name]) if { some c in input.spec.containers; endswith(c.image, \":latest\") }",
            "7 confirmed|10 confirmed|18 confirmed",
            "",
        ),
        (
            "words of a function",
            "deny contains msg if some msg in words(input.spec.containers)\n\n\
             words(all) := [msg | c := all[_]; endswith(c.image, \":latest\"); msg := sprintf(\"%s floats\", [c.name])]",
            "10 confirmed|18 confirmed",
            "",
        ),
        (
            "words in a set of a function",
            "deny contains msg if words(input.spec.containers)[msg]\n\n\
             words(all) := {msg | some c in all; endswith(c.image, \":latest\"); msg := sprintf(\"%s floats\", [c.name])}",
            "10 confirmed|18 confirmed",
            "",
        ),
        (
            "words of lists that are joined",
            "deny contains msg if some msg in all\n\nall := array.concat(images, networks)\n\n\
             images := [sprintf(\"%s floats\", [c.name]) | some c in input.spec.containers; endswith(c.image, \":latest\")]\n\n\
             networks := [sprintf(\"%s shares\", [input.metadata.name]) | input.spec.hostNetwork]",
            "7 confirmed|10 confirmed|18 confirmed",
            "",
        ),
        (
            "words in objects and before others",
            "deny contains msg if { some said in all; msg := sprintf(\"[A-1] %s\", [said.text]) }\n\n\
             all contains {\"text\": sprintf(\"%s floats\", [c.name]), \"who\": c.name} if { some c in input.spec.containers; endswith(c.image, \":latest\") }",
            "10 confirmed|18 confirmed",
            "",
        ),
        (
            "a key that is put together",
            "deny contains \"x\" if not has(\"owner\")\n\nhas(word) if { key := concat(\"/\", [\"example.com\", word]); input.metadata.labels[key] != \"\" }",
            "5 confirmed example.com/owner",
            "",
        ),
        (
            "of which only the kind is looked at",
            "deny contains msg if { input.kind == \"Pod\"; name := input.metadata.name; msg := sprintf(\"no pods, %s\", [name]) }",
            "2 confirmed",
            "",
        ),
        (
            "a name that the policy does not know",
            "deny contains \"x\" if { input.kind == \"Pod\"; name := input.metadata.name; not known[name] }\n\nknown := {\"web\": 1, \"shop\": 2}",
            "4 confirmed",
            "",
        ),
        ("count", "deny contains \"x\" if count(input.spec.containers) > 1", "8 confirmed", ""),
        ("always", "deny contains \"x\" if true", "2 document", ""),
    ];
    for (case, rule, expected, related) in table {
        assert_eq!(places(PODS, rule), (expected.to_owned(), related.to_owned()), "{case}");
    }
}

/// Where the findings of rules are, as `line confidence missing`, and the lines of the related places.
fn places(manifest: &str, rules: &str) -> (String, String) {
    let policy = format!("package main\n\nimport rego.v1\n\n{rules}\n");
    let repo = Repo::new(&[("pod.yaml", manifest), ("policy/a.rego", &policy)]);
    found_places(&repo)
}

fn found_places(repo: &Repo) -> (String, String) {
    let (_, report) = repo.check(&alone(&["-p", "policy"]));
    let findings = report["findings"].as_array().unwrap();
    let place = |finding: &Value| {
        let word = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", finding["line"], word("location"), word("missing")).trim_end().to_owned()
    };
    let found: Vec<String> = findings.iter().map(place).collect();
    let lines = findings.iter().flat_map(|one| one["related"].as_array().unwrap()).map(|one| one["line"].to_string());
    (found.join("|"), lines.collect::<Vec<_>>().join(" "))
}

/// A pod whose container has an environment, ports and a probe.
const PORTS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  drop: [CHOWN]
  containers:
    - name: web
      env:
        - name: LEVEL
          value: debug
        - name: HOST
          valueFrom: {field: status.podIP}
      ports: [{number: 80},
        {number: 81}]
      probe: {port: 90, spare: 81}
      least: 4
      most: 2
    - name: log
      env:
        - name: LEVEL
          value: info
";

#[test]
fn the_line_is_found_where_policies_make_sets_and_inputs_of_their_own() {
    let table = [
        (
            "asked with another input",
            "deny contains c.name if { some c in input.spec.containers; not probed with input as c }\n\nprobed if input.probe.path",
            "15 confirmed path|18 confirmed probe.path",
            "",
        ),
        (
            "given a name with another input",
            "deny contains c.name if { c := input.spec.containers[_]; wanted := probed with input as c; count(wanted - {80}) > 0 }\n\n\
             probed contains input.probe.port",
            "15 confirmed",
            "",
        ),
        (
            "another input in another input",
            "deny contains \"x\" if outer with input as input.spec\n\nouter if { some c in input.containers; inner with input as c }\n\n\
             inner if input.probe.port == 90",
            "15 confirmed",
            "",
        ),
        (
            "sought in a list of one",
            "deny contains \"x\" if not drops(input.spec)\n\ndrops(spec) if { some one in spec.drop; one == \"ALL\" }",
            "5 confirmed",
            "",
        ),
        (
            "by the key of an object that is made",
            "deny contains c.name if { some c in input.spec.containers; not hosted(c) }\n\n\
             hosted(c) if { all := {one.name: one | one := c.env[_]}; all.HOST.valueFrom.field == \"status.hostIP\" }",
            "12 confirmed|19 likely",
            "",
        ),
        (
            "the members that are too many",
            "deny contains \"x\" if { have := {one | one := input.spec.containers[_].ports[_].number}; count(have - {80}) > 0 }",
            "14 confirmed",
            "",
        ),
        (
            "the members that are too many beside a union",
            "deny contains \"x\" if { have := {one | one := input.spec.containers[_].ports[_].number}\n\
             known := union({{80}, {one | one := input.spec.containers[_].name}})\n count(have - known) > 0 }",
            "14 confirmed",
            "",
        ),
        (
            "two fields that are compared",
            "deny contains \"x\" if { some c in input.spec.containers; c.probe.spare == c.ports[1].number }",
            "14 confirmed",
            "15",
        ),
    ];
    for (case, rules, expected, related) in table {
        assert_eq!(places(PORTS, rules), (expected.to_owned(), related.to_owned()), "{case}");
    }
}

#[test]
fn a_test_is_meant_as_the_file_has_it_that_asks() {
    let (first, second) = (
        "package main\n\nimport rego.v1\n\nfine if input.spec.least == 1\n",
        "package main\n\nimport rego.v1\n\ndeny contains \"x\" if not fine\n\nfine if input.spec.containers[0].most == 5\n",
    );
    let pod = ("pod.yaml", PORTS);
    let repo = Repo::new(&[pod, ("policy/a.rego", first), ("policy/b.rego", second)]);
    assert_eq!(found_places(&repo).0, "17 confirmed");
}

#[test]
fn the_line_is_found_with_what_the_policies_are_given_as_data() {
    let policy = "package main\n\nimport rego.v1\nimport data.parameters.block\n\nlabel := data.parameters.label\n\n\
        deny contains label if not input.metadata.labels[label]\n\n\
        deny contains block if { not input.metadata.labels[data.parameters.exempt] == \"yes\"; not input.spec[block] }\n";
    let data = "parameters: {label: team, block: dnsPolicy, exempt: left-out}\n";
    let repo = Repo::new(&[("pod.yaml", PODS), ("policy/a.rego", policy), ("data/data.yaml", data)]);
    let (_, report) = repo.check(&alone(&["-p", "policy", "--data", "data"]));
    let findings = report["findings"].as_array().unwrap().iter();
    let places = findings.map(|one| format!("{} {}", one["path"].as_str().unwrap(), one["location"].as_str().unwrap()));
    let expected = ["/metadata/labels/team confirmed", "/spec/dnsPolicy confirmed"];
    assert_eq!(places.collect::<Vec<_>>(), expected);
}

#[test]
fn a_policy_set_is_checked_before_it_is_used() {
    let policy = "\
package main

import rego.v1

deny contains \"x\" if {
    input.kind == \"Deploiment\"
    input.spec
}

deny contains \"y\" if input.kind in {\"Pod\", \"Job\"}
";
    let other = "package platform\n\nimport rego.v1\n\nwarn contains \"z\" if input.a\n";
    let repo =
        Repo::new(&[("pod.yaml", POD), ("web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n")]);
    repo.write("policy/a.rego", policy);
    repo.write("policy/b.rego", other);
    let check = |repo: &Repo| {
        let output = repo.command(&["policies", "check", "-p", "policy"]);
        let arguments: Vec<_> = output.get_args().take(4).map(ToOwned::to_owned).collect();
        let output = std::process::Command::new(output.get_program())
            .args(arguments)
            .current_dir(repo.path(""))
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, out) = check(&repo);
    assert_eq!(code, 0, "{out}");
    let expected = [
        "policy/a.rego:5: warning: this clause of `deny` is about the kind `Deploiment`, and no document here is of it",
        "  = help: did you mean `Deployment`?",
        "policy/b.rego:5: warning: package `platform` has rules that no one asks for",
        "2 files, 2 clauses that can say something: 0 errors, 2 warnings",
    ];
    for line in expected {
        assert!(out.lines().any(|other| other == line), "{line}\n{out}");
    }
    repo.write(
        "policy/c.rego",
        "package main\n\nimport rego.v1\n\ndeny contains x if nothing(1)\n\ndeny contains \"a\" if http.send({})\n",
    );
    let (code, out) = check(&repo);
    assert_eq!(code, 2);
    for line in [
        "policy/c.rego:5: error: rule `deny` calls `nothing`",
        "policy/c.rego:5: error: the variable `x`",
        "policy/c.rego:7: error: rule `deny` calls `http.send`",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
}

#[test]
fn the_tests_of_policies_run() {
    let tests = "\
package main

import rego.v1

test_latest if {
    count(deny) == 1 with input as {\"spec\": {\"containers\": [{\"name\": \"a\", \"image\": \"a:latest\"}]}}
}

test_wrong if {
    some message in deny with input as {\"spec\": {\"containers\": []}}
    message
}

todo_test_later if false
";
    let repo = Repo::new(&[("policy/latest.rego", LATEST), ("policy/latest_test.rego", tests)]);
    repo.write(
        "policy/idle.rego",
        "package main\n\nimport rego.v1\n\nwarn contains \"x\" if {\n    input.kind == \"Job\"\n}\n",
    );
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(arguments)
            .current_dir(repo.path(""))
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, out) = run(&["test", "policy"]);
    let expected = "\
failed   main.test_wrong  policy/latest_test.rego:9, up to line 10
skipped  main.todo_test_later  policy/latest_test.rego:14
3 tests: 1 passed, 1 failed, 1 skipped
rules evaluated by them: 1 of 2
  not main.warn  policy/idle.rego:5
";
    assert_eq!((code, out.as_str()), (1, expected));
    repo.write("policy/latest_test.rego", &tests.replace("test_wrong", "todo_test_wrong"));
    assert_eq!(run(&["test", "policy", "--verbose"]).0, 0);
}

#[test]
fn a_hostile_policy_takes_nothing_down_but_itself() {
    let endless = "every a in numbers.range(1, 100000) { every b in numbers.range(1, 100000) { a + b > 0 } }";
    let large = "x := [s | some i in numbers.range(1, 900000); s := sprintf(\"%d%s\", [i, concat(\"\", [t | some j in numbers.range(1, 4000); t := \"0123456789\"])])]; count(x) > 0";
    let text = format!(
        "package main\n\nimport rego.v1\n\ndeny contains \"fine\" if input.kind\n\ndeny contains \"endless\" if {{ {endless} }}\n\ndeny contains \"large\" if {{ {large} }}\n\nwarn contains \"fine too\" if input.spec\n"
    );
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", &text)]);
    let started = std::time::Instant::now();
    let (code, report) = repo.check(&alone(&["-p", "policy"]));
    assert_eq!((code, messages(&report)), (2, set(&["fine", "fine too"])), "{:?}", report["notices"]);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());

    // The documents of a file are one question, and one of them stops the process: the others keep what is said of them.
    let text =
        text.replace("\"large\" if {", "\"large\" if { input.metadata.name == \"b\";").replace(endless, "input.absent");
    let documents = ["a", "b", "c"].map(|name| POD.replacen("name: a", &format!("name: {name}"), 1));
    let repo = Repo::new(&[("pods.yaml", &documents.join("---\n")), ("policy/a.rego", &text)]);
    let (code, report) = repo.check(&alone(&["-p", "policy"]));
    let findings = report["findings"].as_array().unwrap();
    let of = |name: &str| findings.iter().filter(|finding| finding["subject"]["name"] == name).count();
    assert_eq!((code, ["a", "b", "c"].map(of)), (2, [2, 2, 2]), "{:?}", report["notices"]);
}

#[test]
fn what_would_exhaust_the_stack_is_named() {
    let nested: String = (0..5_000).map(|at| format!("some x{at} in [1]; ")).collect();
    let chain: String = (0..15_000).map(|at| format!("r{at} if r{}\n", at + 1)).collect();
    for deep in [format!("{{ {nested} input.kind }}\n"), format!("r0\n\n{chain}r15000 := 1\n")] {
        let text = format!(
            "package main\n\nimport rego.v1\n\ndeny contains \"fine\" if input.kind\n\ndeny contains \"deep\" if {deep}"
        );
        let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", &text)]);
        let (code, report) = repo.check(&alone(&["-p", "policy"]));
        assert_eq!((code, messages(&report)), (2, set(&["fine"])));
        assert!(report["notices"].to_string().contains("nested more than 250 deep"), "{:?}", report["notices"]);
    }
}

#[test]
fn a_text_that_would_exhaust_the_parser_is_refused_at_its_line() {
    let many = |part: &str, times: usize| part.repeat(times);
    let table = [
        (format!("x := 1{}; x > 0", many(" + 1", 50_000)), "a chain of more than 200 links"),
        (format!("x := 1{}; x > 0", many("\n+ 1", 50_000)), "a chain of more than 200 links"),
        (format!("x := {}1; x > 0", many("-", 20_000)), "a chain of more than 200 links"),
        (format!("input{}", many(".a", 50_000)), "a chain of more than 200 links"),
        (format!("input{}", many("[0]", 20_000)), "a chain of more than 200 links"),
        (format!("x := {}1{}; x > 0", many("(", 5_000), many(")", 5_000)), "a chain of more than 200 links"),
        (format!("x := {}1{}", many("$\"{", 500), many("}\"", 500)), "template strings are nested more than 14 deep"),
    ];
    for (body, words) in table {
        let text = format!("package main\n\ndeny contains \"x\" if {{ {body} }}\n");
        let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", &text)]);
        let ran = repo.run(&["check", "-p", "policy"]);
        assert!(ran.code == 2 && ran.says(words) && ran.says("policy/a.rego:"), "{words}: {} {}", ran.code, ran.errors);
    }
    // A long list is no chain, and neither is a long chain of rules a deep one to the check.
    let list: Vec<String> = (0..5_000).map(|at| format!("\"k{at}\"")).collect();
    let rules: String = (0..15_000).map(|at| format!("r{at} if r{}\n", at + 1)).collect();
    let text = format!(
        "package main\n\ndeny contains \"x\" if not input.kind in [{}]\n\n{rules}\nr15000 := 1\n",
        list.join(",")
    );
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", &text)]);
    assert_eq!(messages(&repo.check(&alone(&["-p", "policy"])).1), set(&["x"]));
}

#[test]
fn what_is_nested_deep_is_judged_all_the_same() {
    let deep = format!("{}1{}", "{a: ".repeat(150), "}".repeat(150));
    let documents =
        format!("{POD}---\n{}---\n{POD}", POD.replacen("name: a", &format!("name: b\n  labels: {deep}"), 1));
    let sum = vec!["1"; 180].join(" + ");
    let text = format!("package main\n\ndeny contains \"fine\" if {{ input.kind == \"Pod\"; {sum} == 180 }}\n");
    let repo = Repo::new(&[("pods.yaml", &documents), ("policy/a.rego", &text)]);
    let (code, report) = repo.check(&alone(&["-p", "policy"]));
    assert_eq!((code, report["findings"].as_array().unwrap().len()), (1, 3), "{:?}", report["notices"]);

    // What a policy says of it is too much for one document, and for that one alone.
    repo.write(
        "policy/a.rego",
        "package main\n\ndeny contains {\"msg\": \"fine\", \"labels\": input.metadata} if input.kind == \"Pod\"\n",
    );
    let (code, report) = repo.check(&alone(&["-p", "policy"]));
    assert_eq!((code, report["findings"].as_array().unwrap().len()), (2, 2), "{:?}", report["notices"]);
    assert!(report["notices"].to_string().contains("nested more than 100 levels deep"), "{:?}", report["notices"]);
}

#[test]
fn documents_are_judged_together_and_each_finding_is_in_its_own() {
    let policy = "\
package main

import rego.v1

services[name] contains i if {
    some i
    input[i].contents.kind == \"Service\"
    name := input[i].contents.metadata.name
}

deny contains msg if {
    some i
    input[i].contents.kind == \"Ingress\"
    wanted := input[i].contents.spec.defaultBackend.service.name
    not services[wanted]
    msg := sprintf(\"there is no service %s\", [wanted])
}

deny contains msg if {
    some i, j
    i < j
    input[i].contents.spec.ports[a].nodePort == input[j].contents.spec.ports[b].nodePort
    msg := sprintf(\"the port %d is taken twice\", [input[i].contents.spec.ports[a].nodePort])
}

warn contains \"many\" if count(input) > 2
";
    let service = |name: &str, port: u32| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  ports:\n    - port: 80\n      nodePort: {port}\n"
        )
    };
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\nspec:\n  defaultBackend:\n    service:\n      name: wep\n      port: {number: 80}\n";
    let both = format!("{}---\n{ingress}", service("web", 30080));
    let repo = Repo::new(&[("a.yaml", &both), ("b.yaml", &service("other", 30080)), ("policy/a.rego", policy)]);
    let (code, report) = repo.check(&alone(&["-p", "policy", "--combine"]));
    let place = |finding: &Value| {
        let related = finding["related"].as_array().unwrap().iter();
        let related: Vec<String> =
            related.map(|one| format!("{}:{}", one["file"].as_str().unwrap(), one["line"])).collect();
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        format!("{}:{} {} {} [{}]", text("file"), finding["line"], text("location"), text("message"), related.join(" "))
    };
    let found: BTreeSet<String> = report["findings"].as_array().unwrap().iter().map(place).collect();
    let expected = set(&[
        "a.yaml:17 confirmed there is no service wep []",
        "a.yaml:8 confirmed the port 30080 is taken twice [b.yaml:8]",
        "a.yaml:2 document many []",
    ]);
    assert_eq!((code, found), (1, expected));
    repo.write("portcullis.yaml", "profile: none\npolicies: {paths: [policy], combine: true}\n");
    assert_eq!(repo.check(&[]).1["findings"].as_array().unwrap().len(), 3);
    // What looks at several files has nothing to say of one.
    assert_eq!(repo.check(&["--file-by-file"]).1["findings"].as_array().unwrap().len(), 0);
    repo.write("portcullis.yaml", "profile: none\npolicies: {paths: [policy]}\n");
    assert_eq!(repo.check(&["--file-by-file"]).0, 0);
}

#[test]
fn a_file_by_itself_is_judged_by_policies_that_look_at_one() {
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/latest.rego", LATEST)]);
    let (_, report) = repo.check(&alone(&["-p", "policy", "--file-by-file"]));
    assert_eq!(messages(&report), set(&["web has no fixed version"]));
}

#[test]
fn an_empty_file_is_null_where_every_document_is_judged() {
    let policy = "package main\n\nimport rego.v1\n\ndeny contains \"nothing\" if is_null(input)\n";
    let repo = Repo::new(&[("empty.yaml", "# nothing\n"), ("pod.yaml", POD), ("policy/a.rego", policy)]);
    let (_, report) = repo.check(&alone(&["-p", "policy", "--all-documents"]));
    assert_eq!(standing(&report, "new"), set(&["empty.yaml:1 main.deny"]));
    assert_eq!(messages(&repo.check(&alone(&["-p", "policy"])).1), set(&[]));
}

#[test]
fn a_test_reads_files_of_the_repository_alone() {
    let test = |name: &str| {
        format!(
            "package main\n\nimport rego.v1\n\ntest_file if parse_config_file(\"{name}\").kind == \"Pod\"\n\ntest_none if count(deny) == 1 with input as parse_config_file(\"../pod.yaml\")\n"
        )
    };
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/latest.rego", LATEST)]);
    repo.write("policy/latest_test.rego", &test("../pod.yaml"));
    let run = |repo: &Repo| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["test", "policy"])
            .current_dir(repo.path(""))
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, out, errors) = run(&repo);
    assert!(code == 0 && out.contains("2 passed"), "{out}{errors}");
    for (name, words) in [("../../../../../../etc/hosts", "outside of the repository"), ("none.yaml", "none.yaml")] {
        repo.write("policy/latest_test.rego", &test(name));
        let (code, _, errors) = run(&repo);
        assert!(code == 2 && errors.contains("latest_test.rego:5") && errors.contains(words), "{errors}");
    }
    repo.write(
        "policy/other.rego",
        "package main\n\nimport rego.v1\n\ndeny contains \"x\" if parse_config_file(\"a.yaml\")\n",
    );
    assert!(repo.run(&["check", "-p", "policy"]).says("`parse_config_file`, which is refused"));
}

#[test]
fn rego_that_the_engine_reads_otherwise_means_what_opa_means() {
    let policy = "\
package main

import rego.v1

# A fact, an output that iterates what is not there, a call under `not`, a result behind the arguments.
is_old(\"a\") # the letter

names contains input.spec.nothing[_].name

deny contains \"fact\" if is_old(input.metadata.name)

deny contains \"output\" if count(names) == 0

deny contains \"negated\" if not lower(input.spec.containers[_].name) == \"proxy\"

deny contains sum if crypto.md5(\"a\", sum)

deny contains \"line\" if {
    input.kind
    (1 + 1) == 2
}

deny contains sprintf(\"%s|%5.2f|%-4v|\", [7, 2.5, input.kind])

import data.main.names as known

deny contains \"late\" if count(known) == 0
";
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", policy)]);
    let (_, report) = repo.check(&alone(&["-p", "policy"]));
    let expected =
        ["fact", "output", "late", "negated", "0cc175b9c0f1b6a831c399e269772661", "line", "%!s(int64=7)| 2.50|Pod |"];
    assert_eq!(messages(&report), set(&expected), "{:?}", report["notices"]);
}

/// More of the same is in `fixtures/conftest`, against the real one.
#[test]
fn what_is_evaluated_has_the_values_of_opa() {
    let table = [
        ("x := $\"{input.kind} {input.nope} {[1]} \\{y}\"", Some("Pod <undefined> [1] {y}")),
        ("x := $`a{1 + 1}\n  b`", Some("a2\n  b")),
        ("some c in input.spec.containers; x := $\"{c.name} of {$\"{input.metadata.name}!\"}\"", Some("web of a!")),
        ("[path, value] := walk(input); value == \"web\"; x := count(path)", Some("4")),
        ("x := count([1 | [_, \"web\"] = walk(input)])", Some("1")),
        ("x := 123456789123456789123 + 1", Some("123456789123456789124")),
        (
            "x := sprintf(\"%d|%s|%v\", [1208925819614629174706175, 18446744073709551616, 9223372036854775807 + 1])",
            Some("1208925819614629174706175|18446744073709551616|9223372036854775808"),
        ),
        (
            "x := 340282366920938463463374607431768211456 * 340282366920938463463374607431768211456",
            Some("115792089237316195423570985008687907853269984665640564039457584007913129639936"),
        ),
        ("0.1 + 0.2 == 0.3; x := 1", Some("1")),
        ("x := input.metadata.name + 1", None),
        ("x := 5.5 % 2", None),
        ("x := input.spec.containers - 1", None),
        ("{\"name\": x} := input.spec.containers[0]", None),
        ("{\"name\": x, \"image\": _} := input.spec.containers[0]", Some("web")),
        ("some {\"a\": x} in [{\"a\": 1, \"b\": 2}, {\"a\": 3}]", Some("3")),
        ("x := count(limits)", Some("0")),
        ("some limits in [3]; x := limits", Some("3")),
        ("x := [pair | some i, limits in [4]; pair := [i, limits]]", Some("[[0, 4]]")),
        ("x := kind_of({\"kind\": \"Pod\", \"other\": 1})", None),
        ("x := kind_of({\"kind\": \"Pod\"})", Some("Pod")),
        ("[x, {\"b\": _}] = json.unmarshal(\"[1, {\\\"b\\\": 2, \\\"c\\\": 3}]\")", None),
        ("{\"image\": \"web:latest\", \"name\": x} = input.spec.containers[_]", Some("web")),
        ("x := minus(3, 1)", Some("2")),
        ("not early; x := 1", None),
        ("some at; at == [2, 1, 0][at]; x := at", Some("1")),
        ("\"a\", \"a\" in {\"a\"}; x := 1", Some("1")),
        ("regex.match(`^{{\\w+}}$`, \"{{a}}\"); x := 1", Some("1")),
        ("regex.match(`\\w`, \"é\"); x := 1", None),
        ("x := semver.compare(\"v1.30.0\", \"1.9.0\")", Some("1")),
        ("x := to_number(\" 1\")", None),
        ("x := json.marshal(\"<\")", Some("\"\\u003c\"")),
        ("x := json.is_valid(1)", Some("false")),
        ("x := net.cidr_merge([\"192.0.128.0\", \"192.0.129.0\"])", Some("{\"192.0.128.0/23\"}")),
        ("x := type_name(net.cidr_expand(\"10.0.0.0/30\"))", Some("set")),
    ];
    let clauses = table
        .iter()
        .enumerate()
        .map(|(at, (body, _))| format!("deny contains sprintf(\"%d %v\", [{at}, x]) if {{ {body} }}\n"));
    let text =
        "package main\n\nimport rego.v1\n\nlimits.cpu := 1 if input.nope\n\nkind_of({\"kind\": limits}) := limits\n\nearly if {\n    not a = 1\n    a = 2\n}\n\n"
            .to_owned() + &clauses.collect::<String>();
    let repo = Repo::new(&[("pod.yaml", POD), ("policy/a.rego", &text)]);
    let (_, report) = repo.check(&alone(&["-p", "policy"]));
    let expected = table.iter().enumerate().filter_map(|(at, (_, value))| Some(format!("{at} {}", (*value)?)));
    assert_eq!(messages(&report), expected.collect::<BTreeSet<_>>());
    assert_eq!(notices(&report), BTreeSet::new());
}
