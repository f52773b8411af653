//! Untrusted text in, Markdown for the cell of a table out: words that Markdown or GitHub would act on become code.

/// A sentence in which backticks mark names. A word of it that may be a link, a mention, an emphasis or HTML becomes code.
pub fn text(sentence: &str) -> String {
    let parts = sentence.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { prose(part) }).collect()
}

/// A code span. Inside a table the cell ends at a bar, also in code.
pub fn code(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

fn prose(text: &str) -> String {
    text.split(' ').map(|word| if is_plain(word) { word.to_owned() } else { code(word) }).collect::<Vec<_>>().join(" ")
}

/// Letters, digits and marks of a sentence. A colon inside a word may be a link or an emoji, a `www.` is a link.
fn is_plain(word: &str) -> bool {
    let is_seen = |char: char| char.is_alphanumeric() || ",.;:()'\"/%=+-!?…".contains(char);
    let head = word.trim_end_matches([':', ',', '.']);
    word.chars().all(is_seen) && !head.contains(':') && !word.to_ascii_lowercase().contains("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_code_and_nothing_acts() {
        let cases = [
            ("container `web` is privileged", "container `web` is privileged"),
            ("see @user and #1", "see `@user` and `#1`"),
            ("<script>x</script> **b**", "`<script>x</script>` `**b**`"),
            ("a|b `c|d`", "`a\\|b` `c\\|d`"),
            ("at https://x.test, (set it)", "at `https://x.test,` (set it)"),
            ("odd ` backtick *x*", "odd ` backtick *x*`"),
        ];
        for (sentence, shown) in cases {
            assert_eq!(text(sentence), shown);
        }
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(code("  "), "");
    }
}
