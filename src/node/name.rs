//! Names as Kubernetes accepts them (k8s.io/apimachinery/pkg/util/validation).

use crate::error::nearest;

/// `IsDNS1123Label`.
pub fn is_label(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain && !name.is_empty() && name.len() <= 63 && !name.starts_with('-') && !name.ends_with('-')
}

/// `IsDNS1123Subdomain`: labels of any length between dots.
pub fn is_subdomain(name: &str) -> bool {
    let is_part = |part: &str| {
        let plain = part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        plain && !part.is_empty() && !part.starts_with('-') && !part.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_part)
}

/// `IsValidLabelValue`.
pub fn is_label_value(value: &str) -> bool {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    plain && value.len() <= 63 && ends(value.chars().next()) && ends(value.chars().last())
}

/// `IsQualifiedName`: a name with an optional subdomain in front.
pub fn is_qualified(name: &str) -> bool {
    let (prefix, name) = name.split_once('/').map_or((None, name), |(prefix, name)| (Some(prefix), name));
    !name.is_empty() && is_label_value(name) && prefix.is_none_or(is_subdomain)
}

/// `; did you mean …` for a name that is close to a known one. Names that nobody would type get no hint, and neither does
/// anything behind the first mistakes of a kind, so that a file of mistakes takes no time.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, mistakes: usize) -> String {
    if name.len() > 80 || mistakes > 20 {
        return String::new();
    }
    nearest(name, known).map(|near| format!("; did you mean `{near}`")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        assert!(is_label("kube-system") && !is_label("a.b") && !is_label("") && !is_label("-a"));
        assert!(is_subdomain("rbac.authorization.k8s.io") && !is_subdomain("a..b") && !is_subdomain("A"));
        assert!(is_label_value("") && is_label_value("A_b.c") && !is_label_value("$HOME") && !is_label_value("a-"));
        assert!(is_qualified("example.com/a") && is_qualified("a") && !is_qualified("a/b/c") && !is_qualified("x/"));
    }
}
