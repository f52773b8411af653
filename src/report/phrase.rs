//! What a report says, in words: written once here, said by every format. Formats escape what they say.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::coverage::DocumentCoverage;
use crate::model::statement::{Witness, Word};
use crate::model::{
    Action, Assessment, Compliance, Confidence, ControlResult, Coverage, DocumentStatus, FileStatus, Finding,
    Framework, Gate, Location, Newer, Outcome, Reason, Report, Score, Severity, Standing, Verdict,
};

use super::escape;

/// The longest sentence, in characters; what is longer was made to be.
pub const LONGEST: usize = 500;

/// `1 finding`, `3 findings`.
pub fn count(number: usize, noun: &str) -> String {
    count_of(number, noun, &format!("{noun}s"))
}

/// `1 policy`, `3 policies`.
pub fn count_of(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Whether a finding is news to the reader: not settled before (baseline, exception, ignored) and more than counted.
pub fn is_news(verdict: &Verdict) -> bool {
    matches!(verdict.standing, Standing::New | Standing::Expired) && verdict.action != Action::Audit
}

/// Whether the diff of the change does not show the finding's file.
pub fn is_outside(report: &Report, verdict: &Verdict) -> bool {
    report.change.as_ref().is_some_and(|change| !change.touches(verdict.finding.location.source.path()))
}

/// `1 critical, 2 high`; empty for no findings.
pub fn severities<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> String {
    let mut counts: BTreeMap<Severity, usize> = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry(verdict.finding.severity).or_default() += 1;
    }
    join(counts.iter().rev().map(|(severity, number)| format!("{number} {severity}")))
}

/// For each severity, worst first, its controls with most findings first: `("high", "33 host-path-volume, 4 host-pid")`.
pub fn by_control<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<(&'static str, String)> {
    let mut counts: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for Verdict { finding, .. } in verdicts {
        *counts.entry((finding.severity, &finding.control)).or_default() += 1;
    }
    let row = |severity| {
        let own = counts.iter().filter(|((of, _), _)| *of == severity);
        let mut own: Vec<_> = own.map(|((_, control), &number)| (number, *control)).collect();
        own.sort_by_key(|&(number, _)| Reverse(number));
        (severity.word(), join(own.iter().map(|(number, control)| format!("{number} {control}"))))
    };
    Severity::ALL.into_iter().map(row).filter(|(_, controls)| !controls.is_empty()).collect()
}

/// The word for a standing, as in `2 known`.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::New => "new",
        Standing::Known => "known",
        Standing::Moved => "moved",
        Standing::Excepted => "excepted",
        Standing::Expired => "expired",
        Standing::Ignored => "ignored",
    }
}

/// The word for an outcome, as in `3 controls: not applicable`.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "failed",
        Outcome::Unknown => "unknown",
        Outcome::Pass => "passed",
        Outcome::Manual => "manual",
        Outcome::NotApplicable => "not applicable",
    }
}

/// The word for what became of a file.
pub fn file_status(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Judged => "judged",
        FileStatus::Unparsable => "unparsable",
        FileStatus::Template => "template",
        FileStatus::KnownOther => "known to be something else",
        FileStatus::NotKubernetes => "not Kubernetes",
        FileStatus::Skipped => "left out",
    }
}

/// What to know of a finding besides its severity, when there is something.
pub fn remark(verdict: &Verdict) -> Option<String> {
    let parts = [state(verdict).map(str::to_owned), newer(verdict), approximate(&verdict.finding).map(str::to_owned)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// That the place of a finding is not sure, when it is not.
pub fn approximate(finding: &Finding) -> Option<&'static str> {
    match finding.confidence {
        Confidence::Exact | Confidence::Confirmed => None,
        Confidence::Likely => Some("the line is likely"),
        Confidence::Document => Some("the line is that of the object"),
    }
}

/// How the policy of a finding is newer than what the repository has locked, if it is.
fn newer(verdict: &Verdict) -> Option<String> {
    Some(match verdict.newer? {
        Newer::Added => "its policy is newer than portcullis.lock".to_owned(),
        Newer::Changed => "its policy has changed since portcullis.lock".to_owned(),
        Newer::Grace { from } => format!("its policy is new and shuts the gate from {from}"),
    })
}

/// Why a finding is less than new and denied, if it is.
pub fn state(verdict: &Verdict) -> Option<&'static str> {
    let has_reason = verdict.because.as_ref().is_some_and(|because| because.reason.is_some());
    match (verdict.standing, verdict.action) {
        // A line of the baseline gives no reason.
        (Standing::Known, _) if has_reason => Some("there before the change"),
        (Standing::Moved, _) if has_reason => Some("there before the change, moved"),
        (Standing::Known, _) => Some("known in the baseline"),
        (Standing::Moved, _) => Some("known in the baseline, moved"),
        (Standing::Excepted, _) => Some("excepted"),
        (Standing::Expired, _) => Some("its exception has expired"),
        (Standing::Ignored, _) => Some("ignored where it stands"),
        (Standing::New, Action::Warn) => Some("warning only"),
        (Standing::New, Action::Audit) => Some("counted only"),
        (Standing::New, Action::Deny) => None,
    }
}

/// What the entry says that settled a finding: `until 2026-11-01, owner platform-team: the reason`; empty where it says nothing.
pub fn because(verdict: &Verdict) -> String {
    let Some(because) = &verdict.because else { return String::new() };
    let until = because.review_date.map(|date| match verdict.standing {
        Standing::Expired => format!("expired after {date}"),
        _ => format!("until {date}"),
    });
    let named = |what: &str, text: &Option<String>| text.as_ref().map(|text| format!("{what} {text}"));
    let parts = [
        until,
        named("owner", &because.owner),
        named("accepted by", &because.risk_accepted_by),
        named("ticket", &because.ticket),
    ];
    let head = join(parts.into_iter().flatten());
    match &because.reason {
        Some(reason) if head.is_empty() => reason.clone(),
        Some(reason) => format!("{head}: {reason}"),
        None => head,
    }
}

/// One of the rules that shut the gate, as `7 controls failed, 5 may`.
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::NewFindings { found, allowed: 0 } => count(*found, "new finding"),
        Reason::NewFindings { found, allowed } => format!("{}, {allowed} may be", count(*found, "new finding")),
        Reason::Expired { found, owners } => {
            format!("{} with an expired exception (owner: {})", count(*found, "finding"), owners.join(", "))
        }
        Reason::FailedControls { of, found, allowed } => {
            let place = of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
            format!("{}{place} failed, {allowed} may", count(*found, "control"))
        }
        Reason::Score { score, wanted } => {
            let place = score.place();
            let place = if place.is_empty() { place } else { format!(" of {place}") };
            let percent = score.percent().unwrap_or_default();
            format!("the score{place} is {percent:.1} % ({} of {}), below {wanted} %", score.passed, score.judged)
        }
        Reason::GateChanges { found } => {
            let verb = if *found == 1 { "loosens" } else { "loosen" };
            format!("{} {verb} the gate", count(*found, "change"))
        }
        Reason::Slack { found } => {
            format!("{} vanished", count_of(*found, "entry of the baseline has", "entries of the baseline have"))
        }
    }
}

/// `Deployment shop/web, container web`.
pub fn subject(finding: &Finding) -> String {
    match &finding.container {
        Some(container) => format!("{}, container {container}", finding.identity),
        None => finding.identity.to_string(),
    }
}

/// ``Deployment shop/web: container `web` is privileged``, and whatever there is to know besides.
pub fn sentence(verdict: &Verdict) -> String {
    let finding = &verdict.finding;
    let subject = clip(finding.identity.to_string().trim());
    let head = if subject.is_empty() { subject } else { format!("{subject}: ") };
    let remark = remark(verdict).map(|remark| format!("; {remark}")).unwrap_or_default();
    format!("{head}{}{remark}", clip(&finding.message))
}

/// `deploy/web.yaml:12:7`.
pub fn place(location: &Location) -> String {
    let start = location.region().start;
    format!("{}:{}:{}", location.source.path(), start.line(), start.column())
}

/// `73.8 %`; none of nothing.
#[allow(clippy::cast_precision_loss)] // nobody has 2^52 checks
pub fn percent(passed: usize, judged: usize) -> Option<String> {
    (judged > 0).then(|| format!("{:.1} %", 100.0 * passed as f64 / judged as f64))
}

/// `cis-1.12`, `for Kubernetes 1.33, …`, `82.1 % (46 of 56 judged checks pass), 1.2: 80.0 % (4 of 5)`, for each benchmark that a
/// cluster is judged by.
pub fn benchmark_scores(report: &Report) -> Vec<(String, String)> {
    let judged = report.assessments.iter().filter(|assessment| assessment.assignment.is_judged);
    let row = |assessment: &Assessment| {
        let assignment = &assessment.assignment;
        let (cluster, name) = (&*assignment.cluster, &assignment.benchmark.head.benchmark);
        let own = |score: &&Score| score.benchmark.as_ref() == Some(name) && score.cluster.as_deref() == Some(cluster);
        let share = |score: &Score| {
            let percent = percent(score.passed, score.judged).unwrap_or_else(|| "nothing judged".to_owned());
            match &score.section {
                Some(section) => format!("{section} {percent} ({} of {})", score.passed, score.judged),
                None => format!("{percent} ({} of {} judged checks pass)", score.passed, score.judged),
            }
        };
        let shares = join(report.scores.iter().filter(own).map(share));
        let is_default = cluster == "default";
        let cluster = if is_default { String::new() } else { format!("{cluster}: ") };
        (format!("{cluster}{name}"), format!("{}: {shares}", assignment.why))
    };
    judged.map(row).collect()
}

/// What to write beside the place of a member that is absent.
pub fn missing(member: &str) -> String {
    format!("`{member}` is missing here")
}

/// `pss baseline/hostNamespaces, cis-1.12 5.2.3 5.2.4`; empty when no benchmark asks.
pub fn benchmarks(benchmarks: &BTreeMap<String, Vec<String>>) -> String {
    join(benchmarks.iter().map(|(benchmark, ids)| format!("{benchmark} {}", ids.join(" "))))
}

/// The same of the frameworks that the run was asked for.
pub fn frameworks(report: &Report, result: &ControlResult) -> String {
    let asked = report.compliance.iter().filter(|one| one.is_asked).map(|one| one.framework.as_str());
    let asked: BTreeSet<&str> = asked.collect();
    join(asked.iter().filter_map(|name| Some(format!("{name} {}", result.frameworks.get(*name)?.join(" ")))))
}

/// `soc2`, `82.1 % (46 of 56 judged controls pass)`, for each framework that the run was asked for.
pub fn framework_scores(report: &Report) -> Vec<(String, String)> {
    let row = |one: &Compliance| {
        let cluster = if &*one.cluster == "default" { String::new() } else { format!("{}: ", one.cluster) };
        let percent = percent(one.passed, one.judged).unwrap_or_else(|| "nothing judged".to_owned());
        let what = if one.framework == Framework::CIS { "checks" } else { "controls" };
        let share = format!("{percent} ({} of {} judged {what} pass)", one.passed, one.judged);
        (format!("{cluster}{}", one.framework), share)
    };
    report.compliance.iter().filter(|one| one.is_asked).map(row).collect()
}

/// `InSpec: 1 failed, 3 passed`, for each program that says something.
pub fn evidence(report: &Report) -> Vec<String> {
    let line = |witness: Witness| {
        let own = || report.evidence.iter().filter(move |one| one.witness == witness);
        let count = |word: Word| own().filter(|one| one.word == word).map(|one| one.times).sum::<usize>();
        let counts = Word::ALL.into_iter().map(|word| (word, count(word))).filter(|(_, number)| *number > 0);
        let counts = join(counts.map(|(word, number)| format!("{number} {}", word.word())));
        let unmapped = own().filter(|one| one.controls.is_empty()).count();
        let unmapped = if unmapped == 0 { String::new() } else { format!("; {unmapped} about no control") };
        (own().next().is_some()).then(|| format!("{}: {counts}{unmapped}", witness.name()))
    };
    Witness::ALL.into_iter().filter_map(line).collect()
}

/// The first paragraph of a text, on one line.
pub fn first_paragraph(text: &str) -> String {
    let lines = text.trim().lines().map(str::trim).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// Whether the gate is open, and why.
pub fn gate(report: &Report) -> String {
    let shutting: Vec<_> = report.verdicts.iter().filter(|verdict| verdict.shuts).collect();
    let news = report.verdicts.iter().filter(|verdict| is_news(verdict)).count();
    let unparsable = report.coverage.iter().filter(|file| file.status == FileStatus::Unparsable).count();
    let shows = |reason: &&Reason| !matches!(reason, Reason::NewFindings { allowed: 0, .. });
    let reasons: Vec<String> = report.reasons.iter().filter(shows).map(reason).collect();
    let mut line = match (report.gate, shutting.len(), news) {
        (Gate::Shut, 0, _) => format!("gate shut: {}", reasons.join("; ")),
        (Gate::Shut, number, _) => {
            let verb = if number == 1 { "shuts" } else { "shut" };
            let head = format!("gate shut: {} {verb} it ({})", count(number, "finding"), severities(shutting));
            std::iter::once(head).chain(reasons).collect::<Vec<_>>().join("; ")
        }
        (Gate::Open, _, _) if report.judged_documents() == 0 => "gate open: nothing was judged".to_owned(),
        (Gate::Open, _, 0) if report.verdicts.is_empty() => "gate open: no findings".to_owned(),
        (Gate::Open, _, 0) => "gate open: no new findings".to_owned(),
        (Gate::Open, _, number) => format!("gate open: {}, none of which shuts it", count(number, "finding")),
    };
    let newer = report.verdicts.iter().filter(|verdict| verdict.shuts && verdict.newer.is_some()).count();
    if newer > 0 {
        line += &format!(
            "; {newer} of them by {} newer than portcullis.lock",
            if newer == 1 { "a policy" } else { "policies" }
        );
    }
    if report.policy_errors > 0 {
        line += &format!("; {} could not be evaluated", count_of(report.policy_errors, "policy", "policies"));
    }
    if unparsable > 0 {
        line += &format!("; {} could not be judged", count(unparsable, "file"));
    }
    line
}

/// What was found and is no news: `2 known, 1 excepted, 3 counted only`; empty for nothing.
pub fn settled(report: &Report) -> String {
    let mut counts: BTreeMap<Standing, usize> = BTreeMap::new();
    for verdict in report.verdicts.iter().filter(|verdict| !is_news(verdict)) {
        *counts.entry(verdict.standing).or_default() += 1;
    }
    // News with the action `audit` have the standing of news.
    let word = |of| if matches!(of, Standing::New | Standing::Expired) { "counted only" } else { standing(of) };
    join(counts.iter().map(|(&standing, number)| format!("{number} {}", word(standing))))
}

/// `since origin/main (1a2b3c4): 1 new, 2 fixed, 1 moved, 9 known; left out: 3 findings in files that are as they were`; empty
/// where nothing is compared.
pub fn change(report: &Report) -> String {
    let Some(change) = &report.change else { return String::new() };
    let of = |standing| report.verdicts.iter().filter(|verdict| verdict.standing == standing).count();
    let (new, moved, known) = (of(Standing::New), of(Standing::Moved), of(Standing::Known));
    let fixed = change.fixed.len();
    let mut line = format!("since {}: {new} new, {fixed} fixed, {moved} moved, {known} known", change.base);
    if let Some(left_out) = change.left_out {
        line += &format!("; left out: {} in files that are as they were", count(left_out.findings, "finding"));
        if left_out.new > 0 {
            line += &format!(", {} of them new", left_out.new);
        }
    }
    line
}

/// ``deploy/web.yaml:12:7: high[host-network] Deployment shop/web: the pod …``, with the place that it had.
pub fn fixed(finding: &Finding) -> String {
    let (place, severity, control) = (place(&finding.location), finding.severity, &finding.control);
    format!("{place}: {severity}[{control}] {}: {}", finding.identity, clip(&finding.message))
}

/// `judged 12 documents in 9 files, 1 in part; not judged: 1 unparsable, 1 template not rendered, 2 not Kubernetes`. What is
/// counted as not judged are documents, and files without any.
pub fn coverage(report: &Report) -> String {
    let is_judged = |document: &&DocumentCoverage| document.status == DocumentStatus::Judged;
    let files = report.coverage.iter().filter(|file| file.documents.iter().any(|document| is_judged(&document)));
    let judged = report.judged_documents();
    let mut line = format!("judged {} in {}", count(judged, "document"), count(files.count(), "file"));
    let documents = report.coverage.iter().flat_map(|file| &file.documents);
    let in_part = documents.filter(is_judged).filter(|document| !document.reason.is_empty()).count();
    if in_part > 0 {
        line += &format!(", {in_part} in part");
    }
    let mut counts: BTreeMap<FileStatus, usize> = BTreeMap::new();
    for status in report.coverage.iter().flat_map(statuses) {
        *counts.entry(status).or_default() += 1;
    }
    let rest = join(counts.iter().filter_map(|(&status, &number)| set_aside(status, number)));
    if !rest.is_empty() {
        line += &format!("; not judged: {rest}");
    }
    line
}

/// What became of each document of a file, or of the file when it has none.
fn statuses(file: &Coverage) -> Vec<FileStatus> {
    let status = |document: &DocumentCoverage| match document.status {
        DocumentStatus::Judged => FileStatus::Judged,
        DocumentStatus::Unparsable => FileStatus::Unparsable,
        DocumentStatus::KnownOther if file.status == FileStatus::Template => FileStatus::Template,
        DocumentStatus::KnownOther => FileStatus::KnownOther,
        DocumentStatus::NotKubernetes => FileStatus::NotKubernetes,
    };
    match file.documents.as_slice() {
        [] => vec![file.status],
        documents => documents.iter().map(status).collect(),
    }
}

/// `41: 5 failed, 30 passed, 6 not applicable`.
pub fn controls(report: &Report) -> String {
    let mut counts: BTreeMap<u8, (usize, &str)> = BTreeMap::new();
    for result in &report.controls {
        let rank = match result.outcome {
            Outcome::Fail => 0,
            Outcome::Unknown => 1,
            Outcome::Pass => 2,
            Outcome::Manual => 3,
            Outcome::NotApplicable => 4,
        };
        counts.entry(rank).or_insert((0, outcome(result.outcome))).0 += 1;
    }
    let outcomes = join(counts.values().map(|(number, word)| format!("{number} {word}")));
    format!("{}: {outcomes}", report.controls.len())
}

fn set_aside(status: FileStatus, number: usize) -> Option<String> {
    match status {
        FileStatus::Judged => None,
        FileStatus::Unparsable => Some(format!("{number} unparsable")),
        FileStatus::Template => Some(format!("{} not rendered", count(number, "template"))),
        FileStatus::KnownOther => Some(format!("{number} known to be something else")),
        FileStatus::NotKubernetes => Some(format!("{number} not Kubernetes")),
        FileStatus::Skipped => Some(format!("{number} left out")),
    }
}

fn clip(text: &str) -> String {
    escape::clip(text, LONGEST)
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_numbers() {
        assert_eq!(count(0, "finding"), "0 findings");
        assert_eq!(count(1, "finding"), "1 finding");
        assert_eq!(count_of(2, "policy", "policies"), "2 policies");
    }

    #[test]
    fn a_paragraph_ends_at_an_empty_line() {
        assert_eq!(first_paragraph("\n  Set it\n  to false.\n\nMore."), "Set it to false.");
        assert_eq!(first_paragraph(""), "");
    }
}
