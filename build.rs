//! Reads the YAML of `policy/` with the parser of the program and hands it on as JSON, so that no run has to: the benchmarks, their
//! heads, and the METADATA of the controls.

#[allow(dead_code, unused_imports)]
#[path = "src/model"]
mod model {
    pub mod document;
    pub mod path;
    pub mod source;
    pub use document::{Comment, Document, Duplicate, Entry, Node, NodeId, Parsed, SyntaxError, Value};
    pub use path::{Path, Step};
    pub use source::{Source, Span};
}
#[allow(dead_code, unused_imports)]
#[path = "src/parse/mod.rs"]
mod parse;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value as Json};

fn main() -> Result<(), Box<dyn Error>> {
    for read in ["policy", "build.rs", "src/parse", "src/model/document.rs", "src/model/path.rs", "src/model/source.rs"]
    {
        println!("cargo::rerun-if-changed={read}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("policy");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("policy");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    let (mut heads, mut controls) = (Map::new(), Map::new());
    for path in files(&root)? {
        let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path)?;
        if let Some(stem) = name.strip_suffix(".yaml") {
            let mut json = read(&name, &text)?;
            let file = out.join(format!("{stem}.json"));
            fs::create_dir_all(file.parent().unwrap_or(&out))?;
            fs::write(file, json.to_string())?;
            // The checks are most of a benchmark, and a run asks for those of one or two.
            let benchmark = stem.strip_prefix("benchmarks/");
            let checks = json.as_object_mut().and_then(|members| members.remove("checks"));
            heads.extend(benchmark.filter(|_| checks.is_some()).map(|name| (name.to_owned(), json)));
        } else if name.ends_with(".rego") && !name.starts_with("lib/") && !name.ends_with("_test.rego") {
            let metadata = read(&name, &metadata(&text))?;
            controls.insert(name, metadata);
        }
    }
    fs::write(out.join("heads.json"), Json::Object(heads).to_string())?;
    fs::write(out.join("controls.json"), Json::Object(controls).to_string())?;
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
fn metadata(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.trim_end() != "# METADATA").skip(1);
    let comments = lines.map_while(|line| line.strip_prefix('#'));
    comments.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}
