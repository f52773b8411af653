//! What an evaluation sees, and the values of the rules that follow from it.

use regorus::Value;

use super::super::Fault;
use super::plan::{Callee, Change, Target};
use super::run::Run;

/// `input`, `data`, and what `with` has put in the place of rules and functions.
#[derive(Clone)]
pub struct Context {
    /// `input`
    pub input: Value,
    /// `data`, as far as no rule defines it.
    pub data: Value,
    /// Parts of `data` that have another value than their rules give.
    pub documents: Vec<(Vec<String>, Value)>,
    /// What takes the place of functions.
    pub functions: Vec<(String, Replacement)>,
    /// The values of documents that are known.
    pub known: Values,
}

/// What is known of documents, by their numbers.
#[derive(Debug, Clone, Default)]
pub struct Values(Vec<Held>);

/// What is known of a document.
#[derive(Debug, Clone)]
pub enum Held {
    /// Nothing yet.
    Unknown,
    /// It is being evaluated.
    Busy,
    /// Its value.
    Value(Value),
}

/// What is put in the place of a function.
#[derive(Debug, Clone)]
pub enum Replacement {
    /// A value, whatever it is called with.
    Value(Value),
    /// Another function.
    Function(Callee),
}

impl Default for Context {
    fn default() -> Self {
        Self::new(Value::Undefined, Value::Undefined)
    }
}

impl Context {
    /// What rules see of an input.
    pub fn new(input: Value, data: Value) -> Self {
        Self { input, data, documents: vec![], functions: vec![], known: Values::default() }
    }

    /// What takes the place of a function.
    pub fn replaced(&self, name: &str) -> Option<Replacement> {
        let change = self.functions.iter().rev().find(|(known, _)| known == name);
        change.map(|(_, change)| change.clone())
    }

    /// Whether nothing but `input` is another one.
    pub fn is_own(&self) -> bool {
        self.documents.is_empty() && self.functions.is_empty()
    }
}

impl Values {
    /// What is known of a document.
    pub fn get(&self, at: usize) -> &Held {
        self.0.get(at).unwrap_or(&Held::Unknown)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Notes it.
    pub fn set(&mut self, at: usize, held: Held) {
        if self.0.len() <= at {
            self.0.resize(at + 1, Held::Unknown);
        }
        if let Some(known) = self.0.get_mut(at) {
            *known = held;
        }
    }
}

impl<'p> Run<'p> {
    /// What a `with` lets its statement see; none where a value is undefined.
    pub fn changed(&mut self, changes: &'p [(Target, Change)]) -> Result<Option<Context>, Fault> {
        let mut new = Context { known: Values::default(), ..self.context.clone() };
        for (target, change) in changes {
            let replacement = match change {
                Change::Function(other) => Replacement::Function(other.clone()),
                Change::Value(term) => match self.value(term)? {
                    Value::Undefined => return Ok(None),
                    value => Replacement::Value(value),
                },
            };
            match (target, replacement) {
                (Target::Function(name), replacement) => new.functions.push((name.clone(), replacement)),
                (Target::Input(path), Replacement::Value(value)) => put(&mut new.input, path, value),
                (Target::Data(path), Replacement::Value(value)) => {
                    let keys: Vec<Value> = path.iter().map(|name| Value::from(name.as_str())).collect();
                    put(&mut new.data, &keys, value.clone());
                    new.documents.push((path.clone(), value));
                }
                // The compiler takes functions for functions alone.
                (_, Replacement::Function(_)) => {}
            }
        }
        Ok(Some(new))
    }
}

/// Puts a value at a place in another one; objects are made where there are none.
pub fn put(whole: &mut Value, path: &[Value], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *whole = value;
        return;
    };
    if !matches!(whole, Value::Object(_)) {
        *whole = Value::new_object();
    }
    let Ok(members) = whole.as_object_mut() else { return };
    let mut inner = members.get(key).cloned().unwrap_or(Value::Undefined);
    put(&mut inner, rest, value);
    members.insert(key.clone(), inner);
}
