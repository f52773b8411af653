//! Which files belong to which node, and their texts as the tree of that node.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::discover::{Candidate, is_node_file};
use crate::model::{Location, Source, Span};
use crate::node::{Entry, Tree};
use crate::parse;
use crate::pipeline::plan::Plan;

use super::ledger::Ledger;

/// Directories by which the one above is known to act as `/`.
const TOP: [&str; 3] = ["etc", "var", "usr"];
/// Directories that belong to a node that is known by others.
const MORE: [&str; 6] = ["opt", "run", "srv", "root", "home", "lib"];
/// The most that is read for one node. A real node has some dozens of small files.
const MOST_BYTES: usize = 32 << 20;

/// The nodes of a repository.
pub struct Nodes {
    /// The nodes, by root.
    pub list: Vec<Node>,
}

/// A node and its files.
pub struct Node {
    /// The directory that acts as `/`, relative to the root of the run.
    pub root: String,
    /// Path on the node → path of the candidate.
    files: BTreeMap<String, Arc<str>>,
    /// Path on the node → target.
    links: BTreeMap<String, String>,
    /// Files with a document that declares a component.
    pub declaring: Vec<Arc<str>>,
    /// The file that holds all of these, when they are written inside of it.
    pub outer: Option<Arc<str>>,
}

/// The texts of a node.
pub struct Read {
    /// By path on the node.
    pub tree: Tree,
    /// By path in the repository.
    pub sources: BTreeMap<Arc<str>, Arc<Source>>,
}

impl Nodes {
    /// Groups the candidates; a directory without a file that decides anything is no node.
    pub fn new(plan: &Plan, declaring: &BTreeSet<Arc<str>>) -> Self {
        let split = |path: &str| split(path, &|directory| plan.config.roots.is_match(directory));
        let paths = || plan.candidates.iter().map(|candidate| &candidate.path);
        let roots: BTreeSet<String> = paths().filter_map(|path| Some(split(path)?.0)).collect();
        let place = |path: &str| split(path).or_else(|| adopted(&roots, path)).unwrap_or_else(|| loose(path));
        let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
        for path in paths().filter(|path| is_node_file(Path::new(&***path)) || declaring.contains(*path)) {
            let root = place(path).0;
            let node = nodes.entry(root.clone()).or_insert_with(|| Node::new(root));
            node.declaring.extend(declaring.get(path).cloned());
        }
        if nodes.is_empty() {
            return Self { list: vec![] };
        }
        for path in paths() {
            let (root, inside) = place(path);
            if let Some(node) = nodes.get_mut(&root) {
                node.files.insert(inside, Arc::clone(path));
            }
        }
        for (path, target) in &plan.links {
            let (root, inside) = place(path);
            if let Some(node) = nodes.get_mut(&root) {
                node.links.insert(inside, target.clone());
            }
        }
        Self { list: nodes.into_values().collect() }
    }
}

impl Node {
    fn new(root: String) -> Self {
        Self { root, files: BTreeMap::new(), links: BTreeMap::new(), declaring: Vec::new(), outer: None }
    }

    /// A node whose files are written inside another one.
    pub fn inside(outer: &Arc<str>, root: String, files: BTreeMap<String, Arc<str>>, declaring: Vec<Arc<str>>) -> Self {
        Self { root, files, links: BTreeMap::new(), declaring, outer: Some(Arc::clone(outer)) }
    }

    /// The cluster that a file of the node belongs to.
    pub fn cluster(&self, plan: &Plan, path: &str) -> Arc<str> {
        plan.config.cluster_of(self.outer.as_deref().unwrap_or(path)).into()
    }

    /// The files of a node whose path on it begins so, by their path in the repository.
    pub fn below<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
        self.files.iter().filter(move |(path, _)| path.starts_with(beginning)).map(|(_, file)| file)
    }

    /// The first of its files, for what has no place of its own.
    pub fn home(&self, read: &Read) -> Option<Location> {
        let decides = self.files.values().find(|path| is_node_file(Path::new(&***path)));
        let source = read.sources.get(self.declaring.first().or(decides)?)?;
        Some(first_line(source))
    }

    /// Reads the files. What cannot be read is a gap in the ledger already.
    pub fn read(&self, plan: &Plan, ledger: &mut Ledger) -> Read {
        let (mut sources, mut entries, mut bytes) = (BTreeMap::new(), Vec::new(), 0);
        for (inside, path) in &self.files {
            let read = if bytes > MOST_BYTES { None } else { plan.candidate(path).and_then(|file| text(plan, file)) };
            let Some((source, byte_order_mark)) = read else {
                if bytes > MOST_BYTES {
                    ledger.fail(path, None, "the files of its node are larger than 32 MiB together");
                }
                entries.push((inside.clone(), Entry::Unreadable));
                continue;
            };
            bytes += source.text().len();
            sources.insert(Arc::clone(path), Arc::clone(&source));
            entries.push((inside.clone(), Entry::File { source, byte_order_mark }));
        }
        let links = self.links.iter().map(|(path, target)| (path.clone(), Entry::Link(target.clone())));
        entries.extend(links);
        Read { tree: Tree::new(entries), sources }
    }
}

/// The first line of a file that says something.
pub fn first_line(source: &Arc<Source>) -> Location {
    let says = |number: &u32| {
        let line = source.line(*number).unwrap_or_default().trim();
        !line.is_empty() && !line.starts_with(['#', ';']) && line != "---"
    };
    let line = (1..=source.line_count()).find(says).unwrap_or(1);
    Location { source: Arc::clone(source), span: source.line_span(line).unwrap_or(Span::new(0, 0)) }
}

fn text(plan: &Plan, candidate: &Candidate) -> Option<(Arc<Source>, bool)> {
    let bytes = plan.read(candidate).ok()?;
    let byte_order_mark = bytes.starts_with(b"\xef\xbb\xbf");
    let text = parse::decode(bytes).ok()?;
    Some((Arc::new(Source::new(Arc::clone(&candidate.path), text)), byte_order_mark))
}

/// Root and path on the node, where a configured root or a directory of the system tells.
fn split(path: &str, is_root: &dyn Fn(&str) -> bool) -> Option<(String, String)> {
    let slashes = || path.match_indices('/').map(|(at, _)| at);
    let configured = slashes().find(|at| path.get(..*at).is_some_and(is_root)).map(|at| at + 1);
    let starts = std::iter::once(0).chain(slashes().map(|at| at + 1));
    let known = |start: &usize| {
        let rest = path.get(*start..).unwrap_or_default();
        rest.split_once('/').is_some_and(|(first, _)| TOP.contains(&first))
    };
    let start = configured.or_else(|| starts.into_iter().find(known))?;
    Some(cut(path, start))
}

/// The same for directories that mean a node only below the root of one.
fn adopted(roots: &BTreeSet<String>, path: &str) -> Option<(String, String)> {
    let starts = path.match_indices('/').map(|(at, _)| at + 1).chain([0]).collect::<BTreeSet<_>>();
    let fits = |start: &usize| {
        let (root, rest) = cut(path, *start);
        roots.contains(&root) && rest.split_once('/').is_some_and(|(first, _)| MORE.contains(&first))
    };
    starts.into_iter().find(fits).map(|start| cut(path, start))
}

/// A file that lies anywhere counts where its name belongs; its directory stands for the node.
fn loose(path: &str) -> (String, String) {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (above, last) = directory.rsplit_once('/').unwrap_or(("", directory));
    let home = |name: &str| match name {
        "sshd_config" | "sshd_config.d" => Some("etc/ssh"),
        "sysctl.conf" | "sysctl.d" => Some("etc"),
        "kubelet.service" | "kubelet.service.d" => Some("etc/systemd/system"),
        "kubeadm-flags.env" => Some("var/lib/kubelet"),
        "kubelet.env" => Some("etc/kubernetes"),
        "10-kubeadm.conf" => Some("etc/systemd/system/kubelet.service.d"),
        _ => None,
    };
    match (home(last), home(name)) {
        (Some(home), _) if last.ends_with(".d") => (above.to_owned(), format!("{home}/{last}/{name}")),
        (_, Some(home)) => (directory.to_owned(), format!("{home}/{name}")),
        _ => (directory.to_owned(), name.to_owned()),
    }
}

fn cut(path: &str, start: usize) -> (String, String) {
    let (root, rest) = path.split_at_checked(start).unwrap_or(("", path));
    (root.trim_end_matches('/').to_owned(), rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_a_node_lies_above_the_directories_of_the_system() {
        let is_root = |directory: &str| directory == "hosts/b";
        let table = [
            ("nodes/a/etc/ssh/sshd_config", Some(("nodes/a", "etc/ssh/sshd_config"))),
            ("etc/ssh/sshd_config", Some(("", "etc/ssh/sshd_config"))),
            ("hosts/b/opt/etc/x", Some(("hosts/b", "opt/etc/x"))),
            ("docs/etc", None),
            ("x/myetc/a", None),
        ];
        for (path, expected) in table {
            let expected = expected.map(|(root, rest)| (root.to_owned(), rest.to_owned()));
            assert_eq!(split(path, &is_root), expected, "{path}");
        }
    }

    #[test]
    fn loose_files_count_where_their_names_belong() {
        let loose = |path| loose(path).1;
        assert_eq!(loose("files/sshd_config"), "etc/ssh/sshd_config");
        assert_eq!(loose("files/sysctl.d/60-a.conf"), "etc/sysctl.d/60-a.conf");
        assert_eq!(loose("files/kubelet.service"), "etc/systemd/system/kubelet.service");
        assert_eq!(loose("files/a.yaml"), "a.yaml");
        let roots = BTreeSet::from(["n".to_owned()]);
        assert_eq!(adopted(&roots, "n/opt/k/a.yaml"), Some(("n".to_owned(), "opt/k/a.yaml".to_owned())));
        assert_eq!(adopted(&roots, "m/opt/k/a.yaml"), None);
    }
}
