//! Expressions that another program fills in before the text means anything: Jinja, Helm, Terraform, ERB.

/// Why a text is not known, when it holds a template expression.
///
/// `${…}` counts with `dollar`: in a unit file it is systemd's own, elsewhere it is Terraform's or envsubst's.
pub fn reason(text: &str, dollar: bool) -> Option<String> {
    let marks = [("{{", "}}"), ("{%", "%}"), ("<%", "%>")];
    let marked = marks.into_iter().find_map(|(open, close)| {
        let start = text.find(open)?;
        let end = text.get(start..)?.find(close).map_or(text.len(), |length| start + length + close.len());
        text.get(start..end)
    });
    let found = marked.or_else(|| {
        let start = text.find("${").filter(|_| dollar)?;
        let end = text.get(start..)?.find('}').map_or(text.len(), |length| start + length + 1);
        text.get(start..end)
    });
    found.map(|expression| format!("the template expression `{}` is not filled in", shortened(expression)))
}

/// The text up to a closing mark that is near. A bound, so that a file of opening marks is not searched to its end for each.
pub fn until(text: &str, close: char) -> Option<(&str, &str)> {
    const NEAR: usize = 300;
    let end = (0..4).find_map(|back| text.get(..text.len().min(NEAR).saturating_sub(back)));
    let at = end?.find(close)?;
    Some((text.get(..at)?, text.get(at + close.len_utf8()..)?))
}

/// The number of characters of the `{{ … }}` that begins here.
pub fn expression(chars: &[(char, usize)]) -> Option<usize> {
    if !matches!(chars, [('{', _), ('{', _), ..]) {
        return None;
    }
    // A bound, so that a file of opening braces is not searched to its end for each of them.
    let close = chars.windows(2).take(500).position(|pair| matches!(pair, [('}', _), ('}', _)]))?;
    Some(close + 2)
}

fn shortened(expression: &str) -> String {
    let line = expression.lines().next().unwrap_or_default();
    if line.chars().count() <= 60 { line.to_owned() } else { line.chars().take(60).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_found() {
        assert!(reason("--port={{ port }}", false).unwrap().contains("`{{ port }}`"));
        assert!(reason("${port}", true).is_some());
        assert_eq!(reason("${port}", false), None);
        assert_eq!(reason("$(VAR)", true), None);
        assert_eq!(reason("{a}", true), None);
    }
}
