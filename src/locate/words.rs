//! Whether the words of a policy name a place: `shares the network of its host` does not name `hostNetwork`, `no host network` does.

use crate::model::{Path, Step};

/// Keys that messages have in them for other reasons.
const COMMON: [&str; 8] = ["container", "metadata", "template", "name", "namespace", "kind", "spec", "initcontainer"];
/// Shorter words are in other words.
const SHORTEST: usize = 4;

/// Whether a [`plain`] message has the last key of a path in it.
pub fn names(message: &str, path: &Path) -> bool {
    let key = path.steps().iter().rev().find_map(Step::key);
    let key = key.map(plain).unwrap_or_default();
    let key = stem(&key);
    key.len() >= SHORTEST && !COMMON.contains(&key) && message.contains(key)
}

/// The letters and digits of a text, the same however it is written.
pub fn plain(text: &str) -> String {
    if text.is_ascii() {
        let mut plain = String::with_capacity(text.len());
        for letter in text.bytes() {
            if letter.is_ascii_alphanumeric() {
                plain.push(letter.to_ascii_lowercase().into());
            }
        }
        return plain;
    }
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a message has a name in it, as a word.
pub fn has(message: &str, name: &str) -> bool {
    let is_of_name = |letter: char| letter.is_alphanumeric() || "-._/".contains(letter);
    message.split(|letter| !is_of_name(letter)).any(|word| word.trim_end_matches('.') == name)
}

/// `capabilities` and `capability` begin alike.
fn stem(word: &str) -> &str {
    let endings = ["ies", "y", "s"];
    endings.iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_in_a_message_as_a_word() {
        assert!(has("container web: runs as root", "web") && has("pod `shop/web-1`.", "shop/web-1"));
        assert!(!has("container web-1 runs as root", "web"));
    }

    #[test]
    fn a_message_names_a_key_in_its_own_way() {
        let path = Path::of_keys;
        let names = |message: &str, path: &Path| super::names(&plain(message), path);
        assert!(names("must not share the host network", &path(&["spec", "hostNetwork"])));
        assert!(names("Capability NET_RAW found", &path(&["securityContext", "capabilities"])));
        assert!(names("an annotation is missing", &path(&["metadata", "annotations"])));
        assert!(!names("container web of Pod a", &path(&["spec", "containers"])));
        assert!(!names("shares the network of its host", &path(&["spec", "hostNetwork"])));
        assert!(!names("it is skipped", &path(&["a", "ip"])));
    }
}
