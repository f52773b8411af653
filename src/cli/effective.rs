//! `portcullis inspect --effective` and `--why`: what components and hosts run with, and which line decided it.

use std::io::IsTerminal;

use serde_json::{Value as Json, json};

use super::inspect::Shape;
use super::{Color, print, style};
use crate::error::{Error, nearest};
use crate::model::{Location, Subject};
use crate::pipeline::{self, EffectiveValue, Exit, Options};
use crate::report::{Style, escape};

/// The longest line of a file that is shown.
const LONGEST: usize = 200;

/// Writes the effective values of every subject, or the story of the one that is asked for.
pub fn show(options: &Options, why: Option<&str>, shape: Shape, color: Color) -> Result<Exit, Error> {
    let style = style(color, std::io::stdout().is_terminal());
    let asked = why.map(pipeline::effective_name);
    let (mut lines, mut known) = (Vec::new(), Vec::new());
    let exit = pipeline::effective(options, &mut |subject, values| {
        known.extend(values.iter().map(|value| value.name.clone()).filter(|_| asked.is_some()));
        let wanted = |value: &EffectiveValue| asked.as_ref().is_none_or(|asked| *asked == value.name);
        let values: Vec<_> = values.into_iter().filter(wanted).collect();
        match shape {
            _ if values.is_empty() => {}
            Shape::Json => lines.push(escape::json(&of_subject(subject, &values))),
            Shape::Text if asked.is_some() => values.iter().for_each(|value| {
                lines.extend((!lines.is_empty()).then(String::new));
                story(&style, subject, value, &mut lines);
            }),
            Shape::Text => {
                lines.extend((!lines.is_empty()).then(String::new));
                lines.push(style.paint("1", &style.wrap("", &heading(subject))));
                values.iter().for_each(|value| list(&style, value, &mut lines));
            }
        }
    })?;
    if let (Some(asked), true) = (&asked, lines.is_empty()) {
        let error = Error::usage(format!("nothing has a value `{asked}`"));
        return Err(match nearest(asked, known.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`portcullis inspect --effective` lists the values"),
        });
    }
    print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    Ok(exit)
}

/// A value on a line, or on two when it is long.
fn list(style: &Style, value: &EffectiveValue, lines: &mut Vec<String>) {
    let name = value.name.split_once('.').map_or(value.name.as_str(), |(_, name)| name);
    let when = value.when.as_ref().map(|when| format!(" for {when}")).unwrap_or_default();
    let place = value.place.as_ref().map(|place| format!(", {}", at(place))).unwrap_or_default();
    let unknown = if value.value.is_ok() { "" } else { "unknown: " };
    let shown = format!("{name}{when} = {unknown}{} ({}{place})", plain(value), value.origin);
    // Further lines are indented by four more.
    let narrow = Style { width: style.width.saturating_sub(4), ..*style };
    lines.push(narrow.wrap("  ", &escape::line(&shown)).replace("\n  ", "\n      "));
}

/// Each place that sets a value, which one won, and by which rule.
fn story(style: &Style, subject: &Subject, value: &EffectiveValue, lines: &mut Vec<String>) {
    let when = value.when.as_ref().map(|when| format!(" for `{when}`")).unwrap_or_default();
    let verb = if value.value.is_ok() { "is " } else { "is unknown: " };
    let text = format!("{}{when} {verb}{}", value.name, plain(value));
    lines.push(style.paint("1", &style.wrap("", &escape::line(&text))));
    lines.push(style.wrap("  ", &escape::line(&format!("of {}", heading(subject)))));
    let mut entry = |word: &str, place: Option<&Location>, why: &str| {
        let head = format!("  {word:8}");
        let shown = place.map(|place| (at(place), written(place)));
        match shown {
            Some((at, text)) => {
                lines.push(style.wrap(&head, &escape::line(&at)));
                lines.push(style.wrap("          ", &escape::clip(&text, LONGEST)));
                lines.push(style.wrap("          ", why));
            }
            None => lines.push(style.wrap(&head, why)),
        }
    };
    let rule = match (value.origin, &value.place) {
        (_, None) if value.value.is_err() => "nothing in the repository".to_owned(),
        ("default", None) => format!("{}, so that its default counts", value.rule),
        ("unset", None) => format!("{}, and it has no default", value.rule),
        _ => value.rule.to_owned(),
    };
    entry("decides", value.place.as_ref(), &rule);
    value.adds.iter().for_each(|place| entry("adds", Some(place), "its values count as well"));
    value.losers.iter().for_each(|(_, place, why)| entry("loses", Some(place), why));
}

/// What it is, where it is declared, and what is known about it.
fn heading(subject: &Subject) -> String {
    let known = |key: &str| subject.input.get(key).and_then(Json::as_str).filter(|word| *word != "kubernetes");
    let node = Some(subject.identity.name.as_str()).filter(|name| !name.is_empty());
    let program = if subject.identity.kind == "etcd" { "etcd" } else { "Kubernetes" };
    let more = [
        node.map(|node| format!("node {node}")),
        known("distribution").map(str::to_owned),
        known("version").map(|version| format!("{program} {version}")),
    ];
    let more: Vec<_> = more.into_iter().flatten().collect();
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    format!("{} in {}{more}", subject.identity.kind, escape::line(&subject.file))
}

/// The value, with blanks between the elements of a list so that it can be wrapped.
fn plain(value: &EffectiveValue) -> String {
    match &value.value {
        Err(reason) => reason.clone(),
        Ok(Json::Array(items)) => {
            format!("[{}]", items.iter().map(Json::to_string).collect::<Vec<_>>().join(", "))
        }
        Ok(known) => known.to_string(),
    }
}

/// The line that holds the beginning of a place.
fn written(place: &Location) -> String {
    place.source.line(place.region().start.line()).unwrap_or_default().trim().to_owned()
}

fn at(place: &Location) -> String {
    format!("{}:{}", place.source.path(), place.region().start.line())
}

fn of_subject(subject: &Subject, values: &[EffectiveValue]) -> Json {
    let identity = &subject.identity;
    json!({
        "kind": subject.kind, "component": identity.kind, "node": identity.name, "cluster": identity.cluster,
        "distribution": subject.input.get("distribution"), "version": subject.input.get("version"),
        "file": subject.file, "values": values.iter().map(of_value).collect::<Vec<_>>(),
    })
}

fn of_value(value: &EffectiveValue) -> Json {
    let place = |place: &Location| {
        let start = place.region().start;
        json!({"file": place.source.path(), "line": start.line(), "column": start.column(), "text": written(place)})
    };
    let losers = value.losers.iter();
    json!({
        "name": value.name,
        "when": value.when,
        "value": value.value.as_ref().ok(),
        "unknown": value.value.as_ref().err(),
        "origin": value.origin,
        "rule": value.rule,
        "place": value.place.as_ref().map(place),
        "adds": value.adds.iter().map(place).collect::<Vec<_>>(),
        "overridden": losers.map(|(_, lost, why)| json!({"place": place(lost), "why": why})).collect::<Vec<_>>(),
    })
}
