//! The values behind a subject of a node, for those who want to see them.

use crate::model::Location;
use crate::node::{Effective as Known, Setting};

use super::{Effective, NodeSubject};

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
            let of_sysctl = sysctl.iter().flat_map(|sysctl| &sysctl.settings);
            of_sshd.chain(of_sysctl.map(|(key, setting)| value("sysctl", key, setting))).collect()
        }
    }
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
        losers: losers.collect(),
    }
}
