//! What is known of the variables where an expression stands, and where a helper begins.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::few::Few;
use super::origin::Origin;
use super::{MOST_WORK, Tracer};
use crate::evaluate::rego::{Expr, Form, Module, Rule};
use crate::model::{Path, Shared, Step};

/// What is known of the variables where an expression stands.
pub(super) struct Scope<'a> {
    pub module: &'a Module,
    /// Where the value of a variable comes from.
    pub origins: Few<&'a str, Rc<[Origin<'a>]>>,
    /// What the value of a variable can be.
    pub values: Few<&'a str, Rc<[Shared<'a>]>>,
    /// Whether more was learnt of them.
    pub has_learnt: bool,
    /// Where the values of expressions come from, once nothing more is learnt of the variables.
    known: Option<RefCell<Known<'a>>>,
}

type Known<'a> = Few<*const Expr, Rc<[Origin<'a>]>>;

/// What is given to a helper.
#[derive(Clone, Default)]
pub(super) struct Given<'a> {
    pub origins: Vec<Origin<'a>>,
    pub values: Vec<Shared<'a>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(module: &'a Module) -> Self {
        Self { module, origins: Few::default(), values: Few::default(), has_learnt: false, known: None }
    }

    /// The same, of whose variables more can be learnt.
    pub(super) fn open(&self) -> Self {
        Self { origins: self.origins.clone(), values: self.values.clone(), ..Self::new(self.module) }
    }

    /// Learns where the value of a variable comes from.
    pub(super) fn comes_from(&mut self, name: &'a str, origins: Vec<Origin<'a>>) {
        self.origins.insert(name, origins.into());
        self.has_learnt = true;
    }

    /// Learns what the value of a variable can be.
    pub(super) fn can_be(&mut self, name: &'a str, values: Vec<Shared<'a>>) {
        self.values.insert(name, values.into());
        self.has_learnt = true;
    }

    /// Says that more is learnt of its variables.
    pub(super) fn reopen(&mut self) {
        self.known = None;
    }

    /// Says that nothing more is learnt, until it is reopened.
    pub(super) fn settle(&mut self) {
        self.known = Some(RefCell::default());
    }

    /// Where the value of an expression comes from, if that was found out.
    pub(super) fn known(&self, expr: &Expr) -> Option<Vec<Origin<'a>>> {
        self.known.as_ref()?.borrow().get(std::ptr::from_ref(expr)).map(|known| known.to_vec())
    }

    /// Notes where the value of an expression comes from.
    pub(super) fn note(&self, expr: &Expr, origins: &[Origin<'a>]) {
        if let Some(known) = &self.known {
            known.borrow_mut().insert(std::ptr::from_ref(expr), origins.into());
        }
    }
}

impl<'a> Tracer<'a> {
    /// The scope in the body of a helper, of which an argument or the key that is asked for is known.
    pub(super) fn inside(
        &self,
        module: &'a Module,
        rule: &'a Rule,
        given: &[Given<'a>],
        depth: usize,
    ) -> Rc<Scope<'a>> {
        let is_open = rule.parameters().is_empty() && given.iter().all(|given| given.values.is_empty());
        if !is_open || self.is_given_input() {
            return Rc::new(self.learn(module, rule, given, depth));
        }
        let key = std::ptr::from_ref(rule);
        let known = self.scopes.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let scope = Rc::new(self.learn(module, rule, &[], depth));
            if self.work.get() <= MOST_WORK {
                self.scopes.borrow_mut().insert(key, Rc::clone(&scope));
            }
            scope
        })
    }

    fn learn(&self, module: &'a Module, rule: &'a Rule, given: &[Given<'a>], depth: usize) -> Scope<'a> {
        let mut scope = Scope::new(module);
        let key = match &rule.form {
            Form::Set(key) => std::slice::from_ref(key),
            _ => rule.parameters(),
        };
        let is_set = matches!(rule.form, Form::Set(_));
        for (parameter, given) in key.iter().zip(given) {
            match (parameter, given.values.as_slice()) {
                (Expr::Var(name), values) => self.choose(&mut scope, name, values.to_vec()),
                (_, [value]) if !is_set => self.unify(&mut scope, parameter, value),
                _ => {}
            }
            if !is_set {
                self.keep(&mut scope, parameter, given.origins.clone());
            }
        }
        for body in &rule.bodies {
            self.bind(&mut scope, &body.statements, depth);
            if self.select(&mut scope, &body.statements) {
                // What was made of all is made of these alone.
                let parameters: BTreeSet<&str> = rule.parameters().iter().flat_map(Expr::variables).collect();
                scope.origins.retain(|name| parameters.contains(name));
                self.bind(&mut scope, &body.statements, depth);
            }
        }
        // Which of several it was is known by what the rule said.
        if let (Form::Set(key), Some([value])) = (&rule.form, given.first().map(|given| given.values.as_slice()))
            && key.var().is_none()
        {
            self.unify(&mut scope, key, value);
        }
        scope.settle();
        scope
    }

    pub(super) fn given(&self, scope: &Scope<'a>, arguments: &'a [Expr], depth: usize) -> Vec<Given<'a>> {
        let given = |one| Given { origins: self.origins(scope, one, depth), values: self.values(scope, one) };
        arguments.iter().map(given).collect()
    }
}

/// The path of `import input.request as request`.
pub(super) fn input_import(module: &Module, name: &str) -> Option<Path> {
    let import = module.imports.iter().find(|import| import.name == name)?;
    let (first, rest) = import.path.split_first()?;
    (first == "input").then(|| Path(rest.iter().map(|word| Step::Key(word.as_str().into())).collect()))
}
