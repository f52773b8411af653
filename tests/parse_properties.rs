//! What holds for every text: it is read in bounded time without a crash, spans are the text of their values, and a
//! document that cannot be read hides no other one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use portcullis::model::{Document, Node, NodeId, Parsed, Source, Span, Value};
use portcullis::parse::parse;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const TOKENS: &[&str] = &[
    "a",
    "b",
    "k: ",
    "k:",
    "- ",
    "-",
    "? ",
    ": ",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "\n\n",
    "# c",
    "#c",
    " #x",
    "\"x\"",
    "'y'",
    "\"x\ny\"",
    "'p\n  q'",
    "|\n",
    ">\n",
    "|-\n",
    "|2\n",
    ">+\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "&a ",
    "*a",
    "*a ",
    "!t ",
    "!!str ",
    "!!int ",
    "!!binary ",
    "<<: ",
    "<<",
    "---\n",
    "--- ",
    "...\n",
    "~",
    "null",
    "yes",
    "1",
    "0x1F",
    "\t",
    "%",
    "@",
    "`",
    "\"\\x41\"",
    "\"\\/\"",
    "\"\\'\"",
    "\\",
    "é",
    "😀",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "%YAML 1.1\n",
    "{{ .x }}",
    "{\"a\":1}",
    "  k: v\n",
    "- v\n",
    "x: |\n  t\n",
    "\"",
    "'",
    ".inf",
    "&",
    "*",
    "!",
];

const MANIFEST: &str = "# A pod\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web # the name\n  labels: &labels {app: web}\n\
    spec:\n  containers:\n  - name: web\n    image: \"nginx:1.27\"\n    args: ['--port', \"80\"]\n    command:\n      - |\n        \
    sh -c x\n    env: []\n    securityContext:\n      runAsUser: 0\n      privileged: yes\n---\n<<: *labels\nmetadata: {}\n";

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TOKENS), 0..24).prop_map(|tokens| tokens.concat())
}

/// A manifest with a few pieces taken out and put in.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..4_usize, prop::sample::select(TOKENS));
    prop::collection::vec(edit, 0..4).prop_map(|edits| {
        let mut text: Vec<char> = MANIFEST.chars().collect();
        for (place, removed, token) in edits {
            let at = place.index(text.len() + 1);
            text.splice(at..(at + removed).min(text.len()), token.chars());
        }
        text.into_iter().collect()
    })
}

/// Reads a text and checks what holds for every text.
fn read(text: &str) -> (Source, Parsed) {
    let source = Source::new("a.yaml", text);
    let begun = Instant::now();
    let parsed = parse(&source);
    assert!(begun.elapsed() < Duration::from_secs(20), "{} bytes take too long", text.len());
    for comment in &parsed.comments {
        assert!(source.slice(comment.span).starts_with('#'), "{comment:?} of {text:?}");
    }
    assert!(parsed.comments.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{text:?}");
    for document in &parsed.documents {
        match document {
            Ok(document) => check_document(&source, document),
            Err((_, error)) => check_span(&source, error.span),
        }
    }
    (source, parsed)
}

fn check_document(source: &Source, document: &Document) {
    for node in &document.nodes {
        check_span(source, node.span);
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|&item| inside(document, node, item)),
            Value::Mapping(entries) => {
                for entry in entries.iter().filter(|entry| entry.merged_at.is_none()) {
                    assert!(contains(node.span, entry.key_span), "{entry:?} in {node:?} of {:?}", source.text());
                    inside(document, node, entry.value);
                }
            }
            Value::Alias(target) => assert!(!matches!(document.node(*target).value, Value::Alias(_))),
            _ => {}
        }
    }
    document.to_json(document.root);
}

fn inside(document: &Document, parent: &Node, child: NodeId) {
    assert!(contains(parent.span, document.node(child).span), "{:?} in {parent:?}", document.node(child));
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn check_span(source: &Source, span: Span) {
    assert!(span.start <= span.end && source.text().get(span.range()).is_some(), "{span:?} of {:?}", source.text());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_soup_of_tokens_is_read(text in soup()) {
        read(&text);
    }

    #[test]
    fn any_broken_manifest_is_read(text in mutated()) {
        read(&text);
    }

    #[test]
    fn a_broken_document_hides_no_other_one(broken in soup()) {
        let broken = broken.replace("---", "");
        let (_, parsed) = read(&format!("first: 1\n---\nx: 1\n{broken}\n---\nlast: 2\n"));
        let read: Vec<_> = parsed.documents.iter().flatten().map(|document| document.to_json(document.root)).collect();
        prop_assert_eq!(read.first(), Some(&json!({"first": 1})));
        prop_assert_eq!(read.last(), Some(&json!({"last": 2})));
    }

    #[test]
    fn what_is_written_is_read_and_its_spans_are_its_text(value in tree(), style in any::<[bool; 8]>()) {
        let text = write(&json!({"root": value}), 0, &style);
        let (source, parsed) = read(&text);
        let [Ok(document)] = parsed.documents.as_slice() else { panic!("{parsed:?} of {text}") };
        prop_assert_eq!(document.to_json(document.root), json!({"root": value}), "{}", text);
        check_text(&source, document);
    }
}

/// The text of a scalar or key, read alone, gives the scalar or key.
fn check_text(source: &Source, document: &Document) {
    let alone = |text: String| parse(&Source::new("alone.yaml", text)).documents.pop().map(|read| read.unwrap());
    for (at, node) in document.nodes.iter().enumerate() {
        let text = source.slice(node.span);
        match &node.value {
            Value::Sequence(_) => {}
            Value::Mapping(entries) => {
                for entry in entries {
                    let read = alone(format!("{}: 1\n", source.slice(entry.key_span))).unwrap();
                    assert!(read.get(read.root, &entry.key).is_some(), "{entry:?}");
                }
            }
            Value::Null if text.is_empty() => assert!(source.text()[..node.span.start].ends_with([':', '-'])),
            _ => {
                let read = alone(format!("- {text}\n")).unwrap();
                let id = NodeId(u32::try_from(at).unwrap());
                assert_eq!(read.to_json(read.root), json!([document.to_json(id)]), "{text}");
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Json> {
    let words: &[&str] =
        &["", "x", "yes", "017", "~", "é 😀", "a: b", "- c", "it's", "\"q\"", "l1\nl2", "tab\tx", "#no", "a #b", "1.0"];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        prop::sample::select(words).prop_map(Json::from),
        "[ -~éü😀]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map("[a-zé ]{1,6}", inner, 0..4).prop_map(Json::from_iter),
        ]
    })
}

/// A value as YAML; `style` says for each level whether it is in block or in flow style, and how strings are quoted.
fn write(value: &Json, depth: usize, style: &[bool; 8]) -> String {
    let indent = "  ".repeat(depth);
    let (block, single) = (style[depth % 4], style[4 + depth % 4]);
    let nested = |value: &Json| match value {
        Json::Array(items) if !items.is_empty() => format!("\n{}", write(value, depth + 1, style)),
        Json::Object(members) if !members.is_empty() => format!("\n{}", write(value, depth + 1, style)),
        Json::Null => String::new(),
        _ => format!(" {}", write(value, depth + 1, style)),
    };
    match value {
        Json::Array(items) if !items.is_empty() && block => items.iter().fold(String::new(), |mut text, item| {
            writeln!(text, "{indent}-{}", nested(item).trim_end_matches('\n')).unwrap();
            text
        }),
        Json::Object(members) if !members.is_empty() && block => {
            members.iter().fold(String::new(), |mut text, member| {
                writeln!(text, "{indent}{}:{}", quote(member.0, single), nested(member.1).trim_end_matches('\n'))
                    .unwrap();
                text
            })
        }
        Json::Array(_) | Json::Object(_) => format!("{indent}{value}\n"),
        Json::String(text) => quote(text, single),
        _ => value.to_string(),
    }
}

fn quote(text: &str, single: bool) -> String {
    if single && !text.contains(['\n', '\t']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        json!(text).to_string()
    }
}

#[test]
fn hostile_texts_are_refused_or_read_in_bounded_time() {
    let laughs = (1..30).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, level| {
        text + &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(","))
    });
    let merges = (1..40).fold("m0: &m0 {k: 1, b: 2}\n".to_owned(), |text, level| {
        text + &format!("m{level}: &m{level} {{<<: [*m{0}, *m{0}], k{level}: 1}}\n", level - 1)
    });
    let staircase: String = (0..3000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let deep_json = format!("{{\"a\":{}", "[".repeat(100_000));
    let deep_alias = format!("a: &a {0}1{1}\nb: {0}*a{1}\n", "[".repeat(150), "]".repeat(150));
    let long_alias = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 1000].join(","));
    let refused = [
        ("[".repeat(100_000), "levels deep"),
        ("{a: ".repeat(100_000), "levels deep"),
        ("- ".repeat(100_000), "levels deep"),
        ("? ".repeat(100_000), "a key must be a scalar"),
        (staircase, "levels deep"),
        (deep_json, "levels deep"),
        (deep_alias, "levels deep"),
        (laughs, "expand to too much"),
        (merges, "expand to too much"),
        (long_alias, "expand to too much"),
        ("&x [*x]".to_owned(), "contains itself"),
        ("a: &a\n  <<: *a\n".to_owned(), "contains itself"),
        ("a: \"x\ny\"\n".repeat(20_000), "indentation"),
    ];
    for (text, message) in refused {
        let (_, parsed) = read(&text);
        let Some(Err((_, error))) = parsed.documents.first() else { panic!("{}", &text[..40]) };
        assert!(error.message.contains(message), "{error}");
    }
    let keys: String = (0..100_000).map(|key| format!("k{key}: v\n")).collect();
    let read_whole =
        [keys, "k: v\n".repeat(100_000), format!("a: {}\n", "x".repeat(5_000_000)), "# c\n".repeat(100_000) + "a: 1\n"];
    for text in read_whole {
        assert!(read(&text).1.documents.iter().all(Result::is_ok), "{}", &text[..40]);
    }
}

#[test]
fn the_deepest_document_needs_little_stack() {
    let deepest = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(move || read(&deepest).1.documents.len());
    assert_eq!(thread.unwrap().join().unwrap(), 1);
}
