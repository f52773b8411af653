//! The values of rules: of a name, of a function, of a package.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

use regorus::Value;

use super::super::Fault;
use super::context::{Held, Values, put};
use super::plan::{Branch, Clause, Document, Kind, Term};
use super::run::{NOTHING, Run, member};

impl<'p> Run<'p> {
    /// The value of all rules of a name.
    pub fn document(&mut self, at: usize) -> Result<Value, Fault> {
        let Some(document) = self.plan.documents.get(at) else { return Ok(Value::Undefined) };
        let document = document.get()?;
        let is_stable = document.is_stable && self.context.is_own();
        match self.held(is_stable).get(at) {
            Held::Value(value) => return Ok(value.clone()),
            Held::Busy => return Err(Fault::of(&format!("the rule `{}` needs itself", document.path.join(".")))),
            Held::Unknown => {}
        }
        self.held(is_stable).set(at, Held::Busy);
        let value = self.with_changes(document);
        let held = value.as_ref().map_or(Held::Unknown, |value| Held::Value(value.clone()));
        self.held(is_stable).set(at, held);
        value
    }

    fn held(&mut self, is_stable: bool) -> &mut Values {
        if is_stable { &mut self.stable } else { &mut self.context.known }
    }

    /// The value that its rules give, unless something was put in their place.
    fn with_changes(&mut self, document: &'p Document) -> Result<Value, Fault> {
        if self.context.documents.is_empty() {
            return self.evaluate(document);
        }
        let changes: Vec<(Vec<String>, Value)> = self.context.documents.clone();
        let mut value = None;
        for (path, change) in changes {
            let common = path.iter().zip(&document.path).take_while(|(one, other)| one == other).count();
            if common == path.len() {
                let behind = document.path.iter().skip(common);
                let whole = behind.fold(change, |at, name| member(&at, &Value::from(name.as_str())).clone());
                value = Some(whole);
            } else if common == document.path.len() {
                let mut whole = match value.take() {
                    Some(value) => value,
                    None => self.evaluate(document)?,
                };
                let keys: Vec<Value> = path.iter().skip(common).map(|name| Value::from(name.as_str())).collect();
                put(&mut whole, &keys, change);
                value = Some(whole);
            }
        }
        value.map_or_else(|| self.evaluate(document), Ok)
    }

    fn evaluate(&mut self, document: &'p Document) -> Result<Value, Fault> {
        match document.kind {
            Kind::Value => {
                let value = self.one(&document.clauses, 0..0, &document.path)?;
                if value == Value::Undefined { self.one(&document.defaults, 0..0, &document.path) } else { Ok(value) }
            }
            Kind::Set => {
                let mut members = BTreeSet::new();
                for clause in &document.clauses {
                    self.clause(clause, 0..0, &mut |run, branch| {
                        let value = run.value(&branch.value)?;
                        if value != Value::Undefined {
                            members.insert(value);
                        }
                        Ok(ControlFlow::Continue(()))
                    })?;
                }
                Ok(Value::from(members))
            }
            Kind::Object => self.members(document),
        }
    }

    fn members(&mut self, document: &'p Document) -> Result<Value, Fault> {
        let mut whole = Value::new_object();
        for clause in &document.clauses {
            // The objects that are written out in the head are there whether the rule holds or not.
            let steps = clause.branches.first().map(|branch| branch.path.as_slice()).unwrap_or_default();
            let written = steps.iter().map_while(|step| match step {
                Term::Constant(key) => Some(key.clone()),
                _ => None,
            });
            let written: Vec<Value> = written.collect();
            let above = if written.len() == steps.len() && !clause.is_member {
                written.len().saturating_sub(1)
            } else {
                written.len()
            };
            let empty =
                if clause.is_member && written.len() == steps.len() { Value::new_set() } else { Value::new_object() };
            let at: Vec<Value> = written.into_iter().take(above).collect();
            if !at.is_empty() && at.iter().fold(&whole, |value, key| member(value, key)) == &NOTHING {
                put(&mut whole, &at, empty);
            }
            self.clause(clause, 0..0, &mut |run, branch| {
                run.member(&mut whole, clause, branch, false)?;
                Ok(ControlFlow::Continue(()))
            })?;
        }
        for clause in &document.defaults {
            self.clause(clause, 0..0, &mut |run, branch| {
                run.member(&mut whole, clause, branch, true)?;
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(whole)
    }

    fn member(
        &mut self,
        whole: &mut Value,
        clause: &Clause,
        branch: &'p Branch,
        is_default: bool,
    ) -> Result<(), Fault> {
        let mut path = Vec::new();
        for step in &branch.path {
            match self.value(step)? {
                Value::Undefined => return Ok(()),
                key => path.push(key),
            }
        }
        let value = self.value(&branch.value)?;
        if value == Value::Undefined {
            return Ok(());
        }
        let known = path.iter().fold(&*whole, |value, key| member(value, key)).clone();
        let value = match known {
            _ if clause.is_member => {
                let mut members = match known {
                    Value::Set(members) => members.iter().cloned().collect(),
                    _ => BTreeSet::new(),
                };
                members.insert(value);
                Value::from(members)
            }
            Value::Undefined => value,
            known if known == value || is_default => known,
            _ => return Err(Fault { line: Some(clause.line), ..Fault::of("object keys must be unique") }),
        };
        put(whole, &path, value);
        Ok(())
    }

    /// The value of a function whose arguments lie in these places.
    pub fn function(&mut self, at: usize, arguments: Range<usize>) -> Result<Value, Fault> {
        let Some(function) = self.plan.functions.get(at) else { return Ok(Value::Undefined) };
        let function = function.get()?;
        let value = self.one(&function.clauses, arguments.clone(), &[])?;
        if value == Value::Undefined { self.one(&function.defaults, arguments, &[]) } else { Ok(value) }
    }

    /// The one value that rules give together.
    fn one(&mut self, clauses: &'p [Clause], arguments: Range<usize>, path: &[String]) -> Result<Value, Fault> {
        let mut known = Value::Undefined;
        for clause in clauses {
            // What can only say the same again need not be asked.
            let says_more = |branch: &Branch| !matches!(&branch.value, Term::Constant(value) if *value == known);
            if known != Value::Undefined && !clause.branches.iter().any(says_more) {
                continue;
            }
            self.clause(clause, arguments.clone(), &mut |run, branch| {
                let value = run.value(&branch.value)?;
                if value == Value::Undefined {
                    return Ok(ControlFlow::Continue(()));
                }
                if known != Value::Undefined && known != value {
                    let what = if path.is_empty() { "functions" } else { "complete rules" };
                    let message = format!("{what} must not produce multiple outputs with same inputs");
                    return Err(Fault { line: Some(clause.line), message, is_slow: false });
                }
                known = value;
                let is_constant = matches!(branch.value, Term::Constant(_));
                Ok(if is_constant { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
        }
        Ok(known)
    }

    /// What lies right in a package.
    pub fn child(&self, node: usize, name: &Value) -> Option<usize> {
        let Value::String(name) = name else { return None };
        self.plan.nodes.get(node)?.children.get(&**name).copied()
    }

    /// What a name stands for.
    pub fn package_or_document(&mut self, node: usize) -> Result<Value, Fault> {
        match self.plan.nodes.get(node).and_then(|node| node.document) {
            Some(document) => self.document(document),
            None => self.package(node),
        }
    }

    /// All that is in a package.
    pub fn package(&mut self, at: usize) -> Result<Value, Fault> {
        let Some(node) = self.plan.nodes.get(at) else { return Ok(Value::Undefined) };
        let data = node.path.iter().fold(&self.context.data, |value, name| member(value, &Value::from(name.as_str())));
        let mut members: BTreeMap<Value, Value> = match data {
            Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            _ => BTreeMap::new(),
        };
        for (name, child) in &node.children {
            let value = self.package_or_document(*child)?;
            if value != Value::Undefined {
                members.insert(Value::from(name.as_str()), value);
            }
        }
        Ok(Value::from(members))
    }
}
