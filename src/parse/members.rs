//! The members of a mapping as they are written in, those that count out: merge keys are resolved, and of duplicate keys
//! the last one stays.

use std::collections::HashMap;

use super::tree::{Result, error};
use crate::model::{Entry, Node, NodeId, Span, Value};

/// A key that is written again later in its mapping.
pub(super) struct Lost {
    pub key: Box<str>,
    pub first: Span,
    /// The key that counts.
    pub last: Span,
}

/// The members that count. `merges` has the values of merge keys, each with the number of members before it. Kubernetes
/// takes all in the order of the text: a merge overrides what stands before it, and what follows overrides the merge
/// (`decode.go` of go.yaml.in/yaml/v2; the specification of merge keys has it otherwise).
pub(super) fn resolve(
    nodes: &[Node],
    written: Vec<Entry>,
    merges: &[(usize, NodeId)],
) -> Result<(Vec<Entry>, Vec<Lost>)> {
    let all = if merges.is_empty() { written } else { merge(nodes, written, merges)? };
    if are_distinct(&all) {
        return Ok((all, Vec::new()));
    }
    let last: HashMap<&str, usize> = all.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect();
    let counts: Vec<Option<usize>> = all.iter().map(|entry| last.get(&*entry.key).copied()).collect();
    let lost = all.iter().zip(&counts).filter_map(|(entry, &counts)| lost(entry, all.get(counts?)?)).collect();
    let kept = all.into_iter().zip(counts).enumerate().filter(|&(at, (_, counts))| counts == Some(at));
    Ok((kept.map(|(_, (entry, _))| entry).collect(), lost))
}

/// A duplicate, when the text of the mapping itself has both keys.
fn lost(entry: &Entry, counts: &Entry) -> Option<Lost> {
    let written = entry.merged_at.is_none() && counts.merged_at.is_none() && entry.key_span != counts.key_span;
    written.then(|| Lost { key: entry.key.clone(), first: entry.key_span, last: counts.key_span })
}

/// Whether no key comes twice, where that is quickly said.
fn are_distinct(entries: &[Entry]) -> bool {
    const FEW: usize = 12;
    let first = |(at, entry): (usize, &Entry)| entries.iter().take(at).all(|before| before.key != entry.key);
    entries.len() <= FEW && entries.iter().enumerate().all(first)
}

fn merge(nodes: &[Node], written: Vec<Entry>, merges: &[(usize, NodeId)]) -> Result<Vec<Entry>> {
    let mut all = Vec::with_capacity(written.len());
    let mut written = written.into_iter();
    let mut taken = 0;
    for &(position, value) in merges {
        all.extend(written.by_ref().take(position - taken));
        taken = position;
        match nodes.get(value.0 as usize).map(|node| &node.value) {
            Some(Value::Sequence(items)) => {
                items.iter().rev().try_for_each(|&item| merge_mapping(nodes, &mut all, item))?;
            }
            _ => merge_mapping(nodes, &mut all, value)?,
        }
    }
    all.extend(written);
    Ok(all)
}

fn merge_mapping(nodes: &[Node], all: &mut Vec<Entry>, value: NodeId) -> Result<()> {
    let Some(node) = nodes.get(value.0 as usize) else { return Ok(()) };
    let target = match node.value {
        Value::Alias(target) => target,
        _ => value,
    };
    match nodes.get(target.0 as usize).map(|node| &node.value) {
        Some(Value::Mapping(entries)) => {
            all.extend(entries.iter().map(|entry| Entry { merged_at: Some(node.span), ..entry.clone() }));
            Ok(())
        }
        _ => Err(error(node.span, "a merge key `<<` wants a mapping or a sequence of mappings")),
    }
}
