//! Bytes in, text out: a byte order mark is stripped and UTF-16 is decoded, as the Kubernetes tools do.

use std::fmt;

/// Bytes that are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DecodeError {
    /// The offset of the first byte at fault, in the file.
    pub offset: usize,
    /// What is wrong there, in a phrase.
    pub message: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at byte {}", self.message, self.offset)
    }
}

/// The text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one.
///
/// # Errors
///
/// Names the first byte that is neither.
pub fn decode(bytes: Vec<u8>) -> Result<String, DecodeError> {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest.to_vec(), 3),
        _ => utf8(bytes, 0),
    }
}

fn utf8(bytes: Vec<u8>, skipped: usize) -> Result<String, DecodeError> {
    String::from_utf8(bytes).map_err(|error| DecodeError {
        offset: skipped + error.utf8_error().valid_up_to(),
        message: "invalid UTF-8".to_owned(),
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, DecodeError> {
    const MARK: usize = 2;
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(DecodeError { offset: MARK + 2 * pairs.len(), message: "half a UTF-16 character".to_owned() });
    }
    let mut text = String::with_capacity(pairs.len());
    let mut units = 0;
    for decoded in char::decode_utf16(pairs.iter().copied().map(unit)) {
        let character = decoded.map_err(|_| DecodeError {
            offset: MARK + 2 * units,
            message: "half a UTF-16 surrogate pair".to_owned(),
        })?;
        units += character.len_utf16();
        text.push(character);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_stripped_and_utf_16_is_decoded() {
        let table: [(&[u8], &str); 5] = [
            (b"a: 1", "a: 1"),
            (b"\xEF\xBB\xBFa: \xC3\xA9", "a: é"),
            (b"\xFF\xFEa\0:\0\x3D\xD8\x00\xDE", "a:😀"),
            (b"\xFE\xFF\0a\0:\x20\xAC", "a:€"),
            (b"", ""),
        ];
        for (bytes, text) in table {
            assert_eq!(decode(bytes.to_vec()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_text_is_refused_at_its_byte() {
        let table: [(&[u8], usize); 5] = [
            (b"a: \xE9", 3),
            (b"\xEF\xBB\xBFab\xFF", 5),
            (b"\xFF\xFEa\0b", 4),
            (b"\xFF\xFEa\0\x00\xDC", 4),
            (b"\x80", 0),
        ];
        for (bytes, offset) in table {
            assert_eq!(decode(bytes.to_vec()).unwrap_err().offset, offset, "{bytes:?}");
        }
        assert_eq!(decode(b"\xFF".to_vec()).unwrap_err().to_string(), "invalid UTF-8 at byte 0");
    }
}
