//! What was there before the change: the files of a commit come in, judged by the same plan; their findings and ignores go out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::judged::Judged;
use super::plan::Plan;
use super::report::in_order;
use super::standard::Standard;
use super::survey::Survey;
use super::{join, judge_files, nodes};
use crate::adjudicate::ignore::Ignore;
use crate::discover::{Candidate, Files};
use crate::error::Error;
use crate::history::Commit;
use crate::model::{Base, FileStatus, Finding};

/// What is known of the time before the change.
#[derive(Default)]
pub struct Befores {
    /// What the findings are compared with.
    pub against: Option<Before>,
    /// The ignores that the gate is compared with.
    pub ignores: Option<Vec<Ignore>>,
}

impl Befores {
    /// Judges the commits that the run compares with, each once; `now` is what the files of the run came to, in their order.
    ///
    /// # Errors
    /// Where git cannot read what a commit names.
    pub fn judge(plan: &Plan, standard: &Standard, now: &[Judged]) -> Result<Self, Error> {
        let against = plan.against.as_ref().map(|commit| judge(plan, standard, commit, now)).transpose()?;
        let ignores = match (&standard.review, &against) {
            (None, _) => None,
            (Some(review), Some(before)) if before.base.commit == review.commit.id() => Some(before.ignores.clone()),
            (Some(review), _) => Some(judge(plan, standard, &review.commit, now)?.ignores),
        };
        Ok(Self { against, ignores })
    }
}

/// A commit, judged.
pub struct Before {
    /// Which one.
    pub base: Base,
    /// Its findings.
    pub findings: Vec<Box<Finding>>,
    /// The ignores in its files.
    ignores: Vec<Ignore>,
    /// Its files that should have been judged and could not be.
    pub unparsable: BTreeSet<Arc<str>>,
    /// The files of the run that are the same in it.
    pub unchanged: BTreeSet<Arc<str>>,
}

fn judge(plan: &Plan, standard: &Standard, commit: &Commit, now: &[Judged]) -> Result<Before, Error> {
    let tree = Arc::new(commit.tree(&plan.root)?);
    let before = plan.at(Files::Commit(Arc::clone(&tree)))?;
    let is_same = |candidate: &Candidate| {
        !candidate.stdin && plan.read(candidate).is_ok_and(|bytes| tree.is_same(&candidate.relative, &bytes))
    };
    let pairs = plan.candidates.iter().zip(now).filter(|(candidate, _)| is_same(candidate));
    let same: BTreeMap<&str, (&Candidate, &Judged)> =
        pairs.map(|(candidate, judged)| (&*candidate.path, (candidate, judged))).collect();
    // What kustomizations and charts say decides how other files are read.
    let is_context = before.kustomizations == plan.kustomizations && before.charts == plan.charts;
    let known = |candidate: &Candidate| {
        let (other, judged) = same.get(&*candidate.path).filter(|_| is_context)?;
        (other.static_pod == candidate.static_pod).then(|| (*judged).clone())
    };
    let found = nodes::subjects(&before, &Survey::new(&before)?.declaring);
    let files = judge_files(&before, standard, &known, &|| {});
    let files = join(&before, standard, found, files);
    if let Some(trouble) = tree.trouble() {
        return Err(trouble);
    }
    let coverage = files.iter().filter_map(|file| file.coverage.as_ref());
    let unparsable = coverage.filter(|file| file.status == FileStatus::Unparsable);
    Ok(Before {
        base: Base { name: commit.name().to_owned(), commit: commit.id() },
        unparsable: unparsable.map(|file| Arc::clone(&file.file)).collect(),
        ignores: files.iter().flat_map(|file| &file.ignores).cloned().collect(),
        unchanged: same.into_keys().map(Arc::from).collect(),
        findings: in_order(files.into_iter().flat_map(|file| file.findings).map(Box::new).collect()),
    })
}
