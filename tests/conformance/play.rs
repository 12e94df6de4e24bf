//! Plays a scenario.

use serde_json::{Value, json};

use crate::compare::same;
use crate::scenario::{Scenario, Step};
use crate::stage::{Stage, Trouble};
use crate::{step, tracking, value};

/// What came of a scenario.
pub(crate) struct Played {
    /// How many steps were performed.
    pub(crate) steps: usize,
    pub(crate) failures: Vec<String>,
}

impl Played {
    /// A scenario that ended in the middle of a step, or before the first.
    pub(crate) fn broken(problem: String) -> Self {
        Self { steps: 0, failures: vec![problem] }
    }
}

/// Performs the steps of a scenario in order.
pub(crate) fn play(scenario: &Scenario) -> Played {
    let mut stage = match start(scenario) {
        Ok(stage) => stage,
        Err(problem) => return Played::broken(problem),
    };
    let mut failures = Vec::new();
    for (place, step) in scenario.steps.iter().enumerate() {
        let result = step::perform(&mut stage, scenario, step);
        if let Some(problem) = problem(result, step) {
            let arguments = Value::Object(step.arguments.clone());
            failures.push(format!("step {place}: {} {arguments}\n{problem}", step.call));
        }
    }
    Played { steps: scenario.steps.len(), failures }
}

/// The platform and, unless the first step creates it, an initialised client.
fn start(scenario: &Scenario) -> Result<Stage, String> {
    let mut stage = Stage::new(scenario)?;
    if scenario.steps.first().is_none_or(|step| step.call != "create") {
        let config = stage.config(&scenario.config);
        let ready = stage.create(&scenario.site_code, config).and_then(|()| stage.wait_init());
        ready.map_err(|error| format!("there is no client: {error}"))?;
    }
    Ok(stage)
}

fn problem(result: Result<Value, Trouble>, step: &Step) -> Option<String> {
    let got = match result {
        Ok(_) if step.expect.is_none() => return None,
        Ok(got) => got,
        Err(Trouble::Error(error)) => json!({"error": value::error_name(&error)}),
        Err(Trouble::Malformed(problem)) => return Some(format!("    {problem}")),
    };
    let expected = step.expect.as_ref().map(|expected| match step.call.as_str() {
        "expect_tracking" => tracking::in_order(expected),
        _ => expected.clone(),
    });
    if expected.as_ref().is_some_and(|expected| same(&got, expected)) {
        return None;
    }
    let expected = expected.map_or_else(|| "success".to_owned(), |expected| expected.to_string());
    Some(format!("    expected {expected}\n    got      {got}"))
}
