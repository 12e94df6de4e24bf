//! Files in which something is many: the time stays in line with it.

use std::time::{Duration, Instant};

use kameleoon::{CustomData, KameleoonClient, KameleoonLogger, LogLevel, VariationsOptions};
use serde_json::{Value, json};

/// Two segments that name the next two, and so on; or all that name each other.
fn segments(count: i64, names: impl Fn(i64) -> Vec<i64>) -> Vec<Value> {
    let leaf = json!({"targetingType": "CUSTOM_DATUM", "customDataIndex": 1, "valueMatchType": "EXACT", "value": "no"});
    (1..=count)
        .map(|id| {
            let mut conditions: Vec<Value> =
                names(id).iter().map(|to| json!({"targetingType": "SEGMENT", "segmentId": to})).collect();
            if conditions.is_empty() {
                conditions.push(leaf.clone());
            }
            let or = vec![true; conditions.len()];
            json!({"id": id, "conditionsData": {"firstLevel": [{"conditions": conditions, "orOperators": or}]}})
        })
        .collect()
}

#[test]
fn segments_that_name_segments_take_little_time() {
    KameleoonLogger::set_log_level(LogLevel::None);
    let ladder = segments(60, |id| if id < 60 { vec![id + 1, id + 1] } else { vec![] });
    let all = segments(30, |id| (1..=30).filter(|other| *other != id).collect());
    for segments in [ladder, all] {
        let mut file: Value = serde_json::from_str(&crate::flag_for(json!({}))).unwrap();
        file["segments"] = json!(segments);
        let client = KameleoonClient::offline(file.to_string()).unwrap();
        let start = Instant::now();
        assert!(!client.is_feature_active("visitor", "flag").unwrap());
        let _ = client.explain("visitor", "flag").unwrap();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

fn many_flags(count: usize) -> String {
    let conditions = json!([{"targetingType": "EXCLUSIVE_FEATURE_FLAG"},
        {"targetingType": "TARGET_EXPERIMENT", "experimentId": 5, "variationMatchType": "ANY"},
        {"targetingType": "CUSTOM_DATUM", "customDataIndex": 1, "valueMatchType": "EXACT", "value": "yes"}]);
    let tree = json!({"firstLevel": [{"conditions": conditions, "orOperators": [true, true]}]});
    let flags: Vec<Value> = (0..count)
        .map(|number| {
            // Neither in order nor against it.
            let id = number * 7_919 % count * 10 + 10;
            json!({"id": id, "featureKey": format!("f{number}"), "environmentEnabled": true,
                "defaultVariationKey": "off", "mutuallyExclusiveGroup": format!("group {}", number % (count / 2)),
                "variations": [{"key": "on"}, {"key": "off"}],
                "rules": [{"id": id, "type": "EXPERIMENTATION", "exposition": 1, "experimentId": id, "segmentId": 1,
                    "variationByExposition": [{"variationKey": "on", "variationId": id + 1, "exposition": 1}]}]})
        })
        .collect();
    json!({"featureFlags": flags, "segments": [{"id": 1, "conditionsData": tree}],
        "holdout": {"experimentId": 3, "variationByExposition": [
            {"variationKey": "out", "variationId": 4, "exposition": 1}]}})
    .to_string()
}

#[test]
fn fifty_thousand_flags_are_evaluated_in_time_in_line_with_their_number() {
    let time = |count: usize| {
        let start = Instant::now();
        let client = KameleoonClient::offline(many_flags(count)).unwrap();
        client.add_data("visitor", CustomData::new(1, ["yes"])).unwrap();
        let loaded = start.elapsed();
        for _ in 0..2 {
            let variations =
                client.get_variations_with("visitor", VariationsOptions::new().track(false)).unwrap();
            assert_eq!(variations.len(), count);
        }
        println!("{count} flags: loaded in {loaded:?}, evaluated twice in {:?}", start.elapsed() - loaded);
        start.elapsed()
    };
    // Ten times as many take about ten times as long, and not a hundred times.
    let (few, many) = (time(5_000), time(50_000));
    assert!(many < few * 30 + Duration::from_secs(2), "{few:?}, {many:?}");
}

#[test]
fn a_flag_of_many_variations_and_variables_is_read_in_time_in_line_with_their_number() {
    let file = |count: usize| {
        let variable = |number| json!({"key": format!("v{number}"), "type": "NUMBER", "value": number});
        let variables: Vec<Value> = (0..count).map(variable).collect();
        let mut variations: Vec<Value> =
            (0..count).map(|number| json!({"key": format!("k{number}")})).collect();
        variations[0]["variables"] = json!(variables);
        // Half of these are declared.
        let share =
            |number| json!({"variationKey": format!("k{number}"), "variationId": number, "exposition": 0});
        let shares: Vec<Value> = (count / 2..count + count / 2).map(share).collect();
        json!({"featureFlags": [{"id": 1, "featureKey": "flag", "environmentEnabled": true,
            "defaultVariationKey": "k0", "variations": variations, "rules": [{"id": 1, "type": "EXPERIMENTATION",
                "exposition": 1, "experimentId": 1, "variationByExposition": shares}]}]})
        .to_string()
    };
    let time = |count: usize| {
        let file = file(count);
        let start = Instant::now();
        let client = KameleoonClient::offline(file).unwrap();
        let took = start.elapsed();
        assert_eq!(client.get_variation("visitor", "flag").unwrap().variables().len(), count);
        took
    };
    // Ten times as many take about ten times as long, and not a hundred times.
    let (few, many) = (time(4_000), time(40_000));
    assert!(many < few * 30 + Duration::from_millis(500), "{few:?}, {many:?}");
}
