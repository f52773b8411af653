//! One field of the kubelet's configuration over all its layers: default, file, drop-ins, flag.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::node::flags::Flags;
use crate::node::schema::{Schema, Type};
use crate::node::setting::{Effective, Origin, Overridden, Setting};
use crate::node::version::Version;

use super::FACTS;
use super::candidate::{Candidate, candidate, nonzero, vanishes};
use super::layer::{Base, Layer};
use super::merge::stack;

/// What a kubelet without `--config` has other defaults for (`applyLegacyDefaults` in cmd/kubelet/app/options).
const LEGACY: [(&str, &str); 4] = [
    ("authentication.anonymous.enabled", "true"),
    ("authentication.webhook.enabled", "false"),
    ("authorization.mode", "\"AlwaysAllow\""),
    ("readOnlyPort", "10255"),
];

/// Fields that are paths, relative to the directory of the file of `--config` (`KubeletConfigurationPathRefs`).
const PATHS: [&str; 7] = [
    "staticPodPath",
    "authentication.x509.clientCAFile",
    "tlsCertFile",
    "tlsPrivateKeyFile",
    "resolvConf",
    "volumePluginDir",
    "podLogsDir",
];

/// Everything that decides the fields.
pub struct Fields<'a> {
    pub schema: &'a Schema,
    pub base: &'a Base,
    pub layers: &'a [Layer],
    pub flags: &'a Flags,
    pub version: Option<Version>,
    /// Whether `--config-dir` is given: the configuration is then written down and read again, even without a drop-in.
    pub merged: bool,
}

/// The configuration field behind a flag of the kubelet; `None` for a flag with no field.
pub fn field_of_flag(flag: &str) -> Option<&'static str> {
    static FIELDS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
        let rows = FACTS.rows("kubelet", None).map(|row| (row.cell(1), row.cell(0)));
        rows.filter(|(flag, _)| !flag.is_empty()).collect()
    });
    FIELDS.get(flag).copied()
}

impl Fields<'_> {
    /// Every field, by path.
    pub fn settings(&self) -> BTreeMap<String, Setting> {
        let facts = FACTS.rows("kubelet", self.version);
        let facts: BTreeMap<_, _> = facts.map(|row| (row.cell(0), (row.cell(1), row.cell(2)))).collect();
        let mut settings = BTreeMap::new();
        for (path, field) in self.schema.leaves() {
            let (flag, default) = facts.get(path).copied().unwrap_or_default();
            let default = serde_json::from_str(default).unwrap_or_default();
            settings.insert(path.to_owned(), self.setting(path, field, flag, default));
        }
        self.depend(&mut settings);
        settings
    }

    fn setting(&self, path: &str, field: Type, flag: &str, default: Value) -> Setting {
        let files = self.below_flags(path, field, &default);
        let given = self.flags.given.contains_key(flag);
        let Some(by_flag) = self.flags.settings.get(flag).filter(|setting| given || setting.known().is_none()) else {
            return files;
        };
        if !given {
            // An argument that is not known may hold this flag.
            return Setting { value: by_flag.value.clone(), place: by_flag.place.clone(), ..files };
        }
        let mut setting = by_flag.clone();
        if path == "featureGates" {
            setting.value = merged_gates(&files.value, &setting.value);
            setting.rule = "the gates of flags and files are merged, and flags win";
        } else if files.place.is_some() {
            setting.rule = "a flag wins over the configuration files";
        }
        let lost = files.place.clone().filter(|_| path != "featureGates");
        let text = files.known().map(plain).unwrap_or_default();
        let why = format!("the flag `--{flag}` wins over the configuration files");
        setting.overridden.splice(0..0, files.overridden);
        setting.overridden.extend(lost.map(|place| Overridden { text, place, why }));
        setting
    }

    /// The value before flags.
    fn below_flags(&self, path: &str, field: Type, default: &Value) -> Setting {
        let mut lost = Vec::new();
        let base = self.base(path, field, default, &mut lost);
        let drop_ins: Vec<_> = self.layers.iter().filter(|layer| layer.origin == Origin::DropIn).collect();
        let winner = if !self.merged {
            base
        } else {
            let base = base.or_else(|| self.default_below_drop_ins(path, default));
            let base = base.filter(|base| !vanishes(base, field));
            let top = stack(path, field, base, &drop_ins, &mut lost);
            top.and_then(|top| nonzero(path, field, default, top, &mut lost))
        };
        match winner {
            Some(winner) => won(winner, lost),
            None => Setting { overridden: lost, ..Setting::of_default(self.default(path, default)) },
        }
    }

    /// What the file of `--config` says; `None` for the default.
    fn base(&self, path: &str, field: Type, default: &Value, lost: &mut Vec<Overridden>) -> Option<Candidate> {
        match self.base {
            Base::Unknown(reason) => {
                let value = Effective::Unknown(reason.clone());
                Some(Candidate { value, origin: Origin::File, place: None, text: String::new() })
            }
            Base::Legacy => None,
            Base::File { directory } => {
                let layer = self.layers.first().filter(|layer| layer.origin == Origin::File)?;
                let written = layer.find(path).pop()?;
                let mut found = candidate(layer, &written, field)?;
                if PATHS.contains(&path) {
                    make_absolute(&mut found, directory);
                }
                nonzero(path, field, default, found, lost)
            }
        }
    }

    /// Without any file the flags have defaults of their own; a null in a drop-in leads past them.
    fn default(&self, path: &str, default: &Value) -> Value {
        let legacy =
            LEGACY.iter().find(|(name, _)| *name == path).and_then(|(_, text)| serde_json::from_str(text).ok());
        legacy.filter(|_| matches!(self.base, Base::Legacy) && !self.merged).unwrap_or_else(|| default.clone())
    }

    /// Drop-ins are merged into the configuration with its defaults filled in.
    fn default_below_drop_ins(&self, path: &str, default: &Value) -> Option<Candidate> {
        let legacy = LEGACY.iter().find(|(name, _)| *name == path).filter(|_| matches!(self.base, Base::Legacy));
        let value = legacy.map_or_else(|| Some(default.clone()), |(_, text)| serde_json::from_str(text).ok())?;
        let value = Effective::Known(if path == "evictionHard" && self.has_file() { eviction_hard() } else { value });
        Some(Candidate { value, origin: Origin::Default, place: None, text: String::new() })
    }

    fn has_file(&self) -> bool {
        matches!(self.base, Base::File { .. })
    }

    /// Defaults that follow from other fields.
    fn depend(&self, settings: &mut BTreeMap<String, Setting>) {
        let value = |settings: &BTreeMap<String, Setting>, path: &str| settings.get(path).cloned();
        let by_default = |setting: &Setting| matches!(setting.origin, Origin::Default | Origin::Unset);
        if let (Some(report), Some(update)) =
            (value(settings, "nodeStatusReportFrequency"), value(settings, "nodeStatusUpdateFrequency"))
            && by_default(&report)
            && update.origin == Origin::File
        {
            let rule = "follows nodeStatusUpdateFrequency when that is set";
            settings.insert("nodeStatusReportFrequency".to_owned(), Setting { rule, ..update });
        }
        if let (Some(serial), Some(parallel)) =
            (value(settings, "serializeImagePulls"), value(settings, "maxParallelImagePulls"))
            && by_default(&serial)
            && parallel.origin == Origin::File
            && parallel.known().and_then(Value::as_i64).is_some_and(|pulls| pulls >= 2)
        {
            let rule = "false by default when maxParallelImagePulls is above 1";
            let value = Effective::Known(json!(false));
            settings.insert("serializeImagePulls".to_owned(), Setting { value, rule, ..serial });
        }
        self.or_seccomp_default(settings);
        if self.has_file() && !self.merged {
            fill_eviction_hard(settings);
        }
    }

    /// `--seccomp-default` is no field: either one of flag and field suffices.
    fn or_seccomp_default(&self, settings: &mut BTreeMap<String, Setting>) {
        let Some(flag) =
            self.flags.settings.get("seccomp-default").filter(|_| self.flags.given.contains_key("seccomp-default"))
        else {
            return;
        };
        let Some(field) = settings.get_mut("seccompDefault").filter(|field| field.known() != Some(&json!(true))) else {
            return;
        };
        if flag.known() != Some(&json!(false)) {
            let rule = "either one of the flag and the field suffices";
            *field = Setting { rule, ..flag.clone() };
        }
    }
}

fn make_absolute(candidate: &mut Candidate, directory: &str) {
    if let Effective::Known(Value::String(path)) = &mut candidate.value
        && !path.is_empty()
        && !path.starts_with('/')
    {
        *path = format!("{directory}/{}", path.trim_start_matches("./"));
    }
}

fn won(winner: Candidate, overridden: Vec<Overridden>) -> Setting {
    let rule = match winner.origin {
        Origin::DropIn => "the last drop-in that sets it wins over the file",
        Origin::Default => "nothing sets it",
        _ => "the configuration file sets it",
    };
    Setting { value: winner.value, origin: winner.origin, place: winner.place, rule, adds: Vec::new(), overridden }
}

fn merged_gates(files: &Effective, flags: &Effective) -> Effective {
    match (files, flags) {
        (Effective::Known(files), Effective::Known(flags)) => {
            let mut gates = files.as_object().cloned().unwrap_or_default();
            gates.extend(flags.as_object().cloned().unwrap_or_default());
            Effective::Known(Value::Object(gates))
        }
        (Effective::Known(_), unknown) | (unknown, _) => unknown.clone(),
    }
}

/// `eviction.DefaultEvictionHard` on Linux, which is filled in after the file of `--config` was read.
fn eviction_hard() -> Value {
    json!({
        "memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%",
        "imagefs.available": "15%", "imagefs.inodesFree": "5%",
    })
}

fn fill_eviction_hard(settings: &mut BTreeMap<String, Setting>) {
    let merge = settings.get("mergeDefaultEvictionSettings").and_then(Setting::known) == Some(&json!(true));
    let Some(setting) = settings.get_mut("evictionHard") else { return };
    match &mut setting.value {
        Effective::Known(value @ Value::Null) => {
            *value = eviction_hard();
            setting.origin = Origin::Default;
        }
        Effective::Known(Value::Object(map)) if merge && setting.origin == Origin::File => {
            let mut filled: Map<String, Value> = eviction_hard().as_object().cloned().unwrap_or_default();
            filled.extend(std::mem::take(map));
            *map = filled;
        }
        _ => {}
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
