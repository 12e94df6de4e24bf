//! The data files that are measured.

use serde_json::{Value, json};

/// Flags with one rule each.
#[derive(Clone, Copy)]
pub struct Site {
    pub flags: usize,
    pub rule: Rule,
    /// Whether four conditions have to be met at once.
    pub conditions: bool,
    /// Whether a tenth of the traffic is held out of everything.
    pub holdout: bool,
}

/// The rule of every flag of a site.
#[derive(Clone, Copy)]
pub enum Rule {
    /// A 50/50 experiment for this share of the visitors.
    Experiment { exposition: f64 },
    /// One variation for everybody.
    Delivery,
}

impl Site {
    /// So many flags with a 50/50 experiment each, for everybody.
    pub fn experiments(flags: usize) -> Self {
        Self { flags, rule: Rule::Experiment { exposition: 1.0 }, conditions: false, holdout: false }
    }

    pub fn text(self) -> String {
        let flags: Vec<Value> = (0..self.flags).map(|number| self.flag(number)).collect();
        let mut site = json!({"featureFlags": flags});
        if self.conditions {
            site["segments"] = json!([four_conditions()]);
        }
        if self.holdout {
            site["holdout"] = json!({"experimentId": 7, "variationByExposition": [
                {"variationKey": "in-holdout", "variationId": 8, "exposition": 0.1},
                {"variationKey": "not-in-holdout", "variationId": 9, "exposition": 0.9}]});
        }
        site.to_string()
    }

    fn flag(self, number: usize) -> Value {
        let id = 100_000 + 10 * number as i64;
        let share = |key: &str, id: i64, share: f64| json!({"variationKey": key, "variationId": id, "exposition": share});
        let (kind, exposition, shares) = match self.rule {
            Rule::Experiment { exposition } => {
                let shares = json!([share("on", id + 3, 0.5), share("off", id + 4, 0.5)]);
                ("EXPERIMENTATION", exposition, shares)
            }
            Rule::Delivery => ("TARGETED_DELIVERY", 1.0, json!([share("on", id + 3, 1.0)])),
        };
        let mut rule = json!({"id": id + 1, "order": 0, "type": kind, "exposition": exposition,
            "experimentId": id + 2, "respoolTime": null, "variationByExposition": shares});
        if self.conditions {
            rule["segmentId"] = json!(SEGMENT);
        }
        json!({"id": id, "featureKey": key(number), "environmentEnabled": true,
            "defaultVariationKey": "off", "variations": [
                {"key": "on", "variables": [{"key": "title", "type": "STRING", "value": "Hello"}]},
                {"key": "off", "variables": []}],
            "rules": [rule]})
    }
}

/// The key of a flag.
pub fn key(number: usize) -> String {
    format!("feature_{number}")
}

const SEGMENT: i64 = 1;

fn four_conditions() -> Value {
    let conditions = json!([
        {"targetingType": "CUSTOM_DATUM", "customDataIndex": "1", "valueMatchType": "EXACT", "value": "premium"},
        {"targetingType": "BROWSER", "browser": "CHROME"},
        {"targetingType": "DEVICE_TYPE", "device": "DESKTOP"},
        {"targetingType": "GEOLOCATION", "country": "France"}]);
    json!({"id": SEGMENT, "conditionsData": {"firstLevelOrOperators": [],
        "firstLevel": [{"orOperators": [false, false, false], "conditions": conditions}]}})
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
