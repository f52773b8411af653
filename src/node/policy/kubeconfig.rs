//! A kubeconfig as the components load it (k8s.io/client-go/tools/clientcmd): the server that is talked to, and as whom.

use std::sync::Arc;

use serde::Serialize;

use crate::model::Source;
use crate::node::Note;
use crate::node::version::Version;
use crate::node::view::View;

use super::{Format, Loaded};

/// The flags that name a kubeconfig.
pub const FLAGS: [&str; 7] = [
    "audit-webhook-config-file",
    "authentication-kubeconfig",
    "authentication-token-webhook-config-file",
    "authorization-kubeconfig",
    "authorization-webhook-config-file",
    "bootstrap-kubeconfig",
    "kubeconfig",
];

/// What the current context of a kubeconfig comes to.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kubeconfig {
    /// The address of the server.
    pub server: String,
    /// Whether the server's certificate is taken unseen.
    pub insecure_skip_tls_verify: bool,
    /// Whether the file names an authority for that certificate.
    pub has_authority: bool,
    /// How the user is known: `certificate`, `token`, `password`, `exec` or `none`.
    pub credentials: &'static str,
}

const FORMAT: Format = Format { kind: "Config", accepted: &[("v1", "Config"), ("", "")], strict: false };

/// Ways to sign in, by the keys that choose them.
const CREDENTIALS: [(&str, &str); 7] = [
    ("exec", "exec"),
    ("client-certificate", "certificate"),
    ("client-certificate-data", "certificate"),
    ("token", "token"),
    ("tokenFile", "token"),
    ("password", "password"),
    ("auth-provider", "exec"),
];

/// Loads the text of a file.
pub fn load(source: &Arc<Source>, version: Option<Version>) -> Loaded<Kubeconfig> {
    super::load(source, &FORMAT, version, read)
}

fn read(root: View<'_>, refused: &mut Vec<Note>) -> Kubeconfig {
    let Some(context) = named(root, "contexts", root.text("current-context"), "context", "current-context", refused)
    else {
        return Kubeconfig::default();
    };
    let cluster = named(root, "clusters", context.text("cluster"), "cluster", "clusters", refused);
    let user = named(root, "users", context.text("user"), "user", "users", refused);
    if let Some(cluster) = cluster.filter(|cluster| cluster.text("server").is_empty()) {
        refused.push(cluster.problem("the cluster has no `server`"));
    }
    let way = |user: View<'_>| CREDENTIALS.iter().find(|(key, _)| user.get(key).is_some()).map(|(_, way)| *way);
    let is_set = |key: &str| cluster.is_some_and(|cluster| cluster.get(key).is_some());
    Kubeconfig {
        server: cluster.map_or("", |cluster| cluster.text("server")).to_owned(),
        insecure_skip_tls_verify: cluster.and_then(|cluster| cluster.boolean("insecure-skip-tls-verify")) == Some(true),
        has_authority: is_set("certificate-authority") || is_set("certificate-authority-data"),
        credentials: user.and_then(way).unwrap_or("none"),
    }
}

/// The element of a list that has a name; it has to be there.
fn named<'a>(
    root: View<'a>,
    list: &str,
    name: &str,
    member: &str,
    at: &str,
    refused: &mut Vec<Note>,
) -> Option<View<'a>> {
    let found = root.items(list).into_iter().find(|element| element.text("name") == name && !name.is_empty());
    let found = found.and_then(|element| element.get(member));
    if found.is_none() {
        refused.push(root.problem_of(at, format!("there is no {member} `{name}` among `{list}`")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Loaded<Kubeconfig> {
        load(&Arc::new(Source::new("kubelet.conf", text)), None)
    }

    const GOOD: &str = "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://192.0.2.1:6443', insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {client-certificate: /x}}]\n";

    #[test]
    fn the_current_context_counts() {
        let loaded = load_text(GOOD);
        assert!(loaded.is_accepted(), "{:?}", loaded.refused);
        let value = loaded.value.unwrap();
        assert_eq!((value.server.as_str(), value.credentials), ("https://192.0.2.1:6443", "certificate"));
        assert!(value.insecure_skip_tls_verify && !value.has_authority);
    }

    #[test]
    fn what_is_not_there_is_refused_with_a_line() {
        let table = [
            (GOOD.replace("current-context: a", "current-context: b"), 3),
            (GOOD.replace("cluster: c,", "cluster: d,"), 5),
            (GOOD.replace("server:", "address:"), 5),
            (GOOD.replace("kind: Config", "kind: Pod"), 2),
            ("a: [".to_owned(), 1),
        ];
        for (text, line) in table {
            let refused = load_text(&text).refused;
            assert_eq!(refused[0].place.as_ref().unwrap().region().start.line(), line, "{text}: {refused:?}");
        }
    }
}
