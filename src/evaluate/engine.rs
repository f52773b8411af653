//! The Rego engine and its guards. This room alone knows regorus.

mod builtins;
mod compiled;
mod syntax;
mod value;

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{PolicyLengthConfig, Value};
use serde_json::Value as Json;

pub use builtins::{arity, takes_result};
pub use compiled::{Compiled, Machine};
pub use value::Input;

use super::rego::Module;

/// How long one evaluation may take. Ours take under a millisecond; only a defect or an attack comes near this.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The same for a policy of the user, of which there may be many that are slow.
const USER_TIME_LIMIT: Duration = Duration::from_secs(2);
/// Work between two looks at the clock.
const TIMER_INTERVAL: NonZeroU32 = NonZeroU32::new(1024).unwrap();
/// Deeper brackets are refused: the parser needs twice the time for each level (regorus 0.14.1).
const MOST_NESTED: usize = 14;
/// The longest line; the engine's own limit is 1024 columns.
const MOST_COLUMNS: NonZeroU32 = NonZeroU32::new(1 << 20).unwrap();

/// Policies and data, ready for inputs. A clone shares both.
#[derive(Clone)]
pub struct Engine(regorus::Engine);

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

impl Engine {
    /// Loads modules (path, text) and the data document.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn new<'a>(modules: impl IntoIterator<Item = (&'a str, &'a str)>, data: &Json) -> Result<Self, String> {
        let mut engine = Self::empty(TIME_LIMIT);
        for (path, text) in modules {
            engine.0.add_policy(path.to_owned(), text.to_owned()).map_err(|why| why.to_string())?;
        }
        engine.0.add_data(value::of(data)).map_err(|why| why.to_string())?;
        Ok(engine)
    }

    /// Loads modules of the user, with the built-ins of OPA that the engine lacks.
    ///
    /// # Errors
    /// The file, and what is wrong with it.
    pub fn of_user(modules: &[(String, String)], data: &Json) -> Result<Self, (String, Fault)> {
        let mut engine = Self::empty(USER_TIME_LIMIT);
        for (name, takes, function) in builtins::EXTENSIONS {
            let added =
                engine.0.add_extension(name.to_owned(), takes, Box::new(move |args: Vec<Value>| function(&args)));
            added.map_err(|why| (name.to_owned(), Fault::of(&why.to_string())))?;
        }
        for (path, text) in modules {
            let added = engine.0.add_policy(path.clone(), text.clone());
            added.map_err(|why| (path.clone(), Fault::of(&why.to_string())))?;
        }
        let added = engine.0.add_data(value::of(data));
        added.map_err(|why| ("data".to_owned(), Fault::of(&why.to_string())))?;
        Ok(engine)
    }

    fn empty(limit: Duration) -> Self {
        let mut engine = regorus::Engine::new();
        engine.set_rego_v0(false);
        // OPA makes a failing built-in undefined (spike: regorus is strict unless told).
        engine.set_strict_builtin_errors(false);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit, check_interval: TIMER_INTERVAL });
        engine.set_policy_length_config(PolicyLengthConfig { max_col: MOST_COLUMNS, ..PolicyLengthConfig::default() });
        Self(engine)
    }

    /// Notes from now on which lines are evaluated.
    pub fn cover(&mut self) {
        self.0.set_enable_coverage(true);
    }

    /// The lines of each file that were evaluated, and the ones that were not.
    pub fn covered(&self) -> Vec<(String, Vec<u32>, Vec<u32>)> {
        let files = self.0.get_coverage_report().map(|report| report.files).unwrap_or_default();
        let lines = |lines: std::collections::BTreeSet<u32>| lines.into_iter().collect();
        files.into_iter().map(|file| (file.path, lines(file.covered), lines(file.not_covered))).collect()
    }

    /// The same policies with another data document.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn with_data(&self, data: &Json) -> Result<Self, String> {
        let mut engine = self.0.clone();
        engine.clear_data();
        engine.add_data(value::of(data)).map_err(|why| why.to_string())?;
        Ok(Self(engine))
    }

    /// Sets what the next evaluations see as `input`.
    pub fn set_input(&mut self, input: &Json) {
        self.0.set_input(value::of(input));
    }

    /// The same with an input that was converted before.
    pub fn set(&mut self, input: Input) {
        self.0.set_input(input.0);
    }

    /// The value of a rule; null when undefined. Sets come as arrays.
    pub fn rule(&mut self, rule: &str) -> Result<Json, String> {
        self.value(rule).map_err(|fault| fault.message)
    }

    /// The same, with what the engine says of a failure.
    pub fn value(&mut self, rule: &str) -> Result<Json, Fault> {
        // `object.subset` panics on some arguments (regorus 0.14.1); a policy must not take the run with it.
        let evaluated = catch_unwind(AssertUnwindSafe(|| self.0.eval_rule(rule.to_owned())));
        let value = evaluated.map_err(|_| Fault::of("the policy engine failed"))?;
        let value = value.map_err(|why| Fault::of(&why.to_string()))?;
        if value == Value::Undefined {
            return Ok(Json::Null);
        }
        serde_json::to_value(&value).map_err(|why| Fault::of(&why.to_string()))
    }
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
    if let Some(line) = too_nested(text) {
        let message = format!("brackets are nested more than {MOST_NESTED} deep");
        return Err(Fault { line: Some(line), message, is_slow: false });
    }
    let text = &mended(&without_double(text));
    let read = |is_v0: bool| {
        let mut engine = Engine::empty(USER_TIME_LIMIT).0;
        engine.set_rego_v0(is_v0);
        let added = catch_unwind(AssertUnwindSafe(|| engine.add_policy(file.to_owned(), text.to_owned())));
        added.map_err(|_| Fault::of("the policy engine failed"))?.map_err(|why| Fault::of(&why.to_string()))?;
        let module = engine.get_modules().first().map(|module| syntax::module(file, module, is_v0));
        module.ok_or_else(|| Fault::of("there is no policy in it"))
    };
    read(false).or_else(|first| match is_new(text) {
        // As version 0 it cannot be meant, and the engine would write warnings to standard error.
        true => Err(first),
        false => read(true).map_err(|second| if second.line > first.line { second } else { first }),
    })
}

/// Whether a text uses the keywords of version 1 without an import that would make them such in version 0.
fn is_new(text: &str) -> bool {
    let code = code(text);
    let mut lines = code.lines();
    if lines.clone().any(|line| line.trim_start().starts_with("import future.keywords")) {
        return false;
    }
    lines.any(|line| {
        let is_rule = !line.starts_with(char::is_whitespace);
        let mut words = line.split_whitespace().skip(1);
        line.trim() == "import rego.v1" || (is_rule && words.any(|word| matches!(word, "if" | "contains")))
    })
}

/// The text without `import rego.v1` where `future.keywords` is imported as well: OPA takes both, the engine one of them.
fn without_double(text: &str) -> String {
    let is_v1 = |line: &str| line.trim() == "import rego.v1";
    if !text.lines().any(|line| line.trim_start().starts_with("import future.keywords")) {
        return text.to_owned();
    }
    text.lines().map(|line| if is_v1(line) { "\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// The text with spaces for what is in strings and comments: every byte has its place.
fn code(text: &str) -> String {
    let (mut kept, mut quote, mut is_comment, mut is_escaped) = (String::new(), None, false, false);
    for character in text.chars() {
        let is_code = match (quote, character) {
            (_, '\n') => {
                quote = quote.filter(|open| *open == '`');
                (is_comment, is_escaped) = (false, false);
                true
            }
            _ if is_comment => false,
            (Some('"'), _) if is_escaped => {
                is_escaped = false;
                false
            }
            (Some('"'), '\\') => {
                is_escaped = true;
                false
            }
            (Some(open), _) => {
                quote = quote.filter(|_| open != character);
                false
            }
            (None, '#') => {
                is_comment = true;
                false
            }
            (None, '"' | '`') => {
                quote = Some(character);
                false
            }
            (None, _) => true,
        };
        if is_code {
            kept.push(character);
        } else {
            kept.extend(std::iter::repeat_n(' ', character.len_utf8()));
        }
    }
    kept
}

/// The text in the form that the engine's parser takes, each line where it was: `:= true` behind facts such as `is_old("v1")`, the head
/// before the second body of a rule of version 0, `;` before a statement that begins with a parenthesis (which would call what
/// the line before ends with), and imports that come after rules beside the package.
fn mended(text: &str) -> String {
    let code = code(text);
    let lines: Vec<&str> = code.lines().collect();
    let goes_on = |at: usize| {
        let next = lines.iter().skip(at + 1).map(|line| line.trim()).find(|line| !line.is_empty()).unwrap_or_default();
        ["{", "=", ":=", "else", "if"].iter().any(|word| next.starts_with(word))
    };
    let is_fact = |at: usize, line: &str| {
        let name = line.split('(').next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let mut depth = 0_i32;
        let closes = line.char_indices().find_map(|(place, character)| {
            depth += i32::from(character == '(') - i32::from(character == ')');
            (depth == 0 && character == ')').then_some(place)
        });
        let starts = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        starts && name.chars().all(is_name) && closes.is_some_and(|place| place + 1 == line.len()) && !goes_on(at)
    };
    let is_word = |line: &&str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_rule = |line: &&str| is_word(line) && !line.starts_with("package ") && !line.starts_with("import ");
    let first_rule = lines.iter().position(is_rule).unwrap_or(lines.len());
    let is_late = |at: usize, line: &str| at > first_rule && line.starts_with("import ");
    let late: Vec<&str> =
        lines.iter().enumerate().filter(|(at, line)| is_late(*at, line)).map(|(_, line)| *line).collect();
    let (mut whole, mut head) = (String::new(), "");
    for ((at, line), code) in text.lines().enumerate().zip(&lines) {
        let end = code.trim_end();
        let before =
            lines.get(..at).unwrap_or_default().iter().rev().map(|line| line.trim()).find(|line| !line.is_empty());
        let is_operand = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ')' | ']');
        if end.starts_with(|c: char| c.is_ascii_alphabetic()) && end.ends_with('{') {
            head = line.get(..end.len()).unwrap_or_default();
        }
        match line.split_at_checked(end.len()) {
            Some(_) if is_late(at, end) => whole.push('\n'),
            Some((package, rest)) if !late.is_empty() && package.starts_with("package ") => {
                whole.push_str(&format!("{package} {}{rest}\n", late.join(" ")));
            }
            Some((fact, rest)) if is_fact(at, end) => whole.push_str(&format!("{fact} := true{rest}\n")),
            Some((_, rest)) if end == "} {" && !head.is_empty() => whole.push_str(&format!("}} {head}{rest}\n")),
            _ if end.trim_start().starts_with('(') && before.is_some_and(|line| line.ends_with(is_operand)) => {
                whole.push_str(&format!("; {}\n", line.trim_start()));
            }
            _ => whole.push_str(&format!("{line}\n")),
        }
    }
    whole
}

/// The first line where brackets are nested too deep; those in strings and comments do not count.
fn too_nested(text: &str) -> Option<u32> {
    let mut depth = 0_usize;
    let mut is_deep = |line: &str| {
        line.chars().any(|character| {
            match character {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > MOST_NESTED
        })
    };
    (1..).zip(code(text).lines()).find_map(|(number, line)| is_deep(line).then_some(number))
}
