//! What a text becomes, compared with what kubectl's decoder makes of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::path::PathBuf;

use portcullis::model::Source;
use portcullis::parse::parse;
use serde_json::Value;

#[test]
fn texts_become_what_kubectl_makes_of_them() {
    let shared = std::env::var_os("PORTCULLIS_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(shared.join("oracle/yaml/scalars-and-structure.json")) else {
        println!("skipped: no oracle at {}", shared.display());
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let differ: Vec<String> = cases.iter().filter_map(difference).collect();
    println!("yaml oracle: {} of {} agree", cases.len() - differ.len(), cases.len());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

fn difference(case: &Value) -> Option<String> {
    let [name, text, kubectl] = ["name", "yaml", "kubectl"].map(|field| case[field].as_str().unwrap());
    let text = portcullis::parse::decode(text.as_bytes().to_vec()).unwrap();
    let parsed = parse(&Source::new("case.yaml", text));
    let documents = parsed.documents.into_iter();
    let read: Result<Vec<Value>, _> =
        documents.map(|read| read.map(|document| document.to_json(document.root))).collect();
    let same = match (&read, serde_json::from_str::<Vec<Value>>(kubectl)) {
        (Ok(documents), Ok(expected)) => {
            let expected: Vec<&Value> = expected.iter().filter(|document| !document.is_null()).collect();
            documents.len() == expected.len() && documents.iter().zip(expected).all(|(left, right)| equal(left, right))
        }
        (Err(_), Err(_)) => kubectl.starts_with("ERR"),
        _ => false,
    };
    (!same).then(|| format!("{name}: kubectl has {kubectl}, we have {read:?}"))
}

/// Equality of JSON values, with numbers as numbers.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}
