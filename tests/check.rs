//! What the check of a data file finds: each kind planted, nothing in the shop's.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

use std::fs;

use kameleoon::{DataFileCheck, FindingKind};
use serde_json::{Value, json};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

fn shop() -> Value {
    serde_json::from_slice(&fs::read(format!("{FIXTURES}/shop.json")).unwrap()).unwrap()
}

fn found(file: &Value) -> Vec<(FindingKind, String, String)> {
    let check = DataFileCheck::of(file.to_string()).unwrap();
    check.findings().iter().map(|one| (one.kind, one.place.clone(), one.message.clone())).collect()
}

#[test]
fn the_files_of_the_shop_are_clean() {
    for name in ["shop.json", "shop-consent.json"] {
        let text = fs::read(format!("{FIXTURES}/{name}")).unwrap();
        let check = DataFileCheck::of(text).unwrap();
        assert!(check.is_empty(), "{name}: {:#?}", check.findings());
    }
}

/// A change to the shop's file: the path of a value, and what takes its place.
type Plant = (&'static str, Value);

#[test]
fn each_kind_is_found_where_it_was_planted() {
    use FindingKind::*;
    const PLAN: &str = "/segments/1/conditionsData/firstLevel/0/conditions/0";
    const STAFF: &str = "/segments/0/conditionsData/firstLevel/0/conditions/1";
    const SEGMENT_710: &str = "/segments/9/conditionsData/firstLevel/0/conditions/0";
    const SEGMENT_711: &str = "/segments/10/conditionsData/firstLevel/0/conditions/0";
    let field = |path: &str, name: &str| -> &'static str { format!("{path}/{name}").leak() };
    let everybody = |key: &str| {
        json!({"id": 1, "type": "TARGETED_DELIVERY", "exposition": 1.0, "experimentId": 1,
            "variationByExposition": [{"variationKey": key, "variationId": 1, "exposition": 1.0}]})
    };
    let rule_of = |flag: &'static str| field(flag, "rules/0");
    let (first, second) = ("/featureFlags/0", "/featureFlags/1");
    let table: Vec<(FindingKind, &str, &str, Vec<Plant>)> = vec![
        (
            Shares,
            "rule 1012",
            "add up to 1.2",
            vec![(field(first, "rules/1/variationByExposition/0/exposition"), json!(0.7))],
        ),
        (
            Shares,
            "rule 1012",
            "add up to 0.8",
            vec![(field(first, "rules/1/variationByExposition/0/exposition"), json!(0.3))],
        ),
        (
            Shares,
            "the holdout",
            "add up to 1.05",
            vec![("/holdout/variationByExposition/0/exposition", json!(0.1))],
        ),
        (Shares, "rule 1021", "exposition is 1.5", vec![(field(second, "rules/0/exposition"), json!(1.5))]),
        (
            Shares,
            "rule 1011",
            "delivers no variation",
            vec![(field(first, "rules/0/variationByExposition"), json!([]))],
        ),
        (
            UnknownKey,
            "flag `new_checkout`",
            "`of` is none",
            vec![(field(first, "defaultVariationKey"), json!("of"))],
        ),
        (
            UnknownKey,
            "rule 1011",
            "`onn` is none",
            vec![(field(first, "rules/0/variationByExposition/0/variationKey"), json!("onn"))],
        ),
        (
            UnknownKey,
            "rule 1011",
            "segment 799 is not in the file",
            vec![(field(first, "rules/0/segmentId"), json!(799))],
        ),
        (
            UnknownKey,
            "flag `company_prices`",
            "599 is no custom data",
            vec![("/featureFlags/10/bucketingCustomDataId", json!(599))],
        ),
        (UnknownKey, "segment 702", "custom data 9", vec![(field(PLAN, "customDataIndex"), json!("9"))]),
        (UnknownKey, "segment 710", "segment 799", vec![(field(SEGMENT_710, "segmentId"), json!(799))]),
        (UnknownKey, "segment 711", "flag 999", vec![(field(SEGMENT_711, "featureFlagId"), json!(999))]),
        (
            UnknownKey,
            "segment 711",
            "variation `onn`",
            vec![(field(SEGMENT_711, "variationKey"), json!("onn"))],
        ),
        (Unreachable, "rule 1012", "rule 1 before it decides", vec![(rule_of(first), everybody("on"))]),
        (Unreachable, "rule 1042", "same segment", vec![("/featureFlags/3/rules/0/segmentId", json!(703))]),
        (
            Unreachable,
            "rule 1011",
            "segment 701 never holds",
            vec![(
                "/segments/0/conditionsData/firstLevel/0/conditions",
                json!([{"targetingType": "EXPLICIT_TRIGGER"}]),
            )],
        ),
        (Pattern, "segment 701", "never holds", vec![(field(STAFF, "visitorCode"), json!("staff-[0-9"))]),
        (
            CostlyPattern,
            "segment 701",
            "exponential",
            vec![(field(STAFF, "visitorCode"), json!("(staff-?[0-9]*)+x|([a-z]+)+"))],
        ),
        (
            UnknownCondition,
            "segment 702",
            "WEATHER never holds",
            vec![(field(PLAN, "targetingType"), json!("WEATHER"))],
        ),
        (
            UnknownCondition,
            "segment 702",
            "unknown match type",
            vec![(field(PLAN, "valueMatchType"), json!(7))],
        ),
        (SegmentCircle, "segment 710", "710 -> 710", vec![(field(SEGMENT_710, "segmentId"), json!(710))]),
        (
            SegmentCircle,
            "segment 702",
            "refers to itself",
            vec![(PLAN, json!({"targetingType": "SEGMENT", "segmentId": 710}))],
        ),
        (
            OneSided,
            "flag `new_checkout`",
            "everybody gets `on`",
            vec![(field(first, "rules"), json!([everybody("on")]))],
        ),
        (OneSided, "flag `new_checkout`", "everybody gets `off`", vec![(field(first, "rules"), json!([]))]),
        (
            Duplicate,
            "flag `new_checkout`",
            "more than one",
            vec![(field(second, "featureKey"), json!("new_checkout"))],
        ),
        (Duplicate, "segment `702`", "more than one", vec![("/segments/2/id", json!(702))]),
        (
            Duplicate,
            "rule 1021",
            "experiment 10120 belongs to flag `new_checkout`, rule 1012",
            vec![(field(second, "rules/0/experimentId"), json!(10120))],
        ),
        (
            Unreadable,
            "flag `new_checkout`",
            "`variations` has to be a list",
            vec![(field(first, "variations"), json!("x"))],
        ),
        (
            Unreadable,
            "rule 1012",
            "`exposition` has to be a number",
            vec![(field(first, "rules/1/exposition"), json!("half"))],
        ),
        (Unreadable, "segment 702", "cannot be read", vec![("/segments/1/conditionsData", json!(7))]),
        (
            Unreadable,
            "variable `layout`",
            "cannot be read as JSON",
            vec![(field(second, "variations/0/variables/3/value"), json!("{"))],
        ),
        (Unreadable, "the file", "no list `featureFlags`", vec![("/featureFlags", json!(null))]),
    ];
    let mut kinds = std::collections::BTreeSet::new();
    for (kind, place, message, plants) in table {
        let mut file = shop();
        for (path, value) in &plants {
            *file.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value.clone();
        }
        let all = found(&file);
        assert!(
            all.iter()
                .any(|(found, at, what)| *found == kind && at.ends_with(place) && what.contains(message)),
            "{kind} in {place} saying {message:?}: {all:#?}"
        );
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), FindingKind::ALL.len(), "every kind has been planted");
}

#[test]
fn deep_and_wide_references_end() {
    // Each refers to the next one twice: followed blindly, that is 2 to the 300.
    let segment = |id: u32| {
        let next = json!({"targetingType": "SEGMENT", "segmentId": id + 1});
        json!({"id": id, "conditionsData": {"firstLevel": [{"orOperators": [true], "conditions": [next, next]}]}})
    };
    let segments: Vec<Value> = (1..300).map(segment).collect();
    let rules = json!([{"id": 1, "type": "TARGETED_DELIVERY", "exposition": 1.0, "segmentId": 1,
        "variationByExposition": [{"variationKey": "on", "exposition": 1.0}]}]);
    let file = json!({"segments": segments, "featureFlags": [{"id": 1, "featureKey": "banner",
        "environmentEnabled": true, "defaultVariationKey": "off",
        "variations": [{"key": "off"}, {"key": "on"}], "rules": rules}]});
    let all = found(&file);
    assert_eq!(all.iter().filter(|(kind, ..)| *kind == FindingKind::UnknownKey).count(), 2, "{all:#?}");
}
