//! The user's own policies: their files come in, what they say of a document goes out, as conftest would have it.

mod annotation;
mod answer;
mod config_file;
mod program;
mod runtime;
mod said;
mod tests;
mod witness;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

pub use answer::{Author, Found, Messages, Place, Refusal};
pub use config_file::ConfigFile;
pub use program::Program;
pub use runtime::Runtime;
pub use said::Said;
pub use tests::{TestOutcome, TestResult, Tests};

use super::engine;
use super::rego::change::Change;
use super::rego::check::{self, Problem, is_failure, is_result};
use super::rego::names::{self, Index, Names};
use super::rego::{Expr, Import, Literal, Module, Rule, Statement, outputs};
use crate::model::policy::Text;
use crate::model::report::Action;
use crate::model::{Control, Severity, Source, SubjectKind};
use annotation::Annotation;

/// Which packages of a policy set are asked: names or patterns (`main.*`, `*`); none means `main`, as in conftest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Namespaces(pub Vec<String>);

/// A set of policies, checked.
pub struct PolicySet {
    /// The files.
    pub sources: Vec<Arc<Source>>,
    /// What is in them, in the same order.
    pub modules: Vec<Module>,
    /// The rules that collect results, one for each package and name.
    pub rules: Vec<ResultRule>,
    /// Their clauses, in the order of the files.
    pub clauses: Vec<Clause>,
    /// The data document.
    pub data: Json,
}

/// `deny` of a package.
#[derive(Debug, Clone)]
pub struct ResultRule {
    /// The package.
    pub namespace: String,
    /// `deny`, `warn_latest`.
    pub name: String,
    /// What its results are findings of, where no clause of it says otherwise.
    pub control: Arc<Control>,
}

/// One clause of a rule that collects results.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Which of the rules.
    pub rule: usize,
    /// The module, among [`PolicySet::modules`].
    pub module: usize,
    /// The position in the module.
    pub position: usize,
    /// What its results are findings of.
    pub control: Arc<Control>,
}

/// Reads a file of configuration that a test names, relative to the directory of the policy file: that one, and the name.
pub type Files<'a> = &'a dyn Fn(&str, &str) -> Result<config_file::ConfigFile, String>;

impl PolicySet {
    /// Reads policy files and the data beside them; the names of the files decide nothing.
    ///
    /// # Errors
    /// Everything that is wrong with them, by file and line.
    pub fn read(sources: Vec<Arc<Source>>, data: Json, namespaces: &Namespaces) -> Result<Self, Vec<Problem>> {
        Self::with_files(sources, data, namespaces, None)
    }

    /// The same for tests, which may ask for files of configuration by their names.
    ///
    /// # Errors
    /// As [`PolicySet::read`], and for a file that cannot be read.
    pub fn with_files(
        sources: Vec<Arc<Source>>,
        mut data: Json,
        namespaces: &Namespaces,
        files: Option<Files<'_>>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut read = Vec::new();
        for source in &sources {
            match module(source) {
                Ok(module) => read.push(module),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let (mut modules, annotations): (Vec<Module>, Vec<Vec<Annotation>>) = read.into_iter().unzip();
        let named = modules.clone();
        for (module, annotations) in modules.iter_mut().zip(&annotations) {
            let original = module.clone();
            module.rules.iter_mut().for_each(|rule| settle(rule, annotations, &original));
        }
        if let Some(files) = files {
            problems.extend(config_file::settle(&mut modules, &mut data, files));
        }
        let names = Names::of(&modules, Arc::new(Index::new(&modules)));
        problems.extend(check::errors(&names, &|name| engine::arity(name)));
        if !problems.is_empty() {
            return Err(problems);
        }
        let (rules, clauses) = results(&named, &annotations, namespaces);
        for clause in &clauses {
            let rules = modules.get_mut(clause.module).map(|module| &mut module.rules);
            if let Some(rule) = rules.and_then(|rules| rules.get_mut(clause.position)) {
                *rule = witness::named(rule);
            }
        }
        Ok(Self { sources, modules, rules, clauses, data })
    }

    /// What evaluates it.
    pub fn program(&self) -> Program {
        Program::new(self)
    }

    /// The controls that its results are findings of, each once.
    pub fn controls(&self) -> Vec<Arc<Control>> {
        let mut seen = BTreeSet::new();
        let of_rules = self.rules.iter().map(|rule| &rule.control);
        let all = self.clauses.iter().map(|clause| &clause.control).chain(of_rules);
        // A rule whose clauses all have controls of their own has no findings itself.
        let is_used = |control: &&Arc<Control>| self.clauses.iter().any(|clause| clause.control.id == control.id);
        all.filter(is_used).filter(|control| seen.insert(Arc::clone(&control.id))).cloned().collect()
    }

    /// The packages that have a rule which collects results.
    pub fn namespaces(modules: &[Module]) -> BTreeSet<String> {
        let fires = |module: &&Module| module.rules.iter().any(|rule| is_result(rule.root()));
        modules.iter().filter(fires).map(Module::namespace).collect()
    }

    /// What the results of a clause or of a rule are findings of.
    pub fn control(&self, author: Author) -> Option<&Arc<Control>> {
        match author {
            Author::Clause(clause) => self.clauses.get(clause).map(|clause| &clause.control),
            Author::Rule(rule) => self.rules.get(rule).map(|rule| &rule.control),
        }
    }

    /// All that say something.
    pub fn authors(&self) -> impl Iterator<Item = Author> {
        (0..self.clauses.len()).map(Author::Clause).chain((0..self.rules.len()).map(Author::Rule))
    }

    /// The rule of a clause.
    pub fn rule_of(&self, clause: &Clause) -> Option<(&Module, &Rule)> {
        let module = self.modules.get(clause.module)?;
        Some((module, module.rules.get(clause.position)?))
    }
}

impl Namespaces {
    fn has(&self, namespace: &str) -> bool {
        let is_match = |pattern: &String| match globset::Glob::new(pattern) {
            Ok(glob) => glob.compile_matcher().is_match(namespace),
            Err(_) => pattern == namespace,
        };
        self.0.iter().any(is_match) || (self.0.is_empty() && namespace == "main")
    }
}

fn module(source: &Source) -> Result<(Module, Vec<Annotation>), Problem> {
    let file = source.path().to_string();
    let problem = |line: Option<u32>, message: String| Problem {
        file: file.clone(),
        line: line.unwrap_or(1),
        message,
        help: None,
    };
    let module = engine::parse(source.path(), source.text()).map_err(|fault| problem(fault.line, fault.message))?;
    let annotations = annotation::annotations(source.text());
    let annotations =
        annotations.map_err(|(line, why)| problem(Some(line), format!("this METADATA is no YAML: {why}")))?;
    Ok((module, annotations))
}

/// Replaces what is known of a rule before it is evaluated.
fn settle(rule: &mut Rule, annotations: &[Annotation], module: &Module) {
    let before = rule.clone();
    let locals = names::locals(&before);
    let imports: Vec<&Import> = module.imports.iter().filter(|import| !locals.contains(import.name.as_str())).collect();
    let mut replace = |expr: &mut Expr| {
        write_out(expr, &imports);
        if let Expr::Call(name, ..) = expr
            && let Some(constant) = annotation::constant(name, annotations, module, &before)
        {
            *expr = constant;
        }
    };
    Change { literal: &mut result_first, expr: &mut replace }.rule(rule);
    outputs::bring_in(rule);
}

/// Writes the path of an import in place of its name where that is no variable, so that nobody has to tell the two from here on.
fn write_out(expr: &mut Expr, imports: &[&Import]) {
    let is_plain =
        |path: &[String]| path.iter().all(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    let of = |name: &str| imports.iter().find(|import| import.name == name).filter(|import| is_plain(&import.path));
    match expr {
        Expr::Ref(base, steps) => {
            let Some([first, path @ ..]) = base.var().and_then(of).map(|import| import.path.as_slice()) else { return };
            **base = Expr::Var(first.clone());
            steps.splice(..0, path.iter().map(|word| Expr::text(word.as_str())));
        }
        Expr::Call(name, ..) => {
            let Some((first, function)) = name.split_once('.') else { return };
            let Some(import) = of(first) else { return };
            *name = format!("{}.{function}", import.path.join("."));
        }
        _ => {}
    }
}

/// `crypto.sha256(text, sum)` as `sum = crypto.sha256(text)`, so that one form alone says where `sum` comes from.
fn result_first(literal: &mut Literal) {
    let (Literal::Holds(call) | Literal::Not(call)) = &*literal else { return };
    let Expr::Call(name, arguments, line) = call else { return };
    let Some((result, arguments)) = arguments.split_last().filter(|(_, rest)| engine::takes_result(name, rest.len()))
    else {
        return;
    };
    let call = Box::new(Expr::Call(name.clone(), arguments.to_vec(), *line));
    let result = Box::new(result.clone());
    *literal = match literal {
        Literal::Not(_) => Literal::Not(Expr::Binary("==", result, call)),
        _ => Literal::Holds(Expr::Binary("=", result, call)),
    };
}

fn results(
    modules: &[Module],
    annotations: &[Vec<Annotation>],
    namespaces: &Namespaces,
) -> (Vec<ResultRule>, Vec<Clause>) {
    let (mut rules, mut clauses): (Vec<ResultRule>, Vec<Clause>) = (vec![], vec![]);
    for (module_at, (module, annotations)) in modules.iter().zip(annotations).enumerate() {
        let namespace = module.namespace();
        for (position, rule) in module.rules.iter().enumerate() {
            let name = rule.root();
            if !is_result(name) || !rule.is_named(name) || !namespaces.has(&namespace) {
                continue;
            }
            let id = format!("{namespace}.{name}");
            let known = rules.iter().position(|other| other.namespace == namespace && other.name == name);
            let all = annotation::of_rule(annotations, module, rule);
            let at = known.unwrap_or_else(|| {
                let shared: Vec<&Annotation> = all.iter().copied().filter(|one| one.scope != "rule").collect();
                let control = Arc::new(control(&id, name, &namespace, &module.file, &shared));
                rules.push(ResultRule { namespace: namespace.clone(), name: name.to_owned(), control });
                rules.len() - 1
            });
            let own = annotation::text(&all, "id");
            let has_own = all.iter().any(|one| one.scope == "rule") && own.is_some();
            let shared = rules.get(at).map(|rule| Arc::clone(&rule.control));
            let control = match shared.filter(|_| !has_own) {
                Some(shared) => shared,
                None => Arc::new(control(own.as_deref().unwrap_or(&id), name, &namespace, &module.file, &all)),
            };
            clauses.push(Clause { rule: at, module: module_at, position, control });
        }
    }
    (rules, clauses)
}

fn control(id: &str, name: &str, namespace: &str, file: &str, annotations: &[&Annotation]) -> Control {
    let text = |key| annotation::text(annotations, key).unwrap_or_default();
    let title = annotation::text(annotations, "title").unwrap_or_else(|| format!("`{name}` of package `{namespace}`"));
    let description = annotation::text(annotations, "description");
    Control {
        id: Arc::from(annotation::text(annotations, "id").as_deref().unwrap_or(id)),
        kind: SubjectKind::Document,
        kinds: vec![],
        package: namespace.to_owned().into(),
        title: title.into(),
        description: description.unwrap_or_else(|| format!("A policy of this repository, in `{file}`.")).into(),
        severity: annotation::severity(annotations).unwrap_or(Severity::Medium),
        remediation: text("remediation").into(),
        references: annotation::links(annotations).into_iter().map(Text::from).collect(),
        default: true,
        mode: if is_failure(name) { Action::Deny } else { Action::Warn },
        parameters: vec![],
    }
}

impl PolicySet {
    /// Packages that are asked for and say nothing, and packages that would say something and are not asked.
    pub fn idle(&self, namespaces: &Namespaces) -> Vec<Problem> {
        let mut found = Vec::new();
        let talking = Self::namespaces(&self.modules);
        for module in &self.modules {
            let namespace = module.namespace();
            let line = module.rules.first().map_or(1, |rule| rule.line);
            let message = match (talking.contains(&namespace), namespaces.has(&namespace)) {
                (true, false) => format!("package `{namespace}` has rules that no one asks for"),
                (false, true) if namespaces.0.contains(&namespace) || namespaces.0.is_empty() => {
                    format!("package `{namespace}` is asked for, and no rule of it can say anything")
                }
                _ => continue,
            };
            let help =
                Some("`--namespace NAME` and `policies: {namespaces: […]}` say which packages are asked".to_owned());
            found.push(Problem { file: module.file.clone(), line, message, help });
        }
        found
    }

    /// The clauses that are about certain kinds alone: file, line, name of the rule, kinds.
    pub fn kinds(&self) -> Vec<(Arc<str>, u32, String, Vec<String>)> {
        let is_kind = |expr: &Expr| match expr {
            Expr::Ref(base, steps) => base.var() == Some("input") && *steps == [Expr::text("kind")],
            _ => false,
        };
        let wanted = |statement: &Statement| {
            let Literal::Holds(expr) = &statement.literal else { return vec![] };
            let constant = match expr {
                Expr::Binary("==" | "=", left, right) if is_kind(left) => right.constant(),
                Expr::Binary("==" | "=", left, right) if is_kind(right) => left.constant(),
                Expr::In(None, value, collection) if is_kind(value) => collection.constant(),
                _ => None,
            };
            match constant {
                Some(Json::String(kind)) => vec![kind],
                Some(Json::Array(kinds)) => kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect(),
                _ => vec![],
            }
        };
        let of = |clause: &Clause| {
            let (module, rule) = self.rule_of(clause)?;
            let statements = rule.bodies.first().map(|body| body.statements.as_slice()).unwrap_or_default();
            let kinds: Vec<String> = statements.iter().flat_map(wanted).collect();
            let file: Arc<str> = Arc::from(module.file.as_str());
            (!kinds.is_empty()).then(|| (file, rule.line, rule.root().to_owned(), kinds))
        };
        self.clauses.iter().filter_map(of).collect()
    }
}
