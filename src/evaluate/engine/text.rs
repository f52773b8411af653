//! The text of a policy, ahead of the engine's parser: what that parser refuses or would choke on, each line where it was.

/// Deeper brackets are refused: the parser needs twice the time for each level (regorus 0.14.1).
pub const MOST_NESTED: usize = 14;

/// Longer chains (`1 + 1 + …`, `input.a.a…`) are refused: each link is a level of the tree, and the stack has an end.
pub const MOST_CHAINED: usize = 200;

/// The first line where a chain is too long; those in strings and comments do not count.
pub fn too_chained(text: &str) -> Option<u32> {
    const LINKS: &str = ".[(+-*/%&|<>=!";
    let (mut links, mut line, mut last, mut is_ended) = (0_usize, 1, ' ', false);
    for character in code(text).chars() {
        line += u32::from(character == '\n');
        // A line goes on where it ends with a link, or the next one begins with one.
        is_ended |= character == '\n' && !LINKS.contains(last);
        if character.is_whitespace() {
            continue;
        }
        let is_link = LINKS.contains(character);
        if matches!(character, ',' | ';' | '{' | '}') || (is_ended && !is_link) {
            links = 0;
        }
        (is_ended, last) = (false, character);
        links += usize::from(is_link);
        if links > MOST_CHAINED {
            return Some(line);
        }
    }
    None
}

/// Imports that change what the text after them means, to something that is not understood here: the line, and what is imported.
pub fn unknown_import(text: &str) -> Option<(u32, &'static str)> {
    const UNKNOWN: [&str; 3] = ["rego.v2", "future.keywords.and", "future.keywords.or"];
    let import =
        |line: &str| UNKNOWN.into_iter().find(|name| line.strip_prefix("import ").map(str::trim) == Some(name));
    (1..).zip(code(text).lines()).find_map(|(number, line)| Some((number, import(line.trim())?)))
}

/// Whether a text uses the keywords of version 1 without an import that would make them such in version 0.
pub fn is_new(text: &str) -> bool {
    let code = code(text);
    let mut lines = code.lines();
    if lines.clone().any(|line| line.trim_start().starts_with("import future.keywords")) {
        return false;
    }
    lines.any(|line| {
        let is_rule = !line.starts_with(char::is_whitespace);
        let mut words = line.split_whitespace().skip(1);
        line.trim() == "import rego.v1" || (is_rule && words.any(|word| matches!(word, "if" | "contains")))
    })
}

/// The text with `0.5` for `.5`.
pub fn with_whole_parts(text: &str) -> String {
    let code = code(text);
    let bytes = code.as_bytes();
    let at = |place: Option<usize>| place.and_then(|place| bytes.get(place)).map_or(' ', |byte| char::from(*byte));
    let is_operand = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ')' | ']' | '}');
    let begins = |place: usize| {
        at(Some(place)) == '.' && at(Some(place + 1)).is_ascii_digit() && !is_operand(at(place.checked_sub(1)))
    };
    let mut whole = String::with_capacity(text.len());
    for (place, character) in text.char_indices() {
        whole.push_str(if begins(place) { "0" } else { "" });
        whole.push(character);
    }
    whole
}

/// The text with `deny[ msg]` for `deny [msg]` where a rule begins, which OPA takes and the engine does not.
pub fn with_close_keys(text: &str) -> String {
    let is_name = |name: &str| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_word)
    };
    let closed = |line: &str| {
        let (head, rest) = line.split_once('[')?;
        let name = head.trim_end_matches([' ', '\t']);
        let is_apart =
            name.len() < head.len() && is_name(name) && !["else", "default", "import", "package"].contains(&name);
        is_apart.then(|| format!("{name}[{}{rest}\n", head.get(name.len()..).unwrap_or_default()))
    };
    // What begins a line of a text in backquotes is no rule.
    let code = code(text);
    let starts = code.lines().map(|line| line.starts_with(|c: char| !c.is_whitespace()));
    let line = |(line, starts): (&str, bool)| closed(line).filter(|_| starts).unwrap_or_else(|| format!("{line}\n"));
    text.lines().zip(starts).map(line).collect()
}

/// The text without `import rego.v1` where `future.keywords` is imported as well: OPA takes both, the engine one of them.
pub fn without_double(text: &str) -> String {
    let is_v1 = |line: &str| line.trim() == "import rego.v1";
    if !text.lines().any(|line| line.trim_start().starts_with("import future.keywords")) {
        return text.to_owned();
    }
    text.lines().map(|line| if is_v1(line) { "\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// The text with spaces for what is in strings and comments: every byte has its place.
fn code(text: &str) -> String {
    let (mut kept, mut quote, mut is_comment, mut is_escaped) = (String::new(), None, false, false);
    for character in text.chars() {
        let is_code = match (quote, character) {
            (_, '\n') => {
                quote = quote.filter(|open| *open == '`');
                (is_comment, is_escaped) = (false, false);
                true
            }
            _ if is_comment => false,
            (Some('"'), _) if is_escaped => {
                is_escaped = false;
                false
            }
            (Some('"'), '\\') => {
                is_escaped = true;
                false
            }
            (Some(open), _) => {
                quote = quote.filter(|_| open != character);
                false
            }
            (None, '#') => {
                is_comment = true;
                false
            }
            (None, '"' | '`') => {
                quote = Some(character);
                false
            }
            (None, _) => true,
        };
        if is_code {
            kept.push(character);
        } else {
            kept.extend(std::iter::repeat_n(' ', character.len_utf8()));
        }
    }
    kept
}

/// The text in the form that the engine's parser takes, each line where it was: `:= true` behind facts such as `is_old("v1")`, the head
/// before the second body of a rule of version 0, `;` before a statement that begins with a parenthesis (which would call what
/// the line before ends with), and imports that come after rules beside the package.
pub fn mended(text: &str) -> String {
    let code = code(text);
    let lines: Vec<&str> = code.lines().collect();
    let goes_on = |at: usize| {
        let next = lines.iter().skip(at + 1).map(|line| line.trim()).find(|line| !line.is_empty()).unwrap_or_default();
        ["{", "=", ":=", "else", "if"].iter().any(|word| next.starts_with(word))
    };
    let is_fact = |at: usize, line: &str| {
        let name = line.split('(').next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let mut depth = 0_i32;
        let closes = line.char_indices().find_map(|(place, character)| {
            depth += i32::from(character == '(') - i32::from(character == ')');
            (depth == 0 && character == ')').then_some(place)
        });
        let starts = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        starts && name.chars().all(is_name) && closes.is_some_and(|place| place + 1 == line.len()) && !goes_on(at)
    };
    let is_word = |line: &&str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_rule = |line: &&str| is_word(line) && !line.starts_with("package ") && !line.starts_with("import ");
    let first_rule = lines.iter().position(is_rule).unwrap_or(lines.len());
    let is_late = |at: usize, line: &str| at > first_rule && line.starts_with("import ");
    let late: Vec<&str> =
        lines.iter().enumerate().filter(|(at, line)| is_late(*at, line)).map(|(_, line)| *line).collect();
    let (mut whole, mut head) = (String::new(), "");
    for ((at, line), code) in text.lines().enumerate().zip(&lines) {
        let end = code.trim_end();
        let before =
            lines.get(..at).unwrap_or_default().iter().rev().map(|line| line.trim()).find(|line| !line.is_empty());
        let is_operand = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ')' | ']');
        if end.starts_with(|c: char| c.is_ascii_alphabetic()) && end.ends_with('{') {
            head = line.get(..end.len()).unwrap_or_default();
        }
        match line.split_at_checked(end.len()) {
            Some(_) if is_late(at, end) => whole.push('\n'),
            Some((package, rest)) if !late.is_empty() && package.starts_with("package ") => {
                whole.push_str(&format!("{package} {}{rest}\n", late.join(" ")));
            }
            Some((fact, rest)) if is_fact(at, end) => whole.push_str(&format!("{fact} := true{rest}\n")),
            Some((_, rest)) if end == "} {" && !head.is_empty() => whole.push_str(&format!("}} {head}{rest}\n")),
            _ if end.trim_start().starts_with('(') && before.is_some_and(|line| line.ends_with(is_operand)) => {
                whole.push_str(&format!("; {}\n", line.trim_start()));
            }
            _ => whole.push_str(&format!("{line}\n")),
        }
    }
    whole
}

/// The first line where brackets are nested too deep; those in strings and comments do not count.
pub fn too_nested(text: &str) -> Option<u32> {
    let mut depth = 0_usize;
    let mut is_deep = |line: &str| {
        line.chars().any(|character| {
            match character {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > MOST_NESTED
        })
    };
    (1..).zip(code(text).lines()).find_map(|(number, line)| is_deep(line).then_some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_stand_apart_from_the_name_of_its_rule() {
        let table = [
            ("deny [msg] {", "deny[ msg] {"),
            ("a.b  [x] := 1", "a.b[  x] := 1"),
            ("\tx [1]", "\tx [1]"),
            ("# deny [msg]", "# deny [msg]"),
            ("names := [1]", "names := [1]"),
            ("import [x]", "import [x]"),
            ("deny[msg] { x [1] }", "deny[msg] { x [1] }"),
        ];
        for (written, read) in table {
            assert_eq!(with_close_keys(written), format!("{read}\n"), "{written}");
        }
        assert_eq!(with_close_keys("a := `\nx [1]`\n"), "a := `\nx [1]`\n");
    }
}
