//! What one file, a node or the inventory adds to the report.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::standard::Standard;
use crate::adjudicate::Tally;
use crate::adjudicate::ignore::Ignore;
use crate::classify::{InventoryObject, Kept};
use crate::evaluate::{Evaluation, Input};
use crate::model::report::Notice;
use crate::model::{Control, Coverage, Finding, Seen, Severity, Subject, Violation};

/// Everything that is kept when its text is let go.
#[derive(Clone, Default)]
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
    /// The objects, for the inventory, and what its policies see of them.
    pub objects: Vec<(InventoryObject, Kept<Input>)>,
    /// The documents that the policies of the user judge together with those of other files.
    pub together: Vec<Subject>,
    /// What else to know.
    pub notices: Vec<Notice>,
}

impl Judged {
    /// Counts an evaluation and hands back its violations with their severity in this run; `seen` says what a control looked at.
    pub fn count(
        &mut self,
        standard: &Standard,
        subject: &Subject,
        evaluation: Evaluation,
        seen: impl Fn(&Control) -> Vec<Seen>,
    ) -> Vec<(Arc<Control>, Severity, Violation)> {
        let cluster = &subject.identity.cluster;
        let on = standard.on(cluster);
        let is_on = |control: &Arc<Control>| on.is_some_and(|on| on.contains(&control.id));
        let place = || format!("{} in {}", subject.identity, subject.file);
        let of = |control: &Arc<Control>| (Arc::clone(cluster), Arc::clone(&control.id));
        let broken: BTreeSet<Arc<str>> = evaluation.errors.iter().map(|(control, _)| Arc::clone(&control.id)).collect();
        for (control, why) in evaluation.errors.into_iter().filter(|(control, _)| is_on(control)) {
            let open = &mut self.counts.entry(of(&control)).or_default().open;
            open.insert(format!("`{}` could not be evaluated on {}", control.id, place()));
            self.errors.push((control, why, place()));
        }
        for (control, doubt) in evaluation.doubts.into_iter().filter(|(control, _)| is_on(control)) {
            self.counts.entry(of(&control)).or_default().open.insert(doubt.message.clone());
            self.doubts.push((control, doubt.message, place()));
        }
        // The violations of a control come one behind the other: what holds for all of them is asked once.
        let (mut violations, mut failed) = (Vec::with_capacity(evaluation.violations.len()), BTreeSet::new());
        let mut last: Option<(Arc<Control>, Option<Severity>)> = None;
        for (control, violation) in evaluation.violations {
            let known = last.take().filter(|(last, _)| Arc::ptr_eq(last, &control));
            let (_, severity) = last.insert(known.unwrap_or_else(|| {
                let severity = is_on(&control).then(|| standard.severity(&control));
                failed.extend(severity.map(|_| Arc::clone(&control.id)));
                (Arc::clone(&control), severity)
            }));
            violations.extend(severity.map(|severity| (control, severity, violation)));
        }
        for control in standard.judging(cluster, subject.kind) {
            if control.judges(&subject.identity.kind) && !broken.contains(&control.id) {
                let count = self.counts.entry(of(control)).or_default();
                count.judged += 1;
                count.failed += usize::from(failed.contains(&control.id));
                if count.has_room() {
                    seen(control).into_iter().for_each(|seen| count.saw(seen));
                }
            }
        }
        self.notices.extend(evaluation.excepted.iter().filter(|control| is_on(control)).map(|control| Notice {
            code: "policy-exception",
            message: format!("an `exception` of the policies takes away what `{}` says of {}", control.id, place()),
            help: None,
            location: None,
        }));
        violations
    }
}
