//! What other programs say: files come in, statements with the controls and requirements that they are about go out. They change no
//! verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Options;
use super::gate_files::GateFiles;
use super::live::cluster_of;
use super::plan::Plan;
use crate::error::Error;
use crate::evaluate::evidence::Rules;
use crate::model::{Framework, Statement, SubjectKind, framework};
use crate::node::evidence::{self, About, Said};

/// Reads the files that the command line names. What is said of one subject again and again is one statement, with the last time.
///
/// # Errors
/// For a file that cannot be read or has another shape, and for a cluster that does not exist.
pub fn read(options: &Options, plan: &Plan, frameworks: &[Arc<Framework>]) -> Result<Vec<Statement>, Error> {
    if options.evidence.is_empty() {
        return Ok(Vec::new());
    }
    let rules = Rules::read()?;
    let settings = settings(plan);
    let mut statements: BTreeMap<_, Statement> = BTreeMap::new();
    for argument in &options.evidence {
        let named = argument.split_once('=').filter(|_| !plan.cwd.join(argument).exists());
        let (cluster, path) = named.map_or((None, argument.as_str()), |(cluster, path)| (Some(cluster), path));
        let source = GateFiles::here(&plan.root).read(&plan.cwd.join(path))?;
        let cluster = cluster_of("--evidence", cluster, source.path(), plan)?;
        for said in evidence::read(&source)? {
            let statement = statement(said, &cluster, &rules, &settings, frameworks);
            let about = statement.controls.clone();
            let key = (statement.witness, statement.rule.clone(), statement.subject.clone(), statement.word, about);
            match statements.get_mut(&(Arc::clone(&cluster), key.clone())) {
                Some(known) => join(known, statement),
                None => drop(statements.insert((Arc::clone(&cluster), key), statement)),
            }
        }
    }
    Ok(statements.into_values().collect())
}

fn join(known: &mut Statement, other: Statement) {
    known.times += other.times;
    if other.time > known.time {
        (known.time, known.message, known.place) = (other.time, other.message, other.place);
    }
}

/// Settings of hosts → the controls whose policies name them: keywords of sshd in their texts, kernel parameters in `keys`.
fn settings(plan: &Plan) -> BTreeMap<String, Vec<String>> {
    let mut settings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for control in plan.catalog.controls().filter(|control| control.kind == SubjectKind::Host) {
        let keys = control.parameters.iter().filter(|parameter| parameter.name == "keys");
        let keys = keys.filter_map(|parameter| parameter.default.as_array()).flatten();
        let keys = keys.filter_map(serde_json::Value::as_str).map(str::to_lowercase);
        let words = plan.catalog.own_words(control).into_iter().map(|word| word.to_lowercase());
        for name in keys.chain(words).collect::<BTreeSet<_>>() {
            settings.entry(name).or_default().push(control.id.to_string());
        }
    }
    settings
}

fn statement(
    said: Said,
    cluster: &Arc<str>,
    rules: &Rules,
    settings: &BTreeMap<String, Vec<String>>,
    frameworks: &[Arc<Framework>],
) -> Statement {
    let (controls, tags) = match &said.about {
        About::Setting(name) => (settings.get(name).cloned().unwrap_or_default(), &[][..]),
        About::Rule(rule, tags) => (rules.controls(said.witness, rule), tags.as_slice()),
    };
    let mut requirements = rules.requirements(said.witness, tags);
    for (framework, ids) in controls.iter().flat_map(|control| framework::ids_of(frameworks, control)) {
        let known = requirements.entry(framework).or_default();
        known.extend(ids);
        known.sort();
        known.dedup();
    }
    Statement {
        witness: said.witness,
        word: said.word,
        rule: said.rule,
        message: said.message,
        subject: said.subject,
        time: said.time,
        times: said.times,
        cluster: Arc::clone(cluster),
        place: said.place,
        controls,
        frameworks: requirements,
    }
}
