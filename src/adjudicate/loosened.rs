//! What the gate's own files accept that they did not accept before: the earlier and the later state come in; what is looser goes
//! out, and what is left when only that counts which both accept.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::baseline::{Baseline, Baselines, Entry};
use super::exception::Exception;
use super::ignore::Ignore;
use super::lock::{Lock, Policy};
use crate::model::{GateChange, Location};

/// Exceptions that are new, cover more or hold for longer.
pub fn exceptions(before: &[Exception], now: &[Exception]) -> Vec<GateChange> {
    let of = |one: &Exception| {
        let (id, record) = (one.id(), &one.record);
        let change =
            |rule, message, location: &Location| Some(GateChange { rule, message, location: location.clone() });
        if let Some(old) = before.iter().filter(|old| one.is_within(old)).max_by_key(|old| old.record.review_date) {
            let (until, was) = (record.review_date, old.record.review_date);
            let message =
                format!("the exception for `{id}` holds until {until} and ended on {was}; owner: {}", &*record.owner);
            return (until > was).then(|| change("longer-exception", message, &one.date_location)).flatten();
        }
        if let Some(old) = before.iter().find(|old| old.is_within(one)) {
            let (scope, was) = (record.scope(), old.record.scope());
            let message = format!("the exception for `{id}` covers more ({scope}) than it did ({was})");
            return change("wider-exception", message, &one.location);
        }
        let (scope, until) = (record.scope(), record.review_date);
        let message = format!("an exception for `{id}`: {scope}, until {until}; owner: {}", &*record.owner);
        change("new-exception", message, &one.location)
    };
    now.iter().filter_map(of).collect()
}

/// The exceptions that both sides grant.
pub fn common_exceptions(before: &[Exception], now: &[Exception]) -> Vec<Exception> {
    let mut common: Vec<Exception> = Vec::new();
    for one in now {
        for old in before {
            let (narrow, wide) = match (one.is_within(old), old.is_within(one)) {
                (true, _) => (one, old),
                (false, true) => (old, one),
                (false, false) => continue,
            };
            let mut both = narrow.clone();
            if wide.record.review_date < narrow.record.review_date {
                both.record.review_date = wide.record.review_date;
                both.date_location.clone_from(&wide.date_location);
            }
            if !common.iter().any(|other| other.record == both.record && other.within == both.within) {
                common.push(both);
            }
        }
    }
    common
}

/// Entries that a baseline has grown by, without those that went along with a file.
pub fn baselines(before: &Baselines, now: &Baselines) -> Vec<GateChange> {
    let (before, now) = (all(before), all(now));
    let mut gone = homeless(&before, &now);
    let is_moved = |entry: &Entry, gone: &mut BTreeMap<Entry, usize>| {
        gone.get_mut(&entry.without_file()).is_some_and(|left| {
            let is_left = *left > 0;
            *left -= usize::from(is_left);
            is_left
        })
    };
    let grown = now.iter().filter(|(fingerprint, _)| !before.contains_key(*fingerprint));
    let grown = grown.filter(|(_, (entry, _))| !is_moved(entry, &mut gone)).map(|(_, (entry, location))| GateChange {
        rule: "grown-baseline",
        message: format!("`{}` in {} is to be known: {} {}", entry.control, entry.file, entry.kind, entry.name),
        location: (*location).clone(),
    });
    grown.collect()
}

/// The earlier baselines without the entries that the later ones have dropped.
pub fn common_baselines(before: &Baselines, now: &Baselines) -> Baselines {
    let current = all(now);
    // What came into the later ones under another file keeps the earlier entry alive.
    let moved = homeless(&current, &all(before));
    let mut common = before.clone();
    for baseline in common.files.iter_mut().filter_map(|file| file.baseline.as_mut()) {
        baseline.retain(|entry| {
            current.contains_key(entry.fingerprint.as_str()) || moved.contains_key(&entry.without_file())
        });
    }
    common
}

/// Policies that the lock has taken over later than it had: with a grace, their new findings are warnings for longer.
pub fn lock(before: Option<&Lock>, now: &Lock, policies: &[Policy]) -> Option<GateChange> {
    let is_later = |policy: &&Policy| now.since(policy) > before.and_then(|before| before.since(policy));
    let later: Vec<&str> = policies.iter().filter(is_later).map(|policy| &*policy.control).collect();
    let (first, rest) = later.split_first()?;
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    let message = format!("the grace of `{first}`{more} begins anew");
    Some(GateChange { rule: "new-grace", message, location: now.location() })
}

/// For each of the ignores that stand now, whether it is one more than stood there before.
pub fn ignores(before: &[Ignore], now: &[Ignore]) -> Vec<bool> {
    let mut known: BTreeMap<(Arc<str>, String), usize> = BTreeMap::new();
    for words in before.iter().filter_map(Ignore::words) {
        *known.entry(words).or_default() += 1;
    }
    let take = |known: &mut BTreeMap<(Arc<str>, String), usize>, key: &(Arc<str>, String)| {
        let left = known.get_mut(key).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    };
    // What moves to another file takes its ignores along, once those that stayed are told apart.
    let stayed: Vec<Option<bool>> =
        now.iter().map(|ignore| ignore.words().map(|words| take(&mut known, &words))).collect();
    let mut elsewhere: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, words), left) in known {
        *elsewhere.entry(words).or_default() += left;
    }
    let is_new = |(ignore, stayed): (&Ignore, Option<bool>)| {
        let (Some(false), Some((_, words))) = (stayed, ignore.words()) else { return false };
        let left = elsewhere.get_mut(&words).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_none()
    };
    now.iter().zip(stayed).map(is_new).collect()
}

/// What to say of an ignore that is new.
pub fn new_ignore(ignore: &Ignore) -> GateChange {
    GateChange {
        rule: "new-ignore",
        message: format!("an ignore for `{}`: {}", ignore.control, ignore.reason),
        location: ignore.location.clone(),
    }
}

type All<'a> = BTreeMap<&'a str, (&'a Entry, &'a Location)>;

fn all(baselines: &Baselines) -> All<'_> {
    let read = baselines.files.iter().filter_map(|file| file.baseline.as_ref()).map(Baseline::by_fingerprint);
    read.flatten().map(|(fingerprint, (entry, location))| (fingerprint.as_str(), (entry, location))).collect()
}

/// The entries of one side that the other one lacks, in words that do not name their file.
fn homeless(of: &All<'_>, other: &All<'_>) -> BTreeMap<Entry, usize> {
    let gone = of.iter().filter(|(fingerprint, _)| !other.contains_key(*fingerprint));
    let mut words = BTreeMap::new();
    for (_, (entry, _)) in gone {
        *words.entry(entry.without_file()).or_default() += 1;
    }
    words
}
