//! What may stand between two scalars of a YAML text: white space, comments, indicators, anchors and tags.

/// The first byte of the scalar or bracket that follows at or after `from`, behind its anchor and tag.
pub(super) fn content(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at = blank(text, at);
        match bytes.get(at) {
            Some(b'&' | b'!') => at = find(bytes, at, |byte| byte.is_ascii_whitespace()),
            Some(b'-' | b'?' | b':' | b',') => at += 1,
            _ => return at,
        }
    }
}

/// The byte behind the colon that follows at or after `from`, when nothing else comes first.
pub(super) fn behind_colon(text: &str, from: usize) -> Option<usize> {
    let at = blank(text, from);
    (text.as_bytes().get(at) == Some(&b':')).then_some(at + 1)
}

/// The first byte at or after `from` that is neither white space nor in a comment.
fn blank(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at = find(bytes, at, |byte| !byte.is_ascii_whitespace());
        match bytes.get(at) {
            Some(b'#') => at = find(bytes, at, |byte| matches!(byte, b'\n' | b'\r')),
            _ => return at,
        }
    }
}

fn find(bytes: &[u8], from: usize, stop: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|&byte| stop(byte)).unwrap_or(rest.len())
}
