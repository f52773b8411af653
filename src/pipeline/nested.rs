//! JSON that this program has written itself comes in, values go out: a document or a policy may be nested deeper than serde_json goes by
//! itself. `parse` and `evaluate` have refused what is deeper than a stack can bear.

use serde::de::DeserializeOwned;
use serde_json::Deserializer;

/// Reads it.
///
/// # Errors
/// For what is no such value.
pub fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut json = Deserializer::from_str(text);
    json.disable_recursion_limit();
    let value = T::deserialize(&mut json)?;
    json.end().map(|()| value)
}
