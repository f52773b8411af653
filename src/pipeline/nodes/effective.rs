//! The values behind a subject of a node, for those who want to see them.

use crate::model::Location;
use crate::node::{Effective as Known, Setting, kubelet};

use super::{Effective, NodeSubject, input};

/// One effective value and its story.
#[derive(Debug, Clone)]
pub struct Value {
    /// `kube-apiserver.anonymous-auth`, `sshd.permitrootlogin`, `sysctl.net.ipv4.ip_forward`.
    pub name: String,
    /// The value, or why it is not known.
    pub value: Result<serde_json::Value, String>,
    /// `flag`, `drop-in`, `file`, `environment`, `distribution`, `default` or `unset`.
    pub origin: &'static str,
    /// The place that decided it.
    pub place: Option<Location>,
    /// The rule by which it won.
    pub rule: &'static str,
    /// The criteria of a Match block that gives the value.
    pub when: Option<String>,
    /// Earlier places whose values add up with that of `place`.
    pub adds: Vec<Location>,
    /// What else sets it: what is there, where, and why it loses.
    pub losers: Vec<(String, Location, String)>,
}

/// The values of a subject, by name.
pub fn values(subject: &NodeSubject) -> Vec<Value> {
    match &subject.effective {
        Effective::Component(component) => {
            let word = component.name.word();
            component.settings.iter().map(|(name, setting)| value(word, name, setting)).collect()
        }
        Effective::Host(sshd, sysctl) => {
            let of_sshd = sshd.iter().flat_map(|sshd| &sshd.settings).map(|(key, setting)| value("sshd", key, setting));
            let blocks = sshd.iter().flat_map(|sshd| &sshd.conditional);
            let conditional = blocks.flat_map(|block| {
                let when = input::criteria(block);
                let of_block = move |(key, setting): (&&'static str, &Setting)| Value {
                    when: Some(when.clone()),
                    ..value("sshd", key, setting)
                };
                block.settings.iter().map(of_block)
            });
            let of_sysctl = sysctl.iter().flat_map(|sysctl| &sysctl.settings);
            of_sshd.chain(conditional).chain(of_sysctl.map(|(key, setting)| value("sysctl", key, setting))).collect()
        }
    }
}

/// The name that a value has: the kubelet's fields are known by their flags as well.
pub fn name(asked: &str) -> String {
    let field = asked.strip_prefix("kubelet.").and_then(kubelet::field_of_flag);
    field.map_or_else(|| asked.to_owned(), |field| format!("kubelet.{field}"))
}

fn value(program: &str, name: &str, setting: &Setting) -> Value {
    let losers = setting.overridden.iter().map(|lost| (lost.text.clone(), lost.place.clone(), lost.why.clone()));
    Value {
        name: format!("{program}.{name}"),
        value: match &setting.value {
            Known::Known(value) => Ok(value.clone()),
            Known::Unknown(reason) => Err(reason.clone()),
        },
        origin: setting.origin.word(),
        place: setting.place.clone(),
        rule: setting.rule,
        when: None,
        adds: setting.adds.clone(),
        losers: losers.collect(),
    }
}
