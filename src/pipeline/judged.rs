//! What one file, a node or the inventory adds to the report.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::plan::Plan;
use crate::adjudicate::Tally;
use crate::adjudicate::ignore::Ignore;
use crate::classify::InventoryObject;
use crate::evaluate::Evaluation;
use crate::model::report::Notice;
use crate::model::{Control, Coverage, Finding, Severity, Subject, Violation};

/// Everything that is kept when its text is let go.
#[derive(Default)]
pub struct Judged {
    /// The ledger's line.
    pub coverage: Option<Coverage>,
    /// The findings.
    pub findings: Vec<Finding>,
    /// What became of the subjects, for each cluster and control.
    pub counts: Tally,
    /// The ignores that stand in the file.
    pub ignores: Vec<Ignore>,
    /// Controls that could not be evaluated: why, and on what.
    pub errors: Vec<(Arc<Control>, String, String)>,
    /// Controls that could not tell: why, and of what.
    pub doubts: Vec<(Arc<Control>, String, String)>,
    /// The objects, for the inventory.
    pub objects: Vec<InventoryObject>,
    /// What else to know.
    pub notices: Vec<Notice>,
    /// Whether a document of the file declares a component of a node.
    pub declares: bool,
}

impl Judged {
    /// Counts an evaluation and hands back its violations with their severity in this run.
    pub fn count(
        &mut self,
        plan: &Plan,
        subject: &Subject,
        evaluation: Evaluation,
    ) -> Vec<(Arc<Control>, Severity, Violation)> {
        let ids = |controls: Vec<&Arc<Control>>| controls.into_iter().map(|one| Arc::clone(&one.id)).collect();
        let failed: BTreeSet<Arc<str>> = ids(evaluation.violations.iter().map(|(control, _)| control).collect());
        let broken: BTreeSet<Arc<str>> = ids(evaluation.errors.iter().map(|(control, _)| control).collect());
        for control in plan.evaluator.controls(subject.kind) {
            if control.judges(&subject.identity.kind) && !broken.contains(&control.id) {
                let pair = (Arc::clone(&subject.identity.cluster), Arc::clone(&control.id));
                let count = self.counts.entry(pair).or_default();
                count.0 += 1;
                count.1 += usize::from(failed.contains(&control.id));
            }
        }
        let place = format!("{} in {}", subject.identity, subject.file);
        self.errors.extend(evaluation.errors.into_iter().map(|(control, why)| (control, why, place.clone())));
        self.doubts
            .extend(evaluation.doubts.into_iter().map(|(control, doubt)| (control, doubt.message, place.clone())));
        self.notices.extend(evaluation.excepted.iter().map(|control| Notice {
            code: "policy-exception",
            message: format!("an `exception` of the policies takes away what `{}` says of {place}", control.id),
            help: None,
            location: None,
        }));
        let violations = evaluation.violations.into_iter();
        violations.map(|(control, violation)| (Arc::clone(&control), plan.severity(&control), violation)).collect()
    }
}
