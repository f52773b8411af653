//! `kube-bench-config.yaml` of the repository: where it is comes in; what it says goes out, and what it leaves out that an earlier
//! one did not.

use std::path::Path as FilePath;

use super::gate_files::GateFiles;
use crate::config::{self, KUBE_BENCH_FILE, KubeBench, Loaded};
use crate::error::Error;
use crate::model::report::Notice;
use crate::model::{GateChange, Path};
use crate::parse;

/// One that was read.
pub struct KubeBenchFile {
    loaded: Loaded<KubeBench>,
}

impl KubeBenchFile {
    /// Reads it, if there is one.
    ///
    /// # Errors
    /// For one that leads out of the root, and for a mistake in it.
    pub fn read(root: &FilePath, files: &GateFiles) -> Result<Option<Self>, Error> {
        let path = root.join(KUBE_BENCH_FILE);
        if !files.has(&path) {
            return Ok(None);
        }
        files.stays_inside(&path)?;
        let source = files.read(&path)?;
        let loaded = config::read_as(&source, &parse::parse(&source), "a configuration of kube-bench")?;
        Ok(Some(Self { loaded }))
    }

    /// What it says.
    pub fn says(&self) -> &KubeBench {
        &self.loaded.value
    }

    /// That it is in force.
    pub fn notice(&self) -> Notice {
        let list = |what: &str, words: Vec<String>| (!words.is_empty()).then(|| format!("{what} {}", words.join(", ")));
        let targets = list("only the targets", self.says().targets.iter().map(ToString::to_string).collect());
        let said: Vec<String> = list("without", self.says().skip.clone()).into_iter().chain(targets).collect();
        let said = if said.is_empty() { "in full".to_owned() } else { said.join(", ") };
        Notice {
            code: "kube-bench-config",
            message: format!("{KUBE_BENCH_FILE} is in force: the benchmark is judged {said}"),
            help: None,
            location: Some(self.loaded.location(&Path::of_keys(&["skip"]))),
        }
    }

    fn change(&self, path: &Path, message: String) -> GateChange {
        GateChange { rule: "looser-configuration", message, location: self.loaded.location(path) }
    }
}

/// What the later one leaves out that the earlier one did not.
pub fn loosened(before: Option<&KubeBenchFile>, now: Option<&KubeBenchFile>) -> Vec<GateChange> {
    let Some(now) = now else { return Vec::new() };
    let (none, is) = (KubeBench::default(), now.says());
    let was = before.map_or(&none, KubeBenchFile::says);
    let skip = is.skip.iter().enumerate().filter(|(_, number)| !was.skip.contains(number)).map(|(index, number)| {
        now.change(&Path::of_keys(&["skip"]).index(index), format!("`skip` also has `{number}`"))
    });
    // None of them means all of them.
    let lacks_one = was.targets.is_empty() || was.targets.iter().any(|target| !is.targets.contains(target));
    let is_narrower = !is.targets.is_empty() && lacks_one;
    let targets = is_narrower.then(|| {
        let words: Vec<String> = is.targets.iter().map(ToString::to_string).collect();
        now.change(&Path::of_keys(&["targets"]), format!("only the targets {} are judged", words.join(", ")))
    });
    skip.chain(targets).collect()
}
