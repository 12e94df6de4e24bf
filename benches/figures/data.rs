//! The data files that are measured.

use serde_json::{Value, json};

fn experiment(number: usize, segment: Option<i64>) -> Value {
    let id = 100_000 + 10 * number as i64;
    let mut rule = json!({"id": id + 1, "order": 0, "type": "EXPERIMENTATION", "exposition": 1.0,
        "experimentId": id + 2, "respoolTime": null, "variationByExposition": [
            {"variationKey": "on", "variationId": id + 3, "exposition": 0.5},
            {"variationKey": "off", "variationId": id + 4, "exposition": 0.5}]});
    if let Some(segment) = segment {
        rule["segmentId"] = json!(segment);
    }
    json!({"id": id, "featureKey": format!("feature_{number}"), "environmentEnabled": true,
        "defaultVariationKey": "off", "variations": [
            {"key": "on", "variables": [{"key": "title", "type": "STRING", "value": "Hello"}]},
            {"key": "off", "variables": []}],
        "rules": [rule]})
}

/// So many flags with a 50/50 experiment each, for everybody.
pub fn experiments(count: usize) -> String {
    let flags: Vec<Value> = (0..count).map(|number| experiment(number, None)).collect();
    json!({"featureFlags": flags}).to_string()
}

/// One flag for those who meet four conditions at once.
pub fn four_conditions() -> String {
    let conditions = json!([
        {"targetingType": "CUSTOM_DATUM", "customDataIndex": "1", "valueMatchType": "EXACT", "value": "premium"},
        {"targetingType": "BROWSER", "browser": "CHROME"},
        {"targetingType": "DEVICE_TYPE", "device": "DESKTOP"},
        {"targetingType": "GEOLOCATION", "country": "France"}]);
    let segment = json!({"id": 1, "conditionsData": {"firstLevelOrOperators": [],
        "firstLevel": [{"orOperators": [false, false, false], "conditions": conditions}]}});
    json!({"featureFlags": [experiment(0, Some(1))], "segments": [segment]}).to_string()
}

/// A large site: 1,000 flags of 5 rules, each rule with a segment of its own; about 5 MB.
pub fn large() -> String {
    let mut segments = Vec::new();
    let mut flags = Vec::new();
    for number in 0..1000_i64 {
        let rules: Vec<Value> = (0..5_i64)
            .map(|place| {
                let id = number * 100 + place * 10;
                let conditions: Vec<Value> = (0..3)
                    .map(|turn| {
                        json!({"targetingType": "CUSTOM_DATUM", "isInclude": turn != 2, "weight": 1,
                            "customDataIndex": format!("{turn}"), "valueMatchType": "EXACT",
                            "value": format!("value {number} {place} {turn}")})
                    })
                    .collect();
                segments.push(json!({"id": id, "audienceTracking": false, "conditionsData": {
                    "firstLevelOrOperators": [], "firstLevel": [{"orOperators": [false, true],
                    "conditions": conditions}]}}));
                json!({"id": id + 1, "order": place, "type": "EXPERIMENTATION", "exposition": 0.9,
                    "experimentId": id + 2, "respoolTime": 1_700_000_000, "segmentId": id,
                    "variationByExposition": [
                        {"variationKey": "on", "variationId": id + 3, "exposition": 0.5},
                        {"variationKey": "off", "variationId": id + 4, "exposition": 0.3},
                        {"variationKey": "other", "variationId": id + 5, "exposition": 0.2}]})
            })
            .collect();
        let variation = |key: &str| {
            json!({"key": key, "name": format!("Variation {key}"), "variables": [
                {"key": "title", "type": "STRING", "value": format!("A title for {key} of flag {number}")},
                {"key": "layout", "type": "JSON", "value": "{\"columns\": 3, \"rows\": [1, 2, 3]}"},
                {"key": "count", "type": "NUMBER", "value": 5}]})
        };
        flags.push(
            json!({"id": number, "featureKey": format!("feature_{number}"), "environmentEnabled": true,
            "defaultVariationKey": "off", "rules": rules,
            "variations": [variation("on"), variation("off"), variation("other")]}),
        );
    }
    json!({"featureFlags": flags, "segments": segments}).to_string()
}
