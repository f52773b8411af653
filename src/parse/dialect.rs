//! What Kubernetes refuses in a YAML text and a YAML 1.2 parser lets through. Reading it differently from the cluster
//! would let a text say one thing here and another one there.

use std::ops::Range;

use super::gap;

/// Why a text is refused, and at which byte.
#[derive(Debug)]
pub(super) struct Refusal {
    pub at: usize,
    pub message: String,
}

impl Refusal {
    pub(super) fn new(at: usize, message: &str) -> Self {
        Self { at, message: message.to_owned() }
    }
}

/// The verdict on a place of a text.
pub(super) type Check = Result<(), Refusal>;

/// Control characters and what is no character (`readerc.go`).
pub(super) fn check_characters(text: &str) -> Check {
    let control = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F;
    let suspicious = |byte: u8| control(byte) || matches!(byte, 0xC2 | 0xEF);
    // Whole chunks at once: the compiler makes vector instructions of it.
    if !text.as_bytes().chunks(64).any(|chunk| chunk.iter().fold(false, |found, &byte| found | suspicious(byte))) {
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

/// The line breaks of Unicode: outside of quotes, what follows one is a new line for Kubernetes and the same line for
/// YAML 1.2, so that a comment could hide a key. The last one comes first.
pub(super) fn unicode_breaks(text: &str) -> Vec<usize> {
    if !text.as_bytes().contains(&0xE2) {
        return Vec::new();
    }
    text.rmatch_indices(['\u{2028}', '\u{2029}']).map(|(at, _)| at).collect()
}

/// What may not come first, at byte `first`: `...`, a directive (kubectl cuts the text behind it), and a byte order mark
/// that is not at the very begin (it belongs to the first key).
pub(super) fn check_begin(text: &str, first: usize) -> Check {
    let line_begin = text.get(..first).is_some_and(|before| before.is_empty() || before.ends_with(['\n', '\r']));
    let rest = text.get(first..).unwrap_or_default();
    if line_begin && is_document_end(rest) {
        return Err(Refusal::new(first, "a document ends here before it begins"));
    }
    if line_begin && rest.starts_with('%') {
        return Err(Refusal::new(first, "a directive, which kubectl does not read"));
    }
    if first > 0 && rest.starts_with('\u{FEFF}') {
        return Err(Refusal::new(first, "a byte order mark inside the text"));
    }
    Ok(())
}

/// Whether a line that begins here is `...`.
pub(super) fn is_document_end(line: &str) -> bool {
    line.strip_prefix("...").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
}

/// Escapes that JSON has and YAML 1.1 has not: `\/`, and surrogates.
pub(super) fn check_escapes(text: &str, range: Range<usize>) -> Check {
    let written = text.get(range.clone()).unwrap_or_default().as_bytes();
    let mut at = 0;
    while let Some(found) = written.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'\\')) {
        at += found;
        match written.get(at + 1..) {
            Some([b'/', ..]) => return Err(Refusal::new(range.start + at, "unknown escape `\\/` in a quoted scalar")),
            Some([b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]) => {
                return Err(Refusal::new(range.start + at, "half a surrogate pair in a quoted scalar"));
            }
            _ => at += 2,
        }
    }
    Ok(())
}

/// A plain scalar in a flow collection: no `?` in it, no `:` at its begin, and white space behind the colon of a key,
/// which would belong to the scalar otherwise.
pub(super) fn check_flow_scalar(text: &str, range: Range<usize>, is_key: bool) -> Check {
    let written = text.get(range.clone()).unwrap_or_default();
    if written.starts_with(':') {
        return Err(Refusal::new(range.start, "a value in brackets must not begin with `:`"));
    }
    if let Some(at) = written.find('?') {
        return Err(Refusal::new(range.start + at, "`?` in brackets must be in quotes"));
    }
    match text.as_bytes().get(range.end..) {
        Some([b':', b',' | b'[' | b']' | b'{' | b'}', ..]) if is_key => {
            Err(Refusal::new(range.end, "the colon of a key in brackets wants a space behind it"))
        }
        _ => Ok(()),
    }
}

/// A key that no `?` behind `last` announces: it stands on one line, its colon included.
pub(super) fn check_key(text: &str, last: usize, range: Range<usize>) -> Check {
    let end = gap::behind_colon(text, range.end).unwrap_or(range.end);
    let line_end = text.get(range.start..end).and_then(|key| key.find(['\n', '\r']));
    match line_end {
        Some(at) if !gap::has_question_mark(text, last, range.start) => {
            Err(Refusal::new(range.start + at, "a key and its colon must stand on one line"))
        }
        _ => Ok(()),
    }
}

/// The name of an anchor: letters, digits, `_` and `-` of ASCII.
pub(super) fn check_name(text: &str, range: Range<usize>) -> Check {
    let name = text.get(range.start + 1..range.end).unwrap_or_default();
    match name.find(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))) {
        Some(at) => Err(Refusal::new(range.start + 1 + at, "an anchor's name has letters, digits, `_` and `-` alone")),
        None => Ok(()),
    }
}
