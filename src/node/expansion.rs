//! `$(NAME)` in the command, arguments and variables of a container, as the kubelet expands it
//! (k8s.io/kubernetes/third_party/forked/golang/expansion).

use std::collections::BTreeMap;

use crate::model::{Location, Value};

use super::budget::{Budget, SPENT};
use super::template;
use super::view::View;

/// An environment variable of a container.
#[derive(Debug, Clone)]
pub struct Variable {
    /// The value, or why it is not known.
    pub value: Result<String, String>,
    /// Where it is written.
    pub place: Location,
}

/// The environment of a container.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The variables that have an entry of their own.
    pub variables: BTreeMap<String, Variable>,
    /// Why there may be more variables: the container takes all of a ConfigMap or Secret.
    pub open: Option<String>,
    budget: Budget,
}

impl Environment {
    /// An environment of variables that are known already.
    pub fn new(variables: BTreeMap<String, Variable>) -> Self {
        Self { variables, ..Self::default() }
    }

    /// The environment of a container: later entries win, and a value may use the entries before it.
    pub fn of(container: View<'_>) -> Self {
        let open =
            container.get("envFrom").map(|_| "the container takes its environment from another object".to_owned());
        let mut environment = Self { variables: BTreeMap::new(), open, budget: Budget::default() };
        for entry in container.items("env") {
            let value = match (entry.get("valueFrom"), entry.get("value").map(View::value)) {
                (Some(_), _) => Err(format!("the variable `{}` gets its value on the node", entry.text("name"))),
                (None, None) => Ok(String::new()),
                (None, Some(Value::String(text))) => {
                    let (text, unknown) = environment.expand(text);
                    unknown.map_or(Ok(text), Err)
                }
                (None, Some(_)) => Err(format!("the value of the variable `{}` is no string", entry.text("name"))),
            };
            environment
                .variables
                .insert(entry.text("name").to_owned(), Variable { value, place: entry.place_of("value") });
        }
        environment
    }

    /// A text with its variables filled in, and why it is not known in full if so. A variable that does not exist stays as
    /// it is written.
    pub fn expand(&mut self, text: &str) -> (String, Option<String>) {
        let (mut out, mut unknown) = (String::new(), template::reason(text, true));
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let name = from.strip_prefix("$(").and_then(|inner| template::until(inner, ')'));
            if let Some(after) = from.strip_prefix("$$") {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = name {
                let value = self.get(name).map(|value| value.map(str::to_owned).map_err(str::to_owned));
                match value {
                    Some(Ok(value)) if self.budget.take(value.len()) => out.push_str(&value),
                    other => {
                        out.push_str(from.get(..name.len() + 3).unwrap_or_default());
                        let reason = other.map(|value| value.err().unwrap_or_else(|| SPENT.to_owned()));
                        unknown = reason.or(unknown);
                    }
                }
                rest = after;
            } else {
                out.push('$');
                rest = from.get(1..).unwrap_or_default();
            }
        }
        out.push_str(rest);
        (out, unknown)
    }

    /// The value of a variable, or why it is not known; `None` for one that does not exist.
    pub fn get(&self, name: &str) -> Option<Result<&str, &str>> {
        let own = self.variables.get(name).map(|variable| variable.value.as_deref().map_err(String::as_str));
        own.or_else(|| self.open.as_deref().map(Err))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Source;
    use crate::parse::parse;

    #[test]
    fn variables_are_expanded_in_order() {
        let text = "env: [{name: A, value: a}, {name: B, value: '$(A)-$(Z)'}, {name: C, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]";
        let source = Arc::new(Source::new("x", text));
        let document = parse(&source).documents.remove(0).unwrap();
        let mut environment = Environment::of(View::root(&source, &document));
        assert_eq!(environment.expand("--x=$(B) $$(A) $A $("), ("--x=a-$(Z) $(A) $A $(".to_owned(), None));
        assert!(environment.expand("$(C)").1.is_some());
        assert!(environment.expand("{{ x }}").1.is_some());
        let mut open = Environment { open: Some("more".to_owned()), ..environment };
        assert_eq!(open.expand("$(Z)").1.as_deref(), Some("more"));
    }
}
