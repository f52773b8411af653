//! What stands around an expression: what `with` puts in place of something, and what is evaluated ahead of a negation.

use regorus::Value;

use super::super::value;
use super::body::Ahead;
use super::builtin::Builtin;
use super::plan::{Change, Pattern, Target, What};
use super::scope::{Scope, Stuck};
use crate::evaluate::rego::Expr;

impl Scope<'_> {
    /// One change of a `with`.
    pub fn with(&mut self, target: &Expr, value: &Expr, out: &mut Ahead) -> Result<(Target, Change), Stuck> {
        let (base, steps) = match target {
            Expr::Ref(base, steps) => (base.var().unwrap_or_default(), steps.as_slice()),
            other => (other.var().unwrap_or_default(), &[][..]),
        };
        let words = steps.iter().map(|step| step.word().map(str::to_owned));
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
        let own = self.own_function(&dotted).map(|(_, full)| full);
        let function = own.or_else(|| Builtin::of(&dotted).map(|_| dotted.clone()));
        if let Some(name) = function.filter(|_| base != "input") {
            let is_known = value.var().and_then(|name| self.find(name)).is_some_and(|place| self.is_filled(place));
            let other = value.dotted().filter(|_| !is_known);
            let callee = other.and_then(|other| self.callee(&other).ok());
            let change = match callee {
                Some(callee) => Change::Function(callee),
                None => Change::Value(self.term(value, out)?.into()),
            };
            return Ok((Target::Function(name), change));
        }
        let change = Change::Value(self.term(value, out)?.into());
        let path: Vec<String> = self.path_of(base).into_iter().chain(words).collect();
        Ok(match path.split_first() {
            Some((root, path)) if root == "input" => {
                (Target::Input(path.iter().map(|word| Value::from(word.as_str())).collect()), change)
            }
            Some((_, path)) => (Target::Data(path.to_vec()), change),
            None => return Err(Stuck::Wrong("`with` takes a name".to_owned())),
        })
    }

    /// OPA's compiler evaluates the arguments of a negated call or comparison ahead of it: an undefined one makes all of it undefined.
    pub fn ahead(&mut self, expr: &Expr, out: &mut Ahead) -> Result<Expr, Stuck> {
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
        let place = self.filled_place();
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
