//! The rule that asks all controls of a kind at once, with what they share computed once. `build.rs` compiles it with their policies, so
//! that which controls are on is data to it (`data.controls`), and what is off costs nothing.

/// A control, as far as the rule names it.
pub struct Part<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its package.
    pub package: &'a str,
    /// Whether it may say that it cannot tell.
    pub may_doubt: bool,
}

/// The rule of a kind.
pub fn rule(kind: &str) -> String {
    format!("data.run.{kind}.results")
}

/// The module with it.
pub fn module<'a>(kind: &str, controls: impl Iterator<Item = Part<'a>>) -> String {
    let asked = |id: &str, word: &str, package: &str, rule: &str| {
        let head = format!("results contains {{\"control\": \"{id}\", \"{word}\": one}} if ");
        format!("{head}{{\n\tdata.controls[\"{id}\"]\n\tsome one in data.{package}.{rule}\n}}\n\n")
    };
    let rules = controls.map(|Part { id, package, may_doubt }| {
        let deny = asked(id, "violation", package, "deny");
        // A rule that a package does not have is an error to the engine, not undefined.
        if may_doubt { deny + &asked(id, "doubt", package, "unknown") } else { deny }
    });
    format!("package run.{kind}\n\n{}", rules.collect::<String>())
}

/// Whether a policy says of what it cannot tell.
pub fn may_doubt(policy: &str) -> bool {
    policy.lines().any(|line| line.starts_with("unknown contains "))
}
