//! Whether a text can say anything that the survey looks for, without parsing it: most files of most repositories cannot.
//!
//! What the survey looks for are words, and a word that is in a document is in its text, unless it is written with an escape or as
//! base64, and unless it is put together from variables or by a shell.

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

/// A backslash may be an escape, and a tag may be `!!binary`.
const HIDING: [&str; 3] = [r"\\", "!!", "!<"];

impl FirstLook {
    /// For these kinds that tell something of a cluster.
    pub fn new(telling: &[Telling]) -> Self {
        let literal = |words: &[&str]| words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>();
        let whole = |word: &str| format!(r"(?-u:\b){}(?-u:\b)", regex::escape(word));
        let mut words = literal(&DECLARING);
        words.extend(HIDING.map(str::to_owned));
        words.extend(Program::ALL.map(|program| format!("{}-arg", program.word())));
        // A group is named more seldom than its kinds.
        words.extend(telling.iter().map(|row| match &*row.group {
            "" => whole(&row.kind),
            group => regex::escape(group),
        }));
        let programs = Program::ALL.map(|program| program.word().to_owned());
        let shells = ["sh", "bash", "ash", "dash"].map(whole);
        let programs = programs.into_iter().chain(shells).chain([r"\$".to_owned()]);
        let any = |words: Vec<String>| Regex::new(&words.join("|")).ok();
        Self { words: any(words), programs: any(programs.collect()), pod: Regex::new(&whole("Pod")).ok() }
    }

    /// Whether it can say anything.
    pub fn is_worth_parsing(&self, source: &Source) -> bool {
        let text = source.text();
        let has = |words: &Option<Regex>| words.as_ref().is_none_or(|words| words.is_match(text));
        let is_of_node = source.path().contains("etc/rancher/") || cloud_init::is_user_data(source);
        is_of_node || has(&self.words) || (has(&self.pod) && has(&self.programs))
    }
}
