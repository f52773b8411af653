//! Digests, and tokens signed with a shared secret.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::Mac;
use regorus::Value;

use super::text;

/// The most tokens inside each other.
const MOST_NESTED: usize = 8;

/// The bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The code of a message under a key.
pub fn hmac<M: Mac + hmac::digest::KeyInit>(key: &[u8], message: &[u8]) -> Option<String> {
    let mut mac = <M as Mac>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(hex(&mac.finalize().into_bytes()))
}

/// `crypto.hmac.…(message, key)`
pub fn hmac_hex(args: &[Value], make: fn(&[u8], &[u8]) -> Option<String>) -> Value {
    let both = text(args, 0).zip(text(args, 1));
    both.and_then(|(message, key)| make(key.as_bytes(), message.as_bytes())).map_or(Value::Undefined, Value::from)
}

/// Header, payload and signature, unverified; of a token inside a token the inner one's.
pub fn jwt(args: &[Value]) -> Value {
    let mut token = text(args, 0).map(str::to_owned);
    for _ in 0..MOST_NESTED {
        let Some((header, payload, signature)) = token.as_deref().and_then(sections) else { return Value::Undefined };
        let is_inner = matches!(&header, Value::Object(members)
            if members.get(&Value::from("cty")).is_some_and(|cty| text(std::slice::from_ref(cty), 0) == Some("JWT")));
        match payload {
            Value::String(inner) if is_inner => token = Some(inner.to_string()),
            payload => return Value::from(vec![header, payload, Value::from(hex(&signature))]),
        }
    }
    Value::Undefined
}

/// The three sections of a token, decoded; none of one that is encrypted.
fn sections(token: &str) -> Option<(Value, Value, Vec<u8>)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { return None };
    let json = |part: &str| Value::from_json_str(std::str::from_utf8(&decoded(part)?).ok()?).ok();
    let header = json(header)?;
    let is_encrypted = matches!(&header, Value::Object(members) if members.contains_key(&Value::from("enc")));
    if is_encrypted { None } else { Some((header, json(payload)?, decoded(signature)?)) }
}

/// As Go reads it: what is left in the last letter does not count.
fn decoded(part: &str) -> Option<Vec<u8>> {
    let mut lenient = BASE64URL_NOPAD.specification();
    lenient.check_trailing_bits = false;
    lenient.encoding().ok()?.decode(part.as_bytes()).ok()
}

/// Whether a token is signed with a shared secret.
pub fn jwt_verify(args: &[Value], make: fn(&[u8], &[u8]) -> Option<String>) -> Value {
    let (Some(token), Some(secret)) = (text(args, 0), text(args, 1)) else { return Value::Undefined };
    let Some((signed, signature)) = token.rsplit_once('.').filter(|(signed, _)| signed.split('.').count() == 2) else {
        return Value::Undefined;
    };
    let Some(signature) = decoded(signature) else { return Value::Undefined };
    Value::Bool(make(secret.as_bytes(), signed.as_bytes()) == Some(hex(&signature)))
}
