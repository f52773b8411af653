//! Files as cloud-init writes them: every case of `oracle/node/cloudinit` of the shared folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::model::Source;
use portcullis::node::cloud_init;
use portcullis::node::view::View;
use portcullis::parse::parse;
use serde_json::{Map, Value, json};

#[test]
fn cloudinit() {
    let Some(root) = shared("oracle/node/cloudinit") else { return };
    let mut cases: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expected.json").is_file());
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let expected: Value = serde_json::from_str(&fs::read_to_string(case.join("expected.json")).unwrap()).unwrap();
        if let Err(message) = judge(case, &expected) {
            wrong.push(format!("{}: {message}", case.file_name().unwrap().to_string_lossy()));
        }
    }
    println!("oracle/node/cloudinit: {} of {} cases agree", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge(case: &Path, expected: &Value) -> Result<(), String> {
    let source = Arc::new(Source::new("user-data.yaml", fs::read_to_string(case.join("user-data.yaml")).unwrap()));
    let document = parse(&source).documents.remove(0).map_err(|(_, error)| error.message)?;
    let out = cloud_init::write_files(View::root(&source, &document));
    let (mut files, mut modes, mut owners) = (Map::new(), Map::new(), Map::new());
    for file in &out.files {
        let text =
            file.text.as_ref().map_or_else(|reason| json!({ "unknown": reason }), |text| text.source.text().into());
        files.insert(file.path.clone(), text);
        modes.insert(file.path.clone(), format!("{:#o}", file.mode).into());
        owners.insert(file.path.clone(), file.owner.clone().into());
    }
    let found = json!({ "files": files, "modes": modes, "owners": owners, "error": !out.refused.is_empty() });
    let keys = ["files", "modes", "owners"];
    let wanted: Map<String, Value> = keys.iter().map(|&key| (key.to_owned(), expected[key].clone())).collect();
    for key in keys.iter().filter(|&&key| !wanted[key].is_null()) {
        if wanted[*key] != found[key] {
            return Err(format!("{key}: expected {}, found {}", wanted[*key], found[key]));
        }
    }
    if expected["error"].is_null() == out.refused.is_empty() {
        Ok(())
    } else {
        Err(format!("error: expected {}, found {:?}", expected["error"], out.refused))
    }
}

fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var("PORTCULLIS_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let path = Path::new(&root).join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}
