//! Text in, documents out: each a tree of values with the bytes it is written in, holding what kubectl would read.
//!
//! Kubernetes reads with k8s.io/apimachinery/pkg/util/yaml (where a stream is cut, when a text is JSON) and
//! sigs.k8s.io/yaml (what the text of a document means). A document that cannot be read hides no other one.

mod decode;
mod dialect;
mod gap;
mod guard;
mod json;
mod members;
mod patch;
mod scalar;
mod stream;
mod tagged;
mod tree;
mod yaml;

pub use decode::{DecodeError, decode};

use crate::model::{Comment, Document, Parsed, Source, Span, SyntaxError};
use stream::Part;

/// The size of the largest file that is worth reading, for whoever reads files.
pub const MAX_FILE_BYTES: u64 = 32 << 20;

/// How far kubectl looks for the `{` that makes a text JSON (`NewYAMLOrJSONDecoder(reader, 4096)`).
const JSON_LOOKAHEAD: usize = 4096;

/// Every document of a text, read or not, and every comment.
pub fn parse(source: &Source) -> Parsed {
    let mut stream = Stream { text: source.text(), count: 0, parsed: Parsed::default() };
    if looks_like_json(source.text()) {
        stream.json_or_yaml()
    } else {
        stream.yaml(0)
    }
    stream.parsed
}

/// The JSON value that begins at or after `at`, whatever is in front of it and behind it, and where it ends; `None` when only white
/// space follows, or a null.
///
/// # Errors
/// Where what begins there is no JSON value.
pub fn json_at(text: &str, at: usize) -> Result<Option<(Document, usize)>, SyntaxError> {
    let read = json::read(text, at)?;
    Ok(read.and_then(|(tree, end)| Some((tree.finish(0)?, end))))
}

fn looks_like_json(text: &str) -> bool {
    text.find(|character: char| !character.is_whitespace())
        .is_some_and(|at| at < JSON_LOOKAHEAD && text.get(at..).is_some_and(|rest| rest.starts_with('{')))
}

struct Stream<'t> {
    text: &'t str,
    /// How many documents there have been, empty ones too.
    count: usize,
    parsed: Parsed,
}

impl Stream<'_> {
    /// A stream of JSON values. When the first or the second one is none, kubectl takes what is left for YAML.
    fn json_or_yaml(&mut self) {
        let mut at = 0;
        let error = loop {
            match json::read(self.text, at) {
                Ok(Some((tree, end))) => {
                    at = end;
                    self.parsed.documents.extend(tree.finish(self.count).map(Ok));
                    self.count += 1;
                }
                Ok(None) => return,
                Err(error) => break error,
            }
        };
        match skip_line(self.text, at).filter(|_| self.count <= 1) {
            Some(rest) => self.yaml_not_json(rest, error),
            None => self.push(self.count, Err(error)),
        }
    }

    /// When the text is neither, the reading that came further has the better error.
    fn yaml_not_json(&mut self, from: usize, json: SyntaxError) {
        let before = self.parsed.documents.len();
        self.yaml(from);
        if let Some(Err((_, yaml))) = self.parsed.documents.get_mut(before)
            && yaml.span.start < json.span.start
        {
            *yaml = json;
        }
    }

    fn yaml(&mut self, from: usize) {
        for part in stream::parts(self.text, from) {
            match part {
                Part::Comment(span) => self.parsed.comments.push(Comment { span }),
                Part::BadSeparator { span, separators } => {
                    self.count += separators;
                    self.push(self.count - 1, Err(bad_separator(span)));
                }
                Part::Piece { range, separators } => self.piece(range, separators),
            }
        }
    }

    fn piece(&mut self, range: Span, separators: usize) {
        let index = (self.count + separators).saturating_sub(usize::from(separators > 0));
        let piece = yaml::read(self.text, range, index);
        self.parsed.comments.extend(piece.comments);
        let begun = usize::from(separators > 0 || piece.document.is_some());
        self.count = index + piece.documents.max(begun);
        if let Some(document) = piece.document {
            self.push(index, document);
        }
    }

    fn push(&mut self, index: usize, document: Result<Document, SyntaxError>) {
        self.parsed.documents.push(document.map_err(|error| (index, error)));
    }
}

/// Where YAML begins behind a JSON value: past white space up to and with the end of the line. kubectl gives up when
/// fewer than four bytes are left.
fn skip_line(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..).filter(|rest| rest.len() >= 4)?;
        let first = rest.chars().next()?;
        if !first.is_whitespace() {
            return Some(at);
        }
        at += first.len_utf8();
        if first == '\n' {
            return Some(at);
        }
    }
}

fn bad_separator(span: Span) -> SyntaxError {
    SyntaxError {
        message: "only a comment may follow `---` on its line".to_owned(),
        help: Some("kubectl refuses content there; put it on the next line".to_owned()),
        span,
        is_limit: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NodeId, Value};
    use serde_json::json;

    fn read(text: &str) -> (Source, Parsed) {
        let source = Source::new("a.yaml", text);
        let parsed = parse(&source);
        (source, parsed)
    }

    /// The members of the root, each as its key and its value are written.
    fn written(text: &str) -> Vec<(String, String)> {
        let (source, parsed) = read(text);
        let document = parsed.documents.last().unwrap().as_ref().unwrap();
        let Value::Mapping(entries) = document.value(document.root) else { panic!("{text}") };
        let slice = |span| source.slice(span).to_owned();
        entries.iter().map(|entry| (slice(entry.key_span), slice(document.node(entry.value).span))).collect()
    }

    #[test]
    fn a_span_is_the_text_of_its_value() {
        let table = [
            ("é: ü # x\n", ("é", "ü")),
            ("a: 1\r\nb: x y \r\n", ("b", "x y")),
            ("a: 1\n---\n\"b\": 'c'\n", ("\"b\"", "'c'")),
            ("b: x\n  y\n\n", ("b", "x\n  y")),
            ("b: \"x\ny\"\n", ("b", "\"x\ny\"")),
            ("b: \"it\\'s\"#c\n", ("b", "\"it\\'s\"")),
            ("b: | # c\n  x\n\n  y\n\n# c\n", ("b", "| # c\n  x\n\n  y")),
            ("b: &a !!str # |\n  >-\n    x\n", ("b", ">-\n    x")),
            ("b:   # c\n", ("b", "")),
            ("b: [1, {c: d}]\n", ("b", "[1, {c: d}]")),
            ("b:\n- 1\n-  x: y\n   z:\nc:\n", ("c", "")),
            ("b:\n- 1\n-  x: y\n   z: w\n", ("b", "1\n-  x: y\n   z: w")),
            ("x: &x 1\nb: *x\n", ("b", "*x")),
            ("? b\n: c\n", ("b", "c")),
            ("? &x !!str \"b\n  b\"\n: c\n", ("\"b\n  b\"", "c")),
            ("{\"a\": 1, \"b\": {\"c\": [ ]}}", ("\"b\"", "{\"c\": [ ]}")),
            ("a: 1\u{85}b: 2\u{85}", ("b", "2")),
        ];
        for (text, (key, value)) in table {
            assert_eq!(written(text).last().unwrap(), &(key.to_owned(), value.to_owned()), "{text:?}");
        }
        let (_, parsed) = read("a:  # c\n");
        let document = parsed.documents[0].as_ref().unwrap();
        assert_eq!(document.node(document.get(document.root, "a").unwrap()).span, Span::new(2, 2));
    }

    #[test]
    fn documents_are_counted_as_a_yaml_parser_counts() {
        let table: [(&str, &[usize]); 12] = [
            ("", &[]),
            ("# c\n", &[]),
            ("# c\n---\na: 1\n", &[0]),
            ("---\n# c\n---\na: 1\n", &[1]),
            ("a: 1\n---\n---\nb: 2\n", &[0, 2]),
            ("a: 1\n--- # c\nb: 2\n---\n", &[0, 1]),
            ("a: 1\n...\nb: 2\n---\nc: 3\n", &[0, 2]),
            ("a: 1\r\n---\r\nb: 2\r\n", &[0, 1]),
            ("{\"a\": 1}{\"b\": 2}\n", &[0, 1]),
            ("{\"a\": 1}\n---\n{\"b\": 2}\n---\nc: 3\n", &[0, 1, 2]),
            ("null\n---\na: 1\n", &[1]),
            ("---\n\n---\n\n\n---\na: 1", &[2]),
        ];
        for (text, indexes) in table {
            let read: Vec<_> = read(text).1.documents.into_iter().map(|document| document.unwrap().index).collect();
            assert_eq!(read, indexes, "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_shown_at_its_place() {
        let table = [
            ("a: b: c\n", ":"),
            ("a: {{ .Values.x }}\n", "{ .Values.x }}"),
            ("a:\n\tb: 1\n", "\t"),
            ("a: 1\n\t\nb: 2\n", "\t"),
            ("a: |\n  x\n\ty\n", "\t"),
            ("a: x\u{7F}\n", "\u{7F}"),
            ("a: 1\n# c\u{2028}b: 2\n", "\u{2028}"),
            ("--- text\n", "text"),
            ("%YAML 1.1\n---\n", "%"),
            ("a: *b\n", "*"),
            ("a: &b [*b]\n", "*b"),
            ("a: !!int x\n", "x"),
            ("- {a\n : b}\n", ""),
            ("-\t\n", "\t"),
            ("~: 1\n", "~"),
            ("a: \"\\/\"\n", "\\"),
            ("a: .inf\n", ".inf"),
            ("a:\n  <<: 1\n", "1"),
            ("{\"a\": 1]", "]"),
        ];
        for (text, at) in table {
            let (source, parsed) = read(text);
            let (_, error) = parsed.documents[0].as_ref().unwrap_err();
            assert_eq!(source.slice(error.span), at, "{text:?}: {error}");
            assert!(!error.message.is_empty() && !error.message.ends_with('.'));
        }
        let (_, parsed) = read("a: {{ .Values.x }}\n");
        assert!(parsed.documents[0].as_ref().unwrap_err().1.help.as_ref().unwrap().contains("template"));
    }

    #[test]
    fn a_broken_document_hides_no_other_one() {
        let (_, parsed) = read("a: 1\n---\nb: [\n---\nc: 3\n--- x\nd: 4\n---\ne: 5\n");
        let read: Vec<_> =
            parsed.documents.iter().map(|read| read.as_ref().map(|d| d.index).map_err(|e| e.0)).collect();
        assert_eq!(read, [Ok(0), Err(1), Ok(2), Err(3), Ok(4)]);
        let found: Vec<_> = (0..6).map(|index| parsed.document(index).map(|document| document.index)).collect();
        assert_eq!(found, [Some(0), None, Some(2), None, Some(4), None]);
    }

    #[test]
    fn merges_and_duplicates_remember_where_they_come_from() {
        let text =
            "base: &base {x: 1, k: 2}\nleft:\n  k: 3\n  <<: *base\nright:\n  <<: [*base, {z: 4}]\n  x: 5\n  x: 6\n";
        let (source, parsed) = read(text);
        let document = parsed.documents[0].as_ref().unwrap();
        let expected = json!({"base": {"x": 1, "k": 2}, "left": {"x": 1, "k": 2}, "right": {"z": 4, "k": 2, "x": 6}});
        assert_eq!(document.to_json(document.root), expected);
        let member = |of: &str, key: &str| {
            let entry = document.entry(document.get(document.root, of).unwrap(), key).unwrap();
            let merged = entry.merged_at.map(|span| (source.slice(span).to_owned(), span.start));
            (source.slice(entry.key_span).to_owned(), merged)
        };
        assert_eq!(member("left", "k"), ("k".to_owned(), Some(("*base".to_owned(), text.find("*base").unwrap()))));
        assert_eq!(member("right", "k").1, Some(("*base".to_owned(), text.rfind("*base").unwrap())));
        assert_eq!(member("right", "x").1, None);
        let [duplicate] = document.duplicates.as_slice() else { panic!("{:?}", document.duplicates) };
        assert_eq!(duplicate.path.to_string(), "/right/x");
        assert_eq!(
            (duplicate.first.start, duplicate.last.start),
            (text.find("x: 5").unwrap(), text.find("x: 6").unwrap())
        );
    }

    #[test]
    fn an_alias_stands_for_its_target_and_has_its_own_place() {
        let (source, parsed) = read("a: &x [1]\nb: *x\n&k key: *x\nd: *k\n*k : 2\n");
        let document = parsed.documents[0].as_ref().unwrap();
        let [a, b] = ["a", "b"].map(|key| document.get(document.root, key).unwrap());
        assert_eq!(document.node(b).value, Value::Alias(a));
        assert_eq!((document.resolve(b), source.slice(document.node(b).span)), (a, "*x"));
        assert_eq!(document.to_json(document.root), json!({"a": [1], "b": [1], "d": "key", "key": 2}));
        assert!(matches!(document.node(NodeId(u32::MAX)).value, Value::Null));
    }

    #[test]
    fn comments_are_kept_in_order() {
        let (source, parsed) = read("# é\n--- # m\na: 1 # r\r\nb: | # h\n  # no\n# c\n---\n  # i\nc: '# no'\n");
        let comments: Vec<_> = parsed.comments.iter().map(|comment| source.slice(comment.span)).collect();
        assert_eq!(comments, ["# é", "# m", "# r", "# h", "# c", "# i"]);
    }

    #[test]
    fn a_text_is_json_when_kubectl_takes_it_for_json() {
        let table = [
            (" {\"a\": \"\\/\\ud83d\\ude00\\ud800\"}", json!([{"a": "/😀\u{FFFD}"}])),
            ("{\"a\":\t1e3}", json!([{"a": 1000}])),
            ("{\"a\": yes}", json!([{"a": true}])),
            ("{\"a\": 1}\n{b: 2}\n", json!([{"a": 1}, {"b": 2}])),
            ("{\"a\": -0.0, \"a\": 2}", json!([{"a": 2}])),
            ("{\"a\": 18446744073709551615}", json!([{"a": u64::MAX}])),
        ];
        for (text, expected) in table {
            let documents = read(text).1.documents.into_iter();
            let read: serde_json::Value = documents.map(|read| read.map(|d| d.to_json(d.root)).unwrap()).collect();
            assert_eq!(read, expected, "{text}");
        }
        for text in ["{}{}{} x", "{\"a\": \"\u{1}\"}", "{\"a\""] {
            assert!(read(text).1.documents.iter().any(Result::is_err), "{text}");
        }
    }
}
