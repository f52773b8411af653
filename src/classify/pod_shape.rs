//! The types of the fields that policies read, as the core API has them. A value of another type is refused by the API server;
//! it is left out of what policies see, and reported.

use serde_json::{Value as Json, json};

use super::pod::steps;
use crate::model::Path;

/// A field whose value has a type that the API server refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistyped {
    path: Path,
    expected: &'static str,
    found: &'static str,
}

impl Mistyped {
    /// As policies see it.
    pub fn to_json(&self) -> Json {
        json!({"path": steps(&self.path), "expected": self.expected, "found": self.found})
    }
}

/// How many fields of one pod are listed at most; one is enough for the API server to refuse the pod.
const MOST_MISTYPED: usize = 100;

enum Shape {
    Bool,
    Integer,
    Text,
    /// A string or an integer.
    Port,
    /// Keys to strings.
    Texts,
    /// Anything: what is below is of no interest here.
    Any,
    List(&'static Shape),
    /// A mapping; the table of its members is called by this name.
    Mapping(&'static str),
}

/// The members of each mapping, as in k8s.io/api/core/v1 types.go; unknown members are kept as they are.
fn members(of: &str) -> &'static [(&'static str, Shape)] {
    use Shape::{Any, Bool, Integer, List, Mapping, Port, Text, Texts};
    match of {
        "metadata" => &[("annotations", Texts), ("labels", Texts), ("name", Text), ("namespace", Text)],
        "pod" => &[
            ("hostNetwork", Bool),
            ("hostPID", Bool),
            ("hostIPC", Bool),
            ("hostUsers", Bool),
            ("shareProcessNamespace", Bool),
            ("automountServiceAccountToken", Bool),
            ("serviceAccountName", Text),
            ("serviceAccount", Text),
            ("nodeName", Text),
            ("priorityClassName", Text),
            ("os", Mapping("os")),
            ("securityContext", Mapping("podSecurityContext")),
            ("containers", List(&Mapping("container"))),
            ("initContainers", List(&Mapping("container"))),
            ("ephemeralContainers", List(&Mapping("container"))),
            ("volumes", List(&Mapping("volume"))),
            ("tolerations", List(&Mapping("free"))),
            ("imagePullSecrets", List(&Mapping("free"))),
        ],
        "os" => &[("name", Text)],
        "podSecurityContext" => &[
            ("runAsUser", Integer),
            ("runAsGroup", Integer),
            ("runAsNonRoot", Bool),
            ("fsGroup", Integer),
            ("supplementalGroups", List(&Integer)),
            ("seccompProfile", Mapping("profile")),
            ("appArmorProfile", Mapping("profile")),
            ("seLinuxOptions", Mapping("seLinuxOptions")),
            ("windowsOptions", Mapping("windowsOptions")),
            ("sysctls", List(&Mapping("sysctl"))),
        ],
        "securityContext" => &[
            ("privileged", Bool),
            ("allowPrivilegeEscalation", Bool),
            ("readOnlyRootFilesystem", Bool),
            ("runAsUser", Integer),
            ("runAsGroup", Integer),
            ("runAsNonRoot", Bool),
            ("procMount", Text),
            ("capabilities", Mapping("capabilities")),
            ("seccompProfile", Mapping("profile")),
            ("appArmorProfile", Mapping("profile")),
            ("seLinuxOptions", Mapping("seLinuxOptions")),
            ("windowsOptions", Mapping("windowsOptions")),
        ],
        "profile" => &[("type", Text), ("localhostProfile", Text)],
        "seLinuxOptions" => &[("type", Text), ("user", Text), ("role", Text), ("level", Text)],
        "windowsOptions" => &[("hostProcess", Bool), ("runAsUserName", Text), ("gmsaCredentialSpec", Text)],
        "sysctl" => &[("name", Text), ("value", Text)],
        "capabilities" => &[("add", List(&Text)), ("drop", List(&Text))],
        "container" => &[
            ("name", Text),
            ("image", Text),
            ("imagePullPolicy", Text),
            ("restartPolicy", Text),
            ("command", List(&Text)),
            ("args", List(&Text)),
            ("env", List(&Mapping("env"))),
            ("envFrom", List(&Mapping("envFrom"))),
            ("ports", List(&Mapping("port"))),
            ("resources", Mapping("resources")),
            ("securityContext", Mapping("securityContext")),
            ("volumeMounts", List(&Mapping("volumeMount"))),
            ("livenessProbe", Mapping("handler")),
            ("readinessProbe", Mapping("handler")),
            ("startupProbe", Mapping("handler")),
            ("lifecycle", Mapping("lifecycle")),
        ],
        "env" => &[("name", Text), ("value", Text), ("valueFrom", Mapping("valueFrom"))],
        "valueFrom" => {
            &[("secretKeyRef", Mapping("free")), ("configMapKeyRef", Mapping("free")), ("fieldRef", Mapping("free"))]
        }
        "envFrom" => &[("secretRef", Mapping("free")), ("configMapRef", Mapping("free"))],
        "port" => {
            &[("containerPort", Integer), ("hostPort", Integer), ("hostIP", Text), ("name", Text), ("protocol", Text)]
        }
        "resources" => &[("limits", Mapping("free")), ("requests", Mapping("free"))],
        "volumeMount" => {
            &[("name", Text), ("mountPath", Text), ("readOnly", Bool), ("subPath", Text), ("mountPropagation", Text)]
        }
        "lifecycle" => &[("postStart", Mapping("handler")), ("preStop", Mapping("handler"))],
        "handler" => &[
            ("httpGet", Mapping("socket")),
            ("tcpSocket", Mapping("socket")),
            ("grpc", Mapping("free")),
            ("exec", Mapping("free")),
        ],
        "socket" => &[("host", Text), ("port", Port), ("scheme", Text), ("path", Text)],
        "volume" => &[
            ("name", Text),
            ("hostPath", Mapping("hostPath")),
            ("secret", Mapping("free")),
            ("configMap", Mapping("free")),
            ("projected", Mapping("projected")),
            ("emptyDir", Mapping("free")),
            ("persistentVolumeClaim", Mapping("free")),
            ("csi", Mapping("free")),
            ("ephemeral", Any),
        ],
        "hostPath" => &[("path", Text), ("type", Text)],
        "projected" => &[("sources", List(&Mapping("free")))],
        _ => &[],
    }
}

fn member<'t>(table: &'t [(&str, Shape)], key: &str) -> &'t Shape {
    table.iter().find(|(name, _)| *name == key).map_or(&Shape::Any, |(_, shape)| shape)
}

/// The value as the API server keeps it: nulls and what has a wrong type left out, and the latter listed. `None` when the
/// whole is null or no mapping.
pub fn typed(mapping: &'static str, mut value: Json, path: &Path, mistyped: &mut Vec<Mistyped>) -> Option<Json> {
    Reader { root: path, mistyped }.keep(&Shape::Mapping(mapping), &mut value, &Place::Root).then_some(value)
}

/// Whether [`typed`] would keep all of a value.
pub fn is_typed(mapping: &'static str, value: &Json) -> bool {
    Shape::Mapping(mapping).keeps_all(value)
}

/// Reads a value in place: almost always all of it stays.
struct Reader<'a> {
    root: &'a Path,
    mistyped: &'a mut Vec<Mistyped>,
}

/// Where a value is, below the root; a path is made of it where one is needed.
enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl Reader<'_> {
    /// Whether a value stays; what is left out of it is gone then.
    fn keep(&mut self, shape: &Shape, value: &mut Json, place: &Place<'_>) -> bool {
        if value.is_null() {
            return false;
        }
        if !shape.fits(value) {
            self.refuse(shape, value, place);
            return false;
        }
        match (shape, value) {
            (Shape::Mapping(name), Json::Object(map)) => {
                let table = members(name);
                map.retain(|key, value| self.keep(member(table, key), value, &Place::Key(place, key)));
            }
            (Shape::Texts, Json::Object(map)) => {
                map.retain(|key, value| self.keep(&Shape::Text, value, &Place::Key(place, key)));
            }
            // An element that does not fit stays as an empty one, so that the others keep their index.
            (Shape::List(element), Json::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    if !self.keep(element, item, &Place::Index(place, index)) {
                        *item = element.empty();
                    }
                }
            }
            (_, value) => leave_out_nulls(value),
        }
        true
    }

    fn refuse(&mut self, shape: &Shape, value: &Json, place: &Place<'_>) {
        let once = Mistyped { path: place.path(self.root), expected: shape.word(), found: word(value) };
        if self.mistyped.len() < MOST_MISTYPED && !self.mistyped.contains(&once) {
            self.mistyped.push(once);
        }
    }
}

impl Place<'_> {
    fn path(&self, root: &Path) -> Path {
        match self {
            Self::Root => root.clone(),
            Self::Key(above, key) => above.path(root).key(*key),
            Self::Index(above, index) => above.path(root).index(*index),
        }
    }
}

impl Shape {
    fn fits(&self, value: &Json) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Bool, Json::Bool(_))
            | (Self::Text | Self::Port, Json::String(_))
            | (Self::Texts | Self::Mapping(_), Json::Object(_))
            | (Self::List(_), Json::Array(_)) => true,
            (Self::Integer | Self::Port, Json::Number(number)) => {
                number.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            _ => false,
        }
    }

    /// Whether nothing of a value is left out.
    fn keeps_all(&self, value: &Json) -> bool {
        let is_kept = |shape: &Self, value: &Json| !value.is_null() && shape.keeps_all(value);
        self.fits(value)
            && match (self, value) {
                (Self::Mapping(name), Json::Object(map)) => {
                    let table = members(name);
                    map.iter().all(|(key, value)| is_kept(member(table, key), value))
                }
                (Self::Texts, Json::Object(map)) => map.values().all(|value| is_kept(&Self::Text, value)),
                (Self::List(element), Json::Array(items)) => items.iter().all(|item| is_kept(element, item)),
                (_, Json::Object(map)) => map.values().all(|value| is_kept(&Self::Any, value)),
                (_, Json::Array(items)) => items.iter().all(|item| Self::Any.keeps_all(item)),
                _ => true,
            }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Integer => "integer",
            Self::Text => "string",
            Self::Port => "integer or string",
            Self::Texts | Self::Mapping(_) => "mapping",
            Self::List(_) => "list",
            Self::Any => "value",
        }
    }

    fn empty(&self) -> Json {
        match self {
            Self::Mapping(_) | Self::Texts => json!({}),
            Self::List(_) => json!([]),
            Self::Integer => json!(-1),
            _ => json!(""),
        }
    }
}

fn word(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "list",
        Json::Object(_) => "mapping",
    }
}

fn leave_out_nulls(value: &mut Json) {
    match value {
        Json::Object(map) => map.retain(|_, value| {
            leave_out_nulls(value);
            !value.is_null()
        }),
        Json::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        _ => {}
    }
}
