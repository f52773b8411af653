//! The frameworks as data (`policy/frameworks/`): which of their requirements which controls are evidence for.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::catalog;
use crate::error::{Error, nearest};
use crate::model::benchmark::Benchmark;
use crate::model::{Framework, Requirement};

/// Every framework that is the same for all clusters, by name; `cis` is not, because each cluster has its own benchmark.
pub fn frameworks() -> Result<Vec<Framework>, Error> {
    let topics: BTreeMap<String, Topic> = read(TOPICS)?;
    let mut of_controls = BTreeMap::new();
    for (at, topic) in topics.values().enumerate() {
        of_controls.extend(topic.controls.iter().map(|control| (Arc::clone(control), at)));
    }
    let of_controls = Arc::new(of_controls);
    let names: Vec<&str> = topics.keys().map(String::as_str).collect();
    framework_names().map(|name| resolve(read(name)?, &names, &of_controls)).collect()
}

/// The names that `--framework` takes.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = framework_names().chain([Framework::CIS, Framework::PSS]).collect();
    names.sort_unstable();
    names
}

/// Makes sure of a name.
///
/// # Errors
/// A wrong name is answered with the nearest right one and the list of all.
pub fn known(name: &str) -> Result<(), Error> {
    let names = names();
    if names.contains(&name) {
        return Ok(());
    }
    let all = format!("there are {}", names.join(", "));
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all,
    };
    Err(Error::usage(format!("there is no framework `{name}`")).help(help))
}

/// The controls of a benchmark, as those of the framework that it is; its sections are the requirements.
pub fn of_benchmark(name: &str, benchmark: &Benchmark) -> Framework {
    let mut requirements: Vec<Requirement> = Vec::new();
    let (mut topics, mut places) = (BTreeMap::new(), Vec::<Vec<usize>>::new());
    for check in &benchmark.checks {
        let id = check.section();
        let text = benchmark.head.sections.get(id).cloned().unwrap_or_default();
        if requirements.last().is_none_or(|last| last.id != id) {
            requirements.push(Requirement { id: id.to_owned(), text });
        }
        let last = requirements.len() - 1;
        for control in &check.controls {
            let topic = *topics.entry(Arc::from(control.as_str())).or_insert(places.len());
            match places.get_mut(topic) {
                Some(places) if places.last() == Some(&last) => {}
                Some(places) => places.push(last),
                None => places.push(vec![last]),
            }
        }
    }
    let (title, topics) = (benchmark.head.title.clone(), Arc::new(topics));
    Framework { name: name.to_owned(), title, link: None, requirements, topics, places }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    #[serde(rename = "title")]
    _title: String,
    controls: Vec<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    framework: String,
    title: String,
    link: String,
    requirements: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    text: String,
    topics: Vec<String>,
}

/// A framework whose file names these topics, and what each control is about.
fn resolve(file: File, topics: &[&str], of_controls: &Arc<BTreeMap<Arc<str>, usize>>) -> Result<Framework, Error> {
    let mut places = vec![Vec::new(); topics.len()];
    for (place, row) in file.requirements.iter().enumerate() {
        for name in &row.topics {
            let topic = topics.binary_search(&name.as_str()).ok().and_then(|at| places.get_mut(at));
            let unknown =
                || Error::usage(format!("policy/frameworks/{}.yaml: there is no topic `{name}`", file.framework));
            topic.ok_or_else(unknown)?.push(place);
        }
    }
    Ok(Framework {
        name: file.framework,
        title: file.title,
        link: Some(file.link),
        requirements: file.requirements.into_iter().map(|Row { id, text, .. }| Requirement { id, text }).collect(),
        topics: Arc::clone(of_controls),
        places,
    })
}

const TOPICS: &str = "topics";

fn framework_names() -> impl Iterator<Item = &'static str> {
    catalog::names("frameworks").into_iter().filter(|name| *name != TOPICS)
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, Error> {
    catalog::data(&format!("frameworks/{name}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::evaluate::{Catalog, benchmark};

    #[test]
    fn a_topic_names_controls_that_exist_each_once_and_is_evidence_for_something() {
        let topics: BTreeMap<String, Topic> = read(TOPICS).unwrap();
        let catalog = Catalog::embedded().unwrap();
        let mut placed = BTreeSet::new();
        for control in topics.values().flat_map(|topic| &topic.controls) {
            assert!(&**control == Requirement::OTHERS || catalog.control(control).is_ok(), "{control} does not exist");
            assert!(placed.insert(control), "{control} stands twice");
        }
        let used: BTreeSet<String> = framework_names()
            .flat_map(|name| read::<File>(name).unwrap().requirements)
            .flat_map(|row| row.topics)
            .collect();
        assert_eq!(used, topics.into_keys().collect(), "no topic is evidence for nothing");
    }

    #[test]
    fn files_are_named_after_their_frameworks_and_number_each_requirement_once() {
        for name in framework_names() {
            let file: File = read(name).unwrap();
            assert_eq!(file.framework, name);
            let ids: BTreeSet<&str> = file.requirements.iter().map(|row| row.id.as_str()).collect();
            assert_eq!(ids.len(), file.requirements.len(), "{name}");
        }
        assert_eq!(names(), ["cis", "iso-27001", "nist-800-190", "nsa-cisa", "pci-dss", "pss", "soc2"]);
        assert!(known("soc-2").unwrap_err().to_string().contains("soc-2"));
    }

    #[test]
    fn what_a_cis_benchmark_numbers_is_evidence_as_it_is_usually_mapped() {
        // The minimum: admission CC6.6, monitoring CC7.2, secure engineering A.14.2, configuration standards 2.2, containers 800-190.
        let frameworks = frameworks().unwrap();
        let ids = |framework: &str, control: &str| {
            let framework = frameworks.iter().find(|one| one.name == framework).unwrap();
            framework.ids_of(control).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(ids("soc2", "missing-pod-security-labels").contains(&"CC6.6".to_owned()));
        assert!(ids("soc2", "missing-audit-policy").contains(&"CC7.2".to_owned()));
        let cis = benchmark::benchmark("cis-1.12").unwrap();
        let controls = cis.checks.iter().flat_map(|check| &check.controls).map(String::as_str);
        for control in controls.chain(["cis-1.12:1.1.1"]) {
            assert!(ids("iso-27001", control).contains(&"A.14.2".to_owned()), "{control}");
            assert!(ids("pci-dss", control).contains(&"2.2".to_owned()), "{control}");
            assert!(!ids("nist-800-190", control).is_empty(), "{control}");
        }
    }
}
