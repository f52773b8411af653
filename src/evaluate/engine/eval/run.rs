//! Evaluates bodies and terms of a [`Plan`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};
use std::time::Instant;

use regorus::Value;

use super::super::Fault;
use super::context::{Context, Values};
use super::plan::{Branch, Clause, Pattern, Plan, Statement, What};

/// How deep calls and iterations may be nested; OPA has no recursion, so that it is as deep as somebody wrote it.
const MOST_NESTED: usize = 250;
/// Steps between two looks at the clock.
const STEPS: u32 = 1024;

/// How many members an object has at most whose keys are compared one by one: texts of different lengths differ at once.
const FEW: usize = 16;

/// The value of what has none.
pub static NOTHING: Value = Value::Undefined;

/// Whether to go on with the next solution.
pub type Solved = Result<ControlFlow<()>, Fault>;

/// One evaluation.
pub struct Run<'p> {
    /// What is evaluated.
    pub plan: &'p Plan,
    /// What it sees.
    pub context: Context,
    /// The values of documents that are the same for every input.
    pub stable: Values,
    /// The lines that are evaluated, by file; none where nobody asks.
    pub covered: Option<BTreeSet<(usize, u32)>>,
    /// The answers of functions that may answer differently each time.
    pub fickle: BTreeMap<(&'static str, Vec<Value>), Value>,
    /// Values of variables: frames one behind the other, and between them the arguments of the functions that are called.
    pub places: Vec<Value>,
    /// Where the frame of the rule that is evaluated begins.
    base: usize,
    file: usize,
    depth: usize,
    steps: u32,
    deadline: Instant,
}

impl<'p> Run<'p> {
    /// An evaluation that has to end by then; `places` is empty.
    pub fn new(plan: &'p Plan, context: Context, stable: Values, places: Vec<Value>, deadline: Instant) -> Self {
        Self {
            plan,
            context,
            stable,
            covered: None,
            fickle: BTreeMap::new(),
            places,
            base: 0,
            file: 0,
            depth: 0,
            steps: 0,
            deadline,
        }
    }

    /// Counts the work.
    ///
    /// # Errors
    /// Where it takes too long.
    pub fn step(&mut self) -> Result<(), Fault> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(STEPS) && Instant::now() > self.deadline {
            let message = "the evaluation took longer than the time limit".to_owned();
            return Err(Fault { line: None, message, is_slow: true });
        }
        Ok(())
    }

    fn deeper<T>(&mut self, evaluate: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MOST_NESTED {
            return Err(Fault::of(&format!("calls and iterations are nested more than {MOST_NESTED} deep")));
        }
        self.depth += 1;
        let made = evaluate(self);
        self.depth -= 1;
        made
    }

    /// The value of a variable.
    pub fn place(&self, place: usize) -> &Value {
        self.places.get(self.base + place).unwrap_or(&NOTHING)
    }

    /// Notes the value of a variable.
    pub fn set(&mut self, place: usize, value: Value) {
        if let Some(at) = self.places.get_mut(self.base + place) {
            *at = value;
        }
    }

    /// Evaluates a clause with a frame of its own, whose arguments lie in these places: for each solution of the branch that has one,
    /// in the frame.
    pub fn clause(
        &mut self,
        clause: &'p Clause,
        arguments: Range<usize>,
        each: &mut dyn FnMut(&mut Self, &'p Branch) -> Solved,
    ) -> Result<(), Fault> {
        let (base, file) = (self.base, self.file);
        let frame = self.places.len();
        self.places.resize(frame + clause.frame, Value::Undefined);
        (self.base, self.file) = (frame, clause.file);
        let done = self.deeper(|run| run.branches(clause, arguments, each));
        (self.base, self.file) = (base, file);
        self.places.truncate(frame);
        done
    }

    fn branches(
        &mut self,
        clause: &'p Clause,
        arguments: Range<usize>,
        each: &mut dyn FnMut(&mut Self, &'p Branch) -> Solved,
    ) -> Result<(), Fault> {
        for (pattern, at) in clause.parameters.iter().zip(arguments) {
            let argument = self.places.get(at).cloned().unwrap_or(Value::Undefined);
            if !self.takes(pattern, argument)? {
                return Ok(());
            }
        }
        for branch in &clause.branches {
            let mut is_solved = false;
            let _ = self.solve(&branch.body, &mut |run| {
                run.cover(clause.line);
                is_solved = true;
                each(run, branch)
            })?;
            if is_solved {
                break;
            }
        }
        Ok(())
    }

    fn cover(&mut self, line: u32) {
        if let Some(covered) = &mut self.covered {
            covered.insert((self.file, line));
        }
    }

    /// Finds the solutions of statements.
    pub fn solve(&mut self, body: &'p [Statement], each: &mut dyn FnMut(&mut Self) -> Solved) -> Solved {
        let mut rest = body;
        while let Some((statement, after)) = rest.split_first() {
            self.step()?;
            self.cover(statement.line);
            match &statement.what {
                What::Test(term) => {
                    if !self.holds(term)? {
                        return Ok(ControlFlow::Continue(()));
                    }
                }
                What::Match(pattern, term) => {
                    let value = self.value(term)?;
                    if value == Value::Undefined || !self.takes(pattern, value)? {
                        return Ok(ControlFlow::Continue(()));
                    }
                }
                What::Each(key, value, over) => {
                    let over = self.value(over)?;
                    return self.deeper(|run| run.each(key, value, &over, &mut |run| run.solve(after, each)));
                }
                What::Not(inner) => {
                    if self.has_solution(inner)? {
                        return Ok(ControlFlow::Continue(()));
                    }
                }
                What::Every(key, value, over, inner) => {
                    let over = self.value(over)?;
                    if !self.holds_for_all(*key, *value, &over, inner)? {
                        return Ok(ControlFlow::Continue(()));
                    }
                }
                What::With(changes, inner, filled) => {
                    for solution in self.with(changes, inner, filled)? {
                        filled.iter().zip(solution).for_each(|(place, value)| self.set(*place, value));
                        if self.solve(after, each)?.is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                    return Ok(ControlFlow::Continue(()));
                }
            }
            rest = after;
        }
        each(self)
    }

    /// Whether statements have a solution.
    fn has_solution(&mut self, body: &'p [Statement]) -> Result<bool, Fault> {
        Ok(self.solve(body, &mut |_| Ok(ControlFlow::Break(())))?.is_break())
    }

    /// Goes through a collection; what is none has no members.
    fn each(
        &mut self,
        key: &'p Pattern,
        value: &'p Pattern,
        over: &Value,
        then: &mut dyn FnMut(&mut Self) -> Solved,
    ) -> Solved {
        for_each(over, &mut |at, member| {
            self.step()?;
            if self.fits(key, at)? && self.fits(value, member)? { then(self) } else { Ok(ControlFlow::Continue(())) }
        })
    }

    fn holds_for_all(
        &mut self,
        key: Option<usize>,
        value: usize,
        over: &Value,
        inner: &'p [Statement],
    ) -> Result<bool, Fault> {
        // OPA: `every` over what has no members is undefined.
        if !matches!(over, Value::Array(_) | Value::Set(_) | Value::Object(_)) {
            return Ok(false);
        }
        let fails = for_each(over, &mut |at, item| {
            self.step()?;
            if let Some(key) = key {
                self.set(key, at.clone());
            }
            self.set(value, item.clone());
            Ok(if self.has_solution(inner)? { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(fails.is_continue())
    }

    /// The solutions of statements that see something else: the values of the places that they fill.
    fn with(
        &mut self,
        changes: &'p [(super::plan::Target, super::plan::Change)],
        inner: &'p [Statement],
        filled: &[usize],
    ) -> Result<Vec<Vec<Value>>, Fault> {
        let Some(changed) = self.changed(changes)? else { return Ok(vec![]) };
        let own = std::mem::replace(&mut self.context, changed);
        let mut solutions = Vec::new();
        let solved = self.solve(inner, &mut |run| {
            solutions.push(filled.iter().map(|place| run.place(*place).clone()).collect());
            Ok(if filled.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        self.context = own;
        let _ = solved?;
        Ok(solutions)
    }
}

/// Goes through the keys and members of a collection; what is none has no members.
fn for_each(over: &Value, visit: &mut dyn FnMut(&Value, &Value) -> Solved) -> Solved {
    match over {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                if visit(&Value::from(at), item)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Value::Set(items) => {
            for item in items.iter() {
                if visit(item, item)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Value::Object(members) => {
            for (at, item) in members.iter() {
                if visit(at, item)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        _ => {}
    }
    Ok(ControlFlow::Continue(()))
}

/// A member of a value.
pub fn member<'v>(value: &'v Value, key: &Value) -> &'v Value {
    match (value, key) {
        (Value::Object(members), Value::String(key)) if members.len() <= FEW => {
            let is_it = |known: &Value| matches!(known, Value::String(known) if known == key);
            members.iter().find(|(known, _)| is_it(known)).map_or(&NOTHING, |(_, member)| member)
        }
        (Value::Object(members), key) => members.get(key).unwrap_or(&NOTHING),
        (Value::Array(items), Value::Number(at)) => {
            let at = at.as_u64().filter(|_| at.is_integer()).and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| items.get(at)).unwrap_or(&NOTHING)
        }
        (Value::Set(items), key) => items.get(key).unwrap_or(&NOTHING),
        _ => &NOTHING,
    }
}
