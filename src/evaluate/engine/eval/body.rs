//! Statements and expressions come in; statements in an order in which each has what it needs go out, with names for what iterates.

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;

use super::super::builtins::arity;
use super::super::value;
use super::builtin::Builtin;
use super::plan::{
    Bracket, Callee, Change, Clause, Collected, Comparison, Kind, Pattern, Statement, Target, Term, What,
};
use super::scope::{Scope, Stuck, get};
use crate::evaluate::rego::{Expr, Literal, Rule, Statement as Written};

/// Compiles rules.
pub trait Clauses {
    /// A rule, the number of its file, and what the rules of its name define.
    ///
    /// # Errors
    /// The line, and why.
    fn clause(&mut self, rule: &Rule, file: usize, kind: Kind) -> Result<Clause, (u32, Stuck)>;
}

/// What is compiled ahead of something.
type Ahead = Vec<Statement>;

impl Scope<'_> {
    /// A body, in an order in which it can be evaluated: as OPA, again and again through the ones that wait.
    ///
    /// # Errors
    /// The line of one that cannot be, and why.
    pub fn body(&mut self, statements: &[Written], heads: &[&Expr], out: &mut Ahead) -> Result<(), (u32, Stuck)> {
        self.open(statements, heads);
        let mut waiting: Vec<(usize, &Written)> = statements.iter().enumerate().collect();
        loop {
            let (before, mut why) = (waiting.len(), None);
            waiting.retain(|(at, statement)| {
                self.at(*at);
                let done = self.attempt(out, |scope, out| scope.statement(statement, out));
                if let Err(stuck) = done {
                    let is_final = matches!(stuck, Stuck::Wrong(_));
                    if is_final || why.is_none() {
                        why = Some((statement.line, stuck));
                    }
                    return true;
                }
                false
            });
            self.at(usize::MAX);
            match why {
                None => return Ok(()),
                Some((line, stuck @ Stuck::Wrong(_))) => return Err((line, stuck)),
                Some(why) if waiting.len() == before => return Err(why),
                Some(_) => {}
            }
        }
    }

    fn statement(&mut self, statement: &Written, out: &mut Ahead) -> Result<(), Stuck> {
        self.line = statement.line;
        if statement.with.is_empty() {
            return self.literal(&statement.literal, out);
        }
        let changes = statement.with.iter().map(|(target, value)| self.with(target, value, out));
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        let (mut inner, before) = (Vec::new(), self.count_filled());
        self.literal(&statement.literal, &mut inner)?;
        let filled = self.filled_since(before);
        self.put(out, What::With(changes, inner, filled));
        Ok(())
    }

    fn literal(&mut self, literal: &Literal, out: &mut Ahead) -> Result<(), Stuck> {
        match literal {
            Literal::Some(_) => {}
            Literal::SomeIn(key, value, collection) => {
                let names = key.iter().chain([value]).flat_map(Expr::variables).collect();
                let over = self.hiding(names, |scope| scope.term(collection, out))?;
                let key = key.as_ref().map_or(Ok(Pattern::Any), |key| self.pattern(key, out))?;
                let value = self.pattern(value, out)?;
                self.put(out, What::Each(key, value, over));
            }
            Literal::Holds(expr) => self.holds(expr, out)?,
            Literal::Not(expr) => {
                let hoists = self.module.hoists;
                let plain = if hoists { self.ahead(expr, out)? } else { expr.clone() };
                let mut inner = Vec::new();
                self.inside(true, |scope| scope.holds(&plain, &mut inner))?;
                self.put(out, What::Not(inner));
            }
            Literal::Every(key, value, domain, body) => {
                let over = self.term(domain, out)?;
                let line = self.line;
                let (key, value, inner) = self.inside(false, |scope| {
                    let key = key.as_ref().map(|key| scope.variable(key)).transpose()?;
                    let value = scope.variable(value)?;
                    let mut inner = Vec::new();
                    scope.body(body, &[], &mut inner).map_err(|(_, why)| why)?;
                    Ok((key, value, inner))
                })?;
                self.line = line;
                self.put(out, What::Every(key, value, over, inner));
            }
        }
        Ok(())
    }

    /// A variable of this level that is filled.
    fn variable(&mut self, name: &str) -> Result<usize, Stuck> {
        let place = self.place();
        self.fill_new(place);
        if name != "_" {
            self.declare_at(name, place);
        }
        Ok(place)
    }

    fn holds(&mut self, expr: &Expr, out: &mut Ahead) -> Result<(), Stuck> {
        match expr {
            // OPA drops `print` unless it is asked for it.
            Expr::Call(name, ..) if name == "print" => Ok(()),
            Expr::Binary(":=", left, right) => {
                let term = self.hiding(left.variables(), |scope| scope.term(right, out))?;
                let pattern = self.pattern(left, out)?;
                self.put(out, What::Match(pattern, term));
                Ok(())
            }
            Expr::Binary("=", left, right) => self.unify(left, right, out),
            Expr::Call(name, arguments, line) if self.takes(name) == Some(arguments.len().wrapping_sub(1)) => {
                let Some((result, arguments)) = arguments.split_last() else { return Ok(()) };
                let call = Expr::Call(name.clone(), arguments.to_vec(), *line);
                let term = self.term(&call, out)?;
                let pattern = self.pattern(result, out)?;
                self.put(out, What::Match(pattern, term));
                Ok(())
            }
            _ => {
                let term = self.attempt(out, |scope, out| scope.term(expr, out));
                let term = term.or_else(|why| {
                    // What a reference in it iterates is known to the others: `x == list[x]`.
                    self.iterate(expr, out);
                    self.attempt(out, |scope, out| scope.term(expr, out)).map_err(|_| why)
                })?;
                if !matches!(term, Term::Constant(Value::Bool(true))) {
                    self.put(out, What::Test(term));
                }
                Ok(())
            }
        }
    }

    /// Binds what the references in an expression bind that can be evaluated as they stand.
    fn iterate(&mut self, expr: &Expr, out: &mut Ahead) {
        match expr {
            Expr::Comprehension(..) => {}
            Expr::Ref(..) => {
                // What cannot be evaluated waits, and the expression with it.
                let _ = self.attempt(out, |scope, out| scope.term(expr, out));
            }
            other => other.parts().into_iter().for_each(|part| self.iterate(part, out)),
        }
    }

    fn unify(&mut self, left: &Expr, right: &Expr, out: &mut Ahead) -> Result<(), Stuck> {
        let pairs: Option<Vec<(&Expr, &Expr)>> = match (left, right) {
            (Expr::Array(lefts), Expr::Array(rights)) if lefts.len() == rights.len() => {
                Some(lefts.iter().zip(rights).collect())
            }
            (Expr::Object(lefts), Expr::Object(rights)) if lefts.len() == rights.len() => {
                let other = |key: &Expr| rights.iter().find(|(other, _)| other == key).map(|(_, value)| value);
                lefts.iter().map(|(key, value)| Some((value, other(key)?))).collect()
            }
            _ => None,
        };
        if let Some(mut waiting) = pairs {
            loop {
                let (before, mut why) = (waiting.len(), None);
                waiting.retain(|(left, right)| {
                    let done = self.attempt(out, |scope, out| scope.unify(left, right, out));
                    done.map_err(|stuck| why = Some(stuck)).is_err()
                });
                match why {
                    None => return Ok(()),
                    Some(stuck) if waiting.len() == before => return Err(stuck),
                    Some(_) => {}
                }
            }
        }
        let mut one_way = |from: &Expr, to: &Expr| {
            self.attempt(out, |scope, out| {
                let term = scope.term(from, out)?;
                let pattern = scope.pattern(to, out)?;
                scope.put(out, What::Match(pattern, term));
                Ok(())
            })
        };
        one_way(right, left).or_else(|why| one_way(left, right).map_err(|_| why))
    }

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
            Expr::Number(text) => Term::Constant(number(text)?),
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
    fn terms(&mut self, items: &[Expr], out: &mut Ahead) -> Result<(Vec<Term>, Option<Vec<Value>>), Stuck> {
        let terms = items.iter().map(|item| self.term(item, out)).collect::<Result<Vec<_>, _>>()?;
        let values = terms.iter().map(|term| match term {
            Term::Constant(value) => Some(value.clone()),
            _ => None,
        });
        let values = values.collect();
        Ok((terms, values))
    }

    fn object(&mut self, members: &[(Expr, Expr)], out: &mut Ahead) -> Result<Term, Stuck> {
        let (keys, values): (Vec<Expr>, Vec<Expr>) = members.iter().cloned().unzip();
        let (keys, known_keys) = self.terms(&keys, out)?;
        let (values, known_values) = self.terms(&values, out)?;
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
        let callee = self.callee(name)?;
        let (terms, _) = self.terms(arguments, out)?;
        Ok(Term::Call(callee, terms))
    }

    fn callee(&mut self, name: &str) -> Result<Callee, Stuck> {
        let full = self.names().function(self.module, name);
        if let Some((at, full)) = full.and_then(|full| Some((self.index.function_of(&full)?, full))) {
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
    fn takes(&self, name: &str) -> Option<usize> {
        if name == "walk" {
            return Some(1);
        }
        let own = self.names().function(self.module, name).and_then(|full| self.index.function_of(&full));
        own.map(|at| self.index.takes(at)).or_else(|| arity(name))
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
        let place = self.place();
        self.fill_new(place);
        self.put(out, What::Each(key, Pattern::Bind(place), over));
        Ok(Term::Place(place))
    }

    fn with(&mut self, target: &Expr, value: &Expr, out: &mut Ahead) -> Result<(Target, Change), Stuck> {
        let (base, steps) = match target {
            Expr::Ref(base, steps) => (base.var().unwrap_or_default(), steps.as_slice()),
            other => (other.var().unwrap_or_default(), &[][..]),
        };
        let words = steps.iter().map(|step| step.constant()?.as_str().map(str::to_owned));
        let words: Option<Vec<String>> = words.collect();
        let Some(words) = words else {
            let constants = steps.iter().map(|step| step.constant()).collect::<Option<Vec<_>>>();
            let Some(constants) = constants.filter(|_| base == "input") else {
                return Err(Stuck::Wrong("`with` takes a name that is written out".to_owned()));
            };
            let path = constants.iter().map(value::of).collect();
            return Ok((Target::Input(path), Change::Value(self.term(value, out)?.into())));
        };
        let dotted = [base].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join(".");
        let own = self.names().function(self.module, &dotted).filter(|full| self.index.function_of(full).is_some());
        let function = own.or_else(|| Builtin::of(&dotted).map(|_| dotted.clone()));
        if let Some(name) = function.filter(|_| base != "input") {
            let other = match value {
                Expr::Var(name) if !self.find(name).is_some_and(|place| self.is_filled(place)) => Some(name.clone()),
                Expr::Ref(base, steps) => base.var().and_then(|base| {
                    let mut name = base.to_owned();
                    for step in steps {
                        name = format!("{name}.{}", step.constant()?.as_str()?);
                    }
                    Some(name)
                }),
                _ => None,
            };
            let callee = other.and_then(|other| self.callee(&other).ok());
            let change = match callee {
                Some(callee) => Change::Function(callee),
                None => Change::Value(self.term(value, out)?.into()),
            };
            return Ok((Target::Function(name), change));
        }
        let change = Change::Value(self.term(value, out)?.into());
        let import = self.module.imports.iter().find(|import| import.name == base);
        let path: Vec<String> = match (base, import) {
            ("input" | "data", _) => vec![base.to_owned()],
            (_, Some(import)) => import.path.clone(),
            _ => ["data".to_owned()].into_iter().chain(self.module.package.clone()).chain([base.to_owned()]).collect(),
        };
        let path: Vec<String> = path.into_iter().chain(words).collect();
        Ok(match path.split_first() {
            Some((root, path)) if root == "input" => {
                (Target::Input(path.iter().map(|word| Value::from(word.as_str())).collect()), change)
            }
            Some((_, path)) => (Target::Data(path.to_vec()), change),
            None => return Err(Stuck::Wrong("`with` takes a name".to_owned())),
        })
    }

    /// OPA's compiler evaluates the arguments of a negated call or comparison ahead of it: an undefined one makes all of it undefined.
    fn ahead(&mut self, expr: &Expr, out: &mut Ahead) -> Result<Expr, Stuck> {
        Ok(match expr {
            Expr::Call(name, arguments, line) => {
                let arguments = arguments.iter().map(|argument| self.first(argument, out));
                Expr::Call(name.clone(), arguments.collect::<Result<_, _>>()?, *line)
            }
            // `==` unifies: of a reference only what is in its brackets is evaluated ahead.
            Expr::Binary(op @ ("==" | "="), left, right) => {
                let mut side = |side: &Expr| match side {
                    Expr::Ref(base, steps) if !matches!(**base, Expr::Call(..)) => {
                        let steps = steps.iter().map(|step| self.first(step, out));
                        Ok(Expr::Ref(base.clone(), steps.collect::<Result<_, _>>()?))
                    }
                    other => self.first(other, out),
                };
                Expr::Binary(op, Box::new(side(left)?), Box::new(side(right)?))
            }
            Expr::Binary(op, left, right) => {
                Expr::Binary(op, Box::new(self.first(left, out)?), Box::new(self.first(right, out)?))
            }
            Expr::In(key, value, collection) => {
                let key = key.as_ref().map(|key| self.first(key, out).map(Box::new)).transpose()?;
                Expr::In(key, Box::new(self.first(value, out)?), Box::new(self.first(collection, out)?))
            }
            Expr::Ref(base, steps) => {
                let is_call = matches!(**base, Expr::Call(..));
                let base = if is_call { Box::new(self.first(base, out)?) } else { base.clone() };
                let steps = steps.iter().map(|step| self.first(step, out));
                Expr::Ref(base, steps.collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }

    /// A name for an expression that is evaluated ahead; others stay.
    fn first(&mut self, expr: &Expr, out: &mut Ahead) -> Result<Expr, Stuck> {
        if !is_dynamic(expr) {
            return Ok(expr.clone());
        }
        let term = self.term(expr, out)?;
        let place = self.place();
        self.fill_new(place);
        self.put(out, What::Match(Pattern::Bind(place), term));
        let name = format!("{place}'");
        self.declare_at(&name, place);
        Ok(Expr::Var(name))
    }
}

fn is_dynamic(expr: &Expr) -> bool {
    match expr {
        Expr::Scalar(_) | Expr::Number(_) | Expr::Var(_) | Expr::Comprehension(..) => false,
        Expr::Ref(..) | Expr::Call(..) | Expr::Binary(..) | Expr::In(..) => true,
        Expr::Array(_) | Expr::Set(_) | Expr::Object(_) => expr.parts().into_iter().any(is_dynamic),
    }
}

/// A number as it is written: one with a fraction or a power stays a floating one.
fn number(text: &str) -> Result<Value, Stuck> {
    let is_whole = text.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
    let float = text.parse::<f64>().ok().filter(|float| !is_whole && float.is_finite());
    match float {
        Some(float) => Ok(Value::from(float)),
        None => Value::from_numeric_string(text).map_err(|_| Stuck::Wrong(format!("`{text}` is no number"))),
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
