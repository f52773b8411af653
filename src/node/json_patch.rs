//! The three ways in which Kubernetes patches an object: JSON patch (RFC 6902), merge patch (RFC 7386) and the strategic merge
//! patch of k8s.io/apimachinery.

use serde_json::{Map, Value};

/// How a patch is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A list of operations.
    Json,
    /// Members replace members.
    Merge,
    /// Members replace members, and lists of a pod are merged by key.
    Strategic,
}

/// The lists of a pod that are merged, and by which member of their elements.
const KEYS: [(&str, &str); 12] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("imagePullSecrets", "name"),
    ("env", "name"),
    ("ports", "containerPort"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("ownerReferences", "uid"),
];

/// Applies a patch; the value stays as it is when that is not possible.
///
/// # Errors
///
/// Says why it is not possible.
pub fn apply(kind: Kind, value: &mut Value, patch: &Value) -> Result<(), String> {
    let patched = match kind {
        Kind::Json => operations(value.clone(), patch)?,
        Kind::Merge => merged(Some(value.clone()), patch),
        Kind::Strategic => match (value.as_object(), patch.as_object()) {
            (Some(base), Some(patch)) => Value::Object(strategic(base.clone(), patch)?),
            _ => return Err("a strategic merge patch has to be a mapping".to_owned()),
        },
    };
    *value = patched;
    Ok(())
}

fn merged(base: Option<Value>, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut base = match base {
        Some(Value::Object(base)) => base,
        _ => Map::new(),
    };
    for (key, value) in patch {
        if value.is_null() {
            base.remove(key);
        } else {
            let below = base.remove(key);
            base.insert(key.clone(), merged(below, value));
        }
    }
    Value::Object(base)
}

fn operations(mut value: Value, patch: &Value) -> Result<Value, String> {
    let list = patch.as_array().ok_or("a JSON patch has to be a list of operations")?;
    for operation in list {
        let text = |key: &str| operation.get(key).and_then(Value::as_str);
        let path = text("path").ok_or("an operation has no `path`")?;
        let new = || operation.get("value").cloned().unwrap_or_default();
        let found = |value: &Value| value.pointer(path).cloned().ok_or_else(|| format!("there is no {path}"));
        match text("op").unwrap_or_default() {
            "add" => add(&mut value, path, new())?,
            "remove" => drop(take(&mut value, path)?),
            "replace" => {
                found(&value)?;
                if let Some(place) = value.pointer_mut(path) {
                    *place = new();
                }
            }
            "test" => {
                let same = value.pointer(path).unwrap_or(&Value::Null) == &new();
                same.then_some(()).ok_or_else(|| format!("{path} has another value"))?;
            }
            "copy" | "move" => {
                let from = text("from").ok_or("an operation has no `from`")?;
                let moved = if text("op") == Some("move") { take(&mut value, from)? } else { get(&value, from)? };
                add(&mut value, path, moved)?;
            }
            other => return Err(format!("there is no operation `{other}`")),
        }
    }
    Ok(value)
}

fn get(value: &Value, path: &str) -> Result<Value, String> {
    value.pointer(path).cloned().ok_or_else(|| format!("there is no {path}"))
}

/// The parent of a path and the last step.
fn parent<'v>(value: &'v mut Value, path: &str) -> Result<(&'v mut Value, String), String> {
    let (parent, last) = path.rsplit_once('/').ok_or_else(|| format!("`{path}` is no path"))?;
    let last = last.replace("~1", "/").replace("~0", "~");
    let parent = value.pointer_mut(parent).ok_or_else(|| format!("there is no {parent}"))?;
    Ok((parent, last))
}

fn add(value: &mut Value, path: &str, new: Value) -> Result<(), String> {
    let (parent, last) = parent(value, path)?;
    match parent {
        Value::Object(members) => {
            members.insert(last, new);
            Ok(())
        }
        Value::Array(items) => {
            let at = if last == "-" { Some(items.len()) } else { index(&last, items.len() + 1) };
            let at = at.ok_or_else(|| format!("{path} is outside of the list"))?;
            items.insert(at, new);
            Ok(())
        }
        _ => Err(format!("{path} is in no mapping or list")),
    }
}

fn take(value: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, last) = parent(value, path)?;
    let taken = match parent {
        Value::Object(members) => members.remove(&last),
        Value::Array(items) => index(&last, items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    taken.ok_or_else(|| format!("there is no {path}"))
}

/// An index below `len`; a negative one counts from the end (evanphx/json-patch).
fn index(text: &str, len: usize) -> Option<usize> {
    let index = text.parse::<i64>().ok()?;
    let index = if index < 0 { usize::try_from(index + i64::try_from(len).ok()?) } else { usize::try_from(index) };
    index.ok().filter(|&index| index < len)
}

fn strategic(mut base: Map<String, Value>, patch: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    match patch.get("$patch").map(|directive| directive.as_str().unwrap_or_default()) {
        Some("replace") => return Ok(without_directives(patch)),
        Some("delete") => return Ok(Map::new()),
        Some("merge") | None => {}
        Some(other) => return Err(format!("there is no directive `{other}`")),
    }
    if let Some(kept) = patch.get("$retainKeys").and_then(Value::as_array) {
        base.retain(|key, _| kept.iter().any(|name| name == key.as_str()));
    }
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            let gone = value.as_array().cloned().unwrap_or_default();
            if let Some(items) = base.get_mut(list).and_then(Value::as_array_mut) {
                items.retain(|item| !gone.contains(item));
            }
        }
        if key.starts_with('$') {
            continue;
        }
        let below = base.remove(key);
        let above = match (below, value) {
            (_, Value::Null) => continue,
            (Some(Value::Object(below)), Value::Object(above)) => Value::Object(strategic(below, above)?),
            (None, Value::Object(above)) => Value::Object(strategic(Map::new(), above)?),
            (Some(Value::Array(below)), Value::Array(above)) => Value::Array(merged_list(key, below, above)?),
            (Some(Value::Object(_)), _) | (Some(Value::Array(_)), _) => {
                return Err(format!("`{key}` is of another type"));
            }
            (_, above) => above.clone(),
        };
        base.insert(key.clone(), above);
    }
    Ok(base)
}

fn merged_list(name: &str, base: Vec<Value>, patch: &[Value]) -> Result<Vec<Value>, String> {
    let Some((_, key)) = KEYS.iter().find(|(list, _)| *list == name) else {
        let together = |items: Vec<Value>, new: &[Value]| {
            let added = new.iter().filter(|item| !items.contains(item)).cloned().collect::<Vec<_>>();
            items.into_iter().chain(added).collect()
        };
        // Of the lists of plain values in a pod only the finalizers are merged.
        return Ok(if name == "finalizers" { together(base, patch) } else { patch.to_vec() });
    };
    let directive = |item: &Value| item.get("$patch").and_then(Value::as_str).map(str::to_owned);
    if patch.iter().any(|item| directive(item).as_deref() == Some("replace")) {
        return Ok(patch.iter().filter(|item| directive(item).is_none()).cloned().collect());
    }
    let order: Vec<_> = base.iter().map(|item| item.get(*key).cloned()).collect();
    let mut items = base;
    for item in patch {
        let Value::Object(new) = item else { return Err(format!("an element of `{name}` is no mapping")) };
        let id = new.get(*key).ok_or_else(|| format!("an element of `{name}` has no `{key}`"))?;
        if directive(item).as_deref() == Some("delete") {
            items.retain(|item| item.get(*key) != Some(id));
            continue;
        }
        let found = items.iter_mut().find(|item| item.get(*key) == Some(id));
        match found {
            Some(Value::Object(found)) => *found = strategic(std::mem::take(found), new)?,
            _ => items.push(Value::Object(strategic(Map::new(), new)?)),
        }
    }
    Ok(ordered(items, patch, &order, key))
}

/// `mergeSortedSlice`: the elements of the patch in its order, and each other one in front of the first that it was in front
/// of before.
fn ordered(items: Vec<Value>, patch: &[Value], before: &[Option<Value>], key: &str) -> Vec<Value> {
    let in_patch = |item: &Value| patch.iter().position(|known| known.get(key) == item.get(key));
    let rank = |item: &Value| before.iter().position(|known| known.as_ref() == item.get(key));
    let (mut named, others): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| in_patch(item).is_some());
    named.sort_by_key(in_patch);
    let mut named = named.into_iter().peekable();
    let mut out = Vec::new();
    for other in others {
        let later = |named: &Value| matches!((rank(&other), rank(named)), (Some(other), Some(named)) if other < named);
        while let Some(next) = named.next_if(|named| !later(named)) {
            out.push(next);
        }
        out.push(other);
    }
    out.extend(named);
    out
}

fn without_directives(patch: &Map<String, Value>) -> Map<String, Value> {
    patch.iter().filter(|(key, _)| !key.starts_with('$')).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(kind: Kind, patch: Value) -> Result<Value, String> {
        let mut value =
            json!({"spec": {"containers": [{"name": "a", "command": ["x", "y"], "env": []}], "hostNetwork": true}});
        apply(kind, &mut value, &patch).map(|()| value)
    }

    #[test]
    fn operations_follow_rfc_6902() {
        let add = json!([{"op": "add", "path": "/spec/containers/0/command/-", "value": "z"}, {"op": "remove", "path": "/spec/hostNetwork"}]);
        let value = patched(Kind::Json, add).unwrap();
        assert_eq!(value, json!({"spec": {"containers": [{"name": "a", "command": ["x", "y", "z"], "env": []}]}}));
        for wrong in [
            json!([{"op": "remove", "path": "/nothing"}]),
            json!([{"op": "replace", "path": "/spec/nothing", "value": 1}]),
            json!([{"op": "test", "path": "/spec/hostNetwork", "value": false}]),
            json!([{"op": "add", "path": "/spec/containers/7", "value": 1}]),
            json!({}),
        ] {
            assert!(patched(Kind::Json, wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn strategic_patches_merge_by_key() {
        let value = patched(
            Kind::Strategic,
            json!({"spec": {"hostNetwork": null, "containers": [{"name": "a", "command": ["q"], "env": [{"name": "E"}]}, {"name": "b"}]}}),
        );
        assert_eq!(
            value.unwrap(),
            json!({"spec": {"containers": [{"name": "a", "command": ["q"], "env": [{"name": "E"}]}, {"name": "b"}]}})
        );
        let gone = patched(Kind::Strategic, json!({"spec": {"containers": [{"$patch": "delete", "name": "a"}]}}));
        assert_eq!(gone.unwrap()["spec"]["containers"], json!([]));
        assert!(patched(Kind::Strategic, json!({"spec": {"containers": [{"image": "x"}]}})).is_err());
    }

    #[test]
    fn merge_patches_replace_lists() {
        let value = patched(Kind::Merge, json!({"spec": {"containers": [], "hostNetwork": null}})).unwrap();
        assert_eq!(value, json!({"spec": {"containers": []}}));
    }
}
