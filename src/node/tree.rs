//! The files of one node by their path on that node; no IO, whoever builds the tree has read them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::pattern::{glob_segment, is_glob};
use crate::model::Source;

/// The kernel follows as many links before it gives up (`MAXSYMLINKS`).
const LINKS: usize = 40;

/// What lies at a path.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A file.
    File {
        /// Its text; spans count from behind the byte order mark.
        source: Arc<Source>,
        /// Whether its bytes begin with a byte order mark, which sshd trips over.
        byte_order_mark: bool,
    },
    /// A symbolic link and its target as written.
    Link(String),
    /// A file that is there and cannot be read.
    Unreadable,
}

/// Where a path leads.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// To a file of the tree.
    File(&'a Arc<Source>),
    /// To `/dev/null`.
    Null,
    /// To nothing in the tree.
    Nothing,
}

/// The files below the directory that acts as `/` of a node.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// A tree from paths inside the node, as `etc/ssh/sshd_config`.
    pub fn new(entries: impl IntoIterator<Item = (String, Entry)>) -> Self {
        Self { entries: entries.into_iter().collect() }
    }

    /// The same tree with one more file, in the place of another one of that path.
    #[must_use]
    pub fn with_file(&self, path: &str, source: &Arc<Source>) -> Self {
        let mut tree = self.clone();
        let entry = Entry::File { source: Arc::clone(source), byte_order_mark: false };
        tree.entries.insert(normal("", path), entry);
        tree
    }

    /// Whether it has no file at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a path leads to, through links; the path may begin with a slash.
    pub fn find(&self, path: &str) -> Found<'_> {
        let Some(path) = self.resolve(path) else { return Found::Nothing };
        match self.entries.get(&path) {
            Some(Entry::File { source, .. }) => Found::File(source),
            _ if path == "dev/null" => Found::Null,
            _ => Found::Nothing,
        }
    }

    /// Whether the file at a path begins with a byte order mark.
    pub fn has_byte_order_mark(&self, path: &str) -> bool {
        let entry = self.resolve(path).and_then(|path| self.entries.get(&path));
        matches!(entry, Some(Entry::File { byte_order_mark: true, .. }))
    }

    /// Whether a path is a symbolic link.
    pub fn is_link(&self, path: &str) -> bool {
        matches!(self.entries.get(path.trim_start_matches('/')), Some(Entry::Link(_)))
    }

    /// The names in a directory in the order of their bytes, files and links only.
    pub fn files_in(&self, directory: &str) -> Vec<&str> {
        self.children(directory).into_iter().filter(|(_, leaf)| *leaf).map(|(name, _)| name).collect()
    }

    /// The paths of all files and links below a directory, in the order of Go's `filepath.WalkDir`.
    pub fn files_below(&self, directory: &str) -> Vec<String> {
        let Some(directory) = self.resolve(directory) else { return Vec::new() };
        let prefix = if directory.is_empty() { directory } else { format!("{directory}/") };
        let below = self.entries.range(prefix.clone()..).map(|(path, _)| path);
        let mut paths: Vec<_> = below.take_while(|path| path.starts_with(&prefix)).cloned().collect();
        paths.sort_by(|left, right| left.split('/').cmp(right.split('/')));
        paths
    }

    /// The paths that a glob(3) pattern matches, in the order of their bytes; directories are left out.
    pub fn glob(&self, pattern: &str) -> Vec<String> {
        let mut paths = BTreeSet::from([String::new()]);
        for segment in segments(pattern) {
            paths = paths.iter().flat_map(|path| self.extend(path, segment)).collect();
        }
        paths.retain(|path| self.entries.contains_key(path) || !matches!(self.find(path), Found::Nothing));
        paths.into_iter().collect()
    }

    fn extend(&self, path: &str, segment: &str) -> Vec<String> {
        let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        if !is_glob(segment) {
            return vec![join(segment)];
        }
        let names = self.children(path).into_iter().map(|(name, _)| name);
        names.filter(|name| glob_segment(segment, name)).map(join).collect()
    }

    /// Names in a directory, each with whether it is a file or a link.
    fn children(&self, directory: &str) -> BTreeSet<(&str, bool)> {
        let Some(directory) = self.resolve(directory) else { return BTreeSet::new() };
        let prefix = if directory.is_empty() { directory } else { format!("{directory}/") };
        let below = self.entries.range(prefix.clone()..).map(|(path, _)| path);
        let names = below.map_while(|path| path.strip_prefix(prefix.as_str()));
        names.map(|name| name.split_once('/').map_or((name, true), |(first, _)| (first, false))).collect()
    }

    /// The path with every link replaced; `None` for a chain of links without end.
    fn resolve(&self, path: &str) -> Option<String> {
        let mut path = normal("", path);
        for _ in 0..LINKS {
            let Some((at, target)) = self.first_link(&path) else { return Some(path) };
            let parent = path.get(..at).and_then(|link| link.rsplit_once('/')).map_or("", |(parent, _)| parent);
            let rest = path.get(at..).unwrap_or_default();
            path = normal(if target.starts_with('/') { "" } else { parent }, &format!("{target}{rest}"));
        }
        None
    }

    /// The shortest beginning of a path that is a link: where it ends, and its target.
    fn first_link(&self, path: &str) -> Option<(usize, &str)> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.into_iter().find_map(|end| match self.entries.get(path.get(..end)?) {
            Some(Entry::Link(target)) => Some((end, target.as_str())),
            _ => None,
        })
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".")
}

/// A path relative to a directory, without `.`, `..` and a leading slash.
fn normal(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = segments(directory).collect();
    for segment in segments(path) {
        if segment == ".." {
            parts.pop();
        } else {
            parts.push(segment);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> (String, Entry) {
        let source = Arc::new(Source::new(path, path));
        (path.to_owned(), Entry::File { source, byte_order_mark: false })
    }

    fn link(path: &str, target: &str) -> (String, Entry) {
        (path.to_owned(), Entry::Link(target.to_owned()))
    }

    fn tree() -> Tree {
        Tree::new([
            file("etc/a.d/9.conf"),
            file("etc/a.d/10.conf"),
            file("etc/a.d/.x.conf"),
            file("etc/a.d/sub/y.conf"),
            file("etc/a.d-b/z.conf"),
            file("etc/main.conf"),
            link("etc/a.d/main.conf", "../main.conf"),
            link("etc/null", "/dev/null"),
            link("etc/loop", "loop"),
            link("etc/gone", "/srv/x"),
            link("etc/b.d", "/etc/a.d"),
        ])
    }

    #[test]
    fn links_are_followed() {
        let tree = tree();
        let text = |path| match tree.find(path) {
            Found::File(source) => source.text().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(text("/etc/a.d/main.conf"), "etc/main.conf");
        assert_eq!(text("etc/b.d/main.conf"), "etc/main.conf");
        assert_eq!(text("etc/null"), "Null");
        assert_eq!(text("etc/gone"), "Nothing");
        assert_eq!(text("etc/loop"), "Nothing");
    }

    #[test]
    fn listings_and_globs_are_in_byte_order() {
        let tree = tree();
        assert_eq!(tree.files_in("etc/b.d"), [".x.conf", "10.conf", "9.conf", "main.conf"]);
        assert_eq!(tree.glob("/etc/a.d/*.conf"), ["etc/a.d/10.conf", "etc/a.d/9.conf", "etc/a.d/main.conf"]);
        assert_eq!(tree.glob("/etc/*/sub/y.conf"), ["etc/a.d/sub/y.conf", "etc/b.d/sub/y.conf"]);
        assert_eq!(tree.glob("/etc/a.d"), Vec::<String>::new());
        assert_eq!(tree.glob("/etc/none"), Vec::<String>::new());
    }
}
