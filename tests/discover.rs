//! Discovery on small repositories: what is found, under which path, and what the ledger says of the rest.

#![cfg(test)]

mod support;

use std::fs;
use std::path::PathBuf;

use globset::{Glob, GlobSet};
use portcullis::discover::{Discovery, Plan, ReadError, Target, discover, read};
use portcullis::error::Error;
use portcullis::model::FileStatus;
use support::track;
use tempfile::TempDir;

/// A directory that goes away with the test.
struct Repo {
    _guard: TempDir,
    root: PathBuf,
}

impl Repo {
    /// Files with a word of content each; `git` says which of them are tracked, `None` that there is no git.
    fn new(files: &[&str], git: Option<&[&str]>) -> Self {
        let guard = tempfile::tempdir().unwrap();
        let root = guard.path().canonicalize().unwrap().join("repo");
        let repo = Self { _guard: guard, root };
        fs::create_dir(&repo.root).unwrap();
        files.iter().for_each(|file| repo.write(file, "a: b\n"));
        if let Some(tracked) = git {
            track(&repo.root, tracked);
        }
        repo
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[cfg(unix)]
    fn link(&self, target: &str, link: &str) {
        let path = self.root.join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    fn plan(&self, targets: &[&str]) -> Plan {
        let targets = targets.iter().map(|&target| target.into()).collect();
        Plan { cwd: self.root.clone(), targets, ..Plan::default() }
    }

    fn discover(&self, targets: &[&str]) -> Discovery {
        discover(&self.plan(targets)).unwrap()
    }

    fn error(&self, targets: &[&str]) -> (String, Option<String>) {
        match discover(&self.plan(targets)).unwrap_err() {
            Error::Usage { message, help } => (message, help),
            other => (other.to_string(), None),
        }
    }
}

fn paths(discovery: &Discovery) -> Vec<&str> {
    discovery.candidates.iter().map(|candidate| &*candidate.path).collect()
}

fn static_pods(discovery: &Discovery) -> Vec<&str> {
    discovery.candidates.iter().filter(|candidate| candidate.static_pod).map(|candidate| &*candidate.path).collect()
}

fn ledger(discovery: &Discovery) -> Vec<(&str, FileStatus, &str)> {
    discovery.ledger.iter().map(|entry| (&*entry.file, entry.status, entry.reason.as_str())).collect()
}

fn globs(patterns: &[&str]) -> GlobSet {
    let mut set = GlobSet::builder();
    patterns.iter().for_each(|pattern| {
        set.add(Glob::new(pattern).unwrap());
    });
    set.build().unwrap()
}

const LEFT_OUT: &str = "named by .portcullisignore";

#[test]
fn extensions_count_in_any_case_and_hidden_directories_are_walked() {
    let repo = Repo::new(
        &["a.yaml", "b.YML", "c.Json", "d.txt", "e", ".github/workflows/ci.yml", ".git/config.yaml", "x/.hidden.yaml"],
        None,
    );
    assert_eq!(
        paths(&repo.discover(&["."])),
        [".github/workflows/ci.yml", "a.yaml", "b.YML", "c.Json", "x/.hidden.yaml"]
    );
}

#[test]
fn what_is_typed_and_how_many_threads_make_no_difference() {
    let files: Vec<String> = (0..200).map(|n| format!("d{}/e{}/f{n}.yaml", n % 7, n % 13)).collect();
    let repo = Repo::new(&files.iter().map(String::as_str).collect::<Vec<_>>(), Some(&[]));
    let expected = repo.discover(&[]);
    assert_eq!(expected.candidates.len(), 200);
    assert_eq!(expected.root, repo.root);
    let absolute = repo.root.display().to_string();
    for typed in [".", "../repo", "d0/..", &absolute] {
        for threads in [1, 2, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| repo.discover(&[typed]));
            assert_eq!(found.candidates, expected.candidates, "{typed}, {threads} threads");
        }
    }
    let below = Plan { cwd: repo.root.join("d0"), targets: vec![".".into(), "../d1".into()], ..Plan::default() };
    let found = discover(&below).unwrap();
    assert_eq!(found.root, repo.root);
    assert!(paths(&found).iter().all(|path| path.starts_with("d0/") || path.starts_with("d1/")));
}

#[test]
fn the_root_is_marked_by_git_or_a_configuration_else_it_is_the_target() {
    let repo = Repo::new(&["a/b/c.yaml", "a/d.yaml"], None);
    let found = repo.discover(&["a/b"]);
    assert_eq!((found.root.clone(), paths(&found)), (repo.root.join("a/b"), vec!["c.yaml"]));
    let found = repo.discover(&["a/b/c.yaml", "a/d.yaml"]);
    assert_eq!((found.root.clone(), paths(&found)), (repo.root.join("a"), vec!["b/c.yaml", "d.yaml"]));
    repo.write("portcullis.yaml", "");
    let found = repo.discover(&["a/b"]);
    assert_eq!((found.root.clone(), paths(&found)), (repo.root.clone(), vec!["a/b/c.yaml"]));
}

#[test]
fn tracked_files_are_found_even_when_an_ignore_file_names_them() {
    let repo = Repo::new(
        &["evil.yaml", "junk.yaml", "out/evil.yaml", "out/junk.yaml", "dist/k.yaml", "plain.yaml"],
        Some(&["evil.yaml", "out/evil.yaml", "gone.yaml"]),
    );
    repo.write(".gitignore", "evil.yaml\njunk.yaml\nout/\ndist/\n");
    repo.write(".ignore", "plain.yaml\n");
    let found = repo.discover(&["."]);
    assert_eq!(paths(&found), ["evil.yaml", "out/evil.yaml"]);
    assert_eq!(ledger(&found), []);
    // Named, it counts.
    assert_eq!(paths(&repo.discover(&["junk.yaml", "dist"])), ["dist/k.yaml", "junk.yaml"]);
}

#[test]
fn the_root_may_lie_inside_a_repository() {
    let repo = Repo::new(&["app/a.yaml", "app/b.yaml", "app/portcullis.yaml"], Some(&["app/a.yaml", "a.yaml"]));
    repo.write("app/.gitignore", "?.yaml\n");
    repo.write(".gitignore", "portcullis.yaml\n");
    let found = repo.discover(&["app"]);
    assert_eq!((found.root.clone(), paths(&found)), (repo.root.join("app"), vec!["a.yaml", "portcullis.yaml"]));
}

#[test]
fn without_git_ignore_files_hold_and_the_ledger_tells() {
    let repo = Repo::new(&["a.yaml", "b.yaml", "sub/c.yaml", "sub/d.yaml", "e.txt"], None);
    repo.write(".gitignore", "a.yaml\ne.txt\n/sub/*\n!/sub/d.yaml\n");
    let found = repo.discover(&["."]);
    assert_eq!(paths(&found), ["b.yaml", "sub/d.yaml"]);
    let ignored = (FileStatus::Skipped, "named by an ignore file");
    assert_eq!(ledger(&found), [("a.yaml", ignored.0, ignored.1), ("sub/c.yaml", ignored.0, ignored.1)]);
}

#[test]
fn our_ignore_file_leaves_out_tracked_files_and_the_ledger_tells() {
    let repo = Repo::new(
        &["a.yaml", "vendor/x.yaml", "vendor/y/z.yaml", "sub/b.yaml", "sub/c.yaml", "n.txt"],
        Some(&["a.yaml", "vendor/x.yaml", "sub/b.yaml"]),
    );
    repo.write(".portcullisignore", "vendor/\nn.txt\n# comment\n");
    repo.write("sub/.portcullisignore", "/b.yaml\n");
    let plan = Plan { exclude: globs(&["sub/c.*"]), ..repo.plan(&["."]) };
    let found = discover(&plan).unwrap();
    assert_eq!(paths(&found), ["a.yaml"]);
    assert_eq!(
        ledger(&found),
        [
            ("sub/b.yaml", FileStatus::Skipped, LEFT_OUT),
            ("sub/c.yaml", FileStatus::Skipped, "left out by the configuration"),
            ("vendor/", FileStatus::Skipped, LEFT_OUT),
        ]
    );
}

#[test]
fn a_mistake_in_our_ignore_file_is_shown_where_it_is() {
    let repo = Repo::new(&["a.yaml"], None);
    repo.write(".portcullisignore", "fine\n{a,b\n");
    let Error::Input(error) = discover(&repo.plan(&["."])).unwrap_err() else { panic!("no place") };
    assert_eq!((error.span.offset(), error.span.len()), (5, 4));
    assert!(error.message.starts_with("not a pattern of an ignore file"), "{}", error.message);
}

#[test]
fn nothing_outside_the_root_has_a_say() {
    let repo = Repo::new(&["a.yaml", "b.yaml"], Some(&[]));
    fs::write(repo.root.parent().unwrap().join(".gitignore"), "*.yaml\n").unwrap();
    fs::write(repo.root.parent().unwrap().join(".portcullisignore"), "*.yaml\n").unwrap();
    repo.write(".git/info/exclude", "*.yaml\n");
    assert_eq!(paths(&repo.discover(&["."])), ["a.yaml", "b.yaml"]);
}

#[test]
fn a_nested_repository_knows_its_own_files() {
    let repo = Repo::new(
        &["sub/a.yaml", "sub/b.yaml", "c.yaml", "other/.gitignore", "other/d.yaml", "other/e.yaml"],
        Some(&["c.yaml", "sub", "other"]),
    );
    repo.write(".gitignore", "*.yaml\nsub/\n");
    repo.write("sub/.gitignore", "*.yaml\n");
    track(&repo.root.join("sub"), &["a.yaml"]);
    // A work tree whose `.git` is a file, as those of submodules are.
    let elsewhere = repo.root.parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    track(&elsewhere, &["d.yaml"]);
    repo.write("other/.git", &format!("gitdir: {}\n", elsewhere.join(".git").display()));
    repo.write("other/.gitignore", "*.yaml\n");
    assert_eq!(paths(&repo.discover(&["."])), ["c.yaml", "other/d.yaml", "sub/a.yaml"]);
    let found = repo.discover(&["other"]);
    assert_eq!((found.root.clone(), paths(&found)), (repo.root.join("other"), vec!["d.yaml"]));
}

#[test]
fn a_repository_of_gits_own_making_is_read() {
    let git = |repo: &Repo, words: &[&str]| {
        let nowhere = repo.root.join("no-such-file");
        let command = std::process::Command::new("git")
            .args(words)
            .current_dir(&repo.root)
            .env("GIT_CONFIG_GLOBAL", &nowhere)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output();
        command.is_ok_and(|output| output.status.success())
    };
    for format in ["sha1", "sha256"] {
        let repo = Repo::new(&["a.yaml", "b.yaml", "c/d.yaml"], None);
        if !git(&repo, &["init", "-q", &format!("--object-format={format}")]) || !git(&repo, &["add", "a.yaml", "c"]) {
            println!("skipped: no git that makes {format} repositories");
            continue;
        }
        repo.write(".gitignore", "*\n");
        assert_eq!(paths(&repo.discover(&["."])), ["a.yaml", "c/d.yaml"], "{format}");
    }
}

#[test]
fn a_broken_index_is_an_error() {
    let repo = Repo::new(&["a.yaml"], Some(&["a.yaml"]));
    repo.write(".git/index", "DIRC and then nonsense");
    let (message, _) = repo.error(&["."]);
    assert!(message.starts_with("cannot read the git index of "), "{message}");
}

#[test]
fn static_pod_directories_are_read_as_the_kubelet_reads_them() {
    let repo = Repo::new(
        &[
            "n1/etc/kubernetes/manifests/kube-apiserver.yaml",
            "n1/etc/kubernetes/manifests/kube-apiserver.yaml-bak",
            "n1/etc/kubernetes/manifests/etcd",
            "n1/etc/kubernetes/manifests/.hidden",
            "n1/etc/kubernetes/manifests/old/etcd",
            "n1/etc/kubernetes/manifests/old/etcd.yaml",
            "nodes/n2/manifests/etcd",
            "nodes/n3/etcd",
        ],
        None,
    );
    let plan = Plan { static_pods: globs(&["nodes/*/manifests"]), ..repo.plan(&["."]) };
    let found = discover(&plan).unwrap();
    let pods = [
        "n1/etc/kubernetes/manifests/etcd",
        "n1/etc/kubernetes/manifests/kube-apiserver.yaml",
        "n1/etc/kubernetes/manifests/kube-apiserver.yaml-bak",
        "nodes/n2/manifests/etcd",
    ];
    assert_eq!(static_pods(&found), pods);
    assert_eq!(paths(&found), [&pods[..3], &["n1/etc/kubernetes/manifests/old/etcd.yaml"], &pods[3..]].concat());
    assert_eq!(static_pods(&repo.discover(&["n1/etc/kubernetes/manifests/etcd"])), ["etcd"]);
}

#[cfg(unix)]
#[test]
fn links_inside_the_root_lead_to_real_files_each_judged_once() {
    let repo = Repo::new(&["apps/a.yaml", "common/b.yaml", "common/c.txt", "real-manifests/etcd"], None);
    repo.link("../common", "apps/base");
    repo.link("..", "apps/loop");
    repo.link("self", "self");
    repo.link("common/c.txt", "c.yaml");
    repo.link("common/b.yaml", "b.yaml");
    repo.link("../../real-manifests", "etc/kubernetes/manifests");
    let found = repo.discover(&["."]);
    assert_eq!(paths(&found), ["apps/a.yaml", "common/b.yaml", "common/c.txt", "real-manifests/etcd"]);
    assert_eq!(static_pods(&found), ["real-manifests/etcd"]);
    assert_eq!(ledger(&found), [("self", FileStatus::Skipped, "a symbolic link that leads nowhere")]);
    repo.write("portcullis.yaml", "");
    assert_eq!(paths(&repo.discover(&["b.yaml"])), ["common/b.yaml"]);
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_root_are_listed_and_not_followed() {
    let repo = Repo::new(&["a.yaml", ".git/HEAD", ".git/x.yaml"], None);
    fs::remove_file(repo.root.join(".git/HEAD")).unwrap();
    fs::write(repo.root.parent().unwrap().join("secret.yaml"), "a: b\n").unwrap();
    repo.link("../secret.yaml", "out.yaml");
    repo.link("..", "up");
    repo.link("/no/such/file", "nowhere.yaml");
    repo.link(".git/x.yaml", "git.yaml");
    let found = repo.discover(&["."]);
    assert_eq!(paths(&found), ["a.yaml"]);
    assert_eq!(
        ledger(&found),
        [
            ("git.yaml", FileStatus::Unparsable, "a symbolic link into .git"),
            ("nowhere.yaml", FileStatus::Unparsable, "a symbolic link that leads nowhere"),
            ("out.yaml", FileStatus::Unparsable, "a symbolic link that leaves the root of the run"),
            ("up", FileStatus::Skipped, "a symbolic link that leaves the root of the run"),
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_around_our_ignore_file() {
    let repo = Repo::new(&["vendor/x/a.yaml"], None);
    repo.write(".portcullisignore", "vendor/x\n");
    repo.link("vendor/x/a.yaml", "a.yaml");
    repo.link("vendor/x", "x");
    let found = repo.discover(&["."]);
    assert_eq!(paths(&found), [""; 0]);
    assert_eq!(ledger(&found), [("vendor/x/", FileStatus::Skipped, LEFT_OUT)]);
}

#[cfg(unix)]
#[test]
fn a_file_that_turns_into_a_link_is_not_read() {
    let repo = Repo::new(&["a.yaml", "d/b.yaml"], None);
    fs::write(repo.root.parent().unwrap().join("b.yaml"), "secret").unwrap();
    let found = repo.discover(&["."]);
    let [a, b] = found.candidates.as_slice() else { panic!("{found:?}") };
    assert_eq!(read(&found.files, a, 5).unwrap(), b"a: b\n");
    assert!(matches!(read(&found.files, a, 4), Err(ReadError::TooLarge(4))));
    fs::remove_file(repo.root.join("a.yaml")).unwrap();
    repo.link("../b.yaml", "a.yaml");
    assert!(matches!(read(&found.files, a, 100), Err(ReadError::Link)));
    fs::remove_dir_all(repo.root.join("d")).unwrap();
    repo.link("..", "d");
    assert!(read(&found.files, b, 100).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_are_listed_and_odd_names_stay_apart() {
    use std::os::unix::ffi::OsStrExt;
    let repo = Repo::new(&["line\nbreak.yaml"], None);
    rustix::fs::mkfifoat(rustix::fs::CWD, repo.root.join("pipe.yaml"), 0o600.into()).unwrap();
    for name in [&b"\xff.yaml"[..], b"\xfe.yaml"] {
        fs::write(repo.root.join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
    }
    let found = repo.discover(&["."]);
    assert_eq!(paths(&found), ["line\nbreak.yaml", "\u{FFFD}fe.yaml", "\u{FFFD}ff.yaml"]);
    assert_eq!(ledger(&found), [("pipe.yaml", FileStatus::Skipped, "not a regular file")]);
    let (message, help) = repo.error(&["pipe.yaml"]);
    assert_eq!(message, "`pipe.yaml` is neither a file nor a directory");
    assert!(help.is_some());
}

#[test]
fn a_named_file_is_taken_whatever_its_name() {
    let repo = Repo::new(&["a.txt", "vendor/b.yaml"], Some(&[]));
    repo.write(".portcullisignore", "vendor/\n");
    assert_eq!(paths(&repo.discover(&["a.txt", "vendor/b.yaml", "./a.txt"])), ["a.txt", "vendor/b.yaml"]);
}

#[test]
fn standard_input_is_judged_as_the_file_it_is_named() {
    let repo = Repo::new(&["a.yaml"], Some(&[]));
    let stdin = |name: &str| {
        let plan = Plan { targets: vec![Target::Stdin(name.into()), "a.yaml".into()], ..repo.plan(&[]) };
        let found = discover(&plan).unwrap();
        assert_eq!(found.root, repo.root);
        found
            .candidates
            .into_iter()
            .map(|each| (each.path.to_string(), each.stdin, each.static_pod))
            .collect::<Vec<_>>()
    };
    assert_eq!(stdin("b"), [("a.yaml".into(), false, false), ("b".into(), true, false)]);
    assert_eq!(stdin("no/./such/../dir/b"), [("a.yaml".into(), false, false), ("no/dir/b".into(), true, false)]);
    assert_eq!(stdin("a.yaml"), [("a.yaml".into(), true, false)]);
    assert!(stdin("etc/kubernetes/manifests/etcd").iter().any(|each| each.2));
}

#[test]
fn globs_are_expanded_here() {
    let repo = Repo::new(
        &["m/a.yaml", "m/b.txt", "m/x/c.yaml", "m/x/y/d.yaml", "n/e.yaml", "f[1].yaml", "node_modules/g.yaml"],
        Some(&[]),
    );
    repo.write(".gitignore", "node_modules/\n");
    let table: [(&str, &[&str]); 8] = [
        ("m/*.yaml", &["m/a.yaml"]),
        ("m/**/*.yaml", &["m/a.yaml", "m/x/c.yaml", "m/x/y/d.yaml"]),
        ("./m/../m/*.txt", &["m/b.txt"]),
        ("**/{c,e}.*", &["m/x/c.yaml", "n/e.yaml"]),
        ("m/?", &["m/x/c.yaml", "m/x/y/d.yaml"]),
        ("[mn]", &["m/a.yaml", "m/x/c.yaml", "m/x/y/d.yaml", "n/e.yaml"]),
        ("*/*/*.yaml", &["m/x/c.yaml"]),
        ("f[1].yaml", &["f[1].yaml"]),
    ];
    for (glob, expected) in table {
        assert_eq!(paths(&repo.discover(&[glob])), expected, "{glob}");
    }
    for glob in ["*.yml", "node_modules/x*", "**/g.yaml"] {
        assert_eq!(repo.error(&["m", glob]).0, format!("no file matches `{glob}`"));
    }
    assert!(repo.error(&["{a,b"]).0.starts_with("`{a,b` is no glob"));
    assert_eq!(repo.error(&["mm/*.yaml"]).0, "there is no file or directory `mm`");
}

#[test]
fn a_missing_target_is_an_error_and_an_empty_directory_is_not() {
    let repo = Repo::new(&["manifests/a.yaml"], None);
    fs::create_dir(repo.root.join("empty")).unwrap();
    let help = Some("did you mean `manifests`?".to_owned());
    assert_eq!(repo.error(&["manifest"]), ("there is no file or directory `manifest`".into(), help));
    assert_eq!(paths(&repo.discover(&["empty"])), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_read_is_a_gap() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::new(&["a.yaml", "locked/b.yaml"], None);
    let locked = repo.root.join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&locked).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let found = repo.discover(&["."]);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(paths(&found), ["a.yaml"]);
    let [gap] = found.ledger.as_slice() else { panic!("{found:?}") };
    assert_eq!((&*gap.file, gap.status), ("locked/", FileStatus::Unparsable));
}

#[test]
fn hostile_ignore_files_do_no_harm() {
    let repo = Repo::new(&["a.yaml"], Some(&[]));
    repo.write(".gitignore", &"*a*b*c*d*e{f,g,h}*\n".repeat(3000));
    repo.write("deep/.gitignore", &"x".repeat(1 << 20));
    repo.write("deep/b.yaml", "");
    repo.write("bad/.gitignore", "{{{\n[\n\\\n!\n\u{0}\n");
    repo.write("bad/c.yaml", "");
    assert_eq!(paths(&repo.discover(&["."])), ["a.yaml", "bad/c.yaml", "deep/b.yaml"]);
}
