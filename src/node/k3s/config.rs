//! The files config.yaml and config.yaml.d (pkg/configfilearg of k3s): which flags they stand for, in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Entry, Location, NodeId, Source, Value};
use crate::node::Note;
use crate::node::component::Distribution;
use crate::node::flags::Argument;
use crate::node::template;
use crate::node::tree::{Found, Tree};
use crate::node::view::View;
use crate::parse::parse;

use super::K3s;

/// Keys in the order of their first appearance, each with the values that its flag gets.
#[derive(Debug, Clone, Default)]
pub struct Config {
    keys: Vec<(String, Vec<Argument>)>,
    /// The position of each key.
    positions: BTreeMap<String, usize>,
    /// The first file.
    pub place: Option<Location>,
    /// The files.
    pub sources: Vec<Arc<Source>>,
    /// Where each key is written last.
    pub places: BTreeMap<String, Location>,
    /// Values that a later file or line of the same key has replaced.
    pub replaced: Vec<(String, Argument)>,
}

/// Whether a node has a configuration file of a distribution.
pub fn is_present(tree: &Tree, distribution: Distribution) -> bool {
    !files(tree, distribution).is_empty()
}

fn files(tree: &Tree, distribution: Distribution) -> Vec<Arc<Source>> {
    let path = format!("etc/rancher/{}/config.yaml", distribution.word());
    let directory = format!("{path}.d");
    let is_yaml = |name: &&str| {
        let name = name.to_lowercase();
        name.ends_with(".yaml") || name.ends_with(".yml")
    };
    let drop_ins = tree.files_in(&directory).into_iter().filter(is_yaml).map(|name| format!("{directory}/{name}"));
    let paths = std::iter::once(path).chain(drop_ins);
    let source = |path: String| match tree.find(&path) {
        Found::File(source) => Some(Arc::clone(source)),
        Found::Null | Found::Nothing => None,
    };
    paths.filter_map(source).collect()
}

impl Config {
    /// Reads the files of a node.
    pub fn read(tree: &Tree, distribution: Distribution, out: &mut K3s) -> Self {
        let mut config = Self { sources: files(tree, distribution), ..Self::default() };
        for source in config.sources.clone() {
            config.read_file(&source, out);
        }
        config
    }

    /// The values of a key.
    pub fn get(&self, key: &str) -> Option<&[Argument]> {
        self.keys.get(*self.positions.get(key)?).map(|(_, values)| values.as_slice())
    }

    /// Every key.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(key, _)| key.as_str())
    }

    /// Every flag with its value, in order.
    pub fn flags(self) -> impl Iterator<Item = (String, Argument)> {
        let each = |(key, values): (String, Vec<Argument>)| values.into_iter().map(move |value| (key.clone(), value));
        self.keys.into_iter().flat_map(each)
    }

    fn read_file(&mut self, source: &Arc<Source>, out: &mut K3s) {
        let at = |span| Location { source: Arc::clone(source), span };
        self.place.get_or_insert_with(|| at(crate::model::Span::default()));
        // The first document counts and no other.
        let document = match parse(source).documents.into_iter().next() {
            Some(Ok(document)) if document.index == 0 => document,
            Some(Err((0, error))) => {
                out.refused.push(Note::new(error.message, Some(at(error.span))));
                return;
            }
            _ => return,
        };
        let root = View::root(source, &document);
        let Value::Mapping(entries) = root.value() else {
            out.refused.push(root.problem("the configuration has to be a mapping of flags to values"));
            return;
        };
        for entry in entries {
            self.places.insert(entry.key.trim_end_matches('+').to_owned(), at(entry.key_span));
            self.add(entry, |id| root.at(id));
        }
    }

    fn add<'a>(&mut self, entry: &'a Entry, view: impl Fn(NodeId) -> View<'a>) {
        let (key, appends) = entry.key.strip_suffix('+').map_or((&*entry.key, false), |key| (key, true));
        let value = view(entry.value);
        let values = match value.value() {
            Value::Sequence(items) => items.iter().map(|&id| argument(view(id))).collect(),
            Value::Null if appends => Vec::new(),
            _ => vec![argument(value)],
        };
        let known = self.positions.get(key).and_then(|&at| self.keys.get_mut(at));
        match known {
            Some((_, known)) if appends => known.extend(values),
            Some((_, known)) => {
                let lost = std::mem::replace(known, values);
                self.replaced.extend(lost.into_iter().map(|value| (key.to_owned(), value)));
            }
            None => {
                self.positions.insert(key.to_owned(), self.keys.len());
                self.keys.push((key.to_owned(), values));
            }
        }
    }
}

/// Go's `fmt.Sprint` of a value.
fn argument(view: View<'_>) -> Argument {
    let text = match view.value() {
        Value::String(text) => text.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        // wrangler takes the first element of a list in a list.
        Value::Sequence(items) => items.first().map(|&id| argument(view.at(id)).text).unwrap_or_default(),
        Value::Null | Value::Mapping(_) | Value::Alias(_) => String::new(),
    };
    let unknown = template::reason(&text, true);
    Argument { text, place: Some(view.place()), unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::tree;

    #[test]
    fn later_files_replace_or_append() {
        let file = |path: &str, text: &str| {
            let source = Arc::new(Source::new(path, text));
            (path.to_owned(), tree::Entry::File { source, byte_order_mark: false })
        };
        let tree = Tree::new([
            file("etc/rancher/k3s/config.yaml", "a: [1, 2]\nb: yes\nc: x\n"),
            file("etc/rancher/k3s/config.yaml.d/20.YML", "a+: 4\nc: [w]\n"),
            file("etc/rancher/k3s/config.yaml.d/10.yaml", "a+:\n- 3\nb+: z\nd+: 0644\n"),
            file("etc/rancher/k3s/config.yaml.d/30.txt", "a: 9\n"),
        ]);
        let config = Config::read(&tree, Distribution::K3s, &mut K3s::default());
        let flags: Vec<_> = config.flags().map(|(key, value)| format!("{key}={}", value.text)).collect();
        assert_eq!(flags, ["a=1", "a=2", "a=3", "a=4", "b=true", "b=z", "c=w", "d=420"]);
    }
}
