//! Which controls and requirements the rules of other programs are about (`policy/evidence.yaml`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::catalog::data;
use crate::error::Error;
use crate::model::statement::Witness;

/// Framework → ids.
type Requirements = BTreeMap<String, Vec<String>>;

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    gatekeeper: BTreeMap<String, Vec<String>>,
    falco: BTreeMap<String, Vec<String>>,
    frameworks: BTreeMap<String, Requirements>,
    tags: BTreeMap<String, String>,
}

impl Rules {
    /// Reads it.
    ///
    /// # Errors
    /// Only when the binary was built from a broken policy folder; the tests of the project rule that out.
    pub fn read() -> Result<Self, Error> {
        data("evidence")
    }

    /// The controls that a rule is about.
    pub fn controls(&self, witness: Witness, rule: &str) -> Vec<String> {
        let of = match witness {
            Witness::Gatekeeper => &self.gatekeeper,
            Witness::Falco => &self.falco,
            Witness::Inspec => return Vec::new(),
        };
        of.get(rule).cloned().unwrap_or_default()
    }

    /// The requirements that the word of a program is evidence for by itself, and by the tags of its rule.
    pub fn requirements(&self, witness: Witness, tags: &[String]) -> Requirements {
        let mut requirements = self.frameworks.get(witness.word()).cloned().unwrap_or_default();
        for (tag, (head, framework)) in tags.iter().flat_map(|tag| self.tags.iter().map(move |row| (tag, row))) {
            if let Some(id) = tag.strip_prefix(head.as_str()) {
                let ids = requirements.entry(framework.clone()).or_default();
                ids.push(id.to_owned());
                ids.sort();
                ids.dedup();
            }
        }
        requirements
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Catalog, framework};

    #[test]
    fn what_the_file_names_exists() {
        let (rules, catalog) = (Rules::read().unwrap(), Catalog::embedded().unwrap());
        for control in rules.gatekeeper.values().chain(rules.falco.values()).flatten() {
            assert!(catalog.control(control).is_ok(), "{control}");
        }
        let frameworks = framework::frameworks().unwrap();
        for (witness, requirements) in &rules.frameworks {
            assert!(Witness::ALL.iter().any(|one| one.word() == witness), "{witness}");
            for (name, ids) in requirements {
                let framework = frameworks.iter().find(|one| one.name == *name).unwrap();
                assert!(ids.iter().all(|id| framework.requirements.iter().any(|one| one.id == *id)), "{name} {ids:?}");
            }
        }
    }

    #[test]
    fn tags_name_requirements() {
        let rules = Rules::read().unwrap();
        let told = rules.requirements(Witness::Falco, &["PCI_DSS_11.5.1".to_owned(), "shell".to_owned()]);
        assert_eq!(told["pci-dss"], ["10.2", "11.5.1"]);
        assert_eq!(told["soc2"], ["CC7.2"]);
    }
}
