//! The file of `--authorization-config`: the authorizers, in the order in which they are asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::model::{Location, Source};
use crate::node::Note;
use crate::node::go;
use crate::node::name::is_subdomain;
use crate::node::version::Version;
use crate::node::view::View;

use super::{Format, Loaded};

const FORMAT: Format = Format {
    kind: "AuthorizationConfiguration",
    accepted: &[
        ("apiserver.config.k8s.io/v1", "AuthorizationConfiguration"),
        ("apiserver.config.k8s.io/v1beta1", "AuthorizationConfiguration"),
        ("apiserver.config.k8s.io/v1alpha1", "AuthorizationConfiguration"),
    ],
    strict: true,
};

/// An authorization configuration.
#[derive(Debug, Clone, Serialize)]
pub struct Authorization {
    /// The authorizers, in order.
    pub authorizers: Vec<Authorizer>,
}

/// An authorizer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorizer {
    /// `Node`, `RBAC`, `Webhook`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What a webhook that fails amounts to: `Deny` or `NoOpinion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_policy: Option<String>,
    /// Where it is written.
    #[serde(skip)]
    pub place: Location,
}

/// Loads an authorization configuration. CEL expressions are not compiled.
pub fn load(source: &Arc<Source>, version: Option<Version>) -> Loaded<Authorization> {
    super::load(source, &FORMAT, version, read)
}

fn read(view: View<'_>, refused: &mut Vec<Note>) -> Authorization {
    let items = view.items("authorizers");
    if items.is_empty() {
        refused.push(view.problem_of("authorizers", "at least one authorizer is needed"));
    }
    let (mut kinds, mut names) = (BTreeSet::new(), BTreeSet::new());
    for &item in &items {
        check(item, &mut kinds, &mut names, refused);
    }
    Authorization { authorizers: items.into_iter().map(authorizer).collect() }
}

fn authorizer(view: View<'_>) -> Authorizer {
    Authorizer {
        kind: view.text("type").to_owned(),
        name: view.text("name").to_owned(),
        failure_policy: view.get("webhook").map(|webhook| webhook.text("failurePolicy").to_owned()),
        place: view.place(),
    }
}

/// `ValidateAuthorizationConfiguration`.
fn check<'a>(view: View<'a>, kinds: &mut BTreeSet<&'a str>, names: &mut BTreeSet<&'a str>, refused: &mut Vec<Note>) {
    const KINDS: [&str; 6] = ["ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"];
    let (kind, name) = (view.text("type"), view.text("name"));
    if !KINDS.contains(&kind) {
        refused.push(view.problem_of("type", format!("`{kind}` is no type of authorizer")));
        return;
    }
    if !kinds.insert(kind) && kind != "Webhook" {
        refused.push(view.problem_of("type", format!("only one authorizer can be of type `{kind}`")));
        return;
    }
    if !is_subdomain(name) {
        refused.push(view.problem_of("name", format!("`{name}` is not the name of an authorizer")));
    } else if !names.insert(name) {
        refused.push(view.problem_of("name", format!("two authorizers have the name `{name}`")));
    }
    match (kind, view.get("webhook")) {
        ("Webhook", Some(webhook)) => check_webhook(webhook, refused),
        ("Webhook", None) => refused.push(view.problem("an authorizer of type `Webhook` needs `webhook`")),
        (_, Some(webhook)) => refused.push(webhook.problem(format!("an authorizer of type `{kind}` has no `webhook`"))),
        (_, None) => {}
    }
}

/// `ValidateWebhookConfiguration`.
fn check_webhook(view: View<'_>, refused: &mut Vec<Note>) {
    let seconds = |key: &str| view.get(key).and_then(|value| go::duration(value.as_text())).unwrap_or(0);
    const LONGEST: i64 = 30_000_000_000;
    if seconds("timeout") <= 0 || seconds("timeout") > LONGEST {
        refused.push(view.problem_of("timeout", "the timeout has to be above 0s and at most 30s"));
    }
    for key in ["authorizedTTL", "unauthorizedTTL"] {
        if seconds(key) < 0 {
            refused.push(view.problem_of(key, format!("`{key}` has to be positive")));
        }
    }
    let conditions = view.items("matchConditions");
    let needed = !conditions.is_empty();
    let words: [(&str, &[&str], bool); 3] = [
        ("subjectAccessReviewVersion", &["v1", "v1beta1"], true),
        ("matchConditionSubjectAccessReviewVersion", &["v1"], needed),
        ("failurePolicy", &["NoOpinion", "Deny"], true),
    ];
    for (key, allowed, required) in words {
        let word = view.text(key);
        if (required || !word.is_empty()) && !allowed.contains(&word) {
            refused.push(view.problem_of(key, format!("`{key}` has to be {}", allowed.join(" or "))));
        }
    }
    check_connection(view, refused);
    let mut seen = BTreeSet::new();
    for condition in conditions {
        let expression = condition.text("expression");
        if expression.trim().is_empty() || !seen.insert(expression) {
            refused.push(condition.problem("a match condition needs an expression of its own"));
        }
    }
}

fn check_connection(view: View<'_>, refused: &mut Vec<Note>) {
    let connection = view.get("connectionInfo");
    let (kind, file) = connection.map_or(("", None), |info| (info.text("type"), info.get("kubeConfigFile")));
    let at = connection.unwrap_or(view);
    match (kind, file) {
        ("InClusterConfig", None) => {}
        ("InClusterConfig", Some(file)) => refused.push(file.problem("only the type `KubeConfigFile` has a file")),
        ("KubeConfigFile", Some(file)) if file.as_text().starts_with('/') => {}
        ("KubeConfigFile", _) => refused.push(at.problem_of("kubeConfigFile", "an absolute path is needed")),
        _ => refused.push(at.problem_of("type", format!("`{kind}` is neither `KubeConfigFile` nor `InClusterConfig`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(authorizers: &str) -> Loaded<Authorization> {
        let head = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n";
        load(&Arc::new(Source::new("a.yaml", format!("{head}{authorizers}"))), None)
    }

    #[test]
    fn authorizers_are_read_in_order_and_checked() {
        let webhook = "- type: Webhook\n  name: w\n  webhook: {timeout: 3s, subjectAccessReviewVersion: v1, failurePolicy: Deny, connectionInfo: {type: InClusterConfig}}\n";
        let loaded = config(&format!("- {{type: Node, name: node}}\n- {{type: RBAC, name: rbac}}\n{webhook}"));
        assert!(loaded.is_accepted(), "{:?}", loaded.refused);
        assert_eq!(loaded.value.unwrap().authorizers[2].failure_policy.as_deref(), Some("Deny"));
        for bad in [
            "[]\n",
            "- {type: Rbac, name: a}\n",
            "- {type: RBAC, name: A}\n",
            "- {type: RBAC, name: a, webhook: {}}\n",
            "- {type: Webhook, name: a}\n",
        ] {
            assert_eq!(config(bad).refused.len(), 1, "{bad}");
        }
    }
}
