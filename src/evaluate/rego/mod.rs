//! Rego as plain data: what the engine's parser read comes in (`engine/syntax.rs`), checks and references go out.

pub mod change;
pub mod check;
pub mod names;
pub mod outputs;
pub mod reads;
pub mod safety;
pub mod template;
pub mod trace;

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value as Json;

/// A policy file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// Its path, as the user knows it.
    pub file: String,
    /// `["main"]`.
    pub package: Vec<String>,
    /// What it imports from `data` and `input`; the keywords are no import here.
    pub imports: Vec<Import>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
    /// Whether the arguments of a negated expression are evaluated ahead of it, so that an undefined one makes the expression
    /// undefined: OPA does so unless the module has `import future.keywords` or `future.keywords.not`.
    pub hoists: bool,
}

/// `import data.lib.pods as pods`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// `["data", "lib", "pods"]`.
    pub path: Vec<String>,
    /// The name in this file.
    pub name: String,
}

/// One rule with one body, or with a body and its `else` branches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The line of its head.
    pub line: u32,
    /// The line it ends at.
    pub end: u32,
    /// `deny`, `a.b`, `a[x]`.
    pub name: Expr,
    /// What it is.
    pub form: Form,
    /// The branches; empty for a fact.
    pub bodies: Vec<Body>,
}

/// The kinds of rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Form {
    /// `name contains key`
    Set(Expr),
    /// `name := value`; of a condition the value is absent.
    Value(Option<Expr>),
    /// `name(arguments) := value`
    Function(Vec<Expr>, Option<Expr>),
    /// `default name := value`
    Default(Vec<Expr>, Expr),
}

/// A branch of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The value of an `else` branch.
    pub value: Option<Expr>,
    /// What must hold.
    pub statements: Vec<Statement>,
}

/// One expression of a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Where it begins.
    pub line: u32,
    /// What it says.
    pub literal: Literal,
    /// `with <target> as <value>`
    pub with: Vec<(Expr, Expr)>,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `some x, y`
    Some(Vec<String>),
    /// `some key, value in collection`
    SomeIn(Option<Expr>, Expr, Expr),
    /// An expression that must hold.
    Holds(Expr),
    /// `not`
    Not(Expr),
    /// `every key, value in domain { … }`
    Every(Option<String>, String, Expr, Vec<Statement>),
}

/// A term or an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Expr {
    /// A string, a boolean, null.
    Scalar(Json),
    /// As written, however many digits it has.
    Number(String),
    /// A variable; `_` is one.
    Var(String),
    /// `[…]`
    Array(Vec<Expr>),
    /// `{…}`
    Set(Vec<Expr>),
    /// `{…: …}`
    Object(Vec<(Expr, Expr)>),
    /// A comprehension; an object's has a key.
    Comprehension(Bracket, Option<Box<Expr>>, Box<Expr>, Vec<Statement>),
    /// `name(arguments)`, and the line of it.
    Call(String, Vec<Expr>, u32),
    /// `base.step[step]`
    Ref(Box<Expr>, Vec<Expr>),
    /// An operator between two expressions.
    Binary(#[serde(deserialize_with = "operator")] Operator, Box<Expr>, Box<Expr>),
    /// `key, value in collection`
    In(Option<Box<Expr>>, Box<Expr>, Box<Expr>),
}

/// What a comprehension makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bracket {
    /// `[… | …]`
    Array,
    /// `{… | …}`
    Set,
    /// `{…: … | …}`
    Object,
}

/// `=`, `+`
pub type Operator = &'static str;

/// All of them.
const OPERATORS: [Operator; 15] = ["=", ":=", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&", "|"];

fn operator<'de, D: Deserializer<'de>>(from: D) -> Result<Operator, D::Error> {
    let text = String::deserialize(from)?;
    let known = OPERATORS.into_iter().find(|known| *known == text);
    known.ok_or_else(|| de::Error::custom(format!("`{text}` is no operator")))
}

impl Module {
    /// `main`, `policies.pods`.
    pub fn namespace(&self) -> String {
        self.package.join(".")
    }
}

impl Rule {
    /// The first name of its head: `deny` of `deny[x]` and of `deny.foo`.
    pub fn root(&self) -> &str {
        match &self.name {
            Expr::Var(name) => name,
            Expr::Ref(base, _) => base.var().unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether it is a rule of this plain name that collects results: `deny contains …`, `deny[…] { … }`, `deny := […]`.
    pub fn is_named(&self, name: &str) -> bool {
        self.name == Expr::Var(name.to_owned()) && !matches!(self.form, Form::Function(..) | Form::Default(..))
    }

    /// The expressions of its head.
    pub fn head(&self) -> Vec<&Expr> {
        let steps = match &self.name {
            Expr::Ref(_, steps) => steps.iter().collect(),
            _ => Vec::new(),
        };
        let form: Vec<&Expr> = match &self.form {
            Form::Set(key) => vec![key],
            Form::Value(value) | Form::Function(_, value) => value.iter().collect(),
            Form::Default(_, value) => vec![value],
        };
        steps.into_iter().chain(form).collect()
    }

    /// The parameters of a function.
    pub fn parameters(&self) -> &[Expr] {
        match &self.form {
            Form::Function(parameters, _) | Form::Default(parameters, _) => parameters,
            _ => &[],
        }
    }
}

impl Expr {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Json::String(text.into()))
    }

    /// The constant that it is.
    pub fn constant(&self) -> Option<Json> {
        match self {
            Self::Scalar(value) => Some(value.clone()),
            Self::Number(text) => serde_json::from_str(text).ok(),
            Self::Array(items) | Self::Set(items) => items.iter().map(Self::constant).collect(),
            Self::Object(members) => {
                let member = |(key, value): &(Self, Self)| Some((key.word()?.to_owned(), value.constant()?));
                members.iter().map(member).collect::<Option<serde_json::Map<_, _>>>().map(Json::Object)
            }
            _ => None,
        }
    }

    /// The expression of a constant.
    pub fn of(value: &Json) -> Self {
        match value {
            Json::Number(number) => Self::Number(number.to_string()),
            Json::Array(items) => Self::Array(items.iter().map(Self::of).collect()),
            Json::Object(members) => {
                Self::Object(members.iter().map(|(key, value)| (Self::text(key.as_str()), Self::of(value))).collect())
            }
            scalar => Self::Scalar(scalar.clone()),
        }
    }

    /// The string that it is.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Scalar(Json::String(word)) => Some(word),
            _ => None,
        }
    }

    /// The name of a variable.
    pub fn var(&self) -> Option<&str> {
        match self {
            Self::Var(name) => Some(name),
            _ => None,
        }
    }

    /// A name with dots that is written out: `lib.pods.hosts`.
    pub fn dotted(&self) -> Option<String> {
        match self {
            Self::Var(name) => Some(name.clone()),
            Self::Ref(base, steps) => {
                steps.iter().try_fold(base.var()?.to_owned(), |name, step| Some(format!("{name}.{}", step.word()?)))
            }
            _ => None,
        }
    }

    /// The expressions right below; the statements of a comprehension are not among them.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Self::Scalar(_) | Self::Number(_) | Self::Var(_) => vec![],
            Self::Array(items) | Self::Set(items) | Self::Call(_, items, _) => items.iter().collect(),
            Self::Object(members) => members.iter().flat_map(|(key, value)| [key, value]).collect(),
            Self::Comprehension(_, key, term, _) => key.iter().map(|key| &**key).chain([&**term]).collect(),
            Self::Ref(base, steps) => std::iter::once(&**base).chain(steps).collect(),
            Self::Binary(_, left, right) => vec![left, right],
            Self::In(key, value, collection) => key.iter().map(|key| &**key).chain([&**value, &**collection]).collect(),
        }
    }

    /// Every expression in it, itself first, with what is in comprehensions.
    pub fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.parts().into_iter().for_each(|part| part.each(visit));
        if let Self::Comprehension(_, _, _, body) = self {
            body.iter().for_each(|statement| statement.each(visit));
        }
    }

    /// The variables in it outside of comprehensions.
    pub fn variables(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.collect_variables(&mut found);
        found
    }

    fn collect_variables<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
        match self {
            Self::Var(name) => {
                found.insert(name);
            }
            Self::Comprehension(..) => {}
            _ => self.parts().into_iter().for_each(|part| part.collect_variables(found)),
        }
    }
}

impl Statement {
    /// A statement without `with`.
    pub fn new(line: u32, literal: Literal) -> Self {
        Self { line, literal, with: Vec::new() }
    }

    /// The expressions right in it; of `every` its domain alone.
    pub fn expressions(&self) -> Vec<&Expr> {
        let with = self.with.iter().flat_map(|(target, value)| [target, value]);
        let own: Vec<&Expr> = match &self.literal {
            Literal::Some(_) => vec![],
            Literal::SomeIn(key, value, collection) => key.iter().chain([value, collection]).collect(),
            Literal::Holds(expr) | Literal::Not(expr) | Literal::Every(_, _, expr, _) => vec![expr],
        };
        own.into_iter().chain(with).collect()
    }

    /// Every expression in it.
    pub fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        self.expressions().into_iter().for_each(|expr| expr.each(visit));
        if let Literal::Every(_, _, _, body) = &self.literal {
            body.iter().for_each(|statement| statement.each(visit));
        }
    }
}
