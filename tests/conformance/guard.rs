//! Whether the runner notices what is wrong.

use serde_json::{Value, json};

use crate::play::{Played, play};
use crate::scenario::Scenario;

/// Steps of which those of a pair are the same call, once with what must come of it and once with
/// something else, in one field of it each time. The first of a pair is right.
fn steps() -> Vec<(bool, Value)> {
    let variation = json!({"key": "on", "id": 2, "experiment_id": 1, "variables": {}});
    let line = |kind: &str| json!({"nonce": "*", "eventType": kind, "visitorCode": "v"});
    let mut exposure = line("experiment");
    exposure["id"] = "1".into();
    exposure["variationId"] = "2".into();
    let evaluation = json!({"call": "get_variation", "feature_key": "f"});
    let tracked = json!({"call": "flush"});
    let tracking = json!({"call": "expect_tracking"});
    let audience = json!({"call": "get_visitor_warehouse_audience", "custom_data_index": 1});
    let code = json!({"call": "get_visitor_code", "cookies": {}, "default_visitor_code": "v"});
    let cookie = json!({"value": "v", "domain": "", "path": "/", "max_age": 32_832_000});
    let remote = json!({"call": "get_remote_visitor_data"});
    let query = json!({"siteCode": "guard", "visitorCode": "v", "maxNumberPreviousVisits": "1",
        "version": "0", "currentVisit": "true", "customData": "true"});
    let mut steps = vec![
        (true, with(&evaluation, json!({"expect": {"variation": variation}}))),
        (false, with(&evaluation, json!({"expect": {"variation": changed(&variation, "id", json!(3))}}))),
        (false, with(&evaluation, json!({"expect": {"error": "VisitorCodeInvalid"}}))),
        (false, with(&evaluation, json!({"feature_key": "g"}))),
        (false, json!({"call": "is_feature_active", "feature_key": "f", "expect": {"value": false}})),
        (false, json!({"call": "assignments", "expect": {"assigned": {}}})),
        (
            false,
            json!({"call": "variation_keys", "feature_key": "f", "visitor_codes": ["v"],
                "expect": {"keys": ["on", "on"]}}),
        ),
        (false, json!({"call": "wait_init", "expect": {"value": false}})),
        (true, with(&tracking, json!({"expect": {"lines": [exposure]}}))),
    ];
    let activity = json!([line("activity")]);
    let lines = [
        (true, json!({"expect": {"lines": activity}})),
        (false, json!({"expect": {"lines": []}})),
        (false, json!({"expect": {"lines": [line("activity"), line("activity")]}})),
        (false, json!({"expect": {"lines": [changed(&line("activity"), "visitorCode", json!("w"))]}})),
        (true, json!({"raw": true, "expect": {"raw": ["nonce=*&eventType=activity&visitorCode=v"]}})),
        (false, json!({"raw": true, "expect": {"raw": ["nonce=*&visitorCode=v&eventType=activity"]}})),
        (false, json!({"failures": true, "expect": {"lines": activity, "failed_requests": 1}})),
        (
            false,
            json!({"query": true, "expect": {"lines": activity, "authorized": false,
                "request_query": {"siteCode": "guard", "bodyUa": "true"}}}),
        ),
        (
            false,
            json!({"query": true, "expect": {"lines": activity, "authorized": true,
                "request_query": {"siteCode": "guard"}}}),
        ),
    ];
    for (is_right, expected) in lines {
        steps.push((true, tracked.clone()));
        steps.push((is_right, with(&tracking, expected)));
    }
    let rest = [
        (true, with(&code, json!({"expect": {"value": "v", "set_cookie": cookie}}))),
        (false, with(&code, json!({"expect": {"value": "v", "set_cookie": null}}))),
        (false, with(&code, json!({"expect": {"value": "w", "set_cookie": cookie}}))),
        (
            false,
            with(
                &code,
                json!({"expect": {"value": "v", "set_cookie": changed(&cookie, "max_age", json!(0))}}),
            ),
        ),
        (false, json!({"call": "get_visitor_code", "expect": {"value": "v", "set_cookie": cookie}})),
        (
            false,
            json!({"call": "set_legal_consent", "consent": true, "cookies": {}, "expect": {"set_cookie": null}}),
        ),
        (false, json!({"call": "get_engine_tracking_code", "expect": {"value": ""}})),
        (true, with(&remote, json!({"expect": {"data": [], "request_query": query}}))),
        (false, with(&remote, json!({"expect": {"data": [{}], "request_query": query}}))),
        (
            false,
            with(
                &remote,
                json!({"expect": {"data": [], "request_query": changed(&query, "version", json!("1"))}}),
            ),
        ),
        (false, with(&remote, json!({"expect": {"data": [], "request_query": null}}))),
        (
            false,
            json!({"call": "get_remote_data", "key": "k", "expect": {"value": 1, "request_query": null}}),
        ),
        (false, with(&audience, json!({"expect": {"data": null, "request_query": null}}))),
        (false, json!({"call": "expect_config_request", "expect": {"count": 2, "request_query": {}}})),
        (true, json!({"call": "expect_config_request", "expect": {"count": 0, "request_query": null}})),
        (false, json!({"call": "no_such_call"})),
    ];
    steps.extend(rest);
    steps
}

/// The step with more fields.
fn with(step: &Value, more: Value) -> Value {
    let mut step = step.clone();
    for (key, value) in more.as_object().into_iter().flatten() {
        step[key] = value.clone();
    }
    step
}

fn changed(object: &Value, field: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[field] = value;
    object
}

/// Plays a scenario of right and wrong steps, and says what the runner does not notice.
pub(crate) fn check() -> Result<(), String> {
    let (are_right, steps): (Vec<bool>, Vec<Value>) = steps()
        .into_iter()
        .map(|(is_right, step)| (is_right, with(&json!({"visitor_code": "v"}), step)))
        .unzip();
    let scenario: Scenario = serde_json::from_value(json!({
        "name": "guard",
        "site_code": "guard",
        "config": {"client_id": "id", "client_secret": "secret"},
        "data_file": {"featureFlags": [{"featureKey": "f", "environmentEnabled": true,
            "defaultVariationKey": "off", "variations": [{"key": "on"}], "rules": [{"id": 3,
            "type": "EXPERIMENTATION", "exposition": 1, "experimentId": 1,
            "variationByExposition": [{"variationKey": "on", "variationId": 2, "exposition": 1}]}]}]},
        "steps": steps,
    }))
    .map_err(|error| error.to_string())?;
    let Played { failures, .. } = play(&scenario);
    for (place, is_right) in are_right.iter().enumerate() {
        let failure = failures.iter().find(|failure| failure.starts_with(&format!("step {place}:")));
        match (is_right, failure) {
            (true, Some(failure)) => return Err(format!("the runner finds wrong what is right: {failure}")),
            (false, None) => {
                return Err(format!("the runner does not notice what is wrong: {}", steps[place]));
            }
            _ => {}
        }
    }
    Ok(())
}
