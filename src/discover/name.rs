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
