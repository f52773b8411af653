//! From the syntax tree of the engine's parser to Rego as plain data.

use regorus::unstable as ast;
use serde_json::Value as Json;

use crate::evaluate::rego::change::Change;
use crate::evaluate::rego::{Body, Bracket, Expr, Form, Import, Literal, Module, Rule, Statement};

/// Reads a module. `is_v0` says that it was parsed as Rego version 0.
pub fn module(file: &str, module: &ast::Module, is_v0: bool) -> Module {
    let imports = module.imports.iter().map(|import| {
        let path = path(&import.refr);
        let last = path.last().cloned().unwrap_or_default();
        Import { name: import.r#as.as_ref().map_or(last, |name| name.text().to_owned()), path }
    });
    let (keywords, imports): (Vec<Import>, Vec<Import>) =
        imports.partition(|import| matches!(import.path.first().map(String::as_str), Some("future" | "rego")));
    let negates_all = |import: &Import| {
        matches!(import.path.get(1..), Some([word]) if word == "keywords")
            && import.path.first().is_some_and(|root| root == "future")
            || import.path == ["future", "keywords", "not"]
    };
    let hoists = !keywords.iter().any(negates_all);
    let mut rules: Vec<Rule> = module.policy.iter().flat_map(|rule| rules(rule, is_v0)).collect();
    let is_own =
        |name: &str| rules.iter().any(|rule| rule.root() == name) || imports.iter().any(|import| import.name == name);
    let operators: Vec<_> = OPERATORS.into_iter().filter(|(name, _)| !is_own(name)).collect();
    let mut as_operator = |expr: &mut Expr| {
        if let Expr::Call(name, arguments, _) = &*expr
            && let Some((_, op)) = operators.iter().find(|(known, _)| known == name)
            && let [left, right] = arguments.as_slice()
        {
            *expr = Expr::Binary(op, Box::new(left.clone()), Box::new(right.clone()));
        }
    };
    let mut change = Change { literal: &mut |_| {}, expr: &mut as_operator };
    rules.iter_mut().for_each(|rule| change.rule(rule));
    if !hoists {
        let mut change = Change { literal: &mut body_of_not, expr: &mut |_| {} };
        rules.iter_mut().for_each(|rule| change.rule(rule));
    }
    Module { file: file.to_owned(), package: path(&module.package.refr), rules, hoists, imports }
}

/// The operators by the names that they have as built-in functions.
const OPERATORS: [(&str, &str); 14] = [
    ("plus", "+"),
    ("minus", "-"),
    ("mul", "*"),
    ("div", "/"),
    ("rem", "%"),
    ("and", "&"),
    ("or", "|"),
    ("eq", "=="),
    ("equal", "=="),
    ("neq", "!="),
    ("lt", "<"),
    ("lte", "<="),
    ("gt", ">"),
    ("gte", ">="),
];

/// With that keyword `not { x }` negates a body, which the engine reads as a set.
fn body_of_not(literal: &mut Literal) {
    if let Literal::Not(Expr::Set(items)) = literal
        && let [only] = items.as_slice()
    {
        *literal = Literal::Not(only.clone());
    }
}

fn path(expr: &ast::Expr) -> Vec<String> {
    match expr {
        ast::Expr::RefDot { refr, field, .. } => {
            let mut path = path(refr);
            path.push(field.0.text().to_owned());
            path
        }
        ast::Expr::RefBrack { refr, index, .. } => {
            let mut path = path(refr);
            path.extend(text(index));
            path
        }
        other => text(other).into_iter().collect(),
    }
}

fn text(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::String { value, .. } | ast::Expr::RawString { value, .. } => {
            value.as_string().ok().map(|text| text.to_string())
        }
        ast::Expr::Var { span, .. } => Some(span.text().to_owned()),
        _ => None,
    }
}

/// A rule of version 0 may have several bodies that stand side by side: each is a rule of its own.
fn rules(rule: &ast::Rule, is_v0: bool) -> Vec<Rule> {
    let span = rule.span();
    let lines = span.text().trim_end().matches('\n').count();
    let end = span.line + u32::try_from(lines).unwrap_or_default();
    match rule {
        ast::Rule::Default { refr, args, value, .. } => {
            let form = Form::Default(args.iter().map(|arg| expr(arg)).collect(), expr(value));
            vec![Rule { line: span.line, end, name: expr(refr), form, bodies: vec![] }]
        }
        ast::Rule::Spec { head, bodies, .. } => {
            let (name, form) = self::head(head, is_v0);
            let mut found: Vec<Rule> = Vec::new();
            for part in bodies {
                let value = part.assign.as_ref().map(|assign| expr(&assign.value));
                let body = Body { value, statements: statements(&part.query) };
                match found.last_mut().filter(|_| part.is_else) {
                    Some(last) => last.bodies.push(body),
                    None => found.push(Rule {
                        line: if found.is_empty() { span.line } else { part.span.line },
                        end,
                        name: name.clone(),
                        form: form.clone(),
                        bodies: vec![body],
                    }),
                }
            }
            if found.is_empty() {
                found.push(Rule { line: span.line, end, name, form, bodies: vec![] });
            }
            found
        }
    }
}

fn head(head: &ast::RuleHead, is_v0: bool) -> (Expr, Form) {
    let value = |assign: &Option<ast::RuleAssign>| assign.as_ref().map(|assign| expr(&assign.value));
    match head {
        ast::RuleHead::Compr { refr, assign, .. } => (expr(refr), Form::Value(value(assign))),
        ast::RuleHead::Set { refr, key: Some(key), .. } => (expr(refr), Form::Set(expr(key))),
        // `p.q { … }` of version 0 is a set with the member "q".
        ast::RuleHead::Set { refr, key: None, .. } => match expr(refr) {
            Expr::Ref(base, mut steps) if is_v0 && steps.len() == 1 => {
                (*base, Form::Set(steps.pop().unwrap_or(Expr::Scalar(Json::Null))))
            }
            name => (name, Form::Value(None)),
        },
        ast::RuleHead::Func { refr, args, assign, .. } => {
            (expr(refr), Form::Function(args.iter().map(|arg| expr(arg)).collect(), value(assign)))
        }
    }
}

fn statements(query: &ast::Query) -> Vec<Statement> {
    let statement = |statement: &ast::LiteralStmt| {
        let literal = match &statement.literal {
            ast::Literal::SomeVars { vars, .. } => {
                Literal::Some(vars.iter().map(|name| name.text().to_owned()).collect())
            }
            ast::Literal::SomeIn { key, value, collection, .. } => {
                Literal::SomeIn(key.as_ref().map(|key| expr(key)), expr(value), expr(collection))
            }
            ast::Literal::Expr { expr: inner, .. } => Literal::Holds(expr(inner)),
            ast::Literal::NotExpr { expr: inner, .. } => Literal::Not(expr(inner)),
            ast::Literal::Every { key, value, domain, query, .. } => Literal::Every(
                key.as_ref().map(|key| key.text().to_owned()),
                value.text().to_owned(),
                expr(domain),
                statements(query),
            ),
        };
        let with = statement.with_mods.iter().map(|with| (expr(&with.refr), expr(&with.r#as))).collect();
        Statement { line: statement.span.line, literal, with }
    };
    query.stmts.iter().map(statement).collect()
}

fn exprs(items: &[ast::ExprRef]) -> Vec<Expr> {
    items.iter().map(|item| expr(item)).collect()
}

fn boxed(inner: &ast::Expr) -> Box<Expr> {
    Box::new(expr(inner))
}

fn expr(from: &ast::Expr) -> Expr {
    use ast::Expr as E;
    match from {
        E::String { value, .. } | E::RawString { value, .. } | E::Bool { value, .. } | E::Null { value, .. } => {
            Expr::Scalar(serde_json::to_value(value).unwrap_or_default())
        }
        E::Number { span, .. } => Expr::Number(span.text().to_owned()),
        E::Var { span, .. } => Expr::Var(span.text().to_owned()),
        E::Array { items, .. } => Expr::Array(exprs(items)),
        E::Set { items, .. } => Expr::Set(exprs(items)),
        E::Object { fields, .. } => {
            Expr::Object(fields.iter().map(|(_, key, value)| (expr(key), expr(value))).collect())
        }
        E::ArrayCompr { term, query, .. } => Expr::Comprehension(Bracket::Array, None, boxed(term), statements(query)),
        E::SetCompr { term, query, .. } => Expr::Comprehension(Bracket::Set, None, boxed(term), statements(query)),
        E::ObjectCompr { key, value, query, .. } => {
            Expr::Comprehension(Bracket::Object, Some(boxed(key)), boxed(value), statements(query))
        }
        E::Call { span, fcn, params, .. } => Expr::Call(path(fcn).join("."), exprs(params), span.line),
        E::UnaryExpr { expr: inner, .. } => match expr(inner) {
            Expr::Number(text) => Expr::Number(format!("-{text}")),
            other => Expr::Binary("-", Box::new(Expr::Number("0".to_owned())), Box::new(other)),
        },
        E::RefDot { refr, field, .. } => step(expr(refr), Expr::text(field.0.text())),
        E::RefBrack { refr, index, .. } => step(expr(refr), expr(index)),
        E::BinExpr { op, lhs, rhs, .. } => {
            let op = match op {
                ast::BinOp::Intersection => "&",
                ast::BinOp::Union => "|",
            };
            Expr::Binary(op, boxed(lhs), boxed(rhs))
        }
        E::BoolExpr { op, lhs, rhs, .. } => {
            let op = match op {
                ast::BoolOp::Lt => "<",
                ast::BoolOp::Le => "<=",
                ast::BoolOp::Eq => "==",
                ast::BoolOp::Ge => ">=",
                ast::BoolOp::Gt => ">",
                ast::BoolOp::Ne => "!=",
            };
            Expr::Binary(op, boxed(lhs), boxed(rhs))
        }
        E::ArithExpr { op, lhs, rhs, .. } => {
            let op = match op {
                ast::ArithOp::Add => "+",
                ast::ArithOp::Sub => "-",
                ast::ArithOp::Mul => "*",
                ast::ArithOp::Div => "/",
                ast::ArithOp::Mod => "%",
            };
            Expr::Binary(op, boxed(lhs), boxed(rhs))
        }
        E::AssignExpr { op, lhs, rhs, .. } => {
            let op = match op {
                ast::AssignOp::Eq => "=",
                ast::AssignOp::ColEq => ":=",
            };
            Expr::Binary(op, boxed(lhs), boxed(rhs))
        }
        E::Membership { key, value, collection, .. } => {
            Expr::In(key.as_ref().map(|key| boxed(key)), boxed(value), boxed(collection))
        }
    }
}

fn step(base: Expr, step: Expr) -> Expr {
    match base {
        Expr::Ref(base, mut steps) => {
            steps.push(step);
            Expr::Ref(base, steps)
        }
        base => Expr::Ref(Box::new(base), vec![step]),
    }
}
