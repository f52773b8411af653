//! Adding an exception: the text of the file and a new entry come in, the text with the entry goes out. What is there stays as
//! it is, comments included.

use std::fmt::Write;

use crate::error::Error;
use crate::model::{Document, Parsed, Source, Value};

/// The keys of an entry and their values, in order.
pub type Fields = Vec<(&'static str, String)>;

/// The text with one entry more.
///
/// # Errors
/// Where the entries are written in brackets, or cannot be read.
pub fn append(source: &Source, parsed: &Parsed, fields: &Fields) -> Result<String, Error> {
    let text = source.text();
    let document = match parsed.documents.first() {
        None => return Ok(format!("{}exceptions:\n{}", whole_lines(text), entry(fields, 2))),
        Some(Ok(document)) => document,
        Some(Err((_, error))) => return Err(Error::at(source, error.span, error.message.clone(), "here")),
    };
    let Some((at, indent)) = place(source, document) else {
        let span = document.node(document.root).span;
        return Err(Error::at(
            source,
            span,
            "there is no place for another exception",
            "not a list, one entry below the other",
        )
        .help("write `exceptions:` and below it the entries, each behind a dash"));
    };
    let (before, behind) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    Ok(format!("{}{}{behind}", whole_lines(before), entry(fields, indent)))
}

/// Where the next entry begins, and how far it is indented.
fn place(source: &Source, document: &Document) -> Option<(usize, usize)> {
    let list = document.entry(document.root, "exceptions")?;
    let text = source.text();
    let line_end = |at: usize| text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1);
    match &document.node(list.value).value {
        Value::Null => Some((line_end(list.key_span.end), 2)),
        Value::Sequence(items) if !source.slice(document.node(list.value).span).starts_with('[') => {
            let first = document.node(*items.first()?).span.start;
            let line = text.get(..first)?.rfind('\n').map_or(0, |at| at + 1);
            let indent = text.get(line..first)?.find('-')?;
            Some((line_end(document.node(list.value).span.end), indent))
        }
        _ => None,
    }
}

fn entry(fields: &Fields, indent: usize) -> String {
    let mut text = String::new();
    for (index, (key, value)) in fields.iter().enumerate() {
        let mark = if index == 0 { "- " } else { "  " };
        // A JSON string is a YAML string. Writing to a string cannot fail.
        let _ = writeln!(text, "{:indent$}{mark}{key}: {}", "", serde_json::Value::from(value.as_str()));
    }
    text
}

fn whole_lines(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}")
}
