//! Variables that nothing binds (OPA: `rego_unsafe_var_error`); such a rule is named with all others ahead of evaluation.

use std::collections::BTreeSet;

use super::names::Names;
use super::{Body, Expr, Form, Literal, Module, Rule, Statement};

/// How many arguments a built-in takes; `None` for one that there is not.
pub type Arity<'a> = &'a dyn Fn(&str) -> Option<usize>;

/// The unbound variables of a rule, each with its line.
pub fn unbound(names: &Names<'_>, arity: Arity<'_>, module: &Module, rule: &Rule) -> Vec<(u32, String)> {
    let checker = Checker { names, arity, module };
    let parameters: BTreeSet<String> = rule.parameters().iter().flat_map(Expr::variables).map(str::to_owned).collect();
    let mut found = Vec::new();
    let nothing = [Body { value: None, statements: vec![] }];
    let bodies = if rule.bodies.is_empty() { &nothing[..] } else { &rule.bodies };
    for (at, body) in bodies.iter().enumerate() {
        let (safe, stuck) = checker.body(&body.statements, &parameters);
        found.extend(stuck);
        let value = body.value.as_ref();
        let head = if at == 0 { rule.head() } else { value.into_iter().collect() };
        if found.is_empty() && !matches!(rule.form, Form::Default(..)) {
            let line = rule.line;
            found.extend(head.into_iter().flat_map(|expr| checker.missing(expr, &safe)).map(|name| (line, name)));
        }
    }
    found
}

struct Checker<'a> {
    names: &'a Names<'a>,
    arity: Arity<'a>,
    module: &'a Module,
}

impl Checker<'_> {
    /// The variables that are bound when all statements have run in a fitting order, and what is stuck.
    fn body(&self, statements: &[Statement], outer: &BTreeSet<String>) -> (BTreeSet<String>, Vec<(u32, String)>) {
        let locals: BTreeSet<&str> = statements.iter().flat_map(declared).collect();
        let mut safe: BTreeSet<String> = outer.iter().filter(|name| !locals.contains(name.as_str())).cloned().collect();
        let is_known = |name: &str, safe: &BTreeSet<String>| {
            // Each `_` is a variable of its own.
            name != "_" && safe.contains(name) || (!locals.contains(name) && self.names.is_global(self.module, name))
        };
        let mut waiting: Vec<&Statement> = statements.iter().collect();
        loop {
            let before = waiting.len();
            waiting.retain(|statement| match self.bound(statement, &|name| is_known(name, &safe)) {
                Ok(outputs) => {
                    safe.extend(outputs);
                    false
                }
                Err(_) => true,
            });
            if waiting.is_empty() || waiting.len() == before {
                break;
            }
        }
        let stuck = waiting.iter().flat_map(|statement| {
            let missing = self.bound(statement, &|name| is_known(name, &safe)).err().unwrap_or_default();
            missing.into_iter().map(|name| (statement.line, name))
        });
        let stuck = stuck.collect();
        (safe, stuck)
    }

    fn missing(&self, expr: &Expr, safe: &BTreeSet<String>) -> Vec<String> {
        let is_known = |name: &str| safe.contains(name) || self.names.is_global(self.module, name);
        self.need(expr, &is_known).err().unwrap_or_default()
    }

    /// What a statement binds, or the variables that it waits for.
    fn bound(&self, statement: &Statement, known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Vec<String>> {
        for (_, value) in statement.with.iter().filter(|(_, value)| !self.is_function(value)) {
            self.need(value, known)?;
        }
        match &statement.literal {
            Literal::Some(_) => Ok(vec![]),
            Literal::SomeIn(key, value, collection) => {
                let mut outputs = self.need(collection, known)?;
                for pattern in key.iter().chain([value]) {
                    outputs.extend(self.pattern(pattern, known)?);
                }
                Ok(outputs)
            }
            Literal::Not(expr) => {
                // Calls in an argument are evaluated ahead of the negation, and bind what they iterate.
                let (mut plain, mut ahead) = (expr.clone(), Vec::new());
                arguments(&mut plain, &mut ahead);
                let bound = self.all(ahead.iter(), known)?;
                let open = self.need(&plain, &|name| known(name) || bound.iter().any(|bound| bound == name))?;
                if open.is_empty() { Ok(vec![]) } else { Err(open) }
            }
            Literal::Every(key, value, domain, body) => {
                let outputs = self.need(domain, known)?;
                let inner: BTreeSet<String> = key.iter().chain([value]).cloned().collect();
                self.closure(body, &[], &inner, known)?;
                Ok(outputs)
            }
            Literal::Holds(Expr::Binary(":=", left, right)) => {
                let mut outputs = self.need(right, known)?;
                outputs.extend(self.pattern(left, known)?);
                Ok(outputs)
            }
            Literal::Holds(Expr::Binary("=", left, right)) => self.unified(left, right, known),
            // What a reference in it iterates is known to the others: `x == list[x]`.
            Literal::Holds(expr) => self.need(expr, known).or_else(|why| {
                let mut iterated = Vec::new();
                self.iterated(expr, known, &mut iterated);
                let outputs = self.need(expr, &|name| known(name) || iterated.iter().any(|one| one == name));
                outputs.map(|outputs| [outputs, iterated].concat()).map_err(|_| why)
            }),
        }
    }

    /// What the references right in an expression bind that can be evaluated as they stand.
    fn iterated(&self, expr: &Expr, known: &dyn Fn(&str) -> bool, found: &mut Vec<String>) {
        match expr {
            Expr::Comprehension(..) => {}
            Expr::Ref(..) => found.extend(self.need(expr, known).unwrap_or_default()),
            other => other.parts().into_iter().for_each(|part| self.iterated(part, known, found)),
        }
    }

    fn unified(&self, left: &Expr, right: &Expr, known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Vec<String>> {
        if let (Expr::Array(lefts), Expr::Array(rights)) = (left, right)
            && lefts.len() == rights.len()
        {
            return self.together(&lefts.iter().zip(rights).collect::<Vec<_>>(), known);
        }
        if let (Expr::Object(lefts), Expr::Object(rights)) = (left, right) {
            let other = |key: &Expr| rights.iter().find(|(other, _)| other == key).map(|(_, value)| value);
            let pairs: Option<Vec<_>> = lefts.iter().map(|(key, value)| Some((value, other(key)?))).collect();
            if let Some(pairs) = pairs.filter(|pairs| pairs.len() == rights.len()) {
                return self.together(&pairs, known);
            }
        }
        let one_way = |from: &Expr, to: &Expr| {
            let mut outputs = self.need(from, known)?;
            outputs.extend(self.pattern(to, known)?);
            Ok(outputs)
        };
        one_way(right, left).or_else(|why: Vec<String>| one_way(left, right).map_err(|_| why))
    }

    /// The parts of two collections that are unified; one may bind what another one needs.
    fn together(&self, pairs: &[(&Expr, &Expr)], known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Vec<String>> {
        let (mut outputs, mut waiting): (Vec<String>, Vec<_>) = (vec![], pairs.to_vec());
        loop {
            let (before, mut missing) = (waiting.len(), vec![]);
            waiting.retain(|(left, right)| {
                let unified =
                    self.unified(left, right, &|name| known(name) || outputs.iter().any(|output| output == name));
                unified.map(|new| outputs.extend(new)).map_err(|new| missing.extend(new)).is_err()
            });
            match waiting.len() {
                0 => return Ok(outputs),
                same if same == before => return Err(missing),
                _ => {}
            }
        }
    }

    /// The variables that a pattern binds; what is computed in it must be known.
    fn pattern(&self, pattern: &Expr, known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Vec<String>> {
        match pattern {
            Expr::Var(name) => Ok(vec![name.clone()]),
            Expr::Array(items) | Expr::Set(items) => {
                Ok(items.iter().map(|item| self.pattern(item, known)).collect::<Result<Vec<_>, _>>()?.concat())
            }
            Expr::Object(members) => {
                let values = members.iter().map(|(_, value)| self.pattern(value, known));
                Ok(values.collect::<Result<Vec<_>, _>>()?.concat())
            }
            other => self.need(other, known),
        }
    }

    /// What evaluating an expression binds (indexes in references), or the variables that it needs.
    fn need(&self, expr: &Expr, known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Vec<String>> {
        match expr {
            Expr::Var(name) if known(name) => Ok(vec![]),
            Expr::Var(name) => Err(vec![name.clone()]),
            Expr::Ref(base, steps) => {
                let mut outputs = self.need(base, known)?;
                for step in steps {
                    match step {
                        Expr::Var(name) if known(name) => {}
                        Expr::Var(_) | Expr::Array(_) | Expr::Object(_) => {
                            let new = self.pattern(step, known)?;
                            outputs.extend(new.into_iter().filter(|name| !known(name)));
                        }
                        other => outputs.extend(self.need(other, known)?),
                    }
                }
                Ok(outputs)
            }
            Expr::Comprehension(_, key, term, body) => {
                let heads: Vec<&Expr> = key.iter().map(|key| &**key).chain([&**term]).collect();
                self.closure(body, &heads, &BTreeSet::new(), known)?;
                Ok(vec![])
            }
            Expr::Call(name, arguments, _) => {
                let (inputs, output) = arguments.split_at(self.inputs(name, arguments.len()));
                let mut outputs = self.all(inputs.iter(), known)?;
                for pattern in output {
                    let new = self.pattern(pattern, known)?;
                    outputs.extend(new.into_iter().filter(|name| !known(name)));
                }
                Ok(outputs)
            }
            other => self.all(other.parts().into_iter(), known),
        }
    }

    /// Whether a value of `with` is the name of a function, which takes the place of another.
    fn is_function(&self, value: &Expr) -> bool {
        value
            .dotted()
            .is_some_and(|name| (self.arity)(&name).is_some() || self.names.function(self.module, &name).is_some())
    }

    /// How many of the arguments of a call go in; one more than the function takes is its result.
    fn inputs(&self, name: &str, given: usize) -> usize {
        let own = self.names.function(self.module, name);
        let own = own.and_then(|name| self.names.rules(name).next()).map(|(_, rule)| rule.parameters().len());
        own.or_else(|| (self.arity)(name)).filter(|takes| takes + 1 == given).unwrap_or(given)
    }

    fn all<'a>(
        &self,
        exprs: impl Iterator<Item = &'a Expr>,
        known: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<String>, Vec<String>> {
        let (mut outputs, mut missing) = (vec![], vec![]);
        for expr in exprs {
            match self.need(expr, known) {
                Ok(new) => outputs.extend(new),
                Err(new) => missing.extend(new),
            }
        }
        if missing.is_empty() { Ok(outputs) } else { Err(missing) }
    }

    /// A comprehension or the body of `every`: it sees what is known outside, and binds nothing there.
    fn closure(
        &self,
        body: &[Statement],
        heads: &[&Expr],
        inner: &BTreeSet<String>,
        known: &dyn Fn(&str) -> bool,
    ) -> Result<(), Vec<String>> {
        let mut used: BTreeSet<String> = inner.clone();
        let mut visit = |expr: &Expr| {
            used.extend(expr.variables().into_iter().filter(|name| known(name)).map(str::to_owned));
        };
        body.iter().for_each(|statement| statement.each(&mut visit));
        heads.iter().for_each(|head| head.each(&mut visit));
        let (safe, stuck) = self.body(body, &used);
        let heads = heads.iter().flat_map(|head| self.missing(head, &safe));
        let missing: Vec<String> = stuck.into_iter().map(|(_, name)| name).chain(heads).collect();
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    }
}

/// Takes the calls and the arithmetic in the parts of a negated expression out of it.
fn arguments(expr: &mut Expr, ahead: &mut Vec<Expr>) {
    let mut part = |part: &mut Expr| match part {
        Expr::Call(..) | Expr::Binary("+" | "-" | "*" | "/" | "%" | "&" | "|", ..) => {
            ahead.push(std::mem::replace(part, Expr::Scalar(serde_json::Value::Null)));
        }
        other => arguments(other, ahead),
    };
    match expr {
        Expr::Array(items) | Expr::Set(items) | Expr::Call(_, items, _) => items.iter_mut().for_each(part),
        Expr::Binary(_, left, right) => [left, right].into_iter().for_each(|side| part(side)),
        Expr::In(key, value, collection) => key.iter_mut().chain([value, collection]).for_each(|side| part(side)),
        Expr::Ref(_, steps) => steps.iter_mut().for_each(part),
        _ => {}
    }
}

/// The variables that a statement declares, which hide rules of the same name.
pub fn declared(statement: &Statement) -> Vec<&str> {
    match &statement.literal {
        Literal::Some(names) => names.iter().map(String::as_str).collect(),
        Literal::SomeIn(key, value, _) => key.iter().chain([value]).flat_map(Expr::variables).collect(),
        Literal::Holds(Expr::Binary(":=", left, _)) => left.variables().into_iter().collect(),
        _ => vec![],
    }
}
