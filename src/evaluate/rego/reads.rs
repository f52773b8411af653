//! What rules read of their input, as far as their text tells: modules come in, the members that they name go out.

use super::{Expr, Literal, Module, Rule, Statement};
use crate::model::Reads;

/// Members that locating asks an object for, whatever the policies read: whether it is an object of Kubernetes, what it is called, and
/// whether it is the request of an admission controller.
const LOCATED_BY: [&str; 5] = ["kind", "name", "object", "request", "review"];

/// What these modules read of `input`, and what locating does. Of `input.spec.containers[_]` it is `spec.containers`; who names `input`
/// alone reads all of it.
pub fn reads(modules: &[Module]) -> Reads {
    let mut reads = Reads::nothing();
    for module in modules {
        // The name of an import stands for what is there.
        let imports = module.imports.iter().filter_map(|import| import.path.split_first());
        imports.filter(|(root, _)| *root == "input").for_each(|(_, path)| reads.add(path.iter().map(String::as_str)));
        module.rules.iter().for_each(|rule| of_rule(rule, &mut reads));
    }
    reads.add_everywhere(&LOCATED_BY);
    reads
}

fn of_rule(rule: &Rule, reads: &mut Reads) {
    let values = rule.bodies.iter().flat_map(|body| &body.value);
    rule.head().into_iter().chain(rule.parameters()).chain(values).for_each(|expr| of(expr, reads));
    rule.bodies.iter().flat_map(|body| &body.statements).for_each(|statement| of_statement(statement, reads));
}

fn of_statement(statement: &Statement, reads: &mut Reads) {
    // `with input as …` puts something in its place, and reads nothing.
    let is_target = |expr: &Expr| statement.with.iter().any(|(target, _)| std::ptr::eq(target, expr));
    let is_given = |expr: &Expr| expr.var() == Some("input") && is_target(expr);
    statement.expressions().into_iter().filter(|expr| !is_given(expr)).for_each(|expr| of(expr, reads));
    if let Literal::Every(_, _, _, body) = &statement.literal {
        body.iter().for_each(|statement| of_statement(statement, reads));
    }
}

fn of(expr: &Expr, reads: &mut Reads) {
    match expr {
        Expr::Ref(base, steps) if base.var() == Some("input") => {
            reads.add(steps.iter().map_while(Expr::word));
            steps.iter().for_each(|step| of(step, reads));
        }
        Expr::Var(name) if name == "input" => *reads = Reads::Whole,
        _ => expr.parts().into_iter().for_each(|part| of(part, reads)),
    }
    if let Expr::Comprehension(_, _, _, body) = expr {
        body.iter().for_each(|statement| of_statement(statement, reads));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::engine;
    use crate::model::Part;
    use serde_json::{Value as Json, json};

    /// What of this input a module reads.
    fn part(text: &str, input: &Json) -> Json {
        let module = engine::parse("p.rego", &format!("package main\n{text}\n")).unwrap();
        json!(Part { value: input, reads: &reads(&[module]) })
    }

    #[test]
    fn what_the_text_names_is_read() {
        let input = json!({"a": {"b": {"c": 1}, "d": [{"e": 1, "f": 2}]}, "g": {"h": 1}, "kind": "Pod"});
        let cases = [
            ("deny contains \"x\" if input.a.b.c == 1", json!({"a": {"b": {"c": 1}}, "kind": "Pod"})),
            ("deny contains \"x\" if input.a[\"b\"]", json!({"a": {"b": {"c": 1}}, "kind": "Pod"})),
            ("deny contains x.e if some x in input.a.d", json!({"a": {"d": [{"e": 1, "f": 2}]}, "kind": "Pod"})),
            ("deny contains input.a.d[0].e", json!({"a": {"d": [{"e": 1, "f": 2}]}, "kind": "Pod"})),
            ("deny contains x if { x := input.g[_] }", json!({"g": {"h": 1}, "kind": "Pod"})),
            (
                "deny contains \"x\" if every x in input.g { x == input.a.b }",
                json!({"a": {"b": {"c": 1}}, "g": {"h": 1}, "kind": "Pod"}),
            ),
            ("deny contains [x | x := input.g.h]", json!({"g": {"h": 1}, "kind": "Pod"})),
            ("deny := [] if false else := [input.g]", json!({"g": {"h": 1}, "kind": "Pod"})),
            ("deny contains f(input.g)\nf(x) := x", json!({"g": {"h": 1}, "kind": "Pod"})),
            ("deny contains data.names[input.g.h]", json!({"g": {"h": 1}, "kind": "Pod"})),
            ("import input.g as the\ndeny contains the", json!({"g": {"h": 1}, "kind": "Pod"})),
            ("deny contains \"x\" if not data.lib.fine with input as input.g", json!({"g": {"h": 1}, "kind": "Pod"})),
            ("deny contains \"x\" if data.lib.fine with input.g as 1", json!({"g": {"h": 1}, "kind": "Pod"})),
        ];
        for (text, expected) in cases {
            assert_eq!(part(text, &input), expected, "{text}");
        }
    }

    #[test]
    fn who_names_the_input_alone_reads_all_of_it() {
        let input = json!({"a": 1, "b": {"c": 2}});
        let texts = [
            "deny contains \"x\" if { walk(input, [_, \"y\"]) }",
            "deny contains \"x\" if object.get(input, \"a\", 0) == 1",
            "deny contains \"x\" if input[_] == 1",
            "deny contains \"x\" if { key := \"a\"; input[key] }",
            "deny contains \"x\" if { it := input; it.a }",
            "deny contains \"x\" if { some key, _ in input }",
            "import input as it\ndeny contains it.a",
            "deny contains sprintf(\"%v\", [input])",
            "deny contains \"x\" if data.lib.fine with input as object.union(input, {})",
        ];
        for text in texts {
            assert_eq!(part(text, &input), input, "{text}");
        }
    }
}
