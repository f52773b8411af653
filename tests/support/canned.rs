//! The reports that every format renders: one a user would see, one made to break formats, none, one and 30,000 findings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portcullis::model::benchmark::Benchmark;
use portcullis::model::coverage::DocumentCoverage;
use portcullis::model::policy::Fix;
use portcullis::model::report::Notice;
use portcullis::model::statement::Word;
use portcullis::model::*;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: &yes true
      hostPID: *yes
      containers:
        - name: web
          image: nginx:1.27
          securityContext:
            privileged: true

        - name: proxy
          image: envoy:1.30
";

const EXCEPTIONS: &str = "\
exceptions:
  - check_id: privileged-container
    reason: the agent reads the counters of the processor
    owner: platform-team
    review_date: 2026-08-01
    risk_accepted_by: security-eng
";

const ODD: &str = "\
apiVersion: v1\r
kind: Pod\r
metadata: {name: odd, annotations: {note: \"名前 🔒 é\", run: yes}}\r
spec: # \u{202e}\u{1b}[2J
  containers: [{name: first, image: a}, {name: second, image: b}, {name: third, image: c}, {name: fourth, image: d}]\r
  hostIPC:\ttrue\r
";

/// A report with something of everything.
pub fn ordinary() -> Report {
    let web = Arc::new(Source::new("deploy/web.yaml", WEB));
    let odd = Arc::new(Source::new("pods/odd.yaml", ODD));
    let baseline = Arc::new(Source::new("portcullis.yaml", "profile: default\nskip:\n  - no-such-control\n"));

    let exceptions = Arc::new(Source::new("portcullis-exceptions.yaml", EXCEPTIONS));

    let mut network = verdict("host-network", "the pod uses the network of the host", &web, "true\n");
    network.finding.fix = Some(Fix::Remove { path: None }.into());
    let mut pid = verdict("host-pid", "the pod sees the processes of the host", &web, "*yes");
    pid.finding.related = vec![related("the value is defined here", &web, "&yes true")];
    let mut root = verdict("run-as-root", "container `web` may run as root", &web, "name: web\n          image");
    root.finding.missing = Some("securityContext.runAsNonRoot".into());
    root.finding.container = Some("web".into());
    let mut privileged = verdict("privileged-container", "container `web` is privileged", &web, "true\n\n");
    privileged.finding.container = Some("web".into());
    privileged.standing = Standing::Expired;
    privileged.because = Some(
        Because {
            reason: Some("the agent reads the counters of the processor".into()),
            owner: Some("platform-team".into()),
            review_date: "2026-08-01".parse().ok(),
            risk_accepted_by: Some("security-eng".into()),
            ticket: None,
            location: place(&exceptions, "2026-08-01"),
        }
        .into(),
    );
    let mut limits =
        verdict("no-memory-limit", "container `proxy` has no memory limit", &web, "name: proxy\n          image");
    limits.finding.missing = Some("resources.limits.memory".into());
    limits.finding.container = Some("proxy".into());
    (limits.action, limits.shuts) = (Action::Warn, false);

    let wide = verdict("host-ipc", "the pod shares memory with the host", &odd, "true\r");
    let mut note = verdict("odd-note", "the annotation is odd", &odd, "\"名前 🔒 é\"");
    note.finding.related =
        vec![related("also here", &odd, "yes}"), related("collides with this one", &web, "name: web\n  namespace")];
    let others = ["kind", "spec:", "image", "selector", "template"];
    note.finding.related.extend(others.map(|needle| related("and with this one", &web, needle)));
    note.shuts = false;
    let mut image =
        verdict("latest-tag", "container `third` has an image without a version", &odd, "c}, {name: fourth");
    image.finding.location.span.end = image.finding.location.span.start + 1;
    image.finding.container = Some("third".into());
    image.shuts = false;

    let mut verdicts = vec![network, pid, root, privileged, limits, wide, note, image];
    for standing in [Standing::Known, Standing::Moved, Standing::Excepted, Standing::Ignored] {
        let mut settled = verdict("host-port", "container `web` takes port 80 of the node", &web, "image: nginx");
        (settled.standing, settled.shuts) = (standing, false);
        settled.because = Some(
            Because {
                reason: Some("the load balancer asks for it".into()),
                ..Because::at(place(&exceptions, "privileged-container"))
            }
            .into(),
        );
        verdicts.push(settled);
    }
    let mut audited = verdict("host-port", "container `proxy` takes port 81 of the node", &web, "image: envoy");
    (audited.action, audited.shuts) = (Action::Audit, false);
    verdicts.push(audited);

    number(&mut verdicts);
    let fixed = verdict("host-pid", "the pod sees the processes of the host", &odd, "true\r").finding;
    Report {
        origin: Origin {
            at: "2026-11-01T06:00:00Z".parse().ok(),
            commit: Some("89abcdef0123456789abcdef0123456789abcdef".into()),
        },
        gate: Gate::Shut,
        reasons: vec![
            Reason::NewFindings { found: 4, allowed: 0 },
            Reason::Expired { found: 1, owners: vec!["platform-team".into()] },
            Reason::GateChanges { found: 1 },
        ],
        scores: vec![
            score(false, None, None, 1, 10),
            score(true, None, None, 1, 10),
            score(true, Some("cis-1.12"), None, 1, 3),
            score(true, Some("cis-1.12"), Some("1.2"), 1, 1),
            score(true, Some("cis-1.12"), Some("5.2"), 0, 2),
        ],
        assessments: vec![assessment(&verdicts)],
        compliance: vec![compliance("cis", "CIS Kubernetes Benchmark 1.12", 1, 3), compliance("soc2", "SOC 2", 1, 10)],
        verdicts,
        controls: controls(),
        coverage: vec![
            file(
                "deploy/broken.yaml",
                FileStatus::Unparsable,
                "",
                &[
                    (0, 1, DocumentStatus::Judged, ""),
                    (1, 14, DocumentStatus::Unparsable, "a mapping value is not allowed here"),
                ],
            ),
            file("deploy/latin1.yaml", FileStatus::Unparsable, "byte 117 is not UTF-8", &[]),
            file("deploy/web.yaml", FileStatus::Judged, "", &[(0, 1, DocumentStatus::Judged, "")]),
            file("charts/web/templates/a.yaml", FileStatus::Template, "a Helm template", &[]),
            file("kustomization.yaml", FileStatus::KnownOther, "a kustomization", &[]),
            file("pods/odd.yaml", FileStatus::Judged, "", &[(0, 1, DocumentStatus::Judged, "")]),
            file(
                "renovate.yaml",
                FileStatus::NotKubernetes,
                "no document is a Kubernetes object",
                &[(0, 1, DocumentStatus::NotKubernetes, "it has no apiVersion")],
            ),
            file("vendor/x.yaml", FileStatus::Skipped, "`exclude` has vendor/**", &[]),
        ],
        change: Some(Change {
            base: Base { name: "origin/main".into(), commit: "0123456789abcdef0123456789abcdef01234567".into() },
            fixed: vec![*fixed],
            left_out: None,
            untouched: BTreeSet::from(["vendor/x.yaml".into()]),
        }),
        gate_changes: vec![GateChange {
            rule: "new-exception",
            message: "an exception for `privileged-container` everywhere".into(),
            location: place(&exceptions, "privileged-container"),
        }],
        notices: vec![
            Notice {
                code: "unknown-control",
                message: "there is no control `no-such-control`".into(),
                help: Some("take it out, or correct its name".into()),
                location: Some(place(&baseline, "no-such-control")),
            },
            Notice {
                code: "no-cluster-version",
                message: "judged by Kubernetes 1.33".into(),
                help: None,
                location: None,
            },
        ],
        evidence: evidence(&web),
        history: history(),
        policy_errors: 0,
    }
}

/// A report whose every text is made to break a format.
pub fn hostile() -> Report {
    let texts = [
        "",
        " ",
        "\u{1b}[31mred\u{1b}[0m \u{1b}]8;;http://x\u{7}link",
        "\u{9b}2J\u{85}\u{7f}\0",
        "\u{202e}gnp.exe\u{2066}\u{200f}\u{2028}",
        "a\tb\r\nc\n\nd\re",
        "👩‍👩‍👧 名前 e\u{301} ｆｕｌｌ",
        "</script>]]>&amp;\"'`|*_[x](y)<b>",
        "::error file=x::y%0A%25",
        "::set-output name=a::b",
        "x ##[error]y ##[add-mask]z\u{a0}::stop-commands::w",
        "\u{e0041}\u{feff}\u{fffe}\u{ffff}",
        "--></title></style></textarea><script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>",
        "' onmouseover='alert(1)' \" autofocus onfocus=\"alert(1)",
        "</script></code></pre></summary></details><iframe srcdoc=\"<script>alert(1)</script>\"></iframe><base href=//x><meta \
         http-equiv=refresh content=0;url=//x><form action=//x><button formaction=javascript:alert(1)><math><mtext><template>\
         <style>@import '//x';</style><object data=data:text/html,x></object><link rel=stylesheet href=//x><video src=x onerror=alert(1)>",
        "javascript:alert(1) data:text/html,<script>alert(1)</script> &lt;script&gt;alert(1)&lt;/script&gt; &#x3c;b&#x3e;",
    ];
    let long = "x".repeat(70_000);
    let mut report = Report { verdicts: vec![], controls: vec![], coverage: vec![], notices: vec![], ..ordinary() };
    for text in texts.into_iter().chain([long.as_str(), &"名".repeat(70_000)]) {
        // A file and a control have a name in any case.
        let name = if text.trim().is_empty() { format!("blank{}", text.len()) } else { text.to_owned() };
        let source = Arc::new(Source::new(name.as_str(), text));
        let whole = Location { source: Arc::clone(&source), span: Span::new(0, text.len()) };
        let end = Location { source, span: Span::new(text.len(), text.len()) };
        let mut verdict = verdict("host-network", text, &whole.source, "");
        verdict.finding.control = name.as_str().into();
        verdict.finding.container = Some(text.into());
        verdict.finding.missing = Some(text.into());
        verdict.finding.path = Path::root().key(text).index(0);
        verdict.finding.identity = Arc::new(Identity {
            cluster: text.into(),
            api_version: text.into(),
            kind: text.into(),
            namespace: Some(text.into()),
            name: text.into(),
        });
        verdict.finding.fix = Some(Fix::Append { path: None, value: text.into() }.into());
        verdict.finding.location = whole;
        verdict.finding.related = vec![Related { message: text.into(), location: end.clone() }];
        report.verdicts.push(verdict.clone());
        verdict.finding.location = end;
        report.verdicts.push(verdict);
        let mut control = control(&name, Severity::High, Outcome::Fail);
        control.benchmarks = BTreeMap::from([(text.to_owned(), vec![text.to_owned()])]);
        control.frameworks = control.benchmarks.clone().into();
        let mut said = report.evidence[0].clone();
        (said.rule, said.message, said.subject, said.time) = (text.into(), text.into(), text.into(), text.into());
        (said.cluster, said.controls) = (text.into(), vec![text.to_owned()]);
        said.frameworks = BTreeMap::from([(text.to_owned(), vec![text.to_owned()])]);
        report.evidence.push(said);
        let mut run = report.history[2].clone();
        run.owners.insert(text.to_owned(), 3);
        run.commit = Some(text.to_owned());
        run.scores[1].framework = Some(text.to_owned());
        run.findings[0].control = text.to_owned();
        run.findings[0].file = text.to_owned();
        run.findings[0].owner = Some(text.to_owned());
        run.findings[0].first_seen.commit = Some(text.to_owned());
        report.history.push(run);
        report.compliance.push(Compliance {
            framework: text.to_owned(),
            cluster: text.into(),
            link: Some(text.to_owned()),
            ..compliance(text, text, 1, 2)
        });
        report.controls.push(control);
        report.coverage.push(file(&name, FileStatus::Unparsable, text, &[(0, 1, DocumentStatus::Unparsable, text)]));
        report.coverage.push(file(&name, FileStatus::Unparsable, text, &[]));
        let location = Some(report.verdicts[0].finding.location.clone());
        let finding = report.verdicts[0].finding.clone();
        report.gate_changes.push(GateChange { rule: "odd", message: text.into(), location: finding.location.clone() });
        report.change.iter_mut().for_each(|change| change.fixed.push((*finding).clone()));
        report.notices.push(Notice { code: "odd", message: text.into(), help: Some(text.into()), location });
    }
    let huge = "x".repeat(1 << 20);
    let mut verdict = verdict("host-network", &huge, &Arc::new(Source::new("huge.yaml", huge.as_str())), &huge);
    Arc::make_mut(&mut verdict.finding.identity).name = huge;
    report.verdicts.push(verdict);
    number(&mut report.verdicts);
    report
}

/// A report of one finding.
pub fn one() -> Report {
    let mut report = ordinary();
    report.verdicts.truncate(1);
    report.coverage.retain(|file| file.status == FileStatus::Judged);
    report.notices.clear();
    report.gate_changes.clear();
    report.change = None;
    report
}

/// A report of 30,000 findings in 300 files, of every severity and standing.
pub fn many() -> Report {
    let sources = (0..300).map(|index| Arc::new(Source::new(format!("deploy/{index:03}.yaml"), WEB)));
    let controls = controls();
    let standings = [Standing::New, Standing::New, Standing::New, Standing::Known, Standing::Excepted];
    let verdicts = sources.flat_map(|source| {
        let verdict = |index: usize| {
            let control = &controls[index % 9].control;
            let mut verdict = verdict(&control.id, "container `web` is as it should not be", &source, "true\n\n");
            verdict.finding.path = Path::root().key("spec").index(index);
            verdict.standing = standings[index % standings.len()];
            verdict.shuts = verdict.standing == Standing::New && control.severity >= Severity::Medium;
            verdict
        };
        (0..100).map(verdict).collect::<Vec<_>>()
    });
    let mut verdicts: Vec<_> = verdicts.collect();
    number(&mut verdicts);
    let files = (0..300).map(|index| {
        file(&format!("deploy/{index:03}.yaml"), FileStatus::Judged, "", &[(0, 1, DocumentStatus::Judged, "")])
    });
    let fixed = verdicts.iter().take(300).map(|verdict| (*verdict.finding).clone()).collect();
    let base = Base { name: "main".into(), commit: "0123456789abcdef".into() };
    let left_out = Some(LeftOut { findings: 7, new: 1 });
    let change = Some(Change { base, fixed, left_out, untouched: BTreeSet::new() });
    let gate_changes = ordinary().gate_changes.into_iter().cycle().take(300).collect();
    Report { verdicts, coverage: files.collect(), change, gate_changes, ..ordinary() }
}

/// A report of 30,000 findings in one line of a megabyte, with characters of several bytes.
pub fn minified() -> Report {
    let item = "{\"name\": \"名\", \"privileged\": true}, ";
    let source = Arc::new(Source::new("all.json", item.repeat(30_000)));
    let verdicts = (0..30_000).map(|index| {
        let mut verdict = verdict("privileged-container", "container `名` is privileged", &source, "true");
        let start = verdict.finding.location.span.start + index * item.len();
        verdict.finding.location.span = Span::new(start, start + 4);
        verdict
    });
    let mut verdicts: Vec<_> = verdicts.collect();
    number(&mut verdicts);
    let coverage = vec![file("all.json", FileStatus::Judged, "", &[(0, 1, DocumentStatus::Judged, "")])];
    Report { verdicts, coverage, ..ordinary() }
}

/// Gives every finding a fingerprint of its own, as a run does.
fn number(verdicts: &mut [Verdict]) {
    for (index, verdict) in verdicts.iter_mut().enumerate() {
        verdict.finding.fingerprint = Fingerprint((index as u128).to_be_bytes());
    }
}

/// A report of a run that found nothing.
pub fn empty() -> Report {
    let (verdicts, controls, coverage, notices) = (vec![], vec![], vec![], vec![]);
    let (reasons, scores, assessments, gate_changes) = (vec![], vec![], vec![], vec![]);
    let compliance = vec![];
    Report {
        origin: Origin::default(),
        gate: Gate::Open,
        reasons,
        scores,
        verdicts,
        controls,
        assessments,
        compliance,
        coverage,
        change: None,
        gate_changes,
        notices,
        evidence: vec![],
        history: vec![],
        policy_errors: 0,
    }
}

fn score(of_cluster: bool, benchmark: Option<&str>, section: Option<&str>, passed: usize, judged: usize) -> Score {
    Score {
        cluster: of_cluster.then(|| "default".into()),
        benchmark: benchmark.map(Into::into),
        section: section.map(Into::into),
        passed,
        judged,
    }
}

/// A statement of each program.
fn evidence(source: &Arc<Source>) -> Vec<Statement> {
    let of = |(witness, word, rule, control): (Witness, Word, &str, &str)| Statement {
        witness,
        word,
        rule: rule.to_owned(),
        message: format!("what {rule} says"),
        subject: "Pod shop/web".to_owned(),
        time: "2026-11-01T05:00:00Z".to_owned(),
        times: 2,
        cluster: "default".into(),
        place: place(source, "kind: Deployment"),
        controls: [control].into_iter().filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        frameworks: BTreeMap::from([("soc2".to_owned(), vec!["CC7.2".to_owned()])]),
    };
    [
        (Witness::Inspec, Word::Pass, "sysctl-01", ""),
        (Witness::Gatekeeper, Word::Fail, "K8sPSPPrivilegedContainer/deny", "privileged-container"),
        (Witness::Falco, Word::Fail, "Launch Privileged Container", "privileged-container"),
    ]
    .map(of)
    .to_vec()
}

/// Three runs: of a script around kube-bench, then two of portcullis.
fn history() -> Vec<Record> {
    let finding = |fingerprint: &str, control: &str, day: &str, owner: Option<&str>| {
        serde_json::json!({"fingerprint": fingerprint, "control": control, "severity": "high", "standing": "excepted",
            "cluster": "default", "file": "deploy/web.yaml", "owner": owner, "review_date": owner.map(|_| "2026-12-01"),
            "first_seen": {"date": format!("{day}T06:00:00Z"), "commit": "0123456789abcdef"}})
    };
    let run = |day: &str, fail: usize, passed: usize, platform: usize, findings: Vec<serde_json::Value>| {
        serde_json::json!({"totals": {"pass": 60 - fail, "fail": fail, "warn": 3}, "date": format!("{day}T06:00:00Z"),
            "version": 1, "commit": "89abcdef01234567", "open": fail == 0, "severities": {"high": platform + 2},
            "scores": [{"framework": null, "cluster": null, "passed": passed, "judged": 60},
                {"framework": "soc2", "cluster": "default", "passed": passed - 5, "judged": 60}],
            "owners": {"platform-team": platform, "nobody": 2}, "findings": findings})
    };
    let last = vec![
        finding("a", "privileged-container", "2026-09-01", Some("platform-team")),
        finding("b", "host-pid", "2026-10-01", None),
    ];
    let script = serde_json::json!({"totals": {"pass": 43, "fail": 17, "warn": 3}, "failures": [], "date": "2026-08-01T06:00:00.5"});
    let runs = [script, run("2026-09-01", 12, 48, 6, vec![]), run("2026-11-01", 5, 55, 1, last)];
    runs.map(|run| serde_json::from_value(run).unwrap()).to_vec()
}

fn compliance(framework: &str, title: &str, passed: usize, judged: usize) -> Compliance {
    let requirement = |id: &str, text: &str, passed: usize, judged: usize| RequirementResult {
        id: id.to_owned(),
        text: text.to_owned(),
        passed,
        judged,
    };
    Compliance {
        framework: framework.to_owned(),
        title: title.to_owned(),
        link: (framework != "cis").then(|| "https://example.com/frameworks".to_owned()),
        cluster: "default".into(),
        is_asked: false,
        passed,
        judged,
        requirements: vec![
            requirement("CC6.1", "Access is restricted", passed, judged),
            requirement("CC7.2", "The system is watched", 0, 0),
        ],
    }
}

/// A benchmark with a check of every status.
fn assessment(verdicts: &[Verdict]) -> Assessment {
    let benchmark: Benchmark = serde_json::from_value(serde_json::json!({
        "benchmark": "cis-1.12", "title": "CIS Kubernetes Benchmark 1.12", "platform": "kubeadm",
        "targets": {"master": {"id": "1", "title": "Control plane"}, "policies": {"id": "5", "title": "Policies"}},
        "sections": {"1.1": "Files of the control plane", "1.2": "API server", "5.2": "Pod security"},
        "checks": [
            {"id": "1.1.1", "text": "The file has mode 600", "target": "master", "answer": "node"},
            {"id": "1.2.1", "text": "Rules name what they allow", "target": "master", "controls": ["wildcard-rule"]},
            {"id": "5.2.2", "text": "Containers are not privileged", "target": "policies", "controls": ["privileged-container"]},
            {"id": "5.2.3", "text": "Pods have no processes of the host", "target": "policies", "scored": false,
             "controls": ["host-pid"]},
            {"id": "5.2.13", "text": "Pods take no ports of the node", "target": "policies", "type": "skip", "controls": ["host-port"]}
        ]
    }))
    .unwrap();
    let of = |control: &str| {
        let found = verdicts.iter().enumerate().filter(|(_, verdict)| &*verdict.finding.control == control);
        found.map(|(at, _)| at).collect::<Vec<usize>>()
    };
    let results = [
        (Status::Warn, Outcome::Manual, "needs the node", vec![]),
        (Status::Pass, Outcome::Pass, "", vec![]),
        (Status::Fail, Outcome::Fail, "", of("privileged-container")),
        (Status::Warn, Outcome::Fail, "", of("host-pid")),
        (Status::Info, Outcome::NotApplicable, "cis-1.12 leaves it out", vec![]),
    ];
    let checks = benchmark.checks.iter().zip(results).map(|(check, (status, outcome, reason, findings))| CheckResult {
        check: check.clone(),
        status,
        outcome,
        is_accepted: false,
        reason: reason.to_owned(),
        findings,
        seen: match status {
            Status::Pass => vec![Seen { file: "roles.yaml".into(), line: 1, what: "3 objects together".to_owned() }],
            _ => vec![],
        },
        is_critical: check.id == "5.2.2",
    });
    let checks = checks.collect();
    let assignment = Assignment {
        cluster: "default".into(),
        benchmark: Arc::new(benchmark),
        is_judged: true,
        kubernetes: Some("1.33".to_owned()),
        why: "for Kubernetes 1.33, found in deploy/web.yaml:1".to_owned(),
        provider: None,
        targets: Default::default(),
        skip: Default::default(),
        controls: Default::default(),
    };
    Assessment { assignment, checks }
}

fn controls() -> Vec<ControlResult> {
    let mut all = vec![
        control("host-ipc", Severity::High, Outcome::Fail),
        control("host-network", Severity::High, Outcome::Fail),
        control("host-pid", Severity::High, Outcome::Fail),
        control("host-port", Severity::Low, Outcome::Fail),
        control("latest-tag", Severity::Low, Outcome::Fail),
        control("no-memory-limit", Severity::Low, Outcome::Fail),
        control("odd-note", Severity::Info, Outcome::Fail),
        control("privileged-container", Severity::Critical, Outcome::Fail),
        control("run-as-root", Severity::Medium, Outcome::Fail),
        control("shell-access", Severity::Medium, Outcome::Manual),
        control("tls-cipher", Severity::Medium, Outcome::NotApplicable),
        control("wildcard-rule", Severity::High, Outcome::Pass),
    ];
    all[7].benchmarks = BTreeMap::from([
        ("cis-1.12".to_owned(), vec!["5.2.2".to_owned()]),
        ("pss".to_owned(), vec!["baseline/privilegedContainers".to_owned()]),
    ]);
    all[7].frameworks = BTreeMap::from([("soc2".to_owned(), vec!["CC6.1".to_owned(), "CC6.8".to_owned()])]).into();
    all
}

fn control(id: &str, severity: Severity, outcome: Outcome) -> ControlResult {
    let control = Control {
        id: id.into(),
        kind: SubjectKind::Pod,
        kinds: Vec::new(),
        package: format!("policy.pod.{}", id.replace('-', "_")).into(),
        title: format!("About {id}").into(),
        description: "Why it matters.".into(),
        severity,
        remediation: "Set the value to `false`, or leave it out. A workload that cannot do without it\n\
                      belongs on nodes of its own, with an exception that says so.\n\nMore on that."
            .into(),
        references: vec![],
        default: true,
        mode: Action::Deny,
        parameters: vec![],
    };
    let failed = usize::from(outcome == Outcome::Fail);
    ControlResult {
        control: Arc::new(control),
        severity,
        benchmarks: BTreeMap::new(),
        frameworks: BTreeMap::new().into(),
        outcome,
        judged: 3,
        failed,
    }
}

/// A new finding that shuts the gate, at the bytes of `needle`.
fn verdict(id: &str, message: &str, source: &Arc<Source>, needle: &str) -> Verdict {
    let known = controls().into_iter().find(|result| &*result.control.id == id);
    let mut location = place(source, needle);
    // A needle may need what follows to be unique.
    let text = source.slice(location.span);
    location.span.end -= text.len() - text.trim_end().len();
    let finding = Finding {
        control: id.into(),
        severity: known.map_or(Severity::Medium, |result| result.severity),
        mode: Action::Deny,
        message: message.into(),
        identity: Arc::new(Identity {
            cluster: "default".into(),
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            namespace: Some("shop".into()),
            name: "web".into(),
        }),
        namespace: Some("shop".into()),
        document: 0,
        container: None,
        image: None,
        path: Path::of_keys(&["spec", "template", "spec"]),
        named: Some("/spec/template/spec".into()),
        missing: None,
        location,
        confidence: Confidence::Exact,
        related: vec![],
        fix: None,
        metadata: None,
        fingerprint: Fingerprint::default(),
        check: None,
    };
    Verdict {
        finding: finding.into(),
        standing: Standing::New,
        action: Action::Deny,
        shuts: true,
        because: None,
        newer: None,
    }
}

fn related(message: &str, source: &Arc<Source>, needle: &str) -> Related {
    Related { message: message.into(), location: place(source, needle) }
}

fn place(source: &Arc<Source>, needle: &str) -> Location {
    let start = source.text().find(needle).unwrap();
    Location { source: Arc::clone(source), span: Span::new(start, start + needle.len()) }
}

fn file(path: &str, status: FileStatus, reason: &str, documents: &[(usize, u32, DocumentStatus, &str)]) -> Coverage {
    let documents = documents.iter().map(|&(document, line, status, reason)| DocumentCoverage {
        document,
        line,
        status,
        reason: reason.into(),
    });
    Coverage { file: path.into(), status, reason: reason.into(), documents: documents.collect() }
}
