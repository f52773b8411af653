//! Components as kubeadm sets them up: every case of `oracle/node/kubeadm` of the shared folder. The components computed from
//! the configuration also equal those computed from the files that the real kubeadm wrote.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::model::{Source, Span};
use portcullis::node::component::{Component, Program};
use portcullis::node::kubeadm::{self, Kubeadm, Machine, Rendered};
use portcullis::node::traced::{Cutting, Traced};
use portcullis::node::version::Version;
use portcullis::node::view::View;
use portcullis::node::{Effective, Entry, Tree, env_file, kubelet, static_pod};
use portcullis::parse::parse;
use serde_json::{Map, Value};

const PODS: [Program; 4] = [Program::ApiServer, Program::ControllerManager, Program::Scheduler, Program::Etcd];

#[test]
fn kubeadm_cases() {
    let Some(root) = shared("oracle/node/kubeadm") else { return };
    let mut cases: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expected.json").is_file());
    cases.sort();
    let (mut wrong, mut components, mut settings) = (Vec::new(), 0, 0);
    for case in &cases {
        let expected: Value = serde_json::from_str(&fs::read_to_string(case.join("expected.json")).unwrap()).unwrap();
        let judged = Case::new(case, &expected).judge();
        match judged {
            Ok(proof) => {
                components += proof.components;
                settings += proof.settings;
            }
            Err(message) => wrong.push(format!("{}: {message}", case.file_name().unwrap().to_string_lossy())),
        }
    }
    println!("oracle/node/kubeadm: {} of {} cases agree", cases.len() - wrong.len(), cases.len());
    println!("the same from the files that kubeadm wrote: {settings} settings of {components} components");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same through the binary: what policies see of a repository with the configuration is what they see of one with the
/// files that kubeadm wrote from it.
#[test]
fn policies_see_the_same_of_the_configuration_and_of_what_it_becomes() {
    let Some(root) = shared("oracle/node/kubeadm") else { return };
    let (mut settings, mut open, mut cases) = (0, 0, 0);
    for case in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        if !case.join("out/kube-apiserver.yaml").is_file() {
            continue;
        }
        let (before, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let put = |to: &tempfile::TempDir, from: &str, path: &str| {
            if case.join(from).is_file() {
                let path = to.path().join("node").join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::copy(case.join(from), path).unwrap();
            }
        };
        put(&before, "in.yaml", "etc/kubeadm.yaml");
        for patch in fs::read_dir(case.join("patches")).into_iter().flatten().map(|entry| entry.unwrap().file_name()) {
            let name = format!("patches/{}", patch.to_string_lossy());
            put(&before, &name, &name);
        }
        for program in PODS {
            put(&after, &format!("out/{program}.yaml"), &format!("etc/kubernetes/manifests/{program}.yaml"));
        }
        put(&after, "out/kubelet-config.yaml", "var/lib/kubelet/config.yaml");
        put(&after, "out/kubelet-kubeadm-flags.env", "var/lib/kubelet/kubeadm-flags.env");
        let (configured, rendered) = (inputs(&before), inputs(&after));
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        assert!(rendered.len() >= 4, "{name}: {:?}", rendered.keys());
        cases += 1;
        for (program, expected) in rendered {
            let found = configured.get(&program).unwrap_or_else(|| panic!("{name}: no {program}"));
            for (setting, expected) in expected["settings"].as_object().unwrap() {
                let found = &found["settings"][setting];
                let reason = found["unknown"].as_str().unwrap_or_default();
                if reason.contains("of the machine is not in the repository") {
                    open += 1;
                } else {
                    assert_eq!(found["value"], expected["value"], "{name}: {program} {setting}: {found}");
                    assert_eq!(found["unknown"], expected["unknown"], "{name}: {program} {setting}");
                    settings += 1;
                }
            }
            assert_eq!(found["refused"], expected["refused"], "{name}: {program}");
        }
    }
    println!(
        "oracle/node/kubeadm: policies see the same {settings} settings in {cases} cases; {open} need the machine"
    );
}

/// What policies see of each component.
fn inputs(repository: &tempfile::TempDir) -> BTreeMap<String, Value> {
    fs::write(repository.path().join("portcullis.yaml"), "roots: [node]\n").unwrap();
    let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
    process.args(["inspect", "--kubernetes-version", "1.33"]).env_clear().current_dir(repository);
    let output = process.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let subjects = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let components = subjects.filter(|subject| subject["subject"]["kind"] == "component");
    components
        .map(|subject| (subject["input"]["component"].as_str().unwrap().to_owned(), subject["input"].clone()))
        .collect()
}

#[derive(Default)]
struct Proof {
    components: usize,
    settings: usize,
}

struct Case<'a> {
    folder: &'a Path,
    expected: &'a Value,
    version: Version,
    found: Kubeadm,
}

impl<'a> Case<'a> {
    fn new(folder: &'a Path, expected: &'a Value) -> Self {
        let word = |key: &str, default: &str| expected[key].as_str().unwrap_or(default).to_owned();
        let version = Version::parse(&word("kubeadm", "v1.33.13")).unwrap();
        let machine = Machine {
            address: Some(word("address", "192.0.2.10")),
            name: Some(word("hostname", "node1")),
            kubeadm: Some(version),
            kubernetes: None,
        };
        let source = source_of("in.yaml", &folder.join("in.yaml"));
        let found = kubeadm::of_file(&source, &tree_of(folder), &machine).unwrap_or_default();
        Self { folder, expected, version, found }
    }

    fn judge(&self) -> Result<Proof, String> {
        self.steps()?;
        let mut proof = Proof::default();
        for program in PODS {
            self.flags(program)?;
            let file = self.folder.join(format!("out/{program}.yaml"));
            if file.is_file() {
                self.pod(program, &file, &mut proof)?;
            }
        }
        if self.folder.join("out/kubelet-config.yaml").is_file() {
            self.kubelet(&mut proof)?;
        }
        Ok(proof)
    }

    fn steps(&self) -> Result<(), String> {
        let found = &self.found;
        let stops = |programs: &[Program]| {
            let of = |rendered: &&Rendered| programs.contains(&rendered.program) && !rendered.refused.is_empty();
            !found.refused.is_empty() || found.rendered.iter().any(|rendered| of(&rendered))
        };
        let result = |step: &str| match step {
            "config validate" => !found.refused.is_empty() || !found.ignored.is_empty(),
            "control-plane" => stops(&[Program::ApiServer, Program::ControllerManager, Program::Scheduler]),
            "etcd" => stops(&[Program::Etcd]),
            _ => stops(&[Program::Kubelet]),
        };
        for (step, outcome) in self.expected["steps"].as_object().unwrap() {
            if (outcome["rc"] != 0) != result(step) {
                let messages: Vec<_> = found.refused.iter().chain(&found.ignored).map(|p| &p.message).collect();
                return Err(format!("step {step}: expected {outcome}, found {messages:?}"));
            }
        }
        let places = found.refused.iter().chain(&found.ignored).all(|problem| problem.place.is_some());
        if places { Ok(()) } else { Err("a problem without a place".to_owned()) }
    }

    fn rendered(&self, program: Program) -> Result<&Rendered, String> {
        self.found.rendered.iter().find(|rendered| rendered.program == program).ok_or(format!("no {program}"))
    }

    fn component(&self, program: Program) -> Result<&Component, String> {
        self.found.components.iter().find(|component| component.name == program).ok_or(format!("no {program}"))
    }

    fn flags(&self, program: Program) -> Result<(), String> {
        let expected = &self.expected["components"][program.word()]["flags"];
        if expected.is_null() {
            return Ok(());
        }
        let mut flags: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for argument in &self.rendered(program)?.arguments {
            let (name, value) = argument.text.strip_prefix("--").unwrap().split_once('=').unwrap();
            flags.entry(name).or_default().push(value);
        }
        same(&format!("flags of {program}"), expected, &serde_json::to_value(flags).unwrap())
    }

    fn pod(&self, program: Program, file: &Path, proof: &mut Proof) -> Result<(), String> {
        let source = source_of(&format!("{program}.yaml"), file);
        let document = parse(&source).documents.remove(0).unwrap();
        let root = View::root(&source, &document);
        let expected = without_nulls(document.to_json(document.root));
        same(&format!("manifest of {program}"), &expected, &self.rendered(program)?.manifest)?;
        let pod = static_pod::read(root.get("spec").unwrap()).into_iter().find(|pod| pod.program == program);
        let written = pod.unwrap().component(&tree_of(self.folder), Some(self.version));
        self.equal(&written, proof)
    }

    fn kubelet(&self, proof: &mut Proof) -> Result<(), String> {
        let flags = source_of("kubeadm-flags.env", &self.folder.join("out/kubelet-kubeadm-flags.env"));
        let variable = env_file::read(&flags).remove(0).value;
        let all = Traced::of(&Arc::new(Source::new("x", variable.text())), Span::new(0, variable.text().len()));
        let words: Vec<_> = all.words(Cutting::Variable).0.into_iter().map(|word| word.text.text()).collect();
        let found: Vec<_> = self.rendered(Program::Kubelet)?.arguments.iter().map(|a| a.text.clone()).collect();
        same("kubeadm-flags.env", &words.into(), &found.into())?;
        let file = |name: &str, path: &str| {
            let source = source_of(path, &self.folder.join("out").join(name));
            (path.to_owned(), Entry::File { source, byte_order_mark: false })
        };
        let tree = Tree::new([
            file("kubelet-config.yaml", "var/lib/kubelet/config.yaml"),
            file("kubelet-kubeadm-flags.env", "var/lib/kubelet/kubeadm-flags.env"),
        ]);
        let written = kubelet::component_of_node(&tree, self.component(Program::Kubelet)?.version).unwrap();
        self.equal(&written, proof)
    }

    /// The settings computed from what kubeadm wrote are those computed from its configuration.
    fn equal(&self, written: &Component, proof: &mut Proof) -> Result<(), String> {
        let found = self.component(written.name)?;
        proof.components += 1;
        for (name, setting) in &written.settings {
            proof.settings += 1;
            let ours = found.settings.get(name).ok_or(format!("{}: no {name}", written.name))?;
            same(&format!("{} {name}", written.name), &plain(&setting.value), &plain(&ours.value))?;
        }
        same("number of settings", &written.settings.len().into(), &found.settings.len().into())?;
        let refused = |component: &Component| component.refused.len();
        same("refusals", &refused(written).into(), &refused(found).into())
    }
}

fn plain(value: &Effective) -> Value {
    match value {
        Effective::Known(value) => value.clone(),
        Effective::Unknown(reason) => format!("unknown: {reason}").into(),
    }
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}")) }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        value => value,
    }
}

fn source_of(name: &str, path: &Path) -> Arc<Source> {
    Arc::new(Source::new(name, fs::read_to_string(path).unwrap()))
}

fn tree_of(root: &Path) -> Tree {
    let mut entries = Vec::new();
    collect(root, root, &mut entries);
    Tree::new(entries)
}

fn collect(root: &Path, directory: &Path, entries: &mut Vec<(String, Entry)>) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            collect(root, &path, entries);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let source = source_of(&name, &path);
            entries.push((name, Entry::File { source, byte_order_mark: false }));
        }
    }
}

fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var("PORTCULLIS_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let path = Path::new(&root).join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}
