//! What the names in a rule mean: places in its frame, rules, functions, `input` and `data`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use regorus::Value;

use super::compile::Index;
use super::plan::{Statement, Term, What};
use crate::evaluate::rego::names::Names;
use crate::evaluate::rego::{Expr, Module, Statement as Written, safety};

/// The most statements that are tried in one rule: finding an order takes a few tries each.
const MOST_TRIES: usize = 1_000_000;

/// A rule while it is compiled.
pub struct Scope<'a> {
    /// All rules.
    pub index: &'a Index<'a>,
    /// Where the rule stands.
    pub module: &'a Module,
    /// What it uses.
    pub uses: Uses,
    /// The line of the statement that is being compiled.
    pub line: u32,
    /// Whether nothing may be bound, not even `_`.
    pub is_negated: bool,
    levels: Vec<Level>,
    /// For each place: on which level it is, and whether it is filled.
    places: Vec<(usize, bool)>,
    /// The places that were filled, in that order.
    filled: Vec<usize>,
    /// Places below this level are filled from outside alone.
    floor: usize,
    /// Names that do not mean what this level declares: `x := x.y` reads another `x`.
    hidden: Vec<(usize, String)>,
    tries: usize,
}

/// The names of a body.
#[derive(Default)]
struct Level {
    /// For each name its place, and the statement from which on it means that.
    names: BTreeMap<String, (usize, usize)>,
    /// The statement that is being compiled.
    at: usize,
}

/// Why a statement cannot be compiled.
#[derive(Debug, Clone, PartialEq)]
pub enum Stuck {
    /// It needs this variable, which another statement may bind.
    Waits(String),
    /// It cannot be evaluated at all.
    Wrong(String),
}

/// What a rule depends on.
#[derive(Debug, Default)]
pub struct Uses {
    /// `input`, or what is another one each time.
    pub input: bool,
    /// Documents.
    pub documents: BTreeSet<usize>,
    /// Functions.
    pub functions: BTreeSet<usize>,
}

impl<'a> Scope<'a> {
    /// A rule of this module.
    pub fn new(index: &'a Index<'a>, module: &'a Module) -> Self {
        Self {
            index,
            module,
            uses: Uses::default(),
            line: 0,
            is_negated: false,
            levels: vec![Level::default()],
            places: vec![],
            filled: vec![],
            floor: 0,
            hidden: vec![],
            tries: 0,
        }
    }

    /// The names of the policy set.
    pub fn names(&self) -> &'a Names<'a> {
        &self.index.names
    }

    /// How many places the frame has.
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// Compiles something that sees what is outside and binds nothing there.
    pub fn inside<T>(&mut self, is_negated: bool, compile: impl FnOnce(&mut Self) -> T) -> T {
        let (floor, negated) = (self.floor, self.is_negated);
        self.is_negated = is_negated;
        self.levels.push(Level::default());
        self.floor = self.levels.len() - 1;
        let made = compile(self);
        self.levels.pop();
        (self.floor, self.is_negated) = (floor, negated);
        made
    }

    /// Makes the names of a body known: what its statements declare, and what they and its heads name otherwise.
    pub fn open(&mut self, statements: &[Written], heads: &[&Expr]) {
        for (at, statement) in statements.iter().enumerate() {
            safety::declared(statement).into_iter().filter(|name| *name != "_").for_each(|name| self.declare(name, at));
        }
        let of_statements = statements.iter().flat_map(Written::expressions).flat_map(Expr::variables);
        let of_heads = heads.iter().flat_map(|head| head.variables());
        let all: BTreeSet<&str> = of_statements.chain(of_heads).filter(|name| *name != "_").collect();
        for name in all {
            if !self.is_declared(name) && self.find(name).is_none() && !self.names().is_global(self.module, name) {
                self.declare(name, 0);
            }
        }
    }

    /// A variable of this level, from a statement on.
    pub fn declare(&mut self, name: &str, since: usize) {
        let place = self.place();
        if let Some(level) = self.levels.last_mut() {
            level.names.entry(name.to_owned()).or_insert((place, since));
        }
    }

    fn is_declared(&self, name: &str) -> bool {
        self.levels.last().is_some_and(|level| level.names.contains_key(name))
    }

    /// Says which statement of this level is compiled next.
    pub fn at(&mut self, statement: usize) {
        if let Some(level) = self.levels.last_mut() {
            level.at = statement;
        }
    }

    /// A variable of this level that has a place already.
    pub fn declare_at(&mut self, name: &str, place: usize) {
        if let Some(level) = self.levels.last_mut() {
            level.names.insert(name.to_owned(), (place, 0));
        }
    }

    /// A place that has no name and is filled.
    pub fn filled_place(&mut self) -> usize {
        self.places.push((self.levels.len().saturating_sub(1), true));
        self.places.len() - 1
    }

    /// A place that has no name.
    fn place(&mut self) -> usize {
        self.places.push((self.levels.len().saturating_sub(1), false));
        self.places.len() - 1
    }

    /// The place of a variable.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.levels.iter().enumerate().rev().find_map(|(at, level)| {
            let is_hidden = self.hidden.iter().any(|(level, hidden)| *level == at && hidden == name);
            let (place, since) = level.names.get(name)?;
            (*since <= level.at && !is_hidden).then_some(*place)
        })
    }

    /// The variables of this level that are known, and their places.
    pub fn known(&self) -> Vec<(Arc<str>, usize)> {
        let names = self.levels.last().into_iter().flat_map(|level| &level.names);
        let filled = names.filter(|(_, (place, _))| self.is_filled(*place));
        filled.map(|(name, (place, _))| (name.as_str().into(), *place)).collect()
    }

    /// Whether a place is filled.
    pub fn is_filled(&self, place: usize) -> bool {
        self.places.get(place).is_some_and(|(_, is_filled)| *is_filled)
    }

    /// Fills a place.
    ///
    /// # Errors
    /// Where that is up to a statement outside.
    pub fn fill(&mut self, place: usize, name: &str) -> Result<(), Stuck> {
        let (floor, is_negated) = (self.floor, self.is_negated);
        match self.places.get_mut(place) {
            Some((level, is_filled)) if *level >= floor && !is_negated => {
                *is_filled = true;
                self.filled.push(place);
                Ok(())
            }
            _ => Err(Stuck::Waits(name.to_owned())),
        }
    }

    /// Compiles with names that do not mean what this level declares.
    pub fn hiding<T>(&mut self, names: BTreeSet<&str>, compile: impl FnOnce(&mut Self) -> T) -> T {
        let (level, before) = (self.levels.len().saturating_sub(1), self.hidden.len());
        self.hidden.extend(names.into_iter().map(|name| (level, name.to_owned())));
        let made = compile(self);
        self.hidden.truncate(before);
        made
    }

    /// Tries to compile; what was done is undone where that fails.
    ///
    /// # Errors
    /// Why it fails.
    pub fn attempt<T>(
        &mut self,
        out: &mut Vec<Statement>,
        compile: impl FnOnce(&mut Self, &mut Vec<Statement>) -> Result<T, Stuck>,
    ) -> Result<T, Stuck> {
        self.tries += 1;
        if self.tries > MOST_TRIES {
            return Err(Stuck::Wrong("the rule is too large".to_owned()));
        }
        let (written, filled) = (out.len(), self.filled.len());
        let made = compile(self, out);
        if made.is_err() {
            out.truncate(written);
            for place in self.filled.drain(filled..) {
                if let Some((_, is_filled)) = self.places.get_mut(place) {
                    *is_filled = false;
                }
            }
        }
        made
    }

    /// How many places were filled so far.
    pub fn count_filled(&self) -> usize {
        self.filled.len()
    }

    /// The places that were filled since then.
    pub fn filled_since(&self, count: usize) -> Vec<usize> {
        self.filled.iter().skip(count).copied().collect()
    }

    /// Adds a statement.
    pub fn put(&self, out: &mut Vec<Statement>, what: What) {
        out.push(Statement { line: self.line, what });
    }

    /// The path of a name that is no variable: `input`, `data`, an import, or a name of the package.
    pub fn path_of(&self, name: &str) -> Vec<String> {
        let import = self.module.imports.iter().find(|import| import.name == name && !import.path.is_empty());
        match (name, import) {
            ("input" | "data", _) => vec![name.to_owned()],
            (_, Some(import)) => import.path.clone(),
            _ => ["data"]
                .into_iter()
                .map(str::to_owned)
                .chain(self.module.package.clone())
                .chain([name.to_owned()])
                .collect(),
        }
    }

    /// A function of the policies by the name that it has here: its number, and its full name.
    pub fn own_function(&self, name: &str) -> Option<(usize, String)> {
        let full = self.names().function(self.module, name)?;
        Some((self.index.function_of(full)?, full.to_owned()))
    }

    /// What a name that is no variable means, with the steps behind it as far as they belong to the name; how many that are.
    pub fn global(&mut self, name: &str, steps: &[Expr]) -> (Term, usize) {
        let path = self.path_of(name);
        let words = |words: &[String]| words.iter().map(|word| Term::Constant(Value::from(word.as_str()))).collect();
        let Some((root, path)) = path.split_first() else { return (Term::Data, 0) };
        if root == "input" {
            self.uses.input = true;
            return (get(Term::Input, words(path)), 0);
        }
        let of_steps = steps.iter().map_while(|step| step.word().map(str::to_owned));
        let all: Vec<String> = path.iter().cloned().chain(of_steps).collect();
        let (mut node, mut taken) = (0, 0);
        let child = |node: usize, word: &String| self.index.nodes.get(node)?.children.get(word).copied();
        while let Some(next) = all.get(taken).and_then(|word| child(node, word)) {
            (node, taken) = (next, taken + 1);
        }
        let document = self.index.nodes.get(node).and_then(|node| node.document);
        let term = match document {
            Some(document) => {
                self.uses.documents.insert(document);
                Term::Document(document)
            }
            None if taken == all.len() => {
                self.uses.input = true;
                Term::Package(node)
            }
            None => {
                taken = 0;
                Term::Data
            }
        };
        // Words of the import that are behind the rule's name.
        let behind = words(path.get(taken..).unwrap_or_default());
        (get(term, behind), taken.saturating_sub(path.len()))
    }
}

/// A member of a value.
pub fn get(base: Term, steps: Vec<Term>) -> Term {
    match (base, steps) {
        (base, steps) if steps.is_empty() => base,
        (Term::Get(base, mut all), steps) => {
            all.extend(steps);
            Term::Get(base, all)
        }
        (base, steps) => Term::Get(Box::new(base), steps),
    }
}

impl Uses {
    /// Adds what another rule uses.
    pub fn add(&mut self, other: Self) {
        self.input |= other.input;
        self.documents.extend(other.documents);
        self.functions.extend(other.functions);
    }

    /// Which documents may be others for another input.
    pub fn changing(documents: &[Self], functions: &[Self]) -> Vec<bool> {
        let direct = |all: &[Self]| all.iter().map(|uses| uses.input).collect::<Vec<bool>>();
        let (mut of_documents, mut of_functions) = (direct(documents), direct(functions));
        loop {
            let of = |uses: &Self| {
                let is_changing = |known: &[bool], at: &usize| known.get(*at).copied().unwrap_or(true);
                uses.input
                    || uses.documents.iter().any(|at| is_changing(&of_documents, at))
                    || uses.functions.iter().any(|at| is_changing(&of_functions, at))
            };
            let (new_documents, new_functions): (Vec<_>, Vec<_>) =
                (documents.iter().map(of).collect(), functions.iter().map(of).collect());
            if new_documents == of_documents && new_functions == of_functions {
                return of_documents;
            }
            (of_documents, of_functions) = (new_documents, new_functions);
        }
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waits(name) => write!(out, "nothing binds the variable `{name}`"),
            Self::Wrong(why) => out.write_str(why),
        }
    }
}
