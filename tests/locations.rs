//! Where a path leads in a text: the exact bytes, line and column.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use portcullis::locate::{Place, place};
use portcullis::model::{Document, Path, Source};
use portcullis::parse::parse;

/// The document of an index, and the place of a path (a JSON array) in it.
fn find(text: &str, document: usize, path: &str) -> (Source, Place) {
    let source = Source::new("a.yaml", text);
    let parsed = parse(&source);
    let documents: Vec<&Document> = parsed.documents.iter().flatten().filter(|found| found.index == document).collect();
    let path: Path = serde_json::from_str(path).unwrap();
    let place = place(&source, documents[0], &path);
    (source, place)
}

/// `line:column text`, and what is missing.
fn shown(text: &str, document: usize, path: &str) -> (String, String) {
    let (source, place) = find(text, document, path);
    let start = source.position(place.span.start);
    let missing = Path(place.missing).to_string();
    (format!("{}:{} {}", start.line(), start.column(), source.slice(place.span)), missing)
}

#[test]
fn present_values_are_their_own_bytes() {
    let text = "a: 1\nb:\n  c: \"x y\" # note\n  d: [1, {e: yes}]\n  f: |\n    text\n";
    let table = [
        (r#"["a"]"#, "1:4 1"),
        (r#"["b", "c"]"#, "3:6 \"x y\""),
        (r#"["b", "d"]"#, "4:6 [1, {e: yes}]"),
        (r#"["b", "d", 1, "e"]"#, "4:14 yes"),
        (r#"["b"]"#, "2:1 b"),
    ];
    for (path, expected) in table {
        assert_eq!(shown(text, 0, path), (expected.to_owned(), String::new()), "{path}");
    }
}

#[test]
fn absent_values_are_at_the_deepest_existing_parent() {
    let text =
        "kind: Pod\nspec:\n  containers:\n    - name: web\n      image: x\n    - {name: two}\n  securityContext:\n";
    let table = [
        (r#"["spec", "hostPID"]"#, "2:1 spec", "/hostPID"),
        (r#"["metadata", "namespace"]"#, "1:1 kind: Pod", "/metadata/namespace"),
        (
            r#"["spec", "containers", 0, "securityContext", "privileged"]"#,
            "4:7 name: web",
            "/securityContext/privileged",
        ),
        (r#"["spec", "containers", 1, "image"]"#, "6:8 name: two", "/image"),
        (r#"["spec", "securityContext", "runAsNonRoot"]"#, "7:3 securityContext", "/runAsNonRoot"),
        (r#"["spec", "securityContext"]"#, "7:3 securityContext", ""),
    ];
    for (path, expected, missing) in table {
        assert_eq!(shown(text, 0, path), (expected.to_owned(), missing.to_owned()), "{path}");
    }
}

#[test]
fn an_element_is_shown_by_its_name() {
    let text = "- env:\n    - name: a\n      value: b\n  name: web\n- env: []\n  name: {odd: yes}\n";
    assert_eq!(shown(text, 0, r#"[0, "image"]"#).0, "4:3 name: web");
    assert_eq!(shown(text, 0, r#"[1, "image"]"#).0, "5:3 env: []");
}

#[test]
fn documents_lists_carriage_returns_and_wide_characters_keep_the_place() {
    let text = "# héllo\r\na: ü\r\n---\r\nkind: List\r\nitems:\r\n- kind: Pod\r\n  näme: {x: 日本, z: yes}\r\n";
    assert_eq!(shown(text, 0, r#"["a"]"#).0, "2:4 ü");
    assert_eq!(shown(text, 1, r#"["items", 0, "näme", "z"]"#).0, "7:20 yes");
    assert_eq!(shown(text, 1, r#"["items", 0]"#).0, "6:3 kind: Pod");
}

#[test]
fn a_value_behind_an_alias_is_where_it_is_used_and_tells_where_it_is_defined() {
    let text = "base: &base\n  privileged: yes\none: *base\ntwo:\n  <<: *base\n  name: x\n";
    for (path, used) in [(r#"["one", "privileged"]"#, "3:6 *base"), (r#"["two", "privileged"]"#, "5:7 *base")] {
        let (source, place) = find(text, 0, path);
        let start = source.position(place.span.start);
        assert_eq!(format!("{}:{} {}", start.line(), start.column(), source.slice(place.span)), used, "{path}");
        assert_eq!(source.slice(place.defined.unwrap()), "yes", "{path}");
    }
    let (source, place) = find(text, 0, r#"["one", "absent"]"#);
    assert_eq!(source.slice(place.span), "*base");
    assert_eq!(source.slice(place.defined.unwrap()), "privileged: yes");
}

#[test]
fn json_has_places_too() {
    let text = "{\n\t\"kind\": \"Pod\",\n\t\"spec\": {\"hostPID\": true}\n}\n";
    assert_eq!(shown(text, 0, r#"["spec", "hostPID"]"#).0, "3:22 true");
}
