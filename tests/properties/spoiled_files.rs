//! One bad value anywhere in a data file changes only the flags that it belongs to: the recorded
//! data files, each with some of their values spoiled in each way.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kameleoon::{KameleoonLogger, LogLevel};
use rand::RngExt;
use serde_json::{Value, json};

use crate::random;
use crate::spoil::{answers, client, ways};

/// Where a value stands: the keys and positions on the way to it.
type Place = Vec<String>;

fn places(value: &Value, place: &mut Place, out: &mut Vec<Place>) {
    let mut inner = |key: String, value: &Value| {
        place.push(key);
        out.push(place.clone());
        places(value, place, out);
        place.pop();
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| inner(key.clone(), value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| inner(at.to_string(), value));
        }
        _ => {}
    }
}

/// The text of a value, with the one at `hit` written in another way.
fn write(value: &Value, hit: Option<&[String]>, way: Option<&str>, out: &mut String) {
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    let items: Vec<(String, Option<&str>, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), Some(key.as_str()), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (at.to_string(), None, item)).collect()
        }
        other => return out.push_str(&other.to_string()),
    };
    out.push(open);
    let start = out.len();
    for (name, key, item) in items {
        let rest = hit.filter(|hit| hit[0] == name).map(|hit| &hit[1..]);
        let is_hit = rest.is_some_and(<[String]>::is_empty);
        if is_hit && way.is_none() {
            continue;
        }
        if out.len() > start {
            out.push(',');
        }
        let head = key.map_or(String::new(), |key| format!("{}:", Value::from(key)));
        out.push_str(&head);
        match way {
            Some(way) if is_hit && way.starts_with("0,") => {
                // The same key again, or the item behind a stranger.
                out.push_str(if key.is_some() { way } else { "0" });
                out.push(',');
                out.push_str(&head);
                write(item, None, None, out);
            }
            Some(way) if is_hit => out.push_str(way),
            _ => write(item, rest.filter(|rest| !rest.is_empty()), way, out),
        }
    }
    out.push(close);
}

/// What a flag's decision looks at, as far as a spoiled value elsewhere may change it.
#[derive(Default)]
struct Looks {
    segments: BTreeSet<String>,
    custom_data: bool,
    /// At what other flags assign, or at how often something was asked.
    assignments: bool,
}

impl Looks {
    fn look_into(&mut self, value: &Value, segments: &[Value]) {
        match value {
            Value::Object(fields) => {
                match fields.get("targetingType").and_then(Value::as_str) {
                    Some("CUSTOM_DATUM") => self.custom_data = true,
                    Some(kind) if kind.starts_with("TARGET_") || kind.starts_with("EXCLUSIVE_") => {
                        self.assignments = true;
                    }
                    _ => {}
                }
                if let Some(id) = fields.get("segmentId").filter(|id| !id.is_null()) {
                    if self.segments.insert(id.to_string()) {
                        for segment in segments.iter().filter(|segment| segment["id"] == *id) {
                            self.look_into(segment, segments);
                        }
                    }
                }
                fields.values().for_each(|value| self.look_into(value, segments));
            }
            Value::Array(items) => items.iter().for_each(|item| self.look_into(item, segments)),
            _ => {}
        }
    }
}

/// Whether the value at a place may change what a flag answers.
fn concerns(file: &Value, place: &Place, at: usize, flag: &Value) -> bool {
    let empty = Vec::new();
    let segments = file["segments"].as_array().unwrap_or(&empty);
    let within = file["featureFlags"].as_array().unwrap().iter();
    let within = within.flat_map(|flag| flag["rules"].as_array().into_iter().flatten());
    let segments: Vec<Value> = segments.iter().chain(within.map(|rule| &rule["segment"])).cloned().collect();
    let mut looks = Looks { custom_data: !flag["bucketingCustomDataId"].is_null(), ..Looks::default() };
    looks.look_into(flag, &segments);
    let names: Vec<&str> = place.iter().map(String::as_str).collect();
    let shares_group = |other: &Value| {
        !flag["mutuallyExclusiveGroup"].is_null()
            && other["mutuallyExclusiveGroup"] == flag["mutuallyExclusiveGroup"]
    };
    match names[..] {
        ["configuration" | "dateModified", ..] => false,
        ["featureFlags" | "segments" | "holdout" | "customData"] | ["holdout", ..] => true,
        ["featureFlags", spoiled, ..] => {
            let spoiled: usize = spoiled.parse().unwrap();
            let other = &file["featureFlags"][spoiled];
            // Who is a member of a group, and which of them, is all that the members share.
            let is_member = names.len() == 2 || matches!(names[2], "id" | "mutuallyExclusiveGroup");
            let segments_within = names.get(4) == Some(&"segment") && {
                let rule = &other["rules"][names[3].parse::<usize>().unwrap()];
                looks.segments.contains(&rule["segment"]["id"].to_string())
            };
            let all_rules = names.len() < 5
                && other["rules"].as_array().is_some_and(|rules| {
                    rules.iter().any(|rule| looks.segments.contains(&rule["segment"]["id"].to_string()))
                });
            spoiled == at
                || looks.assignments
                || (is_member && shares_group(other))
                || segments_within
                || all_rules
        }
        ["segments", spoiled, ..] => {
            let id = segments[spoiled.parse::<usize>().unwrap()]["id"].to_string();
            looks.segments.contains(&id) || looks.assignments
        }
        // Who is a person decides about every hash.
        ["customData", .., "isMappingIdentifier"] => true,
        ["customData", spoiled, ..] => {
            let is_mapping =
                file["customData"][spoiled.parse::<usize>().unwrap()]["isMappingIdentifier"] == true;
            is_mapping || looks.custom_data || looks.assignments
        }
        _ => true,
    }
}

fn data_files() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|kind| kind == "json")) {
        let scenarios: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for scenario in scenarios.as_array().into_iter().flatten() {
            let file = &scenario["data_file"];
            if file["featureFlags"].as_array().is_some_and(|flags| flags.len() > 1) {
                files.push(file.clone());
            }
        }
    }
    files
}

#[test]
fn a_flag_that_cannot_be_read_keeps_its_place_in_its_group_and_its_segment_for_others() {
    KameleoonLogger::set_log_level(LogLevel::None);
    let rule = |id: u32, rest: Value| {
        let mut rule = json!({"id": id, "type": "TARGETED_DELIVERY", "exposition": 1.0, "experimentId": id,
            "variationByExposition": [{"variationKey": "on", "variationId": id, "exposition": 1.0}]});
        rule.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        rule
    };
    let flag = |id: u32, group: Value, rule: Value| {
        json!({"id": id, "featureKey": format!("flag {id}"), "environmentEnabled": true, "rules": [rule],
            "defaultVariationKey": "off", "variations": [{"key": "off"}, {"key": "on"}], "mutuallyExclusiveGroup": group})
    };
    let conditions = |condition: Value| json!({"firstLevelOrOperators": [], "firstLevel": [{"orOperators": [], "conditions": [condition]}]});
    let inner = json!({"segment": {"id": 70, "conditionsData":
        conditions(json!({"targetingType": "CUSTOM_DATUM", "isInclude": true, "customDataIndex": "1",
            "valueMatchType": "EXACT", "value": "gold"}))}});
    let outer = json!({"segment": {"id": 71, "conditionsData":
        conditions(json!({"targetingType": "SEGMENT", "isInclude": true, "segmentId": 70}))}});
    let mut file = json!({"customData": [{"index": 1}], "featureFlags": [
        flag(1, json!("group"), rule(11, json!({}))), flag(2, json!("group"), rule(12, json!({}))),
        flag(3, json!("group"), rule(13, json!({}))),
        flag(4, Value::Null, rule(14, inner)), flag(5, Value::Null, rule(15, outer))]});
    let of = |file: &Value, keys: [&str; 3]| -> Vec<String> {
        let answers = answers(&client(&file.to_string()));
        answers.into_iter().filter(|((key, _), _)| keys.contains(&key.as_str())).map(|(_, is)| is).collect()
    };
    let others = ["flag 1", "flag 3", "flag 5"];
    let whole = of(&file, others);
    assert!(whole.iter().any(|answer| answer.contains("flag 5\", key: \"on")), "{whole:?}");
    file["featureFlags"][1]["defaultVariationKey"] = json!([7]);
    file["featureFlags"][3]["rules"][0]["exposition"] = json!({});
    assert_eq!(of(&file, others), whole);
    file["featureFlags"][3]["variations"] = json!(7);
    assert_eq!(of(&file, others), whole);
}

/// `KAMELEOON_SPOILED` is how many values of each file are spoiled; 2 unless it is set.
#[test]
fn a_spoiled_value_changes_only_the_flags_that_it_belongs_to() {
    KameleoonLogger::set_log_level(LogLevel::None);
    let values = std::env::var("KAMELEOON_SPOILED").ok().and_then(|values| values.parse().ok()).unwrap_or(2);
    let files = data_files();
    if files.is_empty() {
        println!("the recorded data files are not in the published package: nothing was spoiled");
        return;
    }
    let mut random = random();
    let (mut compared, mut changed, mut kinds) = (0, 0, BTreeSet::new());
    for file in files {
        let whole = answers(&client(&file.to_string()));
        let mut all = Vec::new();
        places(&file, &mut Vec::new(), &mut all);
        for _ in 0..values {
            let place = &all[random.random_range(0..all.len())];
            let ways = ways();
            let (name, way) = &ways[random.random_range(0..ways.len())];
            let mut text = String::new();
            write(&file, Some(place), way.as_deref(), &mut text);
            let got = answers(&client(&text));
            kinds.insert(place[0].clone());
            changed += usize::from(got != whole);
            for (at, flag) in file["featureFlags"].as_array().unwrap().iter().enumerate() {
                let Some(key) = flag["featureKey"].as_str() else { continue };
                if concerns(&file, place, at, flag) {
                    continue;
                }
                compared += 1;
                let of = |answers: &crate::spoil::Answers| -> Vec<String> {
                    answers.iter().filter(|((flag, _), _)| flag == key).map(|(_, a)| a.clone()).collect()
                };
                assert_eq!(of(&got), of(&whole), "`{key}` with {name} at {place:?} of {file}");
            }
        }
    }
    println!("{compared} flags compared, {changed} files with other answers, in {kinds:?}");
    assert!(compared > 2_000 && changed > 300 && kinds.len() >= 4, "{compared}, {changed}, {kinds:?}");
}
