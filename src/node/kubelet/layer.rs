//! A file of the kubelet's configuration: what it says about a field, and what the kubelet would refuse in it.

use std::sync::Arc;

use crate::model::{Document, Location, NodeId, Source, Span, Value};
use crate::node::Note;
use crate::parse::parse;

use crate::node::component::Component;
use crate::node::schema::Schema;
use crate::node::setting::Origin;

/// What lies below the drop-ins.
#[derive(Debug, Clone)]
pub enum Base {
    /// No `--config`: the defaults of the flags.
    Legacy,
    /// The file of `--config`, in this directory, which is the first layer.
    File {
        /// Relative paths in the file begin here.
        directory: String,
    },
    /// A file that cannot be read, and why.
    Unknown(String),
}

/// A configuration file or drop-in.
#[derive(Debug, Clone)]
pub struct Layer {
    source: Arc<Source>,
    document: Document,
    /// `File` or `DropIn`.
    pub origin: Origin,
}

/// A field as a layer writes it.
#[derive(Debug, Clone)]
pub struct Written {
    /// The path as spelled there; drop-ins are decoded without regard to case.
    pub spelling: Vec<String>,
    /// The node; a null for a member that a drop-in takes away.
    pub node: NodeId,
}

impl Layer {
    /// The file of `--config`: an unknown field or duplicate key makes the kubelet decode leniently, with a warning.
    pub fn file(source: &Arc<Source>, schema: &Schema, component: &mut Component) -> Result<Self, String> {
        let layer = Self::read(source, Origin::File, component)?;
        let misfits = schema.check(source, &layer.document);
        component.refused.extend(misfits.mistyped);
        component.ignored.extend(misfits.unknown);
        component.warnings.extend(misfits.duplicate);
        Ok(layer)
    }

    /// A drop-in: any duplicate key is an error, and names are matched without regard to case.
    pub fn drop_in(source: &Arc<Source>, schema: &Schema, component: &mut Component) -> Result<Self, String> {
        let layer = Self::read(source, Origin::DropIn, component)?;
        let misfits = schema.check_merge_patch(source, &layer.document);
        component.refused.extend(misfits.mistyped);
        component.refused.extend(misfits.duplicate);
        component.ignored.extend(misfits.unknown);
        Ok(layer)
    }

    fn read(source: &Arc<Source>, origin: Origin, component: &mut Component) -> Result<Self, String> {
        let at = |span| Some(Location { source: Arc::clone(source), span });
        let path = source.path();
        let mut refuse = |message: String, span: Span| {
            component.refused.push(Note::new(message, at(span)));
            Err(format!("the kubelet cannot read {path}"))
        };
        // The kubelet reads the first document and no other.
        match parse(source).documents.into_iter().next() {
            Some(Ok(document)) if document.index == 0 => {
                let layer = Self { source: Arc::clone(source), document, origin };
                layer.check_kind(component);
                Ok(layer)
            }
            Some(Err((0, error))) => refuse(error.message, error.span),
            _ => refuse("the kubelet refuses an empty configuration file".to_owned(), Span::new(0, 0)),
        }
    }

    fn check_kind(&self, component: &mut Component) {
        let root = self.document.root;
        for (key, expected) in [("apiVersion", "kubelet.config.k8s.io/v1beta1"), ("kind", "KubeletConfiguration")] {
            if self.document.str_at(root, key) != Some(expected) {
                let node = self.document.get(root, key).unwrap_or(root);
                let span = self.source.position(self.document.node(node).span.start).line();
                let span = self.source.line_span(span).unwrap_or_default();
                let place = Location { source: Arc::clone(&self.source), span };
                component.refused.push(Note::new(format!("`{key}` has to be `{expected}`"), Some(place)));
            }
        }
    }

    /// The root of the file.
    pub fn place(&self) -> Location {
        self.place_of(self.document.root)
    }

    /// Where a node is written.
    pub fn place_of(&self, node: NodeId) -> Location {
        Location { source: Arc::clone(&self.source), span: self.document.node(node).span }
    }

    /// The text of a node.
    pub fn text_of(&self, node: NodeId) -> String {
        self.source.slice(self.document.node(node).span).trim_end().to_owned()
    }

    /// The value of a node.
    pub fn value(&self, node: NodeId) -> &Value {
        self.document.value(node)
    }

    /// The value of a node as JSON.
    pub fn json(&self, node: NodeId) -> serde_json::Value {
        self.document.to_json(node)
    }

    /// Everything that the layer says about a field. In the file of `--config` names count with their case, and a null is
    /// as good as nothing.
    pub fn find(&self, path: &str) -> Vec<Written> {
        let mut found = vec![Written { spelling: Vec::new(), node: self.document.root }];
        for segment in path.split('.') {
            found = found.into_iter().flat_map(|written| self.step(written, segment)).collect();
        }
        if self.origin == Origin::File {
            found.retain(|written| *self.value(written.node) != Value::Null);
        }
        found
    }

    fn step(&self, written: Written, segment: &str) -> Vec<Written> {
        let entries = match self.value(written.node) {
            Value::Mapping(entries) => entries.as_slice(),
            // A null in the place of an object takes all its members away.
            Value::Null if !written.spelling.is_empty() => {
                let spelling = written.spelling.into_iter().chain([segment.to_owned()]).collect();
                return vec![Written { spelling, node: written.node }];
            }
            _ => &[],
        };
        let exact = self.origin == Origin::File;
        let named = entries
            .iter()
            .filter(|entry| if exact { &*entry.key == segment } else { entry.key.eq_ignore_ascii_case(segment) });
        let next = |key: &str| written.spelling.iter().cloned().chain([key.to_owned()]).collect();
        named.map(|entry| Written { spelling: next(&entry.key), node: entry.value }).collect()
    }
}
