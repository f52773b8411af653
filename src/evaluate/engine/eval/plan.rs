//! Policies ready to be evaluated: what [`super::compile`] makes of modules. Every variable has a place in its rule's frame, every
//! statement stands where what it needs is known, and only [`What::Each`] has more than one outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use regorus::Value;
use serde::{Deserialize, Serialize};

use super::builtin::Builtin;
use super::stored::Later;

/// A policy set.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files, by the number that clauses have.
    pub files: Vec<String>,
    /// What rules define, at `data.<package>.<name>`.
    pub documents: Vec<Later<Document>>,
    /// The functions.
    pub functions: Vec<Later<Function>>,
    /// The packages as a tree, the root first.
    pub nodes: Vec<Node>,
    /// Where a rule of a module stands: document and clause.
    pub places: BTreeMap<(usize, usize), (usize, usize)>,
}

/// A package, or a part of its name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Node {
    /// Its name, from the root.
    pub path: Vec<String>,
    /// What lies in it.
    pub children: BTreeMap<String, usize>,
    /// The document that has this name.
    pub document: Option<usize>,
}

/// All rules of a name.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    /// Its name, from the root.
    pub path: Vec<String>,
    /// What they define together.
    pub kind: Kind,
    /// The rules.
    pub clauses: Vec<Clause>,
    /// The rules for where no clause has a value.
    pub defaults: Vec<Clause>,
    /// Whether it may be another one for another input.
    pub is_stable: bool,
}

/// What rules define.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// `name contains member`
    Set,
    /// `name := value`
    Value,
    /// `name[key] := value`, `name.part contains member`
    Object,
}

/// All rules of a function.
#[derive(Debug, Serialize, Deserialize)]
pub struct Function {
    /// The rules.
    pub clauses: Vec<Clause>,
    /// The rules for where no clause has a value.
    pub defaults: Vec<Clause>,
}

/// One rule.
#[derive(Debug, Serialize, Deserialize)]
pub struct Clause {
    /// The number of its file.
    pub file: usize,
    /// The line of its head.
    pub line: u32,
    /// How many places its frame has.
    pub frame: usize,
    /// What the arguments must be.
    pub parameters: Vec<Pattern>,
    /// The body and its `else` branches.
    pub branches: Vec<Branch>,
    /// Whether it adds to a set that lies at its path.
    pub is_member: bool,
    /// The variables of its first body, and their places.
    pub names: Vec<(Arc<str>, usize)>,
}

/// A body and the value that it gives.
#[derive(Debug, Serialize, Deserialize)]
pub struct Branch {
    /// What must hold.
    pub body: Vec<Statement>,
    /// Of an object: where in it the value lies.
    pub path: Vec<Term>,
    /// The value.
    pub value: Term,
}

/// What must hold.
#[derive(Debug, Serialize, Deserialize)]
pub struct Statement {
    /// Where it stands.
    pub line: u32,
    /// What it says.
    pub what: What,
}

/// What a statement says.
#[derive(Debug, Serialize, Deserialize)]
pub enum What {
    /// This is defined, and not false.
    Test(Term),
    /// This value is of that form.
    Match(Pattern, Term),
    /// For each member of a collection: its key, its value.
    Each(Pattern, Pattern, Term),
    /// This does not hold.
    Not(Vec<Statement>),
    /// For all members of a collection: the places of key and value, the collection, what must hold.
    Every(Option<usize>, usize, Term, Vec<Statement>),
    /// This holds where something else is put in places of `input` and `data` and of functions; the places that it fills.
    With(Vec<(Target, Change)>, Vec<Statement>, Vec<usize>),
}

/// What `with` puts something else in place of.
#[derive(Debug, Serialize, Deserialize)]
pub enum Target {
    /// A part of `input`.
    Input(#[serde(with = "super::constant::list")] Vec<Value>),
    /// A part of `data`.
    Data(Vec<String>),
    /// A function, by its full name.
    Function(String),
}

/// What `with` puts there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Change {
    /// A value.
    Value(Arc<Term>),
    /// Another function.
    Function(Callee),
}

/// The form of a value.
#[derive(Debug, Serialize, Deserialize)]
pub enum Pattern {
    /// Any.
    Any,
    /// Any, which is noted in this place.
    Bind(usize),
    /// The same as this.
    Is(Term),
    /// An array of as many.
    Array(Vec<Pattern>),
    /// An object with these keys and no others.
    Object(Vec<(Term, Pattern)>),
}

/// What has one value, or none.
#[derive(Debug, Serialize, Deserialize)]
pub enum Term {
    /// Always the same.
    Constant(#[serde(with = "super::constant")] Value),
    /// What was noted in a place.
    Place(usize),
    /// `input`
    Input,
    /// `data`, as far as no rule defines it.
    Data,
    /// What rules define.
    Document(usize),
    /// All that is in a package.
    Package(usize),
    /// `[…]`
    Array(Vec<Term>),
    /// `{…}`
    Set(Vec<Term>),
    /// `{…: …}`
    Object(Vec<(Term, Term)>),
    /// A member of a member …
    Get(Box<Term>, Vec<Term>),
    /// A function's value.
    Call(Callee, Vec<Term>),
    /// A comparison.
    Compare(Comparison, Box<(Term, Term)>),
    /// `value in collection`
    In(Box<(Term, Term)>),
    /// A comprehension; an object's has a key.
    Collect(Bracket, Box<Collected>),
}

/// What a comprehension collects.
#[derive(Debug, Serialize, Deserialize)]
pub struct Collected {
    /// The key, of an object.
    pub key: Option<Term>,
    /// The value.
    pub value: Term,
    /// What must hold.
    pub body: Vec<Statement>,
}

pub use crate::evaluate::rego::Bracket;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Callee {
    /// A function of the policies.
    Own(usize, Arc<str>),
    /// A built-in function.
    Builtin(Builtin),
}

impl Plan {
    /// The document of a name: `["policy", "pod", "root_user", "deny"]`.
    pub fn document<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<usize> {
        let mut node = self.nodes.first();
        for name in path {
            node = node.and_then(|node| node.children.get(name)).and_then(|at| self.nodes.get(*at));
        }
        node?.document
    }
}

impl Callee {
    /// The name by which `with` knows it.
    pub fn name(&self) -> &str {
        match self {
            Self::Own(_, name) => name,
            Self::Builtin(builtin) => builtin.name,
        }
    }
}

impl Comparison {
    /// Reads an operator.
    pub fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            "==" | "=" => Self::Equal,
            "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    /// Whether it holds.
    pub fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}
