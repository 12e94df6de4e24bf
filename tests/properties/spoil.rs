//! One bad field costs what it belongs to, and no other flag.

use std::collections::BTreeMap;

use kameleoon::{
    Browser, BrowserType, CustomData, Device, DeviceType, KameleoonClient, KameleoonLogger, LogLevel,
    PageView, VariationsOptions,
};
use serde_json::Value;

const SHOP: &str = include_str!("../../fixtures/shop.json");
const CODES: [&str; 4] = ["a", "visitor-7", "0123456789abcdef", "staff-1"];

/// What is written in place of a value; none: the field is left out.
pub fn ways() -> Vec<(&'static str, Option<String>)> {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let long = format!("\"{}\"", "x".repeat(200_000));
    [
        ("missing", None),
        ("null", Some("null".to_owned())),
        ("a number", Some("7".to_owned())),
        ("a truth value", Some("true".to_owned())),
        ("an array", Some("[[]]".to_owned())),
        ("an object", Some(r#"{"a":1,"a":2}"#.to_owned())),
        ("half a pair", Some(r#""cut \ud83d""#.to_owned())),
        ("a huge number", Some("1e999".to_owned())),
        ("NaN", Some("NaN".to_owned())),
        ("deep nesting", Some(deep)),
        ("a long text", Some(long)),
        ("twice", Some("0,\"again\":0".to_owned())),
    ]
    .into()
}

/// The text of a value, with one of the values within it written in another way. The `target`-th
/// value counts down to 0.
fn write(value: &Value, target: &mut i64, way: &Option<String>, out: &mut String) {
    let hit = |target: &mut i64| {
        *target -= 1;
        *target == -1
    };
    match value {
        Value::Object(fields) => {
            out.push('{');
            let mut is_first = true;
            for (key, field) in fields {
                let is_hit = hit(target);
                if is_hit && way.is_none() {
                    continue;
                }
                if !std::mem::replace(&mut is_first, false) {
                    out.push(',');
                }
                out.push_str(&format!("{}:", Value::from(key.as_str())));
                match way {
                    Some(way) if is_hit => out.push_str(way),
                    _ => write(field, target, way, out),
                }
                if is_hit && way.as_deref().is_some_and(|way| way.starts_with("0,")) {
                    // The same key again, with what it should be.
                    out.push_str(&format!(",{}:", Value::from(key.as_str())));
                    write(field, &mut { i64::MAX }, &None, out);
                }
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, target, way, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

pub fn client(file: &str) -> KameleoonClient {
    let client = KameleoonClient::offline(file).unwrap_or_else(|error| panic!("{error}: {file:.300}"));
    for code in CODES {
        let data = (
            CustomData::new(1, ["gold"]),
            CustomData::new(4, ["150"]),
            Browser::new(BrowserType::Chrome).with_version(120.0),
            Device::new(DeviceType::Phone),
            PageView::new("https://shop.example/products/1"),
        );
        client.add_data(code, data).unwrap();
    }
    client
}

/// What each flag answers each code.
pub type Answers = BTreeMap<(String, &'static str), String>;

pub fn answers(client: &KameleoonClient) -> Answers {
    let options = VariationsOptions::new().track(false);
    let mut answers = BTreeMap::new();
    for code in CODES {
        for (key, variation) in &client.get_variations_with(code, options).unwrap() {
            answers.insert((key.to_owned(), code), format!("{variation:?}"));
        }
    }
    answers
}

/// Whether a condition of a flag's segments asks for what others assigned.
fn looks_at_assignments(file: &Value, flag: &Value) -> bool {
    let ids: Vec<&Value> = flag["rules"].as_array().unwrap().iter().map(|rule| &rule["segmentId"]).collect();
    let segments =
        file["segments"].as_array().unwrap().iter().filter(|segment| ids.contains(&&segment["id"]));
    let text: String = segments.map(Value::to_string).collect();
    ["TARGET_", "EXCLUSIVE_", "\"SEGMENT\"", "UNDEFINED", "PAGE_VIEWS"].iter().any(|kind| text.contains(kind))
}

/// The flags of a file, each with all that it refers to nowhere else.
#[test]
fn a_spoiled_field_of_a_flag_changes_no_other_flag() {
    KameleoonLogger::set_log_level(LogLevel::None);
    let shop: Value = serde_json::from_str(SHOP).unwrap();
    let expected = answers(&client(SHOP));
    let flags = shop["featureFlags"].as_array().unwrap();
    let (mut spoiled, mut changed) = (0, 0);
    for (place, flag) in flags.iter().enumerate() {
        // What other flags ask of this one may change with it: conditions on its assignments, and
        // the group that it is in.
        let key = flag["featureKey"].as_str().unwrap();
        let concerns = |other: &Value| {
            other["featureKey"] == flag["featureKey"]
                || looks_at_assignments(&shop, other)
                || (!flag["mutuallyExclusiveGroup"].is_null()
                    && other["mutuallyExclusiveGroup"] == flag["mutuallyExclusiveGroup"])
        };
        for (name, way) in ways() {
            for target in 0_i64.. {
                let mut left = target;
                let mut text = String::new();
                write(flag, &mut left, &way, &mut text);
                if left >= 0 {
                    break;
                }
                spoiled += 1;
                // A third of all, another one for each flag and way: all take minutes.
                if (target as usize + place + name.len()) % 3 != 0 {
                    continue;
                }
                let mut file = shop.clone();
                file["featureFlags"][place] = Value::from("SPOILED");
                let file = file.to_string().replace("\"SPOILED\"", &text);
                let got = answers(&client(&file));
                changed += usize::from(got != expected);
                for other in flags.iter().filter(|other| !concerns(other)) {
                    for code in CODES {
                        let of = (other["featureKey"].as_str().unwrap().to_owned(), code);
                        let (got, expected) = (got.get(&of), expected.get(&of));
                        assert_eq!(got, expected, "{of:?} with {name} at value {target} of `{key}`");
                    }
                }
            }
        }
    }
    assert!(spoiled > 1_000 && changed > 100, "{spoiled} files, {changed} of them with other answers");
}
