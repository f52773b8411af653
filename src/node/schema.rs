//! A document checked against the Go type that its program decodes it into: which fields it does not have, which values do
//! not fit. Follows encoding/json and sigs.k8s.io/json: names count with their case, `null` leaves a field unset.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::model::{Document, Location, NodeId, Source, Span, Value};
use crate::node::Note;

use super::go;
use super::name::hint;
use super::table::Table;
use super::template;
use super::version::Version;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// What it holds.
    pub kind: Kind,
    /// Whether Go tells "not set" from the zero value.
    pub pointer: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Kind {
    Bool,
    Int(u32),
    Uint,
    Float,
    String,
    Duration,
    TimeOrDuration,
    Quantity,
    Time,
    List,
    Map,
    Object,
    Any,
}

/// The fields of one kind of file, by path: `rules[].resources[].group`, `featureGates{}`.
#[derive(Debug, Clone)]
pub struct Schema {
    fields: BTreeMap<&'static str, Type>,
}

/// What does not fit.
#[derive(Debug, Clone, Default)]
pub struct Misfits {
    /// Fields that the type does not have: an error for a strict decoder, ignored by a lenient one.
    pub unknown: Vec<Note>,
    /// Keys that are written twice, likewise.
    pub duplicate: Vec<Note>,
    /// Values of the wrong type: always an error.
    pub mistyped: Vec<Note>,
}

impl Schema {
    /// The fields of a kind in a version.
    pub fn of(kind: &str, version: Option<Version>) -> Self {
        let rows = SCHEMAS.rows(kind, version);
        Self { fields: rows.filter_map(|row| Some((row.cell(0), Type::of_word(row.cell(1))?))).collect() }
    }

    /// The type of a field.
    pub fn get(&self, path: &str) -> Option<Type> {
        self.fields.get(path).copied()
    }

    /// The fields that hold a value of their own: neither an object nor inside a list or map.
    pub fn leaves(&self) -> impl Iterator<Item = (&'static str, Type)> {
        let own = |path: &str| !path.contains(['[', '{']) && !matches!(path, "kind" | "apiVersion");
        let fields = self.fields.iter().map(|(&path, &field)| (path, field));
        fields.filter(move |(path, field)| own(path) && field.kind != Kind::Object)
    }

    /// Checks a document.
    pub fn check(&self, source: &Arc<Source>, document: &Document) -> Misfits {
        self.check_from(document.root, false, source, document)
    }

    /// Checks a part of a document.
    pub fn check_below(&self, source: &Arc<Source>, document: &Document, root: NodeId) -> Misfits {
        self.check_from(root, false, source, document)
    }

    /// Checks a merge patch (RFC 7386): a null takes a member away and has no type, and names are decoded by
    /// encoding/json, without regard to case.
    pub fn check_merge_patch(&self, source: &Arc<Source>, document: &Document) -> Misfits {
        self.check_from(document.root, true, source, document)
    }

    fn check_from(&self, root: NodeId, patch: bool, source: &Arc<Source>, document: &Document) -> Misfits {
        let mut walk = Walk { schema: self, source, document, patch, found: Misfits::default() };
        walk.value(root, "", Type { kind: Kind::Object, pointer: false });
        let last = |duplicate: &crate::model::Duplicate| {
            Note::new(format!("`{}` is written twice; the last one counts", duplicate.path), walk.place(duplicate.last))
        };
        walk.found.duplicate = document.duplicates.iter().map(last).collect();
        walk.found
    }
}

impl Type {
    fn of_word(word: &str) -> Option<Self> {
        let (word, pointer) = word.strip_suffix('?').map_or((word, false), |word| (word, true));
        let kind = match word {
            "bool" => Kind::Bool,
            "int32" => Kind::Int(32),
            "int64" => Kind::Int(64),
            "uint32" => Kind::Uint,
            "float64" => Kind::Float,
            "string" => Kind::String,
            "duration" => Kind::Duration,
            "time-or-duration" => Kind::TimeOrDuration,
            "quantity" => Kind::Quantity,
            "time" => Kind::Time,
            "list" => Kind::List,
            "map" => Kind::Map,
            "object" => Kind::Object,
            "any" => Kind::Any,
            _ => return None,
        };
        Some(Self { kind, pointer })
    }
}

impl Kind {
    fn phrase(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int(_) | Self::Uint => "a whole number that fits",
            Self::Float => "a number",
            Self::String => "a string",
            Self::Duration => "a duration such as `5m`",
            Self::TimeOrDuration => "a duration such as `5s` or a number of nanoseconds",
            Self::Quantity => "a quantity such as `10Mi`",
            Self::Time => "a time",
            Self::List => "a list",
            Self::Map | Self::Object => "a mapping",
            Self::Any => "anything",
        }
    }

    fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Bool, Value::Bool(_))
            | (Self::Float, Value::Number(_))
            | (Self::String, Value::String(_))
            | (Self::List, Value::Sequence(_))
            | (Self::Map | Self::Object, Value::Mapping(_)) => true,
            (Self::Int(bits), Value::Number(number)) => {
                whole(number).is_some_and(|value| bits == 64 || i32::try_from(value).is_ok())
            }
            (Self::Uint, Value::Number(number)) => whole(number).is_some_and(|value| u32::try_from(value).is_ok()),
            (Self::TimeOrDuration, Value::Number(number)) => whole(number).is_some(),
            (Self::Duration | Self::TimeOrDuration, Value::String(text)) => go::duration(text).is_some(),
            (Self::Quantity, Value::String(text)) => go::is_quantity(text),
            (Self::Quantity, Value::Number(number)) => go::is_quantity(&number.to_string()),
            (Self::Time, Value::String(text)) => text.contains('T'),
            _ => false,
        }
    }
}

/// A number without a fraction, however it is written.
pub fn whole(number: &serde_json::Number) -> Option<i64> {
    let float = || number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < 9e15);
    #[allow(clippy::cast_possible_truncation)]
    number.as_i64().or_else(|| float().map(|value| value as i64))
}

struct Walk<'a> {
    schema: &'a Schema,
    source: &'a Arc<Source>,
    document: &'a Document,
    patch: bool,
    found: Misfits,
}

impl Walk<'_> {
    fn value(&mut self, id: NodeId, path: &str, field: Type) {
        let value = self.document.value(id);
        // `null` unsets, save that a duration which is no pointer reads it as an empty text.
        if *value == Value::Null && (self.patch || field.kind != Kind::Duration || field.pointer) {
            return;
        }
        // What a template will put here is not known; the caller says so where the value counts.
        if matches!(value, Value::String(text) if template::reason(text, true).is_some()) {
            return;
        }
        if !field.kind.accepts(value) {
            let name = if path.is_empty() { "the document" } else { path };
            let place = self.place(self.document.node(id).span);
            self.found.mistyped.push(Note::new(format!("`{name}` has to be {}", field.kind.phrase()), place));
            return;
        }
        match (field.kind, value) {
            (Kind::List, Value::Sequence(items)) => {
                let path = format!("{path}[]");
                let Some(element) = self.schema.get(&path) else { return };
                items.iter().for_each(|&item| self.value(item, &path, element));
            }
            (Kind::Map, Value::Mapping(entries)) => {
                let path = format!("{path}{{}}");
                let Some(member) = self.schema.get(&path) else { return };
                entries.iter().for_each(|entry| self.value(entry.value, &path, member));
            }
            (Kind::Object, Value::Mapping(entries)) => {
                for entry in entries {
                    let path = join(path, &entry.key);
                    match self.field(&path) {
                        Some((path, field)) => self.value(entry.value, path, field),
                        None => self.unknown(&path, entry.key_span),
                    }
                }
            }
            _ => {}
        }
    }

    fn field(&self, path: &str) -> Option<(&'static str, Type)> {
        let exact = self.schema.fields.get_key_value(path);
        let folded = || self.schema.fields.iter().find(|(name, _)| self.patch && name.eq_ignore_ascii_case(path));
        exact.or_else(folded).map(|(&path, &field)| (path, field))
    }

    fn unknown(&mut self, path: &str, key: Span) {
        let hint = hint(path, self.schema.fields.keys().copied(), self.found.unknown.len());
        let place = self.place(key);
        self.found.unknown.push(Note::new(format!("there is no field `{path}`{hint}"), place));
    }

    fn place(&self, span: Span) -> Option<Location> {
        Some(Location { source: Arc::clone(self.source), span })
    }
}

/// The path of a member: `a` below nothing, `a.b` below `a`.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

static SCHEMAS: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("data/schemas.tsv"), 3));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn misfits(text: &str) -> Misfits {
        let source = Arc::new(Source::new("x.yaml", text));
        let parsed = parse(&source);
        let document = parsed.documents.into_iter().next().unwrap().unwrap();
        Schema::of("KubeletConfiguration", Some(Version::new(1, 33))).check(&source, &document)
    }

    #[test]
    fn fields_and_types_are_checked_with_their_line() {
        let found = misfits(
            "readOnlyPort: \"0\"\nreadonlyPort: 1\nauthentication: {anonymous: {enabled: yes}}\nclusterDNS: [1]\n\
             syncFrequency: 1m\nfileCheckFrequency: 5\nfeatureGates: {A: x}\nfailSwapOn: null\nport: 1.5\nport: 1\n",
        );
        let lines = |problems: &[Note]| {
            problems.iter().map(|p| p.place.as_ref().unwrap().region().start.line()).collect::<Vec<_>>()
        };
        assert_eq!(lines(&found.unknown), [2]);
        assert_eq!(lines(&found.mistyped), [1, 4, 6, 7]);
        assert_eq!(lines(&found.duplicate), [10]);
    }

    #[test]
    fn every_row_has_a_type() {
        assert!(SCHEMAS.rows("KubeletConfiguration", None).all(|row| Type::of_word(row.cell(1)).is_some()));
        assert!(Schema::of("Policy", None).get("rules[].level").is_some());
    }
}
