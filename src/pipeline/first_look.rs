//! Whether a text can say anything that the survey looks for, without parsing it: most files of most repositories cannot.
//!
//! What the survey looks for are words, and a word that is in a document is in its text, unless it is written with an escape or as
//! base64, and unless it is put together from variables or by a shell. A kind stands behind its key, unless an anchor, a tag, a comment or
//! a block is between them, or an alias in place of either.

use regex::Regex;

use crate::evaluate::benchmark::Telling;
use crate::model::Source;
use crate::node::cloud_init;
use crate::node::component::Program;

/// What may be in a text that has something to say.
pub struct FirstLook {
    /// Alone.
    words: Option<Regex>,
    /// In the pod of a component.
    programs: Option<Regex>,
    pod: Option<Regex>,
}

/// What names a document that declares a component; the arguments of k3s begin with a name of a component.
const DECLARING: [&str; 5] =
    ["KubeletConfiguration", "KubeProxyConfiguration", "kubeadm.k8s.io/", "cluster.x-k8s.io", "kind.x-k8s.io/"];

/// An escape for a letter or a slash, a word that goes on in the next line, a tag (which may be `!!binary`), and an alias for a key.
const HIDING: [&str; 6] = ["%TAG", r"\\[xuU/]", r"\S\\[\r\n\x{85}\x{2028}\x{2029}]", "!!", "!<", r"\*\S+[ \t]+:"];

impl FirstLook {
    /// For these kinds that tell something of a cluster.
    pub fn new(telling: &[Telling]) -> Self {
        let literal = |words: &[&str]| words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>();
        let whole = |word: &str| format!(r"(?-u:\b){}(?-u:\b)", regex::escape(word));
        let kind = |kind: &str| format!(r#"kind["']?\s*(?:#|:\s*(?:[&!*#|>]|["']?{}))"#, whole(kind));
        let mut words = literal(&DECLARING);
        words.extend(HIDING.map(str::to_owned));
        words.extend(Program::ALL.map(|program| format!("{}-arg", program.word())));
        // A group is named more seldom than its kinds.
        words.extend(telling.iter().map(|row| match &*row.group {
            "" => kind(&row.kind),
            group => regex::escape(group),
        }));
        let programs = Program::ALL.map(|program| program.word().to_owned());
        let shells = ["sh", "bash", "ash", "dash"].map(whole);
        let programs = programs.into_iter().chain(shells).chain([r"\$".to_owned()]);
        let any = |words: Vec<String>| Regex::new(&words.join("|")).ok();
        Self { words: any(words), programs: any(programs.collect()), pod: Regex::new(&kind("Pod")).ok() }
    }

    /// Whether it can say anything.
    pub fn is_worth_parsing(&self, source: &Source) -> bool {
        let text = source.text();
        let has = |words: &Option<Regex>| words.as_ref().is_none_or(|words| words.is_match(text));
        let is_of_node = source.path().contains("etc/rancher/") || cloud_init::is_user_data(source);
        is_of_node || has(&self.words) || (has(&self.pod) && has(&self.programs))
    }
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
