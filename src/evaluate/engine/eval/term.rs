//! Expressions come in; terms with one value each, patterns, and statements ahead for what iterates go out.

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;

use super::super::builtins::arity;
use super::super::value;
use super::body::Ahead;
use super::builtin::Builtin;
use super::plan::{Bracket, Callee, Collected, Comparison, Pattern, Term, What};
use super::scope::{Scope, Stuck, get};
use crate::evaluate::rego::{Expr, Statement as Written};

impl Scope<'_> {
    /// What a value must be, with the variables in it that are not known yet.
    pub fn pattern(&mut self, expr: &Expr, out: &mut Ahead) -> Result<Pattern, Stuck> {
        match expr {
            Expr::Var(name) if name == "_" => {
                if self.is_negated {
                    return Err(Stuck::Waits(name.clone()));
                }
                Ok(Pattern::Any)
            }
            Expr::Var(name) => match self.find(name) {
                Some(place) if !self.is_filled(place) => {
                    self.fill(place, name)?;
                    Ok(Pattern::Bind(place))
                }
                _ => Ok(Pattern::Is(self.term(expr, out)?)),
            },
            Expr::Array(items) if expr.constant().is_none() => {
                let items = items.iter().map(|item| self.pattern(item, out));
                Ok(Pattern::Array(items.collect::<Result<_, _>>()?))
            }
            Expr::Object(members) if expr.constant().is_none() => {
                let mut patterns = Vec::new();
                for (key, value) in members {
                    patterns.push((self.term(key, out)?, self.pattern(value, out)?));
                }
                Ok(Pattern::Object(patterns))
            }
            other => Ok(Pattern::Is(self.term(other, out)?)),
        }
    }

    /// What has one value; what iterates in it goes ahead.
    pub fn term(&mut self, expr: &Expr, out: &mut Ahead) -> Result<Term, Stuck> {
        Ok(match expr {
            Expr::Scalar(json) => Term::Constant(value::of(json)),
            Expr::Number(text) => match Value::from_numeric_string(text) {
                Ok(number) => Term::Constant(number),
                Err(_) => return Err(Stuck::Wrong(format!("`{text}` is no number"))),
            },
            Expr::Var(_) => self.reference(expr, &[], out)?,
            Expr::Array(items) => match self.terms(items, out)? {
                (_, Some(values)) => Term::Constant(Value::from(values)),
                (items, None) => Term::Array(items),
            },
            Expr::Set(items) => match self.terms(items, out)? {
                (_, Some(values)) => Term::Constant(Value::from(values.into_iter().collect::<BTreeSet<_>>())),
                (items, None) => Term::Set(items),
            },
            Expr::Object(members) => self.object(members, out)?,
            Expr::Comprehension(bracket, key, value, body) => self.collect(*bracket, key.as_deref(), value, body)?,
            Expr::Call(name, arguments, _) => self.call(name, arguments, out)?,
            Expr::Ref(base, steps) => self.reference(base, steps, out)?,
            Expr::Binary(op, left, right) => {
                let (left, right) = (self.term(left, out)?, self.term(right, out)?);
                match Comparison::of(op) {
                    Some(comparison) => Term::Compare(comparison, Box::new((left, right))),
                    None => Term::Call(arithmetic(op)?, vec![left, right]),
                }
            }
            Expr::In(None, value, collection) => {
                let (value, collection) = (self.term(value, out)?, self.term(collection, out)?);
                Term::In(Box::new((value, collection)))
            }
            Expr::In(Some(key), value, collection) => {
                let key = self.term(key, out)?;
                let (value, collection) = (self.term(value, out)?, self.term(collection, out)?);
                Term::Call(builtin("internal.member_3")?, vec![key, value, collection])
            }
        })
    }

    /// Terms, and their values where all are constant.
    fn terms<'e>(
        &mut self,
        items: impl IntoIterator<Item = &'e Expr>,
        out: &mut Ahead,
    ) -> Result<(Vec<Term>, Option<Vec<Value>>), Stuck> {
        let terms = items.into_iter().map(|item| self.term(item, out)).collect::<Result<Vec<_>, _>>()?;
        let values = terms.iter().map(|term| match term {
            Term::Constant(value) => Some(value.clone()),
            _ => None,
        });
        let values = values.collect();
        Ok((terms, values))
    }

    fn object(&mut self, members: &[(Expr, Expr)], out: &mut Ahead) -> Result<Term, Stuck> {
        let (keys, known_keys) = self.terms(members.iter().map(|(key, _)| key), out)?;
        let (values, known_values) = self.terms(members.iter().map(|(_, value)| value), out)?;
        Ok(match known_keys.zip(known_values) {
            Some((keys, values)) => {
                Term::Constant(Value::from(keys.into_iter().zip(values).collect::<BTreeMap<_, _>>()))
            }
            None => Term::Object(keys.into_iter().zip(values).collect()),
        })
    }

    fn collect(&mut self, bracket: Bracket, key: Option<&Expr>, value: &Expr, body: &[Written]) -> Result<Term, Stuck> {
        let line = self.line;
        let collected = self.inside(false, |scope| {
            let (heads, mut inner): (Vec<&Expr>, _) = (key.into_iter().chain([value]).collect(), Vec::new());
            scope.body(body, &heads, &mut inner).map_err(|(_, why)| why)?;
            scope.line = line;
            let key = key.map(|key| scope.term(key, &mut inner)).transpose()?;
            let value = scope.term(value, &mut inner)?;
            Ok(Collected { key, value, body: inner })
        });
        self.line = line;
        Ok(Term::Collect(bracket, Box::new(collected?)))
    }

    fn call(&mut self, name: &str, arguments: &[Expr], out: &mut Ahead) -> Result<Term, Stuck> {
        match (name, arguments) {
            ("print", _) => return Ok(Term::Constant(Value::Bool(true))),
            ("set", []) => return Ok(Term::Constant(Value::new_set())),
            // Each of its pairs, one after the other.
            ("walk", [whole]) => {
                let whole = self.term(whole, out)?;
                let pairs = Term::Call(builtin("walk")?, vec![whole]);
                return self.each(Pattern::Any, pairs, out);
            }
            _ => {}
        }
        let is_rule = |full: &str| self.index.function_of(full).is_none();
        if arguments.is_empty() && self.names().function(self.module, name).is_some_and(is_rule) {
            let mut words = name.split('.');
            let base = words.next().unwrap_or_default();
            let steps: Vec<Expr> = words.map(Expr::text).collect();
            return self.reference(&Expr::Var(base.to_owned()), &steps, out);
        }
        let callee = self.callee(name)?;
        let (terms, _) = self.terms(arguments, out)?;
        Ok(Term::Call(callee, terms))
    }

    /// The function of a name.
    pub fn callee(&mut self, name: &str) -> Result<Callee, Stuck> {
        if let Some((at, full)) = self.own_function(name) {
            self.uses.functions.insert(at);
            return Ok(Callee::Own(at, full.into()));
        }
        let callee = builtin(name)?;
        if let Callee::Builtin(builtin) = &callee {
            self.uses.input |= builtin.is_fickle();
        }
        Ok(callee)
    }

    /// How many arguments the function of a name takes.
    pub fn takes(&self, name: &str) -> Option<usize> {
        self.own_function(name).map(|(at, _)| self.index.takes(at)).or_else(|| arity(name))
    }

    /// A reference: what its base is, and a name for the members of each step that iterates.
    fn reference(&mut self, base: &Expr, steps: &[Expr], out: &mut Ahead) -> Result<Term, Stuck> {
        let (mut term, taken) = match base {
            Expr::Var(name) => match self.find(name) {
                Some(place) if self.is_filled(place) => (Term::Place(place), 0),
                Some(_) => return Err(Stuck::Waits(name.clone())),
                None if self.names().is_global(self.module, name) => self.global(name, steps),
                None => return Err(Stuck::Waits(name.clone())),
            },
            other => (self.term(other, out)?, 0),
        };
        for step in steps.iter().skip(taken) {
            let key = match step {
                Expr::Var(name) if name == "_" => Err(self.pattern(step, out)?),
                Expr::Var(name) if self.find(name).is_some_and(|place| !self.is_filled(place)) => {
                    Err(self.pattern(step, out)?)
                }
                Expr::Array(_) | Expr::Object(_) => match self.attempt(out, |scope, out| scope.term(step, out)) {
                    Ok(key) => Ok(key),
                    Err(_) => Err(self.pattern(step, out)?),
                },
                other => Ok(self.term(other, out)?),
            };
            term = match key {
                Ok(key) => get(term, vec![key]),
                Err(pattern) => self.each(pattern, term, out)?,
            };
        }
        Ok(term)
    }

    /// A name for each member of a collection.
    fn each(&mut self, key: Pattern, over: Term, out: &mut Ahead) -> Result<Term, Stuck> {
        if self.is_negated {
            return Err(Stuck::Waits("_".to_owned()));
        }
        let place = self.filled_place();
        self.put(out, What::Each(key, Pattern::Bind(place), over));
        Ok(Term::Place(place))
    }
}

fn builtin(name: &str) -> Result<Callee, Stuck> {
    let builtin = Builtin::of(name).map(Callee::Builtin);
    builtin.ok_or_else(|| Stuck::Wrong(format!("there is no function `{name}`")))
}

/// The operators that are built-in functions to OPA.
fn arithmetic(op: &str) -> Result<Callee, Stuck> {
    builtin(match op {
        "+" => "plus",
        "-" => "minus",
        "*" => "mul",
        "/" => "div",
        "%" => "rem",
        "&" => "and",
        _ => "or",
    })
}
