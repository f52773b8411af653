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

/// Whether the indicator `?` stands between `from` and `to`.
pub(super) fn has_question_mark(text: &str, from: usize, to: usize) -> bool {
    let bytes = text.as_bytes();
    let mut at = blank(text, from);
    while at < to {
        at = match bytes.get(at) {
            Some(b'?') => return true,
            Some(b'&' | b'!') => find(bytes, at, |byte| byte.is_ascii_whitespace()),
            _ => at + 1,
        };
        at = blank(text, at);
    }
    false
}

/// The byte behind the colon that follows at or after `from`, when nothing else comes first.
pub(super) fn behind_colon(text: &str, from: usize) -> Option<usize> {
    let at = blank(text, from);
    (text.as_bytes().get(at) == Some(&b':')).then_some(at + 1)
}

/// The first byte at or after `from` that is neither white space nor in a comment.
pub(super) fn blank(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at = find(bytes, at, |byte| !byte.is_ascii_whitespace());
        match bytes.get(at) {
            Some(b'#') => at = line_end(bytes, at),
            _ => return at,
        }
    }
}

/// What precedes a gap, as far as tabs in it go.
#[derive(Clone, Copy)]
pub(super) enum Before {
    /// A place where a simple key may begin: the begin of the text or the end of a block scalar.
    Open,
    /// A quoted scalar, an alias or a bracket.
    Closed,
    /// A plain scalar that begins at this byte, in a block at this column plus one.
    Plain(usize, usize),
}

/// The first tab between `from` and `to` that Kubernetes refuses. In block context it takes none where a simple key may
/// begin, and after a plain scalar none at the begin of a line to the left of its block's content
/// (`scannerc.go`, `yaml_parser_scan_to_next_token` and `yaml_parser_scan_plain_scalar`).
pub(super) fn bad_tab(text: &str, before: Before, from: usize, to: usize, flow: bool) -> Option<usize> {
    let bytes = text.as_bytes().get(..to)?;
    let (mut at, mut key_allowed) = match before {
        Before::Open => (from, true),
        Before::Closed => (from, false),
        Before::Plain(start, indent) => match behind_plain(bytes, start, from, indent) {
            Ok(behind) => behind,
            Err(tab) => return Some(tab),
        },
    };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\t' if key_allowed && !flow => return Some(at),
            b'\n' | b'\r' => key_allowed = true,
            b'#' => at = line_end(bytes, at) - 1,
            b'-' if bytes.get(at..at + 3) == Some(b"---") => {
                at += 2;
                key_allowed = false;
            }
            b'-' | b'?' => key_allowed = true,
            b'&' | b'!' => {
                at = find(bytes, at, |byte| byte.is_ascii_whitespace()) - 1;
                key_allowed = false;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The first byte behind a plain scalar and the white space after it, and whether a line ends in between; or a tab.
fn behind_plain(bytes: &[u8], start: usize, end: usize, indent: usize) -> Result<(usize, bool), usize> {
    let mut line = None;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match (byte, line) {
            (b'\n' | b'\r', _) => line = Some(at + 1),
            (b'\t', Some(begin)) if at - begin < indent => return Err(at),
            (b' ' | b'\t', _) => {}
            _ if at >= end => break,
            _ => line = None,
        }
        at += 1;
    }
    Ok((at, line.is_some()))
}

/// The first tab where a block scalar wants a space; the scalar begins at `start`, and `indent` is the column of the
/// block around it, if there is one (`yaml_parser_scan_block_scalar_breaks`).
pub(super) fn bad_tab_in_block(text: &str, start: usize, indent: Option<usize>) -> Option<usize> {
    let bytes = text.as_bytes();
    let header = bytes.get(start..line_end(bytes, start))?;
    let mut at = start + header.len() + 1;
    let digit = header.iter().skip(1).take(2).find(|byte| byte.is_ascii_digit());
    let mut wanted = digit.map(|&digit| indent.unwrap_or_default() + usize::from(digit - b'0'));
    let mut deepest = indent.map_or(1, |indent| indent + 1);
    while let Some(line) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let spaces = line.iter().take_while(|&&byte| byte == b' ').count();
        let column = wanted.map_or(spaces, |wanted| wanted.min(spaces));
        deepest = deepest.max(column);
        match line.get(column) {
            Some(b'\t') if wanted.is_none_or(|wanted| column < wanted) => return Some(at + column),
            Some(b'\n' | b'\r') => {}
            _ if *wanted.get_or_insert(deepest) != column => return None,
            _ => {}
        }
        at = line_end(bytes, at) + 1;
    }
    None
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    find(bytes, from, |byte| matches!(byte, b'\n' | b'\r'))
}

fn find(bytes: &[u8], from: usize, stop: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|&byte| stop(byte)).unwrap_or(rest.len())
}
