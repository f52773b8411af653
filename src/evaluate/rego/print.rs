//! Rego as plain data back to text of version 1, each statement on the line it had, in the form in which the engine means what
//! OPA means (shared/research: where regorus differs).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Bracket, Expr, Form, Literal, Module, Rule, Statement, pattern};

/// The extension that makes `some x in null` have no members, as in OPA; to the engine it is an error.
pub const ITEMS: &str = "portcullis.items";

/// The extension that makes `every x in null` undefined, as in OPA.
pub const DOMAIN: &str = "portcullis.domain";

/// The extension that template strings call.
pub const TEMPLATE: &str = "portcullis.template";

/// The extension that makes a whole number of its digits; the engine reads one beyond 64 bits as a floating one.
pub const NUMBER: &str = "portcullis.number";

/// The extension for `key, value in collection`: a member of a set is its own key in OPA.
pub const MEMBER: &str = "portcullis.member";

/// The extension that lists what `walk` visits: paths and values.
pub const WALK: &str = "portcullis.walk";

/// The words that version 1 reserves and version 0 does not.
const KEYWORDS: [&str; 4] = ["if", "contains", "in", "every"];

/// The text of a whole module.
pub fn module(module: &Module) -> String {
    let mut out = Printer::new(module.hoists);
    out.package(module);
    for rule in &module.rules {
        out.rule(rule);
    }
    for name in objects(module) {
        // An object whose members are all undefined is empty in OPA; to the engine it is undefined.
        out.put(&format!("\n{name}[__key] := __value if some __key, __value in {{}}"));
    }
    out.text
}

/// The names of which a module has single members alone: `limits.web := 1 if …`.
fn objects(module: &Module) -> BTreeSet<String> {
    let member = |rule: &Rule| match (&rule.name, &rule.form) {
        (Expr::Ref(base, steps), Form::Value(_))
            if steps.len() == 1 && steps.iter().all(|step| step.constant().is_some()) =>
        {
            base.var().map(variable)
        }
        _ => None,
    };
    let others: BTreeSet<String> =
        module.rules.iter().filter(|rule| member(rule).is_none()).map(|rule| variable(rule.root())).collect();
    module.rules.iter().filter_map(member).filter(|name| !others.contains(name)).collect()
}

/// Writes Rego.
pub struct Printer {
    /// What is written.
    pub text: String,
    line: u32,
    hoists: bool,
    hoisted: usize,
}

impl Printer {
    /// Nothing is written yet; `hoists` as in [`Module`].
    pub fn new(hoists: bool) -> Self {
        Self { text: String::new(), line: 1, hoists, hoisted: 0 }
    }

    /// The package and the imports of a module.
    pub fn package(&mut self, module: &Module) {
        let path = |names: &[String]| {
            let (first, rest) = names.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
            rest.iter().fold(first.to_owned(), |path, name| path + &step_text(name))
        };
        self.put(&format!("package {}", path(&module.package)));
        for import in &module.imports {
            self.end_line();
            self.put(&format!("import {} as {}", path(&import.path), import.name));
        }
    }

    /// One rule.
    pub fn rule(&mut self, rule: &Rule) {
        let exact = pattern::exact_parameters(rule, &mut self.hoisted);
        let rule = exact.as_ref().unwrap_or(rule);
        self.end_line();
        self.to(rule.line);
        if matches!(rule.form, Form::Default(..)) {
            self.put("default ");
        }
        self.expr(&rule.name);
        match &rule.form {
            Form::Set(key) => {
                self.put(" contains ");
                self.expr(key);
            }
            Form::Value(value) => self.value(value.as_ref()),
            Form::Function(parameters, value) => {
                self.list("(", parameters, ")");
                self.value(value.as_ref());
            }
            Form::Default(parameters, value) => {
                if !parameters.is_empty() {
                    self.list("(", parameters, ")");
                }
                self.value(Some(value));
            }
        }
        for (at, body) in rule.bodies.iter().enumerate() {
            if at > 0 {
                self.put(" else");
                let yes = Expr::Scalar(true.into());
                self.value(Some(body.value.as_ref().unwrap_or(&yes)));
            }
            if !body.statements.is_empty() {
                self.put(" if ");
                self.block(&body.statements);
            }
        }
        let is_condition = matches!(rule.form, Form::Value(None) | Form::Function(_, None));
        if rule.bodies.iter().all(|body| body.statements.is_empty()) && is_condition {
            self.put(" := true");
        }
    }

    /// Statements in braces.
    pub fn block(&mut self, statements: &[Statement]) {
        self.put("{ ");
        self.statements(statements);
        self.put(" }");
    }

    /// Statements, each on its line or behind the one before.
    pub fn statements(&mut self, statements: &[Statement]) {
        let exact: Vec<Statement> =
            statements.iter().flat_map(|statement| pattern::exact(statement, &mut self.hoisted)).collect();
        for (at, statement) in exact.iter().enumerate() {
            if at > 0 {
                self.put("; ");
            }
            self.to(statement.line);
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.literal {
            Literal::Some(names) => {
                let names: Vec<String> = names.iter().map(|name| variable(name)).collect();
                self.put(&format!("some {}", names.join(", ")));
            }
            Literal::SomeIn(key, value, collection) => {
                self.put("some ");
                if let Some(key) = key {
                    self.expr(key);
                    self.put(", ");
                }
                self.expr(value);
                self.put(&format!(" in {ITEMS}("));
                self.expr(collection);
                self.put(")");
            }
            // OPA drops `print` unless it is asked for it.
            Literal::Holds(Expr::Call(name, ..)) if name == "print" => self.put("true"),
            Literal::Holds(expr) => self.expr(expr),
            Literal::Not(expr) if self.hoists => self.negated(&compared(expr), &statement.with),
            Literal::Not(expr) => {
                self.put("not ");
                self.expr(&compared(expr));
            }
            Literal::Every(key, value, domain, body) => {
                self.put("every ");
                if let Some(key) = key {
                    self.put(&format!("{}, ", variable(key)));
                }
                self.put(&format!("{} in {DOMAIN}(", variable(value)));
                self.expr(domain);
                self.put(") ");
                self.block(body);
            }
        }
        self.with(&statement.with);
    }

    fn name(&mut self, word: &str) -> Expr {
        self.hoisted += 1;
        Expr::Var(format!("__{word}{}", self.hoisted))
    }

    /// OPA's compiler (`rewriteDynamics`, nested calls) evaluates the arguments of a negated call or comparison ahead of it.
    fn negated(&mut self, expr: &Expr, with: &[(Expr, Expr)]) {
        let ahead = |out: &mut Self, argument: &Expr| -> Expr {
            if !is_dynamic(argument) {
                return argument.clone();
            }
            let name = out.name("ahead");
            out.expr(&name);
            out.put(" := ");
            out.expr(argument);
            out.with(with);
            out.put("; ");
            name
        };
        let plain = match expr {
            Expr::Call(name, arguments, line) => {
                let arguments = arguments.iter().map(|argument| ahead(self, argument)).collect();
                Expr::Call(name.clone(), arguments, *line)
            }
            // `==` unifies: of a reference only what is in its brackets is evaluated ahead.
            Expr::Binary(op @ "==", left, right) => {
                let [left, right] = [left, right].map(|side| match &**side {
                    Expr::Ref(base, steps) if !matches!(**base, Expr::Call(..)) => {
                        Expr::Ref(base.clone(), steps.iter().map(|step| ahead(self, step)).collect())
                    }
                    other => ahead(self, other),
                });
                Expr::Binary(op, Box::new(left), Box::new(right))
            }
            Expr::Binary(op, left, right) => {
                let (left, right) = (ahead(self, left), ahead(self, right));
                Expr::Binary(op, Box::new(left), Box::new(right))
            }
            Expr::In(key, value, collection) => {
                let key = key.as_ref().map(|key| Box::new(ahead(self, key)));
                let (value, collection) = (ahead(self, value), ahead(self, collection));
                Expr::In(key, Box::new(value), Box::new(collection))
            }
            Expr::Ref(base, steps) => {
                let base = if matches!(**base, Expr::Call(..)) { Box::new(ahead(self, base)) } else { base.clone() };
                Expr::Ref(base, steps.iter().map(|step| ahead(self, step)).collect())
            }
            other => other.clone(),
        };
        self.put("not ");
        self.expr(&plain);
    }

    fn with(&mut self, with: &[(Expr, Expr)]) {
        for (target, value) in with {
            self.put(" with ");
            self.expr(target);
            self.put(" as ");
            self.expr(value);
        }
    }

    /// One expression.
    pub fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Scalar(value) => self.put(&value.to_string()),
            Expr::Number(text) if is_large(text) => self.put(&format!("{NUMBER}(\"{text}\")")),
            Expr::Number(text) => self.put(text),
            Expr::Var(name) => self.put(&variable(name)),
            Expr::Array(items) => self.list("[", items, "]"),
            Expr::Set(items) if items.is_empty() => self.put("set()"),
            Expr::Set(items) => self.list("{", items, "}"),
            Expr::Object(members) => {
                self.put("{");
                for (at, (key, value)) in members.iter().enumerate() {
                    self.put(if at > 0 { ", " } else { "" });
                    self.expr(key);
                    self.put(": ");
                    self.expr(value);
                }
                self.put("}");
            }
            Expr::Comprehension(bracket, key, term, body) => {
                let (open, close) = if *bracket == Bracket::Array { ("[", "]") } else { ("{", "}") };
                self.put(open);
                if let Some(key) = key {
                    self.expr(key);
                    self.put(": ");
                }
                self.expr(term);
                self.put(" | ");
                self.statements(body);
                self.put(close);
            }
            // Each of its pairs in OPA, one after the other; to the engine the list of them.
            Expr::Call(name, arguments, _) if name == "walk" && arguments.len() == 1 => {
                self.list(&format!("{WALK}("), arguments, ")[_]");
            }
            Expr::Call(name, arguments, _) => {
                self.put(name);
                self.list("(", arguments, ")");
            }
            Expr::Ref(base, steps) => {
                self.expr(base);
                for step in steps {
                    match step {
                        Expr::Scalar(serde_json::Value::String(name)) => self.put(&step_text(name)),
                        other => self.list("[", std::slice::from_ref(other), "]"),
                    }
                }
            }
            Expr::Binary(op @ ("=" | ":="), left, right) => {
                self.expr(left);
                self.put(&format!(" {op} "));
                self.expr(right);
            }
            Expr::Binary(op, left, right) if operator(op).is_some() => {
                let name = operator(op).unwrap_or_default();
                self.put(&format!("{name}("));
                self.expr(left);
                self.put(", ");
                self.expr(right);
                self.put(")");
            }
            Expr::Binary(op, left, right) => {
                self.put("(");
                self.expr(left);
                self.put(&format!(" {op} "));
                self.expr(right);
                self.put(")");
            }
            Expr::In(Some(key), value, collection) => {
                self.put(&format!("{MEMBER}("));
                for (at, part) in [key, value, collection].into_iter().enumerate() {
                    self.put(if at > 0 { ", " } else { "" });
                    self.expr(part);
                }
                self.put(")");
            }
            Expr::In(None, value, collection) => {
                self.put("(");
                self.expr(value);
                self.put(" in ");
                self.expr(collection);
                self.put(")");
            }
        }
    }

    fn value(&mut self, value: Option<&Expr>) {
        if let Some(value) = value {
            self.put(" := ");
            self.expr(value);
        }
    }

    fn list(&mut self, open: &str, items: &[Expr], close: &str) {
        self.put(open);
        for (at, item) in items.iter().enumerate() {
            self.put(if at > 0 { ", " } else { "" });
            self.expr(item);
        }
        self.put(close);
    }

    /// Text without a line end.
    pub fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn end_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
            self.line += 1;
        }
    }

    fn to(&mut self, line: u32) {
        while self.line < line {
            self.text.push('\n');
            self.line += 1;
        }
    }
}

/// What is negated binds nothing, so that `=` compares; the engine would bind what a later statement does.
fn compared(expr: &Expr) -> Expr {
    match expr {
        Expr::Binary("=", left, right) => Expr::Binary("==", left.clone(), right.clone()),
        other => other.clone(),
    }
}

fn is_dynamic(expr: &Expr) -> bool {
    match expr {
        Expr::Scalar(_) | Expr::Number(_) | Expr::Var(_) | Expr::Comprehension(..) => false,
        Expr::Ref(..) | Expr::Call(..) | Expr::Binary(..) | Expr::In(..) => true,
        Expr::Array(_) | Expr::Set(_) | Expr::Object(_) => expr.parts().into_iter().any(is_dynamic),
    }
}

/// The extension for an operator that is a built-in function to OPA: what does not fit is undefined there.
fn operator(op: &str) -> Option<&'static str> {
    Some(match op {
        "+" => "portcullis.plus",
        "-" => "portcullis.minus",
        "*" => "portcullis.times",
        "/" => "portcullis.divided",
        "%" => "portcullis.remainder",
        "&" => "portcullis.both",
        "|" => "portcullis.either",
        _ => return None,
    })
}

/// Whether a number is whole and beyond what the engine's parser takes as such.
fn is_large(text: &str) -> bool {
    let is_whole = text.trim_start_matches('-').chars().all(|c| c.is_ascii_digit());
    is_whole && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}

fn variable(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("__{name}") } else { name.to_owned() }
}

fn step_text(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_word);
    let mut text = String::new();
    if is_plain && !KEYWORDS.contains(&name) {
        let _ = write!(text, ".{name}");
    } else {
        let _ = write!(text, "[{}]", serde_json::Value::String(name.to_owned()));
    }
    text
}
