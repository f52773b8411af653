//! Policy sets without a run: what is wrong with one, and what its own tests say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::gate_files::GateFiles;
use super::plan::Plan;
use super::policy_files::PolicyPaths;
use super::{Options, plan, read};
use crate::error::{Error, nearest};
use crate::evaluate::rego::check::Problem;
use crate::evaluate::user::{ConfigFile, PolicySet, Tests};
use crate::model::{Document, NodeId, Value};
use crate::parse;

/// What is wrong with a policy set, by file and line.
#[derive(Debug, Default)]
pub struct PolicyCheck {
    /// What keeps it from being used.
    pub errors: Vec<Problem>,
    /// What is suspicious.
    pub warnings: Vec<Problem>,
    /// How many files it has.
    pub files: usize,
    /// How many clauses of it are asked.
    pub clauses: usize,
}

/// Checks the policies that the options and the configuration name, also against the files that they would judge.
///
/// # Errors
/// Where there are none, and for files that cannot be read.
pub fn check(options: &Options) -> Result<PolicyCheck, Error> {
    let (paths, root) = paths(options)?;
    let files = GateFiles::here(&root);
    let sources = paths.sources(&root, &files, false)?;
    let mut check = PolicyCheck { files: sources.len(), ..PolicyCheck::default() };
    let set = match PolicySet::read(sources, paths.data(&root, &files)?.0, &paths.namespaces) {
        Ok(set) => set,
        Err(errors) => return Ok(PolicyCheck { errors, ..check }),
    };
    check.clauses = set.clauses.len();
    check.warnings = set.idle(&paths.namespaces);
    if !set.clauses.is_empty() {
        check.warnings.extend(strange_kinds(&set, &kinds(options)?));
    }
    check.warnings.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    Ok(check)
}

/// Runs the tests of the policies that the options and the configuration name.
///
/// # Errors
/// As [`check`], and for the first thing that is wrong with the policies.
pub fn test(options: &Options) -> Result<Tests, Error> {
    let (paths, root) = paths(options)?;
    let files = GateFiles::here(&root);
    let sources = paths.sources(&root, &files, true)?;
    let read = |policy: &str, name: &str| config_file(&root, &files, policy, name).map_err(|error| error.to_string());
    let (data, _) = paths.data(&root, &files)?;
    let set = PolicySet::with_files(sources.clone(), data, &paths.namespaces, Some(&read));
    let set = set.map_err(|problems| super::user::error(&sources, &problems))?;
    set.test().map_err(|problem| super::user::error(&sources, &[problem]))
}

/// Reads a file beside a policy, which must not leave the root.
fn config_file(root: &Path, files: &GateFiles, policy: &str, name: &str) -> Result<ConfigFile, Error> {
    let path = root.join(policy).parent().unwrap_or(root).join(name);
    let real = files.real(&path).map_err(|cause| Error::io("read", name, cause))?;
    if !real.starts_with(root) {
        return Err(Error::usage(format!("`{name}` lies outside of the repository")));
    }
    let source = files.read(&real)?;
    let contents = parse::parse(&source).to_json();
    let contents = contents.map_err(|why| Error::usage(format!("{}: {why}", source.path())))?;
    Ok(ConfigFile { path: source.path().to_string(), contents })
}

fn paths(options: &Options) -> Result<(PolicyPaths, std::path::PathBuf), Error> {
    let (cwd, root, config) = plan::configuration(options)?;
    let paths = PolicyPaths::new(options, &config, &cwd, &root);
    if paths.policies.is_empty() {
        let error = Error::usage("no policies are named");
        return Err(error.help("name them with --policy, or with `policies: {paths: […]}` in portcullis.yaml"));
    }
    Ok((paths, root))
}

/// The kinds of the documents that would be judged, and of the items of lists.
fn kinds(options: &Options) -> Result<BTreeSet<String>, Error> {
    let plan = Plan::new(options)?;
    let parsed = plan.candidates.iter().filter_map(|candidate| read(&plan, candidate).ok());
    let mut kinds = BTreeSet::new();
    for (_, parsed) in parsed {
        for document in parsed.documents.iter().flatten() {
            let of = |node: NodeId| document.str_at(node, "kind").map(str::to_owned);
            kinds.extend(of(document.root));
            kinds.extend(items(document).into_iter().filter_map(of));
        }
    }
    Ok(kinds)
}

fn items(document: &Document) -> Vec<NodeId> {
    match document.get(document.root, "items").map(|items| document.value(items)) {
        Some(Value::Sequence(items)) => items.clone(),
        _ => vec![],
    }
}

/// The clauses that are about kinds of which there is no document.
fn strange_kinds(set: &PolicySet, there_are: &BTreeSet<String>) -> Vec<Problem> {
    let mut seen: BTreeMap<(Arc<str>, u32), Problem> = BTreeMap::new();
    for (file, line, rule, kinds) in set.kinds() {
        if kinds.iter().any(|kind| there_are.contains(kind)) {
            continue;
        }
        let names = kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        let near = kinds.iter().find_map(|kind| nearest(kind, there_are.iter().map(String::as_str)));
        let problem = Problem {
            file: file.to_string(),
            line,
            message: format!("this clause of `{rule}` is about the kind {names}, and no document here is of it"),
            help: near.map(|near| format!("did you mean `{near}`?")),
        };
        seen.insert((file, line), problem);
    }
    seen.into_values().collect()
}
