//! The file of `--authentication-config`: who may come in without a name, and whose tokens are believed.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::model::Source;
use crate::node::Note;
use crate::node::version::Version;
use crate::node::view::View;

use super::{Format, Loaded};

const FORMAT: Format = Format {
    kind: "AuthenticationConfiguration",
    accepted: &[
        ("apiserver.config.k8s.io/v1beta1", "AuthenticationConfiguration"),
        ("apiserver.config.k8s.io/v1alpha1", "AuthenticationConfiguration"),
    ],
    strict: true,
};

/// With the version in which v1 came.
const FORMAT_1_34: Format = Format {
    accepted: &[
        ("apiserver.config.k8s.io/v1", "AuthenticationConfiguration"),
        ("apiserver.config.k8s.io/v1beta1", "AuthenticationConfiguration"),
        ("apiserver.config.k8s.io/v1alpha1", "AuthenticationConfiguration"),
    ],
    ..FORMAT
};

/// An authentication configuration.
#[derive(Debug, Clone, Serialize)]
pub struct Authentication {
    /// Anonymous requests; `None` leaves them to `--anonymous-auth`.
    pub anonymous: Option<Anonymous>,
    /// The issuers whose tokens are believed.
    pub issuers: Vec<Issuer>,
}

/// Whether requests without credentials are let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anonymous {
    /// Whether at all.
    pub enabled: bool,
    /// The paths for which; empty for all.
    pub paths: Vec<String>,
}

/// An issuer of tokens.
#[derive(Debug, Clone, Serialize)]
pub struct Issuer {
    /// Its URL.
    pub url: String,
    /// The audiences for which its tokens are believed.
    pub audiences: Vec<String>,
}

/// Loads an authentication configuration. CEL expressions are not compiled, and certificates not read.
pub fn load(source: &Arc<Source>, version: Option<Version>) -> Loaded<Authentication> {
    let newer = version.is_none_or(|version| version >= Version::new(1, 34));
    super::load(source, if newer { &FORMAT_1_34 } else { &FORMAT }, version, read)
}

fn read(view: View<'_>, refused: &mut Vec<Note>) -> Authentication {
    const MOST: usize = 64;
    let authenticators = view.items("jwt");
    if authenticators.len() > MOST {
        refused.push(view.problem_of("jwt", format!("at most {MOST} issuers are allowed")));
    }
    let mut urls = BTreeSet::new();
    let issuers = authenticators.into_iter().map(|entry| issuer(entry, &mut urls, refused)).collect();
    let anonymous = view.get("anonymous").map(|anonymous| read_anonymous(anonymous, refused));
    Authentication { anonymous, issuers }
}

fn read_anonymous(view: View<'_>, refused: &mut Vec<Note>) -> Anonymous {
    let enabled = view.boolean("enabled").unwrap_or_default();
    let paths: Vec<_> =
        view.items("conditions").into_iter().map(|condition| condition.text("path").to_owned()).collect();
    if !enabled && !paths.is_empty() {
        refused.push(view.problem_of("conditions", "conditions need `enabled: true`"));
    }
    Anonymous { enabled, paths }
}

/// `validateJWTAuthenticator`.
fn issuer<'a>(entry: View<'a>, urls: &mut BTreeSet<&'a str>, refused: &mut Vec<Note>) -> Issuer {
    let view = entry.get("issuer").unwrap_or(entry);
    let url = view.text("url");
    if !is_issuer_url(url) {
        refused.push(
            view.problem_of("url", "the URL of an issuer begins with `https://` and has no user, query or fragment"),
        );
    }
    if !urls.insert(url) {
        refused.push(view.problem_of("url", format!("two issuers have the URL `{url}`")));
    }
    let discovery = view.text("discoveryURL");
    if !discovery.is_empty()
        && (!is_issuer_url(discovery) || discovery.trim_end_matches('/') == url.trim_end_matches('/'))
    {
        refused.push(view.problem_of("discoveryURL", "the discovery URL is a https URL other than that of the issuer"));
    }
    check_audiences(view, refused);
    check_claims(entry, refused);
    Issuer { url: url.to_owned(), audiences: view.strings("audiences") }
}

fn is_issuer_url(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.contains('@') && !rest.contains(['?', '#', ' '])
    })
}

fn check_audiences(view: View<'_>, refused: &mut Vec<Note>) {
    let audiences = view.items("audiences");
    let unique: BTreeSet<_> = audiences.iter().map(|audience| audience.as_text()).collect();
    if audiences.is_empty() || unique.contains("") || unique.len() < audiences.len() {
        refused.push(view.problem_of("audiences", "an issuer needs audiences, none of them empty or named twice"));
    }
    let policy = view.text("audienceMatchPolicy");
    if policy != "MatchAny" && (audiences.len() > 1 || !policy.is_empty()) {
        refused.push(view.problem_of("audienceMatchPolicy", "the policy for several audiences is `MatchAny`"));
    }
}

fn check_claims(entry: View<'_>, refused: &mut Vec<Note>) {
    let mappings = entry.get("claimMappings");
    let username = mappings.and_then(|mappings| mappings.get("username"));
    if username.is_none_or(|claim| claim.text("claim").is_empty() && claim.text("expression").is_empty()) {
        refused.push(username.or(mappings).unwrap_or(entry).problem("the user name needs a claim or an expression"));
    }
    for key in ["username", "groups", "uid"] {
        let Some(mapping) = mappings.and_then(|mappings| mappings.get(key)) else { continue };
        let (claim, expression) = (!mapping.text("claim").is_empty(), !mapping.text("expression").is_empty());
        let prefix = mapping.get("prefix").is_some();
        if claim && expression {
            refused.push(mapping.problem("a claim and an expression cannot both be set"));
        } else if key != "uid" && ((claim && !prefix) || (expression && prefix)) {
            refused.push(mapping.problem("a claim needs a prefix, which may be empty, and an expression has none"));
        }
    }
    for rule in entry.items("claimValidationRules") {
        let (claim, expression) = (!rule.text("claim").is_empty(), !rule.text("expression").is_empty());
        if claim == expression {
            refused.push(rule.problem("a rule needs either a claim or an expression"));
        } else if claim && !rule.text("message").is_empty() || expression && !rule.text("requiredValue").is_empty() {
            refused.push(rule.problem("a claim has a required value, an expression a message"));
        }
    }
    for rule in entry.items("userValidationRules") {
        if rule.text("expression").is_empty() {
            refused.push(rule.problem("a rule needs an expression"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Loaded<Authentication> {
        let head = "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\n";
        load(&Arc::new(Source::new("a.yaml", format!("{head}{text}"))), Some(Version::new(1, 33)))
    }

    #[test]
    fn anonymous_requests_can_be_limited_to_paths() {
        let loaded = config("anonymous: {enabled: true, conditions: [{path: /livez}]}\n");
        assert!(loaded.is_accepted());
        assert_eq!(loaded.value.unwrap().anonymous.unwrap().paths, ["/livez"]);
        assert_eq!(config("anonymous: {enabled: false, conditions: [{path: /livez}]}\n").refused.len(), 1);
        assert_eq!(config("anonymous: {enable: true}\n").refused.len(), 1);
    }

    #[test]
    fn issuers_are_checked() {
        let jwt = |url: &str, claims: &str| {
            format!("jwt: [{{issuer: {{url: '{url}', audiences: [a]}}, claimMappings: {{username: {claims}}}}}]\n")
        };
        assert!(config(&jwt("https://a.example", "{claim: sub, prefix: ''}")).is_accepted());
        assert_eq!(config(&jwt("http://a.example", "{claim: sub, prefix: ''}")).refused.len(), 1);
        assert_eq!(config(&jwt("https://a.example", "{claim: sub}")).refused.len(), 1);
        assert_eq!(config(&jwt("https://a.example", "{}")).refused.len(), 1);
    }
}
