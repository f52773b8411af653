//! The version of a cluster.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

/// A minor version of Kubernetes, as `1.33`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct KubernetesVersion {
    /// 1.
    pub major: u32,
    /// 33.
    pub minor: u32,
}

impl FromStr for KubernetesVersion {
    type Err = String;

    /// Reads `1.33`, and also `v1.33.2` as a cluster reports it; the patch level does not count.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.').map(str::parse);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(format!("`{text}` is no version of Kubernetes: write it as `1.33`")),
        }
    }
}

impl TryFrom<String> for KubernetesVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        let parse = |text: &str| text.parse::<KubernetesVersion>();
        assert!(parse("1.9").unwrap() < parse("1.33").unwrap());
        assert_eq!(parse("v1.33.2+k3s1").unwrap().to_string(), "1.33");
        for text in ["", "1", "v", "1.x", "latest", "1.-3"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
