//! The documents of a kubeadm file (`SplitConfigDocuments`, `documentMapToInitConfiguration`).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::nearest;
use crate::model::{Document, Location, Source, Span};
use crate::node::Note;
use crate::node::schema::Schema;
use crate::node::version::Version;
use crate::node::view::View;
use crate::parse::parse;

use super::config::{Api, Config};
use super::{Documents, Kubeadm, Machine};

const GROUP: &str = "kubeadm.k8s.io";

/// The kinds of kubeadm's own API.
const KINDS: [&str; 5] =
    ["ClusterConfiguration", "InitConfiguration", "JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration"];

/// The versions that were once supported.
const OLD: [&str; 5] = ["v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2"];

/// The parsed documents of a file.
pub struct Stream {
    documents: Vec<Document>,
    refused: Vec<Note>,
}

/// Reads a file; `None` when no document of it is one of kubeadm's.
pub fn read(source: &Arc<Source>) -> Option<Stream> {
    let mut stream = Stream { documents: Vec::new(), refused: Vec::new() };
    let at = |span| Some(Location { source: Arc::clone(source), span });
    for document in parse(source).documents {
        match document {
            Ok(document) => stream.documents.push(document),
            Err((_, error)) => stream.refused.push(Note::new(error.message, at(error.span))),
        }
    }
    let own = |document: &Document| {
        document.str_at(document.root, "apiVersion").is_some_and(|version| version.split('/').next() == Some(GROUP))
    };
    // A text that cannot be read is kubeadm's when it says so.
    let says = |line: &str| line.starts_with("apiVersion:") && line.contains(GROUP);
    let unread = !stream.refused.is_empty() && source.text().lines().any(says);
    if !unread && !stream.documents.iter().any(own) {
        return None;
    }
    let read = stream.documents.iter().map(|document| document.node(document.root).span.start);
    let failed = stream.refused.iter().filter_map(|problem| problem.place.as_ref()).map(|place| place.span.start);
    let starts: BTreeSet<usize> = read.chain(failed).collect();
    for span in pieces(source.text()) {
        if starts.range(span.range()).next().is_none() {
            let message = "kubeadm refuses a document that holds nothing but comments: every one needs a kind";
            stream.refused.push(Note::new(message, at(first_line(source, span))));
        }
    }
    Some(stream)
}

/// The pieces that `YAMLReader` of k8s.io/apimachinery cuts a stream into. A separator at the start of a piece belongs to it.
fn pieces(text: &str) -> Vec<Span> {
    let (mut out, mut begin, mut at) = (Vec::new(), None, 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let rest = line.strip_prefix("---").map(str::trim);
        let separates = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
        match begin {
            Some(from) if separates => {
                out.push(Span::new(from, start));
                begin = None;
            }
            Some(_) => {}
            None => begin = Some(start),
        }
    }
    out.extend(begin.map(|from| Span::new(from, at)));
    out
}

fn first_line(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    Span::new(span.start, span.start + text.lines().next().unwrap_or_default().len())
}

impl Stream {
    /// Sorts the documents by kind, and says what kubeadm would refuse or ignore.
    pub fn documents<'a>(&'a self, source: &'a Arc<Source>, machine: &Machine, out: &mut Kubeadm) -> Documents<'a> {
        out.refused.extend(self.refused.iter().cloned());
        let kinds = self.documents.iter().filter_map(|document| document.str_at(document.root, "kind"));
        let controls = kinds.into_iter().any(|kind| matches!(kind, "ClusterConfiguration" | "InitConfiguration"));
        let mut sorter = Sorter { version: machine.kubeadm, controls, sorted: Documents::default(), out };
        let mut seen = BTreeSet::new();
        for document in &self.documents {
            let root = View::root(source, document);
            let (version, kind) = (root.text("apiVersion"), root.text("kind"));
            let (group, api) = version.split_once('/').unwrap_or(("", version));
            if group.is_empty() || api.is_empty() || kind.is_empty() {
                let message = "every document needs an apiVersion with a group, and a kind";
                sorter.out.refused.push(root.problem_of("apiVersion", message));
            } else if !seen.insert(kind) {
                sorter.out.refused.push(root.problem_of("kind", format!("the kind `{kind}` is given twice")));
            } else {
                if group == GROUP { sorter.own(root, api, kind) } else { sorter.other(root, (group, api, kind)) }
            }
        }
        sorter.sorted
    }
}

struct Sorter<'a, 'o> {
    version: Option<Version>,
    /// Whether the stream sets up a control plane.
    controls: bool,
    sorted: Documents<'a>,
    out: &'o mut Kubeadm,
}

impl<'a> Sorter<'a, '_> {
    /// A document of kubeadm's own API.
    fn own(&mut self, root: View<'a>, version: &str, kind: &str) {
        let Some(api) = Api::of(version) else {
            unsupported(root, version, kind, self.out);
            return;
        };
        if !KINDS.contains(&kind) {
            let near = nearest(kind, KINDS).map(|near| format!("; did you mean `{near}`")).unwrap_or_default();
            self.out.ignored.push(root.problem_of("kind", format!("kubeadm does not know the kind `{kind}`{near}")));
            return;
        }
        self.check(root, &format!("{version} {kind}"));
        let config = Some(Config { view: root, api });
        match kind {
            "ClusterConfiguration" => self.sorted.cluster = config,
            "InitConfiguration" => self.sorted.init = config,
            "JoinConfiguration" => self.sorted.join = config,
            _ => {}
        }
    }

    /// A document of another program, which kubeadm only decodes when it sets up a control plane.
    fn other(&mut self, root: View<'a>, (group, version, kind): (&str, &str, &str)) {
        match (group, version, kind) {
            ("kubelet.config.k8s.io", "v1beta1", "KubeletConfiguration") => self.sorted.kubelet = Some(root),
            ("kubeproxy.config.k8s.io", "v1alpha1", "KubeProxyConfiguration") => self.sorted.proxy = Some(root),
            ("kubelet.config.k8s.io" | "kubeproxy.config.k8s.io", ..) if self.controls => {
                let message = format!("kubeadm does not read {group}/{version} {kind}");
                self.out.refused.push(root.problem_of("kind", message));
                return;
            }
            _ => {
                let message = format!("kubeadm does not know {group}/{version} {kind}");
                self.out.ignored.push(root.problem_of("kind", message));
                return;
            }
        }
        if self.controls {
            self.check(root, kind);
        }
    }

    fn check(&mut self, root: View<'_>, kind: &str) {
        let schema = Schema::of(kind, self.version);
        if schema.get("kind").is_none() {
            return;
        }
        let misfits = schema.check(root.source, root.document);
        self.out.refused.extend(misfits.mistyped);
        self.out.ignored.extend(misfits.unknown);
        self.out.ignored.extend(misfits.duplicate);
    }
}

fn unsupported(root: View<'_>, version: &str, kind: &str, out: &mut Kubeadm) {
    if OLD.contains(&version) {
        let message =
            format!("kubeadm no longer reads `{version}`; `kubeadm config migrate` of an older one converts it");
        out.refused.push(root.problem_of("apiVersion", message));
    } else if KINDS.contains(&kind) {
        let message = format!("there is no version `{version}` of {kind}; the newest is v1beta4");
        out.refused.push(root.problem_of("apiVersion", message));
    } else {
        out.ignored.push(root.problem_of("kind", format!("kubeadm does not know {version} {kind}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_as_kubeadm_cuts_it() {
        let cut = |text: &str| pieces(text).iter().map(|span| text[span.range()].to_owned()).collect::<Vec<_>>();
        assert_eq!(cut("a: 1\n---\nb: 2\n---\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(cut("---\na: 1\n---\n---\nb: 2\n"), ["---\na: 1\n", "---\nb: 2\n"]);
        assert_eq!(cut("# c\n---\na: 1\n--- # d\n# e"), ["# c\n", "a: 1\n", "# e"]);
        assert_eq!(cut("---\n---\na: 1\n"), ["---\n", "a: 1\n"]);
    }
}
