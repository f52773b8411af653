//! Accepted risks: the file of the exceptions comes in, the entries go out, each with what it covers and until when.

mod notice;
mod read;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use notice::notices;
pub use read::{Vocabulary, read};
pub use record::{File, Record, Words, schema};

use super::Rules;
use crate::config::{NamePattern, PathPattern, Pattern};
use crate::model::{Because, Finding, Location, Severity, Standing};

/// The files, where the configuration names none; each is read if it is there.
pub const FILE_NAMES: [&str; 2] = ["portcullis-exceptions.yaml", "kube-bench-exceptions.yaml"];

/// An exception, with the controls that it is about.
#[derive(Debug, Clone)]
pub struct Exception {
    /// What is written.
    pub record: Record,
    /// Where the entry names its control.
    pub location: Location,
    /// Where its review date is.
    pub date_location: Location,
    /// The clusters whose file it stands in; none for the repository's.
    pub within: Option<Arc<BTreeSet<String>>>,
    controls: Scope,
}

#[derive(Debug, Clone)]
enum Scope {
    /// These controls.
    Everywhere(BTreeSet<String>),
    /// In each cluster the controls that answer the number in its benchmark.
    ByCluster(BTreeMap<Arc<str>, BTreeSet<String>>),
}

/// How an exception stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It holds.
    Holds,
    /// It holds for so few days more that its owner should know.
    Ending(i64),
    /// Its review date has passed.
    Expired,
}

impl Exception {
    /// The control or number, as it is written.
    pub fn id(&self) -> &str {
        self.record.id().unwrap_or_default()
    }

    /// Whether its keys match a finding.
    pub fn covers(&self, finding: &Finding) -> bool {
        let identity = &finding.identity;
        let name = |pattern: &Option<NamePattern>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| pattern.is_match(text)))
        };
        let path = |pattern: &Option<PathPattern>, texts: &[&str]| {
            pattern.as_ref().is_none_or(|pattern| texts.iter().any(|text| pattern.is_match(text)))
        };
        let record = &self.record;
        let is_within = self.within.as_ref().is_none_or(|clusters| clusters.contains(&*identity.cluster));
        is_within
            && (self.is_about(&identity.cluster, &finding.control)
                || finding.check.as_ref().is_some_and(|check| self.is_about(&identity.cluster, check)))
            && name(&record.cluster, Some(&identity.cluster))
            && path(&record.file, &[finding.location.source.path()])
            && name(&record.kind, Some(&identity.kind))
            && name(&record.namespace, finding.namespace.as_deref())
            && name(&record.name, Some(&identity.name))
            && name(&record.container, finding.container.as_deref())
            && path(&record.path, &[finding.words()])
            && name(&record.image, finding.image.as_deref())
    }

    /// Whether it covers nothing that another one does not cover, whatever their dates.
    pub fn is_within(&self, wide: &Self) -> bool {
        fn fits<const IS_PATH: bool>(narrow: &Option<Pattern<IS_PATH>>, wide: &Option<Pattern<IS_PATH>>) -> bool {
            let Some(wide) = wide else { return true };
            narrow.as_ref().is_some_and(|narrow| narrow == wide || narrow.is_exact() && wide.is_match(narrow.text()))
        }
        let (own, other) = (&self.record, &wide.record);
        let is_in_clusters = match (&self.within, &wide.within) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(other)) => own.is_subset(other),
        };
        let is_as_few = other.max_matches.is_none_or(|most| own.max_matches.is_some_and(|own| own <= most));
        self.scope_is_within(wide)
            && is_in_clusters
            && is_as_few
            && fits(&own.cluster, &other.cluster)
            && fits(&own.file, &other.file)
            && fits(&own.kind, &other.kind)
            && fits(&own.namespace, &other.namespace)
            && fits(&own.name, &other.name)
            && fits(&own.container, &other.container)
            && fits(&own.path, &other.path)
            && fits(&own.image, &other.image)
    }

    fn scope_is_within(&self, wide: &Self) -> bool {
        if self.id() == wide.id() {
            return true;
        }
        match (&self.controls, &wide.controls) {
            (_, Scope::Everywhere(wide)) => self.controls().into_iter().all(|control| wide.contains(control)),
            (Scope::ByCluster(own), Scope::ByCluster(wide)) => {
                own.iter().all(|(name, own)| wide.get(name).is_some_and(|wide| own.is_subset(wide)))
            }
            (Scope::Everywhere(own), Scope::ByCluster(wide)) => {
                !wide.is_empty() && wide.values().all(|wide| own.is_subset(wide))
            }
        }
    }

    fn is_about(&self, cluster: &str, control: &str) -> bool {
        match &self.controls {
            Scope::Everywhere(controls) => controls.contains(control),
            Scope::ByCluster(clusters) => clusters.get(cluster).is_some_and(|controls| controls.contains(control)),
        }
    }

    /// Whether only results of running nodes can have what it is about.
    pub fn is_live(&self) -> bool {
        let controls = self.controls();
        !controls.is_empty() && controls.iter().all(|id| id.contains(':'))
    }

    /// The controls and checks of running nodes that it can be about.
    pub fn controls(&self) -> BTreeSet<&str> {
        let sets: Vec<_> = match &self.controls {
            Scope::Everywhere(controls) => vec![controls],
            Scope::ByCluster(clusters) => clusters.values().collect(),
        };
        sets.into_iter().flatten().map(String::as_str).collect()
    }

    /// How it stands.
    pub fn state(&self, rules: &Rules<'_>) -> State {
        self.record.state(rules.today, i64::from(rules.warn_before.0))
    }

    /// Whether it covers more findings than it says.
    pub fn is_too_wide(&self, hits: usize) -> bool {
        self.record.max_matches.is_some_and(|most| hits > most.get())
    }

    /// Whether its review date lies further ahead than the configuration allows for findings of this severity.
    pub fn is_too_long(&self, severity: Severity, rules: &Rules<'_>) -> bool {
        let most = rules.config.gate.max_lifetime.get(&severity);
        most.is_some_and(|most| rules.today.days_until(self.record.review_date) > i64::from(most.0))
    }

    /// What it makes of a finding.
    pub fn verdict(&self, rules: &Rules<'_>) -> (Standing, Because) {
        let record = &self.record;
        let has_expired = self.state(rules) == State::Expired;
        let location = if has_expired { &self.date_location } else { &self.location };
        let because = Because {
            location: location.clone(),
            reason: Some(record.reason.to_string()),
            owner: Some(record.owner.to_string()),
            review_date: Some(record.review_date),
            risk_accepted_by: record.risk_accepted_by.as_deref().map(str::to_owned),
            ticket: record.ticket.as_deref().map(str::to_owned),
        };
        (if has_expired { Standing::Expired } else { Standing::Excepted }, because)
    }
}
