//! Constraints of Gatekeeper as `kubectl get -o json` prints them: a list or a single one, with what the audit has found in `status`.

use super::{About, Said, fault, list, mapping, text};
use crate::error::Error;
use crate::model::Value;
use crate::model::statement::{Witness, Word};
use crate::node::view::View;

pub fn is_one(root: View<'_>) -> bool {
    is_constraint(root) || root.text("kind").ends_with("List") && root.get("items").is_some()
}

fn is_constraint(view: View<'_>) -> bool {
    view.text("apiVersion").starts_with("constraints.gatekeeper.sh/")
}

pub fn read(root: View<'_>) -> Result<Vec<Said>, Error> {
    let constraints = if is_constraint(root) { vec![root] } else { list(root, "items")? };
    let mut said = Vec::new();
    for constraint in constraints {
        if !is_constraint(mapping(constraint)?) {
            let error = fault(&constraint.first_line(), "this is no constraint of Gatekeeper");
            return Err(error.help("`kubectl get constraints -o json` prints them all"));
        }
        said.extend(audit(constraint)?);
    }
    Ok(said)
}

/// What the audit says of a constraint. It lists the first violations and counts them all.
fn audit(constraint: View<'_>) -> Result<Vec<Said>, Error> {
    let kind = text(constraint, "kind")?;
    let metadata = constraint.get("metadata");
    let name = metadata.map_or("", |metadata| metadata.text("name"));
    let status = constraint.get("status").map(mapping).transpose()?;
    let time = status.map_or("", |status| status.text("auditTimestamp"));
    let said = |word: Word, message: String, at: View<'_>| Said {
        witness: Witness::Gatekeeper,
        word,
        rule: format!("{kind}/{name}"),
        message,
        subject: String::new(),
        time: time.to_owned(),
        times: 1,
        place: at.first_line(),
        about: About::Rule(kind.to_owned(), Vec::new()),
    };
    let Some(status) = status.filter(|_| !time.is_empty()) else {
        return Ok(vec![said(Word::Skipped, "the audit has not looked at it yet".to_owned(), constraint)]);
    };
    let violations = status.get("violations").map_or(Ok(Vec::new()), |_| list(status, "violations"))?;
    let total = match status.get("totalViolations").map(View::value) {
        None => violations.len(),
        Some(Value::Number(number)) => number
            .to_string()
            .parse()
            .map_err(|_| fault(&status.place_of("totalViolations"), "`totalViolations` is no count"))?,
        Some(_) => return Err(fault(&status.place_of("totalViolations"), "`totalViolations` is no count")),
    };
    let mut all = Vec::new();
    for violation in violations {
        let message = text(mapping(violation)?, "message")?.to_owned();
        let (object, namespace) = (text(violation, "name")?, violation.text("namespace"));
        let place = if namespace.is_empty() { object.to_owned() } else { format!("{namespace}/{object}") };
        all.push(Said {
            subject: format!("{} {place}", violation.text("kind")),
            ..said(Word::Fail, message, violation)
        });
    }
    if let Some(more) = total.checked_sub(all.len()).filter(|more| *more > 0) {
        let message = format!("{more} violations more, which its status does not list");
        all.push(Said { times: more, ..said(Word::Fail, message, status) });
    }
    if all.is_empty() {
        all.push(said(Word::Pass, "the audit has found no violation".to_owned(), status));
    }
    Ok(all)
}
