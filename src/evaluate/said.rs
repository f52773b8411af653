//! What rules of our own say comes in; violations go out.

use super::engine::Said;
use crate::model::Violation;

/// Reads a violation.
///
/// # Errors
/// Why it is none.
pub fn violation(said: Said<'_>) -> Result<Violation, serde_json::Error> {
    usual(said).map_or_else(|| said.read(), Ok)
}

/// One that has the members that most have. Of the others serde says what is wrong with them.
fn usual(said: Said<'_>) -> Option<Violation> {
    let (mut message, mut path, mut object, mut fix) = (None, None, None, None);
    for (name, value) in said.members()? {
        match name {
            "message" => message = Some(value.text()?.to_owned()),
            "path" => path = Some(value.path()?),
            "object" => object = Some(value.index()?),
            "fix" => fix = Some(value.read().ok()?),
            _ => return None,
        }
    }
    let (duplicate, related, inferred, metadata) = (None, vec![], None, None);
    Some(Violation { message: message?, path: path?, duplicate, object, related, fix, inferred, metadata })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::engine::Input;
    use super::*;

    #[test]
    fn a_violation_is_read_as_serde_reads_it() {
        let table = [
            json!({"message": "m", "path": ["spec", "containers", 0]}),
            json!({"message": "m", "path": [], "object": 3}),
            json!({"message": "m", "path": [], "object": null}),
            json!({"message": "m", "path": [], "fix": {"op": "set", "value": {"a": [1]}}}),
            json!({"message": "m", "path": [], "fix": null, "duplicate": 2, "related": []}),
            json!({"message": "m", "path": [], "related": [{"message": "r", "path": ["a"]}]}),
            json!({"message": "m"}),
            json!({"path": []}),
            json!({"message": 1, "path": []}),
            json!({"message": "m", "path": ["a", -1]}),
            json!({"message": "m", "path": ["a", 1.5]}),
            json!({"message": "m", "path": "a"}),
            json!({"message": "m", "path": [], "object": -1}),
            json!({"message": "m", "path": [], "fix": {"op": "other"}}),
            json!({"message": "m", "path": [], "more": true}),
            json!("m"),
        ];
        for json in table {
            let expected = serde_json::from_value::<Violation>(json.clone()).map_err(|why| why.to_string());
            let read = violation(Said(&Input::new(&json).0)).map_err(|why| why.to_string());
            assert_eq!(read, expected, "{json}");
        }
    }
}
