//! What Kubernetes refuses in a YAML text and a YAML 1.2 parser lets through.

use std::ops::Range;

/// Why a text is refused, and at which byte.
#[derive(Debug)]
pub(super) struct Refusal {
    pub at: usize,
    pub message: String,
}

impl Refusal {
    fn new(at: usize, message: &str) -> Self {
        Self { at, message: message.to_owned() }
    }
}

/// Control characters and what is no character (`readerc.go`).
pub(super) fn check_characters(text: &str) -> Result<(), Refusal> {
    let control = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F;
    let suspicious = |byte: u8| control(byte) || matches!(byte, 0xC2 | 0xEF);
    if !text.bytes().any(suspicious) {
        return Ok(());
    }
    let refused = |character: char| {
        (character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}'))
            || matches!(character, '\u{FFFE}' | '\u{FFFF}')
    };
    match text.char_indices().find(|&(_, character)| refused(character)) {
        Some((at, _)) => Err(Refusal::new(at, "control characters are not allowed")),
        None => Ok(()),
    }
}

/// Escapes of JSON that YAML 1.1 does not have: `\/`, and surrogates.
pub(super) fn check_escapes(text: &str, range: Range<usize>) -> Result<(), Refusal> {
    let mut rest = text.get(range.clone()).unwrap_or_default();
    let end = range.start + rest.len();
    while let Some(at) = rest.find('\\') {
        let at_end = end - rest.len() + at;
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest.as_bytes() {
            [b'/', ..] => return Err(Refusal::new(at_end, "unknown escape `\\/` in a quoted scalar")),
            [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => {
                return Err(Refusal::new(at_end, "half a surrogate pair in a quoted scalar"));
            }
            _ => rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default(),
        }
    }
    Ok(())
}
