//! A rule comes in, and what is to be done to its parts; the same rule goes out changed.

use super::{Expr, Form, Literal, Rule, Statement};

/// What is done to each part of a rule, the innermost first.
pub struct Change<'a> {
    /// To what a statement says, ahead of the expressions in it.
    pub literal: &'a mut dyn FnMut(&mut Literal),
    /// To an expression.
    pub expr: &'a mut dyn FnMut(&mut Expr),
}

impl Change<'_> {
    /// Changes a rule.
    pub fn rule(&mut self, rule: &mut Rule) {
        match &mut rule.form {
            Form::Set(key) => self.one(key),
            Form::Value(value) | Form::Function(_, value) => value.iter_mut().for_each(|value| self.one(value)),
            Form::Default(_, value) => self.one(value),
        }
        for body in &mut rule.bodies {
            body.value.iter_mut().for_each(|value| self.one(value));
            body.statements.iter_mut().for_each(|statement| self.statement(statement));
        }
    }

    /// Changes a statement.
    pub fn statement(&mut self, statement: &mut Statement) {
        (self.literal)(&mut statement.literal);
        match &mut statement.literal {
            Literal::Some(_) => {}
            Literal::SomeIn(key, value, collection) => {
                key.iter_mut().chain([value, collection]).for_each(|expr| self.one(expr));
            }
            Literal::Holds(expr) | Literal::Not(expr) => self.one(expr),
            Literal::Every(_, _, domain, body) => {
                self.one(domain);
                body.iter_mut().for_each(|statement| self.statement(statement));
            }
        }
        statement.with.iter_mut().for_each(|(_, value)| self.one(value));
    }

    /// Changes an expression.
    pub fn one(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Scalar(_) | Expr::Number(_) | Expr::Var(_) => {}
            Expr::Array(items) | Expr::Set(items) | Expr::Call(_, items, _) => {
                items.iter_mut().for_each(|item| self.one(item));
            }
            Expr::Object(members) => members.iter_mut().for_each(|(key, value)| {
                self.one(key);
                self.one(value);
            }),
            Expr::Comprehension(_, key, term, body) => {
                key.iter_mut().chain([term]).for_each(|expr| self.one(expr));
                body.iter_mut().for_each(|statement| self.statement(statement));
            }
            Expr::Ref(base, steps) => {
                self.one(base);
                steps.iter_mut().for_each(|step| self.one(step));
            }
            Expr::Binary(_, left, right) => [left, right].into_iter().for_each(|expr| self.one(expr)),
            Expr::In(key, value, collection) => {
                key.iter_mut().chain([value, collection]).for_each(|expr| self.one(expr));
            }
        }
        (self.expr)(expr);
    }
}
