//! What to say before a stricter mode holds.

use super::Rules;
use crate::model::report::Notice;
use crate::model::{Standing, Verdict};

/// The rules of the configuration whose next mode is near, and how many new findings it will be about.
pub fn notices(rules: &Rules<'_>, verdicts: &[Verdict]) -> Vec<Notice> {
    let modes = &rules.config.modes;
    let near = modes.iter().enumerate().filter_map(|(index, rule)| {
        let (date, next) = rule.next(rules.today)?;
        let days = rules.today.days_until(date);
        let is_own = |verdict: &&Verdict| {
            let (finding, file) = (&verdict.finding, verdict.finding.location.source.path());
            let own = rules.config.mode_rule(&finding.control, &finding.identity.cluster, file);
            verdict.standing == Standing::New && own == Some(index)
        };
        let found = (days <= i64::from(rules.warn_before.0)).then(|| verdicts.iter().filter(is_own).count());
        let found = found.filter(|&found| found > 0)?;
        let findings = if found == 1 { "1 new finding".to_owned() } else { format!("{found} new findings") };
        Some(Notice {
            code: "coming-mode",
            message: format!(
                "from {date} on, the mode of {findings} is `{}` instead of `{}`",
                next.word(),
                rule.mode(rules.today).word()
            ),
            help: Some("cure them until then, or set a later day".to_owned()),
            location: rule.at.clone(),
        })
    });
    near.collect()
}
