//! Reads `policy/` so that no run has to: its YAML with the parser of the program, handed on as JSON (the benchmarks, their heads, and the
//! METADATA of the controls), and its Rego, handed on as one compiled program for each kind of subject.

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
#[path = "src/evaluate/aggregate.rs"]
mod aggregate;
#[allow(dead_code, unused_imports)]
#[path = "src/parse/mod.rs"]
mod parse;

use std::collections::BTreeMap;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::Program;
use regorus::rvm::instructions::{Instruction, LiteralOrRegister, VirtualDataDocumentLookupParams};
use serde_json::{Map, Value as Json};

/// The kinds of subjects, each with a folder of policies.
const KINDS: [&str; 5] = ["object", "pod", "component", "host", "inventory"];

fn main() -> Result<(), Box<dyn Error>> {
    let models = ["src/model/document.rs", "src/model/path.rs", "src/model/source.rs"];
    for read in ["policy", "build.rs", "src/parse", "src/evaluate/aggregate.rs"].into_iter().chain(models) {
        println!("cargo::rerun-if-changed={read}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("policy");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("policy");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    let (mut heads, mut controls, mut modules) = (Map::new(), Map::new(), BTreeMap::new());
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
        } else if name.ends_with(".rego") && !name.ends_with("_test.rego") {
            if !name.starts_with("lib/") {
                let mut metadata = read(&name, &metadata(&text))?;
                // A link with a description is a mapping.
                let links = metadata.get_mut("related_resources").and_then(Json::as_array_mut);
                for link in links.into_iter().flatten() {
                    *link = link.get_mut("ref").map(Json::take).unwrap_or_else(|| link.take());
                }
                controls.insert(name.clone(), metadata);
            }
            modules.insert(name, text);
        }
    }
    for kind in KINDS {
        let program = compile(kind, &controls, &modules).map_err(|why| format!("policies of kind {kind}: {why}"))?;
        fs::write(out.join(format!("{kind}.program")), stripped(direct(program)?).serialize_binary()?)?;
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

/// The program that asks all controls of a kind.
fn compile(
    kind: &str,
    controls: &Map<String, Json>,
    modules: &BTreeMap<String, String>,
) -> Result<Program, Box<dyn Error>> {
    let folder = format!("{kind}/");
    let of_kind = |name: &str| name.starts_with(&folder);
    let parts = controls.iter().filter(|(name, _)| of_kind(name)).map(|(name, metadata)| {
        let package = format!("policy.{}", name.trim_end_matches(".rego").replace('/', "."));
        let id = metadata.pointer("/custom/id").and_then(Json::as_str).unwrap_or_default();
        (id, package, modules.get(name).is_some_and(|text| aggregate::may_doubt(text)))
    });
    let parts: Vec<_> = parts.collect();
    let parts = parts.iter().map(|(id, package, may_doubt)| aggregate::Part { id, package, may_doubt: *may_doubt });
    let mut engine = regorus::Engine::new();
    engine.set_rego_v0(false);
    for (name, text) in modules.iter().filter(|(name, _)| of_kind(name) || name.starts_with("lib/")) {
        engine.add_policy(name.clone(), text.clone())?;
    }
    engine.add_policy("run".to_owned(), aggregate::module(kind, parts))?;
    let rule = aggregate::rule(kind);
    let policy = engine.compile_with_entrypoint(&rule.as_str().into())?;
    Ok(Compiler::compile_from_policy(&policy, &[&rule])?.as_ref().clone())
}

/// With each rule of a library called by itself. The compiler makes `lib.rule`, where `lib` is an import, a question for all rules of the
/// library and takes the one out of the answer.
fn direct(mut program: Program) -> Result<Program, Box<dyn Error>> {
    let lookups = std::mem::take(&mut program.instruction_data.virtual_data_document_lookup_params);
    for at in 0..program.instructions.len() {
        let Some(Instruction::VirtualDataDocumentLookup { params_index }) = program.instructions.get(at) else {
            continue;
        };
        let lookup = lookups.get(usize::from(*params_index)).ok_or("a lookup of nothing")?;
        let mut after = program.instructions.iter().enumerate().skip(at);
        let taken = after.find_map(|(at, one)| Some((at, taken(&program, one, lookup.dest)?)));
        let (taken_at, name) = taken.ok_or("a library is asked for as a whole")?;
        let rule_index = rule(&program, lookup, name).ok_or("a library is asked for what it has not")?;
        let call = Instruction::CallRule { dest: lookup.dest, rule_index };
        call_instead(&mut program, (at, call), (taken_at, lookup.dest));
    }
    // Nothing asks for a rule by its name any more.
    program.rule_tree = regorus::Value::new_object();
    Ok(program)
}

/// The name that an instruction takes out of a register, as a literal.
fn taken(program: &Program, instruction: &Instruction, from: u8) -> Option<u16> {
    match *instruction {
        Instruction::IndexLiteral { container, literal_idx, .. } => (container == from).then_some(literal_idx),
        Instruction::ChainedIndex { params_index } => {
            let chain = program.instruction_data.get_chained_index_params(params_index)?;
            match chain.path_components.first() {
                Some(LiteralOrRegister::Literal(name)) if chain.root == from => Some(*name),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The rule of a name in what is looked up.
fn rule(program: &Program, lookup: &VirtualDataDocumentLookupParams, name: u16) -> Option<u16> {
    let library = lookup.path_components.iter().map(|step| match step {
        LiteralOrRegister::Literal(index) => program.literals.get(usize::from(*index)),
        LiteralOrRegister::Register(_) => None,
    });
    let mut node = program.rule_tree.as_object().ok()?.get(&"data".into())?;
    for step in library.chain([program.literals.get(usize::from(name))]) {
        node = node.as_object().ok()?.get(step?)?;
    }
    node.as_u64().ok()?.try_into().ok()
}

fn call_instead(program: &mut Program, (at, call): (usize, Instruction), (taken_at, from): (usize, u8)) {
    match program.instructions.get_mut(taken_at) {
        Some(Instruction::ChainedIndex { params_index }) => {
            let chain = program.instruction_data.chained_index_params.get_mut(usize::from(*params_index));
            chain.into_iter().for_each(|chain| chain.path_components = chain.path_components.split_off(1));
        }
        Some(taken) => {
            if let Instruction::IndexLiteral { dest, .. } = *taken {
                *taken = Instruction::Move { dest, src: from };
            }
        }
        None => {}
    }
    program.instructions.get_mut(at).into_iter().for_each(|lookup| *lookup = call);
}

/// Without what only tells a debugger where it is. The engine copies what it knows of a rule whenever it calls one, and most of that says
/// nothing: an absent list means the same as one of `None` or `false`.
fn stripped(mut program: Program) -> Program {
    program.sources.clear();
    program.instruction_spans.clear();
    for rule in &mut program.rule_infos {
        rule.name.clear();
        if let Some(function) = &mut rule.function_info {
            function.param_names.clear();
        }
        if rule.destructuring_blocks.iter().all(Option::is_none) {
            rule.destructuring_blocks.clear();
        }
        if rule.else_bodies.iter().flatten().all(|is_else| !is_else) {
            rule.else_bodies.clear();
        }
    }
    program
}
