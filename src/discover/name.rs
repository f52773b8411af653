//! Names: which files are wanted by their name, and how a path is written in reports.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use globset::GlobSet;

/// How names of files end that may hold something to judge, in any case. kubectl reads a file that is called `.yaml`, too.
const ENDS: [&str; 3] = [".yaml", ".yml", ".json"];

/// The one name of a kustomization without such an end.
const KUSTOMIZATION: &str = "Kustomization";

/// Where the kubelet of a kubeadm cluster looks for static pods, below the directory that acts as `/`.
/// <https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/>
const STATIC_PODS: &str = "etc/kubernetes/manifests";

/// Whether a file of this name is looked at wherever it lies.
pub fn is_wanted(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let ends_in = |end: &str| name.len().checked_sub(end.len()).and_then(|at| name.get(at..));
    ENDS.iter().any(|end| ends_in(end).is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes())))
        || name == KUSTOMIZATION.as_bytes()
}

/// Names of files that decide how a node runs, wherever they lie.
const NODE_FILES: [&str; 7] = [
    "sshd_config",
    "sysctl.conf",
    "kubelet.service",
    "kubeadm-flags.env",
    "kubelet.env",
    "10-kubeadm.conf",
    "user-data",
];

/// Directories whose `*.conf` are parts of such a file.
const NODE_DIRECTORIES: [&str; 3] = ["sshd_config.d", "sysctl.d", "kubelet.service.d"];

/// The same by the end of their paths.
const NODE_PATHS: [&str; 6] = [
    "etc/default/kubelet",
    "etc/sysconfig/kubelet",
    "kube-proxy/config.conf",
    "server/db/etcd/config",
    "etc/rancher/k3s/config.yaml",
    "etc/rancher/rke2/config.yaml",
];

/// Directories whose files k3s and RKE2 read behind their config.yaml.
const K3S_DROP_INS: [&str; 2] = ["etc/rancher/k3s/config.yaml.d", "etc/rancher/rke2/config.yaml.d"];

/// Whether a file decides how a node runs and is known by its name or place alone; it is no manifest then.
pub fn is_node_file(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let directory = path.parent().and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
    // Drop-ins of the kubelet's configuration: `--config-dir` has no default, `kubelet.conf.d` is what most call it.
    let is_drop_in = || directory.ends_with(".d") && path.iter().any(|part| part.to_string_lossy().contains("kubelet"));
    // To compare the last part first is much quicker than to take each path apart.
    let lies_in =
        |ends: &[&str], path: &Path, last: &str| ends.iter().any(|end| end.ends_with(last) && path.ends_with(end));
    NODE_FILES.contains(&name)
        || name.ends_with(".conf") && (NODE_DIRECTORIES.contains(&directory) || is_drop_in())
        || path.parent().is_some_and(|parent| lies_in(&K3S_DROP_INS, parent, directory))
        || lies_in(&NODE_PATHS, path, name)
}

/// Whether the kubelet runs what lies directly in this directory, given relative to the root.
pub fn is_static_pod_directory(root: &Path, directory: &Path, configured: &GlobSet) -> bool {
    root.join(directory).ends_with(STATIC_PODS) || configured.is_match(directory)
}

/// Whether the kubelet reads a file of this name in a static pod directory: any name that does not begin with a dot
/// (`[^.]*` in `extractFromDir`, <https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/kubelet/config/file.go>).
pub fn is_read_by_kubelet(name: &OsStr) -> bool {
    !name.as_encoded_bytes().starts_with(b".")
}

/// A relative path as reports write it: `/` between the parts, each byte that is not UTF-8 as `\u{FFFD}` and two hex digits.
///
/// Two paths are never written alike, because U+FFFD itself is written byte by byte as well.
pub fn shown(path: &Path) -> Arc<str> {
    let parts: Vec<String> = path.iter().map(shown_part).collect();
    parts.join("/").into()
}

fn shown_part(part: &OsStr) -> String {
    const UNREADABLE: char = char::REPLACEMENT_CHARACTER;
    let mut text = String::new();
    let escape = |text: &mut String, bytes: &[u8]| {
        bytes.iter().for_each(|byte| {
            let _ = write!(text, "{UNREADABLE}{byte:02x}");
        });
    };
    for chunk in part.as_encoded_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                UNREADABLE => escape(&mut text, UNREADABLE.to_string().as_bytes()),
                other => text.push(other),
            }
        }
        escape(&mut text, chunk.invalid());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_wanted_by_extension_in_any_case() {
        let table = [
            ("a.yaml", true),
            ("a.YAML", true),
            ("a.Yml", true),
            ("A.JSON", true),
            (".github.yml", true),
            ("yaml", false),
            (".yaml", true),
            ("Kustomization", true),
            ("a.yaml.bak", false),
            ("a.yaml~", false),
        ];
        for (name, expected) in table {
            assert_eq!(is_wanted(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn files_of_nodes_are_known_by_name_and_place() {
        let table = [
            ("sshd_config", true),
            ("node/etc/ssh/sshd_config.d/10-a.conf", true),
            ("etc/ssh/sshd_config.d/README", false),
            ("usr/lib/sysctl.d/50-default.conf", true),
            ("etc/systemd/system/kubelet.service.d/20-extra.conf", true),
            ("etc/kubernetes/kubelet.conf.d/10-a.conf", true),
            ("etc/kubernetes/kubelet.conf", false),
            ("a/etc/default/kubelet", true),
            ("default/kubelet", false),
            ("etc/nginx/conf.d/a.conf", false),
            ("n/etc/rancher/rke2/config.yaml", true),
            ("n/var/lib/rancher/rke2/server/db/etcd/config", true),
            ("etc/rancher/k3s/config.yaml.d/10-a.yaml", true),
            ("etc/rancher/k3s/audit.yaml", false),
            ("seed/user-data", true),
        ];
        for (path, expected) in table {
            assert_eq!(is_node_file(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn static_pod_directories() {
        let configured = GlobSet::builder().add(globset::Glob::new("nodes/*/manifests").unwrap()).build().unwrap();
        let table = [
            ("etc/kubernetes/manifests", true),
            ("node1/etc/kubernetes/manifests", true),
            ("node1/myetc/kubernetes/manifests", false),
            ("etc/kubernetes/manifests/old", false),
            ("nodes/a/manifests", true),
        ];
        for (directory, expected) in table {
            assert_eq!(
                is_static_pod_directory(Path::new("/repo"), Path::new(directory), &configured),
                expected,
                "{directory}"
            );
        }
        assert!(is_static_pod_directory(Path::new("/etc/kubernetes"), Path::new("manifests"), &configured));
    }

    #[cfg(unix)]
    #[test]
    fn paths_are_shown_uniquely() {
        use std::os::unix::ffi::OsStrExt;
        let show = |bytes: &[u8]| shown(Path::new(OsStr::from_bytes(bytes))).to_string();
        assert_eq!(show("ä/b\n.yaml".as_bytes()), "ä/b\n.yaml");
        assert_eq!(show(b"a\xff.yaml"), "a\u{FFFD}ff.yaml");
        assert_ne!(show(b"a\xff.yaml"), show("a\u{FFFD}ff.yaml".as_bytes()));
        assert_ne!(show(b"a\xff.yaml"), show(b"a\xfe.yaml"));
    }
}
