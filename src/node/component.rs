//! A component of a node: every flag and configuration field with its effective value.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::model::{Location, Source};

use super::note::Note;
use super::policy::PolicyFile;
use super::setting::Setting;
use super::version::Version;

/// The programs whose configuration is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Program {
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
    /// etcd.
    Etcd,
    /// kubelet.
    Kubelet,
    /// kube-proxy.
    Proxy,
}

impl Program {
    /// Every program.
    pub const ALL: [Self; 6] =
        [Self::ApiServer, Self::ControllerManager, Self::Scheduler, Self::Etcd, Self::Kubelet, Self::Proxy];

    /// The name of its binary.
    pub fn word(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Etcd => "etcd",
            Self::Kubelet => "kubelet",
            Self::Proxy => "kube-proxy",
        }
    }

    /// The program of a command's first word: `/usr/local/bin/kube-apiserver`.
    pub fn of_binary(path: &str) -> Option<Self> {
        let base = path.rsplit('/').next()?;
        Self::ALL.into_iter().find(|program| program.word() == base)
    }
}

impl fmt::Display for Program {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// Who starts the components, and with which defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Distribution {
    /// The components as such, also under kubeadm.
    #[default]
    Kubernetes,
    /// k3s.
    K3s,
    /// RKE2.
    Rke2,
}

impl Distribution {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::K3s => "k3s",
            Self::Rke2 => "rke2",
        }
    }
}

/// One component of one node, as it would run.
#[derive(Debug, Clone)]
pub struct Component {
    /// Which program.
    pub name: Program,
    /// The directory that acts as `/`, relative to the root of the run; empty for the root itself.
    pub node: String,
    /// Who starts it.
    pub distribution: Distribution,
    /// The version of Kubernetes, or of etcd for etcd, if known.
    pub version: Option<Version>,
    /// Where it is declared.
    pub place: Option<Location>,
    /// Every setting. Flags by name (`anonymous-auth`); of the kubelet, configuration fields by dotted path
    /// (`authentication.anonymous.enabled`) and flags only where no field is behind them.
    pub settings: BTreeMap<String, Setting>,
    /// Why it would not start. When there is any, the settings are those of the parts that can be read.
    pub refused: Vec<Note>,
    /// Why the one who starts it would stop before, which another component tells in full.
    pub blocked: Option<String>,
    /// What is written and counts for nothing, because nothing reads a setting of that name.
    pub ignored: Vec<Note>,
    /// What it would warn about, and what the repository leaves open.
    pub warnings: Vec<Note>,
    /// The files that its flags name and whose content decides, by flag.
    pub files: BTreeMap<&'static str, PolicyFile>,
    /// The texts of those that are in the repository, by flag.
    pub sources: BTreeMap<&'static str, Arc<Source>>,
    /// Every text that was read for it.
    pub read: Vec<Arc<Source>>,
}

impl Component {
    /// Takes away every place in a source that is not in the repository, which stands for what a distribution brings along.
    pub fn forget(&mut self, built_in: &Arc<Source>) {
        let forget = |place: &mut Option<Location>| {
            place.take_if(|place| Arc::ptr_eq(&place.source, built_in));
        };
        forget(&mut self.place);
        self.settings.values_mut().for_each(|setting| forget(&mut setting.place));
        self.notes().for_each(|note| forget(&mut note.place));
        self.read.retain(|source| !Arc::ptr_eq(source, built_in));
        self.sources.retain(|_, source| !Arc::ptr_eq(source, built_in));
        for setting in self.settings.values_mut() {
            setting.overridden.retain(|lost| !Arc::ptr_eq(&lost.place.source, built_in));
            setting.adds.retain(|place| !Arc::ptr_eq(&place.source, built_in));
        }
    }

    /// Every note about it.
    pub fn notes(&mut self) -> impl Iterator<Item = &mut Note> {
        self.refused.iter_mut().chain(&mut self.ignored).chain(&mut self.warnings)
    }

    /// A component without settings.
    pub fn new(name: Program) -> Self {
        Self {
            name,
            node: String::new(),
            distribution: Distribution::default(),
            version: None,
            place: None,
            settings: BTreeMap::new(),
            refused: Vec::new(),
            blocked: None,
            ignored: Vec::new(),
            warnings: Vec::new(),
            files: BTreeMap::new(),
            sources: BTreeMap::new(),
            read: Vec::new(),
        }
    }

    /// Visits every place that the component names, to move it into another file.
    pub fn each_place(&mut self, visit: &mut dyn FnMut(&mut Location)) {
        self.place.iter_mut().for_each(&mut *visit);
        self.settings.values_mut().for_each(|setting| setting.each_place(visit));
        let problems = self.notes();
        problems.filter_map(|problem| problem.place.as_mut()).for_each(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_the_base_name_of_its_binary() {
        assert_eq!(Program::of_binary("/usr/local/bin/kube-apiserver"), Some(Program::ApiServer));
        assert_eq!(Program::of_binary("etcd"), Some(Program::Etcd));
        assert_eq!(Program::of_binary("kube-apiserver-proxy"), None);
    }
}
