//! For code scanning: SARIF 2.1.0, within the limits of GitHub, the worst findings first.

mod fix;
mod line_hash;
mod log;
mod notifications;
mod results;
mod rules;

use std::io::{self, Write};

use crate::model::{Report, Standing, Verdict};

use super::rank::worst_first;
use super::{Format, Style, escape, phrase};
use log::{Driver, Invocation, Log, Run, Tool};
use notifications::Notifications;
use rules::Rules;

/// The format for code scanning.
pub struct Sarif;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn describe(&self) -> &'static str {
        "for code scanning: SARIF 2.1.0"
    }

    fn write(&self, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let (wanted, settled): (Vec<_>, Vec<_>) =
            report.verdicts.iter().partition(|verdict| style.suppressed || !is_suppressed(verdict));
        let rules = Rules::new(report);
        let (results, untold) = results::within_limits(&worst_first(wanted.into_iter()), &rules)?;
        let Notifications { execution, configuration } = notifications::of(report, untold, settled.len());
        let invocation = Invocation {
            execution_successful: report.policy_errors == 0,
            tool_execution_notifications: execution,
            tool_configuration_notifications: configuration,
            properties: log::InvocationProperties { gate: report.gate, summary: phrase::gate(report) },
        };
        let driver = Driver {
            name: "portcullis",
            semantic_version: env!("CARGO_PKG_VERSION"),
            version: env!("CARGO_PKG_VERSION"),
            information_uri: env!("CARGO_PKG_REPOSITORY"),
            rules: rules.descriptors,
            supported_taxonomies: rules.supported,
        };
        let run = Run {
            tool: Tool { driver },
            column_kind: "unicodeCodePoints",
            invocations: [invocation],
            taxonomies: rules.taxonomies,
            results,
        };
        escape::write_json(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, out)
    }
}

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Whether a person has accepted a finding. GitHub reads no suppressions: such a result is an open alert there.
fn is_suppressed(verdict: &Verdict) -> bool {
    matches!(verdict.standing, Standing::Excepted | Standing::Ignored)
}
