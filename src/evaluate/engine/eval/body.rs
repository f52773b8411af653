//! Statements and expressions come in; statements in an order in which each has what it needs go out, with names for what iterates.

use regorus::Value;

use super::plan::{Pattern, Statement, Term, What};
use super::scope::{Scope, Stuck};
use crate::evaluate::rego::{Expr, Literal, Statement as Written};

/// What is compiled ahead of something.
pub type Ahead = Vec<Statement>;

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
                    let key = key.as_ref().map(|key| scope.variable(key));
                    let value = scope.variable(value);
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
    fn variable(&mut self, name: &str) -> usize {
        let place = self.filled_place();
        if name != "_" {
            self.declare_at(name, place);
        }
        place
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
}
