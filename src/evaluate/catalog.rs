//! The policies that the binary carries.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use include_dir::{Dir, DirEntry, include_dir};

use super::engine::Plan;
use super::metadata::Metadata;
use crate::error::{Error, nearest};
use crate::model::policy::{Parameter, Text};
use crate::model::report::Action;
use crate::model::{Control, SubjectKind};

static POLICY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policy");
/// What `build.rs` has made of it.
static READ: Dir<'_> = include_dir!("$OUT_DIR/policy");

/// Every control.
pub struct Catalog {
    /// By path below `policy/`.
    modules: OnceLock<BTreeMap<&'static str, Cow<'static, str>>>,
    controls: BTreeMap<Arc<str>, Arc<Control>>,
    /// Those that have been asked for.
    plans: Mutex<BTreeMap<SubjectKind, Arc<Plan>>>,
}

impl Catalog {
    /// Reads the embedded policies.
    ///
    /// # Errors
    /// Only when the binary was built from a broken policy folder; the tests of the project rule that out.
    pub fn embedded() -> Result<Self, Error> {
        let mut catalog = Self { modules: OnceLock::new(), controls: BTreeMap::new(), plans: Mutex::default() };
        for (package, metadata) in made::<BTreeMap<&str, Metadata<'_>>>("controls")? {
            let kind = SubjectKind::ALL.into_iter().find(|kind| package.split('.').nth(1) == Some(kind.word()));
            let Some(kind) = kind else { continue };
            let control = control(metadata, kind, package).map_err(|why| broken(package, why))?;
            catalog.controls.insert(Arc::clone(&control.id), Arc::new(control));
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

    /// The texts of all Rego modules.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.modules().values().map(|text| &**text)
    }

    /// The policies of a kind, as `build.rs` has made them ready.
    ///
    /// # Errors
    /// Only when the binary was built from a broken policy folder; the tests of the project rule that out.
    pub fn plan(&self, kind: SubjectKind) -> Result<Arc<Plan>, String> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&kind) {
            return Ok(Arc::clone(plan));
        }
        let file = READ.get_file(format!("{kind}.plan")).ok_or_else(|| format!("no policy judges a {kind}"))?;
        let plan = Arc::new(Plan::read(file.contents())?);
        plans.insert(kind, Arc::clone(&plan));
        Ok(plan)
    }

    /// The text of the policy of a control.
    pub fn policy(&self, control: &Control) -> &str {
        self.text(&path(&control.package))
    }

    /// The words in quotes of a policy and of the libraries that it imports. Those that are names of settings are the settings
    /// that it looks at: a policy names them as they are.
    pub fn words(&self, control: &Control) -> BTreeSet<String> {
        let own = self.policy(control);
        // What all components share names settings that most of them do not look at.
        let imported = imports(own).filter(|package| *package != "policy.lib.component");
        let texts = imported.map(|package| self.text(&path(package))).chain([own]);
        texts.flat_map(quoted).collect()
    }

    /// The words in quotes of a policy alone.
    pub fn own_words(&self, control: &Control) -> BTreeSet<String> {
        quoted(self.policy(control)).collect()
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
        self.modules();
        self.modules.get_mut().unwrap().get_mut(path).unwrap().to_mut().push_str(more);
    }

    fn text(&self, path: &str) -> &str {
        self.modules().get(path).map_or("", |text| &**text)
    }

    fn modules(&self) -> &BTreeMap<&'static str, Cow<'static, str>> {
        self.modules.get_or_init(|| {
            let mut modules = BTreeMap::new();
            collect(&POLICY, &mut modules);
            modules
        })
    }
}

/// The control of a policy file. `kind` and `package` follow from where the file lies.
fn control(metadata: Metadata<'static>, kind: SubjectKind, package: &'static str) -> Result<Control, String> {
    let mut parameters = Vec::with_capacity(metadata.custom.parameters.len());
    for (name, text) in metadata.custom.parameters {
        let default = serde_json::from_str(text.default).map_err(|why| why.to_string())?;
        parameters.push(Parameter { name: name.into(), description: text.description.into(), default });
    }
    Ok(Control {
        id: Arc::from(metadata.custom.id),
        kind,
        kinds: metadata.custom.kinds.into_iter().map(Text::from).collect(),
        package: package.into(),
        title: metadata.title.into(),
        description: metadata.description.into(),
        severity: metadata.custom.severity.parse()?,
        remediation: metadata.custom.remediation.into(),
        references: metadata.related_resources.into_iter().map(Text::from).collect(),
        default: metadata.custom.default,
        mode: Action::Deny,
        parameters,
    })
}

fn collect(directory: &'static Dir<'static>, modules: &mut BTreeMap<&'static str, Cow<'static, str>>) {
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(inner, modules),
            DirEntry::File(file) => {
                let path = file.path().to_str().filter(|path| path.ends_with(".rego") && !path.ends_with("_test.rego"));
                let module = path.zip(file.contents_utf8());
                modules.extend(module.map(|(path, text)| (path, Cow::Borrowed(text))));
            }
        }
    }
}

/// The file of a package: `pod/root_user.rego`.
fn path(package: &str) -> String {
    format!("{}.rego", package.strip_prefix("policy.").unwrap_or(package).replace('.', "/"))
}

/// The packages that a module imports.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("import data."))
}

fn quoted(text: &str) -> impl Iterator<Item = String> {
    let code = text.lines().filter(|line| !line.starts_with('#'));
    code.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned)
}

/// The names of our YAML files in a folder.
pub fn names(folder: &str) -> Vec<&'static str> {
    let files = READ.get_dir(folder).map(Dir::files).into_iter().flatten();
    let mut names: Vec<&str> = files.filter_map(|file| file.path().file_stem()?.to_str()).collect();
    names.sort_unstable();
    names
}

/// What `build.rs` has made of a YAML file of ours.
///
/// # Errors
/// Only when the binary was built from a broken policy folder; the tests of the project rule that out.
pub fn data<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, Error> {
    let text = READ.get_file(format!("{name}.json")).and_then(|file| file.contents_utf8()).unwrap_or_default();
    serde_json::from_str(text).map_err(|why| broken(name, why))
}

/// What `build.rs` has put together of several files of ours.
///
/// # Errors
/// As [`data`].
pub fn made<T: serde::Deserialize<'static>>(name: &str) -> Result<T, Error> {
    let bytes = READ.get_file(name).map(|file| file.contents()).unwrap_or_default();
    postcard::from_bytes(bytes).map_err(|why| broken(name, why))
}

fn broken(name: &str, why: impl Display) -> Error {
    Error::usage(format!("policy/{name}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modules that no import leads to are not loaded.
    #[test]
    fn a_module_names_another_one_only_where_it_imports_it() {
        let catalog = Catalog::embedded().unwrap();
        for (path, text) in catalog.modules() {
            let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            let names = code.filter(|line| line.contains("data.policy."));
            let imported: Vec<&str> = imports(text).collect();
            assert_eq!(names.count(), imported.len(), "{path}");
            for package in imported {
                assert!(catalog.modules().contains_key(&*self::path(package)), "{path} imports {package}");
            }
        }
        for control in catalog.controls() {
            assert!(!catalog.text(&path(&control.package)).is_empty(), "{}", control.id);
        }
    }
}
