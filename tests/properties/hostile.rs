//! No JSON makes the crate panic, and what can be read of it serves.

use kameleoon::{
    Browser, BrowserType, CustomData, KameleoonClient, KameleoonLogger, LogLevel, PageView, VariationsOptions,
};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::random;

const SHOP: &str = include_str!("../../fixtures/shop.json");

/// Something that a field does not expect.
fn surprise(random: &mut StdRng) -> Value {
    match random.random_range(0..14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(1e308),
        6 => json!(0.5),
        7 => json!(""),
        8 => json!("*["),
        9 => json!("9".repeat(400)),
        10 => json!([]),
        11 => json!([[[]]]),
        12 => json!({}),
        _ => json!("\u{1F600}\u{0}"),
    }
}

/// Changes about one value in `rarity`, anywhere in the tree.
fn spoil(value: &mut Value, random: &mut StdRng, rarity: u32) {
    if random.random_ratio(1, rarity) {
        *value = surprise(random);
        return;
    }
    match value {
        Value::Array(items) => {
            if !items.is_empty() && random.random_ratio(1, rarity) {
                items.remove(random.random_range(0..items.len()));
            }
            items.iter_mut().for_each(|item| spoil(item, random, rarity));
        }
        Value::Object(fields) => {
            if !fields.is_empty() && random.random_ratio(1, rarity) {
                let key = fields.keys().nth(random.random_range(0..fields.len())).unwrap().clone();
                fields.remove(&key);
            }
            fields.values_mut().for_each(|field| spoil(field, random, rarity));
        }
        _ => {}
    }
}

fn use_it(client: &KameleoonClient) {
    let browser = Browser::new(BrowserType::Chrome).with_version(120.0);
    let page = PageView::new("https://shop.example/products/1");
    client
        .add_data("known", (browser, page, CustomData::new(1, ["user"]), CustomData::new(4, ["150"])))
        .unwrap();
    for code in ["known", "unknown", "user"] {
        for key in client.get_feature_list() {
            let explained = client.explain(code, &key).unwrap();
            assert!(!explained.to_string().is_empty());
            let got = client.get_variation(code, &key);
            assert_eq!(got.is_ok(), explained.result().is_ok(), "{key}");
        }
        client.get_variations_with(code, VariationsOptions::new()).unwrap();
        client.evaluate_audiences(code).unwrap();
        client.set_forced_variation(code, 10_120, Some("on")).ok();
    }
}

#[test]
fn spoiled_data_files_do_no_harm() {
    KameleoonLogger::set_log_level(LogLevel::None);
    let mut random = random();
    let shop: Value = serde_json::from_str(SHOP).unwrap();
    let mut with_flags = 0;
    for round in 0..600 {
        let mut spoiled = shop.clone();
        let rarity = [20, 100, 500, 2000][round % 4];
        spoil(&mut spoiled, &mut random, rarity);
        match KameleoonClient::offline(spoiled.to_string()) {
            Ok(client) => {
                use_it(&client);
                with_flags += usize::from(client.get_feature_list().len() > 5);
            }
            Err(_) => assert!(!spoiled.is_object(), "an object always gives a client: {spoiled}"),
        }
    }
    assert!(with_flags > 200, "most of a spoiled file serves: {with_flags}");
}

#[test]
fn texts_that_are_no_data_file_are_refused() {
    KameleoonLogger::set_log_level(LogLevel::None);
    for text in ["", " ", "null", "[]", "1", "\"{}\"", "{", "{\"a\":}", "<html></html>", "{}x"] {
        assert!(KameleoonClient::offline(text).is_err(), "{text:?}");
    }
    assert!(KameleoonClient::offline([0xff, 0xfe, b'{', b'}']).is_err());
    assert!(KameleoonClient::offline("\u{feff}{}").is_ok(), "a byte order mark is passed over");
    let deep = "[".repeat(200_000);
    assert!(KameleoonClient::offline(format!("{{\"a\":{deep}")).is_err());
}

#[test]
fn a_key_that_is_there_twice_counts_as_the_last() {
    let twice = r#"{"featureFlags": [], "featureFlags": [{"featureKey": "a", "featureKey": "b",
        "environmentEnabled": true, "defaultVariationKey": "on"}]}"#;
    let client = KameleoonClient::offline(twice).unwrap();
    assert_eq!(client.get_feature_list(), ["b"]);
}

#[test]
fn long_chains_and_circles_of_segments_come_to_an_end() {
    KameleoonLogger::set_log_level(LogLevel::None);
    let refer = |id: i64, to: i64| {
        json!({"id": id, "conditionsData": {"firstLevel": [{"conditions": [
            {"targetingType": "SEGMENT", "segmentId": to}]}]}})
    };
    let mut segments: Vec<Value> = (1..5_000).map(|id| refer(id, id + 1)).collect();
    segments.push(refer(5_000, 1));
    let mut file: Value = serde_json::from_str(&crate::flag_for(json!({}))).unwrap();
    file["segments"] = json!(segments);
    let client = KameleoonClient::offline(file.to_string()).unwrap();
    assert!(!client.is_feature_active("visitor", "flag").unwrap());

    let conditions: Vec<Value> = (0..100_000)
        .map(|_| json!({"targetingType": "VISITOR_CODE", "matchType": "EXACT", "visitorCode": "visitor"}))
        .collect();
    let operators: Vec<bool> = (0..99_999).map(|place| place % 3 == 2).collect();
    let tree = json!({"firstLevel": [{"conditions": conditions, "orOperators": operators}]});
    let client = KameleoonClient::offline(crate::flag_for(tree)).unwrap();
    assert!(client.is_feature_active("visitor", "flag").unwrap());
}
