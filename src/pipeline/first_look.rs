//! Whether a text can say anything that the survey looks for, without parsing it: most files of most repositories cannot.
//!
//! What the survey looks for are words, and a word that is in a document is in its text, unless it is written with an escape or as
//! base64, and unless it is put together from variables or by a shell. A kind stands behind its key, unless an anchor, a tag, a comment or
//! a block is between them, or an alias in place of either.

use std::sync::LazyLock;

use memchr::{memchr2_iter, memmem};
use regex::Regex;

use crate::evaluate::benchmark::Telling;
use crate::model::Source;
use crate::node::cloud_init;
use crate::node::component::Program;

/// What may be in a text that has something to say. There is an expression for each, so that what it begins with is sought many bytes at a
/// time.
pub struct FirstLook {
    /// Words that suffice alone.
    words: Option<Regex>,
    /// Kinds of the core group behind their key, likewise.
    kinds: Option<Regex>,
    /// Programs of components and what may stand for one, in a pod.
    programs: Option<Regex>,
    /// The kind of a pod behind its key.
    pod: Option<Regex>,
}

/// What names a document that declares a component; the arguments of k3s begin with a name of a component.
const DECLARING: [&str; 5] =
    ["KubeletConfiguration", "KubeProxyConfiguration", "kubeadm.k8s.io/", "cluster.x-k8s.io", "kind.x-k8s.io/"];

/// An alias for a key.
static ALIAS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\*\S+[ \t]+:").ok());

impl FirstLook {
    /// For these kinds that tell something of a cluster.
    pub fn new(telling: &[Telling]) -> Self {
        // A group is named more seldom than its kinds.
        let (core, groups): (Vec<&Telling>, Vec<&Telling>) = telling.iter().partition(|row| row.group.is_empty());
        let words = DECLARING.into_iter().chain(groups.iter().map(|row| &*row.group)).map(regex::escape);
        let arguments = Program::ALL.map(|program| format!("{}-arg", program.word()));
        let programs = Program::ALL.map(|program| program.word().to_owned());
        let shells = ["sh", "bash", "ash", "dash"].map(whole);
        Self {
            words: any(words.chain(arguments)),
            kinds: any(core.iter().map(|row| kind(&row.kind))),
            programs: any(programs.into_iter().chain(shells).chain([r"\$".to_owned()])),
            pod: any([kind("Pod")]),
        }
    }

    /// Whether it can say anything.
    pub fn is_worth_parsing(&self, source: &Source) -> bool {
        let text = source.text();
        let is_of_node = source.path().contains("etc/rancher/") || cloud_init::is_user_data(source);
        is_of_node
            || hides(text)
            || is_in(&self.words, text)
            || is_in(&self.kinds, text)
            || (is_in(&self.pod, text) && is_in(&self.programs, text))
    }
}

/// Whether a word may be in the document and not in its text: an escape for a letter or a slash, a word that goes on in the next line, a tag
/// (which may be `!!binary`), an alias for a key.
fn hides(text: &str) -> bool {
    let is_mark = |at: usize| {
        let (before, mark) = text.split_at(at);
        let mut mark = mark.chars();
        match (mark.next(), mark.next()) {
            (Some('!'), next) => matches!(next, Some('!' | '<')),
            (_, Some('x' | 'u' | 'U' | '/')) => true,
            (_, Some('\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')) => !before.ends_with(char::is_whitespace),
            _ => false,
        }
    };
    let has = |part: &str| memmem::find(text.as_bytes(), part.as_bytes()).is_some();
    memchr2_iter(b'\\', b'!', text.as_bytes()).any(is_mark)
        || has("%TAG")
        || ((has(" :") || has("\t:")) && is_in(&ALIAS, text))
}

fn any(patterns: impl IntoIterator<Item = String>) -> Option<Regex> {
    Regex::new(&patterns.into_iter().collect::<Vec<_>>().join("|")).ok()
}

/// Also where an expression could not be compiled: what is not known is looked at.
fn is_in(expression: &Option<Regex>, text: &str) -> bool {
    expression.as_ref().is_none_or(|expression| expression.is_match(text))
}

fn whole(word: &str) -> String {
    format!(r"(?-u:\b){}(?-u:\b)", regex::escape(word))
}

/// A kind behind its key.
fn kind(kind: &str) -> String {
    format!(r#"kind["']?\s*(?:#|:\s*(?:[&!*#|>]|["']?{}))"#, whole(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::benchmark;

    #[test]
    fn a_kind_is_seen_however_it_is_written() {
        let look = FirstLook::new(&benchmark::telling().unwrap());
        let is_worth = |text: &str| look.is_worth_parsing(&Source::new("a.yaml", text));
        let written = [
            "kind: Node",
            "{kind: Node}",
            r#"{"kind":"Node"}"#,
            "'kind' :  'Node'",
            "? kind\n: Node",
            "? kind # of a machine\n: Node",
            "kind:\n  Node",
            "kind: # of a machine\n  Node",
            "kind: &kind Node",
            "kind: !str Node",
            "kind: >-\n  Node",
            "a: &a Node\nkind: *a",
            "a: &a kind\n*a : Node",
            r#"kind: "No\x64e""#,
            r#""k\u0069nd": Node"#,
            "kind: \"No\\\n  de\"",
            "kind: !!str Node",
            "kind: Pod\nspec: {containers: [{command: [etcd]}]}",
            "apiVersion: kubeadm.k8s.io/v1beta4",
            r#"apiVersion: "kubeadm.k8s.io\/v1beta4""#,
        ];
        for text in written {
            assert!(is_worth(text), "{text}");
        }
        for text in ["title: Node & Pod", "kind: NodeClass", r"run: a \d+", "a: b \\\n  c", "of: Pod\nrun: etcd"] {
            assert!(!is_worth(text), "{text}");
        }
    }
}
