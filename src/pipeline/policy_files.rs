//! The files of the user's policies: what the command line and the configuration name comes in, policies and data go out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Options;
use super::gate_files::GateFiles;
use crate::config::Config;
use crate::error::Error;
use crate::evaluate::user::Namespaces;
use crate::model::Source;
use crate::parse;

/// How many files a policy set may have.
const MOST_FILES: usize = 20_000;
/// How deep the directories of a policy set may lie.
const MOST_DEPTH: usize = 64;

/// Where the policies of a run are, by the command line and the configuration together.
#[derive(Debug, Clone, Default)]
pub struct PolicyPaths {
    /// The files and directories.
    pub policies: Vec<PathBuf>,
    /// The files and directories of `data`.
    pub data: Vec<PathBuf>,
    /// The packages.
    pub namespaces: Namespaces,
}

impl PolicyPaths {
    /// What the options and the configuration say. What the command line names goes before the configuration.
    pub fn new(options: &Options, config: &Config, cwd: &Path, root: &Path) -> Self {
        let settings = &config.policies;
        let paths = |named: &[PathBuf], settings: Vec<PathBuf>| match named {
            [] => settings,
            named => named.iter().map(|path| cwd.join(path)).collect(),
        };
        let below = |path| root.join(path);
        let names = if options.namespaces.is_empty() { &settings.namespaces } else { &options.namespaces };
        Self {
            policies: paths(&options.policies, settings.paths.iter().map(below).collect()),
            data: paths(&options.data, settings.data.iter().map(below).collect()),
            namespaces: Namespaces(names.clone()),
        }
    }

    /// The policy files, in the order of their paths; with `tests` also the ones that hold tests.
    ///
    /// # Errors
    /// For a path that is not there or holds no policy.
    pub fn sources(&self, root: &Path, files: &GateFiles, tests: bool) -> Result<Vec<Arc<Source>>, Error> {
        let is_policy = |name: &str| name.ends_with(".rego") && (tests || !name.ends_with("_test.rego"));
        let mut all = BTreeSet::new();
        for path in &self.policies {
            let found = below(path, root, files, &is_policy)?;
            if found.is_empty() {
                let shown = path.strip_prefix(root).unwrap_or(path).display();
                let error = Error::usage(format!("there is no policy in `{shown}`"));
                return Err(error.help("policies are files that end in .rego, and not in _test.rego"));
            }
            all.extend(found);
        }
        all.iter().map(|file| files.read(file)).collect()
    }

    /// The data document, and its files. What lies in a directory below the one that is named has the names of the directories between as keys, as in OPA.
    ///
    /// # Errors
    /// For a file that is not there, is no mapping, or says what another one says.
    pub fn data(&self, root: &Path, files: &GateFiles) -> Result<(Json, Vec<Arc<Source>>), Error> {
        let (mut data, mut sources) = (Map::new(), Vec::new());
        let is_data = |name: &str| [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
        for path in &self.data {
            for file in below(path, root, files, &is_data)? {
                let source = files.read(&file)?;
                let value = read_data(&source)?;
                sources.push(Arc::clone(&source));
                let between = file.parent().and_then(|parent| parent.strip_prefix(path).ok()).unwrap_or(Path::new(""));
                let nested = between.iter().rev().fold(value, |value, name| {
                    Json::Object(Map::from_iter([(name.to_string_lossy().into_owned(), value)]))
                });
                let Json::Object(members) = nested else { continue };
                join(&mut data, members).map_err(|key| {
                    Error::usage(format!("{}: `{key}` is in another file of the data as well", source.path()))
                })?;
            }
        }
        Ok((Json::Object(data), sources))
    }
}

/// A file, or the files below a directory whose name is wanted. Links that lead out of the directory are not followed.
fn below(
    path: &Path,
    root: &Path,
    files: &GateFiles,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeSet<PathBuf>, Error> {
    let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let fail = |path: &Path, why| Error::io("read", shown(path), why);
    let home = files.real(path).map_err(|why| fail(path, why))?;
    if !files.has_directory(&home) {
        return Ok(BTreeSet::from([path.to_owned()]));
    }
    let (mut found, mut waiting) = (BTreeSet::new(), vec![(path.to_owned(), 0)]);
    while let Some((directory, depth)) = waiting.pop() {
        for path in files.entries(&directory).map_err(|why| fail(&directory, why))? {
            let inside = files.real(&path).is_ok_and(|real| real.starts_with(&home));
            let is_wanted = path.file_name().and_then(|name| name.to_str()).is_some_and(is_wanted);
            if inside && files.has_directory(&path) && depth < MOST_DEPTH {
                waiting.push((path, depth + 1));
            } else if inside && is_wanted && files.has_file(&path) {
                found.insert(path);
            }
        }
        if found.len() > MOST_FILES {
            return Err(Error::usage(format!("`{}` holds more than {MOST_FILES} files", shown(&home).display())));
        }
    }
    Ok(found)
}

fn read_data(source: &Arc<Source>) -> Result<Json, Error> {
    let mut documents = parse::parse(source).documents.into_iter();
    match (documents.next(), documents.next()) {
        (Some(Ok(document)), None) => match document.to_json(document.root) {
            value @ Json::Object(_) => Ok(value),
            _ => Err(Error::at(source, document.node(document.root).span, "data is a mapping", "this is none")),
        },
        (Some(Err((_, why))), _) => Err(Error::at(source, why.span, why.message, "here")),
        (None, _) => Ok(Json::Object(Map::new())),
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("{}: data is one document, and this has several", source.path())))
        }
    }
}

/// Adds members; the key of the first one that is there already, where not both are mappings.
fn join(into: &mut Map<String, Json>, members: Map<String, Json>) -> Result<(), String> {
    for (key, value) in members {
        match (into.get_mut(&key), value) {
            (None, value) => {
                into.insert(key, value);
            }
            (Some(Json::Object(inner)), Json::Object(more)) => join(inner, more)?,
            _ => return Err(key),
        }
    }
    Ok(())
}
