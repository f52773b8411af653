//! A question on the terminal: the question comes in, whether the answer is yes goes out.

use std::io::{self, BufRead, IsTerminal, Write};

/// Whether the person at the terminal agrees. Where there is none, there is nobody to ask and the command was meant.
pub fn agrees(question: &str) -> bool {
    let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    !is_terminal || ask(question, &mut io::stdin().lock(), &mut io::stderr())
}

fn ask(question: &str, answers: &mut dyn BufRead, out: &mut dyn Write) -> bool {
    let mut answer = String::new();
    let asked =
        write!(out, "{question} [y/N] ").and_then(|()| out.flush()).and_then(|()| answers.read_line(&mut answer));
    asked.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::ask;

    #[test]
    fn only_a_yes_is_one() {
        for (answer, expected) in
            [("y\n", true), ("Yes\n", true), ("\n", false), ("", false), ("n\n", false), ("yo\n", false)]
        {
            let mut out = Vec::new();
            assert_eq!(ask("write?", &mut answer.as_bytes(), &mut out), expected, "{answer:?}");
            assert_eq!(out, b"write? [y/N] ");
        }
    }
}
