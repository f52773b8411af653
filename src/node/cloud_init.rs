//! cloud-init's `write_files`, and the `files` of Cluster API: from a document to the files that it writes on its node.
//!
//! Follows cloudinit/config/cc_write_files.py.

use std::io::Read;

use serde_json::Value as Json;

use crate::model::{Source, Value};
use crate::node::Note;

use super::embedded::Embedded;
use super::template;
use super::view::View;

/// The most that all files of a document may come to; clouds take some 64 KiB of user data, compressed at most.
const MAX_BYTES: u64 = 4 << 20;

/// More files than any machine is given in this way.
const MAX_ENTRIES: usize = 1000;

/// What an entry counts beside its text.
const ENTRY: usize = 1000;

/// Keys that may change what `write_files` writes.
const OTHERS: [(&str, &str); 3] = [
    ("bootcmd", "these commands run on the machine and may change any file there"),
    ("runcmd", "these commands run on the machine and may change any file there"),
    (
        "ssh_pwauth",
        "cloud-init writes this into sshd_config.d/50-cloud-init.conf where sshd_config includes that folder",
    ),
];

/// Mode of a file without `permissions`.
const MODE: u32 = 0o644;

/// A file as it is after the last entry that writes it.
#[derive(Debug, Clone)]
pub struct WrittenFile {
    /// Its absolute path.
    pub path: String,
    /// Its text; or why it is not known.
    pub text: Result<Embedded, String>,
    /// Its mode.
    pub mode: u32,
    /// `user:group`.
    pub owner: String,
    /// Whether it is appended to a file that nothing here writes.
    pub is_partial: bool,
}

/// What the entries write.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Every file, in the order in which it was written first.
    pub files: Vec<WrittenFile>,
    /// What makes cloud-init stop.
    pub refused: Vec<Note>,
    /// What it passes over.
    pub warnings: Vec<Note>,
    /// How much they come to, for the bound.
    bytes: u64,
}

/// Whether a text is user data of cloud-init: the header decides, not the keys.
pub fn is_user_data(source: &Source) -> bool {
    let text = source.text().trim_start();
    // A template of user data that is rendered with Jinja has this line in front.
    let text = text.strip_prefix("## template: jinja").map_or(text, str::trim_start);
    text.lines().next().is_some_and(|line| line.trim_end() == "#cloud-config")
}

/// The files of `write_files` of a cloud-config document: first the entries without `defer`, then those with it.
pub fn write_files(root: View<'_>) -> Written {
    let mut out = Written::default();
    let Some(list) = root.get("write_files") else { return out };
    if !matches!(list.value(), Value::Sequence(_)) {
        out.refused.push(list.problem("`write_files` has to be a list"));
        return out;
    }
    let entries = root.items("write_files");
    let wrong = entries.iter().filter(|entry| !matches!(entry.value(), Value::Mapping(_)));
    out.refused.extend(wrong.map(|entry| entry.problem("an entry of `write_files` has to be a mapping")));
    if !out.refused.is_empty() {
        return out;
    }
    let (later, first): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| truth(*entry, "defer"));
    write(&first, &mut out);
    write(&later, &mut out);
    for (key, message) in OTHERS {
        out.warnings.extend(root.place_of_key(key).map(|place| Note::at(place, message)));
    }
    out
}

/// The files of a `kubeadmConfigSpec` of Cluster API, whose provider turns them into `write_files`.
pub fn cluster_api_files(spec: View<'_>) -> Written {
    let mut out = Written::default();
    write(&spec.items("files"), &mut out);
    out
}

/// Writes the entries up to the first that cloud-init fails on; it writes nothing behind that one.
fn write(entries: &[View<'_>], out: &mut Written) {
    for entry in entries {
        if out.files.len() > MAX_ENTRIES || out.bytes > MAX_BYTES {
            let message = "what stands from here on is not read: all files together are larger than any machine takes";
            out.refused.push(entry.problem(message));
            return;
        }
        if let Some(path) = entry.get("path").filter(|path| !matches!(path.value(), Value::String(_))) {
            out.refused.push(path.problem("`path` has to be a string"));
            return;
        }
        let path = entry.text("path");
        if path.is_empty() {
            out.warnings.push(entry.problem("the entry has no `path`; cloud-init passes over it"));
            continue;
        }
        if let Some(reason) = template::reason(path, true) {
            out.warnings.push(entry.problem_of("path", format!("the file is not read: {reason}")));
            continue;
        }
        let path = absolute(path);
        match content(*entry, &path, out) {
            Ok(text) => {
                // Each time that a text is appended to, the whole is copied.
                let before = out.files.iter().find(|file| file.path == path).and_then(|file| file.text.as_ref().ok());
                let length = |text: &Embedded| (text.source.text().len() + ENTRY) as u64;
                out.bytes += text.as_ref().map_or(0, length) + before.map_or(0, |before| length(before) / 64);
                add(*entry, path, text, out);
            }
            Err(problem) => {
                out.refused.push(problem);
                return;
            }
        }
    }
}

fn add(entry: View<'_>, path: String, text: Result<Embedded, String>, out: &mut Written) {
    let mode = mode(entry, out);
    let owner = owner(entry.text("owner"));
    let known = out.files.iter_mut().find(|file| file.path == path);
    let appends = truth(entry, "append");
    match known {
        Some(file) => {
            file.text = match (appends, &file.text, text) {
                (true, Ok(before), Ok(text)) => Ok(before.append(&text)),
                (true, Err(reason), _) => Err(reason.clone()),
                (_, _, text) => text,
            };
            file.is_partial &= appends;
            (file.mode, file.owner) = (mode, owner);
        }
        None if appends => {
            // What is on the node before is not in the repository.
            let message = format!("{path} is appended to; what else it holds is not in the repository");
            out.warnings.push(entry.problem_of("append", message));
            out.files.push(WrittenFile { path, text, mode, owner, is_partial: true });
        }
        None => out.files.push(WrittenFile { path, text, mode, owner, is_partial: false }),
    }
}

/// The text of an entry, or why it is not known; a problem when cloud-init fails on it.
fn content(entry: View<'_>, path: &str, out: &mut Written) -> Result<Result<Embedded, String>, Note> {
    let uri = entry.get("source").map_or("", |source| source.text("uri"));
    if !uri.is_empty() {
        return Ok(Err(format!("{path} is fetched from {uri}")));
    }
    if entry.get("contentFrom").is_some() {
        return Ok(Err(format!("{path} comes from a secret")));
    }
    let Some(content) = entry.get("content") else { return Ok(Ok(Embedded::decoded(path, "", entry))) };
    let Value::String(text) = content.value() else {
        return Err(entry.problem_of("content", "`content` has to be a string"));
    };
    if let Some(reason) = template::reason(text, false).filter(|_| encodings(entry.text("encoding")).is_some()) {
        return Ok(Err(reason));
    }
    let Some(steps) = encodings(entry.text("encoding")) else {
        let written = entry.text("encoding");
        if !written.is_empty() && written.trim().to_lowercase() != "text/plain" {
            let message = format!("cloud-init does not know the encoding `{written}` and writes the text as it is");
            out.warnings.push(entry.problem_of("encoding", message));
        }
        return Ok(Ok(Embedded::of(path, content)));
    };
    let decoded = decode(text, &steps).map_err(|message| content.problem(message))?;
    Ok(String::from_utf8(decoded)
        .map(|text| Embedded::decoded(path, &text, content))
        .map_err(|_| format!("{path} is no text")))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Base64,
    Gzip,
}

/// How a content is decoded; `None` for a text as it is.
fn encodings(word: &str) -> Option<Vec<Step>> {
    match word.trim().to_lowercase().as_str() {
        "gz" | "gzip" => Some(vec![Step::Gzip]),
        "gz+base64" | "gzip+base64" | "gz+b64" | "gzip+b64" => Some(vec![Step::Base64, Step::Gzip]),
        "b64" | "base64" => Some(vec![Step::Base64]),
        _ => None,
    }
}

fn decode(text: &str, steps: &[Step]) -> Result<Vec<u8>, String> {
    steps.iter().try_fold(text.as_bytes().to_vec(), |bytes, step| match step {
        Step::Base64 => base64(&bytes),
        Step::Gzip => gunzip(&bytes),
    })
}

/// Python's `base64.b64decode`: what is no letter of the alphabet is passed over, and what follows the padding too.
fn base64(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let letters: Vec<u8> = bytes.iter().copied().filter(letter).collect();
    let end = letters.iter().position(|&byte| byte == b'=').unwrap_or(letters.len());
    let padding = letters.iter().skip(end).take_while(|&&byte| byte == b'=').count();
    let data = letters.get(..end).unwrap_or_default();
    let needed = (4 - data.len() % 4) % 4;
    if needed == 3 || padding < needed {
        return Err("the content is no base64".to_owned());
    }
    let lenient =
        data_encoding::Specification { check_trailing_bits: false, ..data_encoding::BASE64_NOPAD.specification() };
    let encoding = lenient.encoding().map_err(|error| error.to_string())?;
    encoding.decode(data).map_err(|_| "the content is no base64".to_owned())
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes).take(MAX_BYTES + 1);
    reader.read_to_end(&mut out).map_err(|_| "the content is not compressed with gzip".to_owned())?;
    if out.len() as u64 > MAX_BYTES {
        return Err("the content unpacks to more than 4 MiB".to_owned());
    }
    Ok(out)
}

/// `decode_perms`: a text is octal, a number is taken as it is.
fn mode(entry: View<'_>, out: &mut Written) -> u32 {
    let Some(permissions) = entry.get("permissions") else { return MODE };
    let mode = match permissions.value() {
        Value::Number(number) => super::schema::whole(number).or_else(|| number.as_f64().map(floor)),
        Value::Bool(value) => Some(i64::from(*value)),
        Value::String(text) => octal(text),
        _ => None,
    };
    let mode = mode.and_then(|mode| u32::try_from(mode).ok());
    if let (Some(mode), Value::Number(_)) = (mode, permissions.value())
        && !octal_digits(&permissions.place())
    {
        let message = format!("a number without quotes and a leading zero is not octal: the mode is {mode:#o}");
        out.warnings.push(permissions.problem(message));
    }
    mode.unwrap_or_else(|| {
        out.warnings.push(permissions.problem("cloud-init cannot read the permissions and takes 0644"));
        MODE
    })
}

/// Python's `int(text, 8)`.
fn octal(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.strip_prefix('+').unwrap_or(text)), |rest| (-1, rest));
    let digits = digits.strip_prefix("0o").or_else(|| digits.strip_prefix("0O")).unwrap_or(digits);
    let plain = digits.replace('_', "");
    let placed = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let number = i64::from_str_radix(&plain, 8).ok().filter(|_| placed && !plain.starts_with(['+', '-']))?;
    Some(sign * number)
}

fn octal_digits(place: &crate::model::Location) -> bool {
    place.source.slice(place.span).starts_with('0')
}

#[allow(clippy::cast_possible_truncation)]
fn floor(value: f64) -> i64 {
    value.trunc() as i64
}

/// `util.extract_usergroup`, as `user:group`; what is not named stays root's.
fn owner(text: &str) -> String {
    let named = |part: &str| {
        let part = part.trim();
        (!part.is_empty() && part != "-1" && part.to_lowercase() != "none").then(|| part.to_owned())
    };
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    let part = |part: &str| named(part).unwrap_or_else(|| "root".to_owned());
    format!("{}:{}", part(user), part(group))
}

/// `util.get_cfg_option_bool`: `translate_bool` of a member.
fn truth(entry: View<'_>, key: &str) -> bool {
    match entry.get(key).map(|value| value.document.to_json(value.id)) {
        Some(Json::Bool(value)) => value,
        Some(Json::String(text)) => matches!(text.trim().to_lowercase().as_str(), "true" | "1" | "on" | "yes"),
        Some(Json::Number(number)) => number.as_f64() == Some(1.0),
        _ => false,
    }
}

/// Python's `os.path.abspath` in `/`.
fn absolute(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::parse::parse;

    fn written(text: &str) -> Written {
        let source = Arc::new(Source::new("user-data.yaml", text));
        let document = parse(&source).documents.remove(0).unwrap();
        write_files(View::root(&source, &document))
    }

    fn text(file: &WrittenFile) -> &str {
        file.text.as_ref().unwrap().source.text()
    }

    #[test]
    fn appended_texts_keep_their_places() {
        let out = written(
            "write_files:\n- {path: /a, content: \"x=1\\n\"}\n- path: /a\n  append: true\n  content: |\n    y=2\n",
        );
        assert_eq!(text(&out.files[0]), "x=1\ny=2\n");
        let embedded = out.files[0].text.as_ref().unwrap();
        let line = |at| embedded.outer_of(crate::model::Span::new(at, at + 1)).region().start.line();
        assert_eq!((line(0), line(4)), (2, 6));
    }

    #[test]
    fn encodings_are_decoded_and_mistakes_have_a_place() {
        let out = written(concat!(
            "write_files:\n",
            "- {path: /a, encoding: B64, content: eD0x}\n",
            "- {path: /d, encoding: rot13, content: x}\n",
            "- {path: /e, encoding: b64, content: '{{ x }}'}\n",
            "- {path: /b, encoding: base64, content: eD0}\n",
            "- {path: /f, content: x}\n",
            "- {path: /g, content: x, defer: true}\n",
        ));
        let paths: Vec<_> = out.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["/a", "/d", "/e", "/g"]);
        assert_eq!((text(&out.files[0]), text(&out.files[1])), ("x=1", "x"));
        assert!(out.files[2].text.is_err());
        let lines: Vec<_> = out.refused.iter().map(|p| p.place.as_ref().unwrap().region().start.line()).collect();
        assert_eq!(lines, [5]);
        assert_eq!(written("write_files: [{path: /x, content: 5}]").refused.len(), 1);
        assert!(written("write_files: [{path: /x}, 5]").files.is_empty());
    }

    #[test]
    fn permissions_are_octal_when_they_are_text() {
        let modes = |value: &str| written(&format!("write_files: [{{path: /a, permissions: {value}}}]")).files[0].mode;
        assert_eq!(modes("'600'"), 0o600);
        assert_eq!(modes("'0o640'"), 0o640);
        assert_eq!(modes("0600"), 0o600);
        assert_eq!(modes("600"), 0o1130);
        assert_eq!(modes("x"), 0o644);
    }

    #[test]
    fn user_data_has_a_header() {
        let is = |text: &str| is_user_data(&Source::new("x", text));
        assert!(is("#cloud-config\na: 1\n"));
        assert!(is("## template: jinja\n#cloud-config\n"));
        assert!(!is("write_files: []\n"));
    }
}
