//! What the files say that `init` writes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Where the schemas of this version are.
const SCHEMAS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/v", env!("CARGO_PKG_VERSION"), "/schemas");

/// Directories whose directories are clusters.
const FOLDERS: [&str; 3] = ["clusters", "environments", "envs"];

/// A cluster that a directory stands for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The name of the directory.
    pub name: String,
    /// The directory; several where more than one folder has it.
    pub paths: Vec<String>,
    /// Its version of Kubernetes, as `1.33`.
    pub kubernetes: Option<String>,
    /// Its platform.
    pub platform: Option<String>,
}

/// The clusters of the files that are judged: `clusters/prod/web.yaml` is of cluster `prod`.
pub fn clusters<'a>(files: impl Iterator<Item = &'a str>) -> Vec<Cluster> {
    let mut clusters: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in files {
        let mut parts = file.splitn(3, '/');
        let (Some(folder), Some(name), Some(_)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let path = format!("{folder}/{name}");
        // What is a pattern to the configuration cannot be named in it.
        if FOLDERS.contains(&folder) && !path.contains(['*', '?', '[', '{', '\\']) {
            let paths = clusters.entry(name).or_default();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    clusters.into_iter().map(|(name, paths)| Cluster { name: name.to_owned(), paths, ..Cluster::default() }).collect()
}

/// `portcullis.yaml`.
pub fn configuration(clusters: &[Cluster]) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema={SCHEMAS}/config.json\n\
         # What is judged, and what shuts the gate. Every key: docs/guide/configuration.md of portcullis.\n\
         profile: default\n"
    );
    if !clusters.is_empty() {
        text.push_str("# A file belongs to the first cluster whose paths match it.\nclusters:\n");
    }
    for Cluster { name, paths, kubernetes, platform } in clusters {
        let paths: Vec<String> = paths.iter().map(|path| word(path)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {}:\n    paths: [{}]", word(name), paths.join(", "));
        if let Some(kubernetes) = kubernetes {
            let _ = writeln!(text, "    kubernetes: \"{kubernetes}\"");
        }
        if let Some(platform) = platform {
            let _ = writeln!(text, "    platform: {platform}");
        }
    }
    text.push_str(
        "gate:\n\
         \x20 fail_on: medium      # the severity from which a new finding shuts the gate\n\
         \x20 warn_before: 14d     # how long before its review date an exception is announced\n\
         \x20 grace: 30d           # for how long the findings of a new policy are warnings, once portcullis.lock has it\n",
    );
    text
}

/// `portcullis-exceptions.yaml`.
pub fn exceptions() -> String {
    format!(
        "# yaml-language-server: $schema={SCHEMAS}/exceptions.json\n\
         # Findings whose risk somebody accepts until a day. `portcullis exceptions add` writes an entry, `exceptions explain` shows\n\
         # what each one covers. An entry has at least:\n\
         #\n\
         #   - check_id: privileged-container     # a control, or the number of a check as 5.2.3\n\
         #     reason: loads kernel modules\n\
         #     owner: platform-team\n\
         #     review_date: 2030-01-31            # the last day on which it holds\n\
         #     kind: DaemonSet                    # and what narrows it: cluster, file, kind, namespace, name, container, path, image\n\
         exceptions:\n"
    )
}

/// `.gitattributes` with lines that make git merge these files line by line, and how many there are more; none if all are there.
pub fn attributes(old: &[u8], files: &[String]) -> Option<(Vec<u8>, usize)> {
    let text = String::from_utf8_lossy(old);
    let has =
        |file: &str| text.lines().any(|line| line.split_whitespace().next() == Some(file) && line.contains("merge="));
    let lines: Vec<String> =
        files.iter().filter(|file| !has(file)).map(|file| format!("{file} merge=union\n")).collect();
    let end: &[u8] = if old.is_empty() || old.ends_with(b"\n") { b"" } else { b"\n" };
    (!lines.is_empty()).then(|| ([old, end, lines.concat().as_bytes()].concat(), lines.len()))
}

/// What to do next.
pub fn next(written: usize, steps: &[&str], is_dry: bool, out: &mut dyn Write) -> io::Result<()> {
    if is_dry {
        return writeln!(out, "\nNothing was written; the same command without --dry-run writes.");
    }
    if written == 0 {
        return writeln!(out, "\nAll of it is there; --force writes it anew.");
    }
    let commit = "commit these files; from then on, only new findings shut the gate";
    let more = "`portcullis check` judges, `portcullis baseline show` lists what is known, to be cured bit by bit";
    writeln!(out, "\nNext:")?;
    let steps = std::iter::once(commit).chain(steps.iter().copied()).chain([more]);
    steps.enumerate().try_for_each(|(number, step)| writeln!(out, "  {}. {step}", number + 1))
}

/// A word of YAML, in quotes where it needs them.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain);
    let is_other =
        matches!(text.to_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null");
    if is_name && !is_other { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_clusters_is_seen() {
        let files = [
            "clusters/prod/a.yaml",
            "clusters/dev/b/a.yaml",
            "envs/prod/a.yaml",
            "clusters/a.yaml",
            "web/prod/a.yaml",
            "clusters/*/a.yaml",
        ];
        let found = clusters(files.into_iter());
        let named: Vec<_> = found.iter().map(|cluster| (cluster.name.as_str(), cluster.paths.join(" "))).collect();
        assert_eq!(named, [("dev", "clusters/dev".to_owned()), ("prod", "clusters/prod envs/prod".to_owned())]);
    }

    #[test]
    fn words_are_quoted_where_they_would_be_something_else() {
        for (text, expected) in [
            ("prod", "prod"),
            ("on", "\"on\""),
            ("1.2", "\"1.2\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("a/b.c", "a/b.c"),
        ] {
            assert_eq!(word(text), expected);
        }
    }

    #[test]
    fn attributes_are_added_once() {
        let files = ["a.jsonl".to_owned(), "b.lock".to_owned()];
        let (text, more) = attributes(b"*.md text\na.jsonl merge=ours", &files).unwrap();
        assert_eq!((text.as_slice(), more), (&b"*.md text\na.jsonl merge=ours\nb.lock merge=union\n"[..], 1));
        assert_eq!(attributes(&text, &files), None);
        assert_eq!(attributes(b"", &files).unwrap().1, 2);
    }
}
