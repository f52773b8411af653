//! The Rego engine and its guards. The one file that knows regorus.

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use regorus::Value;
use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::Value as Json;

use crate::error::Error;

/// How long one evaluation may take. Ours take under a millisecond; only a defect or an attack comes near this.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// Work between two looks at the clock.
const TIMER_INTERVAL: NonZeroU32 = NonZeroU32::new(1024).unwrap();

/// Policies and data, ready for inputs. A clone shares both.
#[derive(Clone)]
pub struct Engine(regorus::Engine);

impl Engine {
    /// Loads modules (path, text) and the data document.
    pub fn new(modules: &[(String, String)], data: &Json) -> Result<Self, Error> {
        let failed = |what: String, why: String| Error::usage(format!("the policy {what} cannot be loaded: {why}"));
        let mut engine = regorus::Engine::new();
        engine.set_rego_v0(false);
        // OPA makes a failing built-in undefined (spike: regorus is strict unless told).
        engine.set_strict_builtin_errors(false);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit: TIME_LIMIT, check_interval: TIMER_INTERVAL });
        for (path, text) in modules {
            engine.add_policy(path.clone(), text.clone()).map_err(|why| failed(path.clone(), why.to_string()))?;
        }
        engine.add_data(Value::from(data.clone())).map_err(|why| failed("data".to_owned(), why.to_string()))?;
        Ok(Self(engine))
    }

    /// The same policies with another data document.
    pub fn with_data(&self, data: &Json) -> Result<Self, Error> {
        let mut engine = self.0.clone();
        engine.clear_data();
        let added = engine.add_data(Value::from(data.clone()));
        added.map_err(|why| Error::usage(format!("the data of the policies cannot be loaded: {why}")))?;
        Ok(Self(engine))
    }

    /// Sets what the next evaluations see as `input`.
    pub fn set_input(&mut self, input: &Json) {
        self.0.set_input(Value::from(input.clone()));
    }

    /// The value of a rule; null when undefined. Sets come as arrays.
    pub fn rule(&mut self, rule: &str) -> Result<Json, String> {
        // `object.subset` panics on some arguments (regorus 0.14.1); a policy must not take the run with it.
        let evaluated = catch_unwind(AssertUnwindSafe(|| self.0.eval_rule(rule.to_owned())));
        let value = evaluated.map_err(|_| "the policy engine failed".to_owned())?.map_err(|why| why.to_string())?;
        if value == Value::Undefined {
            return Ok(Json::Null);
        }
        serde_json::to_value(&value).map_err(|why| why.to_string())
    }
}
