//! The action in a repository of its own, run by act on this machine: an event in, what GitHub would show out.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{client, project, shared, text};

/// The action that the action uses, with the commit that it is pinned to.
const UPLOAD: &str = "github/codeql-action";

/// Where the release of the tests comes from.
const ARCHIVE: &str = concat!("portcullis-", env!("CARGO_PKG_VERSION"), "-x86_64-unknown-linux-musl.tar.gz");

/// A repository with a workflow, and the programs that run it.
pub struct Act {
    folder: tempfile::TempDir,
    act: PathBuf,
    python: PathBuf,
    runner: PathBuf,
}

/// What a run of a workflow came to.
#[derive(Debug)]
pub struct Shown {
    /// Whether the job succeeded.
    pub ok: bool,
    /// The commands that the runner of GitHub obeys, in order.
    pub commands: Vec<Value>,
    /// The summary of the job.
    pub summary: String,
    /// The outputs of the step that uses the action.
    pub outputs: Value,
    /// The log, without commands.
    pub log: String,
    /// What reached the upload, and its category.
    pub sarif: Option<(Value, String)>,
}

impl Act {
    /// A repository with these files and workflow, judged by the baseline of the Pod Security Standards, which stays as it is; none where a program or the model of GitHub's runner is absent.
    pub fn new(workflow: &str, files: &[(&str, &str)]) -> Option<Self> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return None;
        }
        let (act, python) = (client("go/act")?, client("python/bin/python")?);
        let runner = shared("oracle/clients")?.join("runner_parse.py");
        let act = Self { folder: tempfile::tempdir().unwrap(), act, python, runner };
        act.install();
        act.git(&["init", "-q", "-b", "main"]);
        act.write(".github/workflows/test.yml", workflow);
        act.write("portcullis.yaml", "profile: pss-baseline\n");
        files.iter().for_each(|(path, text)| act.write(path, text));
        act.commit();
        Some(act)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The file in the repository.
    pub fn file(&self, path: &str) -> PathBuf {
        self.path("repo").join(path)
    }

    /// Writes a file of the repository.
    pub fn write(&self, path: &str, text: &str) {
        put(&self.file(path), text);
    }

    /// Commits everything, and gives the commit.
    pub fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&[
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.com",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        fs::create_dir_all(self.path("repo")).unwrap();
        let mut command = Command::new("git");
        command.current_dir(self.path("repo")).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The action as a repository of its own, a release with the binary of the tests, and a stand-in for the upload.
    fn install(&self) {
        for path in ["action.yml", "Cargo.toml", "action/install.sh", "action/check.sh", "action/SHA256SUMS"] {
            put(&self.path("action").join(path), &text(&project().join(path)));
        }
        let release = self.path(&format!("releases/v{}", env!("CARGO_PKG_VERSION")));
        fs::create_dir_all(&release).unwrap();
        let binary = Path::new(env!("CARGO_BIN_EXE_portcullis"));
        let pack = "tar -C \"$1\" -cf - portcullis | gzip -1 >\"$2\" && sha256sum \"$2\" | sed 's# .*/#  #' >sums";
        let mut command = Command::new("bash");
        command.current_dir(self.folder.path()).args(["-c", pack, "-"]).arg(binary.parent().unwrap());
        assert!(command.arg(release.join(ARCHIVE)).status().unwrap().success());
        // The upload of a pull request from a fork may be refused.
        let upload = "
name: upload
inputs: {sarif_file: {}, category: {}}
runs:
  using: composite
  steps:
    - shell: bash
      run: 'cp \"$FILE\" \"$UPLOADED\"; echo \"$CATEGORY\" >\"$UPLOADED.category\"; [[ -z \"$REFUSED\" ]]'
      env: {FILE: '${{ inputs.sarif_file }}', CATEGORY: '${{ inputs.category }}'}
";
        put(&self.path("upload/upload-sarif/action.yml"), upload);
    }

    /// A stand-in for each action that the workflow uses beside ours; it keeps a history that it is given.
    fn stand_ins(&self) -> Vec<String> {
        let workflow = text(&self.file(".github/workflows/test.yml"));
        let used = workflow.lines().filter_map(|line| line.split_once("uses: ")?.1.split_whitespace().next());
        let others =
            used.filter(|action| !action.starts_with("portcullis-dev/") && !action.starts_with("actions/checkout@"));
        let stand_in = |action: &str| {
            let (path, commit) = action.split_once('@').unwrap();
            let mut parts = path.splitn(3, '/');
            let (owner, name) = (parts.next().unwrap(), parts.next().unwrap());
            let folder = self.path(&format!("{owner}-{name}"));
            let keep = "runs: {using: composite, steps: [{shell: bash, run: 'cp history.csv \"$UPLOADED.history\" || true'}]}\n";
            put(&folder.join(parts.next().unwrap_or_default()).join("action.yml"), &format!("name: other\n{keep}"));
            format!("{owner}/{name}@{commit}={}", folder.display())
        };
        others.map(stand_in).collect()
    }

    /// What a workflow has written to its history.
    pub fn history(&self) -> String {
        text(&self.path("uploaded.history"))
    }

    /// Runs the workflow on an event. `refuses` is whether the upload fails.
    pub fn run(&self, name: &str, event: &Value, refuses: bool) -> Shown {
        // On a busy machine act loses the end of what a step prints, and with it the conclusion that each run of the action prints.
        let mut runs = (0..3).map(|_| self.run_once(name, event, refuses));
        runs.find(|shown| shown.log.contains("title=portcullis::")).expect("act lost the end of the log three times")
    }

    fn run_once(&self, name: &str, event: &Value, refuses: bool) -> Shown {
        put(&self.path("event.json"), &event.to_string());
        let uploaded = self.path("uploaded");
        let _ = fs::remove_file(&uploaded);
        let action = text(&project().join("action.yml"));
        let pinned = action.split_once("upload-sarif@").unwrap().1.split_whitespace().next().unwrap();
        let local = |name: &str, folder: &str| format!("{name}={}", self.path(folder).display());
        let mut command = Command::new(&self.act);
        command.args([name, "-W", ".github/workflows/test.yml", "-P", "ubuntu-latest=-self-hosted", "--json"]);
        command.arg("-e").arg(self.path("event.json"));
        command.args(["--local-repository", &local("portcullis-dev/portcullis@v0.1.0", "action")]);
        command.args(["--local-repository", &local(&format!("{UPLOAD}@{pinned}"), "upload")]);
        for other in self.stand_ins() {
            command.args(["--local-repository", &other]);
        }
        let home = self.path("home");
        command
            .env("HOME", &home)
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CONFIG_HOME", home.join("config"));
        command.env("PORTCULLIS_RELEASES", format!("file://{}", self.path("releases").display()));
        command.env("PORTCULLIS_CHECKSUMS", self.path("sums")).env("UPLOADED", &uploaded);
        command.env("REFUSED", if refuses { "yes" } else { "" });
        let output = command.current_dir(self.path("repo")).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        assert!(lines.len() > 5, "{said}{}", String::from_utf8_lossy(&output.stderr));
        let log = printed(&lines);
        let sarif = fs::read_to_string(&uploaded).ok().map(|text| {
            let category = super::text(&uploaded.with_extension("category"));
            (serde_json::from_str(&text).unwrap(), category.trim().to_owned())
        });
        let summary =
            lines.iter().find(|line| line["command"] == "summary").map_or("", |line| line["content"].as_str().unwrap());
        Shown {
            ok: output.status.success(),
            commands: self.obeyed(&log),
            summary: summary.to_owned(),
            outputs: outputs(&lines),
            log,
            sarif,
        }
    }

    /// What the runner of GitHub takes for commands in a log.
    fn obeyed(&self, log: &str) -> Vec<Value> {
        let mut command = Command::new(&self.python);
        command.arg(&self.runner).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(log.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// What the steps printed, as the runner of GitHub gets it: act's own reading of commands cuts messages short.
fn printed(lines: &[Value]) -> String {
    let line = |line: &Value| match (&line["raw"], line["raw_output"] == true) {
        (Value::String(raw), _) => raw.clone(),
        (_, true) => line["msg"].as_str().unwrap().to_owned(),
        _ => String::new(),
    };
    lines.iter().map(line).collect()
}

/// The outputs of the steps of the job, not of those inside the action.
fn outputs(lines: &[Value]) -> Value {
    let is_outer =
        |line: &&Value| line["command"] == "set-output" && line["stepID"].as_array().is_some_and(|id| id.len() == 1);
    let pairs =
        lines.iter().filter(is_outer).map(|line| (line["name"].as_str().unwrap().to_owned(), line["arg"].clone()));
    Value::Object(pairs.collect())
}

/// The event of a pull request.
pub fn pull_request(base: &str, head: &str, is_fork: bool) -> Value {
    let head = json!({"ref": "change", "sha": head, "repo": {"fork": is_fork}});
    json!({"pull_request": {"number": 7, "base": {"ref": "main", "sha": base}, "head": head}})
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
