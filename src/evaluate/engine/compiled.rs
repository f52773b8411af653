//! Programs: our own policies as `build.rs` has compiled them, two to three times as fast as the engine's interpreter. The policies of
//! users are evaluated by `eval`: default functions, `with`, recursion and variables in the head of a rule mean something else in the compiled
//! form than they do to OPA (regorus 0.14.1).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use regorus::rvm::RegoVM;
use regorus::rvm::program::DeserializationResult;
use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::Value as Json;

use super::{Input, TIME_LIMIT, TIMER_INTERVAL};

/// A rule with what it needs.
#[derive(Clone)]
pub struct Program(Arc<regorus::rvm::Program>);

/// Runs a program; each thread has its own.
pub struct Machine(RegoVM);

impl Program {
    /// Reads what was compiled.
    ///
    /// # Errors
    /// Where the engine is not the one that compiled it.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        match regorus::rvm::Program::deserialize_binary(bytes)? {
            DeserializationResult::Complete(program) => Ok(Self(Arc::new(program))),
            DeserializationResult::Partial(_) => Err("the policies were compiled for another engine".to_owned()),
        }
    }

    /// A machine for it.
    pub fn machine(&self) -> Machine {
        let mut machine = RegoVM::new();
        machine.set_max_instructions(usize::MAX);
        machine.set_execution_timer_config(Some(ExecutionTimerConfig {
            limit: TIME_LIMIT,
            check_interval: TIMER_INTERVAL,
        }));
        machine.load_program(Arc::clone(&self.0));
        Machine(machine)
    }
}

impl Machine {
    /// The value of the rule for a data document and an input. Sets come as arrays.
    ///
    /// # Errors
    /// Why it has none.
    pub fn run(&mut self, data: &Input, input: &Input) -> Result<Json, String> {
        self.0.set_data(data.0.clone()).map_err(|why| why.to_string())?;
        self.0.set_input(input.0.clone());
        // As in the interpreter, a built-in that panics must not take the run with it.
        let run = catch_unwind(AssertUnwindSafe(|| self.0.execute_entry_point_by_index(0)));
        let value = run.map_err(|_| "the policy engine failed".to_owned())?.map_err(|why| why.to_string())?;
        serde_json::to_value(&value).map_err(|why| why.to_string())
    }
}
