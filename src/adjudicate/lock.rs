//! The policies that a repository has taken over, `portcullis.lock`: the file and the policies of now come in, which of them are
//! newer goes out, and the text to write.
//!
//! A line has a control, its severity, its digest and, where it came later than the file, the day on which it did. The lines are
//! sorted and know nothing of each other, so that two branches merge; of two lines for one control both count.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Rules;
use crate::error::Error;
use crate::model::report::{Newer, Notice};
use crate::model::{Action, Date, Location, Severity, Source, Span, Standing, Verdict};

/// The file, where the configuration names none.
pub const FILE_NAME: &str = "portcullis.lock";

const VERSION: u32 = 1;
const HEAD: &str = "# portcullis.lock, version ";

/// A policy, as far as the file is about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The control.
    pub control: Arc<str>,
    /// How bad a finding is.
    pub severity: Severity,
    /// What changes when it judges otherwise: 32 hexadecimal digits.
    pub digest: String,
    /// The day on which the file took it over; none if it always was there.
    pub since: Option<Date>,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct Lock {
    source: Arc<Source>,
    policies: BTreeMap<Arc<str>, Vec<Policy>>,
}

/// How the policies of now differ from those of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Controls that the file does not have.
    pub added: Vec<Policy>,
    /// Controls that it has otherwise, each with its severity there.
    pub changed: Vec<(Policy, Severity)>,
    /// Controls that are no more.
    pub removed: Vec<Policy>,
}

impl Lock {
    /// Reads a file.
    ///
    /// # Errors
    /// For a file of another version and a line that is none, at its place.
    pub fn read(source: &Arc<Source>) -> Result<Self, Error> {
        let mut lock = Self { source: Arc::clone(source), policies: BTreeMap::new() };
        head(source)?;
        for number in 2..=source.line_count() {
            let (Some(line), Some(span)) = (source.line(number), source.line_span(number)) else { continue };
            if line.is_empty() || line.starts_with(HEAD) {
                continue;
            }
            let policy = policy(line).map_err(|why| explain(source, span, line, &why))?;
            lock.policies.entry(Arc::clone(&policy.control)).or_default().push(policy);
        }
        Ok(lock)
    }

    /// How a policy of now differs from the file's, if it does.
    pub fn newer(&self, policy: &Policy) -> Option<Newer> {
        match self.policies.get(&policy.control) {
            None => Some(Newer::Added),
            Some(_) => self.same(policy).is_none().then_some(Newer::Changed),
        }
    }

    /// The day on which the file took a policy over, if it has it as it is now and had another or none before.
    pub fn since(&self, policy: &Policy) -> Option<Date> {
        self.same(policy)?.since
    }

    /// How the policies of now differ.
    pub fn difference(&self, now: &[Policy]) -> Difference {
        let mut difference = Difference::default();
        for policy in now {
            match (self.newer(policy), self.policies.get(&policy.control).and_then(|of| of.first())) {
                (None, _) => {}
                (Some(_), None) => difference.added.push(policy.clone()),
                (Some(_), Some(before)) => difference.changed.push((policy.clone(), before.severity)),
            }
        }
        let is_gone = |control: &Arc<str>| now.iter().all(|policy| policy.control != *control);
        let gone = self.policies.iter().filter(|(control, _)| is_gone(control));
        difference.removed = gone.filter_map(|(_, of)| of.first().cloned()).collect();
        difference
    }

    /// The first line.
    pub fn location(&self) -> Location {
        Location { source: Arc::clone(&self.source), span: self.source.line_span(1).unwrap_or_default() }
    }

    fn same(&self, policy: &Policy) -> Option<&Policy> {
        let same = self.policies.get(&policy.control)?.iter().filter(|of| of.digest == policy.digest);
        // None is the earliest day.
        same.min_by_key(|of| of.since)
    }
}

/// The text of a file with the policies of now; what the old one does not have counts from today.
pub fn write(old: Option<&Lock>, now: &[Policy], today: Date) -> String {
    let mut lines: Vec<String> = now.iter().map(|policy| line(policy, since(old, policy, today))).collect();
    lines.sort();
    format!("{HEAD}{VERSION}; `portcullis policies lock` writes it\n{}", lines.concat())
}

/// Lets the findings of policies that are still in their grace pass, and says so.
pub fn apply(verdict: &mut Verdict, rules: &Rules<'_>) {
    let control = &verdict.finding.control;
    verdict.newer = rules.newer.get(control).copied();
    let from = rules.since.get(control).and_then(|since| rules.grace_until(*since));
    if let Some(from) = from.filter(|_| verdict.standing == Standing::New && verdict.action == Action::Deny) {
        (verdict.action, verdict.newer) = (Action::Warn, Some(Newer::Grace { from }));
    }
}

/// That there are newer policies than the file has.
pub fn notice(lock: &Lock, rules: &Rules<'_>) -> Option<Notice> {
    let newer: Vec<&str> = rules.newer.keys().filter(|id| rules.controls.contains(*id)).map(|id| &**id).collect();
    let (first, rest) = newer.split_first()?;
    let message = match rest.len() {
        0 => format!("control `{first}` is new or has changed since portcullis.lock"),
        more => format!("control `{first}` and {more} more are new or have changed since portcullis.lock"),
    };
    Some(Notice {
        code: "newer-policies",
        message,
        help: Some(
            "`portcullis policies diff` shows what they find, `portcullis policies lock` takes them over".to_owned(),
        ),
        location: Some(lock.location()),
    })
}

fn since(old: Option<&Lock>, policy: &Policy, today: Date) -> Option<Date> {
    match old?.same(policy) {
        Some(before) => before.since,
        None => Some(today),
    }
}

fn line(policy: &Policy, since: Option<Date>) -> String {
    let since = since.map(|date| format!(" {date}")).unwrap_or_default();
    format!("{} {} {}{since}\n", policy.control, policy.severity, policy.digest)
}

fn head(source: &Source) -> Result<(), Error> {
    let line = source.line(1).unwrap_or_default();
    let span = source.line_span(1).unwrap_or_default();
    let Some(rest) = line.strip_prefix(HEAD) else {
        return Err(explain(source, span, line, "the first line does not name a version"));
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = rest.get(..digits).unwrap_or_default();
    if number.parse() == Ok(VERSION) {
        return Ok(());
    }
    let at = span.start + HEAD.len();
    let error = Error::at(source, Span::new(at, at + digits), format!("there is no version {number}"), "here");
    Err(error.help(format!("a newer portcullis may know it; this one knows version {VERSION}")))
}

fn policy(line: &str) -> Result<Policy, String> {
    let words: Vec<&str> = line.split(' ').collect();
    let (control, severity, digest, since) = match words.as_slice() {
        [control, severity, digest] => (control, severity, digest, None),
        [control, severity, digest, since] => (control, severity, digest, Some(since.parse()?)),
        _ => return Err("it has a control, a severity, a digest and perhaps a day".to_owned()),
    };
    let severity = severity.parse().map_err(|known| format!("`{severity}` is no severity: {known}"))?;
    if digest.len() != 32 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("`{digest}` is no digest: it has 32 digits"));
    }
    Ok(Policy { control: Arc::from(*control), severity, digest: (*digest).to_owned(), since })
}

fn explain(source: &Source, span: Span, line: &str, why: &str) -> Error {
    if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
        let error = Error::at(source, span, "the lock has a merge conflict", "here");
        return error.help("keep the lines of both sides, take out the marks, then run `portcullis policies lock`");
    }
    Error::at(source, span, format!("this is no line of a lock: {why}"), "here")
        .help("take the file from git again, or delete it and run `portcullis policies lock`")
}
