//! The GitHub action, run by act as its examples use it, and read back as GitHub's runner and code scanning read it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::act::{Act, Shown, pull_request};
use support::{assert_golden, client, program, project, shared, text};

const CLEAN: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
data:
  color: blue
";

/// Three violations, on lines 15, 20 and 25.
const THREE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      hostNetwork: true
      containers:
        - name: web
          image: registry.example.com/shop/web:1.4.2
          securityContext:
            privileged: true
        - name: metrics
          image: registry.example.com/shop/metrics:1.4.2
          ports:
            - containerPort: 9100
              hostPort: 9100
";

/// The outputs of the action that are no path.
const OUTPUTS: [&str; 9] =
    ["gate", "exit-code", "findings", "shutting", "new", "known", "excepted", "unjudged", "score"];

fn example(name: &str) -> String {
    text(&project().join("examples/github").join(name))
}

/// The annotations: level, file, line and title.
fn annotations(shown: &Shown) -> Vec<(String, String, String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let notes = shown.commands.iter().filter(|command| command["props"].get("file").is_some());
    notes
        .map(|note| {
            let kept = &note["kept"];
            (word(&note["cmd"]), word(&kept["file"]), word(&kept["line"]), word(&note["props"]["title"]))
        })
        .collect()
}

#[test]
fn a_pull_request_with_three_violations_shows_them_where_they_are() {
    let Some(act) = Act::new(&example("pull-request.yml"), &[("deploy/settings.yaml", CLEAN)]) else { return };
    let base = act.commit();
    act.write("deploy/web.yaml", THREE);
    let head = act.commit();
    let shown = act.run("pull_request", &pull_request(&base, &head, false), false);
    assert!(!shown.ok, "the job fails: {}", shown.log);
    let annotations = annotations(&shown);
    let at = |line: &str, title: &str| ("error".into(), "deploy/web.yaml".into(), line.into(), title.into());
    let expected =
        [at("20", "privileged-container (critical)"), at("15", "host-network (high)"), at("25", "host-port (medium)")];
    assert_eq!(annotations, expected);
    let gate = "gate shut: 3 findings shut it (1 critical, 1 high, 1 medium)";
    let change = format!("{gate}. The change since {}: 3 new, 0 fixed, 0 moved, 0 known", &base[..7]);
    assert_eq!(shown.commands.last().unwrap()["data"], change);
    assert!(shown.summary.starts_with(&format!("### ❌ portcullis: {gate}\n")), "{}", shown.summary);
    let output = |name: &str| shown.outputs[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(OUTPUTS.map(output)[..8], ["shut", "1", "3", "3", "3", "0", "0", "0"]);
    assert!((1.0..100.0).contains(&output("score").parse::<f64>().unwrap()), "{}", output("score"));
    let (sarif, category) = shown.sarif.as_ref().unwrap();
    assert_eq!(category, "portcullis");
    let lines: Vec<_> = sarif["runs"][0]["results"].as_array().unwrap().iter().map(start_line).collect();
    assert_eq!(lines, [20, 15, 25]);
    let validator = validated(sarif);
    let page = transcript(&shown, &validator).replace(&base[..7], "1a2b3c4");
    assert_golden("docs/guide/pull-request.md", &page);
}

fn start_line(result: &Value) -> u64 {
    result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap()
}

/// What the validation of GitHub's upload says of a log; it must accept it.
fn validated(sarif: &Value) -> String {
    let (Some(node), Some(clients)) = (client("node"), shared("oracle/clients")) else { return String::new() };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("portcullis.sarif"), sarif.to_string()).unwrap();
    let schema = node.join("node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json");
    let mut command = Command::new("node");
    command.env("NODE_ROOT", &node).arg(clients.join("cqa_validate.cjs")).arg(schema).arg("portcullis.sarif");
    let output = command.current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !said.contains("WARN"), "{said}");
    said
}

/// The page of the guide that shows this run.
fn transcript(shown: &Shown, validator: &str) -> String {
    let mut page = String::from(
        "<!-- Written by `UPDATE=1 cargo test --test action`. -->\n\n# A pull request with three violations\n\n\
         The workflow is [examples/github/pull-request.yml](../../examples/github/pull-request.yml). The repository is \
         judged by `profile: pss-baseline`, and the change adds `deploy/web.yaml`:\n\n```text\n",
    );
    for (index, line) in THREE.lines().enumerate() {
        writeln!(page, "{:>2}  {line}", index + 1).unwrap();
    }
    page += "```\n\n## The log of the step\n\n```text\n";
    page += shown.log.split_once("::error ").map_or("", |(head, _)| &shown.log[head.len()..]).trim_end();
    page += "\n```\n\n## What the runner makes of it\n\nThe job fails, and the lines of the change are annotated:\n\n";
    page += "| Annotation | Where | Title | Message |\n|---|---|---|---|\n";
    for command in shown.commands.iter().filter(|command| command.get("kept").is_some()) {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kept = &command["kept"];
        let place = match kept.get("file") {
            Some(file) => format!(
                "`{}`, line {}, columns {} to {}",
                word(file),
                word(&kept["line"]),
                word(&kept["col"]),
                word(&kept["endcolumn"])
            ),
            None => "the run".to_owned(),
        };
        writeln!(
            page,
            "| {} | {place} | {} | {} |",
            word(&command["cmd"]),
            word(&kept["title"]),
            word(&command["data"])
        )
        .unwrap();
    }
    page += "\n## The summary of the job\n\n";
    page += &shown.summary;
    page += "\n## The outputs of the step\n\n```text\n";
    for name in OUTPUTS {
        writeln!(page, "{name}={}", shown.outputs[name].as_str().unwrap()).unwrap();
    }
    page += "```\n\n## Code scanning\n\nThe validation that GitHub's upload begins with says of `portcullis.sarif`:\n\n```text\n";
    page + validator.trim_end() + "\n```\n"
}

#[test]
fn what_the_base_has_does_not_shut_the_gate() {
    let old = THREE.replace("name: web\n  namespace", "name: old\n  namespace");
    let Some(act) = Act::new(&example("pull-request.yml"), &[("deploy/old.yaml", &old)]) else { return };
    let base = act.commit();
    act.write("deploy/settings.yaml", CLEAN);
    let head = act.commit();
    let shown = act.run("pull_request", &pull_request(&base, &head, false), false);
    assert_eq!((shown.ok, shown.outputs["known"].as_str()), (true, Some("3")), "{}", shown.log);
    assert_eq!(annotations(&shown), []);
    act.write("deploy/web.yaml", THREE);
    let head = act.commit();
    let group = json!({"merge_group": {"base_sha": base, "head_sha": head}});
    let shown = act.run("merge_group", &group, false);
    assert_eq!((shown.ok, shown.outputs["shutting"].as_str()), (false, Some("3")), "{}", shown.log);
    assert!(annotations(&shown).iter().all(|(_, file, ..)| file == "deploy/web.yaml"), "{:?}", shown.commands);
    let gone = pull_request("0123456789012345678901234567890123456789", &head, false);
    let shown = act.run("pull_request", &gone, false);
    assert_eq!((shown.ok, shown.outputs["exit-code"].as_str()), (false, Some("2")), "{}", shown.log);
    assert!(shown.log.contains("fetch-depth"), "{}", shown.log);
}

#[test]
fn every_event_of_the_examples_is_judged() {
    let Some(act) = Act::new(&example("pull-request.yml"), &[("deploy/web.yaml", THREE)]) else { return };
    let base = act.commit();
    act.write("deploy/settings.yaml", CLEAN);
    let head = act.commit();
    let push = json!({"ref": "refs/heads/main", "before": base, "after": head});
    let shown = act.run("push", &push, false);
    assert_eq!((shown.ok, shown.outputs["shutting"].as_str()), (false, Some("3")), "a push judges all: {}", shown.log);
    assert!(shown.sarif.is_some());
    let Some(act) = Act::new(&example("weekly-audit.yml"), &[("deploy/web.yaml", THREE)]) else { return };
    let shown = act.run("schedule", &json!({"schedule": "0 6 * * 1"}), false);
    assert!(shown.ok, "three controls fail, five may: {}", shown.log);
    assert_eq!(shown.outputs["gate"], "open");
    assert!(shown.sarif.is_none(), "it was not asked for");
    let history = act.history();
    let rows: Vec<Vec<&str>> = history.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["date", "commit", "gate", "score", "findings", "new", "known", "excepted"]);
    assert_eq!((rows.len(), rows[1][2], &rows[1][4..]), (2, "open", &["3", "3", "0", "0"][..]), "{history}");
}

#[test]
fn each_cluster_of_a_matrix_has_its_own_threshold() {
    let medium = THREE.replace("      hostNetwork: true\n", "").replace("privileged: true", "privileged: false");
    let files = [("clusters/production/web.yaml", medium.as_str()), ("clusters/staging/web.yaml", medium.as_str())];
    let Some(act) = Act::new(&example("matrix.yml"), &files) else { return };
    let shown = act.run("push", &json!({"ref": "refs/heads/main"}), false);
    assert!(!shown.ok, "{}", shown.log);
    let mut annotations = annotations(&shown);
    annotations.sort();
    let levels: Vec<_> = annotations.iter().map(|(level, file, ..)| (level.as_str(), file.as_str())).collect();
    assert_eq!(levels, [("error", "clusters/production/web.yaml"), ("warning", "clusters/staging/web.yaml")]);
}

#[test]
fn a_fork_needs_no_token() {
    let Some(act) = Act::new(&example("pull-request.yml"), &[("deploy/settings.yaml", CLEAN)]) else { return };
    let base = act.commit();
    act.write("deploy/jobs.yaml", CLEAN);
    let head = act.commit();
    let shown = act.run("pull_request", &pull_request(&base, &head, true), true);
    assert!(shown.ok && shown.sarif.is_some(), "an upload that is refused does not shut the gate: {}", shown.log);
    let shown = act.run("pull_request", &pull_request(&base, &head, false), true);
    assert!(!shown.ok, "elsewhere it is told");
}

/// A workflow with one step, which has these inputs.
fn workflow(inputs: &str) -> String {
    format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      \
         - uses: actions/checkout@v4\n      - uses: portcullis-dev/portcullis@v0.1.0\n        with:\n{inputs}"
    )
}

#[test]
fn inputs_and_manifests_are_never_code() {
    let inputs = "          paths: |\n            deploy/$(touch pwned)\n            deploy/'; touch pwned;'\n            \
                  --help\n          config: '`touch pwned`'\n          fail-on: '\"; touch pwned; #'\n          \
                  formats: 'junit=$(touch pwned)'\n          category: '$(touch pwned)'\n          upload-sarif: true\n";
    let Some(act) = Act::new(&workflow(inputs), &[("deploy/web.yaml", THREE)]) else { return };
    let shown = act.run("push", &json!({}), false);
    assert_eq!((shown.ok, shown.outputs["exit-code"].as_str()), (false, Some("2")), "{}", shown.log);
    assert!(!act.file("pwned").exists());
    assert_eq!(shown.commands.len(), 1, "{}", shown.log);
    let hostile = THREE
        .replace(
            "name: web\n  namespace",
            "name: \"::error::x\\n::add-mask::web ##[error]y %0A::stop-commands::z\"\n  namespace",
        )
        .replace("- name: metrics", "- name: \"##[add-mask]a::set-output name=gate::open|`</td>\\u202e\"");
    let files = [("deploy/web.yaml", hostile.as_str()), ("deploy/::error::a,b%0A.yaml", THREE)];
    let Some(act) = Act::new(&workflow("          fail-on: low\n"), &files) else { return };
    let shown = act.run("push", &json!({}), false);
    assert_eq!(shown.outputs["gate"], "shut");
    let known = ["error", "warning", "notice", "group", "endgroup"];
    assert!(
        shown.commands.iter().all(|command| known.iter().any(|word| command["cmd"] == *word)),
        "{:?}",
        shown.commands
    );
    assert!(shown.commands.iter().all(|command| command.get("legacy").is_none()), "{:?}", shown.commands);
    let files: Vec<String> = annotations(&shown).into_iter().map(|(_, file, _, _)| file).collect();
    assert_eq!(files.iter().filter(|file| *file == "deploy/::error::a,b%0A.yaml").count(), 3, "{files:?}");
}

/// Runs the script that installs, outside of any workflow.
fn install(how: &str, change: impl Fn(&Path)) -> (Output, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    let version = env!("CARGO_PKG_VERSION");
    let archive = format!("portcullis-{version}-x86_64-unknown-linux-musl.tar.gz");
    let script = "mkdir -p v$1 bin && printf '#!/bin/sh\\necho released\\n' >bin/portcullis && chmod +x bin/portcullis \
                  && tar -C bin -czf v$1/$2 portcullis && (cd v$1 && sha256sum $2) >sums";
    let mut command = Command::new("bash");
    command.current_dir(folder.path()).args(["-c", script, "-", version, &archive]);
    assert!(command.status().unwrap().success());
    // Stands for cargo: a build takes minutes, and tests/pre_commit.rs has one.
    let cargo = "#!/bin/sh\n[ \"$1 $2\" = 'install --locked' ] || exit 1\nfor root; do :; done\nmkdir -p \"$root/bin\"\n\
                 printf '#!/bin/sh\\necho built\\n' >\"$root/bin/portcullis\"\nchmod +x \"$root/bin/portcullis\"\n";
    fs::create_dir(at("tools")).unwrap();
    fs::write(at("tools/cargo"), cargo).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(at("tools/cargo")).status().unwrap().success());
    change(folder.path());
    let mut command = Command::new("bash");
    command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", at("tools").display()));
    command.arg(project().join("action/install.sh")).env("INSTALL", how).env("RUNNER_TEMP", folder.path());
    command.env("GITHUB_PATH", at("path")).env("PORTCULLIS_CHECKSUMS", at("sums"));
    command.env("PORTCULLIS_RELEASES", format!("file://{}", folder.path().display()));
    (command.output().unwrap(), at("path"), folder)
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_program_comes_from_where_it_was_asked_for() {
    let Some(_) = program("curl", "--version") else { return };
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    for how in ["auto", "release"] {
        let (output, path, _folder) = install(how, |_| ());
        assert!(output.status.success() && said(&output).ends_with("released\n"), "{how}: {output:?}");
        assert!(Path::new(text(&path).trim()).join("portcullis").is_file());
    }
    let archive = format!("v{0}/portcullis-{0}-x86_64-unknown-linux-musl.tar.gz", env!("CARGO_PKG_VERSION"));
    let (output, path, _folder) = install("release", |folder| fs::write(folder.join(&archive), "other").unwrap());
    assert_eq!((output.status.code(), path.exists()), (Some(2), false));
    assert!(
        said(&output).contains("::error title=portcullis::") && said(&output).contains("checksum differs"),
        "{output:?}"
    );
    let (output, ..) = install("release", |folder| fs::remove_file(folder.join(&archive)).unwrap());
    assert!(output.status.code() == Some(2) && said(&output).contains("cannot download"), "{output:?}");
    let (output, ..) = install("release", |folder| fs::write(folder.join("sums"), "").unwrap());
    assert!(output.status.code() == Some(2) && said(&output).contains("install: source"), "{output:?}");
    let none_known = |folder: &Path| fs::write(folder.join("sums"), "").unwrap();
    for (how, change) in [("auto", &none_known as &dyn Fn(&Path)), ("source", &|_: &Path| ())] {
        let (output, path, _folder) = install(how, change);
        assert!(output.status.success() && said(&output).ends_with("built\n"), "{how}: {output:?}");
        assert!(Path::new(text(&path).trim()).join("portcullis").is_file());
    }
    let (output, path, _folder) = install("path", |_| ());
    assert!(output.status.code() == Some(2) && said(&output).contains("not on the PATH"), "{output:?}");
    assert!(!path.exists());
    let there =
        |folder: &Path| assert!(fs::copy(folder.join("bin/portcullis"), folder.join("tools/portcullis")).is_ok());
    let (output, ..) = install("path", there);
    assert!(output.status.success() && said(&output) == "released\n", "{output:?}");
    let (output, ..) = install("surprise", |_| ());
    assert!(output.status.code() == Some(2) && said(&output).contains("install is auto"), "{output:?}");
}

#[test]
fn the_linters_of_actions_and_shells_find_nothing() {
    let (Some(actionlint), Some(python)) = (client("go/actionlint"), client("python/bin/python")) else { return };
    let Some(shellcheck) = program("shellcheck", "--version") else { return };
    let mut workflows = files("examples/github");
    workflows.extend(files(".github/workflows"));
    assert!(workflows.len() > 4, "{workflows:?}");
    succeed(Command::new(actionlint).arg("-shellcheck").arg(&shellcheck).args(&workflows));
    let schema = |name: &str, files: &[PathBuf]| {
        let mut command = Command::new(&python);
        // The schema of Azure has expressions that only Python's dialect takes.
        command.args(["-m", "check_jsonschema", "--regex-variant", "python", "--builtin-schema", name]);
        succeed(command.args(files));
    };
    schema("vendor.github-actions", &[project().join("action.yml")]);
    schema("vendor.github-workflows", &workflows);
    schema("vendor.gitlab-ci", &[project().join("examples/gitlab-ci.yml")]);
    schema("vendor.azure-pipelines", &[project().join("examples/azure-pipelines.yml")]);
    let mut scripts = files("action");
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "sh"));
    scripts.extend(files(".ci"));
    succeed(Command::new(shellcheck).args(&scripts));
}

/// Everything that runs with the rights of a workflow is pinned by commit, with its version beside it.
#[test]
fn actions_are_pinned_by_commit() {
    let mut pinned = 0;
    let mut all = [files("examples/github"), files(".github/workflows")].concat();
    all.push(project().join("action.yml"));
    for file in all {
        for line in text(&file).lines().filter(|line| line.trim_start_matches([' ', '-']).starts_with("uses: ")) {
            let action = line.split_once("uses: ").unwrap().1;
            let (commit, version) = action.split_once('@').unwrap().1.split_once(" # ").unwrap();
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            // No release has a commit yet.
            let is_ours = action.starts_with("portcullis-dev/portcullis@v") && version == "pin it by commit";
            assert!(is_ours || (is_commit && version.starts_with('v')), "{}: {line}", file.display());
            pinned += 1;
        }
    }
    assert!(pinned > 10, "{pinned}");
}

/// The guide has all that the action takes and gives.
#[test]
fn the_guide_names_every_input_and_output() {
    let (action, guide) = (text(&project().join("action.yml")), text(&project().join("docs/guide/github.md")));
    let (inputs, rest) = action.split_once("\ninputs:\n").unwrap().1.split_once("\noutputs:\n").unwrap();
    let outputs = rest.split_once("\nruns:\n").unwrap().0;
    let mut named = 0;
    for line in inputs.lines().chain(outputs.lines()) {
        let Some(name) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':')) else { continue };
        if !name.starts_with(' ') {
            assert!(guide.contains(&format!("`{name}`")), "{name}");
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(project().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
}
