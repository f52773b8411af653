//! Files that are known for what they are. A name never hides an object: it only says what a document that is none is.

use std::collections::BTreeSet;

/// The directories that hold a Helm chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Charts(BTreeSet<String>);

impl Charts {
    /// The name of the file that makes its directory a chart.
    pub const FILE_NAME: &str = "Chart.yaml";

    /// Whether a file makes its directory a chart.
    pub fn is_one(path: &str) -> bool {
        split(path).1 == Self::FILE_NAME
    }

    /// The charts among the paths of a repository.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let directories = paths.into_iter().filter(|path| Self::is_one(path)).map(|path| split(path).0.to_owned());
        Self(directories.collect())
    }

    /// Whether Helm renders this file: it is below `templates/` of a chart.
    pub fn is_template(&self, path: &str) -> bool {
        self.0.iter().any(|chart| below(chart, path).is_some_and(|inside| inside.starts_with("templates/")))
    }

    fn holds_directly(&self, directory: &str) -> bool {
        self.0.contains(directory)
    }
}

/// What a file is by its name and place, when no document in it is an object.
pub fn by_name(path: &str, charts: &Charts) -> Option<&'static str> {
    let (directory, name) = split(path);
    let lower = name.to_ascii_lowercase();
    let stem = lower.rsplit_once('.').map_or(&*lower, |(stem, _)| stem);
    if charts.is_template(path) {
        return Some("a part of a Helm chart");
    }
    if charts.holds_directly(directory) && (stem.starts_with("values") || stem.ends_with("values")) {
        return Some("Helm values");
    }
    match stem {
        "chart" | "requirements" if charts.holds_directly(directory) => Some("a Helm chart's description"),
        "kustomization" => Some("a kustomization"),
        "portcullis" | ".portcullis" => Some("portcullis' own configuration"),
        ".gitlab-ci" | "azure-pipelines" | ".travis" | "bitbucket-pipelines" | "cloudbuild" | "appveyor" | ".drone" => {
            Some("a CI configuration")
        }
        ".pre-commit-config" | ".pre-commit-hooks" => Some("a pre-commit configuration"),
        "package" | "package-lock" | "tsconfig" | "composer" => Some("a JavaScript or PHP project file"),
        "mkdocs" | ".golangci" | ".yamllint" | "codecov" | ".codecov" | "dependabot" => Some("a tool's configuration"),
        _ if stem.starts_with("docker-compose") || stem.starts_with("compose") => Some("a compose file"),
        _ if directory.ends_with(".github/workflows") || directory.ends_with(".circleci") => Some("a CI configuration"),
        _ => None,
    }
}

/// Whether a text is user data of cloud-init, which begins with these words.
pub fn looks_like_user_data(text: &str) -> bool {
    text.trim_start().starts_with("#cloud-config")
}

/// Whether a text that cannot be parsed was meant to be a manifest: a line begins, but for indentation and list or JSON
/// punctuation, with the key `apiVersion` or `kind`.
pub fn looks_like_a_manifest(text: &str) -> bool {
    let key = |line: &str| {
        let start = line
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '{' | '[' | ',' | '"' | '\'' | '?'));
        ["apiVersion", "kind"].iter().find_map(|key| {
            let rest = start.strip_prefix(key)?.trim_start_matches(['"', '\'']).trim_start();
            rest.starts_with(':').then_some(*key)
        })
    };
    text.split(['\n', '\r', '{', ',']).filter_map(key).take(1).count() == 1
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn below<'a>(directory: &str, path: &'a str) -> Option<&'a str> {
    if directory.is_empty() { Some(path) } else { path.strip_prefix(directory)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_lie_below_a_chart() {
        let charts = Charts::new(["web/Chart.yaml", "web/templates/a.yaml", "other/templates/b.yaml"]);
        assert!(charts.is_template("web/templates/a.yaml"));
        assert!(charts.is_template("web/templates/sub/a.yaml"));
        assert!(!charts.is_template("other/templates/b.yaml"));
        assert!(!charts.is_template("web2/templates/b.yaml"));
        assert!(Charts::new(["Chart.yaml"]).is_template("templates/a.yaml"));
    }

    #[test]
    fn names_tell_what_is_no_object() {
        let charts = Charts::new(["web/Chart.yaml"]);
        assert_eq!(by_name("web/values-prod.yaml", &charts), Some("Helm values"));
        assert_eq!(by_name("values.yaml", &charts), None);
        assert_eq!(by_name("a/docker-compose.override.yml", &charts), Some("a compose file"));
        assert_eq!(by_name(".github/workflows/ci.yaml", &charts), Some("a CI configuration"));
    }

    #[test]
    fn a_broken_manifest_is_seen_as_one() {
        assert!(looks_like_a_manifest("apiVersion: v1\n\tkind: Pod\n"));
        assert!(looks_like_a_manifest("{\"kind\": \"Pod\","));
        assert!(looks_like_a_manifest("- apiVersion : v1"));
        assert!(!looks_like_a_manifest("# kind: Pod\nname: [x\n"));
        assert!(!looks_like_a_manifest("mankind: 1\nkindness: [\n"));
    }
}
