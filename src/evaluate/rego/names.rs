//! What the names of a policy set stand for: its rules, by their full names, and which of them a name in a module means.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Expr, Literal, Module, Rule, Statement};

/// Room for the full names of most rules.
const LONG: usize = 64;

/// The rules of a policy set.
pub struct Names<'a> {
    /// The modules, in the order of the files.
    pub modules: &'a [Module],
    index: Arc<Index>,
}

/// Where the rules of a policy set stand.
#[derive(Default)]
pub struct Index {
    /// By full name: module and position.
    rules: BTreeMap<String, Vec<(usize, usize)>>,
    /// The names that rules of a package begin with.
    roots: BTreeMap<Vec<String>, BTreeSet<String>>,
}

impl Index {
    /// The rules of these modules.
    pub fn new(modules: &[Module]) -> Self {
        let mut index = Self::default();
        for (module_at, module) in modules.iter().enumerate() {
            let roots = index.roots.entry(module.package.clone()).or_default();
            for (rule_at, rule) in module.rules.iter().enumerate() {
                index.rules.entry(full_name(module, rule)).or_default().push((module_at, rule_at));
                roots.insert(rule.root().to_owned());
            }
        }
        index
    }
}

impl<'a> Names<'a> {
    /// The names of these modules.
    pub fn new(modules: &'a [Module]) -> Self {
        Self::of(modules, Arc::new(Index::new(modules)))
    }

    /// The same, of which it is known where the rules stand.
    pub fn of(modules: &'a [Module], index: Arc<Index>) -> Self {
        Self { modules, index }
    }

    /// The rules of a full name.
    pub fn rules(&self, name: &str) -> impl Iterator<Item = (&'a Module, &'a Rule)> {
        let places = self.index.rules.get(name).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|&(module, rule)| {
            let module = self.modules.get(module)?;
            Some((module, module.rules.get(rule)?))
        })
    }

    /// The full name of the function that a call in a module means; `None` when it means none of the set.
    pub fn function(&self, module: &Module, call: &str) -> Option<&str> {
        let (first, rest) = call.split_once('.').unwrap_or((call, ""));
        if !self.may_be_global(module, first) {
            return None;
        }
        let mut name = self.absolute(module, first);
        step_into(&mut name, rest);
        self.known(&name)
    }

    /// The full name of the rule that a reference in a module begins with, and how many of its steps that takes.
    pub fn rule(&self, module: &Module, base: &str, steps: &[Expr]) -> Option<(&str, usize)> {
        if !self.may_be_global(module, base) {
            return None;
        }
        let mut name = self.absolute(module, base);
        let words = steps.iter().map_while(Expr::word).enumerate();
        self.known(&name).map(|known| (known, 0)).or_else(|| {
            words.into_iter().find_map(|(at, word)| {
                step_into(&mut name, word);
                self.known(&name).map(|known| (known, at + 1))
            })
        })
    }

    /// The full name of the rule that an expression is or begins with, and how many steps of a reference that takes.
    pub fn rule_in(&self, module: &Module, expr: &Expr) -> Option<(&str, usize)> {
        match expr {
            Expr::Var(name) => self.rule(module, name, &[]),
            Expr::Ref(base, steps) => self.rule(module, base.var()?, steps),
            _ => None,
        }
    }

    /// The rules that an expression names right where it stands; a reference to a package names all that is in it.
    pub fn named(&self, module: &Module, expr: &Expr) -> Vec<String> {
        if let Some((name, _)) = self.rule_in(module, expr) {
            return vec![name.to_owned()];
        }
        match expr {
            Expr::Var(_) => self.named(module, &Expr::Ref(Box::new(expr.clone()), vec![])),
            Expr::Call(name, ..) => self.function(module, name).map(str::to_owned).into_iter().collect(),
            Expr::Ref(base, steps) => {
                let Some(base) = base.var() else { return vec![] };
                let mut prefix = self.absolute(module, base);
                if !self.is_data(module, base) && !self.is_root(&prefix) {
                    return vec![];
                }
                steps.iter().map_while(Expr::word).for_each(|word| step_into(&mut prefix, word));
                prefix.push('.');
                self.index.rules.keys().filter(|name| name.starts_with(&prefix)).cloned().collect()
            }
            _ => vec![],
        }
    }

    /// Whether a name in a module is always known: an import, a rule of the package, `input`, `data`.
    pub fn is_global(&self, module: &Module, name: &str) -> bool {
        matches!(name, "input" | "data")
            || module.imports.iter().any(|import| import.name == name)
            || self.is_root(&format!("{}.{name}", module.namespace()))
    }

    /// Whether a rule has this name, or one that goes on behind it: of `a.b := 1` the package has `a`.
    fn is_root(&self, name: &str) -> bool {
        let behind = format!("{name}.");
        let next = self.index.rules.range(behind.clone()..).next();
        self.index.rules.contains_key(name) || next.is_some_and(|(next, _)| next.starts_with(&behind))
    }

    /// A chain of rules that ends where it begins, if there is one: their names.
    pub fn cycle(&self) -> Option<Vec<String>> {
        let mut graph: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for name in self.index.rules.keys() {
            let targets = graph.entry(name).or_default();
            for (module, rule) in self.rules(name) {
                let locals = locals(rule);
                each(rule, &mut |expr| {
                    let base = if let Expr::Ref(base, _) = expr { base } else { expr };
                    if !base.var().is_some_and(|name| locals.contains(name)) {
                        targets.extend(self.named(module, expr));
                    }
                });
            }
        }
        let mut done: BTreeSet<&str> = BTreeSet::new();
        graph.keys().find_map(|start| search(&graph, start, &mut done))
    }

    /// Whether a name can be more than a variable; this is asked most often, and of variables.
    fn may_be_global(&self, module: &Module, name: &str) -> bool {
        name == "data"
            || module.imports.iter().any(|import| import.name == name)
            || self.index.roots.get(&module.package).is_some_and(|roots| roots.contains(name))
    }

    fn is_data(&self, module: &Module, base: &str) -> bool {
        base == "data" || module.imports.iter().any(|import| import.name == base)
    }

    /// The full name that a name in a module is short for; empty for `data`.
    fn absolute(&self, module: &Module, name: &str) -> String {
        let import = module.imports.iter().find(|import| import.name == name && !import.path.is_empty());
        let mut full = String::with_capacity(LONG);
        match import {
            _ if name == "data" => {}
            Some(import) => {
                import.path.iter().filter(|part| *part != "data").for_each(|part| step_into(&mut full, part))
            }
            None => module.package.iter().map(String::as_str).chain([name]).for_each(|part| step_into(&mut full, part)),
        }
        full
    }

    /// A full name as it is kept, if rules have it.
    fn known(&self, name: &str) -> Option<&str> {
        self.index.rules.get_key_value(name).map(|(name, _)| name.as_str())
    }
}

/// Adds a word to a name with dots.
fn step_into(name: &mut String, word: &str) {
    if !name.is_empty() && !word.is_empty() {
        name.push('.');
    }
    name.push_str(word);
}

/// The names that mean no rule in it: its parameters, and what its bodies declare.
pub fn locals(rule: &Rule) -> BTreeSet<&str> {
    let of_bodies = statements(rule).flat_map(|statement| match &statement.literal {
        Literal::Some(names) => names.iter().map(String::as_str).collect(),
        Literal::SomeIn(key, value, _) => key.iter().chain([value]).flat_map(Expr::variables).collect(),
        Literal::Holds(Expr::Binary(":=", left, _)) => left.variables(),
        _ => BTreeSet::new(),
    });
    rule.parameters().iter().flat_map(Expr::variables).chain(of_bodies).collect()
}

/// `main.deny`; of `a.b[x] := 1` the part that is written out.
pub fn full_name(module: &Module, rule: &Rule) -> String {
    let mut name = format!("{}.{}", module.namespace(), rule.root());
    if let Expr::Ref(_, steps) = &rule.name {
        steps.iter().map_while(Expr::word).for_each(|word| step_into(&mut name, word));
    }
    name
}

/// Every expression of a rule.
pub fn each<'a>(rule: &'a Rule, visit: &mut dyn FnMut(&'a Expr)) {
    rule.head().into_iter().for_each(|expr| expr.each(visit));
    rule.bodies.iter().flat_map(|body| &body.value).for_each(|expr| expr.each(visit));
    statements(rule).for_each(|statement| statement.each(visit));
}

/// Every statement right in the bodies of a rule.
pub fn statements(rule: &Rule) -> impl Iterator<Item = &Statement> {
    rule.bodies.iter().flat_map(|body| &body.statements)
}

/// Walks the graph without recursion: a file may have a hundred thousand rules.
fn search<'a>(
    graph: &'a BTreeMap<&'a str, BTreeSet<String>>,
    start: &'a str,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<String>> {
    let next = |name: &str| graph.get(name).into_iter().flatten();
    let (mut way, mut on_way) = (vec![(start, next(start))], BTreeSet::from([start]));
    if done.contains(start) {
        return None;
    }
    while let Some((at, rest)) = way.last_mut() {
        let Some(target) = rest.next() else {
            on_way.remove(at);
            done.insert(at);
            way.pop();
            continue;
        };
        if on_way.contains(target.as_str()) {
            let names = way.iter().map(|(name, _)| *name).skip_while(|name| name != target).chain([target.as_str()]);
            return Some(names.map(str::to_owned).collect());
        }
        if !done.contains(target.as_str()) {
            on_way.insert(target);
            way.push((target, next(target)));
        }
    }
    None
}
