//! The hooks, run by pre-commit: installed from the repository, then offline, in chunks and in parallel.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{client, program, project, text};
use tempfile::TempDir;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers: \
                   [{name: web, image: a}]\n";
const BAD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  hostNetwork: true\n  \
                   containers: [{name: web, image: a}]\n";

/// A repository with hooks, and a copy of portcullis' own repository that it has them from.
struct Hooked {
    folder: TempDir,
    python: PathBuf,
}

/// What a run of pre-commit came to.
struct Ran {
    ok: bool,
    said: String,
}

impl Hooked {
    /// A repository whose configuration has these lines below each of the two hooks.
    fn new(more: &str) -> Option<Self> {
        let python = client("python/bin/python")?;
        program("git", "--version")?;
        let hooked = Self { folder: tempfile::tempdir().unwrap(), python };
        let source = hooked.folder.path().join("source");
        copy_tracked(&source);
        git(&source, &["init", "-q", "-b", "main"]);
        commit(&source);
        let revision = git(&source, &["rev-parse", "HEAD"]);
        git(&hooked.path(""), &["init", "-q", "-b", "main"]);
        let hooks: String = ["portcullis", "portcullis-all"].map(|id| format!("      - id: {id}\n{more}")).concat();
        let source = source.display();
        hooked.write(
            ".pre-commit-config.yaml",
            &format!("repos:\n  - repo: {source}\n    rev: {revision}\n    hooks:\n{hooks}"),
        );
        hooked.write("portcullis.yaml", "profile: pss-baseline\n");
        Some(hooked)
    }

    fn path(&self, path: &str) -> PathBuf {
        let top = self.folder.path().join("repo");
        fs::create_dir_all(&top).unwrap();
        top.join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn stage(&self) {
        git(&self.path(""), &["add", "-A"]);
    }

    fn commit(&self) {
        commit(&self.path(""));
    }

    /// `pre-commit` with these arguments; the first binary called portcullis on its path is the one of the tests.
    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.python);
        command.args(["-m", "pre_commit"]).args(arguments).current_dir(self.path(""));
        let binary = Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path));
        command
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("PRE_COMMIT_HOME", self.folder.path().join("home"));
        // The crates that the tests were built with are there; what pre-commit builds is kept for the next time.
        command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", project().join("target/pre-commit"));
        for (setting, value) in [("LTO", "off"), ("OPT_LEVEL", "0"), ("CODEGEN_UNITS", "16")] {
            command.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        Ran { ok: output.status.success(), said: said.into_owned() }
    }
}

/// The files of this repository that git knows or would know, as they are now.
fn copy_tracked(to: &Path) {
    let listed = git(&project(), &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    for path in listed.split('\0').filter(|path| project().join(path).is_file() && !path.starts_with("fixtures/repos/"))
    {
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(project().join(path), target).unwrap();
    }
}

fn commit(at: &Path) {
    git(at, &["add", "-A"]);
    let who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    git(at, &[&who[..], &["commit", "-q", "--no-verify", "-m", "x"]].concat());
}

fn git(at: &Path, arguments: &[&str]) -> String {
    fs::create_dir_all(at).unwrap();
    let mut command = Command::new("git");
    command.current_dir(at).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// How often a text is there.
fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

const INSTALLED: &str = "        language: system\n";

#[test]
fn the_manifest_of_the_hooks_is_valid() {
    let Some(python) = client("python/bin/python") else { return };
    let mut command = Command::new(python);
    command.args(["-m", "pre_commit", "validate-manifest"]).arg(project().join(".pre-commit-hooks.yaml"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_hooks_are_built_from_the_repository_and_then_need_no_network() {
    let Some(hooked) = Hooked::new("") else { return };
    hooked.write("deploy/web.yaml", POD);
    hooked.commit();
    let first = hooked.run(&["run", "--all-files", "portcullis"]);
    assert!(first.ok && first.said.contains("Installing environment"), "{}", first.said);
    hooked.write("deploy/web.yaml", BAD);
    hooked.stage();
    let second = hooked.run(&["run", "portcullis"]);
    assert!(!second.ok && second.said.contains("high[host-network]"), "{}", second.said);
    assert!(!second.said.contains("Installing environment"), "{}", second.said);
}

#[test]
fn fifteen_hundred_files_in_parallel_chunks_are_judged_as_the_repository_is() {
    let Some(hooked) = Hooked::new(INSTALLED) else { return };
    let long = "a-directory-with-a-name-that-makes-the-arguments-long/and-another-one-below-it-for-good-measure";
    for number in 0..1_500 {
        let name = format!("web-{number}");
        let pod = if number % 100 == 0 { BAD } else { POD }.replace("name: web, n", &format!("name: {name}, n"));
        hooked.write(&format!("{long}/{}/{name}.yaml", number % 20), &pod);
    }
    hooked.write("-x.yaml", POD);
    hooked.write("with a space.yaml", POD);
    hooked.commit();
    let each = hooked.run(&["run", "--all-files", "--verbose", "portcullis"]);
    assert!(!each.ok);
    assert_eq!(count(&each.said, "high[host-network]"), 15, "{}", each.said);
    let chunks = count(&each.said, "gate shut") + count(&each.said, "gate open");
    assert!(chunks > 1, "the files come in several calls: {chunks}");
    let all = hooked.run(&["run", "--all-files", "portcullis-all"]);
    assert!(!all.ok);
    assert_eq!(count(&all.said, "high[host-network]"), 15, "{}", all.said);
    assert_eq!(count(&all.said, "gate shut"), 1);
}

#[test]
fn a_hook_says_nothing_that_the_repository_would_not_say() {
    let Some(hooked) = Hooked::new(INSTALLED) else { return };
    // Everything here is fine as a whole, and looks wrong in parts.
    let config = "profile: all\nexclude: [examples/**]\ngate: {min_score: 99, strict_baseline: true}\n\
                  clusters:\n  default: {paths: [\"**\"], min_score: 99}\n";
    hooked.write("portcullis.yaml", config);
    hooked.write("overlay/portcullis.yaml", "profile: default\n");
    let entry = |kind: &str, name: &str| {
        format!(
            "  - check_id: host-network\n    kind: {kind}\n    name: {name}\n    reason: it has to\n    owner: team\n    review_date: 2999-01-01\n"
        )
    };
    hooked.write("portcullis-exceptions.yaml", &format!("exceptions:\n{}", entry("Pod", "elsewhere")));
    hooked.write("examples/bad.yaml", BAD);
    hooked.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n");
    hooked.write("chart/templates/web.yaml", &BAD.replace("hostNetwork: true", "hostNetwork: {{ .Values.x }}"));
    hooked
        .write("overlay/kustomization.yaml", "namespace: shop\nresources: [../base]\npatches: [{path: patch.yaml}]\n");
    hooked.write(
        "overlay/patch.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n",
    );
    hooked.write("base/kustomization.yaml", "resources: [cm.yaml]\n");
    hooked.write("base/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n");
    hooked.write("compose.yaml", "services: {web: {image: a}}\n");
    hooked.write("base/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
    hooked.write("base/old.yaml", BAD);
    hooked.commit();
    let mut baseline = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    let written = baseline.args(["baseline", "write"]).current_dir(hooked.path("")).output().unwrap();
    assert!(written.status.success(), "{written:?}");
    assert!(text(&hooked.path(".portcullis-baseline.jsonl")).contains("host-network"));
    // The pod moves to another file; its old file stays.
    hooked.write("base/old.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: empty, namespace: shop}\n");
    hooked.write("base/new.yaml", BAD);
    hooked.stage();
    for arguments in [&["run", "--verbose", "portcullis"][..], &["run", "--all-files", "--verbose", "portcullis"]] {
        let ran = hooked.run(arguments);
        assert!(ran.ok, "{}", ran.said);
        for word in ["unused", "vanished", "no longer", "covers no finding", "score", "bad.yaml", "matches nothing"] {
            assert!(!ran.said.contains(word), "{word}: {}", ran.said);
        }
    }
    for file in ["chart/templates/web.yaml", "overlay/patch.yaml", "base/cm.yaml", "compose.yaml", "base/new.yaml"] {
        let ran = hooked.run(&["run", "--verbose", "portcullis", "--files", file]);
        assert!(ran.ok, "{file}: {}", ran.said);
    }
    hooked.write("base/cm.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n");
    hooked.stage();
    let ran = hooked.run(&["run", "portcullis"]);
    assert!(!ran.ok && ran.said.contains("exit code: 3"), "what cannot be read is told: {}", ran.said);
}
