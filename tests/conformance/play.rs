//! Plays a scenario.

#![allow(deprecated, reason = "deprecated methods are part of the scenarios")]

use std::thread;
use std::time::Duration;

use kameleoon::{
    AddDataOptions, Data, EvaluationOptions, ForcedVariationOptions, KameleoonClient, KameleoonClientConfig,
    KameleoonError, UniqueIdentifier, VariationsOptions,
};
use serde_json::{Map, Value, json};

use crate::argument::{Arguments, Malformed};
use crate::compare::same;
use crate::scenario::{Scenario, Step};
use crate::{data, value};

/// What came of a scenario.
pub(crate) struct Played {
    /// How many steps were performed.
    pub(crate) steps: usize,
    /// How many steps were not, since what they need is not there yet.
    pub(crate) not_run: usize,
    pub(crate) failures: Vec<String>,
}

impl Played {
    /// A scenario that ended in the middle of a step.
    pub(crate) fn broken(problem: String) -> Self {
        Self { steps: 0, not_run: 0, failures: vec![problem] }
    }
}

/// Why a step gave no result.
enum Trouble {
    Error(KameleoonError),
    Malformed(Malformed),
    /// What the call needs is not there yet.
    NotYet {
        /// Whether later steps can do without.
        goes_on: bool,
    },
}

impl From<KameleoonError> for Trouble {
    fn from(error: KameleoonError) -> Self {
        Self::Error(error)
    }
}

impl From<Malformed> for Trouble {
    fn from(problem: Malformed) -> Self {
        Self::Malformed(problem)
    }
}

/// Performs the steps of a scenario in order.
pub(crate) fn play(scenario: &Scenario) -> Played {
    let mut played = Played { steps: 0, not_run: 0, failures: Vec::new() };
    let starts_by_itself = scenario.steps.first().is_some_and(|step| step.call == "create");
    if starts_by_itself || scenario.data_file.is_null() {
        played.not_run = scenario.steps.len();
        return played;
    }
    let client = match client(scenario) {
        Ok(client) => client,
        Err(error) => return Played::broken(format!("the client could not be made: {error}")),
    };
    for (place, step) in scenario.steps.iter().enumerate() {
        let problem = match (perform(&client, scenario, step), &step.expect) {
            (Err(Trouble::NotYet { goes_on: true }), _) => {
                played.not_run += 1;
                continue;
            }
            (Err(Trouble::NotYet { goes_on: false }), _) => {
                played.not_run += scenario.steps.len() - place;
                break;
            }
            (Err(Trouble::Malformed(problem)), _) => Some(problem),
            (Err(Trouble::Error(error)), expected) => {
                let got = json!({"error": value::error_name(&error)});
                (expected.as_ref() != Some(&got)).then(|| difference(expected.as_ref(), &got))
            }
            (Ok(_), None) => None,
            (Ok(got), Some(expected)) => (!same(&got, expected)).then(|| difference(Some(expected), &got)),
        };
        played.steps += 1;
        if let Some(problem) = problem {
            let arguments = Value::Object(step.arguments.clone());
            played.failures.push(format!("step {place}: {} {arguments}\n{problem}", step.call));
        }
    }
    played
}

fn difference(expected: Option<&Value>, got: &Value) -> String {
    let expected = expected.map_or_else(|| "success".to_owned(), Value::to_string);
    format!("    expected {expected}\n    got      {got}")
}

fn client(scenario: &Scenario) -> Result<KameleoonClient, KameleoonError> {
    let text = |name| scenario.config.get(name).and_then(Value::as_str);
    let mut config = KameleoonClientConfig::new(
        text("client_id").unwrap_or_default(),
        text("client_secret").unwrap_or_default(),
    );
    if let Some(environment) = text("environment") {
        config = config.environment(environment);
    }
    if let Some(domain) = text("top_level_domain") {
        config = config.top_level_domain(domain);
    }
    let data_file = scenario
        .data_file
        .to_string()
        .replace("$SDK_NAME", "RUST")
        .replace("$SDK_VERSION", env!("CARGO_PKG_VERSION"));
    KameleoonClient::offline_with(data_file, config)
}

/// Performs one step; the result is what the step's `expect` is compared with.
fn perform(client: &KameleoonClient, scenario: &Scenario, step: &Step) -> Result<Value, Trouble> {
    let arguments = Arguments(&step.arguments);
    let visitor = || arguments.text("visitor_code");
    let feature = || arguments.text("feature_key");
    if let Some(is_unique) = arguments.flag("is_unique_identifier")? {
        client.add_data(visitor()?, UniqueIdentifier::new(is_unique))?;
    }
    let track = arguments.flag("track")?.unwrap_or(true);
    Ok(match step.call.as_str() {
        "add_data" => {
            let items: Vec<Data> =
                arguments.list("data")?.iter().map(data::read).collect::<Result<_, _>>()?;
            client.add_data_with(visitor()?, items, AddDataOptions::new().track(track))?;
            Value::Null
        }
        "get_variation" => {
            let options = EvaluationOptions::new().track(track);
            let variation = client.get_variation_with(visitor()?, feature()?, options)?;
            json!({"variation": value::variation(&variation, scenario.record_name)})
        }
        "get_variations" => {
            let only_active = arguments.flag("only_active")?.unwrap_or(false);
            let options = VariationsOptions::new().only_active(only_active).track(track);
            let variations = client.get_variations_with(visitor()?, options)?;
            json!({"variations": value::variations(&variations, scenario.record_name)})
        }
        "is_feature_active" => {
            let options = EvaluationOptions::new().track(track);
            json!({"value": client.is_feature_active_with(visitor()?, feature()?, options)?})
        }
        "get_feature_list" => json!({"list": value::keys(client.get_feature_list())}),
        "get_active_feature_list_for_visitor" => {
            json!({"list": value::keys(client.get_active_feature_list_for_visitor(visitor()?))})
        }
        "get_active_features" => {
            let variations = client.get_active_features(visitor()?)?;
            json!({"variations": value::variations(&variations, scenario.record_name)})
        }
        "get_feature_variation_key" => {
            json!({"value": client.get_feature_variation_key(visitor()?, feature()?)?})
        }
        "get_feature_variable" => {
            let key = arguments.text("variable_key")?;
            json!({"value": client.get_feature_variable(visitor()?, feature()?, key)?})
        }
        "get_feature_variation_variables" => {
            let variables =
                client.get_feature_variation_variables(feature()?, arguments.text("variation_key")?)?;
            json!({"value": variables.into_iter().collect::<Map<_, _>>()})
        }
        "set_forced_variation" => {
            let mut options = ForcedVariationOptions::new();
            if let Some(force_targeting) = arguments.flag("force_targeting")? {
                options = options.force_targeting(force_targeting);
            }
            let experiment_id = arguments.integer("experiment_id")?;
            let key = arguments.optional_text("variation_key")?;
            client.set_forced_variation_with(visitor()?, experiment_id, key, options)?;
            Value::Null
        }
        "evaluate_audiences" => {
            client.evaluate_audiences(visitor()?)?;
            Value::Null
        }
        "variation_keys" => variation_keys(client, arguments)?,
        "assignments" => {
            let variations = client.get_variations_with(visitor()?, VariationsOptions::new().track(false))?;
            let assigned: Map<String, Value> = variations
                .iter()
                .map(|(key, variation)| (key.to_owned(), value::with_ids(variation, "-").into()))
                .collect();
            json!({"assigned": assigned})
        }
        "sleep" => {
            let milliseconds = arguments.integer("ms")?;
            thread::sleep(Duration::from_millis(milliseconds.unsigned_abs()));
            Value::Null
        }
        "track_conversion" => {
            // The effect on evaluation; that it is sent is another matter.
            client.add_data(visitor()?, data::conversion(arguments)?)?;
            return Err(Trouble::NotYet { goes_on: true });
        }
        // Of the calls that need the network, these change nothing that evaluation reads.
        "flush"
        | "expect_tracking"
        | "expect_config_request"
        | "get_remote_data"
        | "get_engine_tracking_code" => return Err(Trouble::NotYet { goes_on: true }),
        "create"
        | "wait_init"
        | "get_visitor_code"
        | "set_legal_consent"
        | "get_remote_visitor_data"
        | "get_visitor_warehouse_audience"
        | "update_data_file"
        | "push_data_file" => {
            return Err(Trouble::NotYet { goes_on: false });
        }
        other => return Err(Trouble::Malformed(format!("there is no call `{other}`"))),
    })
}

fn variation_keys(client: &KameleoonClient, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    let feature_key = arguments.text("feature_key")?;
    let with_ids = arguments.flag("ids")?.unwrap_or(false);
    let key = |code| {
        let options = EvaluationOptions::new().track(false);
        match client.get_variation_with(code, feature_key, options) {
            Ok(variation) if with_ids => value::with_ids(&variation, "None"),
            Ok(variation) => variation.key().to_owned(),
            Err(error) => format!("!{}", value::error_name(&error)),
        }
    };
    let keys: Vec<String> = arguments.texts("visitor_codes")?.into_iter().map(key).collect();
    Ok(json!({"keys": keys}))
}
