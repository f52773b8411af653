//! The Rego engine and its guards. This room alone knows regorus.

mod builtins;
mod eval;
mod said;
mod syntax;
mod template;
mod text;
mod value;

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use regorus::{Engine, PolicyLengthConfig};

pub use builtins::{arity, takes_result};
pub use eval::{Evaluator, Plan, Solution};
pub use said::Said;
pub use value::{Input, Interner};

use super::rego::Module;

/// How long one evaluation may take. Ours take under a millisecond; only a defect or an attack comes near this.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The same for a policy of the user, of which there may be many that are slow.
const USER_TIME_LIMIT: Duration = Duration::from_secs(2);
/// The longest line; the engine's own limit is 1024 columns.
const MOST_COLUMNS: NonZeroU32 = NonZeroU32::new(1 << 20).unwrap();

/// Why a text is no policy, or a policy cannot be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The line, where the engine says so.
    pub line: Option<u32>,
    /// What is wrong, as a phrase.
    pub message: String,
    /// Whether it took too long.
    pub is_slow: bool,
}

impl Fault {
    /// Reads the engine's words: `--> file:line:col`, the line with a caret, `error: …`.
    fn of(text: &str) -> Self {
        let place = text.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        let line = place.and_then(|place| place.rsplit(':').nth(1)?.parse().ok());
        let message = text.lines().find_map(|line| line.trim_start().strip_prefix("error: ")).unwrap_or(text);
        let message = message.trim().trim_end_matches('.').to_owned();
        let is_slow = text.contains("execution exceeded time limit") || text.contains("time limit");
        Self { line, message, is_slow }
    }
}

/// Reads a policy of the user, in version 1 of Rego or else in version 0.
///
/// # Errors
/// What is wrong, in the version that was understood further.
pub fn parse(file: &str, text: &str) -> Result<Module, Fault> {
    let fault = |line: u32, message: String| Fault { line: Some(line), message, is_slow: false };
    if let Some((line, import)) = text::unknown_import(text) {
        return Err(fault(line, format!("`import {import}` is not supported")));
    }
    let text = template::spelled_out(&text::with_whole_parts(&text::without_double(text)))?;
    if let Some(line) = text::too_nested(&text) {
        return Err(fault(line, format!("brackets are nested more than {} deep", text::MOST_NESTED)));
    }
    if let Some(line) = text::too_chained(&text) {
        return Err(fault(line, format!("an expression is a chain of more than {} links", text::MOST_CHAINED)));
    }
    let text = &text::mended(&text::with_close_keys(&text));
    let read = |is_v0: bool| {
        let mut engine = Engine::new();
        engine.set_rego_v0(is_v0);
        engine.set_policy_length_config(PolicyLengthConfig { max_col: MOST_COLUMNS, ..PolicyLengthConfig::default() });
        let added = catch_unwind(AssertUnwindSafe(|| engine.add_policy(file.to_owned(), text.to_owned())));
        added.map_err(|_| Fault::of("the policy engine failed"))?.map_err(|why| Fault::of(&why.to_string()))?;
        let module = engine.get_modules().first().map(|module| syntax::module(file, module, is_v0));
        module.ok_or_else(|| Fault::of("there is no policy in it"))
    };
    read(false).or_else(|first| match text::is_new(text) {
        // As version 0 it cannot be meant, and the engine would write warnings to standard error.
        true => Err(first),
        false => read(true).map_err(|second| if second.line > first.line { second } else { first }),
    })
}
