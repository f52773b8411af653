//! conftest's `parse_config_file` and `parse_combined_config_files` in tests: calls with written names come in, references to what the
//! files hold go out. They are read before anything is evaluated, by who may read files.

use serde_json::{Map, Value as Json, json};

use super::Files;
use crate::evaluate::rego::change::Change;
use crate::evaluate::rego::check::Problem;
use crate::evaluate::rego::{Expr, Module};

/// The member of `data` that holds the files.
const HOME: &str = "__config_files";

/// A file of configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigFile {
    /// Its path from the root.
    pub path: String,
    /// What it holds; several documents are a list.
    pub contents: Json,
}

/// Puts the files that the modules name into the data.
pub fn settle(modules: &mut [Module], data: &mut Json, files: Files<'_>) -> Vec<Problem> {
    let (mut held, mut problems) = (Map::new(), Vec::new());
    for module in modules {
        let file = module.file.clone();
        let mut replace = |expr: &mut Expr| {
            let Expr::Call(call, arguments, line) = &*expr else { return };
            let read = |name: &str| files(&file, name);
            let value = match (call.as_str(), arguments.first().and_then(Expr::constant)) {
                ("parse_config_file", Some(Json::String(name))) => read(&name).map(|file| file.contents),
                ("parse_combined_config_files", Some(Json::Array(names))) => {
                    let all = names.iter().filter_map(Json::as_str).map(read).collect::<Result<Vec<_>, _>>();
                    all.map(combined)
                }
                _ => return,
            };
            match value {
                Ok(value) => {
                    let key = held.len().to_string();
                    let steps = [HOME, &key].map(Expr::text);
                    held.insert(key.clone(), value);
                    *expr = Expr::Ref(Box::new(Expr::Var("data".to_owned())), steps.to_vec());
                }
                Err(message) => problems.push(Problem { file: file.clone(), line: *line, message, help: None }),
            }
        };
        module.rules.iter_mut().for_each(|rule| Change { literal: &mut |_| {}, expr: &mut replace }.rule(rule));
    }
    if let (Json::Object(members), false) = (data, held.is_empty()) {
        members.insert(HOME.to_owned(), Json::Object(held));
    }
    problems
}

/// As conftest combines: by path, each document of a file for itself.
fn combined(mut files: Vec<ConfigFile>) -> Json {
    files.sort_by(|left, right| left.path.cmp(&right.path));
    let entries = files.into_iter().flat_map(|ConfigFile { path, contents }| {
        let all = if let Json::Array(all) = contents { all } else { vec![contents] };
        all.into_iter().map(move |contents| json!({"path": path, "contents": contents}))
    });
    Json::Array(entries.collect())
}
