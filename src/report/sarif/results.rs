//! Findings in, SARIF's results out.

use std::collections::{BTreeMap, HashMap};
use std::io;

use crate::model::{self, Finding, Source, Standing, Verdict};
use crate::report::rank::{Level, level};
use crate::report::{escape, phrase};

use super::line_hash::line_hashes;
use super::log::{
    ArtifactLocation, Location, PhysicalLocation, Region, ResultProperties, SarifResult, Suppression, Text,
};
use super::rules::Rules;
use super::{fix, is_suppressed};

/// GitHub takes 25,000 results of a run.
const MOST: usize = 25_000;

/// GitHub takes 10 MB of gzip; results shrink to less than a tenth.
const BYTES: usize = 80 << 20;

/// As many results as GitHub takes, from the first one, and how many are left out.
pub fn within_limits<'a>(verdicts: &[&'a Verdict], rules: &Rules) -> io::Result<(Vec<SarifResult<'a>>, usize)> {
    let is_compared = verdicts.iter().any(|verdict| matches!(verdict.standing, Standing::Known | Standing::Moved));
    let mut hashes = Hashes::default();
    let mut results = Vec::new();
    let mut bytes = 0;
    for verdict in verdicts.iter().take(MOST) {
        let result = result(verdict, rules, &mut hashes, is_compared);
        bytes += serde_json::to_string(&result)?.len();
        if bytes > BYTES {
            break;
        }
        results.push(result);
    }
    let untold = verdicts.len() - results.len();
    Ok((results, untold))
}

/// The region of a location, complete.
pub fn region(location: &model::Location) -> Region {
    let region = location.region();
    Region {
        start_line: region.start.line(),
        start_column: Some(region.start.column()),
        end_line: Some(region.end.line()),
        end_column: Some(region.end.column()),
    }
}

/// A message in which nothing is a link or a placeholder of SARIF (3.11.5, 3.11.6).
pub fn plain(text: &str) -> String {
    text.replace("](", "] (").replace('{', "{{").replace('}', "}}")
}

/// The hashes of the lines of each source, computed once.
#[derive(Default)]
struct Hashes(HashMap<*const Source, Vec<String>>);

impl Hashes {
    fn of(&mut self, location: &model::Location) -> Option<String> {
        let source = &location.source;
        let hashes = self.0.entry(std::sync::Arc::as_ptr(source)).or_insert_with(|| line_hashes(source.text()));
        let line = usize::try_from(location.region().start.line()).ok()?;
        hashes.get(line.checked_sub(1)?).cloned()
    }
}

fn result<'a>(verdict: &'a Verdict, rules: &Rules, hashes: &mut Hashes, is_compared: bool) -> SarifResult<'a> {
    let finding = &verdict.finding;
    let baseline_state = match verdict.standing {
        Standing::Known => "unchanged",
        Standing::Moved => "updated",
        Standing::New | Standing::Excepted | Standing::Expired | Standing::Ignored => "new",
    };
    let kind = if verdict.standing == Standing::Ignored { "inSource" } else { "external" };
    SarifResult {
        rule_id: &finding.control,
        rule_index: rules.index(&finding.control),
        level: match level(verdict) {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        },
        message: Text { text: plain(&phrase::sentence(verdict)) },
        locations: [location(&finding.location, None)],
        related_locations: related(finding),
        partial_fingerprints: fingerprints(finding, hashes),
        baseline_state: is_compared.then_some(baseline_state),
        suppressions: is_suppressed(verdict).then_some(Suppression { kind, status: "accepted" }).into_iter().collect(),
        fixes: fix::of(finding).into_iter().collect(),
        properties: ResultProperties {
            severity: finding.severity,
            standing: verdict.standing,
            action: verdict.action,
            shuts: verdict.shuts,
            subject: escape::clip(&phrase::subject(finding), phrase::LONGEST),
            path: &finding.path,
        },
    }
}

/// The most related places of a result; GitHub shows ten.
const RELATED: usize = 10;

fn related(finding: &Finding) -> Vec<Location> {
    let places = finding.related.iter().take(RELATED).enumerate().map(|(index, related)| {
        let message = plain(&escape::clip(&related.message, phrase::LONGEST));
        let message = (!message.trim().is_empty()).then_some(Text { text: message });
        Location { id: Some(index + 1), message, ..location(&related.location, None) }
    });
    places.collect()
}

fn location(location: &model::Location, message: Option<Text>) -> Location {
    let artifact_location = ArtifactLocation { uri: escape::uri(location.source.path()) };
    let physical_location = PhysicalLocation { artifact_location, region: Some(region(location)) };
    Location { id: None, physical_location, message }
}

fn fingerprints(finding: &Finding, hashes: &mut Hashes) -> BTreeMap<&'static str, String> {
    let hash = hashes.of(&finding.location).map(|hash| ("primaryLocationLineHash", hash));
    [("portcullis/v1", finding.fingerprint.to_string())].into_iter().chain(hash).collect()
}
