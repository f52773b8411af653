//! The audit policy of `--audit-policy-file`: which requests are logged, and how much of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::model::{Location, Source};
use crate::node::Note;
use crate::node::version::Version;
use crate::node::view::View;

use super::{Format, Loaded};

const FORMAT: Format = Format { kind: "Policy", accepted: &[("audit.k8s.io/v1", "Policy")], strict: false };

/// An audit policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditPolicy {
    /// The rules, of which the first that matches decides.
    pub rules: Vec<Rule>,
    /// Stages that no rule logs.
    pub omit_stages: BTreeSet<String>,
    /// Whether managed fields are left out where a rule does not say.
    pub omit_managed_fields: bool,
}

/// A rule. Empty lists match everything.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// How much is logged.
    pub level: Level,
    /// Names of users.
    pub users: Vec<String>,
    /// Groups of users.
    pub user_groups: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
    /// Resources by API group.
    pub resources: Vec<Resources>,
    /// Namespaces; `""` for what has none.
    pub namespaces: Vec<String>,
    /// Paths that are no resources, possibly ending in `*`.
    #[serde(rename = "nonResourceURLs")]
    pub non_resource_urls: Vec<String>,
    /// Stages that are not logged, those of the policy included.
    pub omit_stages: BTreeSet<String>,
    /// Whether managed fields are left out.
    pub omit_managed_fields: bool,
    /// Where the rule is written.
    #[serde(skip)]
    pub place: Location,
}

/// Resources of one API group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// The group, empty for the core group.
    pub group: String,
    /// Resources and subresources; empty for all of them.
    pub resources: Vec<String>,
    /// Names of objects; empty for all of them.
    pub resource_names: Vec<String>,
}

/// How much of a request is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Level {
    /// Nothing.
    None,
    /// Who, what and when.
    Metadata,
    /// The body of the request as well.
    Request,
    /// The body of the response as well.
    RequestResponse,
}

/// A request to the API server.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Who asks.
    pub user: String,
    /// The groups of who asks.
    pub groups: Vec<String>,
    /// `get`, `create`, ….
    pub verb: String,
    /// The API group.
    pub group: String,
    /// The resource.
    pub resource: String,
    /// The subresource, or nothing.
    pub subresource: String,
    /// The namespace, or nothing.
    pub namespace: String,
    /// The object, or nothing.
    pub name: String,
    /// The path of a request that is for no resource; empty for resources.
    pub path: String,
}

/// What the policy says about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// How much is logged.
    pub level: Level,
    /// The rule that decides, from 0; `None` when none matches.
    pub rule: Option<usize>,
    /// Stages that are not logged.
    pub omit_stages: &'a BTreeSet<String>,
    /// Whether managed fields are left out.
    pub omit_managed_fields: bool,
}

/// Loads an audit policy. Unknown fields and duplicate keys only cause a warning.
pub fn load(source: &Arc<Source>, version: Option<Version>) -> Loaded<AuditPolicy> {
    super::load(source, &FORMAT, version, read)
}

impl AuditPolicy {
    /// What is logged of a request; nothing when no rule matches.
    pub fn decide(&self, request: &Request) -> Decision<'_> {
        let found = self.rules.iter().enumerate().find(|(_, rule)| rule.matches(request));
        match found {
            Some((index, rule)) => Decision {
                level: rule.level,
                rule: Some(index),
                omit_stages: &rule.omit_stages,
                omit_managed_fields: rule.omit_managed_fields,
            },
            None => Decision {
                level: Level::None,
                rule: None,
                omit_stages: &self.omit_stages,
                omit_managed_fields: self.omit_managed_fields,
            },
        }
    }

    /// Whether no rule logs anything, so that there is no audit at all.
    pub fn is_silent(&self) -> bool {
        self.rules.iter().all(|rule| rule.level == Level::None)
    }
}

impl Rule {
    /// Whether the rule is for a request (k8s.io/apiserver/pkg/audit/policy, `ruleMatches`).
    pub fn matches(&self, request: &Request) -> bool {
        let any = |list: &[String], value: &str| list.is_empty() || list.iter().any(|item| item == value);
        let groups = self.user_groups.is_empty() || request.groups.iter().any(|group| self.user_groups.contains(group));
        if !(any(&self.users, &request.user) && groups && any(&self.verbs, &request.verb)) {
            return false;
        }
        let for_resource = request.path.is_empty();
        if !self.namespaces.is_empty() || !self.resources.is_empty() {
            let resources = self.resources.is_empty() || self.resources.iter().any(|group| group.matches(request));
            return for_resource && any(&self.namespaces, &request.namespace) && resources;
        }
        self.non_resource_urls.is_empty()
            || (!for_resource && self.non_resource_urls.iter().any(|spec| path_matches(&request.path, spec)))
    }
}

impl Resources {
    fn matches(&self, request: &Request) -> bool {
        if self.group != request.group {
            return false;
        }
        let named = self.resource_names.is_empty() || self.resource_names.contains(&request.name);
        self.resources.is_empty() || (named && self.resources.iter().any(|spec| resource_matches(request, spec)))
    }
}

fn resource_matches(request: &Request, spec: &str) -> bool {
    let (resource, subresource) = (request.resource.as_str(), request.subresource.as_str());
    let combined = if subresource.is_empty() { resource.to_owned() } else { format!("{resource}/{subresource}") };
    let any_resource = !subresource.is_empty() && spec.strip_prefix("*/") == Some(subresource);
    spec == "*" || spec == combined || any_resource || spec.strip_suffix("/*") == Some(resource)
}

fn path_matches(path: &str, spec: &str) -> bool {
    spec == "*" || spec == path || (spec.ends_with('*') && path.starts_with(spec.trim_end_matches('*')))
}

fn read(view: View<'_>, refused: &mut Vec<Note>) -> AuditPolicy {
    let omit_stages = stages(view, refused);
    let omit_managed_fields = view.boolean("omitManagedFields").unwrap_or_default();
    let rules: Vec<_> = view.items("rules").into_iter().map(|rule| read_rule(rule, refused)).collect();
    let rules: Vec<_> = rules
        .into_iter()
        .map(|(rule, omit)| Rule {
            omit_stages: rule.omit_stages.union(&omit_stages).cloned().collect(),
            omit_managed_fields: omit.unwrap_or(omit_managed_fields),
            ..rule
        })
        .collect();
    if rules.is_empty() {
        refused.push(view.problem_of("rules", "an audit policy needs at least one rule"));
    }
    AuditPolicy { rules, omit_stages, omit_managed_fields }
}

fn read_rule(view: View<'_>, refused: &mut Vec<Note>) -> (Rule, Option<bool>) {
    let rule = Rule {
        level: level(view, refused),
        users: view.strings("users"),
        user_groups: view.strings("userGroups"),
        verbs: view.strings("verbs"),
        resources: view.items("resources").into_iter().map(|group| read_resources(group, refused)).collect(),
        namespaces: view.strings("namespaces"),
        non_resource_urls: view.strings("nonResourceURLs"),
        omit_stages: stages(view, refused),
        omit_managed_fields: false,
        place: view.place(),
    };
    for url in view.items("nonResourceURLs") {
        let text = url.as_text();
        if text != "*" && !text.starts_with('/') {
            refused.push(url.problem(format!("`{text}` has to begin with `/`")));
        } else if text != "*" && text.trim_end_matches('*').len() + 1 < text.len()
            || text.trim_end_matches('*').contains('*')
        {
            refused.push(url.problem(format!("`{text}` may have `*` only as its last character")));
        }
    }
    let for_resources = !rule.resources.is_empty() || !rule.namespaces.is_empty();
    if for_resources && !rule.non_resource_urls.is_empty() {
        refused.push(view.problem_of("nonResourceURLs", "a rule cannot be for resources and for other paths at once"));
    }
    (rule, view.boolean("omitManagedFields"))
}

fn level(view: View<'_>, refused: &mut Vec<Note>) -> Level {
    match view.text("level") {
        "None" => Level::None,
        "Metadata" => Level::Metadata,
        "Request" => Level::Request,
        "RequestResponse" => Level::RequestResponse,
        other => {
            let message = format!("the level `{other}` is none of None, Metadata, Request and RequestResponse");
            refused.push(view.problem_of("level", message));
            Level::None
        }
    }
}

fn read_resources(view: View<'_>, refused: &mut Vec<Note>) -> Resources {
    let resources = Resources {
        group: view.text("group").to_owned(),
        resources: view.strings("resources"),
        resource_names: view.strings("resourceNames"),
    };
    if !resources.group.is_empty() && !crate::node::name::is_subdomain(&resources.group) {
        refused.push(view.problem_of("group", format!("`{}` is not the name of an API group", resources.group)));
    }
    if resources.resources.is_empty() && !resources.resource_names.is_empty() {
        refused.push(view.problem_of("resourceNames", "resourceNames need at least one resource"));
    }
    resources
}

fn stages(view: View<'_>, refused: &mut Vec<Note>) -> BTreeSet<String> {
    const STAGES: [&str; 4] = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];
    for stage in view.items("omitStages") {
        if !STAGES.contains(&stage.as_text()) {
            refused.push(stage.problem(format!("`{}` is no stage", stage.as_text())));
        }
    }
    view.strings("omitStages").into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Loaded<AuditPolicy> {
        load(&Arc::new(Source::new("policy.yaml", text)), None)
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let loaded = policy(
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n\
             - level: RequestResponse\n  verbs: [delete]\n- level: Metadata\n  resources: [{group: '', resources: [secrets]}]\n",
        );
        assert!(loaded.is_accepted());
        let policy = loaded.value.unwrap();
        let secrets = |verb: &str| Request { verb: verb.into(), resource: "secrets".into(), ..Request::default() };
        assert_eq!(policy.decide(&secrets("delete")).rule, Some(0));
        assert_eq!(policy.decide(&secrets("get")).level, Level::Metadata);
        assert_eq!(policy.decide(&Request { path: "/healthz".into(), ..Request::default() }).rule, None);
        assert!(!policy.is_silent());
    }

    #[test]
    fn what_is_refused_has_a_line_and_the_rest_is_read() {
        let loaded = policy(
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Verbose\n- level: None\n  nonResourceURLs: [healthz, '/a*b']\n\
             - level: None\n  extra: 1\n",
        );
        let lines: Vec<_> = loaded.refused.iter().map(|p| p.place.as_ref().unwrap().region().start.line()).collect();
        assert_eq!(lines, [4, 6, 6]);
        assert_eq!(loaded.warnings.len(), 1);
        assert_eq!(loaded.value.unwrap().rules.len(), 3);
        assert!(!policy("apiVersion: v1\nkind: Policy\nrules: []\n").is_accepted());
        assert!(!policy("").is_accepted());
        assert!(!policy("rules: [").is_accepted());
    }
}
