//! What to say of exceptions that are no use, do not hold, or soon will not.

use super::{Exception, State};
use crate::adjudicate::Rules;
use crate::model::report::Notice;
use crate::model::{Finding, Location};

/// What to say of exceptions ahead of their end, of those that cover nothing, and of those that may not cover what they do.
pub fn notices(rules: &Rules<'_>, hits: &[Vec<usize>], findings: &[Box<Finding>]) -> Vec<Notice> {
    let of = |(exception, hits): (&Exception, &Vec<usize>)| fault(exception, hits, findings, rules);
    rules.exceptions.iter().zip(hits).filter_map(of).collect()
}

fn fault(exception: &Exception, hits: &[usize], findings: &[Box<Finding>], rules: &Rules<'_>) -> Option<Notice> {
    let (record, id) = (&exception.record, exception.id());
    let notice = |code, message, help: &str, location: &Location| {
        Some(Notice { code, message, help: Some(help.to_owned()), location: Some(location.clone()) })
    };
    if hits.is_empty() {
        let is_on = exception.controls().into_iter().any(|control| rules.controls.contains(control));
        let why = if is_on { "covers no finding" } else { "covers nothing: no control that is on answers it" };
        let message = format!("the exception for `{id}` {why}");
        let notice =
            || notice("unused-exception", message, "take it out, or correct what narrows it", &exception.location);
        let could_be_used = rules.is_whole && (rules.has_live || !exception.is_live());
        return could_be_used.then(notice).flatten();
    }
    if let Some(most) = record.max_matches.filter(|_| exception.is_too_wide(hits.len())) {
        let message =
            format!("the exception for `{id}` matches {} findings and may match {most}: it covers none", hits.len());
        return notice("wide-exception", message, "`portcullis exceptions explain` lists them", &exception.location);
    }
    let covered = || hits.iter().filter_map(|&at| findings.get(at));
    if let Some(finding) = covered().find(|finding| rules.config.is_locked(&finding.control)) {
        let message = format!("the exception for `{id}` does not cover `{}`, which is locked", finding.control);
        return notice(
            "locked-exception",
            message,
            "the configuration locks it: cure the finding",
            &exception.location,
        );
    }
    if let Some(finding) = covered().find(|finding| exception.is_too_long(finding.severity, rules)) {
        let most = rules.config.gate.max_lifetime.get(&finding.severity).map_or(0, |most| most.0);
        let message = format!(
            "the exception for `{id}` does not cover findings of severity {}: they may be excepted for {most} days ahead",
            finding.severity
        );
        return notice("long-exception", message, "choose an earlier review date", &exception.date_location);
    }
    let owner = &*record.owner;
    let help = "cure what it covers, or review the risk and choose a new date";
    match exception.state(rules) {
        State::Holds => None,
        State::Ending(days) => {
            let message = format!("the exception for `{id}` ends {}; owner: {owner}", phrase(days));
            notice("ending-exception", message, help, &exception.date_location)
        }
        State::Expired => {
            let message = format!("the exception for `{id}` has expired; owner: {owner}");
            notice("expired-exception", message, help, &exception.date_location)
        }
    }
}

fn phrase(days: i64) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    }
}
