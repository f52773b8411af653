//! Modules come in, a [`Plan`] goes out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Fault;
use super::plan::{Branch, Clause, Document, Function, Kind, Node, Plan};
use super::scope::{Scope, Stuck, Uses};
use crate::evaluate::rego::names::{Names, full_name};
use crate::evaluate::rego::{Expr, Form, Module, Rule};

/// A module, and the position of a rule in it.
type Place = (usize, usize);

/// The rules of a name.
#[derive(Default)]
struct Rules {
    clauses: Vec<Clause>,
    defaults: Vec<Clause>,
    uses: Uses,
}

/// What is known of all rules before one of them is compiled.
pub struct Index<'a> {
    /// What names mean.
    pub names: Names<'a>,
    /// The packages as a tree.
    pub nodes: Vec<Node>,
    documents: Vec<(Vec<String>, Kind, Vec<Place>)>,
    functions: Vec<(usize, Vec<Place>)>,
    function_of: BTreeMap<String, usize>,
}

impl Plan {
    /// Compiles a policy set.
    ///
    /// # Errors
    /// The file, and what cannot be evaluated in it.
    pub fn new(modules: &[Module]) -> Result<Self, (String, Fault)> {
        let index = Index::new(modules);
        let mut plan = Self { files: modules.iter().map(|module| module.file.clone()).collect(), ..Self::default() };
        let (mut documents, mut of_documents, mut of_functions) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (path, kind, places)) in index.documents.iter().enumerate() {
            let Rules { clauses, defaults, uses } = index.rules(modules, places, *kind)?;
            for (clause, place) in places.iter().filter(|place| !is_default(modules, **place)).enumerate() {
                plan.places.insert(*place, (at, clause));
            }
            of_documents.push(uses);
            documents.push(Document { path: path.clone(), kind: *kind, clauses, defaults, is_stable: false });
        }
        for (_, places) in &index.functions {
            let Rules { clauses, defaults, uses } = index.rules(modules, places, Kind::Value)?;
            of_functions.push(uses);
            plan.functions.push(Function { clauses, defaults }.into());
        }
        let changing = Uses::changing(&of_documents, &of_functions);
        for (mut document, is_changing) in documents.into_iter().zip(changing) {
            document.is_stable = !is_changing;
            plan.documents.push(document.into());
        }
        plan.nodes = index.nodes;
        Ok(plan)
    }
}

fn is_default(modules: &[Module], (module, rule): Place) -> bool {
    let rule = modules.get(module).and_then(|module| module.rules.get(rule));
    rule.is_some_and(|rule| matches!(rule.form, Form::Default(..)))
}

impl<'a> Index<'a> {
    fn new(modules: &'a [Module]) -> Self {
        let mut index = Self {
            names: Names::new(modules),
            nodes: vec![Node::default()],
            documents: vec![],
            functions: vec![],
            function_of: BTreeMap::new(),
        };
        for (module_at, module) in modules.iter().enumerate() {
            index.node(&module.package);
            for (rule_at, rule) in module.rules.iter().enumerate() {
                match &rule.form {
                    // A function that takes nothing is a rule with a value.
                    Form::Function(parameters, _) | Form::Default(parameters, _) if !parameters.is_empty() => {
                        index.function(module, rule, parameters.len(), (module_at, rule_at));
                    }
                    _ => index.document(module, rule, (module_at, rule_at)),
                }
            }
        }
        index
    }

    /// The function of a full name.
    pub fn function_of(&self, name: &str) -> Option<usize> {
        self.function_of.get(name).copied()
    }

    /// How many arguments it takes.
    pub fn takes(&self, function: usize) -> usize {
        self.functions.get(function).map_or(0, |(takes, _)| *takes)
    }

    fn node(&mut self, path: &[String]) -> usize {
        let mut at = 0;
        for (depth, name) in path.iter().enumerate() {
            let known = self.nodes.get(at).and_then(|node| node.children.get(name).copied());
            let next = known.unwrap_or(self.nodes.len());
            if known.is_none() {
                let path = path.iter().take(depth + 1).cloned().collect();
                self.nodes.push(Node { path, ..Node::default() });
                if let Some(node) = self.nodes.get_mut(at) {
                    node.children.insert(name.clone(), next);
                }
            }
            at = next;
        }
        at
    }

    fn function(&mut self, module: &Module, rule: &Rule, takes: usize, place: Place) {
        let name = full_name(module, rule);
        let at = *self.function_of.entry(name).or_insert(self.functions.len());
        match self.functions.get_mut(at) {
            Some((_, places)) => places.push(place),
            None => self.functions.push((takes, vec![place])),
        }
    }

    fn document(&mut self, module: &Module, rule: &Rule, place: Place) {
        let path: Vec<String> = module.package.iter().cloned().chain([rule.root().to_owned()]).collect();
        let node = self.node(&path);
        let kind = match (&rule.name, &rule.form) {
            (Expr::Ref(..), _) => Kind::Object,
            (_, Form::Set(_)) => Kind::Set,
            _ => Kind::Value,
        };
        let new = self.documents.len();
        let Some(node) = self.nodes.get_mut(node) else { return };
        let at = *node.document.get_or_insert(new);
        match self.documents.get_mut(at) {
            Some((_, known, places)) => {
                if kind == Kind::Object || *known == Kind::Value && !matches!(rule.form, Form::Default(..)) {
                    *known = kind;
                }
                places.push(place);
            }
            None => self.documents.push((path, kind, vec![place])),
        }
    }

    fn rules(&self, modules: &[Module], places: &[Place], kind: Kind) -> Result<Rules, (String, Fault)> {
        let mut rules = Rules::default();
        for &(module_at, rule_at) in places {
            let Some(module) = modules.get(module_at) else { continue };
            let Some(rule) = module.rules.get(rule_at) else { continue };
            let mut scope = Scope::new(self, module);
            let clause = scope.clause(rule, module_at, kind).map_err(|(line, stuck)| {
                (module.file.clone(), Fault { line: Some(line), message: stuck.to_string(), is_slow: false })
            })?;
            let all = if matches!(rule.form, Form::Default(..)) { &mut rules.defaults } else { &mut rules.clauses };
            all.push(clause);
            rules.uses.add(scope.uses);
        }
        Ok(rules)
    }
}

impl Scope<'_> {
    /// A rule, the number of its file, and what the rules of its name define.
    fn clause(&mut self, rule: &Rule, file: usize, kind: Kind) -> Result<Clause, (u32, Stuck)> {
        let at_head = |why| (rule.line, why);
        let parameters: BTreeSet<&str> = rule.parameters().iter().flat_map(Expr::variables).collect();
        parameters.into_iter().for_each(|name| self.declare(name, 0));
        let mut ahead = Vec::new();
        let patterns = rule.parameters().iter().map(|parameter| self.pattern(parameter, &mut ahead));
        let parameters = patterns.collect::<Result<Vec<_>, _>>().map_err(at_head)?;
        let yes = Expr::Scalar(true.into());
        let of_head = match &rule.form {
            Form::Set(value) | Form::Value(Some(value)) | Form::Function(_, Some(value)) | Form::Default(_, value) => {
                value
            }
            _ => &yes,
        };
        let steps = match &rule.name {
            Expr::Ref(_, steps) if kind == Kind::Object => steps.as_slice(),
            _ => &[],
        };
        let (mut branches, mut names) = (Vec::new(), Vec::new());
        for at in 0..rule.bodies.len().max(1) {
            let body = rule.bodies.get(at);
            let value = match at {
                0 => of_head,
                _ => body.and_then(|body| body.value.as_ref()).unwrap_or(&yes),
            };
            let heads: Vec<&Expr> = steps.iter().chain([value]).collect();
            let statements = body.map(|body| body.statements.as_slice()).unwrap_or_default();
            let branch = self.inside(false, |scope| {
                let mut body = Vec::new();
                scope.body(statements, &heads, &mut body)?;
                if at == 0 {
                    names = scope.known();
                }
                scope.line = rule.line;
                let path = steps.iter().map(|step| scope.term(step, &mut body));
                let path = path.collect::<Result<Vec<_>, _>>().map_err(at_head)?;
                let value = scope.term(value, &mut body).map_err(at_head)?;
                Ok(Branch { body, path, value })
            });
            branches.push(branch?);
        }
        if !ahead.is_empty() {
            return Err(at_head(Stuck::Wrong("a parameter cannot iterate".to_owned())));
        }
        let is_member = matches!(rule.form, Form::Set(_));
        Ok(Clause { file, line: rule.line, frame: self.places(), parameters, branches, is_member, names })
    }
}
