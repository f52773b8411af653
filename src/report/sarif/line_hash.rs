//! A text in, GitHub's `primaryLocationLineHash` of each line out, as the uploader of code scanning computes it.
//!
//! It follows a line through edits elsewhere in the file. <https://github.com/github/codeql-action/blob/main/src/fingerprints.ts>
//! Only the first line of a file with a byte order mark differs: the uploader counts the mark, warns, and keeps what it was given.

use std::collections::HashMap;

/// How many characters, from the first of its line, a hash covers.
const WINDOW: usize = 100;
const MODULUS: u64 = 37;
const END_OF_FILE: u16 = 65535;

/// The hash of each line, from the first one; lines also end at a lone `\r`.
pub fn line_hashes(text: &str) -> Vec<String> {
    let (units, starts) = kept(text);
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let hashes = starts.into_iter().map(|start| {
        let window = units.iter().skip(start).chain(std::iter::repeat(&0)).take(WINDOW);
        let hash = window.fold(0u64, |hash, &unit| hash.wrapping_mul(MODULUS).wrapping_add(unit.into()));
        let count = seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
    });
    hashes.collect()
}

/// The UTF-16 units that count, blanks and the `\n` of a `\r\n` left out, and at which of them a line begins.
fn kept(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::new(), Vec::new());
    let (mut is_start, mut after_return) = (true, false);
    for unit in text.encode_utf16().chain([END_OF_FILE]) {
        let is_blank = unit == u16::from(b' ') || unit == u16::from(b'\t');
        let skip = is_blank || (after_return && unit == u16::from(b'\n'));
        after_return = !skip && unit == u16::from(b'\r');
        if skip {
            continue;
        }
        if is_start {
            starts.push(units.len());
        }
        let unit = if after_return { u16::from(b'\n') } else { unit };
        is_start = unit == u16::from(b'\n');
        units.push(unit);
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    /// Values that the uploader gives for these texts.
    #[test]
    fn hashes_are_those_of_the_uploader() {
        let crlf = " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n";
        let cases: [(&str, &[&str]); 4] = [
            ("", &["c129715d7a2bc9a3:1"]),
            (
                " a\nb\n  \t\tc\n d",
                &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
            ),
            (
                crlf,
                &[
                    "e9496ae3ebfced30:1",
                    "fb7c023a8b9ccb3f:1",
                    "ce8ba1a563dcdaca:1",
                    "e20e36e16fcb0cc8:1",
                    "b3edc88f2938467e:1",
                    "c8e28b0b4002a3a0:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            (
                "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n",
                &[
                    "e54938cc54b302f1:1",
                    "bb609acbe9138d60:1",
                    "1131fd5871777f34:1",
                    "5c482a0f8b35ea28:1",
                    "54517377da7028d2:1",
                    "2c644846cb18d53e:1",
                    "f1b89f20de0d133:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ];
        for (text, hashes) in cases {
            assert_eq!(line_hashes(text), hashes, "{text:?}");
        }
        let same = line_hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(same.get(5).map(String::as_str), Some("a7f2ff13bc495cf2:6"));
    }
}
