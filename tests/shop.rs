//! The data file of the web shop, which examples and other tests are built on, is sound.
#![cfg(test)]

use std::collections::HashSet;

use serde_json::Value;

const SHOP: &str = include_str!("../fixtures/shop.json");

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("`{name}` is missing in {value}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("`{name}` is missing in {value}"))
}

#[test]
fn references_and_shares_of_the_shop_add_up() {
    let shop: Value = serde_json::from_str(SHOP).unwrap();
    let segments: HashSet<i64> =
        list(&shop, "segments").iter().map(|segment| segment["id"].as_i64().unwrap()).collect();
    let custom_data: HashSet<i64> =
        list(&shop, "customData").iter().map(|data| data["id"].as_i64().unwrap()).collect();
    let mut ids = HashSet::new();
    let mut types = HashSet::new();
    for flag in list(&shop, "featureFlags") {
        let key = text(flag, "featureKey");
        let variations: HashSet<&str> =
            list(flag, "variations").iter().map(|variation| text(variation, "key")).collect();
        assert!(variations.contains(text(flag, "defaultVariationKey")), "{key}");
        assert!(flag["bucketingCustomDataId"].as_i64().is_none_or(|id| custom_data.contains(&id)), "{key}");
        for variable in list(flag, "variations").iter().flat_map(|variation| list(variation, "variables")) {
            types.insert(text(variable, "type"));
            if text(variable, "type") == "JSON" {
                serde_json::from_str::<Value>(text(variable, "value")).unwrap();
            }
        }
        for rule in list(flag, "rules") {
            types.insert(text(rule, "type"));
            assert!(rule["segmentId"].as_i64().is_none_or(|id| segments.contains(&id)), "{key}");
            assert!(ids.insert(rule["experimentId"].as_i64().unwrap()), "{key}: an experiment id twice");
            let shares = list(rule, "variationByExposition");
            assert!(shares.iter().all(|share| variations.contains(text(share, "variationKey"))), "{key}");
            // Added up as evaluation does it: with less than 1.0 some visitors get nothing.
            let sum = shares.iter().fold(0.0, |sum, share| sum + share["exposition"].as_f64().unwrap());
            assert_eq!(sum, 1.0, "{key}");
        }
    }
    for kind in ["EXPERIMENTATION", "TARGETED_DELIVERY", "STRING", "NUMBER", "BOOLEAN", "JSON", "JS", "CSS"] {
        assert!(types.contains(kind), "no {kind} in the shop");
    }
}
