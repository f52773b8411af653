//! What one place says about a field, as the kubelet's decoder holds it.

use serde_json::{Value, json};

use crate::model::{Location, Value as Node};

use crate::node::go;
use crate::node::schema::{Kind, Type, whole};
use crate::node::setting::{Effective, Origin, Overridden};
use crate::node::template;

use super::layer::{Layer, Written};

/// What one place says about a field.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub value: Effective,
    pub origin: Origin,
    pub place: Option<Location>,
    pub text: String,
}

/// What a layer says; `None` for a null and for what is not of the field's type, which the kubelet refuses.
pub fn candidate(layer: &Layer, written: &Written, field: Type) -> Option<Candidate> {
    let value = layer.value(written.node);
    let unknown = match value {
        Node::Null => return None,
        Node::String(text) => template::reason(text, true),
        _ => None,
    };
    let value = match unknown {
        Some(reason) => Effective::Unknown(reason),
        None => {
            let gates = written.spelling.first().is_some_and(|key| key.eq_ignore_ascii_case("featureGates"));
            let zero = if gates { json!(false) } else { json!("") };
            Effective::Known(decoded(field.kind, layer.json(written.node), layer.origin, &zero)?)
        }
    };
    let place = Some(layer.place_of(written.node));
    Some(Candidate { value, origin: layer.origin, place, text: layer.text_of(written.node) })
}

/// A value as the kubelet holds it.
fn decoded(kind: Kind, value: Value, origin: Origin, zero: &Value) -> Option<Value> {
    match (kind, value) {
        // A null member is the zero value in the file of `--config`; a drop-in takes the member away with it.
        (Kind::Map, Value::Object(mut map)) if origin == Origin::File => {
            map.values_mut().filter(|value| value.is_null()).for_each(|value| *value = zero.clone());
            Some(Value::Object(map))
        }
        (Kind::Duration | Kind::TimeOrDuration, Value::String(text)) => {
            Some(go::duration_text(go::duration(&text)?).into())
        }
        (Kind::TimeOrDuration, Value::Number(number)) => Some(go::duration_text(whole(&number)?).into()),
        (Kind::Int(_) | Kind::Uint, Value::Number(number)) => whole(&number).map(Value::from),
        (Kind::Quantity, Value::Number(number)) => Some(number.to_string().into()),
        (Kind::Quantity | Kind::String | Kind::Time, value @ Value::String(_))
        | (Kind::Bool, value @ Value::Bool(_))
        | (Kind::Float, value @ Value::Number(_))
        | (Kind::List, value @ Value::Array(_))
        | (Kind::Map | Kind::Object, value @ Value::Object(_))
        | (Kind::Any, value) => Some(value),
        _ => None,
    }
}

/// A zero value in a file that has a default means the default, unless Go tells it from "not set".
pub fn nonzero(
    path: &str,
    field: Type,
    default: &Value,
    found: Candidate,
    lost: &mut Vec<Overridden>,
) -> Option<Candidate> {
    let negative =
        path == "podPidsLimit" && matches!(&found.value, Effective::Known(value) if value.as_i64() < Some(0));
    let means_default = negative || (!field.pointer && is_known_zero(&found) && !is_zero(default));
    if !means_default {
        return Some(found);
    }
    let why = if negative { "any negative number means the default" } else { "in a file this value means the default" };
    lost.extend(found.place.map(|place| Overridden { text: found.text, place, why: why.to_owned() }));
    None
}

/// Whether a value is left out when the configuration is written down for the merge (`omitempty`).
pub fn vanishes(candidate: &Candidate, field: Type) -> bool {
    match &candidate.value {
        Effective::Known(Value::Null) => true,
        Effective::Known(Value::Array(items)) => items.is_empty(),
        Effective::Known(Value::Object(members)) => members.is_empty(),
        // Durations are structs, which `omitempty` does not leave out.
        Effective::Known(value) => !field.pointer && is_zero(value) && field.kind != Kind::Duration,
        Effective::Unknown(_) => false,
    }
}

pub fn is_known_zero(candidate: &Candidate) -> bool {
    matches!(&candidate.value, Effective::Known(value) if is_zero(value))
}

/// Go's zero value. An empty list or map that is written is none.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0s",
        Value::Array(_) | Value::Object(_) => false,
    }
}
