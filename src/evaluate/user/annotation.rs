//! The METADATA blocks of a user's policy file: the annotations of OPA, taken as far as they go.

use serde_json::{Value as Json, json};

use crate::evaluate::rego::{Expr, Module, Rule};
use crate::model::{Severity, Source};
use crate::parse;

/// One block and what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// The line of `# METADATA`.
    pub line: u32,
    /// `rule`, `document`, `package` or `subpackages`.
    pub scope: String,
    /// The line of the rule or of the package that follows.
    pub target: u32,
    /// What it says.
    pub value: Json,
}

impl Annotation {
    /// What `rego.metadata` says of it.
    fn told(&self) -> Json {
        let mut value = self.value.clone();
        if let Json::Object(members) = &mut value {
            members.insert("scope".to_owned(), self.scope.clone().into());
            let mut each = |key: &str, tell: fn(&str) -> Json| {
                for one in members.get_mut(key).and_then(Json::as_array_mut).into_iter().flatten() {
                    *one = one.as_str().map_or_else(|| one.clone(), tell);
                }
            };
            each("authors", author);
            each("related_resources", |link| json!({"ref": link}));
        }
        value
    }
}

/// `Some Name <address>`
fn author(text: &str) -> Json {
    match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some(("", address)) => json!({"email": address}),
        Some((name, address)) => json!({"name": name.trim(), "email": address}),
        None => json!({"name": text.trim()}),
    }
}

/// The blocks of a file.
///
/// # Errors
/// The line of a block that is no YAML, and why.
pub fn annotations(text: &str) -> Result<Vec<Annotation>, (u32, String)> {
    let lines: Vec<(u32, &str)> = (1..).zip(text.lines()).collect();
    let mut found = Vec::new();
    for (at, (line, first)) in lines.iter().enumerate() {
        if first.trim_end() != "# METADATA" {
            continue;
        }
        let comments = lines.iter().skip(at + 1).map_while(|(_, text)| text.strip_prefix('#'));
        let block: String = comments.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
        let is_code = |(_, text): &&(u32, &str)| !text.trim().is_empty() && !text.trim_start().starts_with('#');
        let Some((target, code)) = lines.iter().skip(at + 1).find(is_code) else { continue };
        let value = match parse::parse(&Source::new("METADATA", block)).documents.into_iter().next() {
            Some(Ok(document)) => document.to_json(document.root),
            Some(Err((_, why))) => return Err((*line, why.to_string())),
            None => json!({}),
        };
        let default = if code.trim_start().starts_with("package") { "package" } else { "rule" };
        let scope = value.get("scope").and_then(Json::as_str).unwrap_or(default).to_owned();
        found.push(Annotation { line: *line, scope, target: *target, value });
    }
    Ok(found)
}

/// The annotations that a rule has, the nearest first: its own, those of its name, those of its package.
pub fn of_rule<'a>(annotations: &'a [Annotation], module: &Module, rule: &Rule) -> Vec<&'a Annotation> {
    let of_scope = |scopes: &'static [&str]| {
        annotations.iter().filter(move |annotation| scopes.contains(&annotation.scope.as_str()))
    };
    let own = of_scope(&["rule"]).filter(|annotation| annotation.target == rule.line);
    let document = of_scope(&["document"]).filter(|annotation| {
        let target = module.rules.iter().find(|other| other.line == annotation.target);
        target.is_some_and(|target| target.name == rule.name)
    });
    own.chain(document).chain(of_scope(&["package", "subpackages"])).collect()
}

/// The text at a key, in `custom` or beside it.
pub fn text(annotations: &[&Annotation], key: &str) -> Option<String> {
    let at = |annotation: &&Annotation| {
        let value = annotation.value.get("custom").and_then(|custom| custom.get(key));
        value.or_else(|| annotation.value.get(key))?.as_str().map(|text| text.trim().to_owned())
    };
    annotations.iter().find_map(at).filter(|text| !text.is_empty())
}

/// The severity that is named, whatever its case; `moderate` and the like are none.
pub fn severity(annotations: &[&Annotation]) -> Option<Severity> {
    text(annotations, "severity")?.to_lowercase().parse().ok()
}

/// The links.
pub fn links(annotations: &[&Annotation]) -> Vec<String> {
    let all = annotations.iter().filter_map(|annotation| annotation.value.get("related_resources")?.as_array());
    let link = |one: &Json| one.as_str().or_else(|| one.get("ref")?.as_str()).map(str::to_owned);
    all.flatten().filter_map(link).collect()
}

/// What `rego.metadata.rule()` and `rego.metadata.chain()` stand for in a rule: known before anything is evaluated.
pub fn constant(call: &str, annotations: &[Annotation], module: &Module, rule: &Rule) -> Option<Expr> {
    let all = of_rule(annotations, module, rule);
    match call {
        "rego.metadata.rule" => {
            let own = all.iter().find(|annotation| annotation.scope == "rule");
            Some(Expr::of(&own.map_or_else(|| json!({}), |annotation| annotation.told())))
        }
        "rego.metadata.chain" => {
            let path: Vec<&str> = module.package.iter().map(String::as_str).collect();
            let entries = all.iter().map(|annotation| {
                let is_package = matches!(annotation.scope.as_str(), "package" | "subpackages");
                let own = (!is_package).then(|| rule.root());
                let path: Vec<&str> = path.iter().copied().chain(own).collect();
                json!({"annotations": annotation.told(), "path": path})
            });
            let is_of_rule = |annotation: &&Annotation| matches!(annotation.scope.as_str(), "rule" | "document");
            let own: Vec<&str> = path.iter().copied().chain([rule.root()]).collect();
            // The rule itself is in the chain, whether it has annotations or not.
            let first = (!all.iter().any(is_of_rule)).then(|| json!({"path": own}));
            Some(Expr::of(&Json::Array(first.into_iter().chain(entries).collect())))
        }
        _ => None,
    }
}
