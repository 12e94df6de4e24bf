//! Results that a test decides.
//!
//! A forced result is a rule of the data file that comes before all others. So evaluation and
//! tracking go their usual way, and what is recorded is what would be sent.

use serde_json::{Value, json};

use crate::error::{KameleoonError, Result};

/// Ids of experiments made up for variations that no rule of the flag delivers.
const FIRST_EXPERIMENT: i64 = 9_000_000_000;
/// Ids of rules that force.
const FIRST_RULE: i64 = 9_500_000_000;

/// A variation that a visitor, or everybody, gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forced {
    pub(super) feature_key: String,
    /// None: everybody.
    pub(super) visitor_code: Option<String>,
    pub(super) variation_key: String,
}

impl Forced {
    /// Whether they are about the same flag and the same visitors.
    pub(super) fn has_place_of(&self, other: &Self) -> bool {
        self.feature_key == other.feature_key && self.visitor_code == other.visitor_code
    }
}

/// The data file with the forced results in it.
pub(super) fn apply(file: &Value, forced: &[Forced]) -> Result<Value> {
    let mut file = file.clone();
    // Everybody's first: each goes in front of what is there.
    let (visitors, everybody): (Vec<_>, Vec<_>) =
        forced.iter().partition(|forced| forced.visitor_code.is_some());
    for (place, forced) in (0..).zip(everybody.into_iter().chain(visitors)) {
        let flags = file.get_mut("featureFlags").and_then(Value::as_array_mut);
        let mut flags = flags.into_iter().flatten();
        let flag = flags.find(|flag| flag["featureKey"] == *forced.feature_key).ok_or_else(|| {
            KameleoonError::FeatureNotFound {
                feature_key: forced.feature_key.clone(),
                is_not_ready: false,
                similar: None,
            }
        })?;
        put_in_front(flag, forced, place)?;
    }
    Ok(file)
}

fn put_in_front(flag: &mut Value, forced: &Forced, place: i64) -> Result<()> {
    let key = forced.variation_key.as_str();
    let is_declared =
        flag["variations"].as_array().into_iter().flatten().any(|variation| variation["key"] == *key);
    if !is_declared {
        return Err(KameleoonError::FeatureVariationNotFound {
            variation_key: key.to_owned(),
            place: format!("the feature flag `{}`", forced.feature_key),
            known: variation_keys(flag),
        });
    }
    let segment = match &forced.visitor_code {
        None => {
            flag["environmentEnabled"] = Value::Bool(true);
            Value::Null
        }
        Some(_) if flag["environmentEnabled"] != Value::Bool(true) => {
            return Err(KameleoonError::FeatureEnvironmentDisabled {
                feature_key: forced.feature_key.clone(),
                blocked_by_consent: false,
            });
        }
        Some(code) => json!({"id": FIRST_RULE + place, "conditionsData": {
            "firstLevelOrOperators": [],
            "firstLevel": [{"orOperators": [], "conditions": [
                {"targetingType": "VISITOR_CODE", "matchType": "EXACT", "visitorCode": code},
            ]}],
        }}),
    };
    let (experiment_id, variation_id) = usual_ids(flag, key)
        .unwrap_or_else(|| (json!(FIRST_EXPERIMENT + place), json!(FIRST_EXPERIMENT + place)));
    let mut rule = json!({
        "id": FIRST_RULE + place,
        "type": "TARGETED_DELIVERY",
        "exposition": 1.0,
        "experimentId": experiment_id,
        "variationByExposition": [{"variationKey": key, "variationId": variation_id, "exposition": 1.0}],
    });
    if !segment.is_null() {
        rule["segment"] = segment;
    }
    // Its group would hand some visitors over to another flag.
    flag["mutuallyExclusiveGroup"] = Value::Null;
    match flag.get_mut("rules").and_then(Value::as_array_mut) {
        Some(rules) => rules.insert(0, rule),
        None => flag["rules"] = json!([rule]),
    }
    Ok(())
}

fn variation_keys(flag: &Value) -> Vec<String> {
    let variations = flag["variations"].as_array().into_iter().flatten();
    variations.filter_map(|variation| variation["key"].as_str()).map(str::to_owned).collect()
}

/// The ids under which the flag delivers the variation.
fn usual_ids(flag: &Value, variation_key: &str) -> Option<(Value, Value)> {
    let rules = flag["rules"].as_array().into_iter().flatten();
    rules
        .flat_map(|rule| {
            let shares = rule["variationByExposition"].as_array().into_iter().flatten();
            shares.map(move |share| (rule, share))
        })
        .find(|(_, share)| share["variationKey"] == *variation_key && share["variationId"].is_i64())
        .map(|(rule, share)| (rule["experimentId"].clone(), share["variationId"].clone()))
}
