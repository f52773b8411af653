//! Reads `policy/` so that no run has to: its YAML with the parser of the program, handed on as JSON, which clusters the benchmarks are
//! for, the METADATA of the controls, and its Rego, read by the program's own evaluator and handed on as one plan for each kind of
//! subject.

#[allow(dead_code, unused_imports)]
#[path = "src/model"]
mod model {
    pub mod document;
    pub mod duration;
    pub mod evidence;
    pub mod head;
    pub mod path;
    pub mod reads;
    pub mod source;
    pub use document::{Comment, Document, Duplicate, Entry, Node, NodeId, Parsed, SyntaxError, Value};
    pub use evidence::{Candidate, Edit, Known, Shared};
    pub use path::{Path, Step};
    pub use reads::Reads;
    pub use source::{Source, Span};
}
#[allow(dead_code, unused_imports)]
#[path = "src/evaluate"]
mod evaluate {
    pub mod engine;
    pub mod metadata;
    pub mod rego;
}
#[allow(dead_code, unused_imports)]
#[path = "src/parse/mod.rs"]
mod parse;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use evaluate::engine::Plan;
use evaluate::metadata::Metadata;
use model::head::{Fit, Head};
use serde::Deserialize;
use serde_json::Value as Json;

/// The kinds of subjects, each with a folder of policies.
const KINDS: [&str; 5] = ["object", "pod", "component", "host", "inventory"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=policy");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("policy");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("policy");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    let (mut fits, mut controls, mut modules) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for path in files(&root)? {
        let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path)?;
        if let Some(stem) = name.strip_suffix(".yaml") {
            let mut json = read(&name, &text)?;
            let file = out.join(format!("{stem}.json"));
            fs::create_dir_all(file.parent().unwrap_or(&out))?;
            fs::write(file, json.to_string())?;
            // A run asks for one or two of the benchmarks, and only has to choose among the others.
            let checks = json.as_object_mut().and_then(|members| members.remove("checks"));
            if let Some(benchmark) = stem.strip_prefix("benchmarks/").filter(|_| checks.is_some()) {
                let head: Head = serde_json::from_value(json).map_err(|why| format!("policy/{name}: {why}"))?;
                fits.insert(benchmark.to_owned(), Fit::from(head));
            }
        } else if name.ends_with(".rego") && !name.ends_with("_test.rego") {
            if !name.starts_with("lib/") {
                let package = format!("policy.{}", name.trim_end_matches(".rego").replace('/', "."));
                controls.insert(package, described(read(&name, &block(&text))?));
            }
            modules.insert(name, text);
        }
    }
    for kind in KINDS {
        let plan = plan(kind, &modules).map_err(|why| format!("policies of kind {kind}: {why}"))?;
        fs::write(out.join(format!("{kind}.plan")), plan)?;
    }
    fs::write(out.join("fits"), postcard::to_stdvec(&fits)?)?;
    let controls = controls.iter().map(|(package, block)| {
        let metadata = Metadata::deserialize(block).map_err(|why| format!("METADATA of {package}: {why}"))?;
        Ok((package, metadata))
    });
    fs::write(out.join("controls"), postcard::to_stdvec(&controls.collect::<Result<BTreeMap<_, _>, String>>()?)?)?;
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

fn read(name: &str, text: &str) -> Result<Json, Box<dyn Error>> {
    match parse::parse(&model::Source::new(name, text)).documents.into_iter().next() {
        Some(Ok(document)) => Ok(document.to_json(document.root)),
        Some(Err((_, why))) => Err(format!("policy/{name}: {why}").into()),
        None => Err(format!("policy/{name}: there is no YAML in it").into()),
    }
}

/// The YAML behind `# METADATA`: the comment lines that follow it, without their `# `.
fn block(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.trim_end() != "# METADATA").skip(1);
    let comments = lines.map_while(|line| line.strip_prefix('#'));
    comments.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

/// The same as [`Metadata`] has it.
fn described(mut block: Json) -> Json {
    // A link with a description is a mapping.
    for link in block.get_mut("related_resources").and_then(Json::as_array_mut).into_iter().flatten() {
        *link = link.get_mut("ref").map(Json::take).unwrap_or_else(|| link.take());
    }
    let parameters = block.pointer_mut("/custom/parameters").and_then(Json::as_object_mut);
    for default in parameters.into_iter().flatten().filter_map(|(_, parameter)| parameter.get_mut("default")) {
        *default = default.to_string().into();
    }
    trim(&mut block);
    block
}

/// Takes the line break off that a block of text ends with.
fn trim(value: &mut Json) {
    match value {
        Json::String(text) => *text = text.trim().to_owned(),
        Json::Array(items) => items.iter_mut().for_each(trim),
        Json::Object(members) => members.values_mut().for_each(trim),
        _ => {}
    }
}

/// The policies of a kind with what they import, ready to be evaluated.
fn plan(kind: &str, modules: &BTreeMap<String, String>) -> Result<Vec<u8>, Box<dyn Error>> {
    let folder = format!("{kind}/");
    let mut waiting: Vec<String> = modules.keys().filter(|name| name.starts_with(&folder)).cloned().collect();
    let mut parsed = BTreeMap::new();
    while let Some(name) = waiting.pop() {
        let text = modules.get(&name).ok_or_else(|| format!("{name} is imported, and not there"))?;
        let module = evaluate::engine::parse(&name, text).map_err(|why| format!("{name}: {why:?}"))?;
        let file = |path: &[String]| format!("{}.rego", path.join("/"));
        let imported = module.imports.iter().map(|import| file(import.path.get(2..).unwrap_or_default()));
        waiting.extend(imported.filter(|import| !parsed.contains_key(import)));
        parsed.insert(name, module);
    }
    let plan = Plan::new(&parsed.into_values().collect::<Vec<_>>());
    Ok(plan.map_err(|(file, why)| format!("{file}: {why:?}"))?.into_bytes()?)
}
