//! One call of a scenario.

#![allow(deprecated, reason = "deprecated methods are part of the scenarios")]

use std::thread;
use std::time::Duration;

use kameleoon::{
    AddDataOptions, Data, EvaluationOptions, ForcedVariationOptions, KameleoonClient, KameleoonClientFactory,
    KameleoonError, RequestKind, UniqueIdentifier, VariationsOptions, testing,
};
use serde_json::{Map, Value, json};

use crate::argument::Arguments;
use crate::scenario::{Scenario, Step};
use crate::stage::{self, PATIENCE, Stage, Trouble};
use crate::{data, remote, store, tracking, value, web};

/// Performs a step; the result is what the step's `expect` is compared with.
pub(crate) fn perform(stage: &mut Stage, scenario: &Scenario, step: &Step) -> Result<Value, Trouble> {
    let arguments = Arguments(&step.arguments);
    match step.call.as_str() {
        "create" => return create(stage, scenario, arguments),
        "expect_tracking" => return tracking::observe(stage, arguments),
        "expect_config_request" => return Ok(configuration_requests(stage)),
        "update_data_file" => {
            stage.update_data_file(&step.data_file)?;
            return Ok(Value::Null);
        }
        "push_data_file" => {
            let ts = arguments.integer("ts")?;
            let (is_called, query) = stage.push_data_file(&step.data_file, ts)?;
            return Ok(json!({"handler_called": is_called, "request_query": query}));
        }
        "sleep" => {
            let milliseconds = arguments.integer("ms")?;
            thread::sleep(Duration::from_millis(milliseconds.unsigned_abs()));
            return Ok(Value::Null);
        }
        _ => {}
    }
    let client = stage.client()?;
    if let Ok(visitor) = arguments.text("visitor_code") {
        store::load(client, visitor);
    }
    if let Some(is_unique) = arguments.flag("is_unique_identifier")? {
        client.add_data(arguments.text("visitor_code")?, UniqueIdentifier::new(is_unique))?;
    }
    match step.call.as_str() {
        "wait_init" => Ok(json!({"value": stage.wait_init().is_ok()})),
        "add_data" => add_data(client, arguments),
        "set_forced_variation" => set_forced_variation(client, arguments),
        "evaluate_audiences" => done(client.evaluate_audiences(arguments.text("visitor_code")?)),
        "track_conversion" => {
            let conversion = data::conversion(arguments)?;
            done(client.track_conversion_with(arguments.text("visitor_code")?, conversion))
        }
        "flush" => flush(client, arguments),
        "get_visitor_code" => web::get_visitor_code(client, arguments),
        "set_legal_consent" => web::set_legal_consent(client, arguments),
        "get_engine_tracking_code" => {
            Ok(json!({"value": client.get_engine_tracking_code(arguments.text("visitor_code")?)}))
        }
        "get_remote_visitor_data" => remote::get_remote_visitor_data(stage, arguments),
        "get_remote_data" => remote::get_remote_data(stage, arguments),
        "get_visitor_warehouse_audience" => remote::get_visitor_warehouse_audience(stage, arguments),
        call => evaluate(client, scenario, call, arguments),
    }
}

fn done(result: Result<(), KameleoonError>) -> Result<Value, Trouble> {
    Ok(result.map(|()| Value::Null)?)
}

fn create(stage: &mut Stage, scenario: &Scenario, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    let site_code = arguments.optional_text("site_code")?.unwrap_or(&scenario.site_code);
    if let Some(path) = arguments.optional_text("config_path")? {
        KameleoonClientFactory::create_from_file(site_code, path)?;
        return Err(format!("a client was made of `{path}`").into());
    }
    let config = match arguments.get("config") {
        Some(options) => stage.config(Arguments::of(options)?.0),
        None => stage.config(&scenario.config),
    };
    done(stage.create(site_code, config))
}

fn configuration_requests(stage: &mut Stage) -> Value {
    let requests = stage.requests(RequestKind::Configuration).split_off(stage.seen_configuration);
    stage.seen_configuration += requests.len();
    let count = requests.len() - std::mem::take(&mut stage.own_fetches);
    json!({"count": count, "request_query": requests.last().map(|request| stage::query(request))})
}

fn add_data(client: &KameleoonClient, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    let items: Vec<Data> = arguments.list("data")?.iter().map(data::read).collect::<Result<_, _>>()?;
    let options = AddDataOptions::new().track(arguments.flag("track")?.unwrap_or(true));
    done(client.add_data_with(arguments.text("visitor_code")?, items, options))
}

fn set_forced_variation(client: &KameleoonClient, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    let mut options = ForcedVariationOptions::new();
    if let Some(force_targeting) = arguments.flag("force_targeting")? {
        options = options.force_targeting(force_targeting);
    }
    let code = arguments.text("visitor_code")?;
    let experiment_id = arguments.integer("experiment_id")?;
    let key = arguments.optional_text("variation_key")?;
    done(client.set_forced_variation_with(code, experiment_id, key, options))
}

fn flush(client: &KameleoonClient, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    match (arguments.optional_text("visitor_code")?, arguments.flag("instant")?.unwrap_or(false)) {
        (Some(code), false) => client.flush(code)?,
        (Some(code), true) => client.flush_instant(code)?,
        (None, false) => client.flush_all(),
        (None, true) => client.flush_all_instant(),
    }
    // What the step sends is what is known now: later steps must not get in before.
    if testing::wait_for_flushes(client, PATIENCE).timed_out {
        return Err("the flush does not end".to_owned().into());
    }
    Ok(Value::Null)
}

fn evaluate(
    client: &KameleoonClient,
    scenario: &Scenario,
    call: &str,
    arguments: Arguments<'_>,
) -> Result<Value, Trouble> {
    let visitor = || arguments.text("visitor_code");
    let feature = || arguments.text("feature_key");
    let track = arguments.flag("track")?.unwrap_or(true);
    Ok(match call {
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
        "variation_keys" => variation_keys(client, arguments)?,
        "assignments" => {
            let variations = client.get_variations_with(visitor()?, VariationsOptions::new().track(false))?;
            let assigned: Map<String, Value> = variations
                .iter()
                .map(|(key, variation)| (key.to_owned(), value::with_ids(variation, "-").into()))
                .collect();
            json!({"assigned": assigned})
        }
        other => return Err(format!("there is no call `{other}`").into()),
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
