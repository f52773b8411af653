//! `portcullis inspect`: shows what policies see, for those who write them.

use std::io;

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use super::{EXIT_CODES, Selection, print};
use crate::error::{Error, nearest};
use crate::model::{Location, Subject};
use crate::pipeline::{self, EffectiveValue, Exit};
use crate::report::escape;

/// Show what policies see: one JSON object per line and subject, with its `input` and `data`
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Inspect {
    #[command(flatten)]
    selection: Selection,
    /// Show each component and host of the nodes with its effective values instead
    #[arg(long)]
    effective: bool,
    /// Tell the story of one effective value, such as kube-apiserver.anonymous-auth
    #[arg(long, value_name = "NAME")]
    why: Option<String>,
    /// How to write effective values
    #[arg(long, value_name = "NAME", default_value = "text")]
    format: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    Text,
    Json,
}

impl Inspect {
    /// Writes one line per subject, or the effective values.
    pub fn run(self) -> Result<Exit, Error> {
        if self.effective || self.why.is_some() {
            return self.effective();
        }
        let options = self.selection.options();
        let mut result = Ok(Exit::Open);
        print(|out| {
            let mut written = Ok(());
            result = pipeline::inspect(&options, &mut |value| {
                if written.is_ok() {
                    written = writeln!(out, "{}", escape::json(&value.to_string()));
                }
            });
            written as io::Result<()>
        })?;
        result
    }

    fn effective(self) -> Result<Exit, Error> {
        let options = self.selection.options();
        let (mut lines, mut known) = (Vec::new(), Vec::new());
        let exit = pipeline::effective(&options, &mut |subject, values| {
            known.extend(values.iter().map(|value| value.name.clone()));
            let wanted = |value: &EffectiveValue| self.why.as_ref().is_none_or(|why| *why == value.name);
            let values: Vec<_> = values.into_iter().filter(wanted).collect();
            match self.format {
                _ if values.is_empty() => {}
                Shape::Json => lines.push(of_subject(subject, &values).to_string()),
                Shape::Text => {
                    lines.push(format!("{} in {}", subject.identity, subject.file));
                    lines.extend(values.iter().flat_map(|value| text(value, self.why.is_some())));
                }
            }
        })?;
        if let (Some(why), true) = (&self.why, lines.is_empty()) {
            let error = Error::usage(format!("nothing has a value `{why}`"));
            return Err(match nearest(why, known.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("`portcullis inspect --effective` lists the values"),
            });
        }
        print(|out| {
            let clean = |line: &String| {
                if self.format == Shape::Json { escape::json(line) } else { escape::line(line).into_owned() }
            };
            lines.iter().try_for_each(|line| writeln!(out, "{}", clean(line)))
        })?;
        Ok(exit)
    }
}

/// A value in a line; with its story, what lost in further ones.
fn text(value: &EffectiveValue, story: bool) -> Vec<String> {
    let shown = match &value.value {
        Ok(known) => known.to_string(),
        Err(reason) => format!("unknown ({reason})"),
    };
    let place = value.place.as_ref().map(|place| format!(" at {}", at(place))).unwrap_or_default();
    let mut lines = vec![format!("  {} = {shown} [{}{place}]", value.name, value.origin)];
    if story {
        lines.push(format!("    decides: {}{place}", value.rule));
        let losers = value.losers.iter();
        lines.extend(losers.map(|(text, place, why)| format!("    loses: {} at {}: {why}", text.trim(), at(place))));
    }
    lines
}

fn of_subject(subject: &Subject, values: &[EffectiveValue]) -> Json {
    let identity = &subject.identity;
    let value = |value: &EffectiveValue| {
        let losers = value.losers.iter();
        json!({
            "name": value.name,
            "value": value.value.as_ref().ok(),
            "unknown": value.value.as_ref().err(),
            "origin": value.origin,
            "place": value.place.as_ref().map(at),
            "rule": value.rule,
            "overridden": losers.map(|(text, place, why)| json!({"text": text, "place": at(place), "why": why})).collect::<Vec<_>>(),
        })
    };
    json!({
        "kind": subject.kind, "component": identity.kind, "node": identity.name, "cluster": identity.cluster,
        "file": subject.file, "values": values.iter().map(value).collect::<Vec<_>>(),
    })
}

fn at(place: &Location) -> String {
    format!("{}:{}", place.source.path(), place.region().start.line())
}
