//! Reading the file: its text comes in, exceptions go out that are about controls, or an error with a caret.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::record::{File, Record};
use super::{Exception, Scope};
use crate::config::{Loaded, read_as};
use crate::error::{Error, nearest};
use crate::model::{Location, Parsed, Path, Source};

/// What an exception can name. Benchmarks are large, so they are asked for one by one.
pub trait Vocabulary {
    /// The ids of all controls.
    fn controls(&self) -> &BTreeSet<Arc<str>>;
    /// The clusters, each with its benchmarks.
    fn clusters(&self) -> &BTreeMap<Arc<str>, Vec<String>>;
    /// The controls that answer a check; none when the benchmark does not exist or has no such check.
    fn answers(&self, benchmark: &str, number: &str) -> Option<Vec<String>>;
    /// Cluster → the benchmarks of the results of its running nodes.
    fn live(&self) -> &BTreeMap<Arc<str>, BTreeSet<String>>;
    /// The name of a benchmark in place of an old one, which stands at this place.
    fn resolve(&self, benchmark: &str, at: &Location) -> String;
    /// The benchmarks that have a check of this number.
    fn benchmarks_with(&self, number: &str) -> Vec<String>;
}

/// Reads a file of exceptions.
///
/// # Errors
/// For an unknown key, a bad date, a missing owner, a control or number that does not exist, a duplicate; at its place.
pub fn read(source: &Arc<Source>, parsed: &Parsed, words: &dyn Vocabulary) -> Result<Vec<Exception>, Error> {
    let file: Loaded<File> = read_as(source, parsed, "a file of exceptions")?;
    if let Some(version) = file.value.version.filter(|&version| version != 1) {
        let error = file.error_at_value(&Path::of_keys(&["version"]), format!("there is no version {version}"), "here");
        return Err(error.help("a newer portcullis may know it; this one knows version 1"));
    }
    let exceptions = file.value.exceptions.iter().flatten().enumerate();
    exceptions.map(|(index, record)| exception(&file, index, record, words)).collect()
}

fn exception(file: &Loaded<File>, index: usize, record: &Record, words: &dyn Vocabulary) -> Result<Exception, Error> {
    let place = Path::of_keys(&["exceptions"]).index(index);
    let (key, id) = match (&record.check_id, &record.control) {
        (Some(id), None) => ("check_id", id),
        (None, Some(id)) => ("control", id),
        (Some(_), Some(_)) => {
            let error = file.error_at_key(&place.key("control"), "an exception is about one control", "a second one");
            return Err(error.help("take out `check_id` or `control`"));
        }
        (None, None) => {
            return Err(file.error_at_value(&place, "missing field `check_id`", "here"));
        }
    };
    let location = file.location(&place.key(key));
    let controls = scope(id, &location, words).map_err(|(message, help)| {
        let error = file.error_at_value(&place.key(key), message, "unknown");
        error.help(help)
    })?;
    let same = |other: &&Record| other.without_words() == record.without_words();
    if file.value.exceptions.iter().flatten().take(index).any(|other| same(&other)) {
        let error = file.error_at_value(&place.key(key), "this exception is there already", "covers the same");
        return Err(error.help("take one of them out; dates, owners and reasons do not tell exceptions apart"));
    }
    Ok(Exception {
        record: record.clone(),
        location,
        date_location: file.location(&place.key("review_date")),
        within: None,
        controls,
    })
}

/// The controls of an id or number; else what is wrong and what to do.
fn scope(id: &str, at: &Location, words: &dyn Vocabulary) -> Result<Scope, (String, String)> {
    if words.controls().contains(id) {
        return Ok(Scope::Everywhere(BTreeSet::from([id.to_owned()])));
    }
    if let Some((benchmark, number)) = id.split_once(':') {
        let benchmark = &words.resolve(benchmark, at);
        let answers = words.answers(benchmark, number).map(|controls| {
            let check = format!("{benchmark}:{number}");
            Scope::Everywhere(controls.into_iter().chain([check]).collect())
        });
        let with = || words.benchmarks_with(number).join(", ");
        return answers.ok_or_else(|| match with() {
            with if with.is_empty() => (format!("no benchmark has a check `{number}`"), "take it out".to_owned()),
            with => (format!("`{benchmark}` is no benchmark with a check `{number}`"), format!("{with} have one")),
        });
    }
    let of_cluster = |(cluster, benchmarks): (&Arc<str>, &Vec<String>)| {
        let live = words.live().get(cluster);
        let named = benchmarks.iter().chain(live.into_iter().flatten());
        let named = named.filter(|benchmark| words.answers(benchmark, id).is_some());
        let checks = named.map(|benchmark| format!("{benchmark}:{id}"));
        let answers = benchmarks.iter().filter_map(|benchmark| words.answers(benchmark, id));
        (Arc::clone(cluster), answers.flatten().chain(checks).collect::<BTreeSet<String>>())
    };
    let in_force = || words.clusters().values().flatten().any(|benchmark| words.answers(benchmark, id).is_some());
    // A number of another benchmark is no mistake of the user's: it covers nothing, and is reported as unused.
    if in_force() || !words.benchmarks_with(id).is_empty() {
        return Ok(Scope::ByCluster(words.clusters().iter().map(of_cluster).collect()));
    }
    let help = match nearest(id, words.controls().iter().map(|id| &**id)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the id of a control, or the number of a check as `5.2.3` or `cis-1.12:5.2.3`".to_owned(),
    };
    Err((format!("there is no control or check `{id}`"), help))
}
