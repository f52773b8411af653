//! Alerts of Falco with `json_output: true`: an object on each line.

use std::sync::Arc;

use super::{About, Said, broken, fault, here, mapping, text};
use crate::error::Error;
use crate::model::Source;
use crate::model::statement::{Witness, Word};
use crate::node::view::View;
use crate::parse;

pub fn read(source: &Arc<Source>) -> Result<Vec<Said>, Error> {
    let mut said = Vec::new();
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        let (start, end) = (at, at + line.trim_end().len());
        at += line.len();
        if line.trim().is_empty() {
            continue;
        }
        let read = parse::json_at(source.text(), start).map_err(|why| broken(source, &why))?;
        let Some((document, stop)) = read else { continue };
        if stop < end {
            return Err(
                fault(&here(source, stop), "something follows the alert").help("Falco writes each on its own line")
            );
        }
        if stop > end {
            return Err(fault(&here(source, start), "the alert does not end on its line"));
        }
        said.push(alert(mapping(View::root(source, &document))?)?);
    }
    Ok(said)
}

fn alert(alert: View<'_>) -> Result<Said, Error> {
    let rule = text(alert, "rule")?;
    let (priority, time) = (text(alert, "priority")?, text(alert, "time")?);
    let field = |key: &str| alert.get("output_fields").map_or("", |fields| fields.text(key));
    let subject = match (field("k8s.ns.name"), field("k8s.pod.name"), field("container.name")) {
        (namespace, pod, _) if !pod.is_empty() && !namespace.is_empty() => format!("Pod {namespace}/{pod}"),
        (_, _, container) if !container.is_empty() => format!("container {container}"),
        _ => alert.text("hostname").to_owned(),
    };
    Ok(Said {
        witness: Witness::Falco,
        word: Word::Fail,
        rule: rule.to_owned(),
        message: format!("{priority}: {}", alert.text("output")),
        subject,
        time: time.to_owned(),
        times: 1,
        place: alert.first_line(),
        about: About::Rule(rule.to_owned(), alert.strings("tags")),
    })
}
