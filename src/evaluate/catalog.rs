//! The policies that the binary carries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use include_dir::{Dir, DirEntry, include_dir};

use super::metadata;
use crate::error::{Error, nearest};
use crate::model::{Control, Source, SubjectKind};
use crate::parse;

static POLICY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policy");

/// Every control.
pub struct Catalog {
    modules: Vec<(String, String)>,
    controls: BTreeMap<Arc<str>, Arc<Control>>,
}

impl Catalog {
    /// Reads the embedded policies.
    ///
    /// # Errors
    /// Only when the binary was built from a broken policy folder; the tests of the project rule that out.
    pub fn embedded() -> Result<Self, Error> {
        let mut catalog = Self { modules: vec![], controls: BTreeMap::new() };
        for (path, text) in files() {
            catalog.add(path, text)?;
        }
        Ok(catalog)
    }

    /// Adds the controls of the user's policies.
    ///
    /// # Errors
    /// For an id that is taken.
    pub fn add_user(&mut self, controls: &[Arc<Control>]) -> Result<(), Error> {
        for control in controls {
            if self.controls.contains_key(&control.id) {
                let error =
                    Error::usage(format!("a policy has the id `{}`, which is that of another control", control.id));
                return Err(error.help("give it an id of its own in its METADATA"));
            }
            self.controls.insert(Arc::clone(&control.id), Arc::clone(control));
        }
        Ok(())
    }

    /// The Rego modules: path and text.
    pub fn modules(&self) -> &[(String, String)] {
        &self.modules
    }

    /// Whether the policy of a control has a partial rule of this name.
    pub fn has_rule(&self, control: &Control, rule: &str) -> bool {
        let path = format!("{}/{}.rego", control.kind, control.id.replace('-', "_"));
        let text = self.modules.iter().find(|(module, _)| *module == path).map(|(_, text)| text);
        text.is_some_and(|text| text.lines().any(|line| line.starts_with(&format!("{rule} contains "))))
    }

    /// The words in quotes of a policy and of the libraries that it imports. Those that are names of settings are the settings
    /// that it looks at: a policy names them as they are.
    pub fn words(&self, control: &Control) -> BTreeSet<String> {
        let path = format!("{}/{}.rego", control.kind, control.id.replace('-', "_"));
        let text = |path: &str| self.modules.iter().find(|(module, _)| module == path).map_or("", |(_, text)| text);
        let own = text(&path);
        let imported = own.lines().filter_map(|line| line.strip_prefix("import data.policy.lib."));
        // What all components share names settings that most of them do not look at.
        let imported = imported.filter(|lib| *lib != "component");
        let texts = imported.map(|lib| text(&format!("lib/{lib}.rego"))).chain([own]);
        texts.flat_map(quoted).collect()
    }

    /// The words in quotes of a policy alone.
    pub fn own_words(&self, control: &Control) -> BTreeSet<String> {
        let path = format!("{}/{}.rego", control.kind, control.id.replace('-', "_"));
        let own = self.modules.iter().find(|(module, _)| *module == path);
        own.map(|(_, text)| quoted(text).collect()).unwrap_or_default()
    }

    /// Every control, by id.
    pub fn controls(&self) -> impl Iterator<Item = &Arc<Control>> {
        self.controls.values()
    }

    /// The control of an id.
    ///
    /// # Errors
    /// An unknown id is answered with the nearest right one.
    pub fn control(&self, id: &str) -> Result<&Arc<Control>, Error> {
        self.controls.get(id).ok_or_else(|| {
            let error = Error::usage(format!("there is no control `{id}`"));
            match nearest(id, self.controls.keys().map(|id| &**id)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    /// Appends to a module.
    #[cfg(test)]
    pub fn edit(&mut self, path: &str, more: &str) {
        let module = self.modules.iter_mut().find(|(module, _)| module == path);
        module.unwrap().1.push_str(more);
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), Error> {
        if let Some(stem) = path.strip_suffix(".rego").filter(|stem| !stem.ends_with("_test")) {
            let source = Source::new(path, text);
            let kind = SubjectKind::ALL.into_iter().find(|kind| path.starts_with(&format!("{kind}/")));
            if let Some(kind) = kind {
                let control = metadata::read(&source, kind, format!("policy.{}", stem.replace('/', ".")))?;
                self.controls.insert(Arc::clone(&control.id), Arc::new(control));
            }
            self.modules.push((path.to_owned(), text.to_owned()));
        }
        Ok(())
    }
}

fn quoted(text: &str) -> impl Iterator<Item = String> {
    let code = text.lines().filter(|line| !line.starts_with('#'));
    code.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned)
}

/// Every file of `policy/`: path and text.
pub fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = Vec::new();
    collect(&POLICY, &mut files);
    files
}

/// Reads one of our own YAML files.
pub fn read_yaml<T: serde::de::DeserializeOwned>(source: &Source) -> Result<T, Error> {
    let fail = |why: String| Error::usage(format!("policy/{}: {why}", source.path()));
    match parse::parse(source).documents.into_iter().next() {
        Some(Ok(document)) => {
            serde_path_to_error::deserialize(document.to_json(document.root)).map_err(|why| fail(why.to_string()))
        }
        Some(Err((_, why))) => Err(fail(why.to_string())),
        None => Err(fail("it is empty".to_owned())),
    }
}

fn collect(directory: &'static Dir<'static>, files: &mut Vec<(&'static str, &'static str)>) {
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(inner, files),
            DirEntry::File(file) => files.extend(file.path().to_str().zip(file.contents_utf8())),
        }
    }
}
