//! For scripts and the steps that follow: counts as `name=value` lines, as `$GITHUB_OUTPUT` and GitLab's dotenv reports take them.
//!
//! Names and values are words and numbers of our own: nothing of the repository is in them.

use std::io::{self, Write};

use crate::model::{Gate, Outcome, Report, Severity, Standing};

use super::{Format, Style, gap, phrase};

/// The format for scripts.
pub struct Env;

impl Format for Env {
    fn name(&self) -> &'static str {
        "env"
    }

    fn describe(&self) -> &'static str {
        "for scripts: the counts as name=value lines"
    }

    fn write(&self, report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
        let gate = match report.gate {
            Gate::Open => "open",
            Gate::Shut => "shut",
        };
        writeln!(out, "gate={gate}\nscore={}", score(report))?;
        let verdicts = &report.verdicts;
        writeln!(out, "findings={}", verdicts.len())?;
        writeln!(out, "shutting={}", verdicts.iter().filter(|verdict| verdict.shuts).count())?;
        for standing in STANDINGS {
            let number = verdicts.iter().filter(|verdict| verdict.standing == standing).count();
            writeln!(out, "{}={number}", phrase::standing(standing))?;
        }
        for severity in Severity::ALL {
            let number = verdicts.iter().filter(|verdict| verdict.finding.severity == severity).count();
            writeln!(out, "{severity}={number}")?;
        }
        let failed = report.controls.iter().filter(|control| control.outcome == Outcome::Fail).count();
        writeln!(out, "controls_failed={failed}\nunjudged={}", gap::gaps(report).count())
    }
}

const STANDINGS: [Standing; 6] =
    [Standing::New, Standing::Known, Standing::Moved, Standing::Excepted, Standing::Expired, Standing::Ignored];

/// The percentage of the whole run; empty when nothing was judged.
fn score(report: &Report) -> String {
    let of_run = report.scores.iter().find(|score| score.cluster.is_none());
    of_run.and_then(crate::model::Score::percent).map(|percent| format!("{percent:.1}")).unwrap_or_default()
}
