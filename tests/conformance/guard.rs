//! Whether the runner notices what is wrong.

use serde_json::json;

use crate::play::{Played, play};
use crate::scenario::Scenario;

/// Plays a scenario of which every step expects something wrong, but for the first, and says what
/// the runner does not notice.
pub(crate) fn check() -> Result<(), String> {
    let code_alone = json!({"visitor_code": "v"});
    let step = |call: &str, more: serde_json::Value| {
        let mut step = code_alone.clone();
        step["call"] = call.into();
        step["feature_key"] = "f".into();
        for (key, value) in more.as_object().into_iter().flatten() {
            step[key] = value.clone();
        }
        step
    };
    let right = json!({"key": "on", "id": null, "experiment_id": null, "variables": {}});
    let mut wrong = right.clone();
    wrong["id"] = 1.into();
    let steps = [
        step("get_variation", json!({"expect": {"variation": right}})),
        step("get_variation", json!({"expect": {"variation": wrong}})),
        step("is_feature_active", json!({"expect": {"value": false}})),
        step("is_feature_active", json!({"expect": {"error": "FeatureNotFound"}})),
        step("is_feature_active", json!({"feature_key": "g", "expect": {"error": "VisitorCodeInvalid"}})),
        step("get_variation", json!({"feature_key": "g"})),
        step("variation_keys", json!({"visitor_codes": ["v"], "expect": {"keys": ["on", "on"]}})),
        step("assignments", json!({"expect": {"assigned": {}}})),
        step("no_such_call", json!({})),
    ];
    let scenario: Scenario = serde_json::from_value(json!({
        "name": "guard",
        "site_code": "guard",
        "config": {"client_id": "id", "client_secret": "secret"},
        "data_file": {"featureFlags": [{"featureKey": "f", "environmentEnabled": true,
            "defaultVariationKey": "on", "variations": [{"key": "on"}]}]},
        "steps": steps,
    }))
    .map_err(|error| error.to_string())?;
    let Played { failures, .. } = play(&scenario);
    let first_failed = failures.iter().any(|failure| failure.starts_with("step 0:"));
    if failures.len() == steps.len() - 1 && !first_failed {
        return Ok(());
    }
    Err(format!(
        "the runner is broken: of a scenario whose first step only is right, it finds wrong:\n{}",
        failures.join("\n")
    ))
}
