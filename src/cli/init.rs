//! `portcullis init`: looks at a repository and writes what the gate needs, ready to commit.

mod ci;
mod text;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::baseline::parts;
use super::gate::GateArgs;
use super::output::Output;
use super::progress::Bar;
use super::{EXIT_CODES, print};
use crate::adjudicate::{baseline, exception, lock};
use crate::config;
use crate::error::Error;
use crate::model::{Coverage, Date, DocumentStatus, Standing};
use crate::pipeline::{self, Exit, Options, Run};
use crate::report::{escape, phrase};
use text::Cluster;

/// The platform of a cluster of which nothing is known.
const PLAIN: &str = "kubeadm";

/// Look at the repository, and write its configuration, baseline, exceptions, lock and CI file
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Init {
    /// Write nothing, and say what would be written
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    gate: GateArgs,
}

/// A file to be written.
struct File {
    /// Relative to the root.
    path: PathBuf,
    text: Vec<u8>,
    /// What is in it.
    about: String,
    /// Whether it goes before the file that is there: it holds that one's text too.
    is_longer: bool,
}

impl Init {
    /// Looks, writes, and says what it did and what to do next.
    pub fn run(self) -> Result<Exit, Error> {
        let Self { dry_run, force, gate } = self;
        let mut options = Options { gate: gate.options(), ..Options::default() };
        (options.gate.may_be_missing, options.gate.is_fresh) = (true, true);
        let root = pipeline::root(&options)?;
        let here = std::env::current_dir().and_then(|here| here.canonicalize());
        if here.is_ok_and(|here| here != root) {
            let error = Error::usage("this is not the root of the repository");
            return Err(error.help(format!("run it in {}", root.display())));
        }
        let own = root.join(config::FILE_NAME);
        let mut files = Vec::new();
        // What is decided about the configuration decides what is found: it is written to a place of its own first.
        let draft = tempfile::Builder::new().prefix("portcullis-").suffix(".yaml").tempfile();
        let mut draft = draft.map_err(|why| Error::io("write", "a temporary file", why))?;
        if force || own.symlink_metadata().is_err() {
            let (text, about) = configuration(&options, draft.path())?;
            draft.write_all(text.as_bytes()).map_err(|why| Error::io("write", draft.path(), why))?;
            options.config = Some(draft.path().to_owned());
            files.push(File::new(config::FILE_NAME.into(), text, about));
        } else {
            files.push(File::new(config::FILE_NAME.into(), String::new(), String::new()));
        }
        let run = pipeline::run(&options, &Bar::new())?;
        files.extend(gate_files(&options, &run, &root)?);
        let (ci, next) = ci::files(&root);
        files.extend(ci);
        let is_kept = |file: &File| !force && !file.is_longer && root.join(&file.path).symlink_metadata().is_ok();
        let (kept, files): (Vec<File>, Vec<File>) = files.into_iter().partition(is_kept);
        files.iter().try_for_each(|file| stays_inside(&root.join(&file.path), &root))?;
        if !dry_run {
            files.iter().try_for_each(|file| file.write(&root))?;
        }
        let did = if dry_run { "would be written" } else { "written" };
        let exit = match (run.exit, run.report.has_gap() || run.report.judged_documents() == 0) {
            (Exit::Error, _) => Exit::Error,
            (_, true) => Exit::Gap,
            _ => Exit::Open,
        };
        print(|out| {
            for file in &files {
                writeln!(out, "{}: {did}, {}", file.shown(), file.about)?;
            }
            kept.iter().try_for_each(|file| writeln!(out, "{}: is there, left as it is", file.shown()))?;
            super::baseline::gaps(&run, out)?;
            text::next(files.len(), &next, dry_run, out)
        })?;
        Ok(exit)
    }
}

/// The text of the configuration and what is in it: the clusters that directories tell apart, and what their files say of them.
fn configuration(options: &Options, draft: &Path) -> Result<(String, String), Error> {
    let empty = Options { config: Some(draft.to_owned()), ..options.clone() };
    let coverage = pipeline::run(&empty, &Bar::new())?.report.coverage;
    let is_judged = |file: &&Coverage| file.documents.iter().any(|one| one.status == DocumentStatus::Judged);
    let judged = coverage.iter().filter(is_judged);
    let mut clusters = text::clusters(judged.map(|file| &*file.file));
    let bare = text::configuration(&clusters);
    std::fs::write(draft, bare).map_err(|why| Error::io("write", draft, why))?;
    let run = pipeline::run(&empty, &Bar::new())?;
    for assignment in run.report.assessments.iter().map(|assessment| &assessment.assignment) {
        let Some(cluster) = clusters.iter_mut().find(|cluster| cluster.name == *assignment.cluster) else { continue };
        cluster.kubernetes.clone_from(&assignment.kubernetes);
        // A cluster of which nothing is known is judged as a plain one; that is no reason to write it down.
        let platform = assignment.benchmark.head.platform.clone();
        cluster.platform = platform.filter(|platform| platform != PLAIN || assignment.kubernetes.is_some());
    }
    std::fs::write(draft, "").map_err(|why| Error::io("write", draft, why))?;
    let about = match clusters.as_slice() {
        [] => "one cluster".to_owned(),
        [Cluster { name, .. }] => format!("cluster {name}"),
        many => format!("{} clusters", many.len()),
    };
    Ok((text::configuration(&clusters), about))
}

/// The baselines, the exceptions, the lock, and the attributes that make git merge them.
fn gate_files(options: &Options, run: &Run, root: &Path) -> Result<Vec<File>, Error> {
    let relative = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let mut files = Vec::new();
    for part in parts(run).iter().filter(|part| part.is_wanted(&[Standing::New])) {
        let entries = part.with(&[Standing::New]);
        let about = format!("{} known", phrase::count_of(entries.len(), "finding is", "findings are"));
        files.push(File::new(relative(&part.file.path), baseline::write(entries), about));
    }
    let policies = pipeline::policies(options)?;
    let today = options.gate.today.unwrap_or(Date::MAX);
    let text = lock::write(policies.lock.as_ref(), &policies.policies, today);
    files.push(File::new(
        relative(&policies.path),
        text,
        phrase::count_of(policies.policies.len(), "policy", "policies"),
    ));
    let merged: Vec<String> = files.iter().map(|file| file.path.to_string_lossy().replace('\\', "/")).collect();
    let attributes = Path::new(".gitattributes");
    stays_inside(&root.join(attributes), root)?;
    let old = std::fs::read(root.join(attributes)).unwrap_or_default();
    let more = text::attributes(&old, &merged).map(|(text, lines)| File {
        path: attributes.to_owned(),
        text,
        about: phrase::count(lines, "line") + " more, so that these files merge",
        is_longer: true,
    });
    let is_there = |name: &&&str| root.join(name).symlink_metadata().is_ok();
    let named = exception::FILE_NAMES.iter().find(is_there).unwrap_or(&exception::FILE_NAMES[0]);
    files.push(File::new((*named).into(), text::exceptions(), "none yet".to_owned()));
    files.extend(more);
    Ok(files)
}

impl File {
    fn new(path: PathBuf, text: String, about: String) -> Self {
        Self { path, text: text.into(), about, is_longer: false }
    }

    fn shown(&self) -> String {
        escape::line(&self.path.to_string_lossy()).into_owned()
    }

    fn write(&self, root: &Path) -> Result<(), Error> {
        let path = root.join(&self.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|why| Error::io("write", folder, why))?;
        }
        Output::open(&path)?.write(|out| out.write_all(&self.text))
    }
}

/// A repository may hold links that lead anywhere.
fn stays_inside(path: &Path, root: &Path) -> Result<(), Error> {
    let there = path.ancestors().find(|path| path.symlink_metadata().is_ok());
    match there.and_then(|there| there.canonicalize().ok()) {
        Some(there) if there.starts_with(root) => Ok(()),
        _ => {
            let shown = path.strip_prefix(root).unwrap_or(path).display();
            Err(Error::usage(format!("{shown} is a link that leads out of the repository")).help("take it out"))
        }
    }
}
