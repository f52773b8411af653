//! The values of terms.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

use regorus::Value;

use super::super::Fault;
use super::context::Replacement;
use super::plan::{Bracket, Callee, Collected, Pattern, Term};
use super::run::{Run, member};

impl<'p> Run<'p> {
    /// The same as [`Run::fits`] of a value that nobody else needs.
    pub fn takes(&mut self, pattern: &'p Pattern, value: Value) -> Result<bool, Fault> {
        match pattern {
            Pattern::Bind(place) => {
                self.set(*place, value);
                Ok(true)
            }
            pattern => self.fits(pattern, &value),
        }
    }

    /// Whether a value is of this form; notes what is to be noted.
    pub fn fits(&mut self, pattern: &'p Pattern, value: &Value) -> Result<bool, Fault> {
        Ok(match pattern {
            Pattern::Any => true,
            Pattern::Bind(place) => {
                self.set(*place, value.clone());
                true
            }
            Pattern::Is(term) => match self.peek(term) {
                Some(known) => known == value,
                None => self.value(term)? == *value,
            },
            Pattern::Array(patterns) => {
                let Value::Array(items) = value else { return Ok(false) };
                if items.len() != patterns.len() {
                    return Ok(false);
                }
                for (pattern, item) in patterns.iter().zip(items.iter()) {
                    if !self.fits(pattern, item)? {
                        return Ok(false);
                    }
                }
                true
            }
            Pattern::Object(patterns) => {
                let Value::Object(members) = value else { return Ok(false) };
                if members.len() != patterns.len() {
                    return Ok(false);
                }
                for (key, pattern) in patterns {
                    let key = self.value(key)?;
                    let Some(member) = members.get(&key) else { return Ok(false) };
                    if !self.fits(pattern, member)? {
                        return Ok(false);
                    }
                }
                true
            }
        })
    }

    /// Whether a term is defined and not false.
    pub fn holds(&mut self, term: &'p Term) -> Result<bool, Fault> {
        let is_true = |value: &Value| !matches!(value, Value::Undefined | Value::Bool(false));
        match self.peek(term) {
            Some(value) => Ok(is_true(value)),
            None => Ok(is_true(&self.value(term)?)),
        }
    }

    /// The value of a term that can be had without evaluating anything; none of another one.
    fn peek(&self, term: &'p Term) -> Option<&Value> {
        match term {
            Term::Constant(value) => Some(value),
            Term::Place(place) => Some(self.place(*place)),
            Term::Input => Some(&self.context.input),
            Term::Get(base, steps) => {
                let mut at = self.peek(base)?;
                for step in steps {
                    let key = if let Term::Constant(key) = step { key } else { self.peek(step)? };
                    at = member(at, key);
                }
                Some(at)
            }
            _ => None,
        }
    }

    /// The value of a term.
    pub fn value(&mut self, term: &'p Term) -> Result<Value, Fault> {
        match self.peek(term) {
            Some(value) => Ok(value.clone()),
            None => self.evaluated(term),
        }
    }

    fn evaluated(&mut self, term: &'p Term) -> Result<Value, Fault> {
        match term {
            Term::Constant(value) => Ok(value.clone()),
            Term::Place(place) => Ok(self.place(*place).clone()),
            Term::Input => Ok(self.context.input.clone()),
            Term::Data => Ok(self.context.data.clone()),
            Term::Document(document) => self.document(*document),
            Term::Package(node) => self.package(*node),
            Term::Array(items) => Ok(self.values(items)?.map_or(Value::Undefined, Value::from)),
            Term::Set(items) => {
                let values = self.values(items)?;
                Ok(values.map_or(Value::Undefined, |all| Value::from(all.into_iter().collect::<BTreeSet<_>>())))
            }
            Term::Object(members) => self.object(members),
            Term::Get(base, steps) => {
                let mut rest = steps.as_slice();
                let mut at = match **base {
                    Term::Package(mut node) => {
                        while let Some((step, after)) = rest.split_first() {
                            let key = self.value(step)?;
                            let Some(child) = self.child(node, &key) else { break };
                            (node, rest) = (child, after);
                        }
                        self.package_or_document(node)?
                    }
                    _ => self.value(base)?,
                };
                for step in rest {
                    if at == Value::Undefined {
                        break;
                    }
                    let found = match self.peek(step) {
                        Some(key) => member(&at, key).clone(),
                        None => {
                            let key = self.value(step)?;
                            member(&at, &key).clone()
                        }
                    };
                    at = found;
                }
                Ok(at)
            }
            Term::Call(callee, arguments) => {
                let from = self.places.len();
                let value = self.call_with(callee, arguments);
                self.places.truncate(from);
                value
            }
            Term::Compare(comparison, sides) => {
                let (left, right) = &**sides;
                let both = self.peek(left).zip(self.peek(right));
                let compare = |left: &Value, right: &Value| match (left, right) {
                    (Value::Undefined, _) | (_, Value::Undefined) => Value::Undefined,
                    _ => Value::Bool(comparison.holds(left, right)),
                };
                if let Some((left, right)) = both {
                    return Ok(compare(left, right));
                }
                let left = self.value(left)?;
                if left == Value::Undefined {
                    return Ok(left);
                }
                let right = self.value(right)?;
                Ok(compare(&left, &right))
            }
            Term::In(sides) => {
                let (value, over) = (self.value(&sides.0)?, self.value(&sides.1)?);
                Ok(match (&value, &over) {
                    (Value::Undefined, _) | (_, Value::Undefined) => Value::Undefined,
                    (_, Value::Array(items)) => Value::Bool(items.contains(&value)),
                    (_, Value::Set(items)) => Value::Bool(items.contains(&value)),
                    (_, Value::Object(members)) => Value::Bool(members.values().any(|member| *member == value)),
                    _ => Value::Bool(false),
                })
            }
            Term::Collect(bracket, collected) => self.collect(*bracket, collected),
        }
    }

    /// The values of terms; none where one has none.
    fn values(&mut self, terms: &'p [Term]) -> Result<Option<Vec<Value>>, Fault> {
        let mut values = Vec::with_capacity(terms.len());
        for term in terms {
            match self.value(term)? {
                Value::Undefined => return Ok(None),
                value => values.push(value),
            }
        }
        Ok(Some(values))
    }

    fn object(&mut self, members: &'p [(Term, Term)]) -> Result<Value, Fault> {
        let mut all = BTreeMap::new();
        for (key, value) in members {
            let (key, value) = (self.value(key)?, self.value(value)?);
            if key == Value::Undefined || value == Value::Undefined {
                return Ok(Value::Undefined);
            }
            all.insert(key, value);
        }
        Ok(Value::from(all))
    }

    fn collect(&mut self, bracket: Bracket, collected: &'p Collected) -> Result<Value, Fault> {
        let (mut items, mut members) = (Vec::new(), BTreeMap::new());
        let _ = self.solve(&collected.body, &mut |run| {
            let value = run.value(&collected.value)?;
            if value == Value::Undefined {
                return Ok(ControlFlow::Continue(()));
            }
            match &collected.key {
                None => items.push(value),
                Some(key) => match run.value(key)? {
                    Value::Undefined => {}
                    key => {
                        if members.get(&key).is_some_and(|known| *known != value) {
                            return Err(Fault::of("object keys must be unique"));
                        }
                        members.insert(key, value);
                    }
                },
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(match bracket {
            Bracket::Array => Value::from(items),
            Bracket::Set => Value::from(items.into_iter().collect::<BTreeSet<_>>()),
            Bracket::Object => Value::from(members),
        })
    }

    /// Puts the values of arguments behind all places, and calls a function with them.
    fn call_with(&mut self, callee: &Callee, arguments: &'p [Term]) -> Result<Value, Fault> {
        let from = self.places.len();
        for argument in arguments {
            match self.value(argument)? {
                Value::Undefined => return Ok(Value::Undefined),
                value => self.places.push(value),
            }
        }
        let arguments = from..self.places.len();
        match self.context.replaced(callee.name()) {
            Some(Replacement::Value(value)) => return Ok(value),
            Some(Replacement::Function(other)) => {
                // What takes its place sees the functions as they are.
                let functions = std::mem::take(&mut self.context.functions);
                let value = self.call(&other, arguments);
                self.context.functions = functions;
                return value;
            }
            None => {}
        }
        self.call(callee, arguments)
    }

    /// The value of a function as it is, whatever takes its place; the arguments lie in these places.
    fn call(&mut self, callee: &Callee, arguments: Range<usize>) -> Result<Value, Fault> {
        let builtin = match callee {
            Callee::Own(function, _) => return self.function(*function, arguments),
            Callee::Builtin(builtin) => builtin,
        };
        let arguments = self.places.get(arguments).unwrap_or_default();
        if !builtin.is_fickle() {
            return builtin.call(arguments).map_err(|why| Fault::of(&why));
        }
        let question = (builtin.name, arguments.to_vec());
        if let Some(known) = self.fickle.get(&question) {
            return Ok(known.clone());
        }
        let value = builtin.call(arguments).map_err(|why| Fault::of(&why))?;
        self.fickle.insert(question, value.clone());
        Ok(value)
    }
}
