//! Text of an untrusted repository, made safe to show: what a terminal or a reader would not see as it is, is spelled out.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Serializer, Value};

/// Whether a character acts on its surroundings instead of being seen: controls and terminal escapes, direction marks
/// (CVE-2021-42574), line separators, invisible characters, tags. The joiners inside emoji are not among them.
pub fn is_hidden(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_control();
    }
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(char, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line: a line feed is `\n`, a tab `\t`, an escape `\u{1b}`.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.contains(is_hidden) { Cow::Owned(text.chars().map(spelled).collect()) } else { Cow::Borrowed(text) }
}

/// The text on one line, ended by `…` after so many characters.
pub fn clip(text: &str, limit: usize) -> String {
    let mut chars = text.chars();
    let shown = line(&chars.by_ref().take(limit).collect::<String>()).into_owned();
    if chars.next().is_some() { shown + "…" } else { shown }
}

/// The text as it is apart from what is hidden; tabs stay.
pub fn code(text: &str) -> String {
    text.chars().map(|char| if char == '\t' { Cow::Borrowed("\t") } else { spelled(char) }).collect()
}

/// A value as JSON on one line, with nothing hidden in its strings.
pub fn json(value: &Value) -> String {
    let mut out = Vec::new();
    // A value is JSON already, and writing to memory does not fail.
    let _ = write_with(Seen::compact(), value, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A value as JSON for a place in a larger text: indented as there, so many levels deep, or on one line. It is put in by a writer of
/// this file, which takes bytes for JSON that is written already.
///
/// # Errors
/// What the value says.
pub fn json_part(value: &impl Serialize, depth: Option<usize>) -> serde_json::Result<Vec<u8>> {
    // Most are findings, which take one or two kilobytes.
    let mut out = Vec::with_capacity(2048);
    let formatter = Seen { is_indented: depth.is_some(), depth: depth.unwrap_or_default(), has_member: false };
    value.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    Ok(out)
}

/// Writes a value as JSON on a line of its own, with nothing hidden in its strings.
///
/// # Errors
/// What the writer says.
pub fn write_json_line(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    write_with(Seen::compact(), value, out)?;
    writeln!(out)
}

/// Writes a value as indented JSON, with nothing hidden in its strings.
///
/// # Errors
/// What the writer says.
pub fn write_json(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    write_with(Seen { is_indented: true, ..Seen::compact() }, value, out)?;
    writeln!(out)
}

/// The pieces of JSON are short: a buffer that is known here takes one in a few instructions, and `out` would take each by a call.
fn write_with(formatter: Seen, value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut buffer = io::BufWriter::with_capacity(1 << 16, out);
    value.serialize(&mut Serializer::with_formatter(&mut buffer, formatter))?;
    io::Write::flush(&mut buffer)
}

/// Writes JSON as [`serde_json`] does, compact or indented by two spaces, apart from what is hidden in strings.
struct Seen {
    is_indented: bool,
    depth: usize,
    /// Whether the innermost array or object has a member.
    has_member: bool,
}

impl Seen {
    fn compact() -> Self {
        Self { is_indented: false, depth: 0, has_member: false }
    }

    fn begin(&mut self, bracket: &[u8], out: &mut (impl ?Sized + io::Write)) -> io::Result<()> {
        self.depth += 1;
        self.has_member = false;
        out.write_all(bracket)
    }

    fn end(&mut self, bracket: &[u8], out: &mut (impl ?Sized + io::Write)) -> io::Result<()> {
        self.depth -= 1;
        if self.has_member && self.is_indented {
            self.line(out, false)?;
        }
        out.write_all(bracket)
    }

    fn member(&mut self, out: &mut (impl ?Sized + io::Write), is_first: bool) -> io::Result<()> {
        match self.is_indented {
            true => self.line(out, !is_first),
            false if is_first => Ok(()),
            false => out.write_all(b","),
        }
    }

    /// Goes on in the next line.
    fn line(&self, out: &mut (impl ?Sized + io::Write), has_comma: bool) -> io::Result<()> {
        const LINE: &[u8] = b",\n                                ";
        let indent = 2 * self.depth;
        match LINE.get(usize::from(!has_comma)..indent + 2) {
            Some(line) => out.write_all(line),
            None => write!(out, "{}{:indent$}", if has_comma { ",\n" } else { "\n" }, ""),
        }
    }
}

impl Formatter for Seen {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // Almost every text is plain, and a look at all of its bytes at once costs next to nothing.
        if fragment.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(is_hidden) {
            let (seen, tail) = rest.split_at(at);
            out.write_all(seen.as_bytes())?;
            let mut tail = tail.chars();
            for unit in tail.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = tail.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn write_byte_array<W: ?Sized + io::Write>(&mut self, out: &mut W, written: &[u8]) -> io::Result<()> {
        out.write_all(written)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(b"[", out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(b"]", out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.member(out, is_first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_member = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(b"{", out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(b"}", out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.member(out, is_first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.is_indented { b": " } else { b":" })
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_member = true;
        Ok(())
    }
}

/// A path as a URI: relative, or `file:` when it is absolute; all but unreserved characters and `/` are percent-encoded.
pub fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

/// A line that the runner of GitHub Actions takes for text: `::` at its beginning and `##[` anywhere start a command.
/// <https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>
pub fn tame(line: &str) -> Cow<'_, str> {
    // Behind three colons the runner finds no command that it knows.
    let is_command = line.trim_start().strip_prefix("::").is_some_and(|rest| !rest.starts_with(':'));
    let line = if is_command { Cow::Owned(line.replacen("::", ": :", 1)) } else { Cow::Borrowed(line) };
    if line.contains("##[") { Cow::Owned(line.replace("##[", "## [")) } else { line }
}

/// Tames every line on its way to a writer; `flush` passes on a last line without an end.
pub struct Tame<'a> {
    out: &'a mut dyn io::Write,
    line: Vec<u8>,
}

impl<'a> Tame<'a> {
    /// A filter in front of `out`.
    pub fn new(out: &'a mut dyn io::Write) -> Self {
        Self { out, line: Vec::new() }
    }

    fn pass(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.out.write_all(tame(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

impl io::Write for Tame<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.pass()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass()?;
        self.out.flush()
    }
}

fn spelled(char: char) -> Cow<'static, str> {
    match char {
        '\n' => Cow::Borrowed("\\n"),
        '\r' => Cow::Borrowed("\\r"),
        '\t' => Cow::Borrowed("\\t"),
        _ if is_hidden(char) => Cow::Owned(char.escape_unicode().to_string()),
        _ => Cow::Owned(char.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_spelled_out() {
        let cases = [
            ("", ""),
            ("plain é 名 👩‍👩‍👧", "plain é 名 👩‍👩‍👧"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b\u{2066}", "a\\u{202e}b\\u{2066}"),
            ("a\tb\r\n", "a\\tb\\r\\n"),
            ("\u{e0041}\u{feff}\0", "\\u{e0041}\\u{feff}\\u{0}"),
        ];
        for (text, shown) in cases {
            assert_eq!(line(text), shown);
        }
        assert_eq!(code("a\tb\u{7}"), "a\tb\\u{7}");
    }

    #[test]
    fn a_clipped_text_says_so() {
        assert_eq!(clip("名前です", 2), "名前…");
        assert_eq!(clip("名前", 2), "名前");
    }

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("a b/é:%.yaml"), "a%20b/%C3%A9%3A%25.yaml");
        assert_eq!(uri("/a/b.yaml"), "file:///a/b.yaml");
    }

    #[test]
    fn a_tame_line_is_no_command() {
        assert_eq!(tame(" \u{a0}::error::x"), " \u{a0}: :error::x");
        assert_eq!(tame("a ##[error]x"), "a ## [error]x");
        assert_eq!(tame("a::b"), "a::b");
    }

    #[test]
    fn json_is_laid_out_as_elsewhere() {
        let mut deep = serde_json::json!({"a": [], "b": {}, "c": [1, [2, {}]], "d": {"e": "f", "g": null}});
        for _ in 0..20 {
            deep = serde_json::json!([deep, {}]);
        }
        let mut out = Vec::new();
        write_json(&deep, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{deep:#}\n"));
        assert_eq!(json(&deep), deep.to_string());
    }

    #[test]
    fn escaped_json_means_the_same() {
        let value = serde_json::json!({"a": "\u{202e}\u{e0041}\u{7f}\u{9b} é\n"});
        let text = json(&value);
        assert!(text.contains("\\u202e\\udb40\\udc41\\u007f\\u009b é\\n"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
