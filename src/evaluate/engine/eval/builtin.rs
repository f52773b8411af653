//! The built-in functions: our own, and those of the engine.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use regorus::Value;
use regorus::unstable::{BUILTINS, Expr, NodeRef, Source, Span};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::super::builtins::EXTENSIONS;

/// What the engine's functions take to tell where they are called, which nobody reads here.
static NOWHERE: LazyLock<Option<(Span, Vec<NodeRef<Expr>>)>> = LazyLock::new(|| {
    let source = Source::from_contents(String::new(), String::new()).ok()?;
    let span = Span { source, line: 1, col: 1, start: 0, end: 0 };
    let argument = || NodeRef::new(Expr::Null { span: span.clone(), value: Value::Null, eidx: 0 });
    Some((span.clone(), (0..MOST_ARGUMENTS).map(|_| argument()).collect()))
});

/// More than any built-in function takes.
const MOST_ARGUMENTS: usize = 12;

/// A built-in function.
#[derive(Clone, Copy)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    code: Code,
}

/// Where it is called, the terms of its arguments, their values, and whether it is strict.
type OfEngine = fn(&Span, &[NodeRef<Expr>], &[Value], bool) -> anyhow::Result<Value>;

#[derive(Clone, Copy)]
enum Code {
    Own(fn(&[Value]) -> anyhow::Result<Value>),
    Engine(OfEngine),
}

impl Builtin {
    /// The function of a name.
    pub fn of(name: &str) -> Option<Self> {
        let own = EXTENSIONS.iter().find(|(known, ..)| *known == name);
        let own = own.map(|(name, _, code)| Self { name, code: Code::Own(*code) });
        let engine = || {
            let (name, (code, _)) = BUILTINS.get_key_value(name)?;
            Some(Self { name, code: Code::Engine(*code) })
        };
        own.or_else(engine)
    }

    /// Whether two calls with the same arguments may differ; OPA asks such functions once.
    pub fn is_fickle(&self) -> bool {
        matches!(self.name, "time.now_ns" | "rand.intn" | "uuid.rfc4122" | "opa.runtime")
    }

    /// Its value; `Undefined` where the arguments do not fit.
    ///
    /// # Errors
    /// Where it refuses to answer.
    pub fn call(&self, arguments: &[Value]) -> Result<Value, String> {
        // Some of them panic on some arguments (regorus 0.14.1); a policy must not take the run with it.
        let called = catch_unwind(AssertUnwindSafe(|| match self.code {
            Code::Own(code) => code(arguments).map_err(|why| why.to_string()),
            Code::Engine(code) => {
                let Some((span, parameters)) = NOWHERE.as_ref() else { return Ok(Value::Undefined) };
                let parameters = parameters.get(..arguments.len()).unwrap_or(parameters);
                // An error of a built-in function is undefined to OPA unless it is asked to be strict.
                Ok(code(span, parameters, arguments, false).unwrap_or(Value::Undefined))
            }
        }));
        called.unwrap_or_else(|_| Err(format!("`{}` failed", self.name)))
    }
}

/// By its name.
impl Serialize for Builtin {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.name.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Builtin {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = <&str>::deserialize(from)?;
        Self::of(name).ok_or_else(|| de::Error::custom(format!("there is no function `{name}`")))
    }
}

impl fmt::Debug for Builtin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}
