//! The report of `inspec exec --reporter json`: profiles, their controls, and a result for each expectation.

use super::{About, Said, fault, list, mapping, text};
use crate::error::Error;
use crate::model::statement::{Witness, Word};
use crate::node::view::View;

pub fn read(root: View<'_>) -> Result<Vec<Said>, Error> {
    let platform = root.get("platform");
    let part = |key: &str| platform.map_or("", |platform| platform.text(key));
    let host = match part("target_id") {
        "" => [part("name"), part("release")].join(" ").trim().to_owned(),
        id => id.to_owned(),
    };
    let mut said = Vec::new();
    for profile in list(root, "profiles")? {
        for control in list(mapping(profile)?, "controls")? {
            let id = text(mapping(control)?, "id")?;
            // A control of a profile that does not apply here has no results.
            for result in control.get("results").map_or(Ok(Vec::new()), |_| list(control, "results"))? {
                said.push(one(&host, id, mapping(result)?)?);
            }
        }
    }
    Ok(said)
}

fn one(host: &str, id: &str, result: View<'_>) -> Result<Said, Error> {
    let word = match text(result, "status")? {
        "passed" => Word::Pass,
        "failed" => Word::Fail,
        "skipped" => Word::Skipped,
        other => {
            let error = fault(&result.place_of("status"), format!("there is no status `{other}`"));
            return Err(error.help("InSpec says passed, failed or skipped"));
        }
    };
    let expectation = result.text("code_desc");
    let why = [result.text("message"), result.text("skip_message")].join("");
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Said {
        witness: Witness::Inspec,
        word,
        rule: id.to_owned(),
        message: if why.is_empty() { expectation.to_owned() } else { format!("{expectation}: {why}") },
        subject: host.to_owned(),
        time: result.text("start_time").to_owned(),
        times: 1,
        place: result.place_of("status"),
        about: setting(expectation).map_or_else(|| About::Rule(id.to_owned(), Vec::new()), About::Setting),
    })
}

/// The setting of `Kernel Parameter net.ipv4.ip_forward value …`, and of `SSHD Configuration PermitRootLogin …`; the resources of
/// InSpec begin their sentences like this.
fn setting(expectation: &str) -> Option<String> {
    let after = |head: &str| expectation.strip_prefix(head)?.split_whitespace().next();
    let kernel = after("Kernel Parameter ").map(str::to_owned);
    kernel.or_else(|| after("SSHD Configuration ").map(str::to_lowercase))
}
