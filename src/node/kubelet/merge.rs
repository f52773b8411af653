//! Drop-ins over a base: a merge patch each (RFC 7386), and a decoder that does not mind the case of names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::Location;

use crate::node::schema::{Kind, Type};
use crate::node::setting::{Effective, Overridden};

use super::candidate::{Candidate, candidate};
use super::layer::Layer;

/// Merges drop-ins into a base, one after the other (RFC 7386), and decodes the result.
///
/// The merge goes by the exact spelling and the decoder by any: of several spellings the last one by byte order counts.
pub fn stack(
    path: &str,
    field: Type,
    base: Option<Candidate>,
    drop_ins: &[&Layer],
    lost: &mut Vec<Overridden>,
) -> Option<Candidate> {
    let exact: Vec<String> = path.split('.').map(str::to_owned).collect();
    let mut spellings: BTreeMap<Vec<String>, Candidate> = base.map(|base| (exact, base)).into_iter().collect();
    for layer in drop_ins {
        for written in layer.find(path) {
            let below = spellings.remove(&written.spelling);
            let place = layer.place_of(written.node);
            let Some(above) = candidate(layer, &written, field) else {
                lose(below.into_iter(), &place, lost);
                continue;
            };
            let merged = match (field.kind, below) {
                (Kind::Map, Some(below)) => merged_maps(below, above),
                (Kind::Map, None) => {
                    let nothing = Candidate { value: Effective::Known(json!({})), ..above.clone() };
                    merged_maps(nothing, above)
                }
                (_, below) => {
                    lose(below.into_iter(), &place, lost);
                    above
                }
            };
            spellings.insert(written.spelling, merged);
        }
    }
    let (_, mut top) = spellings.pop_last()?;
    for below in spellings.into_values().rev() {
        if field.kind == Kind::Map {
            top = merged_maps(below, top);
        } else if let Some(place) = &top.place {
            lose(std::iter::once(below), place, lost);
        }
    }
    Some(top)
}

fn lose(below: impl Iterator<Item = Candidate>, winner: &Location, lost: &mut Vec<Overridden>) {
    for candidate in below {
        let why = format!("the drop-in {} comes later", winner.source.path());
        lost.extend(candidate.place.map(|place| Overridden { text: candidate.text, place, why }));
    }
}

/// Members of the upper map win, and its nulls take members away.
fn merged_maps(below: Candidate, above: Candidate) -> Candidate {
    let value = match (below.value, above.value) {
        (Effective::Known(Value::Object(mut map)), Effective::Known(Value::Object(above))) => {
            for (key, value) in above {
                if value.is_null() {
                    map.remove(&key);
                } else {
                    map.insert(key, value);
                }
            }
            Effective::Known(Value::Object(map))
        }
        (Effective::Unknown(reason), _) => Effective::Unknown(reason),
        (_, above) => above,
    };
    Candidate { value, ..above }
}
