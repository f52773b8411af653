//! The versions of Kubernetes and etcd, as far as defaults depend on them.

use std::fmt;

/// Major and minor version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// `1` of 1.33.
    pub major: u16,
    /// `33` of 1.33.
    pub minor: u16,
}

impl Version {
    /// A version from its two numbers.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `1.33`, `v1.33.4`, `v1.33.4+k3s1`, `3.5.21-0`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (major, rest) = text.split_once('.')?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (minor, tail) = rest.split_at(end);
        let ended = tail.is_empty() || tail.starts_with(['.', '-', '+']);
        ended.then_some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }

    /// Reads the tag of an image: `registry.k8s.io/kube-apiserver:v1.33.0@sha256:…`.
    pub fn of_image(image: &str) -> Option<Self> {
        let name = image.split('@').next()?;
        let (_, tag) = name.rsplit_once('/').unwrap_or(("", name)).1.split_once(':')?;
        Self::parse(tag)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_texts_and_images() {
        assert_eq!(Version::parse("v1.33.4+k3s1"), Some(Version::new(1, 33)));
        assert_eq!(Version::parse("1.33"), Some(Version::new(1, 33)));
        assert_eq!(Version::parse("latest"), None);
        assert_eq!(Version::parse("1.x"), None);
        assert_eq!(Version::of_image("registry.k8s.io:5000/etcd:3.5.21-0"), Some(Version::new(3, 5)));
        assert_eq!(Version::of_image("registry.k8s.io/kube-apiserver@sha256:00"), None);
        assert_eq!(Version::of_image("kube-apiserver:{{ tag }}"), None);
    }
}
