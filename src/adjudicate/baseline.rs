//! The findings that are known: lines of JSON come in, each finding's standing goes out, and the lines to write.
//!
//! A line has the finding's fingerprint, which decides, and its words, for people and for finding it again in another file. It
//! has no time, no line number and no version, and the lines are sorted, so that two branches that both add some merge. Equal
//! findings are counted: the second one has a fingerprint of its own (`locate`), so n of them make n lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::report::Notice;
use crate::model::{Finding, Identity, Location, Source, Span, Standing};

/// The file, where the configuration names none.
pub const FILE_NAME: &str = ".portcullis-baseline.jsonl";

/// What stands for the file of results of kube-bench.
const LIVE_FILE: &str = "kube-bench";

/// A line of the baseline. The order of the members is the order in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Entry {
    /// The file, relative to the root.
    pub file: String,
    /// The control.
    pub control: String,
    /// The cluster.
    pub cluster: String,
    /// The object's `apiVersion`.
    pub api_version: String,
    /// The object's `kind`.
    pub kind: String,
    /// The object's namespace, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object's name.
    pub name: String,
    /// The place in the object, with list elements by name.
    pub path: String,
    /// The identity of the finding.
    #[schemars(regex(pattern = "^[0-9a-f]{32}$"))]
    pub fingerprint: String,
}

/// A baseline that was read.
#[derive(Debug, Clone)]
pub struct Baseline {
    source: Arc<Source>,
    entries: Entries,
}

/// Entries by their fingerprint, because a merge may have written a line twice; each with the place that it comes from.
pub type Entries = BTreeMap<String, (Entry, Location)>;

/// The baselines of a run: the repository's first, then those that clusters have for themselves.
#[derive(Debug, Clone, Default)]
pub struct Baselines {
    /// The files.
    pub files: Vec<File>,
    /// Cluster → its file; of clusters that are not here it is the first one.
    pub of_cluster: BTreeMap<String, usize>,
}

/// A baseline and where it is, or would be.
#[derive(Debug, Clone)]
pub struct File {
    /// Where.
    pub path: PathBuf,
    /// Whether somebody named it, so that it should be there even if nothing is known.
    pub is_named: bool,
    /// What is there.
    pub baseline: Option<Baseline>,
}

/// How a baseline and a run compare.
#[derive(Debug, Default)]
pub struct Comparison {
    /// For each finding that was compared: its standing and the line that says so; none for a new one.
    pub known: Vec<Option<(Standing, Location)>>,
    /// The entries whose findings are no longer there, each with its line.
    pub vanished: Vec<(Entry, Location)>,
    /// The entries that this run did not judge.
    pub unjudged: Vec<Entry>,
}

impl Entry {
    /// The line of a finding.
    pub fn of(finding: &Finding) -> Self {
        let identity = &finding.identity;
        Self {
            // The results of a running node lie in another file each time.
            file: match finding.check {
                Some(_) => LIVE_FILE.to_owned(),
                None => finding.location.source.path().to_string(),
            },
            control: finding.control.to_string(),
            cluster: identity.cluster.to_string(),
            api_version: identity.api_version.clone(),
            kind: identity.kind.clone(),
            namespace: identity.namespace.as_deref().map(str::to_owned),
            name: identity.name.clone(),
            path: finding.words().to_owned(),
            fingerprint: finding.fingerprint.to_string(),
        }
    }

    /// The cluster and the name of the running node that it is about, if it is.
    pub fn live_node(&self) -> Option<(&str, &str)> {
        let is_live = self.file == LIVE_FILE && self.kind == Identity::NODE && self.api_version.is_empty();
        is_live.then_some((self.cluster.as_str(), self.name.as_str()))
    }

    /// The same words but for the file: what a finding keeps when its object moves.
    pub(super) fn without_file(&self) -> Self {
        Self { file: String::new(), fingerprint: String::new(), ..self.clone() }
    }
}

impl Baselines {
    /// The position of the file of a cluster.
    pub fn of(&self, cluster: &str) -> usize {
        self.of_cluster.get(cluster).copied().unwrap_or_default()
    }

    /// Compares findings with the file of their cluster: a comparison for each file. `tell` is told the standing of the finding at a
    /// position.
    pub fn compare(
        &self,
        findings: &[&Finding],
        was_judged: &dyn Fn(&Entry) -> bool,
        tell: &mut dyn FnMut(usize, Standing, Location),
    ) -> Vec<Comparison> {
        let compare = |(index, file): (usize, &File)| {
            let positions = findings.iter().enumerate().filter(|(_, one)| self.of(&one.identity.cluster) == index);
            let (positions, own): (Vec<usize>, Vec<&Finding>) = positions.map(|(at, one)| (at, *one)).unzip();
            let mut comparison = compare(file.baseline.as_ref().map(Baseline::by_fingerprint), &own, was_judged);
            for (position, known) in positions.into_iter().zip(std::mem::take(&mut comparison.known)) {
                known.into_iter().for_each(|(standing, location)| tell(position, standing, location));
            }
            comparison
        };
        self.files.iter().enumerate().map(compare).collect()
    }
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// For a line that is no entry, at its place.
    pub fn read(source: &Arc<Source>) -> Result<Self, Error> {
        let mut baseline = Self { source: Arc::clone(source), entries: BTreeMap::new() };
        for number in 1..=source.line_count() {
            let (Some(line), Some(span)) = (source.line(number), source.line_span(number)) else { continue };
            if !line.trim().is_empty() {
                let entry = entry(line).map_err(|why| explain(source, span, line, &why))?;
                let location = Location { source: Arc::clone(source), span };
                baseline.entries.insert(entry.fingerprint.clone(), (entry, location));
            }
        }
        Ok(baseline)
    }

    /// Drops the entries that do not fit.
    pub(super) fn retain(&mut self, fits: impl Fn(&Entry) -> bool) {
        self.entries.retain(|_, (entry, _)| fits(entry));
    }

    /// Its entries by their fingerprint.
    pub fn by_fingerprint(&self) -> &Entries {
        &self.entries
    }

    /// Its entries, sorted.
    pub fn entries(&self) -> Vec<Entry> {
        let entries: BTreeSet<&Entry> = self.entries.values().map(|(entry, _)| entry).collect();
        entries.into_iter().cloned().collect()
    }

    /// Whether it is written as [`write()`] would write it: not if a merge has left its traces.
    pub fn is_tidy(&self) -> bool {
        self.source.text() == write(self.entries())
    }
}

/// What a baseline would say of findings; the places are theirs.
pub fn entries_of(findings: &[Box<Finding>]) -> Entries {
    let entry = |finding| {
        let entry = Entry::of(finding);
        (entry.fingerprint.clone(), (entry, finding.location.clone()))
    };
    findings.iter().map(Box::as_ref).map(entry).collect()
}

/// The text of a baseline.
pub fn write(entries: impl IntoIterator<Item = Entry>) -> String {
    // Sorted as lines, so that any other tool that sorts lines agrees.
    let lines: BTreeSet<String> = entries.into_iter().filter_map(|entry| serde_json::to_string(&entry).ok()).collect();
    lines.into_iter().map(|line| line + "\n").collect()
}

/// Compares findings with what is known. An entry that this run judged and did not find again is matched a second time, by its
/// words, with the new findings of other files; what is left has vanished.
pub fn compare(known: Option<&Entries>, findings: &[&Finding], was_judged: &dyn Fn(&Entry) -> bool) -> Comparison {
    let Some(entries) = known else {
        return Comparison { known: vec![None; findings.len()], ..Comparison::default() };
    };
    let current: Vec<Entry> = findings.iter().map(|finding| Entry::of(finding)).collect();
    let found: BTreeSet<&String> = current.iter().map(|entry| &entry.fingerprint).collect();
    let gone = entries.values().filter(|(entry, _)| !found.contains(&entry.fingerprint));
    let (judged, unjudged): (Vec<_>, Vec<_>) = gone.partition(|(entry, _)| was_judged(entry));
    let mut homeless: BTreeMap<Entry, Vec<&(Entry, Location)>> = BTreeMap::new();
    for entry in judged {
        homeless.entry(entry.0.without_file()).or_default().push(entry);
    }
    homeless.values_mut().for_each(|of| of.sort_by(|left, right| right.0.file.cmp(&left.0.file)));
    let known = current.iter().map(|entry| {
        if let Some((_, location)) = entries.get(&entry.fingerprint) {
            return Some((Standing::Known, location.clone()));
        }
        let candidates = homeless.get_mut(&entry.without_file())?;
        let at = candidates.iter().rposition(|(old, _)| old.file != entry.file)?;
        Some((Standing::Moved, candidates.remove(at).1.clone()))
    });
    let known = known.collect();
    let mut vanished: Vec<_> = homeless.into_values().flatten().collect();
    vanished.sort_by_key(|(_, location)| (Arc::clone(location.source.path()), location.span));
    Comparison {
        known,
        vanished: vanished.into_iter().cloned().collect(),
        unjudged: unjudged.into_iter().map(|(entry, _)| entry.clone()).collect(),
    }
}

/// The code of the notice about an entry whose finding has vanished.
pub const VANISHED: &str = "vanished-baseline-entry";

/// The vanished entries, each at its line.
pub fn notices(comparison: &Comparison) -> Vec<Notice> {
    let notice = |(entry, location): &(Entry, Location)| Notice {
        code: VANISHED,
        message: format!("`{}` no longer finds this in {}", entry.control, entry.file),
        help: Some("`portcullis baseline prune` removes the entries of what is cured".to_owned()),
        location: Some(location.clone()),
    };
    comparison.vanished.iter().map(notice).collect()
}

/// The JSON schema of a line, as `schemas/baseline.json` has it.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Entry);
    schema.insert("title".to_owned(), "portcullis baseline, one line".into());
    format!("{:#}\n", schema.as_value())
}

fn entry(line: &str) -> Result<Entry, serde_json::Error> {
    let entry: Entry = serde_json::from_str(line)?;
    let is_digest = entry.fingerprint.len() == 32 && entry.fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_digest {
        true => Ok(entry),
        false => Err(serde::de::Error::custom(format!("`{}` is no fingerprint: it has 32 digits", entry.fingerprint))),
    }
}

fn explain(source: &Source, span: Span, line: &str, why: &serde_json::Error) -> Error {
    let conflict = ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark));
    if conflict {
        return Error::at(source, span, "the baseline has a merge conflict", "here")
            .help("keep the lines of both sides, take out the marks, then run `portcullis baseline update`");
    }
    let text = why.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    Error::at(source, span, format!("this is no line of a baseline: {message}"), "here")
        .help("another version may have written it: `portcullis baseline write` writes the file anew")
}
